//! Why bytes are no program.

use std::fmt::{self, Display};

use crate::diagnostic::Diagnostic;

/// Bytes that are not, or not any more, a program that can be run.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PackedError {
    /// There are none: the document is no bundle.
    Missing {
        /// The document's URL.
        document: String,
        /// Why it cannot be read, where it is no JSON at all.
        reason: Option<String>,
    },
    /// The document that they belong to was changed since.
    Stale {
        /// The document's URL.
        document: String,
    },
    /// Some query, pattern or schema in it comes when a run gets there, and nothing
    /// here reads it: the feature `dynamic` is off.
    Dynamic,
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
            Self::Missing { document, reason } => {
                write!(f, "`{document}` holds no linked program")?;
                if let Some(reason) = reason {
                    write!(f, ": {reason}")?;
                }
                Ok(())
            }
            Self::Stale { document } => write!(
                f,
                "`{document}` was changed since its linked program was made"
            ),
            Self::Dynamic => f.write_str(
                "a JSONPath query, regular expression or schema comes at run time, and this entry \
                 has no reader of them",
            ),
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
            Self::Missing { .. } => "linked.missing",
            Self::Stale { .. } => "linked.stale",
            Self::Dynamic => "linked.dynamic",
            Self::Damaged => "linked.damaged",
            Self::Version { .. } => "linked.version",
        }
    }

    fn help(&self) -> Option<String> {
        let help = match self {
            Self::Missing { .. } => "make a bundle of the document with `spola bundle`",
            Self::Stale { .. } => "bundle the document again, after every change",
            Self::Dynamic => {
                "load the document from `spola`, or write the query without `{$…}`, the pattern as a \
                 literal and the inputs' schema without a reference to JSON Schema's own"
            }
            Self::Damaged => "fetch it again, or bundle the document again",
            Self::Version { .. } => "bundle the document again with this version",
        };
        Some(help.into())
    }
}
