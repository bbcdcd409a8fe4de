//! The operations by name, and what all of them share.

use super::{delete, layer, list, put, repository, tag};
use crate::answer::{Answer, Refusal};
use crate::page::ForeignToken;
use crate::request::Request;
use crate::scope::Scope;
use crate::shape::{self, Shape, Wrong};
use crate::state::State;
use crate::time::Time;
use serde_json::{Map, Value};

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
    tag::OPERATIONS,
];

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
