//! Why a step or a run failed, in words.

use crate::diagnostic::{Diagnostic, Location, Report, Wording};
use crate::exchange::Response;
use crate::link::Criterion;
use crate::text;

use super::effect::{Failure, FailureReason};

/// A failure on its way through a run: one pointer.
pub(super) type Fault = Box<Failure>;

/// How many characters of a message go from a call to its caller: each adds its own.
const LONGEST: usize = 2_000;

pub(super) const MAX_STEPS: Wording = Wording(
    "run.max-steps",
    "more than {0} steps and retries; raise `max_steps` if that is meant",
    "",
);

pub(super) const MAX_DEPTH: Wording = Wording(
    "run.max-depth",
    "more than {0} workflows within workflows; raise `max_depth` if that is meant",
    "",
);

pub(super) const TIMEOUT: Wording = Wording("run.timeout", "the run took longer than it may", "");

pub(super) const CANCELLED: Wording = Wording("run.cancelled", "the run was cancelled", "");

pub(super) const VALUE_TOO_LARGE: Wording =
    Wording("run.value-too-large", "the output `{0}` {1}", "");

pub(super) const ENDLESS_LOOP: Wording = Wording(
    "run.endless-loop",
    "step `{0}` would send the same request for ever: it repeats `{1}` of an earlier answer, \
     although the last answer offers another; read the value from the last answer instead",
    "",
);

pub(super) const STEP_TIMEOUT: Wording = Wording(
    "run.step-timeout",
    "it took longer than the step's `timeout`",
    "",
);

pub(super) const UNSUPPORTED: Wording = Wording("run.unsupported", "unsupported: {0}", "");

pub(super) const DEPENDENCY_NOT_COMPLETED: Wording = Wording(
    "run.dependency-not-completed",
    "it depends on step `{0}`, which did not complete",
    "",
);

/// A workflow, and why it failed, where that is known.
pub(super) const DEPENDENCY_FAILED: Wording = Wording(
    "run.dependency-failed",
    "the workflow `{0}` it depends on failed: {1}\nthe workflow `{0}` it depends on failed",
    "",
);

/// A parameter, its value as written, where there is an expression, and its place.
pub(super) const MISSING_PARAMETER: Wording = Wording(
    "run.missing-parameter",
    "the required parameter `{0}` has no value: {1} resolves to nothing ({2})",
    "",
);

/// What is wrong with a replacement, and its place.
pub(super) const REPLACEMENT: Wording = Wording("run.replacement", "{0} ({1})", "");

pub(super) const NO_REGION: Wording = Wording(
    "run.no-region",
    "which AWS region to call `{0}` in is not known; give `region`, or set AWS_REGION",
    "",
);

pub(super) const NO_SERVICE: Wording = Wording(
    "run.no-service",
    "the signing name of the AWS service is not known; the description may say it as \
     `x-aws-signingName` in its `info`",
    "",
);

/// The answer is larger than it may be.
pub(super) const TOO_LARGE: Wording = Wording(
    "run.too-large",
    "the answer is larger than {0} bytes; raise `max_response` if that is meant",
    "",
);

/// The host chose not to send a request again whose answer was never seen.
pub(super) const IN_DOUBT: Wording = Wording(
    "run.in-doubt",
    "the run was stopped while this request was on its way, and sending it again may do twice what \
     it does; resume with `in_doubt` `send` or `skip` to go on",
    "",
);

/// A failure in these words; who raises it adds the step.
#[cold]
pub(super) fn of(wording: &Wording, texts: &[&str]) -> Fault {
    let Report { code, message, .. } = wording.say(texts);
    failure(code, message)
}

#[cold]
fn failure(code: &str, message: String) -> Fault {
    Box::new(Failure {
        code: code.into(),
        step_id: None,
        message,
    })
}

/// A failure that an error is the cause of, in its words.
#[cold]
pub(super) fn told(error: &dyn Diagnostic) -> Fault {
    failure(error.code(), error.to_string())
}

/// The same, with what helps.
#[cold]
pub(super) fn caused(error: &dyn Diagnostic) -> Fault {
    let mut message = error.to_string();
    if let Some(help) = error.help() {
        message = message + "; " + &help;
    }
    failure(error.code(), message)
}

/// The same, with the place where it is.
#[cold]
pub(super) fn at_place(error: &dyn Diagnostic, place: &Location) -> Fault {
    let message = error.to_string() + " (" + &spot(place) + ")";
    failure(error.code(), message)
}

/// No answer came.
#[cold]
pub(super) fn no_answer(reason: FailureReason, message: String) -> Fault {
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
    failure(code, message)
}

/// The criteria do not hold: the first of them that does not, and why.
#[cold]
pub(super) fn criteria(
    answer: Option<&Response>,
    unmet: Option<(&Criterion, Option<String>)>,
) -> Fault {
    let mut message = String::new();
    if let Some(answer) = answer {
        let error = answer.aws_error();
        let status = answer.status().to_string();
        let error = error.as_ref();
        let told = error.and_then(|error| error.message.as_deref());
        let id = error.and_then(|error| error.request_id.as_deref());
        add(&mut message, "the answer was ", Some(&status), "");
        add(&mut message, " ", error.map(|error| &*error.code), "");
        add(&mut message, ": ", told, "");
        add(&mut message, " (request id ", id, ")");
    }
    if let Some((criterion, note)) = unmet {
        if !message.is_empty() {
            message.push_str("; ");
        }
        add(&mut message, "the criterion `", Some(&criterion.text), "`");
        add(&mut message, " of `", criterion.context.as_deref(), "`");
        message.push_str(" does not hold");
        add(&mut message, " (", note.as_deref(), ")");
    }
    failure("run.criteria", message)
}

/// Adds a text that is there, and what stands around it.
fn add(message: &mut String, before: &str, text: Option<&str>, after: &str) {
    if let Some(text) = text {
        message.push_str(before);
        message.push_str(text);
        message.push_str(after);
    }
}

/// The called workflow failed.
#[cold]
pub(super) fn called(workflow_id: &str, cause: &Failure) -> Fault {
    const WORDING: Wording = Wording(
        "",
        "the workflow `{0}` failed at step `{2}`: {1}\nthe workflow `{0}` failed: {1}",
        "",
    );
    let step = cause.step_id.as_deref().unwrap_or_default();
    let mut message = WORDING.say(&[workflow_id, &cause.message, step]).message;
    if let Some(beginning) = text::beginning(&message, LONGEST) {
        message = beginning.to_owned() + "…";
    }
    failure(&cause.code, message)
}

/// A place, as messages tell it.
pub(super) fn spot(place: &Location) -> String {
    format!("{}:{}:{}", place.document, place.line, place.column)
}
