//! What everything else is made of, as bytes.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value};

use super::{Packed, Reader, Writer};
use crate::diagnostic::Location;
use crate::message::Method;
use crate::number;

/// Numbers are below this one, on every platform.
const LARGEST: u64 = 1 << 32;

impl Packed for bool {
    fn write(&self, out: &mut Writer) {
        out.byte(u8::from(*self));
    }

    fn read(input: &mut Reader<'_>) -> Self {
        input.below(2) == 1
    }
}

impl Packed for u8 {
    fn write(&self, out: &mut Writer) {
        out.byte(*self);
    }

    fn read(input: &mut Reader<'_>) -> Self {
        input.byte()
    }
}

impl Packed for u32 {
    fn write(&self, out: &mut Writer) {
        out.number(u64::from(*self));
    }

    fn read(input: &mut Reader<'_>) -> Self {
        input.below(LARGEST) as Self
    }
}

impl Packed for usize {
    fn write(&self, out: &mut Writer) {
        out.number(*self as u64);
    }

    fn read(input: &mut Reader<'_>) -> Self {
        input.below(LARGEST)
    }
}

/// Small numbers are short whatever their sign.
impl Packed for i64 {
    fn write(&self, out: &mut Writer) {
        out.number((*self << 1 ^ *self >> 63) as u64);
    }

    fn read(input: &mut Reader<'_>) -> Self {
        let number = input.number();
        (number >> 1) as Self ^ -((number & 1) as Self)
    }
}

impl Packed for isize {
    fn write(&self, out: &mut Writer) {
        (*self as i64).write(out);
    }

    fn read(input: &mut Reader<'_>) -> Self {
        i64::read(input) as Self
    }
}

impl Packed for Duration {
    fn write(&self, out: &mut Writer) {
        out.number(self.as_secs());
        self.subsec_nanos().write(out);
    }

    fn read(input: &mut Reader<'_>) -> Self {
        let seconds = input.number();
        Self::new(seconds, input.below(1_000_000_000) as u32)
    }
}

impl Packed for String {
    fn write(&self, out: &mut Writer) {
        out.text(self, true);
    }

    fn read(input: &mut Reader<'_>) -> Self {
        input.text()
    }
}

impl Packed for Box<str> {
    fn write(&self, out: &mut Writer) {
        out.text(self, true);
    }

    fn read(input: &mut Reader<'_>) -> Self {
        input.text().into()
    }
}

impl Packed for Arc<str> {
    fn write(&self, out: &mut Writer) {
        out.text(self, false);
    }

    fn read(input: &mut Reader<'_>) -> Self {
        input.shared_text()
    }
}

/// A part that others share stands where it is met first.
impl<T: Packed + 'static> Packed for Arc<T> {
    fn write(&self, out: &mut Writer) {
        let address = Self::as_ptr(self).addr();
        if out.first(address) {
            T::write(self, out);
            out.share(address);
        }
    }

    fn read(input: &mut Reader<'_>) -> Self {
        if let Some(part) = input.shared() {
            return part;
        }
        input.open();
        let part = Self::new(T::read(input));
        input.close();
        input.share(part.clone());
        part
    }
}

/// Nothing is not shared: all of it has one address, whatever it is a list of.
impl<T: Packed + 'static> Packed for Arc<[T]> {
    fn write(&self, out: &mut Writer) {
        let address = Self::as_ptr(self).addr();
        if self.is_empty() {
            out.byte(0);
            out.byte(0);
        } else if out.first(address) {
            out.number(self.len() as u64);
            for item in &**self {
                item.write(out);
            }
            out.share(address);
        }
    }

    fn read(input: &mut Reader<'_>) -> Self {
        if let Some(list) = input.shared() {
            return list;
        }
        let list = Vec::read(input);
        if list.is_empty() {
            return Self::default();
        }
        let list = Self::from(list);
        input.share(list.clone());
        list
    }
}

impl<T: Packed> Packed for Option<T> {
    fn write(&self, out: &mut Writer) {
        self.is_some().write(out);
        if let Some(value) = self {
            value.write(out);
        }
    }

    fn read(input: &mut Reader<'_>) -> Self {
        bool::read(input).then(|| T::read(input))
    }
}

impl<T: Packed> Packed for Box<T> {
    fn write(&self, out: &mut Writer) {
        T::write(self, out);
    }

