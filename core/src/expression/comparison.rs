//! Comparisons written as JSONPath criteria.

use std::borrow::Cow;

use serde_json::Value;

use super::ast::Expression;
use super::embed::Text;
use super::error::ExpressionError;
use super::evaluate::{child, length};
use super::literal;
use super::logic::{self, Cursor, Grammar, Logic, Op};
use super::parse::{Notes, Place, expression};
use super::scope::{Found, Scope};
use super::simple::truthy;
use crate::exchange::Parts;
use crate::json_reader;
use crate::number;
use crate::pointer::Pointer;

/// One test of a comparison.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Test {
    Lone(Operand),
    Compare(Operand, Op, Operand),
}

/// A value in a comparison.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Operand {
    Literal(Value),
    Text(Text),
    Expression(Box<Expression>),
    Path(Path),
    Pointer(Pointer),
    Group(Box<Logic<Test>>),
}

/// A singular path from the context, perhaps for its length.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Path {
    pub(super) steps: Vec<Step>,
    pub(super) length: Length,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Step {
    Member(Box<str>),
    Index(i64),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Length {
    /// The value itself.
    No,
    /// `.length`: a member so named comes first; it is the last step.
    Trailing,
    /// `length(…)`.
    Called,
}

/// Parses a comparison, for a text that is no JSONPath query.
pub(super) fn parse(text: &str, notes: &mut Notes) -> Result<Logic<Test>, ExpressionError> {
    let mut cursor = Cursor { text, at: 0 };
    cursor.blanks();
    cursor.text = text.trim_end();
    logic::parse(&mut Comparison { notes }, cursor)
}

/// Judges it on the context, which is asked for only where a path is followed.
pub(super) fn judge<'s>(
    logic: &'s Logic<Test>,
    context: &'s dyn Fn() -> Result<&'s Value, ExpressionError>,
    scope: &'s dyn Scope,
) -> Result<bool, ExpressionError> {
    match logic {
        Logic::Or(parts) => parts.iter().try_fold(false, |passed, part| {
            Ok(passed || judge(part, context, scope)?)
        }),
        Logic::And(parts) => parts.iter().try_fold(true, |passed, part| {
            Ok(passed && judge(part, context, scope)?)
        }),
        Logic::Not(part) => Ok(!judge(part, context, scope)?),
        Logic::Test(test) => test.judge(context, scope),
    }
}

/// Calls `f` with every expression in it.
pub(super) fn expressions(logic: &Logic<Test>, f: &mut dyn FnMut(&Expression)) {
    logic.tests(&mut |test| {
        let operands = match test {
            Test::Lone(one) => [Some(one), None],
            Test::Compare(left, _, right) => [Some(left), Some(right)],
        };
        for operand in operands.into_iter().flatten() {
            match operand {
                Operand::Expression(expression) => f(expression),
                Operand::Text(text) => text.expressions().for_each(&mut *f),
                Operand::Group(logic) => expressions(logic, f),
                Operand::Literal(_) | Operand::Path(_) | Operand::Pointer(_) => {}
            }
        }
    });
}

/// Adds the parts of the context that judging it looks at.
pub(super) fn want(logic: &Logic<Test>, context: &mut Parts) {
    logic.tests(&mut |test| {
        let operands = match test {
            Test::Lone(one) => [Some(one), None],
            Test::Compare(left, _, right) => [Some(left), Some(right)],
        };
        for operand in operands.into_iter().flatten() {
            match operand {
                Operand::Path(path) => path.want(context),
                Operand::Pointer(pointer) => {
                    pointer
                        .tokens()
                        .fold(&mut *context, Parts::child_mut)
                        .want_all();
                }
                Operand::Group(logic) => want(logic, context),
                Operand::Literal(_) | Operand::Text(_) | Operand::Expression(_) => {}
            }
        }
    });
}

/// Calls `f` with every expression in it, to be changed.
pub(super) fn expressions_mut(logic: &mut Logic<Test>, f: &mut dyn FnMut(&mut Expression)) {
    logic.tests_mut(&mut |test| {
        let operands = match test {
            Test::Lone(one) => [Some(one), None],
            Test::Compare(left, _, right) => [Some(left), Some(right)],
        };
        for operand in operands.into_iter().flatten() {
            match operand {
                Operand::Expression(expression) => f(expression),
                Operand::Text(text) => text.expressions_mut().for_each(&mut *f),
                Operand::Group(logic) => expressions_mut(logic, f),
                Operand::Literal(_) | Operand::Path(_) | Operand::Pointer(_) => {}
            }
        }
    });
}

struct Comparison<'n> {
    notes: &'n mut Notes,
}

