//! JSON text to a value with its wanted parts alone.

use serde::Deserialize as _;
use serde_json::{Map, Value};

use super::parts::Parts;

/// How deep a text may be nested that is read here.
const DEEPEST: usize = 128;

/// Reads the wanted parts of a JSON text; the whole of it is checked.
///
/// `None` where the text is anything but plainly right: it is for
/// [`parse_json`](super::parse_json) to read it, or to say what is wrong.
pub(super) fn read(text: &str, parts: &Parts, max_depth: usize) -> Option<Value> {
    let mut reader = Reader {
        text,
        bytes: text.as_bytes(),
        at: 0,
        depth: 0,
        deepest: max_depth.min(DEEPEST),
    };
    let value = reader.value(parts)?;
    reader.blanks();
    (reader.at == text.len()).then_some(value)
}

struct Reader<'t> {
    text: &'t str,
    bytes: &'t [u8],
    at: usize,
    depth: usize,
    deepest: usize,
}

/// A string that was passed: where its text is, and whether it has escapes.
struct Passed {
    start: usize,
    end: usize,
    escaped: bool,
}

impl<'t> Reader<'t> {
    /// Reads a value, as far as it is wanted. One that is neither object nor array
    /// is read in any case.
    fn value(&mut self, parts: &Parts) -> Option<Value> {
        let start = self.next()?;
        match self.bytes[start] {
            b'{' if !parts.is_whole() => self.object(parts),
            b'[' if !parts.is_whole() => self.array(parts),
            b'"' => {
                let passed = self.string()?;
                if passed.escaped {
                    return serde_json::from_str(&self.text[start..self.at]).ok();
                }
                Some(Value::String(
                    self.text[passed.start..passed.end].to_owned(),
                ))
            }
            b't' => self.word(b"true").map(|()| Value::Bool(true)),
            b'f' => self.word(b"false").map(|()| Value::Bool(false)),
            b'n' => self.word(b"null").map(|()| Value::Null),
            _ => {
                self.skip()?;
                let mut reader = serde_json::Deserializer::from_str(&self.text[start..self.at]);
                // What was passed is not nested too deep.
                reader.disable_recursion_limit();
                Value::deserialize(&mut reader).ok()
            }
        }
    }

    fn object(&mut self, parts: &Parts) -> Option<Value> {
        let mut members = Map::with_capacity(parts.named());
        self.open()?;
        if self.next()? == self.at && self.bytes[self.at] == b'}' {
            self.close();
            return Some(Value::Object(members));
        }
        loop {
            self.next()?;
            let start = self.at;
            let passed = self.string()?;
            let end = self.at;
            self.colon()?;
            let decoded: String;
            let name = if passed.escaped {
                decoded = serde_json::from_str(&self.text[start..end]).ok()?;
                decoded.as_str()
            } else {
                &self.text[passed.start..passed.end]
            };
            match parts.of_member(name) {
                Some(parts) => {
                    let value = self.value(parts)?;
                    members.insert(name.to_owned(), value);
                }
                None => self.skip()?,
            }
            self.next()?;
            match self.bytes[self.at] {
                b',' => self.at += 1,
                b'}' => break,
                _ => return None,
            }
        }
        self.close();
        Some(Value::Object(members))
    }

    fn array(&mut self, parts: &Parts) -> Option<Value> {
        let mut items = Vec::new();
        self.open()?;
        self.next()?;
        if self.bytes[self.at] == b']' {
            self.close();
            return Some(Value::Array(items));
        }
        for at in 0.. {
            match parts.of_element(at) {
                Some(parts) => {
                    let value = self.value(parts)?;
                    // Those before it that nobody looks at.
                    items.resize(at, Value::Null);
                    items.push(value);
                }
                None => self.skip()?,
            }
            self.next()?;
            match self.bytes[self.at] {
                b',' => self.at += 1,
                b']' => break,
                _ => return None,
            }
        }
        self.close();
        Some(Value::Array(items))
    }

    fn open(&mut self) -> Option<()> {
        self.at += 1;
        self.depth += 1;
        (self.depth <= self.deepest).then_some(())
    }

    fn close(&mut self) {
        self.at += 1;
        self.depth -= 1;
    }

