//! What is done to texts everywhere, in one place.
//!
//! The standard library's ways are made anew for every kind of text and of thing
//! they look for, each time some hundred bytes of a WebAssembly module.

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
    use super::{beginning, characters, joined};

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
