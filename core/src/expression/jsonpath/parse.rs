//! A text read as a JSONPath query, in one pass.

use serde_json::Value;

use super::ast::{Comparison, Logical, Operand, Operator, Path, Segment, Selector, Slice};
use super::error::{QueryError, QueryReason};
use super::functions::Call;
use crate::number;
use crate::pattern::PatternError;

/// How deep filters, parentheses and functions may nest.
const MAX_DEPTH: usize = 64;

/// Integers of I-JSON: RFC 7493, section 2.2.
const MAX_INTEGER: i64 = (1 << 53) - 1;

/// What has been read of a filter before its context is known.
pub(super) enum Term {
    Literal(Value),
    Path(Path),
    Call(Call),
}

/// Reads one text; knows where it stands.
pub(super) struct Parser<'t> {
    text: &'t str,
    at: usize,
    depth: usize,
    /// Whether somewhere the nodes of a singular path are counted.
    pub(super) counts_singular: bool,
    /// The first literal pattern that is no I-Regexp, and where it stands.
    pub(super) bad_pattern: Option<(usize, PatternError)>,
}

type Parsed<T> = Result<T, QueryError>;

/// The beginning of a text.
impl<'t> Parser<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self {
            text,
            at: 0,
            depth: 0,
            counts_singular: false,
            bad_pattern: None,
        }
    }

    /// Reads the whole text as a query.
    pub(super) fn whole(&mut self) -> Parsed<Path> {
        let path = self.root(false)?;
        if self.at < self.text.len() {
            return Err(self.expected("`.`, `..`, `[` or the end"));
        }
        Ok(path)
    }

    /// Reads a singular query; gives back where it ends.
    pub(super) fn prefix(&mut self) -> Parsed<(Path, usize)> {
        let path = self.root(true)?;
        Ok((path, self.at))
    }

    fn root(&mut self, singular: bool) -> Parsed<Path> {
        self.need('$', "`$`")?;
        Ok(Path::new(true, self.segments(singular)?))
    }
}

/// Characters.
impl<'t> Parser<'t> {
    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += c.len_utf8();
        Some(c)
    }

    fn eat(&mut self, token: &str) -> bool {
        let found = self.rest().starts_with(token);
        if found {
            self.at += token.len();
        }
        found
    }

    /// Takes what the bytes allow, all of them ASCII.
    fn take(&mut self, allowed: impl Fn(u8) -> bool) -> &'t str {
        let rest = self.rest();
        let length = rest.bytes().take_while(|b| allowed(*b)).count();
        self.at += length;
        &rest[..length]
    }

    fn skip_blanks(&mut self) {
        self.take(|b| matches!(b, b' ' | b'\t' | b'\n' | b'\r'));
    }

    fn need(&mut self, c: char, what: &'static str) -> Parsed<()> {
        if self.peek() != Some(c) {
            return Err(self.expected(what));
        }
        self.at += c.len_utf8();
        Ok(())
    }

    pub(super) fn error(&self, offset: usize, reason: QueryReason) -> QueryError {
        QueryError { offset, reason }
    }

    fn expected(&self, what: &'static str) -> QueryError {
        let found = self.peek();
        self.error(self.at, QueryReason::Expected { what, found })
    }

    /// Reads something that may hold more of its kind.
    fn nested<T>(&mut self, read: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        if self.depth == MAX_DEPTH {
            return Err(self.error(self.at, QueryReason::TooNested { limit: MAX_DEPTH }));
        }
        self.depth += 1;
        let read = read(self);
        self.depth -= 1;
        read
    }
}

