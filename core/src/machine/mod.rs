//! The run: poll it for effects, feed it events.

mod actions;
mod address;
mod again;
mod archive;
mod begin;
mod criteria;
mod destinations;
mod effect;
mod endings;
mod error;
mod failure;
mod host;
mod kept;
mod left;
mod mask;
mod options;
mod outputs;
mod pacing;
mod prepare;
mod preview;
mod random;
mod ready;
mod record;
mod resend;
mod scope;
mod secrets;
mod size;
mod snapshot;
mod state;
mod step;
mod visits;

use std::borrow::Cow;
use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value};

use self::actions::Verdict;
use self::mask::Marks;
use self::ready::Ready;
use self::scope::Exchange;
use self::state::{Frame, Next, Outstanding, OutstandingKind, State};
use crate::exchange::Response;
use crate::link::{Linked, Program};

pub use self::again::{Again, Resend, jitter};
pub use self::destinations::Destination;
pub use self::effect::{
    CallId, CancelReason, Effect, Event, Failure, FailureReason, Outcome, OutcomeKind, Progress,
    Repeat, Send, Wait,
};
pub use self::error::RunError;
pub use self::host::Machine;
pub use self::options::{ExtraHeader, InDoubt, RunOptions};
pub use self::preview::{Preview, PreviewedRequest};
pub use self::record::{CriterionRecord, Record, RequestRecord, StepRecord};
pub use self::snapshot::ResumeOptions;

/// How much is made ready to be told before the host is asked to take it.
const MOST_READY: usize = 256;

/// One execution of a workflow.
///
/// It owns no socket, thread, clock, randomness, file or credential. Hosts
/// *poll until `None`, act on each effect, feed what they saw, poll again*,
/// until [`Run::outcome`] answers.
pub struct Run {
    program: Program,
    options: RunOptions,
    state: State,
    /// Effects that are ready to be handed out.
    ready: VecDeque<Ready>,
    /// The exchange of the step that is being judged.
    exchange: Option<Box<Exchange>>,
    /// Whether the end was told.
    told: bool,
    /// Whether what is outstanding was handed out before this run was resumed,
    /// and not since.
    again: bool,
    /// Secret inputs by name; a snapshot leaves them out.
    secrets: Map<String, Value>,
}

impl fmt::Debug for Run {
    /// Where it stands; never what it works with.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Run")
            .field("at", &self.position())
            .field("calls", &self.state.frames.len())
            .field("outstanding", &self.state.outstanding)
            .field("outcome", &self.outcome().map(|outcome| outcome.outcome))
            .finish_non_exhaustive()
    }
}

impl Run {
    /// The next effect; `None` when answers are owed (feed them and poll again)
    /// or when the run is over ([`Run::outcome`] says so).
    pub fn poll(&mut self) -> Option<Effect> {
        if self.ready.is_empty() {
            self.advance();
        }
        let effect = match self.ready.pop_front() {
            Some(ready) => ready.into_effect(),
            None => self.due()?,
        };
        self.give(&effect);
        Some(effect)
    }

    /// Takes down what the host knows of from now on.
    fn give(&mut self, effect: &Effect) {
        let Some(owed) = &mut self.state.outstanding else {
            return;
        };
        match effect {
            Effect::Progress(told) if matches!(**told, Progress::Attempt { .. }) => {
                owed.announced = true;
            }
            Effect::Send(_) | Effect::Wait(_) => {
                owed.announced = true;
                owed.handed_out = true;
                self.again = false;
            }
            _ => {}
        }
    }

