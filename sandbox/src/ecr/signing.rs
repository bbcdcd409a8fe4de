//! Managed signing, and principals whose pulls leave no time.

use super::identify::{IMAGE_ID, image};
use super::operation::{Operation, collection_page};
use super::policy::NOTHING;
use super::scan::full_id;
use crate::answer::{Answer, Refusal};
use crate::json::members;
use crate::request::Request;
use crate::shape::{
    PAGE_SIZE, REGISTRY_ID, REPOSITORY_NAME, Shape, TEXT, by, list, object, one_of,
};
use crate::state::State;
use crate::text::{Rule, SIGN_FILTER, wildcard};
use serde_json::{Value, json};

pub(crate) static OPERATIONS: &[Operation] = &[
    Operation {
        name: "PutSigningConfiguration",
        input: &PUT,
        run: put,
    },
    Operation {
        name: "GetSigningConfiguration",
        input: &NOTHING,
        run: get,
    },
    Operation {
        name: "DeleteSigningConfiguration",
        input: &NOTHING,
        run: delete,
    },
    Operation {
        name: "DescribeImageSigningStatus",
        input: &STATUS,
        run: status,
    },
    Operation {
        name: "RegisterPullTimeUpdateExclusion",
        input: &PRINCIPAL,
        run: register,
    },
    Operation {
        name: "DeregisterPullTimeUpdateExclusion",
        input: &PRINCIPAL,
        run: deregister,
    },
    Operation {
        name: "ListPullTimeUpdateExclusions",
        input: &LIST,
        run: list_exclusions,
    },
];

const PROFILE: Rule = Rule::Matches(
    |text| {
        let name = text
            .rsplit_once(":/signing-profiles/")
            .map(|(_, name)| name);
        let letters = |name: &str| name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        text.starts_with("arn:aws")
            && text.contains(":signer:")
            && text.len() <= 200
            && name.is_some_and(|name| name.len() >= 2 && letters(name))
    },
    r"^arn:aws(-[a-z]+)*:signer:[a-z0-9-]+:[0-9]{12}:\/signing-profiles\/[a-zA-Z0-9_]{2,}$",
);
const PRINCIPAL_ARN: Rule = Rule::Matches(
    |text| {
        text.starts_with("arn:aws")
            && (text.contains(":role/") || text.contains(":user/"))
            && text.contains(":iam::")
    },
    r"^arn:aws(-[a-z]+)*:iam::[0-9]{12}:(role|user)/[\w+=,.@-]+(/[\w+=,.@-]+)*$",
);
static FILTER: Shape = object! {
    need "filter": by(SIGN_FILTER),
    need "filterType": one_of(&["WILDCARD_MATCH"]),
};
static FILTERS: Shape = list(&FILTER, 1, 100);
static RULE: Shape = object! {
    need "signingProfileArn": by(PROFILE),
    may "repositoryFilters": FILTERS,
};
static RULES: Shape = list(&RULE, 0, 10);
static CONFIGURATION: Shape = object! { need "rules": RULES };
static PUT: Shape = object! { need "signingConfiguration": CONFIGURATION };
static STATUS: Shape = object! {
    need "repositoryName": REPOSITORY_NAME,
    need "imageId": IMAGE_ID,
    may "registryId": REGISTRY_ID,
};
static PRINCIPAL: Shape = object! {
    need "principalArn": Shape::Text { min: 0, max: 200, rule: PRINCIPAL_ARN },
};
static LIST: Shape = object! { may "maxResults": PAGE_SIZE, may "nextToken": TEXT };

/// The name of the signing among the registry's documents.
const SIGNING: &str = "signing";
/// The name of the excluded principals among the registry's collections.
const EXCLUSIONS: &str = "pullTimeUpdateExclusions";
/// How long signing takes.
const SIGNING_SECONDS: u64 = 10;

