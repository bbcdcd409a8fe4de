//! Queries as bytes.

use serde_json::Value;

use super::ast::{Id, Kind, Tree};
use super::query::Query;
use crate::packed::{Packed, Reader, Writer, packed};

packed!(enum Kind:
    0 None,
    1 Root,
    2 Current,
    3 Segment,
    4 Descendant,
    5 Name,
    6 Index,
    7 Wildcard,
    8 Slice,
    9 Absent,
    10 Filter,
    11 Or,
    12 And,
    13 Not,
    14 Compare(op),
    15 Exists,
    16 Match,
    17 Search,
    18 Pattern,
    19 Literal,
    20 Length,
    21 Count,
    22 Value,
);

/// Each node, then those below it, where there may be any, and [`Kind::None`].
impl Packed for Tree {
    fn write(&self, out: &mut Writer) {
        write(self, 0, out);
    }

    fn read(input: &mut Reader<'_>) -> Self {
        let mut tree = Self::default();
        let kind = Kind::read(input);
        read(&mut tree, kind, input);
        tree
    }
}

fn write(tree: &Tree, id: Id, out: &mut Writer) {
    let node = tree.node(id);
    node.kind.write(out);
    match node.kind {
        Kind::Name | Kind::Literal => tree.value(node).unwrap_or(&Value::Null).write(out),
        Kind::Pattern => tree.patterns.get(node.number as usize).cloned().write(out),
        Kind::Index => node.number.write(out),
        _ => {}
    }
    if !node.kind.is_leaf() {
        for child in tree.below(id) {
            write(tree, child, out);
        }
        Kind::None.write(out);
    }
}

fn read(tree: &mut Tree, kind: Kind, input: &mut Reader<'_>) -> Id {
    input.open();
    let id = match kind {
        Kind::Name | Kind::Literal => tree.add_value(kind, Packed::read(input)),
        Kind::Pattern => {
            let id = tree.add(kind, 0, 0);
            tree.set_pattern(id, Packed::read(input));
            id
        }
        Kind::Index => {
            let mut number = i64::read(input);
            // They are counted with: RFC 9535, section 2.1, ±(2^53 - 1).
            if number.unsigned_abs() >> 53 != 0 {
                input.damage();
                number = 0;
            }
            tree.add(kind, number, 0)
        }
        _ => tree.add(kind, 0, 0),
    };
    let mut last = 0;
    while !kind.is_leaf() {
        let below = Kind::read(input);
        if below == Kind::None {
            break;
        }
        let child = read(tree, below, input);
        tree.link(id, last, child);
        let matches = matches!(kind, Kind::Match | Kind::Search);
        input.dynamic |= matches && last != 0 && below != Kind::Pattern;
        last = child;
    }
    if kind.is_path() {
        tree.close(id);
    } else if last == 0 && !kind.is_leaf() {
        input.damage();
    }
    input.close();
    id
}

/// What is only for reports about its text is left out.
impl Packed for Query {
    fn write(&self, out: &mut Writer) {
        let Self {
            text,
            tree,
            counts_singular: _,
            bad_pattern: _,
        } = self;
        text.write(out);
        tree.write(out);
    }

    fn read(input: &mut Reader<'_>) -> Self {
        Self {
            text: Packed::read(input),
            tree: Packed::read(input),
            counts_singular: false,
            bad_pattern: None,
        }
    }
}
