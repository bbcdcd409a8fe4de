//! `operationPath` and `channelPath`, however written.

use super::error::LinkErrorKind as K;
use super::linker::{File, FileSource, Linker};
use super::operations::{Called, PREFIX, path_text, qualified, split_source};
use crate::diagnostic::Severity;
use crate::document::{Node, OpenApiDescription, OperationEntry, SourceType, percent_decode};
use crate::pointer::Pointer;

impl<'d> Linker<'d> {
    /// Arazzo, Step Object, operationPath.
    pub fn operation_by_path(&mut self, file: &File<'d>, text: &str, at: Node<'_>) -> Called {
        let Some((reference, fragment)) = text.split_once('#') else {
            return self.path_without_fragment(file, text, at);
        };
        let Some(source) = self.path_source(file, text, reference, fragment, at) else {
            return Called::Nothing;
        };
        if source.kind == Some(SourceType::AsyncApi) {
            self.channel(source, text, fragment, at);
            return Called::Messages;
        }
        let what = format!("operation path `{text}`");
        let Some(description) = self.description(source, &what, at) else {
            return Called::Nothing;
        };
        let Some((path, method)) = self.path_and_method(text, fragment, at) else {
            return Called::Nothing;
        };
        let found = match description.by_path(&path, &method) {
            Some(entry) => Some(*entry),
            None => self.unescaped(source, &description, text, fragment, at),
        };
        let Some(entry) = found else {
            self.unknown_path(source, &description, &path, &method, at);
            return Called::Nothing;
        };
        if let Some(id) = entry.id
            && description.by_id(id).len() == 1
        {
            let mut better = id.to_owned();
            if file.apis().len() != 1 {
                better = format!("{PREFIX}{}.{id}", source.name);
            }
            let texts = [&*better];
            self.note(at.location(), Severity::Hint, K::PreferOperationId, &texts);
        }
        self.prepare(source, &description, &entry, at)
    }

