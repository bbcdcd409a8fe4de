//! The kinds of conditions: how each is read and judged.

use std::borrow::Cow;

use serde_json::Value;

use super::ast::Expression;
use super::embed::{Piece, Text, unresolved};
use super::error::{ExpressionError, Kind};
use super::evaluate::text_of;
use super::grammar::LONGEST_CONDITION;
use super::judge::Judge;
use super::lenient::Lenient;
use super::operand;
use super::parse::{Dialect, Notes};
use super::query_text::QueryText;
use super::scope::{Found, Scope};
use super::selector::data;
use super::tree::Tree;
use crate::number;
use crate::pattern::{Pattern, PatternError};

/// A condition and what it is judged on.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Criterion {
    pub(super) context: Context,
    pub(super) test: Test,
}

/// What a condition is judged on.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Context {
    /// Nothing: it is a simple condition.
    None,
    /// What the scope says it is.
    Given,
    Expression(Expression),
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Test {
    /// A simple condition, or a comparison of parts of the context.
    Logic(Tree),
    Regex(PatternText),
    Query {
        query: QueryText,
        /// Whether it is one filter on the context itself, which is tried on
        /// the context as the only item of a list as well.
        filter: bool,
    },
    Equal(Value),
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
    /// The expression that gives it.
    pub(super) fn expression(&self) -> Option<&Expression> {
        match self {
            Self::Expression(expression) => Some(expression),
            Self::None | Self::Given => None,
        }
    }

    /// The value as it is; `expression.no-context-value` where it is missing or null.
    fn value<'s>(&self, scope: &'s dyn Scope) -> Result<Cow<'s, Value>, ExpressionError> {
        let found = match self.expression() {
            Some(expression) => expression.evaluate(scope)?,
            None => scope.criterion_context(),
        };
        self.some(found)
    }

    /// The value as data to look into.
    pub(super) fn data<'s>(&self, scope: &'s dyn Scope) -> Result<Cow<'s, Value>, ExpressionError> {
        let found = match self.expression() {
            Some(expression) => data(expression, scope)?,
            None => scope.criterion_context(),
        };
        self.some(found)
    }

    fn some<'s>(&self, found: Found<'s>) -> Result<Cow<'s, Value>, ExpressionError> {
        match found {
            Some(value) if !value.is_null() => Ok(value),
            _ => {
                let expression = self.expression().map_or("context", Expression::as_str);
                Err(ExpressionError::of(Kind::NoContextValue, expression))
            }
        }
    }
}

impl Criterion {
    pub(super) fn judge(&self, scope: &dyn Scope) -> Result<bool, ExpressionError> {
        let context = &self.context;
        match &self.test {
            Test::Logic(logic) => {
                let context = match context {
                    Context::None => None,
                    context => Some(context),
                };
                Judge::new(logic, scope, context).passes()
            }
            Test::Regex(pattern) => {
                let value = context.value(scope)?;
                pattern.is_match(&text_of(&value), scope)
            }
            Test::Query { query, filter } => {
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
            Test::Equal(value) => {
                let found = match context.value(scope) {
                    Err(error) if error.kind() == Kind::NoContextValue => Cow::Owned(Value::Null),
                    found => found?,
                };
                Ok(number::equal_values(&found, value))
            }
        }
    }

    /// Calls `f` with every expression in the condition.
    pub(super) fn expressions(&self, f: &mut dyn FnMut(&Expression)) {
        match &self.test {
            Test::Logic(logic) => logic.expressions.iter().for_each(f),
            Test::Regex(PatternText::Text { text, .. }) => text.expressions().for_each(f),
            Test::Query { query, .. } => query.text.expressions().for_each(f),
            Test::Regex(_) | Test::Equal(_) => {}
        }
    }

    /// Calls `f` with every expression in it, the context too, to be changed.
    pub(super) fn expressions_mut(&mut self, f: &mut dyn FnMut(&mut Expression)) {
        if let Context::Expression(expression) = &mut self.context {
            f(expression);
        }
        match &mut self.test {
            Test::Logic(logic) => logic.expressions.iter_mut().for_each(f),
            Test::Regex(PatternText::Text { text, .. }) => text.expressions_mut().for_each(f),
            Test::Query { query, .. } => query.text.expressions_mut().for_each(f),
            Test::Regex(_) | Test::Equal(_) => {}
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
        if !cfg!(feature = "dynamic") {
            return Err((&UNREAD).into());
        }
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
pub(super) fn regex(condition: &str, notes: &mut Notes) -> Result<Test, ExpressionError> {
    check_length(condition)?;
    let (flags, body) = match delimited(condition) {
        Some((flags, body)) => {
            let right = [&flags, body].concat();
            notes.lenient(Lenient::PatternDelimiters, condition, 0, Some(right))?;
            (flags, body)
        }
        None => (String::new(), condition),
    };
    let text = Text::parse(body, 0, notes)?;
    let pattern = compile(&text.probe(&flags))?;
    Ok(Test::Regex(match text.literal() {
        Some(_) => PatternText::Compiled(pattern),
        None => PatternText::Text {
            flags: flags.into(),
            text,
        },
    }))
}

/// `/…/i`: the flags as a group, and the pattern.
fn delimited(condition: &str) -> Option<(String, &str)> {
    let (body, flags) = condition.strip_prefix('/')?.rsplit_once('/')?;
    let known = flags.bytes().all(|flag| b"dgimsuvy".contains(&flag));
    let mut before = 0;
    let slash = body.bytes().any(|byte| {
        let bare = byte == b'/' && before != b'\\';
        before = byte;
        bare
    });
    if !known || slash || body.is_empty() {
        return None;
    }
    let mut group = String::new();
    for flag in flags.chars() {
        if "ims".contains(flag) {
            group.push(flag);
        }
    }
    if !group.is_empty() {
        group = ["(?", &group, ")"].concat();
    }
    Some((group, body))
}

fn check_length(condition: &str) -> Result<(), ExpressionError> {
    if condition.len() <= LONGEST_CONDITION {
        return Ok(());
    }
    Err(ExpressionError::limit(Kind::TooLong, LONGEST_CONDITION))
}

/// Reads a JSONPath condition; a comparison where it is no query.
pub(super) fn jsonpath(condition: &str, notes: &mut Notes) -> Result<Test, ExpressionError> {
    check_length(condition)?;
    let mut own = Notes::new(notes.dialect);
    let query = Text::parse(condition, 0, &mut own).and_then(QueryText::parse);
    let refused = match query {
        Ok(query) => {
            if query.counts_one {
                own.hint(Lenient::CountOfOne, condition, 0);
            }
            notes.warnings.append(&mut own.warnings);
            return Ok(Test::Query {
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
    match operand::comparison(condition, &mut own) {
        Ok(logic) => {
            let right = operand::spelling(condition, &logic);
            notes.lenient(Lenient::Comparison, condition, 0, right)?;
            notes.warnings.append(&mut own.warnings);
            Ok(Test::Logic(logic))
        }
        Err(error) => Err(further(refused, error)),
    }
}

/// The error that tells more: the one of the reading that came further.
fn further(query: ExpressionError, comparison: ExpressionError) -> ExpressionError {
    let operator = comparison.kind() == Kind::UnknownOperator;
    if operator || comparison.offset() > query.offset() {
        return comparison;
    }
    query
}
