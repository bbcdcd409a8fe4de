//! `operationId`: which operation a step means.

use std::rc::Rc;

use super::error::{LinkError, LinkErrorKind as K};
use super::help::listed;
use super::linker::{File, FileSource, Linker};
use super::program::{OperationIndex, Origin};
use crate::diagnostic::{Report, Severity};
use crate::document::{
    Node, NodeId, OpenApiDescription, OperationEntry, OperationObject, SourceType,
};
use crate::exchange::{Operation, OperationSource};

/// What a step was found to call.
#[derive(Clone, Debug)]
pub(super) enum Called {
    Operation(OperationIndex),
    /// An operation or channel of an AsyncAPI description.
    Messages,
    /// Nothing that can be had; that has been reported.
    Nothing,
}

const PREFIX: &str = "$sourceDescriptions.";

/// Splits `name.rest`, where `name` is a source description, the longest first.
pub(super) fn split_source<'f, 'd, 't>(
    file: &'f File<'d>,
    text: &'t str,
) -> Option<(&'f FileSource<'d>, &'t str)> {
    file.sources
        .iter()
        .filter_map(|source| {
            let rest = text.strip_prefix(&*source.name)?.strip_prefix('.')?;
            (!source.name.is_empty()).then_some((source, rest))
        })
        .max_by_key(|(source, _)| source.name.len())
}

/// `$sourceDescriptions.rest` → `rest`; blanks and braces around are forgiven.
pub(super) fn qualified(text: &str) -> Option<&str> {
    let text = text.trim();
    let inner = text
        .strip_prefix('{')
        .and_then(|text| text.strip_suffix('}'))
        .unwrap_or(text);
    inner.strip_prefix(PREFIX)
}

impl<'d> Linker<'d> {
    /// Arazzo, Step Object, operationId.
    pub fn operation_by_id(&mut self, file: &Rc<File<'d>>, text: &str, node: NodeId) -> Called {
        let at = file.node(node);
        if let Some(rest) = qualified(text) {
            let Some((source, id)) = split_source(file, rest) else {
                let name = rest.split('.').next().unwrap_or(rest);
                self.find_source(file, name, at);
                return Called::Nothing;
            };
            if text.trim().starts_with('{') {
                self.spelling(at, text, &format!("{PREFIX}{rest}"));
            }
            return self.operation_in(file, source, id, at);
        }
        let apis: Vec<&FileSource<'d>> = file
            .sources
            .iter()
            .filter(|source| source.kind != Some(SourceType::Arazzo))
            .collect();
        match apis[..] {
            [] => {
                // Where the list itself is missing, that has been said.
                if !file.object.sources.is_empty() {
                    self.unknown_operation(at, text, "", "");
                }
                Called::Nothing
            }
            [only] => self.bare_in_only(file, only, text, at),
            _ => self.bare_in_several(file, &apis, text, at),
        }
    }

    fn bare_in_only(
        &mut self,
        file: &Rc<File<'d>>,
        source: &FileSource<'d>,
        text: &str,
        at: Node<'_>,
    ) -> Called {
        let dotted = split_source(file, text).map(|(_, id)| id);
        if let (Some(id), Some(SourceType::OpenApi), Some(_)) =
            (dotted, source.kind, source.document)
            && let Some(description) = self.description(file, source, "", at)
            && description.by_id(text).is_empty()
            && !description.by_id(id).is_empty()
        {
            self.spelling(at, text, &format!("{PREFIX}{text}"));
            return self.operation_in(file, source, id, at);
        }
        self.operation_in(file, source, text, at)
    }

    /// With several sources the specification wants the name in front: the one
    /// source that has the operation is meant.
    fn bare_in_several(
        &mut self,
        file: &Rc<File<'d>>,
        apis: &[&FileSource<'d>],
        text: &str,
        at: Node<'_>,
    ) -> Called {
        if let Some((source, id)) = split_source(file, text) {
            self.spelling(at, text, &format!("{PREFIX}{text}"));
            return self.operation_in(file, source, id, at);
        }
        let (hits, lost, near) = self.having(file, apis, text, at);
        match (&hits[..], lost) {
            ([source], _) => {
                self.spelling(at, text, &format!("{PREFIX}{}.{text}", source.name));
                self.operation_in(file, source, text, at)
            }
            ([], Some(lost)) => {
                self.missing_source(file, lost, &format!("operation `{text}`"), at);
                Called::Nothing
            }
            ([], None) => {
                self.unknown_operation(at, text, "", &near);
                Called::Nothing
            }
            (many, _) => {
                let candidate =
                    |source: &&FileSource<'_>| format!("{PREFIX}{}.{text}", source.name);
                let candidates: Vec<String> = many.iter().map(candidate).collect();
                self.ambiguous(at, text, &candidates);
                Called::Nothing
            }
        }
    }

    /// The sources that have an operation, one that is missing, and the nearest
    /// name in any.
    fn having<'f>(
        &mut self,
        file: &Rc<File<'d>>,
        apis: &[&'f FileSource<'d>],
        text: &str,
        at: Node<'_>,
    ) -> (Vec<&'f FileSource<'d>>, Option<&'f FileSource<'d>>, String) {
        let mut hits = Vec::new();
        let mut lost = None;
        let mut near = String::new();
        for source in apis {
            match (source.document, source.kind) {
                (None, _) => lost = Some(*source),
                (Some(_), Some(SourceType::OpenApi)) => {
                    let Some(description) = self.description(file, source, "", at) else {
                        continue;
                    };
                    if !description.by_id(text).is_empty() {
                        hits.push(*source);
                    } else if near.is_empty() {
                        let id = self.near_id(&description, text);
                        if !id.is_empty() {
                            near = format!("{PREFIX}{}.{id}", source.name);
                        }
                    }
                }
                (Some(document), Some(SourceType::AsyncApi)) => {
                    let operations = document.tree().root().get("operations");
                    if operations.is_some_and(|all| all.get(text).is_some()) {
                        hits.push(*source);
                    }
                }
                _ => {}
            }
        }
        (hits, lost, near)
    }

