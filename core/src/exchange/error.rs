//! What can be wrong with a message.
