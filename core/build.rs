//! Packs the tables of Unicode that patterns need: a few kilobytes.
//!
//! As they come (a lookup table of one crate, two of the standard library) they
//! would be a tenth of what a web page loads.

use std::path::Path;

use unicode_general_category::{GeneralCategory, get_general_category};

fn main() -> std::io::Result<()> {
    println!("cargo::rerun-if-changed=build.rs");
    let out = std::env::var_os("OUT_DIR").unwrap_or_default();
    std::fs::write(Path::new(&out).join("categories.bin"), categories())?;
    std::fs::write(Path::new(&out).join("cases.bin"), cases())
}

/// In the order of `NAMES` in `pattern/unicode.rs`.
fn number(category: GeneralCategory) -> u8 {
    const NAMES: [&str; 30] = [
        "Cc", "Cf", "Cn", "Co", "Cs", "Ll", "Lm", "Lo", "Lt", "Lu", "Mc", "Me", "Mn", "Nd", "Nl",
        "No", "Pc", "Pd", "Pe", "Pf", "Pi", "Po", "Ps", "Sc", "Sk", "Sm", "So", "Zl", "Zp", "Zs",
    ];
    let name = category.abbreviation();
    NAMES.iter().position(|one| *one == name).unwrap_or(2) as u8
}

/// Runs of one category: five bits say which, three how long; 0 is followed by
/// the length.
fn categories() -> Vec<u8> {
    let mut runs: Vec<(u8, u32)> = Vec::new();
    for c in '\0'..=char::MAX {
        let category = number(get_general_category(c));
        match runs.last_mut() {
            Some((last, length)) if *last == category => *length += 1,
            _ => runs.push((category, 1)),
        }
    }
    let mut out = Vec::new();
    for (category, length) in runs {
        if length < 8 {
            out.push(category << 3 | length as u8);
        } else {
            out.push(category << 3);
            varint(&mut out, length);
        }
    }
    out
}

/// The one letter that a letter becomes, where it becomes one.
fn single(mut letters: impl Iterator<Item = char>) -> Option<char> {
    letters.next().filter(|_| letters.next().is_none())
}

/// Runs of letters that become others by adding a number: a byte (1: upper-case
/// letters, 2: every second letter), then how many letters lie before it, how
/// many it has, and what to add, doubled, its lowest bit the sign.
fn cases() -> Vec<u8> {
    let mut runs: Vec<(bool, u32, u32, u32, i64)> = Vec::new();
    for c in '\u{80}'..=char::MAX {
        let lower = single(c.to_lowercase()).filter(|lower| *lower != c);
        let upper = single(c.to_uppercase()).filter(|upper| *upper != c);
        let Some(other) = lower.or(upper) else {
            continue;
        };
        let (at, add) = (
            u32::from(c),
            i64::from(u32::from(other)) - i64::from(u32::from(c)),
        );
        let capital = lower.is_some();
        // Capitals and small letters alternate: the run to go on with may be the last but one.
        let grown = runs
            .iter_mut()
            .rev()
            .take(2)
            .any(|(kind, start, count, step, by)| {
                if *count == 1 && at == *start + 2 {
                    *step = 2;
                }
                let goes_on = (*kind, *by) == (capital, add) && at == *start + *count * *step;
                *count += u32::from(goes_on);
                goes_on
            });
        if !grown {
            runs.push((capital, at, 1, 1, add));
        }
    }
    runs.sort_by_key(|run| run.1);
    let mut out = Vec::new();
    let mut before = 0;
    for (capital, start, count, step, add) in runs {
        out.push(u8::from(capital) | u8::from(step == 2) << 1);
        varint(&mut out, start - before);
        varint(&mut out, count);
        varint(
            &mut out,
            (add.unsigned_abs() as u32) << 1 | u32::from(add < 0),
        );
        before = start;
    }
    out
}

fn varint(out: &mut Vec<u8>, mut number: u32) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}
