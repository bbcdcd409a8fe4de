//! Comparisons written as JSONPath criteria.
