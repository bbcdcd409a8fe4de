//! Source descriptions: which document each one leads to.

use std::rc::Rc;

use super::error::LinkErrorKind as K;
use super::linker::{File, FileSource, Linker};
use super::operations::split_source;
use crate::diagnostic::{Location, Severity};
use crate::document::{
    ArazzoObject, Document, DocumentError, DocumentErrorKind as Found, DocumentKind, Node,
    OpenApiDescription, Source, SourceType,
};

impl<'d> Linker<'d> {
    /// The source descriptions of a document and what they lead to.
    pub fn sources(
        &self,
        document: &'d Document,
        object: &ArazzoObject<'d>,
    ) -> Vec<FileSource<'d>> {
        // In the order of the text, like their nodes.
        let found: Vec<Source<'d>> = self.documents.sources(document).collect();
        let mut out = Vec::new();
        for source in object.list(object.root(), "sourceDescriptions") {
            let node = source.get("url").unwrap_or(source);
            let url = node.as_str().unwrap_or_default();
            let at = found.binary_search_by_key(&node.id(), |found| found.node.id());
            let (tried, target) = match at {
                Ok(at) => (found[at].target, found[at].document),
                Err(_) => (url, Err("it has no usable `url`")),
            };
            let written = source.text("type").and_then(SourceType::of);
            let kind = match target {
                Ok(target) => {
                    let kind = self.source_kind(node, target, written);
                    self.identity(node, tried, target);
                    kind
                }
                Err(_) => written,
            };
            out.push(FileSource {
                name: source.text("name").unwrap_or_default(),
                url,
                node,
                kind,
                document: target.ok(),
                tried,
                reason: target.err().unwrap_or_default(),
            });
        }
        out
    }

    /// What a document is, which has to be what its source description says.
    fn source_kind(
        &self,
        at: Node<'_>,
        target: &Document,
        written: Option<SourceType>,
    ) -> Option<SourceType> {
        let found = match target.kind() {
            DocumentKind::Arazzo => Some(SourceType::Arazzo),
            DocumentKind::OpenApi => Some(SourceType::OpenApi),
            DocumentKind::AsyncApi => Some(SourceType::AsyncApi),
            _ => None,
        };
        if found.is_none() || written.is_some_and(|written| Some(written) != found) {
            let expected = written.map_or("a description of an API", SourceType::words);
            let texts = [expected, target.kind().words()];
            self.document_error(&DocumentError::new(Found::WrongKind, at.location(), &texts));
            return None;
        }
        found
    }

    /// Arazzo 1.1.0, Identity-Based Referencing: a document that has a `$self`
    /// is better named by it.
    fn identity(&self, at: Node<'_>, tried: &str, target: &Document) {
        if let Some(identity) = target.identity()
            && identity != tried
            && identity != target.url()
            && identity.contains("://")
        {
            let (kind, texts) = (Found::OtherIdentity, [tried, identity]);
            let warning = DocumentError::of(kind, Severity::Warning, at.location(), &texts);
            self.document_error(&warning);
        }
    }

    /// Reports the sources that could not be had: those that a step needs, where
    /// that is not forgiven, are errors.
    #[cold]
    pub fn unavailable(&self, source: &FileSource<'_>, severity: Severity) {
        let (name, kind) = (source.name, Found::Unavailable);
        let texts = [
            "source description",
            name,
            source.tried,
            source.reason,
            name,
        ];
        let place = source.node.location();
        self.document_error(&DocumentError::of(kind, severity, place, &texts));
    }

    /// A source description by name.
    pub fn find_source<'f>(
        &self,
        file: &'f File<'d>,
        name: &str,
        at: Node<'_>,
    ) -> Option<&'f FileSource<'d>> {
        let found = file.source(name);
        if found.is_none() {
            self.unknown_source(at.location(), file, name);
        }
        found
    }

    /// What `$sourceDescriptions.` is followed by: the source, and what of it.
    pub fn named_source<'f, 't>(
        &self,
        file: &'f File<'d>,
        rest: &'t str,
        at: Node<'_>,
    ) -> Option<(&'f FileSource<'d>, &'t str)> {
        let found = split_source(file, rest);
        if found.is_none() {
            let name = rest.split_once('.').map_or(rest, |(name, _)| name);
            self.find_source(file, name, at);
        }
        found
    }

    #[cold]
    pub fn unknown_source(&self, place: Location, file: &File<'_>, name: &str) {
        let mut names = file.sources.iter().map(|source| source.name);
        let texts = [name, self.near(name, &mut names)];
        self.note(place, Severity::Error, K::UnknownSource, &texts);
    }

    /// A source description of another kind than it has to be.
    #[cold]
    pub fn wrong_source(&self, at: Node<'_>, source: &FileSource<'_>, expected: &str) {
        if let Some(found) = source.kind {
            let texts = [source.name, expected, found.as_str()];
            self.error(at, K::WrongSource, &texts);
        }
    }

    /// The OpenAPI description behind a source; `None` where there is none,
    /// which has been reported.
    pub fn description(
        &mut self,
        source: &FileSource<'d>,
        what: &str,
        at: Node<'_>,
    ) -> Option<Rc<OpenApiDescription<'d>>> {
        let Some(document) = source.document else {
            self.missing_source(source, what, at);
            return None;
        };
        if source.kind != Some(SourceType::OpenApi) {
            self.wrong_source(at, source, "openapi");
            return None;
        }
        let mut descriptions = self.descriptions.iter();
        if let Some((_, known)) = descriptions.find(|(of, _)| of.url() == document.url()) {
            return known.clone();
        }
        let opened = match OpenApiDescription::open(self.documents, document) {
            Ok(description) => Some(Rc::new(description)),
            Err(error) => {
                self.document_error(&error);
                None
            }
        };
        self.descriptions.push((document, opened.clone()));
        opened
    }

    /// Says that something cannot be looked up because its source is missing.
    #[cold]
    pub fn missing_source(&self, source: &FileSource<'_>, what: &str, at: Node<'_>) {
        if self.going_on {
            let texts = [what, source.name];
            self.note(at.location(), Severity::Hint, K::Unchecked, &texts);
        } else {
            self.unavailable(source, Severity::Error);
        }
    }
}
