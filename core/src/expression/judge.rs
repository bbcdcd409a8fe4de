//! Whether a condition holds.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::cmp::Ordering;

use serde_json::{Number, Value};

use super::ast::Root;
use super::criterion::Context;
use super::embed::unresolved;
use super::error::ExpressionError;
use super::evaluate::{child, length, text_of};
use super::jsonpath::element;
use super::scope::{Found, Scope};
use super::tree::{Id, Kind, Op, Tree};
use crate::number;
use crate::pattern::lower_case;

/// What a condition is judged by.
pub(super) struct Judge<'s> {
    tree: &'s Tree,
    scope: &'s dyn Scope,
    /// What paths begin at, in comparisons.
    context: Option<&'s Context>,
    /// The context's value, which is asked for only where a path is followed.
    value: OnceCell<Cow<'s, Value>>,
}

impl<'s> Judge<'s> {
    pub(super) fn new(tree: &'s Tree, scope: &'s dyn Scope, context: Option<&'s Context>) -> Self {
        Self {
            tree,
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

    /// Judges it all.
    pub(super) fn passes(&self) -> Result<bool, ExpressionError> {
        self.holds(self.tree.node(0).child)
    }

    /// Judges from left to right, no further than needed.
    fn holds(&self, test: Id) -> Result<bool, ExpressionError> {
        let at = self.tree.node(test);
        let wanted = match at.kind {
            Kind::Or => true,
            Kind::And => false,
            Kind::Not => return Ok(!self.holds(at.child)?),
            Kind::Compare(op) => return self.compares(at.child, op),
            kind => {
                let value = self.value(test, &mut false)?;
                return Ok(match kind {
                    // A path alone is a test of existence, as in a filter of RFC 9535.
                    kind if kind.is_place() => value.is_some(),
                    _ => truthy(value.as_deref()),
                });
            }
        };
        for part in self.tree.list(at.child) {
            if self.holds(part)? == wanted {
                return Ok(wanted);
            }
        }
        Ok(!wanted)
    }

    fn compares(&self, left: Id, op: Op) -> Result<bool, ExpressionError> {
        let right = self.tree.node(left).next;
        if let Some(order) = self.order_of_status(left, right) {
            return Ok(op.accepts(order));
        }
        let mut lengthless = false;
        let left = self.value(left, &mut lengthless)?;
        let left = left.as_deref();
        let class = self.tree.node(right);
        if class.kind == Kind::StatusClass {
            return Ok(in_class(left, class.number as u64) == (op == Op::Equal));
        }
        let right = self.value(right, &mut lengthless)?;
        let right = right.as_deref();
        // The length of what has none equals nothing but a missing value.
        let number = |value: Option<&Value>| matches!(value, Some(Value::Number(_)));
        if lengthless && (number(left) || number(right)) {
            return Ok(false);
        }
        // A missing value counts as `null`.
        let (left, right) = (left.unwrap_or(&Value::Null), right.unwrap_or(&Value::Null));
        Ok(compare(left, op, right, self.context.is_some()))
    }

    /// How `$statusCode` and a whole number compare, what most conditions are about.
    fn order_of_status(&self, left: Id, right: Id) -> Option<Ordering> {
        let expression = self.tree.expression(self.tree.node(left))?;
        let right = self.tree.node(right);
        if expression.root != Root::StatusCode || right.kind != Kind::Literal {
            return None;
        }
        let Value::Number(right) = self.tree.value(right)? else {
            return None;
        };
        let status = u64::from(self.scope.status()?);
        Some(status.cmp(&right.as_u64()?))
    }

    /// An operand's value; takes down where the length is asked of what has none.
    fn value<'j>(
        &'j self,
        operand: Id,
        lengthless: &mut bool,
    ) -> Result<Found<'j>, ExpressionError> {
        let at = self.tree.node(operand);
        let value = match at.kind {
            Kind::Literal => return Ok(self.tree.value(at).map(Cow::Borrowed)),
            Kind::Expression => {
                let expression = self.tree.expression(at);
                return expression.map_or(Ok(None), |one| one.evaluate(self.scope));
            }
            kind if kind.is_place() => return self.place(operand, kind, lengthless),
            Kind::Text => Value::String(self.text(operand)?),
            Kind::Or | Kind::And | Kind::Not | Kind::Compare(_) => {
                Value::Bool(self.holds(operand)?)
            }
            _ => return Ok(None),
        };
        Ok(Some(Cow::Owned(value)))
    }

    /// A string that others are embedded in.
    fn text(&self, operand: Id) -> Result<String, ExpressionError> {
        let mut text = String::new();
        for piece in self.tree.below(operand) {
            let expression = self.tree.expression(self.tree.node(piece));
            match (self.value(piece, &mut false)?, expression) {
                (Some(value), _) => text.push_str(&text_of(&value)),
                (None, Some(expression)) => return Err(unresolved(expression)),
                (None, None) => {}
            }
        }
        Ok(text)
    }

    /// What is at a place of the context, or how long it is.
    fn place<'j>(
        &'j self,
        operand: Id,
        kind: Kind,
        lengthless: &mut bool,
    ) -> Result<Found<'j>, ExpressionError> {
        let (mut at, mut parent) = (Some(self.context()?), None);
        for step in self.tree.below(operand) {
            parent = at;
            at = at.and_then(|value| self.step(value, step));
        }
        let base = match kind {
            Kind::LengthOf => at,
            Kind::PlaceOrLength if at.is_none() => parent,
            _ => return Ok(at.map(Cow::Borrowed)),
        };
        let length = base.and_then(length).map(Cow::Owned);
        *lengthless |= length.is_none();
        Ok(length)
    }

    fn step<'v>(&self, value: &'v Value, step: Id) -> Option<&'v Value> {
        let step = self.tree.node(step);
        match (step.kind, value) {
            (Kind::Index, Value::Array(items)) => element(items, step.number),
            // `$.items.0` is no query either; it has one sensible reading.
            (Kind::Name, _) => child(value, self.tree.value(step)?.as_str()?),
            _ => None,
        }
    }
}

fn in_class(status: Option<&Value>, class: u64) -> bool {
    let hundreds = |number: &Number| number.as_u64().map(|status| status / 100);
    match status {
        Some(Value::Number(number)) => hundreds(number) == Some(class),
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
        (Value::String(left), Value::String(right)) if typed => Some(left.cmp(right)),
        (Value::String(left), Value::String(right)) => Some(compare_text(left, right)),
        _ => match (as_number(left, typed), as_number(right, typed)) {
            (Some(left), Some(right)) => Some(number::compare(&left, &right)),
            _ => None,
        },
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
    let (mut left, mut right) = (left.chars(), right.chars());
    loop {
        let pair = (left.next().map(lower_case), right.next().map(lower_case));
        match pair.0.cmp(&pair.1) {
            Ordering::Equal if pair.0.is_some() => {}
            order => return order,
        }
    }
}

/// A number, or, where types are not told apart, a text that is one.
fn as_number(value: &Value, typed: bool) -> Option<Cow<'_, Number>> {
    match value {
        Value::Number(number) => Some(Cow::Borrowed(number)),
        Value::String(text) if !typed => number::parse(text.trim()).map(Cow::Owned),
        _ => None,
    }
}
