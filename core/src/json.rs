//! JSON text, written piece by piece.

use serde_json::Value;

const DIGITS: &[u8; 16] = b"0123456789abcdef";

/// JSON text in the making: objects, arrays and what is in them are written in
/// order, and commas come by themselves.
///
/// ```
/// let mut json = spola::JsonWriter::default();
/// json.begin_object().name("a").number(1);
/// json.name("b").begin_array().text("x").null().end_array();
/// json.end_object();
/// assert_eq!(json.into_text(), r#"{"a":1,"b":["x",null]}"#);
/// ```
#[derive(Clone, Debug, Default)]
pub struct JsonWriter(Vec<u8>);

impl JsonWriter {
    /// Begins an object: names and values in turn follow.
    pub fn begin_object(&mut self) -> &mut Self {
        self.begin(b'{')
    }

    /// Ends the object that was begun last.
    pub fn end_object(&mut self) -> &mut Self {
        self.0.push(b'}');
        self
    }

    /// Begins an array: its items follow.
    pub fn begin_array(&mut self) -> &mut Self {
        self.begin(b'[')
    }

    /// Ends the array that was begun last.
    pub fn end_array(&mut self) -> &mut Self {
        self.0.push(b']');
        self
    }

    /// Names the member whose value follows.
    pub fn name(&mut self, name: &str) -> &mut Self {
        self.text(name).0.push(b':');
        self
    }

    /// Writes a text.
    pub fn text(&mut self, text: &str) -> &mut Self {
        self.begin(b'"');
        let mut written = 0;
        for (at, byte) in text.bytes().enumerate() {
            if byte >= b' ' && byte != b'"' && byte != b'\\' {
                continue;
            }
            self.0.extend_from_slice(&text.as_bytes()[written..at]);
            written = at + 1;
            self.escaped(byte);
        }
        self.0.extend_from_slice(&text.as_bytes()[written..]);
        self.0.push(b'"');
        self
    }

    /// RFC 8259, section 7: what a text may not hold as it is.
    fn escaped(&mut self, byte: u8) {
        let short = match byte {
            b'\n' => b'n',
            b'\r' => b'r',
            b'\t' => b't',
            0x08 => b'b',
            0x0c => b'f',
            0..b' ' => {
                self.0.extend_from_slice(b"\\u00");
                self.0.extend_from_slice(hexadecimal(&[byte]).as_bytes());
                return;
            }
            _ => byte,
        };
        self.0.extend([b'\\', short]);
    }

    /// Writes a text, or `null`.
    pub fn text_or_null(&mut self, text: Option<&str>) -> &mut Self {
        match text {
            Some(text) => self.text(text),
            None => self.null(),
        }
    }

    /// Writes a whole number.
    pub fn number(&mut self, number: u64) -> &mut Self {
        let mut digits = [0; 20];
        let (mut at, mut rest) = (digits.len(), number);
        while at == digits.len() || rest > 0 {
            at -= 1;
            digits[at] = b'0' + (rest % 10) as u8;
            rest /= 10;
        }
        self.plain(&digits[at..])
    }

    /// Writes a whole number, or `null`.
    pub fn number_or_null(&mut self, number: Option<u64>) -> &mut Self {
        match number {
            Some(number) => self.number(number),
            None => self.null(),
        }
    }

    /// Writes a truth.
    pub fn truth(&mut self, truth: bool) -> &mut Self {
        self.plain(if truth { b"true" } else { b"false" })
    }

    /// Writes `null`.
    pub fn null(&mut self) -> &mut Self {
        self.plain(b"null")
    }

    /// Writes any value.
    pub fn value(&mut self, value: &Value) -> &mut Self {
        match value {
            Value::Null => self.null(),
            Value::Bool(truth) => self.truth(*truth),
            Value::Number(number) => self.plain(number.as_str().as_bytes()),
            Value::String(text) => self.text(text),
            Value::Array(items) => {
                self.begin_array();
                for item in items {
                    self.value(item);
                }
                self.end_array()
            }
            Value::Object(members) => {
                self.begin_object();
                for (name, member) in members {
                    self.name(name).value(member);
                }
                self.end_object()
            }
        }
    }

    /// Writes a value that is JSON text already.
    pub fn raw(&mut self, json: &str) -> &mut Self {
        self.plain(json.as_bytes())
    }

    /// What was written.
    pub fn into_bytes(self) -> Vec<u8> {
        self.0
    }

    /// What was written, as text.
    pub fn into_text(self) -> String {
        // Nothing but texts was put in.
        String::from_utf8(self.0).unwrap_or_default()
    }

    fn begin(&mut self, first: u8) -> &mut Self {
        self.separate();
        self.0.push(first);
        self
    }

    fn plain(&mut self, json: &[u8]) -> &mut Self {
        self.separate();
        self.0.extend_from_slice(json);
        self
    }

    /// Two values that follow each other have a comma between them.
    fn separate(&mut self) {
        if !matches!(self.0.last(), None | Some(b'{' | b'[' | b':')) {
            self.0.push(b',');
        }
    }
}

/// Bytes as two digits each.
pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(2 * bytes.len());
    for byte in bytes {
        text.push(char::from(DIGITS[usize::from(byte >> 4)]));
        text.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::JsonWriter;
    use serde_json::{Value, json};

    fn written(value: &Value) -> String {
        let mut json = JsonWriter::default();
        json.value(value);
        json.into_text()
    }

    #[test]
    fn values_are_written_as_others_write_them() {
        let controls: String = (0..0x80_u8).map(char::from).collect();
        for value in [
            json!({}),
            json!([]),
            json!({"a": [1, -2.5, 1e300, true, false, null], "": {"ü": "\u{1f600}\u{2028}"}}),
            json!([[], {}, [[]], {"a": {}}, "{", "[", ":", ""]),
            json!({ controls.clone(): controls }),
        ] {
            assert_eq!(written(&value), value.to_string());
        }
    }

    #[test]
    fn numbers_are_written_to_the_last_digit() {
        let mut json = JsonWriter::default();
        json.begin_array();
        json.number(0).number(7).number(10).number(u64::MAX);
        json.number_or_null(None).end_array();
        assert_eq!(json.into_text(), "[0,7,10,18446744073709551615,null]");
    }
}
