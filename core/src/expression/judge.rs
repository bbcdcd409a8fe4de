//! Whether a condition holds.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::cmp::Ordering;

use serde_json::{Number, Value};

use super::ast::Root;
use super::criterion::Context;
use super::error::ExpressionError;
use super::evaluate::{child, length};
use super::logic::{Length, Logic, Op, Operand, Path, Step};
use super::scope::{Found, Scope};
use crate::number;
use crate::pattern::lower_case;

/// What a condition is judged by.
pub(super) struct Judge<'s> {
    scope: &'s dyn Scope,
    /// What paths begin at, in comparisons.
    context: Option<&'s Context>,
    /// The context's value, which is asked for only where a path is followed.
    value: OnceCell<Cow<'s, Value>>,
}

impl<'s> Judge<'s> {
    pub(super) fn new(scope: &'s dyn Scope, context: Option<&'s Context>) -> Self {
        Self {
            scope,
            context,
            value: OnceCell::new(),
        }
    }

    fn context(&self) -> Result<&Value, ExpressionError> {
        if let (None, Some(context)) = (self.value.get(), self.context) {
            let _ = self.value.set(context.data(self.scope)?);
        }
        Ok(self.value.get().map_or(&Value::Null, |value| &**value))
    }

    /// Judges from left to right, no further than needed.
    pub(super) fn holds(&self, logic: &Logic) -> Result<bool, ExpressionError> {
        let (parts, wanted) = match logic {
            Logic::Or(parts) => (parts, true),
            Logic::And(parts) => (parts, false),
            Logic::Not(part) => return Ok(!self.holds(part)?),
            Logic::Lone(operand) => return self.passes(operand),
            Logic::Compare(left, op, right) => return self.compares(left, *op, right),
        };
        for part in parts {
            if self.holds(part)? == wanted {
                return Ok(wanted);
            }
        }
        Ok(!wanted)
    }

    fn passes(&self, operand: &Operand) -> Result<bool, ExpressionError> {
        let value = self.value(operand, &mut false)?;
        Ok(match operand {
            // A path alone is a test of existence, as in a filter of RFC 9535.
            Operand::Path(_) | Operand::Pointer(_) => value.is_some(),
            _ => truthy(value.as_deref()),
        })
    }

    fn compares(&self, left: &Operand, op: Op, right: &Operand) -> Result<bool, ExpressionError> {
        if let Some(order) = order_of_status(left, right, self.scope) {
            return Ok(op.accepts(order));
        }
        let mut lengthless = false;
        let left = self.value(left, &mut lengthless)?;
        if let Operand::StatusClass(class) = right {
            return Ok(in_class(left.as_deref(), *class) == (op == Op::Equal));
        }
        let right = self.value(right, &mut lengthless)?;
        let (left, right) = (left.as_deref(), right.as_deref());
        // The length of what has none equals nothing but a missing value.
        let number = |value: Option<&Value>| matches!(value, Some(Value::Number(_)));
        if lengthless && (number(left) || number(right)) {
            return Ok(false);
        }
        // A missing value counts as `null`.
        let (left, right) = (left.unwrap_or(&Value::Null), right.unwrap_or(&Value::Null));
        Ok(compare(left, op, right, self.context.is_some()))
    }

    /// An operand's value; takes down where the length is asked of what has none.
    fn value<'j>(
        &'j self,
        operand: &'j Operand,
        lengthless: &mut bool,
    ) -> Result<Found<'j>, ExpressionError> {
        Ok(match operand {
            Operand::Literal(value) => Some(Cow::Borrowed(value)),
            Operand::Text(text) => Some(Cow::Owned(Value::String(text.fill(self.scope)?))),
            Operand::Expression(expression) => return expression.evaluate(self.scope),
            Operand::StatusClass(_) => None,
            Operand::Pointer(pointer) => pointer.resolve(self.context()?).map(Cow::Borrowed),
            Operand::Path(path) => path.value(self.context()?, lengthless),
            Operand::Group(logic) => Some(Cow::Owned(Value::Bool(self.holds(logic)?))),
        })
    }
}

impl Path {
    fn value<'v>(&self, context: &'v Value, lengthless: &mut bool) -> Found<'v> {
        let found = follow(context, &self.steps);
        let base = match self.length {
            Length::Called => found,
            Length::Trailing if found.is_none() => follow(context, self.parents()),
            Length::Trailing | Length::No => return found.map(Cow::Borrowed),
        };
        let length = base.and_then(length).map(Cow::Owned);
        *lengthless |= length.is_none();
        length
    }
}

fn follow<'v>(value: &'v Value, steps: &[Step]) -> Option<&'v Value> {
    steps.iter().try_fold(value, |at, step| match (step, at) {
        (Step::Member(name), Value::Object(members)) => members.get(&**name),
        (Step::Index(index), Value::Array(items)) => {
            let from_end = usize::try_from(index.unsigned_abs()).ok()?;
            let index = if *index < 0 {
                items.len().checked_sub(from_end)?
            } else {
                from_end
            };
            items.get(index)
        }
        // `$.items.0` is no query either; it has one sensible reading.
        (Step::Member(name), Value::Array(_)) => child(at, name),
        _ => None,
    })
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
fn truthy(value: Option<&Value>) -> bool {
    match value {
        None | Some(Value::Null) => false,
        Some(Value::Bool(value)) => *value,
        Some(Value::Number(value)) => !number::equal(value, &Number::from(0)),
        Some(Value::String(text)) => !text.is_empty(),
        Some(Value::Array(_) | Value::Object(_)) => true,
    }
}

/// Compares two values: Arazzo 1.1.0, Simple Conditions; in comparisons as filters
/// of RFC 9535 do: typed, letter case told apart.
fn compare(left: &Value, op: Op, right: &Value, typed: bool) -> bool {
    let order = match (left, right) {
        (Value::Number(left), Value::Number(right)) => Some(number::compare(left, right)),
        (Value::String(left), Value::String(right)) if typed => Some(left.cmp(right)),
        (Value::String(left), Value::String(right)) => Some(compare_text(left, right)),
        (Value::Number(left), Value::String(right)) if !typed => {
            number::parse(right.trim()).map(|right| number::compare(left, &right))
        }
        (Value::String(left), Value::Number(right)) if !typed => {
            number::parse(left.trim()).map(|left| number::compare(&left, right))
        }
        _ => None,
    };
    match (op, order) {
        (op, Some(order)) => op.accepts(order),
        (Op::Equal, None) => number::equal_values(left, right),
        (Op::NotEqual, None) => !number::equal_values(left, right),
        // As in RFC 9535, `<=` and `>=` include equality.
        (Op::LessOrEqual | Op::GreaterOrEqual, None) => typed && number::equal_values(left, right),
        (Op::Less | Op::Greater, None) => false,
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
