//! The targets of fuzzing, shared with the tests.

/// What must take any bytes.
#[path = "../targets.rs"]
pub mod targets;
