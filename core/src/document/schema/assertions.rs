//! The keywords that judge a value by itself; their words.

use std::cmp::Ordering;

use serde_json::{Number, Value};

use super::keywords::{TYPES, Word, order, type_of};
use super::node::{Keyword, Node};
use super::validate::Validator;
use crate::json_writer;
use crate::number;
use crate::text::{beginning, characters, joined};

/// Whether the value satisfies an assertion.
pub(super) fn holds(keyword: &Keyword, value: &Value) -> bool {
    let limit = &keyword.value;
    match (keyword.word, limit, value) {
        (Word::Pattern, _, Value::String(text)) => {
            let mut patterns = keyword.patterns.iter();
            patterns.all(|pattern| pattern.is_match(text))
        }
        (Word::Type, Value::Array(items), _) => {
            let mut names = items.iter().filter_map(Value::as_str);
            names.any(|name| is_type(value, name))
        }
        (Word::Type, Value::String(name), _) => is_type(value, name),
        (Word::Const, _, _) => number::equal_values(limit, value),
        (Word::Enum, Value::Array(items), _) => {
            items.iter().any(|item| number::equal_values(item, value))
        }
        (Word::MultipleOf, Value::Number(limit), Value::Number(value)) => {
            number::is_multiple_of(value, limit)
        }
        (Word::UniqueItems, Value::Bool(true), Value::Array(items)) => repeated(items).is_none(),
        (Word::Required | Word::DependentRequired, _, Value::Object(_)) => {
            missing(limit, value).is_empty()
        }
        (_, Value::Number(limit), _) => {
            measured(keyword.word, limit, value).is_none_or(|order| match keyword.word {
                Word::ExclusiveMaximum => order.is_lt(),
                Word::ExclusiveMinimum => order.is_gt(),
                Word::Maximum | Word::MaxLength | Word::MaxItems | Word::MaxProperties => {
                    order.is_le()
                }
                _ => order.is_ge(),
            })
        }
        _ => true,
    }
}

/// How what a keyword limits about a value compares to that limit.
fn measured(word: Word, limit: &Number, value: &Value) -> Option<Ordering> {
    let measure = match (word, value) {
        (
            Word::Maximum | Word::Minimum | Word::ExclusiveMaximum | Word::ExclusiveMinimum,
            Value::Number(value),
        ) => return Some(number::compare(value, limit)),
        (Word::MaxLength | Word::MinLength, Value::String(text)) => characters(text),
        (Word::MaxItems | Word::MinItems, Value::Array(items)) => items.len(),
        (Word::MaxProperties | Word::MinProperties, Value::Object(map)) => map.len(),
        _ => return None,
    };
    Some((measure as u64).cmp(&count(limit)))
}

impl Validator<'_> {
    /// Tells about an assertion that does not hold. No message shows the value:
    /// it may be a secret.
    pub(super) fn complain(&mut self, node: &Node, keyword: &Keyword, value: &Value) {
        let (limit, name) = (&keyword.value, &*keyword.name);
        let (bound, noun) = match keyword.word {
            Word::Required | Word::DependentRequired => {
                for (absent, given) in missing(limit, value) {
                    let message = match given {
                        None => format!("required member `{absent}` is missing"),
                        Some(given) => {
                            format!("member `{absent}` is missing, which `{given}` requires")
                        }
                    };
                    self.report(node, name, &message);
                }
                return;
            }
            Word::UniqueItems => {
                let pair = value.as_array().and_then(|items| repeated(items));
                let (first, again) = pair.unwrap_or_default();
                let message = format!("item {again} must not be the same as item {first}");
                return self.report(node, name, &message);
            }
            Word::Enum if names_nothing(limit) => {
                return self.report(node, name, "no value is allowed here");
            }
            Word::Pattern => ("match the pattern", ""),
            Word::Maximum => ("be at most", ""),
            Word::Minimum => ("be at least", ""),
            Word::ExclusiveMaximum => ("be less than", ""),
            Word::ExclusiveMinimum => ("be more than", ""),
            Word::MultipleOf => ("be a multiple of", ""),
            Word::MaxLength => ("have at most", "character"),
            Word::MinLength => ("have at least", "character"),
            Word::MaxItems => ("have at most", "item"),
            Word::MinItems => ("have at least", "item"),
            Word::MaxProperties => ("have at most", "member"),
            Word::MinProperties => ("have at least", "member"),
            _ => ("be", ""),
        };
        let asked = match (keyword.word, limit) {
            (Word::Pattern, Value::String(text)) => format!("`{text}`"),
            (Word::Type, _) => type_meant(limit, value),
            (Word::Const, _) => shown(limit),
            (Word::Enum, Value::Array(items)) => one_of(items),
            (_, Value::Number(limit)) if !noun.is_empty() => counted(count(limit), noun),
            _ => json_writer::text_of(limit),
        };
        self.report(node, name, &format!("must {bound} {asked}"));
    }
}

fn names_nothing(limit: &Value) -> bool {
    limit.as_array().is_some_and(Vec::is_empty)
}

