//! Tree and scope to value.

use std::borrow::Cow;

use serde_json::{Number, Value};

use super::ast::{Expression, Message, Name, Root};
use super::error::ExpressionError;
use super::scope::{Found, Scope};
use crate::json_writer;

impl Expression {
    /// Evaluates it; `None` where it is missing. JSON `null` is a value.
    ///
    /// # Errors
    /// `expression.malformed-body` where a JSON response body does not parse.
    pub fn evaluate<'s>(
        &self,
        scope: &'s dyn Scope,
    ) -> Result<Option<Cow<'s, Value>>, ExpressionError> {
        let value = match &self.root {
            Root::Url => scope.url(),
            Root::Method => scope.method(),
            Root::StatusCode => scope.status_code(),
            Root::SelfUri => scope.self_uri(),
            Root::Header(message, name) => header(scope, *message, name),
            Root::Body(message) => self.whole(body(scope, *message)?),
            Root::Query(message, name) => self.named(name, |name| match message {
                Message::Request => scope.request_query(name),
                Message::Response => scope.response_query(name),
                Message::Received => None,
            }),
            Root::Path(message, name) => self.named(name, |name| match message {
                Message::Request => scope.request_path(name),
                Message::Response => scope.response_path(name),
                Message::Received => None,
            }),
            Root::Input(name) => self.named(name, |name| scope.input(name)),
            Root::Output(name) => self.named(name, |name| scope.output(name)),
            Root::StepOutput(step, name) => self.named(name, |name| scope.step_output(step, name)),
            Root::WorkflowInput(workflow, name) => {
                self.named(name, |name| scope.workflow_input(workflow, name))
            }
            Root::WorkflowOutput(workflow, name) => {
                self.named(name, |name| scope.workflow_output(workflow, name))
            }
            Root::Source { name, field } => scope.source(name, field),
            Root::Component(kind, name) => self.named(name, |name| scope.component(kind, name)),
        };
        Ok(value)
    }

    /// Whether it reads the response body.
    pub(super) fn reads_response_body(&self) -> bool {
        matches!(self.root, Root::Body(Message::Response))
    }

    /// The first name that there is, and what the path finds in it.
    fn named<'s>(&self, name: &Name, look: impl Fn(&str) -> Found<'s>) -> Found<'s> {
        let (value, skip) = name
            .readings()
            .find_map(|(name, skip)| look(name).map(|value| (value, skip)))?;
        self.descend(value, skip)
    }

    fn whole<'s>(&self, value: Found<'s>) -> Found<'s> {
        self.descend(value?, 0)
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

fn header<'s>(scope: &'s dyn Scope, message: Message, name: &str) -> Found<'s> {
    match message {
        Message::Request => scope.request_header(name),
        Message::Response => scope.response_header(name),
        Message::Received => scope.message_header(name),
    }
}

fn body(scope: &dyn Scope, message: Message) -> Result<Found<'_>, ExpressionError> {
    match message {
        Message::Request => Ok(scope.request_body()),
        Message::Response => scope.response_body(),
        Message::Received => Ok(scope.message_payload()),
    }
}

/// A member or element: RFC 6901, section 4.
pub(super) fn child<'v>(value: &'v Value, token: &str) -> Option<&'v Value> {
    match value {
        Value::Object(members) => members.get(token),
        Value::Array(items) => {
            let digits = token.bytes().all(|b| b.is_ascii_digit());
            let plain = token == "0" || !token.starts_with('0');
            (digits && plain)
                .then(|| token.parse::<usize>().ok())
                .flatten()
                .and_then(|at| items.get(at))
        }
        _ => None,
    }
}

/// How many items, members or characters a value has.
pub(super) fn length(value: &Value) -> Option<Value> {
    let length = match value {
        Value::Array(items) => items.len(),
        Value::Object(members) => members.len(),
        Value::String(text) => text.chars().count(),
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
