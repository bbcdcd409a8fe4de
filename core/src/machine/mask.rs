//! Secret inputs kept out of what a run tells.

use std::borrow::Cow;

use serde_json::Value;

use crate::json_writer;
use crate::message::{Keep, encode};
use crate::text::find_text;

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
        if self.0.iter().all(|(own, _)| *own != text) {
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

    /// The text with marks in it.
    pub fn put_into<'t>(&self, text: &'t str) -> Cow<'t, str> {
        let mut marked = String::new();
        let mut rest = text;
        while let Some((at, (own, mark))) = self.first_in(rest) {
            marked.push_str(&rest[..at]);
            marked.push_str(mark);
            rest = &rest[at + own.len()..];
        }
        if rest.len() == text.len() {
            return text.into();
        }
        (marked + rest).into()
    }

    /// What the text holds first, and where; of several there, the longest.
    fn first_in(&self, text: &str) -> Option<(usize, &Marked)> {
        let mut first: Option<(usize, &Marked)> = None;
        for entry in &self.0 {
            let Some(at) = find_text(text, &entry.0) else {
                continue;
            };
            let is_first = first.is_none_or(|(before, other)| {
                at < before || at == before && entry.0.len() > other.0.len()
            });
            if is_first {
                first = Some((at, entry));
            }
        }
        first
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
}
