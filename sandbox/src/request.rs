//! One call: who asks for what, where and when.

use crate::answer::Refusal;
use crate::region;
use crate::registry::{Layer, Registry, Repository};
use crate::state::State;
use crate::store::Blobs;
use crate::time::Time;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// One call of an operation, its input checked against the operation's shape.
#[derive(Debug)]
pub(crate) struct Request {
    pub(crate) operation: &'static str,
    pub(crate) input: Map<String, Value>,
    /// The caller's account.
    pub(crate) account: String,
    pub(crate) region: String,
    pub(crate) now: Time,
    /// Scheme and authority that the caller used.
    pub(crate) origin: String,
    /// The id of this request.
    pub(crate) id: String,
}

impl Request {
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.input.get(name).and_then(Value::as_str)
    }

    /// A member that the shape requires.
    pub(crate) fn required(&self, name: &str) -> &str {
        self.text(name).unwrap_or_default()
    }

    pub(crate) fn flag(&self, name: &str) -> bool {
        self.input.get(name).and_then(Value::as_bool) == Some(true)
    }

    pub(crate) fn number(&self, name: &str) -> Option<u64> {
        self.input.get(name).and_then(Value::as_u64)
    }

    pub(crate) fn items(&self, name: &str) -> &[Value] {
        self.input
            .get(name)
            .and_then(Value::as_array)
            .map_or(&[], Vec::as_slice)
    }

    /// The texts of a list.
    pub(crate) fn texts(&self, name: &str) -> impl Iterator<Item = &str> {
        self.items(name).iter().filter_map(Value::as_str)
    }

    /// A member of an object member.
    pub(crate) fn inner(&self, name: &str, member: &str) -> Option<&Value> {
        self.input.get(name)?.get(member)
    }

    /// The repository's name.
    pub(crate) fn name(&self) -> &str {
        self.required("repositoryName")
    }

    /// The page size asked for, or the operation's own.
    pub(crate) fn page_size(&self, default: usize) -> usize {
        self.number("maxResults")
            .and_then(|size| usize::try_from(size).ok())
            .unwrap_or(default)
    }

    pub(crate) fn partition(&self) -> &'static str {
        region::partition(&self.region).name
    }
}

impl State {
    /// The account whose registry a call means: the caller's, or the one that `registryId`
    /// names.
    ///
    /// Unspecified: what AWS answers for a registry that the caller may not use depends on
    /// policies that are not known here. An account that this sandbox knows (it has a
    /// registry, or an access key in the settings) is open to every caller; in any other
    /// account no repository exists, and what names no repository is denied.
    pub(crate) fn registry_id(&self, request: &Request) -> Result<String, Refusal> {
        let Some(id) = request.text("registryId") else {
            return Ok(request.account.clone());
        };
        let known = id == request.account
            || id == self.settings.account
            || self.registries.contains_key(id)
            || self.settings.callers.values().any(|account| account == id);
        if known {
            return Ok(id.to_owned());
        }
        let first = request.texts("repositoryNames").next();
        match request.text("repositoryName").or(first) {
            Some(name) if request.operation != "CreateRepository" => {
                Err(repository_not_found(name, id))
            }
            name => Err(denied(request, id, name.unwrap_or("*"))),
        }
    }

    /// The registry of an account and region; it starts empty, or as the sample.
    pub(crate) fn registry(&mut self, account: &str, region: &str) -> &mut Registry {
        let sample = self.sample && account == self.settings.account;
        // entry() would need owned keys for every request
        if !self.registries.contains_key(account) {
            self.registries.insert(account.to_owned(), BTreeMap::new());
        }
        let regions = self
            .registries
            .get_mut(account)
            .expect("it was there or has just been inserted");
        if !regions.contains_key(region) {
            let registry = if sample {
                crate::sample::registry(&mut self.blobs)
            } else {
                Registry::default()
            };
            regions.insert(region.to_owned(), registry);
        }
        regions
            .get_mut(region)
            .expect("it was there or has just been inserted")
    }

    /// The registry that a call means, with its account.
    pub(crate) fn registry_of(
        &mut self,
        request: &Request,
    ) -> Result<(String, &mut Registry), Refusal> {
        let id = self.registry_id(request)?;
        let registry = self.registry(&id, &request.region);
        Ok((id, registry))
    }

    /// The repository that a call means, with its account.
    pub(crate) fn repository(
        &mut self,
        request: &Request,
    ) -> Result<(String, &mut Repository), Refusal> {
        let (id, registry) = self.registry_of(request)?;
        match registry.repositories.get_mut(request.name()) {
            Some(repository) => Ok((id, repository)),
            None => Err(repository_not_found(request.name(), &id)),
        }
    }

    /// The same, with the layers that every repository has, and the bytes of all.
    pub(crate) fn place(&mut self, request: &Request) -> Result<Place<'_>, Refusal> {
        let (registry, _) = self.repository(request)?;
        let repository = self
            .registries
            .get_mut(&registry)
            .and_then(|regions| regions.get_mut(&request.region))
            .and_then(|registry| registry.repositories.get_mut(request.name()));
        match repository {
            Some(repository) => Ok(Place {
                registry,
                repository,
                shared: &self.shared_layers,
                blobs: &mut self.blobs,
            }),
            None => Err(repository_not_found(request.name(), &registry)),
        }
    }
}

/// A repository and what stands around it.
#[derive(Debug)]
pub(crate) struct Place<'s> {
    /// The account whose registry it is in.
    pub(crate) registry: String,
    pub(crate) repository: &'s mut Repository,
    /// The layers that every repository has.
    pub(crate) shared: &'s BTreeMap<String, Layer>,
    pub(crate) blobs: &'s mut Blobs,
}

impl Place<'_> {
    pub(crate) fn layer(&self, digest: &str) -> Option<&Layer> {
        self.repository
            .layers
            .get(digest)
            .or_else(|| self.shared.get(digest))
    }
}

pub(crate) fn repository_not_found(name: &str, registry: &str) -> Refusal {
    Refusal::new(
        "RepositoryNotFoundException",
        format!(
            "The repository with name '{name}' does not exist in the registry with id \
             '{registry}'"
        ),
    )
}

fn denied(request: &Request, registry: &str, name: &str) -> Refusal {
    Refusal::new(
        "AccessDeniedException",
        format!(
            "User: arn:{partition}:iam::{account}:user/sandbox is not authorized to perform: \
             ecr:{operation} on resource: arn:{partition}:ecr:{region}:{registry}:repository/{name} \
             because no resource-based policy allows the ecr:{operation} action",
            partition = request.partition(),
            account = request.account,
            operation = request.operation,
            region = request.region,
        ),
    )
}
