//! A run whose steps can start operations of the toolkit.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use spola::Diagnostic;
use spola::exchange::parse_json;
use spola::link::Program;
use spola::machine::{
    CallId, CancelReason, Effect, Event, FailureReason, Machine, Outcome, OutcomeKind, Progress,
    ResumeOptions, Run, RunError, Send,
};

use crate::error::EcrError;
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

/// A run of a workflow, driven as the run itself, whose steps may start operations of the
/// toolkit: a step that has `x-spola-operation: ecr.copy-image` sends no request, but the
/// operation is begun with the request's body as arguments, and its own requests are sent.
///
/// The step is answered with status 200 and the operation's outputs, or with 422 and
/// `code`, `message` and `outputs`. A step's `timeout` bounds its operation as a
/// whole. While no operation is under way, its snapshots are those of the run.
pub struct Workflow {
    run: Run,
    options: Options,
    /// Operations under way, by the request in whose place they are.
    inner: BTreeMap<u64, Inner>,
    /// All requests that an operation was begun for, now or before.
    started: BTreeSet<u64>,
    ready: VecDeque<Effect>,
}

/// An operation under way.
struct Inner {
    operation: Operation,
    timeout: Option<Duration>,
    /// How long it has been under way, as far as its answers tell.
    clock: Duration,
    /// When its requests and waits were handed out.
    handed_out: BTreeMap<u64, (Duration, Duration)>,
}

/// A snapshot with operations in it.
#[derive(Serialize, Deserialize)]
struct Snapshot {
    #[serde(rename = "spolaWorkflow")]
    version: u64,
    run: Value,
    operations: Vec<Kept>,
}

#[derive(Serialize, Deserialize)]
struct Kept {
    /// The request in whose place it is.
    id: u64,
    clock: Duration,
    operation: Value,
}

impl fmt::Debug for Workflow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Workflow")
            .field("run", &self.run)
            .field("operations", &self.inner.len())
            .finish_non_exhaustive()
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

impl Workflow {
    /// Hosts a run. The options are for the operations that its steps start; what they
    /// leave open is as the run has it, which its snapshots keep.
    pub fn new(run: Run, mut options: Options) -> Self {
        let seed = options.run.seed.or(run.options().seed);
        options.run = run.options().clone().overridden_by(options.run);
        options.run.seed = seed;
        Self {
            run,
            options,
            inner: BTreeMap::new(),
            started: BTreeSet::new(),
            ready: VecDeque::new(),
        }
    }

    /// Goes on from a snapshot: of this, or of the run alone.
    ///
    /// # Errors
    /// As [`Program::resume`].
    pub fn resume(
        program: &Program,
        snapshot: &[u8],
        resume: ResumeOptions,
        options: Options,
    ) -> Result<Self, RunError> {
        let damaged = |reason: String| RunError::DamagedSnapshot { reason };
        let whole = parse_json(snapshot, DEEPEST).map_err(|error| damaged(error.to_string()))?;
        match whole.get("spolaWorkflow").map(Value::as_u64) {
            None => return Ok(Self::new(program.resume(snapshot, resume)?, options)),
            Some(Some(VERSION)) => {}
            Some(Some(found)) => return Err(RunError::SnapshotVersion { found }),
            Some(None) => return Err(damaged("it does not say its version".into())),
        }
        let kept: Snapshot =
            serde_json::from_value(whole).map_err(|error| damaged(error.to_string()))?;
        let run = program.resume(kept.run.to_string().as_bytes(), resume)?;
        if run.outcome().is_some() {
            return Err(damaged("an operation is under way after the end".into()));
        }
        let mut workflow = Self::new(run, options);
        for one in kept.operations {
            let bytes = one.operation.to_string();
            let operation = Operation::resume(bytes.as_bytes(), workflow.options.clone());
            let operation = operation.map_err(|error| damaged(error.to_string()))?;
            if one.id >= u64::from(u32::MAX) {
                return Err(damaged("an id is out of range".into()));
            }
            workflow.started.insert(one.id);
            workflow.inner.insert(
                one.id,
                Inner {
                    operation,
                    timeout: None,
                    clock: one.clock,
                    handed_out: BTreeMap::new(),
                },
            );
        }
        Ok(workflow)
    }

