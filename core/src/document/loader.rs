//! Which document is needed next; bytes in.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use super::error::{DocumentError, Limit};
use super::tree::{Node, NodeId, Tree, TreeLimits};
use super::url::{percent_decode, resolve_url, scheme, split_fragment};
use crate::diagnostic::{Location, Severity};

/// How much may be read for one program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoadLimits {
    /// The limits of each document.
    pub tree: TreeLimits,
    /// Documents; 1,000 by default.
    pub max_documents: usize,
    /// Bytes of all documents; 64 MiB by default.
    pub max_total_bytes: usize,
}

impl Default for LoadLimits {
    fn default() -> Self {
        Self {
            tree: TreeLimits::default(),
            max_documents: 1_000,
            max_total_bytes: 64 << 20,
        }
    }
}

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
    index: usize,
    url: String,
    identity: Option<String>,
    kind: DocumentKind,
    tree: Arc<Tree>,
    reached: bool,
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

struct SourceLink {
    document: usize,
    name: String,
    url: NodeId,
    target: String,
}

struct Failure {
    reason: String,
    errors: Vec<DocumentError>,
}

/// Reads a description with everything it refers to: says which document it
/// needs next, and is given its bytes.
///
/// ```
/// # use spola::document::Loader;
/// # fn fetch(_: &str) -> Result<Vec<u8>, String> { Ok(b"arazzo: 1.1.0".to_vec()) }
/// let mut loader = Loader::new("pets.arazzo.yaml");
/// while let Some(url) = loader.needs() {
///     match fetch(&url) {
///         Ok(bytes) => loader.supply(&url, &bytes, &url),
///         Err(reason) => loader.failed(&url, &reason),
///     }
/// }
/// assert!(loader.finish().entry().is_some());
/// ```
pub struct Loader {
    entry: String,
    overrides: BTreeMap<String, String>,
    limits: LoadLimits,
    queue: VecDeque<String>,
    asked: BTreeSet<String>,
    documents: Vec<Document>,
    by_url: BTreeMap<String, usize>,
    failures: BTreeMap<String, Failure>,
    links: Vec<SourceLink>,
    total_bytes: usize,
    errors: Vec<DocumentError>,
}

/// Every document that was read for one program.
pub struct Documents {
    entry: String,
    documents: Vec<Document>,
    by_url: BTreeMap<String, usize>,
    failures: BTreeMap<String, Failure>,
    links: Vec<SourceLink>,
    errors: Vec<DocumentError>,
}

/// What a URL is known by: without fragment and dot segments.
fn key(url: &str) -> String {
    resolve_url("", split_fragment(url).0)
}

impl Loader {
    /// Begins with the entry document: a URL, or the path of a file.
    pub fn new(url: &str) -> Self {
        Self {
            entry: url.to_owned(),
            overrides: BTreeMap::new(),
            limits: LoadLimits::default(),
            queue: VecDeque::from([url.to_owned()]),
            asked: BTreeSet::new(),
            documents: Vec::new(),
            by_url: BTreeMap::new(),
            failures: BTreeMap::new(),
            links: Vec::new(),
            total_bytes: 0,
            errors: Vec::new(),
        }
    }

    /// Says where the source description of that name really is. The entry
    /// document's is meant; where it has none, those of other documents.
    pub fn source(&mut self, name: &str, url: &str) {
        self.overrides.insert(name.to_owned(), url.to_owned());
    }

    /// Sets the limits.
    pub fn limit(&mut self, limits: LoadLimits) {
        self.limits = limits;
    }

    /// The URL or path of a document that is needed; each one is said once.
    /// Several may be asked for before the first is supplied. `None` where
    /// nothing is needed, or not before one that was asked for is there.
    pub fn needs(&mut self) -> Option<String> {
        while let Some(url) = self.queue.pop_front() {
            let key = key(&url);
            if let Some(index) = self.by_url.get(&key) {
                self.reach(*index);
            } else if !self.failures.contains_key(&key) && self.asked.insert(key.clone()) {
                if self.asked.len() > self.limits.max_documents {
                    self.over(&url, Limit::Documents, self.limits.max_documents);
                    continue;
                }
                return Some(url);
            }
        }
        None
    }

