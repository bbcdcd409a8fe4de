//! What can be wrong with a part of a request.

use std::fmt;

use crate::diagnostic::Diagnostic;

/// Which part of a request cannot be sent; repeats none of it, as it may be secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum MessageError {
    /// The method is no HTTP token.
    BadMethod,
    /// The URL is none, or longer than 65,534 bytes.
    BadUrl,
    /// The header's name is no HTTP token.
    BadHeaderName,
    /// The header's value has control characters in it.
    BadHeaderValue,
}

impl fmt::Display for MessageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::BadMethod => "invalid HTTP method",
            Self::BadUrl => "invalid URL",
            Self::BadHeaderName => "invalid HTTP header name",
            Self::BadHeaderValue => "invalid HTTP header value",
        })
    }
}

impl std::error::Error for MessageError {}

impl Diagnostic for MessageError {
    fn code(&self) -> &'static str {
        match self {
            Self::BadMethod => "message.bad-method",
            Self::BadUrl => "message.bad-url",
            Self::BadHeaderName => "message.bad-header-name",
            Self::BadHeaderValue => "message.bad-header-value",
        }
    }

    fn help(&self) -> Option<String> {
        let help = match self {
            Self::BadMethod => "a method is a word such as GET or POST",
            Self::BadUrl => "a URL is written `https://host[:port][/path][?query]`",
            Self::BadHeaderName => "a name has letters, digits and hyphens",
            Self::BadHeaderValue => "look for a line break in it",
        };
        Some(help.to_owned())
    }
}
