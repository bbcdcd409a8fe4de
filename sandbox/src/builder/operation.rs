//! The operations by method and path, and what all share.

use super::{image, list, resource_tag};
use crate::answer::{Answer, Refusal};
use crate::request::Request;
use crate::scope::Scope;
use crate::shape::{self, Miss, Shape, Wrong};
use crate::state::State;
use crate::text::decode;
use crate::time::Time;
use http::Method;
use serde_json::{Map, Value};

/// One operation: where it is, what it takes, what it does.
#[derive(Debug)]
pub(crate) struct Operation {
    pub(crate) name: &'static str,
    pub(crate) method: Method,
    /// The path; one that ends in a slash is followed by a resource's ARN.
    pub(crate) path: &'static str,
    /// The members that stand in the query.
    pub(crate) query: &'static [&'static str],
    pub(crate) input: &'static Shape,
    pub(crate) run: fn(&mut State, &Request) -> Answer,
}

static FAMILIES: &[&[Operation]] = &[
    image::OPERATIONS,
    list::OPERATIONS,
    resource_tag::OPERATIONS,
];

/// The names of all operations.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    let all = FAMILIES.iter().flat_map(|family| family.iter());
    all.map(|operation| operation.name)
}

/// Finds an operation, and the resource that its path names, percent-encoded.
pub(crate) fn find<'p>(
    method: &Method,
    path: &'p str,
) -> Option<(&'static Operation, Option<&'p str>)> {
    let all = FAMILIES.iter().flat_map(|family| family.iter());
    for operation in all.filter(|operation| operation.method == *method) {
        if operation.path == path && !path.ends_with('/') {
            return Some((operation, None));
        }
        if operation.path.ends_with('/')
            && let Some(resource) = path.strip_prefix(operation.path)
        {
            return Some((operation, Some(resource)));
        }
    }
    None
}

/// Adds what stands in the path and the query to the input.
pub(crate) fn read_query(
    input: &mut Map<String, Value>,
    operation: &Operation,
    query: Option<&str>,
    resource: Option<String>,
) {
    if let Some(resource) = resource {
        input.insert("resourceArn".to_owned(), decode(&resource).into());
    }
    for pair in query.unwrap_or_default().split('&') {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let name = decode(name);
        if !operation.query.contains(&name.as_str()) {
            continue;
        }
        let value = decode(value);
        if name == "tagKeys" {
            let list = input
                .entry(name)
                .or_insert_with(|| Value::Array(Vec::new()));
            if let Value::Array(items) = list {
                items.push(value.into());
            }
        } else {
            input.insert(name, value.into());
        }
    }
}

/// Checks the input and carries out the operation.
pub(crate) fn call(
    state: &mut State,
    operation: &'static Operation,
    input: Map<String, Value>,
    scope: Scope,
    now: Time,
    id: &str,
) -> Answer {
    shape::check(operation.input, &input).map_err(|wrong| match wrong {
        Wrong::Type(refusal) => refusal,
        Wrong::Constraint(miss) => constraint(&miss, operation),
    })?;
    let request = Request {
        operation: operation.name,
        input,
        account: scope.account,
        region: scope.region,
        now,
        origin: scope.origin,
        id: id.to_owned(),
    };
    (operation.run)(state, &request)
}

/// Unspecified: the code for a value that misses a constraint. The operations on tags document
/// another than the rest.
fn constraint(miss: &Miss, operation: &Operation) -> Refusal {
    let code = match operation.path {
        "/tags/" => "InvalidParameterException",
        _ => "InvalidRequestException",
    };
    let constraint = match miss
        .constraint
        .strip_prefix("must satisfy regular expression ")
    {
        Some(pattern) => format!("Member must satisfy regular expression pattern: {pattern}"),
        None => miss.constraint.clone(),
    };
    Refusal::new(
        code,
        format!(
            "1 validation error detected: Value '{}' at '{}' failed to satisfy constraint: \
             {constraint}",
            miss.value, miss.at
        ),
    )
}
