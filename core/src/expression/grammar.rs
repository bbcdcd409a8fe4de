//! Text to condition: what joins operands.

use super::error::{ExpressionError, Kind};
use super::logic::{Logic, Op, Operand};
use super::parse::Notes;

/// Deeper conditions are not read.
const DEEPEST: usize = 64;
/// Longer conditions are not read.
pub(super) const LONGEST_CONDITION: usize = 65_536;

/// Where reading stands in a condition.
#[derive(Clone, Copy, Debug)]
pub(super) struct Cursor<'t> {
    /// The condition, up to where it is read.
    pub(super) text: &'t str,
    /// In bytes.
    pub(super) at: usize,
}

impl<'t> Cursor<'t> {
    pub(super) fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// Skips space, tab, CR and LF.
    pub(super) fn blanks(&mut self) {
        let blank = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\r' | b'\n');
        self.at += self.rest().bytes().take_while(blank).count();
    }

    pub(super) fn peek(&self) -> Option<u8> {
        self.rest().bytes().next()
    }

    pub(super) fn eat(&mut self, token: &str) -> bool {
        let found = self.rest().starts_with(token);
        if found {
            self.at += token.len();
        }
        found
    }

    /// Takes that many bytes.
    pub(super) fn take(&mut self, length: usize) -> &'t str {
        let taken = self.rest().get(..length).unwrap_or_default();
        self.at += taken.len();
        taken
    }

    pub(super) fn malformed(&self, reason: &'static str) -> ExpressionError {
        let found = self.rest().trim_end();
        ExpressionError::at(Kind::MalformedCondition, reason, found, self.at)
    }

    fn no_operator(&self, operator: &str, suggestion: Option<&'static str>) -> ExpressionError {
        ExpressionError::at(Kind::UnknownOperator, "", operator, self.at).meant(suggestion)
    }
}

/// How operands are written.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    /// In simple conditions.
    Simple,
    /// In comparisons that stand for JSONPath criteria.
    Comparison,
}

/// Reads one condition.
pub(super) struct Parser<'t, 'n> {
    pub(super) cursor: Cursor<'t>,
    pub(super) style: Style,
    pub(super) notes: &'n mut Notes,
    depth: usize,
}

impl<'t, 'n> Parser<'t, 'n> {
    /// Reads a whole condition.
    pub(super) fn whole(
        cursor: Cursor<'t>,
        style: Style,
        notes: &'n mut Notes,
    ) -> Result<Logic, ExpressionError> {
        if cursor.text.len() > LONGEST_CONDITION {
            return Err(ExpressionError::limit(Kind::TooLong, LONGEST_CONDITION));
        }
        let mut parser = Self {
            cursor,
            style,
            notes,
            depth: 0,
        };
        let logic = parser.joined(true)?;
        match parser.cursor.rest().is_empty() {
            true => Ok(logic),
            false => Err(trailing(&parser.cursor)),
        }
    }

    /// Reads what `||` joins, or what `&&` does.
    fn joined(&mut self, by_or: bool) -> Result<Logic, ExpressionError> {
        let token = if by_or { "||" } else { "&&" };
        let first = self.part(by_or)?;
        if !self.cursor.eat(token) {
            return Ok(first);
        }
        let mut parts = vec![first, self.part(by_or)?];
        while self.cursor.eat(token) {
            parts.push(self.part(by_or)?);
        }
        Ok(match by_or {
            true => Logic::Or(parts),
            false => Logic::And(parts),
        })
    }

    fn part(&mut self, by_or: bool) -> Result<Logic, ExpressionError> {
        match by_or {
            true => self.joined(false),
            false => self.comparison(),
        }
    }

    /// Reads `left op right`, a lone operand, `!…` or `(…)`, and the blanks after it.
    fn comparison(&mut self) -> Result<Logic, ExpressionError> {
        self.cursor.blanks();
        let left = match self.cursor.peek() {
            Some(b'!') => {
                let logic = self.not()?;
                self.cursor.blanks();
                let reason = "`!` binds more tightly than a comparison; write `!(… == …)`: found";
                return self.no_operator(reason).map(|()| logic);
            }
            Some(b'(') => {
                let logic = self.group()?;
                self.cursor.blanks();
                if operator(&mut self.cursor.clone())?.is_none() {
                    return Ok(logic);
                }
                operand(logic)
            }
            _ => self.left()?,
        };
        self.cursor.blanks();
        let Some(op) = operator(&mut self.cursor)? else {
            return Ok(Logic::Lone(left));
        };
        self.cursor.blanks();
        let right = match self.cursor.peek() {
            Some(b'(') => operand(self.group()?),
            _ => self.right(&left, op)?,
        };
        self.cursor.blanks();
        self.no_operator(CHAINED)?;
        Ok(Logic::Compare(left, op, right))
    }

    /// Refuses an operator, which would come next.
    fn no_operator(&self, reason: &'static str) -> Result<(), ExpressionError> {
        match operator(&mut self.cursor.clone())? {
            None => Ok(()),
            Some(_) => Err(self.cursor.malformed(reason)),
        }
    }

