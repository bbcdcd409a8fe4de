//! YAML or JSON text to a tree of values with places.
