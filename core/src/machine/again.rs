//! When a request is sent again: the rules of AWS's SDKs.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::effect::FailureReason;
use super::random;
use crate::auth::aws::{self, Failure};
use crate::exchange::Response;

/// The longest pause before a request is sent again.
const LONGEST_PAUSE: Duration = Duration::from_secs(20);

/// From which pauses grow after throttling.
const THROTTLED_PAUSE: Duration = Duration::from_secs(1);

/// From which pauses grow after a passing error.
const PASSING_PAUSE: Duration = Duration::from_millis(50);

/// What an AWS SDK would remember of one request.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Resend {
    /// How often the request was sent.
    pub sent: u32,
    /// Whether credentials were already renewed.
    pub renewed: bool,
    /// The server's clock, in Unix seconds, once ours proved wrong.
    pub server_time: Option<u64>,
}

/// What sending a request again changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Again {
    /// The same request after a pause that the service asked for.
    After(Duration),
    /// The same request after a pause drawn from this base: see [`jitter`].
    Backoff(Duration),
    /// With fresh credentials, at once.
    Renewed,
    /// Signed with the server's time, at once.
    AtServerTime(u64),
}

impl Resend {
    /// Whether, and how, to send a request again that was answered so.
    ///
    /// `max_attempts` counts the first sending too.
    pub fn after_answer(&self, answer: &Response, max_attempts: u32) -> Option<Again> {
        if (200..300).contains(&answer.status()) || self.sent >= max_attempts {
            return None;
        }
        let error = answer.aws_error();
        let code = error.as_ref().map(|error| error.code.as_str());
        let base = match aws::classify(code, answer.status()) {
            Failure::ExpiredToken if !self.renewed => return Some(Again::Renewed),
            Failure::SkewedClock if self.server_time.is_none() => {
                return answer.date().map(Again::AtServerTime);
            }
            Failure::Throttling => THROTTLED_PAUSE,
            Failure::Transient => PASSING_PAUSE,
            _ => return None,
        };
        let asked = answer.retry_after().map(Again::After);
        Some(asked.unwrap_or(Again::Backoff(base)))
    }

    /// The same for a request that got no answer.
    pub fn after_failure(&self, reason: FailureReason, max_attempts: u32) -> Option<Again> {
        let passing = matches!(
            reason,
            FailureReason::Connect
                | FailureReason::Timeout
                | FailureReason::Reset
                | FailureReason::Truncated
        );
        (passing && self.sent < max_attempts).then_some(Again::Backoff(PASSING_PAUSE))
    }

    /// Takes down what the next sending changes.
    pub fn note(&mut self, again: Again) {
        match again {
            Again::After(_) | Again::Backoff(_) => {}
            Again::Renewed => self.renewed = true,
            Again::AtServerTime(time) => self.server_time = Some(time),
        }
    }
}

/// Full jitter: any pause up to one that doubles with every sending, 20 s at most.
///
/// `draw` is the number of pauses drawn from this seed before.
pub fn jitter(base: Duration, sent: u32, seed: u64, draw: u64) -> Duration {
    let most = base
        .saturating_mul(1 << sent.saturating_sub(1).min(16))
        .min(LONGEST_PAUSE);
    random::part(most, seed, draw)
}
