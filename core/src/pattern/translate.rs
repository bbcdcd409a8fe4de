//! Reads a pattern and writes it as the engine wants it.

use super::PatternError;
use super::classes::CharSet;
use super::escape::Escape;
use super::unicode::other_case;

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

/// A pattern for the engine.
pub(super) struct Translation {
    pub(super) text: String,
    /// Leading look-aheads: whether each must match, and its pattern.
    pub(super) conditions: Vec<(bool, String)>,
    /// About how many states there are.
    pub(super) weight: usize,
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
    /// The weight of all but the last item.
    sum: usize,
    /// The weight of the last item.
    last: usize,
    /// For a leading look-ahead: whether it must match, and where it began.
    look: Option<(bool, usize)>,
}

pub(super) struct Translator<'t> {
    pub(super) text: &'t str,
    pub(super) at: usize,
    pub(super) dialect: Dialect,
    out: String,
    groups: Vec<Group>,
    before: Before,
    conditions: Vec<(bool, String)>,
}

/// Translates a pattern.
pub(super) fn translate(text: &str, dialect: Dialect) -> Result<Translation, PatternError> {
    let mut translator = Translator {
        text,
        at: 0,
        dialect,
        out: String::with_capacity(text.len() + 16),
        groups: vec![Group::inside(None)],
        before: Before::Nothing,
        conditions: Vec::new(),
    };
    while let Some(c) = translator.next() {
        translator.item(c)?;
    }
    match translator.groups.as_slice() {
        [whole] => Ok(Translation {
            weight: whole.sum + whole.last + 1,
            text: translator.out,
            conditions: translator.conditions,
        }),
        _ => Err(translator.syntax(text.len(), "a group is not closed: `)` is missing")),
    }
}

/// Writes a character that stands for itself.
pub(super) fn push_literal(out: &mut String, c: char) {
    if r"\.+*?()|[]{}^$/-#&~".contains(c) {
        out.push('\\');
    }
    out.push(c);
}

impl Group {
    fn inside(outer: Option<&Self>) -> Self {
        Self {
            ignore_case: outer.is_some_and(|g| g.ignore_case),
            dot_all: outer.is_some_and(|g| g.dot_all),
            multi_line: outer.is_some_and(|g| g.multi_line),
            sum: 1,
            last: 0,
            look: None,
        }
    }
}

impl<'t> Translator<'t> {
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

    pub(super) fn syntax(&self, offset: usize, what: &'static str) -> PatternError {
        PatternError::Syntax { offset, what }
    }

    pub(super) fn strict(&self) -> bool {
        self.dialect == Dialect::IRegexp
    }

