//! AWS JSON calls as requests; their answers read.

use std::borrow::Cow;
use std::time::Duration;

use serde_json::{Map, Value};
use spola::exchange::Response;
use spola::machine::{Again, CallId, FailureReason, Repeat, Resend, RunOptions, Send, jitter};
use spola::message::{MessageError, Request};

use crate::error::EcrError;
use crate::kept::kept;
use crate::place::{Located, Place, members};
use crate::refusal::Refusal;

/// The prefix of ECR's operations in `X-Amz-Target`.
const TARGET: &str = "AmazonEC2ContainerRegistry_V20150921";

/// One call of Amazon ECR.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Call {
    /// Which registry is asked.
    pub(crate) place: Place,
    /// The operation's name: `DescribeImages`.
    pub(crate) operation: Cow<'static, str>,
    /// The members of its body.
    pub(crate) body: Map<String, Value>,
}

kept! { Call { place, operation, body } }

impl Call {
    /// A call about a registry. It says which: without `registryId` the service
    /// would take that of the credentials, which may be another.
    pub(crate) fn of_registry(place: &Place, operation: &'static str, body: Value) -> Self {
        let mut call = Self::bare(place, operation, body);
        if let Some(account) = &place.account {
            call.body
                .insert("registryId".into(), account.as_str().into());
        }
        call
    }

    /// A call about a repository.
    pub(crate) fn of_repository(at: &Located, operation: &'static str, body: Value) -> Self {
        let mut call = Self::of_registry(&at.place, operation, body);
        call.body.append(&mut at.body());
        call
    }

    /// A call that takes no `registryId`.
    pub(crate) fn bare(place: &Place, operation: &'static str, body: Value) -> Self {
        Self {
            place: place.clone(),
            operation: operation.into(),
            body: members(body),
        }
    }

    /// The request. Every call of the toolkit may be sent again: whoever makes one
    /// that would then be refused deals with that refusal.
    pub(crate) fn send(
        &self,
        id: CallId,
        resend: &Resend,
        options: &RunOptions,
    ) -> Result<Send, EcrError> {
        let body = serde_json::to_vec(&self.body).unwrap_or_default();
        send_json(&self.place, &self.operation, body, id, resend, options)
    }
}

/// The request of an AWS JSON call with that body.
pub(crate) fn send_json(
    place: &Place,
    operation: &str,
    body: Vec<u8>,
    id: CallId,
    resend: &Resend,
    options: &RunOptions,
) -> Result<Send, EcrError> {
    let url = format!("{}/", place.endpoint(options)?);
    let unusable = |error: MessageError| EcrError::endpoint(&error);
    let mut request = Request::new("POST", &url, body).map_err(unusable)?;
    for (name, value) in [
        ("content-type", "application/x-amz-json-1.1"),
        ("x-amz-target", &format!("{TARGET}.{operation}")),
    ] {
        request.set_header(name, value).map_err(unusable)?;
    }
    let mut send = Send::new(id, request, url);
    send.auth = Some(place.auth(resend));
    send.max_response = options.max_response();
    send.repeat = Repeat::Safe;
    Ok(send)
}

/// What an answer, or none, leads to.
#[derive(Debug)]
pub(crate) enum Verdict {
    /// Send it again, after this pause.
    Again(Duration),
    /// It is over.
    Over(Result<Value, EcrError>),
}

/// Reads the answer of an AWS JSON call; `draws` counts the pauses drawn before.
pub(crate) fn judge_answer(
    operation: &str,
    answer: &Response,
    resend: &mut Resend,
    draws: &mut u64,
    options: &RunOptions,
) -> Verdict {
    if let Some(again) = resend.after_answer(answer, options.max_attempts()) {
        return Verdict::Again(pause(again, resend, draws, options));
    }
    if !(200..300).contains(&answer.status()) {
        return Verdict::Over(Err(Refusal::of(operation, answer).into()));
    }
    let unreadable = |reason: String| EcrError::UnreadableAnswer {
        operation: operation.to_owned(),
        reason,
    };
    let value = match answer.value() {
        Ok(Some(value @ Value::Object(_))) => Ok(value.clone()),
        Ok(_) => Err(unreadable("it is no JSON object".into())),
        Err(error) => Err(unreadable(error.to_string())),
    };
    Verdict::Over(value)
}

/// The same for a request that got no answer.
pub(crate) fn judge_failure(
    operation: &str,
    reason: FailureReason,
    message: &str,
    resend: &mut Resend,
    draws: &mut u64,
    options: &RunOptions,
) -> Verdict {
    if let Some(again) = resend.after_failure(reason, options.max_attempts()) {
        return Verdict::Again(pause(again, resend, draws, options));
    }
    Verdict::Over(Err(EcrError::NoAnswer {
        operation: operation.to_owned(),
        reason,
        message: message.to_owned(),
    }))
}

/// How long to pause before sending again, taken down.
pub(crate) fn pause(
    again: Again,
    resend: &mut Resend,
    draws: &mut u64,
    options: &RunOptions,
) -> Duration {
    let pause = match again {
        Again::After(pause) => pause,
        Again::Backoff(base) => {
            let draw = *draws;
            *draws = draw.saturating_add(1);
            jitter(base, resend.sent, options.seed.unwrap_or(0), draw)
        }
        _ => Duration::ZERO,
    };
    resend.note(again);
    options.capped(pause)
}
