//! What an AWS SDK does below a workflow.

use std::time::Duration;

use super::Run;
use super::again::{Again, jitter};
use super::at::At;
use super::effect::{CallId, FailureReason};
use super::state::Next;
use crate::exchange::Response;

/// The answer to a request, or why there is none, and the same for people.
pub(super) type Heard = Result<Response, (FailureReason, String)>;

impl Run {
    /// Sends an AWS request again where an SDK would; says whether it does.
    pub(super) fn sends_again(&mut self, at: &At<'_>, id: CallId, heard: &Heard) -> bool {
        let most = self.options.max_attempts();
        let Some(visit) = self.visit() else {
            return false;
        };
        let (resend, sent) = (visit.resend, visit.resend.sent);
        let again = match heard {
            Ok(answer) => resend.after_answer(answer, most),
            Err((reason, _)) => resend.after_failure(*reason, most),
        };
        let Some(again) = again.filter(|_| at.is_aws()) else {
            return false;
        };
        let pause = match again {
            Again::After(pause) => pause,
            Again::Backoff(base) => {
                let draw = self.state.draws;
                self.state.draws = draw.saturating_add(1);
                jitter(base, sent, self.options.seed.unwrap_or(0), draw)
            }
            Again::Renewed | Again::AtServerTime(_) => Duration::ZERO,
        };
        let pause = self.options.capped(pause);
        if self.budget().is_some_and(|left| left <= pause) {
            return false;
        }
        if let Some(visit) = self.visit_mut() {
            visit.resend.note(again);
        }
        self.tell_action(at, Some(id), false, "resend".into());
        self.tell_waiting(at, "resend", pause);
        self.wait(pause, Next::Send);
        true
    }
}
