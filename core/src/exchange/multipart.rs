//! Forms with files: `multipart/form-data`.

use serde_json::{Map, Value};

use super::body::{Encoded, json_part, media_parameter};
use super::error::{ExchangeError, ExchangeErrorKind as K};
use super::fingerprint::Hash;
use super::operation::Encoding;
use crate::base64;
use crate::diagnostic::visible;
use crate::json_writer::hexadecimal;
use crate::message::HeaderValue;
use crate::text::cut;

/// One part of a form.
struct Part<'v> {
    name: &'v str,
    content_type: Option<&'v str>,
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
    let (boundary, content_type) =
        match media_parameter(content_type, "boundary").filter(|given| !given.is_empty()) {
            Some(given) => (given.to_owned(), None),
            None => {
                let made = boundary(&parts);
                let bare = content_type.trim_end_matches([';', ' ']);
                let completed = [bare, "; boundary=", &made].concat();
                (made, Some(completed))
            }
        };
    let mut out = Vec::with_capacity(parts.iter().map(|p| p.bytes.len() + 160).sum::<usize>() + 64);
    for part in &parts {
        write(&mut out, &boundary, part);
    }
    out.extend_from_slice(["--", &boundary, "--\r\n"].concat().as_bytes());
    Ok(Encoded {
        bytes: out,
        content_type,
    })
}

fn part<'v>(
    name: &'v str,
    value: &'v Value,
    encoding: Option<&'v Encoding>,
) -> Result<Option<Part<'v>>, ExchangeError> {
    let declared = encoding.and_then(|e| e.content_type.as_deref());
    if let Some(content_type) = declared
        && HeaderValue::plain(content_type).is_none()
    {
        let shown = visible(content_type);
        return Err(ExchangeError::new(K::BadContentType, &[&shown]));
    }
    let file = encoding.is_some_and(|e| e.binary);
    let mut default = file.then_some("application/octet-stream");
    let bytes = match value {
        Value::Null if !json_part(encoding) => return Ok(None),
        Value::String(text) => match data_url(text).filter(|_| file) {
            Some(data) => {
                default = Some(data.media_type);
                let bad = || ExchangeError::new(K::BadDataUrl, &[name]);
                data.bytes.ok_or_else(bad)?
            }
            None => text.clone().into_bytes(),
        },
        _ => {
            if value.is_array() || value.is_object() {
                default = Some("application/json");
            }
            super::body::json(value)
        }
    };
    Ok(Some(Part {
        name,
        content_type: declared.or(default),
        file,
        bytes,
    }))
}

fn write(out: &mut Vec<u8>, boundary: &str, part: &Part<'_>) {
    let mut name = String::with_capacity(part.name.len());
    for character in part.name.chars() {
        match character {
            '"' => name.push_str("%22"),
            '\r' => name.push_str("%0D"),
            '\n' => name.push_str("%0A"),
            _ => name.push(character),
        }
    }
    let pieces = [
        "--",
        boundary,
        "\r\nContent-Disposition: form-data; name=\"",
        &name,
    ];
    let mut head = pieces.concat();
    if part.file {
        head.push_str("\"; filename=\"");
        head.push_str(&name);
    }
    head.push('"');
    if let Some(content_type) = part.content_type {
        head.push_str("\r\nContent-Type: ");
        head.push_str(content_type);
    }
    head.push_str("\r\n\r\n");
    out.extend_from_slice(head.as_bytes());
    out.extend_from_slice(&part.bytes);
    out.extend_from_slice(b"\r\n");
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
        let boundary = ["spola-", &hexadecimal(&hash.finish().to_be_bytes())].concat();
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
