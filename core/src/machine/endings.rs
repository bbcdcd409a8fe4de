//! How calls and runs end.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::Run;
use super::at::At;
use super::effect::{CancelReason, Outcome, OutcomeKind, Progress};
use super::failure::{self, Fault};
use super::scope::RunScope;
use super::size;
use super::state::{Ended, Next, Role};
use crate::link::{Linked, WorkflowIndex};

impl Run {
    /// Ends the innermost call, and goes on with who called it.
    pub(super) fn end_call(&mut self, program: &Linked, failure: Option<Fault>) {
        let Some(top) = self.state.frames.len().checked_sub(1) else {
            return;
        };
        let outputs = self.outputs_of(program, top);
        if top == 0 {
            let kind = match failure {
                Some(_) => OutcomeKind::Failed,
                None => OutcomeKind::Succeeded,
            };
            return self.finish(kind, outputs, failure);
        }
        let Some(frame) = self.state.frames.pop() else {
            return;
        };
        let ended = Box::new(Ended {
            inputs: frame.inputs,
            outputs,
            succeeded: failure.is_none(),
            failure,
        });
        if frame.called != frame.workflow {
            // Unspecified: what it went on to gives the result, for its caller, too.
            let left = self
                .state
                .ended
                .get_or_insert(frame.called.0, Box::default());
            left.outputs.clone_from(&ended.outputs);
            left.failure.clone_from(&ended.failure);
            left.succeeded = ended.succeeded;
        }
        self.state.ended.insert(frame.workflow.0, ended);
        self.set_next(match frame.role {
            Role::Call | Role::First => Next::Returned(frame.called, frame.role),
            Role::Main | Role::Dependency => Next::Dependencies,
        });
    }

    /// Goes on with who called a workflow that has ended.
    ///
    /// Unspecified: a step's call has to have succeeded, and its criteria to hold.
    pub(super) fn returned(&mut self, at: &At<'_>, called: WorkflowIndex, role: Role) {
        let ended = self.state.ended.get(&called.0);
        let failure = ended.and_then(|ended| ended.failure.clone());
        if role == Role::First {
            return self.first_done(at.program, failure);
        }
        let failure = match failure {
            Some(cause) => Some(failure::called(&at.program.workflow(called).id, &cause)),
            None => self.judge(at, None),
        };
        self.conclude(at, None, failure);
    }

    /// A failure fit to be told, with the step that it happened at.
    pub(super) fn failed_at(&self, at: Option<&At<'_>>, mut failure: Fault) -> Fault {
        failure.message = self.without_secrets(failure.message);
        failure.step_id = at.map(|at| at.step.id.to_string());
        failure
    }

    /// Ends the run at once, wherever it is.
    pub(super) fn fail_run(&mut self, program: &Linked, failure: Fault) {
        self.stop(program, OutcomeKind::Failed, failure);
    }

    /// Ends the run on the host's wish.
    pub(super) fn cancel(&mut self, reason: CancelReason) {
        if self.state.outcome.is_some() {
            return;
        }
        let owed = self.state.outstanding.as_ref();
        let owed = owed.filter(|owed| owed.handed_out && !self.again);
        self.abort = owed.map(|owed| owed.id);
        // What happened may still be told; what was not handed out is not.
        let last = self.ready.back().map(|told| &**told);
        if self.send.is_some() && matches!(last, Some(Progress::Attempt { .. })) {
            self.ready.pop_back();
        }
        let program = Arc::clone(&self.program.0);
        let (kind, why) = match reason {
            CancelReason::User => (OutcomeKind::Interrupted, &failure::CANCELLED),
            CancelReason::Timeout => (OutcomeKind::Failed, &failure::TIMEOUT),
        };
        self.stop(&program, kind, failure::of(why, &[]));
    }

    /// Ends the run with the outputs that there are.
    fn stop(&mut self, program: &Linked, kind: OutcomeKind, failure: Fault) {
        let failure = self.failed_at(self.at(program).as_ref(), failure);
        let outputs = self.outputs_of(program, 0);
        self.finish(kind, outputs, Some(failure));
    }

    fn finish(&mut self, kind: OutcomeKind, outputs: Map<String, Value>, failure: Option<Fault>) {
        self.settle();
        self.state.outcome = Some(Arc::new(Outcome {
            outcome: kind,
            outputs,
            failure: failure.map(|failure| *failure),
        }));
        self.state.frames.clear();
        self.exchange = None;
    }

    /// The outputs of a call as far as they resolve: Arazzo, Workflow Object, `outputs`.
    ///
    /// Unspecified: what does not resolve is left out.
    pub(super) fn outputs_of(&mut self, program: &Linked, at: usize) -> Map<String, Value> {
        let Some(frame) = self.state.frames.get(at) else {
            return Map::new();
        };
        let workflow = program.workflow(frame.workflow);
        let mut outputs = Map::with_capacity(workflow.outputs.len());
        let mut notes = Vec::new();
        for output in &workflow.outputs {
            let scope = RunScope::new(program, &self.state, at, None).with_outputs(&outputs);
            let why = match output.value.evaluate(&scope) {
                Ok(Some(value)) => match size::check(&value, &self.options) {
                    Ok(()) => {
                        outputs.insert(str::to_owned(&output.name), value);
                        continue;
                    }
                    Err(excess) => format!(" {excess}"),
                },
                Ok(None) => " resolves to nothing".to_owned(),
                Err(error) => format!(": {error}"),
            };
            notes.push(format!("the output `{}`{why}", output.name));
        }
        self.tell_notes(None, notes);
        outputs
    }
}
