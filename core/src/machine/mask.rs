//! Secret inputs kept out of what a run tells.

use std::borrow::Cow;

use serde_json::Value;

use crate::json_writer;

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

/// All of them, the plain one first.
pub(super) const SPELLINGS: [Spelling; 4] = [
    Spelling::Plain,
    Spelling::Url,
    Spelling::Form,
    Spelling::Json,
];

impl Spelling {
    /// The secret, spelled so.
    pub fn of(self, secret: &str) -> Cow<'_, str> {
        match self {
            Self::Plain => secret.into(),
            Self::Url => encoded(secret).into(),
            Self::Form => encoded(secret).replace("%20", "+").into(),
            Self::Json => escaped(secret).into(),
        }
    }

    /// What it is called in a snapshot.
    pub fn name(self) -> &'static str {
        match self {
            Self::Plain => "plain",
            Self::Url => "url",
            Self::Form => "form",
            Self::Json => "json",
        }
    }
}

/// Adds a secret to those to be masked: the longest comes first, as it may hold
/// another.
pub(super) fn add<'s>(secret: &'s Value, all: &mut Vec<&'s str>) {
    if let Value::String(secret) = secret {
        let at = all.partition_point(|other| other.len() >= secret.len());
        all.insert(at, secret);
    }
}

/// The text with every secret in it masked, as it is and as URLs, forms and JSON
/// spell it.
pub(super) fn masked(mut text: String, secrets: &[&str]) -> String {
    for secret in secrets {
        if secret.len() < SHORTEST {
            continue;
        }
        for spelling in SPELLINGS {
            let spelled = spelling.of(secret);
            if text.contains(&*spelled) {
                text = text.replace(&*spelled, MASK);
            }
        }
    }
    text
}

/// RFC 3986, section 2.1: everything but unreserved characters.
fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => {
                out.push(char::from(byte));
            }
            _ => out.push_str(&format!("%{byte:02X}")),
        }
    }
    out
}

/// As inside a JSON string.
fn escaped(text: &str) -> String {
    let mut out = Vec::new();
    json_writer::escape(text, &mut out);
    String::from_utf8(out).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::{add, masked};
    use serde_json::{Value, json};

    #[test]
    fn a_secret_is_masked_however_it_is_spelled() {
        let Value::Object(secrets) = json!({"p": "a b\"/c", "short": "x"}) else {
            unreachable!()
        };
        for text in [
            "= a b\"/c.",
            "?q=a%20b%22%2Fc",
            "q=a+b%22%2Fc",
            r#"{"p":"a b\"/c"}"#,
        ] {
            let secrets: Vec<&str> = secrets.values().filter_map(Value::as_str).collect();
            let shown = masked(text.to_owned(), &secrets);
            assert!(shown.contains("***") && !shown.contains('c'), "{shown}");
        }
        assert_eq!(masked("x marks".into(), &["x"]), "x marks");
        let (short, long) = (json!("word"), json!("wordy"));
        let mut both = Vec::new();
        add(&short, &mut both);
        add(&long, &mut both);
        assert_eq!(masked("wordy word".into(), &both), "*** ***");
    }
}
