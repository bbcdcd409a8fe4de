//! The loop: poll, act, feed.

use std::path::PathBuf;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use spola::auth::Auth;
use spola::machine::{
    CallId, CancelReason, Effect, Event, FailureReason, Progress, Record, Run, Send,
};
use spola_sandbox::{Ending, Sandbox};

use crate::har::Har;
use crate::progress::Display;
use crate::shelf::Shelf;
use crate::transport::{Answer, Reason, Refused, Transport};
use crate::wallet::Wallet;

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

/// What a run is driven with.
pub struct Host {
    /// What carries requests.
    pub carrier: Carrier,
    /// Credentials.
    pub wallet: Arc<Wallet>,
    /// Where the run's state is kept.
    pub snapshot: Option<PathBuf>,
    /// How long the run may take.
    pub timeout: Option<Duration>,
    /// What is shown meanwhile.
    pub display: Display,
    /// The traffic, where it is wanted.
    pub har: Option<Har>,
    /// What the run did.
    pub record: Record,
    /// Secret inputs, to be masked in files.
    pub secrets: Vec<String>,
}

enum Message {
    Answer(CallId, Result<Answer, Refused>, Duration),
    Interrupt,
}

/// The host could not do its part.
pub struct HostError(pub String);

impl Host {
    /// Drives a run to its end.
    ///
    /// # Errors
    /// A state that cannot be written.
    pub fn drive(&mut self, run: &mut Run) -> Result<(), HostError> {
        let (sender, receiver) = channel();
        listen_for_interrupt(sender.clone());
        let deadline = self.timeout.map(|timeout| Instant::now() + timeout);
        loop {
            let Some(effect) = run.poll() else {
                self.receive(run, &receiver, None, deadline)?;
                continue;
            };
            match effect {
                Effect::Send(send) => self.send(run, *send, &sender, &receiver, deadline)?,
                Effect::Wait(wait) => match &mut self.carrier {
                    Carrier::Sandbox { clock, .. } => {
                        *clock += wait.delay;
                        feed(run, Event::Elapsed { id: wait.id });
                    }
                    Carrier::Network(_) => {
                        let due = (Instant::now() + wait.delay, wait.id);
                        self.receive(run, &receiver, Some(due), deadline)?;
                    }
                },
                Effect::Progress(progress) => self.take(&progress),
                Effect::Done(_) => break,
                _ => {}
            }
        }
        self.display.end();
        self.keep(run)
    }

    fn take(&mut self, progress: &Progress) {
        self.record.take(progress);
        self.display.show(progress);
    }

    fn send(
        &mut self,
        run: &mut Run,
        send: Send,
        sender: &Sender<Message>,
        receiver: &Receiver<Message>,
        deadline: Option<Instant>,
    ) -> Result<(), HostError> {
        self.keep(run)?;
        let id = send.id;
        let now = self.now();
        let request = match self.authorized(send.request, send.auth.as_ref(), now) {
            Ok(request) => request,
            Err(message) => {
                let elapsed = Duration::ZERO;
                feed(
                    run,
                    Event::Failed {
                        id,
                        reason: FailureReason::Other,
                        message,
                        elapsed,
                    },
                );
                return self.keep(run);
            }
        };
        if let Some(har) = &mut self.har {
            har.sent(id, &request, now);
        }
        match &mut self.carrier {
            Carrier::Sandbox { sandbox, clock, .. } => {
                let answer = in_sandbox(sandbox, &request, *clock);
                self.answered(run, id, answer, Duration::ZERO)
            }
            Carrier::Network(transport) => {
                let transport = Arc::clone(transport);
                let sender = sender.clone();
                std::thread::spawn(move || {
                    let began = Instant::now();
                    let answer = transport.send(request, send.timeout, send.max_response);
                    // The run may be over; then nobody waits for it.
                    let _ = sender.send(Message::Answer(id, answer, began.elapsed()));
                });
                self.receive(run, receiver, None, deadline)
            }
        }
    }

