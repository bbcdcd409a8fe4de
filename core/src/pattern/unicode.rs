//! The tables of Unicode that patterns need.
//!
//! They are packed when this package is built (`build.rs`), from what a crate and
//! the standard library know, and unpacked when they are first asked for.

use std::sync::OnceLock;

/// The general categories, in the order in which the table numbers them.
const NAMES: [&str; 30] = [
    "Cc", "Cf", "Cn", "Co", "Cs", "Ll", "Lm", "Lo", "Lt", "Lu", "Mc", "Me", "Mn", "Nd", "Nl", "No",
    "Pc", "Pd", "Pe", "Pf", "Pi", "Po", "Ps", "Sc", "Sk", "Sm", "So", "Zl", "Zp", "Zs",
];

/// A run of letters that become others by adding a number.
struct Case {
    first: u32,
    last: u32,
    /// Every letter, or every second one.
    step: u32,
    add: i32,
    /// Whether they are the capitals.
    capital: bool,
}

/// The runs of characters of one general category, in order; surrogates are none.
pub(super) fn categories() -> &'static [(u32, u32, &'static str)] {
    static RUNS: OnceLock<Vec<(u32, u32, &'static str)>> = OnceLock::new();
    RUNS.get_or_init(|| {
        let mut bytes = Bytes(include_bytes!(concat!(env!("OUT_DIR"), "/categories.bin")));
        let mut runs = Vec::new();
        let mut next = 0;
        while let Some(byte) = bytes.byte() {
            let length = match u32::from(byte & 7) {
                0 => bytes.number(),
                short => short,
            };
            let name = NAMES.get(usize::from(byte >> 3)).copied().unwrap_or("Cn");
            // A run that reaches across the surrogates counts without them.
            let mut last = next + length - 1;
            if next < 0xD800 && last >= 0xD800 {
                last += 0x800;
            }
            runs.push((next, last, name));
            next = last + 1;
            if next == 0xD800 {
                next = 0xE000;
            }
        }
        runs
    })
}

/// The letter in its other case, where there is one that is a single letter.
pub(super) fn other_case(c: char) -> char {
    if c.is_ascii_uppercase() {
        return c.to_ascii_lowercase();
    }
    if c.is_ascii() {
        return c.to_ascii_uppercase();
    }
    changed(c, true).unwrap_or(c)
}

/// The letter in lower case: the first one, where there are several.
pub(super) fn lower_case(c: char) -> char {
    match c {
        _ if c.is_ascii() => c.to_ascii_lowercase(),
        'İ' => 'i',
        _ => changed(c, false).unwrap_or(c),
    }
}

fn changed(c: char, both: bool) -> Option<char> {
    let cases = cases();
    let code = u32::from(c);
    let mut at = cases.partition_point(|case| case.first <= code);
    // Runs of every second letter may lie within each other, few at a time.
    for _ in 0..4 {
        at = at.checked_sub(1)?;
        let case = &cases[at];
        if code <= case.last && (code - case.first).is_multiple_of(case.step) {
            if !case.capital && !both {
                return None;
            }
            return char::from_u32(code.wrapping_add_signed(case.add));
        }
    }
    None
}

fn cases() -> &'static [Case] {
    static CASES: OnceLock<Vec<Case>> = OnceLock::new();
    CASES.get_or_init(|| {
        let mut bytes = Bytes(include_bytes!(concat!(env!("OUT_DIR"), "/cases.bin")));
        let mut cases = Vec::new();
        let mut first = 0;
        while let Some(byte) = bytes.byte() {
            first += bytes.number();
            let count = bytes.number();
            let add = bytes.number();
            let step = if byte & 2 == 0 { 1 } else { 2 };
            let size = (add >> 1) as i32;
            cases.push(Case {
                first,
                last: first + (count - 1) * step,
                step,
                add: if add & 1 == 0 { size } else { -size },
                capital: byte & 1 == 1,
            });
        }
        cases
    })
}

struct Bytes(&'static [u8]);

impl Bytes {
    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    fn number(&mut self) -> u32 {
        let (mut number, mut shift) = (0, 0);
        while let Some(byte) = self.byte() {
            number |= u32::from(byte & 0x7F) << shift;
            if byte < 0x80 {
                break;
            }
            shift += 7;
        }
        number
    }
}

#[cfg(test)]
mod tests {
    use super::{categories, lower_case, other_case};

    #[test]
    fn letters_change_case_as_in_the_standard_library() {
        let single = |mut letters: Box<dyn Iterator<Item = char>>| {
            letters.next().filter(|_| letters.next().is_none())
        };
        for c in '\0'..=char::MAX {
            let lower = single(Box::new(c.to_lowercase())).filter(|lower| *lower != c);
            let upper = single(Box::new(c.to_uppercase())).filter(|upper| *upper != c);
            assert_eq!(other_case(c), lower.or(upper).unwrap_or(c), "{c:?}");
            assert_eq!(Some(lower_case(c)), c.to_lowercase().next(), "{c:?}");
        }
    }

    #[test]
    fn categories_are_those_of_the_crate_that_they_come_from() {
        let mut runs = categories().iter();
        let mut run = runs.next().expect("a run");
        for c in '\0'..=char::MAX {
            if u32::from(c) > run.1 {
                run = runs.next().expect("a run");
            }
            let category = unicode_general_category::get_general_category(c);
            assert!((run.0..=run.1).contains(&c.into()), "{c:?} {run:?}");
            assert_eq!(run.2, category.abbreviation(), "{c:?}");
        }
        assert!(runs.next().is_none());
    }
}
