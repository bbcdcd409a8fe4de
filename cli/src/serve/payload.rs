//! What an answer's body is made of, and how it is sent.

use std::fs::File;
use std::future::Future;
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use hyper::body::{Body, Bytes, Frame, SizeHint};
use tokio::task::JoinHandle;
use tokio::time::Sleep;

/// How much of a file is read at once.
const CHUNK: u64 = 256 << 10;

/// How long a connection that is to break waits for what was sent to go out.
const BEFORE_BREAK: Duration = Duration::from_millis(50);

/// What a handler answers with.
#[derive(Debug)]
pub enum Payload {
    /// These bytes.
    Bytes(Vec<u8>),
    /// A range of a file, which is read as it is sent.
    File(File, Range<u64>),
    /// This, and then the connection is closed, whatever `Content-Length` promised.
    Cut(Box<Payload>),
    /// Nothing: the connection is reset, without an answer.
    Reset,
}

impl From<Vec<u8>> for Payload {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Bytes(bytes)
    }
}

/// A payload on its way out.
#[derive(Debug)]
pub struct Outgoing {
    source: Source,
    breaks: Break,
}

/// Whether the connection breaks at the end.
#[derive(Debug)]
enum Break {
    Never,
    AtEnd,
    /// Once what was handed over had its time to go out.
    After(Pin<Box<Sleep>>),
}

#[derive(Debug)]
enum Source {
    Bytes(Bytes),
    File(Chunks),
}

/// The file, and what was read of it.
type Chunk = (File, Vec<u8>);

/// A file that is read chunk by chunk where blocking is allowed, so that slow readers hold no
/// thread.
#[derive(Debug)]
struct Chunks {
    file: Option<File>,
    rest: Range<u64>,
    reading: Option<JoinHandle<io::Result<Chunk>>>,
}

impl Outgoing {
    /// Where there is anything to send: a reset has nothing.
    pub fn new(payload: Payload) -> Option<Self> {
        let source = match payload {
            Payload::Bytes(bytes) => Source::Bytes(bytes.into()),
            Payload::File(file, rest) => Source::File(Chunks {
                file: Some(file),
                rest,
                reading: None,
            }),
            Payload::Cut(payload) => {
                let mut outgoing = Self::new(*payload)?;
                outgoing.breaks = Break::AtEnd;
                return Some(outgoing);
            }
            Payload::Reset => return None,
        };
        Some(Self {
            source,
            breaks: Break::Never,
        })
    }
}

impl Chunks {
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Option<io::Result<Bytes>>> {
        if let Some(file) = self.file.take() {
            let (at, end) = (self.rest.start, self.rest.end.min(self.rest.start + CHUNK));
            if at == end {
                return Poll::Ready(None);
            }
            self.rest.start = end;
            self.reading = Some(tokio::task::spawn_blocking(move || read(file, at..end)));
        }
        let Some(reading) = &mut self.reading else {
            return Poll::Ready(None);
        };
        let done = ready!(Pin::new(reading).poll(context));
        self.reading = None;
        Poll::Ready(Some(match done {
            Ok(Ok((file, bytes))) => {
                self.file = Some(file);
                Ok(bytes.into())
            }
            Ok(Err(error)) => Err(error),
            Err(error) => Err(io::Error::other(error)),
        }))
    }
}

fn read(mut file: File, range: Range<u64>) -> io::Result<Chunk> {
    // a chunk fits everywhere
    let mut bytes = vec![0; usize::try_from(range.end - range.start).unwrap_or_default()];
    file.seek(SeekFrom::Start(range.start))?;
    file.read_exact(&mut bytes)?;
    Ok((file, bytes))
}

impl Body for Outgoing {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let next = match &mut self.source {
            Source::Bytes(bytes) if bytes.is_empty() => None,
            Source::Bytes(bytes) => Some(Ok(std::mem::take(bytes))),
            Source::File(chunks) => ready!(chunks.poll(context)),
        };
        if let Some(bytes) = next {
            return Poll::Ready(Some(bytes.map(Frame::data)));
        }
        if matches!(self.breaks, Break::AtEnd) {
            self.breaks = Break::After(Box::pin(tokio::time::sleep(BEFORE_BREAK)));
        }
        let Break::After(wait) = &mut self.breaks else {
            return Poll::Ready(None);
        };
        ready!(wait.as_mut().poll(context));
        Poll::Ready(Some(Err(io::ErrorKind::ConnectionAborted.into())))
    }

    fn is_end_stream(&self) -> bool {
        matches!(self.breaks, Break::Never) && self.size_hint().exact() == Some(0)
    }

    fn size_hint(&self) -> SizeHint {
        match (&self.source, &self.breaks) {
            (Source::Bytes(bytes), Break::Never) => SizeHint::with_exact(bytes.len() as u64),
            (Source::File(chunks), Break::Never) if chunks.reading.is_none() => {
                SizeHint::with_exact(chunks.rest.end - chunks.rest.start)
            }
            // what is promised may be more than there is
            _ => SizeHint::default(),
        }
    }
}
