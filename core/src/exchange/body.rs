//! Payload to bytes, by content type.

use std::borrow::Cow;

use serde_json::Value;

use super::error::{ExchangeError, ExchangeErrorKind as K};
use super::multipart;
use super::operation::{Encoding, MediaType, Operation};
use super::parameter::{Form, Style, Values, text_of};
use crate::json_writer;
use crate::message::Keep;
use crate::text::{before, cut, cut_text, find, split, trimmed};

/// A request's body.
#[derive(Clone, Debug, PartialEq)]
pub enum Payload<'a> {
    /// A value, written in the content type's form.
    ///
    /// A string is sent as it is in every media type, JSON too. Where the schema
    /// says that a body or a form's part is bytes (`format: binary`, or a
    /// `contentMediaType` without encoding), a `data:TYPE;base64,…` URL stands
    /// for the bytes that it encodes.
    Value {
        /// The content type; none: the operation's.
        content_type: Option<&'a str>,
        /// The value.
        value: Cow<'a, Value>,
    },
    /// Bytes that are in the content type's form already.
    Bytes {
        /// The content type; none: the operation's.
        content_type: Option<&'a str>,
        /// The bytes.
        bytes: Vec<u8>,
    },
}

/// A media type without its parameters: `application/json; charset=utf-8` → `application/json`.
pub(super) fn essence(media_type: &str) -> &str {
    before(media_type, b';').trim()
}

/// A parameter of a media type: `utf-8` of `text/plain; charset="utf-8"`.
pub(super) fn media_parameter<'t>(media_type: &'t str, name: &str) -> Option<&'t str> {
    for parameter in split(media_type, b";").into_iter().skip(1) {
        if let Some((own, value)) = cut(parameter, b'=')
            && own.trim().eq_ignore_ascii_case(name)
        {
            return Some(trimmed(value.trim(), b"\""));
        }
    }
    None
}

/// Whether bodies of a media type are JSON: `application/json`, `text/json`,
/// `…+json`, `application/x-amz-json-1.0` and the like. Parameters are ignored.
pub fn is_json(media_type: &str) -> bool {
    let name = essence(media_type).as_bytes();
    let starts = |with: &str| {
        name.get(..with.len())
            .is_some_and(|head| head.eq_ignore_ascii_case(with.as_bytes()))
    };
    name.eq_ignore_ascii_case(b"application/json")
        || name.eq_ignore_ascii_case(b"text/json")
        || starts("application/x-amz-json-")
        || name
            .len()
            .checked_sub(5)
            .is_some_and(|at| at > 0 && name[at..].eq_ignore_ascii_case(b"+json"))
}

/// The content type of a payload that names none; `text`: the payload is a string.
///
/// A string takes the first declared media type; anything else the first JSON
/// type, or else the first declared. Where none is declared: `application/json`,
/// for strings `text/plain; charset=utf-8`.
pub fn choose_content_type(operation: &Operation, text: bool) -> &str {
    let media = operation.body.as_ref().map_or(&[][..], |body| &body.media);
    let json = || media.iter().find(|media| is_json(&media.name));
    let chosen = if text { None } else { json() }.or(media.first());
    let default = if text {
        "text/plain; charset=utf-8"
    } else {
        "application/json"
    };
    match chosen.map(|media| &*media.name) {
        Some(name) if find(name, b'*').is_none() => name,
        Some(range) if range.starts_with("text/") => "text/plain; charset=utf-8",
        _ => default,
    }
}

/// A body's bytes, and the content type where it had to be completed.
pub(super) struct Encoded {
    pub bytes: Vec<u8>,
    pub content_type: Option<String>,
}

/// Writes a value in a content type's form.
pub(super) fn encode(
    operation: &Operation,
    content_type: &str,
    value: Cow<'_, Value>,
) -> Result<Encoded, ExchangeError> {
    let name = essence(content_type);
    let media = declared(operation, name);
    let plain = |bytes| {
        Ok(Encoded {
            bytes,
            content_type: None,
        })
    };
    if let Value::String(_) = *value {
        return plain(string(media, value)?);
    }
    if is_json(name) {
        return plain(json(&value));
    }
    let encodings = media.map_or(&[][..], |media| &media.encodings);
    if name.eq_ignore_ascii_case("application/x-www-form-urlencoded") && value.is_object() {
        return plain(form(encodings, &value).into_bytes());
    }
    if name.eq_ignore_ascii_case("multipart/form-data")
        && let Value::Object(members) = &*value
    {
        return multipart::encode(content_type, encodings, members);
    }
    match &*value {
        Value::Number(_) | Value::Bool(_) if !name.starts_with("multipart/") => plain(
            text_of(&value)
                .unwrap_or_default()
                .into_owned()
                .into_bytes(),
        ),
        Value::Array(_) | Value::Object(_) if name.eq_ignore_ascii_case("text/plain") => {
            plain(json(&value))
        }
        _ => Err(ExchangeError::new(
            K::UnsupportedBody,
            &[name, kind(&value)],
        )),
    }
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

fn string(media: Option<&MediaType>, value: Cow<'_, Value>) -> Result<Vec<u8>, ExchangeError> {
    let text = match value {
        Cow::Owned(Value::String(text)) => text,
        Cow::Borrowed(Value::String(text)) => text.clone(),
        _ => return Ok(Vec::new()),
    };
    if media.is_some_and(|media| media.binary)
        && let Some(data) = multipart::data_url(&text)
    {
        return match data.bytes {
            Some(bytes) => Ok(bytes),
            None => Err(ExchangeError::new(K::BadDataUrl, &[""])),
        };
    }
    Ok(text.into_bytes())
}

/// A value as JSON text.
pub(super) fn json(value: &Value) -> Vec<u8> {
    json_writer::text_of(value).into_bytes()
}

/// The declaration for a media type, or for a range that covers it.
fn declared<'o>(operation: &'o Operation, name: &str) -> Option<&'o MediaType> {
    let media = &operation.body.as_ref()?.media;
    let covers = |range: &str| match cut_text(essence(range), "/*") {
        Some(("*", "")) => true,
        Some((kind, "")) => before(name, b'/') == kind,
        _ => false,
    };
    media
        .iter()
        .find(|media| essence(&media.name).eq_ignore_ascii_case(name))
        .or_else(|| media.iter().find(|media| covers(&media.name)))
}

/// Writes an object as `application/x-www-form-urlencoded`.
///
/// Unspecified: a property that is null is left out. A property without a style
/// of its own is one pair; an array one pair for each item; an object is JSON.
fn form(encodings: &[Encoding], value: &Value) -> String {
    let mut out = String::new();
    let mut values = Values::new(&mut out, "&", false);
    for (name, value) in value.as_object().into_iter().flatten() {
        let encoding = encodings.iter().find(|e| *e.property == **name);
        let styled = encoding.filter(|encoding| encoding.style.is_some());
        let form = Form {
            style: styled.and_then(|e| e.style).unwrap_or(Style::Form),
            explode: styled.is_none_or(|encoding| encoding.explode),
            keep: match styled.is_some_and(|encoding| encoding.allow_reserved) {
                true => Keep::Reserved,
                false => Keep::Form,
            },
            content: styled.is_none() && (json_part(encoding) || value.is_object()),
        };
        values.write(name, value, form);
    }
    out
}

/// Whether a property is to be written as one JSON text.
pub(super) fn json_part(encoding: Option<&Encoding>) -> bool {
    encoding
        .and_then(|encoding| encoding.content_type.as_deref())
        .is_some_and(is_json)
}
