//! The documents of one program, and the ways between them.

use std::sync::Arc;

use super::error::{DocumentError, DocumentErrorKind};
use super::node::{Node, NodeId};
use super::tree::Tree;
use super::url::{percent_decode, resolve_url, split_fragment};
use crate::diagnostic::Location;
use crate::names::Names;

/// What a document says it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DocumentKind {
    /// It has `arazzo`.
    Arazzo,
    /// It has `openapi` or `swagger`.
    OpenApi,
    /// It has `asyncapi`.
    AsyncApi,
    /// It has none of these: a part of a description, a schema, anything.
    Other,
}

impl DocumentKind {
    /// What a document with that root is.
    pub fn of(root: Node<'_>) -> Self {
        let has = |key| root.get(key).is_some();
        if has("arazzo") {
            Self::Arazzo
        } else if has("openapi") || has("swagger") {
            Self::OpenApi
        } else if has("asyncapi") {
            Self::AsyncApi
        } else {
            Self::Other
        }
    }

    /// The kind in words, with its article.
    pub fn words(self) -> &'static str {
        match self {
            Self::Arazzo => "an Arazzo description",
            Self::OpenApi => "an OpenAPI description",
            Self::AsyncApi => "an AsyncAPI description",
            Self::Other => "none of the kinds of descriptions",
        }
    }
}

/// A document that was read.
#[derive(Clone, Debug)]
pub struct Document {
    pub(super) index: usize,
    pub(super) url: String,
    pub(super) identity: Option<String>,
    pub(super) kind: DocumentKind,
    pub(super) tree: Arc<Tree>,
    /// Whether it came over the network, itself or in a bundle that did.
    pub(super) remote: bool,
    pub(super) reached: bool,
}

impl Document {
    /// Where it was read from, redirects followed.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Its `$self`, resolved. Arazzo 1.1.0, Arazzo Specification Object.
    pub fn identity(&self) -> Option<&str> {
        self.identity.as_deref()
    }

    /// What relative references in it are resolved against: its `$self`, else
    /// where it was read from. Arazzo 1.1.0, Establishing the Base URI.
    pub fn base(&self) -> &str {
        self.identity.as_deref().unwrap_or(&self.url)
    }

    /// What it says it is.
    pub fn kind(&self) -> DocumentKind {
        self.kind
    }

    /// Its values.
    pub fn tree(&self) -> &Arc<Tree> {
        &self.tree
    }
}

/// A source description and the document it leads to.
#[derive(Clone, Copy, Debug)]
pub struct Source<'d> {
    /// Its name.
    pub name: &'d str,
    /// Its `url` as written.
    pub url: &'d str,
    /// The resolved location.
    pub target: &'d str,
    /// The node of `url`.
    pub node: Node<'d>,
    /// The document, or why there is none.
    pub document: Result<&'d Document, &'d str>,
}

/// Why a reference leads to no document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotLoaded {
    /// The resolved location, without fragment.
    pub tried: String,
    /// Why it could not be had.
    pub reason: String,
}

pub(super) struct SourceLink {
    pub(super) document: usize,
    pub(super) name: String,
    pub(super) url: NodeId,
    pub(super) target: String,
}

pub(super) struct Failure {
    pub(super) reason: String,
    pub(super) errors: Vec<DocumentError>,
}

impl Failure {
    pub(super) fn because(reason: &str) -> Self {
        Self {
            reason: reason.to_owned(),
            errors: Vec::new(),
        }
    }
}

/// Why documents could not be had, by the keys of their URLs.
#[derive(Default)]
pub(super) struct Failures {
    numbers: Names,
    failures: Vec<Failure>,
}

impl Failures {
    pub(super) fn get(&self, key: &str) -> Option<&Failure> {
        Some(&self.failures[self.numbers.get(key)?])
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.numbers.has(key)
    }

    pub(super) fn set(&mut self, key: &str, failure: Failure) {
        match self.numbers.add(key, self.failures.len()) {
            Some(known) => self.failures[known] = failure,
            None => self.failures.push(failure),
        }
    }

    /// The reason, where none is known yet.
    pub(super) fn add(&mut self, key: &str, reason: &str) {
        if !self.has(key) {
            self.set(key, Failure::because(reason));
        }
    }
}

/// Every document that was read for one program.
pub struct Documents {
    pub(super) entry: String,
    pub(super) documents: Vec<Document>,
    pub(super) by_url: Names,
    pub(super) failures: Failures,
    pub(super) links: Vec<SourceLink>,
    pub(super) errors: Vec<DocumentError>,
}

/// What a URL is known by: without fragment and dot segments.
pub(super) fn key(url: &str) -> String {
    resolve_url("", split_fragment(url).0)
}

