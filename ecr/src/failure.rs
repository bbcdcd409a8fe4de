//! Failures of operations in words, and for programs.

use std::fmt;

use serde_json::{Map, Value, json};
use spola::Diagnostic;
use spola::machine::Failure;

use crate::error::EcrError;

impl EcrError {
    /// What went wrong beyond names.
    pub(crate) fn fmt_failure(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoRegion => f.write_str("which AWS region is meant is not known"),
            Self::Endpoint { reason } => write!(f, "a call cannot be sent: {reason}"),
            Self::UnknownOperation { name, .. } => write!(f, "no operation `{name}`"),
            Self::InvalidArguments { operation, reason } => {
                write!(f, "the arguments of `{operation}` are wrong: {reason}")
            }
            Self::Refused { refusal } => write!(f, "{refusal}"),
            Self::NoAnswer {
                operation, message, ..
            } => write!(f, "{operation} got no answer: {message}"),
            Self::UnreadableAnswer { operation, reason } => {
                write!(f, "the answer to {operation} cannot be read: {reason}")
            }
            Self::EndlessPages { operation } => {
                write!(f, "{operation} gives the same page again and again")
            }
            Self::RepositoryNotFound { repository } => {
                write!(f, "there is no repository `{repository}`")
            }
            Self::CannotChange {
                repository,
                what,
                have,
                want,
            } => write!(
                f,
                "the {what} of `{repository}` is {have}, not {want}, and stays so"
            ),
            Self::PreviewFailed { status } => {
                write!(f, "the preview of the lifecycle policy is {status}")
            }
            Self::ImageNotFound { image, reason } => {
                write!(f, "there is no image `{image}`")?;
                reason
                    .as_ref()
                    .map_or(Ok(()), |reason| write!(f, ": {reason}"))
            }
            Self::NoImage { repository } => {
                write!(f, "`{repository}` has no image that is wanted")
            }
            Self::TagConflict {
                repository,
                tag,
                have,
                want,
            } => write!(
                f,
                "`{tag}` in `{repository}` is {have}, not {want}, and cannot be moved"
            ),
            Self::DigestMismatch { what, want, have } => {
                write!(f, "{what} should be {want}, but is {have}")
            }
            Self::EmptyLayer { digest } => {
                write!(
                    f,
                    "the layer {digest} has no bytes, and ECR takes none such"
                )
            }
            Self::ArchivedLayer { digest } => write!(f, "the layer {digest} is archived"),
            Self::LastTag { digest, tags } => write!(
                f,
                "{digest} has no tag but `{}`; without it the image would be deleted",
                tags.join("`, `")
            ),
            Self::UnsupportedManifest { image, reason } => write!(f, "`{image}`: {reason}"),
            Self::PlatformNotFound { platform, .. } => {
                write!(f, "the image is not there for `{platform}`")
            }
            Self::WhichPlatform { .. } => {
                f.write_str("which of the index's images is wanted was not said")
            }
            Self::DamagedSnapshot { reason } => write!(f, "the snapshot is damaged: {reason}"),
            Self::SnapshotVersion { found } => {
                write!(
                    f,
                    "the snapshot has version {found}, which is not known here"
                )
            }
            // Names have their text above.
            _ => Ok(()),
        }
    }
}

impl EcrError {
    pub(crate) fn endpoint(error: &dyn fmt::Display) -> Self {
        Self::Endpoint {
            reason: error.to_string(),
        }
    }

    /// Whether AWS refused a call with that code.
    pub(crate) fn is(&self, aws_code: &str) -> bool {
        matches!(self, Self::Refused { refusal } if refusal.is(aws_code))
    }

    /// The same as how an operation ended.
    pub(crate) fn to_failure(&self) -> Failure {
        let mut message = self.to_string();
        if let Some(help) = self.help() {
            message = format!("{message}; {help}");
        }
        Failure {
            code: self.code().into(),
            step_id: None,
            message,
        }
    }

    /// The same for programs, as it stands among the outputs of what failed: what
    /// AWS said, the digests of a conflict.
    pub(crate) fn to_outputs(&self) -> Map<String, Value> {
        let error = match self {
            Self::Refused { refusal } => refusal.to_value(),
            Self::TagConflict {
                repository,
                tag,
                have,
                want,
            } => json!({ "repository": repository, "tag": tag, "have": have, "want": want }),
            Self::DigestMismatch { what, want, have } => {
                json!({ "what": what, "have": have, "want": want })
            }
            Self::WhichPlatform { known } => json!({ "known": known }),
            Self::PlatformNotFound { platform, known } => {
                json!({ "platform": platform, "known": known })
            }
            _ => return Map::new(),
        };
        Map::from_iter([("error".to_owned(), error)])
    }
}
