//! The keywords that judge a value by itself; their words.

use std::cmp::Ordering;

use serde_json::{Map, Number, Value};

use super::keywords::{Word, kind, order};
use super::node::{Keyword, Part};
use crate::number;

/// Whether the value satisfies an assertion.
pub(super) fn holds(keyword: &Keyword, value: &Value) -> bool {
    let limit = match &keyword.part {
        Part::Pattern(pattern, _) => {
            return value.as_str().is_none_or(|text| pattern.is_match(text));
        }
        Part::Value(limit) => limit,
        _ => return true,
    };
    match (keyword.word, limit, value) {
        (Word::Type, _, _) => types(limit).any(|name| is_type(value, name)),
        (Word::Const, _, _) => number::equal_values(limit, value),
        (Word::Enum, Value::Array(items), _) => {
            items.iter().any(|item| number::equal_values(item, value))
        }
        (_, Value::Number(limit), Value::Number(value)) => compares(keyword.word, limit, value),
        (Word::MaxLength, Value::Number(limit), Value::String(text)) => {
            text.len() as u64 <= count(limit) || text.chars().count() as u64 <= count(limit)
        }
        (Word::MinLength, Value::Number(limit), Value::String(text)) => {
            text.chars().count() as u64 >= count(limit)
        }
        (Word::MaxItems, Value::Number(limit), Value::Array(items)) => {
            items.len() as u64 <= count(limit)
        }
        (Word::MinItems, Value::Number(limit), Value::Array(items)) => {
            items.len() as u64 >= count(limit)
        }
        (Word::UniqueItems, Value::Bool(true), Value::Array(items)) => repeated(items).is_none(),
        (Word::MaxProperties, Value::Number(limit), Value::Object(map)) => {
            map.len() as u64 <= count(limit)
        }
        (Word::MinProperties, Value::Number(limit), Value::Object(map)) => {
            map.len() as u64 >= count(limit)
        }
        (Word::Required | Word::DependentRequired, _, Value::Object(_)) => {
            missing(limit, value).is_empty()
        }
        _ => true,
    }
}

fn compares(word: Word, limit: &Number, value: &Number) -> bool {
    match word {
        Word::Maximum => number::compare(value, limit).is_le(),
        Word::Minimum => number::compare(value, limit).is_ge(),
        Word::ExclusiveMaximum => number::compare(value, limit).is_lt(),
        Word::ExclusiveMinimum => number::compare(value, limit).is_gt(),
        Word::MultipleOf => number::is_multiple_of(value, limit),
        _ => true,
    }
}

/// What to tell about an assertion that does not hold. No message shows the
/// value: it may be a secret.
pub(super) fn complaints(keyword: &Keyword, value: &Value) -> Vec<String> {
    let limit = match &keyword.part {
        Part::Pattern(_, text) => return vec![format!("must match the pattern `{text}`")],
        Part::Value(limit) => limit,
        _ => return Vec::new(),
    };
    let (bound, noun) = match keyword.word {
        Word::Required | Word::DependentRequired => {
            let absent = missing(limit, value).into_iter();
            return absent.map(Missing::message).collect();
        }
        Word::Type => return vec![type_meant(limit, value)],
        Word::Const => ("", ""),
        Word::Enum => return vec![one_of(limit)],
        Word::UniqueItems => {
            return vec![match value.as_array().and_then(|items| repeated(items)) {
                Some((first, again)) => {
                    format!("item {again} must not be the same as item {first}")
                }
                None => "items must not repeat".into(),
            }];
        }
        Word::Maximum => ("at most", ""),
        Word::Minimum => ("at least", ""),
        Word::ExclusiveMaximum => ("less than", ""),
        Word::ExclusiveMinimum => ("more than", ""),
        Word::MultipleOf => ("a multiple of", ""),
        Word::MaxLength => ("at most", "character"),
        Word::MinLength => ("at least", "character"),
        Word::MaxItems => ("at most", "item"),
        Word::MinItems => ("at least", "item"),
        Word::MaxProperties => ("at most", "member"),
        Word::MinProperties => ("at least", "member"),
        _ => return Vec::new(),
    };
    vec![match (bound, noun) {
        ("", _) => format!("must be {}", shown(limit)),
        (_, "") => format!("must be {bound} {limit}"),
        _ => format!("must have {bound} {}", counted(limit, noun)),
    }]
}

fn type_meant(limit: &Value, value: &Value) -> String {
    let wanted: Vec<&str> = types(limit).collect();
    let whole = value.is_number() && !wanted.contains(&"number") && wanted.contains(&"integer");
    let found = if whole { "a fraction" } else { kind(value) };
    let wanted: Vec<&str> = wanted.into_iter().map(with_article).collect();
    format!("must be {}, not {found}", joined(&wanted, "or"))
}

/// A member that is missing by `required`, or since another one is `given`.
struct Missing<'v> {
    name: &'v str,
    given: Option<&'v str>,
}

impl Missing<'_> {
    fn message(self) -> String {
        let name = self.name;
        match self.given {
            None => format!("required member `{name}` is missing"),
            Some(given) => format!("member `{name}` is missing, which `{given}` requires"),
        }
    }
}

