//! Operation and values to an HTTP request.

use std::borrow::Cow;

use serde_json::Value;

use super::address::Address;
use super::body::{self, Encoded, Payload, choose_content_type};
use super::error::ExchangeError;
use super::operation::{Operation, PathPart};
use super::parameter::{
    Argument, Form, Pairs, Parameter, ParameterLocation, Style, expand, text_of,
};
use super::prepare::is_named;
use crate::diagnostic::visible;
use crate::json_writer;
use crate::message::{HeaderName, HeaderValue, Headers, Keep, Request, Url, encode};
use crate::text::{before, cut, find, split, trimmed};

/// Builds the request that calls an operation.
///
/// `base` is what [`choose_server`](super::choose_server) gave. Arguments that the
/// operation does not declare are sent in OpenAPI's default style of their place.
/// Nothing is invented but a `Content-Type` for a body; `Content-Length` is the host's.
///
/// # Errors
/// Whatever cannot be sent as it is, before anything is sent:
/// `exchange.missing-path-parameter`, `exchange.empty-path-parameter`,
/// `exchange.dot-segment`, `exchange.querystring-not-text`, `exchange.bad-url`,
/// `exchange.bad-header-name`, `exchange.bad-header-value`,
/// `exchange.framing-header`, `exchange.bad-content-type`,
/// `exchange.unsupported-body`, `exchange.bad-data-url`.
pub fn build(
    operation: &Operation,
    base: &str,
    arguments: &[Argument<'_>],
    payload: Option<Payload<'_>>,
) -> Result<Request, ExchangeError> {
    let url = url(operation, base, arguments)?;
    finish(operation, url, arguments, payload)
}

/// As [`build`], with an address that was prepared.
///
/// # Errors
/// As [`build`].
pub fn build_at(
    operation: &Operation,
    address: &Address,
    arguments: &[Argument<'_>],
    payload: Option<Payload<'_>>,
) -> Result<Request, ExchangeError> {
    let in_url = |argument: &Argument<'_>| {
        matches!(
            argument.location,
            ParameterLocation::Path | ParameterLocation::Query | ParameterLocation::Querystring
        )
    };
    let url = match &address.whole {
        Some(url) if !arguments.iter().any(in_url) => url.clone(),
        _ => url(operation, &address.base, arguments)?,
    };
    finish(operation, url, arguments, payload)
}

/// Adds header fields and body.
fn finish(
    operation: &Operation,
    url: Url,
    arguments: &[Argument<'_>],
    payload: Option<Payload<'_>>,
) -> Result<Request, ExchangeError> {
    let mut headers = headers(operation, arguments)?;
    let bytes = match payload {
        Some(payload) => attach(operation, payload, &mut headers)?,
        None => Vec::new(),
    };
    let method = operation.method.clone();
    Ok(Request::of(method, url, headers, bytes))
}

fn declared<'o>(operation: &'o Operation, argument: &Argument<'_>) -> Option<&'o Parameter> {
    operation
        .parameters
        .iter()
        .find(|p| p.location == argument.location && is_named(p, argument.name))
}

/// How an argument is written: as declared, else as OpenAPI's default for its place.
fn form(parameter: Option<&Parameter>, location: ParameterLocation) -> Form {
    let style = parameter.map_or(location.default_style(), |p| p.style);
    Form {
        style,
        explode: parameter.map_or(style.default_explode(), |p| p.explode),
        keep: match location {
            ParameterLocation::Path => Keep::Unreserved,
            ParameterLocation::Querystring => Keep::Query,
            ParameterLocation::Query if parameter.is_some_and(|p| p.allow_reserved) => {
                Keep::Reserved
            }
            ParameterLocation::Query => Keep::Unreserved,
            ParameterLocation::Header => Keep::All,
            ParameterLocation::Cookie if style == Style::Cookie => Keep::All,
            ParameterLocation::Cookie => Keep::Cookie,
        },
    }
}

/// The value of a parameter that has `content`: strings as they are, the rest as JSON.
fn content_text<'v>(parameter: Option<&Parameter>, value: &'v Value) -> Option<Cow<'v, str>> {
    parameter?.content.as_ref()?;
    match value {
        Value::String(text) => Some(Cow::Borrowed(text)),
        _ => Some(Cow::Owned(json_writer::text_of(value))),
    }
}

