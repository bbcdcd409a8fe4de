//! How much a value may hold that a run keeps.

use std::fmt::{self, Display};

use serde_json::Value;

use super::options::RunOptions;
use crate::exchange::MAX_DEPTH;

/// What a value has too much of. A loop may put a value into another again and
/// again: it must not fill the memory or the stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Excess {
    /// It is larger than [`LARGEST`], or `max_response` where that is more.
    Size(u64),
    /// It is nested deeper than an answer may be.
    Depth,
}

impl Display for Excess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Size(limit) => write!(
                f,
                "is larger than {limit} bytes; raise `max_response` if that is meant"
            ),
            Self::Depth => write!(f, "is nested deeper than {MAX_DEPTH} levels"),
        }
    }
}

/// How large a kept value may be, unless answers may be larger.
const LARGEST: u64 = 64 << 20;

/// How many arrays and objects may be nested: an answer's, and what stands around it.
const DEEPEST: usize = MAX_DEPTH + 1;

/// Checks that a value may be kept.
pub(super) fn check(value: &Value, options: &RunOptions) -> Result<(), Excess> {
    let limit = options.max_response().max(LARGEST);
    add(value, 0, &mut 0, limit)
}

/// Adds the size of a value and of all in it, which is not nested without limit.
fn add(value: &Value, depth: usize, size: &mut u64, limit: u64) -> Result<(), Excess> {
    *size = size.saturating_add(match value {
        Value::String(text) => text.len() as u64 + 2,
        Value::Array(items) => items.len() as u64 + 2,
        Value::Object(members) => 4 * members.len() as u64 + 2,
        _ => 1,
    });
    if *size > limit {
        return Err(Excess::Size(limit));
    }
    match value {
        Value::Array(_) | Value::Object(_) if depth == DEEPEST => return Err(Excess::Depth),
        Value::Array(items) => {
            for item in items {
                add(item, depth + 1, size, limit)?;
            }
        }
        Value::Object(members) => {
            for (name, member) in members {
                *size = size.saturating_add(name.len() as u64);
                add(member, depth + 1, size, limit)?;
            }
        }
        _ => {}
    }
    Ok(())
}