    /// Takes what the host saw.
    ///
    /// An answer to an id that was aborted, and anything after the end, is ignored.
    ///
    /// # Errors
    /// `run.unknown-call` for an id that was never issued, `run.wrong-event` for an
    /// event that does not answer its effect. Nothing has changed then.
    pub fn feed(&mut self, event: Event) -> Result<(), RunError> {
        let id = match &event {
            Event::Cancel { reason } => {
                self.cancel(*reason);
                return Ok(());
            }
            Event::Response { id, .. } | Event::Failed { id, .. } | Event::Elapsed { id } => *id,
        };
        if id.0 >= self.state.next_call {
            return Err(RunError::UnknownCall { id });
        }
        let Some(outstanding) = self.state.outstanding.clone().filter(|owed| owed.id == id) else {
            return Ok(());
        };
        if !outstanding.handed_out {
            return Err(RunError::UnknownCall { id });
        }
        match (event, outstanding.kind) {
            (Event::Elapsed { .. }, OutstandingKind::Wait(delay)) => {
                self.settle();
                self.spend(delay);
                let program = Arc::clone(&self.program.0);
                self.expire(&program, None);
            }
            (
                Event::Response {
                    status,
                    headers,
                    body,
                    elapsed,
                    ..
                },
                OutstandingKind::Send,
            ) => {
                self.settle();
                self.spend(elapsed);
                self.answered(id, status, headers, body);
            }
            (
                Event::Failed {
                    reason,
                    message,
                    elapsed,
                    ..
                },
                OutstandingKind::Send,
            ) => {
                self.settle();
                self.spend(elapsed);
                self.unanswered(id, reason, message);
            }
            (_, kind) => {
                let effect = match kind {
                    OutstandingKind::Send => "a request",
                    OutstandingKind::Wait(_) => "a wait",
                };
                return Err(RunError::WrongEvent { id, effect });
            }
        }
        // The answer is not kept, so all that it leads to is done now.
        self.advance();
        Ok(())
    }

    /// How the run ended; `None` while it goes on.
    pub fn outcome(&self) -> Option<&Outcome> {
        self.state.outcome.as_deref()
    }

    /// The workflow that was asked for; `None` once the run is over.
    pub fn workflow_id(&self) -> Option<&str> {
        let frame = self.state.frames.first()?;
        Some(&self.program.0.workflow(frame.called).id)
    }

    /// What it was started with, and what was given over that since.
    pub fn options(&self) -> &RunOptions {
        &self.options
    }

    /// The program that is run.
    pub fn program(&self) -> &Program {
        &self.program
    }

    /// Nothing is outstanding any more; what was to be handed out again is not.
    fn settle(&mut self) {
        self.state.outstanding = None;
        if std::mem::take(&mut self.again) {
            self.ready.retain(|ready| !matches!(ready, Ready::Send(_)));
        }
    }

    /// Goes on until the host is needed or the end is reached, or there is much to
    /// tell: a host can cancel a loop that asks for nothing.
    fn advance(&mut self) {
        let program = Arc::clone(&self.program.0);
        while self.state.outcome.is_none() && self.state.outstanding.is_none() {
            if self.ready.len() >= MOST_READY && self.exchange.is_none() {
                return;
            }
            let Some(frame) = self.state.frames.last() else {
                return;
            };
            match frame.next {
                Next::Dependencies => self.see_to_dependencies(&program),
                Next::Enter(step, via) => self.enter(&program, step, via),
                Next::Attempt => self.attempt(&program),
                Next::Send => self.send(&program),
                Next::First(action) => self.run_first(&program, action),
                Next::Returned(workflow, role) => self.returned(&program, workflow, role),
                // A frame that waits for a call has that call above it.
                Next::Called => return,
            }
        }
    }

    /// The effect that was decided on but not handed out: a request, a wait, the end.
    fn due(&mut self) -> Option<Effect> {
        if let Some(outcome) = &self.state.outcome {
            return (!std::mem::replace(&mut self.told, true))
                .then(|| Effect::Done(Arc::clone(outcome)));
        }
        let owed = self.state.outstanding.as_ref()?;
        match owed.kind {
            OutstandingKind::Wait(delay) if self.again || !owed.handed_out => {
                Some(Effect::Wait(Wait { id: owed.id, delay }))
            }
            _ => None,
        }
    }

