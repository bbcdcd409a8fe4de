//! Reads a pattern and writes the engine's steps.

use std::mem;

use super::PatternError;
use super::classes::CharSet;
use super::engine::{Assertion, Program, Step};
use super::escape::Escape;
use crate::text::{cut, find, whole};

/// How deep groups may nest.
pub(super) const MAX_GROUPS: usize = 32;

/// How many states a pattern may have; a schema may well say `{1,65536}`.
const MAX_WEIGHT: usize = 20_000;
const MAX_SCHEMA_WEIGHT: usize = 70_000;

const LOOK_AHEAD: &str = "look-ahead is not supported: patterns run in linear time";
const LOOK_BEHIND: &str = "look-behind is not supported: patterns run in linear time";
pub(super) const BACK_REFERENCE: &str =
    "back-references are not supported: patterns run in linear time";
pub(super) const NOT_I_REGEXP: &str = "RFC 9485 does not have this";

/// What makes a group unusable where it follows `(?`, and why.
static REFUSED: [(&str, &str); 5] = [
    ("<=", LOOK_BEHIND),
    ("<!", LOOK_BEHIND),
    ("P=", BACK_REFERENCE),
    ("P>", BACK_REFERENCE),
    (">", "atomic groups are not supported"),
];

/// Whose rules a pattern follows.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    /// A criterion of type `regex`.
    Criterion,
    /// A schema's `pattern`.
    Ecma,
    /// RFC 9485.
    IRegexp,
}

/// What stands before the place that is read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Before {
    Nothing,
    Atom,
    Assertion,
    Quantifier,
}

/// A group that is open, or the whole pattern.
struct Group {
    ignore_case: bool,
    dot_all: bool,
    multi_line: bool,
    /// The step at which it begins, and the one at which its last alternative does.
    from: usize,
    alternative: usize,
    /// The last steps of the other alternatives, which go on behind the group.
    exits: Vec<usize>,
    /// The weight of all but the last item.
    sum: usize,
    /// The weight of the last item.
    last: usize,
    /// For a leading look-ahead: whether it must match.
    look: Option<bool>,
}

pub(super) struct Translator<'t> {
    pub(super) text: &'t str,
    pub(super) at: usize,
    pub(super) dialect: Dialect,
    steps: Vec<Step>,
    sets: Vec<CharSet>,
    groups: Vec<Group>,
    before: Before,
    /// Where the steps of the last atom begin.
    last_atom: usize,
    conditions: Vec<(bool, Vec<Step>)>,
    /// Why nothing is given, once nothing is.
    fault: PatternError,
}

/// Translates a pattern; `anchored` matches the whole text only.
pub(super) fn translate(
    text: &str,
    dialect: Dialect,
    anchored: bool,
) -> Result<Program, PatternError> {
    let mut translator = Translator {
        text,
        at: 0,
        dialect,
        steps: Vec::new(),
        sets: Vec::new(),
        groups: Vec::new(),
        before: Before::Nothing,
        last_atom: 0,
        conditions: Vec::new(),
        fault: PatternError::TooLarge,
    };
    translator.pattern(anchored).ok_or(translator.fault)
}

/// Writes a character that stands for itself.
pub(super) fn push_literal(out: &mut String, c: char) {
    if r"\.+*?()|[]{}^$/-#&~".contains(c) {
        out.push('\\');
    }
    out.push(c);
}

impl<'t> Translator<'t> {
    fn pattern(&mut self, anchored: bool) -> Option<Program> {
        if anchored {
            self.steps.push(Step::Assert(Assertion::Start));
        }
        let whole = self.inner_group();
        self.groups.push(whole);
        while let Some(c) = self.next() {
            self.item(c)?;
        }
        let [whole] = self.groups.as_slice() else {
            let end = self.text.len();
            return self.syntax(end, "a group is not closed: `)` is missing");
        };
        let weight = whole.sum + whole.last + 1;
        self.end_alternatives();
        if anchored {
            self.steps.push(Step::Assert(Assertion::End));
        }
        Some(Program {
            steps: mem::take(&mut self.steps),
            conditions: mem::take(&mut self.conditions),
            sets: mem::take(&mut self.sets),
            weight,
        })
    }