fn type_meant(limit: &Value, value: &Value) -> String {
    let mut wanted = names(limit);
    let whole = value.is_number() && !wanted.contains(&"number") && wanted.contains(&"integer");
    let found = if whole {
        "a fraction"
    } else {
        type_of(value).1
    };
    for name in &mut wanted {
        let known = TYPES.iter().find(|(known, _)| known == name);
        *name = known.map_or(*name, |(_, said)| said);
    }
    format!("{}, not {found}", joined(&wanted, ", ", " or "))
}

/// What is missing by `required`; by `dependentRequired`, with the member that
/// requires it.
fn missing<'v>(limit: &'v Value, value: &Value) -> Vec<(&'v str, Option<&'v str>)> {
    let mut found = Vec::new();
    let mut look = |list: &'v Value, given: Option<&'v str>| {
        for name in names(list) {
            if value.get(name).is_none() {
                found.push((name, given));
            }
        }
    };
    match limit {
        Value::Object(map) => {
            for (given, list) in map {
                if value.get(given).is_some() {
                    look(list, Some(given));
                }
            }
        }
        list => look(list, None),
    }
    found
}

/// The names in a list of them, or the only one.
pub(super) fn names(value: &Value) -> Vec<&str> {
    let list = match value {
        Value::Array(items) => items,
        other => std::slice::from_ref(other),
    };
    let mut names = Vec::with_capacity(list.len());
    for item in list {
        if let Value::String(name) = item {
            names.push(name.as_str());
        }
    }
    names
}

/// Whether the value is of the type of that name.
pub(super) fn is_type(value: &Value, name: &str) -> bool {
    match value {
        Value::Number(number) if name == "integer" => number::is_integer(number),
        _ => type_of(value).0 == name,
    }
}

/// A limit on a count, which may be written `2.0`; too large a one is as good
/// as the largest.
pub(super) fn count(number: &Number) -> u64 {
    number::whole(number)
}

pub(super) fn counted(count: u64, noun: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{plural}")
}

fn one_of(items: &[Value]) -> String {
    const MOST: usize = 12;
    let mut words: Vec<String> = items.iter().take(MOST).map(shown).collect();
    if items.len() > MOST {
        words.push(format!("{} others", items.len() - MOST));
    }
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let listed = joined(&words, ", ", ", ");
    match words.len() {
        1 => listed,
        _ => format!("one of {listed}"),
    }
}

/// A value of the schema, in backticks and not too long.
fn shown(value: &Value) -> String {
    const MOST: usize = 60;
    let text = match value {
        Value::String(text) => text.clone(),
        other => json_writer::text_of(other),
    };
    match beginning(&text, MOST) {
        Some(cut) => format!("`{cut}…`"),
        None => format!("`{text}`"),
    }
}

/// The first item that is the same as an earlier one, after that one.
fn repeated(items: &[Value]) -> Option<(usize, usize)> {
    let texts: Vec<Vec<u8>> = items.iter().map(canonical).collect();
    order(items.len(), &|a, b| texts[a].cmp(&texts[b]))
        .windows(2)
        .filter(|pair| texts[pair[0]] == texts[pair[1]])
        .map(|pair| (pair[0], pair[1]))
        .min_by_key(|(_, again)| *again)
}

/// A text that exactly those values share that JSON Schema holds to be the same.
fn canonical(value: &Value) -> Vec<u8> {
    let mut parts = Vec::new();
    let (begin, end) = match value {
        Value::Number(number) => return number::canonical(number).into_bytes(),
        Value::Array(items) => {
            parts.extend(items.iter().map(canonical));
            (b'[', b']')
        }
        Value::Object(map) => {
            for (name, member) in map {
                let mut part = Vec::new();
                json_writer::quote(name, &mut part);
                part.extend(canonical(member));
                parts.push(part);
            }
            (b'{', b'}')
        }
        other => return json_writer::text_of(other).into_bytes(),
    };
    let mut text = vec![begin];
    let mut places = (0..parts.len()).collect();
    if begin == b'{' {
        places = order(parts.len(), &|a, b| parts[a].cmp(&parts[b]));
    }
    for at in places {
        text.extend_from_slice(&parts[at]);
        text.push(b',');
    }
    text.push(end);
    text
}

#[cfg(test)]
mod tests {
    use super::repeated;
    use serde_json::json;

    #[test]
    fn repeated_items_are_found_whatever_their_kind() {
        for (items, want) in [
            (json!([1, 2, 1.0]), Some((0, 2))),
            (json!([1, "1", true, null, [1], [true]]), None),
            (
                json!([{"a": 1, "b": 2}, 3, {"b": 2, "a": 1.0}]),
                Some((0, 2)),
            ),
            (json!([{"a": 1}, {"b": 1}, {"a": 2}]), None),
            (json!([["a"], ["a", "b"], ["a"], "x", "x"]), Some((0, 2))),
        ] {
            let items = items.as_array().expect("an array");
            assert_eq!(repeated(items), want, "{items:?}");
        }
    }
}
