//! Every test of the workspace, in the order data passes.
#![allow(clippy::unwrap_used, clippy::print_stderr)]

mod auth;
mod cli;
mod cli_run;
mod document;
mod exchange;
mod expression;
mod harness;
mod jsonpath;
mod link;
mod link_rules;
mod machine;
mod properties;
mod purity;
mod readme;
mod sandbox;
mod schema;
mod targets;
mod workflows;
