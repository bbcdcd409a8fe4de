//! The simple condition.
