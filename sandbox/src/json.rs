//! Bodies as JSON objects, bounded.

use crate::answer::Refusal;
use serde_json::{Map, Value};

/// The largest body read: a layer part of 20 MiB in base64, and room around it.
pub(crate) const MAX_BODY: usize = 32 << 20;

/// Reads a body as an object. Nesting over 128 is refused by the reader.
pub(crate) fn object(body: &[u8]) -> Result<Map<String, Value>, Refusal> {
    if body.len() > MAX_BODY {
        return Err(Refusal::with_status(
            413,
            "RequestEntityTooLarge",
            "Request body is too large",
        ));
    }
    if body.iter().all(u8::is_ascii_whitespace) {
        return Ok(Map::new());
    }
    match serde_json::from_slice(body) {
        Ok(Value::Object(mut members)) => {
            drop_nulls(&mut members);
            Ok(members)
        }
        Ok(_) => Err(serialization(
            "Start of structure or map found where not expected.",
        )),
        Err(_) => Err(serialization("Unable to parse the request body as JSON")),
    }
}

/// Unspecified: null counts as absent, as in the SDKs' own serializers.
fn drop_nulls(members: &mut Map<String, Value>) {
    members.retain(|_, value| !value.is_null());
    for value in members.values_mut() {
        match value {
            Value::Object(inner) => drop_nulls(inner),
            Value::Array(items) => {
                for item in items {
                    if let Value::Object(inner) = item {
                        drop_nulls(inner);
                    }
                }
            }
            _ => {}
        }
    }
}

/// A body whose JSON is broken or of the wrong types.
pub(crate) fn serialization(message: impl Into<String>) -> Refusal {
    Refusal::new("SerializationException", message)
}

/// Builds an object without the members that are absent.
pub(crate) fn members<const N: usize>(entries: [(&str, Option<Value>); N]) -> Value {
    Value::Object(
        entries
            .into_iter()
            .filter_map(|(name, value)| Some((name.to_owned(), value?)))
            .collect(),
    )
}
