//! Faults that the sandbox makes when asked to.

use crate::answer::Refusal;
use crate::scope;
use crate::time::Time;
use serde::{Deserialize, Serialize};

/// A fault: which calls it strikes, and what they get.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Fault {
    pub(crate) kind: Kind,
    /// The operation's name; any operation where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) operation: Option<String>,
    /// Strikes every n-th matching call.
    #[serde(default = "one")]
    pub(crate) every: u64,
    /// Matching calls that pass before it counts.
    #[serde(default)]
    pub(crate) after: u64,
    /// How often it strikes; without end where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) times: Option<u64>,
    /// Seconds for a `Retry-After` header.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) retry_after: Option<u64>,
    /// The code of kind `refusal`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) code: Option<String>,
    /// The status of kind `refusal`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) status: Option<u16>,
    /// The message of kind `refusal`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) message: Option<String>,
    /// Matching calls so far.
    #[serde(default)]
    pub(crate) seen: u64,
}

fn one() -> u64 {
    1
}

/// What a struck call gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Kind {
    /// 400 `ThrottlingException`; 429 from Image Builder.
    Throttling,
    /// 500 in the service's own shape.
    ServerError,
    /// 503 in the service's own shape.
    ServiceUnavailable,
    /// 502 with a page of HTML.
    BadGateway,
    /// The token has expired.
    ExpiredToken,
    /// The signature's date is an hour off.
    SkewedClock,
    /// The caller may not do this.
    AccessDenied,
    /// Any code, status and message.
    Refusal,
    /// The call is carried out, its answer is a 500.
    LostAnswer,
    /// The call is carried out, half of the answer's body is missing.
    TruncatedBody,
    /// The call is carried out, the body is no JSON.
    MalformedBody,
    /// The call is carried out, one byte of the body is another.
    CorruptedBody,
    /// The connection is reset; the call is not carried out.
    ConnectionReset,
    /// The call is carried out, then the connection is reset.
    LostConnection,
    /// Half of an uploaded part is taken, and the answer says so.
    PartialPart,
    /// One byte of an uploaded part is taken as another, and no answer says so.
    CorruptedPart,
}

impl Kind {
    /// Whether the call is carried out all the same.
    pub(crate) fn is_after(self) -> bool {
        matches!(
            self,
            Self::LostAnswer
                | Self::LostConnection
                | Self::TruncatedBody
                | Self::MalformedBody
                | Self::CorruptedBody
                | Self::PartialPart
                | Self::CorruptedPart
        )
    }
}

/// The fault that strikes this call, if one does; counts the call.
pub(crate) fn strike(faults: &mut [Fault], operation: &str) -> Option<Fault> {
    let mut struck: Option<Fault> = None;
    for fault in faults {
        if fault
            .operation
            .as_deref()
            .is_some_and(|name| name != operation)
        {
            continue;
        }
        fault.seen = fault.seen.saturating_add(1);
        let counted = fault.seen.saturating_sub(fault.after);
        let due = counted > 0 && counted % fault.every.max(1) == 0 && fault.times != Some(0);
        if due && struck.is_none() {
            if let Some(times) = &mut fault.times {
                *times -= 1;
            }
            struck = Some(fault.clone());
        }
    }
    struck
}

impl Fault {
    /// The refusal that it makes instead of carrying out the call.
    pub(crate) fn refusal(&self, builder: bool, now: Time) -> Refusal {
        match self.kind {
            Kind::Throttling if builder => Refusal::with_status(
                429,
                "CallRateLimitExceededException",
                "You have exceeded the permitted request rate for the specific operation.",
            ),
            Kind::Throttling => Refusal::new("ThrottlingException", "Rate exceeded"),
            Kind::ServiceUnavailable if builder => Refusal::with_status(
                503,
                "ServiceUnavailableException",
                "The service is unable to process your request at this time.",
            ),
            Kind::ServiceUnavailable => {
                Refusal::with_status(503, "ServiceUnavailable", "Service is unavailable")
            }
            Kind::ExpiredToken if builder => {
                let mut refusal = scope::expired_token();
                refusal.status = 403;
                refusal
            }
            Kind::ExpiredToken => scope::expired_token(),
            Kind::SkewedClock => {
                let mut refusal = scope::skewed(Time(now.0.saturating_sub(3_600_000)), now);
                refusal.status = if builder { 403 } else { 400 };
                refusal
            }
            Kind::AccessDenied => Refusal::with_status(
                if builder { 403 } else { 400 },
                "AccessDeniedException",
                "User is not authorized to perform this action",
            ),
            Kind::Refusal => Refusal::with_status(
                self.status.unwrap_or(400),
                self.code
                    .clone()
                    .unwrap_or_else(|| "ServerException".to_owned()),
                self.message.clone().unwrap_or_default(),
            ),
            _ if builder => Refusal::with_status(500, "ServiceException", "Internal server error"),
            _ => Refusal::with_status(500, "ServerException", "Internal server error"),
        }
    }
}