    /// The text without secret inputs: the host's, and those of calls under way.
    fn without_secrets(&self, text: String) -> String {
        let mut marks = Marks::default();
        for secret in self.secrets.values() {
            marks.mask(secret);
        }
        for frame in &self.state.frames {
            for name in &self.program.0.workflow(frame.workflow).secret_inputs {
                if let Some(secret) = frame.inputs.get(&**name) {
                    marks.mask(secret);
                }
            }
        }
        match marks.put_into(&text) {
            Cow::Owned(marked) => marked,
            Cow::Borrowed(_) => text,
        }
    }

    fn tell(&mut self, progress: Progress) {
        self.ready.push_back(Ready::Progress(Box::new(progress)));
    }

    fn next_id(&mut self) -> CallId {
        let id = CallId(self.state.next_call);
        self.state.next_call = self.state.next_call.saturating_add(1);
        id
    }

    /// Sets what the innermost call does next.
    fn set_next(&mut self, next: Next) {
        if let Some(frame) = self.state.frames.last_mut() {
            frame.next = next;
        }
    }

    /// Asks the host to wait; `next` says what the innermost call does after it.
    ///
    /// No longer than a `timeout` leaves: the step that has it fails then.
    fn wait(&mut self, delay: Duration, next: Next) {
        self.set_next(next);
        let delay = self.budget().map_or(delay, |left| delay.min(left));
        if delay.is_zero() {
            return;
        }
        let id = self.next_id();
        self.state.outstanding = Some(Outstanding {
            id,
            announced: false,
            handed_out: false,
            kind: OutstandingKind::Wait(delay),
        });
    }

    /// Fails the outermost step whose `timeout` has run out, and drops the calls
    /// that it made; says whether there is one.
    fn expire(&mut self, program: &Linked, id: Option<CallId>) -> bool {
        let spent = |frame: &Frame| {
            let visit = frame.visits.last();
            visit.is_some_and(|visit| visit.budget == Some(Duration::ZERO))
        };
        let Some(at) = self.state.frames.iter().position(spent) else {
            return false;
        };
        let innermost = at + 1 == self.state.frames.len();
        self.state.frames.truncate(at + 1);
        self.exchange = None;
        self.conclude(program, id.filter(|_| innermost), Verdict::late());
        true
    }

    /// Takes time from every budget that is running.
    fn spend(&mut self, elapsed: Duration) {
        for frame in &mut self.state.frames {
            if let Some(budget) = &mut frame.budget {
                *budget = budget.saturating_sub(elapsed);
            }
            if let Some(budget) = frame
                .visits
                .last_mut()
                .and_then(|visit| visit.budget.as_mut())
            {
                *budget = budget.saturating_sub(elapsed);
            }
        }
    }

    /// An answer came for the request of the active visit.
    fn answered(&mut self, id: CallId, status: u16, headers: Vec<(String, String)>, body: Vec<u8>) {
        let program = Arc::clone(&self.program.0);
        self.tell(Progress::Answered {
            id,
            status: Some(status),
        });
        if self.expire(&program, Some(id)) {
            return;
        }
        if body.len() as u64 > self.options.max_response() {
            let limit = self.options.max_response();
            self.conclude(&program, Some(id), Verdict::too_large(limit));
            return;
        }
        let response = Response::new(status, headers, body);
        if self.resend_answer(&program, id, &response) {
            return;
        }
        let request = self.request_view(&program);
        self.exchange = Some(Box::new(Exchange {
            answer: Some(response),
            request,
        }));
        self.judge_answer(&program, id);
    }

    /// No answer came for the request of the active visit.
    fn unanswered(&mut self, id: CallId, reason: FailureReason, message: String) {
        let program = Arc::clone(&self.program.0);
        self.tell(Progress::Answered { id, status: None });
        if self.expire(&program, Some(id)) || self.resend_failure(&program, id, reason) {
            return;
        }
        let request = self.request_view(&program);
        self.exchange = Some(Box::new(Exchange {
            answer: None,
            request,
        }));
        self.conclude(&program, Some(id), Verdict::no_answer(reason, message));
    }
}
