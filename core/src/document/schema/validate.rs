//! A value judged by a compiled schema.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::assertions::{complaints, holds, is_type};
use super::children::{is_for_items, is_for_members};
use super::keywords::{Word, below, check};
use super::node::{Body, Keyword, Names, Node, NodeIndex, Part, ResourceIndex, Schema};
use crate::diagnostic::nearest;
use crate::pointer::Pointer;

/// One thing that is wrong with a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Where in the value it is.
    pub instance: Pointer,
    /// The keyword it violates: where that stands in the document of its schema.
    pub keyword: Pointer,
    /// What is wrong, for people; it never shows the value itself.
    pub message: String,
}

/// How many violations are told at most.
const MOST: usize = 32;
/// How many schemas may be applied inside each other, those that are but a
/// reference not counted. A page's stack has 1 MiB.
const DEEPEST: usize = 256;
/// How many schemas may be applied in all.
const LONGEST: u32 = 20_000_000;
/// How deep a value is looked into before bookkeeping is worth while.
const PLAIN: usize = 4;
/// How many alternatives of `anyOf` and `oneOf` a message goes into.
const ALTERNATIVES: usize = 4;

impl Schema {
    /// Validates a value; no violation means that it is valid. At most 32 are told.
    ///
    /// A value that takes more than 256 schemas inside each other, or
    /// unreasonably long to check, is not valid.
    pub fn validate(&self, instance: &Value) -> Vec<Violation> {
        if self.is_plainly_valid(NodeIndex::ROOT, instance, PLAIN) {
            return Vec::new();
        }
        let mut validator = Validator::new(self, Vec::new(), MOST);
        validator.evaluate(NodeIndex::ROOT, instance, None);
        match validator.stopped {
            Some(violation) => vec![violation],
            None => validator.found,
        }
    }

    /// Whether a value is valid by keywords that need no bookkeeping; where others
    /// have a say, that is not known here.
    fn is_plainly_valid(&self, index: NodeIndex, value: &Value, depth: usize) -> bool {
        let node = self.node(index);
        let list = match &node.body {
            Body::Boolean(verdict) => return *verdict,
            Body::Keywords { list, .. } if depth > 0 => list,
            _ => return false,
        };
        let fits = |child: Option<NodeIndex>, member: &Value| {
            child.is_none_or(|child| self.is_plainly_valid(child, member, depth - 1))
        };
        list.iter()
            .all(|keyword| match (keyword.word, &keyword.part, value) {
                (Word::Type, Part::Value(Value::String(name)), _) => is_type(value, name),
                (Word::Annotation, ..) => true,
                (Word::Properties, Part::Map(names), Value::Object(map)) => {
                    map.iter().all(|(name, value)| fits(names.get(name), value))
                }
                (Word::AdditionalProperties, _, Value::Object(map)) => map
                    .iter()
                    .all(|(name, value)| fits(node.additional(name), value)),
                (word, ..) => word.is_assertion() && holds(keyword, value),
            })
    }
}

/// Which members or items of a value some schema has evaluated.
pub(super) type Seen = Vec<bool>;

#[derive(Clone, Copy)]
pub(super) enum Token<'v> {
    Key(&'v str),
    Index(usize),
}

pub(super) struct Validator<'s, 'v> {
    pub(super) schema: &'s Schema,
    /// The resources passed through, the outermost first.
    pub(super) scope: Vec<ResourceIndex>,
    pub(super) path: Vec<Token<'v>>,
    pub(super) found: Vec<Violation>,
    /// How many violations to keep; none where only the verdict counts.
    limit: usize,
    pub(super) depth: usize,
    pub(super) steps: u32,
    /// The names that a name not allowed may have been meant as.
    pub(super) nearby: Option<&'s Names>,
    /// Why the verdict is not known.
    pub(super) stopped: Option<Violation>,
}

impl<'s, 'v> Validator<'s, 'v> {
    pub(super) fn new(schema: &'s Schema, scope: Vec<ResourceIndex>, limit: usize) -> Self {
        Self {
            schema,
            scope,
            path: Vec::new(),
            found: Vec::new(),
            limit,
            depth: 0,
            steps: 0,
            nearby: None,
            stopped: None,
        }
    }

