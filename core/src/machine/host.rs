//! The face that every machine shows its host.

use super::Run;
use super::effect::{Effect, Event, Outcome};
use super::error::RunError;

/// What a host drives: a run of a workflow, or an operation of the ECR toolkit.
///
/// The rule is one for all: *poll until `None`, act on each effect, feed what you
/// saw, poll again*, until [`outcome`](Machine::outcome) answers.
pub trait Machine {
    /// The next effect; `None` when answers are owed, or when it is over.
    fn poll(&mut self) -> Option<Effect>;

    /// Takes what the host saw.
    ///
    /// # Errors
    /// `run.unknown-call`, `run.wrong-event`. Nothing has changed then.
    fn feed(&mut self, event: Event) -> Result<(), RunError>;

    /// How it ended; `None` while it goes on.
    fn outcome(&self) -> Option<&Outcome>;

    /// Where it stands, as bytes that any host can go on from.
    fn snapshot(&self) -> Vec<u8>;
}

impl Machine for Run {
    fn poll(&mut self) -> Option<Effect> {
        Self::poll(self)
    }

    fn feed(&mut self, event: Event) -> Result<(), RunError> {
        Self::feed(self, event)
    }

    fn outcome(&self) -> Option<&Outcome> {
        Self::outcome(self)
    }

    fn snapshot(&self) -> Vec<u8> {
        Self::snapshot(self)
    }
}
