//! Tree and scope to value.
