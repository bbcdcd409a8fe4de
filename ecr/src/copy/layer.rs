//! One layer on its way: read in parts, hashed, written in parts.

use std::collections::VecDeque;

use crate::digest::Digest;
use crate::error::EcrError;
use crate::kept::{kept, words};
use crate::upload::Slice;

use super::hash::RunningHash;
use super::remote::Token;
use super::source::BlobUrl;

const MIB: u64 = 1 << 20;
/// The most parts of an upload.
const MOST_PARTS: u64 = 4200;
/// The largest part.
const LARGEST_PART: u64 = 20 * MIB;
/// How often a layer begins again from its first byte.
const RESTARTS: u32 = 2;
/// How often in a row something goes wrong without a byte won.
const STALLS: u32 = 5;

/// Where a layer stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// Whether it is at the destination is not known.
    Unknown,
    /// It has to be moved.
    Waiting,
    /// It is being moved.
    Moving,
    /// It was moved.
    Moved,
    /// It was there.
    Present,
    /// It is kept elsewhere, and stays there.
    Foreign,
}

words! {
    Stage {
        Unknown: "unknown", Waiting: "waiting", Moving: "moving", Moved: "moved", Present: "present",
        Foreign: "foreign"
    }
}

impl Stage {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Waiting => "waiting",
            Self::Moving => "moving",
            Self::Moved => "moved",
            Self::Present => "present",
            Self::Foreign => "foreign",
        }
    }

    /// Whether an image that needs it can be put.
    pub(super) fn is_settled(self) -> bool {
        matches!(self, Self::Moved | Self::Present | Self::Foreign)
    }
}

/// A layer or config that an image needs.
#[derive(Clone, Debug)]
pub(super) struct Layer {
    pub(super) digest: Digest,
    /// How many bytes it has, once that is known.
    pub(super) size: Option<u64>,
    pub(super) media_type: Option<String>,
    pub(super) stage: Stage,
    /// What is under way, from its first request to its last.
    pub(super) transfer: Option<Transfer>,
    restarts: u32,
}

kept! { Layer { digest, size, media_type, stage, transfer, restarts } }

/// What is under way for a layer. Nothing in it is bytes of the layer once it is in a
/// snapshot: what was read and not yet written is read again.
#[derive(Clone, Debug, Default)]
pub(super) struct Transfer {
    pub(super) upload: Option<Opened>,
    /// Whether an upload, or the layer's URL, is being asked for.
    pub(super) opening: bool,
    pub(super) locating: bool,
    /// Presigned, so as good as a credential.
    pub(super) url: Option<BlobUrl>,
    /// What the registry was given with the last request.
    pub(super) given: (Token, bool),
    /// How many bytes are written and hashed.
    pub(super) done: u64,
    /// The hash of these.
    hash: RunningHash,
    /// How many bytes the destination is known to have.
    received: u64,
    /// The bytes that are being read, the last one included.
    pub(super) reading: Option<(u64, u64)>,
    /// What was read and is not yet being written, in order.
    ahead: VecDeque<Part>,
    /// Whether a part is being written, and which.
    pub(super) writing: bool,
    written: Option<Part>,
    pub(super) completing: bool,
    /// What went wrong in a row without a byte won.
    stalls: u32,
}

kept! {
    Transfer {
        upload, opening, locating, done, hash, received, reading, writing, completing, stalls;
        skipped url, given, ahead, written
    }
}

/// An upload that the destination opened.
#[derive(Clone, Debug)]
pub(super) struct Opened {
    pub(super) id: String,
    /// How many bytes its parts are to have.
    pub(super) part: u64,
}

kept! { Opened { id, part } }

/// A part in memory.
#[derive(Clone, Debug)]
struct Part {
    first: u64,
    bytes: Slice,
    /// The hash before and behind it.
    before: RunningHash,
    after: RunningHash,
}

impl Part {
    fn end(&self) -> u64 {
        self.first.saturating_add(self.bytes.len())
    }

    /// The part without its first bytes, up to this place of the layer.
    fn from(mut self, place: u64) -> Self {
        let skip = place.saturating_sub(self.first);
        let skip = usize::try_from(skip).unwrap_or(usize::MAX);
        let bytes = self.bytes.as_bytes();
        self.before.update(bytes.get(..skip).unwrap_or(bytes));
        self.bytes = self.bytes.after(skip);
        self.first = place;
        self
    }
}

