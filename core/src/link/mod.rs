//! Objects to program.

mod program;

pub use program::*;
