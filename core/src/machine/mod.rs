//! The run: poll it for effects, feed it events.

mod actions;
mod address;
mod again;
mod archive;
mod at;
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

use self::at::At;
use self::mask::Marks;
use self::resend::Heard;
use self::scope::{Exchange, RunScope};
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
    /// What is ready to be told.
    ready: VecDeque<Box<Progress>>,
    /// The request to be handed out after that.
    send: Option<Box<Send>>,
    /// What the host is to drop after that.
    abort: Option<CallId>,
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
        let at = self.at(&self.program.0);
        f.debug_struct("Run")
            .field("workflow", &at.map(|at| &at.workflow.id))
            .field("step", &at.map(|at| &at.step.id))
            .field("calls", &self.state.frames.len())
            .field("outstanding", &self.state.outstanding)
            .field("outcome", &self.outcome().map(|outcome| outcome.outcome))
            .finish_non_exhaustive()
    }
}

impl Run {
    /// A run that is nowhere yet.
    fn new(program: Program, options: RunOptions) -> Self {
        Self {
            program,
            options,
            state: State::default(),
            // What one answer leads to, mostly.
            ready: VecDeque::with_capacity(8),
            send: None,
            abort: None,
            exchange: None,
            told: false,
            again: false,
            secrets: Map::new(),
        }
    }

    /// The next effect; `None` when answers are owed (feed them and poll again)
    /// or when the run is over ([`Run::outcome`] says so).
    pub fn poll(&mut self) -> Option<Effect> {
        if self.ready.is_empty() && self.send.is_none() {
            let program = Arc::clone(&self.program.0);
            self.advance(&program);
        }
        if let Some(told) = self.ready.pop_front() {
            if let (Progress::Attempt { .. }, Some(owed)) = (&*told, &mut self.state.outstanding) {
                owed.announced = true;
            }
            return Some(Effect::Progress(told));
        }
        if let Some(id) = self.abort.take() {
            return Some(Effect::Abort { id });
        }
        if let Some(outcome) = &self.state.outcome {
            let told = std::mem::replace(&mut self.told, true);
            return (!told).then(|| Effect::Done(Arc::clone(outcome)));
        }
        let owed = self.state.outstanding.as_mut()?;
        let effect = match (self.send.take(), owed.kind) {
            (Some(send), _) => Effect::Send(send),
            (None, OutstandingKind::Wait(delay)) if self.again || !owed.handed_out => {
                Effect::Wait(Wait { id: owed.id, delay })
            }
            _ => return None,
        };
        owed.announced = true;
        owed.handed_out = true;
        self.again = false;
        Some(effect)
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
        let owed = self.state.outstanding.as_ref();
        let owed = owed.filter(|owed| owed.id == id);
        if id.0 >= self.state.next_call || owed.is_some_and(|owed| !owed.handed_out) {
            return Err(RunError::UnknownCall { id });
        }
        let Some(owed) = owed else {
            return Ok(());
        };
        let (elapsed, heard) = match (event, owed.kind) {
            (Event::Elapsed { .. }, OutstandingKind::Wait(delay)) => (delay, None),
            (
                Event::Response {
                    status,
                    headers,
                    body,
                    elapsed,
                    ..
                },
                OutstandingKind::Send,
            ) => (elapsed, Some(Ok(Response::new(status, headers, body)))),
            (
                Event::Failed {
                    reason,
                    message,
                    elapsed,
                    ..
                },
                OutstandingKind::Send,
            ) => (elapsed, Some(Err((reason, message)))),
            (_, kind) => {
                let effect = match kind {
                    OutstandingKind::Send => "a request",
                    OutstandingKind::Wait(_) => "a wait",
                };
                return Err(RunError::WrongEvent { id, effect });
            }
        };
        let program = Arc::clone(&self.program.0);
        self.settle();
        self.spend(elapsed);
        match heard {
            Some(heard) => self.hear(&program, id, heard),
            None => drop(self.expire(&program, None)),
        }
        // The answer is not kept, so all that it leads to is done now.
        self.advance(&program);
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
        self.send = None;
        self.again = false;
    }

    /// Goes on until the host is needed or the end is reached, or there is much to
    /// tell: a host can cancel a loop that asks for nothing.
    fn advance(&mut self, program: &Linked) {
        while self.state.outcome.is_none() && self.state.outstanding.is_none() {
            if self.ready.len() >= MOST_READY && self.exchange.is_none() {
                return;
            }
            let Some(frame) = self.state.frames.last() else {
                return;
            };
            match (frame.next, self.at(program)) {
                (Next::Dependencies, _) => self.see_to_dependencies(program),
                (Next::Enter(step, via), _) => self.enter(program, step, via),
                (Next::Attempt, Some(at)) => self.attempt(&at, false),
                (Next::Send, Some(at)) => self.attempt(&at, true),
                (Next::First(action), Some(at)) => self.run_first(&at, action),
                (Next::Returned(workflow, role), Some(at)) => self.returned(&at, workflow, role),
                // A frame that waits for a call has that call above it.
                (Next::Called, _) | (_, None) => return,
            }
        }
    }

