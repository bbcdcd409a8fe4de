//! Takes values one by one and makes the tree of them.

use std::sync::Arc;

use serde_json::Number;

use super::error::{self, DocumentError, DocumentErrorKind, Limit};
use super::node::NodeId;
use super::tree::{Cell, Data, LARGE_OBJECT, Place, Tree, TreeLimits};
use crate::diagnostic::Location;
use crate::names::Names;
use crate::pointer;

/// Reading goes on after an error that leaves the structure intact, up to so many.
const MAX_ERRORS: usize = 50;

/// Deeper trees than this are not made, whatever the limits say.
const DEEPEST: usize = 1_000;

/// Reading cannot go on.
pub(super) struct Stop(pub(super) DocumentError);

/// A scalar value as a reader hands it on.
pub(super) enum Scalar<'a> {
    Null,
    Bool(bool),
    Number(Number),
    String(&'a str),
}

/// A container that is not closed yet.
struct Open {
    node: u32,
    object: bool,
    /// How many members or items it has so far.
    len: u32,
    /// The last key.
    key: (u32, Place),
    /// Whether a key has to come next.
    wants_key: bool,
}

/// Makes a tree of the values that a reader hands it in the order of the text.
pub(super) struct Builder {
    tree: Tree,
    max_depth: usize,
    max_nodes: usize,
    open: Vec<Open>,
    /// The members of the object that is being closed: keys' numbers, and nodes.
    members: Vec<(u32, u32)>,
    errors: Vec<DocumentError>,
}

impl Builder {
    pub(super) fn new(name: &Arc<str>, limits: &TreeLimits, bytes: usize) -> Self {
        Self {
            tree: Tree {
                name: Arc::clone(name),
                cells: Vec::with_capacity((bytes / 24).min(limits.max_nodes)),
                order: Vec::new(),
                text: String::with_capacity(bytes / 2),
                numbers: Vec::new(),
                names: Vec::new(),
                name_numbers: Names::default(),
            },
            max_depth: limits.max_depth.min(DEEPEST),
            max_nodes: limits.max_nodes.min(u32::MAX as usize / 2),
            open: Vec::new(),
            members: Vec::new(),
            errors: Vec::new(),
        }
    }

    /// Whether a member's key has to come next.
    #[cfg(feature = "yaml")]
    pub(super) fn wants_key(&self) -> bool {
        self.open.last().is_some_and(|open| open.wants_key)
    }

    /// The place, with the pointer of the value that is being read.
    pub(super) fn location(&self, place: Place) -> Location {
        let mut path = String::new();
        if let Some(open) = self.open.last() {
            path = self.tree.node(NodeId(open.node)).pointer();
            if !open.object {
                push_token(&mut path, &open.len.to_string());
            } else if !open.wants_key {
                push_token(&mut path, &self.tree.names[open.key.0 as usize]);
            }
        }
        place.in_document(&self.tree.name, path)
    }

    /// Takes an error down, after which reading can go on.
    pub(super) fn error(&mut self, error: DocumentError) -> Result<(), Stop> {
        if self.errors.len() >= MAX_ERRORS {
            return Err(Stop(error));
        }
        self.errors.push(error);
        Ok(())
    }

    fn too_big(&self, place: Place, limit: Limit, allowed: usize) -> Stop {
        Stop(DocumentError::too_big(limit, allowed, self.location(place)))
    }

    /// What ends the reading.
    #[cold]
    pub(super) fn stop(&self, place: Place, kind: DocumentErrorKind, texts: &[&str]) -> Stop {
        Stop(self.wrong(place, kind, texts))
    }

    /// What is wrong at a place.
    #[cold]
    pub(super) fn wrong(
        &self,
        place: Place,
        kind: DocumentErrorKind,
        texts: &[&str],
    ) -> DocumentError {
        DocumentError::new(kind, self.location(place), texts)
    }

    pub(super) fn too_deep(&self, place: Place) -> Stop {
        self.too_big(place, Limit::Depth, self.max_depth)
    }

