//! Repositories: create, describe, delete, mutability.

use super::operation::{Operation, alone};
use super::tag;
use crate::answer::{Answer, Refusal};
use crate::json::members;
use crate::page;
use crate::region;
use crate::registry::{Encryption, Mutability, Repository};
use crate::request::{Request, repository_not_found};
use crate::shape::{
    PAGE_SIZE, REGISTRY_ID, REPOSITORY_NAME, Shape, TEXT, by, list, object, one_of, sized,
};
use crate::state::State;
use crate::text::TAG_FILTER;
use serde_json::{Value, json};
use std::ops::Bound;

pub(crate) static OPERATIONS: &[Operation] = &[
    Operation {
        name: "CreateRepository",
        input: &CREATE,
        run: create,
    },
    Operation {
        name: "DescribeRepositories",
        input: &DESCRIBE,
        run: describe,
    },
    Operation {
        name: "DeleteRepository",
        input: &DELETE,
        run: delete,
    },
    Operation {
        name: "PutImageTagMutability",
        input: &PUT_MUTABILITY,
        run: put_mutability,
    },
];

pub(crate) const MUTABILITY: Shape = one_of(&[
    "MUTABLE",
    "IMMUTABLE",
    "IMMUTABLE_WITH_EXCLUSION",
    "MUTABLE_WITH_EXCLUSION",
]);
static FILTER: Shape = object! {
    need "filterType": one_of(&["WILDCARD"]),
    need "filter": by(TAG_FILTER),
};
pub(crate) static FILTERS: Shape = list(&FILTER, 1, 5);
static SCANNING: Shape = object! { may "scanOnPush": Shape::Flag };
static ENCRYPTION: Shape = object! {
    need "encryptionType": one_of(&["AES256", "KMS", "KMS_DSSE"]),
    may "kmsKey": sized(1, 2048),
};
static CREATE: Shape = object! {
    may "registryId": REGISTRY_ID,
    need "repositoryName": REPOSITORY_NAME,
    may "tags": tag::TAGS,
    may "imageTagMutability": MUTABILITY,
    may "imageTagMutabilityExclusionFilters": FILTERS,
    may "imageScanningConfiguration": SCANNING,
    may "encryptionConfiguration": ENCRYPTION,
};
static NAMES: Shape = list(&REPOSITORY_NAME, 1, 100);
static DESCRIBE: Shape = object! {
    may "registryId": REGISTRY_ID,
    may "repositoryNames": NAMES,
    may "nextToken": TEXT,
    may "maxResults": PAGE_SIZE,
};
static DELETE: Shape = object! {
    may "registryId": REGISTRY_ID,
    need "repositoryName": REPOSITORY_NAME,
    may "force": Shape::Flag,
};
static PUT_MUTABILITY: Shape = object! {
    may "registryId": REGISTRY_ID,
    need "repositoryName": REPOSITORY_NAME,
    need "imageTagMutability": MUTABILITY,
    may "imageTagMutabilityExclusionFilters": FILTERS,
};

/// A repository's ARN.
pub(crate) fn arn(request: &Request, registry: &str, name: &str) -> String {
    format!(
        "arn:{}:ecr:{}:{registry}:repository/{name}",
        request.partition(),
        request.region
    )
}

fn shown(request: &Request, registry: &str, name: &str, repository: &Repository) -> Value {
    let host = region::registry_host(registry, &request.region);
    let mut encryption = json!({ "encryptionType": repository.encryption.kind });
    if let Some(key) = &repository.encryption.key {
        encryption["kmsKey"] = key.as_str().into();
    }
    members([
        ("repositoryArn", Some(arn(request, registry, name).into())),
        ("registryId", Some(registry.into())),
        ("repositoryName", Some(name.into())),
        ("repositoryUri", Some(format!("{host}/{name}").into())),
        ("createdAt", Some(repository.created_at.value())),
        (
            "imageTagMutability",
            Some(repository.mutability.as_str().into()),
        ),
        ("imageTagMutabilityExclusionFilters", filters(repository)),
        (
            "imageScanningConfiguration",
            Some(json!({ "scanOnPush": repository.scan_on_push })),
        ),
        ("encryptionConfiguration", Some(encryption)),
    ])
}

fn filters(repository: &Repository) -> Option<Value> {
    let all = repository.exclusions.iter();
    let all: Vec<Value> = all
        .map(|filter| json!({ "filterType": "WILDCARD", "filter": filter }))
        .collect();
    (!all.is_empty()).then(|| all.into())
}

impl Mutability {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Mutable => "MUTABLE",
            Self::Immutable => "IMMUTABLE",
            Self::MutableWithExclusion => "MUTABLE_WITH_EXCLUSION",
            Self::ImmutableWithExclusion => "IMMUTABLE_WITH_EXCLUSION",
        }
    }
}

