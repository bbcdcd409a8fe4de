//! Expression text to tree.

use super::ast::{Expression, Message, Name, Root, StepRef};
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
        let finding = ExpressionError::at(Kind::Lenient(reading), "", written, offset);
        let finding = finding.meant(replacement.as_deref());
        if self.dialect.strict {
            return Err(finding);
        }
        self.warnings.push(finding.allowed());
        Ok(())
    }

    /// Takes down a finding about something that is right by the letter.
    pub(super) fn hint(&mut self, reading: Lenient, written: &str, offset: usize) {
        let finding = ExpressionError::at(Kind::Lenient(reading), "", written, offset);
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
    Parser {
        text,
        offset,
        place,
        notes,
    }
    .expression()
}

/// A message's part that a name follows.
type NamedPart = fn(Message, Name) -> Root;

pub(super) struct Parser<'t, 'n> {
    pub(super) text: &'t str,
    pub(super) offset: usize,
    pub(super) place: Place,
    pub(super) notes: &'n mut Notes,
}

impl<'t> Parser<'t, '_> {
    fn expression(&mut self) -> Result<Expression, ExpressionError> {
        let text = self.text;
        let root = match text {
            "$url" => Root::Url,
            "$method" => Root::Method,
            "$statusCode" => Root::StatusCode,
            "$self" => {
                self.needs_1_1(text)?;
                Root::SelfUri
            }
            _ => return self.dotted(),
        };
        Ok(self.plain(root))
    }

    fn dotted(&mut self) -> Result<Expression, ExpressionError> {
        let Some((root, rest)) = self.text.split_once('.') else {
            return Err(slip::root(self.text, self.offset));
        };
        match root {
            "$request" => self.message(Message::Request, rest),
            "$response" => self.message(Message::Response, rest),
            "$message" => {
                self.needs_1_1(root)?;
                self.message(Message::Received, rest)
            }
            "$inputs" => self.named(rest, Root::Input),
            "$outputs" => self.named(rest, Root::Output),
            "$steps" => self.step(rest),
            "$workflows" => self.workflow(rest),
            "$sourceDescriptions" => self.source(rest),
            "$components" => self.component(rest),
            _ => Err(slip::root(self.text, self.offset)),
        }
    }

    fn message(&mut self, message: Message, rest: &'t str) -> Result<Expression, ExpressionError> {
        let parts: [(&str, NamedPart); 2] = [("query.", Root::Query), ("path.", Root::Path)];
        if let Some(name) = rest.strip_prefix("header.") {
            return self.header(message, name);
        }
        for (prefix, part) in parts {
            if let Some(name) = rest.strip_prefix(prefix)
                && message != Message::Received
            {
                return self.free(name).map(|name| self.plain(part(message, name)));
            }
        }
        let (own, other) = if message == Message::Received {
            ("payload", "body")
        } else {
            ("body", "payload")
        };
        if let Some(tail) = rest.strip_prefix(own)
            && name::ends_a_name(tail)
        {
            return self.body(message, tail);
        }
        if let Some(tail) = rest.strip_prefix(other)
            && name::ends_a_name(tail)
        {
            let prefix = self.text.len() - rest.len();
            let right = format!("{}{own}{tail}", &self.text[..prefix]);
            self.lenient(Lenient::BodyOrPayload, Some(right))?;
            return self.body(message, tail);
        }
        Err(slip::message(self.text, rest, self.offset))
    }

    fn header(&mut self, message: Message, name: &str) -> Result<Expression, ExpressionError> {
        match name.find(|c| !name::is_token(c)) {
            _ if name.is_empty() => Err(self.malformed("a header's name is missing", name)),
            Some(at) => Err(self.malformed("a header's name holds no such character", &name[at..])),
            None => Ok(self.plain(Root::Header(message, name.into()))),
        }
    }

    fn body(&mut self, message: Message, tail: &'t str) -> Result<Expression, ExpressionError> {
        let navigation = name::navigation(self, tail)?;
        let mut expression = self.plain(Root::Body(message));
        expression.path = navigation.path;
        expression.length = navigation.length;
        if navigation.tokens > 0 && self.place == Place::Value {
            let prefix = self.text.len() - tail.len();
            let right = (!expression.length)
                .then(|| format!("{}#{}", &self.text[..prefix], expression.path));
            self.lenient(Lenient::DottedBody, right)?;
        }
        if expression.length {
            self.lenient(Lenient::Length, None)?;
        }
        Ok(expression)
    }

    /// A parameter's name: any characters but braces.
    fn free(&self, name: &str) -> Result<Name, ExpressionError> {
        if name.is_empty() {
            return Err(self.malformed("a parameter's name is missing", name));
        }
        match name.find(|c: char| matches!(c, '{' | '}') || c.is_control()) {
            Some(at) => Err(self.malformed("a name holds no such character", &name[at..])),
            None => Ok(Name::whole(name)),
        }
    }

    fn named(
        &mut self,
        rest: &'t str,
        root: impl FnOnce(Name) -> Root,
    ) -> Result<Expression, ExpressionError> {
        let (name, navigation) = name::name(self, rest)?;
        let mut expression = self.plain(root(name));
        expression.path = navigation.path;
        expression.length = navigation.length;
        Ok(expression)
    }

    fn step(&mut self, rest: &'t str) -> Result<Expression, ExpressionError> {
        let Some((step, output)) = rest.split_once(".outputs.") else {
            return Err(slip::step(self.text, rest, self.offset));
        };
        self.identifier(step)?;
        let step = StepRef {
            name: step.into(),
            index: None,
        };
        self.named(output, |name| Root::StepOutput(step, name))
    }

    fn workflow(&mut self, rest: &'t str) -> Result<Expression, ExpressionError> {
        let at = |field: &str| rest.find(field).unwrap_or(usize::MAX);
        let (inputs, outputs) = (at(".inputs."), at(".outputs."));
        let field = if inputs < outputs {
            ".inputs."
        } else {
            ".outputs."
        };
        let split = rest.split_once(field);
        let Some((workflow, name)) = split.filter(|(id, _)| !id.contains(".steps.")) else {
            return Err(slip::workflow(self.text, rest, self.offset));
        };
        self.identifier(workflow)?;
        let id = workflow.into();
        if inputs < outputs {
            self.named(name, |name| Root::WorkflowInput(id, name))
        } else {
            self.named(name, |name| Root::WorkflowOutput(id, name))
        }
    }

    fn source(&mut self, rest: &'t str) -> Result<Expression, ExpressionError> {
        let Some((name, field)) = rest.split_once('.').filter(|(_, field)| !field.is_empty())
        else {
            return Err(self.malformed("after the source's name a `.` and a field follow", rest));
        };
        if let Some(at) = field.find(|c: char| matches!(c, '{' | '}') || c.is_control()) {
            return Err(self.malformed("that character cannot stand here", &field[at..]));
        }
        self.identifier(name)?;
        let (name, field) = (name.into(), field.into());
        Ok(self.plain(Root::Source { name, field }))
    }

    fn component(&mut self, rest: &'t str) -> Result<Expression, ExpressionError> {
        const KINDS: [&str; 3] = ["parameters", "successActions", "failureActions"];
        let (kind, name) = rest.split_once('.').unwrap_or((rest, ""));
        if !KINDS.contains(&kind) {
            return Err(self.malformed(
                "expressions reach `parameters`, `successActions` and `failureActions` of the components",
                rest,
            ));
        }
        self.named(name, |name| Root::Component(kind.into(), name))
    }

    /// A `stepId`, `workflowId` or source name: without dots in 1.1.
    fn identifier(&mut self, id: &'t str) -> Result<(), ExpressionError> {
        if id.is_empty() {
            return Err(self.malformed("a name is missing", id));
        }
        if let Some(at) = id.find(|c: char| matches!(c, '{' | '}' | '#') || c.is_control()) {
            return Err(self.malformed("a name holds no such character", &id[at..]));
        }
        if !id.chars().all(|c| name::is_identifier(c) && c != '.') {
            self.unusual(id)?;
        }
        Ok(())
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
        let before = &self.text[..self.text.len() - pointer.len()];
        let reason = "after `#` a JSON Pointer follows, which begins with `/`";
        self.malformed(reason, pointer)
            .meant(Some(&slip::pointer(before, pointer)))
    }

    fn plain(&self, root: Root) -> Expression {
        Expression {
            text: self.text.into(),
            root,
            path: Pointer::default(),
            length: false,
        }
    }
}
