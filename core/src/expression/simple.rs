//! The simple condition.

use std::borrow::Cow;
use std::cmp::Ordering;

use serde_json::{Number, Value};

use super::ast::{Expression, Root};
use super::error::ExpressionError;
use super::lenient::Lenient;
use super::literal;
use super::logic::{self, Cursor, Grammar, Logic, Op};
use super::parse::{Notes, Place, expression};
use super::scope::{Found, Scope};
use crate::number;
use crate::pattern::lower_case;

/// One test of a simple condition.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Test {
    Lone(Operand),
    Compare(Operand, Op, Operand),
}

/// A value in a simple condition.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Operand {
    Literal(Value),
    Expression(Box<Expression>),
    /// `2XX`: the first digit.
    StatusClass(u8),
    Group(Box<Logic<Test>>),
}

/// Parses a simple condition: Arazzo, Criterion Object, literals and operators.
pub(super) fn parse(text: &str, notes: &mut Notes) -> Result<Logic<Test>, ExpressionError> {
    let mut cursor = Cursor { text, at: 0 };
    cursor.blanks();
    let trimmed = cursor.rest().trim_end();
    let inner = trimmed
        .strip_prefix('{')
        .and_then(|rest| rest.strip_suffix('}'));
    if let Some(inner) = inner.filter(|inner| !inner.contains(['{', '}'])) {
        notes.lenient(Lenient::Braces, trimmed, cursor.at, Some(inner.into()))?;
        cursor.at += 1;
        cursor.text = text.get(..cursor.at + inner.len()).unwrap_or(text);
    }
    logic::parse(&mut Simple { notes }, cursor)
}

/// Judges it. Strings compare without regard to letter case.
pub(super) fn judge(logic: &Logic<Test>, scope: &dyn Scope) -> Result<bool, ExpressionError> {
    logic.judge(&mut |test| test.judge(scope))
}

/// Calls `f` with every expression in it.
pub(super) fn expressions(logic: &Logic<Test>, f: &mut dyn FnMut(&Expression)) {
    logic.tests(&mut |test| {
        for operand in test.operands() {
            match operand {
                Operand::Expression(expression) => f(expression),
                Operand::Group(logic) => expressions(logic, f),
                Operand::Literal(_) | Operand::StatusClass(_) => {}
            }
        }
    });
}

/// Calls `f` with every expression in it, to be changed.
pub(super) fn expressions_mut(logic: &mut Logic<Test>, f: &mut dyn FnMut(&mut Expression)) {
    logic.tests_mut(&mut |test| {
        let operands = match test {
            Test::Lone(one) => [Some(one), None],
            Test::Compare(left, _, right) => [Some(left), Some(right)],
        };
        for operand in operands.into_iter().flatten() {
            match operand {
                Operand::Expression(expression) => f(expression),
                Operand::Group(logic) => expressions_mut(logic, f),
                Operand::Literal(_) | Operand::StatusClass(_) => {}
            }
        }
    });
}

struct Simple<'n> {
    notes: &'n mut Notes,
}

impl Simple<'_> {
    /// Reads an operand that can be told by its first character.
    fn marked(&mut self, cursor: &mut Cursor<'_>) -> Result<Option<Operand>, ExpressionError> {
        let rest = cursor.rest();
        let operand = match rest.chars().next() {
            Some('$') => {
                let at = cursor.at;
                let text = cursor.take(literal::operand_length(rest));
                Operand::Expression(Box::new(expression(
                    text,
                    at,
                    Place::Condition,
                    self.notes,
                )?))
            }
            Some('{') if rest.starts_with("{$") && rest.contains('}') => {
                let at = cursor.at;
                let written = cursor.take(rest.find('}').map_or(rest.len(), |end| end + 1));
                let inner = written.trim_start_matches('{').trim_end_matches('}');
                self.notes
                    .lenient(Lenient::Braces, written, at, Some(inner.into()))?;
                Operand::Expression(Box::new(expression(
                    inner,
                    at + 1,
                    Place::Condition,
                    self.notes,
                )?))
            }
            Some('\'') => Operand::Literal(Value::String(literal::single_quoted(cursor)?)),
            Some('"') => {
                let (at, text) = (cursor.at, literal::double_quoted(cursor)?);
                let written = rest.get(..cursor.at - at).unwrap_or_default();
                self.notes.lenient(
                    Lenient::DoubleQuotes,
                    written,
                    at,
                    Some(literal::quote(&text)),
                )?;
                Operand::Literal(Value::String(text))
            }
            _ => return Ok(None),
        };
        Ok(Some(operand))
    }
}