    fn authorized(
        &self,
        request: http::Request<Vec<u8>>,
        auth: Option<&Auth>,
        now: Duration,
    ) -> Result<http::Request<Vec<u8>>, String> {
        match auth {
            Some(auth) => self.wallet.authorize(request, auth, now),
            None => Ok(request),
        }
    }

    /// Waits for an answer, an interrupt, the end of a wait or the deadline.
    fn receive(
        &mut self,
        run: &mut Run,
        receiver: &Receiver<Message>,
        wait: Option<(Instant, CallId)>,
        deadline: Option<Instant>,
    ) -> Result<(), HostError> {
        let until = match (wait.map(|(until, _)| until), deadline) {
            (Some(wait), Some(deadline)) => Some(wait.min(deadline)),
            (wait, deadline) => wait.or(deadline),
        };
        let message = match until {
            None => receiver.recv().map_err(|_| RecvTimeoutError::Disconnected),
            Some(until) => receiver.recv_timeout(until.saturating_duration_since(Instant::now())),
        };
        match message {
            Ok(Message::Answer(id, answer, elapsed)) => self.answered(run, id, answer, elapsed),
            Ok(Message::Interrupt) | Err(RecvTimeoutError::Disconnected) => {
                self.keep(run)?;
                feed(
                    run,
                    Event::Cancel {
                        reason: CancelReason::User,
                    },
                );
                // What was kept is what can be resumed; the end is not.
                self.snapshot = None;
                Ok(())
            }
            Err(RecvTimeoutError::Timeout) => {
                if deadline.is_some_and(|deadline| deadline <= Instant::now()) {
                    self.keep(run)?;
                    feed(
                        run,
                        Event::Cancel {
                            reason: CancelReason::Timeout,
                        },
                    );
                    self.snapshot = None;
                } else if let Some((_, id)) = wait {
                    feed(run, Event::Elapsed { id });
                }
                Ok(())
            }
        }
    }

    fn answered(
        &mut self,
        run: &mut Run,
        id: CallId,
        answer: Result<Answer, Refused>,
        elapsed: Duration,
    ) -> Result<(), HostError> {
        if let Some(har) = &mut self.har {
            har.answered(id, &answer, elapsed);
        }
        match answer {
            Ok(Answer {
                status,
                headers,
                body,
            }) => {
                feed(
                    run,
                    Event::Response {
                        id,
                        status,
                        headers,
                        body,
                        elapsed,
                    },
                );
            }
            Err(Refused { reason, message }) => {
                let reason = failure_reason(reason);
                feed(
                    run,
                    Event::Failed {
                        id,
                        reason,
                        message,
                        elapsed,
                    },
                );
            }
        }
        self.keep(run)
    }

    /// Writes the run's state where it is wanted: whole or not at all.
    fn keep(&self, run: &Run) -> Result<(), HostError> {
        let Some(path) = &self.snapshot else {
            return Ok(());
        };
        crate::files::write_whole(path, &run.snapshot())
            .map_err(|error| HostError(format!("{}: {error}", path.display())))
    }

    /// Since the Unix epoch.
    fn now(&self) -> Duration {
        match &self.carrier {
            Carrier::Sandbox { clock, .. } => *clock,
            Carrier::Network(_) => since_epoch(),
        }
    }
}

/// The time since the Unix epoch.
pub fn since_epoch() -> Duration {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default()
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
fn in_sandbox(
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

/// Every id that is fed was issued by the same run, so this cannot fail.
fn feed(run: &mut Run, event: Event) {
    let fed = run.feed(event);
    debug_assert!(fed.is_ok());
}

/// The first interrupt ends the run in order; the second ends the program.
fn listen_for_interrupt(sender: Sender<Message>) {
    let sender = Mutex::new(Some(sender));
    // Without a handler an interrupt ends the program at once: that will do.
    let _ = ctrlc::set_handler(move || {
        let first = sender.lock().ok().and_then(|mut sender| sender.take());
        match first {
            Some(sender) => drop(sender.send(Message::Interrupt)),
            None => std::process::exit(130),
        }
    });
}
