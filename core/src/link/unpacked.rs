//! Why bytes are no program.

use std::fmt::{self, Display};

use crate::diagnostic::Diagnostic;

/// Bytes that are not, or not any more, a program that can be run.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PackedError {
    /// They are not what was written.
    Damaged,
    /// Another version of the engine has written them.
    Version {
        /// The version of their form.
        found: u8,
    },
}

impl Display for PackedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Damaged => f.write_str("the linked program is damaged"),
            Self::Version { found } => write!(
                f,
                "the linked program has form {found}, which this version does not read"
            ),
        }
    }
}

impl std::error::Error for PackedError {}

impl Diagnostic for PackedError {
    fn code(&self) -> &'static str {
        match self {
            Self::Damaged => "linked.damaged",
            Self::Version { .. } => "linked.version",
        }
    }

    fn help(&self) -> Option<String> {
        Some(match self {
            Self::Damaged => "fetch or make it again".into(),
            Self::Version { .. } => "bundle the document again with this version".into(),
        })
    }
}
