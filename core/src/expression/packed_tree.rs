//! Conditions and queries as bytes.

use serde_json::Value;

use super::tree::{Id, Kind, Op, Tree};
use crate::packed::{Packed, Reader, Writer, packed};

packed!(enum Op:
    0 Equal,
    1 NotEqual,
    2 Less,
    3 LessOrEqual,
    4 Greater,
    5 GreaterOrEqual,
);
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
    23 Expression,
    24 Text,
    25 StatusClass,
    26 Place,
    27 PlaceOrLength,
    28 LengthOf,
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
        Kind::Index | Kind::StatusClass => node.number.write(out),
        Kind::Expression => {
            if let Some(expression) = tree.expression(node) {
                expression.write(out);
            }
        }
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
        Kind::Expression => tree.add_expression(Packed::read(input)),
        Kind::Index | Kind::StatusClass => {
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
    } else if last == 0 && !kind.is_leaf() && !kind.is_place() {
        input.damage();
    }
    input.close();
    id
}