    /// Passes a value without recursion and checks it.
    fn skip(&mut self) -> Option<()> {
        // The arrays (0) and objects (1) that are open, the innermost last.
        let (mut open, mut levels) = (0_u128, 0_usize);
        'value: loop {
            self.next()?;
            match self.bytes[self.at] {
                bracket @ (b'{' | b'[') => {
                    self.at += 1;
                    levels += 1;
                    if self.depth + levels > self.deepest {
                        return None;
                    }
                    let object = bracket == b'{';
                    open = open << 1 | u128::from(object);
                    self.next()?;
                    match (self.bytes[self.at], object) {
                        (b'}', true) | (b']', false) => {}
                        (_, true) => {
                            self.name()?;
                            continue 'value;
                        }
                        (_, false) => continue 'value,
                    }
                }
                b'"' => {
                    self.string()?;
                }
                b't' => self.word(b"true")?,
                b'f' => self.word(b"false")?,
                b'n' => self.word(b"null")?,
                _ => self.number()?,
            }
            while levels > 0 {
                self.next()?;
                match (self.bytes[self.at], open & 1 == 1) {
                    (b',', object) => {
                        self.at += 1;
                        if object {
                            self.next()?;
                            self.name()?;
                        }
                        continue 'value;
                    }
                    (b'}', true) | (b']', false) => {
                        self.at += 1;
                        open >>= 1;
                        levels -= 1;
                    }
                    _ => return None,
                }
            }
            return Some(());
        }
    }

    /// Passes a member's name and the colon after it.
    fn name(&mut self) -> Option<()> {
        self.string()?;
        self.colon()
    }

    fn colon(&mut self) -> Option<()> {
        self.next()?;
        let colon = self.bytes[self.at] == b':';
        self.at += 1;
        colon.then_some(())
    }

    /// Passes a string. One that may hold half a character is not for this reader.
    fn string(&mut self) -> Option<Passed> {
        if self.bytes.get(self.at) != Some(&b'"') {
            return None;
        }
        let start = self.at + 1;
        let (mut at, mut escaped) = (start, false);
        loop {
            at += plain(self.bytes.get(at..)?);
            match self.bytes.get(at)? {
                b'"' => break,
                b'\\' => {
                    escaped = true;
                    match self.bytes.get(at + 1)? {
                        b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => at += 2,
                        b'u' => {
                            let digits = self.bytes.get(at + 2..at + 6)?;
                            let surrogate = matches!(digits, [b'd' | b'D', b'8'..=b'f', ..]);
                            if surrogate || !digits.iter().all(u8::is_ascii_hexdigit) {
                                return None;
                            }
                            at += 6;
                        }
                        _ => return None,
                    }
                }
                _ => return None,
            }
        }
        self.at = at + 1;
        Some(Passed {
            start,
            end: at,
            escaped,
        })
    }

    /// Passes a number: RFC 8259, section 6.
    fn number(&mut self) -> Option<()> {
        if self.bytes.get(self.at) == Some(&b'-') {
            self.at += 1;
        }
        match self.bytes.get(self.at)? {
            b'0' => self.at += 1,
            b'1'..=b'9' => self.digits()?,
            _ => return None,
        }
        if self.bytes.get(self.at) == Some(&b'.') {
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.bytes.get(self.at), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.bytes.get(self.at), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits()?;
        }
        Some(())
    }

    fn digits(&mut self) -> Option<()> {
        let rest = &self.bytes[self.at..];
        let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        self.at += digits;
        (digits > 0).then_some(())
    }

    fn word(&mut self, word: &[u8]) -> Option<()> {
        let found = self.bytes[self.at..].starts_with(word);
        self.at += word.len();
        found.then_some(())
    }

    fn blanks(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.bytes.get(self.at) {
            self.at += 1;
        }
    }

    /// Where the next byte is that is not blank.
    fn next(&mut self) -> Option<usize> {
        self.blanks();
        (self.at < self.bytes.len()).then_some(self.at)
    }
}

/// How many bytes a string goes on for before a quote, a backslash or a byte that
/// no string has, eight at a time.
fn plain(bytes: &[u8]) -> usize {
    const ONES: u64 = u64::MAX / 255;
    const TOPS: u64 = ONES << 7;
    let without = |word: u64, byte: u8| {
        let same = word ^ (ONES * u64::from(byte));
        same.wrapping_sub(ONES) & !same
    };
    let mut passed = 0;
    while let Some(chunk) = bytes.get(passed..).and_then(<[u8]>::first_chunk::<8>) {
        let word = u64::from_le_bytes(*chunk);
        let controls = word.wrapping_sub(ONES * 0x20) & !word;
        let found = (controls | without(word, b'"') | without(word, b'\\')) & TOPS;
        if found != 0 {
            return passed + found.trailing_zeros() as usize / 8;
        }
        passed += 8;
    }
    let rest = bytes[passed..].iter();
    let is_plain = |byte: &&u8| !matches!(byte, b'"' | b'\\' | 0..0x20);
    passed + rest.take_while(is_plain).count()
}
