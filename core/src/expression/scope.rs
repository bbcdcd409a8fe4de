//! The values that an expression sees.

use std::borrow::Cow;

use serde_json::Value;

use super::ast::StepRef;
use super::error::ExpressionError;

/// A value that is there, or `None`: missing. JSON `null` is a value.
pub(super) type Found<'s> = Option<Cow<'s, Value>>;

/// What an expression can ask for at one moment of a run; all is missing unless
/// a method says otherwise.
pub trait Scope {
    /// `$url`
    fn url(&self) -> Option<Cow<'_, Value>> {
        None
    }
    /// `$method`
    fn method(&self) -> Option<Cow<'_, Value>> {
        None
    }
    /// `$statusCode`: an integer.
    fn status_code(&self) -> Option<Cow<'_, Value>> {
        None
    }
    /// `$statusCode` as a number, where that costs less to give.
    fn status(&self) -> Option<u16> {
        None
    }
    /// `$self`
    fn self_uri(&self) -> Option<Cow<'_, Value>> {
        None
    }
    /// `$request.header.…`, the name in any letter case.
    fn request_header(&self, _name: &str) -> Option<Cow<'_, Value>> {
        None
    }
    /// `$request.query.…`
    fn request_query(&self, _name: &str) -> Option<Cow<'_, Value>> {
        None
    }
    /// `$request.path.…`
    fn request_path(&self, _name: &str) -> Option<Cow<'_, Value>> {
        None
    }
    /// `$request.body`: before it was encoded.
    fn request_body(&self) -> Option<Cow<'_, Value>> {
        None
    }
    /// `$response.header.…`, the name in any letter case: always a string.
    fn response_header(&self, _name: &str) -> Option<Cow<'_, Value>> {
        None
    }
    /// `$response.query.…`
    fn response_query(&self, _name: &str) -> Option<Cow<'_, Value>> {
        None
    }
    /// `$response.path.…`
    fn response_path(&self, _name: &str) -> Option<Cow<'_, Value>> {
        None
    }
    /// `$response.body`: parsed where it is JSON, a string otherwise, missing
    /// where it is empty.
    ///
    /// # Errors
    /// [`ExpressionError::malformed_body`] where a JSON body does not parse.
    fn response_body(&self) -> Result<Option<Cow<'_, Value>>, ExpressionError> {
        Ok(None)
    }
    /// Whether the response body is of a JSON media type.
    fn response_is_json(&self) -> bool {
        false
    }
    /// `$message.header.…`, the name in any letter case.
    fn message_header(&self, _name: &str) -> Option<Cow<'_, Value>> {
        None
    }
    /// `$message.payload`
    fn message_payload(&self) -> Option<Cow<'_, Value>> {
        None
    }
    /// `$inputs.…`
    fn input(&self, _name: &str) -> Option<Cow<'_, Value>> {
        None
    }
    /// `$outputs.…`
    fn output(&self, _name: &str) -> Option<Cow<'_, Value>> {
        None
    }
    /// `$steps.….outputs.…`
    fn step_output(&self, _step: &StepRef, _output: &str) -> Option<Cow<'_, Value>> {
        None
    }
    /// `$workflows.….inputs.…`
    fn workflow_input(&self, _workflow: &str, _name: &str) -> Option<Cow<'_, Value>> {
        None
    }
    /// `$workflows.….outputs.…`
    fn workflow_output(&self, _workflow: &str, _name: &str) -> Option<Cow<'_, Value>> {
        None
    }
    /// `$sourceDescriptions.name.field`
    fn source(&self, _name: &str, _field: &str) -> Option<Cow<'_, Value>> {
        None
    }
    /// `$components.kind.name`
    fn component(&self, _kind: &str, _name: &str) -> Option<Cow<'_, Value>> {
        None
    }
    /// The value that a condition is judged on where it was given directly
    /// rather than by an expression.
    fn criterion_context(&self) -> Option<Cow<'_, Value>> {
        None
    }
}
