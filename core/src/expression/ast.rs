//! Expressions, templates and conditions as trees.
