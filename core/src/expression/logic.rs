//! Conditions as trees: `&&`, `||`, `!` over tests.

use std::cmp::Ordering;

use serde_json::Value;

use super::ast::Expression;
use super::embed::Text;
use crate::exchange::Parts;
use crate::pointer::Pointer;

/// A simple condition, or a comparison written as JSONPath criterion.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Logic {
    Or(Vec<Self>),
    And(Vec<Self>),
    Not(Box<Self>),
    Lone(Operand),
    Compare(Operand, Op, Operand),
}

/// A comparison operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Op {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Op {
    /// Whether two values in this order satisfy an ordering operator.
    pub(super) fn accepts(self, order: Ordering) -> bool {
        match self {
            Self::Equal => order.is_eq(),
            Self::NotEqual => order.is_ne(),
            Self::Less => order.is_lt(),
            Self::LessOrEqual => order.is_le(),
            Self::Greater => order.is_gt(),
            Self::GreaterOrEqual => order.is_ge(),
        }
    }
}

/// A value in a condition.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Operand {
    Literal(Value),
    /// A string that others are embedded in; only in comparisons.
    Text(Text),
    Expression(Box<Expression>),
    /// `2XX`: the first digit; only in simple conditions.
    StatusClass(u8),
    /// Only in comparisons.
    Path(Path),
    /// Only in comparisons.
    Pointer(Pointer),
    Group(Box<Logic>),
}

/// A singular path from the context, perhaps for its length.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Path {
    pub(super) steps: Vec<Step>,
    pub(super) length: Length,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Step {
    Member(Box<str>),
    Index(i64),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Length {
    /// The value itself.
    No,
    /// `.length`: a member so named comes first; it is the last step.
    Trailing,
    /// `length(…)`.
    Called,
}

impl Logic {
    /// Calls `f` with every operand in it.
    fn operands<'l>(&'l self, f: &mut dyn FnMut(&'l Operand)) {
        match self {
            Self::Or(parts) | Self::And(parts) => parts.iter().for_each(|part| part.operands(f)),
            Self::Not(part) => part.operands(f),
            Self::Lone(operand) => operand.each(f),
            Self::Compare(left, _, right) => {
                left.each(f);
                right.each(f);
            }
        }
    }

    fn operands_mut(&mut self, f: &mut dyn FnMut(&mut Operand)) {
        match self {
            Self::Or(parts) | Self::And(parts) => {
                parts.iter_mut().for_each(|part| part.operands_mut(f));
            }
            Self::Not(part) => part.operands_mut(f),
            Self::Lone(operand) => operand.each_mut(f),
            Self::Compare(left, _, right) => {
                left.each_mut(f);
                right.each_mut(f);
            }
        }
    }

    /// Calls `f` with every expression in it.
    pub(super) fn expressions(&self, f: &mut dyn FnMut(&Expression)) {
        self.operands(&mut |operand| match operand {
            Operand::Expression(expression) => f(expression),
            Operand::Text(text) => text.expressions().for_each(&mut *f),
            _ => {}
        });
    }

    /// Calls `f` with every expression in it, to be changed.
    pub(super) fn expressions_mut(&mut self, f: &mut dyn FnMut(&mut Expression)) {
        self.operands_mut(&mut |operand| match operand {
            Operand::Expression(expression) => f(expression),
            Operand::Text(text) => text.expressions_mut().for_each(&mut *f),
            _ => {}
        });
    }

    /// Adds the parts of the context that judging it looks at.
    pub(super) fn want(&self, context: &mut Parts) {
        self.operands(&mut |operand| match operand {
            Operand::Path(path) => path.want(context),
            Operand::Pointer(pointer) => {
                let place = pointer.tokens().fold(&mut *context, Parts::child_mut);
                place.want_all();
            }
            _ => {}
        });
    }
}

impl Operand {
    fn each<'l>(&'l self, f: &mut dyn FnMut(&'l Self)) {
        match self {
            Self::Group(logic) => logic.operands(f),
            one => f(one),
        }
    }

    fn each_mut(&mut self, f: &mut dyn FnMut(&mut Self)) {
        match self {
            Self::Group(logic) => logic.operands_mut(f),
            one => f(one),
        }
    }
}

impl Path {
    fn want(&self, context: &mut Parts) {
        let steps = match self.length {
            Length::Trailing => self.parents(),
            Length::No | Length::Called => &self.steps,
        };
        let place = steps.iter().fold(context, |at, step| match step {
            Step::Member(name) => at.child_mut(name),
            Step::Index(index @ 0..) => at.child_mut(&index.to_string()),
            Step::Index(_) => at.each_mut(),
        });
        place.want_all();
    }

    /// The steps but the last one.
    pub(super) fn parents(&self) -> &[Step] {
        self.steps.split_last().map_or(&[], |(_, parents)| parents)
    }
}