    /// Refuses what RFC 9485 leaves out, in that dialect.
    fn not_i_regexp(&self, offset: usize) -> Result<(), PatternError> {
        if self.strict() {
            return Err(self.syntax(offset, NOT_I_REGEXP));
        }
        Ok(())
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
    fn weigh(&mut self, weight: usize) -> Result<(), PatternError> {
        let limit = if self.dialect == Dialect::Ecma {
            MAX_SCHEMA_WEIGHT
        } else {
            MAX_WEIGHT
        };
        let group = self.group();
        group.sum = group.sum.saturating_add(group.last);
        group.last = weight;
        if group.sum.saturating_add(weight) > limit {
            return Err(PatternError::TooLarge);
        }
        Ok(())
    }

    fn atom(&mut self, weight: usize) -> Result<(), PatternError> {
        self.before = Before::Atom;
        self.weigh(weight)
    }

    pub(super) fn set(&mut self, mut set: CharSet, negated: bool) -> Result<(), PatternError> {
        if self.ignores_case() {
            set.fold();
        }
        let ranges = set.write(&mut self.out, negated);
        self.atom(1 + ranges / 8)
    }

    fn literal(&mut self, c: char) -> Result<(), PatternError> {
        if self.ignores_case() && !c.is_ascii() && other_case(c) != c {
            let mut set = CharSet::default();
            set.add(c.into(), c.into());
            return self.set(set, false);
        }
        push_literal(&mut self.out, c);
        self.atom(1)
    }

    fn assertion(&mut self, text: &str) -> Result<(), PatternError> {
        self.out.push_str(text);
        self.before = Before::Assertion;
        self.weigh(1)
    }

    fn item(&mut self, c: char) -> Result<(), PatternError> {
        let start = self.at - c.len_utf8();
        match c {
            '^' => self.assertion("^"),
            '$' => self.assertion("$"),
            '.' => {
                let set = if self.group().dot_all {
                    CharSet::default()
                } else {
                    CharSet::line_ends(!self.strict())
                };
                set.write(&mut self.out, true);
                self.atom(1)
            }
            '(' => self.open(start),
            ')' => self.close(start),
            '|' => self.alternative(start),
            '[' => self.class(start),
            '*' | '+' | '?' => self.quantifier(start, 1, None),
            '{' => match self.counts()? {
                Some((low, high)) => self.quantifier(start, low, high),
                None => self.not_i_regexp(start).and_then(|()| self.literal(c)),
            },
            '}' | ']' => self.not_i_regexp(start).and_then(|()| self.literal(c)),
            '\\' => match self.escape(start, false)? {
                Escape::Code(code) => match char::from_u32(code) {
                    Some(c) => self.literal(c),
                    None => self.set(CharSet::default(), false),
                },
                Escape::Set(set) => self.set(set, false),
                Escape::Assertion(text) => self.assertion(text),
            },
            _ => self.literal(c),
        }
    }

    fn alternative(&mut self, start: usize) -> Result<(), PatternError> {
        if self.groups.len() == 1 && !self.conditions.is_empty() {
            return Err(PatternError::Unsupported {
                offset: start,
                what: "look-ahead is not supported beside alternatives",
            });
        }
        self.out.push('|');
        self.before = Before::Nothing;
        self.weigh(1)
    }

    /// Reads what follows `(`.
    fn open(&mut self, start: usize) -> Result<(), PatternError> {
        if self.groups.len() > MAX_GROUPS {
            return Err(PatternError::TooNested { offset: start });
        }
        let mut group = Group::inside(self.groups.last());
        let unsupported = |what| PatternError::Unsupported {
            offset: start,
            what,
        };
        if self.eat("?") {
            self.not_i_regexp(start)?;
            if let Some(wanted) = self.look_ahead() {
                if !self.may_look() {
                    return Err(unsupported(LOOK_AHEAD));
                }
                group.look = Some((wanted, self.out.len()));
            } else if self.eat("<=") || self.eat("<!") {
                return Err(unsupported(LOOK_BEHIND));
            } else if self.eat("P=") || self.eat("P>") {
                return Err(unsupported(BACK_REFERENCE));
            } else if self.eat(">") {
                return Err(unsupported("atomic groups are not supported"));
            } else if self.eat("<") || self.eat("P<") {
                self.name(start)?;
            } else if !self.eat(":") {
                return self.flags(start, group);
            }
        }
        self.begin(group);
        Ok(())
    }

    fn begin(&mut self, group: Group) {
        self.out.push_str("(?:");
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
            && self.out == "^"
            && matches!(self.groups.as_slice(), [whole] if !whole.multi_line)
    }

    fn name(&mut self, start: usize) -> Result<(), PatternError> {
        let name = self.rest().split('>').next().unwrap_or_default();
        let good = name.starts_with(|c: char| c.is_alphabetic() || c == '_' || c == '$')
            && name
                .chars()
                .all(|c| c.is_alphanumeric() || c == '_' || c == '$');
        self.at += name.len();
        if good && self.eat(">") {
            return Ok(());
        }
        Err(self.syntax(start, "the name of this group is not a name"))
    }

    /// Reads flags, for the group that begins here or for the rest of the outer one.
    fn flags(&mut self, start: usize, mut group: Group) -> Result<(), PatternError> {
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
                    return Err(PatternError::Unsupported {
                        offset: start,
                        what: "of the flags only `i`, `m` and `s` are supported",
                    });
                }
                _ => return Err(self.syntax(start, "this is not a kind of group")),
            }
        }
        let switch = |on| if on { "" } else { "-" };
        let flags = format!(
            "(?{}i)(?{}m)",
            switch(group.ignore_case),
            switch(group.multi_line)
        );
        if self.text[..self.at].ends_with(':') {
            self.begin(group);
        } else {
            let outer = self.group();
            outer.ignore_case = group.ignore_case;
            outer.dot_all = group.dot_all;
            outer.multi_line = group.multi_line;
        }
        self.before = Before::Nothing;
        self.out.push_str(&flags);
        Ok(())
    }

    fn close(&mut self, start: usize) -> Result<(), PatternError> {
        if self.groups.len() == 1 {
            return Err(self.syntax(start, "`)` closes no group"));
        }
        let Some(group) = self.groups.pop() else {
            return Ok(());
        };
        self.out.push(')');
        let weight = group.sum.saturating_add(group.last);
        match group.look {
            None => self.atom(weight),
            Some((wanted, from)) => {
                let flag = if self.ignores_case() { "(?i)" } else { "" };
                let condition = format!("{flag}^{}", &self.out[from..]);
                self.conditions.push((wanted, condition));
                self.out.truncate(from);
                self.before = Before::Assertion;
                self.weigh(weight)
            }
        }
    }

    /// Reads the rest of `{n}`, `{n,}` or `{n,m}`; `None` where it is none of them.
    fn counts(&mut self) -> Result<Option<(usize, Option<usize>)>, PatternError> {
        let Some((inner, _)) = self.rest().split_once('}') else {
            return Ok(None);
        };
        let (low, high) = inner.split_once(',').unwrap_or((inner, inner));
        let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
        if low.is_empty() || !digits(low) || !digits(high) {
            return Ok(None);
        }
        let start = self.at - 1;
        self.at += inner.len() + 1;
        let number = |text: &str| text.parse::<usize>().map_err(|_| PatternError::TooLarge);
        let low = number(low)?;
        if high.is_empty() {
            return Ok(Some((low, None)));
        }
        let high = number(high)?;
        if high < low {
            return Err(self.syntax(start, "the repetition ends before it begins"));
        }
        Ok(Some((low, Some(high))))
    }

    /// Writes a quantifier that was read, `low` and `high` as it spells them.
    fn quantifier(
        &mut self,
        start: usize,
        low: usize,
        high: Option<usize>,
    ) -> Result<(), PatternError> {
        if self.before != Before::Atom {
            return Err(self.syntax(start, "there is nothing to repeat"));
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
        self.out.push_str(&self.text[start..self.at]);
        if self.peek() == Some('?') {
            self.not_i_regexp(self.at)?;
            self.at += 1;
            self.out.push('?');
        }
        Ok(())
    }
}