    /// The run.
    pub fn run(&self) -> &Run {
        &self.run
    }

    /// The next effect; `None` when answers are owed, or when it is over.
    pub fn poll(&mut self) -> Option<Effect> {
        loop {
            if let Some(effect) = self.ready.pop_front() {
                return Some(effect);
            }
            match self.run.poll() {
                Some(Effect::Send(send)) => match self.begins(*send) {
                    Some(send) => return Some(Effect::Send(send)),
                    None => continue,
                },
                // The request that an operation stood for was never sent.
                Some(Effect::Abort { id }) if self.started.contains(&id.0) => {
                    self.cancel(id.0, CancelReason::User);
                    continue;
                }
                Some(effect) => return Some(effect),
                None => {}
            }
            if !self.poll_inner() {
                return None;
            }
        }
    }

    /// Begins the operation that a request stands for; gives back any other request.
    fn begins(&mut self, send: Send) -> Option<Box<Send>> {
        let name = send.operation.as_deref();
        let Some(name) = name.and_then(|name| name.strip_prefix(SERVICE)) else {
            return Some(Box::new(send));
        };
        let id = send.id;
        self.started.insert(id.0);
        if let Some(inner) = self.inner.get_mut(&id.0) {
            // It was under way when the snapshot was taken.
            inner.timeout = send.timeout;
            return None;
        }
        let body = send.request.body();
        let arguments = match body.is_empty() {
            true => Ok(Value::Null),
            false => parse_json(body, 512).map_err(|error| EcrError::InvalidArguments {
                operation: name.to_owned(),
                reason: error.to_string(),
            }),
        };
        let options = self.options.clone();
        match arguments.and_then(|it| Operation::from_json(name, it, options)) {
            Ok(operation) => {
                let inner = Inner {
                    operation,
                    timeout: send.timeout,
                    clock: Duration::ZERO,
                    handed_out: BTreeMap::new(),
                };
                self.inner.insert(id.0, inner);
            }
            Err(error) => {
                let outputs = Value::Object(error.to_outputs());
                let body = failed(error.code(), &error.to_failure().message, outputs);
                self.answer(id, FAILED, &body, Duration::ZERO);
            }
        }
        None
    }

    /// Polls the operations; says whether there is anything to do.
    fn poll_inner(&mut self) -> bool {
        let ids: Vec<u64> = self.inner.keys().copied().collect();
        for outer in ids {
            let Some(inner) = self.inner.get_mut(&outer) else {
                continue;
            };
            match inner.operation.poll() {
                Some(Effect::Done(outcome)) => {
                    let clock = inner.clock;
                    self.inner.remove(&outer);
                    self.conclude(CallId(outer), Arc::unwrap_or_clone(outcome), clock);
                    return true;
                }
                Some(effect) => {
                    self.ready.extend(inner.outward(outer, effect));
                    return true;
                }
                None => {}
            }
        }
        false
    }

    /// Answers the step whose operation is over.
    fn conclude(&mut self, id: CallId, outcome: Outcome, clock: Duration) {
        let outputs = Value::Object(outcome.outputs);
        match (outcome.outcome, outcome.failure) {
            (OutcomeKind::Succeeded, _) => self.answer(id, 200, &outputs, clock),
            (_, Some(failure)) => {
                let body = failed(&failure.code, &failure.message, outputs);
                self.answer(id, FAILED, &body, clock);
            }
            (_, None) => self.answer(id, FAILED, &failed("ecr.failed", "", outputs), clock),
        }
    }

    fn answer(&mut self, id: CallId, status: u16, body: &Value, elapsed: Duration) {
        let answer = Event::Response {
            id,
            status,
            headers: vec![("content-type".into(), "application/json".into())],
            body: body.to_string().into_bytes(),
            elapsed,
        };
        // The run asked for it, and where it does not want it any more it ignores it.
        let _ = self.run.feed(answer);
    }

