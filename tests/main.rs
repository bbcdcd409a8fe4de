//! Every test of the workspace, in the order data passes.
#![allow(clippy::unwrap_used, clippy::print_stderr)]

mod auth;
mod cli;
mod document;
mod exchange;
mod expression;
mod harness;
mod jsonpath;
mod link;
mod link_rules;
mod schema;
mod machine;
mod cli_run;
mod purity;
mod workflows;
