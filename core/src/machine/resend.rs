//! What an AWS SDK does below a workflow.

use std::time::Duration;

use super::Run;
use super::effect::{CallId, FailureReason, Progress};
use super::random;
use super::state::Next;
use crate::auth::aws::{self, Failure as FailureClass};
use crate::exchange::Response;
use crate::link::Linked;

/// The longest pause before a request is sent again.
const LONGEST_PAUSE: Duration = Duration::from_secs(20);

/// From which pauses grow after throttling.
const THROTTLED_PAUSE: Duration = Duration::from_secs(1);

/// From which pauses grow after a passing error.
const PASSING_PAUSE: Duration = Duration::from_millis(50);

/// What a re-send changes.
enum Again {
    /// The same request after a pause.
    After(Duration),
    /// With fresh credentials, at once.
    Renewed,
    /// Signed with the server's time, at once.
    AtServerTime(u64),
}

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
        let error = answer.aws_error();
        let code = error.as_ref().map(|error| error.code.as_str());
        let Some(visit) = self.visit() else {
            return false;
        };
        let resend = visit.resend;
        if resend.sent >= self.options.max_attempts() {
            return false;
        }
        let again = match aws::classify(code, answer.status()) {
            FailureClass::ExpiredToken if !resend.renewed => Again::Renewed,
            FailureClass::SkewedClock if resend.server_time.is_none() => match answer.date() {
                Some(time) => Again::AtServerTime(time),
                None => return false,
            },
            class @ (FailureClass::Throttling | FailureClass::Transient) => {
                let base = match class {
                    FailureClass::Throttling => THROTTLED_PAUSE,
                    _ => PASSING_PAUSE,
                };
                Again::After(
                    answer
                        .retry_after()
                        .unwrap_or_else(|| self.jitter(base, resend.sent)),
                )
            }
            _ => return false,
        };
        self.again(program, id, again)
    }

    /// The same for a request that got no answer.
    pub(super) fn resend_failure(
        &mut self,
        program: &Linked,
        id: CallId,
        reason: FailureReason,
    ) -> bool {
        let passing = matches!(
            reason,
            FailureReason::Connect
                | FailureReason::Timeout
                | FailureReason::Reset
                | FailureReason::Truncated
        );
        let Some(visit) = self.visit() else {
            return false;
        };
        let sent = visit.resend.sent;
        if !passing || sent >= self.options.max_attempts() || !self.is_aws(program) {
            return false;
        }
        let pause = self.jitter(PASSING_PAUSE, sent);
        self.again(program, id, Again::After(pause))
    }

    /// Full jitter: any pause up to one that doubles with every attempt.
    fn jitter(&mut self, base: Duration, sent: u32) -> Duration {
        let most = base
            .saturating_mul(1 << sent.saturating_sub(1).min(16))
            .min(LONGEST_PAUSE);
        let draw = self.state.draws;
        self.state.draws = draw.saturating_add(1);
        most.mul_f64(random::fraction(self.options.seed.unwrap_or(0), draw))
    }

    fn again(&mut self, program: &Linked, id: CallId, again: Again) -> bool {
        let pause = match again {
            Again::After(pause) => self.options.capped(pause),
            Again::Renewed | Again::AtServerTime(_) => Duration::ZERO,
        };
        if self.budget().is_some_and(|left| left <= pause) {
            return false;
        }
        if let Some(visit) = self.visit_mut() {
            match again {
                Again::After(_) => {}
                Again::Renewed => visit.resend.renewed = true,
                Again::AtServerTime(time) => visit.resend.server_time = Some(time),
            }
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
