//! Which document is needed next; bytes in.

use std::collections::VecDeque;
use std::sync::Arc;

use super::documents::{
    Document, DocumentKind, Documents, Failure, Failures, SourceLink, base_of, key, whole,
};
use super::embedded;
use super::error::{DocumentError, Limit};
use super::node::Node;
use super::tree::{Tree, TreeLimits};
use super::url::{resolve_url, scheme, split_fragment};
use crate::names::Names;

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
    /// Where source descriptions really are, by name.
    overrides: Vec<(String, String)>,
    limits: LoadLimits,
    queue: VecDeque<String>,
    asked: Names,
    documents: Vec<Document>,
    by_url: Names,
    failures: Failures,
    links: Vec<SourceLink>,
    total_bytes: usize,
    errors: Vec<DocumentError>,
}

impl Loader {
    /// Begins with the entry document: a URL, or the path of a file.
    pub fn new(url: &str) -> Self {
        Self {
            entry: url.to_owned(),
            overrides: Vec::new(),
            limits: LoadLimits::default(),
            queue: VecDeque::from([url.to_owned()]),
            asked: Names::default(),
            documents: Vec::new(),
            by_url: Names::default(),
            failures: Failures::default(),
            links: Vec::new(),
            total_bytes: 0,
            errors: Vec::new(),
        }
    }

    /// Says where the source description of that name really is. The entry
    /// document's is meant; where it has none, those of other documents.
    pub fn source(&mut self, name: &str, url: &str) {
        self.overrides.retain(|(known, _)| known != name);
        self.overrides.push((name.to_owned(), url.to_owned()));
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
                self.reach(index);
            } else if !self.failures.has(&key) && self.ask(&key) {
                if self.asked.len() > self.limits.max_documents {
                    self.over(&url, Limit::Documents, self.limits.max_documents);
                    continue;
                }
                return Some(url);
            }
        }
        None
    }

    /// Whether a document has not been asked for before.
    fn ask(&mut self, key: &str) -> bool {
        let next = self.asked.len();
        self.asked.add(key, next).is_none()
    }

    /// A limit on all documents is reached: this one is left out.
    fn over(&mut self, url: &str, limit: Limit, allowed: usize) {
        let error = DocumentError::too_big(limit, allowed, whole(url));
        self.failures
            .set(&key(url), Failure::because(&error.to_string()));
        if !self.errors.iter().any(|known| known.kind == error.kind) {
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
                self.failures.set(&key, Failure { reason, errors });
                return;
            }
        };
        let index = self.documents.len();
        let remote = is_remote(final_url);
        self.take(tree, split_fragment(final_url).0, key.clone(), remote);
        if self.asked.has(&key) {
            self.reach(index);
        }
    }

    /// Enters a document under its URL, what it calls itself, and `known`.
    fn take(&mut self, tree: Tree, url: &str, known: String, remote: bool) {
        let index = self.documents.len();
        let document = read(index, tree, url, remote);
        for other in [Some(document.url()), document.identity()]
            .into_iter()
            .flatten()
        {
            self.by_url.add(&key(other), index);
        }
        self.by_url.set(known.into(), index);
        self.documents.push(document);
    }

    /// Says that a document cannot be had, and why.
    pub fn failed(&mut self, url: &str, reason: &str) {
        self.failures.set(&key(url), Failure::because(reason));
    }

    /// A document is referred to: what it refers to is needed as well.
    fn reach(&mut self, index: usize) {
        let document = &mut self.documents[index];
        if document.reached {
            return;
        }
        document.reached = true;
        let document = document.clone();
        if self.by_url.get(&key(&self.entry)) == Some(index) {
            self.take_embedded(&document);
        }
        if document.kind == DocumentKind::Arazzo {
            self.reach_sources(&document);
        }
        for target in references(&document) {
            self.want(&document, target);
        }
    }

    /// Takes in the documents that a bundle carries; what the host has supplied
    /// itself, or says where it is, comes first.
    fn take_embedded(&mut self, bundle: &Document) {
        let moved: Vec<String> = self.overrides.iter().map(|(_, url)| key(url)).collect();
        for (url, node) in embedded::documents(bundle.tree.root(), bundle.base()) {
            let known = key(&url);
            if self.by_url.has(&known) || moved.contains(&known) {
                continue;
            }
            if self.documents.len() >= self.limits.max_documents {
                return self.over(&url, Limit::Documents, self.limits.max_documents);
            }
            match embedded::tree_of(node, &self.limits.tree) {
                Ok(tree) => self.take(tree, &url, known, bundle.remote || is_remote(&url)),
                Err(errors) => {
                    let reason = "what the bundle carries for it cannot be read".to_owned();
                    self.failures.set(&known, Failure { reason, errors });
                }
            }
        }
    }

    fn reach_sources(&mut self, document: &Document) {
        let sources = document.tree.root().get("sourceDescriptions");
        let entry = self.by_url.get(&key(&self.entry)) == Some(document.index);
        for source in sources.into_iter().flat_map(Node::items) {
            let text = |field| source.get(field).and_then(Node::as_str);
            let (Some(name), Some(url)) = (text("name"), source.get("url")) else {
                continue;
            };
            let Some(written) = url.as_str() else {
                continue;
            };
            let moved = self.overrides.iter().find(|(known, _)| {
                let first = |link: &SourceLink| link.document == 0 && link.name == name;
                known == name && (entry || !self.links.iter().any(first))
            });
            let target = match moved {
                Some((_, moved)) => moved.clone(),
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
        let key = key(&target);
        let known = self.by_url.has(&key) || self.asked.has(&key);
        let refused = match scheme(&target) {
            Some("http" | "https") => None,
            None | Some("file") if from.remote => {
                Some("a document from the network cannot refer to a file")
            }
            None | Some("file") => None,
            Some(_) => Some("no document with this name was supplied"),
        };
        match refused {
            Some(reason) if !known => {
                self.failures.add(&key, reason);
            }
            _ => self.queue.push_back(target),
        }
    }

    /// What was read.
    pub fn finish(mut self) -> Documents {
        while let Some(url) = self.needs() {
            self.failed(&url, "it was not supplied");
        }
        for url in self.asked.names() {
            if !self.by_url.has(url) {
                self.failures.add(url, "it was not supplied");
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

fn is_remote(url: &str) -> bool {
    matches!(scheme(url), Some("http" | "https"))
}

fn read(index: usize, tree: Tree, url: &str, remote: bool) -> Document {
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
        remote,
        reached: false,
    }
}

/// The other documents that the `$ref`s of a document name.
fn references(document: &Document) -> Vec<String> {
    let tree = &document.tree;
    if !tree.has_key("$ref") {
        return Vec::new();
    }
    let mut inside = Names::default();
    inside.add(&key(document.base()), 0);
    inside.add(&key(&document.url), 0);
    if tree.has_key("$id") {
        let schemas = tree
            .nodes()
            .filter(|node| node.get("$id").is_some_and(|id| id.as_str().is_some()))
            .filter(|node| !embedded::is_inside(*node));
        for node in schemas {
            inside.add(&key(&base_of(document, node)), 0);
        }
    }
    let mut found = Vec::new();
    let own = tree.nodes().filter(|node| node.key() == Some("$ref"));
    for (node, text) in own.filter_map(|node| Some((node.parent()?, node.as_str()?))) {
        if text.starts_with('#') || text.is_empty() || embedded::is_inside(node) {
            continue;
        }
        let target = resolve_url(&base_of(document, node), text);
        let target = split_fragment(&target).0;
        if inside.add(&key(target), 0).is_none() {
            found.push(target.to_owned());
        }
    }
    found
}
