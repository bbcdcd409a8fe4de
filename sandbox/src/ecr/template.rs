//! Repository creation templates. Nothing is created by them.

use super::operation::{Operation, collection_page, shown, stored};
use super::repository::{FILTERS, MUTABILITY, mutability};
use super::tag::TAGS;
use crate::answer::{Answer, Refusal};
use crate::json::members;
use crate::request::Request;
use crate::shape::{PAGE_SIZE, Shape, TEXT, by, list, object, one_of, sized};
use crate::state::State;
use crate::text::{PREFIX, Rule};
use serde_json::{Value, json};

pub(crate) static OPERATIONS: &[Operation] = &[
    Operation {
        name: "CreateRepositoryCreationTemplate",
        input: &CREATE,
        run: create,
    },
    Operation {
        name: "DescribeRepositoryCreationTemplates",
        input: &DESCRIBE,
        run: describe,
    },
    Operation {
        name: "UpdateRepositoryCreationTemplate",
        input: &UPDATE,
        run: update,
    },
    Operation {
        name: "DeleteRepositoryCreationTemplate",
        input: &DELETE,
        run: delete,
    },
];

const TEMPLATE_PREFIX: Shape = Shape::Text {
    min: 1,
    max: 256,
    rule: PREFIX,
};
const KEY: Rule = Rule::Matches(
    |text| {
        let key = text.split_once(":key/");
        text.is_empty()
            || text.len() <= 2048
                && text.starts_with("arn:aws")
                && text.contains(":kms:")
                && key.is_some_and(|(_, key)| !key.is_empty())
    },
    r"^$|arn:aws[a-z0-9-]*:kms:[a-z0-9-]+:[0-9]{12}:key\/[a-z0-9-]+",
);
static ENCRYPTION: Shape = object! {
    need "encryptionType": one_of(&["AES256", "KMS", "KMS_DSSE"]),
    may "kmsKey": by(KEY),
};
static APPLIED: Shape = list(
    &one_of(&["REPLICATION", "PULL_THROUGH_CACHE", "CREATE_ON_PUSH"]),
    0,
    usize::MAX,
);
static CREATE: Shape = object! {
    need "prefix": TEMPLATE_PREFIX,
    may "description": sized(0, 256),
    may "encryptionConfiguration": ENCRYPTION,
    may "resourceTags": TAGS,
    may "imageTagMutability": MUTABILITY,
    may "imageTagMutabilityExclusionFilters": FILTERS,
    may "repositoryPolicy": sized(0, 10_240),
    may "lifecyclePolicy": sized(0, 30_720),
    need "appliedFor": APPLIED,
    may "customRoleArn": sized(0, 2048),
};
static UPDATE: Shape = object! {
    need "prefix": TEMPLATE_PREFIX,
    may "description": sized(0, 256),
    may "encryptionConfiguration": ENCRYPTION,
    may "resourceTags": TAGS,
    may "imageTagMutability": MUTABILITY,
    may "imageTagMutabilityExclusionFilters": FILTERS,
    may "repositoryPolicy": sized(0, 10_240),
    may "lifecyclePolicy": sized(0, 30_720),
    may "appliedFor": APPLIED,
    may "customRoleArn": sized(0, 2048),
};
static PREFIXES: Shape = list(&TEMPLATE_PREFIX, 0, 100);
static DESCRIBE: Shape = object! {
    may "prefixes": PREFIXES,
    may "nextToken": TEXT,
    may "maxResults": PAGE_SIZE,
};
static DELETE: Shape = object! { need "prefix": TEMPLATE_PREFIX };

/// The name of the templates among the registry's collections.
const TEMPLATES: &str = "templates";

/// The members that a call may set.
const MEMBERS: [&str; 9] = [
    "description",
    "encryptionConfiguration",
    "resourceTags",
    "imageTagMutability",
    "imageTagMutabilityExclusionFilters",
    "repositoryPolicy",
    "lifecyclePolicy",
    "appliedFor",
    "customRoleArn",
];

fn not_found(prefix: &str, registry: &str) -> Refusal {
    Refusal::new(
        "TemplateNotFoundException",
        format!(
            "The repository creation template with prefix '{prefix}' does not exist in the \
             registry with id '{registry}'"
        ),
    )
}

/// Sets what the call gives; the filters go with the mutability.
fn set(request: &Request, there: &Value) -> Value {
    let mut members = stored(there);
    if request.input.contains_key("imageTagMutability") {
        members.remove("imageTagMutabilityExclusionFilters");
    }
    for name in MEMBERS {
        if let Some(value) = request.input.get(name) {
            members.insert(name.to_owned(), value.clone());
        }
    }
    members.insert("updatedAt".to_owned(), request.now.0.into());
    members.into()
}

fn answer(registry: &str, template: &Value) -> Value {
    json!({ "registryId": registry, "repositoryCreationTemplate": shown(template, None) })
}

fn create(state: &mut State, request: &Request) -> Answer {
    mutability(request)?;
    let (id, registry) = state.registry_of(request)?;
    let prefix = request.required("prefix");
    let templates = registry
        .collections
        .entry(TEMPLATES.to_owned())
        .or_default();
    if templates.contains_key(prefix) {
        return Err(Refusal::new(
            "TemplateAlreadyExistsException",
            format!(
                "A repository creation template with prefix '{prefix}' already exists in the \
                 registry with id '{id}'"
            ),
        ));
    }
    let first = json!({
        "prefix": prefix,
        "createdAt": request.now.0,
        "imageTagMutability": "MUTABLE",
        "encryptionConfiguration": { "encryptionType": "AES256" },
    });
    let template = set(request, &first);
    let answer = answer(&id, &template);
    templates.insert(prefix.to_owned(), template);
    Ok(answer)
}

/// A prefix without a template is left out, not refused.
fn describe(state: &mut State, request: &Request) -> Answer {
    let (id, found, next) = if request.items("prefixes").is_empty() {
        collection_page(state, request, TEMPLATES, 100)?
    } else {
        let (id, registry) = state.registry_of(request)?;
        let templates = registry.collections.get(TEMPLATES);
        let found = request
            .texts("prefixes")
            .filter_map(|prefix| Some((prefix.to_owned(), templates?.get(prefix)?.clone())))
            .collect();
        (id, found, None)
    };
    let found: Vec<Value> = found
        .iter()
        .map(|(_, template)| shown(template, None))
        .collect();
    Ok(members([
        ("registryId", Some(id.into())),
        ("repositoryCreationTemplates", Some(found.into())),
        ("nextToken", next),
    ]))
}

fn update(state: &mut State, request: &Request) -> Answer {
    mutability(request)?;
    let (id, registry) = state.registry_of(request)?;
    let prefix = request.required("prefix");
    let templates = registry.collections.get_mut(TEMPLATES);
    let Some(template) = templates.and_then(|templates| templates.get_mut(prefix)) else {
        return Err(not_found(prefix, &id));
    };
    *template = set(request, template);
    Ok(answer(&id, template))
}

fn delete(state: &mut State, request: &Request) -> Answer {
    let (id, registry) = state.registry_of(request)?;
    let prefix = request.required("prefix");
    let templates = registry.collections.get_mut(TEMPLATES);
    match templates.and_then(|templates| templates.remove(prefix)) {
        Some(template) => Ok(answer(&id, &template)),
        None => Err(not_found(prefix, &id)),
    }
}
