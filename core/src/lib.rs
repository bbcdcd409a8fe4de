//! A sans-IO engine for Arazzo workflows.

mod diagnostic;
pub mod number;
mod pattern;
pub mod pointer;

pub use diagnostic::{Diagnostic, Location, Report, Severity};
