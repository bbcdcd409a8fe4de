//! JSONPath (RFC 9535): parsed once, evaluated often.

mod error;
mod evaluate;
mod filter;
mod frame;
mod functions;
mod packed;
mod parse;
mod parts;
mod query;

pub use error::{QueryError, QueryLimit, QueryReason};
pub(super) use evaluate::element;
pub(super) use frame::{Filling, hole, is_hole};
pub use query::Query;