    /// Ends an operation; what it had under way is dropped.
    fn cancel(&mut self, outer: u64, reason: CancelReason) {
        let Some(mut inner) = self.inner.remove(&outer) else {
            return;
        };
        let _ = inner.operation.feed(Event::Cancel { reason });
        while let Some(effect) = inner.operation.poll() {
            if matches!(effect, Effect::Abort { .. }) {
                self.ready.extend(inner.outward(outer, effect));
            }
        }
    }

    /// Ends an operation that has taken as long as its step may.
    fn expire(&mut self, id: CallId, elapsed: Duration) {
        self.cancel(id.0, CancelReason::Timeout);
        // The run asked for it, so it takes it.
        let _ = self.run.feed(Event::Failed {
            id,
            reason: FailureReason::Timeout,
            message: "the operation took longer than its step may".into(),
            elapsed,
        });
    }

    /// Takes what the host saw.
    ///
    /// # Errors
    /// `run.unknown-call`, `run.wrong-event`. Nothing has changed then.
    pub fn feed(&mut self, event: Event) -> Result<(), RunError> {
        let id = match &event {
            Event::Cancel { reason } => {
                let reason = *reason;
                let all: Vec<u64> = self.inner.keys().copied().collect();
                for outer in all {
                    self.cancel(outer, reason);
                }
                return self.run.feed(event);
            }
            Event::Response { id, .. } | Event::Failed { id, .. } | Event::Elapsed { id } => *id,
            _ => return self.run.feed(event),
        };
        let Some((outer, own)) = inward(id) else {
            // Nobody answers a request that was never handed out.
            return match self.started.contains(&id.0) {
                true => Err(RunError::UnknownCall { id }),
                false => self.run.feed(event),
            };
        };
        match self.inner.get_mut(&outer) {
            Some(inner) => {
                let fed = inner.feed(own, event);
                fed.map_err(|error| renamed(error, id))?;
                let (late, elapsed) = (inner.is_late(), inner.clock);
                if late && inner.operation.outcome().is_none() {
                    self.expire(CallId(outer), elapsed);
                }
                Ok(())
            }
            // It is over; what comes late is ignored.
            None if self.started.contains(&outer) => Ok(()),
            None => Err(RunError::UnknownCall { id }),
        }
    }

    /// How it ended; `None` while it goes on.
    pub fn outcome(&self) -> Option<&Outcome> {
        self.run.outcome()
    }

    /// Where it stands, as bytes that any host can go on from.
    pub fn snapshot(&self) -> Vec<u8> {
        let run = self.run.snapshot();
        if self.inner.is_empty() {
            return run;
        }
        let read = |bytes: &[u8]| parse_json(bytes, DEEPEST).unwrap_or_default();
        let operations = self.inner.iter().map(|(id, inner)| Kept {
            id: *id,
            clock: inner.clock,
            operation: read(&inner.operation.snapshot()),
        });
        let snapshot = Snapshot {
            version: VERSION,
            run: read(&run),
            operations: operations.collect(),
        };
        serde_json::to_vec(&snapshot).unwrap_or_default()
    }
}

impl Inner {
    /// An effect under the id that the host knows it by. What is told of single requests
    /// is left out: to the workflow, the step is one.
    fn outward(&mut self, outer: u64, effect: Effect) -> Option<Effect> {
        Some(match effect {
            Effect::Send(mut send) => {
                let since = (self.clock, Duration::ZERO);
                self.handed_out.insert(send.id.0, since);
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
                self.handed_out.insert(wait.id.0, (self.clock, wait.delay));
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
        if let Some((since, delay)) = self.handed_out.remove(&own.0) {
            let until = since.saturating_add(took.unwrap_or(delay));
            self.clock = self.clock.max(until);
        }
        Ok(())
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

impl Machine for Workflow {
    fn poll(&mut self) -> Option<Effect> {
        Self::poll(self)
    }

    fn feed(&mut self, event: Event) -> Result<(), RunError> {
        Self::feed(self, event)
    }

    fn outcome(&self) -> Option<&Outcome> {
        Self::outcome(self)
    }

    fn snapshot(&self) -> Vec<u8> {
        Self::snapshot(self)
    }
}
