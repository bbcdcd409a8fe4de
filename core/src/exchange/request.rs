//! Operation and values to an HTTP request.

use serde_json::Value;

use super::address::Address;
use super::body::{self, Encoded, Payload, choose_content_type};
use super::error::{ExchangeError, ExchangeErrorKind as K};
use super::operation::{Operation, PathPart};
use super::parameter::{Argument, Form, Parameter, ParameterLocation, Style, Values};
use super::prepare::is_named;
use crate::diagnostic::visible;
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
fn form(operation: &Operation, argument: &Argument<'_>) -> Form {
    let parameter = declared(operation, argument);
    let location = argument.location;
    let style = parameter.map_or(location.default_style(), |p| p.style);
    let content = parameter.is_some_and(|p| p.content.is_some());
    let reserved = parameter.is_some_and(|p| p.allow_reserved);
    Form {
        style: match content {
            true => location.default_style(),
            false => style,
        },
        explode: parameter.map_or(style.default_explode(), |p| p.explode),
        content,
        keep: match location {
            ParameterLocation::Path => Keep::Unreserved,
            ParameterLocation::Querystring => Keep::Query,
            ParameterLocation::Query if reserved => Keep::Reserved,
            ParameterLocation::Query => Keep::Unreserved,
            ParameterLocation::Header => Keep::All,
            ParameterLocation::Cookie if style == Style::Cookie => Keep::All,
            ParameterLocation::Cookie => Keep::Cookie,
        },
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
    let mut values = Values::new(&mut url, "&", started);
    for argument in arguments {
        query(operation, argument, &mut values)?;
    }
    if !values.started() {
        url.pop();
    }
    let length = url.len();
    Url::parse(url).map_err(|_| ExchangeError::new(K::BadUrl, &[&length.to_string()]))
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
        return Err(ExchangeError::new(K::DotSegment, &[&operation.path]));
    }
    Ok(())
}

fn fill(
    operation: &Operation,
    arguments: &[Argument<'_>],
    name: &str,
    url: &mut String,
) -> Result<(), ExchangeError> {
    let mut in_path = arguments
        .iter()
        .filter(|argument| argument.location == ParameterLocation::Path);
    let Some(argument) = in_path.clone().find(|argument| argument.name == name) else {
        let is_variable = |name: &str| {
            let parts = &mut operation.parts.iter();
            parts.any(|part| matches!(part, PathPart::Variable(own) if **own == *name))
        };
        let stray = in_path.find(|argument| !is_variable(argument.name));
        let given = stray.map_or("", |argument| argument.name);
        return Err(ExchangeError::new(K::MissingPathParameter, &[name, given]));
    };
    let before = url.len();
    Values::new(url, "", false).write(name, &argument.value, form(operation, argument));
    if url.len() == before {
        return Err(ExchangeError::new(K::EmptyPathParameter, &[name]));
    }
    Ok(())
}

fn query(
    operation: &Operation,
    argument: &Argument<'_>,
    values: &mut Values<'_>,
) -> Result<(), ExchangeError> {
    match argument.location {
        ParameterLocation::Query => {
            values.write(argument.name, &argument.value, form(operation, argument));
        }
        ParameterLocation::Querystring => match &*argument.value {
            Value::String(text) if text.is_empty() => {}
            Value::String(text) => encode(values.raw(), text, Keep::Query),
            _ => return Err(ExchangeError::new(K::QuerystringNotText, &[argument.name])),
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
            // Unspecified: exploded arrays and objects become several cookies, joined
            // by `; ` like all cookies, not by the `&` of the `form` style.
            ParameterLocation::Cookie => {
                let started = !cookies.is_empty();
                let mut values = Values::new(&mut cookies, "; ", started);
                values.write(argument.name, &argument.value, form(operation, argument));
            }
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
    let bad_name = |_| ExchangeError::new(K::BadHeaderName, &[&visible(argument.name)]);
    let name: HeaderName = argument.name.parse().map_err(bad_name)?;
    if FRAMING.contains(&name.as_str()) {
        return Err(ExchangeError::new(K::FramingHeader, &[argument.name]));
    }
    let form = form(operation, argument);
    if argument.value.is_null() && !form.content {
        return Ok(());
    }
    let mut text = String::new();
    Values::new(&mut text, "", false).write(argument.name, &argument.value, form);
    headers.set(name, header_value(argument.name, &text)?);
    Ok(())
}

fn header_value(name: &str, text: &str) -> Result<HeaderValue, ExchangeError> {
    let text = trimmed(text, b" \t");
    HeaderValue::plain(text).ok_or_else(|| {
        let bad = text.chars().find(|c| !matches!(c, '\t' | ' '..='~'));
        let character = format!("U+{:04X}", u32::from(bad.unwrap_or_default()));
        ExchangeError::new(K::BadHeaderValue, &[name, &character])
    })
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
    value.ok_or_else(|| ExchangeError::new(K::BadContentType, &[&visible(text)]))
}
