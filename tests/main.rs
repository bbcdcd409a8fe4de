//! Every test of the workspace, in the order data passes.
#![allow(clippy::unwrap_used, clippy::print_stderr)]

mod auth;
mod cli;
mod cli_run;
mod document;
mod ecr;
mod exchange;
mod expression;
mod harness;
mod jsonpath;
mod machine;
mod purity;
mod sandbox;
mod schema;
mod workflows;