impl Comparison<'_> {
    fn marked(&mut self, cursor: &mut Cursor<'_>) -> Result<Option<Operand>, ExpressionError> {
        let rest = cursor.rest();
        let second = rest.chars().nth(1);
        let operand = match rest.chars().next() {
            Some('$') if second.is_some_and(|c| c.is_ascii_alphabetic()) => {
                let at = cursor.at;
                let text = cursor.take(literal::operand_length(rest));
                Operand::Expression(Box::new(self.expression(text, at)?))
            }
            Some('{') if second == Some('$') && rest.contains('}') => {
                let at = cursor.at;
                let written = cursor.take(rest.find('}').map_or(rest.len(), |end| end + 1));
                let inner = written.trim_start_matches('{').trim_end_matches('}');
                Operand::Expression(Box::new(self.expression(inner, at + 1)?))
            }
            Some('$' | '@') => Operand::Path(path(cursor)?),
            Some('#') => {
                let at = cursor.at;
                let text = cursor.take(literal::operand_length(rest));
                let pointer = text.trim_start_matches('#');
                let parsed = Pointer::parse(pointer);
                let refused = |_| ExpressionError::bad_pointer(pointer, at + 1);
                Operand::Pointer(parsed.map_err(refused)?)
            }
            Some('\'' | '"') => self.string(cursor)?,
            Some('l') if rest.starts_with("length(") => called(cursor)?,
            _ => return Ok(None),
        };
        Ok(Some(operand))
    }

    fn expression(&mut self, text: &str, at: usize) -> Result<Expression, ExpressionError> {
        expression(text, at, Place::Condition, self.notes)
    }

    /// A string in either quotes; expressions may be embedded in it.
    fn string(&mut self, cursor: &mut Cursor<'_>) -> Result<Operand, ExpressionError> {
        let at = cursor.at;
        let text = if cursor.rest().starts_with('"') {
            literal::double_quoted(cursor)?
        } else {
            single_quoted(cursor)?
        };
        let embedded = Text::parse(&text, at + 1, self.notes)?;
        Ok(match embedded.literal() {
            Some(_) => Operand::Literal(Value::String(text)),
            None => Operand::Text(embedded),
        })
    }
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
            let end = rest
                .find(|c: char| {
                    !(c.is_ascii_alphanumeric() || !c.is_ascii() || c == '_' || c == '-')
                })
                .unwrap_or(rest.len());
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
    let end = rest.find(|c: char| !(c.is_ascii_digit() || c == '-'))?;
    let index = rest.get(..end)?.parse().ok()?;
    cursor.at += end;
    Some(Step::Index(index))
}

impl Grammar for Comparison<'_> {
    type Operand = Operand;
    type Test = Test;

    fn left(&mut self, cursor: &mut Cursor<'_>) -> Result<Operand, ExpressionError> {
        if let Some(operand) = self.marked(cursor)? {
            return Ok(operand);
        }
        let word = cursor
            .rest()
            .get(..literal::operand_length(cursor.rest()))
            .unwrap_or_default();
        match literal::plain(word) {
            Some(value) => {
                cursor.at += word.len();
                Ok(Operand::Literal(value))
            }
            None => Err(cursor.malformed("a path or value is missing or cannot be read")),
        }
    }

    fn right(
        &mut self,
        _: &Operand,
        _: Op,
        cursor: &mut Cursor<'_>,
    ) -> Result<Operand, ExpressionError> {
        match self.marked(cursor)? {
            Some(operand) => Ok(operand),
            None => literal::unquoted(cursor, self.notes).map(Operand::Literal),
        }
    }

    fn group(&mut self, logic: Logic<Test>) -> Operand {
        match logic {
            Logic::Test(Test::Lone(operand)) => operand,
            logic => Operand::Group(Box::new(logic)),
        }
    }

    fn lone(&mut self, operand: Operand) -> Test {
        Test::Lone(operand)
    }

    fn compare(&mut self, left: Operand, op: Op, right: Operand) -> Test {
        Test::Compare(left, op, right)
    }
}

/// Gives the context, or says why there is none.
type Context<'s> = &'s dyn Fn() -> Result<&'s Value, ExpressionError>;

/// What an operand gave.
enum Given<'s> {
    Value(Found<'s>),
    /// The length of something that has none.
    NoLength,
}

impl Test {
    fn judge<'s>(
        &'s self,
        context: Context<'s>,
        scope: &'s dyn Scope,
    ) -> Result<bool, ExpressionError> {
        match self {
            // A path alone is a test of existence, as in a filter of RFC 9535.
            Self::Lone(operand @ (Operand::Path(_) | Operand::Pointer(_))) => {
                let given = operand.value(context, scope)?;
                Ok(matches!(given, Given::Value(Some(_))))
            }
            Self::Lone(operand) => match operand.value(context, scope)? {
                Given::Value(value) => Ok(truthy(value.as_deref())),
                Given::NoLength => Ok(false),
            },
            Self::Compare(left, op, right) => {
                let (left, right) = (left.value(context, scope)?, right.value(context, scope)?);
                Ok(compare(&left, *op, &right))
            }
        }
    }
}

