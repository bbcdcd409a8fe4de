//! What can be wrong with a message.

use std::fmt;

use crate::diagnostic::{Diagnostic, Severity};

/// What is wrong with an operation, a request or an answer.
///
/// No message repeats a parameter's or header's value: it may be a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ExchangeError {
    /// The method is not an HTTP token.
    UnknownMethod {
        /// The method as written.
        method: String,
    },
    /// A declared parameter has no name or place; it is left out (a warning).
    UnusableParameter {
        /// Its name, empty where it has none.
        name: String,
        /// Its `in`, empty where it has none.
        location: String,
    },
    /// A declared style is unknown or not for that place; the place's default is used (a warning).
    UnusableStyle {
        /// The parameter or property.
        name: String,
        /// The style as written.
        style: String,
    },
    /// A security requirement names a scheme that is not there (a warning).
    UnknownSecurityScheme {
        /// The scheme as named.
        name: String,
        /// The nearest scheme there is.
        nearest: Option<String>,
    },
    /// Nothing says which server to send to.
    NoServer {
        /// The source description.
        source_name: String,
    },
    /// The server's address cannot be used.
    BadServer {
        /// The address, without user name and password.
        url: String,
        /// Why not.
        problem: ServerProblem,
    },
    /// A server variable has neither a value nor a default.
    UnknownServerVariable {
        /// The server's address as written.
        url: String,
        /// The variable.
        variable: String,
    },
    /// A server variable was given a value that its `enum` does not list.
    ServerVariableNotAllowed {
        /// The variable.
        variable: String,
        /// The value.
        value: String,
        /// The nearest allowed value.
        nearest: Option<String>,
    },
    /// A variable of the path template has no value.
    MissingPathParameter {
        /// The variable.
        name: String,
        /// The path argument that was given and fits no variable, where there is one.
        given: Option<String>,
    },
    /// A path parameter's value is empty.
    EmptyPathParameter {
        /// The parameter.
        name: String,
    },
    /// A path parameter makes a segment `.` or `..`, which would name another path.
    DotSegment {
        /// The path as declared.
        path: String,
    },
    /// The value of a `querystring` parameter is not a string.
    QuerystringNotText {
        /// The parameter.
        name: String,
    },
    /// The URL is longer than 65,534 bytes or otherwise not a URL.
    BadUrl {
        /// Its length in bytes.
        length: usize,
    },
    /// The header's name is no HTTP token.
    BadHeaderName {
        /// The name.
        name: String,
    },
    /// The header's value has characters that a header cannot carry.
    BadHeaderValue {
        /// The header.
        name: String,
        /// The first such character, as `U+000A`.
        character: String,
    },
    /// The header frames the message, which is the host's work.
    FramingHeader {
        /// The header.
        name: String,
    },
    /// The content type cannot be sent as a header.
    BadContentType {
        /// The content type.
        content_type: String,
    },
    /// A payload of this kind has no form in this media type.
    UnsupportedBody {
        /// The media type.
        media_type: String,
        /// What the payload is: `an object`.
        kind: &'static str,
    },
    /// A `data:` URL of a binary part or body is not Base64.
    BadDataUrl {
        /// The property; empty for the whole body.
        property: String,
    },
    /// The text is not JSON, although an answer's media type may say so.
    MalformedJson {
        /// Where, in bytes from the start.
        offset: usize,
        /// What the reader says.
        reason: String,
    },
    /// The text ends in the middle of a JSON value.
    TruncatedJson {
        /// How many bytes there are.
        length: usize,
    },
    /// The JSON is nested too deeply.
    TooDeep {
        /// How many levels are allowed.
        limit: usize,
    },
}

/// Why a server's address cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ServerProblem {
    /// It is not `http` or `https`.
    Scheme,
    /// It has no host.
    Host,
    /// It carries a user name or password.
    Credentials,
    /// It has characters that a URL cannot have.
    Characters,
}

impl fmt::Display for ServerProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Scheme => "it is not http or https",
            Self::Host => "it has no usable host",
            Self::Credentials => "it carries a user name or password",
            Self::Characters => "it has characters that a URL cannot have",
        })
    }
}

impl fmt::Display for ExchangeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_about_operation() {
            self.tell_operation(f)
        } else {
            self.tell_message(f)
        }
    }
}

impl ExchangeError {
    fn is_about_operation(&self) -> bool {
        matches!(
            self,
            Self::UnknownMethod { .. }
                | Self::UnusableParameter { .. }
                | Self::UnusableStyle { .. }
                | Self::UnknownSecurityScheme { .. }
                | Self::NoServer { .. }
                | Self::BadServer { .. }
                | Self::UnknownServerVariable { .. }
                | Self::ServerVariableNotAllowed { .. }
        )
    }

