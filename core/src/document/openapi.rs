//! The part of OpenAPI that a step can need.
