//! Values as compact bytes, and back: the codec of programs.
//!
//! Numbers take as many bytes as they need, texts and shared parts stand once.
//! Whatever bytes are read, what is made of them takes no more memory than a fixed
//! multiple of their length, and no deeper than [`DEEPEST`] is gone into. Reading
//! always gives something: damage is taken down, and from there on all is zeros,
//! so that nothing has to be given up halfway.

mod values;

use std::any::Any;
use std::collections::HashMap;
use std::sync::Arc;

/// How deep lists, boxes and values may stand in one another.
const DEEPEST: usize = 1_200;

/// Texts that are copied wherever they are read stand once up to this length, so
/// that a few bytes cannot become a lot of copies. Longer ones that are given are
/// copied once.
const LONGEST_COPIED: usize = 64;

/// So much of a pointer is taken from the one before at most, for the same reason.
const LONGEST_KEPT: usize = 256;

/// What can be written as bytes and read from them.
pub(crate) trait Packed: Sized {
    /// Appends it.
    fn write(&self, out: &mut Writer);
    /// Takes it from the front.
    fn read(input: &mut Reader<'_>) -> Self;
}

/// Implements [`Packed`] for a struct by its fields in order, or for an enum by
/// its variants, each with a number of its own; 0 is one that ends with zeros.
/// The compiler refuses a field or variant that is forgotten.
macro_rules! packed {
    (struct $name:ty: $(($($part:ident),*))? $({$($field:ident),* $(,)?})?) => {
        impl crate::packed::Packed for $name {
            fn write(&self, out: &mut crate::packed::Writer) {
                let Self $(($($part),*))? $({$($field),*})? = self;
                $($(crate::packed::Packed::write($part, out);)*)?
                $($(crate::packed::Packed::write($field, out);)*)?
            }

            fn read(input: &mut crate::packed::Reader<'_>) -> Self {
                $($(let $part = crate::packed::Packed::read(input);)*)?
                $($(let $field = crate::packed::Packed::read(input);)*)?
                Self $(($($part),*))? $({$($field),*})?
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

            fn read(input: &mut crate::packed::Reader<'_>) -> Self {
                match input.byte() {
                    $($tag => {
                        $($(let $part = crate::packed::Packed::read(input);)*)?
                        $($(let $field = crate::packed::Packed::read(input);)*)?
                        Self::$variant $(($($part),*))? $({$($field),*})?
                    })*
                    _ => {
                        input.damage();
                        Self::read(input)
                    }
                }
            }
        }
    };
}
pub(crate) use packed;

/// Where values are written to.
#[derive(Default)]
pub(crate) struct Writer {
    bytes: Vec<u8>,
    /// How many texts are given, and whether each has been copied.
    given: Vec<bool>,
    /// Those that are not given.
    texts: Vec<Box<str>>,
    /// The numbers of all of them: those given come first.
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
    /// Begins, with texts that whoever reads has as well.
    pub fn new(given: &[&str]) -> Self {
        let known = given.iter().enumerate();
        Self {
            given: vec![false; given.len()],
            known: known.map(|(at, text)| ((*text).into(), at)).collect(),
            ..Self::default()
        }
    }

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
        let known = self.known.get(text).copied();
        let known = known.filter(|at| {
            let short = !copied || text.len() <= LONGEST_COPIED;
            short || self.given.get(*at) == Some(&false)
        });
        let at = match known {
            Some(at) => at,
            None if copied && text.len() > LONGEST_COPIED => {
                self.number((text.len() as u64) << 1 | 1);
                self.bytes.extend_from_slice(text.as_bytes());
                return;
            }
            None => {
                let at = self.given.len() + self.texts.len();
                self.texts.push(text.into());
                self.known.insert(text.into(), at);
                at
            }
        };
        if copied && text.len() > LONGEST_COPIED {
            self.given[at] = true;
        }
        self.number((at as u64) << 1);
    }

    /// Whether a part is met for the first time; else writes where it stands.
    fn first(&mut self, address: usize) -> bool {
        let known = self.shared.get(&address).map_or(0, |at| *at as u64 + 1);
        self.number(known);
        known == 0
    }

    /// Takes down that a part has been written.
    fn share(&mut self, address: usize) {
        self.shared.insert(address, self.shared.len());
    }

    /// Writes the name of a document.
    pub fn name(&mut self, name: &str) {
        self.text(name, false);
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

/// What a document is called, by the name that was written.
pub(crate) type Naming<'n> = &'n dyn Fn(&str) -> Arc<str>;

/// Where values are read from.
pub(crate) struct Reader<'b> {
    rest: &'b [u8],
    damaged: bool,
    /// Whether something is among it that has to be read from text at run time.
    pub dynamic: bool,
    naming: Naming<'b>,
    /// The names of documents that were read, by the numbers of their texts.
    names: Vec<Option<Arc<str>>>,
    texts: Vec<Arc<str>>,
    /// Whether each of those that were given has been copied.
    given: Vec<bool>,
    /// Pointers to the parts that may come again.
    shared: Vec<Box<dyn Any>>,
    depth: usize,
    place: Place,
}

impl<'b> Reader<'b> {
    /// Reads the texts but those that are given.
    pub fn new(bytes: &'b [u8], given: &[&str], naming: Naming<'b>) -> Self {
        let mut reader = Self {
            rest: bytes,
            damaged: false,
            dynamic: false,
            naming,
            names: Vec::new(),
            texts: given.iter().map(|text| (*text).into()).collect(),
            given: vec![false; given.len()],
            shared: Vec::new(),
            depth: 0,
            place: Place::default(),
        };
        for _ in 0..reader.count() {
            let length = reader.count();
            let text = reader.plain(length);
            reader.texts.push(text.into());
        }
        reader.names.resize(reader.texts.len(), None);
        reader
    }

    /// Whether all has been read, and nothing was wrong with it.
    pub fn is_whole(&self) -> bool {
        self.rest.is_empty() && !self.damaged
    }

    /// Takes down that the bytes are not what was written.
    #[cold]
    pub fn damage(&mut self) {
        self.damaged = true;
        self.rest = &[];
    }

    /// Reads one byte.
    pub fn byte(&mut self) -> u8 {
        match self.rest.split_first() {
            Some((byte, rest)) => {
                self.rest = rest;
                *byte
            }
            None => {
                self.damage();
                0
            }
        }
    }

    /// Reads a number.
    pub fn number(&mut self) -> u64 {
        let mut number = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte();
            let bits = u64::from(byte & 0x7F);
            number |= bits << shift;
            if bits << shift >> shift != bits {
                break;
            }
            if byte < 0x80 {
                return number;
            }
        }
        self.damage();
        0
    }

    /// Reads a number that is below another.
    fn below(&mut self, limit: u64) -> usize {
        let number = self.number();
        if number >= limit {
            self.damage();
            return 0;
        }
        number as usize
    }

    /// Reads how many follow: no more than there are bytes.
    fn count(&mut self) -> usize {
        let count = self.number();
        if count > self.rest.len() as u64 {
            self.damage();
            return 0;
        }
        count as usize
    }

    /// Goes deeper, until [`Reader::close`].
    pub fn open(&mut self) {
        self.depth += 1;
        if self.depth > DEEPEST {
            self.damage();
        }
    }

    /// Comes back from there.
    pub fn close(&mut self) {
        self.depth -= 1;
    }

    /// Begins a list: how many items it has.
    fn begin_list(&mut self) -> usize {
        self.open();
        self.count()
    }

    /// Whether one more item of a list follows; else the list is at its end.
    #[inline(never)]
    fn more(&mut self, left: &mut usize) -> bool {
        if *left == 0 || self.damaged {
            self.close();
            return false;
        }
        *left -= 1;
        true
    }

    /// Reads a text of that many bytes.
    fn plain(&mut self, length: usize) -> &'b str {
        let found = self.rest.split_at_checked(length);
        let found = found.and_then(|(text, rest)| Some((std::str::from_utf8(text).ok()?, rest)));
        let Some((text, rest)) = found else {
            self.damage();
            return "";
        };
        self.rest = rest;
        text
    }

