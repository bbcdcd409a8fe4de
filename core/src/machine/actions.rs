//! Success and failure actions: end, goto, retry; limits.

use serde_json::{Map, Value};

use super::Run;
use super::again::Resend;
use super::criteria::all_pass;
use super::effect::{CallId, Failure, FailureReason, Progress};
use super::failure;
use super::outputs::Outputs;
use super::scope::{Exchange, RunScope};
use super::size;
use super::state::{FailedAttempt, KeptAnswer, Next, Role, StepState, Via};
use crate::exchange::Response;
use crate::link::{
    Action, ActionKind, ActionTarget, Argument, Linked, Step, StepIndex, Target, WorkflowIndex,
};

/// How an attempt at a step went.
pub(super) struct Verdict {
    failure: Option<Failure>,
}

impl Verdict {
    /// The criteria hold.
    pub fn succeeded() -> Self {
        Self { failure: None }
    }

    /// It failed.
    pub fn failed(failure: Failure) -> Self {
        Self {
            failure: Some(failure),
        }
    }

    /// No answer came.
    pub fn no_answer(reason: FailureReason, message: String) -> Self {
        Self::failed(failure::no_answer(reason, &message))
    }

    /// The answer was larger than allowed.
    pub fn too_large(limit: u64) -> Self {
        Self::failed(failure::too_large(limit))
    }

    /// The answer came after the step's `timeout`.
    pub fn late() -> Self {
        Self::failed(failure::step_timeout())
    }
}

/// The action that applies, taken out of the program before the state changes.
enum Chosen {
    End,
    Step(StepIndex),
    Workflow(usize),
    Retry(usize),
    Next,
}

impl Run {
    /// An attempt at the active step is over: takes its outputs, then chooses what
    /// comes next.
    ///
    /// Unspecified: criteria come first, then outputs (on failure, too), then actions.
    pub(super) fn conclude(&mut self, program: &Linked, id: Option<CallId>, verdict: Verdict) {
        let Some((workflow, step_index)) = self.position() else {
            return;
        };
        let step = program.workflow(workflow).step(step_index);
        if let Some(visit) = self.visit_mut() {
            visit.budget = None;
        }
        let mut failure = verdict.failure;
        if let Some(failure) = &mut failure {
            failure.message = self.without_secrets(std::mem::take(&mut failure.message));
            failure.step_id = Some(step.id.to_string());
        }
        if let Err(failure) = self.take_outputs(program, step, step_index, failure.is_none()) {
            return self.fail_run(program, failure);
        }
        if self.is_first() {
            self.tell_action(program, id, failure.is_none(), "next".into());
            self.first_done(program, failure);
            return;
        }
        self.act(program, id, failure);
    }

    /// Chooses and does what comes after the active step.
    fn act(&mut self, program: &Linked, id: Option<CallId>, failure: Option<Failure>) {
        let Some((workflow, step_index)) = self.position() else {
            return;
        };
        let step = program.workflow(workflow).step(step_index);
        let succeeded = failure.is_none();
        let actions = if succeeded {
            &step.on_success
        } else {
            &step.on_failure
        };
        match self.choose(program, actions) {
            Chosen::Next if succeeded => {
                self.tell_action(program, id, true, "next".into());
                self.set_next(Next::Enter(StepIndex(step_index.0 + 1), Via::Order));
            }
            Chosen::Next | Chosen::End => {
                self.tell_action(program, id, succeeded, "end".into());
                self.end_call(program, failure);
            }
            Chosen::Step(target) => {
                let name = &program.workflow(workflow).step(target).id;
                self.tell_action(program, id, succeeded, format!("goto:{name}").into());
                self.set_next(Next::Enter(target, Via::Goto));
            }
            Chosen::Workflow(at) => {
                let ActionKind::Goto(ActionTarget::Workflow(target, arguments)) = &actions[at].kind
                else {
                    return;
                };
                let name = &program.workflow(*target).id;
                self.tell_action(program, id, succeeded, format!("goto:{name}").into());
                self.leave_for(program, *target, arguments);
            }
            Chosen::Retry(at) => {
                self.tell_action(program, id, succeeded, "retry".into());
                self.retry(program, step, at, failure);
            }
        }
    }

