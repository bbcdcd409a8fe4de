//! Goes through a document and takes down what is wrong with it.

use super::objects::ArazzoVersion;
use super::shape::{self, Field, Is, Shape};
use crate::diagnostic::{Location, Severity, nearest};
use crate::document::error::{DocumentError, DocumentErrorKind as K};
use crate::document::node::Node;
use crate::names::Names;

/// Reads one document and collects findings.
pub(super) struct Reader {
    pub strict: bool,
    pub version: ArazzoVersion,
    pub findings: Vec<DocumentError>,
    /// The numbers of the nodes that cannot be used.
    pub left_out: Vec<usize>,
}

impl Reader {
    /// What a deviation with one sensible reading is: an error where the
    /// letter of the specification counts, else a warning.
    pub fn lenient(&self) -> Severity {
        if self.strict {
            Severity::Error
        } else {
            Severity::Warning
        }
    }

    /// A value that cannot be used.
    #[cold]
    pub fn bad(&mut self, node: Node<'_>, what: &str, reason: &str, help: &str) {
        self.odd(node, what, reason, help, Severity::Error);
    }

    /// A value that matters as much as that.
    #[cold]
    pub fn odd(
        &mut self,
        node: Node<'_>,
        what: &str,
        reason: &str,
        help: &str,
        severity: Severity,
    ) {
        let texts = [what, reason, help];
        self.note(K::BadValue, severity, node.location(), &texts);
    }

    /// The same of a key.
    #[cold]
    pub fn odd_key(
        &mut self,
        node: Node<'_>,
        what: &str,
        reason: &str,
        help: &str,
        severity: Severity,
    ) {
        let texts = [what, reason, help];
        self.note(K::BadValue, severity, node.key_location(), &texts);
    }

    /// Takes a finding down; of the texts each kind has its own.
    #[cold]
    pub fn note(&mut self, kind: K, severity: Severity, at: Location, texts: &[&str]) {
        self.findings
            .push(DocumentError::of(kind, severity, at, texts));
    }

    #[cold]
    pub fn error(&mut self, kind: K, at: Location, texts: &[&str]) {
        self.note(kind, Severity::Error, at, texts);
    }

    #[cold]
    pub fn wrong_type(&mut self, node: Node<'_>, what: &str, expected: &str) {
        let found = node.kind_name();
        let unquoted = expected == "a string" && matches!(found, "a number" | "a boolean");
        let quote = if unquoted { what } else { "" };
        let texts = [what, expected, found, quote];
        self.error(K::WrongType, node.location(), &texts);
    }

    #[cold]
    fn duplicate(&mut self, what: &str, name: &str, second: Node<'_>, first: Node<'_>) {
        let texts = [what, name, &*first.location().spot()];
        self.error(K::DuplicateName, second.location(), &texts);
    }

    /// A node that is of no use.
    pub fn leave_out(&mut self, node: Node<'_>) {
        self.left_out.push(node.id().0 as usize);
    }

    /// Checks that the node is an object as `shape` has it. Whether it can be used.
    pub fn object(&mut self, node: Node<'_>, what: &str, shape: &'static Shape) -> bool {
        if !node.is_object() {
            self.wrong_type(node, what, "an object");
            return false;
        }
        for Field { name, required, .. } in shape.fields {
            if *required && node.get(name).is_none() {
                self.error(K::MissingField, node.location(), &[shape.name, name]);
            }
        }
        for (key, value) in node.entries() {
            match shape.fields.iter().find(|field| field.name == key) {
                Some(field) => {
                    if field.newer && !self.version.has_1_1() {
                        let (place, texts) = (value.key_location(), [shape.name, key, "1.1"]);
                        self.note(K::NewerField, self.lenient(), place, &texts);
                    }
                    self.value(node, value, field);
                }
                None => self.unknown(key, value, shape),
            }
        }
        (shape.whole)(self, node)
    }

    /// A field that the object does not have.
    fn unknown(&mut self, key: &str, value: Node<'_>, shape: &Shape) {
        if key.starts_with("x-") {
            let reserved = ["x-oai-", "x-oas-", "x-arazzo"];
            if reserved.iter().any(|prefix| key.starts_with(prefix)) {
                let reason = "begins with a prefix that is reserved for the OpenAPI Initiative";
                let help = "choose another name after `x-`";
                self.odd_key(value, key, reason, help, Severity::Warning);
            }
            return;
        }
        let names = shape.fields.iter().map(|field| field.name);
        let near = nearest(key, names.filter(|name| !name.starts_with("x-")));
        let (place, texts) = (
            value.key_location(),
            [shape.name, key, near.unwrap_or_default()],
        );
        self.note(K::UnknownField, self.lenient(), place, &texts);
    }