/// Segments and selectors.
impl Parser<'_> {
    fn segments(&mut self, singular: bool) -> Parsed<Box<[Segment]>> {
        let mut segments = Vec::new();
        loop {
            let before = self.at;
            self.skip_blanks();
            let start = self.at;
            let descendant = self.eat("..");
            let selectors: Box<[Selector]> = if self.peek() == Some('[') {
                self.at += 1;
                self.bracketed()?
            } else if descendant || self.eat(".") {
                Box::new([self.shorthand()?])
            } else {
                self.at = before;
                return Ok(segments.into());
            };
            let segment = Segment {
                descendant,
                selectors,
            };
            if singular && !segment.is_singular() {
                return Err(self.error(start, QueryReason::NotSingular));
            }
            segments.push(segment);
        }
    }

    /// Reads `*` or a member name without quotes: RFC 9535, section 2.5.1.1.
    fn shorthand(&mut self) -> Parsed<Selector> {
        if self.eat("*") {
            return Ok(Selector::Wildcard);
        }
        let first = |c: char| c.is_ascii_alphabetic() || c == '_' || !c.is_ascii();
        let rest = self.rest();
        let end = rest
            .find(|c: char| !first(c) && !c.is_ascii_digit())
            .unwrap_or(rest.len());
        if !rest.starts_with(first) {
            return Err(self.expected("a member name or `*`"));
        }
        self.at += end;
        Ok(Selector::Name(rest[..end].into()))
    }

    fn bracketed(&mut self) -> Parsed<Box<[Selector]>> {
        let mut selectors = Vec::with_capacity(1);
        loop {
            self.skip_blanks();
            selectors.push(self.selector()?);
            self.skip_blanks();
            if self.eat("]") {
                return Ok(selectors.into());
            }
            self.need(',', "`,` or `]`")?;
        }
    }

    fn selector(&mut self) -> Parsed<Selector> {
        match self.peek() {
            Some(quote @ ('"' | '\'')) => Ok(Selector::Name(self.string(quote)?.into())),
            Some('*') => {
                self.at += 1;
                Ok(Selector::Wildcard)
            }
            Some('?') => {
                self.at += 1;
                self.skip_blanks();
                Ok(Selector::Filter(self.alternatives()?))
            }
            Some('-' | ':' | '0'..='9') => self.index_or_slice(),
            _ => Err(self.expected("a string, an index, a slice, `*` or `?`")),
        }
    }

    fn index_or_slice(&mut self) -> Parsed<Selector> {
        let start = self.integer()?;
        let before = self.at;
        self.skip_blanks();
        if !self.eat(":") {
            self.at = before;
            return match start {
                Some(index) => Ok(Selector::Index(index)),
                None => Err(self.expected("an index or a slice")),
            };
        }
        self.skip_blanks();
        let end = self.integer()?;
        self.skip_blanks();
        let step = if self.eat(":") {
            self.skip_blanks();
            self.integer()?
        } else {
            None
        };
        Ok(Selector::Slice(Slice {
            start,
            end,
            step: step.unwrap_or(1),
        }))
    }

    /// Reads an integer; `None` where there is none.
    fn integer(&mut self) -> Parsed<Option<i64>> {
        let start = self.at;
        let negative = self.eat("-");
        let at_digits = self.at;
        let digits = self.take(|b| b.is_ascii_digit());
        if digits.is_empty() && !negative {
            return Ok(None);
        }
        if digits.is_empty() || (digits.starts_with('0') && (negative || digits.len() > 1)) {
            self.at = at_digits;
            return Err(self.expected("an integer without leading zeros"));
        }
        match self.text[start..self.at].parse::<i64>() {
            Ok(number) if number.abs() <= MAX_INTEGER => Ok(Some(number)),
            _ => Err(self.error(start, QueryReason::IndexTooLarge)),
        }
    }
}

/// Filters.
impl Parser<'_> {
    fn alternatives(&mut self) -> Parsed<Logical> {
        self.nested(|parser| {
            let first = parser.conjunction()?;
            parser.chain("||", first, Self::conjunction, Logical::Or)
        })
    }

    fn conjunction(&mut self) -> Parsed<Logical> {
        let first = self.basic()?;
        self.chain("&&", first, Self::basic, Logical::And)
    }

    /// Reads the rest of a chain whose first link is given.
    fn chain(
        &mut self,
        token: &str,
        first: Logical,
        link: fn(&mut Self) -> Parsed<Logical>,
        join: fn(Box<[Logical]>) -> Logical,
    ) -> Parsed<Logical> {
        self.skip_blanks();
        if !self.rest().starts_with(token) {
            return Ok(first);
        }
        let mut links = vec![first];
        while self.eat(token) {
            self.skip_blanks();
            links.push(link(self)?);
            self.skip_blanks();
        }
        Ok(join(links.into()))
    }

    fn basic(&mut self) -> Parsed<Logical> {
        let negated = self.eat("!");
        if negated {
            self.skip_blanks();
        }
        let logical = if self.eat("(") {
            self.skip_blanks();
            let inner = self.alternatives()?;
            self.skip_blanks();
            self.need(')', "`)`")?;
            inner
        } else {
            self.comparison_or_test(negated)?
        };
        Ok(if negated {
            Logical::Not(Box::new(logical))
        } else {
            logical
        })
    }

    fn comparison_or_test(&mut self, only_test: bool) -> Parsed<Logical> {
        let start = self.at;
        let left = self.term()?;
        self.skip_blanks();
        if only_test {
            return self.test(start, left);
        }
        let Some(operator) = self.operator() else {
            return self.test(start, left);
        };
        let left = self.operand(start, left)?;
        self.skip_blanks();
        let start = self.at;
        let right = self.term()?;
        let right = self.operand(start, right)?;
        Ok(Logical::Compare(Box::new(Comparison {
            left,
            operator,
            right,
        })))
    }

    fn operator(&mut self) -> Option<Operator> {
        const OPERATORS: [(&str, Operator); 6] = [
            ("==", Operator::Equal),
            ("!=", Operator::NotEqual),
            ("<=", Operator::LessOrEqual),
            (">=", Operator::GreaterOrEqual),
            ("<", Operator::Less),
            (">", Operator::Greater),
        ];
        let (token, operator) = OPERATORS
            .iter()
            .find(|(token, _)| self.rest().starts_with(token))?;
        self.at += token.len();
        Some(*operator)
    }

    fn test(&self, start: usize, term: Term) -> Parsed<Logical> {
        match term {
            Term::Path(path) => Ok(Logical::Exists(path)),
            Term::Call(call) => call.test().map_err(|reason| self.error(start, reason)),
            Term::Literal(_) => Err(self.error(start, QueryReason::LiteralIsNoTest)),
        }
    }

    /// A term as one value: RFC 9535, section 2.4.1, `ValueType`.
    pub(super) fn operand(&self, start: usize, term: Term) -> Parsed<Operand> {
        match term {
            Term::Literal(value) => Ok(Operand::Literal(value)),
            Term::Path(path) if path.singular => Ok(Operand::Path(path)),
            Term::Path(_) => Err(self.error(start, QueryReason::NotSingular)),
            Term::Call(call) => call.operand().map_err(|reason| self.error(start, reason)),
        }
    }

    fn term(&mut self) -> Parsed<Term> {
        match self.peek() {
            Some(root @ ('$' | '@')) => {
                self.at += 1;
                let segments = self.segments(false)?;
                Ok(Term::Path(Path::new(root == '$', segments)))
            }
            Some(quote @ ('"' | '\'')) => Ok(Term::Literal(Value::String(self.string(quote)?))),
            Some('-' | '0'..='9') => self.number(),
            Some('a'..='z') => self.word(),
            _ => Err(self.expected("`@`, `$`, a literal or a function")),
        }
    }

    /// Reads `true`, `false`, `null` or a function call.
    fn word(&mut self) -> Parsed<Term> {
        let start = self.at;
        let word = self.take(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
        if !self.eat("(") {
            return match word {
                "true" => Ok(Term::Literal(Value::Bool(true))),
                "false" => Ok(Term::Literal(Value::Bool(false))),
                "null" => Ok(Term::Literal(Value::Null)),
                _ => Err(self.expected("`(` after the name of a function")),
            };
        }
        let arguments = self.nested(Self::arguments)?;
        Call::new(self, start, word, arguments).map(Term::Call)
    }

    fn arguments(&mut self) -> Parsed<Vec<(usize, Term)>> {
        let mut arguments = Vec::new();
        self.skip_blanks();
        if self.eat(")") {
            return Ok(arguments);
        }
        loop {
            let start = self.at;
            arguments.push((start, self.term()?));
            self.skip_blanks();
            if self.eat(")") {
                return Ok(arguments);
            }
            self.need(',', "`,` or `)`")?;
            self.skip_blanks();
        }
    }
}

