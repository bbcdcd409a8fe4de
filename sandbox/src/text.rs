//! The forms that names, digests and ARNs must have.

/// A rule for a text: what it accepts, and the pattern that AWS names when it does not.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Rule {
    Any,
    OneOf(&'static [&'static str]),
    Matches(fn(&str) -> bool, &'static str),
}

pub(crate) const ACCOUNT: Rule = Rule::Matches(account, "[0-9]{12}");
pub(crate) const REPOSITORY: Rule = Rule::Matches(
    repository,
    r"(?:[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*/)*[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*",
);
pub(crate) const PREFIX: Rule = Rule::Matches(
    prefix,
    r"^([a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(\/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*\/?|ROOT)$",
);
pub(crate) const TAG: Rule = Rule::Matches(tag, "[a-zA-Z0-9_][a-zA-Z0-9-_.]{0,127}");
pub(crate) const DIGEST: Rule = Rule::Matches(digest, "[a-zA-Z0-9-_+.]+:[a-fA-F0-9]+");
pub(crate) const UUID: Rule = Rule::Matches(
    uuid,
    "[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}",
);
pub(crate) const REGION: Rule = Rule::Matches(region, "[0-9a-z-]{2,25}");
pub(crate) const TAG_FILTER: Rule = Rule::Matches(tag_filter, "^[0-9a-zA-Z._*-]{1,128}$");

/// The filters of repositories, of scanning, signing and replication.
pub(crate) const SCAN_FILTER: Rule = Rule::Matches(
    |text| text.len() <= 255 && pattern(text),
    r"^[a-z0-9*](?:[._\-/a-z0-9*]?[a-z0-9*]+)*$",
);
pub(crate) const SIGN_FILTER: Rule = Rule::Matches(
    |text| text.len() <= 256 && pattern(text),
    r"^(?:[a-z0-9*]+(?:[._-][a-z0-9*]+)*/)*[a-z0-9*]+(?:[._-][a-z0-9*]+)*$",
);
pub(crate) const PREFIX_FILTER: Rule = Rule::Matches(
    |text| (2..=256).contains(&text.len()) && beginning(text),
    r"^(?:[a-z0-9]+(?:[._-][a-z0-9]*)*/)*[a-z0-9]*(?:[._-][a-z0-9]*)*$",
);

impl Rule {
    pub(crate) fn accepts(self, text: &str) -> bool {
        match self {
            Self::Any => true,
            Self::OneOf(values) => values.contains(&text),
            Self::Matches(test, _) => test(text),
        }
    }
}

fn all(text: &str, test: impl Fn(u8) -> bool) -> bool {
    !text.is_empty() && text.bytes().all(test)
}

fn lower_or_digit(byte: u8) -> bool {
    byte.is_ascii_lowercase() || byte.is_ascii_digit()
}

pub(crate) fn account(text: &str) -> bool {
    text.len() == 12 && all(text, |b| b.is_ascii_digit())
}

pub(crate) fn repository(text: &str) -> bool {
    text.split('/').all(component)
}

/// Runs of letters, digits and stars between single separators.
fn pattern(text: &str) -> bool {
    let mut runs = text.split(['.', '_', '-', '/']);
    runs.all(|run| all(run, |b| lower_or_digit(b) || b == b'*'))
}

/// What a repository's name may begin with.
fn beginning(text: &str) -> bool {
    let letter = |b: u8| lower_or_digit(b) || b"._-".contains(&b);
    let (whole, last) = text.rsplit_once('/').unwrap_or(("", text));
    let starts = |part: &str| part.bytes().next().is_some_and(lower_or_digit);
    last.bytes().all(letter)
        && (whole.is_empty()
            || whole
                .split('/')
                .all(|part| starts(part) && all(part, letter)))
}

fn prefix(text: &str) -> bool {
    text == "ROOT" || repository(text.strip_suffix('/').unwrap_or(text))
}

/// Runs of letters and digits between separators: one dot, one or two underscores, or hyphens.
fn component(text: &str) -> bool {
    let outer = |byte: Option<&u8>| byte.is_some_and(|b| lower_or_digit(*b));
    let bytes = text.as_bytes();
    outer(bytes.first())
        && outer(bytes.last())
        && text
            .split(|c: char| c.is_ascii_lowercase() || c.is_ascii_digit())
            .all(|between| {
                matches!(between, "" | "." | "_" | "__") || between.bytes().all(|b| b == b'-')
            })
}

pub(crate) fn tag(text: &str) -> bool {
    text.len() <= 128
        && all(text, |b| b.is_ascii_alphanumeric() || b"_.-".contains(&b))
        && !text.starts_with(['.', '-'])
}

pub(crate) fn digest(text: &str) -> bool {
    text.split_once(':').is_some_and(|(algorithm, value)| {
        all(algorithm, |b| {
            b.is_ascii_alphanumeric() || b"-_+.".contains(&b)
        }) && all(value, |b| b.is_ascii_hexdigit())
    })
}

pub(crate) fn uuid(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    parts.len() == 5
        && [8, 4, 4, 4, 12]
            .iter()
            .zip(&parts)
            .all(|(length, part)| part.len() == *length && all(part, |b| b.is_ascii_hexdigit()))
}

pub(crate) fn region(text: &str) -> bool {
    (2..=25).contains(&text.len()) && all(text, |b| lower_or_digit(b) || b == b'-')
}

fn tag_filter(text: &str) -> bool {
    text.len() <= 128 && all(text, |b| b.is_ascii_alphanumeric() || b"._*-".contains(&b))
}

/// Whether a text fits a wildcard pattern, where `*` stands for any text.
pub(crate) fn wildcard(pattern: &str, text: &str) -> bool {
    let mut pieces = pattern.split('*');
    let Some(mut rest) = pieces.next().and_then(|first| text.strip_prefix(first)) else {
        return false;
    };
    let mut pieces: Vec<&str> = pieces.collect();
    let Some(last) = pieces.pop() else {
        return rest.is_empty();
    };
    for piece in pieces {
        match rest.find(piece) {
            Some(at) => rest = &rest[at + piece.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

/// Percent-decodes; what is no UTF-8 becomes the replacement character.
pub(crate) fn decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let code = after
            .get(..2)
            .filter(|_| first == b'%')
            .and_then(|digits| std::str::from_utf8(digits).ok())
            .filter(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()))
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match code {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            None => {
                bytes.push(if first == b'+' { b' ' } else { first });
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::{repository, tag, wildcard};

    #[test]
    fn repository_names_follow_the_service_model() {
        for good in ["ab", "a__b", "a--b", "a.b", "team/app", "a-b_c.d/e1"] {
            assert!(repository(good), "{good}");
        }
        for bad in [
            "a..b", "a-_b", "A", "/a", "a/", "a___b", "-a", "a_", "", "a//b",
        ] {
            assert!(!repository(bad), "{bad}");
        }
    }

    #[test]
    fn tags_follow_the_registry_rule() {
        assert!(tag("v1.0_x-y") && tag("_") && tag(&"a".repeat(128)));
        assert!(!tag(".a") && !tag("-a") && !tag("") && !tag(&"a".repeat(129)) && !tag("a b"));
    }

    #[test]
    fn a_star_stands_for_any_text() {
        assert!(wildcard("*", "") && wildcard("a*c", "abc") && wildcard("a*b*", "axxbyy"));
        assert!(!wildcard("a*c", "ab") && !wildcard("abc", "abcd") && wildcard("abc", "abc"));
        assert!(!wildcard("ab*ba", "aba"));
    }
}
