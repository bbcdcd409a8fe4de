//! Bodies of requests, read within bounds.

use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::{Body, Incoming};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

/// Bodies up to this size are always taken.
const SMALL: usize = 64 << 10;

/// KiB that larger bodies may take together.
const ROOM: usize = 512 << 10;

/// How long a body may wait until there is room for it.
const PATIENCE: Duration = Duration::from_secs(60);

/// How long a body may take, and how many bytes add a second to that.
const WHOLE: Duration = Duration::from_secs(20);
const SLOWEST: usize = 128 << 10;

/// The room for bodies, shared by all connections.
#[derive(Clone, Debug)]
pub struct Intake {
    largest: usize,
    /// How long a client may send nothing of a body.
    silence: Duration,
    room: Arc<Semaphore>,
}

/// A body, and its share of the room until it is dropped.
#[derive(Debug)]
pub struct Taken {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// Keeps the room.
    pub room: Option<OwnedSemaphorePermit>,
}

impl Intake {
    /// All the room, for bodies up to this size that do not pause longer than this.
    pub fn new(largest: usize, silence: Duration) -> Self {
        Self {
            largest,
            silence,
            room: Arc::new(Semaphore::new(ROOM)),
        }
    }

    /// Reads a body.
    ///
    /// # Errors
    /// The refusal: too large (413), not whole (400), too slow (408), no room (503).
    pub async fn read(&self, body: Incoming) -> Result<Taken, (StatusCode, &'static str)> {
        let announced = body.size_hint().upper();
        let announced = announced.map_or(self.largest, |size| usize::try_from(size).unwrap_or(!0));
        if announced > self.largest {
            return Err(TOO_LARGE);
        }
        let longest = WHOLE + Duration::from_secs((announced / SLOWEST) as u64);
        // the wait for room does not count
        let mut taken = Taken {
            bytes: Vec::new(),
            room: None,
        };
        let mut body = Limited::new(body, self.largest);
        let begun = tokio::time::Instant::now();
        let mut waited = Duration::ZERO;
        loop {
            let frame = match timeout(self.silence, body.frame()).await {
                Err(_) => return Err(TOO_SLOW),
                Ok(None) => return Ok(taken),
                Ok(Some(Ok(frame))) => frame,
                Ok(Some(Err(error))) if error.is::<LengthLimitError>() => return Err(TOO_LARGE),
                Ok(Some(Err(_))) => return Err(NOT_WHOLE),
            };
            let Ok(data) = frame.into_data() else {
                continue;
            };
            if taken.room.is_none() && taken.bytes.len() + data.len() > SMALL {
                // only who has sent something is given room, and all of it at once
                let asked = tokio::time::Instant::now();
                taken.room = Some(self.room(announced).await?);
                waited = asked.elapsed();
                taken
                    .bytes
                    .reserve(announced.saturating_sub(taken.bytes.len()));
            }
            taken.bytes.extend_from_slice(&data);
            if begun.elapsed() > longest + waited {
                return Err(TOO_SLOW);
            }
        }
    }

    async fn room(&self, bytes: usize) -> Result<OwnedSemaphorePermit, (StatusCode, &'static str)> {
        let share = u32::try_from(bytes.div_ceil(1024)).unwrap_or(u32::MAX);
        let room = Arc::clone(&self.room).acquire_many_owned(share);
        match timeout(PATIENCE, room).await {
            Ok(Ok(permit)) => Ok(permit),
            _ => Err((StatusCode::SERVICE_UNAVAILABLE, "too many large bodies\n")),
        }
    }
}

const TOO_LARGE: (StatusCode, &str) = (StatusCode::PAYLOAD_TOO_LARGE, "the body is too large\n");
const NOT_WHOLE: (StatusCode, &str) = (StatusCode::BAD_REQUEST, "the body is not whole\n");
const TOO_SLOW: (StatusCode, &str) = (StatusCode::REQUEST_TIMEOUT, "the body came too slowly\n");
