//! JSON text, read strictly by RFC 8259.
//!
//! One reader serves all: it makes a value, or passes one and only checks it,
//! without recursion. Where a text is wrong it says so in `serde_json`'s words.

mod string;

use serde_json::{Map, Number, Value};

use self::string::Passed;

/// Texts that documents and payloads hold may be nested so deeply.
pub const DEEPEST: usize = 128;

/// Why a text is not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    TooDeep,
    Ends,
    NoValue,
    NoIdent,
    NoNumber,
    NoName,
    NoColon,
    NoArrayComma,
    NoObjectComma,
    TrailingComma,
    TrailingCharacters,
    ControlCharacter,
    NoEscape,
    HalfPair,
    LoneSurrogate,
    NoUnicode,
}

impl Fault {
    /// What is wrong, in serde_json's words.
    pub fn reason(self) -> &'static str {
        match self {
            Self::TooDeep => "recursion limit exceeded",
            Self::Ends => "EOF while parsing a value",
            Self::NoValue => "expected value",
            Self::NoIdent => "expected ident",
            Self::NoNumber => "invalid number",
            Self::NoName => "key must be a string",
            Self::NoColon => "expected `:`",
            Self::NoArrayComma => "expected `,` or `]`",
            Self::NoObjectComma => "expected `,` or `}`",
            Self::TrailingComma => "trailing comma",
            Self::TrailingCharacters => "trailing characters",
            Self::ControlCharacter => {
                "control character (\\u0000-\\u001F) found while parsing a string"
            }
            Self::NoEscape => "invalid escape",
            Self::HalfPair => "unexpected end of hex escape",
            Self::LoneSurrogate => "lone leading surrogate in hex escape",
            Self::NoUnicode => "invalid unicode code point",
        }
    }
}

/// Reads a text with one value, nested no deeper than said.
///
/// # Errors
/// What is wrong, and at which byte.
pub fn parse(text: &[u8], max_depth: usize) -> Result<Value, (Fault, usize)> {
    let read = |text| {
        let mut reader = Reader::new(text, max_depth);
        reader.document().ok_or((reader.fault, reader.at))
    };
    match std::str::from_utf8(text) {
        Ok(text) => read(text),
        // What is wrong before that comes first.
        Err(error) => {
            let (valid, _) = text.split_at(error.valid_up_to());
            match std::str::from_utf8(valid).map(read) {
                Ok(Err(wrong @ (fault, _))) if fault != Fault::Ends => Err(wrong),
                _ => Err((Fault::NoUnicode, valid.len())),
            }
        }
    }
}

/// A text with one value, nested no deeper than [`DEEPEST`]; `None` for anything else.
pub fn value(text: &str) -> Option<Value> {
    Reader::new(text, DEEPEST).document()
}

/// A text with one string; `None` for anything else.
pub fn string(text: &str) -> Option<String> {
    match value(text) {
        Some(Value::String(text)) => Some(text),
        _ => None,
    }
}

/// A text with one number, and nothing else; `None` for anything else.
pub fn number(text: &str) -> Option<Number> {
    let mut reader = Reader::new(text, 0);
    reader.number()?;
    (reader.at == text.len())
        .then(|| passed_number(text))
        .flatten()
}

/// The number of a text that is one.
#[cfg(not(spola_small))]
fn passed_number(text: &str) -> Option<Number> {
    text.parse().ok()
}

/// The same without what reads texts that need not be numbers, which is six kilobytes
/// of a WebAssembly module. It is no public part of `serde_json`: only a build whose
/// lock file says which one it takes may rely on it.
#[cfg(spola_small)]
fn passed_number(text: &str) -> Option<Number> {
    let exponent = text.bytes().position(|byte| matches!(byte, b'e' | b'E'));
    Some(Number::from_string_unchecked(match exponent {
        None => text.to_owned(),
        // Every exponent has a small letter and a sign.
        Some(at) => {
            let (mantissa, power) = (&text[..at], &text[at + 1..]);
            let is_signed = matches!(power.as_bytes().first(), Some(b'+' | b'-'));
            let sign = if is_signed { "" } else { "+" };
            [mantissa, "e", sign, power].concat()
        }
    }))
}

