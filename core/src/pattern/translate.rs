//! Reads a pattern and writes it as the engine wants it.

use super::PatternError;
use super::classes::{CharSet, other_case, short_name};

/// How deep groups may nest.
pub(super) const MAX_GROUPS: usize = 32;

/// How many states a pattern may have; a schema may well say `{1,65536}`.
const MAX_WEIGHT: usize = 20_000;
const MAX_SCHEMA_WEIGHT: usize = 70_000;

const LOOK_AHEAD: &str = "look-ahead is not supported: patterns run in linear time";
const LOOK_BEHIND: &str = "look-behind is not supported: patterns run in linear time";
const BACK_REFERENCE: &str = "back-references are not supported: patterns run in linear time";
const NOT_I_REGEXP: &str = "RFC 9485 does not have this";

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

/// What an escape stands for.
enum Escape {
    Code(u32),
    Set(CharSet),
    Assertion(&'static str),
}

struct Translator<'t> {
    text: &'t str,
    at: usize,
    dialect: Dialect,
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

    fn eat(&mut self, prefix: &str) -> bool {
        let found = self.rest().starts_with(prefix);
        if found {
            self.at += prefix.len();
        }
        found
    }

    fn syntax(&self, offset: usize, what: &'static str) -> PatternError {
        PatternError::Syntax { offset, what }
    }

