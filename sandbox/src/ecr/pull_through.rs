//! Pull-through cache rules. Nothing is pulled.

use super::operation::{Operation, collection_page, shown, stored};
use crate::answer::{Answer, Refusal};
use crate::json::members;
use crate::request::Request;
use crate::shape::{PAGE_SIZE, REGISTRY_ID, Shape, TEXT, list, object, one_of, sized};
use crate::state::State;
use crate::text::{PREFIX, Rule};
use serde_json::{Value, json};

pub(crate) static OPERATIONS: &[Operation] = &[
    Operation {
        name: "CreatePullThroughCacheRule",
        input: &CREATE,
        run: create,
    },
    Operation {
        name: "DescribePullThroughCacheRules",
        input: &DESCRIBE,
        run: describe,
    },
    Operation {
        name: "UpdatePullThroughCacheRule",
        input: &UPDATE,
        run: update,
    },
    Operation {
        name: "ValidatePullThroughCacheRule",
        input: &ONE,
        run: validate,
    },
    Operation {
        name: "DeletePullThroughCacheRule",
        input: &ONE,
        run: delete,
    },
];

const CACHE_PREFIX: Shape = Shape::Text {
    min: 2,
    max: 30,
    rule: PREFIX,
};
const CREDENTIAL: Shape = Shape::Text {
    min: 50,
    max: 612,
    rule: Rule::Matches(
        |text| {
            let secret = text.split_once(":secret:ecr-pullthroughcache/");
            secret.is_some_and(|(place, name)| {
                place.starts_with("arn:aws")
                    && place.contains(":secretsmanager:")
                    && !name.is_empty()
            })
        },
        r"^arn:aws(-\w+)*:secretsmanager:[a-zA-Z0-9-:]+:secret:ecr\-pullthroughcache\/[a-zA-Z0-9\/_+=.@-]+$",
    ),
};
static CREATE: Shape = object! {
    need "ecrRepositoryPrefix": CACHE_PREFIX,
    need "upstreamRegistryUrl": TEXT,
    may "registryId": REGISTRY_ID,
    may "upstreamRegistry": one_of(&[
        "ecr", "ecr-public", "quay", "k8s", "docker-hub", "github-container-registry",
        "azure-container-registry", "gitlab-container-registry", "chainguard",
    ]),
    may "credentialArn": CREDENTIAL,
    may "customRoleArn": sized(0, 2048),
    may "upstreamRepositoryPrefix": CACHE_PREFIX,
};
static PREFIXES: Shape = list(&CACHE_PREFIX, 1, 100);
static DESCRIBE: Shape = object! {
    may "registryId": REGISTRY_ID,
    may "ecrRepositoryPrefixes": PREFIXES,
    may "nextToken": TEXT,
    may "maxResults": PAGE_SIZE,
};
static UPDATE: Shape = object! {
    may "registryId": REGISTRY_ID,
    need "ecrRepositoryPrefix": CACHE_PREFIX,
    may "credentialArn": CREDENTIAL,
    may "customRoleArn": sized(0, 2048),
};
static ONE: Shape = object! {
    need "ecrRepositoryPrefix": CACHE_PREFIX,
    may "registryId": REGISTRY_ID,
};

/// The name of the rules among the registry's collections.
const RULES: &str = "pullThroughCacheRules";
/// The most rules of one registry.
const MOST: usize = 50;

/// The hosts that are known, and whether they need credentials.
const UPSTREAMS: [(&str, &str, bool); 8] = [
    ("public.ecr.aws", "ecr-public", false),
    ("quay.io", "quay", false),
    ("registry.k8s.io", "k8s", false),
    ("registry-1.docker.io", "docker-hub", true),
    ("ghcr.io", "github-container-registry", true),
    ("registry.gitlab.com", "gitlab-container-registry", true),
    (".azurecr.io", "azure-container-registry", true),
    ("cgr.dev", "chainguard", true),
];

fn not_found(prefix: &str, registry: &str) -> Refusal {
    Refusal::new(
        "PullThroughCacheRuleNotFoundException",
        format!(
            "Pull through cache rule with ecrRepositoryPrefix '{prefix}' does not exist in the \
             registry with id '{registry}'"
        ),
    )
}

