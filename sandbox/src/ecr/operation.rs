//! The operations by name, and what all of them share.

use super::{
    account, delete, download, layer, lifecycle, list, policy, pull_through, put, referrer,
    replication, repository, scan, signing, storage, tag, template,
};
use crate::answer::{Answer, Refusal};
use crate::page::{self, ForeignToken};
use crate::request::Request;
use crate::scope::Scope;
use crate::shape::{self, Shape, Wrong};
use crate::state::State;
use crate::time::Time;
use serde_json::{Map, Value};
use std::ops::Bound;

/// One operation: its name, what it takes, what it does.
#[derive(Debug)]
pub(crate) struct Operation {
    pub(crate) name: &'static str,
    pub(crate) input: &'static Shape,
    pub(crate) run: fn(&mut State, &Request) -> Answer,
}

/// The families.
static FAMILIES: &[&[Operation]] = &[
    repository::OPERATIONS,
    put::OPERATIONS,
    list::OPERATIONS,
    delete::OPERATIONS,
    layer::OPERATIONS,
    download::OPERATIONS,
    tag::OPERATIONS,
    account::OPERATIONS,
    policy::OPERATIONS,
    lifecycle::OPERATIONS,
    scan::OPERATIONS,
    referrer::OPERATIONS,
    storage::OPERATIONS,
    replication::OPERATIONS,
    pull_through::OPERATIONS,
    template::OPERATIONS,
    signing::OPERATIONS,
];

/// The names of all operations.
pub(crate) fn names() -> impl Iterator<Item = &'static str> {
    let all = FAMILIES.iter().flat_map(|family| family.iter());
    all.map(|operation| operation.name)
}

/// Finds an operation by name.
pub(crate) fn find(name: &str) -> Option<&'static Operation> {
    FAMILIES
        .iter()
        .flat_map(|family| family.iter())
        .find(|operation| operation.name == name)
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
        Wrong::Constraint(miss) => Refusal::parameter(&miss.at, &miss.constraint),
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

impl From<ForeignToken> for Refusal {
    /// ECR's refusal; Image Builder has its own code for this.
    fn from(_: ForeignToken) -> Self {
        Self::parameter("nextToken", "Member must be a token of the same request")
    }
}

/// Refuses a page size or token beside a list of names or ids.
pub(crate) fn alone(request: &Request, list: &str) -> Result<(), Refusal> {
    if !request.input.contains_key(list) {
        return Ok(());
    }
    for other in ["maxResults", "nextToken"] {
        if request.input.contains_key(other) {
            let constraint = format!("Member may not be given together with {list}");
            return Err(Refusal::parameter(other, &constraint));
        }
    }
    Ok(())
}

/// A page of things by key: the account, the things, the next page's token.
type CollectionPage = (String, Vec<(String, Value)>, Option<Value>);

/// A page of a collection of the registry, by key.
pub(crate) fn collection_page(
    state: &mut State,
    request: &Request,
    collection: &str,
    default_size: usize,
) -> Result<CollectionPage, Refusal> {
    let paging = state.settings.paging;
    let start = page::start(request)?;
    let (id, registry) = state.registry_of(request)?;
    let after = page::place(start.as_deref()).map_or(Bound::Unbounded, Bound::Excluded);
    let all = registry.collections.get(collection);
    let entries = all
        .into_iter()
        .flat_map(|all| all.range::<str, _>((after, Bound::Unbounded)))
        .map(|(key, value)| (key.clone(), (key.clone(), value.clone())));
    let size = request.page_size(default_size);
    let (found, next) = page::fill(paging, size, start.as_deref(), entries);
    Ok((id, found, next.map(|at| page::token(request, &at).into())))
}

/// The members of a stored thing; none where it is no object.
pub(crate) fn stored(value: &Value) -> Map<String, Value> {
    value.as_object().cloned().unwrap_or_default()
}

/// A thing as it is shown: its stored times become AWS's, its absent members go.
pub(crate) fn shown(value: &Value, registry: Option<&str>) -> Value {
    let mut members = stored(value);
    for name in ["createdAt", "updatedAt", "startedAt"] {
        if let Some(time) = members.get(name).and_then(Value::as_u64) {
            members.insert(name.to_owned(), Time(time).value());
        }
    }
    if let Some(registry) = registry {
        members.insert("registryId".to_owned(), registry.into());
    }
    members.into()
}