    /// The key of the next member.
    pub(super) fn key(&mut self, text: &str, place: Place) {
        let name = match self.tree.name_numbers.get(text) {
            Some(name) => name as u32,
            None => {
                let name = self.tree.names.len();
                let text: Arc<str> = text.into();
                self.tree.names.push(Arc::clone(&text));
                self.tree.name_numbers.set(text, name);
                name as u32
            }
        };
        if let Some(open) = self.open.last_mut() {
            open.key = (name, place);
            open.wants_key = false;
        }
    }

    fn push(&mut self, data: Data, place: Place) -> Result<u32, Stop> {
        if self.tree.cells.len() >= self.max_nodes {
            return Err(self.too_big(place, Limit::Nodes, self.max_nodes));
        }
        let id = self.tree.cells.len() as u32;
        let cell = self.attach(Cell {
            data,
            parent: 0,
            end: id + 1,
            slot: 0,
            place,
            key: place,
        });
        self.tree.cells.push(cell);
        Ok(id)
    }

    /// A node of the container that is open.
    fn attach(&mut self, cell: Cell) -> Cell {
        let Some(open) = self.open.last_mut() else {
            return cell;
        };
        let slot = open.len;
        open.len += 1;
        open.wants_key = open.object;
        let (slot, key) = if open.object {
            open.key
        } else {
            (slot, cell.place)
        };
        Cell {
            parent: open.node,
            slot,
            key,
            ..cell
        }
    }

    /// A scalar value.
    pub(super) fn scalar(&mut self, scalar: Scalar<'_>, place: Place) -> Result<(), Stop> {
        let data = match scalar {
            Scalar::Null => Data::Null,
            Scalar::Bool(value) => Data::Bool(value),
            Scalar::Number(number) => {
                self.tree.numbers.push(number);
                Data::Number(self.tree.numbers.len() as u32 - 1)
            }
            Scalar::String(text) => {
                let start = self.tree.text.len() as u32;
                self.tree.text.push_str(text);
                Data::String {
                    start,
                    len: text.len() as u32,
                }
            }
        };
        self.push(data, place).map(drop)
    }

    /// The beginning of an array or object.
    pub(super) fn open(&mut self, object: bool, place: Place) -> Result<(), Stop> {
        if self.open.len() >= self.max_depth {
            return Err(self.too_deep(place));
        }
        let empty = if object {
            Data::Object { order: 0, len: 0 }
        } else {
            Data::Array { len: 0 }
        };
        let node = self.push(empty, place)?;
        self.open.push(Open {
            node,
            object,
            len: 0,
            key: (0, Place::default()),
            wants_key: object,
        });
        Ok(())
    }

    /// The end of the innermost array or object.
    pub(super) fn close(&mut self) -> Result<(), Stop> {
        let Some(Open {
            node, object, len, ..
        }) = self.open.last()
        else {
            return Ok(());
        };
        let (node, object, len) = (*node, *object, *len);
        let data = if object {
            let order = self.sort_members(node)?;
            Data::Object { order, len }
        } else {
            Data::Array { len }
        };
        self.open.pop();
        let end = self.tree.cells.len() as u32;
        let cell = &mut self.tree.cells[node as usize];
        (cell.data, cell.end) = (data, end);
        Ok(())
    }

    /// Reports keys that an object has twice; where the members of a large object
    /// begin in their order.
    fn sort_members(&mut self, object: u32) -> Result<u32, Stop> {
        let mut members = std::mem::take(&mut self.members);
        members.clear();
        let mut at = object + 1;
        while let Some(cell) = self.tree.cells.get(at as usize) {
            members.push((cell.slot, at));
            at = cell.end;
        }
        members.sort_unstable();
        let mut first = (u32::MAX, 0);
        for member in &members {
            if member.0 == first.0 {
                self.repeated_key(object, first.1, member.1)?;
            } else {
                first = *member;
            }
        }
        let order = self.tree.order.len() as u32;
        if members.len() as u32 >= LARGE_OBJECT {
            self.tree.order.extend(members.iter().map(|(_, id)| *id));
        }
        self.members = members;
        Ok(order)
    }

