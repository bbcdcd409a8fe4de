//! The keywords, the shapes of their values, their check.
//!
//! The table is the meta-schema of 2020-12 in short: [`check`] finds what that
//! would, so a reference to it is answered without its eight documents.

use std::cmp::Ordering;

use serde_json::{Map, Value};

use super::error::SchemaProblem;
use crate::diagnostic::nearest;
use crate::number;
use crate::pointer::Pointer;

/// What a keyword does; those of the validation vocabulary come first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Word {
    Const,
    DependentRequired,
    Enum,
    ExclusiveMaximum,
    ExclusiveMinimum,
    MaxContains,
    MaxItems,
    MaxLength,
    MaxProperties,
    Maximum,
    MinContains,
    MinItems,
    MinLength,
    MinProperties,
    Minimum,
    MultipleOf,
    Pattern,
    Required,
    Type,
    UniqueItems,
    AdditionalProperties,
    AllOf,
    AnyOf,
    Contains,
    DependentSchemas,
    DynamicRef,
    Else,
    If,
    Items,
    Not,
    OneOf,
    PatternProperties,
    PrefixItems,
    Properties,
    PropertyNames,
    Ref,
    Then,
    UnevaluatedItems,
    UnevaluatedProperties,
    /// Has no part in validation and is kept.
    Annotation,
    /// Has done its work when the schema is compiled.
    Core,
}

impl Word {
    /// Whether the validation vocabulary defines it.
    pub(super) fn is_assertion(self) -> bool {
        self <= Self::UniqueItems
    }
}

/// What a keyword's value must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Anything,
    Text,
    Identifier,
    Anchor,
    Flag,
    Flags,
    Count,
    Number,
    Divisor,
    List,
    Names,
    NameLists,
    Types,
    Schema,
    Schemas,
    SchemaMap,
}

use Shape as S;
use Word as W;

/// Sorted by name.
static KEYWORDS: [(&str, Word, Shape); 58] = [
    ("$anchor", W::Core, S::Anchor),
    ("$comment", W::Annotation, S::Text),
    ("$defs", W::Core, S::SchemaMap),
    ("$dynamicAnchor", W::Core, S::Anchor),
    ("$dynamicRef", W::DynamicRef, S::Text),
    ("$id", W::Core, S::Identifier),
    ("$ref", W::Ref, S::Text),
    ("$schema", W::Core, S::Text),
    ("$vocabulary", W::Core, S::Flags),
    ("additionalProperties", W::AdditionalProperties, S::Schema),
    ("allOf", W::AllOf, S::Schemas),
    ("anyOf", W::AnyOf, S::Schemas),
    ("const", W::Const, S::Anything),
    ("contains", W::Contains, S::Schema),
    ("contentEncoding", W::Annotation, S::Text),
    ("contentMediaType", W::Annotation, S::Text),
    ("contentSchema", W::Annotation, S::Schema),
    ("default", W::Annotation, S::Anything),
    ("definitions", W::Core, S::SchemaMap),
    ("dependentRequired", W::DependentRequired, S::NameLists),
    ("dependentSchemas", W::DependentSchemas, S::SchemaMap),
    ("deprecated", W::Annotation, S::Flag),
    ("description", W::Annotation, S::Text),
    ("else", W::Else, S::Schema),
    ("enum", W::Enum, S::List),
    ("examples", W::Annotation, S::List),
    ("exclusiveMaximum", W::ExclusiveMaximum, S::Number),
    ("exclusiveMinimum", W::ExclusiveMinimum, S::Number),
    ("format", W::Annotation, S::Text),
    ("if", W::If, S::Schema),
    ("items", W::Items, S::Schema),
    ("maxContains", W::MaxContains, S::Count),
    ("maxItems", W::MaxItems, S::Count),
    ("maxLength", W::MaxLength, S::Count),
    ("maxProperties", W::MaxProperties, S::Count),
    ("maximum", W::Maximum, S::Number),
    ("minContains", W::MinContains, S::Count),
    ("minItems", W::MinItems, S::Count),
    ("minLength", W::MinLength, S::Count),
    ("minProperties", W::MinProperties, S::Count),
    ("minimum", W::Minimum, S::Number),
    ("multipleOf", W::MultipleOf, S::Divisor),
    ("not", W::Not, S::Schema),
    ("oneOf", W::OneOf, S::Schemas),
    ("pattern", W::Pattern, S::Text),
    ("patternProperties", W::PatternProperties, S::SchemaMap),
    ("prefixItems", W::PrefixItems, S::Schemas),
    ("properties", W::Properties, S::SchemaMap),
    ("propertyNames", W::PropertyNames, S::Schema),
    ("readOnly", W::Annotation, S::Flag),
    ("required", W::Required, S::Names),
    ("then", W::Then, S::Schema),
    ("title", W::Annotation, S::Text),
    ("type", W::Type, S::Types),
    ("unevaluatedItems", W::UnevaluatedItems, S::Schema),
    ("unevaluatedProperties", W::UnevaluatedProperties, S::Schema),
    ("uniqueItems", W::UniqueItems, S::Flag),
    ("writeOnly", W::Annotation, S::Flag),
];

