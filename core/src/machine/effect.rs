//! What passes between a run and its host.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::archive::{Kept, Writer};
use crate::auth::Auth;
use crate::message::{Method, Request};

/// Names one request or wait of a run; never used twice in a run.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize,
)]
pub struct CallId(pub u64);

/// What the host is to do next.
#[derive(Debug)]
#[non_exhaustive]
pub enum Effect {
    /// Send one HTTP request and feed [`Event::Response`] or [`Event::Failed`].
    Send(Box<Send>),
    /// Wait that long and feed [`Event::Elapsed`].
    Wait(Wait),
    /// Drop that request or wait; feed nothing.
    Abort {
        /// What to drop.
        id: CallId,
    },
    /// Show it or drop it; feed nothing.
    Progress(Box<Progress>),
    /// The run is over: what [`Run::outcome`](super::Run::outcome) gives from now on.
    Done(Arc<Outcome>),
}

/// One HTTP request to send.
pub struct Send {
    /// Names the request.
    pub id: CallId,
    /// Method, absolute URL, headers and body; redirects are not to be followed.
    pub request: Request,
    /// What authorization it needs; none where it needs none.
    pub auth: Option<Auth>,
    /// How long the answer may take; none: as long as the host likes.
    pub timeout: Option<Duration>,
    /// How many bytes of the answer's body to read at most.
    pub max_response: u64,
    /// Whether it can be sent again without harm.
    pub repeat: Repeat,
    /// What to carry out instead, with the request's body as arguments:
    /// `ecr.copy-image`. What it gives is fed as the answer's body. A host that does
    /// not know it, and does not wrap the run in what does, sends the request, or feeds
    /// that it failed for the reason `Unsupported`.
    pub operation: Option<Arc<str>>,
    /// The URL without secret inputs, to be shown.
    pub(super) url: String,
}

impl Send {
    /// A request as any machine makes it: no authorization, no time limit, 64 MiB of
    /// answer at most, and not to be repeated blindly.
    ///
    /// `shown_url` stands for the request's URL in logs: without secrets.
    pub fn new(id: CallId, request: Request, shown_url: impl Into<String>) -> Self {
        Self {
            id,
            request,
            auth: None,
            timeout: None,
            max_response: 64 << 20,
            repeat: Repeat::Unsafe,
            operation: None,
            url: shown_url.into(),
        }
    }

    /// The URL before authorization, secret inputs in it masked: for logs.
    pub fn shown_url(&self) -> &str {
        &self.url
    }
}

impl fmt::Debug for Send {
    /// Without header values and body: they may be secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let headers = self.request.headers().iter();
        let headers: Vec<_> = headers.map(|(name, _)| name).collect();
        f.debug_struct("Send")
            .field("id", &self.id)
            .field("method", self.request.method())
            .field("url", &self.url)
            .field("headers", &headers)
            .field("body", &format_args!("{} bytes", self.request.body().len()))
            .field("auth", &self.auth)
            .field("timeout", &self.timeout)
            .field("max_response", &self.max_response)
            .field("repeat", &self.repeat)
            .field("operation", &self.operation)
            .finish()
    }
}

/// Whether a request can be sent again without harm.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repeat {
    /// Sending it again changes nothing.
    Safe,
    /// Sending it again may do twice what it does.
    Unsafe,
}

/// A length of time to wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wait {
    /// Names the wait.
    pub id: CallId,
    /// How long.
    pub delay: Duration,
}

/// What the host saw.
#[derive(Clone)]
#[non_exhaustive]
pub enum Event {
    /// An answer came.
    Response {
        /// Which request it answers.
        id: CallId,
        /// The status code.
        status: u16,
        /// The header fields in order, names in any letter case.
        headers: Vec<(String, String)>,
        /// The body, decoded of any transfer coding.
        body: Vec<u8>,
        /// How long it took since the effect was handed out.
        elapsed: Duration,
    },
    /// No answer came.
    Failed {
        /// Which request it was.
        id: CallId,
        /// Why.
        reason: FailureReason,
        /// The same for people, with the address that was tried.
        message: String,
        /// How long it took since the effect was handed out.
        elapsed: Duration,
    },
    /// The wait is over.
    Elapsed {
        /// Which wait.
        id: CallId,
    },
    /// The run is to end now.
    Cancel {
        /// Why.
        reason: CancelReason,
    },
}

impl fmt::Debug for Event {
    /// Without header values and body: they may be secret.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Response {
                id,
                status,
                headers,
                body,
                elapsed,
            } => f
                .debug_struct("Response")
                .field("id", id)
                .field("status", status)
                .field(
                    "headers",
                    &headers.iter().map(|(name, _)| name).collect::<Vec<_>>(),
                )
                .field("body", &format_args!("{} bytes", body.len()))
                .field("elapsed", elapsed)
                .finish(),
            Self::Failed {
                id,
                reason,
                elapsed,
                ..
            } => f
                .debug_struct("Failed")
                .field("id", id)
                .field("reason", reason)
                .field("elapsed", elapsed)
                .finish_non_exhaustive(),
            Self::Elapsed { id } => f.debug_struct("Elapsed").field("id", id).finish(),
            Self::Cancel { reason } => f.debug_struct("Cancel").field("reason", reason).finish(),
        }
    }
}

