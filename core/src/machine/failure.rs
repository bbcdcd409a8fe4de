//! Why a step or a run failed, in words.

use crate::auth::AuthError;
use crate::diagnostic::{Diagnostic, Location};
use crate::exchange::{ExchangeError, Response};
use crate::expression::ExpressionError;
use crate::link::Criterion;
use crate::text::beginning;

use super::effect::{Failure, FailureReason};
use super::size::Excess;

/// How many characters of a message go from a call to its caller: each adds its own.
const LONGEST: usize = 2_000;

/// A failure of a step; who raises it adds the step.
fn failure(code: &str, message: String) -> Failure {
    Failure {
        code: code.into(),
        step_id: None,
        message,
    }
}

/// The run entered more steps than it may.
pub(super) fn max_steps(limit: u64) -> Failure {
    failure(
        "run.max-steps",
        format!("more than {limit} steps and retries; raise `max_steps` if that is meant"),
    )
}

/// The run called workflows within workflows deeper than it may.
pub(super) fn max_depth(limit: u32) -> Failure {
    failure(
        "run.max-depth",
        format!("more than {limit} workflows within workflows; raise `max_depth` if that is meant"),
    )
}

/// The run took too long as a whole.
pub(super) fn timeout() -> Failure {
    failure("run.timeout", "the run took longer than it may".into())
}

/// The run was cancelled.
pub(super) fn cancelled() -> Failure {
    failure("run.cancelled", "the run was cancelled".into())
}

/// A value has outgrown what a run may hold.
pub(super) fn value_too_large(output: &str, excess: Excess) -> Failure {
    failure(
        "run.value-too-large",
        format!("the output `{output}` {excess}"),
    )
}

/// A page loop cannot end.
pub(super) fn endless_loop(step_id: &str, output: &str) -> Failure {
    let mut failure = failure(
        "run.endless-loop",
        format!(
            "step `{step_id}` would send the same request for ever: it repeats `{output}` of an \
             earlier answer, although the last answer offers another; read the value from the \
             last answer instead"
        ),
    );
    failure.step_id = Some(step_id.into());
    failure
}

/// A step or call took longer than its `timeout`.
pub(super) fn step_timeout() -> Failure {
    failure(
        "run.step-timeout",
        "it took longer than the step's `timeout`".into(),
    )
}

/// A step needs something that this version does not do.
pub(super) fn unsupported(what: &str) -> Failure {
    failure("run.unsupported", format!("unsupported: {what}"))
}

/// A step it depends on did not complete.
pub(super) fn dependency_not_completed(step_id: &str) -> Failure {
    failure(
        "run.dependency-not-completed",
        format!("it depends on step `{step_id}`, which did not complete"),
    )
}

/// A workflow that this one depends on failed.
pub(super) fn dependency_failed(workflow_id: &str, cause: Option<&Failure>) -> Failure {
    failure(
        "run.dependency-failed",
        match cause {
            Some(cause) => format!(
                "the workflow `{workflow_id}` it depends on failed: {}",
                cause.message
            ),
            None => format!("the workflow `{workflow_id}` it depends on failed"),
        },
    )
}

/// A required parameter has no value.
pub(super) fn missing_parameter(name: &str, written: &str, place: &Location) -> Failure {
    failure(
        "run.missing-parameter",
        format!(
            "the required parameter `{name}` has no value: {written} resolves to nothing ({})",
            spot(place)
        ),
    )
}

/// A value could not be made.
pub(super) fn expression(error: &ExpressionError, place: &Location) -> Failure {
    failure(error.code(), format!("{error} ({})", spot(place)))
}

/// A replacement could not be made.
pub(super) fn replacement(reason: &str, place: &Location) -> Failure {
    failure("run.replacement", format!("{reason} ({})", spot(place)))
}

/// A message could not be made or read.
pub(super) fn exchange(error: &ExchangeError) -> Failure {
    let mut message = error.to_string();
    if let Some(help) = error.help() {
        message = format!("{message}; {help}");
    }
    failure(error.code(), message)
}

