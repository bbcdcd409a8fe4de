//! What can be wrong with an expression.