/// Reads mutability and filters: there are filters with, and only with, the values that say so.
pub(crate) fn mutability(request: &Request) -> Result<(Mutability, Vec<String>), Refusal> {
    let (mutability, with_filters) = match request.text("imageTagMutability") {
        Some("IMMUTABLE") => (Mutability::Immutable, false),
        Some("MUTABLE_WITH_EXCLUSION") => (Mutability::MutableWithExclusion, true),
        Some("IMMUTABLE_WITH_EXCLUSION") => (Mutability::ImmutableWithExclusion, true),
        _ => (Mutability::Mutable, false),
    };
    let filters: Vec<String> = request
        .items("imageTagMutabilityExclusionFilters")
        .iter()
        .filter_map(|filter| filter.get("filter")?.as_str().map(str::to_owned))
        .collect();
    let at = "imageTagMutabilityExclusionFilters";
    match (with_filters, filters.is_empty()) {
        (true, true) => Err(Refusal::parameter(
            at,
            "Member must not be empty when imageTagMutability is set to a value with exclusions",
        )),
        (false, false) => Err(Refusal::parameter(
            at,
            "Member must be empty unless imageTagMutability is set to a value with exclusions",
        )),
        _ => Ok((mutability, filters)),
    }
}

fn encryption(request: &Request) -> Result<Encryption, Refusal> {
    let part = |name: &str| {
        let value = request.inner("encryptionConfiguration", name);
        value.and_then(Value::as_str).map(str::to_owned)
    };
    let kind = part("encryptionType").unwrap_or_else(|| "AES256".to_owned());
    let key = match part("kmsKey") {
        Some(_) if kind == "AES256" => {
            return Err(Refusal::parameter(
                "encryptionConfiguration",
                "kmsKey may only be given when encryptionType is KMS or KMS_DSSE",
            ));
        }
        // the service's own key where none is named
        None if kind != "AES256" => Some(format!(
            "arn:{}:kms:{}:{}:key/00000000-0000-4000-8000-000000000001",
            request.partition(),
            request.region,
            request.account
        )),
        key => key,
    };
    Ok(Encryption { kind, key })
}

fn create(state: &mut State, request: &Request) -> Answer {
    let (mutability, exclusions) = mutability(request)?;
    let encryption = encryption(request)?;
    let tags = tag::merged(&Default::default(), request.items("tags"))?;
    let most = state.settings.repositories_per_registry;
    let (id, registry) = state.registry_of(request)?;
    let name = request.name();
    if registry.repositories.contains_key(name) {
        return Err(Refusal::new(
            "RepositoryAlreadyExistsException",
            format!(
                "The repository with name '{name}' already exists in the registry with id '{id}'"
            ),
        ));
    }
    if registry.repositories.len() >= most {
        return Err(Refusal::new(
            "LimitExceededException",
            format!(
                "The registry with id '{id}' already has the maximum allowed number of repositories"
            ),
        ));
    }
    let scan = request.inner("imageScanningConfiguration", "scanOnPush");
    let repository = Repository {
        created_at: request.now,
        mutability,
        exclusions,
        scan_on_push: scan.and_then(Value::as_bool).unwrap_or(false),
        encryption,
        tags,
        ..Repository::default()
    };
    let answer = json!({ "repository": shown(request, &id, name, &repository) });
    registry.repositories.insert(name.to_owned(), repository);
    Ok(answer)
}

fn describe(state: &mut State, request: &Request) -> Answer {
    alone(request, "repositoryNames")?;
    let paging = state.settings.paging;
    let start = page::start(request)?;
    let (id, registry) = state.registry_of(request)?;
    if request.input.contains_key("repositoryNames") {
        let found: Result<Vec<Value>, Refusal> = request
            .texts("repositoryNames")
            .map(|name| match registry.repositories.get(name) {
                Some(repository) => Ok(shown(request, &id, name, repository)),
                None => Err(repository_not_found(name, &id)),
            })
            .collect();
        return Ok(json!({ "repositories": found? }));
    }
    let after = page::place(start.as_deref()).map_or(Bound::Unbounded, Bound::Excluded);
    let entries = registry
        .repositories
        .range::<str, _>((after, Bound::Unbounded))
        .map(|(name, repository)| (name.clone(), (name, repository)));
    let size = request.page_size(100);
    let (found, next) = page::fill(paging, size, start.as_deref(), entries);
    let found: Vec<Value> = found
        .into_iter()
        .map(|(name, repository)| shown(request, &id, name, repository))
        .collect();
    Ok(members([
        ("repositories", Some(found.into())),
        ("nextToken", next.map(|at| page::token(request, &at).into())),
    ]))
}

fn delete(state: &mut State, request: &Request) -> Answer {
    let (id, registry) = state.registry_of(request)?;
    let name = request.name();
    let Some(repository) = registry.repositories.get(name) else {
        return Err(repository_not_found(name, &id));
    };
    if !repository.images.is_empty() && !request.flag("force") {
        return Err(Refusal::new(
            "RepositoryNotEmptyException",
            format!(
                "The repository with name '{name}' in registry with id '{id}' cannot be deleted \
                 because it still contains images"
            ),
        ));
    }
    let answer = json!({ "repository": shown(request, &id, name, repository) });
    if let Some(gone) = registry.repositories.remove(name) {
        state.release(&gone);
    }
    Ok(answer)
}

fn put_mutability(state: &mut State, request: &Request) -> Answer {
    let (mutability, exclusions) = mutability(request)?;
    let (id, repository) = state.repository(request)?;
    repository.mutability = mutability;
    repository.exclusions = exclusions;
    Ok(members([
        ("registryId", Some(id.into())),
        ("repositoryName", Some(request.name().into())),
        ("imageTagMutability", Some(mutability.as_str().into())),
        ("imageTagMutabilityExclusionFilters", filters(repository)),
    ]))
}
