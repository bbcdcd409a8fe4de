//! Every test of the workspace, in the order data passes.
#![allow(clippy::unwrap_used, clippy::print_stderr)]

mod auth;
mod document;
mod cli;
mod exchange;
mod harness;
mod schema;
mod jsonpath;
