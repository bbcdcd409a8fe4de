//! The kinds of conditions: how each is read and judged.

use std::borrow::Cow;
use std::cell::OnceCell;

use serde_json::Value;

use super::ast::Expression;
use super::comparison;
use super::embed::{Piece, Text, unresolved};
use super::error::{self, ExpressionError};
use super::evaluate::text_of;
use super::lenient::Lenient;
use super::logic::{LONGEST_CONDITION, Logic};
use super::parse::{Dialect, Notes};
use super::query_text::QueryText;
use super::scope::{Found, Scope};
use super::selector::data;
use super::simple;
use crate::number;
use crate::pattern::{Pattern, PatternError};

/// What a condition is judged on.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Context {
    Expression(Expression),
    /// What the scope says it is.
    Given,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Kind {
    Simple(Logic<simple::Test>),
    Regex {
        context: Context,
        pattern: PatternText,
    },
    Query {
        context: Context,
        query: QueryText,
        /// Whether it is one filter on the context itself, which is tried on
        /// the context as the only item of a list as well.
        filter: bool,
    },
    Comparison {
        context: Context,
        logic: Logic<comparison::Test>,
    },
    Equal {
        context: Context,
        value: Value,
    },
}

/// A pattern, compiled where nothing is embedded in it.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum PatternText {
    Compiled(Pattern),
    Text {
        /// `(?i)` and the like.
        flags: Box<str>,
        text: Text,
    },
}

impl Context {
    /// The value as it is; `expression.no-context-value` where it is missing or null.
    fn value<'s>(&'s self, scope: &'s dyn Scope) -> Result<Cow<'s, Value>, ExpressionError> {
        let found = match self {
            Self::Expression(expression) => expression.evaluate(scope)?,
            Self::Given => scope.criterion_context(),
        };
        self.some(found)
    }

    /// The value as data to look into.
    fn data<'s>(&'s self, scope: &'s dyn Scope) -> Result<Cow<'s, Value>, ExpressionError> {
        let found = match self {
            Self::Expression(expression) => data(expression, scope)?,
            Self::Given => scope.criterion_context(),
        };
        self.some(found)
    }

    fn some<'s>(&self, found: Found<'s>) -> Result<Cow<'s, Value>, ExpressionError> {
        found.filter(|value| !value.is_null()).ok_or_else(|| {
            let expression = match self {
                Self::Expression(expression) => expression.as_str(),
                Self::Given => "context",
            };
            ExpressionError::of(error::Kind::NoContextValue, expression)
        })
    }
}

impl Kind {
    pub(super) fn judge(&self, scope: &dyn Scope) -> Result<bool, ExpressionError> {
        match self {
            Self::Simple(logic) => simple::judge(logic, scope),
            Self::Regex { context, pattern } => {
                let value = context.value(scope)?;
                pattern.is_match(&text_of(&value), scope)
            }
            Self::Query {
                context,
                query,
                filter,
            } => {
                let query = query.query(scope)?;
                let value = context.data(scope)?;
                if query.exists(&value)? {
                    return Ok(true);
                }
                if !*filter || !value.is_object() {
                    return Ok(false);
                }
                let alone = Value::Array(vec![value.into_owned()]);
                Ok(query.exists(&alone)?)
            }
            Self::Comparison { context, logic } => {
                let cell = OnceCell::new();
                let value = || -> Result<&Value, ExpressionError> {
                    if cell.get().is_none() {
                        let _ = cell.set(context.data(scope)?);
                    }
                    Ok(cell.get().map_or(&Value::Null, |value| &**value))
                };
                comparison::judge(logic, &value, scope)
            }
            Self::Equal { context, value } => {
                let found = match context.value(scope) {
                    Err(error) if error.kind() == error::Kind::NoContextValue => {
                        Cow::Owned(Value::Null)
                    }
                    found => found?,
                };
                Ok(number::equal_values(&found, value))
            }
        }
    }

    fn context(&self) -> Option<&Expression> {
        match self {
            Self::Simple(_) => None,
            Self::Regex { context, .. }
            | Self::Query { context, .. }
            | Self::Comparison { context, .. }
            | Self::Equal { context, .. } => match context {
                Context::Expression(expression) => Some(expression),
                Context::Given => None,
            },
        }
    }

    pub(super) fn expressions(&self, f: &mut dyn FnMut(&Expression)) {
        if let Some(context) = self.context() {
            f(context);
        }
        match self {
            Self::Simple(logic) => simple::expressions(logic, f),
            Self::Regex { pattern, .. } => {
                if let PatternText::Text { text, .. } = pattern {
                    text.expressions().for_each(f);
                }
            }
            Self::Query { query, .. } => query.text.expressions().for_each(f),
            Self::Comparison { logic, .. } => comparison::expressions(logic, f),
            Self::Equal { .. } => {}
        }
    }

