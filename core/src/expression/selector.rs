//! One dispatch for jsonpath, pointer, regex, xpath.

use super::error::ExpressionError;
use super::parse::{Dialect, Parsed};

/// How a selector, or the target of a replacement, is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SelectorKind {
    /// RFC 9535.
    JsonPath,
    /// RFC 6901.
    JsonPointer,
}

impl SelectorKind {
    /// Reads `type`, or `type` and `version` of an Expression Type Object.
    ///
    /// # Errors
    /// `expression.unknown-type`, `expression.unsupported-version`,
    /// `expression.unsupported-xpath`.
    pub fn named(
        name: &str,
        version: Option<&str>,
        dialect: Dialect,
    ) -> Result<Parsed<Self>, ExpressionError> {
        unimplemented!("{name} {version:?} {dialect:?}")
    }
}
