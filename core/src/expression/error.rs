//! What can be wrong with an expression.

use std::borrow::Cow;
use std::fmt::{self, Display};
use std::ops::Range;

use super::jsonpath::{QueryError, QueryLimit};
use super::lenient::Lenient;
use crate::diagnostic::{Diagnostic, Report, Severity, Wording};
use crate::pattern::PatternError;
use crate::text::beginning;

/// What is wrong with an expression, a condition or a selector: a code of
/// `expression.…`, a message, mostly a place and help.
#[derive(Clone, Debug, PartialEq)]
pub struct ExpressionError(Box<Finding>);

#[derive(Clone, Debug, PartialEq)]
struct Finding {
    kind: Kind,
    /// Whether it works, but not as the specification says: a warning, or, in strict
    /// mode, an error.
    lenient: bool,
    /// What is said of it.
    reason: &'static str,
    /// The place, as written.
    found: Box<str>,
    /// What was probably meant, is to be written instead, or goes into the message.
    other: Box<str>,
    /// Where the place is, in bytes.
    offset: Option<usize>,
    severity: Severity,
}

/// What is wrong: what all errors of a kind say. Texts: 0 is the reason, 1 what was
/// meant or goes into the message, 2 the place cut short.
///
/// Constants, each with its own sentences, and no enum with a table of them: what
/// reads no expressions need not hold the sentences of those that do.
#[derive(Clone, Copy)]
pub(super) struct Kind(&'static Wording);

#[expect(non_upper_case_globals, reason = "they are named as variants are")]
impl Kind {
    /// The text is not an expression.
    pub const Malformed: Self = Self(&Wording(
        "expression.malformed",
        "`{2}` is no expression: {0}",
        "did you mean `{1}`?",
    ));
    /// No expression begins like that.
    pub const UnknownRoot: Self = Self(&Wording(
        "expression.unknown-root",
        "no runtime expression begins like `{2}`",
        "did you mean `{1}`?\n\
                    expressions begin with `$inputs.`, `$outputs.`, `$steps.`, `$workflows.`, `$request.`, `$response.`, `$message.`, `$sourceDescriptions.`, `$components.`, or are `$url`, `$method`, `$statusCode`, `$self`",
    ));
    /// The condition does not follow the grammar.
    pub const MalformedCondition: Self = Self(&Wording(
        "expression.malformed-condition",
        "{0} at `{2}`\n\
                    the condition ends where {0}",
        "did you mean `{1}`?",
    ));
    /// No such operator.
    pub const UnknownOperator: Self = Self(&Wording(
        "expression.unknown-operator",
        "`{2}` is no operator",
        "{1}\n\
                    the operators are `==`, `!=`, `<`, `<=`, `>`, `>=`, `!`, `&&`, `||` and parentheses; for parts of a text use `type: regex`",
    ));
    /// The text is longer than is read.
    pub const TooLong: Self = Self(&Wording(
        "expression.too-long",
        "the text is longer than {1} bytes",
        "",
    ));
    /// It is nested more deeply than is read.
    pub const TooDeep: Self = Self(&Wording(
        "expression.too-deep",
        "it is nested more than {1} deep",
        "",
    ));
    /// The pattern is not a regular expression, or of a kind that is not supported.
    pub const BadPattern: Self = Self(&Wording(
        "expression.bad-pattern",
        "the pattern cannot be used: {1}",
        "patterns are unanchored and case sensitive, without look-around and back-references",
    ));
    /// The text is not a JSONPath query.
    pub const BadQuery: Self = Self(&Wording(
        "expression.bad-query",
        "not a JSONPath query: {1}",
        "",
    ));
    /// Answering the query takes too much work.
    pub const QueryLimit: Self = Self(&Wording(
        "expression.query-limit",
        "the query was given up: {1}",
        "",
    ));
    /// The text is not a JSON Pointer.
    pub const BadPointer: Self = Self(&Wording(
        "expression.bad-pointer",
        "`{2}` is no JSON Pointer",
        "a JSON Pointer is empty or begins with `/`",
    ));
    /// XPath is not supported.
    pub const UnsupportedXPath: Self = Self(&Wording(
        "expression.unsupported-xpath",
        "XPath is not supported",
        "judge XML by `type: regex`",
    ));
    /// This version of an expression type is not supported or not known.
    pub const UnsupportedVersion: Self = Self(&Wording(
        "expression.unsupported-version",
        "version `{1}` of `{0}` is not supported",
        "",
    ));
    /// The same of JSONPath.
    pub const UnsupportedQueryVersion: Self = Self(&Wording(
        "expression.unsupported-version",
        "version `{1}` of `jsonpath` is not supported",
        "use `type: jsonpath`, which is RFC 9535",
    ));
    /// No such type of criterion or selector.
    pub const UnknownType: Self = Self(&Wording(
        "expression.unknown-type",
        "`{2}` is no such type",
        "did you mean `{1}`?\n\
                    the types are {0}",
    ));
    /// A criterion with a type needs a `context`.
    pub const MissingContext: Self = Self(&Wording(
        "expression.missing-context",
        "a criterion of type `{0}` needs a `context`",
        "add e.g. `context: $response.body`",
    ));
    /// An embedded expression has no value.
    pub const Unresolved: Self = Self(&Wording(
        "expression.unresolved",
        "`{1}` has no value",
        "a text with a hole is not sent; give the value, or leave the text out",
    ));
    /// A response body of a JSON media type is not JSON.
    pub const MalformedBody: Self = Self(&Wording(
        "expression.malformed-body",
        "the response body is not valid JSON: {1}",
        "",
    ));
    /// What a criterion or selector is to look into is no JSON data.
    pub const NotJson: Self = Self(&Wording(
        "expression.not-json",
        "`{1}` gave text, not JSON data to look into",
        "",
    ));
    /// The context of a criterion is missing or null.
    pub const NoContextValue: Self = Self(&Wording(
        "expression.no-context-value",
        "the context `{1}` has no value",
        "",
    ));
    /// An array or object cannot be embedded there.
    pub const EmbeddedStructure: Self = Self(&Wording(
        "expression.embedded-structure",
        "`{1}` gave an array or object, which cannot stand there",
        "",
    ));
}

impl PartialEq for Kind {
    fn eq(&self, other: &Self) -> bool {
        self.0.0 == other.0.0
    }
}

impl fmt::Debug for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.0)
    }
}

