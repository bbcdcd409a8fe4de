//! Where a request goes: RFC 9110, section 7.1.

use std::fmt;
use std::str::FromStr;

use super::encode::is_in_authority;
use super::error::MessageError;
use crate::text::{cut_last, find, whole};

/// A request's URL: as written, but `http` and `https` in lower case, with a path of
/// `/` where it has none, and without fragment.
///
/// What else can stand in a request's first line is one too: a path with its query,
/// a host with its port, `*`. Such a URL has no scheme.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Url {
    text: Box<str>,
    /// Where authority, path and query begin; the query with its `?`.
    authority: u16,
    path: u16,
    query: u16,
}

/// The longest URL.
const LONGEST: usize = u16::MAX as usize - 1;

/// The longest scheme.
const LONGEST_SCHEME: usize = 64;

impl Url {
    /// Reads a URL.
    ///
    /// # Errors
    /// `message.bad-url`.
    pub fn parse(text: String) -> Result<Self, MessageError> {
        Self::read(text).ok_or(MessageError::BadUrl)
    }

    fn read(mut text: String) -> Option<Self> {
        if text.is_empty() || text.len() > LONGEST {
            return None;
        }
        let authority = scheme_length(&text)?;
        if authority == 0 && (text.starts_with('/') || text == "*") {
            return Self::with_parts(text, 0, 0);
        }
        let length = authority_length(&text[authority..]).filter(|length| *length > 0)?;
        let path = authority + length;
        if authority == 0 {
            let whole = path == text.len();
            return whole.then(|| Self::with_parts(text, 0, path)).flatten();
        }
        if text[..authority].eq_ignore_ascii_case("http://")
            || text[..authority].eq_ignore_ascii_case("https://")
        {
            text[..authority].make_ascii_lowercase();
        }
        if !text[path..].starts_with('/') {
            text.insert(path, '/');
        }
        Self::with_parts(text, authority, path)
    }

    /// Checks path and query, and drops the fragment.
    fn with_parts(mut text: String, authority: usize, path: usize) -> Option<Self> {
        let (query, end) = query_and_end(&text, path)?;
        text.truncate(end);
        Some(Self {
            text: text.into(),
            authority: authority as u16,
            path: path as u16,
            query: query as u16,
        })
    }

    /// The whole of it.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    fn part(&self, from: u16, to: u16) -> &str {
        &self.text[usize::from(from)..usize::from(to)]
    }

    /// The scheme; none where it is not absolute.
    pub fn scheme(&self) -> Option<&str> {
        Some(self.part(0, self.authority.checked_sub(3)?))
    }

    /// Host and port, as written; empty where it has no host.
    pub fn authority(&self) -> &str {
        self.part(self.authority, self.path)
    }

    /// The host, an IPv6 address in its brackets.
    pub fn host(&self) -> Option<&str> {
        let authority = self.authority();
        let host = cut_last(authority, b'@').map_or(authority, |(_, host)| host);
        let end = match host.as_bytes().first() {
            Some(b'[') => find(host, b']').map(|at| at + 1),
            _ => find(host, b':'),
        };
        let host = &host[..end.unwrap_or(host.len())];
        (!authority.is_empty()).then_some(host)
    }

    /// The port, where one is written.
    pub fn port(&self) -> Option<u16> {
        let (_, port) = cut_last(self.authority(), b':')?;
        // The `http` crate reads a plus as well.
        let digits = port.strip_prefix('+').unwrap_or(port);
        whole(digits)?.try_into().ok()
    }

    /// The path.
    pub fn path(&self) -> &str {
        self.part(self.path, self.query)
    }

    /// The query, without its `?`.
    pub fn query(&self) -> Option<&str> {
        self.text.get(usize::from(self.query) + 1..)
    }

    /// The same with another query.
    ///
    /// # Errors
    /// `message.bad-url`.
    pub fn with_query(&self, query: &str) -> Result<Self, MessageError> {
        Self::parse([self.part(0, self.query), query].join("?"))
    }
}

impl FromStr for Url {
    type Err = MessageError;

    fn from_str(text: &str) -> Result<Self, MessageError> {
        Self::parse(text.to_owned())
    }
}

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl PartialEq<str> for Url {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == other
    }
}

/// How much of a text is a scheme with its `://`; none where that is too long.
fn scheme_length(text: &str) -> Option<usize> {
    let is_in_scheme = |byte: u8| byte.is_ascii_alphanumeric() || b"+-.~".contains(&byte);
    let end = text.bytes().position(|byte| !is_in_scheme(byte));
    match end {
        Some(end) if text[end..].starts_with("://") => {
            (end <= LONGEST_SCHEME).then_some(end + "://".len())
        }
        _ => Some(0),
    }
}

/// Whether a text is a host, with a port or without.
pub(crate) fn is_authority(text: &str) -> bool {
    !text.is_empty() && authority_length(text) == Some(text.len())
}

/// How much of a text is its authority; none where that is not one.
fn authority_length(text: &str) -> Option<usize> {
    let (mut opened, mut closed, mut percent, mut colons) = (false, false, false, 0);
    let end = text.bytes().position(|byte| b"/?#".contains(&byte));
    let authority = &text[..end.unwrap_or(text.len())];
    for byte in authority.bytes() {
        match byte {
            b'%' => percent = true,
            b':' if colons == 8 => return None,
            b':' => colons += 1,
            b'[' if percent || opened => return None,
            b'[' => opened = true,
            b']' if !opened || closed => return None,
            // What came before was a user's, or an address of IPv6.
            b']' | b'@' => {
                closed |= byte == b']';
                (percent, colons) = (false, 0);
            }
            _ if is_in_authority(byte) => {}
            _ => return None,
        }
    }
    let complete = opened == closed && colons < 2 && !percent && !authority.ends_with('@');
    complete.then_some(authority.len())
}

/// Where the query begins in a URL, and where its fragment does.
fn query_and_end(text: &str, path: usize) -> Option<(usize, usize)> {
    let mut query = None;
    for (at, byte) in text.bytes().enumerate().skip(path) {
        match (byte, query) {
            (b'#', _) => return Some((query.unwrap_or(at), at)),
            (b'?', None) => query = Some(at),
            (..=b' ' | b'<' | b'>' | 0x7f, _) | (b'`', None) | (b'"', Some(_)) => return None,
            _ => {}
        }
    }
    Some((query.unwrap_or(text.len()), text.len()))
}
