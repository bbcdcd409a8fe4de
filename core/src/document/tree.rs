//! YAML or JSON text to a tree of values with places.

use std::fmt;
use std::sync::Arc;

use serde_json::{Map, Number, Value};

use super::builder::Builder;
use super::error::{DocumentError, DocumentErrorKind, Limit};
use super::json;
#[cfg(feature = "yaml")]
use super::yaml;
use crate::diagnostic::Location;
use crate::names::Names;
use crate::pointer::{self, Pointer};

/// Objects with at least so many members are searched by halves.
pub(super) const LARGE_OBJECT: u32 = 16;

/// How large a document may be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TreeLimits {
    /// Bytes of text; 16 MiB by default.
    pub max_bytes: usize,
    /// Levels of nesting; 200 by default, more than 1,000 count as 1,000.
    pub max_depth: usize,
    /// Values, every use of a YAML alias counted; 2,000,000 by default.
    pub max_nodes: usize,
}

impl Default for TreeLimits {
    fn default() -> Self {
        Self {
            max_bytes: 16 << 20,
            max_depth: 200,
            max_nodes: 2_000_000,
        }
    }
}

/// A document as a tree of values, each with its place in the text.
pub struct Tree {
    pub(super) name: Arc<str>,
    /// Every value, each before what is in it, in the order of the text.
    pub(super) cells: Vec<Cell>,
    /// For each large object its members, sorted by the keys' numbers.
    pub(super) order: Vec<u32>,
    /// Every string, one after the other.
    pub(super) text: String,
    pub(super) numbers: Vec<Number>,
    pub(super) names: Vec<Arc<str>>,
    pub(super) name_numbers: Names,
}

/// One value.
#[derive(Clone, Copy)]
pub(super) struct Cell {
    pub(super) data: Data,
    /// The container; the root's is the root.
    pub(super) parent: u32,
    /// The first node that is not in it.
    pub(super) end: u32,
    /// Which item of an array it is, or the number of its key.
    pub(super) slot: u32,
    pub(super) place: Place,
    /// The place of its key, where it has one.
    pub(super) key: Place,
}

#[derive(Clone, Copy)]
pub(super) enum Data {
    Null,
    Bool(bool),
    Number(u32),
    String {
        start: u32,
        len: u32,
    },
    Array {
        len: u32,
    },
    /// Of a large object, where its members begin in `order`.
    Object {
        order: u32,
        len: u32,
    },
}

/// Line and column from 1, in characters, and the length on that line.
#[derive(Clone, Copy, Default)]
pub(super) struct Place {
    pub(super) line: u32,
    pub(super) column: u32,
    pub(super) length: u32,
}

impl Place {
    pub(super) fn in_document(self, document: &Arc<str>, pointer: String) -> Location {
        Location {
            document: Arc::clone(document),
            pointer,
            line: self.line,
            column: self.column,
            length: self.length.max(1),
        }
    }
}

/// The number of a node in its tree.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NodeId(pub(super) u32);

/// A value in a tree.
#[derive(Clone, Copy)]
pub struct Node<'t> {
    tree: &'t Tree,
    id: u32,
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

impl Tree {
    /// Reads a text: JSON where it begins with `{` or `[`, YAML 1.2 (core
    /// schema) otherwise, and also where such a text is YAML but not JSON,
    /// unless the name ends in `.json`. The name stands in every location.
    ///
    /// # Errors
    /// Everything that was found, in the order of the text: `document.not-utf8`,
    /// `document.syntax`, `document.duplicate-key`, `document.too-deep`, …
    pub fn parse(name: &str, text: &[u8], limits: &TreeLimits) -> Result<Self, Vec<DocumentError>> {
        let name: Arc<str> = name.into();
        let text = decode(&name, text, limits).map_err(|error| vec![error])?;
        let first = text
            .bytes()
            .find(|byte| !matches!(byte, b' ' | b'\t' | b'\r' | b'\n'));
        if matches!(first, Some(b'{' | b'[')) {
            read_json(&name, text, limits)
        } else {
            read_yaml(&name, text, limits)
        }
    }

    /// The document's name: the URL or path it was read from.
    pub fn name(&self) -> &Arc<str> {
        &self.name
    }

