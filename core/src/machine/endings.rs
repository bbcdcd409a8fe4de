//! How calls and runs end.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::Run;
use super::effect::{CancelReason, Failure, Outcome, OutcomeKind, Progress};
use super::failure;
use super::ready::Ready;
use super::scope::RunScope;
use super::size;
use super::state::{Ended, Next, Role};
use crate::link::{Linked, WorkflowIndex};

impl Run {
    /// Ends the innermost call, and goes on with who called it.
    pub(super) fn end_call(&mut self, program: &Linked, failure: Option<Failure>) {
        let Some(at) = self.state.frames.len().checked_sub(1) else {
            return;
        };
        let outputs = self.outputs_of(program, at);
        if self.state.frames[at].role == Role::Main {
            self.finish(Outcome {
                outcome: match failure {
                    Some(_) => OutcomeKind::Failed,
                    None => OutcomeKind::Succeeded,
                },
                outputs,
                failure,
            });
            return;
        }
        let Some(frame) = self.state.frames.pop() else {
            return;
        };
        let (called, role) = (frame.called, frame.role);
        let ended = Ended {
            inputs: frame.inputs,
            outputs,
            succeeded: failure.is_none(),
            failure,
        };
        if called != frame.workflow {
            // Unspecified: what it went on to gives the result, for its caller, too.
            let left = self.state.ended.get_or_insert(called.0, Ended::default());
            left.outputs.clone_from(&ended.outputs);
            left.failure.clone_from(&ended.failure);
            left.succeeded = ended.succeeded;
        }
        self.state.ended.insert(frame.workflow.0, ended);
        match role {
            Role::Main => {}
            Role::Dependency => self.set_next(Next::Dependencies),
            Role::Call | Role::First => self.set_next(Next::Returned(called, role)),
        }
    }

    /// Goes on with who called a workflow that has ended.
    pub(super) fn returned(&mut self, program: &Linked, called: WorkflowIndex, role: Role) {
        let ended = self.state.ended.get(&called.0);
        let failure = ended.and_then(|ended| ended.failure.clone());
        match role {
            Role::First => self.first_done(program, failure),
            _ => self.judge_call(program, called.0, failure),
        }
    }

    /// Ends the run at once, wherever it is.
    pub(super) fn fail_run(&mut self, program: &Linked, mut failure: Failure) {
        if failure.step_id.is_none() {
            failure.step_id = self
                .visit()
                .is_some()
                .then(|| self.step_id(program).to_string());
        }
        failure.message = self.without_secrets(failure.message);
        let outputs = self.outputs_of(program, 0);
        self.finish(Outcome {
            outcome: OutcomeKind::Failed,
            outputs,
            failure: Some(failure),
        });
    }

    /// Ends the run on the host's wish.
    pub(super) fn cancel(&mut self, reason: CancelReason) {
        if self.state.outcome.is_some() {
            return;
        }
        let program = Arc::clone(&self.program.0);
        // What happened may still be told; what was not handed out is not.
        self.ready.retain(|ready| match ready {
            Ready::Progress(told) => !matches!(**told, Progress::Attempt { .. }),
            Ready::Send(_) | Ready::Abort(_) => false,
        });
        if let Some(owed) = self.state.outstanding.take()
            && owed.handed_out
            && !self.again
        {
            self.ready.push_back(Ready::Abort(owed.id));
        }
        let (kind, mut failure) = match reason {
            CancelReason::User => (OutcomeKind::Interrupted, failure::cancelled()),
            CancelReason::Timeout => (OutcomeKind::Failed, failure::timeout()),
        };
        failure.step_id = self
            .visit()
            .is_some()
            .then(|| self.step_id(&program).to_string());
        let outputs = self.outputs_of(&program, 0);
        self.finish(Outcome {
            outcome: kind,
            outputs,
            failure: Some(failure),
        });
    }

    fn finish(&mut self, outcome: Outcome) {
        self.state.outcome = Some(Arc::new(outcome));
        self.state.outstanding = None;
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
            match output.value.evaluate(&scope) {
                Ok(Some(value)) => match size::check(&value, &self.options) {
                    Ok(()) => {
                        outputs.insert(str::to_owned(&output.name), value);
                    }
                    Err(excess) => notes.push(format!("the output `{}` {excess}", output.name)),
                },
                Ok(None) => notes.push(format!("the output `{}` resolves to nothing", output.name)),
                Err(error) => notes.push(format!("the output `{}`: {error}", output.name)),
            }
        }
        for message in notes {
            let message = self.without_secrets(message);
            self.tell(Progress::Note {
                step_id: None,
                message,
            });
        }
        outputs
    }
}
