//! Whether a value is a schema.
//!
//! The table of keywords is the meta-schema of 2020-12 in short: [`check`] finds
//! what that would, so a reference to it is answered without its eight documents.

use serde_json::Value;

use super::assertions::names;
use super::error::SchemaProblem;
use super::keywords::{Shape, TYPES, below, keyword, order, subschemas, type_of};
use crate::diagnostic::nearest;
use crate::document::url::split_fragment;
use crate::number;
use crate::pointer::Pointer;

use Shape as S;

/// What is wrong with a schema, and where.
pub(super) type Wrong = Box<(Pointer, SchemaProblem)>;

/// Checks a schema with all its subschemas; the pointer given is its own.
pub(super) fn check(schema: &Value, at: &Pointer) -> Result<(), Wrong> {
    let mut open = vec![(at.clone(), schema)];
    while let Some((at, schema)) = open.pop() {
        check_one(schema, &at)?;
        let first = open.len();
        subschemas(schema, &mut |tokens, value| {
            open.push((below(&at, tokens), value));
        });
        open[first..].reverse();
    }
    Ok(())
}

/// Checks a schema's own keywords.
pub(super) fn check_one(schema: &Value, at: &Pointer) -> Result<(), Wrong> {
    let map = match schema {
        Value::Bool(_) => return Ok(()),
        Value::Object(map) => map,
        other => {
            let found = type_of(other).1;
            let problem = SchemaProblem::NotASchema { found };
            return Err(Box::new((at.clone(), problem)));
        }
    };
    for (name, value) in map {
        if let Some(problem) = problem_of(name, value) {
            return Err(Box::new((below(at, &[name]), problem)));
        }
    }
    Ok(())
}

fn problem_of(name: &str, value: &Value) -> Option<SchemaProblem> {
    let shape = keyword(name).1;
    if !fits(shape, value) {
        return Some(SchemaProblem::WrongValue {
            keyword: name.into(),
            expected: expected(shape),
            found: type_of(value).1,
        });
    }
    if shape != S::Types {
        return None;
    }
    let unknown = |name: &&str| TYPES.iter().all(|(known, _)| known != name);
    let name = names(value).into_iter().find(unknown)?;
    Some(SchemaProblem::UnknownType {
        name: name.into(),
        nearest: nearest_type(name),
    })
}

/// What types are called elsewhere.
static ELSEWHERE: [(&str, &str); 13] = [
    ("str", "string"),
    ("text", "string"),
    ("int", "integer"),
    ("long", "integer"),
    ("bool", "boolean"),
    ("float", "number"),
    ("double", "number"),
    ("decimal", "number"),
    ("list", "array"),
    ("map", "object"),
    ("dict", "object"),
    ("none", "null"),
    ("nil", "null"),
];

fn nearest_type(name: &str) -> Option<&'static str> {
    nearest(name, TYPES.iter().map(|(known, _)| *known)).or_else(|| {
        let known = |(other, _): &&(&str, &str)| other.eq_ignore_ascii_case(name);
        ELSEWHERE.iter().find(known).map(|(_, own)| *own)
    })
}

fn is_name_list(value: &Value) -> bool {
    let names = names(value);
    let order = order(names.len(), &|a, b| names[a].cmp(names[b]));
    let mut pairs = order.windows(2);
    value.as_array().map(Vec::len) == Some(names.len())
        && pairs.all(|pair| names[pair[0]] != names[pair[1]])
}

#[inline(never)]
fn fits(shape: Shape, value: &Value) -> bool {
    match (shape, value) {
        (S::Anything, _) | (S::Flag, Value::Bool(_)) => true,
        // Whether the inner values are schemas is asked when they are visited.
        (S::Schema, value) => value.is_object() || value.is_boolean(),
        (S::SchemaMap, value) => value.is_object(),
        (S::Schemas, Value::Array(items)) => !items.is_empty(),
        (S::Text, value) => value.is_string(),
        (S::Identifier, Value::String(text)) => split_fragment(text).1.is_none_or(str::is_empty),
        (S::Anchor, Value::String(text)) => is_anchor(text),
        (S::Flags, Value::Object(map)) => map.values().all(Value::is_boolean),
        (S::Count, Value::Number(number)) => {
            number::is_integer(number) && number::sign(number).is_ge()
        }
        (S::Number, value) => value.is_number(),
        (S::Divisor, Value::Number(number)) => number::sign(number).is_gt(),
        (S::List, value) => value.is_array(),
        (S::Names, value) => is_name_list(value),
        (S::NameLists, Value::Object(map)) => map.values().all(is_name_list),
        (S::Types, Value::Array(items)) => !items.is_empty() && is_name_list(value),
        (S::Types, value) => value.is_string(),
        _ => false,
    }
}

fn is_anchor(text: &str) -> bool {
    let mut bytes = text.bytes();
    let first = text.as_bytes().first();
    first.is_some_and(|byte| byte.is_ascii_alphabetic() || *byte == b'_')
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || b"-._".contains(&byte))
}

fn expected(shape: Shape) -> &'static str {
    match shape {
        S::Text => "a string",
        S::Identifier => "a URI without a fragment",
        S::Anchor => "a plain name",
        S::Flag => "a boolean",
        S::Flags => "an object of booleans",
        S::Count => "a whole number from 0",
        S::Number => "a number",
        S::Divisor => "a number greater than 0",
        S::List => "an array",
        S::Names => "an array of different names",
        S::NameLists => "an object of arrays of different names",
        S::Schema => "a schema",
        S::Schemas => "an array of at least one schema",
        S::SchemaMap => "an object of schemas",
        S::Types => "the name of a type or an array of different ones",
        S::Anything => "something else",
    }
}

#[cfg(test)]
mod tests {
    use super::{Pointer, check};
    use serde_json::json;

    #[test]
    fn the_check_finds_what_the_meta_schema_does() {
        for (schema, want) in [
            (json!({"type": "strnig"}), Some("/type")),
            (json!({"type": []}), Some("/type")),
            (json!({"type": ["string", "string"]}), Some("/type")),
            (json!({"properties": 3}), Some("/properties")),
            (json!({"properties": {"a": 3}}), Some("/properties/a")),
            (json!({"required": "x"}), Some("/required")),
            (json!({"required": ["x", "x"]}), Some("/required")),
            (
                json!({"$defs": {"a": {"minLength": -1}}}),
                Some("/$defs/a/minLength"),
            ),
            (json!({"minLength": 2.0, "multipleOf": 0.1}), None),
            (json!({"multipleOf": 0}), Some("/multipleOf")),
            (json!({"allOf": []}), Some("/allOf")),
            (json!({"items": [true]}), Some("/items")),
            (json!({"$anchor": "a b"}), Some("/$anchor")),
            (json!({"$id": "x#y"}), Some("/$id")),
            (json!({"x-own": 3, "enum": [], "default": null}), None),
            (json!(3), Some("")),
            (json!(false), None),
        ] {
            let found = check(&schema, &Pointer::default()).err();
            let found = found.map(|wrong| wrong.0.to_string());
            assert_eq!(found.as_deref(), want, "{schema}");
        }
    }
}
