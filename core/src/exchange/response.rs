//! An HTTP answer: status, headers, body value.

use std::borrow::Cow;
use std::sync::OnceLock;
use std::time::Duration;

use serde_json::Value;

use super::body::{essence, is_json};
use super::date;
use super::error::ExchangeError;
use super::json::parse_json;
use super::partial;
use super::parts::Parts;
use crate::json_reader;
use crate::text::find_text;

/// How deeply the JSON of an answer may be nested where nothing else is said.
pub const MAX_DEPTH: usize = 512;

/// An answer. Its body is read when it is first asked for, once.
#[derive(Clone, Debug)]
pub struct Response {
    status: u16,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    max_depth: usize,
    parsed: OnceLock<Result<Option<Value>, ExchangeError>>,
}

/// What an AWS service says went wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AwsError {
    /// The code, such as `RepositoryNotFoundException`.
    pub code: String,
    /// The message.
    pub message: Option<String>,
    /// The request's id, to ask AWS about it.
    pub request_id: Option<String>,
}

impl Response {
    /// Takes an answer; header names in any letter case.
    pub fn new(status: u16, headers: Vec<(String, String)>, body: Vec<u8>) -> Self {
        let mut headers = headers;
        for (name, _) in &mut headers {
            name.make_ascii_lowercase();
        }
        Self {
            status,
            headers,
            body,
            max_depth: MAX_DEPTH,
            parsed: OnceLock::new(),
        }
    }

    /// Allows JSON nested that deeply instead of [`MAX_DEPTH`] levels.
    #[must_use]
    pub fn with_max_depth(mut self, max_depth: usize) -> Self {
        self.max_depth = max_depth;
        self.parsed = OnceLock::new();
        self
    }

    /// The status code.
    pub fn status(&self) -> u16 {
        self.status
    }

    /// The header fields in order, names in lower case.
    pub fn headers(&self) -> &[(String, String)] {
        &self.headers
    }

    /// The body as it came.
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// Status, header fields and body: what [`Response::new`] takes.
    pub fn into_parts(self) -> (u16, Vec<(String, String)>, Vec<u8>) {
        (self.status, self.headers, self.body)
    }

