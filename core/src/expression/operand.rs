//! Text to condition: operands, as each style writes them.

use serde_json::Value;

use super::ast::Root;
use super::embed::{Piece, Text};
use super::error::ExpressionError;
use super::grammar::{Cursor, Parser, Style};
use super::lenient::Lenient;
use super::literal;
use super::parse::{Notes, Place, expression};
use super::tree::{Id, Kind, Op, Tree};
use crate::json_reader;
use crate::pointer::Pointer;

/// Parses a simple condition: Arazzo, Criterion Object, literals and operators.
pub(super) fn simple(text: &str, notes: &mut Notes) -> Result<Tree, ExpressionError> {
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
pub(super) fn comparison(text: &str, notes: &mut Notes) -> Result<Tree, ExpressionError> {
    let mut cursor = Cursor { text, at: 0 };
    cursor.blanks();
    cursor.text = text.trim_end();
    Parser::whole(cursor, Style::Comparison, notes)
}

impl<'t> Parser<'t, '_> {
    /// Reads an operand on the left of an operator, or alone.
    pub(super) fn left(&mut self) -> Result<Id, ExpressionError> {
        let operand = self.marked()?;
        if operand != 0 {
            return Ok(operand);
        }
        let word = self.word();
        let Some(value) = literal::plain(word) else {
            return Err(self.cursor.malformed(match self.style {
                Style::Simple => "a value is missing or cannot be read",
                Style::Comparison => "a path or value is missing or cannot be read",
            }));
        };
        self.cursor.at += word.len();
        Ok(self.tree.add_value(Kind::Literal, value))
    }

    /// Reads an operand on the right of an operator.
    pub(super) fn right(&mut self, left: Id, op: Op) -> Result<Id, ExpressionError> {
        let operand = self.marked()?;
        if operand != 0 {
            return Ok(operand);
        }
        let left = self.tree.expression(self.tree.node(left));
        let status =
            self.style == Style::Simple && left.is_some_and(|left| left.root == Root::StatusCode);
        let before = self.cursor;
        if status
            && matches!(op, Op::Equal | Op::NotEqual)
            && let word = self.word()
            && let Some(class) = status_class(word)
        {
            self.notes
                .lenient(Lenient::StatusClass, word, before.at, None)?;
            self.cursor.at += word.len();
            return Ok(self.tree.add(Kind::StatusClass, class.into(), 0));
        }
        match literal::unquoted(&mut self.cursor, self.notes)? {
            Value::String(_) if status => Err(before.malformed(
                "a status code is compared with a number, as in `$statusCode == 200`: found",
            )),
            value => Ok(self.tree.add_value(Kind::Literal, value)),
        }
    }

    /// What comes next, up to where an operand without quotes ends.
    fn word(&self) -> &'t str {
        let rest = self.cursor.rest();
        &rest[..literal::operand_length(rest)]
    }

    /// Reads an operand that can be told by its first character; gives back 0 where
    /// it cannot.
    fn marked(&mut self) -> Result<Id, ExpressionError> {
        let (rest, at) = (self.cursor.rest(), self.cursor.at);
        let simple = self.style == Style::Simple;
        let second = rest.as_bytes().get(1).copied().unwrap_or_default();
        match rest.bytes().next() {
            Some(b'$') if simple || second.is_ascii_alphabetic() => {
                let text = self.cursor.take(literal::operand_length(rest));
                self.expression(text, at)
            }
            Some(b'{') if second == b'$' && rest.contains('}') => {
                let end = rest.find('}').map_or(rest.len(), |end| end + 1);
                let written = self.cursor.take(end);
                let inner = written.trim_start_matches('{').trim_end_matches('}');
                if simple {
                    let right = Some(inner.into());
                    self.notes.lenient(Lenient::Braces, written, at, right)?;
                }
                self.expression(inner, at + 1)
            }
            Some(b'\'' | b'"') => self.string(at),
            Some(b'$' | b'@') if !simple => self.path(),
            Some(b'#') if !simple => {
                let text = self.cursor.take(literal::operand_length(rest));
                self.pointer(text.trim_start_matches('#'), at + 1)
            }
            Some(b'l') if !simple && self.cursor.eat("length(") => self.called(),
            _ => Ok(0),
        }
    }

    fn expression(&mut self, text: &str, at: usize) -> Result<Id, ExpressionError> {
        let expression = expression(text, at, Place::Condition, self.notes)?;
        Ok(self.tree.add_expression(expression))
    }

    /// A string in either quotes; in comparisons expressions may be embedded in it.
    fn string(&mut self, at: usize) -> Result<Id, ExpressionError> {
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
                return Ok(self.embedded(embedded));
            }
        } else if rest.starts_with('"') {
            let written = &rest[..self.cursor.at - at];
            let right = Some(literal::quote(&text));
            self.notes
                .lenient(Lenient::DoubleQuotes, written, at, right)?;
        }
        Ok(self.tree.add_value(Kind::Literal, text.into()))
    }

    fn embedded(&mut self, text: Text) -> Id {
        let whole = self.tree.add(Kind::Text, 0, 0);
        let mut last = 0;
        for piece in text.pieces {
            let next = match piece {
                Piece::Literal(text) => self.tree.add_value(Kind::Literal, (*text).into()),
                Piece::Expression(expression) => self.tree.add_expression(expression),
            };
            self.tree.link(whole, last, next);
            last = next;
        }
        whole
    }

    fn pointer(&mut self, text: &str, at: usize) -> Result<Id, ExpressionError> {
        let pointer = Pointer::parse(text);
        let pointer = pointer.map_err(|_| ExpressionError::bad_pointer(text, at))?;
        let place = self.tree.add(Kind::Place, 0, 0);
        let mut last = 0;
        for token in pointer.tokens() {
            let next = self.tree.add_value(Kind::Name, token.into());
            self.tree.link(place, last, next);
            last = next;
        }
        Ok(place)
    }

    /// `length(path)`, from the path on.
    fn called(&mut self) -> Result<Id, ExpressionError> {
        self.cursor.blanks();
        let path = self.path()?;
        self.cursor.blanks();
        let kind = &mut self.tree.nodes[path as usize].kind;
        if !self.cursor.eat(")") || *kind == Kind::PlaceOrLength {
            let reason = "`length` takes one path and a `)` follows";
            return Err(self.cursor.malformed(reason));
        }
        *kind = Kind::LengthOf;
        Ok(path)
    }

    /// Takes `$` or `@` and what follows it: names and indexes.
    fn path(&mut self) -> Result<Id, ExpressionError> {
        if !(self.cursor.eat("$") || self.cursor.eat("@")) {
            return Err(self.cursor.malformed("a path is missing"));
        }
        let path = self.tree.add(Kind::Place, 0, 0);
        let mut last = 0;
        loop {
            let before = self.cursor;
            let step = if self.cursor.eat(".") {
                self.member()
            } else if self.cursor.eat("[") {
                self.bracket()
            } else {
                return Ok(path);
            };
            let step = step.ok_or_else(|| before.malformed(NOT_SINGULAR))?;
            self.tree.link(path, last, step);
            last = step;
            let name = self.tree.value(self.tree.node(step));
            let length =
                before.rest().starts_with(".length") && name.is_some_and(|name| name == "length");
            self.tree.nodes[path as usize].kind = match length {
                true => Kind::PlaceOrLength,
                false => Kind::Place,
            };
        }
    }

    /// A name after a `.`; `()` may follow.
    fn member(&mut self) -> Option<Id> {
        let named = |byte: &u8| {
            byte.is_ascii_alphanumeric() || !byte.is_ascii() || matches!(byte, b'_' | b'-')
        };
        let length = self.cursor.rest().bytes().take_while(named).count();
        let name = self.cursor.take(length);
        self.cursor.eat("()");
        (length > 0).then(|| self.tree.add_value(Kind::Name, name.into()))
    }

    /// A name in quotes or an index, up to and with the `]`.
    fn bracket(&mut self) -> Option<Id> {
        self.cursor.blanks();
        let rest = self.cursor.rest();
        let step = match self.cursor.peek()? {
            b'"' => {
                let name = literal::double_quoted(&mut self.cursor).ok()?;
                self.tree.add_value(Kind::Name, name.into())
            }
            b'\'' => {
                let name = single_quoted(&mut self.cursor).ok()?;
                self.tree.add_value(Kind::Name, name.into())
            }
            _ => {
                let digit = |byte: &u8| byte.is_ascii_digit() || *byte == b'-';
                let end = rest.bytes().take_while(digit).count();
                let index = self.cursor.take(end).parse().ok()?;
                self.tree.add(Kind::Index, index, 0)
            }
        };
        self.cursor.blanks();
        self.cursor.eat("]").then_some(step)
    }
}

/// Said of a path that may select several values.
const NOT_SINGULAR: &str = "what is compared is a path of names and indexes; filters and wildcards are for a query of their own: found";

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

/// The query that means the same, where there is one: a list that is empty or not.
pub(super) fn spelling(text: &str, tree: &Tree) -> Option<String> {
    let test = tree.node(tree.node(0).child);
    let Kind::Compare(op) = test.kind else {
        return None;
    };
    let left = tree.node(test.child);
    let right = tree.node(left.next);
    let Value::Number(limit) = tree.value(right).filter(|_| right.kind == Kind::Literal)? else {
        return None;
    };
    let list = text.split(".length").next()?.trim();
    if left.kind != Kind::PlaceOrLength || !list.starts_with('$') {
        return None;
    }
    match (op, limit.as_str()) {
        (Op::Greater | Op::NotEqual, "0") | (Op::GreaterOrEqual, "1") => {
            Some([list, "[*]"].concat())
        }
        (Op::Equal | Op::LessOrEqual, "0") | (Op::Less, "1") => {
            Some(["$[?length(", list, ") == 0]"].concat())
        }
        _ => None,
    }
}
