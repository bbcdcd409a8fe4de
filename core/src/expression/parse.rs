//! Expression text to tree.
