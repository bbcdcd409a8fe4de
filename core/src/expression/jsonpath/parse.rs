//! A text read as a JSONPath query, in one pass.

use serde_json::Value;

use super::error::{QueryError, QueryReason};
use super::functions;
use super::query::Query;
use crate::diagnostic::visible;
use crate::expression::tree::{Id, Kind, OPERATORS, Tree};
use crate::number;
use crate::pattern::PatternError;

/// How deep filters, parentheses and functions may nest.
const MAX_DEPTH: usize = 64;

/// Integers of I-JSON: RFC 7493, section 2.2.
const MAX_INTEGER: i64 = (1 << 53) - 1;

/// What has been read of a filter before its context is known: a literal, a path or
/// a call, and where it begins.
#[derive(Clone, Copy, Default)]
pub(super) struct Term {
    pub(super) start: usize,
    pub(super) id: Id,
}

/// Reads one text; knows where it stands.
pub(super) struct Parser<'t> {
    text: &'t str,
    at: usize,
    depth: usize,
    pub(super) tree: Tree,
    /// Whether somewhere the nodes of a singular path are counted.
    pub(super) counts_singular: bool,
    /// The first literal pattern that is no I-Regexp, and where it stands.
    pub(super) bad_pattern: Option<(usize, PatternError)>,
}

pub(super) type Parsed<T> = Result<T, Box<QueryError>>;

/// The beginning of a text.
impl<'t> Parser<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self {
            text,
            at: 0,
            depth: 0,
            tree: Tree::default(),
            counts_singular: false,
            bad_pattern: None,
        }
    }

    /// Reads the whole text as a query.
    pub(super) fn whole(&mut self) -> Parsed<()> {
        self.root(false)?;
        if self.at < self.text.len() {
            return Err(self.expected("`.`, `..`, `[` or the end"));
        }
        Ok(())
    }

    /// Reads a singular query; gives back where it ends.
    pub(super) fn prefix(&mut self) -> Parsed<usize> {
        self.root(true)?;
        Ok(self.at)
    }

    fn root(&mut self, singular: bool) -> Parsed<Id> {
        if self.peek() != b'$' {
            return Err(self.expected("`$`"));
        }
        self.path(singular)
    }

    /// What has been read.
    pub(super) fn query(mut self) -> Query {
        self.tree.settle();
        Query {
            text: self.text[..self.at].into(),
            tree: self.tree,
            counts_singular: self.counts_singular,
            bad_pattern: self.bad_pattern,
        }
    }
}

/// Characters.
impl<'t> Parser<'t> {
    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    /// The next byte; 0 at the end.
    fn peek(&self) -> u8 {
        self.text.as_bytes().get(self.at).copied().unwrap_or(0)
    }

    fn eat(&mut self, token: &str) -> bool {
        let found = self.rest().starts_with(token);
        if found {
            self.at += token.len();
        }
        found
    }

    /// Takes what the bytes allow.
    fn take(&mut self, allowed: fn(u8) -> bool) -> &'t str {
        let rest = self.rest();
        let length = rest.bytes().take_while(|byte| allowed(*byte)).count();
        self.at += length;
        &rest[..length]
    }

    fn blanks(&mut self) {
        self.take(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r'));
    }

    /// Takes a token, and the blanks around it.
    fn eat_spaced(&mut self, token: &str) -> bool {
        self.blanks();
        let found = self.eat(token);
        if found {
            self.blanks();
        }
        found
    }

    fn need(&mut self, token: &str, what: &'static str) -> Parsed<()> {
        match self.eat(token) {
            true => Ok(()),
            false => Err(self.expected(what)),
        }
    }

    #[cold]
    pub(super) fn error(
        &self,
        offset: usize,
        reason: QueryReason,
        what: &'static str,
        found: &str,
    ) -> Box<QueryError> {
        Box::new(QueryError {
            offset,
            reason,
            what,
            found: found.into(),
        })
    }

    /// An error that its reason tells all about.
    #[cold]
    fn wrong(&self, offset: usize, reason: QueryReason) -> Box<QueryError> {
        self.error(offset, reason, "", "")
    }

    #[cold]
    fn expected(&self, what: &'static str) -> Box<QueryError> {
        let rest = self.rest();
        let first = rest.chars().next().map_or(0, char::len_utf8);
        let found = visible(&rest[..first]);
        self.error(self.at, QueryReason::Expected, what, &found)
    }

    /// Goes into something that may hold more of its kind.
    fn deeper(&mut self) -> Parsed<()> {
        if self.depth == MAX_DEPTH {
            return Err(self.wrong(self.at, QueryReason::TooNested));
        }
        self.depth += 1;
        Ok(())
    }
}

