//! Expression text to tree.

use super::ast::{Expression, Root, StepRef};
use super::error::{ExpressionError, Kind};
use super::lenient::Lenient;
use super::name;
use super::slip;
use crate::pointer::Pointer;

/// Longer texts are not read as expressions.
pub(super) const LONGEST_EXPRESSION: usize = 8192;

/// Which version of Arazzo, and how strictly.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dialect {
    /// The document's version.
    pub version: Version,
    /// Whether readings that the specification's letter does not give are errors.
    pub strict: bool,
}

/// A version of Arazzo; the patch part changes nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Version {
    /// Arazzo 1.0
    V1_0,
    /// Arazzo 1.1
    V1_1,
}

/// Something parsed, and the warnings that go with it.
#[derive(Clone, Debug, PartialEq)]
pub struct Parsed<T, W = ExpressionError> {
    /// What was parsed.
    pub value: T,
    /// Which lenient readings were needed; empty in strict mode but for findings
    /// about texts that are right by the letter.
    pub warnings: Vec<W>,
}

/// What a text that may be an expression is.
#[derive(Clone, Debug, PartialEq)]
pub enum Class {
    /// A whole expression.
    Expression(Parsed<Expression>),
    /// Just text, with a warning where it looks like a slip.
    Literal(Option<ExpressionError>),
}

/// Collects warnings, or refuses what is lenient.
pub(super) struct Notes {
    pub(super) dialect: Dialect,
    pub(super) warnings: Vec<ExpressionError>,
}

impl Notes {
    pub(super) fn new(dialect: Dialect) -> Self {
        Self {
            dialect,
            warnings: Vec::new(),
        }
    }

    /// Takes down a lenient reading: a warning, or, in strict mode, an error.
    pub(super) fn lenient(
        &mut self,
        reading: Lenient,
        written: &str,
        offset: usize,
        replacement: Option<String>,
    ) -> Result<(), ExpressionError> {
        let finding = ExpressionError::lenient(reading, written, offset);
        let finding = finding.meant(replacement.as_deref());
        if self.dialect.strict {
            return Err(finding);
        }
        self.warnings.push(finding.allowed());
        Ok(())
    }

    /// Takes down a finding about something that is right by the letter.
    pub(super) fn hint(&mut self, reading: Lenient, written: &str, offset: usize) {
        let finding = ExpressionError::lenient(reading, written, offset);
        self.warnings.push(finding.allowed());
    }

    pub(super) fn into_parsed<T>(self, value: T) -> Parsed<T> {
        Parsed {
            value,
            warnings: self.warnings,
        }
    }
}

/// Where an expression stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// A value: navigation is a lenient reading.
    Value,
    /// A simple condition: navigation is an operator.
    Condition,
}

/// Parses a text that is one runtime expression: Arazzo, Runtime Expressions.
///
/// Forms of 1.1 are tried first; in 1.0 documents what is left over is a name,
/// taken literally.
///
/// # Errors
/// `expression.malformed`, `expression.unknown-root`, `expression.bad-pointer`,
/// `expression.too-long`, and in strict mode the code of the lenient reading.
pub fn parse(text: &str, dialect: Dialect) -> Result<Parsed<Expression>, ExpressionError> {
    let mut notes = Notes::new(dialect);
    let trimmed = text.trim();
    let start = text.len() - text.trim_start().len();
    if trimmed.len() != text.len() {
        notes.lenient(Lenient::Blanks, text, 0, Some(trimmed.into()))?;
    }
    let braced = trimmed
        .strip_prefix('{')
        .and_then(|rest| rest.strip_suffix('}'));
    let inner = match braced {
        Some(inner) if inner.starts_with('$') => {
            notes.lenient(Lenient::Braces, trimmed, start, Some(inner.into()))?;
            inner
        }
        _ => trimmed,
    };
    let offset = start + usize::from(inner.len() != trimmed.len());
    let expression = expression(inner, offset, Place::Value, &mut notes)?;
    Ok(notes.into_parsed(expression))
}

/// Tells whether a text is an expression, just text, or a malformed expression.
///
/// # Errors
/// As [`parse`], for a text that begins like an expression and is none.
pub fn classify(text: &str, dialect: Dialect) -> Result<Class, ExpressionError> {
    if !text.starts_with('$') {
        return Ok(Class::Literal(None));
    }
    match parse(text, dialect) {
        Ok(parsed) if !slip::holds_text(&parsed.value) => Ok(Class::Expression(parsed)),
        Ok(_) => literal(Lenient::BareExpression, text, dialect),
        Err(error) => match slip::literal(text, dialect) {
            slip::Slip::Plain => Ok(Class::Literal(None)),
            slip::Slip::Suspicious(reading) => literal(reading, text, dialect),
            slip::Slip::Error => Err(error),
        },
    }
}

fn literal(reading: Lenient, text: &str, dialect: Dialect) -> Result<Class, ExpressionError> {
    let mut notes = Notes::new(dialect);
    notes.lenient(reading, text, 0, None)?;
    Ok(Class::Literal(notes.warnings.pop()))
}

