//! A value judged by a compiled schema.

use std::mem;

use serde_json::Value;

use super::assertions::holds;
use super::check::check;
use super::keywords::Word;
use super::node::{Keyword, Kind, Node, NodeIndex, ResourceIndex, Schema};
use crate::diagnostic::nearest;
use crate::document::url::split_fragment;
use crate::pointer::Pointer;
use crate::text::joined;

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
        // Mostly nothing is wrong: the verdict alone is found with little of it.
        for limit in [0, MOST] {
            let mut validator = Validator {
                schema: self,
                scope: Vec::new(),
                path: Pointer::default(),
                in_array: false,
                found: Vec::new(),
                limit,
                depth: 0,
                steps: 0,
                nearby: &[],
                stopped: None,
            };
            let valid = validator.evaluate(NodeIndex::ROOT, instance, &mut []);
            match validator.stopped {
                Some(violation) if limit > 0 => return vec![violation],
                None if valid || limit > 0 => return validator.found,
                _ => {}
            }
        }
        Vec::new()
    }

    /// Whether a value is valid by keywords that need no bookkeeping; where others
    /// have a say, that is not known here.
    fn is_plainly_valid(&self, index: NodeIndex, value: &Value, depth: usize) -> bool {
        let node = self.node(index);
        match node.kind {
            Kind::Anything => return true,
            Kind::Keywords if depth > 0 => {}
            _ => return false,
        }
        let fits = |child: Option<NodeIndex>, member: &Value| {
            child.is_none_or(|child| self.is_plainly_valid(child, member, depth - 1))
        };
        node.keywords
            .iter()
            .all(|keyword| match (keyword.word, value) {
                (Word::Annotation, _) => true,
                (Word::Properties, Value::Object(map)) => map
                    .iter()
                    .all(|(name, member)| fits(keyword.schemas.get(name), member)),
                (Word::AdditionalProperties, Value::Object(map)) => map
                    .iter()
                    .all(|(name, member)| node.names(name) || fits(keyword.schema(), member)),
                (word, _) => word.is_assertion() && holds(keyword, value),
            })
    }
}

pub(super) struct Validator<'s> {
    pub(super) schema: &'s Schema,
    /// The resources passed through, the outermost first.
    scope: Vec<ResourceIndex>,
    /// Where in the value it is, while there is something to tell.
    pub(super) path: Pointer,
    /// Whether that is an item of an array.
    pub(super) in_array: bool,
    found: Vec<Violation>,
    /// How many violations to keep; none where only the verdict counts.
    limit: usize,
    depth: usize,
    steps: u32,
    /// The names that a name not allowed may have been meant as.
    pub(super) nearby: &'s [(Box<str>, NodeIndex)],
    /// Why the verdict is not known.
    stopped: Option<Violation>,
}

impl<'s> Validator<'s> {
    /// Whether more violations are of no interest.
    pub(super) fn is_full(&self) -> bool {
        self.found.len() >= self.limit
    }

