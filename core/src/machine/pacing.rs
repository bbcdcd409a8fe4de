//! Polls told from pages; endless loops told.

use std::time::Duration;

use serde_json::Value;

use super::Run;
use super::effect::Progress;
use super::failure;
use super::options::RunOptions;
use super::state::{Frame, Repeated};
use crate::link::{Linked, Step, StepIndex, Target};
use crate::number::equal_values;

/// The longest pause before a poll, unless the interval itself is longer.
const LONGEST_POLL: Duration = Duration::from_secs(30);

/// The pause before the `polls`-th poll in a row, from 0: the interval, growing
/// by half each time.
pub(super) fn pause(options: &RunOptions, polls: u32) -> Duration {
    let interval = options.poll_interval();
    let longest = interval.max(LONGEST_POLL);
    let mut pause = interval;
    for _ in 0..polls.min(64) {
        if pause >= longest {
            break;
        }
        pause = pause + pause / 2;
    }
    options.capped(pause.min(longest))
}

/// What a request or call is, compared with what the same step sent last.
pub(super) enum Pace {
    /// It differs, or control did not come by a goto: no pause.
    Fresh,
    /// The same again: the pause before it.
    Poll(Duration),
}

/// Tells whether a request or call repeats the last one, and how it is paced.
pub(super) fn pace(
    options: &RunOptions,
    last: Option<Repeated>,
    fingerprint: u128,
    by_goto: bool,
) -> (Pace, Repeated) {
    match last {
        Some(last) if last.fingerprint == fingerprint && by_goto => (
            Pace::Poll(pause(options, last.polls)),
            Repeated {
                fingerprint,
                polls: last.polls.saturating_add(1),
            },
        ),
        Some(last) if last.fingerprint == fingerprint => (Pace::Fresh, last),
        _ => (
            Pace::Fresh,
            Repeated {
                fingerprint,
                polls: 0,
            },
        ),
    }
}

impl Run {
    /// Fails the run when a page loop cannot end: the request repeats a page
    /// token, and the operation's last answer offers another one.
    pub(super) fn is_endless(&mut self, program: &Linked, step: StepIndex) -> bool {
        let Some(frame) = self.state.frames.last() else {
            return false;
        };
        let workflow = program.workflow(frame.workflow);
        let Some(carried) = stale_token(frame, &workflow.steps, workflow.step(step)) else {
            return false;
        };
        let failure = failure::endless_loop(&workflow.step(step).id, &carried);
        self.fail_run(program, failure);
        true
    }

    /// Tells why the next thing waits.
    pub(super) fn tell_poll(&mut self, program: &Linked, delay: Duration) {
        if !delay.is_zero() {
            let step_id = self.step_id(program);
            self.tell(Progress::Waiting {
                step_id,
                why: "poll",
                delay,
            });
        }
    }
}

/// The name of the output that a step sends again although the operation's last
/// answer in this call has another value at its place.
fn stale_token(frame: &Frame, steps: &[Step], step: &Step) -> Option<String> {
    let Target::Operation(operation) = step.target else {
        return None;
    };
    step.fed_back.iter().find_map(|fed| {
        // What is collected is no page's token.
        let source = steps.get(fed.step.0 as usize)?;
        let collects = |at: &usize| {
            let output = source.outputs.get(*at);
            output.is_some_and(|output| *output.name == *fed.output)
        };
        if source.collect.iter().any(collects) {
            return None;
        }
        let output = frame.step(fed.step)?.outputs.get(&fed.output)?;
        let carried = fed.inside.resolve(output)?;
        let last = (0u32..)
            .zip(steps)
            .filter(
                |(_, other)| matches!(other.target, Target::Operation(same) if same == operation),
            )
            .filter_map(|(at, other)| Some((other, frame.step(StepIndex(at))?)))
            .max_by_key(|(_, state)| state.answered)?;
        let at = last
            .0
            .remembered
            .iter()
            .position(|place| *place == fed.pointer)?;
        let offered = last.1.remembered.get(at)?.as_ref()?;
        let other = !matches!(offered, Value::Null) && !equal_values(offered, carried);
        other.then(|| fed.output.to_string())
    })
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::pause;
    use crate::machine::options::RunOptions;

    #[test]
    fn pauses_grow_by_half_up_to_thirty_seconds() {
        let options = RunOptions::default();
        let seconds: Vec<f64> = (0..9).map(|n| pause(&options, n).as_secs_f64()).collect();
        assert_eq!(
            seconds,
            [2.0, 3.0, 4.5, 6.75, 10.125, 15.1875, 22.78125, 30.0, 30.0]
        );
    }

    #[test]
    fn an_interval_above_thirty_seconds_stays_and_a_host_may_cap_it() {
        let mut options = RunOptions {
            poll_interval: Some(Duration::from_secs(45)),
            ..RunOptions::default()
        };
        assert_eq!(pause(&options, 5), Duration::from_secs(45));
        options.max_wait = Some(Duration::from_secs(1));
        assert_eq!(pause(&options, 0), Duration::from_secs(1));
    }
}
