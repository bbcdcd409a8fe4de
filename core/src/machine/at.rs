//! The step being done.

use super::Run;
use super::state::Visit;
use crate::exchange::{Operation, ParameterLocation};
use crate::link::{Linked, OperationIndex, Step, StepIndex, Target, Workflow};

/// The active step, as the program has it.
#[derive(Clone, Copy)]
pub(super) struct At<'p> {
    pub program: &'p Linked,
    pub workflow: &'p Workflow,
    pub index: StepIndex,
    pub step: &'p Step,
}

impl<'p> At<'p> {
    /// The operation that the step calls, if it calls one.
    pub fn operation(&self) -> Option<(OperationIndex, &'p Operation)> {
        match self.step.target {
            Target::Operation(index) => Some((index, self.program.operation(index))),
            _ => None,
        }
    }

    /// Whether the step can be done again without harm, whatever it sends.
    pub fn is_repeatable(&self) -> bool {
        // A toolkit's operations find out what an earlier start of them did.
        let operation = self.operation();
        self.step.operation.is_some()
            || operation.is_some_and(|(_, operation)| operation.method.is_idempotent())
    }

    /// Whether the step calls an AWS operation.
    pub fn is_aws(&self) -> bool {
        self.operation().is_some_and(|(_, operation)| {
            operation.aws.is_some()
                || self.step.arguments.iter().any(|argument| {
                    argument.location == Some(ParameterLocation::Header)
                        && argument.name.eq_ignore_ascii_case("x-amz-target")
                })
        })
    }
}

impl Run {
    /// The active step, if there is one.
    pub(super) fn at<'p>(&self, program: &'p Linked) -> Option<At<'p>> {
        let frame = self.state.frames.last()?;
        let index = frame.visits.last()?.step;
        let workflow = program.workflow(frame.workflow);
        Some(At {
            program,
            workflow,
            index,
            step: workflow.step(index),
        })
    }

    /// The active stay at a step.
    pub(super) fn visit(&self) -> Option<&Visit> {
        self.state.frames.last()?.visits.last()
    }

    /// The same, to change it.
    pub(super) fn visit_mut(&mut self) -> Option<&mut Visit> {
        self.state.frames.last_mut()?.visits.last_mut()
    }
}

/// Whether a step gathers what an output gives: `x-spola-collect`.
pub(super) fn collects(step: &Step, output: &str) -> bool {
    let mut collected = step.collect.iter().filter_map(|at| step.outputs.get(*at));
    collected.any(|collected| *collected.name == *output)
}
