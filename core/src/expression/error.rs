//! What can be wrong with an expression.

use std::fmt::{self, Display};
use std::ops::Range;

use super::jsonpath::{QueryError, QueryLimit};
use crate::diagnostic::{Diagnostic, Severity};
use crate::pattern::PatternError;

/// What is wrong with an expression, a condition or a selector.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum ExpressionError {
    /// The text is not an expression (`expression.malformed`).
    Malformed {
        /// The text as written.
        text: Box<str>,
        /// What it lacks.
        reason: &'static str,
        /// Where, in bytes.
        offset: usize,
        /// What was probably meant.
        suggestion: Option<Box<str>>,
    },
    /// No expression begins like that (`expression.unknown-root`).
    UnknownRoot {
        /// The text as written.
        text: Box<str>,
        /// What was probably meant.
        suggestion: Option<Box<str>>,
    },
    /// The condition does not follow the grammar (`expression.malformed-condition`).
    MalformedCondition {
        /// What is wrong.
        reason: &'static str,
        /// The place, as written.
        found: Box<str>,
        /// Where, in bytes.
        offset: usize,
        /// What to write instead.
        suggestion: Option<Box<str>>,
    },
    /// No such operator (`expression.unknown-operator`).
    UnknownOperator {
        /// The operator as written.
        operator: Box<str>,
        /// Where, in bytes.
        offset: usize,
        /// What to write instead.
        suggestion: Option<&'static str>,
    },
    /// The text is longer than is read (`expression.too-long`).
    TooLong {
        /// How many bytes are read.
        limit: usize,
    },
    /// It is nested more deeply than is read (`expression.too-deep`).
    TooDeep {
        /// How deep is read.
        limit: usize,
        /// Where, in bytes.
        offset: usize,
    },
    /// The pattern is not a regular expression, or of a kind that is not
    /// supported (`expression.bad-pattern`).
    BadPattern {
        /// Why.
        cause: PatternError,
    },
    /// The text is not a JSONPath query (`expression.bad-query`).
    BadQuery {
        /// Why.
        cause: QueryError,
    },
    /// Answering the query takes too much work (`expression.query-limit`).
    QueryLimit {
        /// Which limit.
        cause: QueryLimit,
    },
    /// The text is not a JSON Pointer (`expression.bad-pointer`).
    BadPointer {
        /// The text as written.
        text: Box<str>,
        /// Where, in bytes.
        offset: usize,
    },
    /// XPath is not supported (`expression.unsupported-xpath`).
    UnsupportedXPath,
    /// This version of an expression type is not supported or not known
    /// (`expression.unsupported-version`).
    UnsupportedVersion {
        /// The expression type.
        kind: Box<str>,
        /// The version as written.
        version: Box<str>,
    },
    /// No such type of criterion or selector (`expression.unknown-type`).
    UnknownType {
        /// The type as written.
        name: Box<str>,
        /// The types there are.
        known: &'static [&'static str],
    },
    /// A criterion with a type needs a `context` (`expression.missing-context`).
    MissingContext {
        /// The type.
        kind: &'static str,
    },
    /// It works, but not as the specification says: a warning, or, in strict
    /// mode, an error. The code depends on the reading.
    Lenient {
        /// How it is read.
        reading: Lenient,
        /// The place, as written.
        written: Box<str>,
        /// Where that is, in bytes.
        offset: usize,
        /// What to write there instead, where that can be said mechanically.
        replacement: Option<Box<str>>,
        /// Whether strict mode refused it.
        refused: bool,
    },
    /// An embedded expression has no value (`expression.unresolved`).
    Unresolved {
        /// The expression.
        expression: Box<str>,
    },
    /// A response body of a JSON media type is not JSON (`expression.malformed-body`).
    MalformedBody {
        /// Why.
        reason: Box<str>,
    },
    /// What a criterion or selector is to look into is no JSON data
    /// (`expression.not-json`).
    NotJson {
        /// The expression that gave it.
        expression: Box<str>,
    },
    /// The context of a criterion is missing or null (`expression.no-context-value`).
    NoContextValue {
        /// The expression that gave nothing.
        expression: Box<str>,
    },
    /// An array or object cannot be embedded there (`expression.embedded-structure`).
    EmbeddedStructure {
        /// The expression.
        expression: Box<str>,
    },
}

