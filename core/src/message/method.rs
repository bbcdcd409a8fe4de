//! Request methods: RFC 9110, section 9.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use super::encode::is_token;
use super::error::MessageError;

/// A request's method, letter case as written: a token of RFC 9110.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Method(Arc<str>);

impl Method {
    /// `GET`.
    pub fn get() -> Self {
        Self("GET".into())
    }

    /// The method, as it is sent.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether asking twice does no more than asking once: RFC 9110, section 9.2.2.
    pub fn is_idempotent(&self) -> bool {
        matches!(self.as_str(), "GET" | "HEAD" | "OPTIONS" | "PUT" | "DELETE")
    }
}

impl FromStr for Method {
    type Err = MessageError;

    fn from_str(text: &str) -> Result<Self, MessageError> {
        match is_token(text) {
            true => Ok(Self(text.into())),
            false => Err(MessageError::BadMethod),
        }
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl PartialEq<str> for Method {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == other
    }
}

impl PartialEq<&str> for Method {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == *other
    }
}
