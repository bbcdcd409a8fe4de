//! An operation under way: poll it for effects, feed it events.

use std::collections::VecDeque;
use std::fmt;
use std::time::Duration;

use serde_json::{Map, Value};
use spola::exchange::Response;
use spola::machine::{
    Again, CallId, CancelReason, Effect, Event, Failure, Machine, Outcome, OutcomeKind, Progress,
    Resend, RunError, Send, Wait,
};

use crate::blob::Step;
use crate::call::{Verdict, judge_answer, judge_failure, pause};
use crate::error::EcrError;
use crate::kept::kept;
use crate::place::Options;
use crate::request::{Request, Task};
use crate::script::{Answer, Ask, Next, Reply};
use crate::upload::UPLOAD;

/// One operation of the toolkit, driven as a workflow run is: *poll until `None`, act on
/// each effect, feed what you saw, poll again*, until [`outcome`](Self::outcome) answers.
///
/// The outcome's outputs are what the operation gives. Where it failed they may hold
/// `error`: what AWS said, or both digests of a conflict.
pub struct Operation {
    pub(crate) options: Options,
    pub(crate) task: Task,
    pub(crate) state: State,
    ready: VecDeque<Effect>,
    told: bool,
}

/// Where an operation stands, beside its script.
#[derive(Clone, Debug, Default)]
pub(crate) struct State {
    /// Handed out, or about to be.
    pub(crate) outstanding: Vec<Pending>,
    /// Asked for, but not yet due.
    pub(crate) waiting: VecDeque<Pending>,
    pub(crate) next_call: u64,
    draws: u64,
    pub(crate) outcome: Option<Outcome>,
}

kept! { State { outstanding, waiting, next_call, draws, outcome } }

impl State {
    /// What was outstanding may have been sent and carried out.
    pub(crate) fn put_in_doubt(&mut self) {
        for pending in &mut self.outstanding {
            pending.in_doubt = true;
        }
    }
}

/// Something that a script asked for.
#[derive(Clone, Debug)]
pub(crate) struct Pending {
    /// Its id, once it is due.
    pub(crate) id: u64,
    key: u64,
    ask: Ask,
    resend: Resend,
    /// A pause that comes before it is sent again.
    pause: Option<Duration>,
    /// Whether it may have been carried out, its answer lost.
    in_doubt: bool,
    /// Whether the host was told that it comes.
    announced: bool,
    handed_out: bool,
}

kept! {
    Pending {
        id, key, ask, resend: later, pause, in_doubt: later, announced: later; skipped handed_out
    }
}

impl Pending {
    fn new(key: u64, ask: Ask) -> Self {
        Self {
            id: 0,
            key,
            ask,
            resend: Resend::default(),
            pause: None,
            in_doubt: false,
            announced: false,
            handed_out: false,
        }
    }

    /// The wait that it is, or that comes first.
    fn delay(&self) -> Option<Duration> {
        match self.ask {
            Ask::Wait(delay) => Some(delay),
            _ => self.pause,
        }
    }

    /// What is told when it is sent.
    fn attempt(&self, name: &str, send: &Send) -> Progress {
        Progress::Attempt {
            id: CallId(self.id),
            workflow_id: name.into(),
            step_id: self.operation().into(),
            execution: 1,
            attempt: u64::from(self.resend.sent),
            method: send.request.method().clone(),
            url: send.shown_url().to_owned(),
        }
    }

    /// What is told when it has to wait; a pause of its own is told by its script.
    fn waiting(&self, delay: Duration) -> Option<Progress> {
        self.pause.map(|_| Progress::Waiting {
            step_id: self.operation().into(),
            why: "resend",
            delay,
        })
    }

    fn operation(&self) -> String {
        match &self.ask {
            Ask::Call(call) => call.operation.clone().into_owned(),
            Ask::Blob(blob) => blob.operation().to_owned(),
            Ask::Fetch(fetch) => fetch.name().to_owned(),
            Ask::Upload(_) => UPLOAD.to_owned(),
            Ask::Wait(_) => "wait".to_owned(),
        }
    }
}

impl fmt::Debug for Operation {
    /// Where it stands; never what it works with.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Operation")
            .field("name", &self.name())
            .field("outstanding", &self.state.outstanding.len())
            .field("outcome", &self.outcome().map(|outcome| outcome.outcome))
            .finish_non_exhaustive()
    }
}

