//! Success and failure actions: end, goto, retry; limits.

use std::borrow::Cow;
use std::time::Duration;

use serde_json::Value;

use super::Run;
use super::again::Resend;
use super::at::At;
use super::criteria::all_pass;
use super::effect::{CallId, Progress};
use super::failure::{self, Fault};
use super::outputs::Outputs;
use super::scope::Exchange;
use super::size;
use super::state::{FailedAttempt, KeptAnswer, Next, Role, Via, count};
use crate::exchange::Response;
use crate::link::{Action, ActionKind, ActionTarget, Linked, StepIndex, Target};

impl Run {
    /// An attempt at the active step is over, and failed where a failure is given:
    /// takes its outputs, then chooses what comes next.
    ///
    /// Unspecified: criteria come first, then outputs (on failure, too), then actions.
    pub(super) fn conclude(&mut self, at: &At<'_>, id: Option<CallId>, failure: Option<Fault>) {
        if let Some(visit) = self.visit_mut() {
            visit.budget = None;
        }
        let failure = failure.map(|failure| self.failed_at(Some(at), failure));
        if let Err(failure) = self.take_outputs(at, failure.is_none()) {
            return self.fail_run(at.program, failure);
        }
        let runs_first = |run: &Self| Some(run.state.frames.last()?.visits.len() > 1);
        if runs_first(self) == Some(true) {
            self.tell_action(at, id, failure.is_none(), "next".into());
            self.first_done(at.program, failure);
        } else {
            self.act(at, id, failure);
        }
    }

    /// Chooses and does what comes after the active step.
    fn act(&mut self, at: &At<'_>, id: Option<CallId>, failure: Option<Fault>) {
        let succeeded = failure.is_none();
        let actions = if succeeded {
            &at.step.on_success
        } else {
            &at.step.on_failure
        };
        let chosen = self.choose(at, actions);
        let kind = chosen.map(|number| &actions[number].kind);
        let told = match kind {
            None if succeeded => Cow::Borrowed("next"),
            None | Some(ActionKind::End) => Cow::Borrowed("end"),
            Some(ActionKind::Retry { .. }) => Cow::Borrowed("retry"),
            Some(ActionKind::Goto(ActionTarget::Step(step))) => goto(&at.workflow.step(*step).id),
            Some(ActionKind::Goto(ActionTarget::Workflow(workflow, _))) => {
                goto(&at.program.workflow(*workflow).id)
            }
        };
        self.tell_action(at, id, succeeded, told);
        match (kind, chosen) {
            (Some(ActionKind::Goto(ActionTarget::Step(step))), _) => {
                self.set_next(Next::Enter(*step, Via::Goto));
            }
            (Some(ActionKind::Goto(ActionTarget::Workflow(workflow, arguments))), _) => {
                self.leave_for(at, *workflow, arguments);
            }
            (Some(ActionKind::Retry { first, after, .. }), Some(number)) => {
                self.retry(at, number as u32, first.is_some(), *after, failure);
            }
            (None, _) if succeeded => {
                self.set_next(Next::Enter(StepIndex(at.index.0 + 1), Via::Order));
            }
            _ => self.end_call(at.program, failure),
        }
    }

    /// The first action that applies, by number: Arazzo, Step Object, `onSuccess`
    /// and `onFailure`.
    fn choose(&self, at: &At<'_>, actions: &[Action]) -> Option<usize> {
        if actions.is_empty() {
            return None;
        }
        let scope = self.scope(at.program);
        let retries = &self.visit()?.retries;
        for (number, action) in actions.iter().enumerate() {
            let used = retries.get(number).copied().unwrap_or(0);
            let spent =
                matches!(action.kind, ActionKind::Retry { limit, .. } if used >= limit.into());
            if !spent && all_pass(&action.criteria, &scope) {
                return Some(number);
            }
        }
        None
    }

    /// Does the active step again: Arazzo, Failure Action Object, `retry`.
    ///
    /// A `Retry-After` of the failed answer wins over `retryAfter`.
    fn retry(
        &mut self,
        at: &At<'_>,
        action: u32,
        first: bool,
        after: Duration,
        failure: Option<Fault>,
    ) {
        if !self.count_entry(at.program) {
            return;
        }
        let asked = self.answer().and_then(Response::retry_after);
        let pause = self.options.capped(asked.unwrap_or(after));
        let mut failed = None;
        if let (true, Some(failure)) = (first, failure) {
            let answer = self.exchange.take().and_then(|exchange| exchange.answer);
            let answer = answer.map(KeptAnswer::of);
            failed = Some(Box::new(FailedAttempt { failure, answer }));
        }
        let Some(visit) = self.visit_mut() else {
            return;
        };
        count(&mut visit.retries, action as usize);
        visit.resend = Resend::default();
        visit.failed = failed;
        self.tell_waiting(at, "retry", pause);
        let next = match first {
            true => Next::First(action),
            false => Next::Attempt,
        };
        self.wait(pause, next);
    }

