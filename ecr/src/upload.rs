//! One part of a layer on its way into a repository.

use std::fmt;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use spola::machine::{CallId, Resend, RunOptions, Send};

use crate::call::send_json;
use crate::error::EcrError;
use crate::kept::kept;
use crate::place::Located;

/// The operation that takes a part.
pub(crate) const UPLOAD: &str = "UploadLayerPart";

/// One part of a layer. Its bytes are in no snapshot: whoever asked is told that they
/// are forgotten, and gets them anew.
#[derive(Clone, PartialEq)]
pub(crate) struct Upload {
    pub(crate) repository: Located,
    pub(crate) upload_id: String,
    /// The place of the first byte in the layer.
    pub(crate) first: u64,
    pub(crate) bytes: Option<Slice>,
}

kept! { Upload { repository, upload_id, first; skipped bytes } }

/// The rest of some bytes that are shared, not copied.
#[derive(Clone, PartialEq)]
pub(crate) struct Slice {
    bytes: Arc<Vec<u8>>,
    from: usize,
}

impl Slice {
    pub(crate) fn new(bytes: Vec<u8>) -> Self {
        Self {
            bytes: Arc::new(bytes),
            from: 0,
        }
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.bytes.get(self.from..).unwrap_or_default()
    }

    /// How many bytes are kept in memory for it.
    pub(crate) fn held(&self) -> u64 {
        self.bytes.len() as u64
    }

    pub(crate) fn len(&self) -> u64 {
        self.as_bytes().len() as u64
    }

    /// What is left behind so many bytes.
    pub(crate) fn after(&self, count: usize) -> Self {
        Self {
            bytes: Arc::clone(&self.bytes),
            from: self.from.saturating_add(count).min(self.bytes.len()),
        }
    }
}

impl fmt::Debug for Slice {
    /// Never the bytes.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes", self.len())
    }
}

impl fmt::Debug for Upload {
    /// Never the bytes.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Upload")
            .field("upload_id", &self.upload_id)
            .field("first", &self.first)
            .finish_non_exhaustive()
    }
}

impl Upload {
    pub(crate) fn is_forgotten(&self) -> bool {
        self.bytes.is_none()
    }

    /// How many bytes are kept in memory for it.
    pub(crate) fn held(&self) -> u64 {
        self.bytes.as_ref().map_or(0, Slice::held)
    }

    pub(crate) fn send(
        &self,
        id: CallId,
        resend: &Resend,
        options: &RunOptions,
    ) -> Result<Send, EcrError> {
        let place = &self.repository.place;
        send_json(place, UPLOAD, self.body(), id, resend, options)
    }

    /// The body, written into the one buffer that it needs.
    fn body(&self) -> Vec<u8> {
        let bytes = self.bytes.as_ref().map(Slice::as_bytes).unwrap_or_default();
        let last = self
            .first
            .saturating_add((bytes.len() as u64).saturating_sub(1));
        let mut members = self.repository.body();
        if let Some(account) = &self.repository.place.account {
            members.insert("registryId".into(), account.as_str().into());
        }
        members.insert("uploadId".into(), self.upload_id.as_str().into());
        members.insert("partFirstByte".into(), self.first.into());
        members.insert("partLastByte".into(), last.into());
        let mut head = Value::Object(members).to_string();
        head.truncate(head.len().saturating_sub(1));
        let mut body = String::with_capacity(head.len() + bytes.len().div_ceil(3) * 4 + 24);
        body.push_str(&head);
        body.push_str(",\"layerPartBlob\":\"");
        STANDARD.encode_string(bytes, &mut body);
        body.push_str("\"}");
        body.into_bytes()
    }
}
