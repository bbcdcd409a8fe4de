//! Names, and the navigation and pointer after them.

use super::ast::{Candidate, Name};
use super::error::ExpressionError;
use super::lenient::Lenient;
use super::parse::{Parser, Place, Version};
use crate::pointer::Pointer;

/// What follows a name or a body.
#[derive(Default)]
pub(super) struct Navigation {
    /// The tokens of `.x`, `[0]`, then those of the pointer after `#`.
    pub(super) path: Pointer,
    /// Whether the last token is a `.length`.
    pub(super) length: bool,
    /// How many tokens are `.x` or `[0]`.
    pub(super) tokens: usize,
}

/// A character of `identifier`: Arazzo 1.1.0, Runtime Expressions.
pub(super) fn is_identifier(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_')
}

/// A character of a header's name: RFC 9110, section 5.6.2.
pub(super) fn is_token(c: char) -> bool {
    c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c)
}

/// Whether a keyword ends before this tail.
pub(super) fn ends_a_name(tail: &str) -> bool {
    tail.is_empty() || tail.starts_with(['#', '.', '['])
}

/// Members and elements taken, each with where in the text it ends.
struct Accessors {
    tokens: Vec<(Box<str>, usize)>,
    /// Whether all are `.x`.
    dots_only: bool,
    /// Where the accessors end.
    end: usize,
}

/// Reads `.x`, `[0]` and `['x']` up to a `#` or the end.
fn accessors(text: &str, mut at: usize) -> Result<Accessors, (&'static str, usize)> {
    let mut found = Accessors {
        tokens: Vec::new(),
        dots_only: true,
        end: at,
    };
    loop {
        let rest = text.get(at..).unwrap_or_default();
        if let Some(member) = rest.strip_prefix('.') {
            let end = member.find(['.', '[', '#']).unwrap_or(member.len());
            let member = &member[..end];
            if member.is_empty() {
                return Err(("after a `.` a name follows", at));
            }
            at += 1 + end;
            found.tokens.push((member.into(), at));
        } else if let Some(inside) = rest.strip_prefix('[') {
            let (token, length) = bracket(inside).ok_or((
                "in brackets an index follows; to select more use a Selector Object or `type: jsonpath`",
                at,
            ))?;
            at += 1 + length;
            found.dots_only = false;
            found.tokens.push((token, at));
        } else {
            found.end = at;
            return Ok(found);
        }
    }
}

/// An index or a quoted name, up to and with the `]`: the token and its length.
fn bracket(inside: &str) -> Option<(Box<str>, usize)> {
    let (token, length) = match inside.chars().next()? {
        quote @ ('\'' | '"') => {
            let name = &inside[1..];
            let end = name.find(quote)?;
            (&name[..end], end + 2)
        }
        _ => {
            let end = inside.find(']')?;
            let digits = inside[..end].trim();
            let plain = digits.len() == 1 || !digits.starts_with('0');
            if digits.is_empty() || !plain || !digits.bytes().all(|b| b.is_ascii_digit()) {
                return None;
            }
            (digits, end)
        }
    };
    inside
        .get(length..)?
        .starts_with(']')
        .then(|| (token.into(), length + 1))
}

/// Reads what follows `body` or `payload`.
pub(super) fn navigation(
    parser: &Parser<'_, '_>,
    tail: &str,
) -> Result<Navigation, ExpressionError> {
    let found = accessors(tail, 0).map_err(|(why, at)| parser.malformed(why, &tail[at..]))?;
    let mut navigation = Navigation {
        tokens: found.tokens.len(),
        ..Navigation::default()
    };
    for (token, _) in &found.tokens {
        if parser.place == Place::Value
            && let Some(at) = token.find(|c: char| c.is_whitespace() || matches!(c, '{' | '}'))
        {
            let _ = at;
            return Err(parser.malformed("a name holds no such character", tail));
        }
        navigation.path.push(token);
    }
    finish(parser, &mut navigation, &tail[found.end..])?;
    Ok(navigation)
}

/// Adds the pointer after `#`, and tells a trailing `.length`.
fn finish(
    parser: &Parser<'_, '_>,
    navigation: &mut Navigation,
    rest: &str,
) -> Result<(), ExpressionError> {
    let Some(pointer) = rest.strip_prefix('#') else {
        if !rest.is_empty() {
            return Err(parser.malformed("nothing more can follow", rest));
        }
        navigation.length = navigation.tokens > 0
            && !parser.notes.dialect.strict
            && navigation.path.tokens().last() == Some("length");
        return Ok(());
    };
    if pointer.contains(['{', '}']) && parser.notes.dialect.version >= Version::V1_1 {
        return Err(parser.malformed("a pointer in an expression holds no braces", pointer));
    }
    let parsed = Pointer::parse(pointer).map_err(|_| parser.bad_pointer(pointer))?;
    parsed
        .tokens()
        .for_each(|token| navigation.path.push(token));
    Ok(())
}

