//! Tree and scope to value.

use std::borrow::Cow;

use serde_json::{Number, Value};

use super::ast::{Expression, Root};
use super::error::ExpressionError;
use super::scope::{Found, Scope};
use crate::json_writer;
use crate::pointer;
use crate::text::characters;

impl Expression {
    /// Evaluates it; `None` where it is missing. JSON `null` is a value.
    ///
    /// # Errors
    /// `expression.malformed-body` where a JSON response body does not parse.
    pub fn evaluate<'s>(
        &self,
        scope: &'s dyn Scope,
    ) -> Result<Option<Cow<'s, Value>>, ExpressionError> {
        let names = self.names();
        let mut at = 0;
        // The first name that there is.
        while let Some((name, skip)) = names.reading(at) {
            if let Some(value) = self.look(name, scope)? {
                return Ok(self.descend(value, skip));
            }
            at += 1;
        }
        Ok(None)
    }

    /// What the root gives, under that name where it has names.
    fn look<'s>(&self, name: &str, scope: &'s dyn Scope) -> Result<Found<'s>, ExpressionError> {
        let owner = &self.owner;
        Ok(match self.root {
            Root::Url => scope.url(),
            Root::Method => scope.method(),
            Root::StatusCode => scope.status_code(),
            Root::SelfUri => scope.self_uri(),
            Root::RequestHeader => scope.request_header(name),
            Root::RequestQuery => scope.request_query(name),
            Root::RequestPath => scope.request_path(name),
            Root::RequestBody => scope.request_body(),
            Root::ResponseHeader => scope.response_header(name),
            Root::ResponseQuery => scope.response_query(name),
            Root::ResponsePath => scope.response_path(name),
            Root::ResponseBody => return scope.response_body(),
            Root::MessageHeader => scope.message_header(name),
            Root::MessagePayload => scope.message_payload(),
            Root::Input => scope.input(name),
            Root::Output => scope.output(name),
            Root::StepOutput => scope.step_output(owner, name),
            Root::WorkflowInput => scope.workflow_input(&owner.name, name),
            Root::WorkflowOutput => scope.workflow_output(&owner.name, name),
            Root::Source => scope.source(&owner.name, name),
            Root::Component => scope.component(&owner.name, name),
        })
    }

    /// Whether it reads the response body.
    pub(super) fn reads_response_body(&self) -> bool {
        self.root == Root::ResponseBody
    }

    fn descend<'s>(&self, value: Cow<'s, Value>, skip: usize) -> Found<'s> {
        if self.path.is_root() {
            return Some(value);
        }
        match value {
            Cow::Borrowed(value) => self.find(value, skip),
            Cow::Owned(value) => Some(Cow::Owned(self.find(&value, skip)?.into_owned())),
        }
    }

    fn find<'v>(&self, value: &'v Value, skip: usize) -> Found<'v> {
        let mut at = value;
        let mut tokens = self.path.tokens().skip(skip).peekable();
        while let Some(token) = tokens.next() {
            match child(at, token) {
                Some(next) => at = next,
                None if self.length && tokens.peek().is_none() => {
                    return length(at).map(Cow::Owned);
                }
                None => return None,
            }
        }
        Some(Cow::Borrowed(at))
    }
}

/// A member or element: RFC 6901, section 4.
pub(super) fn child<'v>(value: &'v Value, token: &str) -> Option<&'v Value> {
    match value {
        Value::Object(members) => members.get(token),
        Value::Array(items) => pointer::index(token).and_then(|at| items.get(at)),
        _ => None,
    }
}

/// How many items, members or characters a value has.
pub(super) fn length(value: &Value) -> Option<Value> {
    let length = match value {
        Value::Array(items) => items.len(),
        Value::Object(members) => members.len(),
        Value::String(text) => characters(text),
        _ => return None,
    };
    Some(Value::Number(Number::from(length)))
}

/// A value as it stands within a text: Arazzo 1.1.0, Runtime Expressions.
pub(super) fn text_of(value: &Value) -> Cow<'_, str> {
    match value {
        Value::String(text) => Cow::Borrowed(text),
        Value::Number(number) => Cow::Borrowed(number.as_str()),
        Value::Bool(true) => Cow::Borrowed("true"),
        Value::Bool(false) => Cow::Borrowed("false"),
        Value::Null => Cow::Borrowed("null"),
        Value::Array(_) | Value::Object(_) => Cow::Owned(json_writer::text_of(value)),
    }
}
