//! The spola tests; see `main.rs`.
