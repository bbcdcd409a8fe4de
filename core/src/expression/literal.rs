//! Literals in conditions: strings, numbers, words.

use serde_json::Value;

use super::error::{ExpressionError, Kind};
use super::grammar::{CHAINED, Cursor, foreign_operator, trailing};
use super::lenient::Lenient;
use super::parse::Notes;
use crate::json_reader;
use crate::number;

/// Said of an escape that JSON does not have.
pub(super) const BAD_ESCAPE: &str = "the string has a bad escape";

/// Takes a string in single quotes, where `''` is one quote.
pub(super) fn single_quoted(cursor: &mut Cursor<'_>) -> Result<String, ExpressionError> {
    let rest = cursor.rest();
    let mut out = String::new();
    let mut chars = rest.char_indices().skip(1).peekable();
    while let Some((at, c)) = chars.next() {
        if c != '\'' {
            out.push(c);
        } else if chars.next_if(|(_, next)| *next == '\'').is_some() {
            out.push('\'');
        } else {
            cursor.at += at + 1;
            return Ok(out);
        }
    }
    Err(cursor.malformed("the string has no end"))
}

/// How long the quoted text at the beginning is, quotes included, where a
/// backslash hides the next character.
pub(super) fn quoted_length(text: &str) -> Option<usize> {
    let quote = text.chars().next()?;
    let mut hidden = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            _ if hidden => hidden = false,
            '\\' => hidden = true,
            c if c == quote => return Some(at + 1),
            _ => {}
        }
    }
    None
}

/// Takes a string in double quotes, with the escapes of JSON; line breaks may
/// stand as they are.
pub(super) fn double_quoted(cursor: &mut Cursor<'_>) -> Result<String, ExpressionError> {
    let length =
        quoted_length(cursor.rest()).ok_or_else(|| cursor.malformed("the string has no end"))?;
    let raw = cursor.rest().get(..length).unwrap_or_default();
    let escaped = raw
        .replace('\n', "\\n")
        .replace('\r', "\\r")
        .replace('\t', "\\t");
    let text = json_reader::string(&escaped).ok_or_else(|| cursor.malformed(BAD_ESCAPE))?;
    cursor.at += length;
    Ok(text)
}

/// A string as it stands in a simple condition.
pub(super) fn quote(text: &str) -> String {
    ["'", &text.replace('\'', "''"), "'"].concat()
}

/// The literal that a word or number is.
pub(super) fn plain(text: &str) -> Option<Value> {
    match text {
        "true" => Some(Value::Bool(true)),
        "false" => Some(Value::Bool(false)),
        "null" => Some(Value::Null),
        _ => number::parse(text).map(Value::Number),
    }
}

/// The length of an operand that is neither quoted nor ends at a blank only: up
/// to a blank, an operator, a brace or a parenthesis.
pub(super) fn operand_length(text: &str) -> usize {
    let mut at = 0;
    while let Some(c) = text.get(at..).and_then(|rest| rest.chars().next()) {
        if c == '['
            && let Some(length) = text.get(at + 1..).and_then(quoted_in_brackets)
        {
            at += 1 + length;
            continue;
        }
        if c.is_whitespace() || "=!<>&|(){}".contains(c) {
            break;
        }
        at += c.len_utf8();
    }
    at
}

fn quoted_in_brackets(text: &str) -> Option<usize> {
    text.starts_with(['\'', '"'])
        .then(|| text.get(1..)?.find(text.chars().next()?).map(|at| at + 2))
        .flatten()
}

/// Takes a literal that is no string, or, leniently, a string without quotes:
/// the rest of the operand.
pub(super) fn unquoted(
    cursor: &mut Cursor<'_>,
    notes: &mut Notes,
) -> Result<Value, ExpressionError> {
    let rest = cursor.rest();
    let end = ["&&", "||", ")"]
        .iter()
        .filter_map(|stop| rest.find(stop))
        .min()
        .unwrap_or(rest.len());
    let raw = rest.get(..end).unwrap_or_default().trim_end();
    if let Some(value) = plain(raw) {
        cursor.at += raw.len();
        return Ok(value);
    }
    if raw.is_empty() {
        return Err(cursor.malformed("a value is missing"));
    }
    check_unquoted(cursor, raw)?;
    let right = quote(raw);
    notes.lenient(Lenient::UnquotedString, raw, cursor.at, Some(right))?;
    cursor.at += raw.len();
    Ok(Value::String(raw.into()))
}

/// Refuses what cannot be meant as a string.
fn check_unquoted(cursor: &Cursor<'_>, raw: &str) -> Result<(), ExpressionError> {
    let first = raw.split_whitespace().next().unwrap_or_default();
    let mut after = *cursor;
    after.at += first.len();
    after.blanks();
    if plain(first).is_some() && first.len() < raw.len() {
        return Err(trailing(&after));
    }
    if ["==", "!=", "<", ">", "=~"]
        .iter()
        .any(|op| raw.contains(op))
    {
        let word = raw
            .split_whitespace()
            .find(|word| foreign_operator(word).is_some());
        if let Some(at) = word.and_then(|word| raw.find(&[" ", word, " "].concat())) {
            after.at = cursor.at + at + 1;
            return Err(trailing(&after));
        }
        return Err(cursor.malformed(CHAINED));
    }
    let lower = raw.to_ascii_lowercase();
    let meant = match lower.as_str() {
        "true" => Some("true"),
        "false" => Some("false"),
        "null" | "nil" | "none" | "undefined" => Some("null"),
        _ => None,
    };
    let error = |reason| ExpressionError::at(Kind::MalformedCondition, reason, raw, cursor.at);
    if meant.is_some() {
        return Err(error("there is no such literal").meant(meant));
    }
    if is_number(raw) || lower.starts_with("0x") {
        return Err(error("numbers are written as in JSON"));
    }
    if raw.contains(['\'', '"', '(', '{', '}', '[', ']', '$']) || raw.contains(char::is_control) {
        return Err(error(
            "no value can be read; strings stand in single quotes",
        ));
    }
    Ok(())
}

/// Whether the text is a number in some way of writing one: `+1`, `.5`, `1.`, `01`.
fn is_number(text: &str) -> bool {
    fn unsigned(text: &str) -> &str {
        text.strip_prefix(['+', '-']).unwrap_or(text)
    }
    fn digits(text: &str) -> bool {
        !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
    }
    let (mantissa, power) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    digits(&unsigned(mantissa).replacen('.', "", 1)) && digits(unsigned(power))
}