/// How errors are made.
impl ExpressionError {
    /// An error that has no place.
    #[cold]
    pub(super) fn new(kind: Kind, reason: &'static str, other: &str) -> Self {
        Self(Box::new(Finding {
            kind,
            lenient: false,
            reason,
            found: Box::default(),
            other: other.into(),
            offset: None,
            severity: Severity::Error,
        }))
    }

    /// An error at a place.
    #[cold]
    pub(super) fn at(kind: Kind, reason: &'static str, found: &str, offset: usize) -> Self {
        let mut error = Self::new(kind, reason, "").found(found);
        error.0.offset = Some(offset);
        error
    }

    /// A reading that the specification's letter does not give.
    #[cold]
    pub(super) fn lenient(reading: Lenient, written: &str, offset: usize) -> Self {
        let mut error = Self::at(Kind(reading.0), "", written, offset);
        error.0.lenient = true;
        error
    }

    /// The same with what was found.
    #[cold]
    pub(super) fn found(mut self, found: &str) -> Self {
        self.0.found = found.into();
        self
    }

    /// The same with what was probably meant, or is to be written instead.
    #[cold]
    pub(super) fn meant(mut self, other: Option<&str>) -> Self {
        self.0.other = other.unwrap_or_default().into();
        self
    }

    /// A reading that is allowed: a warning.
    #[cold]
    pub(super) fn allowed(mut self) -> Self {
        self.0.severity = Severity::Warning;
        self
    }

