//! Patterns as bytes: as they were read, not as written.

use super::Pattern;
use super::classes::CharSet;
use super::engine::{Assertion, Program, Step};
use crate::packed::{Packed, Reader, Writer, packed};

packed!(struct Pattern: (program));
packed!(enum Step: 0 Code(code), 1 Set(set), 2 Assert(assertion), 3 Jump(far), 4 Split(far));
packed!(enum Assertion: 0 Start, 1 End, 2 LineStart, 3 LineEnd, 4 WordEdge, 5 NoWordEdge);
packed!(struct CharSet: (ranges));

impl Packed for Program {
    fn write(&self, out: &mut Writer) {
        let Self {
            steps,
            conditions,
            sets,
            weight,
        } = self;
        steps.write(out);
        conditions.write(out);
        sets.write(out);
        weight.write(out);
    }

    fn read(input: &mut Reader<'_>) -> Self {
        let program = Self {
            steps: Packed::read(input),
            conditions: Packed::read(input),
            sets: Packed::read(input),
            weight: Packed::read(input),
        };
        let conditions = program.conditions.iter().flat_map(|(_, steps)| steps);
        let known = |step: &Step| !matches!(step, Step::Set(set) if *set >= program.sets.len());
        if !program.steps.iter().chain(conditions).all(known) {
            input.damage();
        }
        program
    }
}
