//! Header fields: RFC 9110, section 5.

use std::fmt;
use std::str::FromStr;

use super::encode::is_token;
use super::error::MessageError;

/// The name of a header field, in lower case: a token of RFC 9110.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeaderName(Box<str>);

/// The longest name.
const LONGEST_NAME: usize = u16::MAX as usize;

impl HeaderName {
    /// A name that is right as it stands.
    pub(crate) fn known(name: &str) -> Self {
        Self(name.into())
    }

    /// The name, in lower case.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for HeaderName {
    type Err = MessageError;

    /// Takes a name in any letter case.
    fn from_str(text: &str) -> Result<Self, MessageError> {
        if !is_token(text) || text.len() > LONGEST_NAME {
            return Err(MessageError::BadHeaderName);
        }
        let mut name: Box<str> = text.into();
        name.make_ascii_lowercase();
        Ok(Self(name))
    }
}

impl fmt::Display for HeaderName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The value of a header field: any bytes but control characters, tabs excepted.
#[derive(Clone, PartialEq, Eq)]
pub struct HeaderValue {
    bytes: Box<[u8]>,
    sensitive: bool,
}

impl HeaderValue {
    /// Takes bytes as they are to be sent.
    ///
    /// # Errors
    /// `message.bad-header-value`.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, MessageError> {
        let sendable = |byte: &u8| *byte == b'\t' || (*byte >= b' ' && *byte != 0x7f);
        match bytes.iter().all(sendable) {
            true => Ok(Self {
                bytes: bytes.into(),
                sensitive: false,
            }),
            false => Err(MessageError::BadHeaderValue),
        }
    }

    /// Takes printable ASCII and tabs alone; other bytes mean different things to
    /// different hosts.
    pub(crate) fn plain(text: &str) -> Option<Self> {
        text.is_ascii().then(|| text.parse().ok()).flatten()
    }

    /// The bytes, as they are sent.
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The text; none where it is not ASCII.
    pub fn to_str(&self) -> Option<&str> {
        let text = std::str::from_utf8(&self.bytes).ok()?;
        text.is_ascii().then_some(text)
    }

    /// Whether it is a secret: it is not shown, and HTTP/2 does not compress it.
    pub fn is_sensitive(&self) -> bool {
        self.sensitive
    }

    /// The same as a secret.
    #[must_use]
    pub fn sensitive(mut self) -> Self {
        self.sensitive = true;
        self
    }
}

impl FromStr for HeaderValue {
    type Err = MessageError;

    fn from_str(text: &str) -> Result<Self, MessageError> {
        Self::from_bytes(text.as_bytes())
    }
}

impl fmt::Debug for HeaderValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.sensitive {
            true => f.write_str("…"),
            false => fmt::Debug::fmt(&String::from_utf8_lossy(&self.bytes), f),
        }
    }
}

/// The header fields of a request, in the order in which they are sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Headers(Vec<(HeaderName, HeaderValue)>);

impl Headers {
    /// None yet, with room for some.
    pub(crate) fn with_capacity(count: usize) -> Self {
        Self(Vec::with_capacity(count))
    }

    /// The first value of a field, its name in any letter case.
    pub fn get(&self, name: &str) -> Option<&HeaderValue> {
        self.get_all(name).next()
    }

    /// All values of a field, its name in any letter case.
    pub fn get_all(&self, name: &str) -> impl Iterator<Item = &HeaderValue> {
        let fields = self.0.iter();
        fields
            .filter(move |(own, _)| own.0.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    }

    /// Whether there is such a field, its name in any letter case.
    pub fn contains(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// How many names and values there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The names and values; the values of one name stand together.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &HeaderValue)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// Gives a field one value, in place of those that it had.
    pub fn set(&mut self, name: HeaderName, value: HeaderValue) {
        let Some(at) = self.0.iter().position(|(own, _)| *own == name) else {
            return self.0.push((name, value));
        };
        let more = self.0[at + 1..].iter();
        let more = more.take_while(|(own, _)| *own == name).count();
        self.0.drain(at + 1..=at + more);
        self.0[at].1 = value;
    }

    /// Gives a field one more value.
    pub fn add(&mut self, name: HeaderName, value: HeaderValue) {
        let last = self.0.iter().rposition(|(own, _)| *own == name);
        let at = last.map_or(self.0.len(), |last| last + 1);
        self.0.insert(at, (name, value));
    }
}