    /// Whether more violations are of no interest.
    pub(super) fn is_full(&self) -> bool {
        self.found.len() >= self.limit
    }

    fn here(&self) -> Pointer {
        Pointer::of(self.path.iter().map(|token| match token {
            Token::Key(key) => Cow::Borrowed(*key),
            Token::Index(index) => Cow::Owned(index.to_string()),
        }))
    }

    pub(super) fn report(&mut self, keyword: Pointer, message: String) {
        if !self.is_full() {
            self.found.push(Violation {
                instance: self.here(),
                keyword,
                message,
            });
        }
    }

    /// Gives up for good.
    fn stop(&mut self, node: &Node, message: &str) -> bool {
        self.stopped.get_or_insert(Violation {
            instance: Pointer::default(),
            keyword: node.pointer.clone(),
            message: message.into(),
        });
        false
    }

    /// Applies a schema to a value; says whether the value is valid.
    pub(super) fn evaluate(
        &mut self,
        index: NodeIndex,
        value: &'v Value,
        outer: Option<&mut Seen>,
    ) -> bool {
        let schema = self.schema;
        let mut node = schema.node(index);
        while let [keyword] = node.keywords()
            && let Part::Reference { .. } = keyword.part
            && self.scope.last() == Some(&node.resource)
            && self.steps <= LONGEST
        {
            self.steps += 1;
            node = schema.node(self.target(&keyword.part));
        }
        self.steps += 1;
        if self.stopped.is_some() {
            return false;
        } else if self.depth >= DEEPEST {
            return self.stop(
                node,
                "the value is nested too deeply, or the schema refers to itself without end",
            );
        } else if self.steps > LONGEST {
            return self.stop(node, "the value takes too long to check");
        }
        match &node.body {
            Body::Boolean(true) => true,
            Body::Boolean(false) => self.nothing_allowed(node),
            Body::MetaSchema => self.meta_schema(node, value),
            Body::Keywords { list, unevaluated } => {
                let entered = self.scope.last() != Some(&node.resource);
                if entered {
                    self.scope.push(node.resource);
                }
                self.depth += 1;
                let valid = self.keywords(node, list, *unevaluated, value, outer);
                self.depth -= 1;
                if entered {
                    self.scope.pop();
                }
                valid
            }
        }
    }

    fn keywords(
        &mut self,
        node: &'s Node,
        list: &'s [Keyword],
        unevaluated: bool,
        value: &'v Value,
        outer: Option<&mut Seen>,
    ) -> bool {
        let mut seen = (unevaluated || outer.is_some()).then(|| vec![false; len(value)]);
        let mut valid = true;
        for last in [false, true] {
            if last && !unevaluated {
                break;
            }
            for keyword in list {
                let word = keyword.word;
                if matches!(word, Word::UnevaluatedItems | Word::UnevaluatedProperties) != last {
                    continue;
                }
                valid &= if word.is_assertion() {
                    self.assertion(node, keyword, value)
                } else {
                    self.applicator(node, keyword, value, seen.as_mut())
                };
                if !valid && (self.is_full() || self.stopped.is_some()) {
                    return false;
                }
            }
        }
        if let (true, Some(outer), Some(seen)) = (valid, outer, seen) {
            outer
                .iter_mut()
                .zip(seen)
                .for_each(|(all, one)| *all |= one);
        }
        valid
    }

    fn assertion(&mut self, node: &Node, keyword: &Keyword, value: &Value) -> bool {
        let valid = holds(keyword, value);
        if !valid && !self.is_full() {
            let at = below(&node.pointer, &[&keyword.name]);
            for message in complaints(keyword, value) {
                self.report(at.clone(), message);
            }
        }
        valid
    }