    /// A limit on all documents is reached: this one is left out.
    fn over(&mut self, url: &str, limit: Limit, allowed: usize) {
        let error = DocumentError::TooBig {
            location: whole(url),
            limit,
            allowed,
        };
        self.failures.insert(
            key(url),
            Failure {
                reason: error.to_string(),
                errors: Vec::new(),
            },
        );
        let again = |known: &DocumentError| matches!(known, DocumentError::TooBig { limit: other, .. } if *other == limit);
        if !self.errors.iter().any(again) {
            self.errors.push(error);
        }
    }

    /// Hands over a document: the URL as [`Loader::needs`] gave it, its bytes,
    /// and where it was in the end, redirects followed. A document may also be
    /// handed over before it is asked for; it is used where it is referred to.
    pub fn supply(&mut self, url: &str, bytes: &[u8], final_url: &str) {
        self.total_bytes = self.total_bytes.saturating_add(bytes.len());
        if self.total_bytes > self.limits.max_total_bytes {
            self.over(url, Limit::TotalBytes, self.limits.max_total_bytes);
            return;
        }
        let key = key(url);
        let tree = match Tree::parse(url, bytes, &self.limits.tree) {
            Ok(tree) => tree,
            Err(errors) => {
                let reason = errors.first().map_or_else(String::new, |error| {
                    let place = error.place();
                    format!("{error} (line {}, column {})", place.line, place.column)
                });
                self.failures.insert(key, Failure { reason, errors });
                return;
            }
        };
        let index = self.documents.len();
        let document = read(index, tree, split_fragment(final_url).0);
        for known in [Some(document.url()), document.identity()]
            .into_iter()
            .flatten()
        {
            self.by_url.entry(self::key(known)).or_insert(index);
        }
        self.by_url.insert(key.clone(), index);
        self.documents.push(document);
        if self.asked.contains(&key) {
            self.reach(index);
        }
    }

    /// Says that a document cannot be had, and why.
    pub fn failed(&mut self, url: &str, reason: &str) {
        self.failures.insert(
            key(url),
            Failure {
                reason: reason.to_owned(),
                errors: Vec::new(),
            },
        );
    }

    /// A document is referred to: what it refers to is needed as well.
    fn reach(&mut self, index: usize) {
        let document = &mut self.documents[index];
        if document.reached {
            return;
        }
        document.reached = true;
        let document = document.clone();
        if document.kind == DocumentKind::Arazzo {
            self.reach_sources(&document);
        }
        for target in references(&document) {
            self.want(&document, target);
        }
    }

    fn reach_sources(&mut self, document: &Document) {
        let sources = document.tree.root().get("sourceDescriptions");
        let entry = self.by_url.get(&key(&self.entry)) == Some(&document.index);
        for source in sources.into_iter().flat_map(Node::items) {
            let text = |field| source.get(field).and_then(Node::as_str);
            let (Some(name), Some(url)) = (text("name"), source.get("url")) else {
                continue;
            };
            let Some(written) = url.as_str() else {
                continue;
            };
            let moved = self.overrides.get(name).filter(|_| {
                let first = |link: &SourceLink| link.document == 0 && link.name == name;
                entry || !self.links.iter().any(first)
            });
            let target = match moved {
                Some(moved) => moved.clone(),
                None => {
                    let resolved = resolve_url(document.base(), written);
                    split_fragment(&resolved).0.to_owned()
                }
            };
            self.links.push(SourceLink {
                document: document.index,
                name: name.to_owned(),
                url: url.id(),
                target: target.clone(),
            });
            if moved.is_some() {
                self.queue.push_back(target);
            } else {
                self.want(document, target);
            }
        }
    }

