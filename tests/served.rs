//! The programs over HTTP.
