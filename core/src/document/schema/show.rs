//! A compiled schema written out again, references inlined.

use serde_json::{Map, Value};

use super::keywords::{Word, keyword};
use super::node::{Keyword, Kind, NodeIndex, Schema};
use crate::number::equal_values;

/// How many schemas are written out before references stay references.
const MOST: usize = 20_000;
/// How deep references are inlined.
const DEEPEST: usize = 64;
/// How deep schemas are written into each other: as a document may be nested. Packed
/// programs can hold deeper ones; a page's stack cannot.
const NESTED: usize = 1_000;

impl Schema {
    /// The schema with its references inlined, for display. Those that come back
    /// to where they are stay, and so do those that would make it huge; `$defs`,
    /// `$id` and anchors are left out.
    pub fn resolved(&self) -> Value {
        Writer::new(self).write(NodeIndex::ROOT, Inline::All)
    }

    /// A schema with just its own reference inlined.
    pub(super) fn shown(&self, index: NodeIndex) -> Value {
        Writer::new(self).write(index, Inline::Own)
    }
}

/// Which references are inlined.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Inline {
    All,
    /// That of the schema itself, not those of its subschemas.
    Own,
    None,
}

struct Writer<'s> {
    schema: &'s Schema,
    /// The schemas that are being written.
    open: Vec<NodeIndex>,
    left: usize,
}

impl<'s> Writer<'s> {
    fn new(schema: &'s Schema) -> Self {
        Self {
            schema,
            open: Vec::new(),
            left: MOST,
        }
    }

    fn write(&mut self, index: NodeIndex, inline: Inline) -> Value {
        let node = self.schema.node(index);
        match node.kind {
            Kind::Anything => return Value::Bool(true),
            Kind::Nothing => return Value::Bool(false),
            _ if self.open.len() >= NESTED => return Value::Bool(true),
            _ => {}
        }
        self.left = self.left.saturating_sub(1);
        self.open.push(index);
        let inner = if inline == Inline::All {
            Inline::All
        } else {
            Inline::None
        };
        let mut map = Map::new();
        let mut targets = Vec::new();
        for keyword in &node.keywords {
            match keyword.schema() {
                Some(target)
                    if keyword.word == Word::Ref
                        && inline != Inline::None
                        && self.can_inline(target) =>
                {
                    targets.push(self.write(target, inline));
                }
                _ => {
                    let value = self.value(keyword, inner);
                    map.insert(str::to_owned(&keyword.name), value);
                }
            }
        }
        self.open.pop();
        let mut own = Value::Object(map);
        for target in targets {
            own = merged(own, target);
        }
        own
    }

    fn can_inline(&self, node: NodeIndex) -> bool {
        self.left > 0
            && self.open.len() < DEEPEST
            && !self.open.contains(&node)
            && self.schema.node(node).kind != Kind::MetaSchema
    }

    /// A keyword's value, with its schemas put into what they stand in.
    fn value(&mut self, keyword: &Keyword, inline: Inline) -> Value {
        let mut whole = keyword.value.clone();
        for (name, node) in &keyword.schemas.list {
            if whole.is_string() {
                break;
            }
            let schema = self.write(*node, inline);
            match &mut whole {
                Value::Array(items) => items.push(schema),
                Value::Object(map) => {
                    map.insert(str::to_owned(name), schema);
                }
                single => *single = schema,
            }
        }
        whole
    }
}

/// Puts a reference's target in its place: beside the keywords that stand there
/// where that means the same, else under `allOf`.
fn merged(own: Value, target: Value) -> Value {
    let Value::Object(mut own) = own else {
        return own;
    };
    let beside = own.iter().all(|(name, value)| match keyword(name).0 {
        Word::Annotation => true,
        Word::MinContains | Word::MaxContains => false,
        word if word.is_assertion() => target
            .get(name)
            .is_none_or(|other| equal_values(other, value)),
        _ => false,
    });
    match target {
        Value::Object(mut target) if beside => {
            for (name, value) in own {
                target.insert(name, value);
            }
            Value::Object(target)
        }
        target => {
            match own.get_mut("allOf") {
                Some(Value::Array(items)) => items.insert(0, target),
                _ => {
                    own.insert("allOf".into(), Value::Array(vec![target]));
                }
            }
            Value::Object(own)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::merged;
    use serde_json::json;

    #[test]
    fn a_target_stands_beside_its_siblings_where_that_means_the_same() {
        for (own, target, want) in [
            (
                json!({"title": "a", "minLength": 1}),
                json!({"title": "b", "type": "string"}),
                json!({"title": "a", "minLength": 1, "type": "string"}),
            ),
            (
                json!({"minLength": 1}),
                json!({"minLength": 2}),
                json!({"minLength": 1, "allOf": [{"minLength": 2}]}),
            ),
            (
                json!({"properties": {}}),
                json!({"additionalProperties": false}),
                json!({"properties": {}, "allOf": [{"additionalProperties": false}]}),
            ),
            (json!({}), json!(false), json!({"allOf": [false]})),
        ] {
            assert_eq!(merged(own, target), want);
        }
    }
}
