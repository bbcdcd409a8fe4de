//! `operationId`: which operation a step means.

use std::rc::Rc;

use super::error::LinkErrorKind;
use super::linker::{File, FileSource, Linker};
use super::program::{OperationIndex, Origin};
use crate::diagnostic::{Location, Severity};
use crate::document::{NodeId, OpenApiDescription, OperationEntry, OperationObject, SourceType};
use crate::exchange::{ExchangeError, Operation, OperationSource};

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
        let location = file.place(node);
        if let Some(rest) = qualified(text) {
            let Some((source, id)) = split_source(file, rest) else {
                let name = rest.split('.').next().unwrap_or(rest);
                self.find_source(file, name, location);
                return Called::Nothing;
            };
            if text.trim().starts_with('{') {
                self.spelling(&location, text, format!("{PREFIX}{rest}"));
            }
            return self.operation_in(file, source, id, &location);
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
                    self.unknown_operation(location, text, "", None);
                }
                Called::Nothing
            }
            [only] => self.bare_in_only(file, only, text, &location),
            _ => self.bare_in_several(file, &apis, text, &location),
        }
    }

    fn bare_in_only(
        &mut self,
        file: &Rc<File<'d>>,
        source: &FileSource<'d>,
        text: &str,
        location: &Location,
    ) -> Called {
        let dotted = split_source(file, text).map(|(_, id)| id);
        if let (Some(id), Some(SourceType::OpenApi), Some(_)) =
            (dotted, source.kind, source.document)
            && let Some(description) = self.description(file, source, "", location)
            && description.by_id(text).is_empty()
            && !description.by_id(id).is_empty()
        {
            self.spelling(location, text, format!("{PREFIX}{text}"));
            return self.operation_in(file, source, id, location);
        }
        self.operation_in(file, source, text, location)
    }

    /// With several sources the specification wants the name in front: the one
    /// source that has the operation is meant.
    fn bare_in_several(
        &mut self,
        file: &Rc<File<'d>>,
        apis: &[&FileSource<'d>],
        text: &str,
        location: &Location,
    ) -> Called {
        if let Some((source, id)) = split_source(file, text) {
            self.spelling(location, text, format!("{PREFIX}{text}"));
            return self.operation_in(file, source, id, location);
        }
        let (hits, lost, near) = self.having(file, apis, text, location);
        match (&hits[..], lost) {
            ([source], _) => {
                self.spelling(location, text, format!("{PREFIX}{}.{text}", source.name));
                self.operation_in(file, source, text, location)
            }
            ([], Some(lost)) => {
                self.missing_source(file, lost, &format!("operation `{text}`"), location);
                Called::Nothing
            }
            ([], None) => {
                self.unknown_operation(location.clone(), text, "", near);
                Called::Nothing
            }
            (many, _) => {
                let candidates = many
                    .iter()
                    .map(|source| format!("{PREFIX}{}.{text}", source.name))
                    .collect();
                let operation = text.to_owned();
                self.error(
                    location.clone(),
                    LinkErrorKind::AmbiguousOperation {
                        operation,
                        candidates,
                    },
                );
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
        location: &Location,
    ) -> (
        Vec<&'f FileSource<'d>>,
        Option<&'f FileSource<'d>>,
        Option<String>,
    ) {
        let mut hits = Vec::new();
        let mut lost = None;
        let mut near = None;
        for source in apis {
            match (source.document, source.kind) {
                (None, _) => lost = Some(*source),
                (Some(_), Some(SourceType::OpenApi)) => {
                    let Some(description) = self.description(file, source, "", location) else {
                        continue;
                    };
                    if !description.by_id(text).is_empty() {
                        hits.push(*source);
                    } else if let Some(id) = self.near_id(&description, text) {
                        near.get_or_insert_with(|| format!("{PREFIX}{}.{id}", source.name));
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
        location: &Location,
    ) -> Called {
        if source.kind == Some(SourceType::AsyncApi) {
            return self.messages_in(file, source, id, location);
        }
        let what = format!("operation `{id}`");
        let Some(description) = self.description(file, source, &what, location) else {
            return Called::Nothing;
        };
        let found = description.by_id(id);
        match found[..] {
            [entry] => self.prepare(source, &description, entry, location),
            [] => {
                let near = self.near_id(&description, id).map(str::to_owned);
                for error in description.broken() {
                    self.document_error(error.clone());
                }
                self.unknown_operation(location.clone(), id, &source.name, near);
                Called::Nothing
            }
            _ => {
                let candidates = found.iter().map(|entry| path_text(source, entry)).collect();
                let operation = id.to_owned();
                self.error(
                    location.clone(),
                    LinkErrorKind::AmbiguousOperation {
                        operation,
                        candidates,
                    },
                );
                Called::Nothing
            }
        }
    }

    fn messages_in(
        &mut self,
        file: &Rc<File<'d>>,
        source: &FileSource<'d>,
        id: &str,
        location: &Location,
    ) -> Called {
        let Some(document) = source.document else {
            self.missing_source(file, source, &format!("operation `{id}`"), location);
            return Called::Messages;
        };
        let operations = document.tree().root().get("operations");
        if operations.is_none_or(|all| all.get(id).is_none()) {
            let names = operations
                .into_iter()
                .flat_map(|all| all.entries().map(|(name, _)| name));
            let near = self.near(id, names).map(str::to_owned);
            self.unknown_operation(location.clone(), id, &source.name, near);
        }
        Called::Messages
    }

    /// Makes an operation of the program, once.
    pub fn prepare(
        &mut self,
        source: &FileSource<'d>,
        description: &OpenApiDescription<'d>,
        entry: &OperationEntry<'d>,
        location: &Location,
    ) -> Called {
        let method = entry.method.to_ascii_uppercase();
        let url = description.document().url();
        let key = format!("{} {method} {} {url}", source.name, entry.path);
        if let Some(index) = self.operation_index.get(&key) {
            return Called::Operation(*index);
        }
        let object = match description.read(entry) {
            Ok(object) => object,
            Err(error) => {
                self.document_error(error);
                return Called::Nothing;
            }
        };
        let (mut operation, warnings) = match Operation::prepare(&made_of(&source.name, &object)) {
            Ok(prepared) => prepared,
            Err(error) => {
                self.error(location.clone(), LinkErrorKind::Exchange(error));
                return Called::Nothing;
            }
        };
        for warning in warnings {
            self.exchange_warning(object.place.clone(), warning);
        }
        // Two files may call different descriptions by one name.
        if !self.operation_keys.insert(operation.key.clone()) {
            operation.key = key.as_str().into();
        }
        let index = OperationIndex(self.operations.len() as u32);
        self.operations.push(operation);
        self.origins.push(Origin {
            description: url.into(),
            path: entry.path.into(),
            method: entry.method.into(),
        });
        self.operation_index.insert(key, index);
        Called::Operation(index)
    }

    fn exchange_warning(&mut self, location: Location, warning: ExchangeError) {
        use crate::diagnostic::Diagnostic as _;
        let severity = warning.severity();
        self.note(location, severity, LinkErrorKind::Exchange(warning));
    }

    fn near_id(&self, description: &OpenApiDescription<'d>, id: &str) -> Option<&'d str> {
        let ids = description.operations().iter();
        self.near(id, ids.filter_map(|entry| entry.id))
    }

    pub fn spelling(&mut self, location: &Location, written: &str, correct: String) {
        let severity = self.lenient();
        let operation = written.to_owned();
        self.note(
            location.clone(),
            severity,
            LinkErrorKind::OperationSpelling { operation, correct },
        );
    }

    pub fn unknown_operation(
        &mut self,
        location: Location,
        operation: &str,
        source: &str,
        nearest: Option<String>,
    ) {
        self.note(
            location,
            Severity::Error,
            LinkErrorKind::UnknownOperation {
                operation: operation.to_owned(),
                source: source.to_owned(),
                nearest,
            },
        );
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
