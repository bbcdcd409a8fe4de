//! Queries with holes, which are filled when they are asked.

use serde_json::Value;

use super::ast::{Logical, Matcher, Operand, Path, Selector};
use super::query::Query;

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

/// Where in a query a hole may be.
enum Slot<'q> {
    Selector(&'q mut Selector),
    Literal(&'q mut Value),
}

impl Query {
    /// How many holes there are where they can be filled.
    pub(in crate::expression) fn holes(&self) -> usize {
        let mut count = 0;
        self.path().clone().each(&mut |slot| {
            let text = match &slot {
                Slot::Selector(Selector::Name(name)) => name,
                Slot::Literal(Value::String(text)) => text.as_str(),
                _ => return true,
            };
            count += text.chars().filter(|c| is_hole(*c)).count();
            true
        });
        count
    }

    /// The query with its holes filled; `None` where that gives no query.
    pub(in crate::expression) fn filled(&self, fillings: &[Filling]) -> Option<Self> {
        let mut query = self.clone();
        let whole = query.path.each(&mut |slot| match slot {
            Slot::Selector(selector) => {
                let Selector::Name(name) = &*selector else {
                    return true;
                };
                let filled = match fill(name, fillings) {
                    None => return true,
                    Some(Value::String(name)) => Some(Selector::Name(name.into())),
                    Some(value) => index(&value).map(Selector::Index),
                };
                filled.is_some_and(|filled| {
                    *selector = filled;
                    true
                })
            }
            Slot::Literal(value) => {
                let filled = value.as_str().and_then(|text| fill(text, fillings));
                if let Some(filled) = filled {
                    *value = filled;
                }
                true
            }
        });
        whole.then_some(query)
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

impl Path {
    /// Calls `f` with all places of holes, until it says false; whether it never did.
    fn each(&mut self, f: &mut dyn FnMut(Slot<'_>) -> bool) -> bool {
        let selectors = self.segments.iter_mut().flat_map(|one| &mut one.selectors);
        for selector in selectors {
            let goes_on = match selector {
                Selector::Filter(filter) => filter.each(f),
                other => f(Slot::Selector(other)),
            };
            if !goes_on {
                return false;
            }
        }
        true
    }
}

impl Logical {
    fn each(&mut self, f: &mut dyn FnMut(Slot<'_>) -> bool) -> bool {
        match self {
            Self::Or(parts) | Self::And(parts) => parts.iter_mut().all(|part| part.each(f)),
            Self::Not(part) => part.each(f),
            Self::Compare(comparison) => comparison.left.each(f) && comparison.right.each(f),
            Self::Exists(path) => path.each(f),
            Self::Matches(matching) => {
                matching.text.each(f)
                    && match &mut matching.pattern {
                        Matcher::Fixed(_) => true,
                        Matcher::Dynamic(pattern) => pattern.each(f),
                    }
            }
        }
    }
}

impl Operand {
    fn each(&mut self, f: &mut dyn FnMut(Slot<'_>) -> bool) -> bool {
        match self {
            Self::Literal(value) => f(Slot::Literal(value)),
            Self::Path(path) | Self::Count(path) | Self::Value(path) => path.each(f),
            Self::Length(operand) => operand.each(f),
        }
    }
}
