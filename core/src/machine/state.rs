//! Where a run stands: plain owned data.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value};

use super::again::Resend;
use super::effect::{CallId, Outcome};
use super::failure::Fault;
use super::left::Left;
use super::outputs::Outputs;
use super::visits::Visits;
use crate::exchange::Response;
use crate::link::{StepIndex, WorkflowIndex};
use crate::vec_map::VecMap;

/// Where a run stands. All of it goes into a snapshot.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct State {
    /// The next id to give out.
    pub next_call: u64,
    /// How many numbers were drawn from the seed.
    pub draws: u64,
    /// Step entries and retries so far.
    pub entries: u64,
    /// The workflow calls under way, the innermost last.
    pub frames: Vec<Frame>,
    /// Workflows that came to an end in this run, by index.
    pub ended: VecMap<u32, Box<Ended>>,
    /// How often each step was entered, by workflow and step.
    pub executions: Executions,
    /// What the host owes an answer to.
    pub outstanding: Option<Outstanding>,
    /// The end, once reached.
    pub outcome: Option<Arc<Outcome>>,
}

/// How often each step of each workflow was entered: mostly there is one workflow.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Executions {
    first: Option<(u32, Vec<u64>)>,
    others: Vec<(u32, Vec<u64>)>,
}

impl Executions {
    /// The counts of a workflow's steps, as far as they were entered.
    pub fn of(&mut self, workflow: u32) -> &mut Vec<u64> {
        let (own, counts) = self.first.get_or_insert((workflow, Vec::new()));
        if *own == workflow {
            return counts;
        }
        let known = self.others.iter().position(|(own, _)| *own == workflow);
        let at = known.unwrap_or_else(|| {
            self.others.push((workflow, Vec::new()));
            self.others.len() - 1
        });
        &mut self.others[at].1
    }

    /// The counts of each workflow.
    pub fn iter(&self) -> impl Iterator<Item = &(u32, Vec<u64>)> {
        self.first.iter().chain(&self.others)
    }

    /// The workflows, by index.
    pub fn workflows(&self) -> impl Iterator<Item = u32> {
        self.iter().map(|(workflow, _)| *workflow)
    }
}

/// Counts up one of several counters, all of which begin at 0.
pub(crate) fn count(counts: &mut Vec<u64>, at: usize) -> u64 {
    if counts.len() <= at {
        counts.resize(at + 1, 0);
    }
    counts[at] = counts[at].saturating_add(1);
    counts[at]
}

/// What the host owes an answer to.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Outstanding {
    /// Its id.
    pub id: CallId,
    /// Whether the host was told that it is about to be given a request.
    pub announced: bool,
    /// Whether the host was given it.
    pub handed_out: bool,
    /// What it is.
    pub kind: OutstandingKind,
}

/// What an outstanding effect is.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) enum OutstandingKind {
    /// The request of the active visit; it is built again from the state.
    #[default]
    Send,
    /// A wait.
    Wait(Duration),
}

/// A workflow that came to an end.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Ended {
    /// What it was run with.
    pub inputs: Map<String, Value>,
    /// What it gave.
    pub outputs: Map<String, Value>,
    /// Whether it ended in success, or was left by a goto. Unspecified: the result
    /// of the workflow that it went on to becomes its own.
    pub succeeded: bool,
    /// Why it failed.
    pub failure: Option<Fault>,
}

/// One call of a workflow.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Frame {
    /// Which workflow.
    pub workflow: WorkflowIndex,
    /// The one that was called, which went on to this one: the result is its.
    pub called: WorkflowIndex,
    /// Why it was called.
    pub role: Role,
    /// What it is run with.
    pub inputs: Map<String, Value>,
    /// Tells the inputs without those that were made up; none where none was.
    pub given: Option<u128>,
    /// What its steps left behind, by step.
    pub steps: Left,
    /// The step being done; above it one that runs first, before a retry.
    pub visits: Visits,
    /// What to do next, when nothing is outstanding.
    pub next: Next,
    /// How long this call may still take: the `timeout` of the step that calls it.
    pub budget: Option<Duration>,
    /// The inputs that workflows were last called with by a goto, and polls since.
    pub gone_to: VecMap<u32, Repeated>,
}

