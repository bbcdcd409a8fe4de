//! Reads the classes and escapes of a pattern.

use super::PatternError;
use super::classes::{CharSet, short_name};
use super::engine::Assertion;
use super::translate::{BACK_REFERENCE, Dialect, NOT_I_REGEXP, Translator};
use crate::text::{cut, find};

/// What an escape stands for.
pub(super) enum Escape {
    Code(u32),
    Set(CharSet),
    Assertion(Assertion),
}

impl Translator<'_> {
    /// Reads what follows `[`.
    pub(super) fn class(&mut self, start: usize) -> Option<()> {
        let negated = self.eat("^");
        let first = self.at;
        let mut set = CharSet::default();
        loop {
            let at = self.at;
            let Some(c) = self.next() else {
                return self.syntax(start, "a class is not closed: `]` is missing");
            };
            let low = match c {
                ']' if self.strict() && at == first => {
                    return self.syntax(start, "a class is empty");
                }
                ']' => return self.set(set, negated),
                '[' if self.strict() => return self.syntax(at, NOT_I_REGEXP),
                '[' if self.dialect == Dialect::Criterion && self.rest().starts_with(':') => {
                    return self.unsupported(
                        at,
                        "named classes are not supported: write `a-z`, `0-9` and so on",
                    );
                }
                '-' if self.strict() && at != first && self.peek() != Some(']') => {
                    return self.syntax(at, NOT_I_REGEXP);
                }
                _ => self.member(at, c)?,
            };
            match low {
                Escape::Code(low) => self.range(at, low, &mut set)?,
                Escape::Set(inner) => set.add_all(&inner),
                Escape::Assertion(_) => return self.syntax(at, "a class holds no assertion"),
            }
        }
    }

    fn member(&mut self, at: usize, c: char) -> Option<Escape> {
        match c {
            '\\' => self.escape(at, true),
            _ => Some(Escape::Code(c.into())),
        }
    }

    /// Adds one character, or the range that begins with it.
    fn range(&mut self, at: usize, low: u32, set: &mut CharSet) -> Option<()> {
        let mut ahead = self.rest().chars();
        let is_range = ahead.next() == Some('-') && ahead.next().is_some_and(|c| c != ']');
        if !is_range || (self.strict() && low == u32::from('-') && self.text[at..].starts_with('-'))
        {
            set.add(low, low);
            return Some(());
        }
        self.at += 1;
        let at_high = self.at;
        let Some(c) = self.next() else {
            return Some(());
        };
        if self.strict() && matches!(c, '[' | '-') {
            return self.syntax(at_high, NOT_I_REGEXP);
        }
        match self.member(at_high, c)? {
            Escape::Code(high) if high < low => self.syntax(at, "the range ends before it begins"),
            Escape::Code(high) => {
                set.add(low, high);
                Some(())
            }
            // As in `[\w-.]`, the dash stands for itself.
            Escape::Set(inner) if !self.strict() => {
                set.add(low, low);
                set.add('-'.into(), '-'.into());
                set.add_all(&inner);
                Some(())
            }
            _ => self.syntax(at, "the range has no end"),
        }
    }

    /// Reads what follows a backslash.
    pub(super) fn escape(&mut self, start: usize, in_class: bool) -> Option<Escape> {
        let Some(c) = self.next() else {
            return self.syntax(start, "a `\\` stands at the end");
        };
        if self.strict()
            && !matches!(c, '('..='+' | '-' | '.' | '?' | '['..='^' | 'n' | 'r' | 't' | '{'..='}' | 'p' | 'P')
        {
            return self.syntax(start, NOT_I_REGEXP);
        }
        Some(match c {
            'd' | 'D' | 's' | 'S' | 'w' | 'W' => Escape::Set(CharSet::perl(c)),
            'n' => Escape::Code(0x0A),
            'r' => Escape::Code(0x0D),
            't' => Escape::Code(0x09),
            'f' => Escape::Code(0x0C),
            'v' => Escape::Code(0x0B),
            'b' if in_class => Escape::Code(0x08),
            'b' => Escape::Assertion(Assertion::WordEdge),
            'B' => Escape::Assertion(Assertion::NoWordEdge),
            'A' if self.dialect == Dialect::Criterion => Escape::Assertion(Assertion::Start),
            'z' if self.dialect == Dialect::Criterion => Escape::Assertion(Assertion::End),
            'x' => Escape::Code(self.hex(start, 2)?),
            'u' => Escape::Code(self.code_point(start)?),
            'c' => match self.next() {
                Some(letter) if letter.is_ascii_alphabetic() => {
                    Escape::Code(u32::from(letter) % 32)
                }
                _ => return self.syntax(start, "a letter follows `\\c`"),
            },
            'p' | 'P' => Escape::Set(self.property(start)?.opposite_if(c == 'P')),
            '0' if !self.peek().is_some_and(|c| c.is_ascii_digit()) => Escape::Code(0),
            '0'..='9' | 'k' => {
                return self.unsupported(start, BACK_REFERENCE);
            }
            _ if c.is_ascii() && !c.is_ascii_alphanumeric() => Escape::Code(c.into()),
            _ => return self.syntax(start, "this escape means nothing"),
        })
    }

    fn hex(&mut self, start: usize, digits: usize) -> Option<u32> {
        let text = self.rest().get(..digits).unwrap_or_default();
        if text.is_empty() || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
            return self.syntax(start, "hexadecimal digits are missing");
        }
        self.at += digits;
        let mut code: u32 = 0;
        for digit in text.chars().filter_map(|c| c.to_digit(16)) {
            if code > u32::MAX / 16 {
                return self.syntax(start, "this is not a code point");
            }
            code = code * 16 + digit;
        }
        Some(code)
    }

    /// Reads what follows `\u`: `{…}`, four digits, or a pair of surrogates.
    fn code_point(&mut self, start: usize) -> Option<u32> {
        if self.eat("{") {
            let digits = find(self.rest(), b'}').unwrap_or_default();
            let code = self.hex(start, digits)?;
            self.at += 1;
            return if code <= 0x10_FFFF {
                Some(code)
            } else {
                self.syntax(start, "this is not a code point")
            };
        }
        let high = self.hex(start, 4)?;
        let back = self.at;
        if (0xD800..0xDC00).contains(&high) && self.eat("\\u") {
            if let Some(low @ 0xDC00..0xE000) = self.hex(start, 4) {
                return Some(0x1_0000 + ((high - 0xD800) << 10) + (low - 0xDC00));
            }
            self.at = back;
        }
        Some(high)
    }

    /// Reads what follows `\p` or `\P`.
    fn property(&mut self, start: usize) -> Option<CharSet> {
        let inner = self.rest().strip_prefix('{');
        let Some((name, _)) = inner.and_then(|inner| cut(inner, b'}')) else {
            return self.syntax(start, "a category in braces follows, such as `\\p{Lu}`");
        };
        self.at += name.len() + 2;
        let short = if self.strict() {
            name
        } else {
            short_name(name)
        };
        let allowed = !self.strict() || (name.len() <= 2 && !matches!(name, "Cs" | "LC"));
        let set = CharSet::property(short).filter(|_| allowed);
        if set.is_none() {
            return self.wrong(PatternError::UnknownProperty {
                offset: start,
                name: name.into(),
            });
        }
        set
    }
}
