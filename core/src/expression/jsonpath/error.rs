//! Why a text is no query, or a query cannot be answered.

use std::fmt::{self, Display};

use crate::diagnostic::visible;

/// A text that is no JSONPath query, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueryError {
    /// Where, in bytes from the beginning of the text.
    pub offset: usize,
    /// What is wrong there.
    pub reason: QueryReason,
}

/// What is wrong with a query.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum QueryReason {
    /// Something else should stand here.
    Expected {
        /// What should stand here.
        what: &'static str,
        /// What does; `None` at the end of the text.
        found: Option<char>,
    },
    /// An escape in a string that RFC 9535 does not have.
    BadEscape,
    /// A control character in a string that must be escaped.
    BareControl,
    /// An index beyond ±(2^53 - 1).
    IndexTooLarge,
    /// Filters, parentheses and functions nested too deep.
    TooNested {
        /// How deep they may be.
        limit: usize,
    },
    /// A path that can select several nodes, where one value is needed.
    NotSingular,
    /// A literal, where a test is needed.
    LiteralIsNoTest,
    /// The result of this function must be compared.
    MustCompare {
        /// The function.
        function: &'static str,
    },
    /// The result of this function is true or false and cannot be compared.
    CannotCompare {
        /// The function.
        function: &'static str,
    },
    /// There is no such function.
    UnknownFunction {
        /// The name.
        name: Box<str>,
        /// The nearest name that there is.
        nearest: Option<&'static str>,
    },
    /// The function takes another number of arguments.
    ArgumentCount {
        /// The function.
        function: &'static str,
        /// How many it takes.
        wanted: usize,
        /// How many it was given.
        found: usize,
    },
    /// The argument must be a path.
    NotAPath {
        /// The function.
        function: &'static str,
    },
}

impl Display for QueryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.reason {
            QueryReason::Expected { what, found } => {
                write!(f, "expected {what}")?;
                match found {
                    Some(found) => {
                        write!(f, ", found `{}`", visible(found.encode_utf8(&mut [0; 4])))
                    }
                    None => f.write_str(", found the end"),
                }
            }
            QueryReason::BadEscape => f.write_str("this escape means nothing in a string"),
            QueryReason::BareControl => f.write_str("a control character must be escaped"),
            QueryReason::IndexTooLarge => f.write_str("the index is beyond ±(2^53 - 1)"),
            QueryReason::TooNested { limit } => {
                write!(f, "the query is nested deeper than {limit} levels")
            }
            QueryReason::NotSingular => f.write_str(
                "the path can select several nodes; only names and indexes may stand here",
            ),
            QueryReason::LiteralIsNoTest => f.write_str("a literal alone is no test"),
            QueryReason::MustCompare { function } => {
                write!(f, "the result of `{function}` must be compared")
            }
            QueryReason::CannotCompare { function } => {
                write!(f, "`{function}` is true or false and cannot be compared")
            }
            QueryReason::UnknownFunction { name, nearest } => {
                write!(f, "there is no function `{name}`")?;
                match nearest {
                    Some(nearest) => write!(f, "; did you mean `{nearest}`?"),
                    None => Ok(()),
                }
            }
            QueryReason::ArgumentCount {
                function,
                wanted,
                found,
            } => {
                let plural = if *wanted == 1 { "" } else { "s" };
                write!(
                    f,
                    "`{function}` takes {wanted} argument{plural}, not {found}"
                )
            }
            QueryReason::NotAPath { function } => {
                write!(f, "the argument of `{function}` must be a path")
            }
        }
    }
}

impl std::error::Error for QueryError {}

/// A query was given up: it took more steps than [`QueryLimit::STEPS`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct QueryLimit;

impl QueryLimit {
    /// How many steps a query may take; one node visited is one step.
    pub const STEPS: u64 = 10_000_000;
}

impl Display for QueryLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the query takes more than {} steps", Self::STEPS)
    }
}

impl std::error::Error for QueryLimit {}
