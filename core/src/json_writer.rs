//! JSON text, written piece by piece.

use serde_json::{Map, Value};

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
        self.separate();
        quote(text, &mut self.0);
        self
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
        self.separate();
        append(value, &mut self.0);
        self
    }

    /// Writes an object.
    pub fn members(&mut self, members: &Map<String, Value>) -> &mut Self {
        self.separate();
        append_members(members, &mut self.0);
        self
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

/// A value as JSON text.
pub(crate) fn text_of(value: &Value) -> String {
    let mut json = JsonWriter::default();
    json.value(value);
    json.into_text()
}

/// Appends a value to JSON text.
pub(crate) fn append(value: &Value, out: &mut Vec<u8>) {
    match value {
        Value::Null => out.extend_from_slice(b"null"),
        Value::Bool(true) => out.extend_from_slice(b"true"),
        Value::Bool(false) => out.extend_from_slice(b"false"),
        Value::Number(number) => out.extend_from_slice(number.as_str().as_bytes()),
        Value::String(text) => quote(text, out),
        Value::Array(items) => {
            out.push(b'[');
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    out.push(b',');
                }
                append(item, out);
            }
            out.push(b']');
        }
        Value::Object(members) => append_members(members, out),
    }
}

fn append_members(members: &Map<String, Value>, out: &mut Vec<u8>) {
    out.push(b'{');
    for (at, (name, member)) in members.iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        quote(name, out);
        out.push(b':');
        append(member, out);
    }
    out.push(b'}');
}

/// Appends a text in quotes.
pub(crate) fn quote(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    escape(text, out);
    out.push(b'"');
}

/// Appends a part of a text as it stands between quotes: RFC 8259, section 7.
pub(crate) fn escape(text: &str, out: &mut Vec<u8>) {
    let bytes = text.as_bytes();
    let mut start = 0;
    for (at, byte) in bytes.iter().enumerate() {
        let short = match byte {
            b'"' => b'"',
            b'\\' => b'\\',
            0x08 => b'b',
            0x0c => b'f',
            b'\n' => b'n',
            b'\r' => b'r',
            b'\t' => b't',
            0..0x20 => 0,
            _ => continue,
        };
        out.extend_from_slice(&bytes[start..at]);
        start = at + 1;
        if short == 0 {
            out.extend_from_slice(b"\\u00");
            out.extend_from_slice(&digits(*byte));
        } else {
            out.extend_from_slice(&[b'\\', short]);
        }
    }
    out.extend_from_slice(&bytes[start..]);
}

/// Bytes as two digits each.
pub(crate) fn hexadecimal(bytes: &[u8]) -> String {
    let mut text = Vec::with_capacity(2 * bytes.len());
    for byte in bytes {
        text.extend_from_slice(&digits(*byte));
    }
    String::from_utf8(text).unwrap_or_default()
}

fn digits(byte: u8) -> [u8; 2] {
    [byte >> 4, byte & 15].map(|digit| b"0123456789abcdef"[usize::from(digit)])
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
