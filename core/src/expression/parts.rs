//! Which parts of a response's body are looked at.

use serde_json::Value;

use super::ast::Expression;
use super::condition::Condition;
use super::criterion::{Criterion, Test};
use super::query_text::QueryText;
use super::selector::{Select, Selector};
use super::template::{Node, Template};
use super::tree::{Kind, Tree};
use crate::exchange::Parts;

impl Template {
    /// Adds the parts of the response's body that evaluating it looks at.
    pub fn want(&self, parts: &mut Parts) {
        self.node.want(parts);
    }
}

impl Condition {
    /// Adds the parts of the response's body that judging it looks at.
    pub fn want(&self, parts: &mut Parts) {
        self.criterion.want(parts);
    }
}

impl Expression {
    fn want(&self, parts: &mut Parts) {
        if let Some(place) = self.place(parts) {
            place.want_all();
        }
    }

    /// The place in the response's body that it names, where it names one.
    fn place<'p>(&self, parts: &'p mut Parts) -> Option<&'p mut Parts> {
        if !self.reads_response_body() {
            return None;
        }
        let mut tokens = self.path.tokens().collect::<Vec<_>>();
        if self.length {
            tokens.pop();
        }
        let place = tokens.into_iter().fold(parts, Parts::child_mut);
        if self.length {
            // How long something is can be told only of the whole.
            place.want_all();
        }
        Some(place)
    }
}

impl Node {
    fn want(&self, parts: &mut Parts) {
        match self {
            Self::Constant(_) => {}
            Self::Expression(expression) => expression.want(parts),
            Self::Text(text) => text.expressions().for_each(|one| one.want(parts)),
            Self::Selector(selector) => selector.want(parts),
            Self::Array(items) => items.iter().for_each(|item| item.want(parts)),
            Self::Object(members) => members.iter().for_each(|member| member.node.want(parts)),
        }
    }
}

impl Selector {
    fn want(&self, parts: &mut Parts) {
        self.expressions(&mut |one| {
            if !std::ptr::eq(one, &raw const self.context) {
                one.want(parts);
            }
        });
        let Some(place) = self.context.place(parts) else {
            return;
        };
        match &self.select {
            Select::Query(text) => match text.fixed() {
                Some(query) => query.want(place, true),
                None => place.want_all(),
            },
            Select::Pointer(pointer) => pointer.tokens().fold(place, Parts::child_mut).want_all(),
            Select::PointerText(_) => place.want_all(),
        }
    }
}

impl Criterion {
    fn want(&self, parts: &mut Parts) {
        self.expressions(&mut |one| one.want(parts));
        let Some(context) = self.context.expression() else {
            return;
        };
        match &self.test {
            Test::Regex(_) | Test::Equal(_) => context.want(parts),
            Test::Query { query, filter } => {
                if let Some(place) = context.place(parts) {
                    query_exists(query, *filter, place);
                }
            }
            Test::Logic(logic) => {
                if let Some(place) = context.place(parts) {
                    want_places(logic, place);
                }
            }
        }
    }
}

/// Adds the parts of the context that judging a comparison looks at.
fn want_places(tree: &Tree, context: &mut Parts) {
    for (id, node) in (0..).zip(&tree.nodes) {
        if !node.kind.is_place() {
            continue;
        }
        let mut place = &mut *context;
        for step in tree.below(id) {
            let step = tree.node(step);
            if node.kind == Kind::PlaceOrLength && step.next == 0 {
                break;
            }
            place = match (step.kind, tree.value(step)) {
                (Kind::Name, Some(Value::String(name))) => place.child_mut(name),
                (Kind::Index, _) if step.number >= 0 => place.child_mut(&step.number.to_string()),
                _ => place.each_mut(),
            };
        }
        place.want_all();
    }
}

/// A query of which only whether it selects anything is asked; a filter may be
/// tried on the context itself.
fn query_exists(text: &QueryText, filter: bool, place: &mut Parts) {
    let Some(query) = text.fixed() else {
        return place.want_all();
    };
    query.want(place, false);
    if filter {
        query.want_alone(place);
    }
}
