//! Where calls go: registries and repositories by name.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use spola::auth::aws::{HostOptions, host};
use spola::auth::{Auth, Scheme};
use spola::machine::{Resend, RunOptions};

use crate::error::EcrError;
use crate::kept::kept;
use crate::name::{AccountId, Region, RepositoryName};
use crate::uri::{Flavor, RegistryUri, RepositoryUri};
use crate::written::Written;

/// What a host may settle for an operation; what it leaves out takes its default.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Options {
    /// Whose registry a name without one means; that of the credentials unless given.
    pub account: Option<AccountId>,
    /// The same as for a workflow run: `region`, `endpoints` by source name,
    /// `aws_endpoints`, `use_fips`, `use_dual_stack`, `max_attempts`, `max_wait`,
    /// `max_response` and `seed` are heeded.
    pub run: RunOptions,
}

kept! { Options { account, run } }

impl Options {
    pub(crate) fn region(&self) -> Result<Region, EcrError> {
        let region = self.run.region.as_deref().ok_or(EcrError::NoRegion)?;
        region.parse()
    }
}

/// The source name of operations that know one registry only.
pub(crate) const REGISTRY: &str = "registry";

/// A registry, and whose credentials reach it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// Under which name the host keeps endpoint and credentials.
    pub(crate) source: String,
    /// Whose it is; that of the credentials where it is not known.
    pub(crate) account: Option<AccountId>,
    pub(crate) region: Region,
    pub(crate) flavor: Flavor,
}

kept! { Place { source, account, region, flavor } }

impl Place {
    /// The registry that is named, by address or account, else the default one.
    pub(crate) fn named(name: Option<&str>, options: &Options) -> Result<Self, EcrError> {
        let name = name.map(str::trim).filter(|name| !name.is_empty());
        match name {
            Some(name) if name.contains('.') || name.contains('/') => {
                Ok(Self::of(&name.parse::<RegistryUri>()?, REGISTRY))
            }
            Some(account) => Ok(Self {
                account: Some(account.parse()?),
                ..Self::default_one(options)?
            }),
            None => Self::default_one(options),
        }
    }

    /// A registry by address.
    pub(crate) fn of(registry: &RegistryUri, source: &str) -> Self {
        Self {
            source: source.into(),
            account: Some(registry.account.clone()),
            region: registry.region.clone(),
            flavor: registry.flavor,
        }
    }

    fn default_one(options: &Options) -> Result<Self, EcrError> {
        Ok(Self {
            source: REGISTRY.into(),
            account: options.account.clone(),
            region: options.region()?,
            flavor: Flavor::Standard,
        })
    }

    /// The same registry, reached under another source name.
    #[must_use]
    pub(crate) fn with_source(mut self, source: &str) -> Self {
        self.source = source.into();
        self
    }

    /// Where its API is: the endpoint that the host settled, else AWS's host.
    pub(crate) fn endpoint(&self, options: &RunOptions) -> Result<String, EcrError> {
        let settled = [
            options.endpoints.get(&self.source),
            options.endpoints.get(""),
            options.aws_endpoints.get("ecr"),
            options.aws_endpoints.get(""),
        ];
        if let Some(endpoint) = settled.into_iter().flatten().next() {
            return Ok(endpoint.trim_end_matches('/').to_owned());
        }
        let choice = HostOptions {
            fips: options.use_fips || self.flavor.is_fips(),
            dual_stack: options.use_dual_stack || self.flavor.is_dual_stack(),
        };
        let host = host("ecr", self.region.as_str(), choice)
            .map_err(|error| EcrError::endpoint(&error))?;
        Ok(format!("https://{host}"))
    }

    /// What authorization its calls need.
    pub(crate) fn auth(&self, resend: &Resend) -> Auth {
        Auth {
            source: self.source.clone(),
            schemes: vec![Scheme::SigV4 {
                service: "ecr".into(),
                region: self.region.to_string(),
            }],
            renew: resend.renewed,
            server_time: resend.server_time,
            ..Auth::default()
        }
    }

    /// The registry's address; none where its account is not known.
    pub(crate) fn registry(&self) -> Option<RegistryUri> {
        Some(RegistryUri {
            account: self.account.clone()?,
            region: self.region.clone(),
            flavor: self.flavor,
        })
    }
}

/// A repository and where it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Located {
    pub(crate) place: Place,
    pub(crate) name: RepositoryName,
}

