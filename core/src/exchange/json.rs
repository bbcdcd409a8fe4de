//! JSON text to a value, whatever its nesting.

use serde::Deserialize as _;
use serde_json::{Map, Value};

use super::error::ExchangeError;

/// JSON nested deeper than this is read without recursion: 512 levels of
/// recursion would take most of the stack that a WebAssembly module has.
const RECURSIVE: usize = 128;

/// Reads JSON, its nesting counted before anything else is done.
///
/// # Errors
/// `exchange.malformed-json`, `exchange.truncated-json`, `exchange.too-deep`.
pub fn parse_json(text: &[u8], max_depth: usize) -> Result<Value, ExchangeError> {
    let depth = depth(text, max_depth);
    if depth > max_depth {
        return Err(ExchangeError::TooDeep { limit: max_depth });
    }
    if depth > RECURSIVE {
        return Reader { text, at: 0 }.document();
    }
    let mut reader = serde_json::Deserializer::from_slice(text);
    // The nesting has been counted, and serde_json's own limit is off by one.
    reader.disable_recursion_limit();
    Value::deserialize(&mut reader)
        .and_then(|value| reader.end().map(|()| value))
        .map_err(|error| refused(text, 0, text.len(), &error))
}

/// Says what serde_json found in a part of a text.
fn refused(part: &[u8], start: usize, length: usize, error: &serde_json::Error) -> ExchangeError {
    if error.is_eof() {
        return ExchangeError::TruncatedJson { length };
    }
    let lines = part.split_inclusive(|byte| *byte == b'\n');
    let before: usize = lines
        .take(error.line().saturating_sub(1))
        .map(<[u8]>::len)
        .sum();
    let reason = error.to_string();
    let end = reason.rfind(" at line ").unwrap_or(reason.len());
    ExchangeError::MalformedJson {
        offset: start + (before + error.column().saturating_sub(1)).min(part.len()),
        reason: reason[..end].to_owned(),
    }
}

/// How deeply arrays and objects are nested, strings skipped; it stops counting above `limit`.
pub(super) fn depth(text: &[u8], limit: usize) -> usize {
    let (mut depth, mut deepest) = (0_usize, 0);
    let mut at = 0;
    while let Some(byte) = text.get(at) {
        at += 1;
        match byte {
            b'{' | b'[' => {
                depth += 1;
                deepest = deepest.max(depth);
                if depth > limit {
                    break;
                }
            }
            b'}' | b']' => depth = depth.saturating_sub(1),
            b'"' => at = end_of_string(text, at),
            _ => {}
        }
    }
    deepest
}

/// Where the string ends whose first character is at `at`: after its quote.
fn end_of_string(text: &[u8], mut at: usize) -> usize {
    while let Some(byte) = text.get(at) {
        at += 1;
        match byte {
            b'"' => break,
            b'\\' => at += 1,
            _ => {}
        }
    }
    at.min(text.len())
}

/// Reads a text without recursion; scalars are left to serde_json.
struct Reader<'t> {
    text: &'t [u8],
    at: usize,
}

/// An array or object that is being read.
enum Open {
    Array(Vec<Value>),
    /// With the name of the member whose value comes next.
    Object(Map<String, Value>, String),
}

