//! The keywords and the shapes of their values: the meta-schema in short.

use std::cmp::Ordering;

use serde_json::Value;

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
    /// A reference whose anchor is looked for in the resources passed through.
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
    /// A reference that leads to the same place whatever the way taken.
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

    /// Whether its schema stands elsewhere.
    pub(super) fn refers(self) -> bool {
        matches!(self, Self::Ref | Self::DynamicRef)
    }

    /// Whether its schemas apply to the same value as the one it stands in, always.
    pub(super) fn always_applies(self) -> bool {
        self.refers() || self == Self::AllOf
    }

    /// Whether they apply to the same value, or do not.
    pub(super) fn may_apply(self) -> bool {
        matches!(
            self,
            Self::AnyOf | Self::OneOf | Self::If | Self::Then | Self::Else | Self::DependentSchemas
        )
    }

    /// Whether the same value is what they are tried on.
    pub(super) fn applies_in_place(self) -> bool {
        self != Self::DynamicRef && (self.always_applies() || self.may_apply()) || self == Self::Not
    }

    /// Whether its schemas apply to what no other keyword has seen.
    pub(super) fn is_unevaluated(self) -> bool {
        matches!(self, Self::UnevaluatedItems | Self::UnevaluatedProperties)
    }

    /// Whether its schemas apply to the items of an array.
    pub(super) fn is_for_items(self) -> bool {
        matches!(
            self,
            Self::Items | Self::PrefixItems | Self::Contains | Self::UnevaluatedItems
        )
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

/// The seven names that `type` knows, each as it is said of a value.
pub(super) static TYPES: [(&str, &str); 7] = [
    ("null", "null"),
    ("boolean", "a boolean"),
    ("integer", "an integer"),
    ("number", "a number"),
    ("string", "a string"),
    ("array", "an array"),
    ("object", "an object"),
];

/// What a keyword is; unknown ones are annotations.
pub(super) fn keyword(name: &str) -> (Word, Shape) {
    match KEYWORDS.binary_search_by(|(known, ..)| (*known).cmp(name)) {
        Ok(at) => (KEYWORDS[at].1, KEYWORDS[at].2),
        Err(_) => (W::Annotation, S::Anything),
    }
}

/// The name of a value's type, and how it is said of the value: `a string`.
pub(super) fn type_of(value: &Value) -> (&'static str, &'static str) {
    TYPES[match value {
        Value::Null => 0,
        Value::Bool(_) => 1,
        Value::Number(_) => 3,
        Value::String(_) => 4,
        Value::Array(_) => 5,
        Value::Object(_) => 6,
    }]
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

/// The pointer of something below another.
pub(super) fn below(at: &Pointer, tokens: &[&str]) -> Pointer {
    let mut pointer = at.clone();
    tokens.iter().for_each(|token| pointer.push(token));
    pointer
}

/// The order of that many things, by their indices; equal ones stay in place.
/// All sorting is done here, for one copy of it in the binary.
pub(super) fn order(len: usize, compare: &dyn Fn(usize, usize) -> Ordering) -> Vec<usize> {
    let mut order: Vec<usize> = (0..len).collect();
    order.sort_unstable_by(|a, b| compare(*a, *b).then(a.cmp(b)));
    order
}

#[cfg(test)]
mod tests {
    use super::KEYWORDS;

    #[test]
    fn the_table_is_sorted() {
        assert!(KEYWORDS.windows(2).all(|pair| pair[0].0 < pair[1].0));
    }
}
