//! Slips of the pen: what was probably meant.

use super::ast::{Expression, Root};
use super::error::{ExpressionError, Kind};
use super::lenient::Lenient;
use super::parse::{Dialect, parse};
use crate::diagnostic::nearest;

/// The words that expressions begin with.
const ROOTS: [&str; 13] = [
    "url",
    "method",
    "statusCode",
    "self",
    "request",
    "response",
    "message",
    "inputs",
    "outputs",
    "steps",
    "workflows",
    "sourceDescriptions",
    "components",
];

/// Roots that other tools have, and what does the same here.
const FOREIGN: [(&str, &str); 6] = [
    ("status", "statusCode"),
    ("status_code", "statusCode"),
    ("body", "response.body"),
    ("header", "response.header"),
    ("headers", "response.header"),
    ("sources", "sourceDescriptions"),
];

/// A text that begins with `$` and is no expression.
pub(super) enum Slip {
    /// Just text, such as `$5.00`.
    Plain,
    /// Text that looks like a slip.
    Suspicious(Lenient),
    /// A malformed expression.
    Error,
}

/// The word after the `$`, and the rest.
fn word(text: &str) -> (&str, &str) {
    let text = text.strip_prefix('$').unwrap_or(text);
    let end = text
        .find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
        .unwrap_or(text.len());
    text.split_at(end)
}

/// The root that a word probably means.
fn meant(word: &str) -> Option<&'static str> {
    let foreign = FOREIGN.iter().find(|(name, _)| *name == word);
    foreign
        .map(|(_, root)| *root)
        .or_else(|| nearest(word, ROOTS))
}

/// What a text that cannot be parsed is where any text may stand.
pub(super) fn literal(text: &str, dialect: Dialect) -> Slip {
    let (word, rest) = word(text);
    if word.starts_with(|c: char| c.is_ascii_digit()) {
        return Slip::Plain;
    }
    if word.is_empty() {
        return match rest.chars().next() {
            Some('.' | '[' | '{') if rest.len() > 1 => Slip::Suspicious(Lenient::DollarLiteral),
            _ => Slip::Plain,
        };
    }
    let lone = text.split_whitespace().next().unwrap_or_default();
    if lone.len() < text.len() {
        let expression = parse(lone, dialect).is_ok();
        let known = ROOTS.contains(&word) && !rest.starts_with(char::is_whitespace);
        return match (expression, known) {
            (true, _) => Slip::Suspicious(Lenient::BareExpression),
            (false, true) => Slip::Error,
            (false, false) => Slip::Suspicious(Lenient::DollarLiteral),
        };
    }
    let foreign = word.starts_with("faker") || (word == "env" && rest.starts_with('.'));
    let near = meant(word)
        .is_some_and(|root| rest.starts_with(['.', '[']) || root.eq_ignore_ascii_case(word));
    if foreign || near {
        return Slip::Error;
    }
    Slip::Suspicious(Lenient::DollarLiteral)
}

/// Whether an expression's name is so odd that a text was meant.
pub(super) fn holds_text(expression: &Expression) -> bool {
    let named = matches!(
        expression.root,
        Root::Input
            | Root::Output
            | Root::StepOutput
            | Root::WorkflowInput
            | Root::WorkflowOutput
            | Root::Component
    );
    let name = expression.as_str().get(expression.name as usize..);
    // What follows is a pointer.
    let name = name.unwrap_or_default().split("#/").next();
    named && name.is_some_and(|name| name.contains(char::is_whitespace))
}

/// The error for a text whose beginning is no root with what has to follow it.
pub(super) fn root(text: &str, offset: usize) -> ExpressionError {
    let (word, rest) = word(text);
    if !text.starts_with('$') || word.is_empty() {
        let reason = "an expression begins with `$` and a name";
        return ExpressionError::at(Kind::Malformed, reason, text, offset);
    }
    if ROOTS.contains(&word) {
        return incomplete(text, word, rest, offset);
    }
    let suggestion = meant(word)
        .map(|root| ["$", root, rest].concat())
        .and_then(|text| accepted(&text));
    ExpressionError::at(Kind::UnknownRoot, "", text, 0).meant(suggestion.as_deref())
}

/// The suggestion itself, or what it in turn suggests.
fn accepted(text: &str) -> Option<String> {
    let dialect = Dialect {
        version: super::parse::Version::V1_1,
        strict: false,
    };
    match parse(text, dialect) {
        Ok(_) => Some(text.into()),
        Err(error) => {
            let meant = error.suggestion();
            (error.kind() == Kind::Malformed && !meant.is_empty()).then(|| meant.into())
        }
    }
}

