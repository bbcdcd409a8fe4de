//! One dispatch for jsonpath, pointer, regex, xpath.
