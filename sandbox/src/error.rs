//! Why a stored state cannot be used.

use crate::store::StoreError;
use std::fmt;

/// Why a stored state cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SandboxError {
    /// The bytes are not the JSON of a state.
    Unreadable {
        /// What the reader met, with line and column.
        reason: String,
    },
    /// The state was written by a version with another layout.
    UnknownVersion {
        /// The version that it names.
        found: u32,
        /// The version that is understood.
        understood: u32,
    },
    /// Something is stored under a digest that is not its own.
    WrongDigest {
        /// The repository; empty where all have it.
        repository: String,
        /// The digest as stored.
        stored: String,
        /// The digest of the content.
        computed: String,
    },
    /// The bytes of a layer are not there.
    MissingLayer {
        /// The repository.
        repository: String,
        /// The layer's digest.
        digest: String,
    },
    /// The host's store of layers failed.
    Store {
        /// What it met.
        error: StoreError,
    },
    /// A tag is said to be on two images.
    TagTwice {
        /// The repository.
        repository: String,
        /// The tag.
        tag: String,
    },
    /// A stored manifest is not one.
    BadManifest {
        /// The repository.
        repository: String,
        /// The digest as stored.
        digest: String,
    },
    /// A name in the state is not valid.
    BadName {
        /// The name.
        name: String,
    },
}

impl SandboxError {
    /// The stable code, `sandbox.kebab-name`.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Unreadable { .. } => "sandbox.unreadable-state",
            Self::UnknownVersion { .. } => "sandbox.unknown-version",
            Self::WrongDigest { .. } => "sandbox.wrong-digest",
            Self::MissingLayer { .. } => "sandbox.missing-layer",
            Self::Store { .. } => "sandbox.store",
            Self::TagTwice { .. } => "sandbox.tag-twice",
            Self::BadManifest { .. } => "sandbox.bad-manifest",
            Self::BadName { .. } => "sandbox.bad-name",
        }
    }

    /// What to do next.
    pub fn help(&self) -> &'static str {
        match self {
            Self::Unreadable { .. } => "give a file that the sandbox wrote, or start without one",
            Self::UnknownVersion { .. } => "use the version of spola that wrote the state",
            Self::WrongDigest { .. } => "store each image and layer under the SHA-256 of its bytes",
            Self::MissingLayer { .. } => {
                "keep the layers that were stored beside the state, or take a state that holds them"
            }
            Self::Store { .. } => {
                "look at the place where layers are stored, and at its free space"
            }
            Self::TagTwice { .. } => "leave the tag on one image only",
            Self::BadManifest { .. } => "store the manifest's exact text and its media type",
            Self::BadName { .. } => "use names that Amazon ECR accepts",
        }
    }
}

impl fmt::Display for SandboxError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable { reason } => write!(out, "the state cannot be read: {reason}"),
            Self::UnknownVersion { found, understood } => {
                write!(
                    out,
                    "the state has version {found}, not version {understood}"
                )
            }
            Self::WrongDigest {
                repository,
                stored,
                computed,
            } if repository.is_empty() => {
                write!(out, "`{stored}` holds the content of `{computed}`")
            }
            Self::MissingLayer { repository, digest } => {
                write!(out, "the bytes of layer `{digest}`")?;
                if !repository.is_empty() {
                    write!(out, " in repository `{repository}`")?;
                }
                write!(out, " are not there")
            }
            Self::Store { error } => error.fmt(out),
            Self::WrongDigest {
                repository,
                stored,
                computed,
            } => write!(
                out,
                "`{stored}` in repository `{repository}` holds the content of `{computed}`"
            ),
            Self::TagTwice { repository, tag } => {
                write!(
                    out,
                    "tag `{tag}` is on two images of repository `{repository}`"
                )
            }
            Self::BadManifest { repository, digest } => {
                write!(
                    out,
                    "`{digest}` in repository `{repository}` is no image manifest"
                )
            }
            Self::BadName { name } => write!(out, "`{name}` is no valid name here"),
        }
    }
}

impl std::error::Error for SandboxError {}
