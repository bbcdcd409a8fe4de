//! Reads the root, `info`, source descriptions, components.

use super::objects::{
    ActionObject, ArazzoObject, ArazzoVersion, At, ComponentsObject, InfoObject, ParameterObject,
    SourceDescriptionObject, SourceType,
};
use super::reader::Reader;
use super::shape;
use crate::diagnostic::{Severity, visible};
use crate::document::error::{self, DocumentError, DocumentErrorKind as K};
use crate::document::tree::{Node, Tree};
use crate::names::Names;

/// What can be read.
const SUPPORTED: &str = "1.0 and 1.1";

impl ArazzoObject {
    /// Reads a whole document: the objects, and all that is wrong with them, in
    /// document order.
    ///
    /// The objects are there even where something is wrong, as far as they
    /// could be read; none where the document is no Arazzo description of a
    /// version that is known. In `strict` reading every deviation is an error.
    pub fn read(tree: &Tree, strict: bool) -> (Option<Self>, Vec<DocumentError>) {
        let mut reader = Reader {
            strict,
            version: ArazzoVersion { minor: 1, patch: 0 },
            findings: Vec::new(),
        };
        let object = reader.root(tree.root());
        let mut findings = reader.findings;
        error::sort(&mut findings);
        (object, findings)
    }
}

impl Reader {
    fn root(&mut self, node: Node<'_>) -> Option<ArazzoObject> {
        if !node.is_object() {
            self.wrong_type(node, "an Arazzo description", "an object");
            return None;
        }
        self.version = self.version(node)?;
        self.object(node, "an Arazzo description", &shape::ROOT);
        let identity = self.text(node, "$self");
        if let (Some(identity), Some(at)) = (&identity, node.get("$self")) {
            self.uri(at, "$self", &identity.value);
            if identity.value.contains('#') {
                self.bad(
                    at,
                    "$self",
                    "has a fragment",
                    Some("leave out `#` and what follows it"),
                    Severity::Error,
                );
            }
        }
        Some(ArazzoObject {
            node: node.id(),
            version: self.version,
            identity,
            info: self.info(node),
            sources: self.sources(node),
            workflows: self.workflows(node),
            components: self.components(node),
        })
    }

    /// Reads `arazzo`: `1.0.1`, `1.1.0-beta`. Of a version that is not known
    /// nothing else is read.
    fn version(&mut self, root: Node<'_>) -> Option<ArazzoVersion> {
        let Some(node) = root.get("arazzo") else {
            let found = if root.get("openapi").is_some() || root.get("swagger").is_some() {
                Some("an OpenAPI description")
            } else if root.get("asyncapi").is_some() {
                Some("an AsyncAPI description")
            } else {
                None
            };
            let (kind, texts) = match found {
                Some(found) => (K::WrongKind, ["an Arazzo description", found]),
                None => (K::MissingField, [shape::ROOT.name, "arazzo"]),
            };
            self.error(kind, root.location(), &texts);
            // What else is wrong is worth saying all the same.
            return found.is_none().then_some(self.version);
        };
        let Some(text) = node.as_str() else {
            self.wrong_type(node, "arazzo", "a string such as `1.1.0`");
            return Some(self.version);
        };
        let (numbers, suffix) = match text.split_once('-') {
            Some((numbers, suffix)) => (numbers, Some(suffix)),
            None => (text, None),
        };
        let parts: Vec<Option<u32>> = numbers.split('.').map(|part| part.parse().ok()).collect();
        match parts[..] {
            [Some(1), Some(minor @ 0..=1), Some(patch)] => {
                if suffix.is_some() {
                    let reason = format!("is `{text}`, a version before its release");
                    self.bad(node, "arazzo", &reason, None, self.lenient());
                }
                Some(ArazzoVersion { minor, patch })
            }
            _ => {
                self.error(K::UnsupportedVersion, node.location(), &[text, SUPPORTED]);
                None
            }
        }
    }

    fn info(&mut self, root: Node<'_>) -> InfoObject {
        let Some(node) = root.get("info") else {
            return InfoObject::default();
        };
        if !self.object(node, "info", &shape::INFO) {
            return InfoObject::default();
        }
        let mut text = |field| self.text(node, field).map(|text| text.value);
        InfoObject {
            title: text("title"),
            version: text("version"),
            summary: text("summary"),
            description: text("description"),
        }
    }

    fn sources(&mut self, root: Node<'_>) -> Vec<SourceDescriptionObject> {
        let nodes = self.list(root, "sourceDescriptions");
        self.not_empty(root, "sourceDescriptions");
        let mut sources: Vec<SourceDescriptionObject> = Vec::new();
        let mut seen = Names::default();
        for node in nodes {
            if !self.object(node, "source description", &shape::SOURCE) {
                continue;
            }
            let source = self.source(node);
            let name = &source.name.value;
            match seen.add(name, sources.len()) {
                Some(first) if !name.is_empty() => {
                    let first = node.sibling(sources[first].node.0);
                    self.duplicate("source description", name, node, first);
                }
                _ => sources.push(source),
            }
        }
        sources
    }

    fn source(&mut self, node: Node<'_>) -> SourceDescriptionObject {
        let name = self.required_text(node, "name");
        if let Some(at) = node.get("name") {
            self.name_pattern(at, "name", &name.value, false);
        }
        let url = self.required_text(node, "url");
        if let Some(at) = node.get("url") {
            self.uri(at, "url", &url.value);
        }
        SourceDescriptionObject {
            node: node.id(),
            name,
            url,
            kind: self.source_type(node),
        }
    }

