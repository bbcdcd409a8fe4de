//! Requests to and from those of the `http` crate.

use super::error::MessageError;
use super::header::{HeaderName, HeaderValue};
use super::request::Request;

/// Refused is only what `http` has no room for: the last of more than 24,576 headers.
impl TryFrom<Request> for http::Request<Vec<u8>> {
    type Error = MessageError;

    fn try_from(request: Request) -> Result<Self, MessageError> {
        let (method, url, fields, body) = request.into_parts();
        let mut request = Self::new(body);
        let method = method.as_str().parse();
        *request.method_mut() = method.map_err(|_| MessageError::BadMethod)?;
        let url = url.as_str().parse();
        *request.uri_mut() = url.map_err(|_| MessageError::BadUrl)?;
        for (name, value) in fields.iter() {
            let name: Result<http::HeaderName, _> = name.parse();
            let name = name.map_err(|_| MessageError::BadHeaderName)?;
            let sent = http::HeaderValue::from_bytes(value.as_bytes());
            let mut sent = sent.map_err(|_| MessageError::BadHeaderValue)?;
            sent.set_sensitive(value.is_sensitive());
            let added = request.headers_mut().try_append(name, sent);
            added.map_err(|_| MessageError::BadHeaderName)?;
        }
        Ok(request)
    }
}

impl TryFrom<http::Request<Vec<u8>>> for Request {
    type Error = MessageError;

    fn try_from(request: http::Request<Vec<u8>>) -> Result<Self, MessageError> {
        let (parts, body) = request.into_parts();
        let url = parts.uri.to_string();
        let mut request = Self::new(parts.method.as_str(), &url, body)?;
        for (name, value) in &parts.headers {
            let name: HeaderName = name.as_str().parse()?;
            let taken = HeaderValue::from_bytes(value.as_bytes())?;
            let taken = match value.is_sensitive() {
                true => taken.sensitive(),
                false => taken,
            };
            request.headers_mut().add(name, taken);
        }
        Ok(request)
    }
}
