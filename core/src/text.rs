//! What is done to texts everywhere, in one place.
//!
//! The standard library's ways are made anew for every kind of text and of thing
//! they look for, each time some hundred bytes of a WebAssembly module.

/// Where a byte of ASCII stands first.
pub(crate) fn find(text: &str, byte: u8) -> Option<usize> {
    text.bytes().position(|own| own == byte)
}

/// What stands before the first such byte, and what stands after it.
pub(crate) fn cut(text: &str, byte: u8) -> Option<(&str, &str)> {
    let at = find(text, byte)?;
    Some((&text[..at], &text[at + 1..]))
}

/// What stands before the first such byte; all of it where there is none.
pub(crate) fn before(text: &str, byte: u8) -> &str {
    cut(text, byte).map_or(text, |(before, _)| before)
}

/// The same at the last such byte.
pub(crate) fn cut_last(text: &str, byte: u8) -> Option<(&str, &str)> {
    let at = text.bytes().rposition(|own| own == byte)?;
    Some((&text[..at], &text[at + 1..]))
}

/// Where a text stands first in another one.
pub(crate) fn find_text(text: &str, wanted: &str) -> Option<usize> {
    if wanted.is_empty() {
        return Some(0);
    }
    let mut places = text.as_bytes().windows(wanted.len());
    places.position(|place| place == wanted.as_bytes())
}

/// What stands before it, and what stands after it.
pub(crate) fn cut_text<'t>(text: &'t str, wanted: &str) -> Option<(&'t str, &'t str)> {
    let at = find_text(text, wanted)?;
    Some((&text[..at], &text[at + wanted.len()..]))
}

/// A text with those bytes, which are ASCII, taken off its ends.
pub(crate) fn trimmed<'t>(text: &'t str, bytes: &[u8]) -> &'t str {
    let kept = |own: u8| !bytes.contains(&own);
    let start = text.bytes().position(kept).unwrap_or(text.len());
    let end = text.bytes().rposition(kept).map_or(start, |last| last + 1);
    &text[start..end]
}

/// The pieces between all of those bytes, which are ASCII; one where there are none.
pub(crate) fn split<'t>(text: &'t str, bytes: &[u8]) -> Vec<&'t str> {
    let (mut pieces, mut start) = (Vec::new(), 0);
    for (at, byte) in text.bytes().enumerate() {
        if bytes.contains(&byte) {
            pieces.push(&text[start..at]);
            start = at + 1;
        }
    }
    pieces.push(&text[start..]);
    pieces
}

/// A number of nothing but digits.
pub(crate) fn whole(text: &str) -> Option<u64> {
    let mut number = (!text.is_empty()).then_some(0_u64);
    for byte in text.bytes() {
        let digit = byte.is_ascii_digit().then(|| u64::from(byte - b'0'))?;
        number = number?.checked_mul(10)?.checked_add(digit);
    }
    number
}

/// Texts with others between them: `a, b or c`.
pub(crate) fn joined(texts: &[&str], between: &str, last: &str) -> String {
    let mut all = String::new();
    for (at, text) in texts.iter().enumerate() {
        if at > 0 {
            all.push_str(if at + 1 < texts.len() { between } else { last });
        }
        all.push_str(text);
    }
    all
}

/// How many characters a text has.
pub(crate) fn characters(text: &str) -> usize {
    // All but the first byte of a character begin with the bits 10.
    text.bytes().filter(|byte| byte & 0xC0 != 0x80).count()
}

/// The first so many characters of a text, where it has more.
pub(crate) fn beginning(text: &str, most: usize) -> Option<&str> {
    let mut left = most;
    for (at, byte) in text.bytes().enumerate() {
        if byte & 0xC0 != 0x80 {
            if left == 0 {
                return Some(&text[..at]);
            }
            left -= 1;
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::{
        before, beginning, characters, cut, cut_last, cut_text, find_text, joined, split, trimmed,
        whole,
    };

    #[test]
    fn texts_are_cut_and_split_at_a_byte() {
        assert_eq!(cut("a=b=c", b'='), Some(("a", "b=c")));
        assert_eq!(cut("=", b'='), Some(("", "")));
        assert_eq!(cut("aé", b'='), None);
        assert_eq!((before("a;b", b';'), before("a", b';')), ("a", "a"));
        assert_eq!(cut_last("a=b=c", b'='), Some(("a=b", "c")));
        for text in ["", "/", "a/é//b", "a", "a.b/"] {
            let by_std: Vec<&str> = text.split(['/', '.']).collect();
            assert_eq!(split(text, b"/."), by_std);
        }
    }

    #[test]
    fn texts_are_found_in_others() {
        for (text, wanted) in [
            ("aab", "ab"),
            ("é://ü", "://"),
            ("", "a"),
            ("ab", "abc"),
            ("a", ""),
        ] {
            assert_eq!(find_text(text, wanted), text.find(wanted));
            assert_eq!(cut_text(text, wanted), text.split_once(wanted));
        }
        for text in ["", "\"", "\"\"é\"", "a\"b", "\ta "] {
            assert_eq!(trimmed(text, b"\" "), text.trim_matches(['"', ' ']));
        }
    }

    #[test]
    fn a_whole_number_is_nothing_but_digits() {
        for text in [
            "",
            "0",
            "07",
            "18446744073709551615",
            "18446744073709551616",
            "1a",
            "-1",
        ] {
            assert_eq!(whole(text), text.parse().ok(), "{text}");
        }
        assert_eq!(whole("+1"), None);
    }

    #[test]
    fn words_are_joined_as_people_do() {
        assert_eq!(joined(&[], ", ", " or "), "");
        assert_eq!(joined(&["a"], ", ", " or "), "a");
        assert_eq!(joined(&["a", "b"], ", ", " or "), "a or b");
        assert_eq!(joined(&["a", "b", "c"], ", ", " or "), "a, b or c");
    }

    #[test]
    fn characters_are_counted_whatever_their_bytes() {
        assert_eq!(characters("aé\u{1f600}\u{301}"), 4);
        assert_eq!(beginning("aé\u{1f600}", 3), None);
        assert_eq!(beginning("aé\u{1f600}", 2), Some("aé"));
        assert_eq!(beginning("a", 0), Some(""));
    }
}
