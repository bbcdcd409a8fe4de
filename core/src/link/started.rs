//! Operations of toolkits that a step can start.

use std::sync::Arc;

use super::error::LinkErrorKind as K;
use super::linker::{File, Linker};
use crate::document::{StepObject, StepTarget};

/// What `x-spola-operation` may name: a service, and an operation of its toolkit. The
/// engine knows the names alone; whoever hosts the run carries them out.
///
/// `ecr.login` is none: its password would be among the outputs of a step.
pub const STARTED: &[&str] = &[
    "ecr.copy-image",
    "ecr.create-repository",
    "ecr.delete-images",
    "ecr.delete-lifecycle-policy",
    "ecr.delete-repository",
    "ecr.delete-repository-policy",
    "ecr.describe-image",
    "ecr.describe-registry",
    "ecr.describe-repository",
    "ecr.ensure-repository",
    "ecr.get-image",
    "ecr.image-config",
    "ecr.image-layers",
    "ecr.image-platforms",
    "ecr.inventory",
    "ecr.lifecycle-policy",
    "ecr.list-images",
    "ecr.list-repositories",
    "ecr.newest-image",
    "ecr.plan-copy",
    "ecr.preview-lifecycle-policy",
    "ecr.put-image",
    "ecr.put-lifecycle-policy",
    "ecr.put-repository-policy",
    "ecr.repository-exists",
    "ecr.repository-policy",
    "ecr.repository-tags",
    "ecr.resolve-image",
    "ecr.tag-image",
    "ecr.untag-image",
    "ecr.update-repository-tags",
];

impl Linker<'_> {
    /// The operation that the host carries out instead of a step's request.
    pub(super) fn started(&mut self, file: &File<'_>, step: &StepObject) -> Option<Arc<str>> {
        let operation = step.operation.as_ref()?;
        self.digest.text("x-spola-operation");
        self.digest.text(&operation.value);
        let at = file.node(operation.node);
        if matches!(
            step.target,
            Some(StepTarget::WorkflowId(_) | StepTarget::ChannelPath(_))
        ) {
            self.error(at, K::NothingStarted, &[]);
            return None;
        }
        if !STARTED.contains(&&*operation.value) {
            let near = self.near(&operation.value, &mut STARTED.iter().copied());
            self.error(at, K::UnknownStarted, &[&operation.value, near]);
            return None;
        }
        Some((&*operation.value).into())
    }
}
