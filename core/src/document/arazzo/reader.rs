//! Reads fields and takes down what is wrong with them.

use super::objects::{ArazzoVersion, At};
use super::shape::{Field, Shape};
use crate::diagnostic::{Location, Severity, nearest};
use crate::document::error::{DocumentError, DocumentErrorKind as K};
use crate::document::tree::{Kind, Node};
use crate::names::Names;
use crate::number;

/// Reads one document and collects findings.
pub(super) struct Reader {
    pub strict: bool,
    pub version: ArazzoVersion,
    pub findings: Vec<DocumentError>,
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

    pub fn bad(
        &mut self,
        node: Node<'_>,
        what: &str,
        reason: &str,
        help: Option<&str>,
        severity: Severity,
    ) {
        let texts = [what, reason, help.unwrap_or_default()];
        self.note(K::BadValue, severity, node.location(), &texts);
    }

    /// The same of a key.
    pub fn bad_key(
        &mut self,
        node: Node<'_>,
        what: &str,
        reason: &str,
        help: &str,
        severity: Severity,
    ) {
        self.note(
            K::BadValue,
            severity,
            node.key_location(),
            &[what, reason, help],
        );
    }

    /// Takes a finding down; of the texts each kind has its own.
    #[cold]
    pub fn note(&mut self, kind: K, severity: Severity, at: Location, texts: &[&str]) {
        self.findings
            .push(DocumentError::of(kind, severity, at, texts));
    }

    pub fn error(&mut self, kind: K, at: Location, texts: &[&str]) {
        self.note(kind, Severity::Error, at, texts);
    }

    pub fn wrong_type(&mut self, node: Node<'_>, what: &str, expected: &str) {
        let found = node.kind_name();
        let unquoted = expected == "a string" && matches!(found, "a number" | "a boolean");
        let quote = if unquoted { what } else { "" };
        let texts = [what, expected, found, quote];
        self.error(K::WrongType, node.location(), &texts);
    }

    pub fn duplicate(&mut self, what: &str, name: &str, second: Node<'_>, first: Node<'_>) {
        let texts = [what, name, &*first.location().spot()];
        self.error(K::DuplicateName, second.location(), &texts);
    }

