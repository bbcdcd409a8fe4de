//! Text to condition: operands, as each style writes them.

use serde_json::Value;

use super::ast::Root;
use super::embed::Text;
use super::error::ExpressionError;
use super::grammar::{Cursor, Parser, Style};
use super::lenient::Lenient;
use super::literal;
use super::logic::{Length, Logic, Op, Operand, Path, Step};
use super::parse::{Notes, Place, expression};
use crate::json_reader;
use crate::pointer::Pointer;

/// Parses a simple condition: Arazzo, Criterion Object, literals and operators.
pub(super) fn simple(text: &str, notes: &mut Notes) -> Result<Logic, ExpressionError> {
    let mut cursor = Cursor { text, at: 0 };
    cursor.blanks();
    let trimmed = cursor.rest().trim_end();
    let inner = trimmed
        .strip_prefix('{')
        .and_then(|rest| rest.strip_suffix('}'));
    if let Some(inner) = inner.filter(|inner| !inner.contains(['{', '}'])) {
        notes.lenient(Lenient::Braces, trimmed, cursor.at, Some(inner.into()))?;
        cursor.at += 1;
        cursor.text = text.get(..cursor.at + inner.len()).unwrap_or(text);
    }
    Parser::whole(cursor, Style::Simple, notes)
}

/// Parses a comparison, for a text that is no JSONPath query.
pub(super) fn comparison(text: &str, notes: &mut Notes) -> Result<Logic, ExpressionError> {
    let mut cursor = Cursor { text, at: 0 };
    cursor.blanks();
    cursor.text = text.trim_end();
    Parser::whole(cursor, Style::Comparison, notes)
}

impl<'t> Parser<'t, '_> {
    /// Reads an operand on the left of an operator, or alone.
    pub(super) fn left(&mut self) -> Result<Operand, ExpressionError> {
        if let Some(operand) = self.marked()? {
            return Ok(operand);
        }
        let word = self.word();
        match literal::plain(word) {
            Some(value) => {
                self.cursor.at += word.len();
                Ok(Operand::Literal(value))
            }
            None => Err(self.cursor.malformed(match self.style {
                Style::Simple => "a value is missing or cannot be read",
                Style::Comparison => "a path or value is missing or cannot be read",
            })),
        }
    }

    /// Reads an operand on the right of an operator.
    pub(super) fn right(&mut self, left: &Operand, op: Op) -> Result<Operand, ExpressionError> {
        if let Some(operand) = self.marked()? {
            return Ok(operand);
        }
        let status = matches!(left, Operand::Expression(left) if left.root == Root::StatusCode);
        let status = status && self.style == Style::Simple;
        let before = self.cursor;
        if status
            && matches!(op, Op::Equal | Op::NotEqual)
            && let word = self.word()
            && let Some(class) = status_class(word)
        {
            self.notes
                .lenient(Lenient::StatusClass, word, before.at, None)?;
            self.cursor.at += word.len();
            return Ok(Operand::StatusClass(class));
        }
        match literal::unquoted(&mut self.cursor, self.notes)? {
            Value::String(_) if status => Err(before.malformed(
                "a status code is compared with a number, as in `$statusCode == 200`: found",
            )),
            value => Ok(Operand::Literal(value)),
        }
    }

    /// What comes next, up to where an operand without quotes ends.
    fn word(&self) -> &'t str {
        let rest = self.cursor.rest();
        &rest[..literal::operand_length(rest)]
    }

    /// Reads an operand that can be told by its first character.
    fn marked(&mut self) -> Result<Option<Operand>, ExpressionError> {
        let (rest, at) = (self.cursor.rest(), self.cursor.at);
        let simple = self.style == Style::Simple;
        let second = rest.as_bytes().get(1).copied().unwrap_or_default();
        let operand = match rest.bytes().next() {
            Some(b'$') if simple || second.is_ascii_alphabetic() => {
                let text = self.cursor.take(literal::operand_length(rest));
                self.expression(text, at)?
            }
            Some(b'{') if second == b'$' && rest.contains('}') => {
                let end = rest.find('}').map_or(rest.len(), |end| end + 1);
                let written = self.cursor.take(end);
                let inner = written.trim_start_matches('{').trim_end_matches('}');
                if simple {
                    let right = Some(inner.into());
                    self.notes.lenient(Lenient::Braces, written, at, right)?;
                }
                self.expression(inner, at + 1)?
            }
            Some(b'\'' | b'"') => self.string(at)?,
            Some(b'$' | b'@') if !simple => Operand::Path(path(&mut self.cursor)?),
            Some(b'#') if !simple => {
                let text = self.cursor.take(literal::operand_length(rest));
                let pointer = text.trim_start_matches('#');
                let parsed = Pointer::parse(pointer);
                let refused = |_| ExpressionError::bad_pointer(pointer, at + 1);
                Operand::Pointer(parsed.map_err(refused)?)
            }
            Some(b'l') if !simple && rest.starts_with("length(") => called(&mut self.cursor)?,
            _ => return Ok(None),
        };
        Ok(Some(operand))
    }

    fn expression(&mut self, text: &str, at: usize) -> Result<Operand, ExpressionError> {
        let expression = expression(text, at, Place::Condition, self.notes)?;
        Ok(Operand::Expression(Box::new(expression)))
    }

    /// A string in either quotes; in comparisons expressions may be embedded in it.
    fn string(&mut self, at: usize) -> Result<Operand, ExpressionError> {
        let rest = self.cursor.rest();
        let simple = self.style == Style::Simple;
        let text = match self.cursor.peek() {
            Some(b'"') => literal::double_quoted(&mut self.cursor)?,
            _ if simple => literal::single_quoted(&mut self.cursor)?,
            _ => single_quoted(&mut self.cursor)?,
        };
        if !simple {
            let embedded = Text::parse(&text, at + 1, self.notes)?;
            if embedded.literal().is_none() {
                return Ok(Operand::Text(embedded));
            }
        } else if rest.starts_with('"') {
            let written = &rest[..self.cursor.at - at];
            let right = Some(literal::quote(&text));
            self.notes
                .lenient(Lenient::DoubleQuotes, written, at, right)?;
        }
        Ok(Operand::Literal(Value::String(text)))
    }
}

