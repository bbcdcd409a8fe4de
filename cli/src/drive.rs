//! The loop: poll, act, feed.

use std::collections::{BTreeSet, VecDeque};
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use spola::Report;
use spola::machine::{CallId, CancelReason, Effect, Event, Machine, Progress, Record, Send};

use crate::carrier::{Carrier, event, in_sandbox};
use crate::har::Har;
use crate::transport::{Answer, Reason, Refused};
use crate::wallet::{Wallet, on_one_line};

/// How many requests are under way at once; a machine may ask for fewer.
const AT_ONCE: usize = 16;

/// Who is told what a machine does.
pub trait Watch {
    /// Shows one thing that a machine tells.
    fn show(&mut self, progress: &Progress);

    /// Takes away what is no part of the result.
    fn end(&mut self);
}

/// What a machine is driven with: a run, or an operation of the toolkit.
pub struct Host {
    /// What carries requests.
    pub carrier: Carrier,
    /// Credentials.
    pub wallet: Arc<Wallet>,
    /// Where the machine's state is kept.
    pub snapshot: Option<PathBuf>,
    /// How long it may take.
    pub timeout: Option<Duration>,
    /// What is shown meanwhile.
    pub display: Box<dyn Watch>,
    /// The traffic, where it is wanted.
    pub har: Option<Har>,
    /// What the machine did.
    pub record: Record,
    /// Secret inputs, to be masked in files.
    pub secrets: Vec<String>,
    /// Why the last request that was not sent could not be given what it needs.
    pub unauthorized: Option<Report>,
}

enum Message {
    Answer(CallId, Result<Answer, Refused>, Duration),
    Interrupt,
}

/// The host could not do its part.
pub struct HostError(pub String);

/// What is asked for and not yet fed.
struct Road {
    began: Instant,
    sender: Sender<Message>,
    receiver: Receiver<Message>,
    /// Requests that were not sent yet, and when they were handed out.
    queued: VecDeque<(Send, Instant)>,
    /// Requests that were sent over the network.
    under_way: BTreeSet<CallId>,
    /// Waits, by when they are over.
    waits: BTreeSet<(Duration, CallId)>,
    /// When the whole is to be over.
    deadline: Option<Duration>,
    /// Whether something was fed since the state was kept.
    is_changed: bool,
}

impl Host {
    /// Drives a machine to its end.
    ///
    /// # Errors
    /// A state that cannot be written.
    pub fn drive(&mut self, machine: &mut dyn Machine) -> Result<(), HostError> {
        let (sender, receiver) = channel();
        listen_for_interrupt(sender.clone());
        let mut road = Road {
            began: Instant::now(),
            sender,
            receiver,
            queued: VecDeque::new(),
            under_way: BTreeSet::new(),
            waits: BTreeSet::new(),
            deadline: None,
            is_changed: true,
        };
        road.deadline = self.timeout.map(|timeout| self.clock(&road) + timeout);
        while !self.poll(machine, &mut road) {
            // The state is kept before a request is sent, and with each answer in it.
            if road.is_changed {
                self.keep(machine)?;
                road.is_changed = false;
            }
            // In the sandbox nothing but an interrupt is received.
            let in_sandbox = matches!(self.carrier, Carrier::Sandbox { .. });
            if in_sandbox && road.receiver.try_recv().is_ok() {
                self.cancel(machine, &mut road, CancelReason::User)?;
                continue;
            }
            self.launch(machine, &mut road);
            if !road.is_changed {
                self.receive(machine, &mut road)?;
            }
        }
        self.display.end();
        self.keep(machine)
    }

    /// Takes up what the machine asks for; tells whether it is over.
    fn poll(&mut self, machine: &mut dyn Machine, road: &mut Road) -> bool {
        while let Some(effect) = machine.poll() {
            match effect {
                Effect::Send(send) => road.queued.push_back((*send, Instant::now())),
                Effect::Wait(wait) => {
                    let due = self.clock(road).saturating_add(wait.delay);
                    road.waits.insert((due, wait.id));
                }
                Effect::Abort { id } => {
                    road.queued.retain(|(send, _)| send.id != id);
                    road.waits.retain(|(_, other)| *other != id);
                }
                Effect::Progress(progress) => {
                    self.record.take(&progress);
                    self.display.show(&progress);
                }
                _ => {}
            }
        }
        machine.outcome().is_some()
    }

