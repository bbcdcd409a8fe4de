//! `operationId`: which operation a step means.

use super::error::{LinkError, LinkErrorKind as K};
use super::help::listed;
use super::linker::{File, FileSource, Linker};
use super::program::{OperationIndex, Origin, WorkflowIndex};
use crate::diagnostic::{Report, Severity};
use crate::document::{Node, OpenApiDescription, OperationEntry, SourceType};
use crate::exchange::Operation;

/// What a step was found to call.
#[derive(Clone, Copy, Debug)]
pub(super) enum Called {
    Operation(OperationIndex),
    Workflow(WorkflowIndex),
    /// An operation or channel of an AsyncAPI description.
    Messages,
    /// Nothing that can be had; that has been reported.
    Nothing,
}

/// What names of source descriptions begin with.
pub(super) const PREFIX: &str = "$sourceDescriptions.";

/// Splits `name.rest`, where `name` is a source description, the longest first.
pub(super) fn split_source<'f, 'd, 't>(
    file: &'f File<'d>,
    text: &'t str,
) -> Option<(&'f FileSource<'d>, &'t str)> {
    let mut found: Option<(&FileSource<'d>, &str)> = None;
    for source in &file.sources {
        let rest = text.strip_prefix(source.name);
        let longer = found.is_none_or(|(other, _)| source.name.len() >= other.name.len());
        if let Some(rest) = rest.and_then(|rest| rest.strip_prefix('.'))
            && !source.name.is_empty()
            && longer
        {
            found = Some((source, rest));
        }
    }
    found
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
    pub fn operation_by_id(&mut self, file: &File<'d>, text: &str, at: Node<'_>) -> Called {
        if let Some(rest) = qualified(text) {
            let Some((source, id)) = self.named_source(file, rest, at) else {
                return Called::Nothing;
            };
            if text.trim().starts_with('{') {
                self.spelling(at, text, &format!("{PREFIX}{rest}"));
            }
            return self.operation_in(source, id, at);
        }
        let dotted = split_source(file, text);
        match (&file.apis()[..], dotted) {
            (&[], _) => {
                // Where the list itself is missing, that has been said.
                if !file.sources.is_empty() {
                    self.unknown_operation(at, text, "", "");
                }
                Called::Nothing
            }
            (&[only], _) if !self.is_dotted(only, text, dotted, at) => {
                self.operation_in(only, text, at)
            }
            (&[source], Some((_, id))) | (_, Some((source, id))) => {
                self.spelling(at, text, &format!("{PREFIX}{text}"));
                self.operation_in(source, id, at)
            }
            (apis, None) => self.bare_in_several(apis, text, at),
        }
    }

    /// Whether an id begins with the name of a source, of which the only description
    /// knows nothing.
    fn is_dotted(
        &mut self,
        only: &FileSource<'d>,
        text: &str,
        dotted: Option<(&FileSource<'d>, &str)>,
        at: Node<'_>,
    ) -> bool {
        let (Some((_, id)), Some(SourceType::OpenApi), Some(_)) =
            (dotted, only.kind, only.document)
        else {
            return false;
        };
        let description = self.description(only, "", at);
        description.is_some_and(|description| {
            description.by_id(text).is_empty() && !description.by_id(id).is_empty()
        })
    }

    /// With several sources the specification wants the name in front: the one
    /// source that has the operation is meant.
    fn bare_in_several(&mut self, apis: &[&FileSource<'d>], text: &str, at: Node<'_>) -> Called {
        let mut hits = Vec::new();
        let mut candidates = Vec::new();
        let mut lost = None;
        let mut near = String::new();
        for source in apis {
            let Some(document) = source.document else {
                lost = Some(*source);
                continue;
            };
            let has = match source.kind {
                Some(SourceType::OpenApi) => {
                    let Some(description) = self.description(source, "", at) else {
                        continue;
                    };
                    let has = !description.by_id(text).is_empty();
                    if !has && near.is_empty() {
                        let id = self.near_id(&description, text);
                        if !id.is_empty() {
                            near = format!("{PREFIX}{}.{id}", source.name);
                        }
                    }
                    has
                }
                Some(SourceType::AsyncApi) => {
                    let operations = document.tree().root().get("operations");
                    operations.is_some_and(|all| all.get(text).is_some())
                }
                _ => false,
            };
            if has {
                hits.push(*source);
                candidates.push(format!("{PREFIX}{}.{text}", source.name));
            }
        }
        if self.is_only(at, ("operation", text), &candidates, lost, &near) {
            return self.operation_in(hits[0], text, at);
        }
        Called::Nothing
    }

    /// Whether a text without its source means one thing alone; it should be written
    /// like that.
    #[cold]
    pub fn is_only(
        &self,
        at: Node<'_>,
        (what, text): (&str, &str),
        candidates: &[String],
        lost: Option<&FileSource<'_>>,
        near: &str,
    ) -> bool {
        match (candidates, lost) {
            ([one], _) => self.spelling(at, text, one),
            ([], Some(lost)) => self.missing_source(lost, &format!("{what} `{text}`"), at),
            ([], None) => self.unknown_operation(at, text, "", near),
            _ => self.ambiguous(at, text, candidates),
        }
        candidates.len() == 1
    }

    /// The operation with an id, in one source.
    pub fn operation_in(&mut self, source: &FileSource<'d>, id: &str, at: Node<'_>) -> Called {
        let what = format!("operation `{id}`");
        if source.kind == Some(SourceType::AsyncApi) {
            self.messages_in(source, id, &what, at);
            return Called::Messages;
        }
        let Some(description) = self.description(source, &what, at) else {
            return Called::Nothing;
        };
        let found = description.by_id(id);
        match found[..] {
            [entry] => return self.prepare(source, &description, entry, at),
            [] => {
                let near = self.near_id(&description, id);
                for error in description.broken() {
                    self.document_error(error);
                }
                self.unknown_operation(at, id, source.name, near);
            }
            _ => {
                let mut paths = Vec::new();
                for entry in found {
                    paths.push(path_text(source, entry));
                }
                self.ambiguous(at, id, &paths);
            }
        }
        Called::Nothing
    }

    fn messages_in(&mut self, source: &FileSource<'d>, id: &str, what: &str, at: Node<'_>) {
        let Some(document) = source.document else {
            return self.missing_source(source, what, at);
        };
        let operations = document.tree().root().get("operations");
        if operations.is_none_or(|all| all.get(id).is_none()) {
            let all = operations.into_iter().flat_map(Node::values);
            let near = self.near(id, &mut all.filter_map(Node::key));
            self.unknown_operation(at, id, source.name, near);
        }
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
        let (mut operation, warnings) = match Operation::prepare(source.name, &object) {
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
            let place = entry.node.location();
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
    #[cold]
    fn near_id(&self, description: &OpenApiDescription<'d>, id: &str) -> &'d str {
        let ids = description.operations().iter();
        self.near(id, &mut ids.filter_map(|entry| entry.id))
    }

    #[cold]
    pub fn spelling(&self, at: Node<'_>, written: &str, correct: &str) {
        let texts = [written, correct];
        self.note(at.location(), self.lenient(), K::OperationSpelling, &texts);
    }

    #[cold]
    fn ambiguous(&self, at: Node<'_>, operation: &str, candidates: &[String]) {
        let count = candidates.len().to_string();
        let texts = [operation, &*count, &*listed(candidates)];
        self.error(at, K::AmbiguousOperation, &texts);
    }

    /// The source is empty where several were searched, and so is what is nearest
    /// where nothing is.
    #[cold]
    pub fn unknown_operation(&self, at: Node<'_>, operation: &str, source: &str, near: &str) {
        self.error(at, K::UnknownOperation, &[operation, source, near]);
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