/// A reading that the specification's letter does not give.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Lenient {
    /// `$response.body.x` for `$response.body#/x`.
    DottedBody,
    /// `$inputs.a[0]` for `$inputs.a#/0`.
    Navigation,
    /// `.length` of an array or string.
    Length,
    /// A name with characters outside `[A-Za-z0-9._-]`.
    UnusualName,
    /// A feature of Arazzo 1.1 in a 1.0 document.
    NewerVersion,
    /// Braces around a whole expression or condition.
    Braces,
    /// Blanks around an expression.
    Blanks,
    /// `$response.payload` or `$message.body`.
    BodyOrPayload,
    /// A text that begins like an expression and is sent as it is.
    DollarLiteral,
    /// An expression in a longer text without braces: sent as it is.
    BareExpression,
    /// Braces with something that is no expression: sent as it is.
    BracesLiteral,
    /// A string in double quotes in a simple condition.
    DoubleQuotes,
    /// A string without quotes in a condition.
    UnquotedString,
    /// `2XX`.
    StatusClass,
    /// A `context` without a `type`: not looked at.
    ContextWithoutType,
    /// A condition that is a JSON document: equality with the context.
    JsonCondition,
    /// `type: simple` without a `context`.
    SimpleWithoutContext,
    /// A pattern between slashes.
    PatternDelimiters,
    /// A comparison as a JSONPath condition.
    Comparison,
    /// `count(@.x)`, which is never more than 1.
    CountOfOne,
    /// An object that looks like a Selector Object and is sent as it is.
    NotASelector,
}

impl Lenient {
    fn code(self) -> &'static str {
        match self {
            Self::DottedBody => "expression.dotted-body",
            Self::Navigation => "expression.navigation",
            Self::Length => "expression.length",
            Self::UnusualName => "expression.unusual-name",
            Self::NewerVersion => "expression.newer-version",
            Self::Braces => "expression.braces",
            Self::Blanks => "expression.blanks",
            Self::BodyOrPayload => "expression.body-or-payload",
            Self::DollarLiteral => "expression.dollar-literal",
            Self::BareExpression => "expression.bare-expression",
            Self::BracesLiteral => "expression.braces-literal",
            Self::DoubleQuotes => "expression.double-quotes",
            Self::UnquotedString => "expression.unquoted-string",
            Self::StatusClass => "expression.status-class",
            Self::ContextWithoutType => "expression.context-without-type",
            Self::JsonCondition => "expression.json-condition",
            Self::SimpleWithoutContext => "expression.simple-without-context",
            Self::PatternDelimiters => "expression.pattern-delimiters",
            Self::Comparison => "expression.comparison-criterion",
            Self::CountOfOne => "expression.count-of-one",
            Self::NotASelector => "expression.not-a-selector",
        }
    }

    fn message(self) -> &'static str {
        match self {
            Self::DottedBody => "a place in a body is named by a JSON Pointer",
            Self::Navigation => "a place in a value is named by a JSON Pointer",
            Self::Length => "there is no `.length`; it is read as the length of the value",
            Self::UnusualName => "the name holds characters that the specification does not allow",
            Self::NewerVersion => "this needs `arazzo: 1.1.0`",
            Self::Braces => "the braces are not part of it",
            Self::Blanks => "there are blanks around the expression",
            Self::BodyOrPayload => "HTTP messages have a `body`, other messages a `payload`",
            Self::DollarLiteral => "this is no expression and is sent as text",
            Self::BareExpression => {
                "an expression within a text needs braces; this is sent as text"
            }
            Self::BracesLiteral => {
                "what stands in these braces is no expression and is sent as text"
            }
            Self::DoubleQuotes => "strings in a simple condition stand in single quotes",
            Self::UnquotedString => "strings in a condition stand in quotes",
            Self::StatusClass => "a status class is no value; it is read as the whole class",
            Self::ContextWithoutType => {
                "`context` has no use without `type`; the condition is read as `simple`"
            }
            Self::JsonCondition => {
                "a JSON document is no condition; it is compared with the context"
            }
            Self::SimpleWithoutContext => "a criterion with `type` has a `context`",
            Self::PatternDelimiters => "a pattern stands without slashes",
            Self::Comparison => "a comparison is no JSONPath query; it is read as a comparison",
            Self::CountOfOne => {
                "`count` of a single path is 0 or 1, not the length of what is there"
            }
            Self::NotASelector => {
                "this looks like a Selector Object but is sent as it is, as its `context` is no expression"
            }
        }
    }

    fn help(self) -> Option<&'static str> {
        Some(match self {
            Self::Length => "use `type: jsonpath`, e.g. `$.items[*]` for a list that is not empty",
            Self::NewerVersion => "set `arazzo: 1.1.0`, or leave it out",
            Self::UnusualName => "use letters, digits, `.`, `-` and `_`",
            Self::DollarLiteral => {
                "to send it as text on purpose, give it as an input's default; expressions begin with one of `$inputs.`, `$steps.`, `$response.`, `$request.`, `$outputs.`, `$workflows.`"
            }
            Self::BareExpression => "put the expression in braces: `{$inputs.x}`",
            Self::ContextWithoutType => "drop `context`, or say `type: jsonpath` or `type: regex`",
            Self::JsonCondition => "compare members: `$response.body#/status == 'x'`",
            Self::SimpleWithoutContext => "drop `type: simple`: it is the default",
            Self::PatternDelimiters => "drop the slashes; flags go in front: `(?i)ok`",
            Self::Comparison => {
                "leave `type` and `context` out and write a simple condition, e.g. `$response.body#/status == 'x'`; a list that is not empty is `$.items[*]`, a list that is empty `$[?length($.items) == 0]`"
            }
            Self::CountOfOne => "use `length(@.x)`, or `$.x[*]` for a list that is not empty",
            Self::StatusClass => {
                "compare with the limits: `$statusCode >= 200 && $statusCode < 300`"
            }
            _ => return None,
        })
    }
}

