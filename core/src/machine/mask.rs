//! Secret inputs kept out of what a run tells.

use std::borrow::Cow;

use serde_json::Value;

use crate::json_writer;
use crate::message::{Keep, encode};

/// What stands for a secret.
const MASK: &str = "***";

/// Shorter texts are no secrets that could be told from other text.
const SHORTEST: usize = 4;

/// How a text may spell a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Spelling {
    /// As it is.
    Plain,
    /// As in a URL.
    Url,
    /// As in a form.
    Form,
    /// As inside a JSON string.
    Json,
}

/// All of them.
const SPELLINGS: [Spelling; 4] = [
    Spelling::Plain,
    Spelling::Url,
    Spelling::Form,
    Spelling::Json,
];

impl Spelling {
    /// The secret, spelled so.
    pub fn of(self, secret: &str) -> String {
        let keep = match self {
            Self::Plain => Keep::All,
            Self::Url => Keep::Unreserved,
            Self::Form => Keep::Form,
            Self::Json => return escaped(secret),
        };
        let mut spelled = String::new();
        encode(&mut spelled, secret, keep);
        spelled
    }
}

/// Texts, and the marks that take their places.
#[derive(Default)]
pub(super) struct Marks(Vec<Marked>);

/// A text and its mark.
type Marked = (String, String);

impl Marks {
    /// Adds a text; what it had a mark for already keeps that.
    pub fn add(&mut self, text: String, mark: String) {
        if !text.is_empty() && self.0.iter().all(|(own, _)| *own != text) {
            self.0.push((text, mark));
        }
    }

    /// Masks a secret, however it is spelled.
    pub fn mask(&mut self, secret: &Value) {
        let secret = secret.as_str().unwrap_or_default();
        if secret.len() >= SHORTEST {
            for spelling in SPELLINGS {
                self.add(spelling.of(secret), MASK.into());
            }
        }
    }

    /// The text with marks in it. Of several that begin at one place the longest is
    /// marked; a mask takes with it the rest of what overlaps.
    pub fn put_into<'t>(&self, text: &'t str) -> Cow<'t, str> {
        if self.0.is_empty() {
            return text.into();
        }
        let (mut marked, mut rest) = (String::new(), 0);
        for at in 0..text.len() {
            let Some((own, mark)) = self.at(&text.as_bytes()[at..]) else {
                continue;
            };
            let end = at + own.len();
            if at >= rest {
                marked.push_str(&text[rest..at]);
                marked.push_str(mark);
                rest = end;
            } else if mark == MASK {
                rest = rest.max(end);
            }
        }
        if rest == 0 {
            return text.into();
        }
        (marked + &text[rest..]).into()
    }

    /// The longest that these bytes begin with.
    fn at(&self, bytes: &[u8]) -> Option<&Marked> {
        let begins = self
            .0
            .iter()
            .filter(|(own, _)| bytes.starts_with(own.as_bytes()));
        begins.max_by_key(|(own, _)| own.len())
    }
}

/// As inside a JSON string.
fn escaped(text: &str) -> String {
    let mut out = Vec::new();
    json_writer::escape(text, &mut out);
    String::from_utf8(out).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::Marks;
    use serde_json::{Value, json};

    fn masked(text: &str, secrets: &[Value]) -> String {
        let mut marks = Marks::default();
        secrets.iter().for_each(|secret| marks.mask(secret));
        marks.put_into(text).into_owned()
    }

    #[test]
    fn a_secret_is_masked_however_it_is_spelled() {
        for text in [
            "= a b\"/c.",
            "?q=a%20b%22%2Fc",
            "q=a+b%22%2Fc",
            r#"{"p":"a b\"/c"}"#,
        ] {
            let shown = masked(text, &[json!("a b\"/c"), json!("x")]);
            assert!(shown.contains("***") && !shown.contains('c'), "{shown}");
        }
        assert_eq!(masked("x marks", &[json!("x")]), "x marks");
        let both = [json!("word"), json!("wordy")];
        assert_eq!(masked("wordy word", &both), "*** ***");
    }

    #[test]
    fn nothing_is_left_of_secrets_that_overlap() {
        let both = [json!("first"), json!("rstuv")];
        assert_eq!(masked("a firstuv, a first", &both), "a ***, a ***");
        assert_eq!(masked("a ééééé", &[json!("éé")]), "a ***");
    }
}
