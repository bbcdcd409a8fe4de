//! Whether a node passes a filter.

use std::cmp::Ordering;

use serde_json::{Number, Value};

use super::error::QueryLimit;
use super::evaluate::Evaluation;
use crate::expression::tree::{Id, Kind, Node, Op};
use crate::number;
use crate::pattern::Pattern;

/// What an operand gives.
#[derive(Clone, Copy)]
enum Datum<'a> {
    Nothing,
    Value(&'a Value),
    Count(usize),
}

/// The patterns that came from values, the newest last.
#[derive(Default)]
pub(super) struct Patterns(Vec<(Box<str>, bool, Option<Pattern>)>);

/// How many patterns are kept.
const KEPT_PATTERNS: usize = 16;

/// How much of a string is compared in one step.
const STRING_STEP: usize = 64;

/// How many states of a pattern are tried in one step.
const PATTERN_STEP: usize = 4;

/// How many steps it takes to compile one state of a pattern.
const COMPILE_STEPS: usize = 64;

impl<'q, 'v> Evaluation<'q, 'v> {
    /// Whether a node passes: RFC 9535, section 2.3.5.2.
    pub(super) fn holds(&self, test: Id, node: &'v Value) -> Result<bool, QueryLimit> {
        self.spend(1)?;
        let Node { kind, child, .. } = self.tree.node(test);
        match kind {
            Kind::Or | Kind::And => {
                let wanted = kind == Kind::Or;
                for part in self.tree.list(child) {
                    if self.holds(part, node)? == wanted {
                        return Ok(wanted);
                    }
                }
                Ok(!wanted)
            }
            Kind::Not => Ok(!self.holds(child, node)?),
            Kind::Compare(op) => self.compares(child, op, node),
            Kind::Match | Kind::Search => self.matches(child, kind == Kind::Match, node),
            Kind::Exists if self.tree.is_singular(child) => Ok(self.one(child, node).is_some()),
            Kind::Exists => Ok(self.count(child, node, 1)?.0 > 0),
            _ => Ok(false),
        }
    }

    /// How many nodes a path selects, counted no further than told; the last of them.
    fn count(
        &self,
        path: Id,
        node: &'v Value,
        most: usize,
    ) -> Result<(usize, Option<&'v Value>), QueryLimit> {
        let (mut count, mut last) = (0, None);
        self.each(path, node, &mut |node| {
            count += 1;
            last = Some(node);
            count < most
        })?;
        Ok((count, last))
    }

