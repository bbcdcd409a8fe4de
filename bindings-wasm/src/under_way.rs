//! Operations under way in place of the requests of a run elsewhere.

use spola::machine::{Effect, Event};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::convert::{Json, effect};
use crate::ecr::settled;
use crate::error::thrown;
use crate::machine::{call, cancelled, failed, milliseconds, response, told};

/// The operations that the steps of a run in another module have started.
#[wasm_bindgen]
pub struct UnderWay {
    all: spola_ecr::UnderWay,
    /// The body of what was handed out last.
    body: Vec<u8>,
}

#[wasm_bindgen]
impl UnderWay {
    /// Nothing has been started yet; `settings` are the run's, as JSON.
    ///
    /// # Errors
    /// `host.bad-option`.
    #[wasm_bindgen(constructor)]
    pub fn new(settings: &str) -> Result<Self, JsValue> {
        let options = settled(settings, None)?;
        Ok(Self::of(spola_ecr::UnderWay::new(options)))
    }

    /// The snapshot of the run in a snapshot that has operations in it; none where the
    /// snapshot is of a run alone.
    ///
    /// # Errors
    /// `run.damaged-snapshot`, `run.snapshot-version`.
    pub fn run_in(snapshot: &[u8]) -> Result<Option<Vec<u8>>, JsValue> {
        spola_ecr::UnderWay::run_in(snapshot).map_err(|error| thrown(&error))
    }

    /// Goes on with the operations in a snapshot.
    ///
    /// # Errors
    /// `run.damaged-snapshot`.
    pub fn resumed(snapshot: &[u8], settings: &str) -> Result<Self, JsValue> {
        let options = settled(settings, None)?;
        match spola_ecr::UnderWay::resume(snapshot, options) {
            Ok(all) => Ok(Self::of(all)),
            Err(error) => Err(thrown(&error)),
        }
    }

    /// A snapshot of the run with the operations in it.
    pub fn snapshot(&self, run: Vec<u8>) -> Vec<u8> {
        self.all.snapshot(run)
    }

    /// Begins what a request of the run stands for; its `timeout` is in milliseconds.
    pub fn begin(&mut self, id: f64, name: &str, body: &[u8], timeout: Option<f64>) {
        let timeout = timeout.map(milliseconds);
        self.all.begin(call(id), name, body, timeout);
    }

    /// The run drops a request; says whether that was an operation's.
    pub fn abort(&mut self, id: f64) -> bool {
        self.all.abort(call(id))
    }

    /// What is to be handed out before the run is asked for more, as JSON.
    pub fn ready(&mut self) -> Option<String> {
        let mut next = self.all.ready()?;
        if let Effect::Send(send) = &mut next {
            self.body = std::mem::take(send.request.body_mut());
        }
        Some(effect(&next))
    }

    /// Polls the operations; says whether that led to anything.
    pub fn advance(&mut self) -> bool {
        self.all.advance()
    }

    /// What the run is to be fed, as JSON without the body.
    pub fn answer(&mut self) -> Option<String> {
        let mut json = Json::object();
        match self.all.answer()? {
            Event::Response {
                id,
                status,
                headers,
                body,
                elapsed,
            } => {
                self.body = body;
                json.text("type", "response")
                    .number("id", id.0)
                    .number("status", status.into())
                    .fields(
                        "headers",
                        headers
                            .iter()
                            .map(|(name, value)| (name.as_str(), value.as_bytes())),
                    )
                    .milliseconds("elapsed", elapsed);
            }
            Event::Failed {
                id,
                message,
                elapsed,
                ..
            } => {
                json.text("type", "failed")
                    .number("id", id.0)
                    .text("reason", "timeout")
                    .text("message", &message)
                    .milliseconds("elapsed", elapsed);
            }
            // Operations end by an answer, or late.
            _ => return None,
        }
        Some(json.finish())
    }

    /// The body of what was given last; given once.
    pub fn body(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.body)
    }

    /// Whether an event with this id is not for the run.
    pub fn takes(&self, id: f64) -> bool {
        self.all.takes(call(id))
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
        told(self.all.feed(response(id, status, headers, body, elapsed)))
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
        told(self.all.feed(failed(id, reason, message, elapsed)))
    }

    /// A wait is over.
    ///
    /// # Errors
    /// `run.unknown-call`, `run.wrong-event`.
    pub fn elapsed(&mut self, id: f64) -> Result<(), JsValue> {
        told(self.all.feed(Event::Elapsed { id: call(id) }))
    }

    /// All are to end now.
    pub fn cancel(&mut self, timeout: bool) {
        self.all.cancel(cancelled(timeout));
    }
}

impl UnderWay {
    fn of(all: spola_ecr::UnderWay) -> Self {
        Self {
            all,
            body: Vec::new(),
        }
    }
}