    pub(super) fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    pub(super) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    pub(super) fn next(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += c.len_utf8();
        Some(c)
    }

    pub(super) fn eat(&mut self, prefix: &str) -> bool {
        let found = self.rest().starts_with(prefix);
        if found {
            self.at += prefix.len();
        }
        found
    }

    /// Gives nothing, and says why.
    #[cold]
    pub(super) fn wrong<T>(&mut self, fault: PatternError) -> Option<T> {
        self.fault = fault;
        None
    }

    pub(super) fn syntax<T>(&mut self, offset: usize, what: &'static str) -> Option<T> {
        self.wrong(PatternError::Syntax { offset, what })
    }

    pub(super) fn unsupported<T>(&mut self, offset: usize, what: &'static str) -> Option<T> {
        self.wrong(PatternError::Unsupported { offset, what })
    }

    pub(super) fn strict(&self) -> bool {
        self.dialect == Dialect::IRegexp
    }

    /// Refuses what RFC 9485 leaves out, in that dialect.
    fn not_i_regexp(&mut self, offset: usize) -> Option<()> {
        if self.strict() {
            return self.syntax(offset, NOT_I_REGEXP);
        }
        Some(())
    }

    /// A group that begins here, with the flags of the one around it.
    fn inner_group(&self) -> Group {
        let outer = self.groups.last();
        Group {
            ignore_case: outer.is_some_and(|g| g.ignore_case),
            dot_all: outer.is_some_and(|g| g.dot_all),
            multi_line: outer.is_some_and(|g| g.multi_line),
            from: self.steps.len(),
            alternative: self.steps.len(),
            exits: Vec::new(),
            sum: 1,
            last: 0,
            look: None,
        }
    }

    fn group(&mut self) -> &mut Group {
        // The group of the whole pattern is never closed.
        self.groups
            .last_mut()
            .expect("the whole pattern is a group")
    }

    fn ignores_case(&self) -> bool {
        self.groups.last().is_some_and(|group| group.ignore_case)
    }

    /// Takes down an item of that weight.
    fn weigh(&mut self, weight: usize) -> Option<()> {
        let limit = if self.dialect == Dialect::Ecma {
            MAX_SCHEMA_WEIGHT
        } else {
            MAX_WEIGHT
        };
        let group = self.group();
        group.sum = group.sum.saturating_add(group.last);
        group.last = weight;
        if group.sum.saturating_add(weight) > limit {
            return self.wrong(PatternError::TooLarge);
        }
        Some(())
    }

    /// Takes down an atom whose steps begin at `from`.
    fn atom(&mut self, from: usize, weight: usize) -> Option<()> {
        self.before = Before::Atom;
        self.last_atom = from;
        self.weigh(weight)
    }

    fn character(&mut self, step: Step, weight: usize) -> Option<()> {
        self.steps.push(step);
        self.atom(self.steps.len() - 1, weight)
    }

    pub(super) fn set(&mut self, mut set: CharSet, negated: bool) -> Option<()> {
        if self.ignores_case() {
            set.fold();
        }
        set.tidy();
        let weight = 1 + set.ranges() / 8;
        self.sets.push(set.opposite_if(negated));
        self.character(Step::Set(self.sets.len() - 1), weight)
    }

    fn literal(&mut self, code: u32) -> Option<()> {
        if !self.ignores_case() {
            return self.character(Step::Code(code), 1);
        }
        let mut set = CharSet::default();
        set.add(code, code);
        self.set(set, false)
    }

    fn assertion(&mut self, assertion: Assertion) -> Option<()> {
        self.steps.push(Step::Assert(assertion));
        self.before = Before::Assertion;
        self.weigh(1)
    }

