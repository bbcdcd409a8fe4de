//! Takes values one by one and makes the tree of them.

use std::fmt::Write as _;
use std::sync::Arc;

use serde_json::Number;

use super::error::{self, DocumentError, DocumentErrorKind, Limit};
use super::tree::{Cell, Data, Entry, LARGE_OBJECT, Place, Tree, TreeLimits};
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
    /// Where its entries or items begin among the pending ones.
    pending: usize,
    /// The last key.
    key: (u32, Place),
    /// Whether a key has to come next.
    wants_key: bool,
}

/// The part of the tables that one node with all it holds takes up.
#[cfg(feature = "yaml")]
#[derive(Clone, Copy)]
pub(super) struct Extent {
    node: u32,
    end: u32,
    items: (u32, u32),
    entries: (u32, u32),
    /// Levels of nesting, 0 for a scalar.
    height: usize,
}

/// Where an [`Extent`] begins.
#[cfg(feature = "yaml")]
#[derive(Clone, Copy)]
pub(super) struct Mark {
    node: u32,
    items: u32,
    entries: u32,
}

#[cfg(feature = "yaml")]
impl Extent {
    pub(super) fn height(&self) -> usize {
        self.height
    }
}

#[cfg(feature = "yaml")]
impl Mark {
    /// Whether anything has been read before it.
    pub(super) fn is_later(self) -> bool {
        self.node > 0
    }
}

/// Makes a tree of the values that a reader hands it in the order of the text.
pub(super) struct Builder {
    tree: Tree,
    max_depth: usize,
    max_nodes: usize,
    open: Vec<Open>,
    pending_items: Vec<u32>,
    pending_entries: Vec<Entry>,
    errors: Vec<DocumentError>,
}

impl Builder {
    pub(super) fn new(name: &Arc<str>, limits: &TreeLimits, bytes: usize) -> Self {
        Self {
            tree: Tree {
                name: Arc::clone(name),
                cells: Vec::with_capacity((bytes / 24).min(limits.max_nodes)),
                items: Vec::new(),
                entries: Vec::with_capacity((bytes / 40).min(limits.max_nodes)),
                order: Vec::new(),
                text: String::with_capacity(bytes / 2),
                numbers: Vec::new(),
                names: Vec::new(),
                name_numbers: Names::default(),
            },
            max_depth: limits.max_depth.min(DEEPEST),
            max_nodes: limits.max_nodes.min(u32::MAX as usize / 2),
            open: Vec::new(),
            pending_items: Vec::new(),
            pending_entries: Vec::new(),
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
        let mut path = self.path(self.open.len().saturating_sub(1));
        match self.open.last() {
            Some(open) if !open.object => {
                let _ = write!(path, "/{}", self.pending_items.len() - open.pending);
            }
            Some(open) if !open.wants_key => {
                path.push('/');
                path.push_str(&pointer::escape(&self.tree.names[open.key.0 as usize]));
            }
            _ => {}
        }
        place.in_document(&self.tree.name, path)
    }

    /// The pointer of the open container of that level.
    fn path(&self, level: usize) -> String {
        let mut path = String::new();
        for (at, open) in self.open.iter().enumerate().take(level) {
            path.push('/');
            if open.object {
                path.push_str(&pointer::escape(&self.tree.names[open.key.0 as usize]));
            } else {
                let inner = self.open.iter().skip(at + 1).find(|inner| !inner.object);
                let end = inner.map_or(self.pending_items.len(), |inner| inner.pending);
                let _ = write!(path, "{}", end - open.pending - 1);
            }
        }
        path
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
        let (parent, slot) = self.attach(id);
        self.tree.cells.push(Cell {
            data,
            parent,
            slot,
            place,
        });
        Ok(id)
    }

    /// Enters a node in the container that is open; its parent and slot.
    fn attach(&mut self, id: u32) -> (u32, u32) {
        let Some(open) = self.open.last_mut() else {
            return (0, 0);
        };
        let slot = if open.object {
            let (name, place) = open.key;
            open.wants_key = true;
            self.pending_entries.push(Entry {
                name,
                node: id,
                place,
            });
            self.pending_entries.len() - open.pending
        } else {
            self.pending_items.push(id);
            self.pending_items.len() - open.pending
        };
        (open.node, slot as u32 - 1)
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
            Data::Object { start: 0, len: 0 }
        } else {
            Data::Array { start: 0, len: 0 }
        };
        let node = self.push(empty, place)?;
        let pending = if object {
            self.pending_entries.len()
        } else {
            self.pending_items.len()
        };
        self.open.push(Open {
            node,
            object,
            pending,
            key: (0, Place::default()),
            wants_key: object,
        });
        Ok(())
    }

    /// The end of the innermost array or object.
    pub(super) fn close(&mut self) -> Result<(), Stop> {
        if self.open.last().is_some_and(|open| open.object) {
            self.close_object()?;
        } else if let Some(open) = self.open.pop() {
            let start = self.tree.items.len() as u32;
            let items = self.pending_items.drain(open.pending..);
            self.tree.items.extend(items);
            let len = self.tree.items.len() as u32 - start;
            self.tree.cells[open.node as usize].data = Data::Array { start, len };
        }
        Ok(())
    }