    /// Sends what may be sent. The in-memory AWS answers at once, one by one.
    fn launch(&mut self, machine: &mut dyn Machine, road: &mut Road) {
        while road.under_way.len() < AT_ONCE && !road.is_changed {
            let Some((send, since)) = road.queued.pop_front() else {
                return;
            };
            let (id, now) = (send.id, self.carrier.now());
            let auth = send.auth.as_ref();
            let request = match self.wallet.authorize(send.request, auth, now) {
                Ok(request) => request,
                Err(report) => {
                    let (reason, message) = (Reason::Other, on_one_line(&report));
                    self.unauthorized = Some(report);
                    let refused = Err(Refused { reason, message });
                    road.feed(machine, event(id, refused, since.elapsed()));
                    continue;
                }
            };
            if let Some(har) = &mut self.har {
                har.sent(id, &request, now);
            }
            match &mut self.carrier {
                Carrier::Sandbox { sandbox, clock, .. } => {
                    let answer = in_sandbox(sandbox, &request, *clock);
                    self.answered(machine, road, (id, answer, Duration::ZERO));
                }
                Carrier::Network(transport) => {
                    road.under_way.insert(id);
                    let (transport, sender) = (Arc::clone(transport), road.sender.clone());
                    std::thread::spawn(move || {
                        let answer = transport.send(request, send.timeout, send.max_response);
                        // It may be over; then nobody waits for it.
                        let _ = sender.send(Message::Answer(id, answer, since.elapsed()));
                    });
                }
            }
        }
    }

    /// Waits for an answer, an interrupt, the end of a wait or the deadline.
    fn receive(&mut self, machine: &mut dyn Machine, road: &mut Road) -> Result<(), HostError> {
        let wait = road.waits.first().copied();
        let due = wait.map(|(due, _)| due);
        let until = match (due, road.deadline) {
            (Some(due), Some(deadline)) => Some(due.min(deadline)),
            (due, deadline) => due.or(deadline),
        };
        let message = match (&mut self.carrier, until) {
            (Carrier::Sandbox { clock, .. }, Some(until)) => {
                *clock = until.max(*clock);
                Err(RecvTimeoutError::Timeout)
            }
            (Carrier::Network(_), Some(until)) => {
                let left = until.saturating_sub(road.began.elapsed());
                road.receiver.recv_timeout(left)
            }
            (Carrier::Sandbox { .. }, None) => {
                let stuck = "it waits for nothing, and is not over";
                return Err(HostError(stuck.to_owned()));
            }
            (_, None) => {
                let received = road.receiver.recv();
                received.map_err(|_| RecvTimeoutError::Disconnected)
            }
        };
        match message {
            Ok(Message::Answer(id, answer, elapsed)) => {
                road.under_way.remove(&id);
                self.answered(machine, road, (id, answer, elapsed));
            }
            Ok(Message::Interrupt) | Err(RecvTimeoutError::Disconnected) => {
                self.cancel(machine, road, CancelReason::User)?;
            }
            Err(RecvTimeoutError::Timeout) => {
                let now = self.clock(road);
                if road.deadline.is_some_and(|deadline| deadline <= now) {
                    self.cancel(machine, road, CancelReason::Timeout)?;
                } else if let Some((due, id)) = wait.filter(|(due, _)| *due <= now) {
                    road.waits.remove(&(due, id));
                    road.feed(machine, Event::Elapsed { id });
                }
            }
        }
        Ok(())
    }

    fn answered(
        &mut self,
        machine: &mut dyn Machine,
        road: &mut Road,
        (id, answer, elapsed): (CallId, Result<Answer, Refused>, Duration),
    ) {
        if let Some(har) = &mut self.har {
            har.answered(id, &answer, elapsed);
        }
        road.feed(machine, event(id, answer, elapsed));
    }

    /// Ends it. What was kept is what can be resumed; the end is not.
    fn cancel(
        &mut self,
        machine: &mut dyn Machine,
        road: &mut Road,
        reason: CancelReason,
    ) -> Result<(), HostError> {
        self.keep(machine)?;
        self.snapshot = None;
        road.feed(machine, Event::Cancel { reason });
        Ok(())
    }

    /// Writes the state where it is wanted: whole or not at all.
    fn keep(&self, machine: &dyn Machine) -> Result<(), HostError> {
        let Some(path) = &self.snapshot else {
            return Ok(());
        };
        crate::files::write_whole(path, &machine.snapshot())
            .map_err(|error| HostError(format!("{}: {error}", path.display())))
    }

    /// What waits are measured by: the sandbox's clock, or the time since the start.
    fn clock(&self, road: &Road) -> Duration {
        match &self.carrier {
            Carrier::Sandbox { clock, .. } => *clock,
            Carrier::Network(_) => road.began.elapsed(),
        }
    }
}

impl Road {
    /// Every id that is fed was issued by the same machine, so this cannot fail.
    fn feed(&mut self, machine: &mut dyn Machine, event: Event) {
        let fed = machine.feed(event);
        debug_assert!(fed.is_ok());
        self.is_changed = true;
    }
}

/// Who hears of the next interrupt.
static LISTENER: Mutex<Option<Sender<Message>>> = Mutex::new(None);

/// The first interrupt ends what is driven, in order; the second ends the program.
fn listen_for_interrupt(sender: Sender<Message>) {
    if let Ok(mut listener) = LISTENER.lock() {
        *listener = Some(sender);
    }
    // Without a handler an interrupt ends the program at once: that will do. What is
    // driven later finds the handler of what was driven first.
    let _ = ctrlc::set_handler(|| {
        let listener = LISTENER.lock().ok();
        match listener.and_then(|mut listener| listener.take()) {
            Some(sender) => drop(sender.send(Message::Interrupt)),
            None => std::process::exit(130),
        }
    });
}
