//! The engine for JavaScript hosts, as WebAssembly.
//!
//! The face that `js/` is written on; nobody else should call it. Values cross
//! as JSON texts, bodies and snapshots as bytes, errors as the JSON of a report.

#[cfg(any(feature = "documents", feature = "ecr"))]
mod authorize;
mod border;
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

/// In WebAssembly it is a quarter of what the standard library brings, and as fast.
#[cfg(target_family = "wasm")]
#[global_allocator]
static ALLOCATOR: rlsf::SmallGlobalTlsf = rlsf::SmallGlobalTlsf::new();
