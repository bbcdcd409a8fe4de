//! A machine to poll and feed.

use std::time::Duration;

use spola::machine::{CallId, CancelReason, Effect, Event, FailureReason, Record, RunError};

use crate::border::{Answer, bytes, tell, tell_any, tell_bytes, text, with};
use crate::convert::{effect, lines};
use crate::error::thrown;

/// What a module drives: one of them has the runs, another the toolkit.
pub enum Driven {
    /// A run of a workflow.
    #[cfg(feature = "runs")]
    Run(spola::machine::Run),
    /// An operation of the toolkit.
    #[cfg(feature = "ecr")]
    Operation(spola_ecr::Operation),
}

/// Asks whichever it is.
macro_rules! ask {
    ($driven:expr, $one:ident => $asked:expr) => {
        match $driven {
            #[cfg(feature = "runs")]
            Driven::Run($one) => $asked,
            #[cfg(feature = "ecr")]
            Driven::Operation($one) => $asked,
        }
    };
}

/// A run, or an operation of the toolkit.
pub struct Machine {
    driven: Driven,
    record: Record,
    /// The body of the request that was handed out last.
    body: Vec<u8>,
}

impl Machine {
    /// Takes what has not been polled yet.
    pub fn new(driven: Driven) -> Self {
        Self {
            driven,
            record: Record::default(),
            body: Vec::new(),
        }
    }

    fn poll(&mut self) -> Option<String> {
        let mut next = ask!(&mut self.driven, one => one.poll())?;
        match &mut next {
            Effect::Progress(told) => self.record.take(told),
            Effect::Send(send) => self.body = std::mem::take(send.request.body_mut()),
            _ => {}
        }
        Some(effect(&next))
    }
}

/// Tells the next effect as JSON, without the body of its request.
#[unsafe(no_mangle)]
pub extern "C" fn machine_poll(machine: u32) -> i32 {
    with(machine, &mut |machine: &mut Machine| {
        tell_any(machine.poll())
    })
}

/// Tells the body of the request that was polled last; once.
#[unsafe(no_mangle)]
pub extern "C" fn machine_body(machine: u32) -> i32 {
    with(machine, &mut |machine: &mut Machine| {
        tell_bytes(std::mem::take(&mut machine.body))
    })
}

/// Hands over an event, as [`event`] reads it.
///
/// Throws `run.unknown-call`, `run.wrong-event`.
#[unsafe(no_mangle)]
pub extern "C" fn machine_feed(machine: u32, kind: u32, id: f64, more: u32, elapsed: f64) -> i32 {
    with(machine, &mut |machine: &mut Machine| {
        let event = event(kind, id, more, elapsed);
        taken(ask!(&mut machine.driven, one => one.feed(event)))
    })
}

/// Tells how it ended, as JSON.
#[unsafe(no_mangle)]
pub extern "C" fn machine_outcome(machine: u32) -> i32 {
    with(machine, &mut |machine: &mut Machine| {
        let outcome = ask!(&machine.driven, one => one.outcome());
        tell_any(outcome.map(|outcome| outcome.to_json()))
    })
}

/// Tells where it stands, as bytes.
#[unsafe(no_mangle)]
pub extern "C" fn machine_snapshot(machine: u32) -> i32 {
    with(machine, &mut |machine: &mut Machine| {
        tell_bytes(ask!(&machine.driven, one => one.snapshot()))
    })
}

/// Tells what it did, request by request, as JSON.
#[unsafe(no_mangle)]
pub extern "C" fn machine_steps(machine: u32) -> i32 {
    with(machine, &mut |machine: &mut Machine| {
        tell(machine.record.to_json())
    })
}

/// Tells the options of a run as a snapshot keeps them: what its steps start is
/// given them.
#[cfg(feature = "runs")]
#[unsafe(no_mangle)]
pub extern "C" fn machine_settings(machine: u32) -> i32 {
    with(
        machine,
        &mut |machine: &mut Machine| match &machine.driven {
            Driven::Run(run) => tell(run.options().to_json()),
            #[cfg(feature = "ecr")]
            Driven::Operation(_) => Ok(0),
        },
    )
}

/// What feeding came to.
///
/// # Errors
/// What the machine refused.
pub fn taken(fed: Result<(), RunError>) -> Answer {
    fed.map_err(|error| thrown(&error)).map(|()| 0)
}

/// An event by its kind: 0 an answer, with `more` as its status, whose header
/// fields are given as lines of name and value in turn, and then its body; 1 no
/// answer, with reason and message; 2 a wait that is over; 3 that the machine is
/// to end, with `more` as whether time ran out. `elapsed` is in milliseconds.
pub fn event(kind: u32, id: f64, more: u32, elapsed: f64) -> Event {
    let id = call(id);
    let elapsed = milliseconds(elapsed);
    match kind {
        0 => {
            let lines = text();
            Event::Response {
                id,
                status: more as u16,
                headers: pairs(&lines)
                    .into_iter()
                    .map(|(name, value)| (name.into(), value.into()))
                    .collect(),
                body: bytes(),
                elapsed,
            }
        }
        1 => Event::Failed {
            id,
            reason: reason(&text()),
            message: text(),
            elapsed,
        },
        2 => Event::Elapsed { id },
        _ => Event::Cancel {
            reason: match more {
                0 => CancelReason::User,
                _ => CancelReason::Timeout,
            },
        },
    }
}

/// Header fields in lines of name and value in turn.
pub fn pairs(text: &str) -> Vec<(&str, &str)> {
    let lines = lines(text);
    let pairs = lines.chunks_exact(2);
    pairs.map(|pair| (pair[0], pair[1])).collect()
}

fn reason(name: &str) -> FailureReason {
    match name {
        "resolve" => FailureReason::Resolve,
        "connect" => FailureReason::Connect,
        "tls" => FailureReason::Tls,
        "timeout" => FailureReason::Timeout,
        "reset" => FailureReason::Reset,
        "truncated" => FailureReason::Truncated,
        "too-large" => FailureReason::TooLarge,
        "unsupported" => FailureReason::Unsupported,
        _ => FailureReason::Other,
    }
}

/// Ids are whole numbers that a JavaScript number holds; any other is none.
pub fn call(id: f64) -> CallId {
    let whole = id >= 0.0 && id.fract() == 0.0 && id <= 9_007_199_254_740_991.0;
    CallId(if whole { id as u64 } else { u64::MAX })
}

/// A length of time, to the microsecond; none where the number is none.
pub fn milliseconds(length: f64) -> Duration {
    Duration::from_micros((length * 1000.0) as u64)
}
