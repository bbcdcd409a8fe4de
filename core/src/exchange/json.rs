//! JSON text to a value, whatever its nesting.

use serde_json::Value;

use super::error::ExchangeError;
use crate::json_reader::{self, Fault};

/// Reads JSON, nested no deeper than said.
///
/// # Errors
/// `exchange.malformed-json`, `exchange.truncated-json`, `exchange.too-deep`.
pub fn parse_json(text: &[u8], max_depth: usize) -> Result<Value, ExchangeError> {
    json_reader::parse(text, max_depth).map_err(|(fault, offset)| match fault {
        Fault::TooDeep => ExchangeError::TooDeep { limit: max_depth },
        Fault::Ends => ExchangeError::TruncatedJson { length: text.len() },
        fault => ExchangeError::MalformedJson {
            offset,
            reason: fault.reason().to_owned(),
        },
    })
}