/// The error for a known root without what has to follow it.
fn incomplete(text: &str, word: &str, rest: &str, offset: usize) -> ExpressionError {
    let alone = matches!(word, "url" | "method" | "statusCode" | "self");
    let named = matches!(word, "inputs" | "outputs");
    let name = rest
        .trim_start_matches(['/', '#', '[', '\'', '"'])
        .trim_end_matches([']', '\'', '"']);
    let suggestion = match word {
        _ if alone => Some(["$", word].concat()),
        _ if named && !name.is_empty() => accepted(&["$", word, ".", name].concat()),
        "response" | "request" if rest.is_empty() => Some(["$", word, ".body"].concat()),
        "message" if rest.is_empty() => Some("$message.payload".into()),
        _ => None,
    };
    let reason = if alone {
        "nothing can follow"
    } else {
        "a `.` and a name follow"
    };
    let offset = offset + 1 + word.len();
    ExpressionError::at(Kind::Malformed, reason, text, offset).meant(suggestion.as_deref())
}

/// The error for `$request.…`, `$response.…`, `$message.…` with an unknown part.
pub(super) fn message(text: &str, rest: &str, offset: usize) -> ExpressionError {
    let at = text.len() - rest.len();
    let (before, received) = (&text[..at], text.starts_with("$message"));
    let (word, tail) = word(rest);
    let name = tail
        .trim_start_matches(['.', '[', '\'', '"'])
        .trim_end_matches([']', '\'', '"']);
    let suggestion = match word {
        "status" | "statusCode" | "status_code" | "code" if before == "$response." => {
            Some("$statusCode".to_owned())
        }
        "url" | "method" if tail.is_empty() => Some(["$", word].concat()),
        "body" | "payload" if tail.starts_with('/') => Some([before, word, "#", tail].concat()),
        _ if received && matches!(word, "query" | "path") => None,
        _ => match nearest(word, ["header", "query", "path", "body", "payload"]) {
            Some(part @ ("header" | "query" | "path")) if !name.is_empty() => {
                Some([before, part, ".", name].concat())
            }
            Some(part @ ("body" | "payload")) if word != part => {
                accepted(&[before, part, tail].concat())
            }
            _ => None,
        },
    };
    let reason = if received {
        "a message has `header` and `payload`"
    } else {
        "a request or response has `header`, `query`, `path` and `body`"
    };
    ExpressionError::at(Kind::Malformed, reason, text, offset + at).meant(suggestion.as_deref())
}

/// What follows a `#` that is no pointer, as a pointer.
pub(super) fn pointer(before: &str, pointer: &str) -> String {
    let path = pointer.strip_prefix("$").unwrap_or(pointer);
    match path.strip_prefix('.') {
        Some(path) => [before, "/", &path.replace('.', "/")].concat(),
        None => [before, "/", path].concat(),
    }
}

/// The error for `$steps.…` without `outputs`.
pub(super) fn step(text: &str, rest: &str, offset: usize) -> ExpressionError {
    let (id, field) = rest.split_once('.').unwrap_or((rest, ""));
    let output = ["output.", "outputs#/", "outputs/", "outputs["]
        .iter()
        .find_map(|prefix| field.strip_prefix(prefix))
        .unwrap_or(field)
        .trim_matches([']', '\'', '"']);
    let other = ["response", "request", "outputs", "inputs", "statusCode"]
        .iter()
        .any(|word| {
            output
                .strip_prefix(word)
                .is_some_and(super::name::ends_a_name)
        });
    let suggestion = (!id.is_empty() && !output.is_empty() && !other)
        .then(|| accepted(&["$steps.", id, ".outputs.", output].concat()))
        .flatten();
    let reason = "of a step only `.outputs.` and an output's name can be read";
    let offset = offset + text.len() - field.len();
    ExpressionError::at(Kind::Malformed, reason, text, offset).meant(suggestion.as_deref())
}

/// The error for `$workflows.…` without `inputs` or `outputs`.
pub(super) fn workflow(text: &str, rest: &str, offset: usize) -> ExpressionError {
    let reason = "of a workflow only `.inputs.` or `.outputs.` and a name can be read";
    let offset = offset + text.len() - rest.len();
    ExpressionError::at(Kind::Malformed, reason, text, offset)
}
