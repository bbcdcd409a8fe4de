//! A parsed query and what can be asked of it.

use std::fmt::{self, Display};

use serde_json::Value;

use super::error::{QueryError, QueryLimit};
use super::evaluate::{Evaluation, follow};
use super::parse::Parser;
use crate::expression::tree::{Id, Kind, Tree};
use crate::pattern::PatternError;
use crate::pointer::Pointer;

/// A JSONPath query, RFC 9535. Two queries are equal when their texts are.
#[derive(Clone)]
pub struct Query {
    pub(super) text: Box<str>,
    pub(super) tree: Tree,
    pub(super) counts_singular: bool,
    pub(super) bad_pattern: Option<(usize, PatternError)>,
}

impl Query {
    /// Parses a whole text as a query. Filters, parentheses and functions nest
    /// 64 levels deep at most.
    ///
    /// # Errors
    /// A [`QueryError`] where the text is no query, or is not well typed.
    pub fn parse(text: &str) -> Result<Self, QueryError> {
        let mut parser = Parser::new(text);
        match parser.whole() {
            Ok(()) => Ok(parser.query()),
            Err(error) => Err(*error),
        }
    }

    /// Parses the singular query that a text begins with, and says how many bytes
    /// of the text it takes: names and indexes only, white space after it excluded.
    ///
    /// # Errors
    /// A [`QueryError`] where the text does not begin with `$`, or the path goes
    /// on with something that can select several nodes.
    pub fn parse_prefix(text: &str) -> Result<(Self, usize), QueryError> {
        let mut parser = Parser::new(text);
        match parser.prefix() {
            Ok(length) => Ok((parser.query(), length)),
            Err(error) => Err(*error),
        }
    }

    /// Selects nodes, in the order of RFC 9535; objects give their members in
    /// the order they have.
    ///
    /// # Errors
    /// [`QueryLimit`] where that takes more than [`QueryLimit::STEPS`] steps.
    pub fn select<'v>(&self, value: &'v Value) -> Result<Vec<&'v Value>, QueryLimit> {
        if self.is_singular() {
            return Ok(self.singular(value).into_iter().collect());
        }
        let mut nodes = Vec::new();
        Evaluation::new(&self.tree, value).each(0, value, &mut |node| {
            nodes.push(node);
            true
        })?;
        Ok(nodes)
    }

    /// Whether it selects anything; stops at the first node.
    ///
    /// # Errors
    /// [`QueryLimit`] where that takes more than [`QueryLimit::STEPS`] steps.
    pub fn exists(&self, value: &Value) -> Result<bool, QueryLimit> {
        if self.is_singular() {
            return Ok(self.singular(value).is_some());
        }
        let mut any = false;
        Evaluation::new(&self.tree, value).each(0, value, &mut |_| {
            any = true;
            false
        })?;
        Ok(any)
    }

    /// Whether it selects one node at most, whatever the value.
    pub fn is_singular(&self) -> bool {
        self.tree.is_singular(0)
    }

    /// The node of a singular query; `None` for other queries.
    pub fn singular<'v>(&self, value: &'v Value) -> Option<&'v Value> {
        self.is_singular()
            .then(|| follow(&self.tree, self.first(), value, 0))
            .flatten()
    }

    /// Selects nodes and tells their places, in the same order as [`Query::select`].
    ///
    /// # Errors
    /// [`QueryLimit`] where that takes more than [`QueryLimit::STEPS`] steps.
    pub fn select_places(&self, value: &Value) -> Result<Vec<Pointer>, QueryLimit> {
        Ok(places(value, &self.select(value)?))
    }

    /// Whether the whole query is one `$[?…]`, a filter on the members of the root.
    pub fn is_filter_on_root(&self) -> bool {
        let tree = &self.tree;
        let segment = tree.node(self.first());
        let selector = tree.node(segment.child);
        let alone = segment.next == 0 && selector.next == 0;
        alone && segment.kind == Kind::Segment && selector.kind == Kind::Filter
    }

    /// Whether `count` is asked somewhere for a singular path, where it is 0 or 1.
    pub fn has_count_of_singular(&self) -> bool {
        self.counts_singular
    }

    /// The first literal pattern of a `match` or `search` that is no I-Regexp
    /// (RFC 9485) and so matches nothing, and where it stands in the text.
    pub fn bad_pattern(&self) -> Option<(usize, &PatternError)> {
        let (offset, error) = self.bad_pattern.as_ref()?;
        Some((*offset, error))
    }

    /// The member name that a singular query ends with.
    pub fn last_name(&self) -> Option<&str> {
        let last = self.tree.below(0).last()?;
        let selector = self.tree.node(self.tree.node(last).child);
        let name = self.is_singular() && selector.kind == Kind::Name;
        self.tree.value(selector).filter(|_| name)?.as_str()
    }

    /// The node that holds the one a singular query is about.
    pub fn parent<'v>(&self, value: &'v Value) -> Option<&'v Value> {
        let last = self.tree.below(0).last()?;
        self.is_singular()
            .then(|| follow(&self.tree, self.first(), value, last))
            .flatten()
    }

    /// The first segment.
    fn first(&self) -> Id {
        self.tree.node(0).child
    }
}

impl Display for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Query({:?})", self.text)
    }
}

impl PartialEq for Query {
    fn eq(&self, other: &Self) -> bool {
        self.text == other.text
    }
}

impl Eq for Query {}

/// The places of nodes of a value: each node has an address of its own.
fn places(root: &Value, nodes: &[&Value]) -> Vec<Pointer> {
    let address = |node: &Value| std::ptr::from_ref(node).addr();
    let mut wanted: Vec<usize> = nodes.iter().map(|node| address(node)).collect();
    wanted.sort_unstable();
    wanted.dedup();
    let mut found: Vec<Option<Pointer>> = vec![None; wanted.len()];
    let mut missing = wanted.len();
    let mut here = Pointer::default();
    let mut open: Vec<Box<dyn Iterator<Item = (String, &Value)>>> = Vec::new();
    let mut next = Some(root);
    while missing > 0 {
        if let Some(node) = next {
            if let Ok(at) = wanted.binary_search(&address(node)) {
                found[at] = Some(here.clone());
                missing -= 1;
            }
            open.push(children(node));
            here.push("");
        }
        let Some(children) = open.last_mut() else {
            break;
        };
        here.pop();
        next = match children.next() {
            Some((token, child)) => {
                here.push(&token);
                Some(child)
            }
            None => {
                open.pop();
                None
            }
        };
    }
    nodes
        .iter()
        .filter_map(|node| found[wanted.binary_search(&address(node)).ok()?].clone())
        .collect()
}

/// The children of a node, each with its reference token.
fn children(node: &Value) -> Box<dyn Iterator<Item = (String, &Value)> + '_> {
    match node {
        Value::Array(items) => Box::new(
            items
                .iter()
                .enumerate()
                .map(|(index, item)| (index.to_string(), item)),
        ),
        Value::Object(members) => {
            Box::new(members.iter().map(|(name, member)| (name.clone(), member)))
        }
        _ => Box::new(std::iter::empty()),
    }
}
