//! What carries requests: the network, or the in-memory AWS.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use spola::machine::{CallId, Event, FailureReason};
use spola_sandbox::{Ending, Sandbox};

use crate::load;
use crate::shelf::{self, Shelf};
use crate::transport::{Answer, Reason, Refused, Transport};

/// What carries requests.
pub enum Carrier {
    /// The network.
    Network(Arc<Transport>),
    /// The in-memory AWS, with a clock of its own: waits cost nothing there.
    Sandbox {
        /// Its state.
        sandbox: Box<Sandbox>,
        /// Where its large layers are, where its state is kept.
        shelf: Option<Shelf>,
        /// What its clock shows.
        clock: Duration,
    },
}

impl Carrier {
    /// The in-memory AWS, with the state in a file where one is named; else the network.
    ///
    /// # Errors
    /// What is wrong with the file, its state or the layers beside it.
    pub fn open(
        is_sandboxed: bool,
        state: Option<&Path>,
        network: &Arc<Transport>,
    ) -> Result<Self, String> {
        let (sandbox, shelf) = match state {
            Some(path) => {
                let (sandbox, shelf) = shelf::open(path, Sandbox::sample)?;
                (sandbox, Some(shelf))
            }
            None if is_sandboxed => (Sandbox::sample(), None),
            None => return Ok(Self::Network(Arc::clone(network))),
        };
        // Its clock runs ahead by what was waited for; what is over must not be under way again.
        let clock = since_epoch().max(sandbox.latest());
        Ok(Self::Sandbox {
            sandbox: Box::new(sandbox),
            shelf,
            clock,
        })
    }

    /// Saves the in-memory AWS in the file in which it is kept, if it is.
    ///
    /// # Errors
    /// What the operating system says.
    pub fn save(&self, state: Option<&Path>) -> Result<(), String> {
        let Self::Sandbox {
            sandbox,
            shelf: Some(shelf),
            ..
        } = self
        else {
            return Ok(());
        };
        let Some(path) = state else { return Ok(()) };
        shelf::save(path, sandbox, shelf)
            .map_err(|error| format!("{}: {}", path.display(), load::plain(&error)))
    }

    /// Since the Unix epoch.
    pub fn now(&self) -> Duration {
        match self {
            Self::Sandbox { clock, .. } => *clock,
            Self::Network(_) => since_epoch(),
        }
    }
}

/// The time since the Unix epoch.
pub fn since_epoch() -> Duration {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
}

/// What a machine is fed for an answer, or for none.
pub fn event(id: CallId, answer: Result<Answer, Refused>, elapsed: Duration) -> Event {
    match answer {
        Ok(Answer {
            status,
            headers,
            body,
        }) => Event::Response {
            id,
            status,
            headers,
            body,
            elapsed,
        },
        Err(Refused { reason, message }) => Event::Failed {
            id,
            reason: failure_reason(reason),
            message,
            elapsed,
        },
    }
}

fn failure_reason(reason: Reason) -> FailureReason {
    match reason {
        Reason::Resolve => FailureReason::Resolve,
        Reason::Connect => FailureReason::Connect,
        Reason::Tls => FailureReason::Tls,
        Reason::Timeout => FailureReason::Timeout,
        Reason::Reset => FailureReason::Reset,
        Reason::Truncated => FailureReason::Truncated,
        Reason::TooLarge => FailureReason::TooLarge,
        Reason::Other => FailureReason::Other,
    }
}

/// The in-memory AWS answers for AWS hosts, and for no other.
pub fn in_sandbox(
    sandbox: &mut Sandbox,
    request: &http::Request<Vec<u8>>,
    clock: Duration,
) -> Result<Answer, Refused> {
    let host = request.uri().host().unwrap_or_default();
    if !spola::auth::aws::is_aws_host(host) {
        return Err(Refused {
            reason: Reason::Connect,
            message: format!(
                "{host} is not part of the sandbox: it answers for Amazon ECR and EC2 Image \
                 Builder only"
            ),
        });
    }
    let (parts, body) = sandbox.handle(request, clock).into_parts();
    if let Some(ending) = parts.extensions.get() {
        let (reason, message) = match ending {
            Ending::Reset => (Reason::Reset, "the connection was reset"),
            Ending::Cut => (Reason::Truncated, "the answer was cut short"),
        };
        return Err(Refused {
            reason,
            message: format!("{host}: {message}"),
        });
    }
    let headers = parts.headers.iter().map(|(name, value)| {
        (
            name.to_string(),
            String::from_utf8_lossy(value.as_bytes()).into_owned(),
        )
    });
    Ok(Answer {
        status: parts.status.as_u16(),
        headers: headers.collect(),
        body,
    })
}