    pub(super) fn expressions_mut(&mut self, f: &mut dyn FnMut(&mut Expression)) {
        match self {
            Self::Simple(_) => {}
            Self::Regex { context, .. }
            | Self::Query { context, .. }
            | Self::Comparison { context, .. }
            | Self::Equal { context, .. } => {
                if let Context::Expression(expression) = context {
                    f(expression);
                }
            }
        }
        match self {
            Self::Simple(logic) => simple::expressions_mut(logic, f),
            Self::Regex { pattern, .. } => {
                if let PatternText::Text { text, .. } = pattern {
                    text.expressions_mut().for_each(f);
                }
            }
            Self::Query { query, .. } => query.text.expressions_mut().for_each(f),
            Self::Comparison { logic, .. } => comparison::expressions_mut(logic, f),
            Self::Equal { .. } => {}
        }
    }
}

/// Why a pattern that is put together at run time cannot be had: programs with
/// such are refused before.
const UNREAD: PatternError = PatternError::Unsupported {
    offset: 0,
    what: "a pattern that is put together at run time is not read here",
};

impl PatternText {
    fn is_match(&self, subject: &str, scope: &dyn Scope) -> Result<bool, ExpressionError> {
        let (flags, text) = match self {
            Self::Compiled(pattern) => return Ok(pattern.is_match(subject)),
            Self::Text { flags, text } => (flags, text),
        };
        let mut source = flags.to_string();
        for piece in &text.pieces {
            match piece {
                Piece::Literal(text) => source.push_str(text),
                Piece::Expression(expression) => {
                    let value = expression
                        .evaluate(scope)?
                        .ok_or_else(|| unresolved(expression))?;
                    source.push_str(&Pattern::escape(&text_of(&value)));
                }
            }
        }
        if !cfg!(feature = "dynamic") {
            return Err((&UNREAD).into());
        }
        Ok(compile(&source)?.is_match(subject))
    }
}

fn compile(source: &str) -> Result<Pattern, ExpressionError> {
    Pattern::new(source).map_err(|cause| (&cause).into())
}

/// Reads a regular expression.
///
/// Unspecified: unanchored, case sensitive, no look-around or back-references;
/// the values of embedded expressions are taken literally.
pub(super) fn regex(
    condition: &str,
    context: Context,
    notes: &mut Notes,
) -> Result<Kind, ExpressionError> {
    check_length(condition)?;
    let (flags, body) = match delimited(condition) {
        Some((flags, body)) => {
            let right = format!("{flags}{body}");
            notes.lenient(Lenient::PatternDelimiters, condition, 0, Some(right))?;
            (flags, body)
        }
        None => (String::new(), condition),
    };
    let text = Text::parse(body, 0, notes)?;
    let pattern = match text.literal() {
        Some(literal) => PatternText::Compiled(compile(&format!("{flags}{literal}"))?),
        None => {
            let mut probe = flags.clone();
            for piece in &text.pieces {
                match piece {
                    Piece::Literal(text) => probe.push_str(text),
                    Piece::Expression(_) => probe.push('0'),
                }
            }
            compile(&probe)?;
            PatternText::Text {
                flags: flags.into(),
                text,
            }
        }
    };
    Ok(Kind::Regex { context, pattern })
}

/// `/…/i`: the flags as a group, and the pattern.
fn delimited(condition: &str) -> Option<(String, &str)> {
    let (body, flags) = condition.strip_prefix('/')?.rsplit_once('/')?;
    let known = flags.chars().all(|c| "dgimsuvy".contains(c));
    let slash = body.replace("\\/", "").contains('/');
    if !known || slash || body.is_empty() {
        return None;
    }
    let flags: String = flags.chars().filter(|c| "ims".contains(*c)).collect();
    let group = match flags.is_empty() {
        true => flags,
        false => format!("(?{flags})"),
    };
    Some((group, body))
}

fn check_length(condition: &str) -> Result<(), ExpressionError> {
    if condition.len() <= LONGEST_CONDITION {
        return Ok(());
    }
    let kind = error::Kind::TooLong;
    Err(ExpressionError::limit(kind, LONGEST_CONDITION))
}

/// Reads a JSONPath condition; a comparison where it is no query.
pub(super) fn jsonpath(
    condition: &str,
    context: Context,
    notes: &mut Notes,
) -> Result<Kind, ExpressionError> {
    check_length(condition)?;
    let mut own = Notes::new(notes.dialect);
    let query = Text::parse(condition, 0, &mut own).and_then(QueryText::parse);
    let refused = match query {
        Ok(query) => {
            if query.counts_one {
                own.hint(Lenient::CountOfOne, condition, 0);
            }
            notes.warnings.append(&mut own.warnings);
            return Ok(Kind::Query {
                context,
                filter: !notes.dialect.strict && query.filter,
                query,
            });
        }
        Err(error) => error,
    };
    let mut own = Notes::new(Dialect {
        strict: false,
        ..notes.dialect
    });
    match comparison::parse(condition, &mut own) {
        Ok(logic) => {
            let right = comparison::spelling(condition, &logic);
            notes.lenient(Lenient::Comparison, condition, 0, right)?;
            notes.warnings.append(&mut own.warnings);
            Ok(Kind::Comparison { context, logic })
        }
        Err(error) => Err(further(refused, error)),
    }
}

/// The error that tells more: the one of the reading that came further.
fn further(query: ExpressionError, comparison: ExpressionError) -> ExpressionError {
    let operator = comparison.kind() == error::Kind::UnknownOperator;
    if operator || comparison.offset() > query.offset() {
        return comparison;
    }
    query
}
