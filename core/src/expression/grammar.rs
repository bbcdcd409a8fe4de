//! Text to condition: what joins operands.

use super::error::{ExpressionError, Kind};
use super::parse::Notes;
use super::tree::{Id, Kind as Node, OPERATORS, Op, Tree};

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
    pub(super) tree: Tree,
    depth: usize,
}

impl<'t, 'n> Parser<'t, 'n> {
    /// Reads a whole condition.
    pub(super) fn whole(
        cursor: Cursor<'t>,
        style: Style,
        notes: &'n mut Notes,
    ) -> Result<Tree, ExpressionError> {
        if cursor.text.len() > LONGEST_CONDITION {
            return Err(ExpressionError::limit(Kind::TooLong, LONGEST_CONDITION));
        }
        let mut parser = Self {
            cursor,
            style,
            notes,
            tree: Tree::default(),
            depth: 0,
        };
        let whole = parser.tree.add(Node::Filter, 0, 0);
        let test = parser.joined(Node::Or)?;
        parser.tree.link(whole, 0, test);
        parser.tree.settle();
        match parser.cursor.rest().is_empty() {
            true => Ok(parser.tree),
            false => Err(trailing(&parser.cursor)),
        }
    }

    /// Reads what `||` joins, or what `&&` does.
    fn joined(&mut self, kind: Node) -> Result<Id, ExpressionError> {
        let token = if kind == Node::Or { "||" } else { "&&" };
        let (mut first, mut last) = (0, 0);
        loop {
            let part = match kind {
                Node::Or => self.joined(Node::And)?,
                _ => self.comparison()?,
            };
            match last {
                0 => first = part,
                last => self.tree.link(0, last, part),
            }
            last = part;
            if !self.cursor.eat(token) {
                break;
            }
        }
        Ok(match first == last {
            true => first,
            false => self.tree.add(kind, 0, first),
        })
    }

    /// Reads `left op right`, a lone operand, `!…` or `(…)`, and the blanks after it.
    fn comparison(&mut self) -> Result<Id, ExpressionError> {
        self.cursor.blanks();
        let left = match self.cursor.peek() {
            Some(b'!') => {
                let test = self.not()?;
                self.cursor.blanks();
                let reason = "`!` binds more tightly than a comparison; write `!(… == …)`: found";
                return self.no_operator(reason).map(|()| test);
            }
            Some(b'(') => self.group()?,
            _ => self.left()?,
        };
        self.cursor.blanks();
        let Some(op) = operator(&mut self.cursor)? else {
            return Ok(left);
        };
        self.cursor.blanks();
        let right = match self.cursor.peek() {
            Some(b'(') => self.group()?,
            _ => self.right(left, op)?,
        };
        self.cursor.blanks();
        self.no_operator(CHAINED)?;
        self.tree.link(0, left, right);
        Ok(self.tree.add(Node::Compare(op), 0, left))
    }

    /// Refuses an operator, which would come next.
    fn no_operator(&self, reason: &'static str) -> Result<(), ExpressionError> {
        match operator(&mut self.cursor.clone())? {
            None => Ok(()),
            Some(_) => Err(self.cursor.malformed(reason)),
        }
    }

    fn not(&mut self) -> Result<Id, ExpressionError> {
        self.deeper()?;
        self.cursor.blanks();
        let test = match self.cursor.peek() {
            Some(b'!') => self.not()?,
            Some(b'(') => self.group()?,
            _ => self.left()?,
        };
        self.depth -= 1;
        Ok(self.tree.add(Node::Not, 0, test))
    }

    fn group(&mut self) -> Result<Id, ExpressionError> {
        self.deeper()?;
        let logic = self.joined(Node::Or)?;
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

/// Takes a comparison operator, if one comes next.
fn operator(cursor: &mut Cursor<'_>) -> Result<Option<Op>, ExpressionError> {
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
    let found = OPERATORS.iter().find(|(text, _)| rest.starts_with(text));
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
