//! What the texts of one step use.

use std::sync::Arc;

use super::program::{Argument, WorkflowIndex};
use crate::diagnostic::Location;
use crate::document::Node;

/// A step whose output is used.
#[derive(Debug)]
pub(super) struct Use<'d> {
    /// Its position in the list.
    pub step: usize,
    /// The output as named.
    pub output: Box<str>,
    /// Whether the request needs it.
    pub early: bool,
    pub place: Node<'d>,
}

/// What the texts of a step, or of the outputs of a workflow, use.
#[derive(Debug, Default)]
pub(super) struct Uses<'d> {
    pub steps: Vec<Use<'d>>,
    /// Outputs of the workflow that the step calls.
    pub called: Vec<CalledOutput<'d>>,
    /// Whether what comes after the request reads the answer's body.
    pub reads_body: bool,
    /// Whether it reads the request.
    pub reads_request: bool,
}

/// A reference to an output of the workflow that a step calls.
#[derive(Debug)]
pub(super) struct CalledOutput<'d> {
    /// The names that may be meant, the longest first.
    pub names: Vec<Box<str>>,
    pub place: Node<'d>,
}

/// A call of a workflow, which is linked later.
#[derive(Debug)]
pub(super) struct Call<'d> {
    pub called: WorkflowIndex,
    /// The names of the inputs that it is given.
    pub inputs: Vec<(Arc<str>, Location)>,
    pub place: Node<'d>,
}

impl<'d> Call<'d> {
    /// A call with these arguments.
    pub fn new(called: WorkflowIndex, arguments: &[Argument], place: Node<'d>) -> Self {
        let mut inputs = Vec::with_capacity(arguments.len());
        for argument in arguments {
            inputs.push((argument.name.clone(), (*argument.place).clone()));
        }
        Self {
            called,
            inputs,
            place,
        }
    }
}
