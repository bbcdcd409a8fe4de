//! YAML or JSON text to a tree of values with places.

use std::fmt;
use std::sync::Arc;

use serde_json::Number;

use super::builder::Builder;
use super::error::{DocumentError, DocumentErrorKind, Limit};
use super::json;
use super::node::{Node, NodeId};
#[cfg(feature = "yaml")]
use super::yaml;
use crate::diagnostic::Location;
use crate::names::Names;

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
