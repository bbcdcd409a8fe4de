//! The engine for JavaScript hosts, as WebAssembly.
//!
//! The face that `js/` is written on; nobody else should call it. Values cross
//! as JSON texts, bodies and snapshots as bytes, errors as the JSON of a report.

#[cfg(feature = "engine")]
mod convert;
#[cfg(feature = "engine")]
mod error;
#[cfg(feature = "engine")]
mod machine;
#[cfg(feature = "engine")]
mod program;
#[cfg(feature = "sandbox")]
mod sandbox;

#[cfg(feature = "engine")]
pub use machine::{Machine, authorize};
#[cfg(feature = "engine")]
pub use program::{Loader, Program};
#[cfg(feature = "sandbox")]
pub use sandbox::Sandbox;
