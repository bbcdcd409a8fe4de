//! Why a schema cannot be used, and where.

use std::fmt::{self, Display};

use crate::pattern::PatternError;
use crate::pointer::Pointer;

/// What is wrong with a schema, and at which place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SchemaError {
    /// The URL of the other document that is at fault; none for the document
    /// the schema itself stands in.
    pub document: Option<Box<str>>,
    /// Where in that document it is.
    pub pointer: Pointer,
    /// What is wrong there.
    pub problem: SchemaProblem,
}

/// What can be wrong with a schema.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SchemaProblem {
    /// Neither an object nor a boolean stands where a schema must.
    NotASchema {
        /// What stands there: `a string`.
        found: &'static str,
    },
    /// A keyword has a value of the wrong kind.
    WrongValue {
        /// The keyword.
        keyword: Box<str>,
        /// What it takes: `an array of names`.
        expected: &'static str,
        /// What it has: `a string`.
        found: &'static str,
    },
    /// `type` has a name that is none of the seven.
    UnknownType {
        /// The name.
        name: Box<str>,
        /// The type that may have been meant.
        nearest: Option<&'static str>,
    },
    /// A regular expression that cannot be used.
    BadPattern {
        /// Why.
        source: PatternError,
    },
    /// A reference that leads nowhere.
    UnresolvedReference {
        /// The reference as written.
        reference: Box<str>,
    },
    /// A reference into a document that was not handed in.
    UnknownDocument {
        /// The document's URL.
        url: Box<str>,
    },
    /// The meta-schema requires a vocabulary that is not known here.
    UnknownVocabulary {
        /// The vocabulary's URI.
        uri: Box<str>,
    },
    /// References that come back to this schema without descending into the value.
    RefersToItself,
}

impl SchemaProblem {
    /// What to do next, where more can be said than the message does.
    pub fn help(&self) -> Option<String> {
        match self {
            Self::UnknownType { nearest, .. } => Some(match nearest {
                Some(name) => format!("did you mean `{name}`?"),
                None => "the types are `null`, `boolean`, `integer`, `number`, `string`, `array` \
                         and `object`"
                    .into(),
            }),
            Self::UnresolvedReference { .. } => {
                Some("a reference ends in a JSON Pointer, an `$anchor` or nothing".into())
            }
            Self::RefersToItself => {
                Some("let the reference stand under `properties` or `items`".into())
            }
            _ => None,
        }
    }
}

impl Display for SchemaProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotASchema { found } => {
                write!(f, "a schema must be an object or a boolean, not {found}")
            }
            Self::WrongValue {
                keyword,
                expected,
                found,
            } => write!(f, "`{keyword}` must be {expected}, not {found}"),
            Self::UnknownType { name, .. } => write!(f, "there is no type `{name}`"),
            Self::BadPattern { source } => {
                write!(f, "the regular expression cannot be used: {source}")
            }
            Self::UnresolvedReference { reference } => {
                write!(f, "the reference `{reference}` leads nowhere")
            }
            Self::UnknownDocument { url } => write!(f, "the document `{url}` is not known"),
            Self::UnknownVocabulary { uri } => write!(f, "the vocabulary `{uri}` is not known"),
            Self::RefersToItself => f.write_str("the schema refers to itself without end"),
        }
    }
}

impl Display for SchemaError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.problem.fmt(f)
    }
}

impl std::error::Error for SchemaError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match &self.problem {
            SchemaProblem::BadPattern { source } => Some(source),
            _ => None,
        }
    }
}
