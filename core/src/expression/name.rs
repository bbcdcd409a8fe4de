//! Names, and the navigation and pointer after them.

use super::ast::Candidate;
use super::error::ExpressionError;
use super::lenient::Lenient;
use super::parse::{Parser, Place, Version};
use crate::pointer::Pointer;

/// A character of `identifier`: Arazzo 1.1.0, Runtime Expressions.
pub(super) fn is_identifier(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_')
}

/// A character of a header's name: RFC 9110, section 5.6.2.
pub(super) fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

/// Where the first character is that no name holds: a brace or control character.
pub(super) fn forbidden(name: &str) -> Option<usize> {
    name.find(|c: char| matches!(c, '{' | '}') || c.is_control())
}

/// Whether a keyword ends before this tail.
pub(super) fn ends_a_name(tail: &str) -> bool {
    head(tail) == 0
}

/// How long a text is up to a `.`, a `[` or a `#`.
fn head(text: &str) -> usize {
    let mut bytes = text.bytes();
    let end = bytes.position(|byte| matches!(byte, b'.' | b'[' | b'#'));
    end.unwrap_or(text.len())
}

/// Members and elements taken, each with where in the text it ends.
struct Accessors<'t> {
    tokens: Vec<(&'t str, usize)>,
    /// Whether all are `.x`.
    dots_only: bool,
    /// Where the accessors end.
    end: usize,
}

/// Reads `.x`, `[0]` and `['x']` up to a `#` or the end.
fn accessors(text: &str, mut at: usize) -> Result<Accessors<'_>, (&'static str, usize)> {
    let mut found = Accessors {
        tokens: Vec::new(),
        dots_only: true,
        end: at,
    };
    loop {
        let rest = &text[at..];
        let (token, length) = if let Some(member) = rest.strip_prefix('.') {
            let member = &member[..head(member)];
            if member.is_empty() {
                return Err(("after a `.` a name follows", at));
            }
            (member, 1 + member.len())
        } else if rest.starts_with('[') {
            found.dots_only = false;
            bracket(rest).ok_or((
                "in brackets an index follows; to select more use a Selector Object or `type: jsonpath`",
                at,
            ))?
        } else {
            found.end = at;
            return Ok(found);
        };
        at += length;
        found.tokens.push((token, at));
    }
}

/// An index or a quoted name in brackets: the token and the length of it all.
fn bracket(text: &str) -> Option<(&str, usize)> {
    let inside = &text[1..];
    if let Some(quote @ (b'\'' | b'"')) = inside.bytes().next() {
        let name = &inside[1..];
        let end = name.find(char::from(quote))?;
        let closed = name[end + 1..].starts_with(']');
        return closed.then_some((&name[..end], end + 4));
    }
    let end = inside.find(']')?;
    let digits = inside[..end].trim();
    let plain = digits.len() == 1 || !digits.starts_with('0');
    let index = !digits.is_empty() && plain && digits.bytes().all(|b| b.is_ascii_digit());
    index.then_some((digits, end + 2))
}

/// Reads what follows `body` or `payload`; whether it is more than a pointer.
pub(super) fn navigation(parser: &mut Parser<'_, '_>, tail: &str) -> Result<bool, ExpressionError> {
    let found = accessors(tail, 0).map_err(|(why, at)| parser.malformed(why, &tail[at..]))?;
    for (token, _) in &found.tokens {
        if parser.place == Place::Value
            && token.contains(|c: char| c.is_whitespace() || matches!(c, '{' | '}'))
        {
            return Err(parser.malformed("a name holds no such character", tail));
        }
        parser.found.path.push(token);
    }
    finish(parser, &tail[found.end..])?;
    Ok(!found.tokens.is_empty())
}

