//! JSONPath queries: RFC 9535.
