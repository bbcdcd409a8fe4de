//! Every test of the workspace, in the order data passes.
#![allow(clippy::unwrap_used, clippy::print_stderr)]

mod auth;
mod cli;
mod cli_run;
mod corpus;
mod document;
mod driver;
mod ecr;
mod ecr_manifest;
mod exchange;
mod expression;
mod harness;
mod inventory;
mod jsonpath;
mod link;
mod link_rules;
mod machine;
mod properties;
mod purity;
mod readme;
mod sandbox;
mod schema;
mod seeds;
mod served;
mod targets;
mod workflows;