fn create(state: &mut State, request: &Request) -> Answer {
    let url = request.required("upstreamRegistryUrl");
    let known = UPSTREAMS.iter().find(|(host, _, _)| {
        if host.starts_with('.') {
            url.ends_with(host)
        } else {
            url == *host
        }
    });
    let (upstream, needs_credentials) = match known {
        Some((_, upstream, credentials)) => (*upstream, *credentials),
        None if url.contains(".dkr.ecr.") => ("ecr", false),
        None => {
            return Err(Refusal::new(
                "UnsupportedUpstreamRegistryException",
                format!("The upstream registry '{url}' is not supported"),
            ));
        }
    };
    if needs_credentials && request.text("credentialArn").is_none() {
        return Err(Refusal::parameter(
            "credentialArn",
            "Member must not be null for an upstream registry that needs authentication",
        ));
    }
    let (id, registry) = state.registry_of(request)?;
    let prefix = request.required("ecrRepositoryPrefix");
    let rules = registry.collections.entry(RULES.to_owned()).or_default();
    if rules.contains_key(prefix) {
        return Err(Refusal::new(
            "PullThroughCacheRuleAlreadyExistsException",
            format!(
                "A pull through cache rule with ecrRepositoryPrefix '{prefix}' already exists in \
                 the registry with id '{id}'"
            ),
        ));
    }
    if rules.len() >= MOST {
        return Err(Refusal::new(
            "LimitExceededException",
            format!("The registry with id '{id}' already has {MOST} pull through cache rules"),
        ));
    }
    let rule = members([
        ("ecrRepositoryPrefix", Some(prefix.into())),
        ("upstreamRegistryUrl", Some(url.into())),
        ("createdAt", Some(request.now.0.into())),
        ("upstreamRegistry", Some(upstream.into())),
        ("credentialArn", request.input.get("credentialArn").cloned()),
        ("customRoleArn", request.input.get("customRoleArn").cloned()),
        (
            "upstreamRepositoryPrefix",
            request.input.get("upstreamRepositoryPrefix").cloned(),
        ),
    ]);
    let answer = shown(&rule, Some(&id));
    rules.insert(prefix.to_owned(), rule);
    Ok(answer)
}

fn describe(state: &mut State, request: &Request) -> Answer {
    if request.input.contains_key("ecrRepositoryPrefixes") {
        let (id, registry) = state.registry_of(request)?;
        let rules = registry.collections.get(RULES);
        let found: Result<Vec<Value>, Refusal> = request
            .texts("ecrRepositoryPrefixes")
            .map(|prefix| match rules.and_then(|rules| rules.get(prefix)) {
                Some(rule) => Ok(shown(rule, Some(&id))),
                None => Err(not_found(prefix, &id)),
            })
            .collect();
        return Ok(json!({ "pullThroughCacheRules": found? }));
    }
    let (id, found, next) = collection_page(state, request, RULES, 100)?;
    let found: Vec<Value> = found
        .iter()
        .map(|(_, rule)| shown(rule, Some(&id)))
        .collect();
    Ok(members([
        ("pullThroughCacheRules", Some(found.into())),
        ("nextToken", next),
    ]))
}

/// The rule of a call as it is shown, with the names that its answer has.
fn answer(rule: &Value, registry: &str, names: &[&str]) -> Value {
    let mut members = stored(&shown(rule, Some(registry)));
    members.retain(|name, _| names.contains(&name.as_str()));
    members.into()
}

fn update(state: &mut State, request: &Request) -> Answer {
    let (id, registry) = state.registry_of(request)?;
    let prefix = request.required("ecrRepositoryPrefix");
    let rules = registry.collections.get_mut(RULES);
    let Some(rule) = rules.and_then(|rules| rules.get_mut(prefix)) else {
        return Err(not_found(prefix, &id));
    };
    let mut members = stored(rule);
    for name in ["credentialArn", "customRoleArn"] {
        if let Some(value) = request.input.get(name) {
            members.insert(name.to_owned(), value.clone());
        }
    }
    members.insert("updatedAt".to_owned(), request.now.0.into());
    *rule = members.into();
    let names = [
        "ecrRepositoryPrefix",
        "registryId",
        "updatedAt",
        "credentialArn",
        "customRoleArn",
        "upstreamRepositoryPrefix",
    ];
    Ok(answer(rule, &id, &names))
}

/// Every rule is valid here: no upstream is asked.
fn validate(state: &mut State, request: &Request) -> Answer {
    let (id, registry) = state.registry_of(request)?;
    let prefix = request.required("ecrRepositoryPrefix");
    let rules = registry.collections.get(RULES);
    let Some(rule) = rules.and_then(|rules| rules.get(prefix)) else {
        return Err(not_found(prefix, &id));
    };
    let names = [
        "ecrRepositoryPrefix",
        "registryId",
        "upstreamRegistryUrl",
        "credentialArn",
        "customRoleArn",
        "upstreamRepositoryPrefix",
    ];
    let mut answer = answer(rule, &id, &names);
    answer["isValid"] = true.into();
    Ok(answer)
}

fn delete(state: &mut State, request: &Request) -> Answer {
    let (id, registry) = state.registry_of(request)?;
    let prefix = request.required("ecrRepositoryPrefix");
    let rules = registry.collections.get_mut(RULES);
    match rules.and_then(|rules| rules.remove(prefix)) {
        Some(rule) => {
            let mut members = stored(&shown(&rule, Some(&id)));
            members.remove("upstreamRegistry");
            members.remove("updatedAt");
            Ok(members.into())
        }
        None => Err(not_found(prefix, &id)),
    }
}
