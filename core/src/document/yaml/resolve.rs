//! What plain scalars mean: YAML's core schema.

use super::super::builder::Scalar;
use crate::number;

/// The type of a plain scalar: YAML 1.2.2, section 10.3.2. Numbers with leading
/// zeros stay strings, for they are account numbers and codes mostly; so do
/// infinities and not-a-number, which JSON cannot hold.
pub(super) fn resolve(text: &str) -> Scalar<'_> {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Scalar::Null,
        "true" | "True" | "TRUE" => return Scalar::Bool(true),
        "false" | "False" | "FALSE" => return Scalar::Bool(false),
        _ => {}
    }
    let first = text.as_bytes()[0];
    if !(first.is_ascii_digit() || matches!(first, b'-' | b'+' | b'.')) {
        return Scalar::String(text);
    }
    match resolve_number(text) {
        Some(number) => Scalar::Number(number),
        None => Scalar::String(text),
    }
}

fn resolve_number(text: &str) -> Option<serde_json::Number> {
    if let Some(number) = number::parse(text) {
        return Some(number);
    }
    if let Some(digits) = text.strip_prefix("0o") {
        return based(digits, 8);
    }
    if let Some(digits) = text.strip_prefix("0x") {
        return based(digits, 16);
    }
    spell(text)
}

/// A whole number in octal or hexadecimal digits, up to 128 bits.
fn based(digits: &str, base: u32) -> Option<serde_json::Number> {
    let mut value: Option<u128> = None;
    for digit in digits.chars() {
        let digit = u128::from(digit.to_digit(base)?);
        let higher = value.unwrap_or_default().checked_mul(base.into())?;
        value = Some(higher.checked_add(digit)?);
    }
    number::parse(&value?.to_string())
}

/// Turns `+1`, `.5` and `1.` into the spelling of JSON.
fn spell(text: &str) -> Option<serde_json::Number> {
    let (sign, rest) = match text.as_bytes().first()? {
        b'-' => ("-", &text[1..]),
        b'+' => ("", &text[1..]),
        _ => ("", text),
    };
    let split = rest.find(['e', 'E']).unwrap_or(rest.len());
    let (mantissa, exponent) = rest.split_at(split);
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, fraction),
        None => (mantissa, ""),
    };
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let whole = if whole.is_empty() { "0" } else { whole };
    let dot = if fraction.is_empty() { "" } else { "." };
    number::parse(&format!("{sign}{whole}{dot}{fraction}{exponent}"))
}