    /// The first action that applies: Arazzo, Step Object, `onSuccess` and `onFailure`.
    fn choose(&self, program: &Linked, actions: &[Action]) -> Chosen {
        if actions.is_empty() {
            return Chosen::Next;
        }
        let top = self.state.frames.len().saturating_sub(1);
        let scope = RunScope::new(program, &self.state, top, self.exchange.as_deref());
        for (at, action) in actions.iter().enumerate() {
            if let ActionKind::Retry { limit, .. } = &action.kind
                && self.retries_used(at) >= *limit
            {
                continue;
            }
            if !all_pass(&action.criteria, &scope) {
                continue;
            }
            return match &action.kind {
                ActionKind::End => Chosen::End,
                ActionKind::Goto(ActionTarget::Step(step)) => Chosen::Step(*step),
                ActionKind::Goto(ActionTarget::Workflow(..)) => Chosen::Workflow(at),
                ActionKind::Retry { .. } => Chosen::Retry(at),
            };
        }
        Chosen::Next
    }

    fn retries_used(&self, action: usize) -> u32 {
        self.visit()
            .and_then(|visit| visit.retries.get(&(action as u32)).copied())
            .unwrap_or(0)
    }

    /// Does the active step again: Arazzo, Failure Action Object, `retry`.
    ///
    /// A `Retry-After` of the failed answer wins over `retryAfter`.
    fn retry(&mut self, program: &Linked, step: &Step, at: usize, failure: Option<Failure>) {
        let ActionKind::Retry { first, after, .. } = &step.on_failure[at].kind else {
            return;
        };
        if !self.count_entry(program) {
            return;
        }
        let asked = self.answer().and_then(Response::retry_after);
        let delay = self.options.capped(asked.unwrap_or(*after));
        let kept = first.is_some().then(|| self.exchange.take());
        let Some(visit) = self.visit_mut() else {
            return;
        };
        let used = visit.retries.get_or_insert(at as u32, 0);
        *used = used.saturating_add(1);
        visit.resend = Resend::default();
        visit.failed = match (kept, failure) {
            (Some(exchange), Some(failure)) => {
                let answer = exchange.and_then(|exchange| exchange.answer);
                let answer = answer.map(KeptAnswer::of);
                Some(Box::new(FailedAttempt { failure, answer }))
            }
            _ => None,
        };
        let next = if first.is_some() {
            Next::First(at as u32)
        } else {
            Next::Attempt
        };
        if !delay.is_zero() {
            self.tell(Progress::Waiting {
                step_id: step.id.clone(),
                why: "retry",
                delay,
            });
        }
        self.wait(delay, next);
    }

    /// Runs the step or workflow that comes before a retry.
    pub(super) fn run_first(&mut self, program: &Linked, action: u32) {
        let Some((workflow, step)) = self.position() else {
            return;
        };
        let actions = &program.workflow(workflow).step(step).on_failure;
        let Some(ActionKind::Retry {
            first: Some(first), ..
        }) = actions.get(action as usize).map(|action| &action.kind)
        else {
            return self.set_next(Next::Attempt);
        };
        match first {
            ActionTarget::Step(step) => self.enter_first(program, *step),
            ActionTarget::Workflow(workflow, arguments) => {
                match self.handed_on_after_failure(program, *workflow, arguments) {
                    Ok(inputs) => self.call(program, *workflow, Role::First, inputs),
                    Err(failure) => self.first_done(program, Some(failure)),
                }
            }
        }
    }

    /// The inputs of a workflow that runs before a retry: they may read the answer
    /// that failed.
    fn handed_on_after_failure(
        &mut self,
        program: &Linked,
        workflow: WorkflowIndex,
        arguments: &[Argument],
    ) -> Result<Map<String, Value>, Failure> {
        let request = self.request_view(program);
        let failed = self.visit().and_then(|visit| visit.failed.as_ref());
        let answer = failed.and_then(|failed| failed.answer.clone());
        self.exchange = Some(Box::new(Exchange {
            answer: answer.map(KeptAnswer::again),
            request,
        }));
        let inputs = self.handed_on(program, workflow, arguments);
        self.exchange = None;
        inputs
    }