    /// Checks that a field is what it may be.
    fn value(&mut self, object: Node<'_>, node: Node<'_>, field: &Field) {
        let what = field.name;
        match field.is {
            Is::Any => {}
            Is::Text | Is::Filled | Is::Name | Is::Uri => self.text(node, what, field.is),
            Is::Texts => self.texts(node, what),
            Is::One(shape) => {
                self.object(node, what, shape);
            }
            Is::List(shape) => self.list(node, what, shape, false),
            Is::Items(shape) => self.list(node, what, shape, true),
            Is::Filling(shape) => {
                self.not_empty(node, what, "");
                self.list(node, what, shape, false);
            }
            Is::Map(shape) => self.map(node, what, shape),
            Is::By(rule) => rule(self, object, node),
        }
    }

    fn text(&mut self, node: Node<'_>, what: &str, is: Is) {
        let Some(text) = self.string(node, what) else {
            return;
        };
        match is {
            Is::Text => {}
            _ if text.is_empty() => self.bad(node, what, "is empty", ""),
            Is::Name if !is_name(text, false) => {
                let reason =
                    format!("is `{text}`, but should be made of letters, digits, `_` and `-` only");
                self.odd(node, what, &reason, "", self.lenient());
            }
            Is::Uri => self.uri(node, what, text),
            _ => {}
        }
    }

    /// The text of a node; anything but a string is an error.
    pub fn string<'t>(&mut self, node: Node<'t>, what: &str) -> Option<&'t str> {
        let text = node.as_str();
        if text.is_none() {
            self.wrong_type(node, what, "a string");
        }
        text
    }

    /// Whether it is a list, which it has to be.
    fn is_list(&mut self, node: Node<'_>, what: &str) -> bool {
        if !node.is_array() {
            self.wrong_type(node, what, "a list");
        }
        node.is_array()
    }

    /// A list of objects; those that name themselves, each with a name of its own.
    pub fn list(&mut self, node: Node<'_>, what: &str, shape: &'static Shape, reusable: bool) {
        if !self.is_list(node, what) {
            return;
        }
        let name = match shape.what {
            "source description" => "name",
            "workflow" => "workflowId",
            "step" => "stepId",
            _ => "",
        };
        let mut seen = Names::default();
        for item in node.items() {
            if reusable && let Some(reference) = item.get("reference") {
                self.reusable(item, reference, shape.what == shape::PARAMETER.what);
                continue;
            }
            if !self.object(item, shape.what, shape) {
                self.leave_out(item);
                continue;
            }
            let Some(at) = item.get(name) else { continue };
            let (Some(text), id) = (at.as_str(), item.id()) else {
                continue;
            };
            if text.is_empty() {
                continue;
            }
            let Some(first) = seen.add(text, id.0 as usize) else {
                continue;
            };
            let first = node.sibling(first as u32);
            if shape.what == shape::SOURCE.what {
                self.duplicate(shape.what, text, item, first);
                self.leave_out(item);
            } else {
                self.duplicate(shape.what, text, at, first.get(name).unwrap_or(first));
            }
        }
    }

    /// A Reusable Object: Arazzo, Reusable Object.
    fn reusable(&mut self, node: Node<'_>, reference: Node<'_>, parameter: bool) {
        for (key, value) in node.entries() {
            let reason = match key {
                "reference" => continue,
                "value" if parameter => continue,
                "value" => "is for references to parameters only, and is ignored",
                _ => "is ignored beside `reference`",
            };
            self.odd_key(value, key, reason, "", Severity::Warning);
        }
        self.string(reference, "reference");
    }

    /// Whether it is an object with names as keys; each key is looked at.
    pub fn is_map(&mut self, node: Node<'_>, what: &str) -> bool {
        if !node.is_object() {
            self.wrong_type(node, what, "an object");
        }
        for (name, value) in node.entries() {
            if !is_name(name, true) {
                let reason = format!(
                    "has the key `{name}`, but keys are made of letters, digits, `.`, `_` and `-` only"
                );
                self.odd_key(value, what, &reason, "", self.lenient());
            }
        }
        node.is_object()
    }

    fn map(&mut self, node: Node<'_>, what: &str, shape: &'static Shape) {
        if !self.is_map(node, what) {
            return;
        }
        for (_, value) in node.entries() {
            if !self.object(value, shape.what, shape) {
                self.leave_out(value);
            }
        }
    }

    /// A list of strings without repeats.
    pub fn texts(&mut self, node: Node<'_>, what: &str) {
        if !self.is_list(node, what) {
            return;
        }
        let mut seen = Names::default();
        for item in node.items() {
            let text = self.string(item, what);
            let first = text.and_then(|text| seen.add(text, item.id().0 as usize));
            if let (Some(text), Some(first)) = (text, first) {
                self.duplicate(what, text, item, node.sibling(first as u32));
            }
            if text.is_none() || first.is_some() {
                self.leave_out(item);
            }
        }
    }

    /// An empty list where at least one entry is needed.
    pub fn not_empty(&mut self, node: Node<'_>, what: &str, help: &str) {
        if node.is_array() && node.is_empty() {
            self.bad(node, what, "has to have at least one entry", help);
        }
    }
}

/// Whether a name is made of `[A-Za-z0-9_\-]`, and dots where they are allowed.
fn is_name(name: &str, dots: bool) -> bool {
    let good = |byte: u8| {
        byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-') || (dots && byte == b'.')
    };
    !name.is_empty() && name.bytes().all(good)
}
