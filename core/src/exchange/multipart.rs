//! Forms with files: `multipart/form-data`.

use serde_json::{Map, Value};

use super::body::{Encoded, json_part, media_parameter};
use super::error::ExchangeError;
use super::fingerprint::Hash;
use super::operation::Encoding;
use super::parameter::text_of;
use crate::base64;
use crate::diagnostic::visible;
use crate::message::HeaderValue;
use crate::text::cut;

/// One part of a form.
struct Part<'v> {
    name: &'v str,
    content_type: Option<String>,
    file: bool,
    bytes: Vec<u8>,
}

/// Writes an object as `multipart/form-data` (RFC 7578): an array is one part for
/// each item, an object a JSON part, bytes a part with a file name.
///
/// The boundary is made from the content, so that the same payload gives the same
/// bytes, unless `content_type` has one.
pub(super) fn encode(
    content_type: &str,
    encodings: &[Encoding],
    members: &Map<String, Value>,
) -> Result<Encoded, ExchangeError> {
    let mut parts = Vec::with_capacity(members.len());
    for (name, value) in members {
        let encoding = encodings.iter().find(|e| *e.property == **name);
        match value {
            Value::Array(items) if !json_part(encoding) => {
                for item in items {
                    parts.extend(part(name, item, encoding)?);
                }
            }
            _ => parts.extend(part(name, value, encoding)?),
        }
    }
    let (boundary, content_type) = match boundary_of(content_type) {
        Some(given) => (given.to_owned(), None),
        None => {
            let made = boundary(&parts);
            let completed = format!(
                "{}; boundary={made}",
                content_type.trim_end_matches([';', ' '])
            );
            (made, Some(completed))
        }
    };
    let mut out = Vec::with_capacity(parts.iter().map(|p| p.bytes.len() + 160).sum::<usize>() + 64);
    for part in &parts {
        write(&mut out, &boundary, part);
    }
    out.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
    Ok(Encoded {
        bytes: out,
        content_type,
    })
}

fn part<'v>(
    name: &'v str,
    value: &Value,
    encoding: Option<&Encoding>,
) -> Result<Option<Part<'v>>, ExchangeError> {
    let given = encoding.and_then(|e| e.content_type.as_deref());
    if let Some(content_type) = given
        && HeaderValue::plain(content_type).is_none()
    {
        return Err(ExchangeError::BadContentType {
            content_type: visible(content_type),
        });
    }
    let mut content_type = given.map(str::to_owned);
    let file = encoding.is_some_and(|e| e.binary);
    let bytes = match value {
        Value::String(text) => match file.then(|| data_url(text)).flatten() {
            Some(data) => {
                content_type = content_type.or_else(|| Some(data.media_type.to_owned()));
                data.bytes.ok_or_else(|| ExchangeError::BadDataUrl {
                    property: name.to_owned(),
                })?
            }
            None => text.clone().into_bytes(),
        },
        _ if json_part(encoding) => super::body::json(value),
        Value::Array(_) | Value::Object(_) => {
            content_type.get_or_insert_with(|| "application/json".to_owned());
            super::body::json(value)
        }
        _ => match text_of(value) {
            Some(text) => text.into_owned().into_bytes(),
            None => return Ok(None),
        },
    };
    if file {
        content_type.get_or_insert_with(|| "application/octet-stream".to_owned());
    }
    Ok(Some(Part {
        name,
        content_type,
        file,
        bytes,
    }))
}

fn write(out: &mut Vec<u8>, boundary: &str, part: &Part<'_>) {
    let mut name = String::with_capacity(part.name.len());
    for c in part.name.chars() {
        match c {
            '"' => name.push_str("%22"),
            '\r' => name.push_str("%0D"),
            '\n' => name.push_str("%0A"),
            other => name.push(other),
        }
    }
    let mut head = format!("--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"");
    if part.file {
        head.push_str(&format!("; filename=\"{name}\""));
    }
    if let Some(content_type) = &part.content_type {
        head.push_str("\r\nContent-Type: ");
        head.push_str(content_type);
    }
    head.push_str("\r\n\r\n");
    out.extend_from_slice(head.as_bytes());
    out.extend_from_slice(&part.bytes);
    out.extend_from_slice(b"\r\n");
}

fn boundary_of(content_type: &str) -> Option<&str> {
    media_parameter(content_type, "boundary").filter(|value| !value.is_empty())
}

/// A boundary that no part contains.
fn boundary(parts: &[Part<'_>]) -> String {
    let mut salt = 0_u64;
    loop {
        let mut hash = Hash::new();
        hash.write(&salt.to_le_bytes());
        for part in parts {
            hash.write(part.name.as_bytes());
            hash.write(&part.bytes);
        }
        let boundary = format!("spola-{:032x}", hash.finish());
        let inside = |part: &Part<'_>| {
            part.bytes
                .windows(boundary.len())
                .any(|window| window == boundary.as_bytes())
        };
        if !parts.iter().any(inside) {
            return boundary;
        }
        salt += 1;
    }
}

/// A `data:` URL in Base64.
pub(super) struct DataUrl<'u> {
    /// Its media type.
    pub media_type: &'u str,
    /// What it encodes; none where that is not Base64.
    pub bytes: Option<Vec<u8>>,
}

/// Reads `data:TYPE;base64,…`; none for any other text.
pub(super) fn data_url(text: &str) -> Option<DataUrl<'_>> {
    let (head, data) = cut(text.strip_prefix("data:")?, b',')?;
    let media_type = head.strip_suffix(";base64")?;
    Some(DataUrl {
        media_type: if media_type.is_empty() {
            "application/octet-stream"
        } else {
            media_type
        },
        bytes: base64::decode(data.trim_end().as_bytes())
            .filter(|_| HeaderValue::plain(media_type).is_some()),
    })
}
