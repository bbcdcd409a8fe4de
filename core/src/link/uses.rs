//! What the texts of one step use.

use std::sync::Arc;

use super::linker::Moment;
use super::program::{Argument, WorkflowIndex};
use crate::diagnostic::Location;

/// A step whose output is used.
#[derive(Clone, Debug)]
pub(super) struct Use {
    /// Its position in the list.
    pub step: usize,
    /// The output as named.
    pub output: Box<str>,
    pub moment: Moment,
    pub place: Location,
}

/// What the texts of a step, or of the outputs of a workflow, use.
#[derive(Clone, Debug, Default)]
pub(super) struct Uses {
    pub steps: Vec<Use>,
    /// Outputs of the workflow that the step calls.
    pub called: Vec<CalledOutput>,
    pub reads_body: bool,
    pub reads_request: bool,
}

/// A reference to an output of the workflow that a step calls.
#[derive(Clone, Debug)]
pub(super) struct CalledOutput {
    /// The names that may be meant, the longest first.
    pub names: Vec<Box<str>>,
    pub place: Location,
}

/// A call of a workflow, which is linked later.
#[derive(Clone, Debug)]
pub(super) struct Call {
    pub called: WorkflowIndex,
    /// The names of the inputs that it is given.
    pub inputs: Vec<(Arc<str>, Location)>,
    pub place: Location,
}

impl Call {
    /// A call with these arguments.
    pub fn new(called: WorkflowIndex, arguments: &[Argument], place: &Location) -> Self {
        let inputs = arguments.iter();
        Self {
            called,
            inputs: inputs
                .map(|argument| (argument.name.clone(), (*argument.place).clone()))
                .collect(),
            place: place.clone(),
        }
    }
}
