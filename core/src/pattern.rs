//! The one door to regular expressions.

use std::fmt::{self, Display};

/// A compiled regular expression: case sensitive, unanchored, in linear time.
#[derive(Clone, Debug)]
pub struct Pattern(regex_lite::Regex);

/// A pattern that cannot be used, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PatternError(String);

impl Display for PatternError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for PatternError {}

impl Pattern {
    /// Compiles a pattern in the subset that ECMA-262 and Rust's `regex` share.
    ///
    /// # Errors
    /// A [`PatternError`] for look-around, back-references, and bad syntax.
    pub fn new(text: &str) -> Result<Self, PatternError> {
        regex_lite::Regex::new(text)
            .map(Self)
            .map_err(|error| PatternError(error.to_string()))
    }

    /// Whether the pattern matches anywhere in the text.
    pub fn is_match(&self, text: &str) -> bool {
        self.0.is_match(text)
    }
}
