//! JSON Schema 2020-12 for workflow inputs.
//!
//! A schema is compiled once into an arena of nodes, as far as it is reachable
//! from its root; validation, defaults and descriptions walk that arena.
//!
//! Unspecified: `format` and the `content…` keywords are annotations and decide
//! nothing, unknown keywords are kept for display, and a `$schema` that names a
//! dialect nobody has handed in counts as 2020-12.

mod assertions;
mod check;
mod children;
mod compile;
mod defaults;
mod describe;
mod error;
mod keywords;
mod node;
mod packed;
mod resources;
mod show;
mod validate;

pub use describe::Property;
pub use error::{SchemaError, SchemaProblem};
pub use node::Schema;
pub use validate::Violation;
