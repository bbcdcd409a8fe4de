//! Sets of characters, for the classes of a pattern.

use super::unicode::{categories, other_case};

/// The last code point.
const LAST: u32 = 0x10_FFFF;

/// Ranges no longer than this are folded letter by letter.
const LONGEST_FOLD: u32 = 0x400;

/// A set of code points.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct CharSet(pub(super) Vec<(u32, u32)>);

/// ECMA-262, `WhiteSpace` and `LineTerminator`.
const SPACE: &[(u32, u32)] = &[
    (0x09, 0x0D),
    (0x20, 0x20),
    (0xA0, 0xA0),
    (0x1680, 0x1680),
    (0x2000, 0x200A),
    (0x2028, 0x2029),
    (0x202F, 0x202F),
    (0x205F, 0x205F),
    (0x3000, 0x3000),
    (0xFEFF, 0xFEFF),
];
const DIGIT: &[(u32, u32)] = &[(0x30, 0x39)];
const WORD: &[(u32, u32)] = &[(0x30, 0x39), (0x41, 0x5A), (0x5F, 0x5F), (0x61, 0x7A)];
const LINE_ENDS: &[(u32, u32)] = &[(0x0A, 0x0A), (0x0D, 0x0D), (0x2028, 0x2029)];

impl CharSet {
    /// The set of `\d`, `\s`, `\w` and their capital opposites.
    pub(super) fn perl(letter: char) -> Self {
        let ranges = match letter.to_ascii_lowercase() {
            'd' => DIGIT,
            's' => SPACE,
            _ => WORD,
        };
        Self(ranges.to_vec()).opposite_if(letter.is_ascii_uppercase())
    }

    /// The characters that end a line; with `all`, those of Unicode too.
    pub(super) fn line_ends(all: bool) -> Self {
        Self(LINE_ENDS[..if all { 3 } else { 2 }].to_vec())
    }

    /// Every character.
    pub(super) fn any() -> Self {
        Self(vec![(0, LAST)])
    }

    /// A general category by its short name, or a special set of ECMA-262.
    pub(super) fn property(name: &str) -> Option<Self> {
        match name {
            "Any" => return Some(Self::any()),
            "ASCII" => return Some(Self(vec![(0, 0x7F)])),
            "Assigned" => return Some(Self::property("Cn")?.opposite_if(true)),
            "Cs" => return Some(Self::default()),
            _ if SHORT.contains(&name) => {}
            _ => return None,
        }
        let mut set = Self::default();
        for (low, high, category) in categories() {
            // What has one letter holds all that begin with it.
            let wanted = match name {
                "LC" => matches!(*category, "Lu" | "Ll" | "Lt"),
                _ => category.as_bytes().starts_with(name.as_bytes()),
            };
            if wanted {
                set.add(*low, *high);
            }
        }
        Some(set)
    }

    /// Adds the characters from `low` to `high`.
    pub(super) fn add(&mut self, low: u32, high: u32) {
        self.0.push((low, high));
    }

    /// Adds all of another set.
    pub(super) fn add_all(&mut self, other: &Self) {
        self.0.extend_from_slice(&other.0);
    }

    /// Adds what differs from a member only in letter case; of a long range, in ASCII.
    pub(super) fn fold(&mut self) {
        for at in 0..self.0.len() {
            let (low, high) = self.0[at];
            let high = if high - low > LONGEST_FOLD {
                high.min(0x7F)
            } else {
                high
            };
            for c in (low..=high).filter_map(char::from_u32) {
                // `ſ` is a kind of `S`, and that one of `s`.
                let other = other_case(c);
                for c in [other.to_ascii_lowercase(), other.to_ascii_uppercase()] {
                    self.add(c.into(), c.into());
                }
            }
        }
    }

    /// The opposite set where asked for, else the set itself.
    pub(super) fn opposite_if(mut self, opposite: bool) -> Self {
        if !opposite {
            return self;
        }
        self.tidy();
        let mut out = Vec::with_capacity(self.0.len() + 1);
        let mut next = 0;
        for (low, high) in self.0 {
            if low > next {
                out.push((next, low - 1));
            }
            next = high + 1;
        }
        if next <= LAST {
            out.push((next, LAST));
        }
        Self(out)
    }

    /// Sorts and joins the ranges.
    pub(super) fn tidy(&mut self) {
        self.0.sort_unstable();
        let mut out: Vec<(u32, u32)> = Vec::with_capacity(self.0.len());
        for (low, high) in self.0.drain(..) {
            match out.last_mut() {
                Some(last) if low <= last.1.saturating_add(1) => last.1 = last.1.max(high),
                _ => out.push((low, high)),
            }
        }
        self.0 = out;
    }

    /// How many ranges a tidy set has.
    pub(super) fn ranges(&self) -> usize {
        self.0.len()
    }

    /// Whether a tidy set has that character.
    pub(super) fn contains(&self, c: char) -> bool {
        let code = u32::from(c);
        let at = self.0.partition_point(|(_, high)| *high < code);
        self.0.get(at).is_some_and(|(low, _)| *low <= code)
    }
}

/// The short names of the general categories; see [`LONG`].
const SHORT: [&str; 37] = [
    "Lu", "Ll", "Lt", "LC", "Lm", "Lo", "L", "Mn", "Mc", "Me", "M", "Nd", "Nl", "No", "N", "Pc",
    "Pd", "Ps", "Pe", "Pi", "Pf", "Po", "P", "Sm", "Sc", "Sk", "So", "S", "Zs", "Zl", "Zp", "Z",
    "Cc", "Cf", "Co", "Cn", "C",
];

/// The long names of the general categories, in the order of [`SHORT`].
const LONG: [&str; 37] = [
    "Uppercase_Letter",
    "Lowercase_Letter",
    "Titlecase_Letter",
    "Cased_Letter",
    "Modifier_Letter",
    "Other_Letter",
    "Letter",
    "Nonspacing_Mark",
    "Spacing_Mark",
    "Enclosing_Mark",
    "Mark",
    "Decimal_Number",
    "Letter_Number",
    "Other_Number",
    "Number",
    "Connector_Punctuation",
    "Dash_Punctuation",
    "Open_Punctuation",
    "Close_Punctuation",
    "Initial_Punctuation",
    "Final_Punctuation",
    "Other_Punctuation",
    "Punctuation",
    "Math_Symbol",
    "Currency_Symbol",
    "Modifier_Symbol",
    "Other_Symbol",
    "Symbol",
    "Space_Separator",
    "Line_Separator",
    "Paragraph_Separator",
    "Separator",
    "Control",
    "Format",
    "Private_Use",
    "Unassigned",
    "Other",
];

/// The short name of a general category given by either name.
pub(super) fn short_name(name: &str) -> &str {
    let name = name
        .strip_prefix("General_Category=")
        .or_else(|| name.strip_prefix("gc="))
        .unwrap_or(name);
    match name {
        "Surrogate" => "Cs",
        "digit" => "Nd",
        "punct" => "P",
        "cntrl" => "Cc",
        "Combining_Mark" => "M",
        _ => LONG
            .iter()
            .position(|long| *long == name)
            .map_or(name, |at| SHORT[at]),
    }
}
