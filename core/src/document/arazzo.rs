//! The Arazzo objects as written.