    fn applicator(
        &mut self,
        node: &'s Node,
        keyword: &'s Keyword,
        value: &'v Value,
        seen: Option<&mut Seen>,
    ) -> bool {
        match (&keyword.part, value) {
            (Part::Reference { .. }, _) => {
                let target = self.target(&keyword.part);
                self.evaluate(target, value, seen)
            }
            (Part::List(list), Value::Array(items)) if keyword.word == Word::PrefixItems => {
                self.items(&mut items.iter().zip(list).enumerate(), seen)
            }
            (Part::List(list), _) => match keyword.word {
                Word::AllOf => self.all_of(list, value, seen),
                Word::AnyOf | Word::OneOf => self.some_of(node, keyword, list, value, seen),
                _ => true,
            },
            (Part::Schema(child), Value::Array(items)) if is_for_items(keyword.word) => {
                self.item_keyword(node, keyword.word, *child, items, seen)
            }
            (Part::Schema(child), Value::Object(map)) if is_for_members(keyword.word) => {
                self.member_keyword(node, keyword.word, *child, map, seen)
            }
            (Part::Schema(child), _) => self.conditional(node, keyword.word, *child, value, seen),
            (Part::Map(names), Value::Object(map)) => match keyword.word {
                Word::Properties => self.members(map, seen, &|name, _, visit| {
                    names.get(name).is_none_or(visit)
                }),
                _ => self.dependent(names.iter(), value, map, seen),
            },
            (Part::Patterns(_), Value::Object(map)) => {
                self.members(map, seen, &|name, _, visit| {
                    let mut valid = true;
                    node.matching(name).for_each(|child| valid &= visit(child));
                    valid
                })
            }
            _ => true,
        }
    }

    /// The node a reference leads to: for a dynamic one the outermost resource
    /// passed through that has the anchor says which.
    fn target(&self, part: &'s Part) -> NodeIndex {
        let Part::Reference { node, dynamic, .. } = part else {
            return NodeIndex::ROOT;
        };
        let Some(anchor) = dynamic else {
            return *node;
        };
        let outermost = self.scope.iter().find_map(|resource| {
            let anchors = self.schema.anchors.get(resource.0 as usize)?;
            anchors.iter().find(|(name, _)| name == anchor)
        });
        outermost.map_or(*node, |(_, node)| *node)
    }

    fn all_of(
        &mut self,
        list: &[NodeIndex],
        value: &'v Value,
        mut seen: Option<&mut Seen>,
    ) -> bool {
        let mut valid = true;
        for child in list {
            valid &= self.evaluate(*child, value, seen.as_deref_mut());
            if !valid && self.is_full() {
                break;
            }
        }
        valid
    }

    /// `anyOf` and `oneOf`.
    fn some_of(
        &mut self,
        node: &Node,
        keyword: &Keyword,
        list: &[NodeIndex],
        value: &'v Value,
        mut seen: Option<&mut Seen>,
    ) -> bool {
        let any = keyword.word == Word::AnyOf;
        let mut fitting = Vec::new();
        let mut reasons = Vec::new();
        for (at, child) in list.iter().enumerate() {
            let (valid, reason) = self.attempt(*child, value, seen.as_deref_mut());
            if valid {
                fitting.push(at);
                if any && seen.is_none() {
                    return true;
                }
            }
            reasons.extend(reason);
        }
        let valid = fitting.len() == 1 || (any && !fitting.is_empty());
        if !valid && !self.is_full() {
            let at = below(&node.pointer, &[&keyword.name]);
            let message = match fitting.as_slice() {
                [] => none_fits(reasons, list.len()),
                [first, second, ..] => format!(
                    "must fit exactly one of {} alternatives, but fits the {} and the {}",
                    list.len(),
                    ordinal(*first),
                    ordinal(*second)
                ),
                [_] => return true,
            };
            self.report(at, message);
        }
        valid
    }

    /// Applies a schema on trial: tells what is first wrong instead of reporting it.
    fn attempt(
        &mut self,
        child: NodeIndex,
        value: &'v Value,
        seen: Option<&mut Seen>,
    ) -> (bool, Option<String>) {
        if self.is_full() {
            return (self.evaluate(child, value, seen), None);
        }
        let found = std::mem::take(&mut self.found);
        let limit = std::mem::replace(&mut self.limit, 1);
        let valid = self.evaluate(child, value, seen);
        self.limit = limit;
        let reason = std::mem::replace(&mut self.found, found).pop();
        let reason = reason.filter(|_| !valid).map(|reason| {
            let path: Vec<&str> = reason.instance.tokens().skip(self.path.len()).collect();
            match path.as_slice() {
                [] => reason.message,
                path => format!("`{}` {}", path.join("."), reason.message),
            }
        });
        (valid, reason)
    }

