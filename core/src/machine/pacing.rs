//! Polls told from pages; endless loops told.

use std::time::Duration;

use super::Run;
use super::at::{At, collects};
use super::failure;
use super::options::RunOptions;
use super::state::{Frame, Repeated, StepState};
use crate::link::{Step, StepIndex, Target};
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

/// Tells whether a request or call repeats the last one, for how long it pauses
/// then, and what is to be remembered of it. No pause at all: it differs, or
/// control did not come by a goto.
pub(super) fn pace(
    options: &RunOptions,
    last: Option<Repeated>,
    fingerprint: u128,
    by_goto: bool,
) -> (Option<Duration>, Repeated) {
    match last.filter(|last| last.fingerprint == fingerprint) {
        Some(mut last) if by_goto => {
            let pause = pause(options, last.polls);
            last.polls = last.polls.saturating_add(1);
            (Some(pause), last)
        }
        last => (None, last.unwrap_or(Repeated::first(fingerprint))),
    }
}

impl Run {
    /// Fails the run when a page loop cannot end: the request repeats a page
    /// token, and the operation's last answer offers another one.
    pub(super) fn is_endless(&mut self, at: &At<'_>) -> bool {
        let frame = self.state.frames.last();
        let Some(carried) = frame.and_then(|frame| stale_token(frame, at)) else {
            return false;
        };
        let endless = failure::of(&failure::ENDLESS_LOOP, &[&at.step.id, carried]);
        self.fail_run(at.program, endless);
        true
    }
}

/// The name of the output that a step sends again although the operation's last
/// answer in this call has another value at its place.
fn stale_token<'p>(frame: &Frame, at: &At<'p>) -> Option<&'p str> {
    let (operation, _) = at.operation()?;
    let steps = &at.workflow.steps;
    let mut last: Option<(&Step, &StepState)> = None;
    for (index, other) in (0..).zip(steps) {
        if matches!(other.target, Target::Operation(same) if same == operation)
            && let Some(left) = frame.step(StepIndex(index))
            && last.is_none_or(|(_, before)| left.answered >= before.answered)
        {
            last = Some((other, left));
        }
    }
    let (step, last) = last?;
    for fed in &at.step.fed_back {
        let Some(source) = steps.get(fed.step.0 as usize) else {
            continue;
        };
        let output = frame
            .step(fed.step)
            .and_then(|left| left.outputs.get(&fed.output));
        let carried = output.and_then(|output| fed.inside.resolve(output));
        let place = step
            .remembered
            .iter()
            .position(|place| *place == fed.pointer);
        let offered = place.and_then(|place| last.remembered.get(place)?.as_ref());
        // What is collected is no page's token.
        if !collects(source, &fed.output)
            && let (Some(carried), Some(offered)) = (carried, offered)
            && !offered.is_null()
            && !equal_values(offered, carried)
        {
            return Some(&fed.output);
        }
    }
    None
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
