//! The document, with all that it needs inside.

use std::borrow::Borrow;
use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::description;
use super::error::BundleError;
use super::linked::{self, LINKED};
use super::references::{Wanted, gather};
use crate::document::{
    Document, DocumentKind, Documents, EMBEDDED, Loader, relative_url, resolve_url,
};
use crate::link::{LinkOptions, Program, link};

/// What a bundle is called while it is tried out: nothing, so that documents are
/// called in its linked form as they are by a reader who is at the bundle.
const TRIAL: &str = "";

/// Makes one JSON document of a description and all that it refers to: the Arazzo
/// document as it is, with one more member, `x-spola-documents`. That has what its
/// sources and references lead to, by URL relative to the bundle; of an OpenAPI
/// description just the operations that are used, without what only their
/// answers need. Other tools read the same Arazzo document as before. Behind it,
/// as `x-spola-linked`, stands the program for readers that do not link:
/// [`open`](super::open).
///
/// Loaded alone it is the same program: the [digest](Program::digest) is equal,
/// so a run that was started over the document goes on over the bundle. The
/// bundle of a bundle is the same text.
///
/// Unspecified: servers that are relative to a description in a local file cannot
/// be sent to, and stay so (`file:`) wherever the bundle is put; those relative
/// to a description from the network become absolute.
///
/// # Errors
/// `bundle.not-linked`, `bundle.other-program`.
pub fn bundle(
    documents: impl Borrow<Documents>,
    options: LinkOptions,
) -> Result<String, BundleError> {
    let documents = documents.borrow();
    let program = link(documents, options).map_err(BundleError::Link)?;
    let Some(entry) = documents.entry() else {
        return Err(BundleError::OtherProgram {
            needs: None,
            reason: None,
        });
    };
    let mut members = Writer::new(documents, entry, &program).write()?;
    let text = Value::Object(members.clone()).to_string();
    let again = compare(&text, &program, options)?;
    let form = linked::form(&again, &members);
    members.insert(LINKED.to_owned(), form.into());
    let mut text = Value::Object(members).to_string();
    text.push('\n');
    Ok(text)
}

struct Writer<'d> {
    documents: &'d Documents,
    entry: &'d Document,
    program: &'d Program,
    /// The documents to carry, by URL, in the order in which they are met.
    wanted: Vec<(String, &'d Document)>,
    /// What references want of documents.
    parts: BTreeMap<String, Wanted<'d>>,
}

impl<'d> Writer<'d> {
    fn new(documents: &'d Documents, entry: &'d Document, program: &'d Program) -> Self {
        Self {
            documents,
            entry,
            program,
            wanted: Vec::new(),
            parts: BTreeMap::new(),
        }
    }

    fn write(mut self) -> Result<Map<String, Value>, BundleError> {
        self.sources_of(self.entry);
        let mut at = 0;
        while let Some((_, document)) = self.wanted.get(at).cloned() {
            self.sources_of(document);
            at += 1;
        }
        let whole =
            |(_, document): &&(String, &'d Document)| document.kind() != DocumentKind::OpenApi;
        let holders: Vec<&Document> = self.wanted.iter().filter(whole).map(|one| one.1).collect();
        for document in std::iter::once(self.entry).chain(holders) {
            gather(self.documents, document, &mut self.parts);
        }
        for (url, wanted) in &self.parts {
            let known = self.wanted.iter().any(|(other, _)| other == url);
            if !known {
                self.wanted.push((url.clone(), wanted.document));
            }
        }
        let mut table = Map::new();
        for (url, document) in &self.wanted {
            let key = relative_url(self.entry.base(), url);
            table.insert(key, self.value(url, document)?);
        }
        let mut root = match self.entry.tree().root().to_value() {
            Value::Object(root) => root,
            _ => Map::new(),
        };
        root.shift_remove(LINKED);
        root.insert(EMBEDDED.to_owned(), Value::Object(table));
        Ok(root)
    }

    /// Puts the sources of an Arazzo document on the list.
    fn sources_of(&mut self, document: &'d Document) {
        for source in self.documents.sources(document) {
            let Ok(target) = source.document else {
                continue;
            };
            let url = resolve_url(document.base(), source.url);
            let url = url.split('#').next().unwrap_or_default();
            let known = self.wanted.iter().any(|(other, _)| other == url);
            if !known && target.url() != self.entry.url() {
                self.wanted.push((url.to_owned(), target));
            }
        }
    }

    fn value(&self, url: &str, document: &'d Document) -> Result<Value, BundleError> {
        if document.kind() == DocumentKind::OpenApi {
            return self.description(url, document);
        }
        let mut value = document.tree().root().to_value();
        if let Value::Object(members) = &mut value {
            members.shift_remove(EMBEDDED);
            members.shift_remove(LINKED);
        }
        Ok(value)
    }

    fn description(&self, url: &str, document: &'d Document) -> Result<Value, BundleError> {
        let linked = self.program.linked();
        let origins = linked.origins.iter();
        let used: Vec<(&str, &str)> = origins
            .filter(|origin| *origin.description == *document.url())
            .map(|origin| (&*origin.path, &*origin.method))
            .collect();
        let mut value = description::of(self.documents, document, &used).map_err(|error| {
            BundleError::OtherProgram {
                needs: None,
                reason: Some(error.to_string()),
            }
        })?;
        if let Some(wanted) = self.parts.get(url) {
            wanted.put_into(&mut value);
        }
        Ok(value)
    }
}

/// The program that a bundle is alone, which is to be the one that it was made of.
fn compare(text: &str, program: &Program, options: LinkOptions) -> Result<Program, BundleError> {
    let mut loader = Loader::new(TRIAL);
    let mut needs = None;
    while let Some(url) = loader.needs() {
        if url == TRIAL {
            loader.supply(&url, text.as_bytes(), &url);
        } else {
            loader.failed(&url, "it is not in the bundle");
            needs.get_or_insert(url);
        }
    }
    let again = link(loader.finish(), options);
    match again {
        Ok(again) if again.digest() == program.digest() => Ok(again),
        Ok(_) => Err(BundleError::OtherProgram {
            needs,
            reason: None,
        }),
        Err(errors) => Err(BundleError::OtherProgram {
            needs,
            reason: Some(errors.to_string()),
        }),
    }
}
