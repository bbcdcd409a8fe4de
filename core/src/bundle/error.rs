//! Why a document cannot be bundled.

use std::fmt;

use crate::diagnostic::Diagnostic;
use crate::link::LinkErrors;

/// Why a document cannot be bundled.
#[derive(Debug)]
#[non_exhaustive]
pub enum BundleError {
    /// The document cannot be linked.
    Link(LinkErrors),
    /// What was made of it is not the same program.
    OtherProgram {
        /// A document that it still needs.
        needs: Option<String>,
        /// What is wrong with it.
        reason: Option<String>,
    },
}

impl fmt::Display for BundleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Link(errors) => write!(f, "{errors}"),
            Self::OtherProgram { needs, reason } => {
                f.write_str("the document cannot be put into one")?;
                if let Some(url) = needs {
                    write!(f, ": it would still need `{url}`")?;
                }
                if let Some(reason) = reason {
                    write!(f, ": {reason}")?;
                }
                Ok(())
            }
        }
    }
}

impl std::error::Error for BundleError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Link(errors) => Some(errors),
            Self::OtherProgram { .. } => None,
        }
    }
}

impl Diagnostic for BundleError {
    fn code(&self) -> &'static str {
        match self {
            Self::Link(_) => "bundle.not-linked",
            Self::OtherProgram { .. } => "bundle.other-program",
        }
    }

    fn help(&self) -> Option<String> {
        match self {
            Self::Link(_) => None,
            Self::OtherProgram { .. } => Some(
                "documents that name each other in a circle cannot be bundled, nor can two \
                 sources with the same `url` that are really different documents"
                    .into(),
            ),
        }
    }
}
