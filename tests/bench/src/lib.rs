//! What the benchmarks share.

pub mod cases;
pub mod goals;
pub mod measure;
pub mod runners;
pub mod whole;
pub mod work;