    /// Reads which of the texts comes.
    fn which(&mut self) -> Option<usize> {
        let number = self.number();
        let at = (number >> 1) as usize;
        if number & 1 == 0 && at < self.texts.len() {
            return Some(at);
        }
        self.damage();
        None
    }

    /// Reads a text that others share.
    fn shared_text(&mut self) -> Arc<str> {
        let at = self.which();
        at.map_or_else(Arc::default, |at| self.texts[at].clone())
    }

    /// Reads the name of a document.
    pub fn name(&mut self) -> Arc<str> {
        let Some(at) = self.which() else {
            return Arc::default();
        };
        let Self {
            naming,
            names,
            texts,
            ..
        } = self;
        let name = names[at].get_or_insert_with(|| naming(&texts[at]));
        name.clone()
    }

    /// Reads a text to be copied.
    fn text(&mut self) -> String {
        let number = self.number();
        let length = (number >> 1) as usize;
        if number & 1 == 1 {
            return self.plain(length).to_owned();
        }
        match (self.texts.get(length), self.given.get_mut(length)) {
            (Some(text), _) if text.len() <= LONGEST_COPIED => text.to_string(),
            (Some(text), Some(copied @ false)) => {
                *copied = true;
                text.to_string()
            }
            _ => {
                self.damage();
                String::new()
            }
        }
    }

    /// A part that has been read before, where one of them comes.
    fn shared<P: Clone + 'static>(&mut self) -> Option<P> {
        let known = self.shared.len() as u64;
        let at = self.below(known + 1).checked_sub(1)?;
        let part = self.shared[at].downcast_ref().cloned();
        if part.is_none() {
            self.damage();
        }
        part
    }

    /// Takes down that a part has been read.
    fn share(&mut self, part: impl Any) {
        self.shared.push(Box::new(part));
    }

    fn pointer(&mut self) -> String {
        let same = self.below(LONGEST_KEPT as u64 + 1);
        let more = self.text();
        match self.place.pointer.get(..same) {
            Some(kept) => self.place.pointer = format!("{kept}{more}"),
            None => self.damage(),
        }
        self.place.pointer.clone()
    }
}
