//! The functions of RFC 9535 and what they may be given.

use serde_json::Value;

use super::error::QueryReason;
use super::parse::{Parsed, Parser, Term};
use crate::diagnostic::nearest;
use crate::expression::tree::{Id, Kind};
use crate::pattern::Pattern;

/// The functions: RFC 9535, sections 2.4.4 to 2.4.8.
const FUNCTIONS: [(&str, Kind, &str); 5] = [
    ("length", Kind::Length, "`length` takes 1 argument"),
    ("count", Kind::Count, "`count` takes 1 argument"),
    ("match", Kind::Match, "`match` takes 2 arguments"),
    ("search", Kind::Search, "`search` takes 2 arguments"),
    ("value", Kind::Value, "`value` takes 1 argument"),
];

/// The name of a function.
pub(super) fn name(kind: Kind) -> &'static str {
    let found = FUNCTIONS.iter().find(|function| function.1 == kind);
    found.map_or("", |function| function.0)
}

impl Parser<'_> {
    /// Checks a call: RFC 9535, section 2.4.3.
    pub(super) fn call(
        &mut self,
        start: usize,
        name: &str,
        [first, second]: [Term; 2],
        given: usize,
    ) -> Parsed<Id> {
        let Some((function, kind, takes)) = FUNCTIONS.iter().find(|one| one.0 == name) else {
            let near = nearest(name, FUNCTIONS.map(|one| one.0)).unwrap_or_default();
            return Err(self.error(start, QueryReason::UnknownFunction, near, name));
        };
        let two = matches!(kind, Kind::Match | Kind::Search);
        if given != 1 + usize::from(two) {
            let given = given.to_string();
            return Err(self.error(start, QueryReason::ArgumentCount, takes, &given));
        }
        if matches!(kind, Kind::Count | Kind::Value) {
            if !self.tree.node(first.id).kind.is_path() {
                return Err(self.error(first.start, QueryReason::NotAPath, function, ""));
            }
            self.counts_singular |= *kind == Kind::Count && self.tree.is_singular(first.id);
        } else {
            self.operand(first)?;
        }
        if two {
            self.operand(second)?;
            self.pattern(second, *kind == Kind::Match);
            self.tree.link(0, first.id, second.id);
        }
        Ok(self.tree.add(*kind, 0, first.id))
    }

    /// Makes a pattern of a literal; other operands stay what they are.
    fn pattern(&mut self, Term { start, id }: Term, anchored: bool) {
        if self.tree.node(id).kind != Kind::Literal {
            return;
        }
        // Its value is the last one.
        let pattern = match self.tree.values.pop() {
            Some(Value::String(literal)) => match Pattern::i_regexp(&literal, anchored) {
                Ok(pattern) => Some(pattern),
                Err(error) => {
                    self.bad_pattern.get_or_insert((start, error));
                    None
                }
            },
            _ => None,
        };
        self.tree.set_pattern(id, pattern);
    }
}