/// Segments and selectors.
impl Parser<'_> {
    /// Reads a path, whose `$` or `@` comes next.
    fn path(&mut self, singular: bool) -> Parsed<Id> {
        let kind = match self.peek() {
            b'$' => Kind::Root,
            _ => Kind::Current,
        };
        self.at += 1;
        let path = self.tree.add(kind, 0, 0);
        let mut last = 0;
        loop {
            let before = self.at;
            self.blanks();
            let start = self.at;
            let kind = match self.eat("..") {
                true => Kind::Descendant,
                false => Kind::Segment,
            };
            let selectors = if self.eat("[") {
                self.bracketed()?
            } else if kind == Kind::Descendant || self.eat(".") {
                self.shorthand()?
            } else {
                self.at = before;
                self.tree.close(path);
                return Ok(path);
            };
            let segment = self.tree.add(kind, 0, selectors);
            if singular && !self.tree.has_one(segment) {
                return Err(self.wrong(start, QueryReason::NotSingular));
            }
            self.tree.link(path, last, segment);
            last = segment;
        }
    }

    /// Reads `*` or a member name without quotes: RFC 9535, section 2.5.1.1.
    fn shorthand(&mut self) -> Parsed<Id> {
        if self.eat("*") {
            return Ok(self.tree.add(Kind::Wildcard, 0, 0));
        }
        if self.peek().is_ascii_digit() {
            return Err(self.expected("a member name or `*`"));
        }
        let name =
            self.take(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || !byte.is_ascii());
        if name.is_empty() {
            return Err(self.expected("a member name or `*`"));
        }
        Ok(self.tree.add_value(Kind::Name, name.into()))
    }

    /// Reads selectors, after a `[`; gives back the first one.
    fn bracketed(&mut self) -> Parsed<Id> {
        let (mut first, mut last) = (0, 0);
        loop {
            self.blanks();
            let selector = self.selector()?;
            match last {
                0 => first = selector,
                last => self.tree.link(0, last, selector),
            }
            last = selector;
            self.blanks();
            if self.eat("]") {
                return Ok(first);
            }
            self.need(",", "`,` or `]`")?;
        }
    }

    fn selector(&mut self) -> Parsed<Id> {
        match self.peek() {
            b'"' | b'\'' => {
                let name = self.string()?;
                Ok(self.tree.add_value(Kind::Name, name.into()))
            }
            b'*' => {
                self.at += 1;
                Ok(self.tree.add(Kind::Wildcard, 0, 0))
            }
            b'?' => {
                self.at += 1;
                self.blanks();
                let test = self.alternatives()?;
                Ok(self.tree.add(Kind::Filter, 0, test))
            }
            b'-' | b':' | b'0'..=b'9' => self.index_or_slice(),
            _ => Err(self.expected("a string, an index, a slice, `*` or `?`")),
        }
    }

    fn index_or_slice(&mut self) -> Parsed<Id> {
        let start = self.integer()?;
        let before = self.at;
        if !self.eat_spaced(":") {
            self.at = before;
            return match self.tree.node(start).kind {
                Kind::Index => Ok(start),
                _ => Err(self.expected("an index or a slice")),
            };
        }
        let end = self.integer()?;
        self.tree.link(0, start, end);
        if self.eat_spaced(":") {
            let step = self.integer()?;
            self.tree.link(0, end, step);
        }
        Ok(self.tree.add(Kind::Slice, 0, start))
    }

    /// Reads an integer, or nothing.
    fn integer(&mut self) -> Parsed<Id> {
        let start = self.at;
        let negative = self.eat("-");
        let at_digits = self.at;
        let digits = self.take(|byte| byte.is_ascii_digit());
        if digits.is_empty() && !negative {
            return Ok(self.tree.add(Kind::Absent, 0, 0));
        }
        if digits.is_empty() || (digits.starts_with('0') && (negative || digits.len() > 1)) {
            self.at = at_digits;
            return Err(self.expected("an integer without leading zeros"));
        }
        match self.text[start..self.at].parse::<i64>() {
            Ok(number) if number.abs() <= MAX_INTEGER => Ok(self.tree.add(Kind::Index, number, 0)),
            _ => Err(self.wrong(start, QueryReason::IndexTooLarge)),
        }
    }
}

