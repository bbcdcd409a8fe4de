//! What an AWS error means for sending the request again.

use crate::text::{before, cut_last};

/// What an AWS error means for sending the request again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// Too many requests: send it again after a pause.
    Throttling,
    /// It may pass: send it again.
    Transient,
    /// The credentials have expired: fetch fresh ones, then send it again.
    ExpiredToken,
    /// The clock differs from the service's, or may: sign with the service's time.
    SkewedClock,
    /// Sending it again does not help.
    Other,
}

/// Tells what an AWS error code, as written in the answer, and a status mean.
///
/// The code decides where it is known: a throttled call of the JSON protocols
/// is answered with status 400. `LimitExceededException` is `Other`: a quota is
/// used up, and another attempt would not change that.
pub fn classify(code: Option<&str>, status: u16) -> Failure {
    let code = code.map(bare).unwrap_or_default();
    if THROTTLING.contains(&code) {
        return Failure::Throttling;
    }
    match code {
        "ExpiredToken" | "ExpiredTokenException" | "TokenRefreshRequired" => {
            return Failure::ExpiredToken;
        }
        "InvalidSignatureException"
        | "SignatureDoesNotMatch"
        | "RequestExpired"
        | "RequestInTheFuture"
        | "RequestTimeTooSkewed" => return Failure::SkewedClock,
        "RequestTimeout" | "RequestTimeoutException" => return Failure::Transient,
        _ => {}
    }
    match status {
        429 => Failure::Throttling,
        500 | 502 | 503 | 504 => Failure::Transient,
        _ => Failure::Other,
    }
}

/// The code without what some services put around it: `aws.protocoltests#Code:https://…`.
fn bare(code: &str) -> &str {
    let code = before(code, b':');
    cut_last(code, b'#').map_or(code, |(_, code)| code).trim()
}

/// What any SDK takes for throttling.
const THROTTLING: [&str; 14] = [
    "BandwidthLimitExceeded",
    "CallRateLimitExceededException",
    "EC2ThrottledException",
    "PriorRequestNotComplete",
    "ProvisionedThroughputExceededException",
    "RequestLimitExceeded",
    "RequestThrottled",
    "RequestThrottledException",
    "SlowDown",
    "ThrottledException",
    "Throttling",
    "ThrottlingException",
    "TooManyRequestsException",
    "TransactionInProgressException",
];
