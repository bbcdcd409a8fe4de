//! logic.
