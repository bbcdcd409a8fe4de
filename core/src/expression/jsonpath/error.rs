//! Why a text is no query, or a query cannot be answered.

use std::fmt::{self, Display};

use crate::diagnostic::Wording;

/// A text that is no JSONPath query, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueryError {
    /// Where, in bytes from the beginning of the text.
    pub offset: usize,
    /// What is wrong there.
    pub reason: QueryReason,
    /// What should stand there, or the function that it is about.
    pub(super) what: &'static str,
    /// What was found instead.
    pub(super) found: Box<str>,
}

impl QueryError {
    /// A query that is put together at run time cannot be had.
    pub(in crate::expression) fn unread() -> Self {
        Self {
            offset: 0,
            reason: QueryReason::Expected,
            what: "a query that is known before the run",
            found: Box::default(),
        }
    }
}

/// What is wrong with a query.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum QueryReason {
    /// Something else should stand here.
    Expected,
    /// An escape in a string that RFC 9535 does not have.
    BadEscape,
    /// A control character in a string that must be escaped.
    BareControl,
    /// An index beyond ±(2^53 - 1).
    IndexTooLarge,
    /// Filters, parentheses and functions nested more than 64 deep.
    TooNested,
    /// A path that can select several nodes, where one value is needed.
    NotSingular,
    /// A literal, where a test is needed.
    LiteralIsNoTest,
    /// The result of the function must be compared.
    MustCompare,
    /// The result of the function is true or false and cannot be compared.
    CannotCompare,
    /// There is no such function.
    UnknownFunction,
    /// The function takes another number of arguments.
    ArgumentCount,
    /// The argument of the function must be a path.
    NotAPath,
}

impl QueryReason {
    /// The message: 0 and 2 are what was found, 1 is what should be there.
    fn wording(self) -> &'static str {
        match self {
            Self::Expected => {
                "expected {1}, found `{2}`\n\
                    expected {1}, found the end"
            }
            Self::BadEscape => "this escape means nothing in a string",
            Self::BareControl => "a control character must be escaped",
            Self::IndexTooLarge => "the index is beyond ±(2^53 - 1)",
            Self::TooNested => "the query is nested deeper than 64 levels",
            Self::NotSingular => {
                "the path can select several nodes; only names and indexes may stand here"
            }
            Self::LiteralIsNoTest => "a literal alone is no test",
            Self::MustCompare => "the result of `{1}` must be compared",
            Self::CannotCompare => "`{1}` is true or false and cannot be compared",
            Self::UnknownFunction => {
                "there is no function `{0}`; did you mean `{1}`?\n\
                    there is no function `{0}`"
            }
            Self::ArgumentCount => "{1}, not {0}",
            Self::NotAPath => "the argument of `{1}` must be a path",
        }
    }
}

impl Display for QueryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let texts = [&*self.found, self.what, &*self.found];
        let said = Wording("", self.reason.wording(), "").say(&texts);
        f.write_str(&said.message)
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
