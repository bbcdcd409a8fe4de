//! A request, ready to be sent.

use std::fmt;

use super::error::MessageError;
use super::header::{HeaderName, HeaderValue, Headers};
use super::method::Method;
use super::url::Url;

/// An HTTP request: method, URL, header fields and body.
#[derive(Clone, PartialEq, Eq)]
pub struct Request {
    method: Method,
    url: Url,
    headers: Headers,
    body: Vec<u8>,
}

impl Request {
    /// Makes a request without header fields.
    ///
    /// # Errors
    /// `message.bad-method`, `message.bad-url`.
    pub fn new(method: &str, url: &str, body: Vec<u8>) -> Result<Self, MessageError> {
        let headers = Headers::default();
        Ok(Self::of(method.parse()?, url.parse()?, headers, body))
    }

    /// Makes a request of its parts.
    pub fn of(method: Method, url: Url, headers: Headers, body: Vec<u8>) -> Self {
        Self {
            method,
            url,
            headers,
            body,
        }
    }

    /// The method.
    pub fn method(&self) -> &Method {
        &self.method
    }

    /// The URL.
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// The URL, to change it.
    pub fn url_mut(&mut self) -> &mut Url {
        &mut self.url
    }

    /// The header fields.
    pub fn headers(&self) -> &Headers {
        &self.headers
    }

    /// The header fields, to change them.
    pub fn headers_mut(&mut self) -> &mut Headers {
        &mut self.headers
    }

    /// Gives a header field one value, in place of those that it had.
    ///
    /// # Errors
    /// `message.bad-header-name`, `message.bad-header-value`.
    pub fn set_header(&mut self, name: &str, value: &str) -> Result<(), MessageError> {
        let (name, value): (HeaderName, HeaderValue) = (name.parse()?, value.parse()?);
        self.headers.set(name, value);
        Ok(())
    }

    /// The body.
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// The body, to change or take it.
    pub fn body_mut(&mut self) -> &mut Vec<u8> {
        &mut self.body
    }

    /// Method, URL, header fields and body: what [`Request::of`] takes.
    pub fn into_parts(self) -> (Method, Url, Headers, Vec<u8>) {
        (self.method, self.url, self.headers, self.body)
    }
}

impl fmt::Debug for Request {
    /// Without header values and body: they may be secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.headers.iter().map(|(name, _)| name).collect();
        f.debug_struct("Request")
            .field("method", &self.method.as_str())
            .field("url", &self.url.as_str())
            .field("headers", &names)
            .field("body", &format_args!("{} bytes", self.body.len()))
            .finish()
    }
}
