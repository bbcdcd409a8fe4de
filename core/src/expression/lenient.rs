//! Readings that the specification's letter does not give.

use crate::diagnostic::Wording;

/// A reading that the specification's letter does not give.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Lenient {
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
    /// Its code, what it says of the place, and the help where nothing can be
    /// written instead.
    pub(super) fn wording(self) -> &'static Wording {
        match self {
            Self::DottedBody => &Wording(
                "expression.dotted-body",
                "a place in a body is named by a JSON Pointer",
                "",
            ),
            Self::Navigation => &Wording(
                "expression.navigation",
                "a place in a value is named by a JSON Pointer",
                "",
            ),
            Self::Length => &Wording(
                "expression.length",
                "there is no `.length`; it is read as the length of the value",
                "use `type: jsonpath`, e.g. `$.items[*]` for a list that is not empty",
            ),
            Self::UnusualName => &Wording(
                "expression.unusual-name",
                "the name holds characters that the specification does not allow",
                "use letters, digits, `.`, `-` and `_`",
            ),
            Self::NewerVersion => &Wording(
                "expression.newer-version",
                "this needs `arazzo: 1.1.0`",
                "set `arazzo: 1.1.0`, or leave it out",
            ),
            Self::Braces => &Wording("expression.braces", "the braces are not part of it", ""),
            Self::Blanks => &Wording(
                "expression.blanks",
                "there are blanks around the expression",
                "",
            ),
            Self::BodyOrPayload => &Wording(
                "expression.body-or-payload",
                "HTTP messages have a `body`, other messages a `payload`",
                "",
            ),
            Self::DollarLiteral => &Wording(
                "expression.dollar-literal",
                "this is no expression and is sent as text",
                "to send it as text on purpose, give it as an input's default; expressions begin with one of `$inputs.`, `$steps.`, `$response.`, `$request.`, `$outputs.`, `$workflows.`",
            ),
            Self::BareExpression => &Wording(
                "expression.bare-expression",
                "an expression within a text needs braces; this is sent as text",
                "put the expression in braces: `{$inputs.x}`",
            ),
            Self::BracesLiteral => &Wording(
                "expression.braces-literal",
                "what stands in these braces is no expression and is sent as text",
                "",
            ),
            Self::DoubleQuotes => &Wording(
                "expression.double-quotes",
                "strings in a simple condition stand in single quotes",
                "",
            ),
            Self::UnquotedString => &Wording(
                "expression.unquoted-string",
                "strings in a condition stand in quotes",
                "",
            ),
            Self::StatusClass => &Wording(
                "expression.status-class",
                "a status class is no value; it is read as the whole class",
                "compare with the limits: `$statusCode >= 200 && $statusCode < 300`",
            ),
            Self::ContextWithoutType => &Wording(
                "expression.context-without-type",
                "`context` has no use without `type`; the condition is read as `simple`",
                "drop `context`, or say `type: jsonpath` or `type: regex`",
            ),
            Self::JsonCondition => &Wording(
                "expression.json-condition",
                "a JSON document is no condition; it is compared with the context",
                "compare members: `$response.body#/status == 'x'`",
            ),
            Self::SimpleWithoutContext => &Wording(
                "expression.simple-without-context",
                "a criterion with `type` has a `context`",
                "drop `type: simple`: it is the default",
            ),
            Self::PatternDelimiters => &Wording(
                "expression.pattern-delimiters",
                "a pattern stands without slashes",
                "drop the slashes; flags go in front: `(?i)ok`",
            ),
            Self::Comparison => &Wording(
                "expression.comparison-criterion",
                "a comparison is no JSONPath query; it is read as a comparison",
                "leave `type` and `context` out and write a simple condition, e.g. `$response.body#/status == 'x'`; a list that is not empty is `$.items[*]`, a list that is empty `$[?length($.items) == 0]`",
            ),
            Self::CountOfOne => &Wording(
                "expression.count-of-one",
                "`count` of a single path is 0 or 1, not the length of what is there",
                "use `length(@.x)`, or `$.x[*]` for a list that is not empty",
            ),
            Self::NotASelector => &Wording(
                "expression.not-a-selector",
                "this looks like a Selector Object but is sent as it is, as its `context` is no expression",
                "",
            ),
        }
    }
}
