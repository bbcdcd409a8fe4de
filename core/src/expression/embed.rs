//! Texts with embedded expressions: `{$…}`.

use super::ast::Expression;
use super::error::{ExpressionError, Kind};
use super::evaluate::text_of;
use super::lenient::Lenient;
use super::name::is_identifier;
use super::parse::{Notes, Place, expression};
use super::scope::Scope;
use super::slip::{self, Slip};

/// A text with holes: Arazzo 1.1.0, `expression-string`; the same in 1.0.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Text {
    pub(super) pieces: Vec<Piece>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Piece {
    Literal(Box<str>),
    Expression(Expression),
}

impl Text {
    /// Finds the embedded expressions. Braces that open none are text.
    pub(super) fn parse(
        text: &str,
        offset: usize,
        notes: &mut Notes,
    ) -> Result<Self, ExpressionError> {
        let mut pieces = Vec::new();
        let (mut literal, mut at) = (0, 0);
        while let Some(found) = text.get(at..).and_then(|rest| rest.find("{$")) {
            let open = at + found;
            at = open + 2;
            let inner = text.get(open + 1..).unwrap_or_default();
            let Some(end) = inner
                .find(['{', '}', '\n'])
                .filter(|end| inner[*end..].starts_with('}'))
            else {
                continue;
            };
            let inner = &inner[..end];
            match expression(inner, offset + open + 1, Place::Value, notes) {
                Ok(expression) => {
                    push_literal(&mut pieces, &text[literal..open]);
                    pieces.push(Piece::Expression(expression));
                    at = open + 1 + end + 1;
                    literal = at;
                }
                Err(error) => match slip::literal(inner, notes.dialect) {
                    Slip::Error => return Err(error),
                    Slip::Plain => {}
                    Slip::Suspicious(_) => {
                        let written = &text[open..open + end + 2];
                        notes.lenient(Lenient::BracesLiteral, written, offset + open, None)?;
                    }
                },
            }
        }
        push_literal(&mut pieces, &text[literal..]);
        Ok(Self { pieces })
    }

    /// The text, where nothing is embedded.
    pub(super) fn literal(&self) -> Option<&str> {
        match self.pieces.as_slice() {
            [] => Some(""),
            [Piece::Literal(text)] => Some(text),
            _ => None,
        }
    }

    /// The text after another, with a digit for each expression.
    pub(super) fn probe(&self, before: &str) -> String {
        let mut probe = before.to_owned();
        for piece in &self.pieces {
            probe.push_str(match piece {
                Piece::Literal(text) => text,
                Piece::Expression(_) => "0",
            });
        }
        probe
    }

    pub(super) fn expressions(&self) -> impl Iterator<Item = &Expression> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Expression(expression) => Some(expression),
            Piece::Literal(_) => None,
        })
    }

    pub(super) fn expressions_mut(&mut self) -> impl Iterator<Item = &mut Expression> {
        self.pieces.iter_mut().filter_map(|piece| match piece {
            Piece::Expression(expression) => Some(expression),
            Piece::Literal(_) => None,
        })
    }

    /// Fills the holes with the values' texts.
    pub(super) fn fill(&self, scope: &dyn Scope) -> Result<String, ExpressionError> {
        let mut out = String::new();
        self.pieces(scope, &mut |text| out.push_str(text))?;
        Ok(out)
    }

    /// Hands the pieces of the filled text to `f`, one after the other.
    pub(super) fn pieces(
        &self,
        scope: &dyn Scope,
        f: &mut dyn FnMut(&str),
    ) -> Result<(), ExpressionError> {
        for piece in &self.pieces {
            match piece {
                Piece::Literal(text) => f(text),
                Piece::Expression(expression) => match expression.evaluate(scope)? {
                    Some(value) => f(&text_of(&value)),
                    None => return Err(unresolved(expression)),
                },
            }
        }
        Ok(())
    }
}

pub(super) fn unresolved(expression: &Expression) -> ExpressionError {
    ExpressionError::of(Kind::Unresolved, expression.as_str())
}

fn push_literal(pieces: &mut Vec<Piece>, text: &str) {
    if !text.is_empty() {
        pieces.push(Piece::Literal(text.into()));
    }
}

/// Where an expression stands in a longer text without braces.
pub(super) fn bare(text: &str) -> Option<(usize, &str)> {
    const ROOTS: [&str; 7] = [
        "$inputs.",
        "$outputs.",
        "$steps.",
        "$workflows.",
        "$request.",
        "$response.",
        "$message.",
    ];
    for (at, _) in text.match_indices('$') {
        let rest = &text[at..];
        let known = ROOTS.iter().any(|root| rest.starts_with(root));
        if known && !text[..at].ends_with('{') {
            let goes_on = |byte| matches!(byte, b'$' | b'#' | b'/') || is_identifier(byte);
            let end = rest.bytes().position(|byte| !goes_on(byte));
            return Some((at, &rest[..end.unwrap_or(rest.len())]));
        }
    }
    None
}
