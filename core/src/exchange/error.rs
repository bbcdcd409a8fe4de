//! What can be wrong with a message.

use std::fmt;
use std::sync::Arc;

use super::error::ExchangeErrorKind as K;
use crate::diagnostic::{Diagnostic, Report, Severity, Wording};

/// What is wrong with an operation, a request or an answer.
///
/// No message repeats a parameter's or header's value: it may be a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExchangeError {
    /// What it is.
    pub kind: ExchangeErrorKind,
    report: Arc<Report>,
}

/// What is wrong with an operation, a request or an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ExchangeErrorKind {
    /// The method is not an HTTP token.
    UnknownMethod,
    /// A declared parameter has no name or place; it is left out (a warning).
    UnusableParameter,
    /// A declared style is unknown or not for that place; the place's default is used (a warning).
    UnusableStyle,
    /// A security requirement names a scheme that is not there (a warning).
    UnknownSecurityScheme,
    /// Nothing says which server to send to.
    NoServer,
    /// The server's address cannot be used.
    BadServer,
    /// A server variable has neither a value nor a default.
    UnknownServerVariable,
    /// A server variable was given a value that its `enum` does not list.
    ServerVariableNotAllowed,
    /// A variable of the path template has no value.
    MissingPathParameter,
    /// A path parameter's value is empty.
    EmptyPathParameter,
    /// A path parameter makes a segment `.` or `..`, which would name another path.
    DotSegment,
    /// The value of a `querystring` parameter is not a string.
    QuerystringNotText,
    /// The URL is longer than 65,534 bytes or otherwise not a URL.
    BadUrl,
    /// The header's name is no HTTP token.
    BadHeaderName,
    /// The header's value has characters that a header cannot carry.
    BadHeaderValue,
    /// The header frames the message, which is the host's work.
    FramingHeader,
    /// The content type cannot be sent as a header.
    BadContentType,
    /// A payload of this kind has no form in this media type.
    UnsupportedBody,
    /// A `data:` URL of a binary part or body is not Base64.
    BadDataUrl,
    /// The text is not JSON, although an answer's media type may say so.
    MalformedJson,
    /// The text ends in the middle of a JSON value.
    TruncatedJson,
    /// The JSON is nested too deeply.
    TooDeep,
}

impl ExchangeError {
    /// An error; of the texts each kind has its own.
    #[cold]
    pub(super) fn new(kind: ExchangeErrorKind, texts: &[&str]) -> Self {
        let mut report = wording(kind).say(texts);
        if let K::UnusableParameter | K::UnusableStyle | K::UnknownSecurityScheme = kind {
            report.severity = Severity::Warning;
        }
        Self {
            kind,
            report: Arc::new(report),
        }
    }
}

impl fmt::Display for ExchangeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.report.message)
    }
}

impl std::error::Error for ExchangeError {}

impl Diagnostic for ExchangeError {
    fn code(&self) -> &'static str {
        self.report.code
    }

    fn severity(&self) -> Severity {
        self.report.severity
    }

    fn help(&self) -> Option<String> {
        self.report.help.clone()
    }
}

fn wording(kind: ExchangeErrorKind) -> &'static Wording {
    match kind {
        K::UnknownMethod => &Wording(
            "exchange.unknown-method",
            "`{0}` is not an HTTP method",
            "use a method such as get or post",
        ),
        K::UnusableParameter => &Wording(
            "exchange.unusable-parameter",
            "parameter `{0}` in `{1}` cannot be sent",
            "a parameter needs a name and `in`: path, query, querystring, header or cookie",
        ),
        K::UnusableStyle => &Wording(
            "exchange.unusable-style",
            "style `{1}` of `{0}` cannot be used here",
            "path: simple, label, matrix; query: form, spaceDelimited, pipeDelimited, deepObject; \
                header: simple; cookie: form",
        ),
        K::UnknownSecurityScheme => &Wording(
            "exchange.unknown-security-scheme",
            "no security scheme `{0}`",
            "did you mean `{1}`?",
        ),
        K::NoServer => &Wording(
            "exchange.no-server",
            "source `{0}` names no server to send to",
            "name the server with an endpoint for this source",
        ),
        K::BadServer => &Wording(
            "exchange.bad-server",
            "server `{0}` cannot be used: {1}",
            "{2}",
        ),
        K::UnknownServerVariable => &Wording(
            "exchange.unknown-server-variable",
            "server variable `{1}` of `{0}` has no value",
            "give the variable a value, a region or a whole endpoint",
        ),
        K::ServerVariableNotAllowed => &Wording(
            "exchange.server-variable-not-allowed",
            "server variable `{0}` cannot be `{1}`",
            "did you mean `{2}`?",
        ),
        K::MissingPathParameter => &Wording(
            "exchange.missing-path-parameter",
            "missing path parameter `{0}`",
            "`{1}` was given; the path has no such variable\n\
                give the step a parameter `{0}` with `in: path`",
        ),
        _ => wording_of_message(kind),
    }
}

/// The wording of what is wrong with a request or an answer.
fn wording_of_message(kind: ExchangeErrorKind) -> &'static Wording {
    match kind {
        K::EmptyPathParameter => &Wording(
            "exchange.empty-path-parameter",
            "path parameter `{0}` is empty",
            "an empty value would name another path",
        ),
        K::DotSegment => &Wording(
            "exchange.dot-segment",
            "a parameter makes a segment of `{0}` a `.` or `..`",
            "",
        ),
        K::QuerystringNotText => &Wording(
            "exchange.querystring-not-text",
            "querystring parameter `{0}` is not a string",
            "write the whole query as one string, such as `a=1&b={$inputs.b}`",
        ),
        K::BadUrl => &Wording(
            "exchange.bad-url",
            "the request has no valid URL ({0} bytes)",
            "",
        ),
        K::BadHeaderName => &Wording("exchange.bad-header-name", "`{0}` is not a header name", ""),
        K::BadHeaderValue => &Wording(
            "exchange.bad-header-value",
            "the value of header `{0}` has {1} in it",
            "a header takes printable ASCII characters only",
        ),
        K::FramingHeader => &Wording(
            "exchange.framing-header",
            "header `{0}` cannot be set by a step",
            "leave it out: whoever sends the request sets it",
        ),
        K::BadContentType => &Wording(
            "exchange.bad-content-type",
            "`{0}` is not a content type",
            "",
        ),
        K::UnsupportedBody => &Wording(
            "exchange.unsupported-body",
            "{1} cannot be sent as `{0}`",
            "write the payload as a string in that media type",
        ),
        K::BadDataUrl => &Wording(
            "exchange.bad-data-url",
            "the `data:` URL of part `{0}` is not Base64\n\
                the `data:` URL of the body is not Base64",
            "write `data:TYPE;base64,…` with standard Base64",
        ),
        K::TruncatedJson => &Wording(
            "exchange.truncated-json",
            "the JSON is cut short after {0} bytes",
            "",
        ),
        K::TooDeep => &Wording(
            "exchange.too-deep",
            "the JSON is nested over {0} levels",
            "",
        ),
        _ => &Wording("exchange.malformed-json", "not JSON at byte {0}: {1}", ""),
    }
}
