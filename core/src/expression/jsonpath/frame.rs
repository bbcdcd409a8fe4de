//! Queries with holes, which are filled when they are asked.

use serde_json::Value;

use super::query::Query;
use crate::expression::tree::{Kind, Tree};

/// What stands for the first hole: characters that mean nothing to anybody.
const FIRST: u32 = 0xF_0000;
/// How many holes there may be.
const MOST: u32 = 0xFFFE;

/// What stands in a string literal for the hole of that number.
pub(in crate::expression) fn hole(number: usize) -> Option<char> {
    let number = u32::try_from(number).ok().filter(|number| *number < MOST)?;
    char::from_u32(FIRST + number)
}

/// Whether a character would be taken for a hole.
pub(in crate::expression) fn is_hole(c: char) -> bool {
    number(c).is_some()
}

fn number(c: char) -> Option<usize> {
    let number = u32::from(c).checked_sub(FIRST)?;
    (number < MOST).then_some(number as usize)
}

/// What a hole is filled with.
#[derive(Clone, Debug)]
pub(in crate::expression) enum Filling {
    /// A part of the string literal that it stands in.
    Text(String),
    /// A literal of its own: neither array nor object.
    Value(Value),
}

impl Query {
    /// How many holes there are where they can be filled.
    pub(in crate::expression) fn holes(&self) -> usize {
        let texts = self.tree.values.iter().filter_map(Value::as_str);
        texts.flat_map(str::chars).filter(|c| is_hole(*c)).count()
    }

    /// The query with its holes filled; `None` where that gives no query.
    pub(in crate::expression) fn filled(&self, fillings: &[Filling]) -> Option<Self> {
        let tree = &self.tree;
        let fill = |value: &Value| {
            let filled = value.as_str().and_then(|text| fill(text, fillings));
            filled.unwrap_or_else(|| value.clone())
        };
        let values: Vec<Value> = tree.values.iter().map(fill).collect();
        let mut nodes = tree.nodes.clone();
        for node in &mut nodes {
            let value = values.get(node.number as usize);
            if node.kind == Kind::Name
                && let Some(value) = value.filter(|value| !value.is_string())
            {
                node.kind = Kind::Index;
                node.number = index(value)?;
            }
        }
        Some(Self {
            text: self.text.clone(),
            tree: Tree {
                nodes,
                values,
                patterns: tree.patterns.clone(),
                expressions: Vec::new(),
            },
            counts_singular: self.counts_singular,
            bad_pattern: None,
        })
    }
}

/// A text with what its holes are filled with; `None` where it has none.
fn fill(text: &str, fillings: &[Filling]) -> Option<Value> {
    if !text.contains(is_hole) {
        return None;
    }
    let mut out = String::new();
    for c in text.chars() {
        match number(c).and_then(|number| fillings.get(number)) {
            // It stands alone: the quotes around it are not the author's.
            Some(Filling::Value(value)) => return Some(value.clone()),
            Some(Filling::Text(text)) => out.push_str(text),
            None => out.push(c),
        }
    }
    Some(Value::String(out))
}

/// A number as an index: RFC 9535, section 2.3.3.1.
fn index(value: &Value) -> Option<i64> {
    const LARGEST: u64 = (1 << 53) - 1;
    let Value::Number(number) = value else {
        return None;
    };
    let index: i64 = number.as_str().parse().ok()?;
    let plain = number.as_str() != "-0" && index.unsigned_abs() <= LARGEST;
    plain.then_some(index)
}
