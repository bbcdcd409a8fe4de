//! A value in a tree: what it is, where it stands, what is in it.

use std::fmt;

use serde_json::{Map, Number, Value};

use super::tree::{Cell, Data, LARGE_OBJECT, Place, Tree};
use crate::diagnostic::Location;
use crate::pointer::{self, Pointer};

/// The number of a node in its tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId(pub(super) u32);

/// A value in a tree.
#[derive(Clone, Copy)]
pub struct Node<'t> {
    pub(super) tree: &'t Tree,
    pub(super) id: u32,
}

/// What a node is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind<'t> {
    /// `null`, or nothing where YAML has a value.
    Null,
    /// `true` or `false`.
    Bool(bool),
    /// A number, with its text kept.
    Number(&'t Number),
    /// A string.
    String(&'t str),
    /// An array; see [`Node::items`].
    Array,
    /// An object; see [`Node::entries`].
    Object,
}

impl<'t> Node<'t> {
    fn cell(self) -> &'t Cell {
        &self.tree.cells[self.id as usize]
    }

    /// Another node of the same tree.
    pub(super) fn sibling(self, id: u32) -> Self {
        Self {
            tree: self.tree,
            id,
        }
    }

    /// The tree that the node is in.
    pub fn tree(self) -> &'t Tree {
        self.tree
    }

    /// The node's number in its tree.
    pub fn id(self) -> NodeId {
        NodeId(self.id)
    }

    /// What the node is.
    pub fn kind(self) -> Kind<'t> {
        match self.cell().data {
            Data::Null => Kind::Null,
            Data::Bool(value) => Kind::Bool(value),
            Data::Number(number) => Kind::Number(&self.tree.numbers[number as usize]),
            Data::String { start, len } => {
                Kind::String(&self.tree.text[start as usize..(start + len) as usize])
            }
            Data::Array { .. } => Kind::Array,
            Data::Object { .. } => Kind::Object,
        }
    }

    /// What the node is, in words: `a string`, `null`, `an object`, …
    pub fn kind_name(self) -> &'static str {
        match self.cell().data {
            Data::Null => "null",
            Data::Bool(_) => "a boolean",
            Data::Number(_) => "a number",
            Data::String { .. } => "a string",
            Data::Array { .. } => "an array",
            Data::Object { .. } => "an object",
        }
    }

    fn children(self, len: u32) -> Children<'t> {
        Children {
            next: self.sibling(self.id + 1),
            left: len,
        }
    }

    /// The member of that key; nothing where the node is no object.
    pub fn get(self, key: &str) -> Option<Node<'t>> {
        let Data::Object { order, len } = self.cell().data else {
            return None;
        };
        if len < LARGE_OBJECT {
            return self.children(len).find(|member| member.name() == key);
        }
        let wanted = self.tree.name_numbers.get(key)? as u32;
        let order = &self.tree.order[order as usize..(order + len) as usize];
        let name = |id: &u32| self.tree.cells[*id as usize].slot;
        let found = order.binary_search_by_key(&wanted, name).ok()?;
        Some(self.sibling(order[found]))
    }

    /// The text under that key; nothing where it is no string.
    pub fn text(self, key: &str) -> Option<&'t str> {
        self.get(key)?.as_str()
    }

    /// The items of an array, or the values of an object; none of anything else.
    pub fn values(self) -> Children<'t> {
        self.children(self.count())
    }

    /// The items of an array; none of anything else.
    pub fn items(self) -> Children<'t> {
        self.children(if self.is_array() { self.count() } else { 0 })
    }

    /// The members of an object, in the order of the text; none of anything else.
    pub fn entries(self) -> Entries<'t> {
        Entries(self.children(if self.is_object() { self.count() } else { 0 }))
    }

    fn count(self) -> u32 {
        match self.cell().data {
            Data::Array { len } | Data::Object { len, .. } => len,
            _ => 0,
        }
    }

    /// How many items or members there are; 0 for anything but arrays and objects.
    pub fn len(self) -> usize {
        self.count() as usize
    }

    /// Whether there are no items or members.
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// The text of a string.
    pub fn as_str(self) -> Option<&'t str> {
        match self.kind() {
            Kind::String(text) => Some(text),
            _ => None,
        }
    }

    /// The value of a boolean.
    pub fn as_bool(self) -> Option<bool> {
        match self.cell().data {
            Data::Bool(value) => Some(value),
            _ => None,
        }
    }

    /// The value of a number.
    pub fn as_number(self) -> Option<&'t Number> {
        match self.kind() {
            Kind::Number(number) => Some(number),
            _ => None,
        }
    }

    /// Whether it is null.
    pub fn is_null(self) -> bool {
        matches!(self.cell().data, Data::Null)
    }

    /// Whether it is an object.
    pub fn is_object(self) -> bool {
        matches!(self.cell().data, Data::Object { .. })
    }

    /// Whether it is an array.
    pub fn is_array(self) -> bool {
        matches!(self.cell().data, Data::Array { .. })
    }

    /// The array or object that it is in; nothing for the whole document.
    pub fn parent(self) -> Option<Node<'t>> {
        (self.id != 0).then(|| self.sibling(self.cell().parent))
    }

    /// The key under which it stands in its parent, where that is an object.
    pub fn key(self) -> Option<&'t str> {
        self.parent()?.is_object().then(|| self.name())
    }

    /// The key of a member.
    fn name(self) -> &'t str {
        &self.tree.names[self.cell().slot as usize]
    }

    /// The JSON Pointer of the node.
    pub fn pointer(self) -> String {
        let mut path = vec![self];
        while let Some(parent) = path.last().and_then(|node| node.parent()) {
            path.push(parent);
        }
        let mut out = String::new();
        for node in path.iter().rev().skip(1) {
            out.push('/');
            match node.key() {
                Some(key) => out.push_str(&pointer::escape(key)),
                None => out.push_str(&node.cell().slot.to_string()),
            }
        }
        out
    }

    /// The node that a pointer leads to from this one.
    pub fn at(self, pointer: &Pointer) -> Option<Node<'t>> {
        pointer.tokens().try_fold(self, |node, token| {
            if node.is_array() {
                let plain = token == "0" || !token.starts_with(['0', '+']);
                let index: usize = plain.then(|| token.parse().ok()).flatten()?;
                node.items().nth(index)
            } else {
                node.get(token)
            }
        })
    }

    /// Where the node is.
    pub fn location(self) -> Location {
        let place = self.cell().place;
        place.in_document(&self.tree.name, self.pointer())
    }

    pub(super) fn place(self) -> Place {
        self.cell().place
    }

    /// The place of the node's key, or the node's own.
    pub(super) fn key_place(self) -> Place {
        let cell = self.cell();
        self.key().map_or(cell.place, |_| cell.key)
    }

    /// Where the node's key is; where the node is, if it has none.
    pub fn key_location(self) -> Location {
        self.key_place()
            .in_document(&self.tree.name, self.pointer())
    }

    /// Where that key of this object is; where the object is, if it has none.
    pub fn entry_location(self, key: &str) -> Location {
        match self.get(key) {
            Some(node) => node.key_location(),
            None => self.location(),
        }
    }

    /// The node and all that is in it, without places.
    pub fn to_value(self) -> Value {
        match self.kind() {
            Kind::Null => Value::Null,
            Kind::Bool(value) => Value::Bool(value),
            Kind::Number(number) => Value::Number(number.clone()),
            Kind::String(text) => Value::String(text.to_owned()),
            Kind::Array => {
                let mut list = Vec::with_capacity(self.len());
                for item in self.items() {
                    list.push(item.to_value());
                }
                Value::Array(list)
            }
            Kind::Object => {
                let mut map = Map::with_capacity(self.len());
                for (key, node) in self.entries() {
                    map.insert(key.to_owned(), node.to_value());
                }
                Value::Object(map)
            }
        }
    }
}

/// The items of an array, or the values of an object, in the order of the text.
#[derive(Clone)]
pub struct Children<'t> {
    next: Node<'t>,
    left: u32,
}

impl<'t> Iterator for Children<'t> {
    type Item = Node<'t>;

    fn next(&mut self) -> Option<Node<'t>> {
        self.left = self.left.checked_sub(1)?;
        let node = self.next;
        self.next.id = node.cell().end;
        Some(node)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left as usize, Some(self.left as usize))
    }
}

impl ExactSizeIterator for Children<'_> {}

/// The members of an object, in the order of the text.
#[derive(Clone)]
pub struct Entries<'t>(Children<'t>);

impl<'t> Iterator for Entries<'t> {
    type Item = (&'t str, Node<'t>);

    fn next(&mut self) -> Option<(&'t str, Node<'t>)> {
        let member = self.0.next()?;
        Some((member.name(), member))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.0.size_hint()
    }
}

impl ExactSizeIterator for Entries<'_> {}

impl fmt::Debug for Node<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at `{}`", self.kind_name(), self.pointer())
    }
}
