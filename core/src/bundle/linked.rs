//! The linked form of a bundle: what is run where nothing is linked.

use serde_json::{Map, Value};

use crate::base64;
use crate::document::resolve_url;
use crate::exchange::{fingerprint_bytes, parse_json};
use crate::link::{PackedError, Program};
use crate::number;
use crate::pointer::take_member;

/// The member of a bundle that holds its program, linked: for readers that cannot
/// link. All others read the document.
pub const LINKED: &str = "x-spola-linked";

/// How deep the values of a bundle may be nested.
const DEEPEST: usize = 1_000;

/// How many bytes tell which document the program was made of.
const SEAL: usize = 16;

/// The linked form of a program that was linked from a document, which is an
/// object without that form.
pub(super) fn form(program: &Program, document: &Map<String, Value>) -> String {
    let mut bytes = seal_of(document).to_vec();
    bytes.extend_from_slice(&program.pack_over(&texts_of(document)));
    base64::encode(&bytes)
}

/// Takes the program out of a bundle that was read from a URL, without reading
/// the documents in it: the same program as linking them gives.
///
/// How the text is laid out does not count, nor the order of members or the way
/// numbers are written: a bundle may have been read and written by other tools.
///
/// # Errors
/// `linked.missing` where the text is no bundle, `linked.stale` where it was
/// changed after it was made, `linked.damaged`, `linked.version`.
pub fn open(text: &[u8], url: &str) -> Result<Program, PackedError> {
    let missing = |reason: Option<String>| PackedError::Missing {
        document: url.to_owned(),
        reason,
    };
    let mut members = match parse_json(text, DEEPEST) {
        Ok(Value::Object(members)) => members,
        Ok(_) => return Err(missing(None)),
        Err(error) => return Err(missing(Some(error.to_string()))),
    };
    let Some(Value::String(form)) = take_member(&mut members, LINKED) else {
        return Err(missing(None));
    };
    let bytes = base64::decode(form.as_bytes()).unwrap_or_default();
    let Some((seal, packed)) = bytes.split_first_chunk::<SEAL>() else {
        return Err(PackedError::Damaged);
    };
    if *seal != seal_of(&members) {
        return Err(PackedError::Stale {
            document: url.to_owned(),
        });
    }
    let naming = |name: &str| resolve_url(url, name).into();
    Program::unpack_over(packed, &texts_of(&members), &naming)
}

/// The texts that stand in a document, each once, in an order that does not
/// depend on that of its members: what is packed does not repeat them.
fn texts_of(members: &Map<String, Value>) -> Vec<&str> {
    let mut texts = Vec::new();
    gather(members, &mut texts);
    texts.sort_unstable();
    texts.dedup();
    texts
}

fn gather<'v>(members: &'v Map<String, Value>, texts: &mut Vec<&'v str>) {
    for (name, member) in members {
        texts.push(name);
        gather_value(member, texts);
    }
}

fn gather_value<'v>(value: &'v Value, texts: &mut Vec<&'v str>) {
    match value {
        Value::String(text) => texts.push(text),
        Value::Array(items) => items.iter().for_each(|item| gather_value(item, texts)),
        Value::Object(members) => gather(members, texts),
        _ => {}
    }
}

/// What tells a document from others, whatever its layout.
fn seal_of(members: &Map<String, Value>) -> [u8; SEAL] {
    let mut sum = members.len() as u128;
    for (name, member) in members {
        let mut bytes = fingerprint_bytes(name.as_bytes()).to_be_bytes().to_vec();
        bytes.extend_from_slice(&seal(member));
        // Whatever the order, the sum is the same.
        sum = sum.wrapping_add(fingerprint_bytes(&bytes));
    }
    sum.to_be_bytes()
}

fn seal(value: &Value) -> [u8; SEAL] {
    let (kind, bytes) = match value {
        Value::Null => (b'n', Vec::new()),
        Value::Bool(value) => (b'b', vec![u8::from(*value)]),
        Value::Number(number) => (b'd', number::canonical(number).into_bytes()),
        Value::String(text) => (b's', text.as_bytes().to_vec()),
        Value::Array(items) => (b'a', items.iter().flat_map(seal).collect()),
        Value::Object(members) => (b'o', seal_of(members).to_vec()),
    };
    fingerprint_bytes(&[&[kind], &*bytes].concat()).to_be_bytes()
}

#[cfg(test)]
mod tests {
    use super::seal;
    use serde_json::json;

    fn same(left: &str, right: &str) -> bool {
        let read = |text| serde_json::from_str(text).expect("JSON");
        seal(&read(left)) == seal(&read(right))
    }

    #[test]
    fn only_what_a_document_says_counts() {
        for (left, right, want) in [
            (r#"{"a": 1, "b": [2]}"#, r#"{"b":[2.0],"a":10e-1}"#, true),
            (r#"{"a": -0}"#, r#"{"a": 0}"#, true),
            (r#"{"a": "1"}"#, r#"{"a": 1}"#, false),
            (r#"{"a": [1, 2]}"#, r#"{"a": [2, 1]}"#, false),
            (r#"{"a": {"b": 1}}"#, r#"{"a": 1, "b": 1}"#, false),
            (r#"{"a": 1, "b": 2}"#, r#"{"a": 2, "b": 1}"#, false),
            (r#"{"a": null}"#, "{}", false),
            (r#"["ab"]"#, r#"["a", "b"]"#, false),
            ("9007199254740993", "9007199254740992", false),
        ] {
            assert_eq!(same(left, right), want, "{left} and {right}");
        }
        assert_ne!(seal(&json!({})), seal(&json!([])));
    }
}