/// What a layer wants next.
#[derive(Debug)]
pub(super) enum Want {
    Open,
    Locate,
    Write(u64, Slice),
    Complete,
}

impl Layer {
    pub(super) fn new(digest: Digest, size: Option<u64>, media_type: Option<String>) -> Self {
        Self {
            digest,
            size,
            media_type,
            stage: Stage::Unknown,
            transfer: None,
            restarts: 0,
        }
    }

    /// Begins to move it.
    pub(super) fn start(&mut self) {
        self.stage = Stage::Moving;
        self.transfer = Some(Transfer::default());
    }

    pub(super) fn settle(&mut self, stage: Stage) {
        self.stage = stage;
        self.transfer = None;
    }

    /// Begins again from the first byte, with another upload; `why` is told where
    /// that was tried often enough.
    pub(super) fn restart(&mut self, why: EcrError) -> Result<(), EcrError> {
        if self.restarts >= RESTARTS {
            return Err(why);
        }
        self.restarts += 1;
        let url = self.transfer.take().and_then(|transfer| transfer.url);
        self.transfer = Some(Transfer {
            url,
            ..Transfer::default()
        });
        Ok(())
    }

    /// How many of its bytes have arrived.
    pub(super) fn arrived(&self) -> u64 {
        match self.stage {
            Stage::Moved | Stage::Present => self.size.unwrap_or_default(),
            _ => self.transfer.as_ref().map_or(0, |it| it.done),
        }
    }

    /// How many bytes are kept in memory for it, or soon will be.
    pub(super) fn reserved(&self) -> u64 {
        self.transfer.as_ref().map_or(0, |it| {
            let reading = it.reading.map_or(0, |(first, last)| {
                last.saturating_sub(first).saturating_add(1)
            });
            reading.saturating_add(it.held())
        })
    }

    /// How many bytes are kept in memory for it.
    pub(super) fn held(&self) -> u64 {
        self.transfer.as_ref().map_or(0, Transfer::held)
    }

    /// What it wants that needs no more memory.
    pub(super) fn want(&mut self) -> Result<Option<Want>, EcrError> {
        let (digest, size) = (&self.digest, self.size);
        let Some(transfer) = &mut self.transfer else {
            return Ok(None);
        };
        if transfer.upload.is_none() {
            let asked = std::mem::replace(&mut transfer.opening, true);
            if !asked {
                return Ok(Some(Want::Open));
            }
        }
        let all_read = size == Some(transfer.read_to());
        if transfer.url.is_none() && !all_read {
            let asked = std::mem::replace(&mut transfer.locating, true);
            if !asked {
                return Ok(Some(Want::Locate));
            }
        }
        if transfer.upload.is_none() || transfer.writing || transfer.completing {
            return Ok(None);
        }
        transfer.skip_received();
        if let Some(part) = transfer.ahead.front() {
            if Some(part.end()) == size && part.after.digest() != *digest {
                // Nothing of it may arrive as if it were right.
                let why = mismatch(digest, &part.after.digest());
                self.restart(why)?;
                return self.want();
            }
            let want = Want::Write(part.first, part.bytes.clone());
            transfer.writing = true;
            transfer.written = transfer.ahead.pop_front();
            return Ok(Some(want));
        }
        if size == Some(transfer.done) && transfer.reading.is_none() {
            if transfer.hash.digest() != *digest {
                let why = mismatch(digest, &transfer.hash.digest());
                self.restart(why)?;
                return self.want();
            }
            transfer.completing = true;
            return Ok(Some(Want::Complete));
        }
        Ok(None)
    }

    /// The bytes that it would read next; none where it has two parts already.
    pub(super) fn next_read(&self, part_bytes: Option<u64>) -> Option<(u64, u64)> {
        let transfer = self.transfer.as_ref()?;
        let upload = transfer.upload.as_ref()?;
        let lost = transfer.writing && transfer.written.is_none();
        if transfer.url.is_none()
            || transfer.reading.is_some()
            || !transfer.ahead.is_empty()
            || transfer.completing
            || lost
        {
            return None;
        }
        let first = transfer.read_to();
        let size = self.size.unwrap_or(u64::MAX);
        let needed = match self.size {
            Some(size) => size.div_ceil(MOST_PARTS),
            None => 0,
        };
        let part = part_bytes.unwrap_or(upload.part);
        let part = part.max(needed).clamp(1, LARGEST_PART);
        let last = first.saturating_add(part - 1).min(size.saturating_sub(1));
        (first < size).then_some((first, last))
    }