    fn item(&mut self, c: char) -> Option<()> {
        let start = self.at - c.len_utf8();
        match c {
            '^' if self.group().multi_line => self.assertion(Assertion::LineStart),
            '^' => self.assertion(Assertion::Start),
            '$' if self.group().multi_line => self.assertion(Assertion::LineEnd),
            '$' => self.assertion(Assertion::End),
            '.' if self.group().dot_all => self.set(CharSet::any(), false),
            '.' => self.set(CharSet::line_ends(!self.strict()), true),
            '(' => self.open(start),
            ')' => self.close(start),
            '|' => self.alternative(start),
            '[' => self.class(start),
            '*' => self.quantifier(start, 0, None),
            '+' => self.quantifier(start, 1, None),
            '?' => self.quantifier(start, 0, Some(1)),
            '{' => match self.counts()? {
                Some((low, high)) => self.quantifier(start, low, high),
                None => self
                    .not_i_regexp(start)
                    .and_then(|()| self.literal(c.into())),
            },
            '}' | ']' => self
                .not_i_regexp(start)
                .and_then(|()| self.literal(c.into())),
            '\\' => match self.escape(start, false)? {
                Escape::Code(code) => self.literal(code),
                Escape::Set(set) => self.set(set, false),
                Escape::Assertion(assertion) => self.assertion(assertion),
            },
            _ => self.literal(c.into()),
        }
    }

    fn alternative(&mut self, start: usize) -> Option<()> {
        if self.groups.len() == 1 && !self.conditions.is_empty() {
            return self.unsupported(start, "look-ahead is not supported beside alternatives");
        }
        let exit = self.steps.len() + 1;
        let group = self.group();
        let from = mem::replace(&mut group.alternative, exit + 1);
        group.exits.push(exit);
        let far = (exit + 1 - from) as isize;
        self.steps.insert(from, Step::Split(far));
        self.steps.push(Step::Jump(0));
        self.before = Before::Nothing;
        self.weigh(1)
    }

    /// Ends the alternatives of the innermost group: all go on from here.
    fn end_alternatives(&mut self) {
        let end = self.steps.len();
        for exit in mem::take(&mut self.group().exits) {
            self.steps[exit] = Step::Jump((end - exit) as isize);
        }
    }

    /// Reads what follows `(`.
    fn open(&mut self, start: usize) -> Option<()> {
        if self.groups.len() > MAX_GROUPS {
            return self.wrong(PatternError::TooNested { offset: start });
        }
        let mut group = self.inner_group();
        if self.eat("?") {
            self.not_i_regexp(start)?;
            if let Some(wanted) = self.look_ahead() {
                if !self.may_look() {
                    return self.unsupported(start, LOOK_AHEAD);
                }
                group.look = Some(wanted);
            } else if let Some((_, what)) = REFUSED.iter().find(|(kind, _)| self.eat(kind)) {
                return self.unsupported(start, what);
            } else if self.eat("<") || self.eat("P<") {
                self.name(start)?;
            } else if !self.eat(":") {
                return self.flags(start, group);
            }
        }
        self.begin(group);
        Some(())
    }

    fn begin(&mut self, group: Group) {
        self.groups.push(group);
        self.before = Before::Nothing;
    }

    fn look_ahead(&mut self) -> Option<bool> {
        if self.eat("=") {
            Some(true)
        } else {
            self.eat("!").then_some(false)
        }
    }

    /// Whether a look-ahead here is a condition on the whole text.
    fn may_look(&self) -> bool {
        self.dialect == Dialect::Ecma
            && self.steps == [Step::Assert(Assertion::Start)]
            && matches!(self.groups.as_slice(), [whole] if !whole.multi_line)
    }

    fn name(&mut self, start: usize) -> Option<()> {
        let rest = self.rest();
        let name = &rest[..find(rest, b'>').unwrap_or(rest.len())];
        let first = name.as_bytes().first();
        let good = !first.is_some_and(u8::is_ascii_digit)
            && !name.is_empty()
            && name.chars().all(is_name_part);
        self.at += name.len();
        if good && self.eat(">") {
            return Some(());
        }
        self.syntax(start, "the name of this group is not a name")
    }

