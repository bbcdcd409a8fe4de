//! Text to objects as written, each with its place.

mod arazzo;
mod error;
mod json;
mod loader;
mod openapi;
mod schema;
mod tree;
#[cfg(feature = "yaml")]
mod yaml;

pub use schema::{Property, Schema, SchemaError, SchemaProblem, Violation};
