//! A compiled schema written out again, references inlined.

use serde_json::{Map, Value};

use super::keywords::{Word, keyword};
use super::node::{Body, Keyword, NodeIndex, Part, Schema};

/// How many schemas are written out before references stay references.
const MOST: usize = 20_000;
/// How deep references are inlined.
const DEEPEST: usize = 64;

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
        let list = match &self.schema.node(index).body {
            Body::Boolean(boolean) => return Value::Bool(*boolean),
            Body::MetaSchema => return Value::Object(Map::new()),
            Body::Keywords { list, .. } => list,
        };
        self.left = self.left.saturating_sub(1);
        self.open.push(index);
        let inner = if inline == Inline::All {
            Inline::All
        } else {
            Inline::None
        };
        let mut map = Map::new();
        let mut targets = Vec::new();
        for Keyword { name, part, .. } in list {
            match part {
                Part::Reference { node, dynamic, .. }
                    if inline != Inline::None && dynamic.is_none() && self.can_inline(*node) =>
                {
                    targets.push(self.write(*node, inline));
                }
                part => {
                    let value = self.part(part, inner);
                    map.insert(str::to_owned(name), value);
                }
            }
        }
        self.open.pop();
        targets.into_iter().fold(Value::Object(map), merged)
    }

    fn can_inline(&self, node: NodeIndex) -> bool {
        self.left > 0
            && self.open.len() < DEEPEST
            && !self.open.contains(&node)
            && !matches!(self.schema.node(node).body, Body::MetaSchema)
    }

    fn part(&mut self, part: &Part, inline: Inline) -> Value {
        match part {
            Part::Value(value) => value.clone(),
            Part::Pattern(_, text) | Part::Reference { text, .. } => {
                Value::String(str::to_owned(text))
            }
            Part::Schema(node) => self.write(*node, inline),
            Part::List(list) => list.iter().map(|node| self.write(*node, inline)).collect(),
            Part::Map(names) => {
                let mut map = Map::new();
                for (name, node) in names.iter() {
                    map.insert(str::to_owned(name), self.write(node, inline));
                }
                Value::Object(map)
            }
            Part::Patterns(list) => {
                let mut map = Map::new();
                for (name, _, node) in list {
                    map.insert(str::to_owned(name), self.write(*node, inline));
                }
                Value::Object(map)
            }
        }
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
        word if word.is_assertion() => target.get(name).is_none_or(|other| other == value),
        _ => false,
    });
    match target {
        Value::Object(mut target) if beside => {
            target.extend(own);
            Value::Object(target)
        }
        target => {
            let all = own
                .entry("allOf")
                .or_insert_with(|| Value::Array(Vec::new()));
            if let Value::Array(items) = all {
                items.insert(0, target);
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
