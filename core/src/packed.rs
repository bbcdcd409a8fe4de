//! Values as compact bytes, and back: the codec of programs.
//!
//! Numbers take as many bytes as they need, texts and shared parts stand once.
//! Whatever bytes are read, what is made of them takes no more memory than a fixed
//! multiple of their length, and no deeper than [`DEEPEST`] is gone into.

use std::any::Any;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value};

use crate::diagnostic::Location;
use crate::number;

/// How deep lists, boxes and values may stand in one another.
const DEEPEST: usize = 1_200;

/// Texts that are copied wherever they are read stand once up to this length, so
/// that a few bytes cannot become a lot of copies.
const LONGEST_COPIED: usize = 64;

/// So much of a pointer is taken from the one before at most, for the same reason.
const LONGEST_KEPT: usize = 256;

/// The bytes are not what was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Damaged;

/// What can be written as bytes and read from them.
pub(crate) trait Packed: Sized {
    /// Appends it.
    fn write(&self, out: &mut Writer);
    /// Takes it from the front.
    fn read(input: &mut Reader<'_>) -> Result<Self, Damaged>;
}

/// Implements [`Packed`] for a struct by its fields in order, or for an enum by
/// its variants, each with a number of its own. The compiler refuses a field or
/// variant that is forgotten.
macro_rules! packed {
    (struct $name:ty: $(($($part:ident),*))? $({$($field:ident),* $(,)?})?) => {
        impl crate::packed::Packed for $name {
            fn write(&self, out: &mut crate::packed::Writer) {
                let Self $(($($part),*))? $({$($field),*})? = self;
                $($(crate::packed::Packed::write($part, out);)*)?
                $($(crate::packed::Packed::write($field, out);)*)?
            }

            fn read(
                input: &mut crate::packed::Reader<'_>,
            ) -> Result<Self, crate::packed::Damaged> {
                $($(let $part = crate::packed::Packed::read(input)?;)*)?
                $($(let $field = crate::packed::Packed::read(input)?;)*)?
                Ok(Self $(($($part),*))? $({$($field),*})?)
            }
        }
    };
    (enum $name:ty: $($tag:literal $variant:ident
        $(($($part:ident),*))? $({$($field:ident),* $(,)?})?),* $(,)?) => {
        impl crate::packed::Packed for $name {
            fn write(&self, out: &mut crate::packed::Writer) {
                match self {
                    $(Self::$variant $(($($part),*))? $({$($field),*})? => {
                        out.byte($tag);
                        $($(crate::packed::Packed::write($part, out);)*)?
                        $($(crate::packed::Packed::write($field, out);)*)?
                    })*
                }
            }

            fn read(
                input: &mut crate::packed::Reader<'_>,
            ) -> Result<Self, crate::packed::Damaged> {
                Ok(match input.byte()? {
                    $($tag => {
                        $($(let $part = crate::packed::Packed::read(input)?;)*)?
                        $($(let $field = crate::packed::Packed::read(input)?;)*)?
                        Self::$variant $(($($part),*))? $({$($field),*})?
                    })*
                    _ => return Err(crate::packed::Damaged),
                })
            }
        }
    };
}
pub(crate) use packed;

/// Where values are written to.
#[derive(Default)]
pub(crate) struct Writer {
    bytes: Vec<u8>,
    texts: Vec<Box<str>>,
    /// Where each of `texts` is.
    known: HashMap<Box<str>, usize>,
    /// The shared parts by address, in the order in which they were written.
    shared: HashMap<usize, usize>,
    place: Place,
}

/// The place that was met last: the next one is mostly near.
#[derive(Default)]
struct Place {
    pointer: String,
    line: u32,
}

impl Writer {
    /// Everything: the texts, and what was written.
    pub fn finish(self) -> Vec<u8> {
        let mut head = Self::default();
        head.number(self.texts.len() as u64);
        for text in &self.texts {
            head.number(text.len() as u64);
            head.bytes.extend_from_slice(text.as_bytes());
        }
        head.bytes.extend_from_slice(&self.bytes);
        head.bytes
    }

    /// Writes one byte.
    pub fn byte(&mut self, byte: u8) {
        self.bytes.push(byte);
    }

    /// Writes a number, seven bits in a byte, the lowest first.
    pub fn number(&mut self, mut number: u64) {
        while number > 0x7F {
            self.byte(number as u8 | 0x80);
            number >>= 7;
        }
        self.byte(number as u8);
    }

    /// Writes a text, or where it stands.
    fn text(&mut self, text: &str, copied: bool) {
        if copied && text.len() > LONGEST_COPIED {
            self.number((text.len() as u64) << 1 | 1);
            self.bytes.extend_from_slice(text.as_bytes());
            return;
        }
        let at = match self.known.get(text) {
            Some(at) => *at,
            None => {
                self.texts.push(text.into());
                self.known.insert(text.into(), self.texts.len() - 1);
                self.texts.len() - 1
            }
        };
        self.number((at as u64) << 1);
    }

