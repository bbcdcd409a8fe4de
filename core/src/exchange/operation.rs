//! An operation ready to be called.
