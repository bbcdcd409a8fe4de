//! A JSON reader that feeds the tree.

use super::builder::{Builder, Scalar, Stop};
use super::error::DocumentErrorKind;
use super::tree::Place;
use crate::number;

/// Reads a whole JSON text: RFC 8259, strictly, without recursion.
pub(super) fn read(text: &str, builder: &mut Builder) -> Result<(), Stop> {
    let mut reader = Reader {
        text,
        at: 0,
        line: 1,
        line_start: 0,
        counted: (0, 0),
        scratch: String::new(),
    };
    reader.blanks();
    if reader.at == text.len() {
        return Ok(());
    }
    reader.document(builder)
}

struct Reader<'a> {
    text: &'a str,
    /// The next byte.
    at: usize,
    line: u32,
    /// Where the line begins.
    line_start: usize,
    /// A byte of this line up to which the characters have been counted, and how many.
    counted: (usize, u32),
    scratch: String,
}

/// What may come next.
#[derive(Clone, Copy, PartialEq)]
enum Next {
    Value,
    /// A value, or the end of the array.
    FirstItem,
    Key,
    /// A key, or the end of the object.
    FirstKey,
    /// A comma, or the end of the container.
    Comma,
}

impl Reader<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    fn blanks(&mut self) {
        while let Some(byte) = self.peek() {
            match byte {
                b'\n' => {
                    self.line += 1;
                    self.line_start = self.at + 1;
                    self.counted = (self.at + 1, 0);
                }
                b' ' | b'\t' | b'\r' => {}
                _ => return,
            }
            self.at += 1;
        }
    }

    /// The place of what lies between `start` and the next byte.
    fn place(&mut self, start: usize) -> Place {
        let column = self.column(start);
        let length = self.column(self.at) - column;
        Place {
            line: self.line,
            column,
            length: length.max(1),
        }
    }

    /// The column of a byte of this line.
    fn column(&mut self, byte: usize) -> u32 {
        let (from, count) = if self.counted.0 <= byte {
            self.counted
        } else {
            (self.line_start, 0)
        };
        let between = self.text.get(from..byte).unwrap_or_default();
        let count = count + between.chars().count() as u32;
        self.counted = (byte, count);
        count + 1
    }

    fn fail(&mut self, builder: &Builder, start: usize, reason: &str) -> Stop {
        let mut place = self.place(start.min(self.at));
        place.length = place.length.max(1);
        builder.stop(place, DocumentErrorKind::Syntax, &["JSON", reason])
    }

    fn unexpected(&mut self, builder: &Builder, wanted: &str) -> Stop {
        let found = match self
            .text
            .get(self.at..)
            .and_then(|rest| rest.chars().next())
        {
            None => "the text ends".to_owned(),
            Some(c) if c.is_control() => format!("U+{:04X} stands", u32::from(c)),
            Some(c) => format!("`{c}` stands"),
        };
        self.fail(
            builder,
            self.at,
            &format!("{found} where {wanted} is expected"),
        )
    }

    fn document(&mut self, builder: &mut Builder) -> Result<(), Stop> {
        let mut objects: Vec<bool> = Vec::new();
        let mut next = Next::Value;
        loop {
            self.blanks();
            next = match next {
                Next::Value | Next::FirstItem => {
                    if next == Next::FirstItem && self.peek() == Some(b']') {
                        self.end(builder, &mut objects)?
                    } else {
                        self.value(builder, &mut objects)?
                    }
                }
                Next::FirstKey if self.peek() == Some(b'}') => self.end(builder, &mut objects)?,
                Next::FirstKey | Next::Key => {
                    self.key(builder)?;
                    Next::Value
                }
                Next::Comma => {
                    let object = objects.last().copied().unwrap_or(false);
                    match self.peek() {
                        Some(b',') => {
                            self.at += 1;
                            if object { Next::Key } else { Next::Value }
                        }
                        Some(b'}') if object => self.end(builder, &mut objects)?,
                        Some(b']') if !object => self.end(builder, &mut objects)?,
                        _ if object => return Err(self.unexpected(builder, "`,` or `}`")),
                        _ => return Err(self.unexpected(builder, "`,` or `]`")),
                    }
                }
            };
            if objects.is_empty() {
                self.blanks();
                return match self.peek() {
                    None => Ok(()),
                    Some(_) => Err(self.unexpected(builder, "the end of the text")),
                };
            }
        }
    }

    fn end(&mut self, builder: &mut Builder, objects: &mut Vec<bool>) -> Result<Next, Stop> {
        self.at += 1;
        objects.pop();
        builder.close()?;
        Ok(Next::Comma)
    }

    fn value(&mut self, builder: &mut Builder, objects: &mut Vec<bool>) -> Result<Next, Stop> {
        let start = self.at;
        match self.peek() {
            Some(byte @ (b'{' | b'[')) => {
                self.at += 1;
                let place = self.place(start);
                builder.open(byte == b'{', place)?;
                objects.push(byte == b'{');
                return Ok(if byte == b'{' {
                    Next::FirstKey
                } else {
                    Next::FirstItem
                });
            }
            Some(b'"') => {
                let mut text = std::mem::take(&mut self.scratch);
                let plain = self.string(builder, &mut text)?;
                let place = self.place(start);
                let text_of = self.text;
                let read = match plain {
                    Some((from, to)) => text_of.get(from..to).unwrap_or_default(),
                    None => &text,
                };
                builder.scalar(Scalar::String(read), place)?;
                self.scratch = text;
            }
            Some(b'-' | b'0'..=b'9') => {
                let number = self.number(builder)?;
                let place = self.place(start);
                builder.scalar(Scalar::Number(number), place)?;
            }
            Some(b'a'..=b'z' | b'A'..=b'Z') => {
                let scalar = self.word(builder)?;
                let place = self.place(start);
                builder.scalar(scalar, place)?;
            }
            _ => return Err(self.unexpected(builder, "a value")),
        }
        Ok(Next::Comma)
    }

    fn key(&mut self, builder: &mut Builder) -> Result<(), Stop> {
        if self.peek() != Some(b'"') {
            return Err(self.unexpected(builder, "a key in double quotes"));
        }
        let start = self.at;
        let mut text = std::mem::take(&mut self.scratch);
        let plain = self.string(builder, &mut text)?;
        let place = self.place(start);
        match plain {
            Some((from, to)) => builder.key(self.text.get(from..to).unwrap_or_default(), place),
            None => builder.key(&text, place),
        }
        self.scratch = text;
        self.blanks();
        if self.peek() != Some(b':') {
            return Err(self.unexpected(builder, "`:`"));
        }
        self.at += 1;
        Ok(())
    }

    fn word(&mut self, builder: &Builder) -> Result<Scalar<'static>, Stop> {
        let start = self.at;
        while matches!(
            self.peek(),
            Some(b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_')
        ) {
            self.at += 1;
        }
        match self.text.get(start..self.at) {
            Some("null") => Ok(Scalar::Null),
            Some("true") => Ok(Scalar::Bool(true)),
            Some("false") => Ok(Scalar::Bool(false)),
            word => {
                let word: String = word.unwrap_or_default().chars().take(40).collect();
                Err(self.fail(
                    builder,
                    start,
                    &format!("`{word}` is neither `true`, `false` nor `null`"),
                ))
            }
        }
    }

    fn number(&mut self, builder: &Builder) -> Result<serde_json::Number, Stop> {
        let start = self.at;
        while matches!(
            self.peek(),
            Some(b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E')
        ) {
            self.at += 1;
        }
        let text = self.text.get(start..self.at).unwrap_or_default();
        match number::parse(text) {
            Some(number) => Ok(number),
            None => Err(self.fail(builder, start, "this number is malformed")),
        }
    }

    /// Reads a string: where its text stands if it has no escapes, else it is put
    /// into `out`.
    fn string(
        &mut self,
        builder: &Builder,
        out: &mut String,
    ) -> Result<Option<(usize, usize)>, Stop> {
        out.clear();
        let quote = self.at;
        self.at += 1;
        let mut from = self.at;
        let mut escaped = false;
        loop {
            match self.peek() {
                None | Some(b'\n' | b'\r') => {
                    return Err(self.fail(builder, quote, "this string is not closed"));
                }
                Some(b'"') => {
                    let to = self.at;
                    self.at += 1;
                    if !escaped {
                        return Ok(Some((from, to)));
                    }
                    out.push_str(self.text.get(from..to).unwrap_or_default());
                    return Ok(None);
                }
                Some(b'\\') => {
                    escaped = true;
                    out.push_str(self.text.get(from..self.at).unwrap_or_default());
                    let c = self.escape(builder)?;
                    out.push(c);
                    from = self.at;
                }
                Some(byte) if byte < 0x20 => {
                    return Err(self.fail(
                        builder,
                        self.at,
                        &format!("the control character U+{byte:04X} has to be escaped"),
                    ));
                }
                Some(_) => self.at += 1,
            }
        }
    }

    fn escape(&mut self, builder: &Builder) -> Result<char, Stop> {
        let start = self.at;
        self.at += 1;
        let byte = self.peek();
        self.at += usize::from(byte.is_some_and(|byte| byte.is_ascii()));
        Ok(match byte {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'n') => '\n',
            Some(b'r') => '\r',
            Some(b't') => '\t',
            Some(b'u') => return self.unicode(builder, start),
            _ => return Err(self.fail(builder, start, "there is no such escape")),
        })
    }

    fn unicode(&mut self, builder: &Builder, start: usize) -> Result<char, Stop> {
        const LONE: &str = "half a surrogate pair is no character";
        let Some(first) = self.hex() else {
            return Err(self.fail(builder, start, "`\\u` needs four hexadecimal digits"));
        };
        let code = match first {
            0xD800..=0xDBFF => {
                let escape = self.text.as_bytes().get(self.at..self.at + 2);
                if escape != Some(b"\\u") {
                    return Err(self.fail(builder, start, LONE));
                }
                self.at += 2;
                match self.hex() {
                    Some(second @ 0xDC00..=0xDFFF) => {
                        0x10000 + ((first - 0xD800) << 10) + (second - 0xDC00)
                    }
                    _ => return Err(self.fail(builder, start, LONE)),
                }
            }
            code => code,
        };
        match char::from_u32(code) {
            Some(c) => Ok(c),
            None => Err(self.fail(builder, start, LONE)),
        }
    }

    fn hex(&mut self) -> Option<u32> {
        let digits = self.text.get(self.at..self.at + 4)?;
        if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return None;
        }
        self.at += 4;
        u32::from_str_radix(digits, 16).ok()
    }
}
