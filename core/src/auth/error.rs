//! What can be wrong with an authorization.