/// What is missing by `required` or `dependentRequired`.
fn missing<'v>(limit: &'v Value, value: &Value) -> Vec<Missing<'v>> {
    let mut found = Vec::new();
    let mut look = |names: &'v Value, given: Option<&'v str>| {
        for name in types(names) {
            if value.get(name).is_none() {
                found.push(Missing { name, given });
            }
        }
    };
    match limit {
        Value::Object(map) => {
            for (given, names) in map {
                if value.get(given).is_some() {
                    look(names, Some(given));
                }
            }
        }
        names => look(names, None),
    }
    found
}

/// The names of a `type` keyword.
pub(super) fn types(value: &Value) -> impl Iterator<Item = &str> {
    let list = match value {
        Value::Array(items) => items.as_slice(),
        other => std::slice::from_ref(other),
    };
    list.iter().filter_map(Value::as_str)
}

/// Whether the value is of the type of that name.
pub(super) fn is_type(value: &Value, name: &str) -> bool {
    match value {
        Value::Null => name == "null",
        Value::Bool(_) => name == "boolean",
        Value::Number(number) => {
            name == "number" || (name == "integer" && number::is_integer(number))
        }
        Value::String(_) => name == "string",
        Value::Array(_) => name == "array",
        Value::Object(_) => name == "object",
    }
}

/// A limit on a count, which may be written `2.0`; too large a one is as good
/// as the largest.
pub(super) fn count(number: &Number) -> u64 {
    number.as_u64().unwrap_or_else(|| number::whole(number))
}

pub(super) fn counted(limit: &Value, noun: &str) -> String {
    match limit {
        Value::Number(number) if count(number) == 1 => format!("1 {noun}"),
        Value::Number(number) => format!("{} {noun}s", count(number)),
        _ => noun.into(),
    }
}

fn with_article(name: &str) -> &str {
    match name {
        "boolean" => "a boolean",
        "integer" => "an integer",
        "number" => "a number",
        "string" => "a string",
        "array" => "an array",
        "object" => "an object",
        other => other,
    }
}

/// `a`, `a or b`, `a, b or c`.
pub(super) fn joined(words: &[&str], last: &str) -> String {
    match words {
        [] => String::new(),
        [only] => (*only).into(),
        [head @ .., tail] => format!("{} {last} {tail}", head.join(", ")),
    }
}

fn one_of(limit: &Value) -> String {
    const MOST: usize = 12;
    let items = limit.as_array().map_or(&[] as &[_], Vec::as_slice);
    let mut words: Vec<String> = items.iter().take(MOST).map(shown).collect();
    if let [only] = words.as_slice() {
        return format!("must be {only}");
    }
    if words.is_empty() {
        return "no value is allowed here".into();
    }
    if items.len() > MOST {
        words.push(format!("{} others", items.len() - MOST));
    }
    format!("must be one of {}", words.join(", "))
}

/// A value of the schema, in backticks and not too long.
fn shown(value: &Value) -> String {
    const MOST: usize = 60;
    let text = match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    match text.char_indices().nth(MOST) {
        Some((cut, _)) => format!("`{}…`", &text[..cut]),
        None => format!("`{text}`"),
    }
}

/// The first item that is the same as an earlier one, after that one.
fn repeated(items: &[Value]) -> Option<(usize, usize)> {
    order(items.len(), &|a, b| compare(&items[a], &items[b]))
        .windows(2)
        .filter(|pair| compare(&items[pair[0]], &items[pair[1]]).is_eq())
        .map(|pair| (pair[0], pair[1]))
        .min_by_key(|(_, again)| *again)
}

/// Some total order in which exactly those values are equal that JSON Schema
/// holds to be the same.
fn compare(left: &Value, right: &Value) -> Ordering {
    let rank = |value: &Value| match value {
        Value::Null => 0,
        Value::Bool(_) => 1,
        Value::Number(_) => 2,
        Value::String(_) => 3,
        Value::Array(_) => 4,
        Value::Object(_) => 5,
    };
    match (left, right) {
        (Value::Bool(left), Value::Bool(right)) => left.cmp(right),
        (Value::Number(left), Value::Number(right)) => number::compare(left, right),
        (Value::String(left), Value::String(right)) => left.cmp(right),
        (Value::Array(left), Value::Array(right)) => {
            let mut pairs = left.iter().zip(right);
            left.len().cmp(&right.len()).then_with(|| {
                pairs
                    .find_map(|(l, r)| Some(compare(l, r)).filter(|order| order.is_ne()))
                    .unwrap_or(Ordering::Equal)
            })
        }
        (Value::Object(left), Value::Object(right)) => {
            left.len().cmp(&right.len()).then_with(|| {
                let (left, right) = (sorted(left), sorted(right));
                let mut pairs = left.iter().zip(&right);
                pairs
                    .find_map(|((name, l), (other, r))| {
                        Some(name.cmp(other).then_with(|| compare(l, r))).filter(|o| o.is_ne())
                    })
                    .unwrap_or(Ordering::Equal)
            })
        }
        _ => rank(left).cmp(&rank(right)),
    }
}

fn sorted(map: &Map<String, Value>) -> Vec<(&String, &Value)> {
    let members: Vec<_> = map.iter().collect();
    order(members.len(), &|a, b| members[a].0.cmp(members[b].0))
        .into_iter()
        .map(|at| members[at])
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{joined, repeated};
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

    #[test]
    fn words_are_joined_as_people_do() {
        assert_eq!(joined(&["a"], "or"), "a");
        assert_eq!(joined(&["a", "b", "c"], "or"), "a, b or c");
    }
}
