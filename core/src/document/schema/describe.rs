//! What a schema tells about the members of its objects.

use serde_json::Value;

use super::assertions::{is_type, types};
use super::keywords::{TYPES, Word};
use super::node::{Body, NodeIndex, Part, Schema};
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
        .position(|known| *known == name)
        .map_or(0, |at| 1 << at)
}

fn names(set: TypeSet) -> Vec<&'static str> {
    let named = |name: &&&str| set & bit_of(name) != 0;
    let covered = |name: &&str| *name == "integer" && set & bit_of("number") != 0;
    if set == EVERY {
        return Vec::new();
    }
    let found = TYPES.iter().filter(named).copied();
    found.filter(|name| !covered(name)).collect()
}

impl Schema {
    /// The members that the schema's objects can have, in the order of their
    /// declaration, also through `$ref` and `allOf`; then those that are
    /// required without being declared.
    pub fn properties(&self) -> Vec<Property> {
        let nodes = self.together(NodeIndex::ROOT, false);
        let mut found: Vec<(&str, Vec<NodeIndex>)> = Vec::new();
        let mut required: Vec<&str> = Vec::new();
        for node in nodes.iter().map(|index| self.node(*index)) {
            for (name, child) in node
                .map(Word::Properties)
                .into_iter()
                .flat_map(|m| m.iter())
            {
                match found.iter_mut().find(|(known, _)| *known == name) {
                    Some((_, list)) => list.push(child),
                    None => found.push((name, vec![child])),
                }
            }
            if let Some(Part::Value(Value::Array(names))) = node.part(Word::Required) {
                required.extend(names.iter().filter_map(Value::as_str));
            }
        }
        for name in &required {
            if !found.iter().any(|(known, _)| known == name) {
                found.push((name, Vec::new()));
            }
        }
        found
            .into_iter()
            .map(|(name, list)| self.property(name, &list, required.contains(&name)))
            .collect()
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
            types: names(self.common_types(list, 0))
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
                .any(|child| matches!(self.node(child).body, Body::Boolean(false)))
        })
    }

    /// Reads a member's value from a text, by the types declared for it: a string
    /// or nothing declared takes the text as it is, any other single type reads
    /// it as JSON; of several types, JSON where it reads as one of those that are
    /// not strings. A text that is no JSON stays text, for validation to refuse.
    pub fn read_text(&self, name: &str, text: &str) -> Value {
        let mut children = Vec::new();
        for node in self.together(NodeIndex::ROOT, false) {
            children.extend(self.node(node).applying(name));
        }
        let declared = names(self.common_types(&children, 0));
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
            if let Some(Part::Value(value)) = node.part(Word::Type) {
                common &= types(value).fold(0, |set, name| set | bit(name));
            }
            for word in [Word::AnyOf, Word::OneOf] {
                let branches = node.list(word);
                if !branches.is_empty() && depth < 8 {
                    common &= branches.iter().fold(0, |set, branch| {
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
    use super::{EVERY, bit, names};

    #[test]
    fn a_number_covers_an_integer() {
        assert_eq!(names(bit("number")), ["number"]);
        assert_eq!(names(bit("integer") | bit("null")), ["null", "integer"]);
        assert_eq!(names(bit("number") & bit("integer")), ["integer"]);
        assert!(names(EVERY).is_empty());
    }
}