    /// What expressions see in the innermost call.
    fn scope<'r>(&'r self, program: &'r Linked) -> RunScope<'r> {
        let top = self.state.frames.len().saturating_sub(1);
        RunScope::new(program, &self.state, top, self.exchange.as_deref())
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
        self.ready.push_back(Box::new(progress));
    }

    /// Tells why the next thing waits, where it does.
    fn tell_waiting(&mut self, at: &At<'_>, why: &'static str, delay: Duration) {
        if !delay.is_zero() {
            self.tell(Progress::Waiting {
                step_id: at.step.id.clone(),
                why,
                delay,
            });
        }
    }

    /// Tells what is worth telling although it changes nothing.
    fn tell_notes(&mut self, step_id: Option<&Arc<str>>, notes: Vec<String>) {
        for message in notes {
            let message = self.without_secrets(message);
            self.tell(Progress::Note {
                step_id: step_id.cloned(),
                message,
            });
        }
    }

    /// The host owes an answer from now on.
    fn owe(&mut self, kind: OutstandingKind) -> CallId {
        let id = CallId(self.state.next_call);
        self.state.next_call = self.state.next_call.saturating_add(1);
        self.state.outstanding = Some(Outstanding {
            id,
            kind,
            ..Outstanding::default()
        });
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
        if !delay.is_zero() {
            self.owe(OutstandingKind::Wait(delay));
        }
    }

    /// How long what is under way may still take.
    fn budget(&self) -> Option<Duration> {
        let frame = self.state.frames.last()?;
        let visit = frame.visits.last().and_then(|visit| visit.budget);
        match (frame.budget, visit) {
            (Some(frame), Some(visit)) => Some(frame.min(visit)),
            (frame, visit) => frame.or(visit),
        }
    }

    /// Takes time from every budget that is running.
    fn spend(&mut self, elapsed: Duration) {
        for frame in &mut self.state.frames {
            let visit = frame.visits.last_mut();
            let visit = visit.and_then(|visit| visit.budget.as_mut());
            for budget in frame.budget.as_mut().into_iter().chain(visit) {
                *budget = budget.saturating_sub(elapsed);
            }
        }
    }

    /// Fails the outermost step whose `timeout` has run out, and drops the calls
    /// that it made; says whether there is one.
    fn expire(&mut self, program: &Linked, id: Option<CallId>) -> bool {
        let spent = |frame: &Frame| {
            let visit = frame.visits.last();
            visit.is_some_and(|visit| visit.budget == Some(Duration::ZERO))
        };
        let Some(outermost) = self.state.frames.iter().position(spent) else {
            return false;
        };
        let innermost = outermost + 1 == self.state.frames.len();
        self.state.frames.truncate(outermost + 1);
        self.exchange = None;
        if let Some(at) = self.at(program) {
            let late = failure::of(&failure::STEP_TIMEOUT, &[]);
            self.conclude(&at, id.filter(|_| innermost), Some(late));
        }
        true
    }

    /// An answer came for the request of the active visit, or none did, and why.
    fn hear(&mut self, program: &Linked, id: CallId, heard: Heard) {
        let status = heard.as_ref().ok().map(Response::status);
        self.tell(Progress::Answered { id, status });
        if self.expire(program, Some(id)) {
            return;
        }
        let Some(at) = self.at(program) else {
            return;
        };
        let limit = self.options.max_response();
        if heard
            .as_ref()
            .is_ok_and(|answer| answer.body().len() as u64 > limit)
        {
            let large = failure::of(&failure::TOO_LARGE, &[&limit.to_string()]);
            return self.conclude(&at, Some(id), Some(large));
        }
        if self.sends_again(&at, id, &heard) {
            return;
        }
        let (answer, lost) = match heard {
            Ok(answer) => (Some(answer), None),
            Err(lost) => (None, Some(lost)),
        };
        let request = self.request_view(&at);
        self.exchange = Some(Box::new(Exchange { answer, request }));
        let failure = match lost {
            None => self.judge_answer(&at, id),
            Some((reason, message)) => Some(failure::no_answer(reason, message)),
        };
        self.conclude(&at, Some(id), failure);
    }
}