    /// Puts a document on the list, where it may be read from there at all.
    fn want(&mut self, from: &Document, target: String) {
        let remote = |url: &str| matches!(scheme(url), Some("http" | "https"));
        let key = key(&target);
        let known = self.by_url.contains_key(&key) || self.asked.contains(&key);
        let refused = match scheme(&target) {
            Some("http" | "https") => None,
            None | Some("file") if remote(&from.url) => {
                Some("a document from the network cannot refer to a file")
            }
            None | Some("file") => None,
            Some(_) => Some("no document with this name was supplied"),
        };
        match refused {
            Some(reason) if !known => {
                self.failures.entry(key).or_insert_with(|| Failure {
                    reason: reason.to_owned(),
                    errors: Vec::new(),
                });
            }
            _ => self.queue.push_back(target),
        }
    }

    /// What was read.
    pub fn finish(mut self) -> Documents {
        while let Some(url) = self.needs() {
            self.failed(&url, "it was not supplied");
        }
        for url in std::mem::take(&mut self.asked) {
            if !self.by_url.contains_key(&url) {
                self.failures.entry(url).or_insert_with(|| Failure {
                    reason: "it was not supplied".to_owned(),
                    errors: Vec::new(),
                });
            }
        }
        let mut documents = Documents {
            entry: self.entry,
            documents: self.documents,
            by_url: self.by_url,
            failures: self.failures,
            links: self.links,
            errors: self.errors,
        };
        documents.take_errors();
        documents
    }
}

/// The beginning of a document that could not be read.
fn whole(url: &str) -> Location {
    Location {
        document: url.into(),
        ..Location::default()
    }
}

fn read(index: usize, tree: Tree, url: &str) -> Document {
    let root = tree.root();
    let kind = DocumentKind::of(root);
    let own = (kind == DocumentKind::Arazzo)
        .then(|| root.get("$self").and_then(Node::as_str))
        .flatten();
    let identity = own.map(|own| split_fragment(&resolve_url(url, own)).0.to_owned());
    Document {
        index,
        url: url.to_owned(),
        identity,
        kind,
        tree: Arc::new(tree),
        reached: false,
    }
}

/// What a `$ref` in this object is resolved against: the nearest `$id` of a
/// schema around it, else the document's base.
fn base_of(document: &Document, node: Node<'_>) -> String {
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

/// The other documents that the `$ref`s of a document name.
fn references(document: &Document) -> Vec<String> {
    let tree = &document.tree;
    if !tree.has_key("$ref") {
        return Vec::new();
    }
    let mut inside = BTreeSet::from([key(document.base()), key(&document.url)]);
    if tree.has_key("$id") {
        let schemas = tree
            .nodes()
            .filter(|node| node.get("$id").is_some_and(|id| id.as_str().is_some()));
        inside.extend(schemas.map(|node| key(&base_of(document, node))));
    }
    let mut found = Vec::new();
    let own = tree.nodes().filter(|node| node.key() == Some("$ref"));
    for (node, text) in own.filter_map(|node| Some((node.parent()?, node.as_str()?))) {
        if text.starts_with('#') || text.is_empty() {
            continue;
        }
        let target = resolve_url(&base_of(document, node), text);
        let target = split_fragment(&target).0;
        if inside.insert(key(target)) {
            found.push(target.to_owned());
        }
    }
    found
}

impl Documents {
    fn take_errors(&mut self) {
        let mut named: Vec<&str> = vec![&self.entry];
        named.extend(self.links.iter().map(|link| link.target.as_str()));
        let mut seen = BTreeSet::new();
        for key in named.into_iter().map(key) {
            if let Some(failure) = self.failures.get(&key).filter(|_| seen.insert(key)) {
                self.errors.extend(failure.errors.iter().cloned());
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
        self.documents.get(*self.by_url.get(&key(url))?)
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
        what: &'static str,
        name: &str,
        target: &str,
    ) -> Option<DocumentError> {
        let failure = self.failures.get(&key(target))?;
        let nothing_else = failure.errors.is_empty() && self.get(target).is_none();
        nothing_else.then(|| DocumentError::Unavailable {
            location,
            what,
            name: name.to_owned(),
            tried: target.to_owned(),
            reason: failure.reason.clone(),
            severity: Severity::Error,
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
