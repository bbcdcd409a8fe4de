//! Missing members filled in from `default`.

use serde_json::Value;

use super::keywords::Word;
use super::node::{NodeIndex, Schema};

/// How deep into a value defaults are filled in.
const DEEPEST: usize = 200;

impl Schema {
    /// Gives each missing member its `default`: in the value itself and in the
    /// objects that exist in it, through `$ref` and `allOf`. An object that is
    /// missing and has no default stays missing; `null` is a value.
    pub fn apply_defaults(&self, instance: &mut Value) {
        if self.has_defaults {
            self.fill(NodeIndex::ROOT, instance, &mut Vec::new(), 0);
        }
    }

    /// `made` are the schemas whose defaults the value comes from: they give no
    /// more inside of it, or a default that holds itself would never end.
    fn fill(&self, index: NodeIndex, value: &mut Value, made: &mut Vec<NodeIndex>, depth: usize) {
        if depth > DEEPEST || !(value.is_object() || value.is_array()) {
            return;
        }
        let nodes = self.together(index, false);
        match value {
            Value::Object(map) => {
                let known = map.len();
                for node in &nodes {
                    for (name, child) in self.node(*node).schemas(Word::Properties) {
                        if map.contains_key(&**name) || made.contains(child) {
                            continue;
                        }
                        if let Some(default) = self.first_annotation(*child, "default") {
                            map.insert(str::to_owned(name), default.clone());
                        }
                    }
                }
                for (at, (name, member)) in map.iter_mut().enumerate() {
                    for node in &nodes {
                        for child in self.node(*node).all_of_member(name) {
                            if at >= known {
                                made.push(child);
                            }
                            self.fill(child, member, made, depth + 1);
                            if at >= known {
                                made.pop();
                            }
                        }
                    }
                }
            }
            Value::Array(items) => {
                for node in nodes {
                    let node = self.node(node);
                    let first = node.schemas(Word::PrefixItems);
                    for (at, item) in items.iter_mut().enumerate() {
                        let child = first.get(at).map(|(_, child)| *child);
                        let child = child.or(node.schema(Word::Items));
                        if let Some(child) = child {
                            self.fill(child, item, made, depth + 1);
                        }
                    }
                }
            }
            _ => {}
        }
    }

    /// An annotation of a schema, or of one that always applies with it.
    pub(super) fn first_annotation(&self, index: NodeIndex, name: &str) -> Option<&Value> {
        self.together(index, false)
            .into_iter()
            .find_map(|node| self.node(node).annotation(name))
    }
}
