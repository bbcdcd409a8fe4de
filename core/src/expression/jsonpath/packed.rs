//! Queries as bytes.

use super::query::Query;
use crate::packed::{Packed, Reader, Writer};

/// What is only for reports about its text is left out.
impl Packed for Query {
    fn write(&self, out: &mut Writer) {
        let Self {
            text,
            tree,
            counts_singular: _,
            bad_pattern: _,
        } = self;
        text.write(out);
        tree.write(out);
    }

    fn read(input: &mut Reader<'_>) -> Self {
        Self {
            text: Packed::read(input),
            tree: Packed::read(input),
            counts_singular: false,
            bad_pattern: None,
        }
    }
}