impl Reader<'_> {
    fn document(&mut self) -> Result<Value, ExchangeError> {
        let mut stack: Vec<Open> = Vec::new();
        loop {
            let mut value = match self.peek()? {
                b'[' => {
                    self.at += 1;
                    if self.peek()? != b']' {
                        stack.push(Open::Array(Vec::new()));
                        continue;
                    }
                    self.at += 1;
                    Value::Array(Vec::new())
                }
                b'{' => {
                    self.at += 1;
                    if self.peek()? != b'}' {
                        let name = self.name()?;
                        stack.push(Open::Object(Map::new(), name));
                        continue;
                    }
                    self.at += 1;
                    Value::Object(Map::new())
                }
                _ => self.scalar()?,
            };
            // The value may be the last of its container, and that of its own.
            loop {
                let Some(open) = stack.pop() else {
                    return self.end(value);
                };
                match self.put(open, value)? {
                    Put::More(open) => {
                        stack.push(open);
                        break;
                    }
                    Put::Whole(container) => value = container,
                }
            }
        }
    }

    /// Puts a value into what it belongs to and reads on to the next value or the end.
    fn put(&mut self, open: Open, value: Value) -> Result<Put, ExchangeError> {
        match open {
            Open::Array(mut items) => {
                items.push(value);
                match self.peek()? {
                    b',' => {
                        self.at += 1;
                        Ok(Put::More(Open::Array(items)))
                    }
                    b']' => {
                        self.at += 1;
                        Ok(Put::Whole(Value::Array(items)))
                    }
                    _ => Err(self.malformed("expected `,` or `]`")),
                }
            }
            Open::Object(mut members, name) => {
                members.insert(name, value);
                match self.peek()? {
                    b',' => {
                        self.at += 1;
                        let name = self.name()?;
                        Ok(Put::More(Open::Object(members, name)))
                    }
                    b'}' => {
                        self.at += 1;
                        Ok(Put::Whole(Value::Object(members)))
                    }
                    _ => Err(self.malformed("expected `,` or `}`")),
                }
            }
        }
    }

    fn name(&mut self) -> Result<String, ExchangeError> {
        if self.peek()? != b'"' {
            return Err(self.malformed("key must be a string"));
        }
        let Value::String(name) = self.scalar()? else {
            return Err(self.malformed("key must be a string"));
        };
        if self.peek()? != b':' {
            return Err(self.malformed("expected `:`"));
        }
        self.at += 1;
        Ok(name)
    }

    fn scalar(&mut self) -> Result<Value, ExchangeError> {
        let start = self.at;
        let rest = &self.text[start..];
        let end = if rest.first() == Some(&b'"') {
            end_of_string(self.text, start + 1)
        } else {
            let is_end = |byte: &u8| matches!(byte, b',' | b']' | b'}' | b':') || is_blank(*byte);
            start + rest.iter().position(is_end).unwrap_or(rest.len())
        };
        let part = &self.text[start..end];
        self.at = end;
        let whole = self.text.len();
        match serde_json::from_slice(part) {
            Ok(value) => Ok(value),
            // Cut short only where the whole text is.
            Err(error) if error.is_eof() && end < whole => {
                self.at = start;
                Err(self.malformed("expected value"))
            }
            Err(error) => Err(refused(part, start, whole, &error)),
        }
    }

    /// The next byte that is not blank.
    fn peek(&mut self) -> Result<u8, ExchangeError> {
        while self.text.get(self.at).is_some_and(|byte| is_blank(*byte)) {
            self.at += 1;
        }
        self.text
            .get(self.at)
            .copied()
            .ok_or(ExchangeError::TruncatedJson {
                length: self.text.len(),
            })
    }

    fn end(&mut self, value: Value) -> Result<Value, ExchangeError> {
        match self.peek() {
            Ok(_) => Err(self.malformed("trailing characters")),
            Err(_) => Ok(value),
        }
    }

    fn malformed(&self, reason: &str) -> ExchangeError {
        ExchangeError::MalformedJson {
            offset: self.at,
            reason: reason.to_owned(),
        }
    }
}

/// What became of a container when a value was put into it.
enum Put {
    More(Open),
    Whole(Value),
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

#[cfg(test)]
mod tests {
    use super::{Reader, parse_json};
    use crate::Diagnostic as _;

    #[test]
    fn both_ways_of_reading_agree() {
        for text in [
            "1",
            " -0.0e+12 ",
            "\"a\\u00e9\\\"\"",
            "null",
            "[]",
            "{}",
            "[[],{}]",
            "{\"a\":[1,{\"b\":null}],\"c\":\"]\"}\n",
            "{\"a\":1,\"a\":2}",
            "[1,]",
            "[,1]",
            "{,}",
            "{\"a\"}",
            "{\"a\":}",
            "{\"a\":1,}",
            "{a:1}",
            "[1 2]",
            "[tru]",
            "[01]",
            "[-]",
            "[1",
            "[",
            "{\"a",
            "{\"a\":",
            "[\"\\x\"]",
            "[\"\u{1}\"]",
            "] ",
            "[]]",
            "",
            "\"a",
            "tru",
            "nulll",
            "+1",
            "[1.]",
            "\u{c}1",
        ] {
            let (fast, slow) = (
                parse_json(text.as_bytes(), 9),
                Reader {
                    text: text.as_bytes(),
                    at: 0,
                }
                .document(),
            );
            match (fast, slow) {
                (Ok(fast), Ok(slow)) => assert_eq!(fast.to_string(), slow.to_string(), "{text}"),
                (Err(fast), Err(slow)) => assert_eq!(fast.code(), slow.code(), "{text}"),
                (fast, slow) => panic!("{text}: {fast:?}, {slow:?}"),
            }
        }
    }
}