    /// Takes down what a keyword of a schema has against the value, or the schema
    /// itself where the keyword has no name.
    pub(super) fn report(&mut self, node: &Node, keyword: &str, message: &str) {
        if !self.is_full() {
            let mut at = node.pointer.clone();
            if !keyword.is_empty() {
                at.push(keyword);
            }
            self.found.push(Violation {
                instance: self.path.clone(),
                keyword: at,
                message: message.into(),
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

    /// Applies a schema to a value; says whether the value is valid. What it has
    /// evaluated of the members or items is marked in `seen`, where that is asked for.
    pub(super) fn evaluate(&mut self, index: NodeIndex, value: &Value, seen: &mut [bool]) -> bool {
        let schema = self.schema;
        let mut node = schema.node(index);
        while let [keyword] = &*node.keywords
            && keyword.word.refers()
            && self.scope.last() == Some(&node.resource)
            && self.steps <= LONGEST
        {
            self.steps += 1;
            node = schema.node(self.target(keyword));
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
        match node.kind {
            Kind::Anything => true,
            Kind::Nothing => self.nothing_allowed(node),
            Kind::MetaSchema => self.meta_schema(node, value),
            Kind::Keywords | Kind::Unevaluated => {
                let entered = self.scope.last() != Some(&node.resource);
                if entered {
                    self.scope.push(node.resource);
                }
                self.depth += 1;
                let valid = self.keywords(node, value, seen);
                self.depth -= 1;
                if entered {
                    self.scope.pop();
                }
                valid
            }
        }
    }

    fn keywords(&mut self, node: &'s Node, value: &Value, outer: &mut [bool]) -> bool {
        let unevaluated = node.kind == Kind::Unevaluated;
        let wanted = match value {
            Value::Array(items) if unevaluated => items.len(),
            Value::Object(map) if unevaluated => map.len(),
            _ => outer.len(),
        };
        let mut seen = vec![false; wanted];
        let mut valid = true;
        for last in [false, true] {
            for keyword in &node.keywords {
                if keyword.word.is_unevaluated() != last {
                    continue;
                }
                valid &= self.keyword(node, keyword, value, &mut seen);
                if !valid && (self.is_full() || self.stopped.is_some()) {
                    return false;
                }
            }
        }
        if valid {
            for (all, one) in outer.iter_mut().zip(seen) {
                *all |= one;
            }
        }
        valid
    }

    fn keyword(
        &mut self,
        node: &'s Node,
        keyword: &'s Keyword,
        value: &Value,
        seen: &mut [bool],
    ) -> bool {
        let word = keyword.word;
        if word.is_assertion() {
            let valid = holds(keyword, value);
            if !valid && !self.is_full() {
                self.complain(node, keyword, value);
            }
            return valid;
        }
        match (word, keyword.schema()) {
            (Word::Annotation | Word::Core | Word::Then | Word::Else, _) => true,
            (word, _) if word.refers() => self.evaluate(self.target(keyword), value, seen),
            (Word::AnyOf | Word::OneOf, _) => self.some_of(node, keyword, value, seen),
            (Word::AllOf | Word::DependentSchemas, _) => self.all_of(keyword, value, seen),
            (Word::Not | Word::If, Some(child)) => self.conditional(node, word, child, value, seen),
            (Word::Contains, Some(child)) => self.contains(node, child, value, seen),
            (Word::PropertyNames, Some(child)) => self.property_names(node, child, value),
            _ => self.children(node, keyword, value, seen),
        }
    }

    /// The node a reference leads to: for a dynamic one the outermost resource
    /// passed through that has the anchor says which.
    fn target(&self, keyword: &Keyword) -> NodeIndex {
        let own = keyword.schema().unwrap_or(NodeIndex::ROOT);
        let reference = keyword.value.as_str().unwrap_or_default();
        let Some(anchor) = split_fragment(reference).1 else {
            return own;
        };
        if keyword.word != Word::DynamicRef {
            return own;
        }
        let outermost = self.scope.iter().find_map(|resource| {
            let anchors = self.schema.anchors.get(resource.0 as usize)?;
            anchors.iter().find(|(name, _)| **name == *anchor)
        });
        outermost.map_or(own, |(_, node)| *node)
    }

    /// `allOf`, and of `dependentSchemas` those whose names the value has.
    fn all_of(&mut self, keyword: &Keyword, value: &Value, seen: &mut [bool]) -> bool {
        let mut valid = true;
        for (name, child) in &keyword.schemas.list {
            if keyword.word == Word::AllOf || value.get(&**name).is_some() {
                valid &= self.evaluate(*child, value, seen);
            }
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
        value: &Value,
        seen: &mut [bool],
    ) -> bool {
        let any = keyword.word == Word::AnyOf;
        let list = &keyword.schemas.list;
        let mut fitting = Vec::new();
        let mut reasons = Vec::new();
        for (at, (_, child)) in list.iter().enumerate() {
            let (valid, reason) = self.attempt(*child, value, seen);
            if valid {
                fitting.push(at);
                if any && seen.is_empty() {
                    return true;
                }
            }
            reasons.extend(reason);
        }
        let message = match *fitting {
            [] => none_fits(reasons, list.len()),
            [first, second, ..] if !any => format!(
                "must fit exactly one of {} alternatives, but fits the {} and the {}",
                list.len(),
                ordinal(first),
                ordinal(second)
            ),
            _ => return true,
        };
        self.report(node, &keyword.name, &message);
        false
    }

    /// Applies a schema on trial: tells what is first wrong instead of reporting it.
    pub(super) fn attempt(
        &mut self,
        child: NodeIndex,
        value: &Value,
        seen: &mut [bool],
    ) -> (bool, Option<String>) {
        if self.is_full() {
            return (self.evaluate(child, value, seen), None);
        }
        let found = mem::take(&mut self.found);
        let limit = mem::replace(&mut self.limit, 1);
        let valid = self.evaluate(child, value, seen);
        self.limit = limit;
        let reason = mem::replace(&mut self.found, found).pop();
        let reason = reason.filter(|_| !valid).map(|reason| {
            let known = self.path.tokens().count();
            let path: Vec<&str> = reason.instance.tokens().skip(known).collect();
            if path.is_empty() {
                return reason.message;
            }
            format!("`{}` {}", joined(&path, ".", "."), reason.message)
        });
        (valid, reason)
    }

    /// Applies a schema only for the verdict.
    pub(super) fn verdict(&mut self, child: NodeIndex, value: &Value, seen: &mut [bool]) -> bool {
        let limit = mem::replace(&mut self.limit, 0);
        let valid = self.evaluate(child, value, seen);
        self.limit = limit;
        valid
    }

    /// `not` and `if` with `then` and `else`.
    fn conditional(
        &mut self,
        node: &Node,
        word: Word,
        child: NodeIndex,
        value: &Value,
        seen: &mut [bool],
    ) -> bool {
        if word == Word::Not {
            if !self.verdict(child, value, &mut []) {
                return true;
            }
            match self.schema.node(child).kind {
                Kind::Anything => return self.nothing_allowed(node),
                _ => self.report(node, "not", "must not fit the schema under `not`"),
            }
            return false;
        }
        let branch = match self.verdict(child, value, seen) {
            true => Word::Then,
            false => Word::Else,
        };
        node.schema(branch)
            .is_none_or(|branch| self.evaluate(branch, value, seen))
    }

    /// The schema `false`.
    fn nothing_allowed(&mut self, node: &Node) -> bool {
        if !self.is_full() {
            let message = match self.path.tokens().last() {
                None => "no value is allowed here".into(),
                Some(at) if self.in_array => format!("item {at} is not allowed here"),
                Some(key) => match nearest(key, self.nearby.iter().map(|(name, _)| &**name)) {
                    Some(name) => format!("`{key}` is not allowed here; did you mean `{name}`?"),
                    None => format!("`{key}` is not allowed here"),
                },
            };
            self.report(node, "", &message);
        }
        false
    }

    /// Without a reader of schemas, nothing is one.
    fn meta_schema(&mut self, node: &Node, value: &Value) -> bool {
        if !cfg!(feature = "dynamic") {
            return self.stop(node, "whether the value is a schema cannot be checked here");
        }
        let Err(wrong) = check(value, &self.path) else {
            return true;
        };
        let (at, problem) = *wrong;
        let outer = mem::replace(&mut self.path, at);
        self.report(node, "", &problem.to_string());
        self.path = outer;
        false
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
    let mut texts: Vec<&str> = reasons.iter().map(String::as_str).collect();
    let more = texts.len() > ALTERNATIVES || texts.is_empty();
    texts.truncate(ALTERNATIVES);
    format!(
        "fits none of {alternatives} alternatives: {}{}",
        joined(&texts, "; or ", "; or "),
        if more { " …" } else { "" }
    )
}