impl Operation {
    /// Begins an operation by name: one of [`Request::NAMES`], its arguments as JSON.
    ///
    /// # Errors
    /// `ecr.unknown-operation`, `ecr.invalid-arguments`, what is wrong with a name in
    /// them, and `ecr.no-region`.
    pub fn from_json(name: &str, args: Value, options: Options) -> Result<Self, EcrError> {
        Self::start(Request::from_json(name, args)?, options)
    }

    /// Begins an operation.
    ///
    /// # Errors
    /// What is wrong with a name in its arguments, and `ecr.no-region`.
    pub fn start(request: Request, options: Options) -> Result<Self, EcrError> {
        let task = request.begin(&options)?;
        Self::beginning(options, task)
    }

    pub(crate) fn beginning(mut options: Options, task: Task) -> Result<Self, EcrError> {
        let attempts = task.attempts();
        options.run.max_attempts.get_or_insert(attempts);
        let mut operation = Self::standing(options, task, State::default());
        let next = operation.task.next(None)?;
        operation.take(next);
        Ok(operation)
    }

    pub(crate) fn standing(options: Options, task: Task, state: State) -> Self {
        Self {
            options,
            task,
            state,
            ready: VecDeque::new(),
            told: false,
        }
    }

    /// The name of the operation: `ensure-repository`.
    pub fn name(&self) -> &'static str {
        self.task.name()
    }

    /// How many bytes of layers it keeps in memory; those in requests that were handed
    /// out are not among them.
    pub fn held_bytes(&self) -> u64 {
        self.task.held_bytes()
    }

    /// The next effect; `None` when answers are owed, or when it is over.
    pub fn poll(&mut self) -> Option<Effect> {
        loop {
            if let Some(effect) = self.ready.pop_front() {
                return Some(effect);
            }
            if let Some(outcome) = &self.state.outcome {
                let first = !std::mem::replace(&mut self.told, true);
                return first.then(|| Effect::Done(outcome.clone().into()));
            }
            if let Some(effect) = self.hand_out() {
                return Some(effect);
            }
            let changed = self.make_due() || !self.ready.is_empty();
            if !changed && self.state.outcome.is_none() && !self.is_due() {
                return None;
            }
        }
    }

    fn is_due(&self) -> bool {
        let outstanding = &self.state.outstanding;
        outstanding.iter().any(|pending| !pending.handed_out)
    }

    /// Gives out what is due; what cannot be sent is answered at once.
    fn hand_out(&mut self) -> Option<Effect> {
        self.answer_forgotten();
        let due = |pending: &Pending| !pending.handed_out;
        let at = self.state.outstanding.iter().position(due)?;
        let pending = &mut self.state.outstanding[at];
        let id = CallId(pending.id);
        let (effect, progress) = match pending.delay() {
            Some(delay) => (Effect::Wait(Wait { id, delay }), pending.waiting(delay)),
            None => match request_of(pending, id, &self.options) {
                Ok(send) => {
                    let progress = pending.attempt(self.task.name(), &send);
                    (Effect::Send(Box::new(send)), Some(progress))
                }
                Err(error) => {
                    let pending = self.state.outstanding.remove(at);
                    self.answer(&pending, Err(error));
                    return None;
                }
            },
        };
        pending.handed_out = true;
        let announced = std::mem::replace(&mut pending.announced, true);
        let Some(progress) = progress.filter(|_| !announced) else {
            return Some(effect);
        };
        self.ready.push_back(effect);
        Some(Effect::Progress(Box::new(progress)))
    }

    /// Tells the script of what it asked for before a snapshot, and must ask anew.
    fn answer_forgotten(&mut self) {
        let forgotten = |pending: &Pending| {
            !pending.handed_out && pending.delay().is_none() && pending.ask.is_forgotten()
        };
        while let Some(at) = self.state.outstanding.iter().position(forgotten) {
            let pending = self.state.outstanding.remove(at);
            self.answer(&pending, Ok(Reply::Forgotten));
        }
    }

    /// Moves what may begin from what waits to what is outstanding; says whether
    /// anything was moved.
    fn make_due(&mut self) -> bool {
        let requests = self.state.outstanding.iter();
        let under_way = requests.filter(|pending| !matches!(pending.ask, Ask::Wait(_)));
        let full = under_way.count() >= self.task.at_once().max(1);
        let may_begin = |pending: &Pending| !full || matches!(pending.ask, Ask::Wait(_));
        if !self.state.waiting.front().is_some_and(may_begin) {
            return false;
        }
        let Some(mut pending) = self.state.waiting.pop_front() else {
            return false;
        };
        pending.id = self.state.next_call;
        self.state.next_call = self.state.next_call.saturating_add(1);
        if pending.delay().is_none() {
            pending.resend.sent = pending.resend.sent.saturating_add(1);
        }
        (pending.announced, pending.handed_out) = (false, false);
        self.state.outstanding.push(pending);
        true
    }

    /// Takes what the host saw.
    ///
    /// # Errors
    /// `run.unknown-call`, `run.wrong-event`. Nothing has changed then.
    pub fn feed(&mut self, event: Event) -> Result<(), RunError> {
        let id = match &event {
            Event::Cancel { reason } => {
                self.cancel(*reason);
                return Ok(());
            }
            Event::Response { id, .. } | Event::Failed { id, .. } | Event::Elapsed { id } => *id,
            // Events of messages: no operation asks for any.
            _ => return Ok(()),
        };
        if id.0 >= self.state.next_call {
            return Err(RunError::UnknownCall { id });
        }
        let named = |pending: &Pending| pending.id == id.0;
        let Some(at) = self.state.outstanding.iter().position(named) else {
            return Ok(());
        };
        let pending = &self.state.outstanding[at];
        if !pending.handed_out {
            return Err(RunError::UnknownCall { id });
        }
        let is_wait = pending.delay().is_some();
        if is_wait != matches!(event, Event::Elapsed { .. }) {
            let effect = if is_wait { "a wait" } else { "a request" };
            return Err(RunError::WrongEvent { id, effect });
        }
        let pending = self.state.outstanding.remove(at);
        match event {
            Event::Response {
                status,
                headers,
                body,
                ..
            } => self.answered(pending, Response::new(status, headers, body)),
            Event::Failed {
                reason, message, ..
            } => {
                self.tell(Progress::Answered { id, status: None });
                let mut pending = pending;
                pending.in_doubt = true;
                let verdict = judge_failure(
                    &pending.operation(),
                    reason,
                    &message,
                    &mut pending.resend,
                    &mut self.state.draws,
                    &self.options.run,
                );
                self.follow(pending, verdict);
            }
            _ => self.elapsed(pending),
        }
        Ok(())
    }

    /// How it ended; `None` while it goes on.
    pub fn outcome(&self) -> Option<&Outcome> {
        self.state.outcome.as_ref()
    }

    fn answered(&mut self, mut pending: Pending, answer: Response) {
        let status = Some(answer.status());
        let id = CallId(pending.id);
        self.tell(Progress::Answered { id, status });
        let (options, draws) = (&self.options.run, &mut self.state.draws);
        // A fetch says itself how much it takes.
        let fetched = matches!(pending.ask, Ask::Fetch(_));
        if !fetched && answer.body().len() as u64 > options.max_response() {
            let error = EcrError::UnreadableAnswer {
                operation: pending.operation(),
                reason: format!("it is larger than {} bytes", options.max_response()),
            };
            return self.answer(&pending, Err(error));
        }
        let operation = pending.operation();
        let resend = &mut pending.resend;
        // A server that fails may have done what it was asked for.
        let failed = answer.status() >= 500;
        match &mut pending.ask {
            Ask::Blob(blob) => match blob.judge(&answer, resend, draws, options) {
                Step::Again(pause) => self.follow(pending, Verdict::Again(pause)),
                Step::Onward => {
                    self.action(id, &pending, true, "next");
                    self.state.waiting.push_front(pending);
                }
                Step::Over(bytes) => self.answer(&pending, bytes.map(Reply::Bytes)),
            },
            Ask::Fetch(_) => match resend.after_answer(&answer, options.max_attempts()) {
                // Neither credentials nor clock of ours have a part in it.
                Some(again @ (Again::After(_) | Again::Backoff(_))) => {
                    let pause = pause(again, resend, draws, options);
                    self.follow(pending, Verdict::Again(pause));
                }
                _ => self.answer(&pending, Ok(Reply::Answer(answer))),
            },
            _ => {
                let verdict = judge_answer(&operation, &answer, resend, draws, options);
                pending.in_doubt |= failed;
                self.follow(pending, verdict);
            }
        }
    }

    fn follow(&mut self, mut pending: Pending, verdict: Verdict) {
        match verdict {
            Verdict::Again(pause) => {
                self.action(CallId(pending.id), &pending, false, "resend");
                pending.pause = (!pause.is_zero()).then_some(pause);
                self.state.waiting.push_front(pending);
            }
            Verdict::Over(value) => self.answer(&pending, value.map(Reply::Json)),
        }
    }

    fn elapsed(&mut self, mut pending: Pending) {
        match pending.ask {
            Ask::Wait(_) => self.answer(&pending, Ok(Reply::Elapsed)),
            _ => {
                pending.pause = None;
                self.state.waiting.push_front(pending);
            }
        }
    }

    /// Gives the script the answer to what it asked for.
    fn answer(&mut self, pending: &Pending, reply: Result<Reply, EcrError>) {
        if !matches!(pending.ask, Ask::Wait(_)) {
            self.action(CallId(pending.id), pending, reply.is_ok(), "next");
        }
        let answer = Answer {
            key: pending.key,
            reply,
            in_doubt: pending.in_doubt,
        };
        match self.task.next(Some(answer)) {
            Ok(next) => self.take(next),
            Err(error) => self.fail(&error),
        }
    }

    fn take(&mut self, next: Next) {
        for progress in next.told {
            self.tell(progress);
        }
        if let Some(outputs) = next.done {
            return self.finish(OutcomeKind::Succeeded, outputs, None);
        }
        for (key, ask) in next.asks {
            self.state.waiting.push_back(Pending::new(key, ask));
        }
        if self.state.waiting.is_empty() && self.state.outstanding.is_empty() {
            let reason = "it stands where nothing is left to do".into();
            self.fail(&EcrError::DamagedSnapshot { reason });
        }
    }

    fn fail(&mut self, error: &EcrError) {
        let (failure, outputs) = (error.to_failure(), error.to_outputs());
        self.finish(OutcomeKind::Failed, outputs, Some(failure));
    }

    fn cancel(&mut self, reason: CancelReason) {
        if self.state.outcome.is_some() {
            return;
        }
        let (kind, code, message) = match reason {
            CancelReason::User => (
                OutcomeKind::Interrupted,
                "run.cancelled",
                "the operation was cancelled",
            ),
            CancelReason::Timeout => (
                OutcomeKind::Failed,
                "run.timeout",
                "the operation took longer than it may",
            ),
        };
        let failure = Failure {
            code: code.into(),
            step_id: None,
            message: message.into(),
        };
        self.finish(kind, Map::new(), Some(failure));
    }

    fn finish(&mut self, kind: OutcomeKind, outputs: Map<String, Value>, why: Option<Failure>) {
        // What was made ready but not yet given out never is.
        let unsent = |effect: &Effect| match effect {
            Effect::Send(send) => Some(send.id),
            Effect::Wait(wait) => Some(wait.id),
            _ => None,
        };
        let kept: Vec<CallId> = self.ready.iter().filter_map(unsent).collect();
        self.ready.retain(|effect| unsent(effect).is_none());
        for pending in self.state.outstanding.drain(..) {
            let id = CallId(pending.id);
            if pending.handed_out && !kept.contains(&id) {
                self.ready.push_back(Effect::Abort { id });
            }
        }
        self.state.waiting.clear();
        self.state.outcome = Some(Outcome {
            outcome: kind,
            outputs,
            failure: why,
        });
    }

    fn action(&mut self, id: CallId, pending: &Pending, succeeded: bool, action: &'static str) {
        self.tell(Progress::Action {
            id: Some(id),
            workflow_id: self.name().into(),
            step_id: pending.operation().into(),
            succeeded,
            action: action.into(),
        });
    }

    fn tell(&mut self, progress: Progress) {
        self.ready.push_back(Effect::Progress(Box::new(progress)));
    }
}

fn request_of(pending: &Pending, id: CallId, options: &Options) -> Result<Send, EcrError> {
    match &pending.ask {
        Ask::Call(call) => call.send(id, &pending.resend, &options.run),
        Ask::Blob(blob) => blob.send(id, &pending.resend, &options.run),
        Ask::Fetch(fetch) => fetch.send(id),
        Ask::Upload(upload) => upload.send(id, &pending.resend, &options.run),
        Ask::Wait(_) => Err(EcrError::endpoint(&"a pause is no request")),
    }
}

impl Machine for Operation {
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