/// Filters.
impl Parser<'_> {
    fn alternatives(&mut self) -> Parsed<Id> {
        self.deeper()?;
        let test = self.joined(Kind::Or)?;
        self.depth -= 1;
        Ok(test)
    }

    /// Reads what `||` joins, or what `&&` does.
    fn joined(&mut self, kind: Kind) -> Parsed<Id> {
        let token = if kind == Kind::Or { "||" } else { "&&" };
        let (mut first, mut last) = (0, 0);
        loop {
            let part = match kind {
                Kind::Or => self.joined(Kind::And)?,
                _ => self.basic()?,
            };
            match last {
                0 => first = part,
                last => self.tree.link(0, last, part),
            }
            last = part;
            if !self.eat_spaced(token) {
                break;
            }
        }
        Ok(match first == last {
            true => first,
            false => self.tree.add(kind, 0, first),
        })
    }

    fn basic(&mut self) -> Parsed<Id> {
        let negated = self.eat("!");
        if negated {
            self.blanks();
        }
        let test = if self.eat("(") {
            self.blanks();
            let inner = self.alternatives()?;
            self.blanks();
            self.need(")", "`)`")?;
            inner
        } else {
            self.comparison_or_test(negated)?
        };
        Ok(match negated {
            true => self.tree.add(Kind::Not, 0, test),
            false => test,
        })
    }

    fn comparison_or_test(&mut self, only_test: bool) -> Parsed<Id> {
        let left = self.term()?;
        self.blanks();
        let mut operators = OPERATORS.iter();
        let operator = operators.find(|(token, _)| !only_test && self.eat(token));
        let Some((_, operator)) = operator else {
            return self.test(left);
        };
        self.operand(left)?;
        self.blanks();
        let right = self.term()?;
        self.operand(right)?;
        self.tree.link(0, left.id, right.id);
        Ok(self.tree.add(Kind::Compare(*operator), 0, left.id))
    }

    fn test(&mut self, Term { start, id }: Term) -> Parsed<Id> {
        match self.tree.node(id).kind {
            Kind::Root | Kind::Current => Ok(self.tree.add(Kind::Exists, 0, id)),
            Kind::Match | Kind::Search => Ok(id),
            Kind::Literal => Err(self.wrong(start, QueryReason::LiteralIsNoTest)),
            call => Err(self.error(start, QueryReason::MustCompare, functions::name(call), "")),
        }
    }

    /// Refuses a term that does not give one value: RFC 9535, section 2.4.1,
    /// `ValueType`.
    pub(super) fn operand(&self, Term { start, id }: Term) -> Parsed<()> {
        match self.tree.node(id).kind {
            Kind::Root | Kind::Current if !self.tree.is_singular(id) => {
                Err(self.wrong(start, QueryReason::NotSingular))
            }
            call @ (Kind::Match | Kind::Search) => {
                Err(self.error(start, QueryReason::CannotCompare, functions::name(call), ""))
            }
            _ => Ok(()),
        }
    }

    fn term(&mut self) -> Parsed<Term> {
        let start = self.at;
        let id = match self.peek() {
            b'$' | b'@' => self.path(false)?,
            b'"' | b'\'' => {
                let text = self.string()?;
                self.tree.add_value(Kind::Literal, text.into())
            }
            b'-' | b'0'..=b'9' => self.number()?,
            b'a'..=b'z' => self.word()?,
            _ => return Err(self.expected("`@`, `$`, a literal or a function")),
        };
        Ok(Term { start, id })
    }

    /// Reads `true`, `false`, `null` or a function call.
    fn word(&mut self) -> Parsed<Id> {
        let start = self.at;
        let word =
            self.take(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_');
        if !self.eat("(") {
            let value = match word {
                "true" => Value::Bool(true),
                "false" => Value::Bool(false),
                "null" => Value::Null,
                _ => return Err(self.expected("`(` after the name of a function")),
            };
            return Ok(self.tree.add_value(Kind::Literal, value));
        }
        let (mut arguments, mut given) = ([Term::default(); 2], 0);
        self.deeper()?;
        self.blanks();
        while given > 0 || !self.eat(")") {
            let argument = self.term()?;
            if let Some(place) = arguments.get_mut(given) {
                *place = argument;
            }
            given += 1;
            self.blanks();
            if self.eat(")") {
                break;
            }
            self.need(",", "`,` or `)`")?;
            self.blanks();
        }
        self.depth -= 1;
        self.call(start, word, arguments, given)
    }
}

