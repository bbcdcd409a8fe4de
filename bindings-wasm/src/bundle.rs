//! A bundle to the program that stands in it.

use crate::border::{answer, bytes, hold, text};
use crate::error::thrown;

/// Takes the linked program out of a bundle: its text, and the URL it was read
/// from. Gives a program.
///
/// Throws `linked.missing`, `linked.stale`, `linked.version`, `linked.damaged`.
#[unsafe(no_mangle)]
pub extern "C" fn open() -> i32 {
    let opened = spola::bundle::open(&bytes(), &text());
    answer(opened.map_err(|error| thrown(&error)).and_then(hold))
}
