//! What everything else is made of, as bytes.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value};

use super::{Damaged, Packed, Reader, Writer};
use crate::diagnostic::Location;
use crate::number;

impl Packed for bool {
    fn write(&self, out: &mut Writer) {
        out.byte(u8::from(*self));
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, Damaged> {
        match input.byte()? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err(Damaged),
        }
    }
}

impl Packed for u8 {
    fn write(&self, out: &mut Writer) {
        out.byte(*self);
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, Damaged> {
        input.byte()
    }
}

impl Packed for u32 {
    fn write(&self, out: &mut Writer) {
        out.number(u64::from(*self));
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, Damaged> {
        Self::try_from(input.number()?).map_err(|_| Damaged)
    }
}

impl Packed for usize {
    fn write(&self, out: &mut Writer) {
        out.number(*self as u64);
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, Damaged> {
        u32::read(input).map(|number| number as Self)
    }
}

/// Small numbers are short whatever their sign.
impl Packed for i64 {
    fn write(&self, out: &mut Writer) {
        out.number((*self << 1 ^ *self >> 63) as u64);
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, Damaged> {
        let number = input.number()?;
        Ok((number >> 1) as Self ^ -((number & 1) as Self))
    }
}

impl Packed for isize {
    fn write(&self, out: &mut Writer) {
        (*self as i64).write(out);
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, Damaged> {
        Self::try_from(i64::read(input)?).map_err(|_| Damaged)
    }
}

impl Packed for Duration {
    fn write(&self, out: &mut Writer) {
        out.number(self.as_secs());
        self.subsec_nanos().write(out);
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, Damaged> {
        let seconds = input.number()?;
        match u32::read(input)? {
            nanos @ 0..1_000_000_000 => Ok(Self::new(seconds, nanos)),
            _ => Err(Damaged),
        }
    }
}

impl Packed for String {
    fn write(&self, out: &mut Writer) {
        out.text(self, true);
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, Damaged> {
        input.text()
    }
}

impl Packed for Box<str> {
    fn write(&self, out: &mut Writer) {
        out.text(self, true);
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, Damaged> {
        input.text().map(Into::into)
    }
}

impl Packed for Arc<str> {
    fn write(&self, out: &mut Writer) {
        out.text(self, false);
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, Damaged> {
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

    fn read(input: &mut Reader<'_>) -> Result<Self, Damaged> {
        if let Some(part) = input.shared()? {
            return Ok(part);
        }
        input.open()?;
        let part = Self::new(T::read(input)?);
        input.close();
        input.share(part.clone());
        Ok(part)
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

    fn read(input: &mut Reader<'_>) -> Result<Self, Damaged> {
        if let Some(list) = input.shared()? {
            return Ok(list);
        }
        let list = Vec::read(input)?;
        if list.is_empty() {
            return Ok(Self::default());
        }
        let list = Self::from(list);
        input.share(list.clone());
        Ok(list)
    }
}

impl<T: Packed> Packed for Option<T> {
    fn write(&self, out: &mut Writer) {
        self.is_some().write(out);
        if let Some(value) = self {
            value.write(out);
        }
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, Damaged> {
        Ok(match bool::read(input)? {
            true => Some(T::read(input)?),
            false => None,
        })
    }
}

impl<T: Packed> Packed for Box<T> {
    fn write(&self, out: &mut Writer) {
        T::write(self, out);
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, Damaged> {
        input.open()?;
        let value = T::read(input)?;
        input.close();
        Ok(Self::new(value))
    }
}

impl<T: Packed> Packed for Vec<T> {
    fn write(&self, out: &mut Writer) {
        out.number(self.len() as u64);
        for item in self {
            item.write(out);
        }
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, Damaged> {
        /// More room than this is made only for what has been read.
        const ROOM: usize = 64;
        input.open()?;
        let count = input.count()?;
        let mut list = Self::with_capacity(count.min(ROOM));
        for _ in 0..count {
            list.push(T::read(input)?);
        }
        input.close();
        Ok(list)
    }
}

impl<T: Packed> Packed for Box<[T]> {
    fn write(&self, out: &mut Writer) {
        out.number(self.len() as u64);
        for item in self {
            item.write(out);
        }
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, Damaged> {
        Vec::read(input).map(Into::into)
    }
}

impl<A: Packed, B: Packed> Packed for (A, B) {
    fn write(&self, out: &mut Writer) {
        self.0.write(out);
        self.1.write(out);
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, Damaged> {
        Ok((A::read(input)?, B::read(input)?))
    }
}

impl<A: Packed, B: Packed, C: Packed> Packed for (A, B, C) {
    fn write(&self, out: &mut Writer) {
        self.0.write(out);
        self.1.write(out);
        self.2.write(out);
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, Damaged> {
        Ok((A::read(input)?, B::read(input)?, C::read(input)?))
    }
}

impl Packed for [u8; 16] {
    fn write(&self, out: &mut Writer) {
        for byte in self {
            out.byte(*byte);
        }
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, Damaged> {
        let mut bytes = [0; 16];
        for byte in &mut bytes {
            *byte = input.byte()?;
        }
        Ok(bytes)
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

    fn read(input: &mut Reader<'_>) -> Result<Self, Damaged> {
        Ok(match input.byte()? {
            0 => Self::Null,
            1 => Self::Bool(false),
            2 => Self::Bool(true),
            3 => Self::Number(number::parse(&input.text()?).ok_or(Damaged)?),
            4 => Self::String(input.text()?),
            5 => Self::Array(Vec::read(input)?),
            6 => {
                let mut members = Map::new();
                input.open()?;
                for _ in 0..input.count()? {
                    let name = input.text()?;
                    members.insert(name, Self::read(input)?);
                }
                input.close();
                Self::Object(members)
            }
            _ => return Err(Damaged),
        })
    }
}

impl Packed for http::Method {
    fn write(&self, out: &mut Writer) {
        out.text(self.as_str(), true);
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, Damaged> {
        Self::from_bytes(input.text()?.as_bytes()).map_err(|_| Damaged)
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

    fn read(input: &mut Reader<'_>) -> Result<Self, Damaged> {
        let document = input.name()?;
        let pointer = input.pointer()?;
        let line = i64::from(input.place.line).checked_add(i64::read(input)?);
        let line = line.and_then(|line| u32::try_from(line).ok());
        input.place.line = line.ok_or(Damaged)?;
        Ok(Self {
            document,
            pointer,
            line: input.place.line,
            column: u32::read(input)?,
            length: u32::read(input)?,
        })
    }
}
