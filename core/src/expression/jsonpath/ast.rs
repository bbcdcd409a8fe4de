//! A JSONPath query as a tree.

use std::cmp::Ordering;

use serde_json::Value;

use crate::pattern::Pattern;

/// A path from the root or from the current node.
#[derive(Clone, Debug)]
pub(super) struct Path {
    /// Whether it begins with `$`, not `@`.
    pub(super) absolute: bool,
    /// Whether it selects one node at most: RFC 9535, section 2.3.5.1.
    pub(super) singular: bool,
    pub(super) segments: Box<[Segment]>,
}

impl Path {
    pub(super) fn new(absolute: bool, segments: Box<[Segment]>) -> Self {
        Self {
            absolute,
            singular: segments.iter().all(Segment::is_singular),
            segments,
        }
    }
}

/// A segment: RFC 9535, section 2.5.
#[derive(Clone, Debug)]
pub(super) struct Segment {
    /// Whether it begins with `..`.
    pub(super) descendant: bool,
    /// One at least.
    pub(super) selectors: Box<[Selector]>,
}

impl Segment {
    /// Whether it is one name or one index.
    pub(super) fn is_singular(&self) -> bool {
        !self.descendant && matches!(*self.selectors, [Selector::Name(_) | Selector::Index(_)])
    }
}

/// A selector: RFC 9535, section 2.3.
#[derive(Clone, Debug)]
pub(super) enum Selector {
    Name(Box<str>),
    Index(i64),
    Wildcard,
    Slice(Slice),
    Filter(Logical),
}

/// What stands between the colons of an array slice.
#[derive(Clone, Copy, Debug)]
pub(super) struct Slice {
    pub(super) start: Option<i64>,
    pub(super) end: Option<i64>,
    pub(super) step: i64,
}

impl Slice {
    /// The first index and how many there are, in an array of that length:
    /// RFC 9535, section 2.3.4.2.2.
    pub(super) fn bounds(&self, length: usize) -> (i64, i64) {
        let length = i64::try_from(length).unwrap_or(i64::MAX);
        let from_end = |at: i64| if at < 0 { length + at } else { at };
        match self.step.cmp(&0) {
            Ordering::Greater => {
                let start = from_end(self.start.unwrap_or(0)).clamp(0, length);
                let end = from_end(self.end.unwrap_or(length)).clamp(0, length);
                (start, steps(end - start, self.step))
            }
            Ordering::Less => {
                let start = self
                    .start
                    .map_or(length - 1, from_end)
                    .clamp(-1, length - 1);
                let end = self.end.map_or(-1, from_end).clamp(-1, length - 1);
                (start, steps(start - end, -self.step))
            }
            Ordering::Equal => (0, 0),
        }
    }
}

/// How many steps of that size begin within a distance.
fn steps(distance: i64, size: i64) -> i64 {
    if distance <= 0 {
        0
    } else {
        (distance - 1) / size + 1
    }
}

/// What a filter asks: RFC 9535, section 2.3.5.
#[derive(Clone, Debug)]
pub(super) enum Logical {
    Or(Box<[Logical]>),
    And(Box<[Logical]>),
    Not(Box<Logical>),
    Compare(Box<Comparison>),
    Exists(Path),
    Matches(Box<Matching>),
}

/// Two values compared.
#[derive(Clone, Debug)]
pub(super) struct Comparison {
    pub(super) left: Operand,
    pub(super) operator: Operator,
    pub(super) right: Operand,
}

/// How two values are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Operator {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// What gives one value or nothing.
#[derive(Clone, Debug)]
pub(super) enum Operand {
    Literal(Value),
    /// A singular path.
    Path(Path),
    Length(Box<Operand>),
    Count(Path),
    Value(Path),
}

/// The functions `match` and `search`: RFC 9535, sections 2.4.6 and 2.4.7.
#[derive(Clone, Debug)]
pub(super) struct Matching {
    pub(super) text: Operand,
    pub(super) pattern: Matcher,
    /// Whether the whole text must match.
    pub(super) anchored: bool,
}

/// The pattern of a `match` or `search`.
#[derive(Clone, Debug)]
pub(super) enum Matcher {
    /// A literal; what is no I-Regexp matches nothing.
    Fixed(Option<Pattern>),
    /// Known only when the filter is evaluated.
    Dynamic(Operand),
}
