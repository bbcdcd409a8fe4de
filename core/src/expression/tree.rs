//! Conditions and JSONPath queries as trees.

use std::cmp::Ordering;

use serde_json::Value;

use super::ast::Expression;
use crate::pattern::Pattern;

/// The nodes of a condition or query in one list, so that a copy is one of plain
/// numbers.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Tree {
    /// The first one is the query itself, or has the condition below it.
    pub(super) nodes: Vec<Node>,
    /// Names and literals.
    pub(super) values: Vec<Value>,
    pub(super) patterns: Vec<Pattern>,
    pub(super) expressions: Vec<Expression>,
}

/// Which node; 0, the first one, where there is none.
pub(super) type Id = u32;

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Node {
    pub(super) kind: Kind,
    /// An index, or what [`Kind`] says.
    pub(super) number: i64,
    /// The first of those below.
    pub(super) child: Id,
    /// The one after it, below the same.
    pub(super) next: Id,
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

/// How comparison operators are written; of two that begin alike the longer comes
/// first.
pub(super) const OPERATORS: [(&str, Op); 6] = [
    ("==", Op::Equal),
    ("!=", Op::NotEqual),
    ("<=", Op::LessOrEqual),
    (">=", Op::GreaterOrEqual),
    ("<", Op::Less),
    (">", Op::Greater),
];

/// What a node is, and those below it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// No node.
    None,
    /// `$` and its segments. Its number is 1 where it selects one node at most:
    /// RFC 9535, section 2.3.5.1.
    Root,
    /// `@`, the same way.
    Current,
    /// A segment and its selectors, one at least: RFC 9535, section 2.5.
    Segment,
    /// The same with `..`.
    Descendant,
    /// A selector: RFC 9535, section 2.3. Its number is that of the value.
    Name,
    Index,
    Wildcard,
    /// Start, end and step: each an index or absent.
    Slice,
    Absent,
    /// One test.
    Filter,
    /// Tests: RFC 9535, section 2.3.5. In conditions operands are tests as well.
    Or,
    And,
    Not,
    /// Two operands.
    Compare(Op),
    /// A path.
    Exists,
    /// An operand and a pattern or operand: RFC 9535, section 2.4.6.
    Match,
    /// The same: RFC 9535, section 2.4.7.
    Search,
    /// A pattern that is a literal. Its number is negative where it is no I-Regexp
    /// and matches nothing.
    Pattern,
    /// What gives one value or nothing, as do singular paths. Its number is that
    /// of the value.
    Literal,
    /// An operand.
    Length,
    /// A path.
    Count,
    /// A path.
    Value,
    /// An operand of a condition. Its number is that of the expression.
    Expression,
    /// An operand: a string as literals and expressions, which are put together.
    Text,
    /// An operand: `2XX`. Its number is the first digit.
    StatusClass,
    /// An operand: names and indexes from the context, the same as a pointer.
    Place,
    /// The same for what ends with `.length`, where a member so named comes first.
    PlaceOrLength,
    /// The same for the length of what is there.
    LengthOf,
}

impl Kind {
    /// Whether there is nothing below it.
    pub(super) fn is_leaf(self) -> bool {
        matches!(
            self,
            Self::None
                | Self::Name
                | Self::Index
                | Self::Wildcard
                | Self::Absent
                | Self::Pattern
                | Self::Literal
                | Self::Expression
                | Self::StatusClass
        )
    }

    /// Whether it is a path.
    pub(super) fn is_path(self) -> bool {
        matches!(self, Self::Root | Self::Current)
    }

    /// Whether it is a place of a context, or how long that is.
    pub(super) fn is_place(self) -> bool {
        matches!(self, Self::Place | Self::PlaceOrLength | Self::LengthOf)
    }

    /// Whether it is a name or an index, which select one node at most.
    pub(super) fn is_singular(self) -> bool {
        matches!(self, Self::Name | Self::Index)
    }
}