/// Why no answer came.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum FailureReason {
    /// The host name has no address.
    Resolve,
    /// No connection could be made.
    Connect,
    /// The other side could not be trusted or understood.
    Tls,
    /// It took too long.
    Timeout,
    /// The connection was lost before the answer began.
    Reset,
    /// The connection was lost before the answer was whole.
    Truncated,
    /// The answer is larger than `max_response`.
    TooLarge,
    /// The host does not carry out the operation that the step starts.
    Unsupported,
    /// Anything else.
    Other,
}

/// Why a run is cancelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CancelReason {
    /// Somebody wants it to stop: the outcome is `interrupted`.
    User,
    /// It took too long as a whole: the outcome is `failed`, `run.timeout`.
    Timeout,
}

/// How a run ended.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// Succeeded, failed or interrupted.
    pub outcome: OutcomeKind,
    /// The workflow's outputs, as far as they resolve.
    pub outputs: Map<String, Value>,
    /// Why it failed or was interrupted.
    pub failure: Option<Failure>,
}

impl Outcome {
    /// As JSON, in the form of every host.
    pub fn to_json(&self) -> String {
        let mut out = Writer::default();
        self.write(&mut out);
        out.json.into_text()
    }
}

/// The three endings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OutcomeKind {
    /// The workflow came to its end.
    Succeeded,
    /// A step failed and nothing dealt with it, or a limit was reached.
    #[default]
    Failed,
    /// It was cancelled.
    Interrupted,
}

impl OutcomeKind {
    /// What it is called in results.
    pub fn name(self) -> &'static str {
        match self {
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Interrupted => "interrupted",
        }
    }
}

/// Why a run failed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Failure {
    /// The stable code.
    pub code: String,
    /// The step it failed at, where there is one.
    pub step_id: Option<String>,
    /// What happened, for people.
    pub message: String,
}

/// What a run tells while it goes on.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Progress {
    /// A step was entered.
    StepStarted {
        /// The workflow.
        workflow_id: Arc<str>,
        /// The step.
        step_id: Arc<str>,
        /// Which entry into the step this is, from 1.
        execution: u64,
    },
    /// A request is about to be sent.
    Attempt {
        /// The request's id: that of the [`Send`] which follows.
        id: CallId,
        /// The workflow.
        workflow_id: Arc<str>,
        /// The step.
        step_id: Arc<str>,
        /// Which entry into the step, from 1.
        execution: u64,
        /// Which request within the entry, from 1.
        attempt: u64,
        /// The method.
        method: Method,
        /// The URL, before authorization.
        url: String,
    },
    /// An answer, or none, came for a request.
    Answered {
        /// The request.
        id: CallId,
        /// Its status; none where no answer came.
        status: Option<u16>,
    },
    /// A success criterion was judged.
    Criterion {
        /// The request that it judges; none on a step that calls a workflow.
        id: Option<CallId>,
        /// The condition as written.
        condition: Arc<str>,
        /// Whether it holds.
        passed: bool,
        /// Why it could not be evaluated, where it could not.
        note: Option<String>,
    },
    /// A step's outputs were taken.
    Outputs {
        /// The workflow.
        workflow_id: Arc<str>,
        /// The step.
        step_id: Arc<str>,
        /// The names of those that resolved.
        names: Vec<Arc<str>>,
    },
    /// What comes next was decided.
    Action {
        /// The request that led to it; none on a step that calls a workflow.
        id: Option<CallId>,
        /// The workflow.
        workflow_id: Arc<str>,
        /// The step.
        step_id: Arc<str>,
        /// Whether the step succeeded.
        succeeded: bool,
        /// `next`, `goto:listImages`, `end`, `retry` or `resend`.
        action: Cow<'static, str>,
    },
    /// A wait was asked for, and why: `poll`, `retry`, `resend`.
    Waiting {
        /// The step.
        step_id: Arc<str>,
        /// Why.
        why: &'static str,
        /// How long.
        delay: Duration,
    },
    /// What became of a layer of an image that is being copied.
    Layer {
        /// The layer's digest.
        digest: Arc<str>,
        /// `waiting`, `moving`, `moved`, `present` or `foreign`.
        stage: &'static str,
        /// How many of its bytes have arrived.
        done: u64,
        /// How many it has.
        total: u64,
    },
    /// What became of an image, or of the manifest of one of its platforms.
    Image {
        /// The manifest's digest.
        digest: Arc<str>,
        /// The tag that it was put under.
        tag: Option<Arc<str>>,
        /// `put`, `present` or `skipped`.
        stage: &'static str,
    },
    /// Something worth telling that changes nothing.
    Note {
        /// The step, where there is one.
        step_id: Option<Arc<str>>,
        /// What it is.
        message: String,
    },
}
