//! A JSON reader that feeds the tree.