impl ExpressionError {
    /// Where in the text it is, in bytes, where that is known.
    pub fn offset(&self) -> Option<usize> {
        match self {
            Self::Malformed { offset, .. }
            | Self::MalformedCondition { offset, .. }
            | Self::UnknownOperator { offset, .. }
            | Self::TooDeep { offset, .. }
            | Self::BadPointer { offset, .. }
            | Self::Lenient { offset, .. } => Some(*offset),
            Self::UnknownRoot { .. } => Some(0),
            Self::BadQuery { cause } => Some(cause.offset),
            Self::BadPattern { cause } => cause.offset(),
            _ => None,
        }
    }

    /// The change that would mend it: which bytes of the text to replace by what.
    pub fn fix(&self) -> Option<(Range<usize>, &str)> {
        match self {
            Self::Lenient {
                written,
                offset,
                replacement: Some(replacement),
                ..
            } => Some((*offset..offset + written.len(), replacement)),
            _ => None,
        }
    }
}

impl Display for ExpressionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed { text, reason, .. } => {
                write!(f, "`{}` is no expression: {reason}", Short(text))
            }
            Self::UnknownRoot { text, .. } => {
                write!(f, "no runtime expression begins like `{}`", Short(text))
            }
            Self::MalformedCondition { reason, found, .. } if found.is_empty() => {
                write!(f, "the condition ends where {reason}")
            }
            Self::MalformedCondition { reason, found, .. } => {
                write!(f, "{reason} at `{}`", Short(found))
            }
            Self::UnknownOperator { operator, .. } => {
                write!(f, "`{}` is no operator", Short(operator))
            }
            Self::TooLong { limit } => write!(f, "the text is longer than {limit} bytes"),
            Self::TooDeep { limit, .. } => write!(f, "it is nested more than {limit} deep"),
            Self::BadPattern { cause } => write!(f, "the pattern cannot be used: {cause}"),
            Self::BadQuery { cause } => write!(f, "not a JSONPath query: {cause}"),
            Self::QueryLimit { cause } => write!(f, "the query was given up: {cause}"),
            Self::BadPointer { text, .. } => write!(f, "`{}` is no JSON Pointer", Short(text)),
            Self::UnsupportedXPath => f.write_str("XPath is not supported"),
            Self::UnsupportedVersion { kind, version } => {
                write!(f, "version `{version}` of `{kind}` is not supported")
            }
            Self::UnknownType { name, .. } => write!(f, "`{}` is no such type", Short(name)),
            Self::MissingContext { kind } => {
                write!(f, "a criterion of type `{kind}` needs a `context`")
            }
            Self::Lenient {
                reading, written, ..
            } => {
                if written.is_empty() {
                    f.write_str(reading.message())
                } else {
                    write!(f, "`{}`: {}", Short(written), reading.message())
                }
            }
            Self::Unresolved { expression } => write!(f, "`{expression}` has no value"),
            Self::MalformedBody { reason } => {
                write!(f, "the response body is not valid JSON: {reason}")
            }
            Self::NotJson { expression } => {
                write!(f, "`{expression}` gave text, not JSON data to look into")
            }
            Self::NoContextValue { expression } => {
                write!(f, "the context `{expression}` has no value")
            }
            Self::EmbeddedStructure { expression } => write!(
                f,
                "`{expression}` gave an array or object, which cannot stand there"
            ),
        }
    }
}

