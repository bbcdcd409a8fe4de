//! The in-memory AWS: what a caller sees of it.

mod builder;
pub mod call;
mod control;
mod distribution;
mod errors;
mod images;
mod layers;
mod operations;
mod paging;
mod protocol;
mod registry;
mod repositories;
mod saved;
pub mod server;
mod signature;
mod skopeo;
mod store;
