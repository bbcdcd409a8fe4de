//! A response on its way out: its body, and how it ends.

use std::ops::Range;

/// A response's body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// These bytes.
    Bytes(Vec<u8>),
    /// A range of a blob of the host's [`Store`](crate::Store), which the host reads from there.
    Blob {
        /// The blob's key.
        key: String,
        /// Which bytes of it.
        range: Range<u64>,
    },
}

impl Body {
    pub(crate) fn len(&self) -> u64 {
        match self {
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::Blob { range, .. } => range.end - range.start,
        }
    }

    pub(crate) fn truncate(&mut self, length: u64) {
        match self {
            Self::Bytes(bytes) => bytes.truncate(usize::try_from(length).unwrap_or(usize::MAX)),
            Self::Blob { range, .. } => range.end = range.end.min(range.start + length),
        }
    }

    pub(crate) fn clear(&mut self) {
        *self = Self::Bytes(Vec::new());
    }
}

impl From<Vec<u8>> for Body {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Bytes(bytes)
    }
}

impl From<&str> for Body {
    fn from(text: &str) -> Self {
        Self::Bytes(text.as_bytes().to_vec())
    }
}

impl From<String> for Body {
    fn from(text: String) -> Self {
        Self::Bytes(text.into_bytes())
    }
}

impl From<(&str, Range<u64>)> for Body {
    fn from((key, range): (&str, Range<u64>)) -> Self {
        let key = key.to_owned();
        Self::Blob { key, range }
    }
}

/// How a host that has connections ends one after a response, where a fault asks for it.
///
/// It stands among the response's extensions; a response without one ends as usual.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// The body is shorter than its `Content-Length`: what there is, is sent, then the
    /// connection is closed.
    Cut,
    /// Nothing of the response is sent: the connection is reset.
    Reset,
}

/// A response before its common headers.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) content_type: &'static str,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Body,
    pub(crate) ending: Option<Ending>,
}

impl Reply {
    pub(crate) fn new(status: u16, content_type: &'static str, body: impl Into<Body>) -> Self {
        Self {
            status,
            content_type,
            headers: Vec::new(),
            body: body.into(),
            ending: None,
        }
    }

    /// Half of the body goes missing; its length is told all the same.
    pub(crate) fn cut(mut self) -> Self {
        let length = self.body.len();
        if !self
            .headers
            .iter()
            .any(|(name, _)| *name == "content-length")
        {
            self.headers.push(("content-length", length.to_string()));
        }
        self.body.truncate(length / 2);
        self.ending = Some(Ending::Cut);
        self
    }

    /// What a host without connections shows of a connection that is reset.
    pub(crate) fn reset() -> Self {
        Self {
            ending: Some(Ending::Reset),
            ..Self::new(500, "text/plain", "")
        }
    }
}
