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
    match value {
        Value::String(text) if text.len() as u64 + 2 > limit => return Err(Excess::Size(limit)),
        Value::Array(_) | Value::Object(_) => {}
        _ => return Ok(()),
    }
    let mut size = 2_u64;
    let mut open = Vec::new();
    let mut next = Some((value, 0_usize));
    while let Some((value, depth)) = next {
        if depth == DEEPEST {
            return Err(Excess::Depth);
        }
        // What holds no other is not worth a place among those to be opened.
        let mut within = |value| {
            let plain = plain(value);
            if plain.is_none() {
                open.push((value, depth + 1));
            }
            plain.unwrap_or(2)
        };
        size = size.saturating_add(match value {
            Value::Array(items) => items.iter().map(|item| within(item) + 1).sum(),
            Value::Object(members) => {
                let members = members.iter();
                members
                    .map(|(name, member)| name.len() as u64 + 4 + within(member))
                    .sum()
            }
            _ => 0,
        });
        if size > limit {
            return Err(Excess::Size(limit));
        }
        next = open.pop();
    }
    Ok(())
}

/// The size of a value that holds no other.
fn plain(value: &Value) -> Option<u64> {
    match value {
        Value::String(text) => Some(text.len() as u64 + 2),
        Value::Array(_) | Value::Object(_) => None,
        _ => Some(1),
    }
}
