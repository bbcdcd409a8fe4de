//! What can be wrong with a run.

use std::fmt::{self, Display};

use super::effect::CallId;
use crate::diagnostic::{Diagnostic, Location, Report, Wording, nearest};
use crate::document::Violation;
use crate::text::joined;

/// Why a run could not start, go on or take an event.
///
/// A workflow that fails is no error: it is an [`Outcome`](super::effect::Outcome).
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum RunError {
    /// No workflow was named, and the program has several.
    WorkflowNotNamed {
        /// Those there are.
        known: Vec<String>,
    },
    /// There is no such workflow.
    UnknownWorkflow {
        /// The id asked for.
        workflow_id: String,
        /// Those there are.
        known: Vec<String>,
    },
    /// The inputs are not what the workflow's schema asks for.
    InvalidInputs {
        /// The workflow.
        workflow_id: String,
        /// What is wrong, each with the input's place.
        violations: Vec<Violation>,
        /// Where the workflow stands.
        place: Location,
    },
    /// An event names an id that was never issued.
    UnknownCall {
        /// The id.
        id: CallId,
    },
    /// An event does not fit the effect that it names: `Elapsed` for a request.
    WrongEvent {
        /// The id.
        id: CallId,
        /// What the id stands for.
        effect: &'static str,
    },
    /// The bytes are no snapshot, or not a whole one.
    DamagedSnapshot {
        /// What reading them met.
        reason: String,
    },
    /// The snapshot was written by a version that this one cannot read.
    SnapshotVersion {
        /// The version it says.
        found: u64,
    },
    /// The snapshot was taken while an operation that a step had started was under way,
    /// and is resumed where such operations are not carried out.
    OperationUnderWay,
    /// The snapshot belongs to another program.
    ForeignSnapshot,
    /// Secret inputs are not kept in a snapshot and have to be given again.
    MissingSecrets {
        /// Their names.
        names: Vec<String>,
    },
}

impl RunError {
    /// Its code, message and help. Texts: 0 is what was asked for or met, 1 what is
    /// near to it, 2 what there is.
    fn wording(&self) -> &'static Wording {
        match self {
            Self::WorkflowNotNamed { .. } => &Wording(
                "run.workflow-not-named",
                "which workflow to run was not said",
                "name one of `{2}`",
            ),
            Self::UnknownWorkflow { .. } => &Wording(
                "run.unknown-workflow",
                "no workflow `{0}`",
                "did you mean `{1}`?\nthere are `{2}`",
            ),
            Self::InvalidInputs { .. } => &Wording(
                "run.invalid-inputs",
                "the inputs of `{0}` are wrong{1}",
                "`spola show` lists the inputs of a workflow with their types",
            ),
            Self::UnknownCall { .. } => &Wording(
                "run.unknown-call",
                "the id {0} was never issued",
                "answer each effect once, under its own id",
            ),
            Self::WrongEvent { .. } => &Wording(
                "run.wrong-event",
                "the id {0} stands for {1}, which this event does not answer",
                "answer each effect once, under its own id",
            ),
            Self::DamagedSnapshot { .. } => &Wording(
                "run.damaged-snapshot",
                "the snapshot is damaged: {0}",
                "take the snapshot's bytes whole and unchanged, or start the run anew",
            ),
            Self::SnapshotVersion { .. } => &Wording(
                "run.snapshot-version",
                "the snapshot has version {0}, which is not known here",
                "resume it with the version that wrote it",
            ),
            Self::OperationUnderWay => &Wording(
                "run.unsupported-operation",
                "the snapshot holds an operation under way, which is not carried out here",
                "resume it where the operations that a step starts are carried out",
            ),
            Self::ForeignSnapshot => &Wording(
                "run.foreign-snapshot",
                "the snapshot belongs to another program",
                "resume it with the document it was started from; a changed workflow is another \
                 program",
            ),
            Self::MissingSecrets { .. } => &Wording(
                "run.missing-secrets",
                "secret inputs are not in the snapshot: `{2}`",
                "give these inputs again when resuming",
            ),
        }
    }

    fn report(&self) -> Report {
        let (mut met, mut near, mut listed) = (String::new(), String::new(), &Vec::new());
        match self {
            Self::WorkflowNotNamed { known: names } | Self::MissingSecrets { names } => {
                listed = names;
            }
            Self::UnknownWorkflow { workflow_id, known } => {
                let nearest = nearest(workflow_id, known.iter().map(String::as_str));
                met.push_str(workflow_id);
                near.push_str(nearest.unwrap_or_default());
                listed = known;
            }
            Self::InvalidInputs {
                workflow_id,
                violations,
                ..
            } => {
                met.push_str(workflow_id);
                for violation in violations {
                    near.push_str(if near.is_empty() { ": " } else { "; " });
                    let name = violation.instance.to_string();
                    if let Some(name) = name.strip_prefix('/') {
                        near = near + "`" + name + "` ";
                    }
                    near.push_str(&violation.message);
                }
            }
            Self::UnknownCall { id } => met = id.0.to_string(),
            Self::WrongEvent { id, effect } => {
                met = id.0.to_string();
                near.push_str(effect);
            }
            Self::DamagedSnapshot { reason } => met.push_str(reason),
            Self::SnapshotVersion { found } => met = found.to_string(),
            Self::OperationUnderWay | Self::ForeignSnapshot => {}
        }
        let listed: Vec<&str> = listed.iter().map(String::as_str).collect();
        let listed = joined(&listed, "`, `", "`, `");
        self.wording().say(&[&met, &near, &listed])
    }
}

impl Display for RunError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.report().message)
    }
}

impl std::error::Error for RunError {}

impl Diagnostic for RunError {
    fn code(&self) -> &'static str {
        self.wording().0
    }

    fn location(&self) -> Option<Location> {
        match self {
            Self::InvalidInputs { place, .. } => Some(place.clone()),
            _ => None,
        }
    }

    fn help(&self) -> Option<String> {
        self.report().help
    }
}
