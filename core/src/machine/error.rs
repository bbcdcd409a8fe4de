//! What can be wrong with a run.

use std::fmt::{self, Display};

use super::effect::CallId;
use crate::diagnostic::{Diagnostic, Location, nearest};
use crate::document::Violation;

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

impl Display for RunError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::WorkflowNotNamed { .. } => f.write_str("which workflow to run was not said"),
            Self::UnknownWorkflow { workflow_id, .. } => write!(f, "no workflow `{workflow_id}`"),
            Self::InvalidInputs {
                workflow_id,
                violations,
                ..
            } => {
                write!(f, "the inputs of `{workflow_id}` are wrong")?;
                for (at, violation) in violations.iter().enumerate() {
                    f.write_str(if at == 0 { ": " } else { "; " })?;
                    let name = violation.instance.to_string();
                    match name.strip_prefix('/') {
                        Some(name) => write!(f, "`{name}` {}", violation.message)?,
                        None => f.write_str(&violation.message)?,
                    }
                }
                Ok(())
            }
            Self::UnknownCall { id } => write!(f, "the id {} was never issued", id.0),
            Self::WrongEvent { id, effect } => {
                write!(
                    f,
                    "the id {} stands for {effect}, which this event does not answer",
                    id.0
                )
            }
            Self::DamagedSnapshot { reason } => write!(f, "the snapshot is damaged: {reason}"),
            Self::SnapshotVersion { found } => {
                write!(
                    f,
                    "the snapshot has version {found}, which is not known here"
                )
            }
            Self::OperationUnderWay => f.write_str(
                "the snapshot holds an operation under way, which is not carried out here",
            ),
            Self::ForeignSnapshot => f.write_str("the snapshot belongs to another program"),
            Self::MissingSecrets { names } => {
                write!(
                    f,
                    "secret inputs are not in the snapshot: `{}`",
                    names.join("`, `")
                )
            }
        }
    }
}

impl std::error::Error for RunError {}

impl Diagnostic for RunError {
    fn code(&self) -> &'static str {
        match self {
            Self::WorkflowNotNamed { .. } => "run.workflow-not-named",
            Self::UnknownWorkflow { .. } => "run.unknown-workflow",
            Self::InvalidInputs { .. } => "run.invalid-inputs",
            Self::UnknownCall { .. } => "run.unknown-call",
            Self::WrongEvent { .. } => "run.wrong-event",
            Self::DamagedSnapshot { .. } => "run.damaged-snapshot",
            Self::SnapshotVersion { .. } => "run.snapshot-version",
            Self::OperationUnderWay => "run.unsupported-operation",
            Self::ForeignSnapshot => "run.foreign-snapshot",
            Self::MissingSecrets { .. } => "run.missing-secrets",
        }
    }

    fn location(&self) -> Option<Location> {
        match self {
            Self::InvalidInputs { place, .. } => Some(place.clone()),
            _ => None,
        }
    }

    fn help(&self) -> Option<String> {
        Some(match self {
            Self::WorkflowNotNamed { known } => {
                format!("name one of `{}`", known.join("`, `"))
            }
            Self::UnknownWorkflow { workflow_id, known } => {
                match nearest(workflow_id, known.iter().map(String::as_str)) {
                    Some(name) => format!("did you mean `{name}`?"),
                    None => format!("there are `{}`", known.join("`, `")),
                }
            }
            Self::InvalidInputs { .. } => {
                "`spola show` lists the inputs of a workflow with their types".into()
            }
            Self::UnknownCall { .. } | Self::WrongEvent { .. } => {
                "answer each effect once, under its own id".into()
            }
            Self::DamagedSnapshot { .. } => {
                "take the snapshot's bytes whole and unchanged, or start the run anew".into()
            }
            Self::SnapshotVersion { .. } => "resume it with the version that wrote it".into(),
            Self::OperationUnderWay => {
                "resume it where the operations that a step starts are carried out".into()
            }
            Self::ForeignSnapshot => {
                "resume it with the document it was started from; a changed workflow is another \
                 program"
                    .into()
            }
            Self::MissingSecrets { .. } => "give these inputs again when resuming".into(),
        })
    }
}
