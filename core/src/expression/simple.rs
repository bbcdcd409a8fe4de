//! simple.
