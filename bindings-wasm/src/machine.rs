//! A machine to poll and feed.

use std::time::Duration;

use spola::machine::{CallId, CancelReason, Effect, Event, FailureReason, Record, RunError};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::convert::effect;
use crate::error::thrown;

/// What a module drives: one of them has the runs, another the toolkit.
pub enum Driven {
    /// A run of a workflow.
    #[cfg(feature = "runs")]
    Run(spola::machine::Run),
    /// An operation of the toolkit.
    #[cfg(feature = "ecr")]
    Operation(spola_ecr::Operation),
}

/// Asks whichever it is.
macro_rules! ask {
    ($driven:expr, $one:ident => $asked:expr) => {
        match $driven {
            #[cfg(feature = "runs")]
            Driven::Run($one) => $asked,
            #[cfg(feature = "ecr")]
            Driven::Operation($one) => $asked,
        }
    };
}

/// A run, or an operation of the toolkit.
#[wasm_bindgen]
pub struct Machine {
    driven: Driven,
    record: Record,
    /// The body of the request that was handed out last.
    body: Vec<u8>,
}

impl Machine {
    /// Takes what has not been polled yet.
    pub fn new(driven: Driven) -> Self {
        Self {
            driven,
            record: Record::default(),
            body: Vec::new(),
        }
    }

    fn fed(&mut self, event: Event) -> Result<(), JsValue> {
        told(ask!(&mut self.driven, one => one.feed(event)))
    }
}

/// What feeding came to.
///
/// # Errors
/// What the machine refused.
pub fn told(fed: Result<(), RunError>) -> Result<(), JsValue> {
    fed.map_err(|error| thrown(&error))
}

#[wasm_bindgen]
impl Machine {
    /// The next effect as JSON, without the body of its request.
    pub fn poll(&mut self) -> Option<String> {
        let mut next = ask!(&mut self.driven, one => one.poll())?;
        match &mut next {
            Effect::Progress(told) => self.record.take(told),
            Effect::Send(send) => self.body = std::mem::take(send.request.body_mut()),
            _ => {}
        }
        Some(effect(&next))
    }

    /// The body of the request that `poll` gave; given once.
    pub fn body(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.body)
    }

    /// An answer came; header fields are lines of name and value in turn.
    ///
    /// # Errors
    /// `run.unknown-call`, `run.wrong-event`.
    pub fn response(
        &mut self,
        id: f64,
        status: u16,
        headers: &str,
        body: Vec<u8>,
        elapsed: f64,
    ) -> Result<(), JsValue> {
        self.fed(response(id, status, headers, body, elapsed))
    }

    /// No answer came.
    ///
    /// # Errors
    /// `run.unknown-call`, `run.wrong-event`.
    pub fn failed(
        &mut self,
        id: f64,
        reason: &str,
        message: String,
        elapsed: f64,
    ) -> Result<(), JsValue> {
        self.fed(failed(id, reason, message, elapsed))
    }

    /// A wait is over.
    ///
    /// # Errors
    /// `run.unknown-call`, `run.wrong-event`.
    pub fn elapsed(&mut self, id: f64) -> Result<(), JsValue> {
        self.fed(Event::Elapsed { id: call(id) })
    }

    /// The machine is to end now.
    ///
    /// # Errors
    /// None that a run can give.
    pub fn cancel(&mut self, timeout: bool) -> Result<(), JsValue> {
        let reason = cancelled(timeout);
        self.fed(Event::Cancel { reason })
    }

    /// How it ended, as JSON.
    pub fn outcome(&self) -> Option<String> {
        let outcome = ask!(&self.driven, one => one.outcome())?;
        Some(outcome.to_json())
    }

    /// Where it stands.
    pub fn snapshot(&self) -> Vec<u8> {
        ask!(&self.driven, one => one.snapshot())
    }

    /// What it did, request by request, as JSON.
    pub fn steps(&self) -> String {
        self.record.to_json()
    }
}

#[cfg(feature = "runs")]
#[wasm_bindgen]
impl Machine {
    /// The options of a run as a snapshot keeps them: what its steps start is given them.
    pub fn settings(&self) -> String {
        match &self.driven {
            Driven::Run(run) => run.options().to_json(),
            #[cfg(feature = "ecr")]
            Driven::Operation(_) => "{}".to_owned(),
        }
    }
}

/// An answer; header fields are lines of name and value in turn.
pub fn response(id: f64, status: u16, headers: &str, body: Vec<u8>, elapsed: f64) -> Event {
    let mut fields = Vec::new();
    let mut lines = headers.split('\n');
    while let (Some(name), Some(value)) = (lines.next(), lines.next()) {
        fields.push((name.to_owned(), value.to_owned()));
    }
    Event::Response {
        id: call(id),
        status,
        headers: fields,
        body,
        elapsed: milliseconds(elapsed),
    }
}

/// No answer, and why.
pub fn failed(id: f64, reason: &str, message: String, elapsed: f64) -> Event {
    let reason = match reason {
        "resolve" => FailureReason::Resolve,
        "connect" => FailureReason::Connect,
        "tls" => FailureReason::Tls,
        "timeout" => FailureReason::Timeout,
        "reset" => FailureReason::Reset,
        "truncated" => FailureReason::Truncated,
        "too-large" => FailureReason::TooLarge,
        "unsupported" => FailureReason::Unsupported,
        _ => FailureReason::Other,
    };
    Event::Failed {
        id: call(id),
        reason,
        message,
        elapsed: milliseconds(elapsed),
    }
}

/// Why a machine is to end.
pub fn cancelled(timeout: bool) -> CancelReason {
    if timeout {
        CancelReason::Timeout
    } else {
        CancelReason::User
    }
}

/// Ids are whole numbers that a JavaScript number holds; any other is none.
pub fn call(id: f64) -> CallId {
    let whole = id >= 0.0 && id.fract() == 0.0 && id <= 9_007_199_254_740_991.0;
    CallId(if whole { id as u64 } else { u64::MAX })
}

/// A length of time; none where the number is none.
pub fn milliseconds(length: f64) -> Duration {
    Duration::try_from_secs_f64(length / 1000.0).unwrap_or_default()
}
