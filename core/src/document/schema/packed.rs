//! Compiled schemas as bytes.

use std::borrow::Cow;

use super::keywords::{Word, keyword};
use super::node::{Body, Keyword, Names, Node, NodeIndex, Part, ResourceIndex, Schema, endless};
use crate::packed::{Packed, Reader, Writer, packed};

packed!(struct NodeIndex: (index));
packed!(struct ResourceIndex: (index));
packed!(struct Node: { pointer, resource, body });
packed!(enum Body:
    0 Boolean(boolean),
    1 MetaSchema,
    2 Keywords { list, unevaluated },
);
packed!(enum Part:
    0 Value(value),
    1 Pattern(pattern, text),
    2 Schema(node),
    3 List(nodes),
    4 Map(names),
    5 Patterns(list),
    6 Reference { text, node, dynamic },
);

impl Packed for Schema {
    fn write(&self, out: &mut Writer) {
        let Self {
            nodes,
            anchors,
            has_defaults,
        } = self;
        nodes.write(out);
        anchors.write(out);
        has_defaults.write(out);
    }

    fn read(input: &mut Reader<'_>) -> Self {
        let schema = Self {
            nodes: Packed::read(input),
            anchors: Packed::read(input),
            has_defaults: Packed::read(input),
        };
        if !schema.is_sound() {
            input.damage();
        }
        schema
    }
}

/// Only whether the keyword counts has to be said beside its name.
impl Packed for Keyword {
    fn write(&self, out: &mut Writer) {
        let Self { word, name, part } = self;
        name.as_ref().to_owned().write(out);
        (*word == Word::Annotation).write(out);
        part.write(out);
    }

    fn read(input: &mut Reader<'_>) -> Self {
        let name = String::read(input);
        let annotation = bool::read(input);
        Self {
            word: match keyword(&name).0 {
                _ if annotation => Word::Annotation,
                word => word,
            },
            name: Cow::Owned(name),
            part: Packed::read(input),
        }
    }
}

/// Their order by name is found again.
impl Packed for Names {
    fn write(&self, out: &mut Writer) {
        let Self { list, sorted: _ } = self;
        list.write(out);
    }

    fn read(input: &mut Reader<'_>) -> Self {
        Self::new(Packed::read(input))
    }
}

impl Schema {
    /// Whether every index leads somewhere, and none of them in a circle.
    fn is_sound(&self) -> bool {
        let (nodes, resources) = (self.nodes.len(), self.anchors.len());
        let known = |index: &NodeIndex| (index.0 as usize) < nodes;
        let anchors = self.anchors.iter().flatten();
        nodes > 0
            && anchors.clone().all(|(_, index)| known(index))
            && self.nodes.iter().all(|node| {
                (node.resource.0 as usize) < resources
                    && node.keywords().iter().all(|keyword| match &keyword.part {
                        Part::Value(_) | Part::Pattern(..) => true,
                        Part::Schema(node) | Part::Reference { node, .. } => known(node),
                        Part::List(list) => list.iter().all(known),
                        Part::Map(names) => names.iter().all(|(_, node)| known(&node)),
                        Part::Patterns(list) => list.iter().all(|(.., node)| known(node)),
                    })
            })
            && endless(&self.nodes).is_none()
    }
}
