//! A compiled schema: nodes that refer by index.

use std::borrow::Cow;

use serde_json::Value;

use super::compile;
use super::error::SchemaError;
use super::keywords::{Word, order};
use crate::pattern::Pattern;
use crate::pointer::Pointer;

/// A compiled JSON Schema of draft 2020-12.
///
/// It is immutable and holds only what can be reached from its root.
#[derive(Clone, Debug)]
pub struct Schema {
    pub(super) nodes: Vec<Node>,
    /// The dynamic anchors of each schema resource.
    pub(super) anchors: Vec<Anchors>,
    /// Whether some schema in it has a `default`.
    pub(super) has_defaults: bool,
}

/// Dynamic anchors by name.
pub(super) type Anchors = Vec<(Box<str>, NodeIndex)>;

/// Which node; the root has 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct NodeIndex(pub(super) u32);

impl NodeIndex {
    pub(super) const ROOT: Self = Self(0);
}

/// Which schema resource: a document, or what has an own `$id` in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct ResourceIndex(pub(super) u32);

#[derive(Clone, Debug)]
pub(super) struct Node {
    /// Where in its document it stands.
    pub(super) pointer: Pointer,
    pub(super) resource: ResourceIndex,
    pub(super) body: Body,
}

#[derive(Clone, Debug)]
pub(super) enum Body {
    Boolean(bool),
    /// The meta-schema of 2020-12: the instance must itself be a schema.
    MetaSchema,
    Keywords {
        list: Vec<Keyword>,
        /// Whether `unevaluatedItems` or `unevaluatedProperties` is among them.
        unevaluated: bool,
    },
}

#[derive(Clone, Debug)]
pub(super) struct Keyword {
    pub(super) word: Word,
    pub(super) name: Cow<'static, str>,
    pub(super) part: Part,
}

/// A keyword's value.
#[derive(Clone, Debug)]
pub(super) enum Part {
    Value(Value),
    Pattern(Pattern, Box<str>),
    Schema(NodeIndex),
    List(Vec<NodeIndex>),
    Map(Names),
    Patterns(Vec<(Box<str>, Pattern, NodeIndex)>),
    Reference {
        text: Box<str>,
        node: NodeIndex,
        /// The anchor that is looked for in the resources passed through.
        dynamic: Option<Box<str>>,
    },
}

/// So few names are looked through in order.
const FEW: usize = 8;

/// Schemas by name: in the order they were written in, and found fast.
#[derive(Clone, Debug, Default)]
pub(super) struct Names {
    pub(super) list: Vec<(Box<str>, NodeIndex)>,
    pub(super) sorted: Vec<usize>,
}

impl Names {
    pub(super) fn new(list: Vec<(Box<str>, NodeIndex)>) -> Self {
        let sorted = order(list.len(), &|a, b| list[a].0.cmp(&list[b].0));
        Self { list, sorted }
    }

    pub(super) fn get(&self, name: &str) -> Option<NodeIndex> {
        if self.list.len() <= FEW {
            let mut list = self.list.iter();
            return list.find(|(own, _)| **own == *name).map(|(_, node)| *node);
        }
        self.sorted
            .binary_search_by(|at| (*self.list[*at].0).cmp(name))
            .ok()
            .map(|at| self.list[self.sorted[at]].1)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, NodeIndex)> {
        self.list.iter().map(|(name, node)| (&**name, *node))
    }
}

impl Node {
    pub(super) fn keywords(&self) -> &[Keyword] {
        match &self.body {
            Body::Keywords { list, .. } => list,
            _ => &[],
        }
    }

    /// The part of a keyword, where the schema has it.
    pub(super) fn part(&self, word: Word) -> Option<&Part> {
        self.keywords()
            .iter()
            .find(|keyword| keyword.word == word)
            .map(|keyword| &keyword.part)
    }

    /// An annotation's value.
    pub(super) fn annotation(&self, name: &str) -> Option<&Value> {
        self.keywords()
            .iter()
            .find_map(|keyword| match &keyword.part {
                Part::Value(value) if keyword.name == name => Some(value),
                _ => None,
            })
    }

    /// The schemas of the keywords that hold schemas by name.
    pub(super) fn map(&self, word: Word) -> Option<&Names> {
        match self.part(word) {
            Some(Part::Map(names)) => Some(names),
            _ => None,
        }
    }

    /// The schemas of the keywords that hold a list of schemas.
    pub(super) fn list(&self, word: Word) -> &[NodeIndex] {
        match self.part(word) {
            Some(Part::List(list)) => list,
            _ => &[],
        }
    }

    /// The schema of the keywords that hold one.
    pub(super) fn schema(&self, word: Word) -> Option<NodeIndex> {
        match self.part(word) {
            Some(Part::Schema(node)) => Some(*node),
            _ => None,
        }
    }