    /// Writes a pointer by how it differs from the one before.
    fn pointer(&mut self, pointer: &str) {
        let both = pointer.bytes().zip(self.place.pointer.bytes());
        let same = both.take_while(|(new, old)| new == old).count();
        let mut same = same.min(LONGEST_KEPT);
        while !pointer.is_char_boundary(same) {
            same -= 1;
        }
        self.number(same as u64);
        self.text(&pointer[same..], true);
        self.place.pointer = pointer.to_owned();
    }
}

/// Where values are read from.
pub(crate) struct Reader<'b> {
    rest: &'b [u8],
    texts: Vec<Arc<str>>,
    shared: Vec<Arc<dyn Any + Send + Sync>>,
    depth: usize,
    place: Place,
}

impl<'b> Reader<'b> {
    /// Reads the texts.
    pub fn new(bytes: &'b [u8]) -> Result<Self, Damaged> {
        let mut reader = Self {
            rest: bytes,
            texts: Vec::new(),
            shared: Vec::new(),
            depth: 0,
            place: Place::default(),
        };
        for _ in 0..reader.count()? {
            let length = reader.count()?;
            let text = reader.plain(length)?;
            reader.texts.push(text.into());
        }
        Ok(reader)
    }

    /// Whether all has been read.
    pub fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// Reads one byte.
    pub fn byte(&mut self) -> Result<u8, Damaged> {
        let (byte, rest) = self.rest.split_first().ok_or(Damaged)?;
        self.rest = rest;
        Ok(*byte)
    }

    /// Reads a number.
    pub fn number(&mut self) -> Result<u64, Damaged> {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            let bits = u64::from(byte & 0x7F);
            number |= bits << shift;
            if bits << shift >> shift != bits {
                return Err(Damaged);
            }
            if byte < 0x80 {
                return Ok(number);
            }
        }
        Err(Damaged)
    }

    /// Reads how many follow: no more than there are bytes.
    fn count(&mut self) -> Result<usize, Damaged> {
        let count = self.number()?;
        usize::try_from(count)
            .ok()
            .filter(|count| *count <= self.rest.len())
            .ok_or(Damaged)
    }

    /// Goes deeper, until [`Reader::close`].
    fn open(&mut self) -> Result<(), Damaged> {
        self.depth += 1;
        if self.depth > DEEPEST {
            return Err(Damaged);
        }
        Ok(())
    }

    fn close(&mut self) {
        self.depth -= 1;
    }

    /// Reads a text of that many bytes.
    fn plain(&mut self, length: usize) -> Result<&'b str, Damaged> {
        let (text, rest) = self.rest.split_at_checked(length).ok_or(Damaged)?;
        self.rest = rest;
        std::str::from_utf8(text).map_err(|_| Damaged)
    }

    /// Reads a text that others share.
    fn shared_text(&mut self) -> Result<Arc<str>, Damaged> {
        let number = self.number()?;
        let at = usize::try_from(number >> 1).map_err(|_| Damaged)?;
        match self.texts.get(at) {
            Some(text) if number & 1 == 0 => Ok(text.clone()),
            _ => Err(Damaged),
        }
    }

    /// Reads a text to be copied.
    fn text(&mut self) -> Result<String, Damaged> {
        let number = self.number()?;
        let length = usize::try_from(number >> 1).map_err(|_| Damaged)?;
        if number & 1 == 1 {
            return self.plain(length).map(str::to_owned);
        }
        match self.texts.get(length) {
            Some(text) if text.len() <= LONGEST_COPIED => Ok(text.to_string()),
            _ => Err(Damaged),
        }
    }

    fn pointer(&mut self) -> Result<String, Damaged> {
        let same = usize::try_from(self.number()?).map_err(|_| Damaged)?;
        let more = self.text()?;
        let kept = self.place.pointer.get(..same).ok_or(Damaged)?;
        if kept.len() > LONGEST_KEPT {
            return Err(Damaged);
        }
        let pointer = format!("{kept}{more}");
        self.place.pointer.clone_from(&pointer);
        Ok(pointer)
    }
}

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
impl<T: Packed + Send + Sync + 'static> Packed for Arc<T> {
    fn write(&self, out: &mut Writer) {
        let address = Self::as_ptr(self).addr();
        if let Some(at) = out.shared.get(&address) {
            return out.number(*at as u64 + 1);
        }
        out.byte(0);
        T::write(self, out);
        out.shared.insert(address, out.shared.len());
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, Damaged> {
        let Some(at) = usize::read(input)?.checked_sub(1) else {
            input.open()?;
            let part = Self::new(T::read(input)?);
            input.close();
            input.shared.push(part.clone());
            return Ok(part);
        };
        let part = input.shared.get(at).ok_or(Damaged)?.clone();
        part.downcast().map_err(|_| Damaged)
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
        document.write(out);
        out.pointer(pointer);
        (i64::from(*line) - i64::from(out.place.line)).write(out);
        out.place.line = *line;
        column.write(out);
        length.write(out);
    }

    fn read(input: &mut Reader<'_>) -> Result<Self, Damaged> {
        let document = input.shared_text()?;
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
