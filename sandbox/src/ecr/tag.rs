//! Tags of repositories as resources.

use super::operation::Operation;
use crate::answer::{Answer, Refusal};
use crate::registry::Repository;
use crate::request::{Request, repository_not_found};
use crate::shape::{Shape, TEXT, list, object};
use crate::state::State;
use serde_json::{Value, json};
use std::collections::BTreeMap;

pub(crate) static OPERATIONS: &[Operation] = &[
    Operation {
        name: "TagResource",
        input: &TAG_RESOURCE,
        run: tag,
    },
    Operation {
        name: "UntagResource",
        input: &UNTAG,
        run: untag,
    },
    Operation {
        name: "ListTagsForResource",
        input: &LIST,
        run: list_tags,
    },
];

static TAG: Shape = object! { need "Key": TEXT, need "Value": TEXT };
pub(crate) static TAGS: Shape = list(&TAG, 0, usize::MAX);
static TAG_RESOURCE: Shape = object! { need "resourceArn": TEXT, need "tags": TAGS };
static KEYS: Shape = list(&TEXT, 0, usize::MAX);
static UNTAG: Shape = object! { need "resourceArn": TEXT, need "tagKeys": KEYS };
static LIST: Shape = object! { need "resourceArn": TEXT };

/// The most tags on one repository.
const TAGS_PER_REPOSITORY: usize = 50;

/// The tags there, with those given added or replaced.
pub(crate) fn merged(
    there: &BTreeMap<String, String>,
    given: &[Value],
) -> Result<BTreeMap<String, String>, Refusal> {
    let mut tags = there.clone();
    let mut keys = std::collections::BTreeSet::new();
    for tag in given {
        let part = |name: &str| tag.get(name).and_then(Value::as_str).unwrap_or_default();
        let (key, value) = (part("Key"), part("Value"));
        let fits = (1..=128).contains(&key.chars().count()) && value.chars().count() <= 256;
        if !fits || !key.chars().chain(value.chars()).all(allowed) {
            return Err(invalid(
                "tag keys have 1 to 128, values up to 256 letters, digits, spaces or _.:/=+-@",
            ));
        }
        if key.to_ascii_lowercase().starts_with("aws:") {
            return Err(invalid("tag keys may not begin with aws:"));
        }
        if !keys.insert(key) {
            return Err(invalid("tag keys may not be given twice"));
        }
        tags.insert(key.to_owned(), value.to_owned());
    }
    if tags.len() > TAGS_PER_REPOSITORY {
        return Err(Refusal::new(
            "TooManyTagsException",
            format!("A resource can have at most {TAGS_PER_REPOSITORY} tags"),
        ));
    }
    Ok(tags)
}

fn allowed(c: char) -> bool {
    c.is_alphanumeric() || " _.:/=+-@".contains(c)
}

fn invalid(why: &str) -> Refusal {
    Refusal::new(
        "InvalidTagParameterException",
        format!("Invalid tag parameter: {why}"),
    )
}

/// The repository that an ARN means. Only repositories have ARNs that take tags.
fn resource<'s>(state: &'s mut State, request: &Request) -> Result<&'s mut Repository, Refusal> {
    let arn = request.required("resourceArn");
    let invalid = || {
        Refusal::parameter(
            "resourceArn",
            "Invalid ARN: it must be that of a repository in this region",
        )
    };
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let [scheme, partition, service, region, account, resource] = parts[..] else {
        return Err(invalid());
    };
    let name = resource.strip_prefix("repository/").ok_or_else(invalid)?;
    let fits = scheme == "arn"
        && partition == request.partition()
        && service == "ecr"
        && region == request.region
        && crate::text::account(account)
        && crate::text::repository(name);
    if !fits {
        return Err(invalid());
    }
    let missing = repository_not_found(name, account);
    // a registry that is not there has no repository; asking must not make it
    if account != state.settings.account && !state.registries.contains_key(account) {
        return Err(missing);
    }
    let registry = state.registry(account, region);
    registry.repositories.get_mut(name).ok_or(missing)
}

fn tag(state: &mut State, request: &Request) -> Answer {
    let repository = resource(state, request)?;
    repository.tags = merged(&repository.tags, request.items("tags"))?;
    Ok(json!({}))
}

fn untag(state: &mut State, request: &Request) -> Answer {
    let repository = resource(state, request)?;
    for key in request.texts("tagKeys") {
        repository.tags.remove(key);
    }
    Ok(json!({}))
}

fn list_tags(state: &mut State, request: &Request) -> Answer {
    let repository = resource(state, request)?;
    let tags: Vec<Value> = repository
        .tags
        .iter()
        .map(|(key, value)| json!({ "Key": key, "Value": value }))
        .collect();
    Ok(json!({ "tags": tags }))
}
