//! Operations under way in place of the requests of a run.

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use spola::Diagnostic;
use spola::exchange::parse_json;
use spola::machine::{
    CallId, CancelReason, Effect, Event, FailureReason, Outcome, OutcomeKind, Progress, RunError,
};

use crate::error::EcrError;
use crate::kept::Damage;
use crate::operation::Operation;
use crate::place::Options;

/// The service whose toolkit this is, as `x-spola-operation` names it.
const SERVICE: &str = "ecr.";

/// The status of the answer that a step gets where its operation failed.
const FAILED: u16 = 422;

/// The version of the format of snapshots with an operation in them.
const VERSION: u64 = 1;

/// How deep a snapshot may be nested: a run's or an operation's, and what stands around.
const DEEPEST: usize = 660;

/// The operations that the steps of a run have started.
///
/// For hosts whose run is elsewhere, as it is in another WebAssembly module; all others
/// have a [`Workflow`](crate::Workflow). The host asks [`ready`](Self::ready) first, then
/// its run, then [`advance`](Self::advance); after whatever it calls here it feeds its run
/// all that [`answer`](Self::answer) gives.
pub struct UnderWay {
    options: Options,
    /// In the order in which they were started.
    all: Vec<Inner>,
    /// All requests that an operation was begun for, now or before; sorted.
    started: Vec<u64>,
    ready: VecDeque<Effect>,
    answers: VecDeque<Event>,
}

/// An operation under way.
struct Inner {
    /// The request in whose place it is.
    outer: u64,
    operation: Operation,
    timeout: Option<Duration>,
    /// How long it has been under way, as far as its answers tell.
    clock: Duration,
    /// Its requests and waits that are owed an answer.
    owed: Vec<Owed>,
}

/// When something was handed out, and how long it lasts at least.
struct Owed {
    id: u64,
    since: Duration,
    delay: Duration,
}

impl fmt::Debug for UnderWay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.all.iter().map(|inner| inner.operation.name());
        f.debug_list().entries(names).finish()
    }
}

/// The id of a request of an operation, told from those of the run and of others.
fn outward(outer: u64, inner: CallId) -> CallId {
    CallId(outer.saturating_add(1) << 32 | (inner.0 & u64::from(u32::MAX)))
}

/// The request in whose place an operation is, and the operation's own id.
fn inward(id: CallId) -> Option<(u64, CallId)> {
    let outer = (id.0 >> 32).checked_sub(1)?;
    Some((outer, CallId(id.0 & u64::from(u32::MAX))))
}

impl UnderWay {
    /// Nothing has been started yet. The options are for what is.
    pub fn new(options: Options) -> Self {
        Self {
            options,
            all: Vec::new(),
            started: Vec::new(),
            ready: VecDeque::new(),
            answers: VecDeque::new(),
        }
    }

    /// The snapshot of the run in a snapshot that has operations in it; none where the
    /// snapshot is of a run alone.
    ///
    /// # Errors
    /// `run.damaged-snapshot`, `run.snapshot-version`.
    pub fn run_in(snapshot: &[u8]) -> Result<Option<Vec<u8>>, RunError> {
        let mut whole = read(snapshot)?;
        match whole.get("spolaWorkflow").map(Value::as_u64) {
            None => return Ok(None),
            Some(Some(VERSION)) => {}
            Some(Some(found)) => return Err(RunError::SnapshotVersion { found }),
            Some(None) => return Err(damaged("it does not say its version")),
        }
        Ok(Some(whole["run"].take().to_string().into_bytes()))
    }

    /// Goes on with the operations in a snapshot in which [`run_in`](Self::run_in) has
    /// found some.
    ///
    /// # Errors
    /// `run.damaged-snapshot`.
    pub fn resume(snapshot: &[u8], options: Options) -> Result<Self, RunError> {
        let mut whole = read(snapshot)?;
        let Value::Array(kept) = whole["operations"].take() else {
            return Err(damaged("it does not say its operations"));
        };
        let mut under_way = Self::new(options);
        for one in kept {
            let Some(outer) = one["id"].as_u64().filter(|id| *id < u64::from(u32::MAX)) else {
                return Err(damaged("an id is out of range"));
            };
            let mut damage = Damage::default();
            let clock = damage.member(&one, "clock");
            damage.finish().map_err(damaged)?;
            let bytes = one["operation"].to_string();
            let operation = Operation::resume(bytes.as_bytes(), under_way.options.clone());
            under_way.started.push(outer);
            under_way.all.push(Inner {
                outer,
                operation: operation.map_err(damaged)?,
                timeout: None,
                clock,
                owed: Vec::new(),
            });
        }
        under_way.started.sort_unstable();
        if under_way.started.windows(2).any(|two| two[0] == two[1]) {
            return Err(damaged("an id is there twice"));
        }
        Ok(under_way)
    }

