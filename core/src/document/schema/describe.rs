//! What a schema tells about the members of its objects.

use serde_json::Value;

use super::assertions::{is_type, names};
use super::keywords::{TYPES, Word};
use super::node::{Kind, NodeIndex, Schema};
use crate::json_reader;

/// A member that the objects of a schema have or can have.
#[derive(Clone, Debug, PartialEq)]
pub struct Property {
    /// The member's name.
    pub name: String,
    /// Its schema, an own `$ref` resolved; `true` where it has none.
    pub schema: Value,
    /// Whether it must be given.
    pub required: bool,
    /// Whether it is a secret: `format: password` or `writeOnly`.
    pub secret: bool,
    /// The types it may have, as far as they are declared; empty where none is.
    pub types: Vec<String>,
    /// What it has where it is not given.
    pub default: Option<Value>,
    /// What makes it where it is not given: `x-spola-default`.
    pub made: Option<String>,
}

/// A set of types, one bit for each of [`TYPES`].
type TypeSet = u8;
const EVERY: TypeSet = 0x7F;

fn bit(name: &str) -> TypeSet {
    match name {
        // A number may be an integer.
        "number" => bit_of("number") | bit_of("integer"),
        other => bit_of(other),
    }
}

fn bit_of(name: &str) -> TypeSet {
    TYPES
        .iter()
        .position(|(known, _)| *known == name)
        .map_or(0, |at| 1 << at)
}

fn names_of(set: TypeSet) -> Vec<&'static str> {
    let mut found = Vec::new();
    for (name, _) in &TYPES {
        let covered = *name == "integer" && set & bit_of("number") != 0;
        if set & bit_of(name) != 0 && !covered && set != EVERY {
            found.push(*name);
        }
    }
    found
}

impl Schema {
    /// The names of the members that the schema's objects can have, in the order of
    /// their declaration, also through `$ref` and `allOf`; then those that are
    /// required without being declared.
    pub fn member_names(&self) -> Vec<&str> {
        let mut found = Vec::new();
        for required in [false, true] {
            for index in self.together(NodeIndex::ROOT, false) {
                let node = self.node(index);
                let listed = if required {
                    node.keyword(Word::Required)
                        .map_or_else(Vec::new, |keyword| names(&keyword.value))
                } else {
                    let declared = node.schemas(Word::Properties);
                    declared.iter().map(|(name, _)| &**name).collect()
                };
                for name in listed {
                    if !found.contains(&name) {
                        found.push(name);
                    }
                }
            }
        }
        found
    }

    /// The members that the schema's objects can have, in the order of
    /// [`member_names`](Self::member_names).
    pub fn properties(&self) -> Vec<Property> {
        let nodes = self.together(NodeIndex::ROOT, false);
        let property = |name: &str| {
            let (mut list, mut required) = (Vec::new(), false);
            for node in nodes.iter().map(|index| self.node(*index)) {
                let declared = node.schemas(Word::Properties).iter();
                let own = declared.filter(|(known, _)| **known == *name);
                list.extend(own.map(|(_, child)| *child));
                let listed = node.keyword(Word::Required);
                required |= listed.is_some_and(|listed| names(&listed.value).contains(&name));
            }
            self.property(name, &list, required)
        };
        self.member_names().into_iter().map(property).collect()
    }

    fn property(&self, name: &str, list: &[NodeIndex], required: bool) -> Property {
        let annotation = |name: &str| {
            list.iter()
                .find_map(|child| self.first_annotation(*child, name))
        };
        let made = annotation("x-spola-default").and_then(Value::as_str);
        Property {
            name: name.into(),
            schema: list.first().map_or(Value::Bool(true), |at| self.shown(*at)),
            required,
            secret: list.iter().any(|child| self.is_secret(*child)),
            types: names_of(self.common_types(list, 0))
                .into_iter()
                .map(Into::into)
                .collect(),
            default: annotation("default").cloned(),
            made: made.map(Into::into),
        }
    }

    /// Whether members that are not declared are refused.
    pub fn forbids_others(&self) -> bool {
        let nodes = self.together(NodeIndex::ROOT, false);
        nodes.into_iter().any(|index| {
            [Word::AdditionalProperties, Word::UnevaluatedProperties]
                .into_iter()
                .filter_map(|word| self.node(index).schema(word))
                .any(|child| self.node(child).kind == Kind::Nothing)
        })
    }

    /// Reads a member's value from a text, by the types declared for it: a string
    /// or nothing declared takes the text as it is, any other single type reads
    /// it as JSON; of several types, JSON where it reads as one of those that are
    /// not strings. A text that is no JSON stays text, for validation to refuse.
    pub fn read_text(&self, name: &str, text: &str) -> Value {
        let mut children = Vec::new();
        for node in self.together(NodeIndex::ROOT, false) {
            children.extend(self.node(node).all_of_member(name));
        }
        let declared = names_of(self.common_types(&children, 0));
        let as_text = || Value::String(text.into());
        if declared.is_empty() || declared == ["string"] {
            return as_text();
        }
        let Some(value) = json_reader::value(text) else {
            return as_text();
        };
        let fits = |name: &&str| *name != "string" && is_type(&value, name);
        if declared.len() == 1 || declared.iter().any(fits) {
            value
        } else {
            as_text()
        }
    }

    fn is_secret(&self, index: NodeIndex) -> bool {
        self.together(index, true).into_iter().any(|index| {
            let node = self.node(index);
            node.annotation("writeOnly") == Some(&Value::Bool(true))
                || node.annotation("format").and_then(Value::as_str) == Some("password")
        })
    }

    /// The types that all of the schemas allow.
    fn common_types(&self, list: &[NodeIndex], depth: usize) -> TypeSet {
        let mut common = EVERY;
        let nodes = list.iter().flat_map(|index| self.together(*index, false));
        for node in nodes.map(|index| self.node(index)) {
            if let Some(keyword) = node.keyword(Word::Type) {
                let types = names(&keyword.value);
                common &= types.into_iter().fold(0, |set, name| set | bit(name));
            }
            for word in [Word::AnyOf, Word::OneOf] {
                let branches = node.schemas(word);
                if !branches.is_empty() && depth < 8 {
                    common &= branches.iter().fold(0, |set, (_, branch)| {
                        set | self.common_types(&[*branch], depth + 1)
                    });
                }
            }
        }
        common
    }
}

#[cfg(test)]
mod tests {
    use super::{EVERY, bit, names_of};

    #[test]
    fn a_number_covers_an_integer() {
        assert_eq!(names_of(bit("number")), ["number"]);
        assert_eq!(names_of(bit("integer") | bit("null")), ["null", "integer"]);
        assert_eq!(names_of(bit("number") & bit("integer")), ["integer"]);
        assert!(names_of(EVERY).is_empty());
    }
}