    fn not(&mut self) -> Result<Logic, ExpressionError> {
        self.deeper()?;
        self.cursor.blanks();
        let logic = match self.cursor.peek() {
            Some(b'!') => self.not()?,
            Some(b'(') => self.group()?,
            _ => Logic::Lone(self.left()?),
        };
        self.depth -= 1;
        Ok(Logic::Not(Box::new(logic)))
    }

    fn group(&mut self) -> Result<Logic, ExpressionError> {
        self.deeper()?;
        let logic = self.joined(true)?;
        self.depth -= 1;
        if self.cursor.eat(")") {
            return Ok(logic);
        }
        match self.cursor.rest().is_empty() {
            true => Err(self.cursor.malformed("a `)` is missing")),
            false => Err(trailing(&self.cursor)),
        }
    }

    /// Takes a `!` or `(`.
    fn deeper(&mut self) -> Result<(), ExpressionError> {
        if self.depth == DEEPEST {
            return Err(ExpressionError::too_deep(DEEPEST, self.cursor.at));
        }
        self.depth += 1;
        self.cursor.at += 1;
        Ok(())
    }
}

/// Said where an operator follows a comparison.
pub(super) const CHAINED: &str = "comparisons cannot be chained; join them by `&&`: found";

/// What stood in parentheses, as an operand.
fn operand(logic: Logic) -> Operand {
    match logic {
        Logic::Lone(operand) => operand,
        logic => Operand::Group(Box::new(logic)),
    }
}

/// Takes a comparison operator, if one comes next.
fn operator(cursor: &mut Cursor<'_>) -> Result<Option<Op>, ExpressionError> {
    const KNOWN: [(&str, Op); 6] = [
        ("==", Op::Equal),
        ("!=", Op::NotEqual),
        ("<=", Op::LessOrEqual),
        (">=", Op::GreaterOrEqual),
        ("<", Op::Less),
        (">", Op::Greater),
    ];
    const UNKNOWN: [(&str, &str); 6] = [
        ("===", "write `==`"),
        ("!==", "write `!=`"),
        ("<>", "write `!=`"),
        ("=~", "use `type: regex`"),
        ("=<", "write `<=`"),
        ("=>", "write `>=`"),
    ];
    let rest = cursor.rest();
    if let Some((wrong, help)) = UNKNOWN.iter().find(|(wrong, _)| rest.starts_with(wrong)) {
        return Err(cursor.no_operator(wrong, Some(help)));
    }
    let found = KNOWN.iter().find(|(text, _)| rest.starts_with(text));
    if let Some((text, op)) = found {
        cursor.at += text.len();
        return Ok(Some(*op));
    }
    if rest.starts_with('=') {
        return Err(cursor.no_operator("=", Some("write `==`")));
    }
    Ok(None)
}

/// Words that other languages have as operators.
const WORDS: [(&str, Option<&str>); 22] = [
    ("and", Some("write `&&`")),
    ("or", Some("write `||`")),
    ("not", Some("write `!`")),
    ("is", Some("write `==`")),
    ("eq", Some("write `==`")),
    ("ne", Some("write `!=`")),
    ("gt", Some("write `>`")),
    ("gte", Some("write `>=`")),
    ("ge", Some("write `>=`")),
    ("lt", Some("write `<`")),
    ("lte", Some("write `<=`")),
    ("le", Some("write `<=`")),
    ("in", Some("write one `==` for each value, joined by `||`")),
    ("contains", None),
    ("includes", None),
    ("matches", None),
    ("match", None),
    ("like", None),
    ("startswith", None),
    ("endswith", None),
    ("starts_with", None),
    ("ends_with", None),
];

/// Whether a word is an operator elsewhere; the word's advice.
pub(super) fn foreign_operator(word: &str) -> Option<Option<&'static str>> {
    let known = WORDS
        .iter()
        .find(|(known, _)| known.eq_ignore_ascii_case(word));
    known.map(|(_, help)| *help)
}

/// The error for what stands where an operator or the end should.
pub(super) fn trailing(cursor: &Cursor<'_>) -> ExpressionError {
    let rest = cursor.rest();
    let word = rest
        .split(|c: char| !c.is_ascii_alphabetic() && c != '_')
        .next()
        .unwrap_or_default();
    if let Some(help) = foreign_operator(word) {
        return cursor.no_operator(word, help);
    }
    match rest.chars().next() {
        Some(')') => cursor.malformed("a `(` is missing"),
        Some('&') => cursor.no_operator("&", Some("write `&&`")),
        Some('|') => cursor.no_operator("|", Some("write `||`")),
        Some('+' | '-' | '*' | '/' | '%' | '?' | '~' | '^') => {
            cursor.no_operator(rest.get(..1).unwrap_or_default(), None)
        }
        _ => cursor.malformed("an operator is missing"),
    }
}
