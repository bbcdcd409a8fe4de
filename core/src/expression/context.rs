//! Evaluating a text over a JSON object.

use serde_json::Value;

use super::error::ExpressionError;
use super::parse::{Dialect, Parsed};
use super::scope::Scope;

/// What a text is evaluated as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EvalKind {
    /// A runtime expression.
    Expression,
    /// A text with embedded expressions.
    String,
    /// A simple condition.
    Simple,
    /// A regular expression, judged on the member `context`.
    Regex,
    /// A JSONPath condition, judged on the member `context`.
    JsonPath,
    /// An XPath condition: not supported.
    XPath,
    /// A JSONPath query of the member `context`: an array of what it selects.
    Query,
}

/// A scope over a JSON object with any of `inputs`, `outputs`, `steps`,
/// `workflows`, `components`, `sourceDescriptions`, `url`, `method`,
/// `statusCode`, `request`, `response`, `message`, `self` and `context`.
#[derive(Clone, Copy, Debug)]
pub struct ContextScope<'v>(&'v Value);

impl<'v> ContextScope<'v> {
    /// A scope over this object.
    pub fn new(context: &'v Value) -> Self {
        Self(context)
    }
}

impl Scope for ContextScope<'_> {}

/// Evaluates a text over a JSON object; a missing value is `null`, a condition
/// `true` or `false`.
///
/// # Errors
/// Where the text cannot be parsed, or holds an embedded expression without value.
pub fn evaluate_text(
    text: &str,
    kind: EvalKind,
    context: &Value,
    dialect: Dialect,
) -> Result<Parsed<Value>, ExpressionError> {
    unimplemented!("{text} {kind:?} {context} {dialect:?}")
}