fn put(state: &mut State, request: &Request) -> Answer {
    let document = request.input.get("signingConfiguration").cloned();
    let document = document.unwrap_or_default();
    let (_, registry) = state.registry_of(request)?;
    registry
        .documents
        .insert(SIGNING.to_owned(), document.clone());
    Ok(json!({ "signingConfiguration": document }))
}

fn not_found(registry: &str) -> Refusal {
    Refusal::new(
        "SigningConfigurationNotFoundException",
        format!("Signing configuration does not exist in the registry with id '{registry}'"),
    )
}

fn get(state: &mut State, request: &Request) -> Answer {
    let (id, registry) = state.registry_of(request)?;
    match registry.documents.get(SIGNING) {
        Some(document) => Ok(json!({ "registryId": id, "signingConfiguration": document })),
        None => Err(not_found(&id)),
    }
}

fn delete(state: &mut State, request: &Request) -> Answer {
    let (id, registry) = state.registry_of(request)?;
    match registry.documents.remove(SIGNING) {
        Some(document) => Ok(json!({ "registryId": id, "signingConfiguration": document })),
        None => Err(not_found(&id)),
    }
}

fn status(state: &mut State, request: &Request) -> Answer {
    let (id, registry) = state.registry_of(request)?;
    let document = registry.documents.get(SIGNING).cloned().unwrap_or_default();
    let (_, repository) = state.repository(request)?;
    let (digest, image) = image(repository, request, &id)?;
    let done = request.now >= image.pushed_at.later(SIGNING_SECONDS);
    let rules = document.get("rules").and_then(Value::as_array);
    let statuses: Vec<Value> = rules
        .into_iter()
        .flatten()
        .filter(|rule| {
            let filters = rule.get("repositoryFilters").and_then(Value::as_array);
            filters.is_none_or(|filters| {
                let mut patterns = filters.iter().filter_map(|f| f.get("filter")?.as_str());
                patterns.any(|pattern| wildcard(pattern, request.name()))
            })
        })
        .filter_map(|rule| rule.get("signingProfileArn"))
        .map(|profile| {
            let status = if done { "COMPLETE" } else { "IN_PROGRESS" };
            json!({ "signingProfileArn": profile, "status": status })
        })
        .collect();
    Ok(json!({
        "repositoryName": request.name(),
        "imageId": full_id(request, &digest),
        "registryId": id,
        "signingStatuses": statuses,
    }))
}

fn register(state: &mut State, request: &Request) -> Answer {
    let (_, registry) = state.registry_of(request)?;
    let arn = request.required("principalArn");
    let all = registry
        .collections
        .entry(EXCLUSIONS.to_owned())
        .or_default();
    if all.contains_key(arn) {
        return Err(Refusal::new(
            "ExclusionAlreadyExistsException",
            format!("The principal '{arn}' is excluded already"),
        ));
    }
    if all.len() >= 100 {
        return Err(Refusal::new(
            "LimitExceededException",
            "The registry already has 100 excluded principals",
        ));
    }
    all.insert(arn.to_owned(), json!({ "createdAt": request.now.0 }));
    Ok(json!({ "principalArn": arn, "createdAt": request.now.value() }))
}

fn deregister(state: &mut State, request: &Request) -> Answer {
    let (_, registry) = state.registry_of(request)?;
    let arn = request.required("principalArn");
    let all = registry.collections.get_mut(EXCLUSIONS);
    match all.and_then(|all| all.remove(arn)) {
        Some(_) => Ok(json!({ "principalArn": arn })),
        None => Err(Refusal::new(
            "ExclusionNotFoundException",
            format!("The principal '{arn}' is not excluded"),
        )),
    }
}

fn list_exclusions(state: &mut State, request: &Request) -> Answer {
    let (_, found, next) = collection_page(state, request, EXCLUSIONS, 100)?;
    let arns: Vec<Value> = found.into_iter().map(|(arn, _)| arn.into()).collect();
    Ok(members([
        ("pullTimeUpdateExclusions", Some(arns.into())),
        ("nextToken", next),
    ]))
}