/// Reads a name and what follows it, as far as that can be told without knowing
/// which names there are.
pub(super) fn name(
    parser: &mut Parser<'_, '_>,
    rest: &str,
) -> Result<(Name, Navigation), ExpressionError> {
    let head = rest.find(['.', '[', '#']).unwrap_or(rest.len());
    let found = accessors(rest, head);
    let end = match &found {
        Ok(found) => found.end,
        Err(_) => rest.find('#').unwrap_or(rest.len()),
    };
    let full = &rest[..end];
    if full.is_empty() {
        return Err(parser.malformed("a name is missing", rest));
    }
    if let Some(at) = full.find(|c: char| matches!(c, '{' | '}') || c.is_control()) {
        return Err(parser.malformed("a name holds no such character", &full[at..]));
    }
    let brackets = found.as_ref().is_ok_and(|found| !found.dots_only);
    if brackets {
        return bracketed(parser, rest, found.unwrap_or_else(|_| no_accessors(end)));
    }
    let found = match found {
        Err((why, at)) if full.contains('[') => {
            return Err(parser.malformed(why, &rest[at..]));
        }
        Err(_) => no_accessors(end),
        Ok(found) => found,
    };
    if !full.chars().all(is_identifier) {
        if full.contains(char::is_whitespace) && parser.notes.dialect.version >= Version::V1_1 {
            return Err(parser.malformed("a name holds no blanks", rest));
        }
        parser.unusual(full)?;
    }
    split(parser, rest, found, true)
}

fn no_accessors(end: usize) -> Accessors {
    Accessors {
        tokens: Vec::new(),
        dots_only: true,
        end,
    }
}

/// A name with `[0]` after it: navigation, for in 1.1 no name has brackets.
fn bracketed(
    parser: &mut Parser<'_, '_>,
    rest: &str,
    found: Accessors,
) -> Result<(Name, Navigation), ExpressionError> {
    let literal = parser.notes.dialect.version == Version::V1_0;
    let (name, navigation) = split(parser, rest, found, literal)?;
    if parser.place == Place::Value {
        let shortest = name.readings().last().map_or("", |(name, _)| name);
        let before = &parser.text[..parser.text.len() - rest.len()];
        // `$inputs.[0]` has no name to put a pointer after.
        let fixable = !navigation.length && !shortest.is_empty();
        let right = fixable.then(|| format!("{before}{shortest}#{}", navigation.path));
        parser.lenient(Lenient::Navigation, right)?;
    }
    Ok((name, navigation))
}

/// Makes the candidates, the longest first. `literal`: the first is the name as
/// written, brackets and all.
fn split(
    parser: &mut Parser<'_, '_>,
    rest: &str,
    found: Accessors,
    literal: bool,
) -> Result<(Name, Navigation), ExpressionError> {
    let navigates =
        parser.place == Place::Condition || !parser.notes.dialect.strict || !found.dots_only;
    let mut navigation = Navigation::default();
    let mut candidates = Vec::new();
    if literal {
        candidates.push(Candidate {
            end: found.end as u32,
            skip: if navigates {
                found.tokens.len() as u32
            } else {
                0
            },
        });
    }
    if navigates {
        navigation.tokens = found.tokens.len();
        let first = found
            .tokens
            .first()
            .map_or(found.end, |(token, end)| head_end(rest, *end, token));
        for skip in (0..found.tokens.len()).rev() {
            let end = if skip == 0 {
                first
            } else {
                found.tokens[skip - 1].1
            };
            if !rest[..end].contains('[') {
                candidates.push(Candidate {
                    end: end as u32,
                    skip: skip as u32,
                });
            }
        }
        for (token, _) in &found.tokens {
            navigation.path.push(token);
        }
    }
    finish(parser, &mut navigation, &rest[found.end..])?;
    if navigation.length {
        parser.lenient(Lenient::Length, None)?;
    }
    let name = Name {
        text: rest[..found.end].into(),
        candidates: candidates.into(),
    };
    Ok((name, navigation))
}

/// Where the name before the first accessor ends.
fn head_end(rest: &str, end: usize, _token: &str) -> usize {
    rest[..end].find(['.', '[']).unwrap_or(end)
}
