//! The `spola` command line.
fn main() {}