/// How deeply arrays and objects are nested, strings skipped; it stops counting above `limit`.
pub fn depth(text: &[u8], limit: usize) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    let (mut in_string, mut escaped) = (false, false);
    for byte in text {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = in_string,
            b'"' => in_string = !in_string,
            _ if in_string => {}
            b'{' | b'[' => {
                depth += 1;
                deepest = deepest.max(depth);
                if depth > limit {
                    break;
                }
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

/// Reads a text from its beginning.
pub(crate) struct Reader<'t> {
    text: &'t str,
    /// The next byte; after a fault, the one that is wrong.
    pub(crate) at: usize,
    depth: usize,
    deepest: usize,
    /// Why nothing is given, once nothing is.
    fault: Fault,
}

/// An array or object that is being read.
enum Open {
    Array(Vec<Value>),
    /// With the name of the member whose value comes next.
    Object(Map<String, Value>, String),
}

impl<'t> Reader<'t> {
    pub(crate) fn new(text: &'t str, max_depth: usize) -> Self {
        Self {
            text,
            at: 0,
            depth: 0,
            deepest: max_depth,
            fault: Fault::Ends,
        }
    }

    /// Gives nothing, and says why.
    #[cold]
    fn wrong<T>(&mut self, fault: Fault) -> Option<T> {
        self.fault = fault;
        None
    }

    fn document(&mut self) -> Option<Value> {
        let value = self.value()?;
        self.end()?;
        Some(value)
    }

    /// Checks that nothing more follows.
    pub(crate) fn end(&mut self) -> Option<()> {
        match self.next() {
            Some(_) => self.wrong(Fault::TrailingCharacters),
            None => Some(()),
        }
    }

    /// Reads a value.
    pub(crate) fn value(&mut self) -> Option<Value> {
        let mut open: Vec<Open> = Vec::new();
        loop {
            let mut value = match self.next()? {
                b'[' => {
                    if self.opens(b']')? {
                        open.push(Open::Array(Vec::new()));
                        continue;
                    }
                    Value::Array(Vec::new())
                }
                b'{' => {
                    if self.opens(b'}')? {
                        let name = self.name()?;
                        let name = self.text(&name)?.into_owned();
                        open.push(Open::Object(Map::new(), name));
                        self.colon()?;
                        continue;
                    }
                    Value::Object(Map::new())
                }
                _ => self.scalar()?,
            };
            // The value may be the last of its container, and that of its own.
            loop {
                let more = match open.last_mut() {
                    None => return Some(value),
                    Some(Open::Array(items)) => {
                        items.push(value);
                        self.more(b']')?
                    }
                    Some(Open::Object(members, name)) => {
                        members.insert(std::mem::take(name), value);
                        let more = self.more(b'}')?;
                        if more {
                            let next = self.name()?;
                            *name = self.text(&next)?.into_owned();
                            self.colon()?;
                        }
                        more
                    }
                };
                if more {
                    break;
                }
                value = match open.pop() {
                    Some(Open::Object(members, _)) => Value::Object(members),
                    Some(Open::Array(items)) => Value::Array(items),
                    None => Value::Null,
                };
            }
        }
    }

    /// Reads a value that is neither array nor object.
    #[inline]
    pub(crate) fn scalar(&mut self) -> Option<Value> {
        let start = self.at;
        match self.byte()? {
            b'"' => {
                let text = self.string()?;
                Some(Value::String(self.text(&text)?.into_owned()))
            }
            b't' => self.word(b"true").map(|()| Value::Bool(true)),
            b'f' => self.word(b"false").map(|()| Value::Bool(false)),
            b'n' => self.word(b"null").map(|()| Value::Null),
            _ => {
                self.number()?;
                passed_number(&self.text[start..self.at]).map(Value::Number)
            }
        }
    }

    /// Passes a value and checks it.
    pub(crate) fn skip(&mut self) -> Option<()> {
        // The arrays (0) and objects (1) that are open, the innermost last.
        let (mut open, outer) = (0_u128, self.depth);
        'value: loop {
            match self.next()? {
                b'[' => {
                    open <<= 1;
                    if self.opens(b']')? {
                        continue;
                    }
                    open >>= 1;
                }
                b'{' => {
                    open = open << 1 | 1;
                    if self.opens(b'}')? {
                        self.name()?;
                        self.colon()?;
                        continue;
                    }
                    open >>= 1;
                }
                b'"' => {
                    self.string()?;
                }
                b't' => self.word(b"true")?,
                b'f' => self.word(b"false")?,
                b'n' => self.word(b"null")?,
                _ => self.number()?,
            }
            while self.depth > outer {
                if open & 1 == 0 {
                    if self.more(b']')? {
                        continue 'value;
                    }
                } else if self.more(b'}')? {
                    self.name()?;
                    self.colon()?;
                    continue 'value;
                }
                open >>= 1;
            }
            return Some(());
        }
    }

    /// Passes an opening bracket; whether the container holds anything. Of an
    /// empty one, passes the closing bracket too.
    pub(crate) fn opens(&mut self, close: u8) -> Option<bool> {
        if self.depth == self.deepest {
            return self.wrong(Fault::TooDeep);
        }
        self.at += 1;
        if self.next()? == close {
            self.at += 1;
            return Some(false);
        }
        self.depth += 1;
        Some(true)
    }

    /// Passes a comma, or the bracket that closes a container; whether it was a comma.
    pub(crate) fn more(&mut self, close: u8) -> Option<bool> {
        let byte = self.next()?;
        if byte == b',' {
            self.at += 1;
            if self.next()? == close {
                return self.wrong(Fault::TrailingComma);
            }
            return Some(true);
        }
        if byte != close {
            return self.wrong(match close {
                b']' => Fault::NoArrayComma,
                _ => Fault::NoObjectComma,
            });
        }
        self.at += 1;
        self.depth -= 1;
        Some(false)
    }

    /// Passes the name of a member.
    pub(crate) fn name(&mut self) -> Option<Passed> {
        match self.next()? {
            b'"' => self.string(),
            _ => self.wrong(Fault::NoName),
        }
    }

    /// Passes what follows a name.
    pub(crate) fn colon(&mut self) -> Option<()> {
        match self.next()? {
            b':' => self.at += 1,
            _ => return self.wrong(Fault::NoColon),
        }
        Some(())
    }

    /// Passes a number: RFC 8259, section 6.
    fn number(&mut self) -> Option<()> {
        match self.byte()? {
            b'-' => self.at += 1,
            b'0'..=b'9' => {}
            _ => return self.wrong(Fault::NoValue),
        }
        let zero = self.byte()? == b'0';
        let start = self.at;
        self.digits()?;
        if zero && self.at > start + 1 {
            self.at = start + 1;
            return self.wrong(Fault::NoNumber);
        }
        if self.byte() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if let Some(b'e' | b'E') = self.byte() {
            self.at += 1;
            if let Some(b'+' | b'-') = self.byte() {
                self.at += 1;
            }
            self.digits()?;
        }
        Some(())
    }

    fn digits(&mut self) -> Option<()> {
        if !self.byte()?.is_ascii_digit() {
            return self.wrong(Fault::NoNumber);
        }
        let rest = &self.text.as_bytes()[self.at..];
        self.at += rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        Some(())
    }

    fn word(&mut self, word: &[u8]) -> Option<()> {
        for expected in word {
            if self.byte()? != *expected {
                return self.wrong(Fault::NoIdent);
            }
            self.at += 1;
        }
        Some(())
    }

    fn byte(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }

    /// The next byte that is not blank.
    pub(crate) fn next(&mut self) -> Option<u8> {
        loop {
            match self.byte()? {
                b' ' | b'\t' | b'\n' | b'\r' => self.at += 1,
                byte => return Some(byte),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{DEEPEST, Fault, Reader, parse};
    use serde_json::Value;

    const TEXTS: [&str; 12] = [
        r#"{"a":[1,{"b":null}],"c":"]","d":true,"e":[],"f":{}}"#,
        r#" [ -0.0e+12 , 1E5, 10.25e-3 , 0, 123456789012345678901234567890 ] "#,
        r#""a\u00e9\"\\\/\b\f\n\r\t é 🐉 \uD83D\uDC09 a long string of more than eight bytes""#,
        r#"{"a\u0062":1,"ab":2,"":"\u0000"}"#,
        r#"["\uD83D","\uDC09","\uD83Dx","\uD83D\n","\uD83D\u0041"]"#,
        r#"[[[[[[[[[[]]]]]]]]]]"#,
        "[01]",
        "[1,]",
        r#"{"a":1,}"#,
        "{a:1}",
        "[false,nulll]",
        "",
    ];

    /// What serde_json says.
    fn by_serde(text: &[u8]) -> Result<Value, (String, usize)> {
        serde_json::from_slice(text).map_err(|error| {
            if error.is_eof() {
                return (Fault::Ends.reason().to_owned(), text.len());
            }
            let reason = error.to_string();
            let reason = reason.split(" at line ").next().unwrap_or_default();
            (reason.to_owned(), error.column() - 1)
        })
    }

    /// Every text of one byte less, one changed, or one more.
    fn variants(text: &str) -> Vec<Vec<u8>> {
        let bytes = text.as_bytes();
        let mut out = vec![bytes.to_vec()];
        for at in 0..=bytes.len() {
            out.push(bytes[..at].to_vec());
            for byte in b" ,:[]{}\"\\0e-.ut\x01\xC3d" {
                for skipped in 0..2.min(bytes.len() + 1 - at) {
                    let rest = &bytes[at + skipped..];
                    out.push([&bytes[..at], &[*byte], rest].concat());
                }
            }
        }
        out
    }

    #[test]
    fn every_text_is_read_and_refused_as_serde_json_does() {
        for text in TEXTS.iter().flat_map(|text| variants(text)) {
            let shown = String::from_utf8_lossy(&text);
            let ours = parse(&text, DEEPEST);
            let said = ours.clone().map_err(|(fault, at)| match fault {
                Fault::Ends => (fault.reason().to_owned(), text.len()),
                _ => (fault.reason().to_owned(), at),
            });
            let theirs = by_serde(&text);
            match std::str::from_utf8(&text) {
                Ok(text) => {
                    assert_eq!(said, theirs, "{shown}");
                    let mut reader = Reader::new(text, DEEPEST);
                    let passed = reader.skip().and_then(|()| reader.end());
                    let passed = passed.ok_or(reader.fault);
                    let ours = ours.map(drop).map_err(|(fault, _)| fault);
                    assert_eq!(passed, ours, "{shown}");
                }
                Err(error) => match said {
                    Err((reason, at)) if at < error.valid_up_to() => {
                        assert_eq!(Err((reason, at)), theirs, "{shown}");
                    }
                    said => {
                        let reason = Fault::NoUnicode.reason().to_owned();
                        assert_eq!(said, Err((reason, error.valid_up_to())), "{shown}");
                        assert!(theirs.is_err(), "{shown}");
                    }
                },
            }
        }
    }

    #[test]
    fn nesting_has_a_limit_and_needs_no_stack() {
        let deep = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        assert!(parse(deep(5).as_bytes(), 5).is_ok());
        assert_eq!(parse(deep(6).as_bytes(), 5), Err((Fault::TooDeep, 5)));
        let value = parse(deep(20_000).as_bytes(), 20_000).expect("a value");
        // Dropping a value so deep takes stack, which is not the reader's.
        std::mem::forget(value);
        let mut reader = Reader::new("[[1],[[]]]", 2);
        assert_eq!(reader.skip(), None);
        assert_eq!(reader.fault, Fault::TooDeep);
    }
}
