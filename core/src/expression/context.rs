//! Evaluating a text over a JSON object.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::ast::StepRef;
use super::condition::{Condition, CriterionKind};
use super::embed::Text;
use super::error::ExpressionError;
use super::parse::{Dialect, Notes, Parsed, parse};
use super::query_text::QueryText;
use super::scope::{Found, Scope};

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

    fn at(&self, path: &[&str]) -> Found<'v> {
        path.iter()
            .try_fold(self.0, |at, name| at.get(name))
            .map(Cow::Borrowed)
    }

    /// A header, its values joined; always a string.
    fn header(&self, message: &str, name: &str) -> Found<'v> {
        let message = self.0.get(message)?;
        let headers = message.get("headers").or_else(|| message.get("header"))?;
        let (_, value) = headers
            .as_object()?
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name))?;
        match value {
            Value::String(_) => Some(Cow::Borrowed(value)),
            Value::Null => None,
            Value::Array(values) => {
                let texts: Vec<_> = values.iter().map(super::evaluate::text_of).collect();
                Some(Cow::Owned(Value::String(texts.join(", "))))
            }
            value => Some(Cow::Owned(Value::String(
                super::evaluate::text_of(value).into_owned(),
            ))),
        }
    }
}

impl Scope for ContextScope<'_> {
    fn url(&self) -> Option<Cow<'_, Value>> {
        self.at(&["url"])
    }
    fn method(&self) -> Option<Cow<'_, Value>> {
        self.at(&["method"])
    }
    fn status_code(&self) -> Option<Cow<'_, Value>> {
        self.at(&["statusCode"])
    }
    fn self_uri(&self) -> Option<Cow<'_, Value>> {
        self.at(&["self"])
    }
    fn request_header(&self, name: &str) -> Option<Cow<'_, Value>> {
        self.header("request", name)
    }
    fn request_query(&self, name: &str) -> Option<Cow<'_, Value>> {
        self.at(&["request", "query", name])
    }
    fn request_path(&self, name: &str) -> Option<Cow<'_, Value>> {
        self.at(&["request", "path", name])
    }
    fn request_body(&self) -> Option<Cow<'_, Value>> {
        self.at(&["request", "body"])
    }
    fn response_header(&self, name: &str) -> Option<Cow<'_, Value>> {
        self.header("response", name)
    }
    fn response_query(&self, name: &str) -> Option<Cow<'_, Value>> {
        self.at(&["response", "query", name])
    }
    fn response_path(&self, name: &str) -> Option<Cow<'_, Value>> {
        self.at(&["response", "path", name])
    }
    fn response_body(&self) -> Result<Option<Cow<'_, Value>>, ExpressionError> {
        Ok(self.at(&["response", "body"]))
    }
    fn response_is_json(&self) -> bool {
        let media = self.header("response", "content-type");
        media.is_some_and(|media| {
            let media = media.as_str().unwrap_or_default().to_ascii_lowercase();
            let media = media.split(';').next().unwrap_or_default().trim();
            media.ends_with("/json") || media.ends_with("+json") || media.contains("/x-amz-json")
        })
    }
    fn message_header(&self, name: &str) -> Option<Cow<'_, Value>> {
        self.header("message", name)
    }
    fn message_payload(&self) -> Option<Cow<'_, Value>> {
        self.at(&["message", "payload"])
            .or_else(|| self.at(&["message", "body"]))
    }
    fn input(&self, name: &str) -> Option<Cow<'_, Value>> {
        self.at(&["inputs", name])
    }
    fn output(&self, name: &str) -> Option<Cow<'_, Value>> {
        self.at(&["outputs", name])
    }
    fn step_output(&self, step: &StepRef, output: &str) -> Option<Cow<'_, Value>> {
        self.at(&["steps", &step.name, "outputs", output])
    }
    fn workflow_input(&self, workflow: &str, name: &str) -> Option<Cow<'_, Value>> {
        self.at(&["workflows", workflow, "inputs", name])
    }
    fn workflow_output(&self, workflow: &str, name: &str) -> Option<Cow<'_, Value>> {
        self.at(&["workflows", workflow, "outputs", name])
    }
    fn source(&self, name: &str, field: &str) -> Option<Cow<'_, Value>> {
        match self.0.get("sourceDescriptions")? {
            Value::Array(sources) => sources
                .iter()
                .find(|one| one.get("name").and_then(Value::as_str) == Some(name))?
                .get(field)
                .map(Cow::Borrowed),
            _ => self.at(&["sourceDescriptions", name, field]),
        }
    }
    fn component(&self, kind: &str, name: &str) -> Option<Cow<'_, Value>> {
        self.at(&["components", kind, name])
    }
    fn criterion_context(&self) -> Option<Cow<'_, Value>> {
        self.at(&["context"])
    }
}

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
    let empty = Value::Object(Map::new());
    let scope = ContextScope::new(if context.is_object() { context } else { &empty });
    let kind = match kind {
        EvalKind::Expression => {
            let parsed = parse(text, dialect)?;
            let value = parsed.value.evaluate(&scope)?;
            return Ok(Parsed {
                value: value.map_or(Value::Null, Cow::into_owned),
                warnings: parsed.warnings,
            });
        }
        EvalKind::String => {
            let mut notes = Notes::new(dialect);
            let filled = Text::parse(text, 0, &mut notes)?.fill(&scope)?;
            return Ok(notes.into_parsed(Value::String(filled)));
        }
        EvalKind::Query => return query(text, &scope, dialect),
        EvalKind::Simple => CriterionKind::Simple { explicit: false },
        EvalKind::Regex => CriterionKind::Regex,
        EvalKind::JsonPath => CriterionKind::JsonPath,
        EvalKind::XPath => CriterionKind::XPath,
    };
    let parsed = Condition::parse_given(text, kind, dialect)?;
    let judgement = parsed.value.judge(&scope);
    let mut warnings = parsed.warnings;
    warnings.extend(judgement.reason);
    Ok(Parsed {
        value: Value::Bool(judgement.passed),
        warnings,
    })
}

fn query(
    text: &str,
    scope: &ContextScope<'_>,
    dialect: Dialect,
) -> Result<Parsed<Value>, ExpressionError> {
    let mut notes = Notes::new(dialect);
    let query = QueryText::parse(Text::parse(text, 0, &mut notes)?)?;
    let query = query.query(scope)?;
    let context = scope.criterion_context().unwrap_or(Cow::Owned(Value::Null));
    let found = query.select(&context)?;
    let found = found.into_iter().cloned().collect();
    Ok(notes.into_parsed(Value::Array(found)))
}