    fn read(input: &mut Reader<'_>) -> Self {
        input.open();
        let value = T::read(input);
        input.close();
        Self::new(value)
    }
}

impl<T: Packed> Packed for Vec<T> {
    fn write(&self, out: &mut Writer) {
        out.number(self.len() as u64);
        for item in self {
            item.write(out);
        }
    }

    fn read(input: &mut Reader<'_>) -> Self {
        // Room is made only for what has been read: the count may be a lie.
        let mut list = Self::new();
        let mut left = input.begin_list();
        while input.more(&mut left) {
            list.push(T::read(input));
        }
        list
    }
}

impl<T: Packed> Packed for Box<[T]> {
    fn write(&self, out: &mut Writer) {
        out.number(self.len() as u64);
        for item in self {
            item.write(out);
        }
    }

    fn read(input: &mut Reader<'_>) -> Self {
        Vec::read(input).into()
    }
}

impl<A: Packed, B: Packed> Packed for (A, B) {
    fn write(&self, out: &mut Writer) {
        self.0.write(out);
        self.1.write(out);
    }

    fn read(input: &mut Reader<'_>) -> Self {
        (A::read(input), B::read(input))
    }
}

impl<A: Packed, B: Packed, C: Packed> Packed for (A, B, C) {
    fn write(&self, out: &mut Writer) {
        self.0.write(out);
        self.1.write(out);
        self.2.write(out);
    }

    fn read(input: &mut Reader<'_>) -> Self {
        (A::read(input), B::read(input), C::read(input))
    }
}

impl Packed for [u8; 16] {
    fn write(&self, out: &mut Writer) {
        for byte in self {
            out.byte(*byte);
        }
    }

    fn read(input: &mut Reader<'_>) -> Self {
        let mut bytes = [0; 16];
        for byte in &mut bytes {
            *byte = input.byte();
        }
        bytes
    }
}

impl Packed for Value {
    fn write(&self, out: &mut Writer) {
        match self {
            Self::Null => out.byte(0),
            Self::Bool(false) => out.byte(1),
            Self::Bool(true) => out.byte(2),
            Self::Number(number) => {
                out.byte(3);
                out.text(number.as_str(), true);
            }
            Self::String(text) => {
                out.byte(4);
                text.write(out);
            }
            Self::Array(items) => {
                out.byte(5);
                items.write(out);
            }
            Self::Object(members) => {
                out.byte(6);
                out.number(members.len() as u64);
                for (name, member) in members {
                    name.write(out);
                    member.write(out);
                }
            }
        }
    }

    fn read(input: &mut Reader<'_>) -> Self {
        match input.byte() {
            0 => Self::Null,
            1 => Self::Bool(false),
            2 => Self::Bool(true),
            3 => {
                let number = number::parse(&input.text());
                if number.is_none() {
                    input.damage();
                }
                number.map_or(Self::Null, Self::Number)
            }
            4 => Self::String(input.text()),
            5 => Self::Array(Vec::read(input)),
            6 => {
                let mut members = Map::new();
                let mut left = input.begin_list();
                while input.more(&mut left) {
                    let name = input.text();
                    members.insert(name, Self::read(input));
                }
                Self::Object(members)
            }
            _ => {
                input.damage();
                Self::Null
            }
        }
    }
}

impl Packed for Method {
    fn write(&self, out: &mut Writer) {
        out.text(self.as_str(), true);
    }

    fn read(input: &mut Reader<'_>) -> Self {
        input.text().parse().unwrap_or_else(|_| {
            input.damage();
            Self::get()
        })
    }
}

impl Packed for Location {
    fn write(&self, out: &mut Writer) {
        let Self {
            document,
            pointer,
            line,
            column,
            length,
        } = self;
        out.name(document);
        out.pointer(pointer);
        (i64::from(*line) - i64::from(out.place.line)).write(out);
        out.place.line = *line;
        column.write(out);
        length.write(out);
    }

    fn read(input: &mut Reader<'_>) -> Self {
        let document = input.name();
        let pointer = input.pointer();
        // Whatever it is, it is only shown.
        input.place.line = input.place.line.wrapping_add(i64::read(input) as u32);
        Self {
            document,
            pointer,
            line: input.place.line,
            column: u32::read(input),
            length: u32::read(input),
        }
    }
}
