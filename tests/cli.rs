//! The command line's parts that need no engine.

#[allow(dead_code)]
#[path = "../cli/src/transport.rs"]
mod transport;

#[path = "cli_transport.rs"]
mod transport_tests;
