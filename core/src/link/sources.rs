//! Source descriptions: which document each one leads to.

use std::rc::Rc;

use super::error::LinkErrorKind as K;
use super::linker::{File, FileSource, Linker};
use crate::diagnostic::{Location, Severity};
use crate::document::{
    ArazzoObject, Document, DocumentError, DocumentErrorKind as Found, DocumentKind, Node,
    OpenApiDescription, SourceType,
};

impl<'d> Linker<'d> {
    /// The source descriptions of a document and what they lead to.
    pub fn sources(&self, document: &'d Document, object: &ArazzoObject) -> Vec<FileSource<'d>> {
        // In the order of the text, like their nodes.
        let found: Vec<_> = self.documents.sources(document).collect();
        let mut out = Vec::with_capacity(object.sources.len());
        for source in &object.sources {
            let at = found.binary_search_by_key(&source.url.node, |found| found.node.id());
            let (tried, target) = match at {
                Ok(at) => (found[at].target.to_owned(), found[at].document),
                Err(_) => (source.url.value.to_string(), Err("it has no usable `url`")),
            };
            let location = document.tree().node(source.url.node).location();
            let (target, reason) = match target {
                Ok(target) => (Some(target), String::new()),
                Err(reason) => (None, reason.to_owned()),
            };
            let written = source.kind.as_ref().map(|kind| kind.value);
            let kind = match target {
                Some(target) => self.source_kind(location.clone(), target, written),
                None => written,
            };
            if let Some(target) = target {
                self.identity(location, &tried, target);
            }
            out.push(FileSource {
                name: source.name.value.clone(),
                url: source.url.value.clone(),
                node: source.url.node,
                kind,
                document: target,
                tried,
                reason,
            });
        }
        out
    }

    /// What a document is, which has to be what its source description says.
    fn source_kind(
        &self,
        location: Location,
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
            self.document_error(&DocumentError::new(Found::WrongKind, location, &texts));
            return None;
        }
        found
    }

    /// Arazzo 1.1.0, Identity-Based Referencing: a document that has a `$self`
    /// is better named by it.
    fn identity(&self, location: Location, tried: &str, target: &Document) {
        if let Some(identity) = target.identity()
            && identity != tried
            && identity != target.url()
            && identity.contains("://")
        {
            let (kind, texts) = (Found::OtherIdentity, [tried, identity]);
            let warning = DocumentError::of(kind, Severity::Warning, location, &texts);
            self.document_error(&warning);
        }
    }

    /// Reports the sources that could not be had: those that a step needs, where
    /// that is not forgiven, are errors.
    pub fn unavailable(&self, file: &File<'_>, source: &FileSource<'_>, severity: Severity) {
        let location = file.place(source.node);
        let (name, kind) = (&*source.name, Found::Unavailable);
        let texts = [
            "source description",
            name,
            &*source.tried,
            &*source.reason,
            name,
        ];
        self.document_error(&DocumentError::of(kind, severity, location, &texts));
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

    pub fn unknown_source(&self, place: Location, file: &File<'_>, name: &str) {
        let mut names = file.sources.iter().map(|source| &*source.name);
        let texts = [name, self.near(name, &mut names)];
        self.note(place, Severity::Error, K::UnknownSource, &texts);
    }

    /// A source description of another kind than it has to be.
    pub fn wrong_source(&self, at: Node<'_>, source: &FileSource<'_>, expected: &str) {
        if let Some(found) = source.kind {
            let texts = [&*source.name, expected, found.as_str()];
            self.error(at, K::WrongSource, &texts);
        }
    }

    /// The OpenAPI description behind a source; `None` where there is none,
    /// which has been reported.
    pub fn description(
        &mut self,
        file: &File<'d>,
        source: &FileSource<'d>,
        what: &str,
        at: Node<'_>,
    ) -> Option<Rc<OpenApiDescription<'d>>> {
        let Some(document) = source.document else {
            self.missing_source(file, source, what, at);
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
    pub fn missing_source(
        &self,
        file: &File<'d>,
        source: &FileSource<'d>,
        what: &str,
        at: Node<'_>,
    ) {
        if self.going_on {
            let texts = [what, &*source.name];
            self.note(at.location(), Severity::Hint, K::Unchecked, &texts);
        } else {
            self.unavailable(file, source, Severity::Error);
        }
    }
}