/// Parses an expression that begins `offset` bytes into the text it stands in.
pub(super) fn expression(
    text: &str,
    offset: usize,
    place: Place,
    notes: &mut Notes,
) -> Result<Expression, ExpressionError> {
    if text.len() > LONGEST_EXPRESSION {
        return Err(ExpressionError::limit(Kind::TooLong, LONGEST_EXPRESSION));
    }
    let mut parser = Parser {
        text,
        offset,
        place,
        notes,
        found: Expression {
            text: text.into(),
            root: Root::Url,
            owner: StepRef::default(),
            name: text.len() as u32,
            candidates: Box::default(),
            path: Pointer::default(),
            length: false,
        },
    };
    parser.expression()?;
    Ok(parser.found)
}

/// The parts of an HTTP message that a name follows.
const REQUEST: [(&str, Root); 3] = [
    ("header.", Root::RequestHeader),
    ("query.", Root::RequestQuery),
    ("path.", Root::RequestPath),
];
const RESPONSE: [(&str, Root); 3] = [
    ("header.", Root::ResponseHeader),
    ("query.", Root::ResponseQuery),
    ("path.", Root::ResponsePath),
];
const MESSAGE: [(&str, Root); 1] = [("header.", Root::MessageHeader)];

pub(super) struct Parser<'t, 'n> {
    pub(super) text: &'t str,
    pub(super) offset: usize,
    pub(super) place: Place,
    pub(super) notes: &'n mut Notes,
    /// What has been read so far.
    pub(super) found: Expression,
}