    /// The schemas that `patternProperties` has for a name.
    pub(super) fn matching(&self, name: &str) -> impl Iterator<Item = NodeIndex> {
        let list = match self.part(Word::PatternProperties) {
            Some(Part::Patterns(list)) => list.as_slice(),
            _ => &[],
        };
        list.iter()
            .filter(|(_, pattern, _)| pattern.is_match(name))
            .map(|(.., node)| *node)
    }

    /// The schemas that apply to the member of a name.
    pub(super) fn applying(&self, name: &str) -> Vec<NodeIndex> {
        let named = self.map(Word::Properties).and_then(|names| names.get(name));
        named
            .into_iter()
            .chain(self.matching(name))
            .chain(self.additional(name))
            .collect()
    }

    /// The schema of `additionalProperties`, where the name falls under it.
    pub(super) fn additional(&self, name: &str) -> Option<NodeIndex> {
        let node = self.schema(Word::AdditionalProperties)?;
        let known = self
            .map(Word::Properties)
            .is_some_and(|names| names.get(name).is_some());
        (!known && self.matching(name).next().is_none()).then_some(node)
    }
}

impl Schema {
    /// Compiles the schema that stands at `pointer` in `root`.
    ///
    /// References resolve against `base`, the URL of `root`, as far as no `$id`
    /// changes it; `fetch` is asked for other documents by URL without fragment.
    ///
    /// # Errors
    /// A [`SchemaError`] for the first place that is no valid schema, for a
    /// reference that leads nowhere and for one that never ends.
    pub fn compile(
        root: &Value,
        pointer: &Pointer,
        base: &str,
        fetch: &dyn Fn(&str) -> Option<Value>,
    ) -> Result<Self, SchemaError> {
        compile::compile(root, pointer, base, fetch)
    }

    pub(super) fn node(&self, index: NodeIndex) -> &Node {
        &self.nodes[index.0 as usize]
    }

    /// The node with those that always apply together with it: through `$ref`
    /// and `allOf`; with `wide` also those that may, as by `anyOf` or `then`.
    pub(super) fn together(&self, index: NodeIndex, wide: bool) -> Vec<NodeIndex> {
        let mut found: Vec<NodeIndex> = Vec::new();
        let mut open = vec![index];
        while let Some(index) = open.pop() {
            if found.contains(&index) {
                continue;
            }
            found.push(index);
            let first = open.len();
            for keyword in self.node(index).keywords() {
                match (keyword.word, &keyword.part) {
                    (_, Part::Reference { node, .. }) => open.push(*node),
                    (Word::AllOf, Part::List(list)) => open.extend(list),
                    (Word::AnyOf | Word::OneOf, Part::List(list)) if wide => open.extend(list),
                    (Word::If | Word::Then | Word::Else, Part::Schema(node)) if wide => {
                        open.push(*node);
                    }
                    (Word::DependentSchemas, Part::Map(names)) if wide => {
                        open.extend(names.iter().map(|(_, node)| node));
                    }
                    _ => {}
                }
            }
            open[first..].reverse();
        }
        found
    }
}

#[derive(Clone, Copy)]
enum Visit {
    New,
    Open,
    Done,
}

/// A schema from which references come back to it without having gone into the
/// instance.
pub(super) fn endless(nodes: &[Node]) -> Option<usize> {
    let mut state = vec![Visit::New; nodes.len()];
    for start in 0..nodes.len() {
        let mut open = vec![start];
        while let Some(&at) = open.last() {
            match state[at] {
                Visit::New => {
                    state[at] = Visit::Open;
                    for next in applied_in_place(&nodes[at]) {
                        let next = next.0 as usize;
                        match state[next] {
                            Visit::New => open.push(next),
                            Visit::Open => return Some(at),
                            Visit::Done => {}
                        }
                    }
                }
                _ => {
                    state[at] = Visit::Done;
                    open.pop();
                }
            }
        }
    }
    None
}

/// The schemas that are applied to the same value as this one is.
fn applied_in_place(node: &Node) -> Vec<NodeIndex> {
    let mut found = Vec::new();
    for keyword in node.keywords() {
        match (keyword.word, &keyword.part) {
            (_, Part::Reference { node, dynamic, .. }) if dynamic.is_none() => found.push(*node),
            (Word::AllOf | Word::AnyOf | Word::OneOf, Part::List(list)) => found.extend(list),
            (Word::Not | Word::If | Word::Then | Word::Else, Part::Schema(node)) => {
                found.push(*node);
            }
            (Word::DependentSchemas, Part::Map(names)) => {
                found.extend(names.iter().map(|(_, node)| node));
            }
            _ => {}
        }
    }
    found
}
