//! An HTTP answer: status, headers, body value.

use std::borrow::Cow;
use std::sync::OnceLock;
use std::time::Duration;

use serde_json::Value;

use super::body::{essence, is_json, media_parameter};
use super::date;
use super::error::{ExchangeError, ExchangeErrorKind as K};
use super::json::parse_json;
use super::partial;
use super::parts::Parts;
use crate::json_reader;
use crate::text::{before, cut_text, find, whole};

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
            let limit = self.max_depth.to_string();
            return Err(ExchangeError::new(K::TooDeep, &[&limit]));
        }
        Ok(())
    }

    fn read(&self) -> Result<Option<Value>, ExchangeError> {
        let declared = self.media_type().map(is_json);
        let body = without_mark(&self.body);
        let first = body.iter().find(|byte| !byte.is_ascii_whitespace());
        let is_json = declared.unwrap_or(matches!(first, Some(b'{' | b'[')));
        if self.body.is_empty() || (is_json && first.is_none()) {
            return Ok(None);
        }
        if is_json {
            let mut body = Cow::Borrowed(body);
            if declared.is_some() && self.is_latin() && std::str::from_utf8(&body).is_err() {
                body = Cow::Owned(self.text().into_bytes());
            }
            match parse_json(&body, self.max_depth) {
                Ok(value) => return Ok(Some(value)),
                Err(error) if declared.is_some() || error.kind == K::TooDeep => return Err(error),
                Err(_) => {}
            }
        }
        Ok(Some(Value::String(self.text())))
    }

    fn charset(&self) -> Option<&str> {
        media_parameter(self.first("content-type")?, "charset")
    }

    /// Whether every byte stands for a character, by the declared charset.
    fn is_latin(&self) -> bool {
        let charset = self.charset().unwrap_or_default();
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

    /// Of a text in UTF-16, whether the lesser byte of a pair comes first.
    fn is_little_endian(&self) -> Option<bool> {
        let charset = self.charset().unwrap_or_default();
        let is = |name: &str| charset.eq_ignore_ascii_case(name);
        match *self.body {
            [0xFF, 0xFE, ..] => Some(true),
            [0xFE, 0xFF, ..] => Some(false),
            _ if is("utf-16le") => Some(true),
            _ if is("utf-16") || is("utf-16be") => Some(false),
            _ => None,
        }
    }

    /// The body as text: in the declared charset where that is a Latin one or
    /// UTF-16, else UTF-8, and Latin-1 where it is no UTF-8. A byte order mark is dropped.
    pub fn text(&self) -> String {
        let units: Vec<u16> = match self.is_little_endian() {
            Some(little) => {
                let pairs = self.body.chunks_exact(2);
                let unit = |pair: &[u8]| match little {
                    true => u16::from_le_bytes([pair[0], pair[1]]),
                    false => u16::from_be_bytes([pair[0], pair[1]]),
                };
                pairs.map(unit).collect()
            }
            None => {
                let body = without_mark(&self.body);
                match std::str::from_utf8(body) {
                    Ok(text) if !self.is_latin() => return text.to_owned(),
                    _ => body.iter().map(|byte| u16::from(*byte)).collect(),
                }
            }
        };
        // No Latin character is a mark.
        String::from_utf16_lossy(units.strip_prefix(&[0xFEFF]).unwrap_or(&units))
    }

    /// How long the answer asks to wait: `x-amz-retry-after` in milliseconds, or
    /// `Retry-After` in seconds or as a date, measured against the answer's own
    /// `Date`. None where there is none, or it cannot be read or is past.
    pub fn retry_after(&self) -> Option<Duration> {
        let asked = self.first("x-amz-retry-after").map(str::trim);
        if let Some(milliseconds) = asked.and_then(whole) {
            return Some(Duration::from_millis(milliseconds));
        }
        let text = self.first("retry-after")?.trim();
        let seconds = match whole(text) {
            Some(seconds) => seconds,
            None => (date::parse(text)? - self.moment()?).try_into().ok()?,
        };
        Some(Duration::from_secs(seconds))
    }

    fn moment(&self) -> Option<i64> {
        date::parse(self.first("date")?.trim())
    }

    /// The answer's `Date`, as Unix seconds.
    pub fn date(&self) -> Option<u64> {
        self.moment()?.try_into().ok()
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
    let text = match (find(text, b'#'), find(text, b':')) {
        (Some(hash), Some(colon)) if hash < colon => &text[hash + 1..],
        (Some(hash), None) => &text[hash + 1..],
        _ => text,
    };
    before(text, b':').trim()
}

/// The text of the first XML element of that name: S3 and the query protocol.
fn element<'t>(text: &'t str, name: &str) -> Option<&'t str> {
    let (_, rest) = cut_text(text, &["<", name, ">"].concat())?;
    let (content, _) = cut_text(rest, &["</", name, ">"].concat())?;
    Some(content)
}

fn without_mark(body: &[u8]) -> &[u8] {
    body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body)
}
