//! Addresses of registries, repositories and images.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use spola::auth::aws::{is_aws_host, service_and_region_of_host};

use crate::digest::Digest;
use crate::error::EcrError;
use crate::kept::words;
use crate::name::{AccountId, Region, RepositoryName, Tag};
use crate::text::{as_text, shown};
use crate::written::Written;

/// Which of a registry's hosts an address names; all serve the same images.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Flavor {
    /// `{account}.dkr.ecr.{region}.amazonaws.com`.
    #[default]
    Standard,
    /// `{account}.dkr.ecr-fips.{region}.amazonaws.com`, with validated cryptography.
    Fips,
    /// `{account}.dkr-ecr.{region}.on.aws`, with IPv4 and IPv6 addresses.
    DualStack,
    /// `{account}.dkr-ecr-fips.{region}.on.aws`, with both.
    FipsDualStack,
}

words! {
    Flavor {
        Standard: "standard", Fips: "fips", DualStack: "dual-stack", FipsDualStack: "fips-dual-stack"
    }
}

const FLAVORS: [Flavor; 4] = [
    Flavor::Standard,
    Flavor::Fips,
    Flavor::DualStack,
    Flavor::FipsDualStack,
];

impl Flavor {
    /// What stands between the account and the region.
    fn middle(self) -> &'static str {
        match self {
            Self::Standard => ".dkr.ecr.",
            Self::Fips => ".dkr.ecr-fips.",
            Self::DualStack => ".dkr-ecr.",
            Self::FipsDualStack => ".dkr-ecr-fips.",
        }
    }

    pub(crate) fn is_dual_stack(self) -> bool {
        matches!(self, Self::DualStack | Self::FipsDualStack)
    }

    pub(crate) fn is_fips(self) -> bool {
        matches!(self, Self::Fips | Self::FipsDualStack)
    }

    fn of(fips: bool, dual_stack: bool) -> Self {
        match (fips, dual_stack) {
            (false, false) => Self::Standard,
            (true, false) => Self::Fips,
            (false, true) => Self::DualStack,
            (true, true) => Self::FipsDualStack,
        }
    }
}

/// The private registry of an account in a region.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RegistryUri {
    /// Whose registry it is.
    pub account: AccountId,
    /// Where it is.
    pub region: Region,
    /// Which of its hosts is meant.
    pub flavor: Flavor,
}

/// A repository in a registry.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RepositoryUri {
    /// The registry it is in.
    pub registry: RegistryUri,
    /// Its name there.
    pub name: RepositoryName,
}

/// An image in a repository, by tag, by digest or by both.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ImageUri {
    repository: RepositoryUri,
    // At least one of the two is there.
    tag: Option<Tag>,
    digest: Option<Digest>,
}

as_text!(RegistryUri, RepositoryUri, ImageUri);

impl RegistryUri {
    /// The registry of an account in a region, by its standard host.
    pub fn new(account: AccountId, region: Region) -> Self {
        Self {
            account,
            region,
            flavor: Flavor::Standard,
        }
    }

    /// A repository of this registry.
    pub fn repository(&self, name: RepositoryName) -> RepositoryUri {
        RepositoryUri {
            registry: self.clone(),
            name,
        }
    }

    pub(crate) fn of_host(host: &str) -> Result<Self, EcrError> {
        let parts = FLAVORS.iter().find_map(|flavor| {
            let (account, rest) = host.split_once(flavor.middle())?;
            let (region, suffix) = rest.split_once('.')?;
            Some((*flavor, account, region, suffix))
        });
        let Some((flavor, account, region, suffix)) = parts else {
            return Err(other_host(host));
        };
        let registry = Self {
            account: account.parse()?,
            region: region.parse()?,
            flavor,
        };
        if suffix == registry.suffix() {
            return Ok(registry);
        }
        let partition = registry.region.partition();
        let of_suffix = Flavor::of(flavor.is_fips(), suffix == partition.registry_suffix);
        let right = Self {
            flavor: of_suffix,
            ..registry
        };
        Err(EcrError::WrongHost {
            host: shown(host),
            region: region.to_owned(),
            nearest: right.to_string(),
        })
    }

    fn suffix(&self) -> &'static str {
        let partition = self.region.partition();
        if self.flavor.is_dual_stack() {
            partition.registry_suffix
        } else {
            partition.suffix
        }
    }
}

/// Whether a host's name has the middle of a registry's.
pub(crate) fn is_registry_like(host: &str) -> bool {
    FLAVORS.iter().any(|flavor| host.contains(flavor.middle()))
}

/// Whether this is the host of the public gallery.
pub(crate) fn is_public(host: &str) -> bool {
    matches!(host, "public.ecr.aws" | "ecr-public.aws.com")
}