/// Literals.
impl Parser<'_> {
    fn number(&mut self) -> Parsed<Term> {
        let start = self.at;
        self.eat("-");
        let whole = self.digits()?;
        if whole.len() > 1 && whole.starts_with('0') {
            self.at -= whole.len() - 1;
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
            Some(number) => Ok(Term::Literal(Value::Number(number))),
            None => Err(self.expected("a number")),
        }
    }

    fn digits(&mut self) -> Parsed<&str> {
        let digits = self.take(|b| b.is_ascii_digit());
        if digits.is_empty() {
            return Err(self.expected("a digit"));
        }
        Ok(digits)
    }

    /// Reads a string, whose opening quote comes next.
    fn string(&mut self, quote: char) -> Parsed<String> {
        self.at += 1;
        let mut out = String::new();
        loop {
            let rest = self.rest();
            let plain = rest
                .find(|c: char| c == quote || c == '\\' || c < ' ')
                .unwrap_or(rest.len());
            out.push_str(&rest[..plain]);
            self.at += plain;
            let start = self.at;
            match self.next() {
                Some('\\') => out.push(self.escape(start, quote)?),
                Some(c) if c == quote => return Ok(out),
                Some(_) => return Err(self.error(start, QueryReason::BareControl)),
                None => return Err(self.expected("the closing quote")),
            }
        }
    }

    fn escape(&mut self, start: usize, quote: char) -> Parsed<char> {
        Ok(match self.next() {
            Some('b') => '\u{8}',
            Some('f') => '\u{c}',
            Some('n') => '\n',
            Some('r') => '\r',
            Some('t') => '\t',
            Some(c @ ('/' | '\\')) => c,
            Some(c) if c == quote => c,
            Some('u') => {
                let code = match self.hex(start)? {
                    high @ 0xD800..0xDC00 => {
                        if !self.eat("\\u") {
                            return Err(self.error(start, QueryReason::BadEscape));
                        }
                        let low = self.hex(start)?;
                        if !(0xDC00..0xE000).contains(&low) {
                            return Err(self.error(start, QueryReason::BadEscape));
                        }
                        0x1_0000 + ((high - 0xD800) << 10) + (low - 0xDC00)
                    }
                    code => code,
                };
                char::from_u32(code).ok_or_else(|| self.error(start, QueryReason::BadEscape))?
            }
            _ => return Err(self.error(start, QueryReason::BadEscape)),
        })
    }

    fn hex(&mut self, start: usize) -> Parsed<u32> {
        let digits = self.rest().get(..4).unwrap_or_default();
        let good = digits.len() == 4 && digits.bytes().all(|b| b.is_ascii_hexdigit());
        self.at += digits.len();
        match u32::from_str_radix(digits, 16) {
            Ok(code) if good => Ok(code),
            _ => Err(self.error(start, QueryReason::BadEscape)),
        }
    }
}
