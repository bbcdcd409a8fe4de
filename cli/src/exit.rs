//! How the program ends.

use std::process::ExitCode;

use crate::output;

/// How the program ends; the numbers are a promise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// The workflow succeeded, or nothing was wrong: 0.
    Succeeded,
    /// The workflow failed, or errors were found: 1.
    Failed,
    /// It could not start: 2.
    NotStarted,
    /// It was interrupted: 130.
    Interrupted,
}

impl Exit {
    /// It could not start, for a reason that the caller can mend.
    pub fn usage(message: &str) -> Self {
        output::say(&format!("error: {message}"));
        Self::NotStarted
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Succeeded => 0,
            Exit::Failed => 1,
            Exit::NotStarted => 2,
            Exit::Interrupted => 130,
        })
    }
}
