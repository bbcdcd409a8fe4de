//! What an AWS SDK does below a workflow.

use std::time::Duration;

use super::Run;
use super::again::{Again, jitter};
use super::effect::{CallId, FailureReason, Progress};
use super::state::Next;
use crate::exchange::Response;
use crate::link::Linked;

impl Run {
    /// Sends an AWS request again where an SDK would; says whether it did.
    pub(super) fn resend_answer(
        &mut self,
        program: &Linked,
        id: CallId,
        answer: &Response,
    ) -> bool {
        if (200..300).contains(&answer.status()) || !self.is_aws(program) {
            return false;
        }
        let most = self.options.max_attempts();
        let again = self
            .visit()
            .and_then(|visit| visit.resend.after_answer(answer, most));
        again.is_some_and(|again| self.again(program, id, again))
    }

    /// The same for a request that got no answer.
    pub(super) fn resend_failure(
        &mut self,
        program: &Linked,
        id: CallId,
        reason: FailureReason,
    ) -> bool {
        let most = self.options.max_attempts();
        let again = self
            .visit()
            .and_then(|visit| visit.resend.after_failure(reason, most));
        match again {
            Some(again) if self.is_aws(program) => self.again(program, id, again),
            _ => false,
        }
    }

    /// How long to pause first.
    fn pause(&mut self, again: Again) -> Duration {
        let pause = match again {
            Again::After(pause) => pause,
            Again::Backoff(base) => {
                let sent = self.visit().map_or(1, |visit| visit.resend.sent);
                let draw = self.state.draws;
                self.state.draws = draw.saturating_add(1);
                jitter(base, sent, self.options.seed.unwrap_or(0), draw)
            }
            Again::Renewed | Again::AtServerTime(_) => return Duration::ZERO,
        };
        self.options.capped(pause)
    }

    fn again(&mut self, program: &Linked, id: CallId, again: Again) -> bool {
        let pause = self.pause(again);
        if self.budget().is_some_and(|left| left <= pause) {
            return false;
        }
        if let Some(visit) = self.visit_mut() {
            visit.resend.note(again);
        }
        self.tell_action(program, Some(id), false, "resend".into());
        if !pause.is_zero() {
            let step_id = self.step_id(program);
            self.tell(Progress::Waiting {
                step_id,
                why: "resend",
                delay: pause,
            });
        }
        self.wait(pause, Next::Send);
        true
    }
}