    /// The whole document.
    pub fn root(&self) -> Node<'_> {
        Node { tree: self, id: 0 }
    }

    /// A node by its number.
    ///
    /// # Panics
    /// Where the number is another tree's and this one has fewer nodes.
    pub fn node(&self, id: NodeId) -> Node<'_> {
        assert!((id.0 as usize) < self.cells.len(), "a node of this tree");
        Node {
            tree: self,
            id: id.0,
        }
    }

    /// Every node, each before what is in it, in the order of the text.
    pub fn nodes(&self) -> impl Iterator<Item = Node<'_>> {
        (0..self.cells.len() as u32).map(move |id| Node { tree: self, id })
    }

    /// Whether any object of the document has this key.
    pub fn has_key(&self, key: &str) -> bool {
        self.name_numbers.has(key)
    }
}

impl fmt::Debug for Tree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tree")
            .field("name", &self.name)
            .field("nodes", &self.cells.len())
            .finish_non_exhaustive()
    }
}

/// Checks size and encoding, and drops a byte order mark.
fn decode<'a>(
    name: &Arc<str>,
    text: &'a [u8],
    limits: &TreeLimits,
) -> Result<&'a str, DocumentError> {
    let whole = Place {
        line: 1,
        column: 1,
        length: 1,
    };
    let allowed = limits.max_bytes.min(u32::MAX as usize / 2);
    if text.len() > allowed {
        let place = whole.in_document(name, String::new());
        return Err(DocumentError::too_big(Limit::Bytes, allowed, place));
    }
    let text = text.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(text);
    std::str::from_utf8(text).map_err(|error| {
        let good = text.get(..error.valid_up_to()).unwrap_or_default();
        let good = String::from_utf8_lossy(good);
        let line = good.matches('\n').count() as u32 + 1;
        let column = good.rsplit('\n').next().unwrap_or("").chars().count() as u32 + 1;
        let place = Place {
            line,
            column,
            length: 1,
        };
        let place = place.in_document(name, String::new());
        let offset = error.valid_up_to().to_string();
        DocumentError::new(DocumentErrorKind::NotUtf8, place, &[&offset])
    })
}

fn read_json(name: &Arc<str>, text: &str, limits: &TreeLimits) -> Result<Tree, Vec<DocumentError>> {
    let mut builder = Builder::new(name, limits, text.len());
    let stopped = json::read(text, &mut builder);
    let result = builder.finish(stopped);
    #[cfg(feature = "yaml")]
    if let Err(errors) = &result
        && let Some(at) = errors.iter().find_map(syntax_place)
        && !is_json_name(name)
    {
        let other = read_yaml(name, text, limits);
        let further = |found: &[DocumentError]| {
            found.first().is_some_and(|error| {
                let place = error.place();
                syntax_place(error).is_none() || (place.line, place.column) > at
            })
        };
        let better = match &other {
            Ok(_) => true,
            Err(found) => !looks_like_json(text) && further(found),
        };
        if better {
            return other;
        }
    }
    result
}

/// Whether the first key of an object stands in double quotes.
#[cfg(feature = "yaml")]
fn looks_like_json(text: &str) -> bool {
    let inside = text.trim_start().strip_prefix('{').unwrap_or_default();
    inside.trim_start().starts_with('"')
}

/// Where a syntax error is, as line and column.
#[cfg(feature = "yaml")]
fn syntax_place(error: &DocumentError) -> Option<(u32, u32)> {
    let place = error.place();
    (error.kind == DocumentErrorKind::Syntax).then_some((place.line, place.column))
}

#[cfg(feature = "yaml")]
fn is_json_name(name: &str) -> bool {
    let path = name.split(['?', '#']).next().unwrap_or(name);
    path.rsplit('.')
        .next()
        .is_some_and(|ending| ending.eq_ignore_ascii_case("json"))
}

#[cfg(feature = "yaml")]
fn read_yaml(name: &Arc<str>, text: &str, limits: &TreeLimits) -> Result<Tree, Vec<DocumentError>> {
    let mut builder = Builder::new(name, limits, text.len());
    let stopped = yaml::read(text, &mut builder);
    builder.finish(stopped)
}

#[cfg(not(feature = "yaml"))]
fn read_yaml(name: &Arc<str>, text: &str, limits: &TreeLimits) -> Result<Tree, Vec<DocumentError>> {
    let mut builder = Builder::new(name, limits, text.len());
    let stopped = json::read(text, &mut builder);
    builder.finish(stopped).map_err(|errors| {
        let location = Place {
            line: 1,
            column: 1,
            length: 1,
        };
        match errors.first().map(|error| error.kind) {
            Some(DocumentErrorKind::Syntax) => {
                let place = location.in_document(name, String::new());
                vec![DocumentError::new(
                    DocumentErrorKind::YamlLeftOut,
                    place,
                    &[],
                )]
            }
            _ => errors,
        }
    })
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
