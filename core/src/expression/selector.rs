//! One dispatch for jsonpath, pointer, regex, xpath.

use std::borrow::Cow;

use serde_json::Value;

use super::ast::Expression;
use super::embed::Text;
use super::error::{ExpressionError, Kind};
use super::jsonpath::Query;
use super::lenient::Lenient;
use super::parse::{Dialect, Notes, Parsed, Version};
use super::query_text::QueryText;
use super::scope::{Found, Scope};
use crate::diagnostic::nearest;
use crate::json_reader;
use crate::pointer::Pointer;

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
        const KNOWN: [&str; 3] = ["jsonpath", "jsonpointer", "xpath"];
        let mut notes = Notes::new(dialect);
        let (kind, name) = match name {
            "jsonpath" => (Self::JsonPath, KNOWN[0]),
            "jsonpointer" => (Self::JsonPointer, KNOWN[1]),
            "xpath" => return Err(ExpressionError::unsupported_xpath()),
            _ => {
                let listed = "`jsonpath`, `jsonpointer`, `xpath`";
                return Err(unknown_type(name, &KNOWN, listed));
            }
        };
        check_version(name, version, &mut notes)?;
        Ok(notes.into_parsed(kind))
    }
}

/// The error for a type that is none of those known; `listed`: the same as text.
pub(super) fn unknown_type(name: &str, known: &[&str], listed: &'static str) -> ExpressionError {
    let near = nearest(name, known.iter().copied());
    ExpressionError::new(Kind::UnknownType, listed, near.unwrap_or_default()).found(name)
}

/// Checks an Expression Type Object: Arazzo 1.1.0, Expression Type Object.
pub(super) fn check_version(
    kind: &'static str,
    version: Option<&str>,
    notes: &mut Notes,
) -> Result<(), ExpressionError> {
    match (kind, version) {
        (_, None) => Ok(()),
        ("jsonpath", Some("rfc9535")) | ("jsonpointer", Some("rfc6901")) => {
            if notes.dialect.version >= Version::V1_1 {
                return Ok(());
            }
            notes.lenient(Lenient::NewerVersion, version.unwrap_or_default(), 0, None)
        }
        ("jsonpath", Some(version)) => {
            Err(ExpressionError::of(Kind::UnsupportedQueryVersion, version))
        }
        (_, Some(version)) => Err(ExpressionError::new(
            Kind::UnsupportedVersion,
            kind,
            version,
        )),
    }
}

/// A Selector Object: Arazzo 1.1.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Selector {
    pub(super) context: Expression,
    pub(super) select: Select,
}

/// What a selector takes out of its context.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Select {
    Query(QueryText),
    Pointer(Pointer),
    PointerText(Text),
}

impl Selector {
    pub(super) fn parse(
        context: Expression,
        selector: &str,
        kind: SelectorKind,
        notes: &mut Notes,
    ) -> Result<Self, ExpressionError> {
        let text = Text::parse(selector, 0, notes)?;
        let select = match kind {
            SelectorKind::JsonPath => Select::Query(QueryText::parse(text)?),
            SelectorKind::JsonPointer => match text.literal() {
                Some(literal) => Select::Pointer(pointer(literal)?),
                None => Select::PointerText(text),
            },
        };
        Ok(Self { context, select })
    }

    /// What it selects.
    ///
    /// Unspecified: a singular query gives its value or nothing, any other an
    /// array, so that the type does not change with the data.
    pub(super) fn evaluate<'s>(
        &'s self,
        scope: &'s dyn Scope,
    ) -> Result<Found<'s>, ExpressionError> {
        let context = match data(&self.context, scope) {
            Ok(Some(context)) => context,
            Ok(None) => return Ok(None),
            Err(error) if error.kind() == Kind::NotJson => return Ok(None),
            Err(error) => return Err(error),
        };
        match &self.select {
            Select::Query(text) => Ok(select(&*text.query(scope)?, &context)?.map(Cow::Owned)),
            Select::Pointer(pointer) => Ok(at(pointer, context)),
            Select::PointerText(text) => Ok(at(&pointer(&text.fill(scope)?)?, context)),
        }
    }

    pub(super) fn expressions<'a>(&'a self, f: &mut dyn FnMut(&'a Expression)) {
        f(&self.context);
        match &self.select {
            Select::Query(text) => text.text.expressions().for_each(f),
            Select::PointerText(text) => text.expressions().for_each(f),
            Select::Pointer(_) => {}
        }
    }

    pub(super) fn expressions_mut(&mut self, f: &mut dyn FnMut(&mut Expression)) {
        f(&mut self.context);
        match &mut self.select {
            Select::Query(text) => text.text.expressions_mut().for_each(f),
            Select::PointerText(text) => text.expressions_mut().for_each(f),
            Select::Pointer(_) => {}
        }
    }
}

fn pointer(text: &str) -> Result<Pointer, ExpressionError> {
    Pointer::parse(text).map_err(|_| ExpressionError::bad_pointer(text, 0))
}

fn at<'s>(pointer: &Pointer, context: Cow<'s, Value>) -> Found<'s> {
    match context {
        Cow::Borrowed(value) => pointer.resolve(value).map(Cow::Borrowed),
        Cow::Owned(value) => pointer.resolve(&value).cloned().map(Cow::Owned),
    }
}

fn select(query: &Query, context: &Value) -> Result<Option<Value>, ExpressionError> {
    if query.is_singular() {
        return Ok(query.singular(context).cloned());
    }
    let found = query.select(context)?;
    Ok(Some(Value::Array(found.into_iter().cloned().collect())))
}

/// The value of an expression as data to look into.
///
/// A text in a body of a JSON media type that is itself JSON is parsed; text
/// of any other kind is no data.
pub(super) fn data<'s>(
    expression: &Expression,
    scope: &'s dyn Scope,
) -> Result<Found<'s>, ExpressionError> {
    let Some(value) = expression.evaluate(scope)? else {
        return Ok(None);
    };
    let Value::String(text) = &*value else {
        return Ok(Some(value));
    };
    if !(expression.reads_response_body() && scope.response_is_json()) {
        let expression = expression.as_str();
        return Err(ExpressionError::of(Kind::NotJson, expression));
    }
    match parse_json(text) {
        Some(parsed) => Ok(Some(Cow::Owned(parsed))),
        None => Ok(Some(value)),
    }
}

/// An object or array in a text, unless it is nested very deeply.
fn parse_json(text: &str) -> Option<Value> {
    let first = text.trim_ascii_start().as_bytes().first();
    let container = matches!(first, Some(b'{' | b'['));
    container.then(|| json_reader::value(text)).flatten()
}
