//! A compiled schema: nodes that refer by index.

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
    pub(super) kind: Kind,
    pub(super) keywords: Vec<Keyword>,
}

/// What a schema is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// `true`.
    Anything,
    /// `false`.
    Nothing,
    /// The meta-schema of 2020-12: the instance must itself be a schema.
    MetaSchema,
    /// Its keywords decide.
    Keywords,
    /// The same, with `unevaluatedItems` or `unevaluatedProperties` among them.
    Unevaluated,
}

/// A keyword of a schema, whichever it is.
#[derive(Clone, Debug)]
pub(super) struct Keyword {
    pub(super) word: Word,
    pub(super) name: Box<str>,
    /// Its value as written; where that is schemas, what they stand in: `null` for
    /// a single one, else an empty array or object.
    pub(super) value: Value,
    /// Its schemas: of an object by name, of a reference the one it leads to.
    pub(super) schemas: Names,
    /// The pattern of `pattern`; those of `patternProperties`, one for each schema.
    pub(super) patterns: Vec<Pattern>,
}

/// So many names are sooner compared one by one.
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
            let mut named = self.list.iter();
            return named.find(|(own, _)| **own == *name).map(|(_, node)| *node);
        }
        self.sorted
            .binary_search_by(|at| (*self.list[*at].0).cmp(name))
            .ok()
            .map(|at| self.list[self.sorted[at]].1)
    }
}

impl Keyword {
    /// The first of its schemas, which mostly is the only one.
    pub(super) fn schema(&self) -> Option<NodeIndex> {
        self.schemas.list.first().map(|(_, node)| *node)
    }

    /// Its schemas whose patterns match a name.
    fn matching(&self, name: &str) -> impl Iterator<Item = NodeIndex> {
        let pairs = self.schemas.list.iter().zip(&self.patterns);
        pairs.filter_map(move |((_, node), pattern)| pattern.is_match(name).then_some(*node))
    }
}

impl Node {
    /// A keyword, where the schema has it.
    pub(super) fn keyword(&self, word: Word) -> Option<&Keyword> {
        self.keywords.iter().find(|keyword| keyword.word == word)
    }

    /// The schemas of a keyword; none where the schema does not have it.
    pub(super) fn schemas(&self, word: Word) -> &[(Box<str>, NodeIndex)] {
        self.keyword(word)
            .map_or(&[], |keyword| &keyword.schemas.list)
    }

    /// The schema of the keywords that hold one.
    pub(super) fn schema(&self, word: Word) -> Option<NodeIndex> {
        self.keyword(word)?.schema()
    }

    /// An annotation's value.
    pub(super) fn annotation(&self, name: &str) -> Option<&Value> {
        let mut keywords = self.keywords.iter();
        let keyword = keywords.find(|keyword| *keyword.name == *name)?;
        Some(&keyword.value)
    }

    /// The schemas that a keyword has for the member of a name.
    pub(super) fn of_member(&self, keyword: &Keyword, name: &str) -> Vec<NodeIndex> {
        match keyword.word {
            Word::Properties => keyword.schemas.get(name).into_iter().collect(),
            Word::PatternProperties => keyword.matching(name).collect(),
            Word::AdditionalProperties if self.names(name) => Vec::new(),
            _ => keyword.schema().into_iter().collect(),
        }
    }

    /// Whether `properties` or `patternProperties` have something for a name.
    pub(super) fn names(&self, name: &str) -> bool {
        self.keywords.iter().any(|keyword| match keyword.word {
            Word::Properties => keyword.schemas.get(name).is_some(),
            Word::PatternProperties => keyword.matching(name).next().is_some(),
            _ => false,
        })
    }

    /// The schemas that a keyword, which the schema may not have, has for the member.
    fn applying(&self, word: Word, name: &str) -> Vec<NodeIndex> {
        let keyword = self.keyword(word);
        keyword.map_or_else(Vec::new, |keyword| self.of_member(keyword, name))
    }

    /// The schemas that apply to the member of a name.
    pub(super) fn all_of_member(&self, name: &str) -> Vec<NodeIndex> {
        let mut found = self.applying(Word::Properties, name);
        for word in [Word::PatternProperties, Word::AdditionalProperties] {
            found.extend(self.applying(word, name));
        }
        found
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
            for keyword in self.node(index).keywords.iter().rev() {
                if keyword.word.always_applies() || wide && keyword.word.may_apply() {
                    let schemas = keyword.schemas.list.iter().rev();
                    schemas.for_each(|(_, node)| open.push(*node));
                }
            }
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

/// A schema from which the schemas of keywords come back to it, as far as those
/// keywords are followed.
pub(super) fn circle(nodes: &[Node], follows: fn(Word) -> bool) -> Option<usize> {
    let mut state = vec![Visit::New; nodes.len()];
    for start in 0..nodes.len() {
        let mut open = vec![start];
        while let Some(&at) = open.last() {
            match state[at] {
                Visit::New => {
                    state[at] = Visit::Open;
                    for keyword in &nodes[at].keywords {
                        if !follows(keyword.word) {
                            continue;
                        }
                        for (_, next) in &keyword.schemas.list {
                            let next = next.0 as usize;
                            match state[next] {
                                Visit::New => open.push(next),
                                Visit::Open => return Some(at),
                                Visit::Done => {}
                            }
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