    /// A snapshot of a run with the operations in it; as it is where there are none.
    pub fn snapshot(&self, run: Vec<u8>) -> Vec<u8> {
        if self.all.is_empty() {
            return run;
        }
        let mut snapshot = format!("{{\"spolaWorkflow\":{VERSION},\"run\":").into_bytes();
        snapshot.extend(run);
        snapshot.extend(b",\"operations\":[");
        for (at, inner) in self.all.iter().enumerate() {
            let (secs, nanos) = (inner.clock.as_secs(), inner.clock.subsec_nanos());
            let head = format!(
                "{}{{\"id\":{},\"clock\":{{\"secs\":{secs},\"nanos\":{nanos}}},\"operation\":",
                if at == 0 { "" } else { "," },
                inner.outer
            );
            snapshot.extend(head.into_bytes());
            snapshot.extend(inner.operation.snapshot());
            snapshot.push(b'}');
        }
        snapshot.extend(b"]}");
        snapshot
    }

    /// Whether a name is that of an operation of this toolkit.
    pub fn knows(name: &str) -> bool {
        name.starts_with(SERVICE)
    }

    /// Begins the operation that a request of the run stands for, with the request's body
    /// as arguments; goes on with one that was under way when a snapshot was taken.
    pub fn begin(&mut self, id: CallId, name: &str, body: &[u8], timeout: Option<Duration>) {
        if let Some(inner) = self.all.iter_mut().find(|inner| inner.outer == id.0) {
            inner.timeout = timeout;
            return;
        }
        if let Err(at) = self.started.binary_search(&id.0) {
            self.started.insert(at, id.0);
        }
        let name = name.strip_prefix(SERVICE).unwrap_or(name);
        let arguments = match body.is_empty() {
            true => Ok(Value::Null),
            false => parse_json(body, 512).map_err(|error| EcrError::InvalidArguments {
                operation: name.to_owned(),
                reason: error.to_string(),
            }),
        };
        let options = self.options.clone();
        match arguments.and_then(|it| Operation::from_json(name, it, options)) {
            Ok(operation) => self.all.push(Inner {
                outer: id.0,
                operation,
                timeout,
                clock: Duration::ZERO,
                owed: Vec::new(),
            }),
            Err(error) => {
                let outputs = Value::Object(error.to_outputs());
                let body = failed(error.code(), &error.to_failure().message, outputs);
                self.conclude(id, FAILED, &body, Duration::ZERO);
            }
        }
    }

    /// The run drops a request; says whether that was an operation's.
    pub fn abort(&mut self, id: CallId) -> bool {
        self.cancel_one(id.0, CancelReason::User);
        self.started.binary_search(&id.0).is_ok()
    }

    /// What is to be handed out before the run is asked for more.
    pub fn ready(&mut self) -> Option<Effect> {
        self.ready.pop_front()
    }

    /// What the run is to be fed.
    pub fn answer(&mut self) -> Option<Event> {
        self.answers.pop_front()
    }

    /// Polls the operations, once the run asks for nothing more; says whether that led to
    /// anything.
    pub fn advance(&mut self) -> bool {
        for at in 0..self.all.len() {
            let inner = &mut self.all[at];
            match inner.operation.poll() {
                Some(Effect::Done(outcome)) => {
                    let inner = self.all.remove(at);
                    let outcome = Arc::unwrap_or_clone(outcome);
                    self.over(CallId(inner.outer), outcome, inner.clock);
                    return true;
                }
                Some(effect) => {
                    self.ready.extend(inner.outward(effect));
                    return true;
                }
                None => {}
            }
        }
        false
    }

    /// Answers the step whose operation is over.
    fn over(&mut self, id: CallId, outcome: Outcome, clock: Duration) {
        let outputs = Value::Object(outcome.outputs);
        match (outcome.outcome, outcome.failure) {
            (OutcomeKind::Succeeded, _) => self.conclude(id, 200, &outputs, clock),
            (_, Some(failure)) => {
                let body = failed(&failure.code, &failure.message, outputs);
                self.conclude(id, FAILED, &body, clock);
            }
            (_, None) => self.conclude(id, FAILED, &failed("ecr.failed", "", outputs), clock),
        }
    }

    fn conclude(&mut self, id: CallId, status: u16, body: &Value, elapsed: Duration) {
        self.answers.push_back(Event::Response {
            id,
            status,
            headers: vec![("content-type".into(), "application/json".into())],
            body: body.to_string().into_bytes(),
            elapsed,
        });
    }

    /// Ends all operations; what they had under way is dropped.
    pub fn cancel(&mut self, reason: CancelReason) {
        while let Some(first) = self.all.first() {
            self.cancel_one(first.outer, reason);
        }
    }