/// Adds the pointer after `#`, and tells a trailing `.length`.
fn finish(parser: &mut Parser<'_, '_>, rest: &str) -> Result<(), ExpressionError> {
    let Some(pointer) = rest.strip_prefix('#') else {
        if !rest.is_empty() {
            return Err(parser.malformed("nothing more can follow", rest));
        }
        let last = parser.found.path.tokens().last();
        parser.found.length = !parser.notes.dialect.strict && last == Some("length");
        return Ok(());
    };
    if pointer.contains(['{', '}']) && parser.notes.dialect.version >= Version::V1_1 {
        return Err(parser.malformed("a pointer in an expression holds no braces", pointer));
    }
    let parsed = Pointer::parse(pointer).map_err(|_| parser.bad_pointer(pointer))?;
    for token in parsed.tokens() {
        parser.found.path.push(token);
    }
    Ok(())
}

/// Reads a name and what follows it, as far as that can be told without knowing
/// which names there are.
pub(super) fn name(parser: &mut Parser<'_, '_>, rest: &str) -> Result<(), ExpressionError> {
    let head = head(rest);
    let found = accessors(rest, head);
    let end = match &found {
        Ok(found) => found.end,
        Err(_) => rest.find('#').unwrap_or(rest.len()),
    };
    let full = &rest[..end];
    if full.is_empty() {
        return Err(parser.malformed("a name is missing", rest));
    }
    if let Some(at) = forbidden(full) {
        return Err(parser.malformed("a name holds no such character", &full[at..]));
    }
    let found = match found {
        Ok(found) => found,
        Err((why, at)) if full.contains('[') => {
            return Err(parser.malformed(why, &rest[at..]));
        }
        Err(_) => Accessors {
            tokens: Vec::new(),
            dots_only: true,
            end,
        },
    };
    let version = parser.notes.dialect.version;
    if !found.dots_only {
        return bracketed(parser, rest, &found, head, version == Version::V1_0);
    }
    if !full.bytes().all(is_identifier) {
        if full.contains(char::is_whitespace) && version >= Version::V1_1 {
            return Err(parser.malformed("a name holds no blanks", rest));
        }
        parser.unusual(full)?;
    }
    split(parser, rest, &found, head, true)
}

/// A name with `[0]` after it: navigation, for in 1.1 no name has brackets.
fn bracketed(
    parser: &mut Parser<'_, '_>,
    rest: &str,
    found: &Accessors<'_>,
    head: usize,
    literal: bool,
) -> Result<(), ExpressionError> {
    split(parser, rest, found, head, literal)?;
    if parser.place == Place::Condition {
        return Ok(());
    }
    let path = parser.found.path.to_string();
    let right = [parser.before(rest), &rest[..head], "#", &path].concat();
    // `$inputs.[0]` has no name to put a pointer after.
    let fixable = !parser.found.length && head > 0;
    parser.lenient(Lenient::Navigation, fixable.then_some(right))
}

/// Makes the candidates, the longest first. `literal`: the first is the name as
/// written, brackets and all.
fn split(
    parser: &mut Parser<'_, '_>,
    rest: &str,
    found: &Accessors<'_>,
    head: usize,
    literal: bool,
) -> Result<(), ExpressionError> {
    let navigates =
        parser.place == Place::Condition || !parser.notes.dialect.strict || !found.dots_only;
    let tokens = if navigates { &found.tokens[..] } else { &[] };
    let mut candidates = Vec::new();
    for skip in (0..=tokens.len()).rev() {
        // Without what the tokens after the skipped ones name.
        let end = match skip {
            _ if skip == tokens.len() => found.end,
            0 => head,
            _ => tokens[skip - 1].1,
        };
        let whole = skip == tokens.len();
        if (whole && literal) || !(whole || rest[..end].contains('[')) {
            candidates.push(Candidate {
                end: end as u32,
                skip: skip as u32,
            });
        }
    }
    for (token, _) in tokens {
        parser.found.path.push(token);
    }
    parser.found.candidates = candidates.into();
    finish(parser, &rest[found.end..])?;
    if parser.found.length {
        parser.lenient(Lenient::Length, None)?;
    }
    Ok(())
}
