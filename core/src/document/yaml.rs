//! A YAML reader that feeds the tree.