    /// Runs the step or workflow that comes before a retry.
    pub(super) fn run_first(&mut self, at: &At<'_>, action: u32) {
        let action = at.step.on_failure.get(action as usize);
        match action.map(|action| &action.kind) {
            Some(ActionKind::Retry {
                first: Some(ActionTarget::Step(step)),
                ..
            }) => self.enter_first(at.program, *step),
            Some(ActionKind::Retry {
                first: Some(ActionTarget::Workflow(workflow, arguments)),
                ..
            }) => {
                // The inputs may read the answer that failed.
                let failed = self.visit().and_then(|visit| visit.failed.as_ref());
                let answer = failed.and_then(|failed| failed.answer.clone());
                self.look_at_again(answer, Some(at));
                let inputs = self.handed_on(at, *workflow, arguments);
                self.exchange = None;
                match inputs {
                    Ok(inputs) => self.call(at.program, *workflow, Role::First, inputs),
                    Err(failure) => self.first_done(at.program, Some(failure)),
                }
            }
            _ => self.set_next(Next::Attempt),
        }
    }

    /// Lets expressions see a kept answer, and the request of a step.
    fn look_at_again(&mut self, answer: Option<KeptAnswer>, at: Option<&At<'_>>) {
        let request = at.and_then(|at| self.request_view(at));
        let answer = answer.map(KeptAnswer::again);
        self.exchange = Some(Box::new(Exchange { answer, request }));
    }

    /// What came before a retry is over: the step is tried again, or, where it
    /// failed, its failure actions are.
    pub(super) fn first_done(&mut self, program: &Linked, failure: Option<Fault>) {
        self.set_next(Next::Attempt);
        let Some(frame) = self.state.frames.last_mut() else {
            return;
        };
        if frame.visits.len() > 1 {
            frame.visits.pop();
        }
        let Some(failed) = self.visit_mut().and_then(|visit| visit.failed.take()) else {
            return;
        };
        self.exchange = None;
        if let (Some(_), Some(at)) = (failure, self.at(program)) {
            let FailedAttempt { failure, answer } = *failed;
            self.look_at_again(answer, None);
            self.act(&at, None, Some(failure));
        }
    }

    /// Takes the outputs of the active step: Arazzo, Step Object, `outputs`.
    ///
    /// They replace those of its last run as a whole; `x-spola-collect` appends.
    ///
    /// # Errors
    /// `run.value-too-large` for one that has outgrown what a run may hold.
    fn take_outputs(&mut self, at: &At<'_>, succeeded: bool) -> Result<(), Fault> {
        let step = at.step;
        let mut values = Vec::with_capacity(step.outputs.len());
        let mut notes = Vec::new();
        let scope = self.scope(at.program);
        for output in &*step.outputs {
            let value = output.value.evaluate(&scope).unwrap_or_else(|error| {
                notes.push(format!("the output `{}`: {error}", output.name));
                None
            });
            if let Some(Err(excess)) = value
                .as_ref()
                .map(|value| size::check(value, &self.options))
            {
                let texts = [&*output.name, &excess.to_string()];
                return Err(failure::of(&failure::VALUE_TOO_LARGE, &texts));
            }
            values.push(value);
        }
        let mut remembered = Vec::with_capacity(step.remembered.len());
        for place in &step.remembered {
            remembered.push(scope.body_at(place));
        }
        let answers = self.answer().is_some() && matches!(step.target, Target::Operation(_));
        let Some(frame) = self.state.frames.last_mut() else {
            return Ok(());
        };
        let left = frame.step_mut(at.index);
        left.succeeded = succeeded;
        if answers {
            left.remembered = remembered;
            left.answered = self.state.next_call;
        }
        let mut taken = Outputs::with_capacity(values.len());
        let mut names = Vec::with_capacity(values.len());
        for (number, (output, mut value)) in step.outputs.iter().zip(values).enumerate() {
            if step.collect.contains(&number) {
                let before = left.outputs.take(&output.name);
                value = collected(before, value.filter(|_| succeeded));
            }
            if let Some(value) = value {
                names.push(output.name.clone());
                taken.push(output.name.clone(), value);
            }
        }
        left.outputs = taken;
        self.tell_notes(Some(&step.id), notes);
        if !names.is_empty() {
            self.tell(Progress::Outputs {
                workflow_id: at.workflow.id.clone(),
                step_id: step.id.clone(),
                names,
            });
        }
        Ok(())
    }

    /// Tells what was decided.
    pub(super) fn tell_action(
        &mut self,
        at: &At<'_>,
        id: Option<CallId>,
        succeeded: bool,
        action: Cow<'static, str>,
    ) {
        self.tell(Progress::Action {
            id,
            workflow_id: at.workflow.id.clone(),
            step_id: at.step.id.clone(),
            succeeded,
            action,
        });
    }
}

/// What is told of going elsewhere.
fn goto(id: &str) -> Cow<'static, str> {
    format!("goto:{id}").into()
}

/// Appends what a step gives to what it gave before: arrays are joined, other
/// values pushed; what is missing, or comes of a failure, adds nothing.
fn collected(before: Option<Value>, page: Option<Value>) -> Option<Value> {
    let mut whole = match before {
        Some(Value::Array(whole)) => whole,
        _ if page.is_none() => return None,
        _ => Vec::new(),
    };
    match page {
        Some(Value::Array(page)) => whole.extend(page),
        page => whole.extend(page),
    }
    Some(Value::Array(whole))
}
