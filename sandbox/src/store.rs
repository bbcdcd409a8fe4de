//! Where the bytes of layers are kept.

use crate::answer::{from_base64, to_base64};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::collections::BTreeMap;
use std::fmt;
use std::ops::Range;

/// A place that a host offers for the bytes of large layers, such as a folder.
///
/// A blob is known by a key: a digest, `sha256:` and 64 hexadecimal digits, or a UUID for an
/// upload under way. The sandbox calls these in order, one at a time, while it handles a request;
/// an error makes the call fail with `ServerException`.
pub trait Store: fmt::Debug + Send + Sync {
    /// How many bytes a blob has; `None` where there is no such blob.
    fn size(&self, key: &str) -> Option<u64>;

    /// Reads a range of a blob, which is within it.
    ///
    /// # Errors
    /// [`StoreError`] with what the host met.
    fn read(&self, key: &str, range: Range<u64>) -> Result<Vec<u8>, StoreError>;

    /// Writes bytes that begin at `at`, the blob's length so far (0: a new blob). What stands
    /// there already was left by a write that failed, and goes.
    ///
    /// # Errors
    /// [`StoreError`] with what the host met.
    fn write(&mut self, key: &str, at: u64, bytes: &[u8]) -> Result<(), StoreError>;

    /// Gives a blob another key; a blob that has that key goes.
    ///
    /// # Errors
    /// [`StoreError`] with what the host met.
    fn rename(&mut self, from: &str, to: &str) -> Result<(), StoreError>;

    /// Removes a blob, or does nothing where there is none. A host whose blobs outlast the
    /// sandbox removes it once the state that names it no longer is saved.
    fn delete(&mut self, key: &str);

    /// The keys of all blobs.
    fn keys(&self) -> Vec<String>;
}

/// Why a host's store failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreError {
    reason: String,
}

impl StoreError {
    /// With what the host met, in words.
    pub fn new(reason: impl Into<String>) -> Self {
        Self {
            reason: reason.into(),
        }
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "the store of layers failed: {}", self.reason)
    }
}

impl std::error::Error for StoreError {}

/// Blobs up to this size stay in memory, and in the state, where the host offers a store.
const SMALL: u64 = 64 << 10;

/// All blobs: in memory, or where the host keeps the large ones.
#[derive(Debug, Default)]
pub(crate) struct Blobs {
    /// What is kept here, and stored with the state.
    held: BTreeMap<String, Vec<u8>>,
    host: Option<Box<dyn Store>>,
}

/// Where a range of a blob is.
#[derive(Debug)]
pub(crate) enum Found {
    Here(Vec<u8>),
    /// In the host's store.
    There(Range<u64>),
}

impl Blobs {
    /// What is kept in memory.
    pub(crate) fn held(&self) -> &BTreeMap<String, Vec<u8>> {
        &self.held
    }

    pub(crate) fn host_mut(&mut self) -> &mut Option<Box<dyn Store>> {
        &mut self.host
    }

    pub(crate) fn is_held_only(&self) -> bool {
        self.host.is_none()
    }

    pub(crate) fn size(&self, key: &str) -> Option<u64> {
        match self.held.get(key) {
            Some(bytes) => Some(bytes.len() as u64),
            None => self.host.as_ref()?.size(key),
        }
    }

    /// A range of a blob: its bytes if they are in memory, else where the host has them.
    pub(crate) fn find(&self, key: &str, range: Range<u64>) -> Option<Found> {
        let Some(bytes) = self.held.get(key) else {
            let size = self.host.as_ref()?.size(key)?;
            return (range.end <= size).then_some(Found::There(range));
        };
        let first = usize::try_from(range.start).ok()?;
        let end = usize::try_from(range.end).ok()?;
        Some(Found::Here(bytes.get(first..end)?.to_vec()))
    }

    pub(crate) fn read(&self, key: &str, range: Range<u64>) -> Result<Vec<u8>, StoreError> {
        match (self.find(key, range), &self.host) {
            (Some(Found::Here(bytes)), _) => Ok(bytes),
            (Some(Found::There(range)), Some(host)) => host.read(key, range),
            _ => Err(StoreError::new(format!("`{key}` is gone"))),
        }
    }

    /// Adds bytes to a blob that has `at` bytes; it moves to the host's store as it grows.
    pub(crate) fn write(&mut self, key: &str, at: u64, bytes: &[u8]) -> Result<(), StoreError> {
        let large = at + bytes.len() as u64 > SMALL;
        match (&mut self.host, self.held.get(key)) {
            (Some(host), Some(before)) if large => {
                host.write(key, 0, before)?;
                host.write(key, at, bytes)?;
                self.held.remove(key);
            }
            (Some(host), None) if large => host.write(key, at, bytes)?,
            _ => self
                .held
                .entry(key.to_owned())
                .or_default()
                .extend_from_slice(bytes),
        }
        Ok(())
    }

    /// Adds a whole blob under its digest, unless it is there.
    pub(crate) fn add(&mut self, digest: &str, bytes: Vec<u8>) -> Result<(), StoreError> {
        if self.size(digest) == Some(bytes.len() as u64) {
            return Ok(());
        }
        match &mut self.host {
            Some(host) if bytes.len() as u64 > SMALL => host.write(digest, 0, &bytes),
            _ => {
                self.held.insert(digest.to_owned(), bytes);
                Ok(())
            }
        }
    }

    pub(crate) fn rename(&mut self, from: &str, to: &str) -> Result<(), StoreError> {
        match (self.held.remove(from), &mut self.host) {
            (Some(bytes), _) => {
                self.held.insert(to.to_owned(), bytes);
                Ok(())
            }
            (None, Some(host)) => host.rename(from, to),
            (None, None) => Err(StoreError::new(format!("`{from}` is gone"))),
        }
    }

    pub(crate) fn delete(&mut self, key: &str) {
        if self.held.remove(key).is_none()
            && let Some(host) = &mut self.host
        {
            host.delete(key);
        }
    }

    /// Moves what is large to the host's store, and removes there what nobody names.
    pub(crate) fn settle(&mut self, named: impl Fn(&str) -> bool) -> Result<(), StoreError> {
        self.held.retain(|key, _| named(key));
        let Some(host) = &mut self.host else {
            return Ok(());
        };
        let large = |bytes: &Vec<u8>| bytes.len() as u64 > SMALL;
        for (key, bytes) in self.held.iter().filter(|(_, bytes)| large(bytes)) {
            host.write(key, 0, bytes)?;
        }
        self.held.retain(|_, bytes| !large(bytes));
        for key in host.keys().iter().filter(|key| !named(key)) {
            host.delete(key);
        }
        Ok(())
    }
}

impl Serialize for Blobs {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.held.iter().map(|(key, bytes)| (key, to_base64(bytes))))
    }
}

impl<'de> Deserialize<'de> for Blobs {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let texts = BTreeMap::<String, String>::deserialize(deserializer)?;
        let bytes = |(key, text): (String, String)| {
            let bytes = from_base64(&text).ok_or_else(|| D::Error::custom("not base64"))?;
            Ok((key, bytes))
        };
        Ok(Self {
            held: texts.into_iter().map(bytes).collect::<Result<_, _>>()?,
            host: None,
        })
    }
}
