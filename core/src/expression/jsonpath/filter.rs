//! Whether a node passes a filter.

use std::cmp::Ordering;

use serde_json::{Number, Value};

use super::ast::{Comparison, Logical, Matcher, Matching, Operand, Operator};
use super::error::QueryLimit;
use super::evaluate::Evaluation;
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

impl<'v> Evaluation<'v> {
    /// Whether a node passes: RFC 9535, section 2.3.5.2.
    pub(super) fn holds(&self, filter: &Logical, node: &'v Value) -> Result<bool, QueryLimit> {
        self.spend(1)?;
        match filter {
            Logical::Or(filters) => {
                for filter in filters {
                    if self.holds(filter, node)? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            Logical::And(filters) => {
                for filter in filters {
                    if !self.holds(filter, node)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            Logical::Not(filter) => Ok(!self.holds(filter, node)?),
            Logical::Compare(comparison) => self.compares(comparison, node),
            Logical::Matches(matching) => self.matches(matching, node),
            Logical::Exists(path) if path.singular => Ok(self.one(path, node).is_some()),
            Logical::Exists(path) => {
                let mut any = false;
                self.each(path, node, &mut |_| {
                    any = true;
                    false
                })?;
                Ok(any)
            }
        }
    }

    fn datum<'a>(&self, operand: &'a Operand, node: &'v Value) -> Result<Datum<'a>, QueryLimit>
    where
        'v: 'a,
    {
        Ok(match operand {
            Operand::Literal(value) => Datum::Value(value),
            Operand::Path(path) => {
                self.spend(path.segments.len())?;
                self.one(path, node).map_or(Datum::Nothing, Datum::Value)
            }
            Operand::Length(operand) => self.length(self.datum(operand, node)?)?,
            Operand::Count(path) => {
                let mut count = 0;
                self.each(path, node, &mut |_| {
                    count += 1;
                    true
                })?;
                Datum::Count(count)
            }
            Operand::Value(path) => {
                let (mut count, mut value) = (0, None);
                self.each(path, node, &mut |node| {
                    count += 1;
                    value = Some(node);
                    count < 2
                })?;
                value
                    .filter(|_| count == 1)
                    .map_or(Datum::Nothing, Datum::Value)
            }
        })
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

    /// RFC 9535, section 2.3.5.2.2.
    fn compares(&self, comparison: &Comparison, node: &'v Value) -> Result<bool, QueryLimit> {
        let left = self.datum(&comparison.left, node)?;
        let right = self.datum(&comparison.right, node)?;
        let is = |wanted: fn(Ordering) -> bool| -> Result<bool, QueryLimit> {
            match self.order(left, right)? {
                Some(order) => Ok(wanted(order)),
                // What has no order can still be equal.
                None => Ok(wanted(Ordering::Equal) && self.same(left, right)?),
            }
        };
        match comparison.operator {
            Operator::Equal => self.same(left, right),
            Operator::NotEqual => Ok(!self.same(left, right)?),
            Operator::Less => is(Ordering::is_lt),
            Operator::LessOrEqual => is(Ordering::is_le),
            Operator::Greater => is(Ordering::is_gt),
            Operator::GreaterOrEqual => is(Ordering::is_ge),
        }
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

    fn matches(&self, matching: &Matching, node: &'v Value) -> Result<bool, QueryLimit> {
        let Datum::Value(Value::String(text)) = self.datum(&matching.text, node)? else {
            return Ok(false);
        };
        let dynamic = match &matching.pattern {
            Matcher::Fixed(None) => return Ok(false),
            Matcher::Fixed(Some(pattern)) => return self.is_match(pattern, text),
            Matcher::Dynamic(operand) => self.datum(operand, node)?,
        };
        let Datum::Value(Value::String(pattern)) = dynamic else {
            return Ok(false);
        };
        match self.pattern(pattern, matching.anchored)? {
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
