//! The documents that a bundle carries in itself.

use std::sync::Arc;

use super::builder::{Builder, Scalar, Stop};
use super::error::DocumentError;
use super::node::{Kind, Node};
use super::tree::{Tree, TreeLimits};
use super::url::{resolve_url, split_fragment};
use crate::pointer;

/// The member of a bundle that holds the documents its source descriptions and
/// references name: by URL, relative to the bundle.
///
/// Only the entry document's counts. A document that is fetched could otherwise
/// stand in for what its reader refers to.
pub const EMBEDDED: &str = "x-spola-documents";

/// The documents that stand in a bundle, with the URL that each is known by.
pub(super) fn documents<'t>(
    root: Node<'t>,
    base: &str,
) -> impl Iterator<Item = (String, Node<'t>)> {
    let base = base.to_owned();
    let table = root.get(EMBEDDED).into_iter().flat_map(Node::entries);
    table.map(move |(key, node)| {
        let url = resolve_url(&base, key);
        (split_fragment(&url).0.to_owned(), node)
    })
}

/// Whether a node belongs to a document that a bundle carries, not to the bundle.
pub(super) fn is_inside(node: Node<'_>) -> bool {
    let mut at = node;
    while let Some(parent) = at.parent() {
        if parent.parent().is_none() {
            return at.key() == Some(EMBEDDED);
        }
        at = parent;
    }
    false
}

/// A part of a tree as a tree of its own. Places stay those of the whole text;
/// the name tells which part it is.
pub(super) fn tree_of(node: Node<'_>, limits: &TreeLimits) -> Result<Tree, Vec<DocumentError>> {
    let whole = node.tree().name();
    let key = node.key().unwrap_or_default();
    let name: Arc<str> = format!("{whole}#/{EMBEDDED}/{}", pointer::escape(key)).into();
    let mut builder = Builder::new(&name, limits, 0);
    let stopped = copy(node, &mut builder);
    builder.finish(stopped)
}

fn copy(node: Node<'_>, builder: &mut Builder) -> Result<(), Stop> {
    let place = node.place();
    let scalar = match node.kind() {
        Kind::Null => Scalar::Null,
        Kind::Bool(value) => Scalar::Bool(value),
        Kind::Number(number) => Scalar::Number(number.clone()),
        Kind::String(text) => Scalar::String(text),
        Kind::Array => {
            builder.open(false, place)?;
            for item in node.items() {
                copy(item, builder)?;
            }
            return builder.close();
        }
        Kind::Object => {
            builder.open(true, place)?;
            for (key, member) in node.entries() {
                builder.key(key, member.key_place());
                copy(member, builder)?;
            }
            return builder.close();
        }
    };
    builder.scalar(scalar, place)
}