kept! { Located { place, name } }

impl Located {
    /// The repository that is named: by name alone, address or ARN.
    pub(crate) fn named(name: &str, options: &Options) -> Result<Self, EcrError> {
        let (located, rest) = Self::written(name, options)?;
        match rest {
            Reference {
                tag: None,
                digest: None,
            } => Ok(located),
            _ => Err(EcrError::MoreThanARepository {
                nearest: located.shown(),
            }),
        }
    }

    /// The repository of what is named, and its tag and digest.
    pub(crate) fn written(name: &str, options: &Options) -> Result<(Self, Reference), EcrError> {
        let name = name.trim();
        if name.starts_with("arn:") {
            let repository = RepositoryUri::from_arn(name)?;
            return Ok((Self::of(&repository, REGISTRY), Reference::default()));
        }
        let written = Written::of(name)?;
        let place = match written.host {
            Some(_) => Place::of(&written.registry()?, REGISTRY),
            None => Place::default_one(options)?,
        };
        let path = written.path.filter(|path| !path.is_empty());
        let Some(path) = path else {
            return Err(EcrError::MissingRepository {
                registry: crate::text::shown(name),
            });
        };
        let reference = Reference {
            tag: written.tag()?.map(|tag| tag.to_string()),
            digest: written.digest()?.map(|digest| digest.to_string()),
        };
        let name = path.parse()?;
        Ok((Self { place, name }, reference))
    }

    /// A repository by address.
    pub(crate) fn of(repository: &RepositoryUri, source: &str) -> Self {
        Self {
            place: Place::of(&repository.registry, source),
            name: repository.name.clone(),
        }
    }

    /// As messages show it: its address, or its name where that is all there is.
    pub(crate) fn shown(&self) -> String {
        self.uri()
            .map_or_else(|| self.name.to_string(), |uri| uri.to_string())
    }

    /// Its address; none where its account is not known.
    pub(crate) fn uri(&self) -> Option<RepositoryUri> {
        Some(self.place.registry()?.repository(self.name.clone()))
    }

    /// Its ARN; none where its account is not known.
    pub(crate) fn arn(&self) -> Option<String> {
        self.uri().map(|uri| uri.to_arn().to_string())
    }

    /// The address of one of its images; without a registry where that is not known.
    pub(crate) fn image(&self, digest: &str) -> String {
        format!("{}@{digest}", self.shown())
    }

    /// Takes down whose registry it is, from an answer that says so.
    pub(crate) fn learn(&mut self, answered: &Value) {
        let account = answered["registryId"].as_str();
        if self.place.account.is_none() {
            self.place.account = account.and_then(|account| account.parse().ok());
        }
    }

    /// Members of a call that say which repository it is about.
    pub(crate) fn body(&self) -> Map<String, Value> {
        members(json!({ "repositoryName": self.name }))
    }
}

/// What of an image's name stands behind its repository.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Reference {
    pub(crate) tag: Option<String>,
    pub(crate) digest: Option<String>,
}

kept! { Reference { tag, digest } }

/// An image in a repository; the digest decides, where there is one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LocatedImage {
    pub(crate) repository: Located,
    pub(crate) reference: Reference,
}

kept! { LocatedImage { repository, reference } }

impl LocatedImage {
    /// The image that is named, by tag or digest.
    pub(crate) fn named(name: &str, options: &Options) -> Result<Self, EcrError> {
        let (repository, reference) = Located::written(name, options)?;
        if reference == Reference::default() {
            return Err(EcrError::MissingReference {
                repository: repository.shown(),
            });
        }
        Ok(Self {
            repository,
            reference,
        })
    }

    /// As calls name it.
    pub(crate) fn id(&self) -> Value {
        match (&self.reference.digest, &self.reference.tag) {
            (Some(digest), _) => json!({ "imageDigest": digest }),
            (None, tag) => json!({ "imageTag": tag }),
        }
    }

    /// As messages show it.
    pub(crate) fn shown(&self) -> String {
        let mut shown = self.repository.shown();
        if let Some(tag) = &self.reference.tag {
            shown.push_str(&format!(":{tag}"));
        }
        if let Some(digest) = &self.reference.digest {
            shown.push_str(&format!("@{digest}"));
        }
        shown
    }
}

/// The members of an object; none of anything else.
pub(crate) fn members(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}