    /// The source that stands before `#`: by expression, or, with a warning, by
    /// its name, by its URL, or as the only one there is.
    fn path_source<'f>(
        &self,
        file: &'f File<'d>,
        text: &str,
        reference: &str,
        fragment: &str,
        at: Node<'_>,
    ) -> Option<&'f FileSource<'d>> {
        let reference = reference.trim();
        if let Some(rest) = qualified(reference) {
            let braces = reference.starts_with('{');
            if let Some((source, "url")) = split_source(file, rest) {
                if !braces {
                    self.spelling(at, text, &with_braces(source, fragment));
                }
                return Some(source);
            }
            if let Some(source) = file.source(rest) {
                self.spelling(at, text, &with_braces(source, fragment));
                return Some(source);
            }
            let name = rest.strip_suffix(".url").unwrap_or(rest);
            return self.find_source(file, name, at);
        }
        let named = file
            .source(reference)
            .or_else(|| file.sources.iter().find(|source| source.url == reference))
            .or_else(|| match file.apis()[..] {
                [only] if reference.is_empty() => Some(only),
                _ => None,
            });
        match named {
            Some(source) => self.spelling(at, text, &with_braces(source, fragment)),
            None if reference.is_empty() => {
                self.bad_path(at, text, "no source description is named");
            }
            None => {
                self.find_source(file, reference, at);
            }
        }
        named
    }

    /// `#/paths/~1pets~1{id}/get` → `/pets/{id}`, `get`.
    fn path_and_method(
        &self,
        text: &str,
        fragment: &str,
        at: Node<'_>,
    ) -> Option<(String, String)> {
        let Some(decoded) = percent_decode(fragment) else {
            self.bad_path(at, text, "what follows `#` is not percent-encoded text");
            return None;
        };
        let pointer = match Pointer::parse(&decoded) {
            Ok(pointer) => pointer,
            Err(error) => {
                self.bad_path(at, text, &error.to_string());
                return None;
            }
        };
        let tokens: Vec<&str> = pointer.tokens().collect();
        match tokens[..] {
            ["paths", path, method] => Some((path.to_owned(), method.to_owned())),
            ["paths", ref between @ .., method] if between.len() > 1 => {
                Some((format!("/{}", between.join("/")), method.to_owned()))
            }
            _ => {
                let reason = "what follows `#` has to be `/paths/`, a path and a method";
                self.bad_path(at, text, reason);
                None
            }
        }
    }

    /// A path whose slashes were left as they are: `#/paths/pets/{id}/get`.
    fn unescaped(
        &self,
        source: &FileSource<'d>,
        description: &OpenApiDescription<'d>,
        text: &str,
        fragment: &str,
        at: Node<'_>,
    ) -> Option<OperationEntry<'d>> {
        let decoded = percent_decode(fragment)?;
        let rest = decoded.strip_prefix("/paths/")?;
        let (path, method) = rest.rsplit_once('/')?;
        let path = format!("/{}", path.trim_start_matches('/'));
        let entry = *description.by_path(&path, method)?;
        self.spelling(at, text, &path_text(source, &entry));
        Some(entry)
    }

    /// `POST /pets`, `/pets`, `$sourceDescriptions.s.operationId`: forgiven where
    /// just one operation fits.
    fn path_without_fragment(&mut self, file: &File<'d>, text: &str, at: Node<'_>) -> Called {
        if let Some((source, id)) = qualified(text).and_then(|rest| split_source(file, rest)) {
            let reading = format!("operationId: {PREFIX}{}.{id}", source.name);
            self.spelling(at, text, &reading);
            return self.operation_in(source, id, at);
        }
        let (method, path) = match text.trim().split_once(' ') {
            Some((method, path)) => (Some(method), path.trim()),
            None => (None, text.trim()),
        };
        if !path.starts_with('/') {
            self.bad_path(at, text, "no source description is named");
            return Called::Nothing;
        }
        // The operations at that path in any source, and a source that is missing.
        let mut hit = None;
        let mut candidates = Vec::new();
        let mut lost = None;
        for source in &file.sources {
            if matches!(source.kind, Some(SourceType::Arazzo | SourceType::AsyncApi)) {
                continue;
            }
            if source.document.is_none() {
                lost = Some(source);
                continue;
            }
            let Some(description) = self.description(source, "", at) else {
                continue;
            };
            for entry in description.operations() {
                let same = |method: &str| entry.method.eq_ignore_ascii_case(method);
                if entry.path == path && method.is_none_or(same) {
                    candidates.push(path_text(source, entry));
                    hit = Some((source, description.clone(), *entry));
                }
            }
        }
        let only = self.is_only(at, ("operation path", text), &candidates, lost, "");
        match hit {
            Some((source, description, entry)) if only => {
                self.prepare(source, &description, &entry, at)
            }
            _ => Called::Nothing,
        }
    }

    /// Arazzo 1.1.0, Step Object, channelPath.
    pub fn channel_by_path(&self, file: &File<'d>, text: &str, at: Node<'_>) {
        let Some((reference, fragment)) = text.split_once('#') else {
            return self.bad_path(at, text, "it has no `#` with a JSON Pointer to a channel");
        };
        if let Some(source) = self.path_source(file, text, reference, fragment, at) {
            self.channel(source, text, fragment, at);
        }
    }

    fn channel(&self, source: &FileSource<'d>, text: &str, fragment: &str, at: Node<'_>) {
        let Some(document) = source.document else {
            return self.missing_source(source, &format!("channel `{text}`"), at);
        };
        if source.kind.is_some_and(|kind| kind != SourceType::AsyncApi) {
            return self.wrong_source(at, source, "asyncapi");
        }
        let pointer = percent_decode(fragment).and_then(|text| Pointer::parse(&text).ok());
        if pointer.is_none_or(|pointer| document.tree().root().at(&pointer).is_none()) {
            self.bad_path(at, text, "nothing is there");
        }
    }

    #[cold]
    fn unknown_path(
        &self,
        source: &FileSource<'d>,
        description: &OpenApiDescription<'d>,
        path: &str,
        method: &str,
        at: Node<'_>,
    ) {
        let operations = description.operations();
        let same_path = operations.iter().find(|entry| entry.path == path);
        let near = self.near(path, &mut operations.iter().map(|entry| entry.path));
        let same = |entry: &&OperationEntry<'_>| entry.path == near;
        let exact = |entry: &&OperationEntry<'_>| entry.method.eq_ignore_ascii_case(method);
        let mut all = operations.iter().filter(same);
        let fits = all.clone().find(exact).or_else(|| all.next());
        let near = same_path.or(fits).map(|entry| path_text(source, entry));
        for error in description.broken() {
            self.document_error(error);
        }
        let operation = format!("{} {path}", method.to_ascii_uppercase());
        self.unknown_operation(at, &operation, source.name, &near.unwrap_or_default());
    }

    #[cold]
    fn bad_path(&self, at: Node<'_>, path: &str, reason: &str) {
        self.error(at, K::BadOperationPath, &[path, reason]);
    }
}

fn with_braces(source: &FileSource<'_>, fragment: &str) -> String {
    format!("{{{PREFIX}{}.url}}#{fragment}", source.name)
}
