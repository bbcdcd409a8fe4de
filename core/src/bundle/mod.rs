//! A program as one self-contained document.

mod description;
mod error;
mod linked;
mod references;
mod write;

pub use error::BundleError;
pub use linked::{LINKED, open};
pub use write::bundle;