    /// Whether it has nothing in memory, so that it should be served first.
    pub(super) fn is_idle(&self) -> bool {
        self.reserved() == 0
    }

    /// Takes bytes that were read.
    pub(super) fn take(&mut self, first: u64, bytes: Vec<u8>) {
        let Some(transfer) = &mut self.transfer else {
            return;
        };
        if first != transfer.read_to() || bytes.is_empty() {
            return;
        }
        let before = transfer.hash_read();
        let mut after = before.clone();
        after.update(&bytes);
        transfer.stalls = 0;
        transfer.ahead.push_back(Part {
            first,
            bytes: Slice::new(bytes),
            before,
            after,
        });
    }

    /// Takes down that the destination has the bytes before this place; `why` is its
    /// refusal, where it says so while refusing a part.
    pub(super) fn received(&mut self, place: u64, why: Option<EcrError>) -> Result<(), EcrError> {
        let Some(transfer) = &mut self.transfer else {
            return Ok(());
        };
        transfer.writing = false;
        let before = transfer.done;
        let written = transfer.written.take();
        if place < before || self.size.is_some_and(|size| place > size) {
            let why = why.unwrap_or_else(|| self.lost_track());
            return self.restart(why);
        }
        transfer.received = transfer.received.max(place);
        if let Some(part) = written {
            transfer.ahead.push_front(part);
        }
        transfer.skip_received();
        if transfer.done > before {
            transfer.stalls = 0;
            return Ok(());
        }
        self.stall(why)
    }

    /// Takes down that a part was not written, and its bytes are gone.
    pub(super) fn forgotten(&mut self) {
        if let Some(transfer) = &mut self.transfer {
            transfer.writing = false;
            transfer.written = None;
            transfer.ahead.clear();
        }
    }

    /// Counts what goes wrong in a row; `why` is told where it is too often.
    pub(super) fn stall(&mut self, why: Option<EcrError>) -> Result<(), EcrError> {
        let Some(transfer) = &mut self.transfer else {
            return Ok(());
        };
        transfer.stalls = transfer.stalls.saturating_add(1);
        if transfer.stalls < STALLS {
            return Ok(());
        }
        Err(why.unwrap_or_else(|| self.lost_track()))
    }

    fn lost_track(&self) -> EcrError {
        EcrError::UnreadableAnswer {
            operation: crate::upload::UPLOAD.into(),
            reason: format!("it tells of no progress of {}", self.digest),
        }
    }
}

fn mismatch(want: &Digest, have: &Digest) -> EcrError {
    EcrError::DigestMismatch {
        what: "a layer of the source".into(),
        want: want.to_string(),
        have: have.to_string(),
    }
}

impl Transfer {
    fn held(&self) -> u64 {
        let parts = self.ahead.iter().chain(&self.written);
        parts.map(|part| part.bytes.held()).sum()
    }

    /// Up to where it was read.
    fn read_to(&self) -> u64 {
        let parts = self.ahead.iter().chain(&self.written);
        parts.map(Part::end).fold(self.done, u64::max)
    }

    /// The hash up to where it was read.
    fn hash_read(&self) -> RunningHash {
        let last = self.ahead.back().or(self.written.as_ref());
        last.map_or_else(|| self.hash.clone(), |part| part.after.clone())
    }

    /// Passes over what the destination has already: it is hashed, not written.
    fn skip_received(&mut self) {
        while let Some(part) = self.ahead.pop_front() {
            if self.received <= part.first {
                self.ahead.push_front(part);
                return;
            }
            let end = part.end();
            let part = part.from(self.received.min(end));
            self.done = part.first;
            self.hash = part.before.clone();
            if part.bytes.len() > 0 {
                self.ahead.push_front(part);
                return;
            }
        }
    }
}
