//! Runs, and what carries out what their steps start.

use serde_json::{Map, Value};
use spola::link::Program;
use spola::machine::{ResumeOptions, RunError, RunOptions};

use crate::machine::Machine;

/// Begins a run; operations that its steps start are given its options.
///
/// # Errors
/// As [`Program::start`].
#[cfg(feature = "ecr")]
pub fn start(
    program: &Program,
    workflow_id: Option<&str>,
    inputs: Map<String, Value>,
    options: RunOptions,
) -> Result<Machine, RunError> {
    let started = started(&options);
    let run = program.start(workflow_id, inputs, options)?;
    Ok(Machine::new(spola_ecr::Workflow::new(run, started)))
}

/// Goes on with a run, and with operations that were under way.
///
/// # Errors
/// As [`Program::resume`].
#[cfg(feature = "ecr")]
pub fn resume(
    program: &Program,
    snapshot: &[u8],
    resume: ResumeOptions,
) -> Result<Machine, RunError> {
    let started = started(&resume.options);
    let workflow = spola_ecr::Workflow::resume(program, snapshot, resume, started)?;
    Ok(Machine::new(workflow))
}

#[cfg(feature = "ecr")]
fn started(options: &RunOptions) -> spola_ecr::Options {
    spola_ecr::Options {
        run: options.clone(),
        ..spola_ecr::Options::default()
    }
}

/// Begins a run.
///
/// # Errors
/// As [`Program::start`].
#[cfg(not(feature = "ecr"))]
pub fn start(
    program: &Program,
    workflow_id: Option<&str>,
    inputs: Map<String, Value>,
    options: RunOptions,
) -> Result<Machine, RunError> {
    let run = program.start(workflow_id, inputs, options)?;
    Ok(Machine::new(unaided::Unaided(run)))
}

/// Goes on with a run.
///
/// # Errors
/// As [`Program::resume`].
#[cfg(not(feature = "ecr"))]
pub fn resume(
    program: &Program,
    snapshot: &[u8],
    resume: ResumeOptions,
) -> Result<Machine, RunError> {
    let run = program.resume(snapshot, resume)?;
    Ok(Machine::new(unaided::Unaided(run)))
}

#[cfg(not(feature = "ecr"))]
mod unaided {
    use std::time::Duration;

    use spola::machine::{Effect, Event, FailureReason, Machine, Outcome, Run, RunError};

    /// A run in a module without toolkits: what a step starts fails, and nothing is
    /// sent in its place.
    pub struct Unaided(pub Run);

    impl Machine for Unaided {
        fn poll(&mut self) -> Option<Effect> {
            loop {
                let effect = self.0.poll()?;
                let refused = match &effect {
                    Effect::Send(send) => send.operation.as_deref().map(|name| (send.id, name)),
                    _ => None,
                };
                let Some((id, name)) = refused else {
                    return Some(effect);
                };
                let toolkit = name.split('.').next().unwrap_or_default();
                // The run asked for it, so it takes it.
                let _ = self.0.feed(Event::Failed {
                    id,
                    reason: FailureReason::Other,
                    message: format!(
                        "the step starts `{name}`, which this entry does not carry out: \
                         load the document from `spola/{toolkit}`"
                    ),
                    elapsed: Duration::ZERO,
                });
            }
        }

        fn feed(&mut self, event: Event) -> Result<(), RunError> {
            self.0.feed(event)
        }

        fn outcome(&self) -> Option<&Outcome> {
            self.0.outcome()
        }

        fn snapshot(&self) -> Vec<u8> {
            self.0.snapshot()
        }
    }
}
