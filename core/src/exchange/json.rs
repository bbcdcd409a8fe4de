//! JSON text to a value, whatever its nesting.

use serde_json::Value;

use super::error::{ExchangeError, ExchangeErrorKind as K};
use crate::json_reader::{self, Fault};

/// Reads JSON, nested no deeper than said.
///
/// # Errors
/// `exchange.malformed-json`, `exchange.truncated-json`, `exchange.too-deep`.
pub fn parse_json(text: &[u8], max_depth: usize) -> Result<Value, ExchangeError> {
    json_reader::parse(text, max_depth).map_err(|(fault, offset)| {
        let (kind, number) = match fault {
            Fault::TooDeep => (K::TooDeep, max_depth),
            Fault::Ends => (K::TruncatedJson, text.len()),
            _ => (K::MalformedJson, offset),
        };
        ExchangeError::new(kind, &[&number.to_string(), fault.reason()])
    })
}