    fn tell_operation(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownMethod { method } => write!(f, "`{method}` is not an HTTP method"),
            Self::UnusableParameter { name, location } => {
                write!(f, "parameter `{name}` in `{location}` cannot be sent")
            }
            Self::UnusableStyle { name, style } => {
                write!(f, "style `{style}` of `{name}` cannot be used here")
            }
            Self::UnknownSecurityScheme { name, .. } => write!(f, "no security scheme `{name}`"),
            Self::NoServer { source_name } => {
                write!(f, "source `{source_name}` names no server to send to")
            }
            Self::BadServer { url, problem } => {
                write!(f, "server `{url}` cannot be used: {problem}")
            }
            Self::UnknownServerVariable { url, variable } => {
                write!(f, "server variable `{variable}` of `{url}` has no value")
            }
            Self::ServerVariableNotAllowed {
                variable, value, ..
            } => write!(f, "server variable `{variable}` cannot be `{value}`"),
            _ => Ok(()),
        }
    }

    fn tell_message(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MissingPathParameter { name, .. } => {
                write!(f, "missing path parameter `{name}`")
            }
            Self::EmptyPathParameter { name } => write!(f, "path parameter `{name}` is empty"),
            Self::DotSegment { path } => {
                write!(f, "a parameter makes a segment of `{path}` a `.` or `..`")
            }
            Self::QuerystringNotText { name } => {
                write!(f, "querystring parameter `{name}` is not a string")
            }
            Self::BadUrl { length } => write!(f, "the request has no valid URL ({length} bytes)"),
            Self::BadHeaderName { name } => write!(f, "`{name}` is not a header name"),
            Self::BadHeaderValue { name, character } => {
                write!(f, "the value of header `{name}` has {character} in it")
            }
            Self::FramingHeader { name } => write!(f, "header `{name}` cannot be set by a step"),
            Self::BadContentType { content_type } => {
                write!(f, "`{content_type}` is not a content type")
            }
            Self::UnsupportedBody { media_type, kind } => {
                write!(f, "{kind} cannot be sent as `{media_type}`")
            }
            Self::BadDataUrl { property } if property.is_empty() => {
                f.write_str("the `data:` URL of the body is not Base64")
            }
            Self::BadDataUrl { property } => {
                write!(f, "the `data:` URL of part `{property}` is not Base64")
            }
            Self::MalformedJson { offset, reason } => {
                write!(f, "not JSON at byte {offset}: {reason}")
            }
            Self::TruncatedJson { length } => {
                write!(f, "the JSON is cut short after {length} bytes")
            }
            Self::TooDeep { limit } => {
                write!(f, "the JSON is nested over {limit} levels")
            }
            _ => Ok(()),
        }
    }
}

impl std::error::Error for ExchangeError {}

impl Diagnostic for ExchangeError {
    fn code(&self) -> &'static str {
        match self {
            Self::UnknownMethod { .. } => "exchange.unknown-method",
            Self::UnusableParameter { .. } => "exchange.unusable-parameter",
            Self::UnusableStyle { .. } => "exchange.unusable-style",
            Self::UnknownSecurityScheme { .. } => "exchange.unknown-security-scheme",
            Self::NoServer { .. } => "exchange.no-server",
            Self::BadServer { .. } => "exchange.bad-server",
            Self::UnknownServerVariable { .. } => "exchange.unknown-server-variable",
            Self::ServerVariableNotAllowed { .. } => "exchange.server-variable-not-allowed",
            Self::MissingPathParameter { .. } => "exchange.missing-path-parameter",
            Self::EmptyPathParameter { .. } => "exchange.empty-path-parameter",
            Self::DotSegment { .. } => "exchange.dot-segment",
            Self::QuerystringNotText { .. } => "exchange.querystring-not-text",
            Self::BadUrl { .. } => "exchange.bad-url",
            Self::BadHeaderName { .. } => "exchange.bad-header-name",
            Self::BadHeaderValue { .. } => "exchange.bad-header-value",
            Self::FramingHeader { .. } => "exchange.framing-header",
            Self::BadContentType { .. } => "exchange.bad-content-type",
            Self::UnsupportedBody { .. } => "exchange.unsupported-body",
            Self::BadDataUrl { .. } => "exchange.bad-data-url",
            Self::MalformedJson { .. } => "exchange.malformed-json",
            Self::TruncatedJson { .. } => "exchange.truncated-json",
            Self::TooDeep { .. } => "exchange.too-deep",
        }
    }

    fn severity(&self) -> Severity {
        match self {
            Self::UnusableParameter { .. }
            | Self::UnusableStyle { .. }
            | Self::UnknownSecurityScheme { .. } => Severity::Warning,
            _ => Severity::Error,
        }
    }

    fn help(&self) -> Option<String> {
        Some(match self {
            Self::UnknownSecurityScheme {
                nearest: Some(name),
                ..
            } => format!("did you mean `{name}`?"),
            Self::ServerVariableNotAllowed {
                nearest: Some(value),
                ..
            } => format!("did you mean `{value}`?"),
            Self::MissingPathParameter {
                given: Some(given), ..
            } => format!("`{given}` was given; the path has no such variable"),
            Self::MissingPathParameter { name, given: None } => {
                format!("give the step a parameter `{name}` with `in: path`")
            }
            _ => self.fixed_help()?.to_owned(),
        })
    }
}

impl ExchangeError {
    fn fixed_help(&self) -> Option<&'static str> {
        Some(match self {
            Self::UnknownMethod { .. } => "use a method such as get or post",
            Self::UnusableParameter { .. } => {
                "a parameter needs a name and `in`: path, query, querystring, header or cookie"
            }
            Self::UnusableStyle { .. } => {
                "path: simple, label, matrix; query: form, spaceDelimited, pipeDelimited, deepObject; header: simple; cookie: form"
            }
            Self::NoServer { .. } => "name the server with an endpoint for this source",
            Self::BadServer { problem, .. } => match problem {
                ServerProblem::Credentials => "give credentials to the host instead",
                _ => "an address is `https://host[:port][/path]`",
            },
            Self::UnknownServerVariable { .. } => {
                "give the variable a value, a region or a whole endpoint"
            }
            Self::EmptyPathParameter { .. } => "an empty value would name another path",
            Self::QuerystringNotText { .. } => {
                "write the whole query as one string, such as `a=1&b={$inputs.b}`"
            }
            Self::BadHeaderValue { .. } => "a header takes printable ASCII characters only",
            Self::FramingHeader { .. } => "leave it out: whoever sends the request sets it",
            Self::UnsupportedBody { .. } => "write the payload as a string in that media type",
            Self::BadDataUrl { .. } => "write `data:TYPE;base64,…` with standard Base64",
            _ => return None,
        })
    }
}