    fn cancel_one(&mut self, outer: u64, reason: CancelReason) {
        let Some(at) = self.all.iter().position(|inner| inner.outer == outer) else {
            return;
        };
        let mut inner = self.all.remove(at);
        let _ = inner.operation.feed(Event::Cancel { reason });
        while let Some(effect) = inner.operation.poll() {
            if matches!(effect, Effect::Abort { .. }) {
                self.ready.extend(inner.outward(effect));
            }
        }
    }

    /// Whether an event with this id is not for the run.
    pub fn takes(&self, id: CallId) -> bool {
        inward(id).is_some() || self.started.binary_search(&id.0).is_ok()
    }

    /// Takes what the host saw.
    ///
    /// # Errors
    /// `run.unknown-call`, `run.wrong-event`. Nothing has changed then.
    pub fn feed(&mut self, event: Event) -> Result<(), RunError> {
        let (Event::Response { id, .. } | Event::Failed { id, .. } | Event::Elapsed { id }) = event
        else {
            return Ok(());
        };
        // Nobody answers a request that was never handed out.
        let unknown = RunError::UnknownCall { id };
        let (outer, own) = inward(id).ok_or(unknown.clone())?;
        let Some(inner) = self.all.iter_mut().find(|inner| inner.outer == outer) else {
            // It is over; what comes late is ignored.
            let known = self.started.binary_search(&outer).is_ok();
            return if known { Ok(()) } else { Err(unknown) };
        };
        inner.feed(own, event).map_err(|error| renamed(error, id))?;
        if inner.is_late() && inner.operation.outcome().is_none() {
            let elapsed = inner.clock;
            self.cancel_one(outer, CancelReason::Timeout);
            self.answers.push_back(Event::Failed {
                id: CallId(outer),
                reason: FailureReason::Timeout,
                message: "the operation took longer than its step may".into(),
                elapsed,
            });
        }
        Ok(())
    }
}

impl Inner {
    /// An effect under the id that the host knows it by. What is told of single requests
    /// is left out: to the workflow, the step is one.
    fn outward(&mut self, effect: Effect) -> Option<Effect> {
        let outer = self.outer;
        Some(match effect {
            Effect::Send(mut send) => {
                self.owe(send.id, Duration::ZERO);
                send.id = outward(outer, send.id);
                let left = self
                    .timeout
                    .map(|timeout| timeout.saturating_sub(self.clock));
                send.timeout = match (send.timeout, left) {
                    (Some(own), Some(step)) => Some(own.min(step)),
                    (own, step) => own.or(step),
                };
                Effect::Send(send)
            }
            Effect::Wait(mut wait) => {
                self.owe(wait.id, wait.delay);
                wait.id = outward(outer, wait.id);
                Effect::Wait(wait)
            }
            Effect::Abort { id } => Effect::Abort {
                id: outward(outer, id),
            },
            Effect::Progress(told) => match *told {
                Progress::Attempt { .. } | Progress::Answered { .. } | Progress::Action { .. } => {
                    return None;
                }
                _ => Effect::Progress(told),
            },
            other => other,
        })
    }

    fn owe(&mut self, id: CallId, delay: Duration) {
        self.owed.push(Owed {
            id: id.0,
            since: self.clock,
            delay,
        });
    }

    /// Whether it has taken as long as its step may.
    fn is_late(&self) -> bool {
        self.timeout.is_some_and(|timeout| self.clock >= timeout)
    }

    /// Takes an event under the operation's own id, and the time that it took.
    fn feed(&mut self, own: CallId, mut event: Event) -> Result<(), RunError> {
        let mut took = None;
        match &mut event {
            Event::Response { id, elapsed, .. } | Event::Failed { id, elapsed, .. } => {
                *id = own;
                took = Some(*elapsed);
            }
            Event::Elapsed { id } => *id = own,
            _ => {}
        }
        self.operation.feed(event)?;
        if let Some(at) = self.owed.iter().position(|owed| owed.id == own.0) {
            let owed = self.owed.swap_remove(at);
            let until = owed.since.saturating_add(took.unwrap_or(owed.delay));
            self.clock = self.clock.max(until);
        }
        Ok(())
    }
}

fn read(snapshot: &[u8]) -> Result<Value, RunError> {
    match parse_json(snapshot, DEEPEST).map_err(damaged)? {
        whole @ Value::Object(_) => Ok(whole),
        _ => Err(damaged("it is no object")),
    }
}

fn damaged(reason: impl fmt::Display) -> RunError {
    RunError::DamagedSnapshot {
        reason: reason.to_string(),
    }
}

fn failed(code: &str, message: &str, outputs: Value) -> Value {
    json!({ "code": code, "message": message, "outputs": outputs })
}

/// A refusal of the operation's own id as one of the id that the host knows.
fn renamed(error: RunError, id: CallId) -> RunError {
    match error {
        RunError::UnknownCall { .. } => RunError::UnknownCall { id },
        RunError::WrongEvent { effect, .. } => RunError::WrongEvent { id, effect },
        other => other,
    }
}
