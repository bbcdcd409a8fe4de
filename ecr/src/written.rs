//! An address taken apart, its parts not yet judged.

use spola::auth::aws::is_aws_host;

use crate::digest::Digest;
use crate::error::EcrError;
use crate::name::Tag;
use crate::text::shown;
use crate::uri::{RegistryUri, RepositoryUri, is_public, is_registry_like};

/// The parts of `host/path:tag@digest`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Written<'t> {
    pub(crate) host: Option<&'t str>,
    pub(crate) path: Option<&'t str>,
    pub(crate) tag: Option<&'t str>,
    pub(crate) digest: Option<&'t str>,
    is_lone_word: bool,
}

impl<'t> Written<'t> {
    /// As Docker does, what stands before the first slash is a host if it has a full
    /// stop or a colon or is `localhost`. A word without a slash is a host only if it
    /// looks like one of AWS's.
    ///
    /// # Errors
    ///
    /// `ecr.url`, `ecr.credentials`.
    pub(crate) fn of(text: &'t str) -> Result<Self, EcrError> {
        if let Some((scheme, rest)) = text.split_once("://") {
            let authority = rest.split('/').next().unwrap_or_default();
            let is_secret = authority.contains('@') || rest.contains('?');
            return Err(EcrError::Url {
                scheme: shown(scheme),
                nearest: (!is_secret).then(|| shown(rest.trim_end_matches('/'))),
            });
        }
        let (first, rest) = match text.split_once('/') {
            Some((first, rest)) => (first, Some(rest)),
            None => (text, None),
        };
        let after_at = first.rsplit_once('@').map(|(_, after)| after);
        if after_at.is_some_and(|after| rest.is_some() || is_known_host(after)) {
            return Err(EcrError::Credentials);
        }
        let is_host = match rest {
            Some(_) => first.contains(['.', ':']) || first == "localhost",
            None => is_known_host(first),
        };
        let (host, path) = match is_host {
            true => (Some(first), rest),
            false => (None, Some(text)),
        };
        let (path, digest) = cut(path, '@');
        let (path, tag) = cut(path, ':');
        Ok(Self {
            host,
            path,
            tag,
            digest,
            is_lone_word: rest.is_none(),
        })
    }

    /// Whether no slash divides it.
    pub(crate) fn is_lone_word(&self) -> bool {
        self.is_lone_word
    }

    /// The registry that is named.
    ///
    /// # Errors
    ///
    /// `ecr.missing-registry` and what is wrong with its host.
    pub(crate) fn registry(&self) -> Result<RegistryUri, EcrError> {
        match self.host {
            Some(host) => RegistryUri::of_host(host),
            None => Err(EcrError::MissingRegistry {
                name: shown(self.path.unwrap_or_default()),
            }),
        }
    }

    /// The repository that is named, in `registry` where no other is named.
    ///
    /// # Errors
    ///
    /// As [`registry`](Self::registry), `ecr.missing-repository` and
    /// `ecr.invalid-repository-name`.
    pub(crate) fn repository(
        &self,
        registry: Option<RegistryUri>,
    ) -> Result<RepositoryUri, EcrError> {
        let registry = match (self.host, registry) {
            (None, Some(registry)) => registry,
            _ => self.registry()?,
        };
        match self.path {
            None | Some("") => Err(EcrError::MissingRepository {
                registry: registry.to_string(),
            }),
            Some(path) => Ok(registry.repository(path.parse()?)),
        }
    }

    /// The tag that is named.
    ///
    /// # Errors
    ///
    /// `ecr.invalid-tag`.
    pub(crate) fn tag(&self) -> Result<Option<Tag>, EcrError> {
        self.tag.map(str::parse).transpose()
    }

    /// The digest that is named.
    ///
    /// # Errors
    ///
    /// `ecr.invalid-digest`.
    pub(crate) fn digest(&self) -> Result<Option<Digest>, EcrError> {
        self.digest.map(str::parse).transpose()
    }
}

/// Cuts a text at the first of a character.
fn cut(text: Option<&str>, at: char) -> (Option<&str>, Option<&str>) {
    match text.and_then(|text| text.split_once(at)) {
        Some((before, after)) => (Some(before), Some(after)),
        None => (text, None),
    }
}

fn is_known_host(word: &str) -> bool {
    let name = word.split(':').next().unwrap_or_default();
    let name = name.to_ascii_lowercase();
    is_aws_host(&name) || is_public(&name) || is_registry_like(&name)
}