    /// The operation with an id, in one source.
    pub fn operation_in(
        &mut self,
        file: &Rc<File<'d>>,
        source: &FileSource<'d>,
        id: &str,
        at: Node<'_>,
    ) -> Called {
        if source.kind == Some(SourceType::AsyncApi) {
            return self.messages_in(file, source, id, at);
        }
        let what = format!("operation `{id}`");
        let Some(description) = self.description(file, source, &what, at) else {
            return Called::Nothing;
        };
        let found = description.by_id(id);
        match found[..] {
            [entry] => self.prepare(source, &description, entry, at),
            [] => {
                let near = self.near_id(&description, id);
                for error in description.broken() {
                    self.document_error(error);
                }
                self.unknown_operation(at, id, &source.name, near);
                Called::Nothing
            }
            _ => {
                let paths = found.iter().map(|entry| path_text(source, entry));
                self.ambiguous(at, id, &paths.collect::<Vec<String>>());
                Called::Nothing
            }
        }
    }

    fn messages_in(
        &mut self,
        file: &Rc<File<'d>>,
        source: &FileSource<'d>,
        id: &str,
        at: Node<'_>,
    ) -> Called {
        let Some(document) = source.document else {
            self.missing_source(file, source, &format!("operation `{id}`"), at);
            return Called::Messages;
        };
        let operations = document.tree().root().get("operations");
        if operations.is_none_or(|all| all.get(id).is_none()) {
            let all = operations.into_iter().flat_map(|all| all.entries());
            let near = self.near(id, &mut all.map(|(name, _)| name));
            self.unknown_operation(at, id, &source.name, near);
        }
        Called::Messages
    }

    /// Makes an operation of the program, once.
    pub fn prepare(
        &mut self,
        source: &FileSource<'d>,
        description: &OpenApiDescription<'d>,
        entry: &OperationEntry<'d>,
        at: Node<'_>,
    ) -> Called {
        let method = entry.method.to_ascii_uppercase();
        let url = description.document().url();
        let key = format!("{} {method} {} {url}", source.name, entry.path);
        if let Some(index) = self.operation_index.get(&key) {
            return Called::Operation(OperationIndex(index as u32));
        }
        let object = match description.read(entry) {
            Ok(object) => object,
            Err(error) => {
                self.document_error(&error);
                return Called::Nothing;
            }
        };
        let (mut operation, warnings) = match Operation::prepare(&made_of(&source.name, &object)) {
            Ok(prepared) => prepared,
            Err(error) => {
                let error = Report {
                    severity: Severity::Error,
                    ..Report::of(&error)
                };
                self.take(LinkError::of(K::Exchange, at.location(), error));
                return Called::Nothing;
            }
        };
        for warning in warnings {
            let place = object.place.clone();
            self.take(LinkError::of(K::Exchange, place, Report::of(&warning)));
        }
        // Two files may call different descriptions by one name.
        if self.operation_keys.add(&operation.key, 0).is_some() {
            operation.key = key.as_str().into();
        }
        let index = self.operations.len();
        self.operations.push(operation);
        self.origins.push(Origin {
            description: url.into(),
            path: entry.path.into(),
            method: entry.method.into(),
        });
        self.operation_index.add(&key, index);
        Called::Operation(OperationIndex(index as u32))
    }

    /// The nearest id; empty where there is none.
    fn near_id(&self, description: &OpenApiDescription<'d>, id: &str) -> &'d str {
        let ids = description.operations().iter();
        self.near(id, &mut ids.filter_map(|entry| entry.id))
    }

    pub fn spelling(&self, at: Node<'_>, written: &str, correct: &str) {
        let texts = [written, correct];
        self.note(at.location(), self.lenient(), K::OperationSpelling, &texts);
    }

    pub fn ambiguous(&self, at: Node<'_>, operation: &str, candidates: &[String]) {
        let count = candidates.len().to_string();
        let texts = [operation, &*count, &*listed(candidates)];
        self.error(at, K::AmbiguousOperation, &texts);
    }

    /// The source is empty where several were searched, and so is what is nearest
    /// where nothing is.
    pub fn unknown_operation(&self, at: Node<'_>, operation: &str, source: &str, near: &str) {
        self.error(at, K::UnknownOperation, &[operation, source, near]);
    }
}

fn made_of<'a>(source_name: &'a str, object: &'a OperationObject) -> OperationSource<'a> {
    OperationSource {
        source_name,
        description_url: &object.description_url,
        method: &object.method,
        path: &object.path,
        path_item: &object.path_item,
        operation: &object.operation,
        root_servers: object.servers.as_ref(),
        root_security: object.security.as_ref(),
        security_schemes: object.security_schemes.as_ref(),
        info: object.info.as_ref(),
    }
}

/// An operation as an `operationPath` that names it.
pub(super) fn path_text(source: &FileSource<'_>, entry: &OperationEntry<'_>) -> String {
    format!(
        "{{{PREFIX}{}.url}}#/paths/{}/{}",
        source.name,
        crate::pointer::escape(entry.path),
        entry.method
    )
}