    /// Checks that the node is an object and has the fields of `shape`.
    pub fn object(&mut self, node: Node<'_>, what: &str, shape: &Shape) -> bool {
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
            self.field(key, value, shape);
        }
        true
    }

    fn field(&mut self, key: &str, value: Node<'_>, shape: &Shape) {
        let known = shape.fields.iter().find(|field| field.name == key);
        match known {
            Some(field) if field.newer && !self.version.has_1_1() => {
                let (place, texts) = (value.key_location(), [shape.name, key, "1.1"]);
                self.note(K::NewerField, self.lenient(), place, &texts);
            }
            Some(_) => {}
            None if key.starts_with("x-") => self.extension(key, value),
            None => {
                let names = shape.fields.iter().map(|field| field.name);
                let near = nearest(key, names).unwrap_or_default();
                let (place, texts) = (value.key_location(), [shape.name, key, near]);
                self.note(K::UnknownField, self.lenient(), place, &texts);
            }
        }
    }

    fn extension(&mut self, key: &str, value: Node<'_>) {
        let reserved = ["x-oai-", "x-oas-", "x-arazzo"];
        if reserved.iter().any(|prefix| key.starts_with(prefix)) {
            let reason = "begins with a prefix that is reserved for the OpenAPI Initiative";
            let help = "choose another name after `x-`";
            self.bad_key(value, key, reason, help, Severity::Warning);
        }
    }

    /// The text of a field; anything but a string is an error.
    pub fn text(&mut self, object: Node<'_>, field: &str) -> Option<At<Box<str>>> {
        let node = object.get(field)?;
        self.string(node, field)
    }

    /// The text of a node; anything but a string is an error.
    pub fn string(&mut self, node: Node<'_>, what: &str) -> Option<At<Box<str>>> {
        match node.as_str() {
            Some(text) => Some(At {
                value: text.into(),
                node: node.id(),
            }),
            None => {
                self.wrong_type(node, what, "a string");
                None
            }
        }
    }

    /// The text of a required field, empty where it is missing.
    pub fn required_text(&mut self, object: Node<'_>, field: &str) -> At<Box<str>> {
        let text = self.text(object, field);
        if let Some(At { value, .. }) = &text
            && value.is_empty()
            && let Some(node) = object.get(field)
        {
            self.bad(node, field, "is empty", None, Severity::Error);
        }
        text.unwrap_or_else(|| At {
            value: "".into(),
            node: object.get(field).unwrap_or(object).id(),
        })
    }

    /// The items of a list field; none where it is missing or no list.
    pub fn list<'t>(&mut self, object: Node<'t>, field: &str) -> Vec<Node<'t>> {
        match object.get(field) {
            None => Vec::new(),
            Some(node) if node.is_array() => node.items().collect(),
            Some(node) => {
                self.wrong_type(node, field, "a list");
                Vec::new()
            }
        }
    }

    /// The entries of a map field; none where it is missing or no object.
    pub fn map<'t>(&mut self, object: Node<'t>, field: &str) -> Vec<(&'t str, Node<'t>)> {
        match object.get(field) {
            None => Vec::new(),
            Some(node) if node.is_object() => node.entries().collect(),
            Some(node) => {
                self.wrong_type(node, field, "an object");
                Vec::new()
            }
        }
    }

    /// A list of strings without repeats.
    pub fn names(&mut self, object: Node<'_>, field: &'static str) -> Vec<At<Box<str>>> {
        let nodes = self.list(object, field);
        let mut names: Vec<At<Box<str>>> = Vec::with_capacity(nodes.len());
        let mut seen = Names::default();
        for node in nodes {
            let Some(name) = self.string(node, field) else {
                continue;
            };
            let text = node.as_str().unwrap_or_default();
            match seen.add(text, names.len()) {
                Some(first) => {
                    let first = node.sibling(names[first].node.0);
                    self.duplicate(field, text, node, first);
                }
                None => names.push(name),
            }
        }
        names
    }

    /// Warns of a name outside `[A-Za-z0-9_\-]+`, or, where dots are allowed,
    /// outside `[A-Za-z0-9._\-]+`.
    pub fn name_pattern(&mut self, node: Node<'_>, what: &str, name: &str, dots: bool) {
        let good =
            |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-' || (dots && c == '.');
        if name.is_empty() || name.chars().all(good) {
            return;
        }
        let allowed = if dots {
            "letters, digits, `.`, `_` and `-`"
        } else {
            "letters, digits, `_` and `-`"
        };
        let reason = format!("is `{name}`, but should be made of {allowed} only");
        self.bad(node, what, &reason, None, self.lenient());
    }

    /// The same for a key of a map.
    pub fn key_pattern(&mut self, node: Node<'_>, what: &str, name: &str) {
        let good = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
        if !name.is_empty() && name.chars().all(good) {
            return;
        }
        let reason = format!(
            "has the key `{name}`, but keys are made of letters, digits, `.`, `_` and `-` only"
        );
        self.bad_key(node, what, &reason, "", self.lenient());
    }

    /// A whole number not below `least`.
    pub fn whole(&mut self, object: Node<'_>, field: &str, least: u64) -> Option<At<u64>> {
        let node = object.get(field)?;
        let Kind::Number(number) = node.kind() else {
            self.wrong_type(node, field, "a whole number");
            return None;
        };
        let value = number.as_u64().filter(|value| *value >= least);
        if value.is_none() {
            let least = if least == 0 { "0" } else { "1" };
            let reason = if number::is_integer(number) {
                format!("is {number}, but has to be at least {least} and not beyond all measure")
            } else {
                format!("is {number}, but has to be a whole number")
            };
            self.bad(node, field, &reason, None, Severity::Error);
        }
        value.map(|value| At {
            value,
            node: node.id(),
        })
    }
}
