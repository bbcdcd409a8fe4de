//! Queries as bytes.

use super::ast::{
    Comparison, Logical, Matcher, Matching, Operand, Operator, Path, Segment, Selector, Slice,
};
use super::query::Query;
use crate::packed::{Packed, Reader, Writer, packed};

packed!(struct Segment: { descendant, selectors });
packed!(enum Selector:
    0 Name(name),
    1 Index(index),
    2 Wildcard,
    3 Slice(slice),
    4 Filter(filter),
);
packed!(enum Logical:
    0 Or(parts),
    1 And(parts),
    2 Not(part),
    3 Compare(comparison),
    4 Exists(path),
    5 Matches(matching),
);
packed!(struct Comparison: { left, operator, right });
packed!(enum Operator:
    0 Equal,
    1 NotEqual,
    2 Less,
    3 LessOrEqual,
    4 Greater,
    5 GreaterOrEqual,
);
packed!(enum Operand:
    0 Literal(value),
    1 Path(path),
    2 Length(operand),
    3 Count(path),
    4 Value(path),
);
packed!(struct Matching: { text, pattern, anchored });

impl Packed for Matcher {
    fn write(&self, out: &mut Writer) {
        match self {
            Self::Fixed(pattern) => {
                out.byte(0);
                pattern.write(out);
            }
            Self::Dynamic(operand) => {
                out.byte(1);
                operand.write(out);
            }
        }
    }

    fn read(input: &mut Reader<'_>) -> Self {
        if !bool::read(input) {
            return Self::Fixed(Packed::read(input));
        }
        input.dynamic = true;
        Self::Dynamic(Packed::read(input))
    }
}

/// Whether it is singular is told by its segments.
impl Packed for Path {
    fn write(&self, out: &mut Writer) {
        let Self {
            absolute,
            singular: _,
            segments,
        } = self;
        absolute.write(out);
        segments.write(out);
    }

    fn read(input: &mut Reader<'_>) -> Self {
        let absolute = bool::read(input);
        Self::new(absolute, Packed::read(input))
    }
}

/// Steps are counted with: RFC 9535, section 2.1, ±(2^53 - 1).
impl Packed for Slice {
    fn write(&self, out: &mut Writer) {
        let Self { start, end, step } = self;
        start.write(out);
        end.write(out);
        step.write(out);
    }

    fn read(input: &mut Reader<'_>) -> Self {
        let (start, end) = Packed::read(input);
        let mut step = i64::read(input);
        if step.unsigned_abs() >> 53 != 0 {
            input.damage();
            step = 0;
        }
        Self { start, end, step }
    }
}

/// What is only for reports about its text is left out.
impl Packed for Query {
    fn write(&self, out: &mut Writer) {
        let Self {
            text,
            path,
            counts_singular: _,
            bad_pattern: _,
        } = self;
        text.write(out);
        path.write(out);
    }

    fn read(input: &mut Reader<'_>) -> Self {
        Self {
            text: Packed::read(input),
            path: Packed::read(input),
            counts_singular: false,
            bad_pattern: None,
        }
    }
}