impl Operand {
    fn value<'s>(
        &'s self,
        context: Context<'s>,
        scope: &'s dyn Scope,
    ) -> Result<Given<'s>, ExpressionError> {
        let value = match self {
            Self::Literal(value) => Some(Cow::Borrowed(value)),
            Self::Text(text) => Some(Cow::Owned(Value::String(text.fill(scope)?))),
            Self::Expression(expression) => expression.evaluate(scope)?,
            Self::Pointer(pointer) => pointer.resolve(context()?).map(Cow::Borrowed),
            Self::Path(path) => return Ok(path.value(context()?)),
            Self::Group(logic) => Some(Cow::Owned(Value::Bool(judge(logic, context, scope)?))),
        };
        Ok(Given::Value(value))
    }
}

impl Path {
    fn want(&self, context: &mut Parts) {
        let steps = match self.length {
            Length::Trailing => self.steps.split_last().map_or(&[][..], |(_, rest)| rest),
            Length::No | Length::Called => &self.steps,
        };
        let place = steps.iter().fold(context, |at, step| match step {
            Step::Member(name) => at.child_mut(name),
            Step::Index(index @ 0..) => at.child_mut(&index.to_string()),
            Step::Index(_) => at.each_mut(),
        });
        place.want_all();
    }

    fn value<'v>(&self, context: &'v Value) -> Given<'v> {
        let found = follow(context, &self.steps);
        match self.length {
            Length::No => return Given::Value(found.map(Cow::Borrowed)),
            Length::Trailing if found.is_some() => return Given::Value(found.map(Cow::Borrowed)),
            Length::Trailing | Length::Called => {}
        }
        let base = match self.length {
            Length::Called => found,
            _ => self
                .steps
                .split_last()
                .and_then(|(_, steps)| follow(context, steps)),
        };
        match base.and_then(length) {
            Some(length) => Given::Value(Some(Cow::Owned(length))),
            None => Given::NoLength,
        }
    }
}

fn follow<'v>(value: &'v Value, steps: &[Step]) -> Option<&'v Value> {
    steps.iter().try_fold(value, |at, step| match (step, at) {
        (Step::Member(name), Value::Object(members)) => members.get(&**name),
        (Step::Index(index), Value::Array(items)) => {
            let from_end = usize::try_from(index.unsigned_abs()).ok()?;
            let index = if *index < 0 {
                items.len().checked_sub(from_end)?
            } else {
                from_end
            };
            items.get(index)
        }
        // `$.items.0` is no query either; it has one sensible reading.
        (Step::Member(name), Value::Array(_)) => child(at, name),
        _ => None,
    })
}

/// Compares as filters of RFC 9535 do: typed, letter case told apart; but a
/// missing value counts as `null`, and the length of what has none equals
/// nothing but a missing value.
fn compare(left: &Given<'_>, op: Op, right: &Given<'_>) -> bool {
    let value = |given| match given {
        &Given::Value(Some(ref value)) => Some(&**value),
        _ => None::<&Value>,
    };
    let (left_value, right_value) = (value(left), value(right));
    let number = |value| matches!(value, Some(&Value::Number(_)));
    let no_length = matches!(left, Given::NoLength) || matches!(right, Given::NoLength);
    if no_length && (number(left_value) || number(right_value)) {
        return false;
    }
    let left = left_value.unwrap_or(&Value::Null);
    let right = right_value.unwrap_or(&Value::Null);
    let order = match (left, right) {
        (Value::Number(left), Value::Number(right)) => Some(number::compare(left, right)),
        (Value::String(left), Value::String(right)) => Some(left.cmp(right)),
        _ => None,
    };
    match (op, order) {
        (op, Some(order)) => op.accepts(order),
        (Op::Equal, None) => number::equal_values(left, right),
        (Op::NotEqual, None) => !number::equal_values(left, right),
        // As in RFC 9535, `<=` and `>=` include equality.
        (Op::LessOrEqual | Op::GreaterOrEqual, None) => number::equal_values(left, right),
        (Op::Less | Op::Greater, None) => false,
    }
}

/// The query that means the same, where there is one: a list that is empty or not.
pub(super) fn spelling(text: &str, logic: &Logic<Test>) -> Option<String> {
    let Logic::Test(Test::Compare(Operand::Path(path), op, Operand::Literal(limit))) = logic else {
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