    fn close_object(&mut self) -> Result<(), Stop> {
        let Some(Open { node, pending, .. }) = self.open.last() else {
            return Ok(());
        };
        let (node, pending) = (*node as usize, *pending);
        let members = &self.pending_entries[pending..];
        let len = members.len() as u32;
        let start = self.tree.entries.len() as u32;
        let mut order: Vec<u32> = (0..len).collect();
        if len >= LARGE_OBJECT {
            order.sort_unstable_by_key(|slot| (members[*slot as usize].name, *slot));
        }
        for (first, second) in repeated(members, &order) {
            self.repeated_key(first, second)?;
        }
        self.open.pop();
        let members = self.pending_entries.drain(pending..);
        self.tree.entries.extend(members);
        self.tree.order.append(&mut order);
        self.tree.cells[node].data = Data::Object { start, len };
        Ok(())
    }

    fn repeated_key(&mut self, first: Entry, second: Entry) -> Result<(), Stop> {
        let key = self.tree.names[second.name as usize].to_string();
        let mut path = self.path(self.open.len().saturating_sub(1));
        path.push('/');
        path.push_str(&pointer::escape(&key));
        let name = &self.tree.name;
        let location = second.place.in_document(name, path.clone());
        let first = first.place.in_document(name, path);
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

    /// Where what comes next will begin.
    #[cfg(feature = "yaml")]
    pub(super) fn mark(&self) -> Mark {
        Mark {
            node: self.tree.cells.len() as u32,
            items: self.tree.items.len() as u32,
            entries: self.tree.entries.len() as u32,
        }
    }

    /// What has been read since the mark: one whole value.
    #[cfg(feature = "yaml")]
    pub(super) fn extent(&self, mark: Mark, height: usize) -> Extent {
        Extent {
            node: mark.node,
            end: self.tree.cells.len() as u32,
            items: (mark.items, self.tree.items.len() as u32),
            entries: (mark.entries, self.tree.entries.len() as u32),
            height,
        }
    }

    /// The text of a scalar string that was read before.
    #[cfg(feature = "yaml")]
    pub(super) fn text_of(&self, extent: &Extent) -> Option<String> {
        match self.tree.cells[extent.node as usize].data {
            Data::String { start, len } => {
                let range = start as usize..(start + len) as usize;
                Some(self.tree.text[range].to_owned())
            }
            Data::Number(number) => Some(self.tree.numbers[number as usize].to_string()),
            _ => None,
        }
    }

    /// A value that was read before, once more: every node is made anew, so
    /// that it has its own parent; strings and numbers are shared.
    #[cfg(feature = "yaml")]
    pub(super) fn copy(&mut self, extent: &Extent, place: Place) -> Result<(), Stop> {
        let size = (extent.end - extent.node) as usize;
        if self.tree.cells.len() + size > self.max_nodes {
            return Err(self.too_big(place, Limit::Nodes, self.max_nodes));
        }
        if self.open.len() + extent.height > self.max_depth {
            return Err(self.too_deep(place));
        }
        let moved = self.tree.cells.len() as u32 - extent.node;
        let items_moved = self.tree.items.len() as u32 - extent.items.0;
        let entries_moved = self.tree.entries.len() as u32 - extent.entries.0;
        for at in extent.items.0..extent.items.1 {
            let id = self.tree.items[at as usize];
            self.tree.items.push(id + moved);
        }
        for at in extent.entries.0..extent.entries.1 {
            let mut entry = self.tree.entries[at as usize];
            entry.node += moved;
            self.tree.entries.push(entry);
            let slot = self.tree.order[at as usize];
            self.tree.order.push(slot);
        }
        let (parent, slot) = self.attach(extent.node + moved);
        for at in extent.node..extent.end {
            let mut cell = self.tree.cells[at as usize];
            match &mut cell.data {
                Data::Array { start, .. } => *start += items_moved,
                Data::Object { start, .. } => *start += entries_moved,
                _ => {}
            }
            if at == extent.node {
                (cell.parent, cell.slot, cell.place) = (parent, slot, place);
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

/// The members whose key an earlier one has, with that one; `order` sorts large
/// objects by key.
fn repeated(members: &[Entry], order: &[u32]) -> Vec<(Entry, Entry)> {
    let mut found = Vec::new();
    if (members.len() as u32) < LARGE_OBJECT {
        for (slot, entry) in members.iter().enumerate() {
            let same = |other: &&Entry| other.name == entry.name;
            if let Some(first) = members[..slot].iter().find(same) {
                found.push((*first, *entry));
            }
        }
        return found;
    }
    let name = |slot: u32| members[slot as usize].name;
    for group in order.chunk_by(|a, b| name(*a) == name(*b)) {
        for slot in group.iter().skip(1) {
            found.push((members[group[0] as usize], members[*slot as usize]));
        }
    }
    found
}
