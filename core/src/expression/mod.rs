//! Runtime expressions, conditions and selectors.

mod ast;
mod comparison;
mod condition;
mod error;
mod evaluate;
mod jsonpath;
mod parse;
mod selector;

pub use jsonpath::{Query, QueryError, QueryLimit, QueryReason};
