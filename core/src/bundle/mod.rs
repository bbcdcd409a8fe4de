//! A program as one self-contained document.

mod description;
mod error;
mod references;
mod write;

pub use error::BundleError;
pub use write::bundle;