impl<'t> Parser<'t, '_> {
    fn expression(&mut self) -> Result<(), ExpressionError> {
        let (root, rest) = match self.text.split_once('.') {
            Some((root, rest)) => (root, Some(rest)),
            None => (self.text, None),
        };
        let Some(rest) = rest else {
            self.found.root = match root {
                "$url" => Root::Url,
                "$method" => Root::Method,
                "$statusCode" => Root::StatusCode,
                "$self" => Root::SelfUri,
                _ => return Err(slip::root(self.text, self.offset)),
            };
            return match self.found.root {
                Root::SelfUri => self.needs_1_1(root),
                _ => Ok(()),
            };
        };
        match root {
            "$request" => self.message(&REQUEST, Root::RequestBody, rest),
            "$response" => self.message(&RESPONSE, Root::ResponseBody, rest),
            "$message" => {
                self.needs_1_1(root)?;
                self.message(&MESSAGE, Root::MessagePayload, rest)
            }
            "$inputs" => self.named(Root::Input, rest),
            "$outputs" => self.named(Root::Output, rest),
            "$steps" => self.step(rest),
            "$workflows" => self.workflow(rest),
            "$sourceDescriptions" => self.source(rest),
            "$components" => self.component(rest),
            _ => Err(slip::root(self.text, self.offset)),
        }
    }

    fn message(
        &mut self,
        parts: &[(&str, Root)],
        body: Root,
        rest: &'t str,
    ) -> Result<(), ExpressionError> {
        for (prefix, part) in parts {
            if let Some(name) = rest.strip_prefix(prefix) {
                self.found.root = *part;
                return self.part(name);
            }
        }
        let (own, other) = match body {
            Root::MessagePayload => ("payload", "body"),
            _ => ("body", "payload"),
        };
        let tail = |word: &str| {
            let tail = rest.strip_prefix(word)?;
            name::ends_a_name(tail).then_some(tail)
        };
        self.found.root = body;
        if let Some(tail) = tail(own) {
            return self.body(tail);
        }
        let Some(tail) = tail(other) else {
            return Err(slip::message(self.text, rest, self.offset));
        };
        let right = [self.before(rest), own, tail].concat();
        self.lenient(Lenient::BodyOrPayload, Some(right))?;
        self.body(tail)
    }

    /// A header's name, or a parameter's: any characters but braces.
    fn part(&mut self, name: &'t str) -> Result<(), ExpressionError> {
        let header = matches!(
            self.found.root,
            Root::RequestHeader | Root::ResponseHeader | Root::MessageHeader
        );
        let (missing, wrong, at) = if header {
            let at = name.bytes().position(|byte| !name::is_token(byte));
            let wrong = "a header's name holds no such character";
            ("a header's name is missing", wrong, at)
        } else {
            let wrong = "a name holds no such character";
            (
                "a parameter's name is missing",
                wrong,
                name::forbidden(name),
            )
        };
        if name.is_empty() {
            return Err(self.malformed(missing, name));
        }
        if let Some(at) = at {
            return Err(self.malformed(wrong, &name[at..]));
        }
        self.name_at(name);
        Ok(())
    }

    fn body(&mut self, tail: &'t str) -> Result<(), ExpressionError> {
        let navigates = name::navigation(self, tail)?;
        if navigates && self.place == Place::Value {
            let path = self.found.path.to_string();
            let right = [self.before(tail), "#", &path].concat();
            let right = (!self.found.length).then_some(right);
            self.lenient(Lenient::DottedBody, right)?;
        }
        if self.found.length {
            self.lenient(Lenient::Length, None)?;
        }
        Ok(())
    }

    fn named(&mut self, root: Root, rest: &'t str) -> Result<(), ExpressionError> {
        self.found.root = root;
        self.name_at(rest);
        name::name(self, rest)
    }

    fn step(&mut self, rest: &'t str) -> Result<(), ExpressionError> {
        let Some((step, output)) = rest.split_once(".outputs.") else {
            return Err(slip::step(self.text, rest, self.offset));
        };
        self.owner(step)?;
        self.named(Root::StepOutput, output)
    }

    fn workflow(&mut self, rest: &'t str) -> Result<(), ExpressionError> {
        let (inputs, outputs) = (rest.split_once(".inputs."), rest.split_once(".outputs."));
        let (root, split) = match (inputs, outputs) {
            (Some((before, _)), Some((id, _))) if id.len() < before.len() => {
                (Root::WorkflowOutput, outputs)
            }
            (None, _) => (Root::WorkflowOutput, outputs),
            _ => (Root::WorkflowInput, inputs),
        };
        let Some((workflow, name)) = split.filter(|(id, _)| !id.contains(".steps.")) else {
            return Err(slip::workflow(self.text, rest, self.offset));
        };
        self.owner(workflow)?;
        self.named(root, name)
    }

    fn source(&mut self, rest: &'t str) -> Result<(), ExpressionError> {
        let (name, field) = rest.split_once('.').unwrap_or_default();
        if field.is_empty() {
            return Err(self.malformed("after the source's name a `.` and a field follow", rest));
        }
        if let Some(at) = name::forbidden(field) {
            return Err(self.malformed("that character cannot stand here", &field[at..]));
        }
        self.found.root = Root::Source;
        self.name_at(field);
        self.owner(name)
    }

    fn component(&mut self, rest: &'t str) -> Result<(), ExpressionError> {
        const KINDS: [&str; 3] = ["parameters", "successActions", "failureActions"];
        let (kind, name) = rest.split_once('.').unwrap_or((rest, ""));
        if !KINDS.contains(&kind) {
            return Err(self.malformed(
                "expressions reach `parameters`, `successActions` and `failureActions` of the components",
                rest,
            ));
        }
        self.found.owner.name = kind.into();
        self.named(Root::Component, name)
    }

    /// A `stepId`, `workflowId` or source name: without dots in 1.1.
    fn owner(&mut self, id: &'t str) -> Result<(), ExpressionError> {
        if id.is_empty() {
            return Err(self.malformed("a name is missing", id));
        }
        let wrong = name::forbidden(id).into_iter().chain(id.find('#')).min();
        if let Some(at) = wrong {
            return Err(self.malformed("a name holds no such character", &id[at..]));
        }
        if !id
            .bytes()
            .all(|byte| name::is_identifier(byte) && byte != b'.')
        {
            self.unusual(id)?;
        }
        self.found.owner.name = id.into();
        Ok(())
    }

    /// What stands before a part that the text ends with.
    pub(super) fn before(&self, rest: &str) -> &'t str {
        &self.text[..self.text.len() - rest.len()]
    }

    /// Takes down where the name is, with which the text ends.
    fn name_at(&mut self, name: &str) {
        self.found.name = (self.text.len() - name.len()) as u32;
    }

    /// A name outside the identifiers of 1.1: by the letter of 1.0 it is one.
    pub(super) fn unusual(&mut self, name: &str) -> Result<(), ExpressionError> {
        let offset = self.offset_of(name);
        if self.notes.dialect.version == Version::V1_0 {
            self.notes.hint(Lenient::UnusualName, name, offset);
            return Ok(());
        }
        self.notes.lenient(Lenient::UnusualName, name, offset, None)
    }

    fn needs_1_1(&mut self, part: &str) -> Result<(), ExpressionError> {
        if self.notes.dialect.version >= Version::V1_1 {
            return Ok(());
        }
        self.notes
            .lenient(Lenient::NewerVersion, part, self.offset, None)
    }

    /// Takes down a lenient reading of the whole text.
    pub(super) fn lenient(
        &mut self,
        reading: Lenient,
        replacement: Option<String>,
    ) -> Result<(), ExpressionError> {
        self.notes
            .lenient(reading, self.text, self.offset, replacement)
    }

    /// Where in the outer text a part of this one begins.
    fn offset_of(&self, part: &str) -> usize {
        let inside = (part.as_ptr() as usize).wrapping_sub(self.text.as_ptr() as usize);
        self.offset + inside.min(self.text.len())
    }

    pub(super) fn malformed(&self, reason: &'static str, at: &str) -> ExpressionError {
        ExpressionError::at(Kind::Malformed, reason, self.text, self.offset_of(at))
    }

    pub(super) fn bad_pointer(&self, pointer: &str) -> ExpressionError {
        if pointer.is_empty() || pointer.starts_with('/') {
            return ExpressionError::bad_pointer(pointer, self.offset_of(pointer));
        }
        let before = self.before(pointer);
        let reason = "after `#` a JSON Pointer follows, which begins with `/`";
        self.malformed(reason, pointer)
            .meant(Some(&slip::pointer(before, pointer)))
    }
}
