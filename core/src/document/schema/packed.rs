//! Compiled schemas as bytes.

use super::keywords::{Word, keyword};
use super::node::{Keyword, Kind, Names, Node, NodeIndex, ResourceIndex, Schema, circle};
use crate::packed::{Packed, Reader, Writer, packed};

packed!(struct NodeIndex: (index));
packed!(struct ResourceIndex: (index));
packed!(struct Node: { pointer, resource, kind, keywords });
packed!(enum Kind: 0 Anything, 1 Nothing, 2 MetaSchema, 3 Keywords, 4 Unevaluated);

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
        // Whoever has no reader of schemas cannot tell whether a value is one.
        let meta_schema = |node: &Node| node.kind == Kind::MetaSchema;
        input.dynamic |= schema.nodes.iter().any(meta_schema);
        schema
    }
}

/// What a keyword is, its name says, but for two that are less than that.
impl Packed for Keyword {
    fn write(&self, out: &mut Writer) {
        let Self {
            word,
            name,
            value,
            schemas,
            patterns,
        } = self;
        name.write(out);
        out.byte(match word {
            Word::Annotation => 0,
            Word::Ref => 1,
            _ => 2,
        });
        value.write(out);
        schemas.write(out);
        patterns.write(out);
    }

    fn read(input: &mut Reader<'_>) -> Self {
        let name: Box<str> = Packed::read(input);
        Self {
            word: match input.byte() {
                0 => Word::Annotation,
                1 => Word::Ref,
                _ => keyword(&name).0,
            },
            name,
            value: Packed::read(input),
            schemas: Packed::read(input),
            patterns: Packed::read(input),
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
    /// Whether every index leads somewhere, and only references back.
    fn is_sound(&self) -> bool {
        let (nodes, resources) = (self.nodes.len(), self.anchors.len());
        let known = |list: &Vec<(Box<str>, NodeIndex)>| {
            list.iter().all(|(_, index)| (index.0 as usize) < nodes)
        };
        nodes > 0
            && self.anchors.iter().all(known)
            && self.nodes.iter().all(|node| {
                let mut keywords = node.keywords.iter();
                (node.resource.0 as usize) < resources
                    && keywords.all(|keyword| known(&keyword.schemas.list))
            })
            && circle(&self.nodes, Word::applies_in_place).is_none()
            && circle(&self.nodes, |word| !word.refers()).is_none()
    }
}