    fn datum<'a>(&self, operand: Id, node: &'v Value) -> Result<Datum<'a>, QueryLimit>
    where
        'q: 'a,
        'v: 'a,
    {
        let tree = self.tree;
        let at = tree.node(operand);
        let value = match at.kind {
            Kind::Literal => tree.value(at),
            Kind::Root | Kind::Current => {
                self.spend(tree.list(at.child).count())?;
                self.one(operand, node)
            }
            Kind::Length => return self.length(self.datum(at.child, node)?),
            Kind::Count => return Ok(Datum::Count(self.count(at.child, node, usize::MAX)?.0)),
            Kind::Value => {
                let (count, value) = self.count(at.child, node, 2)?;
                value.filter(|_| count == 1)
            }
            _ => None,
        };
        Ok(value.map_or(Datum::Nothing, Datum::Value))
    }

    /// RFC 9535, section 2.4.4.
    fn length<'a>(&self, datum: Datum<'_>) -> Result<Datum<'a>, QueryLimit> {
        Ok(match datum {
            Datum::Value(Value::String(text)) => {
                self.spend(text.len() / STRING_STEP)?;
                Datum::Count(text.chars().count())
            }
            Datum::Value(Value::Array(items)) => Datum::Count(items.len()),
            Datum::Value(Value::Object(members)) => Datum::Count(members.len()),
            _ => Datum::Nothing,
        })
    }

    /// Compares two operands: RFC 9535, section 2.3.5.2.2.
    fn compares(&self, left: Id, op: Op, node: &'v Value) -> Result<bool, QueryLimit> {
        let right = self.tree.node(left).next;
        let (left, right) = (self.datum(left, node)?, self.datum(right, node)?);
        let order = match op {
            Op::Equal | Op::NotEqual => None,
            _ => self.order(left, right)?,
        };
        Ok(match (op, order) {
            (op, Some(order)) => op.accepts(order),
            (Op::Less | Op::Greater, None) => false,
            (Op::NotEqual, None) => !self.same(left, right)?,
            // What has no order can still be equal.
            (_, None) => self.same(left, right)?,
        })
    }

    /// The order of two numbers or two strings.
    fn order(&self, left: Datum<'_>, right: Datum<'_>) -> Result<Option<Ordering>, QueryLimit> {
        if let (Datum::Value(Value::String(left)), Datum::Value(Value::String(right))) =
            (left, right)
        {
            self.spend(left.len().min(right.len()) / STRING_STEP)?;
            return Ok(Some(left.cmp(right)));
        }
        self.order_of_numbers(left, right)
    }

    fn order_of_numbers(
        &self,
        left: Datum<'_>,
        right: Datum<'_>,
    ) -> Result<Option<Ordering>, QueryLimit> {
        let with = |count: usize, number: &Number| match number.as_u64() {
            Some(number) => (count as u64).cmp(&number),
            None => number::compare(&Number::from(count), number),
        };
        Ok(match (left, right) {
            (Datum::Value(Value::Number(left)), Datum::Value(Value::Number(right))) => {
                self.spend((left.as_str().len() + right.as_str().len()) / STRING_STEP)?;
                Some(number::compare(left, right))
            }
            (Datum::Count(left), Datum::Count(right)) => Some(left.cmp(&right)),
            (Datum::Count(left), Datum::Value(Value::Number(right))) => Some(with(left, right)),
            (Datum::Value(Value::Number(left)), Datum::Count(right)) => {
                Some(with(right, left).reverse())
            }
            _ => None,
        })
    }

    fn same(&self, left: Datum<'_>, right: Datum<'_>) -> Result<bool, QueryLimit> {
        match (left, right) {
            (Datum::Nothing, Datum::Nothing) => Ok(true),
            (Datum::Value(left), Datum::Value(right)) => self.same_values(left, right),
            _ => Ok(self.order_of_numbers(left, right)? == Some(Ordering::Equal)),
        }
    }

    /// Whether two values are equal, as [`number::equal_values`], but counted.
    fn same_values(&self, left: &Value, right: &Value) -> Result<bool, QueryLimit> {
        self.spend(1)?;
        match (left, right) {
            (Value::String(left), Value::String(right)) => {
                if left.len() != right.len() {
                    return Ok(false);
                }
                self.spend(left.len() / STRING_STEP)?;
                Ok(left == right)
            }
            (Value::Number(left), Value::Number(right)) => {
                self.spend((left.as_str().len() + right.as_str().len()) / STRING_STEP)?;
                Ok(number::equal(left, right))
            }
            (Value::Array(left), Value::Array(right)) => {
                if left.len() != right.len() {
                    return Ok(false);
                }
                for (left, right) in left.iter().zip(right) {
                    if !self.same_values(left, right)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            (Value::Object(left), Value::Object(right)) => {
                if left.len() != right.len() {
                    return Ok(false);
                }
                for (key, left) in left {
                    match right.get(key) {
                        Some(right) if self.same_values(left, right)? => {}
                        _ => return Ok(false),
                    }
                }
                Ok(true)
            }
            (Value::Null, Value::Null) => Ok(true),
            (Value::Bool(left), Value::Bool(right)) => Ok(left == right),
            _ => Ok(false),
        }
    }

    fn matches(&self, text: Id, anchored: bool, node: &'v Value) -> Result<bool, QueryLimit> {
        let pattern = self.tree.node(text).next;
        let Datum::Value(Value::String(text)) = self.datum(text, node)? else {
            return Ok(false);
        };
        let at = self.tree.node(pattern);
        if at.kind == Kind::Pattern {
            let pattern = self.tree.patterns.get(at.number as usize);
            return pattern.map_or(Ok(false), |pattern| self.is_match(pattern, text));
        }
        let Datum::Value(Value::String(pattern)) = self.datum(pattern, node)? else {
            return Ok(false);
        };
        match self.pattern(pattern, anchored)? {
            Some(pattern) => self.is_match(&pattern, text),
            None => Ok(false),
        }
    }

    fn is_match(&self, pattern: &Pattern, text: &str) -> Result<bool, QueryLimit> {
        self.spend(text.len().saturating_mul(pattern.weight()) / PATTERN_STEP)?;
        Ok(pattern.is_match(text))
    }

    /// The pattern of a text that is not known before; `None` where it is none.
    fn pattern(&self, text: &str, anchored: bool) -> Result<Option<Pattern>, QueryLimit> {
        let known = |(known, anchors, _): &&(Box<str>, bool, Option<Pattern>)| {
            **known == *text && *anchors == anchored
        };
        if let Some((_, _, pattern)) = self.patterns.borrow().0.iter().rev().find(known) {
            return Ok(pattern.clone());
        }
        self.spend(text.len())?;
        let pattern = match cfg!(feature = "dynamic") {
            true => Pattern::i_regexp(text, anchored).ok(),
            // Programs that need it are refused before.
            false => None,
        };
        self.spend(COMPILE_STEPS * pattern.as_ref().map_or(0, Pattern::weight))?;
        let patterns = &mut self.patterns.borrow_mut().0;
        if patterns.len() == KEPT_PATTERNS {
            patterns.remove(0);
        }
        patterns.push((text.into(), anchored, pattern.clone()));
        Ok(pattern)
    }
}
