//! The engine for JavaScript hosts, as WebAssembly.
//!
//! The face that `js/` is written on; nobody else should call it. Values cross
//! as JSON texts, bodies and snapshots as bytes, errors as the JSON of a report.

#[cfg(feature = "machine")]
mod convert;
#[cfg(feature = "ecr")]
mod ecr;
#[cfg(feature = "machine")]
mod error;
#[cfg(feature = "machine")]
mod machine;
#[cfg(feature = "programs")]
mod program;
#[cfg(feature = "sandbox")]
mod sandbox;
#[cfg(feature = "ecr")]
mod under_way;

#[cfg(feature = "ecr")]
pub use ecr::{ecr_name, ecr_resume, ecr_start};
#[cfg(feature = "machine")]
pub use machine::{Machine, authorize};
#[cfg(feature = "programs")]
pub use program::{Loader, Program};
#[cfg(feature = "sandbox")]
pub use sandbox::Sandbox;
#[cfg(feature = "ecr")]
pub use under_way::UnderWay;
