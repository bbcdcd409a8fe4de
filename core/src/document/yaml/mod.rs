//! A YAML reader that feeds the tree.
//!
//! It is the engine's own, as the one for patterns is, and for the same reason: a
//! document has to read the same in every host, and the smallest of the crates
//! that read all of YAML 1.2 takes four times the bytes of a WebAssembly module.
//! The tests ask such a crate, and the official suite of YAML, for their opinion.

mod block;
mod compose;
mod cursor;
mod event;
mod flow;
mod level;
mod literal;
mod props;
mod resolve;
mod scalar;
mod stream;

pub(super) use self::compose::read;
