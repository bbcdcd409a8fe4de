//! Readings that the specification's letter does not give.

use crate::diagnostic::Wording;

/// A reading that the specification's letter does not give: its code, what it says
/// of the place, and the help where nothing can be written instead.
#[derive(Clone, Copy)]
pub(super) struct Lenient(pub(super) &'static Wording);

#[expect(non_upper_case_globals, reason = "they are named as variants are")]
impl Lenient {
    /// `$response.body.x` for `$response.body#/x`.
    pub const DottedBody: Self = Self(&Wording(
        "expression.dotted-body",
        "a place in a body is named by a JSON Pointer",
        "",
    ));
    /// `$inputs.a[0]` for `$inputs.a#/0`.
    pub const Navigation: Self = Self(&Wording(
        "expression.navigation",
        "a place in a value is named by a JSON Pointer",
        "",
    ));
    /// `.length` of an array or string.
    pub const Length: Self = Self(&Wording(
        "expression.length",
        "there is no `.length`; it is read as the length of the value",
        "use `type: jsonpath`, e.g. `$.items[*]` for a list that is not empty",
    ));
    /// A name with characters outside `[A-Za-z0-9._-]`.
    pub const UnusualName: Self = Self(&Wording(
        "expression.unusual-name",
        "the name holds characters that the specification does not allow",
        "use letters, digits, `.`, `-` and `_`",
    ));
    /// A feature of Arazzo 1.1 in a 1.0 document.
    pub const NewerVersion: Self = Self(&Wording(
        "expression.newer-version",
        "this needs `arazzo: 1.1.0`",
        "set `arazzo: 1.1.0`, or leave it out",
    ));
    /// Braces around a whole expression or condition.
    pub const Braces: Self = Self(&Wording(
        "expression.braces",
        "the braces are not part of it",
        "",
    ));
    /// Blanks around an expression.
    pub const Blanks: Self = Self(&Wording(
        "expression.blanks",
        "there are blanks around the expression",
        "",
    ));
    /// `$response.payload` or `$message.body`.
    pub const BodyOrPayload: Self = Self(&Wording(
        "expression.body-or-payload",
        "HTTP messages have a `body`, other messages a `payload`",
        "",
    ));
    /// A text that begins like an expression and is sent as it is.
    pub const DollarLiteral: Self = Self(&Wording(
        "expression.dollar-literal",
        "this is no expression and is sent as text",
        "to send it as text on purpose, give it as an input's default; expressions begin with one of `$inputs.`, `$steps.`, `$response.`, `$request.`, `$outputs.`, `$workflows.`",
    ));
    /// An expression in a longer text without braces: sent as it is.
    pub const BareExpression: Self = Self(&Wording(
        "expression.bare-expression",
        "an expression within a text needs braces; this is sent as text",
        "put the expression in braces: `{$inputs.x}`",
    ));
    /// Braces with something that is no expression: sent as it is.
    pub const BracesLiteral: Self = Self(&Wording(
        "expression.braces-literal",
        "what stands in these braces is no expression and is sent as text",
        "",
    ));
    /// A string in double quotes in a simple condition.
    pub const DoubleQuotes: Self = Self(&Wording(
        "expression.double-quotes",
        "strings in a simple condition stand in single quotes",
        "",
    ));
    /// A string without quotes in a condition.
    pub const UnquotedString: Self = Self(&Wording(
        "expression.unquoted-string",
        "strings in a condition stand in quotes",
        "",
    ));
    /// `2XX`.
    pub const StatusClass: Self = Self(&Wording(
        "expression.status-class",
        "a status class is no value; it is read as the whole class",
        "compare with the limits: `$statusCode >= 200 && $statusCode < 300`",
    ));
    /// A `context` without a `type`: not looked at.
    pub const ContextWithoutType: Self = Self(&Wording(
        "expression.context-without-type",
        "`context` has no use without `type`; the condition is read as `simple`",
        "drop `context`, or say `type: jsonpath` or `type: regex`",
    ));
    /// A condition that is a JSON document: equality with the context.
    pub const JsonCondition: Self = Self(&Wording(
        "expression.json-condition",
        "a JSON document is no condition; it is compared with the context",
        "compare members: `$response.body#/status == 'x'`",
    ));
    /// `type: simple` without a `context`.
    pub const SimpleWithoutContext: Self = Self(&Wording(
        "expression.simple-without-context",
        "a criterion with `type` has a `context`",
        "drop `type: simple`: it is the default",
    ));
    /// A pattern between slashes.
    pub const PatternDelimiters: Self = Self(&Wording(
        "expression.pattern-delimiters",
        "a pattern stands without slashes",
        "drop the slashes; flags go in front: `(?i)ok`",
    ));
    /// A comparison as a JSONPath condition.
    pub const Comparison: Self = Self(&Wording(
        "expression.comparison-criterion",
        "a comparison is no JSONPath query; it is read as a comparison",
        "leave `type` and `context` out and write a simple condition, e.g. `$response.body#/status == 'x'`; a list that is not empty is `$.items[*]`, a list that is empty `$[?length($.items) == 0]`",
    ));
    /// `count(@.x)`, which is never more than 1.
    pub const CountOfOne: Self = Self(&Wording(
        "expression.count-of-one",
        "`count` of a single path is 0 or 1, not the length of what is there",
        "use `length(@.x)`, or `$.x[*]` for a list that is not empty",
    ));
    /// An object that looks like a Selector Object and is sent as it is.
    pub const NotASelector: Self = Self(&Wording(
        "expression.not-a-selector",
        "this looks like a Selector Object but is sent as it is, as its `context` is no expression",
        "",
    ));
}