    fn strict(&self) -> bool {
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

    fn set(&mut self, mut set: CharSet, negated: bool) -> Result<(), PatternError> {
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
            '*' | '+' | '?' => self.quantifier(start, 1, None, c),
            '{' => match self.counts()? {
                Some((low, high)) => self.quantifier(start, low, high, c),
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
        sign: char,
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
        debug_assert!("*+?{".contains(sign));
        Ok(())
    }

    /// Reads what follows `[`.
    fn class(&mut self, start: usize) -> Result<(), PatternError> {
        let negated = self.eat("^");
        let first = self.at;
        let mut set = CharSet::default();
        loop {
            let at = self.at;
            let Some(c) = self.next() else {
                return Err(self.syntax(start, "a class is not closed: `]` is missing"));
            };
            let low = match c {
                ']' if self.strict() && at == first => {
                    return Err(self.syntax(start, "a class is empty"));
                }
                ']' => return self.set(set, negated),
                '[' if self.strict() => return Err(self.syntax(at, NOT_I_REGEXP)),
                '[' if self.dialect == Dialect::Criterion && self.rest().starts_with(':') => {
                    return Err(PatternError::Unsupported {
                        offset: at,
                        what: "named classes are not supported: write `a-z`, `0-9` and so on",
                    });
                }
                '-' if self.strict() && at != first && self.peek() != Some(']') => {
                    return Err(self.syntax(at, NOT_I_REGEXP));
                }
                _ => self.member(at, c)?,
            };
            match low {
                Escape::Code(low) => self.range(at, low, &mut set)?,
                Escape::Set(inner) => set.add_all(&inner),
                Escape::Assertion(_) => return Err(self.syntax(at, "a class holds no assertion")),
            }
        }
    }

    fn member(&mut self, at: usize, c: char) -> Result<Escape, PatternError> {
        match c {
            '\\' => self.escape(at, true),
            _ => Ok(Escape::Code(c.into())),
        }
    }

    /// Adds one character, or the range that begins with it.
    fn range(&mut self, at: usize, low: u32, set: &mut CharSet) -> Result<(), PatternError> {
        let mut ahead = self.rest().chars();
        let is_range = ahead.next() == Some('-') && ahead.next().is_some_and(|c| c != ']');
        if !is_range || (self.strict() && low == u32::from('-') && self.text[at..].starts_with('-'))
        {
            set.add(low, low);
            return Ok(());
        }
        self.at += 1;
        let at_high = self.at;
        let Some(c) = self.next() else {
            return Ok(());
        };
        if self.strict() && matches!(c, '[' | '-') {
            return Err(self.syntax(at_high, NOT_I_REGEXP));
        }
        match self.member(at_high, c)? {
            Escape::Code(high) if high < low => {
                Err(self.syntax(at, "the range ends before it begins"))
            }
            Escape::Code(high) => {
                set.add(low, high);
                Ok(())
            }
            // As in `[\w-.]`, the dash stands for itself.
            Escape::Set(inner) if !self.strict() => {
                set.add(low, low);
                set.add('-'.into(), '-'.into());
                set.add_all(&inner);
                Ok(())
            }
            _ => Err(self.syntax(at, "the range has no end")),
        }
    }

    /// Reads what follows a backslash.
    fn escape(&mut self, start: usize, in_class: bool) -> Result<Escape, PatternError> {
        let Some(c) = self.next() else {
            return Err(self.syntax(start, "a `\\` stands at the end"));
        };
        if self.strict()
            && !matches!(c, '('..='+' | '-' | '.' | '?' | '['..='^' | 'n' | 'r' | 't' | '{'..='}' | 'p' | 'P')
        {
            return Err(self.syntax(start, NOT_I_REGEXP));
        }
        Ok(match c {
            'd' | 'D' | 's' | 'S' | 'w' | 'W' => Escape::Set(CharSet::perl(c)),
            'n' => Escape::Code(0x0A),
            'r' => Escape::Code(0x0D),
            't' => Escape::Code(0x09),
            'f' => Escape::Code(0x0C),
            'v' => Escape::Code(0x0B),
            'b' if in_class => Escape::Code(0x08),
            'b' => Escape::Assertion(r"\b"),
            'B' => Escape::Assertion(r"\B"),
            'A' if self.dialect == Dialect::Criterion => Escape::Assertion(r"\A"),
            'z' if self.dialect == Dialect::Criterion => Escape::Assertion(r"\z"),
            'x' => Escape::Code(self.hex(start, 2)?),
            'u' => Escape::Code(self.code_point(start)?),
            'c' => match self.next() {
                Some(letter) if letter.is_ascii_alphabetic() => {
                    Escape::Code(u32::from(letter) % 32)
                }
                _ => return Err(self.syntax(start, "a letter follows `\\c`")),
            },
            'p' | 'P' => Escape::Set(self.property(start)?.opposite_if(c == 'P')),
            '0' if !self.peek().is_some_and(|c| c.is_ascii_digit()) => Escape::Code(0),
            '0'..='9' | 'k' => {
                return Err(PatternError::Unsupported {
                    offset: start,
                    what: BACK_REFERENCE,
                });
            }
            _ if c.is_ascii() && !c.is_ascii_alphanumeric() => Escape::Code(c.into()),
            _ => return Err(self.syntax(start, "this escape means nothing")),
        })
    }

    fn hex(&mut self, start: usize, digits: usize) -> Result<u32, PatternError> {
        let text = self.rest().get(..digits).unwrap_or_default();
        if text.is_empty() || !text.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err(self.syntax(start, "hexadecimal digits are missing"));
        }
        self.at += digits;
        u32::from_str_radix(text, 16).map_err(|_| self.syntax(start, "this is not a code point"))
    }

    /// Reads what follows `\u`: `{…}`, four digits, or a pair of surrogates.
    fn code_point(&mut self, start: usize) -> Result<u32, PatternError> {
        if self.eat("{") {
            let digits = self.rest().find('}').unwrap_or_default();
            let code = self.hex(start, digits)?;
            self.at += 1;
            return if code <= 0x10_FFFF {
                Ok(code)
            } else {
                Err(self.syntax(start, "this is not a code point"))
            };
        }
        let high = self.hex(start, 4)?;
        let back = self.at;
        if (0xD800..0xDC00).contains(&high) && self.eat("\\u") {
            if let Ok(low @ 0xDC00..0xE000) = self.hex(start, 4) {
                return Ok(0x1_0000 + ((high - 0xD800) << 10) + (low - 0xDC00));
            }
            self.at = back;
        }
        Ok(high)
    }

    /// Reads what follows `\p` or `\P`.
    fn property(&mut self, start: usize) -> Result<CharSet, PatternError> {
        let inner = self
            .rest()
            .strip_prefix('{')
            .and_then(|rest| rest.split_once('}'));
        let Some((name, _)) = inner else {
            return Err(self.syntax(start, "a category in braces follows, such as `\\p{Lu}`"));
        };
        self.at += name.len() + 2;
        let short = if self.strict() {
            name
        } else {
            short_name(name)
        };
        let allowed = !self.strict() || (name.len() <= 2 && !matches!(name, "Cs" | "LC"));
        CharSet::property(short)
            .filter(|_| allowed)
            .ok_or_else(|| PatternError::UnknownProperty {
                offset: start,
                name: name.into(),
            })
    }
}