    /// Applies a schema only for the verdict.
    pub(super) fn verdict(
        &mut self,
        child: NodeIndex,
        value: &'v Value,
        seen: Option<&mut Seen>,
    ) -> bool {
        let limit = std::mem::replace(&mut self.limit, 0);
        let valid = self.evaluate(child, value, seen);
        self.limit = limit;
        valid
    }

    /// `not` and `if` with `then` and `else`.
    fn conditional(
        &mut self,
        node: &'s Node,
        word: Word,
        child: NodeIndex,
        value: &'v Value,
        mut seen: Option<&mut Seen>,
    ) -> bool {
        match word {
            Word::Not => {
                let valid = !self.verdict(child, value, None);
                if !valid {
                    let message = match self.schema.node(child).body {
                        Body::Boolean(_) => return self.nothing_allowed(node),
                        _ => "must not fit the schema under `not`",
                    };
                    self.report(below(&node.pointer, &["not"]), message.into());
                }
                valid
            }
            Word::If => {
                let branch = if self.verdict(child, value, seen.as_deref_mut()) {
                    Word::Then
                } else {
                    Word::Else
                };
                node.schema(branch)
                    .is_none_or(|branch| self.evaluate(branch, value, seen))
            }
            _ => true,
        }
    }

    /// `dependentSchemas`.
    fn dependent<'n>(
        &mut self,
        names: impl Iterator<Item = (&'n str, NodeIndex)>,
        value: &'v Value,
        map: &Map<String, Value>,
        mut seen: Option<&mut Seen>,
    ) -> bool {
        let mut valid = true;
        for (_, child) in names.filter(|(name, _)| map.contains_key(*name)) {
            valid &= self.evaluate(child, value, seen.as_deref_mut());
        }
        valid
    }

    /// The schema `false`.
    fn nothing_allowed(&mut self, node: &Node) -> bool {
        if !self.is_full() {
            let message = match self.path.last() {
                Some(Token::Key(key)) => {
                    let names = self.nearby.into_iter().flat_map(|names| names.iter());
                    match nearest(key, names.map(|(name, _)| name)) {
                        Some(name) => {
                            format!("`{key}` is not allowed here; did you mean `{name}`?")
                        }
                        None => format!("`{key}` is not allowed here"),
                    }
                }
                Some(Token::Index(index)) => format!("item {index} is not allowed here"),
                None => "no value is allowed here".into(),
            };
            self.report(node.pointer.clone(), message);
        }
        false
    }

    fn meta_schema(&mut self, node: &Node, value: &Value) -> bool {
        match check(value, &Pointer::default()) {
            Ok(()) => true,
            Err((at, problem)) => {
                let inner: Vec<&str> = at.tokens().collect();
                let instance = below(&self.here(), &inner);
                if !self.is_full() {
                    self.found.push(Violation {
                        instance,
                        keyword: node.pointer.clone(),
                        message: problem.to_string(),
                    });
                }
                false
            }
        }
    }
}

fn len(value: &Value) -> usize {
    match value {
        Value::Array(items) => items.len(),
        Value::Object(map) => map.len(),
        _ => 0,
    }
}

fn ordinal(index: usize) -> String {
    match index {
        0 => "first".into(),
        1 => "second".into(),
        2 => "third".into(),
        other => format!("{}th", other + 1),
    }
}

fn none_fits(mut reasons: Vec<String>, alternatives: usize) -> String {
    reasons.dedup();
    if let [only] = reasons.as_slice() {
        return only.clone();
    }
    let more = reasons.len() > ALTERNATIVES || reasons.is_empty();
    reasons.truncate(ALTERNATIVES);
    let more = if more { " …" } else { "" };
    format!(
        "fits none of {alternatives} alternatives: {}{more}",
        reasons.join("; or ")
    )
}
