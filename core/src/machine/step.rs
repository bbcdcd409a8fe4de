//! Start a step: its request or call is made.

use std::time::Duration;

use serde_json::{Map, Value};

use super::Run;
use super::at::At;
use super::begin::fingerprint_of;
use super::effect::{CallId, Progress, Repeat, Send};
use super::failure;
use super::pacing;
use super::prepare::Prepared;
use super::scope::RequestView;
use super::state::{Next, OutstandingKind, Role, Via};
use crate::exchange::{self, Response};
use crate::link::{Target, WorkflowIndex};

/// What a step asks for.
enum Asked {
    Request(Prepared),
    Call(WorkflowIndex, Map<String, Value>),
}

impl Run {
    /// Makes the request or call of the active step. One that repeats the last is
    /// a poll: a pause comes first, unless it is over.
    pub(super) fn attempt(&mut self, at: &At<'_>, paused: bool) {
        self.exchange = None;
        let asked = match (self.unmet_dependency(at), &at.step.target) {
            (Some(unmet), _) => Err(unmet),
            (None, Target::Operation(_)) => self.prepare(at).map(Asked::Request),
            (None, Target::Workflow(called)) => {
                let inputs = self.call_inputs(at, &at.step.arguments);
                inputs.map(|inputs| Asked::Call(*called, inputs))
            }
            (None, Target::Unsupported(what)) => Err(failure::of(&failure::UNSUPPORTED, &[what])),
        };
        match asked {
            Err(failure) => self.conclude(at, None, Some(failure)),
            Ok(asked) if !paused && self.is_paced(at, &asked) => {}
            Ok(Asked::Request(prepared)) => self.hand_over(at, prepared),
            Ok(Asked::Call(called, inputs)) => {
                self.count_attempt(at);
                // What an earlier call gave is not what this one gives.
                self.state.ended.remove(&called.0);
                self.call(at.program, called, Role::Call, inputs);
            }
        }
    }

    /// Paces a poll; says whether the step does not go on at once.
    fn is_paced(&mut self, at: &At<'_>, asked: &Asked) -> bool {
        let fingerprint = match asked {
            Asked::Request(prepared) => exchange::fingerprint(&prepared.request),
            Asked::Call(_, inputs) => fingerprint_of(inputs),
        };
        let Some(frame) = self.state.frames.last_mut() else {
            return true;
        };
        // A first attempt that control came to by a goto may be a poll; a retry never is.
        let visit = frame.visits.last();
        let by_goto = visit.is_some_and(|visit| visit.via == Via::Goto && visit.attempt == 0);
        let left = frame.step_mut(at.index);
        let (pause, repeated) = pacing::pace(&self.options, left.last, fingerprint, by_goto);
        left.last = Some(repeated);
        let Some(pause) = pause else {
            return false;
        };
        if matches!(asked, Asked::Request(_)) && self.is_endless(at) {
            return true;
        }
        self.tell_waiting(at, "poll", pause);
        if pause == Duration::ZERO {
            return false;
        }
        self.wait(pause, Next::Send);
        true
    }

    /// Counts an attempt. From here the step's `timeout` runs: Arazzo 1.1, Step
    /// Object, `timeout`.
    ///
    /// Unspecified: it bounds one attempt, with what is sent again below the workflow.
    fn count_attempt(&mut self, at: &At<'_>) {
        if let Some(visit) = self.visit_mut() {
            visit.attempt = visit.attempt.saturating_add(1);
            if visit.resend.sent == 0 {
                visit.budget = at.step.timeout;
            }
        }
    }

    /// Gives the host a request to send.
    fn hand_over(&mut self, at: &At<'_>, prepared: Prepared) {
        self.count_attempt(at);
        if let Some(visit) = self.visit_mut() {
            visit.resend.sent = visit.resend.sent.saturating_add(1);
        }
        self.set_next(Next::Attempt);
        let id = self.owe(OutstandingKind::Send);
        self.make_ready(at, id, prepared, true);
    }

    /// Makes a request ready to be handed out, and announces it.
    pub(super) fn make_ready(
        &mut self,
        at: &At<'_>,
        id: CallId,
        prepared: Prepared,
        announced: bool,
    ) {
        let url = self.without_secrets(prepared.request.url().to_string());
        let Some(visit) = self.visit() else {
            return;
        };
        let mut auth = prepared.auth;
        if let Some(auth) = &mut auth {
            auth.renew = visit.resend.renewed;
            auth.server_time = visit.resend.server_time;
        }
        let (execution, attempt) = (visit.execution, visit.attempt);
        if announced {
            self.tell(Progress::Attempt {
                id,
                workflow_id: at.workflow.id.clone(),
                step_id: at.step.id.clone(),
                execution,
                attempt,
                method: prepared.request.method().clone(),
                url: url.clone(),
            });
        }
        self.send = Some(Box::new(Send {
            id,
            url,
            request: prepared.request,
            auth,
            timeout: self.budget(),
            max_response: self.options.max_response(),
            repeat: if prepared.safe {
                Repeat::Safe
            } else {
                Repeat::Unsafe
            },
            operation: at.step.operation.clone(),
        }));
    }

    /// The request as the expressions of criteria, outputs and actions see it,
    /// where one of them looks.
    pub(super) fn request_view(&self, at: &At<'_>) -> Option<RequestView> {
        let looks = |frame: &super::state::Frame| {
            let workflow = at.program.workflow(frame.workflow);
            let visit = frame.visits.last();
            visit.is_some_and(|visit| workflow.step(visit.step).reads_request)
        };
        if !self.state.frames.iter().any(looks) {
            return None;
        }
        self.view(at)
    }

    /// The answer being judged.
    pub(super) fn answer(&self) -> Option<&Response> {
        self.exchange.as_ref()?.answer.as_ref()
    }
}