/// The AWS host or region is not known.
pub(super) fn auth(error: &AuthError) -> Failure {
    let mut message = error.to_string();
    if let Some(help) = error.help() {
        message = format!("{message}; {help}");
    }
    failure(error.code(), message)
}

/// No region was given for an AWS operation.
pub(super) fn no_region(service: &str) -> Failure {
    failure(
        "run.no-region",
        format!(
            "which AWS region to call `{service}` in is not known; give `region`, or set AWS_REGION"
        ),
    )
}

/// Which AWS service is called is not known.
pub(super) fn no_service() -> Failure {
    failure(
        "run.no-service",
        "the signing name of the AWS service is not known; the description may say it as \
         `x-aws-signingName` in its `info`"
            .into(),
    )
}

/// No answer came.
pub(super) fn no_answer(reason: FailureReason, message: &str) -> Failure {
    let code = match reason {
        FailureReason::Resolve => "run.resolve",
        FailureReason::Connect => "run.connect",
        FailureReason::Tls => "run.tls",
        FailureReason::Timeout => "run.no-answer-in-time",
        FailureReason::Reset => "run.reset",
        FailureReason::Truncated => "run.truncated",
        FailureReason::TooLarge => "run.too-large",
        FailureReason::Unsupported => "run.unsupported-operation",
        FailureReason::Other => "run.send",
    };
    failure(code, message.into())
}

/// The answer is larger than it may be.
pub(super) fn too_large(limit: u64) -> Failure {
    failure(
        "run.too-large",
        format!("the answer is larger than {limit} bytes; raise `max_response` if that is meant"),
    )
}

/// The host chose not to send a request again whose answer was never seen.
pub(super) fn in_doubt() -> Failure {
    failure(
        "run.in-doubt",
        "the run was stopped while this request was on its way, and sending it again may do twice \
         what it does; resume with `in_doubt` `send` or `skip` to go on"
            .into(),
    )
}

/// The criteria do not hold.
pub(super) fn criteria(
    answer: Option<&Response>,
    unmet: Option<(&Criterion, Option<String>)>,
) -> Failure {
    let mut message = match answer {
        Some(answer) => status_line(answer),
        None => String::new(),
    };
    if let Some((criterion, note)) = unmet {
        if !message.is_empty() {
            message.push_str("; ");
        }
        message.push_str(&format!("the criterion `{}`", criterion.text));
        if let Some(context) = &criterion.context {
            message.push_str(&format!(" of `{context}`"));
        }
        message.push_str(" does not hold");
        if let Some(note) = note {
            message.push_str(&format!(" ({note})"));
        }
    }
    failure("run.criteria", message)
}

/// The called workflow failed.
pub(super) fn called(workflow_id: &str, cause: &Failure) -> Failure {
    let at = match &cause.step_id {
        Some(step) => format!(" at step `{step}`"),
        None => String::new(),
    };
    let mut message = format!("the workflow `{workflow_id}` failed{at}: {}", cause.message);
    if let Some(cut) = beginning(&message, LONGEST) {
        message.truncate(cut.len());
        message.push('…');
    }
    failure(&cause.code, message)
}

/// The inputs that a workflow is called with are wrong.
pub(super) fn wrong_inputs(error: &super::error::RunError) -> Failure {
    failure(error.code(), error.to_string())
}

/// Status and, for an AWS error, its code, message and request id.
fn status_line(answer: &Response) -> String {
    let mut line = format!("the answer was {}", answer.status());
    if let Some(error) = answer.aws_error() {
        line.push_str(&format!(" {}", error.code));
        if let Some(message) = &error.message {
            line.push_str(&format!(": {message}"));
        }
        if let Some(id) = &error.request_id {
            line.push_str(&format!(" (request id {id})"));
        }
    }
    line
}

fn spot(place: &Location) -> String {
    format!("{}:{}:{}", place.document, place.line, place.column)
}