pub(super) fn url(
    operation: &Operation,
    base: &str,
    arguments: &[Argument<'_>],
) -> Result<Url, ExchangeError> {
    let base = before(base, b'#');
    let (head, base_query) = cut(base, b'?').unwrap_or((base, ""));
    let mut url = String::with_capacity(base.len() + operation.path.len() + 32 * arguments.len());
    url.push_str(head.strip_suffix('/').unwrap_or(head));
    path(operation, arguments, &mut url)?;
    url.push('?');
    let bare = url.len();
    for fixed in [base_query, &*operation.query] {
        if !fixed.is_empty() {
            url.push_str(if url.len() > bare { "&" } else { "" });
            url.push_str(fixed);
        }
    }
    let started = url.len() > bare;
    let mut pairs = Pairs::new(&mut url, "&", started);
    for argument in arguments {
        query(operation, argument, &mut pairs)?;
    }
    if !pairs.started() {
        url.pop();
    }
    let length = url.len();
    Url::parse(url).map_err(|_| ExchangeError::BadUrl { length })
}

fn path(
    operation: &Operation,
    arguments: &[Argument<'_>],
    url: &mut String,
) -> Result<(), ExchangeError> {
    let start = url.len();
    let mut filled = false;
    for part in &operation.parts {
        match part {
            PathPart::Literal(text) => url.push_str(text),
            PathPart::Variable(name) => {
                filled = true;
                fill(operation, arguments, name, url)?;
            }
        }
    }
    let dots = |segment: &str| segment == "." || segment == "..";
    if filled && split(&url[start..], b"/").into_iter().any(dots) {
        return Err(ExchangeError::DotSegment {
            path: operation.path.to_string(),
        });
    }
    Ok(())
}

fn fill(
    operation: &Operation,
    arguments: &[Argument<'_>],
    name: &str,
    url: &mut String,
) -> Result<(), ExchangeError> {
    let in_path = || {
        arguments
            .iter()
            .filter(|a| a.location == ParameterLocation::Path)
    };
    let Some(argument) = in_path().find(|a| a.name == name) else {
        let variable = PathPart::Variable(name.into());
        let stray = in_path().find(|a| {
            let fits = PathPart::Variable(a.name.into());
            fits != variable && !operation.parts.contains(&fits)
        });
        return Err(ExchangeError::MissingPathParameter {
            name: name.to_owned(),
            given: stray.map(|a| a.name.to_owned()),
        });
    };
    let before = url.len();
    let parameter = declared(operation, argument);
    match content_text(parameter, &argument.value) {
        Some(text) => encode(url, &text, Keep::Unreserved),
        None => expand(
            url,
            name,
            &argument.value,
            form(parameter, ParameterLocation::Path),
        ),
    }
    if url.len() == before {
        return Err(ExchangeError::EmptyPathParameter {
            name: name.to_owned(),
        });
    }
    Ok(())
}

fn query(
    operation: &Operation,
    argument: &Argument<'_>,
    pairs: &mut Pairs<'_>,
) -> Result<(), ExchangeError> {
    match argument.location {
        ParameterLocation::Query => {
            let parameter = declared(operation, argument);
            let form = form(parameter, ParameterLocation::Query);
            match content_text(parameter, &argument.value) {
                Some(text) => pairs.pair(argument.name, &text, form.keep),
                None => pairs.expand(argument.name, &argument.value, form),
            }
        }
        ParameterLocation::Querystring => match &*argument.value {
            Value::String(text) if text.is_empty() => {}
            Value::String(text) => encode(pairs.raw(), text, Keep::Query),
            _ => {
                return Err(ExchangeError::QuerystringNotText {
                    name: argument.name.to_owned(),
                });
            }
        },
        _ => {}
    }
    Ok(())
}

fn headers(operation: &Operation, arguments: &[Argument<'_>]) -> Result<Headers, ExchangeError> {
    let mut headers = Headers::with_capacity(arguments.len() + 1);
    let mut cookies = String::new();
    for argument in arguments {
        match argument.location {
            ParameterLocation::Header => header(operation, argument, &mut headers)?,
            ParameterLocation::Cookie => cookie(operation, argument, &mut cookies),
            _ => {}
        }
    }
    if !cookies.is_empty() {
        if let Some(given) = headers.get("cookie").and_then(HeaderValue::to_str) {
            cookies = format!("{given}; {cookies}");
        }
        let value = header_value("Cookie", &cookies)?;
        headers.set(HeaderName::known("cookie"), value);
    }
    Ok(headers)
}

fn header(
    operation: &Operation,
    argument: &Argument<'_>,
    headers: &mut Headers,
) -> Result<(), ExchangeError> {
    /// Headers that frame the message or say which host it is for.
    const FRAMING: [&str; 9] = [
        "connection",
        "content-length",
        "host",
        "keep-alive",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    ];
    let bad_name = |_| ExchangeError::BadHeaderName {
        name: visible(argument.name),
    };
    let name: HeaderName = argument.name.parse().map_err(bad_name)?;
    if FRAMING.contains(&name.as_str()) {
        return Err(ExchangeError::FramingHeader {
            name: argument.name.to_owned(),
        });
    }
    let parameter = declared(operation, argument);
    let value = &*argument.value;
    let text = match (content_text(parameter, value), value) {
        (Some(text), _) => text,
        (None, Value::Null) => return Ok(()),
        (None, Value::Array(_) | Value::Object(_)) => {
            let mut text = String::new();
            let form = form(parameter, ParameterLocation::Header);
            expand(&mut text, argument.name, value, form);
            Cow::Owned(text)
        }
        (None, value) => text_of(value).unwrap_or_default(),
    };
    headers.set(name, header_value(argument.name, &text)?);
    Ok(())
}

fn header_value(name: &str, text: &str) -> Result<HeaderValue, ExchangeError> {
    let text = trimmed(text, b" \t");
    HeaderValue::plain(text).ok_or_else(|| {
        let bad = text.chars().find(|c| !matches!(c, '\t' | ' '..='~'));
        ExchangeError::BadHeaderValue {
            name: name.to_owned(),
            character: format!("U+{:04X}", u32::from(bad.unwrap_or_default())),
        }
    })
}

/// Unspecified: exploded arrays and objects become several cookies, joined by
/// `; ` like all cookies, not by the `&` of the `form` style.
fn cookie(operation: &Operation, argument: &Argument<'_>, cookies: &mut String) {
    let parameter = declared(operation, argument);
    let form = form(parameter, ParameterLocation::Cookie);
    let started = !cookies.is_empty();
    let mut pairs = Pairs::new(cookies, "; ", started);
    match content_text(parameter, &argument.value) {
        Some(text) => pairs.pair(argument.name, &text, form.keep),
        None => pairs.expand(argument.name, &argument.value, form),
    }
}

/// Writes the body and its `Content-Type`; a header that a step gave explicitly wins.
fn attach(
    operation: &Operation,
    payload: Payload<'_>,
    headers: &mut Headers,
) -> Result<Vec<u8>, ExchangeError> {
    let explicit = headers.get("content-type").and_then(HeaderValue::to_str);
    let (given, text) = match &payload {
        Payload::Value {
            content_type,
            value,
        } => (*content_type, value.is_string()),
        Payload::Bytes { content_type, .. } => (*content_type, false),
    };
    let content_type = explicit
        .or(given)
        .unwrap_or_else(|| choose_content_type(operation, text));
    let encoded = match payload {
        Payload::Value { value, .. } => body::encode(operation, content_type, value)?,
        Payload::Bytes { bytes, .. } => Encoded {
            bytes,
            content_type: None,
        },
    };
    if explicit.is_none() || encoded.content_type.is_some() {
        let written = encoded.content_type.as_deref().unwrap_or(content_type);
        let value = content_type_value(written)?;
        headers.set(HeaderName::known("content-type"), value);
    }
    Ok(encoded.bytes)
}

fn content_type_value(text: &str) -> Result<HeaderValue, ExchangeError> {
    let value = HeaderValue::plain(text).filter(|_| find(text, b'/').is_some());
    value.ok_or_else(|| ExchangeError::BadContentType {
        content_type: visible(text),
    })
}
