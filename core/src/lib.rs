//! A sans-IO engine for Arazzo workflows.

pub mod auth;
mod diagnostic;
pub mod document;
pub mod exchange;
pub mod expression;
pub mod link;
pub mod number;
mod pattern;
pub mod pointer;

pub use diagnostic::{Diagnostic, Location, Report, Severity, nearest};
