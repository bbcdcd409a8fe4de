//! Operation and values to an HTTP request.
