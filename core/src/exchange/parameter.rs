//! OpenAPI parameter styles.
