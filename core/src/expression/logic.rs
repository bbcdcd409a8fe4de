//! Conditions of comparisons: `&&`, `||`, `!`, parentheses.

use std::cmp::Ordering;

use super::error::{ExpressionError, Kind};

/// Deeper conditions are not read.
pub(super) const DEEPEST: usize = 64;
/// Longer conditions are not read.
pub(super) const LONGEST_CONDITION: usize = 65_536;

/// A condition over tests.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Logic<T> {
    Or(Vec<Self>),
    And(Vec<Self>),
    Not(Box<Self>),
    Test(T),
}

/// A comparison operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Op {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Op {
    /// Whether two values in this order satisfy an ordering operator.
    pub(super) fn accepts(self, order: Ordering) -> bool {
        match self {
            Self::Equal => order.is_eq(),
            Self::NotEqual => order.is_ne(),
            Self::Less => order.is_lt(),
            Self::LessOrEqual => order.is_le(),
            Self::Greater => order.is_gt(),
            Self::GreaterOrEqual => order.is_ge(),
        }
    }
}

impl<T> Logic<T> {
    /// Judges from left to right, no further than needed.
    pub(super) fn judge(
        &self,
        test: &mut dyn FnMut(&T) -> Result<bool, ExpressionError>,
    ) -> Result<bool, ExpressionError> {
        match self {
            Self::Or(parts) => {
                for part in parts {
                    if part.judge(test)? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            Self::And(parts) => {
                for part in parts {
                    if !part.judge(test)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            Self::Not(part) => Ok(!part.judge(test)?),
            Self::Test(one) => test(one),
        }
    }

    pub(super) fn tests(&self, f: &mut dyn FnMut(&T)) {
        match self {
            Self::Or(parts) | Self::And(parts) => parts.iter().for_each(|part| part.tests(f)),
            Self::Not(part) => part.tests(f),
            Self::Test(one) => f(one),
        }
    }

    pub(super) fn tests_mut(&mut self, f: &mut dyn FnMut(&mut T)) {
        match self {
            Self::Or(parts) | Self::And(parts) => {
                parts.iter_mut().for_each(|part| part.tests_mut(f));
            }
            Self::Not(part) => part.tests_mut(f),
            Self::Test(one) => f(one),
        }
    }
}

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
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start_matches([' ', '\t', '\r', '\n']).len();
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

/// What stands between the operators of a condition.
pub(super) trait Grammar {
    type Operand;
    type Test;
    /// Reads an operand on the left of an operator, or alone.
    fn left(&mut self, cursor: &mut Cursor<'_>) -> Result<Self::Operand, ExpressionError>;
    /// Reads an operand on the right of an operator.
    fn right(
        &mut self,
        left: &Self::Operand,
        operator: Op,
        cursor: &mut Cursor<'_>,
    ) -> Result<Self::Operand, ExpressionError>;
    /// What stood in parentheses, as an operand.
    fn group(&mut self, logic: Logic<Self::Test>) -> Self::Operand;
    fn lone(&mut self, operand: Self::Operand) -> Self::Test;
    fn compare(&mut self, left: Self::Operand, op: Op, right: Self::Operand) -> Self::Test;
}

/// Reads a whole condition.
pub(super) fn parse<G: Grammar>(
    grammar: &mut G,
    mut cursor: Cursor<'_>,
) -> Result<Logic<G::Test>, ExpressionError> {
    if cursor.text.len() > LONGEST_CONDITION {
        return Err(ExpressionError::limit(Kind::TooLong, LONGEST_CONDITION));
    }
    let logic = or(grammar, &mut cursor, 0)?;
    match cursor.rest().is_empty() {
        true => Ok(logic),
        false => Err(trailing(&cursor)),
    }
}

fn or<G: Grammar>(
    grammar: &mut G,
    cursor: &mut Cursor<'_>,
    depth: usize,
) -> Result<Logic<G::Test>, ExpressionError> {
    let mut parts = vec![and(grammar, cursor, depth)?];
    while cursor.eat("||") {
        parts.push(and(grammar, cursor, depth)?);
    }
    Ok(one_or(parts, Logic::Or))
}

fn and<G: Grammar>(
    grammar: &mut G,
    cursor: &mut Cursor<'_>,
    depth: usize,
) -> Result<Logic<G::Test>, ExpressionError> {
    let mut parts = vec![comparison(grammar, cursor, depth)?];
    while cursor.eat("&&") {
        parts.push(comparison(grammar, cursor, depth)?);
    }
    Ok(one_or(parts, Logic::And))
}

fn one_or<T>(mut parts: Vec<Logic<T>>, many: fn(Vec<Logic<T>>) -> Logic<T>) -> Logic<T> {
    match parts.pop() {
        Some(only) if parts.is_empty() => only,
        Some(last) => {
            parts.push(last);
            many(parts)
        }
        None => many(parts),
    }
}

/// Reads `left op right`, a lone operand, `!…` or `(…)`, and the blanks after it.
fn comparison<G: Grammar>(
    grammar: &mut G,
    cursor: &mut Cursor<'_>,
    depth: usize,
) -> Result<Logic<G::Test>, ExpressionError> {
    cursor.blanks();
    if cursor.rest().starts_with('!') {
        let logic = not(grammar, cursor, depth)?;
        cursor.blanks();
        return match operator(&mut cursor.clone())? {
            None => Ok(logic),
            Some(_) => Err(cursor
                .malformed("`!` binds more tightly than a comparison; write `!(… == …)`: found")),
        };
    }
    let left = if cursor.rest().starts_with('(') {
        let logic = group(grammar, cursor, depth)?;
        cursor.blanks();
        if operator(&mut cursor.clone())?.is_none() {
            return Ok(logic);
        }
        grammar.group(logic)
    } else {
        grammar.left(cursor)?
    };
    cursor.blanks();
    let Some(op) = operator(cursor)? else {
        return Ok(Logic::Test(grammar.lone(left)));
    };
    cursor.blanks();
    let right = if cursor.rest().starts_with('(') {
        let logic = group(grammar, cursor, depth)?;
        grammar.group(logic)
    } else {
        grammar.right(&left, op, cursor)?
    };
    cursor.blanks();
    if operator(&mut cursor.clone())?.is_some() {
        return Err(cursor.malformed("comparisons cannot be chained; join them by `&&`: found"));
    }
    Ok(Logic::Test(grammar.compare(left, op, right)))
}

fn not<G: Grammar>(
    grammar: &mut G,
    cursor: &mut Cursor<'_>,
    depth: usize,
) -> Result<Logic<G::Test>, ExpressionError> {
    let depth = deeper(cursor, depth)?;
    cursor.at += 1;
    cursor.blanks();
    let logic = match cursor.rest().chars().next() {
        Some('!') => not(grammar, cursor, depth)?,
        Some('(') => group(grammar, cursor, depth)?,
        _ => {
            let operand = grammar.left(cursor)?;
            Logic::Test(grammar.lone(operand))
        }
    };
    Ok(Logic::Not(Box::new(logic)))
}

fn group<G: Grammar>(
    grammar: &mut G,
    cursor: &mut Cursor<'_>,
    depth: usize,
) -> Result<Logic<G::Test>, ExpressionError> {
    let depth = deeper(cursor, depth)?;
    cursor.at += 1;
    let logic = or(grammar, cursor, depth)?;
    if cursor.eat(")") {
        return Ok(logic);
    }
    match cursor.rest().is_empty() {
        true => Err(cursor.malformed("a `)` is missing")),
        false => Err(trailing(cursor)),
    }
}

fn deeper(cursor: &Cursor<'_>, depth: usize) -> Result<usize, ExpressionError> {
    if depth < DEEPEST {
        return Ok(depth + 1);
    }
    Err(ExpressionError::too_deep(DEEPEST, cursor.at))
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
