//! Payload to bytes, by content type.