/// The seven names that `type` knows.
pub(super) const TYPES: [&str; 7] = [
    "null", "boolean", "integer", "number", "string", "array", "object",
];

/// What a keyword is; unknown ones are annotations.
pub(super) fn keyword(name: &str) -> (Word, Shape) {
    match KEYWORDS.binary_search_by(|(known, ..)| (*known).cmp(name)) {
        Ok(at) => (KEYWORDS[at].1, KEYWORDS[at].2),
        Err(_) => (W::Annotation, S::Anything),
    }
}

/// A value's kind in words: `a string`.
pub(super) fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

/// Calls `each` for every subschema of a schema, with the tokens that lead there.
pub(super) fn subschemas<'v>(schema: &'v Value, each: &mut dyn FnMut(&[&str], &'v Value)) {
    for (name, value) in schema.as_object().into_iter().flatten() {
        match (keyword(name).1, value) {
            (S::Schema, _) => each(&[name], value),
            (S::Schemas, Value::Array(items)) => {
                for (at, item) in items.iter().enumerate() {
                    each(&[name, &at.to_string()], item);
                }
            }
            (S::SchemaMap, Value::Object(map)) => {
                for (key, item) in map {
                    each(&[name, key], item);
                }
            }
            _ => {}
        }
    }
}

/// Checks a schema with all its subschemas; the pointer given is its own.
pub(super) fn check(schema: &Value, at: &Pointer) -> Result<(), (Pointer, SchemaProblem)> {
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

/// The pointer of something below another.
pub(super) fn below(at: &Pointer, tokens: &[&str]) -> Pointer {
    let mut pointer = at.clone();
    tokens.iter().for_each(|token| pointer.push(token));
    pointer
}

/// Checks a schema's own keywords.
pub(super) fn check_one(schema: &Value, at: &Pointer) -> Result<(), (Pointer, SchemaProblem)> {
    match schema {
        Value::Bool(_) => Ok(()),
        Value::Object(map) => check_map(map, at),
        other => Err((at.clone(), SchemaProblem::NotASchema { found: kind(other) })),
    }
}

fn check_map(map: &Map<String, Value>, at: &Pointer) -> Result<(), (Pointer, SchemaProblem)> {
    for (name, value) in map {
        let shape = keyword(name).1;
        if shape == S::Types {
            check_types(value).map_err(|problem| (below(at, &[name]), problem))?;
        } else if !fits(shape, value) {
            let problem = SchemaProblem::WrongValue {
                keyword: name.as_str().into(),
                expected: expected(shape),
                found: kind(value),
            };
            return Err((below(at, &[name]), problem));
        }
    }
    Ok(())
}

fn check_types(value: &Value) -> Result<(), SchemaProblem> {
    let wrong = || SchemaProblem::WrongValue {
        keyword: "type".into(),
        expected: "the name of a type or an array of different ones",
        found: kind(value),
    };
    let names = match value {
        Value::Array(items) if is_name_list(items) && !items.is_empty() => items.as_slice(),
        Value::String(_) => std::slice::from_ref(value),
        _ => return Err(wrong()),
    };
    match names
        .iter()
        .filter_map(Value::as_str)
        .find(|name| !TYPES.contains(name))
    {
        Some(name) => Err(SchemaProblem::UnknownType {
            name: name.into(),
            nearest: nearest_type(name),
        }),
        None => Ok(()),
    }
}

fn nearest_type(name: &str) -> Option<&'static str> {
    nearest(name, TYPES).or(match name.to_ascii_lowercase().as_str() {
        "str" | "text" => Some("string"),
        "int" | "long" => Some("integer"),
        "bool" => Some("boolean"),
        "float" | "double" | "decimal" => Some("number"),
        "list" => Some("array"),
        "map" | "dict" => Some("object"),
        "none" | "nil" => Some("null"),
        _ => None,
    })
}