impl Grammar for Simple<'_> {
    type Operand = Operand;
    type Test = Test;

    fn left(&mut self, cursor: &mut Cursor<'_>) -> Result<Operand, ExpressionError> {
        if let Some(operand) = self.marked(cursor)? {
            return Ok(operand);
        }
        let word = cursor
            .rest()
            .get(..literal::operand_length(cursor.rest()))
            .unwrap_or_default();
        match literal::plain(word) {
            Some(value) => {
                cursor.at += word.len();
                Ok(Operand::Literal(value))
            }
            None => Err(cursor.malformed("a value is missing or cannot be read")),
        }
    }

    fn right(
        &mut self,
        left: &Operand,
        operator: Op,
        cursor: &mut Cursor<'_>,
    ) -> Result<Operand, ExpressionError> {
        if let Some(operand) = self.marked(cursor)? {
            return Ok(operand);
        }
        let status = matches!(left, Operand::Expression(left) if left.root == Root::StatusCode);
        if !status {
            return literal::unquoted(cursor, self.notes).map(Operand::Literal);
        }
        let word = cursor
            .rest()
            .get(..literal::operand_length(cursor.rest()))
            .unwrap_or_default();
        if let Some(class) = status_class(word)
            && matches!(operator, Op::Equal | Op::NotEqual)
        {
            self.notes
                .lenient(Lenient::StatusClass, word, cursor.at, None)?;
            cursor.at += word.len();
            return Ok(Operand::StatusClass(class));
        }
        let before = *cursor;
        let value = literal::unquoted(cursor, self.notes)?;
        match value {
            Value::String(_) => Err(before.malformed(
                "a status code is compared with a number, as in `$statusCode == 200`: found",
            )),
            value => Ok(Operand::Literal(value)),
        }
    }

    fn group(&mut self, logic: Logic<Test>) -> Operand {
        match logic {
            Logic::Test(Test::Lone(operand)) => operand,
            logic => Operand::Group(Box::new(logic)),
        }
    }

    fn lone(&mut self, operand: Operand) -> Test {
        Test::Lone(operand)
    }

    fn compare(&mut self, left: Operand, op: Op, right: Operand) -> Test {
        Test::Compare(left, op, right)
    }
}

/// The class that `2XX` names.
fn status_class(word: &str) -> Option<u8> {
    let class = word.bytes().next().filter(|b| (b'1'..=b'5').contains(b))?;
    word.get(1..)?
        .eq_ignore_ascii_case("xx")
        .then_some(class - b'0')
}

impl Test {
    fn operands(&self) -> impl Iterator<Item = &Operand> {
        match self {
            Self::Lone(one) => [Some(one), None],
            Self::Compare(left, _, right) => [Some(left), Some(right)],
        }
        .into_iter()
        .flatten()
    }

    fn judge(&self, scope: &dyn Scope) -> Result<bool, ExpressionError> {
        match self {
            Self::Lone(operand) => Ok(truthy(operand.value(scope)?.as_deref())),
            Self::Compare(left, op, Operand::StatusClass(class)) => {
                let status = left.value(scope)?;
                let within = in_class(status.as_deref(), *class);
                Ok(within == (*op == Op::Equal))
            }
            Self::Compare(left, op, right) => {
                if let Some(order) = order_of_status(left, right, scope) {
                    return Ok(op.accepts(order));
                }
                let (left, right) = (left.value(scope)?, right.value(scope)?);
                Ok(compare(left.as_deref(), *op, right.as_deref()))
            }
        }
    }
}

impl Operand {
    fn value<'s>(&'s self, scope: &'s dyn Scope) -> Result<Found<'s>, ExpressionError> {
        match self {
            Self::Literal(value) => Ok(Some(Cow::Borrowed(value))),
            Self::Expression(expression) => expression.evaluate(scope),
            Self::StatusClass(_) => Ok(None),
            Self::Group(logic) => Ok(Some(Cow::Owned(Value::Bool(judge(logic, scope)?)))),
        }
    }
}

/// How `$statusCode` and a whole number compare, what most conditions are about.
fn order_of_status(left: &Operand, right: &Operand, scope: &dyn Scope) -> Option<Ordering> {
    match (left, right) {
        (Operand::Expression(left), Operand::Literal(Value::Number(right)))
            if left.root == Root::StatusCode =>
        {
            let status = u64::from(scope.status()?);
            Some(status.cmp(&right.as_u64()?))
        }
        _ => None,
    }
}

fn in_class(status: Option<&Value>, class: u8) -> bool {
    let hundreds = |number: &Number| number.as_u64().map(|status| status / 100);
    match status {
        Some(Value::Number(number)) => hundreds(number) == Some(u64::from(class)),
        _ => false,
    }
}

/// Whether a lone operand passes.
///
/// Unspecified: 0 and the empty string fail, every array and object passes.
pub(super) fn truthy(value: Option<&Value>) -> bool {
    match value {
        None | Some(Value::Null) => false,
        Some(Value::Bool(value)) => *value,
        Some(Value::Number(value)) => !number::equal(value, &Number::from(0)),
        Some(Value::String(text)) => !text.is_empty(),
        Some(Value::Array(_) | Value::Object(_)) => true,
    }
}

/// Compares two values: Arazzo 1.1.0, Simple Conditions. A missing value counts
/// as `null`.
fn compare(left: Option<&Value>, op: Op, right: Option<&Value>) -> bool {
    let (left, right) = (left.unwrap_or(&Value::Null), right.unwrap_or(&Value::Null));
    let order = match (left, right) {
        (Value::Number(left), Value::Number(right)) => Some(number::compare(left, right)),
        (Value::String(left), Value::String(right)) => Some(compare_text(left, right)),
        (Value::Number(left), Value::String(right)) => {
            number::parse(right.trim()).map(|right| number::compare(left, &right))
        }
        (Value::String(left), Value::Number(right)) => {
            number::parse(left.trim()).map(|left| number::compare(&left, right))
        }
        _ => None,
    };
    match (op, order) {
        (op, Some(order)) => op.accepts(order),
        (Op::Equal, None) => number::equal_values(left, right),
        (Op::NotEqual, None) => !number::equal_values(left, right),
        _ => false,
    }
}

/// Compares two texts by their characters in lower case.
///
/// Unspecified: simple lower-casing of Unicode, the same in every locale.
fn compare_text(left: &str, right: &str) -> Ordering {
    if left == right {
        return Ordering::Equal;
    }
    left.chars()
        .map(lower_case)
        .cmp(right.chars().map(lower_case))
}