    /// Reads flags, for the group that begins here or for the rest of the outer one.
    fn flags(&mut self, start: usize, mut group: Group) -> Option<()> {
        let mut on = true;
        let first = self.at;
        loop {
            match self.next() {
                Some('-') if on => on = false,
                Some('i') => group.ignore_case = on,
                Some('s') => group.dot_all = on,
                Some('m') => group.multi_line = on,
                Some(':') => break,
                Some(')') if self.at > first + 1 => break,
                Some('a'..='z' | 'A'..='Z') => {
                    return self
                        .unsupported(start, "of the flags only `i`, `m` and `s` are supported");
                }
                _ => return self.syntax(start, "this is not a kind of group"),
            }
        }
        if self.text[..self.at].ends_with(':') {
            self.begin(group);
        } else {
            let outer = self.group();
            outer.ignore_case = group.ignore_case;
            outer.dot_all = group.dot_all;
            outer.multi_line = group.multi_line;
        }
        self.before = Before::Nothing;
        Some(())
    }

    fn close(&mut self, start: usize) -> Option<()> {
        if self.groups.len() == 1 {
            return self.syntax(start, "`)` closes no group");
        }
        self.end_alternatives();
        let Some(group) = self.groups.pop() else {
            return Some(());
        };
        let weight = group.sum.saturating_add(group.last);
        match group.look {
            None => self.atom(group.from, weight),
            Some(wanted) => {
                let mut condition = vec![Step::Assert(Assertion::Start)];
                condition.extend(self.steps.drain(group.from..));
                self.conditions.push((wanted, condition));
                self.before = Before::Assertion;
                self.weigh(weight)
            }
        }
    }

    /// Reads the rest of `{n}`, `{n,}` or `{n,m}`; `None` where it is none of them.
    fn counts(&mut self) -> Option<Option<(usize, Option<usize>)>> {
        let Some((inner, _)) = cut(self.rest(), b'}') else {
            return Some(None);
        };
        let (low, high) = cut(inner, b',').unwrap_or((inner, inner));
        let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
        if low.is_empty() || !digits(low) || !digits(high) {
            return Some(None);
        }
        let start = self.at - 1;
        self.at += inner.len() + 1;
        let low = self.count(low)?;
        if high.is_empty() {
            return Some(Some((low, None)));
        }
        let high = self.count(high)?;
        if high < low {
            return self.syntax(start, "the repetition ends before it begins");
        }
        Some(Some((low, Some(high))))
    }

    fn count(&mut self, digits: &str) -> Option<usize> {
        let count = whole(digits).and_then(|count| usize::try_from(count).ok());
        if count.is_none() {
            return self.wrong(PatternError::TooLarge);
        }
        count
    }

    /// Takes down a quantifier that was read, for the last atom.
    fn quantifier(&mut self, start: usize, low: usize, high: Option<usize>) -> Option<()> {
        if self.before != Before::Atom {
            return self.syntax(start, "there is nothing to repeat");
        }
        self.before = Before::Quantifier;
        let times = high.unwrap_or(low).max(1);
        let weight = self
            .group()
            .last
            .saturating_mul(times)
            .saturating_add(times);
        self.group().last = 0;
        self.weigh(weight)?;
        self.repeat(low, high);
        if self.peek() == Some('?') {
            // Whether there is a match does not depend on which is tried first.
            self.not_i_regexp(self.at)?;
            self.at += 1;
        }
        Some(())
    }

    /// Writes the last atom out, `low` to `high` times.
    fn repeat(&mut self, low: usize, high: Option<usize>) {
        let once = self.steps.split_off(self.last_atom);
        let size = once.len() as isize;
        for _ in 0..low {
            self.steps.extend_from_slice(&once);
        }
        match high {
            Some(high) => {
                for left in (1..=high - low).rev() {
                    self.steps.push(Step::Split(left as isize * (size + 1)));
                    self.steps.extend_from_slice(&once);
                }
            }
            None if low > 0 => self.steps.push(Step::Split(-size)),
            None => {
                self.steps.push(Step::Split(size + 2));
                self.steps.extend(once);
                self.steps.push(Step::Jump(-size - 1));
            }
        }
    }
}

/// What names of groups are made of: letters, digits, marks and joiners.
fn is_name_part(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_alphanumeric() || c == '_' || c == '$';
    }
    let parts = ["L", "Nl", "Mn", "Mc", "Nd", "Pc"];
    let mut parts = parts.into_iter().filter_map(CharSet::property);
    parts.any(|part| part.contains(c))
}
