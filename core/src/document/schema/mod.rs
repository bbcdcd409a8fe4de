//! JSON Schema 2020-12 for workflow inputs.
