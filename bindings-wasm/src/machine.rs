//! A machine to poll and feed.

use std::time::Duration;

use spola::machine::{CallId, CancelReason, Effect, Event, FailureReason, Record, RunError};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::convert::effect;
use crate::error::thrown;

/// A run, or an operation of the toolkit.
#[wasm_bindgen]
pub struct Machine {
    machine: Box<dyn spola::machine::Machine>,
    record: Record,
    /// The body of the request that was handed out last.
    body: Vec<u8>,
}

impl Machine {
    /// Takes a machine that has not been polled yet.
    pub fn new(machine: impl spola::machine::Machine + 'static) -> Self {
        Self {
            machine: Box::new(machine),
            record: Record::default(),
            body: Vec::new(),
        }
    }

    fn fed(&mut self, event: Event) -> Result<(), JsValue> {
        self.machine
            .feed(event)
            .map_err(|error: RunError| thrown(&error))
    }
}

#[wasm_bindgen]
impl Machine {
    /// The next effect as JSON, without the body of its request.
    pub fn poll(&mut self) -> Option<String> {
        let mut next = self.machine.poll()?;
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
        let lines: Vec<&str> = headers.split('\n').collect();
        let fields = lines.chunks_exact(2);
        self.fed(Event::Response {
            id: call(id),
            status,
            headers: fields
                .map(|pair| (pair[0].to_owned(), pair[1].to_owned()))
                .collect(),
            body,
            elapsed: milliseconds(elapsed),
        })
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
        let reason = match reason {
            "resolve" => FailureReason::Resolve,
            "connect" => FailureReason::Connect,
            "tls" => FailureReason::Tls,
            "timeout" => FailureReason::Timeout,
            "reset" => FailureReason::Reset,
            "truncated" => FailureReason::Truncated,
            "too-large" => FailureReason::TooLarge,
            _ => FailureReason::Other,
        };
        self.fed(Event::Failed {
            id: call(id),
            reason,
            message,
            elapsed: milliseconds(elapsed),
        })
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
        let reason = if timeout {
            CancelReason::Timeout
        } else {
            CancelReason::User
        };
        self.fed(Event::Cancel { reason })
    }

    /// How it ended, as JSON.
    pub fn outcome(&self) -> Option<String> {
        Some(self.machine.outcome()?.to_json())
    }

    /// Whether it has ended.
    pub fn ended(&self) -> bool {
        self.machine.outcome().is_some()
    }

    /// Where it stands.
    pub fn snapshot(&self) -> Vec<u8> {
        self.machine.snapshot()
    }

    /// What it did, request by request, as JSON.
    pub fn steps(&self) -> String {
        self.record.to_json()
    }
}

/// Ids are whole numbers that a JavaScript number holds; any other is none.
fn call(id: f64) -> CallId {
    let whole = id >= 0.0 && id.fract() == 0.0 && id <= 9_007_199_254_740_991.0;
    CallId(if whole { id as u64 } else { u64::MAX })
}

/// A length of time as JavaScript has it.
pub fn milliseconds(length: f64) -> Duration {
    Duration::try_from_secs_f64(length / 1000.0).unwrap_or_default()
}
