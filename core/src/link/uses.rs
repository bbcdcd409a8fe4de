//! What the texts of one step use.

use super::linker::Moment;
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
    pub reads_body: bool,
    pub reads_request: bool,
}