/// The beginning of a document that could not be read.
pub(super) fn whole(url: &str) -> Location {
    Location {
        document: url.into(),
        ..Location::default()
    }
}

/// What a `$ref` in this object is resolved against: the nearest `$id` of a
/// schema around it, else the document's base.
pub(crate) fn base_of(document: &Document, node: Node<'_>) -> String {
    if !document.tree.has_key("$id") {
        return document.base().to_owned();
    }
    let mut ids = Vec::new();
    let mut at = Some(node);
    while let Some(node) = at {
        ids.extend(node.get("$id").and_then(Node::as_str));
        at = node.parent();
    }
    let base = document.base().to_owned();
    ids.iter()
        .rev()
        .fold(base, |base, id| resolve_url(&base, id))
}

impl Documents {
    pub(super) fn take_errors(&mut self) {
        let mut named: Vec<&str> = vec![&self.entry];
        named.extend(self.links.iter().map(|link| link.target.as_str()));
        let mut seen = Names::default();
        for key in named.into_iter().map(key) {
            if let Some(failure) = self.failures.get(&key)
                && seen.add(&key, 0).is_none()
            {
                self.errors.extend_from_slice(&failure.errors);
            }
        }
    }

    /// The entry document; `None` where it could not be read.
    pub fn entry(&self) -> Option<&Document> {
        self.get(&self.entry)
    }

    /// The document at a URL, by where it was asked for, where it was found or
    /// what it calls itself. A fragment is ignored.
    pub fn get(&self, url: &str) -> Option<&Document> {
        self.documents.get(self.by_url.get(&key(url))?)
    }

    /// Why there is no document at a URL that was needed.
    pub fn failure(&self, url: &str) -> Option<&str> {
        let failure = self.failures.get(&key(url))?;
        Some(&failure.reason)
    }

    /// Every document that something refers to, in the order of reading.
    pub fn iter(&self) -> impl Iterator<Item = &Document> {
        self.documents.iter().filter(|document| document.reached)
    }

    /// What is wrong with the texts of the entry document and of the sources,
    /// and which limits were exceeded.
    pub fn errors(&self) -> &[DocumentError] {
        &self.errors
    }

    /// The source descriptions of an Arazzo document that have name and URL.
    pub fn sources<'d>(&'d self, document: &'d Document) -> impl Iterator<Item = Source<'d>> {
        let own = |link: &&SourceLink| link.document == document.index;
        self.links.iter().filter(own).map(|link| {
            let node = document.tree.node(link.url);
            Source {
                name: &link.name,
                url: node.as_str().unwrap_or_default(),
                target: &link.target,
                node,
                document: self
                    .get(&link.target)
                    .ok_or_else(|| self.failure(&link.target).unwrap_or("it was not supplied")),
            }
        })
    }

    /// A `document.unavailable` for the entry document and for each source
    /// description whose document could not be had.
    pub fn unavailable(&self) -> Vec<DocumentError> {
        let mut found = Vec::new();
        if self.entry().is_none() {
            found.extend(self.missing(whole(&self.entry), "document", &self.entry, &self.entry));
        }
        for document in self.iter() {
            for source in self.sources(document) {
                let location = source.node.location();
                let what = "source description";
                found.extend(self.missing(location, what, source.name, source.target));
            }
        }
        found
    }

    fn missing(
        &self,
        location: Location,
        what: &str,
        name: &str,
        target: &str,
    ) -> Option<DocumentError> {
        let failure = self.failures.get(&key(target))?;
        let nothing_else = failure.errors.is_empty() && self.get(target).is_none();
        nothing_else.then(|| {
            let source = if what == "document" { "" } else { name };
            let texts = [what, name, target, &*failure.reason, source];
            DocumentError::new(DocumentErrorKind::Unavailable, location, &texts)
        })
    }

    /// The document that a reference in this object leads to, and the fragment
    /// with its percent-encoding undone.
    ///
    /// # Errors
    /// The location that was tried, and why nothing is there.
    pub fn follow<'d>(
        &'d self,
        document: &'d Document,
        at: Node<'_>,
        reference: &str,
    ) -> Result<(&'d Document, String), NotLoaded> {
        let whole = resolve_url(&base_of(document, at), reference);
        let (target, fragment) = split_fragment(&whole);
        let not_loaded = |reason: &str| NotLoaded {
            tried: target.to_owned(),
            reason: reason.to_owned(),
        };
        let Some(fragment) = percent_decode(fragment.unwrap_or_default()) else {
            return Err(not_loaded("the fragment is not percent-encoded text"));
        };
        if reference.starts_with('#') || key(target) == key(document.base()) {
            return Ok((document, fragment));
        }
        match self.get(target) {
            Some(found) => Ok((found, fragment)),
            None => Err(not_loaded(
                self.failure(target).unwrap_or("it was not read"),
            )),
        }
    }
}
