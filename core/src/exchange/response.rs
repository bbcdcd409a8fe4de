//! An HTTP answer: status, headers, body value.