/// Why a host that is not a private registry's is refused.
fn other_host(host: &str) -> EcrError {
    let lower = host.to_ascii_lowercase();
    if is_public(&lower) {
        return EcrError::PublicRegistry { host: lower };
    }
    let (name, _port) = lower.split_once(':').unwrap_or((&lower, ""));
    let meant = (is_registry_like(name) && name != host).then(|| RegistryUri::of_host(name));
    if let Some(Ok(registry)) = meant {
        return EcrError::NotARegistry {
            host: shown(host),
            nearest: Some(registry.to_string()),
        };
    }
    if is_aws_host(name) {
        let region = service_and_region_of_host(name).and_then(|(_, region)| region);
        let account = name.split('.').next().filter(|label| label.len() == 12);
        let nearest = match (account.map(str::parse), region.map(|it| it.parse())) {
            (Some(Ok(account)), Some(Ok(region))) => Some(RegistryUri::new(account, region)),
            _ => None,
        };
        return EcrError::NotARegistry {
            host: shown(host),
            nearest: nearest.map(|registry| registry.to_string()),
        };
    }
    EcrError::ForeignRegistry { host: shown(host) }
}

impl fmt::Display for RegistryUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            account, region, ..
        } = self;
        write!(
            f,
            "{account}{}{region}.{}",
            self.flavor.middle(),
            self.suffix()
        )
    }
}

impl FromStr for RegistryUri {
    type Err = EcrError;

    fn from_str(text: &str) -> Result<Self, EcrError> {
        let written = Written::of(text)?;
        // `docker.io` alone could be a repository, but not where a registry is wanted.
        let lone_host = written.is_lone_word() && text.contains('.');
        let registry = match written.host {
            None if lone_host => Self::of_host(text)?,
            _ => written.registry()?,
        };
        if !written.is_lone_word() {
            return Err(EcrError::MoreThanARegistry {
                nearest: registry.to_string(),
            });
        }
        Ok(registry)
    }
}

impl RepositoryUri {
    /// The image of this repository that has a tag.
    pub fn tagged(&self, tag: Tag) -> ImageUri {
        ImageUri {
            repository: self.clone(),
            tag: Some(tag),
            digest: None,
        }
    }

    /// The image of this repository that has a digest.
    pub fn at(&self, digest: Digest) -> ImageUri {
        ImageUri {
            repository: self.clone(),
            tag: None,
            digest: Some(digest),
        }
    }
}

impl fmt::Display for RepositoryUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.registry, self.name)
    }
}

impl FromStr for RepositoryUri {
    type Err = EcrError;

    fn from_str(text: &str) -> Result<Self, EcrError> {
        let written = Written::of(text)?;
        let repository = written.repository(None)?;
        if written.tag.is_some() || written.digest.is_some() {
            return Err(EcrError::MoreThanARepository {
                nearest: repository.to_string(),
            });
        }
        Ok(repository)
    }
}

impl ImageUri {
    /// The image of a repository that has a tag, a digest, or both.
    ///
    /// # Errors
    ///
    /// `ecr.missing-reference` where neither is given.
    pub fn new(
        repository: RepositoryUri,
        tag: Option<Tag>,
        digest: Option<Digest>,
    ) -> Result<Self, EcrError> {
        if tag.is_none() && digest.is_none() {
            return Err(EcrError::MissingReference {
                repository: repository.to_string(),
            });
        }
        Ok(Self {
            repository,
            tag,
            digest,
        })
    }

    /// The repository that the image is in.
    pub fn repository(&self) -> &RepositoryUri {
        &self.repository
    }

    /// The tag, where the address has one.
    pub fn tag(&self) -> Option<&Tag> {
        self.tag.as_ref()
    }

    /// The digest, where the address has one. It decides which image is meant.
    pub fn digest(&self) -> Option<&Digest> {
        self.digest.as_ref()
    }

    /// The same address with this digest; the tag stays beside it.
    #[must_use]
    pub fn pinned(self, digest: Digest) -> Self {
        Self {
            digest: Some(digest),
            ..self
        }
    }
}

impl fmt::Display for ImageUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.repository)?;
        if let Some(tag) = &self.tag {
            write!(f, ":{tag}")?;
        }
        match &self.digest {
            Some(digest) => write!(f, "@{digest}"),
            None => Ok(()),
        }
    }
}

impl FromStr for ImageUri {
    type Err = EcrError;

    fn from_str(text: &str) -> Result<Self, EcrError> {
        let written = Written::of(text)?;
        let repository = written.repository(None)?;
        let digest = written.digest()?;
        Self::new(repository, written.tag()?, digest)
    }
}
