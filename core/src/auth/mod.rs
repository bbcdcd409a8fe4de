//! What a request needs, and how it gets it.

pub mod aws;
mod error;
#[cfg(feature = "sign")]
mod sigv4;
