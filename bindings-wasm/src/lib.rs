//! The engine for JavaScript hosts, as WebAssembly.
//!
//! The face that `js/` is written on; nobody else should call it. Values cross
//! as JSON texts, bodies and snapshots as bytes, errors as the JSON of a report.

#[cfg(any(feature = "documents", feature = "ecr"))]
mod authorize;
#[cfg(feature = "programs")]
mod bundle;
#[cfg(feature = "machine")]
mod convert;
#[cfg(feature = "ecr")]
mod ecr;
#[cfg(feature = "machine")]
mod error;
#[cfg(feature = "documents")]
mod loader;
#[cfg(feature = "machine")]
mod machine;
#[cfg(feature = "runs")]
mod program;
#[cfg(feature = "sandbox")]
mod sandbox;
#[cfg(feature = "ecr")]
mod under_way;

#[cfg(any(feature = "documents", feature = "ecr"))]
pub use authorize::authorize;
#[cfg(feature = "programs")]
pub use bundle::open;
#[cfg(feature = "ecr")]
pub use ecr::{ecr_name, ecr_resume, ecr_start};
#[cfg(feature = "documents")]
pub use loader::Loader;
#[cfg(feature = "machine")]
pub use machine::Machine;
#[cfg(feature = "runs")]
pub use program::Program;
#[cfg(feature = "sandbox")]
pub use sandbox::Sandbox;
#[cfg(feature = "ecr")]
pub use under_way::UnderWay;