    /// The error that an expression has something to do with.
    #[cold]
    pub(super) fn of(kind: Kind, expression: &str) -> Self {
        Self::new(kind, "", expression)
    }

    /// A limit that has been passed.
    #[cold]
    pub(super) fn limit(kind: Kind, limit: usize) -> Self {
        Self::new(kind, "", &limit.to_string())
    }

    #[cold]
    pub(super) fn too_deep(limit: usize, offset: usize) -> Self {
        let mut error = Self::limit(Kind::TooDeep, limit);
        error.0.offset = Some(offset);
        error
    }

    #[cold]
    pub(super) fn bad_pointer(text: &str, offset: usize) -> Self {
        Self::at(Kind::BadPointer, "", text, offset)
    }

    /// The response body is of a JSON media type and is not JSON
    /// (`expression.malformed-body`).
    pub fn malformed_body(reason: &str) -> Self {
        Self::new(Kind::MalformedBody, "", reason)
    }

    /// XPath is not supported (`expression.unsupported-xpath`).
    pub fn unsupported_xpath() -> Self {
        Self::new(Kind::UnsupportedXPath, "", "")
    }
}

impl From<&PatternError> for ExpressionError {
    #[cold]
    fn from(cause: &PatternError) -> Self {
        let mut error = Self::new(Kind::BadPattern, "", &cause.to_string());
        error.0.offset = cause.offset();
        error
    }
}

impl From<QueryError> for ExpressionError {
    #[cold]
    fn from(cause: QueryError) -> Self {
        let mut error = Self::new(Kind::BadQuery, "", &cause.to_string());
        error.0.offset = Some(cause.offset);
        error
    }
}

impl From<QueryLimit> for ExpressionError {
    #[cold]
    fn from(cause: QueryLimit) -> Self {
        Self::new(Kind::QueryLimit, "", &cause.to_string())
    }
}

impl ExpressionError {
    /// Where in the text it is, in bytes, where that is known.
    pub fn offset(&self) -> Option<usize> {
        self.0.offset
    }

    /// The change that would mend it: which bytes of the text to replace by what.
    pub fn fix(&self) -> Option<(Range<usize>, &str)> {
        let Finding {
            lenient: true,
            found,
            other,
            offset: Some(offset),
            ..
        } = &*self.0
        else {
            return None;
        };
        (!other.is_empty()).then(|| (*offset..*offset + found.len(), &**other))
    }

    pub(super) fn kind(&self) -> Kind {
        self.0.kind
    }

    /// What is to be written instead.
    pub(super) fn suggestion(&self) -> &str {
        &self.0.other
    }

    fn report(&self) -> Report {
        let Finding {
            kind: Kind(wording),
            lenient,
            reason,
            found,
            other,
            ..
        } = &*self.0;
        let found = short(found);
        if !lenient {
            return wording.say(&[reason, other, &found]);
        }
        let Wording(code, message, help) = wording;
        let lenient = Wording(code, "`{1}`: {0}\n{0}", "write `{2}`\n{3}");
        lenient.say(&[message, &found, other, help])
    }
}

impl Display for ExpressionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.report().message)
    }
}

impl std::error::Error for ExpressionError {}

impl Diagnostic for ExpressionError {
    fn code(&self) -> &'static str {
        self.0.kind.0.0
    }

    fn severity(&self) -> Severity {
        self.0.severity
    }

    fn help(&self) -> Option<String> {
        self.report().help
    }
}

/// A text cut short for a message.
fn short(text: &str) -> Cow<'_, str> {
    const LONGEST: usize = 80;
    match beginning(text, LONGEST) {
        Some(cut) => Cow::Owned([cut, "…"].concat()),
        None => Cow::Borrowed(text),
    }
}