    fn source_type(&mut self, source: Node<'_>) -> Option<At<SourceType>> {
        let node = source.get("type")?;
        let text = self.string(node, "type")?;
        let value = match &*text.value {
            "openapi" => SourceType::OpenApi,
            "arazzo" => SourceType::Arazzo,
            "asyncapi" => {
                if !self.version.has_1_1() {
                    let reason = "is `asyncapi`, which needs version 1.1";
                    let help = "write `arazzo: 1.1.0`";
                    self.bad(node, "type", reason, Some(help), self.lenient());
                }
                SourceType::AsyncApi
            }
            other => {
                let reason =
                    format!("is `{other}`, but has to be `openapi`, `arazzo` or `asyncapi`");
                self.bad(node, "type", &reason, None, Severity::Error);
                return None;
            }
        };
        Some(At {
            value,
            node: node.id(),
        })
    }

    /// A URI-reference has no blanks and no raw brackets outside its host.
    pub(super) fn uri(&mut self, node: Node<'_>, what: &str, text: &str) {
        if let Some(reason) = uri_fault(text) {
            // File names with blanks work; nothing else does.
            let severity = if text.contains("://") {
                Severity::Error
            } else {
                self.lenient()
            };
            let reason = format!("is no URI-reference: {reason}");
            self.bad(
                node,
                what,
                &reason,
                Some("encode it in percent form: `%20` for a blank"),
                severity,
            );
        }
    }

    /// An empty list where at least one entry is needed.
    pub(super) fn not_empty(&mut self, object: Node<'_>, field: &str) {
        if let Some(node) = object.get(field)
            && node.is_array()
            && node.is_empty()
        {
            self.bad(
                node,
                field,
                "has to have at least one entry",
                None,
                Severity::Error,
            );
        }
    }

    fn components(&mut self, root: Node<'_>) -> ComponentsObject {
        let Some(node) = root.get("components") else {
            return ComponentsObject::default();
        };
        if !self.object(node, "components", &shape::COMPONENTS) {
            return ComponentsObject::default();
        }
        let mut inputs = Vec::new();
        for (name, schema) in self.map(node, "inputs") {
            self.key_pattern(schema, "inputs", name);
            self.schema(schema, "inputs");
            inputs.push((name.into(), schema.id()));
        }
        ComponentsObject {
            node: Some(node.id()),
            inputs,
            parameters: self.components_of(node, "parameters", Self::component_parameter),
            success_actions: self.components_of(node, "successActions", Self::success_action),
            failure_actions: self.components_of(node, "failureActions", Self::failure_action),
        }
    }

    fn components_of<T>(
        &mut self,
        components: Node<'_>,
        field: &str,
        read: fn(&mut Self, Node<'_>) -> Option<T>,
    ) -> Vec<(Box<str>, T)> {
        let mut out = Vec::new();
        for (name, node) in self.map(components, field) {
            self.key_pattern(node, field, name);
            if let Some(object) = read(self, node) {
                out.push((name.into(), object));
            }
        }
        out
    }

    fn component_parameter(&mut self, node: Node<'_>) -> Option<ParameterObject> {
        self.parameter(node)
    }

    fn success_action(&mut self, node: Node<'_>) -> Option<ActionObject> {
        self.action(node, false)
    }

    fn failure_action(&mut self, node: Node<'_>) -> Option<ActionObject> {
        self.action(node, true)
    }

    /// A schema is an object or a boolean; a Reusable Object is none.
    pub(super) fn schema(&mut self, node: Node<'_>, what: &str) {
        if !node.is_object() && node.as_bool().is_none() {
            self.wrong_type(node, what, "a JSON Schema: an object or a boolean");
        } else if let Some(reference) = node.get("reference")
            && reference.as_str().is_some_and(|text| text.starts_with('$'))
        {
            self.bad(
                reference,
                what,
                "is a JSON Schema, which cannot be a Reusable Object",
                Some("write `$ref: '#/components/inputs/…'`"),
                Severity::Error,
            );
        }
    }
}

/// Why a text is no URI-reference: RFC 3986, appendix A, as far as it matters.
fn uri_fault(text: &str) -> Option<String> {
    let bad = |c: char| {
        c.is_whitespace()
            || c.is_control()
            || matches!(c, '<' | '>' | '"' | '\\' | '^' | '`' | '{' | '|' | '}')
    };
    if let Some(c) = text.chars().find(|c| bad(*c)) {
        return Some(if c == ' ' {
            "it has a blank".into()
        } else {
            format!(
                "it has the character `{}`",
                visible(c.encode_utf8(&mut [0; 4]))
            )
        });
    }
    let (_, rest) = text.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next().unwrap_or("");
    let host = authority.rsplit('@').next().unwrap_or("");
    match (host.strip_prefix('['), host.contains(['[', ']'])) {
        (Some(inner), _) => {
            let address = inner.split(']').next().unwrap_or("");
            let good = address.contains(':')
                && address
                    .chars()
                    .all(|c| c.is_ascii_hexdigit() || matches!(c, ':' | '.' | 'v' | 'V'));
            (!good || !inner.contains(']')).then(|| "its host is no address".into())
        }
        (None, true) => Some("its host has a bracket".into()),
        (None, false) => None,
    }
}
