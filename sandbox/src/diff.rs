//! What differs between two states.

use crate::state::State;
use serde::Serialize;
use serde_json::{Map, Value};

/// One thing that differs: where it is, what it was and what it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Change {
    /// A JSON Pointer into the state, such as
    /// `/registries/123456789012/us-east-1/repositories/app`.
    pub path: String,
    /// What it was; absent where it was not there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<Value>,
    /// What it is; absent where it is no longer there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<Value>,
}

/// The changes from one state to another, in the order of their paths.
///
/// What counts calls and tells the time is left out, and the bytes of layers, which are told by their digests. A
/// registry that was not asked for before was what it begins as.
pub(crate) fn changes(mut before: State, after: &State) -> Vec<Change> {
    for (account, regions) in &after.registries {
        for region in regions.keys() {
            before.registry(account, region);
        }
    }
    let mut changes = Vec::new();
    let (before, after) = (shown(&before), shown(after));
    compare(&mut changes, "", Some(&before), Some(&after));
    changes
}

fn shown(state: &State) -> Value {
    // every key is text and nothing fails to serialize
    let mut shown = serde_json::to_value(state).unwrap_or_default();
    if let Some(members) = shown.as_object_mut() {
        members.retain(|name, _| !matches!(name.as_str(), "counter" | "latest" | "blobs"));
    }
    for fault in shown["faults"].as_array_mut().into_iter().flatten() {
        if let Some(members) = fault.as_object_mut() {
            members.remove("seen");
        }
    }
    shown
}

fn compare(changes: &mut Vec<Change>, path: &str, before: Option<&Value>, after: Option<&Value>) {
    match (before, after) {
        (Some(Value::Object(before)), Some(Value::Object(after))) => {
            for name in names(before, after) {
                let path = format!("{path}/{}", name.replace('~', "~0").replace('/', "~1"));
                compare(changes, &path, before.get(name), after.get(name));
            }
        }
        _ if before == after => {}
        _ => changes.push(Change {
            path: path.to_owned(),
            before: before.cloned(),
            after: after.cloned(),
        }),
    }
}

/// The names of both, in order.
fn names<'v>(before: &'v Map<String, Value>, after: &'v Map<String, Value>) -> Vec<&'v String> {
    let mut names: Vec<&String> = before.keys().chain(after.keys()).collect();
    names.sort_unstable();
    names.dedup();
    names
}