/// Literals.
impl Parser<'_> {
    fn number(&mut self) -> Parsed<Id> {
        let start = self.at;
        self.eat("-");
        let whole = self.digits()?;
        if whole > 1 && self.text.as_bytes()[self.at - whole] == b'0' {
            self.at -= whole - 1;
            return Err(self.expected("a number without leading zeros"));
        }
        if self.eat(".") {
            self.digits()?;
        }
        if self.eat("e") || self.eat("E") {
            let _ = self.eat("-") || self.eat("+");
            self.digits()?;
        }
        match number::parse(&self.text[start..self.at]) {
            Some(number) => Ok(self.tree.add_value(Kind::Literal, Value::Number(number))),
            None => Err(self.expected("a number")),
        }
    }

    /// Reads digits; gives back how many.
    fn digits(&mut self) -> Parsed<usize> {
        let digits = self.take(|byte| byte.is_ascii_digit());
        match digits.len() {
            0 => Err(self.expected("a digit")),
            length => Ok(length),
        }
    }

    /// Reads a string, whose opening quote comes next.
    fn string(&mut self) -> Parsed<String> {
        let quote = self.peek();
        self.at += 1;
        let mut out = String::new();
        loop {
            out.push_str(self.take(|byte| byte >= b' ' && !matches!(byte, b'"' | b'\'' | b'\\')));
            let start = self.at;
            match self.peek() {
                0 if start == self.text.len() => return Err(self.expected("the closing quote")),
                b'\\' => {
                    let escaped = self.escape(quote);
                    out.push(escaped.ok_or_else(|| self.wrong(start, QueryReason::BadEscape))?);
                    continue;
                }
                byte if byte == quote => {
                    self.at += 1;
                    return Ok(out);
                }
                // The other quote.
                byte @ (b'"' | b'\'') => out.push(char::from(byte)),
                _ => return Err(self.wrong(start, QueryReason::BareControl)),
            }
            self.at += 1;
        }
    }

    /// Reads an escape, whose `\` comes next; `None` where it means nothing.
    fn escape(&mut self, quote: u8) -> Option<char> {
        let byte = *self.text.as_bytes().get(self.at + 1)?;
        self.at += 2;
        Some(match byte {
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'/' | b'\\' => char::from(byte),
            byte if byte == quote => char::from(byte),
            b'u' => {
                let mut code = self.hex()?;
                if let 0xD800..0xDC00 = code {
                    let low = self.eat("\\u").then(|| self.hex()).flatten()?;
                    if !(0xDC00..0xE000).contains(&low) {
                        return None;
                    }
                    code = 0x1_0000 + ((code - 0xD800) << 10) + (low - 0xDC00);
                }
                return char::from_u32(code);
            }
            _ => return None,
        })
    }

    fn hex(&mut self) -> Option<u32> {
        let digits = self.text.as_bytes().get(self.at..self.at + 4)?;
        self.at += 4;
        digits.iter().try_fold(0, |code, digit| {
            Some(code << 4 | char::from(*digit).to_digit(16)?)
        })
    }
}
