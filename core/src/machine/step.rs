//! Start a step: parameters and body evaluated, request made.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value};

use super::Run;
use super::actions::Verdict;
use super::begin::fingerprint_of;
use super::effect::{CallId, Progress, Repeat, Send};
use super::failure;
use super::pacing::{self, Pace};
use super::prepare::Prepared;
use super::ready::Ready;
use super::scope::RequestView;
use super::state::{Next, Outstanding, OutstandingKind, Repeated, Role, Via, Visit};
use crate::exchange::{self, Response};
use crate::link::{Linked, OperationIndex, StepIndex, Target, WorkflowIndex};

impl Run {
    /// Makes the request or call of the active step.
    pub(super) fn attempt(&mut self, program: &Linked) {
        let Some((workflow, step)) = self.position() else {
            return;
        };
        self.exchange = None;
        if let Some(failure) = self.unmet_dependency(program.workflow(workflow), step) {
            return self.conclude(program, None, Verdict::failed(failure));
        }
        match &program.workflow(workflow).step(step).target {
            Target::Operation(operation) => self.attempt_request(program, *operation),
            Target::Workflow(called) => self.attempt_call(program, *called),
            Target::Unsupported(what) => {
                self.conclude(program, None, Verdict::failed(failure::unsupported(what)));
            }
        }
    }

    /// A first attempt that control came to by a goto may be a poll; a retry never is.
    fn came_by_goto(&self) -> bool {
        self.visit()
            .is_some_and(|visit| visit.via == Via::Goto && visit.attempt == 0)
    }

    fn attempt_request(&mut self, program: &Linked, operation: OperationIndex) {
        let Some((_, step)) = self.position() else {
            return;
        };
        let prepared = match self.prepare(program, operation) {
            Ok(prepared) => prepared,
            Err(failure) => return self.conclude(program, None, Verdict::failed(failure)),
        };
        let fingerprint = exchange::fingerprint(&prepared.request);
        let last = self
            .state
            .frames
            .last()
            .and_then(|frame| frame.step(step)?.last);
        let (pace, repeated) = pacing::pace(&self.options, last, fingerprint, self.came_by_goto());
        self.remember(step, repeated);
        if let Pace::Poll(delay) = pace {
            if self.is_endless(program, step) {
                return;
            }
            self.tell_poll(program, delay);
            if !delay.is_zero() {
                return self.wait(delay, Next::Send);
            }
        }
        self.hand_over(program, operation, prepared);
    }

    fn attempt_call(&mut self, program: &Linked, called: WorkflowIndex) {
        let Some((workflow, step)) = self.position() else {
            return;
        };
        let arguments = &program.workflow(workflow).step(step).arguments;
        let inputs = match self.call_inputs(program, arguments) {
            Ok(inputs) => inputs,
            Err(failure) => return self.conclude(program, None, Verdict::failed(failure)),
        };
        let last = self
            .state
            .frames
            .last()
            .and_then(|frame| frame.step(step)?.last);
        let (pace, repeated) = pacing::pace(
            &self.options,
            last,
            fingerprint_of(&inputs),
            self.came_by_goto(),
        );
        self.remember(step, repeated);
        if let Pace::Poll(delay) = pace
            && !delay.is_zero()
        {
            self.tell_poll(program, delay);
            return self.wait(delay, Next::Send);
        }
        self.call_for_step(program, called, inputs);
    }

    /// Calls the workflow of the active step.
    fn call_for_step(
        &mut self,
        program: &Linked,
        called: WorkflowIndex,
        inputs: Map<String, Value>,
    ) {
        self.count_attempt();
        self.start_clock(program);
        // What an earlier call gave is not what this one gives.
        self.state.ended.remove(&called.0);
        self.call(program, called, Role::Call, inputs);
    }

    /// Goes on after a pause: what was to be sent is sent now.
    pub(super) fn send(&mut self, program: &Linked) {
        let Some((workflow, step)) = self.position() else {
            return;
        };
        match program.workflow(workflow).step(step).target {
            Target::Operation(operation) => match self.prepare(program, operation) {
                Ok(prepared) => self.hand_over(program, operation, prepared),
                Err(failure) => self.conclude(program, None, Verdict::failed(failure)),
            },
            Target::Workflow(called) => {
                let arguments = &program.workflow(workflow).step(step).arguments;
                match self.call_inputs(program, arguments) {
                    Ok(inputs) => self.call_for_step(program, called, inputs),
                    Err(failure) => self.conclude(program, None, Verdict::failed(failure)),
                }
            }
            Target::Unsupported(_) => self.attempt(program),
        }
    }

    fn remember(&mut self, step: StepIndex, repeated: Repeated) {
        if let Some(frame) = self.state.frames.last_mut() {
            frame.step_mut(step).last = Some(repeated);
        }
    }

    fn count_attempt(&mut self) {
        if let Some(visit) = self.visit_mut() {
            visit.attempt = visit.attempt.saturating_add(1);
        }
    }

    /// From here the step's `timeout` runs: Arazzo 1.1, Step Object, `timeout`.
    ///
    /// Unspecified: it bounds one attempt, with what is sent again below the workflow.
    fn start_clock(&mut self, program: &Linked) {
        let Some((workflow, step)) = self.position() else {
            return;
        };
        let timeout = program.workflow(workflow).step(step).timeout;
        if let Some(visit) = self.visit_mut() {
            visit.budget = timeout;
        }
    }

