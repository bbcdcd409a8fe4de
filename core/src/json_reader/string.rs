//! Strings of JSON texts: passed first, unescaped when they are wanted.

use std::borrow::Cow;

use super::{Fault, Reader};

/// A string that was passed: where its text is, and whether it has escapes.
pub(crate) struct Passed {
    start: usize,
    end: usize,
    escaped: bool,
}

impl<'t> Reader<'t> {
    /// Passes a string.
    pub(super) fn string(&mut self) -> Option<Passed> {
        let start = self.at + 1;
        let mut escaped = false;
        self.at = start;
        loop {
            self.at += plain(&self.text.as_bytes()[self.at..]);
            match self.byte()? {
                b'"' => break,
                b'\\' => {
                    escaped = true;
                    self.escape()?;
                }
                _ => return self.wrong(Fault::ControlCharacter),
            }
        }
        let end = self.at;
        self.at += 1;
        Some(Passed {
            start,
            end,
            escaped,
        })
    }

    /// The text of a string that was passed.
    #[inline]
    pub(crate) fn text(&self, passed: &Passed) -> Option<Cow<'t, str>> {
        let raw = &self.text[passed.start..passed.end];
        match passed.escaped {
            false => Some(Cow::Borrowed(raw)),
            true => Self::unescaped(raw).map(Cow::Owned),
        }
    }

    fn unescaped(raw: &str) -> Option<String> {
        let mut text = String::with_capacity(raw.len());
        let mut inner = Reader::new(raw, 0);
        while inner.at < raw.len() {
            let from = inner.at;
            inner.at += plain(&raw.as_bytes()[from..]);
            text.push_str(&raw[from..inner.at]);
            if inner.at < raw.len() {
                text.push(inner.escape()?);
            }
        }
        Some(text)
    }

    /// Passes a backslash and what follows: the character that they stand for.
    fn escape(&mut self) -> Option<char> {
        self.at += 1;
        let c = match self.byte()? {
            c @ (b'"' | b'\\' | b'/') => char::from(c),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => self.code_point()?,
            _ => return self.wrong(Fault::NoEscape),
        };
        self.at += 1;
        Some(c)
    }

    /// Passes what follows `\u` but for the last digit: one code unit, or two of a pair.
    fn code_point(&mut self) -> Option<char> {
        let mut code = self.hex()?;
        if (0xD800..0xDC00).contains(&code) {
            for expected in [b'\\', b'u'] {
                self.at += 1;
                if self.byte()? != expected {
                    return self.wrong(Fault::HalfPair);
                }
            }
            let low = self.hex()?;
            if !(0xDC00..0xE000).contains(&low) {
                return self.wrong(Fault::LoneSurrogate);
            }
            code = 0x1_0000 + ((code - 0xD800) << 10) + (low - 0xDC00);
        }
        match char::from_u32(code) {
            Some(c) => Some(c),
            None => self.wrong(Fault::LoneSurrogate),
        }
    }

    /// Passes all but the last of four hexadecimal digits, after the byte here.
    fn hex(&mut self) -> Option<u32> {
        let digits = self.text.as_bytes().get(self.at + 1..self.at + 5)?;
        self.at += 4;
        let mut code = 0;
        for digit in digits {
            match char::from(*digit).to_digit(16) {
                Some(digit) => code = code << 4 | digit,
                None => return self.wrong(Fault::NoEscape),
            }
        }
        Some(code)
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