impl std::error::Error for ExpressionError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::BadPattern { cause } => Some(cause),
            Self::BadQuery { cause } => Some(cause),
            Self::QueryLimit { cause } => Some(cause),
            _ => None,
        }
    }
}

impl Diagnostic for ExpressionError {
    fn code(&self) -> &'static str {
        match self {
            Self::Malformed { .. } => "expression.malformed",
            Self::UnknownRoot { .. } => "expression.unknown-root",
            Self::MalformedCondition { .. } => "expression.malformed-condition",
            Self::UnknownOperator { .. } => "expression.unknown-operator",
            Self::TooLong { .. } => "expression.too-long",
            Self::TooDeep { .. } => "expression.too-deep",
            Self::BadPattern { .. } => "expression.bad-pattern",
            Self::BadQuery { .. } => "expression.bad-query",
            Self::QueryLimit { .. } => "expression.query-limit",
            Self::BadPointer { .. } => "expression.bad-pointer",
            Self::UnsupportedXPath => "expression.unsupported-xpath",
            Self::UnsupportedVersion { .. } => "expression.unsupported-version",
            Self::UnknownType { .. } => "expression.unknown-type",
            Self::MissingContext { .. } => "expression.missing-context",
            Self::Lenient { reading, .. } => reading.code(),
            Self::Unresolved { .. } => "expression.unresolved",
            Self::MalformedBody { .. } => "expression.malformed-body",
            Self::NotJson { .. } => "expression.not-json",
            Self::NoContextValue { .. } => "expression.no-context-value",
            Self::EmbeddedStructure { .. } => "expression.embedded-structure",
        }
    }

    fn severity(&self) -> Severity {
        match self {
            Self::Lenient { refused: false, .. } => Severity::Warning,
            _ => Severity::Error,
        }
    }

    fn help(&self) -> Option<String> {
        match self {
            Self::Malformed { suggestion, .. }
            | Self::UnknownRoot { suggestion, .. }
            | Self::MalformedCondition { suggestion, .. }
                if suggestion.is_some() =>
            {
                suggestion.as_ref().map(|text| did_you_mean(text))
            }
            Self::UnknownRoot { .. } => Some(
                "expressions begin with `$inputs.`, `$outputs.`, `$steps.`, `$workflows.`, `$request.`, `$response.`, `$message.`, `$sourceDescriptions.`, `$components.`, or are `$url`, `$method`, `$statusCode`, `$self`".into(),
            ),
            Self::UnknownOperator {
                suggestion: Some(text),
                ..
            } => Some((*text).into()),
            Self::UnknownOperator { .. } => Some(
                "the operators are `==`, `!=`, `<`, `<=`, `>`, `>=`, `!`, `&&`, `||` and parentheses; for parts of a text use `type: regex`".into(),
            ),
            Self::BadPattern { .. } => Some(
                "patterns are unanchored and case sensitive, without look-around and back-references".into(),
            ),
            Self::BadPointer { .. } => Some("a JSON Pointer is empty or begins with `/`".into()),
            Self::UnsupportedXPath => Some("judge XML by `type: regex`".into()),
            Self::UnsupportedVersion { kind, .. } if &**kind == "jsonpath" => {
                Some("use `type: jsonpath`, which is RFC 9535".into())
            }
            Self::UnknownType { name, known } => Some(unknown_type(name, known)),
            Self::MissingContext { .. } => Some("add e.g. `context: $response.body`".into()),
            Self::Lenient {
                reading,
                replacement,
                ..
            } => match replacement {
                Some(text) => Some(format!("write `{text}`")),
                None => reading.help().map(Into::into),
            },
            Self::Unresolved { .. } => {
                Some("a text with a hole is not sent; give the value, or leave the text out".into())
            }
            _ => None,
        }
    }
}

fn did_you_mean(text: &str) -> String {
    format!("did you mean `{text}`?")
}

fn unknown_type(name: &str, known: &[&'static str]) -> String {
    match crate::diagnostic::nearest(name, known.iter().copied()) {
        Some(near) => did_you_mean(near),
        None => format!("the types are `{}`", known.join("`, `")),
    }
}

/// A text cut short for a message.
struct Short<'t>(&'t str);

impl Display for Short<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const LONGEST: usize = 80;
        match self.0.char_indices().nth(LONGEST) {
            Some((end, _)) => write!(f, "{}…", self.0.get(..end).unwrap_or_default()),
            None => f.write_str(self.0),
        }
    }
}
