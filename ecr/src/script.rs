//! What an operation is made of: asks, answers, what next.

use std::time::Duration;

use serde_json::{Map, Value};
use spola::exchange::Response;
use spola::machine::Progress;

use crate::blob::Blob;
use crate::call::Call;
use crate::error::EcrError;
use crate::fetch::Fetch;
use crate::kept::variants;
use crate::place::Options;
use crate::upload::Upload;

/// How many asks of a script are under way at once, unless it says otherwise.
const AT_ONCE: usize = 8;

/// An operation as a state machine of plain data, which a snapshot keeps.
///
/// It knows neither ids nor attempts: [`Operation`](crate::Operation) carries out what
/// it asks for, sends again what an AWS SDK would, and comes back with each answer.
pub(crate) trait Script: Sized {
    /// What the operation is given.
    type Arguments;

    /// Takes the arguments, names in them made whole.
    fn begin(arguments: Self::Arguments, options: &Options) -> Result<Self, EcrError>;

    /// Goes on: at the beginning without an answer, then with each.
    fn next(&mut self, answer: Option<Answer>) -> Result<Next, EcrError>;

    /// How many asks may be under way at once.
    fn at_once(&self) -> usize {
        AT_ONCE
    }

    /// How many bytes of layers it keeps in memory.
    fn held_bytes(&self) -> u64 {
        0
    }

    /// Checks what a snapshot gave: nothing may be named that is not there.
    fn check(&self) -> Result<(), &'static str> {
        Ok(())
    }

    /// How often a request is sent at most, unless the host says otherwise.
    const ATTEMPTS: u32 = 3;

    /// Whether what it ends with is secret: no snapshot keeps it then, and whoever
    /// resumes one does it again.
    const ENDS_IN_SECRETS: bool = false;
}

/// What a script wants done.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Ask {
    /// A call of Amazon ECR.
    Call(Call),
    /// A whole layer or config, its digest verified.
    Blob(Blob),
    /// Something that is not AWS's API.
    Fetch(Fetch),
    /// A part of a layer.
    Upload(Upload),
    /// A pause.
    Wait(Duration),
}

variants! {
    Ask {
        Call(call): "call", Blob(blob): "blob", Fetch(fetch): "fetch", Upload(upload): "upload",
        Wait(delay): "wait";
        else Self::Wait(Duration::ZERO)
    }
}

/// What came of an ask.
#[derive(Debug)]
pub(crate) struct Answer {
    /// The script's own mark of the ask.
    pub(crate) key: u64,
    /// What came.
    pub(crate) reply: Result<Reply, EcrError>,
    /// Whether the call may have been carried out before, its answer lost.
    pub(crate) in_doubt: bool,
}

/// What came of an ask that went well.
#[derive(Debug)]
pub(crate) enum Reply {
    /// The body of an answer.
    Json(Value),
    /// The bytes of a blob.
    Bytes(Vec<u8>),
    /// The answer to a fetch, whatever its status.
    Answer(Response),
    /// It was asked before a snapshot that does not keep what it needs: ask anew.
    Forgotten,
    /// The pause is over.
    Elapsed,
}

impl Ask {
    /// Whether a snapshot left out what it needs.
    pub(crate) fn is_forgotten(&self) -> bool {
        match self {
            Self::Fetch(fetch) => fetch.is_forgotten(),
            Self::Upload(upload) => upload.is_forgotten(),
            Self::Call(_) | Self::Blob(_) | Self::Wait(_) => false,
        }
    }
}

impl Answer {
    /// The body of the answer; null where it was none of a call.
    pub(crate) fn json(self) -> Result<Value, EcrError> {
        Ok(match self.reply? {
            Reply::Json(value) => value,
            _ => Value::Null,
        })
    }

    /// The bytes of the blob; none where it was something else.
    pub(crate) fn bytes(self) -> Result<Vec<u8>, EcrError> {
        Ok(match self.reply? {
            Reply::Bytes(bytes) => bytes,
            _ => Vec::new(),
        })
    }

    /// The body of the answer, or none where AWS refused with one of these codes.
    pub(crate) fn json_unless(self, aws_codes: &[&str]) -> Result<Option<Value>, EcrError> {
        match &self.reply {
            Err(error) if aws_codes.iter().any(|code| error.is(code)) => Ok(None),
            _ => self.json().map(Some),
        }
    }
}

/// What a script does next.
#[derive(Debug, Default)]
pub(crate) struct Next {
    /// What it asks for, each with the mark that its answer is to have.
    pub(crate) asks: Vec<(u64, Ask)>,
    /// What it tells.
    pub(crate) told: Vec<Progress>,
    /// What it ended with; nothing is asked for any more then.
    pub(crate) done: Option<Map<String, Value>>,
}

impl Next {
    /// Waits for what is under way.
    pub(crate) fn more() -> Self {
        Self::default()
    }

    /// Asks for one call.
    pub(crate) fn call(call: Call) -> Self {
        Self::more().and(0, Ask::Call(call))
    }

    /// Asks for one thing.
    pub(crate) fn ask(ask: Ask) -> Self {
        Self::more().and(0, ask)
    }

    /// Asks for something more.
    #[must_use]
    pub(crate) fn and(mut self, key: u64, ask: Ask) -> Self {
        self.asks.push((key, ask));
        self
    }

    /// It is over.
    pub(crate) fn done(outputs: Value) -> Self {
        Self {
            done: Some(crate::place::members(outputs)),
            ..Self::default()
        }
    }
}
