//! Every test of the workspace, in the order data passes.
#![allow(clippy::unwrap_used)]

mod auth;
mod harness;
mod sandbox;