    #[cold]
    fn repeated_key(&mut self, object: u32, first: u32, second: u32) -> Result<(), Stop> {
        let [first, second] = [first, second].map(|id| self.tree.cells[id as usize]);
        let key = Arc::clone(&self.tree.names[second.slot as usize]);
        let mut path = self.tree.node(NodeId(object)).pointer();
        push_token(&mut path, &key);
        let name = &self.tree.name;
        let location = second.key.in_document(name, path.clone());
        let first = first.key.in_document(name, path);
        let (kind, texts) = (DocumentErrorKind::DuplicateKey, [&*key, &*first.spot()]);
        self.error(DocumentError::new(kind, location, &texts))
    }

    /// Underlines a container as far as its first key reaches.
    #[cfg(feature = "yaml")]
    pub(super) fn stretch(&mut self, key: Place) {
        if let Some(open) = self.open.last() {
            let place = &mut self.tree.cells[open.node as usize].place;
            if (place.line, place.column) == (key.line, key.column) {
                place.length = key.length;
            }
        }
    }

    /// The number of the node that comes next.
    #[cfg(feature = "yaml")]
    pub(super) fn next_node(&self) -> usize {
        self.tree.cells.len()
    }

    /// Whether a node is a container that is not closed yet.
    #[cfg(feature = "yaml")]
    pub(super) fn is_open(&self, node: usize) -> bool {
        self.open.iter().any(|open| open.node as usize == node)
    }

    /// The text of a scalar string that was read before.
    #[cfg(feature = "yaml")]
    pub(super) fn text_of(&self, node: usize) -> Option<String> {
        match self.tree.cells[node].data {
            Data::String { start, len } => {
                let range = start as usize..(start + len) as usize;
                Some(self.tree.text[range].to_owned())
            }
            Data::Number(number) => Some(self.tree.numbers[number as usize].to_string()),
            _ => None,
        }
    }

    /// Levels of nesting in a value that was read before, 0 for a scalar.
    #[cfg(feature = "yaml")]
    fn height(&self, node: usize) -> usize {
        let mut ends: Vec<u32> = Vec::new();
        let mut height = 0;
        for at in node as u32..self.tree.cells[node].end {
            while ends.last().is_some_and(|end| *end <= at) {
                ends.pop();
            }
            let cell = &self.tree.cells[at as usize];
            if matches!(cell.data, Data::Array { .. } | Data::Object { .. }) {
                ends.push(cell.end);
                height = height.max(ends.len());
            }
        }
        height
    }

    /// A value that was read before, once more: every node is made anew, so
    /// that it has its own parent; strings and numbers are shared.
    #[cfg(feature = "yaml")]
    pub(super) fn copy(&mut self, node: usize, place: Place) -> Result<(), Stop> {
        let (end, count) = (self.tree.cells[node].end as usize, self.tree.cells.len());
        if count + (end - node) > self.max_nodes {
            return Err(self.too_big(place, Limit::Nodes, self.max_nodes));
        }
        if self.open.len() + self.height(node) > self.max_depth {
            return Err(self.too_deep(place));
        }
        let moved = (count - node) as u32;
        for at in node..end {
            let mut cell = self.tree.cells[at];
            cell.end += moved;
            if let Data::Object { order, len } = &mut cell.data
                && *len >= LARGE_OBJECT
            {
                let from = *order as usize;
                *order = self.tree.order.len() as u32;
                for slot in from..from + *len as usize {
                    self.tree.order.push(self.tree.order[slot] + moved);
                }
            }
            if at == node {
                cell = self.attach(Cell { place, ..cell });
            } else {
                cell.parent += moved;
            }
            self.tree.cells.push(cell);
        }
        Ok(())
    }

    /// The tree, or everything that was wrong.
    pub(super) fn finish(mut self, stopped: Result<(), Stop>) -> Result<Tree, Vec<DocumentError>> {
        if let Err(Stop(error)) = stopped {
            self.errors.push(error);
        } else if self.tree.cells.is_empty() && self.errors.is_empty() {
            let place = Place {
                line: 1,
                column: 1,
                length: 1,
            };
            let location = place.in_document(&self.tree.name, String::new());
            self.errors
                .push(DocumentError::new(DocumentErrorKind::Empty, location, &[]));
        }
        if self.errors.is_empty() {
            return Ok(self.tree);
        }
        error::sort(&mut self.errors);
        Err(self.errors)
    }
}

fn push_token(path: &mut String, token: &str) {
    path.push('/');
    path.push_str(&pointer::escape(token));
}