    /// What came before a retry is over: the step is tried again, or, where it
    /// failed, its failure actions are.
    pub(super) fn first_done(&mut self, program: &Linked, failure: Option<Failure>) {
        if self.is_first()
            && let Some(frame) = self.state.frames.last_mut()
        {
            frame.visits.pop();
        }
        let Some(failed) = self.visit_mut().and_then(|visit| visit.failed.take()) else {
            return self.set_next(Next::Attempt);
        };
        self.exchange = None;
        if failure.is_none() {
            return self.set_next(Next::Attempt);
        }
        let FailedAttempt { failure, answer } = *failed;
        self.exchange = Some(Box::new(Exchange {
            answer: answer.map(KeptAnswer::again),
            request: None,
        }));
        self.act(program, None, Some(failure));
    }

    /// Takes the outputs of the active step: Arazzo, Step Object, `outputs`.
    ///
    /// They replace those of its last run as a whole; `x-spola-collect` appends.
    ///
    /// # Errors
    /// `run.value-too-large` for one that has outgrown what a run may hold.
    fn take_outputs(
        &mut self,
        program: &Linked,
        step: &Step,
        at: StepIndex,
        succeeded: bool,
    ) -> Result<(), Failure> {
        let top = self.state.frames.len().saturating_sub(1);
        let mut taken = Outputs::with_capacity(step.outputs.len());
        let mut notes = Vec::new();
        let scope = RunScope::new(program, &self.state, top, self.exchange.as_deref());
        for output in &*step.outputs {
            match output.value.evaluate(&scope) {
                Ok(Some(value)) => {
                    size::check(&value, &self.options)
                        .map_err(|excess| failure::value_too_large(&output.name, excess))?;
                    taken.push(output.name.clone(), value);
                }
                Ok(None) => {}
                Err(error) => notes.push(format!("the output `{}`: {error}", output.name)),
            }
        }
        let answers = self.answer().is_some();
        let remembered: Vec<_> = step
            .remembered
            .iter()
            .map(|place| scope.body_at(place))
            .collect();
        let answered = self.state.next_call;
        if let Some(frame) = self.state.frames.last_mut() {
            let state = frame.step_mut(at);
            if !step.collect.is_empty() {
                collect(step, state, &mut taken, succeeded);
            }
            state.outputs = taken;
            state.succeeded = succeeded;
            if answers && matches!(step.target, Target::Operation(_)) {
                state.remembered = remembered;
                state.answered = answered;
            }
        }
        self.tell_outputs(program, step, at, notes);
        Ok(())
    }

    fn tell_outputs(&mut self, program: &Linked, step: &Step, at: StepIndex, notes: Vec<String>) {
        for message in notes {
            let message = self.without_secrets(message);
            self.tell(Progress::Note {
                step_id: Some(step.id.clone()),
                message,
            });
        }
        let Some(frame) = self.state.frames.last() else {
            return;
        };
        let outputs = frame.step(at).map(|state| &state.outputs);
        let names: Vec<_> = step
            .outputs
            .iter()
            .filter(|output| outputs.is_some_and(|all| all.get(&output.name).is_some()))
            .map(|output| output.name.clone())
            .collect();
        if !names.is_empty() {
            let workflow_id = program.workflow(frame.workflow).id.clone();
            self.tell(Progress::Outputs {
                workflow_id,
                step_id: step.id.clone(),
                names,
            });
        }
    }

    /// Tells what was decided.
    pub(super) fn tell_action(
        &mut self,
        program: &Linked,
        id: Option<CallId>,
        succeeded: bool,
        action: std::borrow::Cow<'static, str>,
    ) {
        let Some((workflow, step)) = self.position() else {
            return;
        };
        let workflow = program.workflow(workflow);
        self.tell(Progress::Action {
            id,
            workflow_id: workflow.id.clone(),
            step_id: workflow.step(step).id.clone(),
            succeeded,
            action,
        });
    }
}

/// Appends what a step gives to what it gave before: arrays are joined, other
/// values pushed; what is missing, or comes of a failure, adds nothing.
fn collect(step: &Step, before: &mut StepState, taken: &mut Outputs, succeeded: bool) {
    for output in step.collect.iter().filter_map(|at| step.outputs.get(*at)) {
        let name = &*output.name;
        let mut whole = match before.outputs.take(name) {
            Some(Value::Array(whole)) => Some(whole),
            _ => None,
        };
        match taken.take(name) {
            Some(Value::Array(page)) if succeeded => {
                whole.get_or_insert_default().extend(page);
            }
            Some(value) if succeeded => whole.get_or_insert_default().push(value),
            _ => {}
        }
        if let Some(whole) = whole {
            taken.push(output.name.clone(), Value::Array(whole));
        }
    }
}
