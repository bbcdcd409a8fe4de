//! Operations of toolkits that a step can start.

use std::sync::Arc;

use super::error::LinkErrorKind as K;
use super::linker::Linker;
use crate::document::{Node, StepTarget};

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

impl<'d> Linker<'d> {
    /// The operation that the host carries out instead of a step's request.
    pub(super) fn started(&mut self, step: Node<'d>) -> Option<Arc<str>> {
        let at = step.get("x-spola-operation")?;
        let operation = at.as_str()?;
        self.digest.text("x-spola-operation");
        self.digest.text(operation);
        let target = StepTarget::of(step).map(|(target, _)| target);
        if matches!(
            target,
            Some(StepTarget::WorkflowId | StepTarget::ChannelPath)
        ) {
            self.error(at, K::NothingStarted, &[]);
            return None;
        }
        if !STARTED.contains(&operation) {
            let near = self.near(operation, &mut STARTED.iter().copied());
            self.error(at, K::UnknownStarted, &[operation, near]);
            return None;
        }
        Some(operation.into())
    }
}
