//! What plain scalars mean: YAML's core schema.

use super::super::builder::Scalar;
use crate::number;

/// The words that are no strings; null is nothing here.
const WORDS: [(&str, Option<bool>); 11] = [
    ("", None),
    ("~", None),
    ("null", None),
    ("Null", None),
    ("NULL", None),
    ("true", Some(true)),
    ("True", Some(true)),
    ("TRUE", Some(true)),
    ("false", Some(false)),
    ("False", Some(false)),
    ("FALSE", Some(false)),
];

/// The type of a plain scalar: YAML 1.2.2, section 10.3.2. Numbers with leading
/// zeros stay strings, for they are account numbers and codes mostly; so do
/// infinities and not-a-number, which JSON cannot hold.
pub(super) fn resolve(text: &str) -> Scalar<'_> {
    for (word, value) in WORDS {
        if text == word {
            return value.map_or(Scalar::Null, Scalar::Bool);
        }
    }
    if !matches!(text.as_bytes()[0], b'0'..=b'9' | b'-' | b'+' | b'.') {
        return Scalar::String(text);
    }
    match resolve_number(text) {
        Some(number) => Scalar::Number(number),
        None => Scalar::String(text),
    }
}

fn resolve_number(text: &str) -> Option<serde_json::Number> {
    match text.as_bytes() {
        [b'0', b'o', digits @ ..] => based(digits, 3),
        [b'0', b'x', digits @ ..] => based(digits, 4),
        _ => number::parse(text).or_else(|| number::parse(&spelled(text)?)),
    }
}

/// A whole number in digits of so many bits each, 64 bits in all.
fn based(digits: &[u8], bits: u32) -> Option<serde_json::Number> {
    let mut value: u64 = 0;
    for digit in digits {
        let digit = char::from(*digit).to_digit(1 << bits)?;
        if value >> (64 - bits) != 0 {
            return None;
        }
        value = value << bits | u64::from(digit);
    }
    number::parse(&value.to_string()).filter(|_| !digits.is_empty())
}

/// `+1`, `.5` and `1.` as JSON spells them; nothing where there is no such number.
fn spelled(text: &str) -> Option<String> {
    let bytes = text.as_bytes();
    let digit_at = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
    let mut out = String::new();
    let mut dot = false;
    for (at, c) in text.char_indices() {
        let (before, after) = (at > 0 && digit_at(at - 1), digit_at(at + 1));
        if c == '.' {
            if dot || !before && (!after || at > 1) {
                return None;
            }
            dot = true;
            out.push_str(match (before, after) {
                (false, _) => "0.",
                (_, true) => ".",
                _ => "",
            });
        } else if at > 0 || c != '+' || bytes.get(1) == Some(&b'-') {
            out.push(c);
        }
    }
    Some(out)
}