/// Why a workflow was called.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Role {
    /// The host asked for it.
    #[default]
    Main,
    /// A step calls it.
    Call,
    /// The workflow below depends on it.
    Dependency,
    /// It runs before a step is tried again.
    First,
}

/// What a frame does next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Next {
    /// See that the workflows it depends on have run.
    #[default]
    Dependencies,
    /// Enter a step, by order or by goto.
    Enter(StepIndex, Via),
    /// Make the request or call of the active visit.
    Attempt,
    /// The same, after the pause that it was due.
    Send,
    /// Run what comes before the retry of this failure action, by position.
    First(u32),
    /// Judge the workflow that was called in this role and has ended.
    Returned(WorkflowIndex, Role),
    /// Nothing until the call above it ends.
    Called,
}

/// How control came to a step.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Via {
    /// It is the next in order.
    #[default]
    Order,
    /// By a goto action.
    Goto,
}

/// One stay at a step: Unspecified: retries are counted for each stay.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Visit {
    /// Which step.
    pub step: StepIndex,
    /// How control came to it.
    pub via: Via,
    /// Which entry into the step this is, from 1.
    pub execution: u64,
    /// Requests made in this stay so far.
    pub attempt: u64,
    /// Retries used, by position among the failure actions.
    pub retries: Vec<u64>,
    /// What happened below the workflow in this attempt.
    pub resend: Resend,
    /// What is left of the step's `timeout` while an attempt is under way; neither
    /// the pause before it counts nor what runs first.
    pub budget: Option<Duration>,
    /// The failure that a retry is to mend, kept while another step runs first.
    pub failed: Option<Box<FailedAttempt>>,
}

/// A failed attempt, kept while a step or workflow runs before the retry.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct FailedAttempt {
    /// Why it failed.
    pub failure: Fault,
    /// The answer, where one came.
    pub answer: Option<KeptAnswer>,
}

/// An answer that is looked at again later.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct KeptAnswer {
    /// Its status.
    pub status: u16,
    /// Its header fields.
    pub headers: Vec<(String, String)>,
    /// Its body.
    pub body: Vec<u8>,
}

/// What a step left behind in this call of its workflow.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct StepState {
    /// Its outputs.
    pub outputs: Outputs,
    /// Whether it succeeded the last time.
    pub succeeded: bool,
    /// What it sent, or called, last.
    pub last: Option<Repeated>,
    /// What its last answer has at the remembered places.
    pub remembered: Vec<Option<Value>>,
    /// The number of that answer within the run: which is the operation's last.
    pub answered: u64,
}

/// What was sent or called last, and how often it was polled since.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Repeated {
    /// Tells one request from another.
    pub fingerprint: u128,
    /// Polls in a row.
    pub polls: u32,
}

impl Repeated {
    /// Called with this, and not again so far.
    pub fn first(fingerprint: u128) -> Self {
        Self {
            fingerprint,
            polls: 0,
        }
    }
}

impl Frame {
    /// A call of a workflow with this many steps.
    pub fn new(workflow: WorkflowIndex, role: Role, completed: Completed) -> Self {
        Self {
            workflow,
            called: workflow,
            role,
            inputs: completed.inputs,
            given: completed.given,
            ..Self::default()
        }
    }

    /// What a step left behind, if it ran.
    pub fn step(&self, step: StepIndex) -> Option<&StepState> {
        self.steps.get(step.0 as usize)
    }

    /// What a step left behind; made where it did not run yet.
    pub fn step_mut(&mut self, step: StepIndex) -> &mut StepState {
        self.steps.get_or_default(step.0 as usize)
    }
}

/// The inputs of a call with all that its workflow's schema adds.
pub(crate) struct Completed {
    /// The inputs.
    pub inputs: Map<String, Value>,
    /// Tells them without those that were made up; none where none was.
    pub given: Option<u128>,
}

impl KeptAnswer {
    /// Keeps an answer.
    pub fn of(answer: Response) -> Self {
        let (status, headers, body) = answer.into_parts();
        Self {
            status,
            headers,
            body,
        }
    }

    /// The answer again.
    pub fn again(self) -> Response {
        Response::new(self.status, self.headers, self.body)
    }
}

impl Visit {
    /// A new stay.
    pub fn new(step: StepIndex, via: Via, execution: u64) -> Self {
        Self {
            step,
            via,
            execution,
            ..Self::default()
        }
    }
}
