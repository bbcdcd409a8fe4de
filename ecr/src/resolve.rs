//! Short names made whole, without asking anybody.

use crate::error::EcrError;
use crate::name::{AccountId, Region, Tag};
use crate::uri::{Flavor, ImageUri, RegistryUri, RepositoryUri};
use crate::written::Written;

/// What a name is taken to mean where it does not say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Defaults {
    /// Whose registry.
    pub account: Option<AccountId>,
    /// Where it is.
    pub region: Option<Region>,
    /// Which of its hosts.
    pub flavor: Flavor,
    /// The tag of an image that is named without tag and digest.
    pub tag: Option<Tag>,
}

/// What a name means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resolved {
    /// One image; whether it is there is not known.
    Image(ImageUri),
    /// A repository: the name says no tag or digest, and there is no default.
    Repository(RepositoryUri),
}

/// Reads the name of an image or repository, whole or short, or the ARN of a
/// repository: `team/app`, `app:v1`, `app@sha256:…`.
///
/// # Errors
///
/// `ecr.missing-registry` where the name has no registry and the defaults lack an
/// account or region; otherwise what is wrong with the name.
pub fn resolve(name: &str, defaults: &Defaults) -> Result<Resolved, EcrError> {
    if name.starts_with("arn:") {
        let repository = RepositoryUri::from_arn(name)?;
        return Ok(match &defaults.tag {
            Some(tag) => Resolved::Image(repository.tagged(tag.clone())),
            None => Resolved::Repository(repository),
        });
    }
    let written = Written::of(name)?;
    let registry = match (&defaults.account, &defaults.region) {
        (Some(account), Some(region)) => Some(RegistryUri {
            account: account.clone(),
            region: region.clone(),
            flavor: defaults.flavor,
        }),
        _ => None,
    };
    let repository = written.repository(registry)?;
    let (digest, tag) = (written.digest()?, written.tag()?);
    let tag = match digest {
        Some(_) => tag,
        None => tag.or_else(|| defaults.tag.clone()),
    };
    if tag.is_none() && digest.is_none() {
        return Ok(Resolved::Repository(repository));
    }
    ImageUri::new(repository, tag, digest).map(Resolved::Image)
}
