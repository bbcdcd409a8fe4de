//! Expressions, templates and conditions as bytes.

use super::ast::{Candidate, Expression, Root, StepRef};
use super::comparison;
use super::condition::Condition;
use super::criterion::{Context, Kind, PatternText};
use super::embed::{Piece, Text};
use super::logic::{Logic, Op};
use super::query_text::{QueryText, Quotes};
use super::selector::{Select, Selector};
use super::simple;
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

packed!(struct Condition: { kind });
packed!(enum Kind:
    0 Simple(logic),
    1 Regex { context, pattern },
    2 Query { context, query, filter },
    3 Comparison { context, logic },
    4 Equal { context, value },
);
packed!(enum Context: 0 Expression(expression), 1 Given);
packed!(enum Op:
    0 Equal,
    1 NotEqual,
    2 Less,
    3 LessOrEqual,
    4 Greater,
    5 GreaterOrEqual,
);
packed!(enum simple::Test: 0 Lone(operand), 1 Compare(left, op, right));
packed!(enum simple::Operand:
    0 Literal(value),
    1 Expression(expression),
    2 StatusClass(digit),
    3 Group(logic),
);
packed!(enum comparison::Test: 0 Lone(operand), 1 Compare(left, op, right));
packed!(enum comparison::Operand:
    0 Literal(value),
    1 Text(text),
    2 Expression(expression),
    3 Path(path),
    4 Pointer(pointer),
    5 Group(logic),
);
packed!(struct comparison::Path: { steps, length });
packed!(enum comparison::Step: 0 Member(name), 1 Index(index));
packed!(enum comparison::Length: 0 No, 1 Trailing, 2 Called);

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

impl<T: Packed> Packed for Logic<T> {
    fn write(&self, out: &mut Writer) {
        match self {
            Self::Or(parts) => {
                out.byte(0);
                parts.write(out);
            }
            Self::And(parts) => {
                out.byte(1);
                parts.write(out);
            }
            Self::Not(part) => {
                out.byte(2);
                part.write(out);
            }
            Self::Test(test) => {
                out.byte(3);
                test.write(out);
            }
        }
    }

    fn read(input: &mut Reader<'_>) -> Self {
        match input.byte() {
            0 => Self::Or(Vec::read(input)),
            1 => Self::And(Vec::read(input)),
            2 => Self::Not(Box::read(input)),
            3 => Self::Test(T::read(input)),
            _ => {
                input.damage();
                Self::Or(Vec::new())
            }
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
