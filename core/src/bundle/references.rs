//! What the references of a document want of others.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::document::{Document, DocumentKind, Documents, EMBEDDED, Node, base_of, resolve_url};
use crate::pointer::Pointer;

/// What is wanted of a document beside its operations.
pub(super) struct Wanted<'d> {
    /// The document.
    pub document: &'d Document,
    /// The places in it, by pointer.
    places: BTreeMap<String, Node<'d>>,
}

/// Follows the references of a document that is carried whole, and those of
/// what they lead to.
pub(super) fn gather<'d>(
    documents: &'d Documents,
    document: &'d Document,
    into: &mut BTreeMap<String, Wanted<'d>>,
) {
    if !document.tree().has_key("$ref") {
        return;
    }
    let mut open = vec![(document, document.tree().root())];
    while let Some((document, node)) = open.pop() {
        let parts = node.entries().map(|(key, member)| (Some(key), member));
        let parts = parts.chain(node.items().map(|item| (None, item)));
        for (key, part) in parts {
            let text = part.as_str().filter(|_| key == Some("$ref"));
            if let Some(text) = text {
                open.extend(follow(documents, document, node, text, into));
            } else if node.parent().is_some() || key != Some(EMBEDDED) {
                open.push((document, part));
            }
        }
    }
}

/// Notes what a reference leads to; gives it where it has not been seen.
fn follow<'d>(
    documents: &'d Documents,
    document: &'d Document,
    holder: Node<'d>,
    text: &str,
    into: &mut BTreeMap<String, Wanted<'d>>,
) -> Option<(&'d Document, Node<'d>)> {
    let (target, fragment) = documents.follow(document, holder, text).ok()?;
    let inside = std::ptr::eq(target, document) || target.url() == document.url();
    if inside && document.kind() != DocumentKind::OpenApi {
        return None; // It is carried whole.
    }
    let url = if inside {
        // Under the URL that has led here.
        let known = into
            .iter()
            .find(|(_, wanted)| std::ptr::eq(wanted.document, target));
        known.map(|(url, _)| url.clone())?
    } else {
        let url = resolve_url(&base_of(document, holder), text);
        url.split('#').next().unwrap_or_default().to_owned()
    };
    let root = target.tree().root();
    let wanted = into.entry(url).or_insert_with(|| Wanted {
        document: target,
        places: BTreeMap::new(),
    });
    if target.kind() != DocumentKind::OpenApi {
        let new = wanted.places.insert(String::new(), root).is_none();
        return new.then_some((target, root));
    }
    let place = Pointer::parse(&fragment)
        .ok()
        .and_then(|pointer| root.at(&pointer))
        .or_else(|| root.get("components"))?;
    let new = wanted.places.insert(place.pointer(), place).is_none();
    new.then_some((target, place))
}

impl Wanted<'_> {
    /// Puts the places into what there is of the document.
    pub fn put_into(&self, value: &mut Value) {
        for (pointer, node) in &self.places {
            let Ok(pointer) = Pointer::parse(pointer) else {
                continue;
            };
            let tokens: Vec<&str> = pointer.tokens().collect();
            put(value, &tokens, *node);
        }
    }
}

/// Puts a value at a place, where nothing is yet.
fn put(value: &mut Value, tokens: &[&str], node: Node<'_>) {
    let Some((last, before)) = tokens.split_last() else {
        return;
    };
    let mut at = value;
    for token in before {
        let Value::Object(members) = at else {
            return; // In an array: that has been put whole.
        };
        at = members
            .entry((*token).to_owned())
            .or_insert_with(|| Value::Object(Map::new()));
    }
    if let Value::Object(members) = at {
        members
            .entry((*last).to_owned())
            .or_insert_with(|| node.to_value());
    }
}