    /// A header's value, its name in any letter case; several values joined by
    /// `, `, but of `Set-Cookie` the first.
    pub fn header(&self, name: &str) -> Option<Cow<'_, str>> {
        let mut values = self.values(name);
        let first = values.next()?;
        let single = name.eq_ignore_ascii_case("set-cookie");
        match values.next() {
            Some(second) if !single => {
                let mut joined = format!("{first}, {second}");
                for value in values {
                    joined.push_str(", ");
                    joined.push_str(value);
                }
                Some(Cow::Owned(joined))
            }
            _ => Some(Cow::Borrowed(first)),
        }
    }

    fn values<'r>(&'r self, name: &str) -> impl Iterator<Item = &'r str> {
        self.headers
            .iter()
            .filter(move |(own, _)| own.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    fn first(&self, name: &str) -> Option<&str> {
        self.values(name).next()
    }

    /// The media type without parameters; none without a `Content-Type`.
    pub fn media_type(&self) -> Option<&str> {
        self.first("content-type")
            .map(essence)
            .filter(|media_type| !media_type.is_empty())
    }

    /// Whether the body is JSON by its media type.
    pub fn is_json(&self) -> bool {
        self.media_type().is_some_and(is_json)
    }

    /// The body as a value: parsed if its media type is JSON, or if there is none
    /// and it is a JSON object or array; else a string. None where it is empty.
    ///
    /// # Errors
    /// `exchange.malformed-json`, `exchange.truncated-json`, `exchange.too-deep`.
    pub fn value(&self) -> Result<Option<&Value>, ExchangeError> {
        match self.parsed.get_or_init(|| self.read()) {
            Ok(value) => Ok(value.as_ref()),
            Err(error) => Err(error.clone()),
        }
    }

    /// Reads only these parts of a JSON body: [`value`](Self::value) gives no more
    /// from now on. All of it is checked, and a body that is not plainly right is
    /// left to be read as a whole.
    pub fn read_parts(&self, parts: &Parts) {
        if parts.is_whole() || self.body.is_empty() || !self.is_json() {
            return;
        }
        let Ok(text) = std::str::from_utf8(without_mark(&self.body)) else {
            return;
        };
        if let Some(value) = partial::read(text, parts, self.max_depth) {
            // What was read before stays.
            let _ = self.parsed.set(Ok(Some(value)));
        }
    }

    /// Checks how deeply a JSON body is nested, without reading it.
    ///
    /// # Errors
    /// `exchange.too-deep`.
    pub fn check_depth(&self) -> Result<(), ExchangeError> {
        if self.is_json() && json_reader::depth(&self.body, self.max_depth) > self.max_depth {
            return Err(ExchangeError::TooDeep {
                limit: self.max_depth,
            });
        }
        Ok(())
    }

    fn read(&self) -> Result<Option<Value>, ExchangeError> {
        if self.body.is_empty() {
            return Ok(None);
        }
        if self.is_json() {
            return self.read_json();
        }
        if self.media_type().is_none() {
            let body = without_mark(&self.body);
            let first = body.iter().find(|byte| !byte.is_ascii_whitespace());
            if matches!(first, Some(b'{' | b'[')) {
                match parse_json(body, self.max_depth) {
                    Ok(value) => return Ok(Some(value)),
                    Err(error @ ExchangeError::TooDeep { .. }) => return Err(error),
                    Err(_) => {}
                }
            }
        }
        Ok(Some(Value::String(self.text())))
    }

    fn read_json(&self) -> Result<Option<Value>, ExchangeError> {
        let body = without_mark(&self.body);
        if body.iter().all(u8::is_ascii_whitespace) {
            return Ok(None);
        }
        if std::str::from_utf8(body).is_err() && self.charset().is_some_and(is_single_byte) {
            return parse_json(self.text().as_bytes(), self.max_depth).map(Some);
        }
        parse_json(body, self.max_depth).map(Some)
    }

    fn charset(&self) -> Option<&str> {
        let parameters = self.first("content-type")?.split(';').skip(1);
        parameters
            .filter_map(|parameter| parameter.split_once('='))
            .find(|(name, _)| name.trim().eq_ignore_ascii_case("charset"))
            .map(|(_, value)| value.trim().trim_matches('"'))
    }

    /// The body as text: in the declared charset where that is a Latin one or
    /// UTF-16, else UTF-8, and Latin-1 where it is no UTF-8. A byte order mark is dropped.
    pub fn text(&self) -> String {
        let charset = self.charset();
        if let Some(text) = utf16(&self.body, charset) {
            return text;
        }
        let body = without_mark(&self.body);
        match std::str::from_utf8(body) {
            Ok(text) if !charset.is_some_and(is_single_byte) => text.to_owned(),
            _ => body.iter().map(|byte| char::from(*byte)).collect(),
        }
    }

    /// How long the answer asks to wait: `x-amz-retry-after` in milliseconds, or
    /// `Retry-After` in seconds or as a date, measured against the answer's own
    /// `Date`. None where there is none, or it cannot be read or is past.
    pub fn retry_after(&self) -> Option<Duration> {
        let asked = self.first("x-amz-retry-after").and_then(digits);
        if let Some(milliseconds) = asked {
            return Some(Duration::from_millis(milliseconds));
        }
        let text = self.first("retry-after")?.trim();
        if let Some(seconds) = digits(text) {
            return Some(Duration::from_secs(seconds));
        }
        let until = date::parse(text)?;
        let now = date::parse(self.first("date")?.trim())?;
        u64::try_from(until - now).ok().map(Duration::from_secs)
    }

    /// The answer's `Date`, as Unix seconds.
    pub fn date(&self) -> Option<u64> {
        date::parse(self.first("date")?.trim())?.try_into().ok()
    }

    /// The id that AWS gave the request.
    pub fn request_id(&self) -> Option<&str> {
        ["x-amzn-requestid", "x-amz-request-id", "x-amz-requestid"]
            .iter()
            .find_map(|name| self.first(name))
    }

    /// What an AWS service says went wrong; none for a status under 400, or where
    /// no code is found (an HTML page, an empty body). Never an error itself.
    pub fn aws_error(&self) -> Option<AwsError> {
        if self.status < 400 {
            return None;
        }
        let body = self.value().ok().flatten();
        let member = |names: &[&str]| {
            let found = names.iter().find_map(|name| body?.get(name)?.as_str());
            found.map(str::to_owned)
        };
        let xml = |name: &str| element(body?.as_str()?, name).map(str::to_owned);
        let code = self
            .first("x-amzn-errortype")
            .map(str::to_owned)
            .or_else(|| member(&["__type", "code", "Code"]))
            .or_else(|| xml("Code"))?;
        let code = bare_code(&code);
        (!code.is_empty()).then(|| AwsError {
            code: code.to_owned(),
            message: member(&["message", "Message", "errorMessage"]).or_else(|| xml("Message")),
            request_id: self
                .request_id()
                .map(str::to_owned)
                .or_else(|| xml("RequestId")),
        })
    }
}

/// A code without the prefix up to `#` and the suffix from `:`.
fn bare_code(text: &str) -> &str {
    // The suffix may be a URL with a `#`; so it goes first, unless `:` stands in the prefix.
    let text = match (text.find('#'), text.find(':')) {
        (Some(hash), Some(colon)) if hash < colon => &text[hash + 1..],
        (Some(hash), None) => &text[hash + 1..],
        _ => text,
    };
    text.split(':').next().unwrap_or_default().trim()
}

/// The text of the first XML element of that name: S3 and the query protocol.
fn element<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    let start = find_text(text, &format!("<{name}>"))? + name.len() + 2;
    let rest = &text[start..];
    Some(&rest[..find_text(rest, &format!("</{name}>"))?])
}

fn digits(text: &str) -> Option<u64> {
    let text = text.trim();
    (!text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()))
        .then(|| text.parse().ok())
        .flatten()
}

fn without_mark(body: &[u8]) -> &[u8] {
    body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body)
}

fn is_single_byte(charset: &str) -> bool {
    [
        "iso-8859-1",
        "latin1",
        "latin-1",
        "windows-1252",
        "us-ascii",
    ]
    .iter()
    .any(|known| charset.eq_ignore_ascii_case(known))
}

fn utf16(body: &[u8], charset: Option<&str>) -> Option<String> {
    let charset = charset.unwrap_or_default().to_ascii_lowercase();
    let little = match (body, charset.as_str()) {
        ([0xFF, 0xFE, ..], _) => true,
        ([0xFE, 0xFF, ..], _) => false,
        (_, "utf-16le") => true,
        (_, "utf-16" | "utf-16be") => false,
        _ => return None,
    };
    let units = body.chunks_exact(2).map(|pair| match little {
        true => u16::from_le_bytes([pair[0], pair[1]]),
        false => u16::from_be_bytes([pair[0], pair[1]]),
    });
    let text: String = char::decode_utf16(units)
        .map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER))
        .collect();
    Some(
        text.strip_prefix('\u{FEFF}')
            .map_or(text.clone(), str::to_owned),
    )
}
