//! Expressions, templates and conditions as bytes.

use super::ast::{Candidate, Expression, Root, StepRef};
use super::condition::Condition;
use super::criterion::{Context, Criterion, PatternText, Test};
use super::embed::{Piece, Text};
use super::query_text::{QueryText, Quotes};
use super::selector::{Select, Selector};
use super::template::{Constant, Member, Node, Template};
use crate::packed::{Packed, Reader, Writer, packed};

packed!(struct Expression: { text, root, owner, name, candidates, path, length });
packed!(struct StepRef: { name, index });
packed!(struct Candidate: { end, skip });
packed!(enum Root:
    0 Url,
    1 Method,
    2 StatusCode,
    3 SelfUri,
    4 RequestHeader,
    5 RequestQuery,
    6 RequestPath,
    7 RequestBody,
    8 ResponseHeader,
    9 ResponseQuery,
    10 ResponsePath,
    11 ResponseBody,
    12 MessageHeader,
    13 MessagePayload,
    14 Input,
    15 Output,
    16 StepOutput,
    17 WorkflowInput,
    18 WorkflowOutput,
    19 Source,
    20 Component,
);

packed!(struct Text: { pieces });
packed!(enum Piece: 0 Literal(text), 1 Expression(expression));

packed!(struct Template: { node });
packed!(enum Node:
    0 Constant(constant),
    1 Expression(expression),
    2 Text(text),
    3 Selector(selector),
    4 Array(items),
    5 Object(members),
);
packed!(struct Selector: { context, select });
packed!(enum Select: 0 Query(query), 1 Pointer(pointer), 2 PointerText(text));
packed!(enum Quotes: 0 None, 1 Single, 2 Double);

packed!(struct Condition: { criterion });
packed!(struct Criterion: { context, test });
packed!(enum Context: 0 None, 1 Given, 2 Expression(expression));
packed!(enum Test:
    0 Logic(logic),
    1 Regex(pattern),
    2 Query { query, filter },
    3 Equal(value),
);

impl Packed for PatternText {
    fn write(&self, out: &mut Writer) {
        match self {
            Self::Compiled(pattern) => {
                out.byte(0);
                pattern.write(out);
            }
            Self::Text { flags, text } => {
                out.byte(1);
                flags.write(out);
                text.write(out);
            }
        }
    }

    fn read(input: &mut Reader<'_>) -> Self {
        if !bool::read(input) {
            return Self::Compiled(Packed::read(input));
        }
        input.dynamic = true;
        Self::Text {
            flags: Packed::read(input),
            text: Packed::read(input),
        }
    }
}

impl Packed for QueryText {
    fn write(&self, out: &mut Writer) {
        let Self {
            text,
            places,
            compiled,
            frame,
            filter,
            counts_one,
        } = self;
        text.write(out);
        places.write(out);
        compiled.write(out);
        frame.write(out);
        filter.write(out);
        counts_one.write(out);
    }

    fn read(input: &mut Reader<'_>) -> Self {
        let text = Packed::read(input);
        let places = Packed::read(input);
        let compiled: Option<_> = Packed::read(input);
        let frame: Option<_> = Packed::read(input);
        input.dynamic |= compiled.is_none() && frame.is_none();
        Self {
            text,
            places,
            compiled,
            frame,
            filter: Packed::read(input),
            counts_one: Packed::read(input),
        }
    }
}

/// The same as JSON is made of the value.
impl Packed for Constant {
    fn write(&self, out: &mut Writer) {
        let Self { value, json: _ } = self;
        value.write(out);
    }

    fn read(input: &mut Reader<'_>) -> Self {
        Self::new(Packed::read(input))
    }
}

/// The name as JSON is made of the name.
impl Packed for Member {
    fn write(&self, out: &mut Writer) {
        let Self {
            name,
            json: _,
            node,
        } = self;
        name.write(out);
        node.write(out);
    }

    fn read(input: &mut Reader<'_>) -> Self {
        let name = String::read(input);
        Self::new(&name, Node::read(input))
    }
}