/// The class that `2XX` names.
fn status_class(word: &str) -> Option<u8> {
    let class = word.bytes().next().filter(|b| (b'1'..=b'5').contains(b))?;
    word.get(1..)?
        .eq_ignore_ascii_case("xx")
        .then_some(class - b'0')
}

/// A string in single quotes, with the escapes of RFC 9535 or doubled quotes.
fn single_quoted(cursor: &mut Cursor<'_>) -> Result<String, ExpressionError> {
    let escaped = literal::quoted_length(cursor.rest())
        .and_then(|length| cursor.rest().get(..length))
        .filter(|raw| raw.contains('\\'));
    let Some(raw) = escaped else {
        return literal::single_quoted(cursor);
    };
    let inner = raw[1..raw.len() - 1]
        .replace("\\'", "'")
        .replace('"', "\\\"");
    let json = format!("\"{}\"", inner.replace("\\\\\"", "\\\""));
    let text = json_reader::string(&json).ok_or_else(|| cursor.malformed(literal::BAD_ESCAPE))?;
    cursor.at += raw.len();
    Ok(text)
}

/// `length(path)`.
fn called(cursor: &mut Cursor<'_>) -> Result<Operand, ExpressionError> {
    cursor.take("length(".len());
    cursor.blanks();
    let mut path = path(cursor)?;
    cursor.blanks();
    if !cursor.eat(")") || path.length == Length::Trailing {
        return Err(cursor.malformed("`length` takes one path and a `)` follows"));
    }
    path.length = Length::Called;
    Ok(Operand::Path(path))
}

/// Takes `$` or `@` and what follows it: names and indexes.
fn path(cursor: &mut Cursor<'_>) -> Result<Path, ExpressionError> {
    if !cursor.rest().starts_with(['$', '@']) {
        return Err(cursor.malformed("a path is missing"));
    }
    cursor.take(1);
    let mut steps = Vec::new();
    let mut dotted = false;
    loop {
        let before = *cursor;
        if cursor.eat(".") {
            let rest = cursor.rest();
            let named = |byte: &u8| {
                byte.is_ascii_alphanumeric() || !byte.is_ascii() || matches!(byte, b'_' | b'-')
            };
            let end = rest.bytes().take_while(named).count();
            if end == 0 {
                return Err(before.malformed(NOT_SINGULAR));
            }
            steps.push(Step::Member(cursor.take(end).into()));
            dotted = true;
            cursor.eat("()");
        } else if cursor.eat("[") {
            cursor.blanks();
            steps.push(bracket(cursor).ok_or_else(|| before.malformed(NOT_SINGULAR))?);
            cursor.blanks();
            if !cursor.eat("]") {
                return Err(before.malformed(NOT_SINGULAR));
            }
            dotted = false;
        } else {
            break;
        }
    }
    let length = dotted && steps.last() == Some(&Step::Member("length".into()));
    Ok(Path {
        steps,
        length: if length { Length::Trailing } else { Length::No },
    })
}

const NOT_SINGULAR: &str = "what is compared is a path of names and indexes; filters and wildcards are for a query of their own: found";

fn bracket(cursor: &mut Cursor<'_>) -> Option<Step> {
    let rest = cursor.rest();
    if rest.starts_with('"') {
        return Some(Step::Member(literal::double_quoted(cursor).ok()?.into()));
    }
    if rest.starts_with('\'') {
        return Some(Step::Member(single_quoted(cursor).ok()?.into()));
    }
    let mut bytes = rest.bytes();
    let end = bytes.position(|byte| !(byte.is_ascii_digit() || byte == b'-'))?;
    let index = rest.get(..end)?.parse().ok()?;
    cursor.at += end;
    Some(Step::Index(index))
}

/// The query that means the same, where there is one: a list that is empty or not.
pub(super) fn spelling(text: &str, logic: &Logic) -> Option<String> {
    let Logic::Compare(Operand::Path(path), op, Operand::Literal(limit)) = logic else {
        return None;
    };
    let Value::Number(limit) = limit else {
        return None;
    };
    let list = text.split(".length").next()?.trim();
    if path.length != Length::Trailing || !list.starts_with('$') {
        return None;
    }
    match (op, limit.as_str()) {
        (Op::Greater | Op::NotEqual, "0") | (Op::GreaterOrEqual, "1") => Some(format!("{list}[*]")),
        (Op::Equal | Op::LessOrEqual, "0") | (Op::Less, "1") => {
            Some(format!("$[?length({list}) == 0]"))
        }
        _ => None,
    }
}