impl Tree {
    pub(super) fn node(&self, id: Id) -> Node {
        self.nodes[id as usize]
    }

    /// Adds a node.
    pub(super) fn add(&mut self, kind: Kind, number: i64, child: Id) -> Id {
        self.nodes.push(Node {
            kind,
            number,
            child,
            next: 0,
        });
        (self.nodes.len() - 1) as Id
    }

    /// Adds a name or literal.
    pub(super) fn add_value(&mut self, kind: Kind, value: Value) -> Id {
        self.values.push(value);
        self.add(kind, self.values.len() as i64 - 1, 0)
    }

    /// Adds an expression.
    pub(super) fn add_expression(&mut self, expression: Expression) -> Id {
        self.expressions.push(expression);
        let number = self.expressions.len() as i64 - 1;
        self.add(Kind::Expression, number, 0)
    }

    /// Lets a node be a pattern; none where it is no I-Regexp.
    pub(super) fn set_pattern(&mut self, id: Id, pattern: Option<Pattern>) {
        let node = &mut self.nodes[id as usize];
        node.kind = Kind::Pattern;
        node.number = match pattern {
            Some(_) => self.patterns.len() as i64,
            None => -1,
        };
        self.patterns.extend(pattern);
    }

    /// Takes down whether a path, which is whole, selects one node at most.
    pub(super) fn close(&mut self, path: Id) {
        let singular = self.below(path).all(|segment| self.has_one(segment));
        self.nodes[path as usize].number = i64::from(singular);
    }

    /// Lets a node follow another, or, where that is none, be the first one.
    pub(super) fn link(&mut self, parent: Id, before: Id, node: Id) {
        match before {
            0 => self.nodes[parent as usize].child = node,
            before => self.nodes[before as usize].next = node,
        }
    }

    /// Brings each node before those below it, as when the tree is unpacked.
    pub(super) fn settle(&mut self) {
        let nodes = std::mem::take(&mut self.nodes);
        self.copy(&nodes, 0);
    }

    fn copy(&mut self, nodes: &[Node], id: Id) -> Id {
        let node = nodes[id as usize];
        let copy = self.add(node.kind, node.number, 0);
        let (mut below, mut last) = (node.child, 0);
        while below != 0 {
            let next = self.copy(nodes, below);
            self.link(copy, last, next);
            last = next;
            below = nodes[below as usize].next;
        }
        copy
    }

    /// The value of a name or literal.
    pub(super) fn value(&self, node: Node) -> Option<&Value> {
        self.values.get(node.number as usize)
    }

    /// An expression that is an operand.
    pub(super) fn expression(&self, node: Node) -> Option<&Expression> {
        match node.kind {
            Kind::Expression => self.expressions.get(node.number as usize),
            _ => None,
        }
    }

    /// Whether a path selects one node at most.
    pub(super) fn is_singular(&self, path: Id) -> bool {
        self.node(path).number == 1
    }

    /// Whether a segment is one name or one index.
    pub(super) fn has_one(&self, segment: Id) -> bool {
        let (segment, selector) = (self.node(segment), self.node(self.node(segment).child));
        segment.kind == Kind::Segment && selector.next == 0 && selector.kind.is_singular()
    }

    /// The node and those after it.
    pub(super) fn list(&self, first: Id) -> List<'_> {
        List {
            tree: self,
            next: first,
        }
    }

    /// Those below a node.
    pub(super) fn below(&self, id: Id) -> List<'_> {
        self.list(self.node(id).child)
    }
}

/// Nodes below the same.
pub(super) struct List<'t> {
    tree: &'t Tree,
    next: Id,
}

impl Iterator for List<'_> {
    type Item = Id;

    fn next(&mut self) -> Option<Id> {
        let id = self.next;
        if id == 0 {
            return None;
        }
        self.next = self.tree.node(id).next;
        Some(id)
    }
}
