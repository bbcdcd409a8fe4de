//! JSON values of answers, which may be anything: read without a panic.

use serde_json::Value;

/// Takes what is at a JSON Pointer; null where nothing is.
pub(crate) fn taken(value: &mut Value, pointer: &str) -> Value {
    value
        .pointer_mut(pointer)
        .map(Value::take)
        .unwrap_or_default()
}

/// Sets a member of an object; anything else stays as it is.
pub(crate) fn set(value: &mut Value, name: &str, member: Value) {
    if let Value::Object(members) = value {
        members.insert(name.to_owned(), member);
    }
}

/// Puts an item into a set: a list in order that has each item once. Says whether it
/// was not there.
pub(crate) fn put_into<T: Ord>(set: &mut Vec<T>, item: T) -> bool {
    match set.binary_search(&item) {
        Ok(_) => false,
        Err(at) => {
            set.insert(at, item);
            true
        }
    }
}

/// The text of a member; empty where there is none.
pub(crate) fn text<'v>(value: &'v Value, name: &str) -> &'v str {
    value.get(name).and_then(Value::as_str).unwrap_or_default()
}