fn is_name_list(items: &[Value]) -> bool {
    let names: Vec<&str> = items.iter().filter_map(Value::as_str).collect();
    let order = order(names.len(), &|a, b| names[a].cmp(names[b]));
    let mut pairs = order.windows(2);
    names.len() == items.len() && pairs.all(|pair| names[pair[0]] != names[pair[1]])
}

/// The order of that many things, by their indices; equal ones stay in place.
/// All sorting is done here, for one copy of it in the binary.
pub(super) fn order(len: usize, compare: &dyn Fn(usize, usize) -> Ordering) -> Vec<usize> {
    let mut order: Vec<usize> = (0..len).collect();
    order.sort_unstable_by(|a, b| compare(*a, *b).then(a.cmp(b)));
    order
}

fn fits(shape: Shape, value: &Value) -> bool {
    match (shape, value) {
        (S::Anything, _) | (S::Flag, Value::Bool(_)) => true,
        // Whether the inner values are schemas is asked when they are visited.
        (S::Schema, value) => value.is_object() || value.is_boolean(),
        (S::SchemaMap, value) => value.is_object(),
        (S::Schemas, Value::Array(items)) => !items.is_empty(),
        (S::Text, value) => value.is_string(),
        (S::Identifier, Value::String(text)) => {
            text.find('#').is_none_or(|at| at + 1 == text.len())
        }
        (S::Anchor, Value::String(text)) => is_anchor(text),
        (S::Flags, Value::Object(map)) => map.values().all(Value::is_boolean),
        (S::Count, Value::Number(number)) => {
            number::is_integer(number) && number::sign(number).is_ge()
        }
        (S::Number, value) => value.is_number(),
        (S::Divisor, Value::Number(number)) => number::sign(number).is_gt(),
        (S::List, value) => value.is_array(),
        (S::Names, Value::Array(items)) => is_name_list(items),
        (S::NameLists, Value::Object(map)) => map
            .values()
            .all(|names| names.as_array().is_some_and(|items| is_name_list(items))),
        _ => false,
    }
}

fn is_anchor(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && text
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "-._".contains(c))
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
        S::Types | S::Anything => "something else",
    }
}

#[cfg(test)]
mod tests {
    use super::{KEYWORDS, Pointer, check};
    use serde_json::json;

    #[test]
    fn the_table_is_sorted() {
        assert!(KEYWORDS.windows(2).all(|pair| pair[0].0 < pair[1].0));
    }

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
            let found = found.map(|(pointer, _)| pointer.to_string());
            assert_eq!(found.as_deref(), want, "{schema}");
        }
    }
}
