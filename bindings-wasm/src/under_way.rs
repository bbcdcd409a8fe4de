//! Operations under way in place of the requests of a run elsewhere.

use spola::machine::{Effect, Event};
use spola_ecr::UnderWay;

use crate::border::{answer, bytes, hold, tell_any, tell_bytes, text, with};
use crate::convert::{Json, effect};
use crate::ecr::settled;
use crate::error::thrown;
use crate::machine::{call, event, milliseconds, taken};

/// The operations that the steps of a run in another module have started.
struct Operations {
    all: UnderWay,
    /// The body of what was handed out last.
    body: Vec<u8>,
}

impl Operations {
    fn of(all: UnderWay) -> Self {
        let body = Vec::new();
        Self { all, body }
    }

    fn ready(&mut self) -> Option<String> {
        let mut next = self.all.ready()?;
        if let Effect::Send(send) = &mut next {
            self.body = std::mem::take(send.request.body_mut());
        }
        Some(effect(&next))
    }

    fn answer(&mut self) -> Option<String> {
        let mut json = Json::object();
        match self.all.answer()? {
            Event::Response {
                id,
                status,
                headers,
                body,
                elapsed,
            } => {
                self.body = body;
                let headers = headers.iter();
                json.text("type", "response")
                    .number("id", id.0)
                    .number("status", status.into())
                    .fields(
                        "headers",
                        headers.map(|(name, value)| (name.as_str(), value.as_bytes())),
                    )
                    .milliseconds("elapsed", elapsed);
            }
            Event::Failed {
                id,
                message,
                elapsed,
                ..
            } => {
                json.text("type", "failed")
                    .number("id", id.0)
                    .text("reason", "timeout")
                    .text("message", &message)
                    .milliseconds("elapsed", elapsed);
            }
            // Operations end by an answer, or late.
            _ => return None,
        }
        Some(json.finish())
    }
}

/// Gives operations of which none has been started yet: takes the run's options as
/// JSON.
///
/// Throws `host.bad-option`.
#[unsafe(no_mangle)]
pub extern "C" fn under_way() -> i32 {
    let begin = || hold(Operations::of(UnderWay::new(settled(false)?)));
    answer(begin())
}

/// Tells the snapshot of the run in a snapshot that has operations in it; nothing
/// where the snapshot is of a run alone.
///
/// Throws `run.damaged-snapshot`, `run.snapshot-version`.
#[unsafe(no_mangle)]
pub extern "C" fn under_way_run_in() -> i32 {
    answer(match UnderWay::run_in(&bytes()) {
        Ok(run) => run.map_or(Ok(0), tell_bytes),
        Err(error) => Err(thrown(&error)),
    })
}

/// Gives the operations in a snapshot, to go on with: takes it, and the run's
/// options as JSON.
///
/// Throws `run.damaged-snapshot`.
#[unsafe(no_mangle)]
pub extern "C" fn under_way_resumed() -> i32 {
    let resume = || {
        let snapshot = bytes();
        match UnderWay::resume(&snapshot, settled(false)?) {
            Ok(all) => hold(Operations::of(all)),
            Err(error) => Err(thrown(&error)),
        }
    };
    answer(resume())
}

/// Tells a snapshot of the run, whose own is taken, with the operations in it.
#[unsafe(no_mangle)]
pub extern "C" fn under_way_snapshot(under_way: u32) -> i32 {
    with(under_way, &mut |one: &mut Operations| {
        tell_bytes(one.all.snapshot(bytes()))
    })
}

/// Begins what a request of the run stands for: takes the operation's name, and
/// the body. `timeout` is in milliseconds, and below 0 where there is none.
#[unsafe(no_mangle)]
pub extern "C" fn under_way_begin(under_way: u32, id: f64, timeout: f64) -> i32 {
    with(under_way, &mut |one: &mut Operations| {
        let timeout = (timeout >= 0.0).then(|| milliseconds(timeout));
        one.all.begin(call(id), &text(), &bytes(), timeout);
        Ok(0)
    })
}

/// The run drops a request; gives 1 where that was an operation's.
#[unsafe(no_mangle)]
pub extern "C" fn under_way_abort(under_way: u32, id: f64) -> i32 {
    with(under_way, &mut |one: &mut Operations| {
        Ok(one.all.abort(call(id)).into())
    })
}

/// Tells what is to be handed out before the run is asked for more, as JSON.
#[unsafe(no_mangle)]
pub extern "C" fn under_way_ready(under_way: u32) -> i32 {
    with(under_way, &mut |one: &mut Operations| tell_any(one.ready()))
}

/// Polls the operations; gives 1 where that led to anything.
#[unsafe(no_mangle)]
pub extern "C" fn under_way_advance(under_way: u32) -> i32 {
    with(under_way, &mut |one: &mut Operations| {
        Ok(one.all.advance().into())
    })
}

/// Tells what the run is to be fed, as JSON without the body.
#[unsafe(no_mangle)]
pub extern "C" fn under_way_answer(under_way: u32) -> i32 {
    with(under_way, &mut |one: &mut Operations| {
        tell_any(one.answer())
    })
}

/// Tells the body of what was told last; once.
#[unsafe(no_mangle)]
pub extern "C" fn under_way_body(under_way: u32) -> i32 {
    with(under_way, &mut |one: &mut Operations| {
        tell_bytes(std::mem::take(&mut one.body))
    })
}

/// Gives 1 where an event with this id is not for the run.
#[unsafe(no_mangle)]
pub extern "C" fn under_way_takes(under_way: u32, id: f64) -> i32 {
    with(under_way, &mut |one: &mut Operations| {
        Ok(one.all.takes(call(id)).into())
    })
}

/// Hands over an event, as [`event`] reads it.
///
/// Throws `run.unknown-call`, `run.wrong-event`.
#[unsafe(no_mangle)]
pub extern "C" fn under_way_feed(
    under_way: u32,
    kind: u32,
    id: f64,
    more: u32,
    elapsed: f64,
) -> i32 {
    with(
        under_way,
        &mut |one: &mut Operations| match event(kind, id, more, elapsed) {
            Event::Cancel { reason } => {
                one.all.cancel(reason);
                Ok(0)
            }
            event => taken(one.all.feed(event)),
        },
    )
}