    /// Gives the host a request to send.
    fn hand_over(&mut self, program: &Linked, operation: OperationIndex, prepared: Prepared) {
        let id = self.next_id();
        self.count_attempt();
        if self.visit().is_some_and(|visit| visit.resend.sent == 0) {
            self.start_clock(program);
        }
        if let Some(visit) = self.visit_mut() {
            visit.resend.sent = visit.resend.sent.saturating_add(1);
        }
        self.tell_attempt(program, id, &prepared);
        self.set_next(Next::Attempt);
        self.state.outstanding = Some(Outstanding {
            id,
            announced: false,
            handed_out: false,
            kind: OutstandingKind::Send,
        });
        let send = self.effect(program, operation, id, prepared);
        self.ready.push_back(send);
    }

    /// Builds an outstanding request again, from its step and attempt.
    pub(super) fn hand_over_again(&mut self, program: &Linked, id: CallId, announce: bool) {
        let Some(operation) = self.operation_at(program) else {
            return;
        };
        match self.prepare(program, operation) {
            Ok(prepared) => {
                if announce {
                    self.tell_attempt(program, id, &prepared);
                }
                let send = self.effect(program, operation, id, prepared);
                self.ready.push_back(send);
            }
            Err(failure) => {
                self.state.outstanding = None;
                self.conclude(program, Some(id), Verdict::failed(failure));
            }
        }
    }

    /// Whether the active step's request can be repeated without harm.
    pub(super) fn is_repeat_safe(&self, program: &Linked) -> bool {
        let Some(operation) = self.operation_at(program) else {
            return false;
        };
        // A toolkit's operations find out what an earlier start of them did.
        self.started(program).is_some()
            || program.operation(operation).method.is_idempotent()
            || self
                .prepare(program, operation)
                .is_ok_and(|prepared| prepared.safe)
    }

    /// What the host carries out instead of the active step's request.
    fn started(&self, program: &Linked) -> Option<Arc<str>> {
        let (workflow, step) = self.position()?;
        program.workflow(workflow).step(step).operation.clone()
    }

    fn operation_at(&self, program: &Linked) -> Option<OperationIndex> {
        let (workflow, step) = self.position()?;
        match program.workflow(workflow).step(step).target {
            Target::Operation(operation) => Some(operation),
            _ => None,
        }
    }

    fn tell_attempt(&mut self, program: &Linked, id: CallId, prepared: &Prepared) {
        let Some((workflow, step)) = self.position() else {
            return;
        };
        let (execution, attempt) = self
            .visit()
            .map_or((1, 1), |visit| (visit.execution, visit.attempt));
        let workflow = program.workflow(workflow);
        self.tell(Progress::Attempt {
            id,
            workflow_id: workflow.id.clone(),
            step_id: workflow.step(step).id.clone(),
            execution,
            attempt,
            method: prepared.request.method().clone(),
            url: self.without_secrets(prepared.request.url().to_string()),
        });
    }

    fn effect(
        &self,
        program: &Linked,
        operation: OperationIndex,
        id: CallId,
        prepared: Prepared,
    ) -> Ready {
        let mut auth = prepared.auth;
        if let (Some(auth), Some(visit)) = (&mut auth, self.visit()) {
            auth.renew = visit.resend.renewed;
            auth.server_time = visit.resend.server_time;
        }
        let started = self.started(program);
        let safe = prepared.safe
            || started.is_some()
            || program.operation(operation).method.is_idempotent();
        Ready::Send(Box::new(Send {
            id,
            url: self.without_secrets(prepared.request.url().to_string()),
            request: prepared.request,
            auth,
            timeout: self.budget(),
            max_response: self.options.max_response(),
            repeat: if safe { Repeat::Safe } else { Repeat::Unsafe },
            operation: started,
        }))
    }

    /// The request as the expressions of criteria, outputs and actions see it,
    /// where one of them looks.
    pub(super) fn request_view(&self, program: &Linked) -> Option<RequestView> {
        let looked_at = self.state.frames.iter().any(|frame| {
            frame.visits.last().is_some_and(|visit| {
                program
                    .workflow(frame.workflow)
                    .step(visit.step)
                    .reads_request
            })
        });
        if !looked_at {
            return None;
        }
        self.view(program, self.operation_at(program)?).ok()
    }

    /// The innermost workflow and the step it is at.
    pub(super) fn position(&self) -> Option<(WorkflowIndex, StepIndex)> {
        let frame = self.state.frames.last()?;
        Some((frame.workflow, frame.visits.last()?.step))
    }

    /// The active stay at a step.
    pub(super) fn visit(&self) -> Option<&Visit> {
        self.state.frames.last()?.visits.last()
    }

    /// The same, to change it.
    pub(super) fn visit_mut(&mut self) -> Option<&mut Visit> {
        self.state.frames.last_mut()?.visits.last_mut()
    }

    /// Whether the active step runs only once, before another is tried again.
    pub(super) fn is_first(&self) -> bool {
        self.state
            .frames
            .last()
            .is_some_and(|frame| frame.visits.len() > 1)
    }

    /// The answer being judged.
    pub(super) fn answer(&self) -> Option<&Response> {
        self.exchange.as_ref()?.answer.as_ref()
    }

    /// How long the active attempt may still take.
    pub(super) fn budget(&self) -> Option<Duration> {
        let frame = self.state.frames.last()?;
        let visit = frame.visits.last().and_then(|visit| visit.budget);
        match (frame.budget, visit) {
            (Some(frame), Some(visit)) => Some(frame.min(visit)),
            (frame, visit) => frame.or(visit),
        }
    }

    /// The `stepId` of the active step; empty where there is none.
    pub(super) fn step_id(&self, program: &Linked) -> Arc<str> {
        match self.position() {
            Some((workflow, step)) => program.workflow(workflow).step(step).id.clone(),
            None => "".into(),
        }
    }
}
