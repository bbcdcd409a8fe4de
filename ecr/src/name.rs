//! Accounts, regions, repositories and tags by name.

use spola::auth::aws::{Partition, is_region, partition};

use crate::error::EcrError;
use crate::text::{ruled_text, shown};

ruled_text! {
    /// An AWS account: twelve digits. A registry's id is that of its account.
    AccountId, check_account
}

ruled_text! {
    /// A region of AWS: `eu-west-1`, `us-gov-west-1`. One need not be known to be read.
    Region, check_region
}

ruled_text! {
    /// The name of a repository: 2 to 256 characters in components between slashes.
    /// A component has lower-case letters and digits, between them a full stop, one
    /// or two underscores, or any number of hyphens: `team/app`, `a__b`, `a--b`.
    RepositoryName, check_repository
}

ruled_text! {
    /// The tag of an image: up to 128 letters, digits, underscores, full stops and
    /// hyphens, the first neither a full stop nor a hyphen (OCI Distribution 1.1).
    ///
    /// Unspecified: the service's model allows 300 characters, but registries accept 128.
    Tag, check_tag
}

const LONGEST_REPOSITORY: usize = 256;
const LONGEST_TAG: usize = 128;

impl Region {
    /// The partition that the region is in.
    pub fn partition(&self) -> &'static Partition {
        partition(self.as_str())
    }
}

fn check_account(text: &str) -> Result<(), EcrError> {
    if text.len() == 12 && text.bytes().all(|b| b.is_ascii_digit()) {
        return Ok(());
    }
    // A spreadsheet drops leading zeros; people write hyphens between the groups.
    let digits: String = text.chars().filter(|c| !matches!(c, '-' | ' ')).collect();
    let all_digits = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    let nearest = match digits.len() {
        10..=12 if all_digits => Some(format!("{digits:0>12}")),
        _ => None,
    };
    Err(EcrError::InvalidAccount {
        account: shown(text),
        nearest,
    })
}

fn check_region(text: &str) -> Result<(), EcrError> {
    if text.len() <= 63 && is_region(text) {
        return Ok(());
    }
    Err(EcrError::InvalidRegion {
        region: shown(text),
    })
}

fn check_repository(text: &str) -> Result<(), EcrError> {
    let refused = |reason| {
        let mended = mended_repository(text);
        Err(EcrError::InvalidRepositoryName {
            name: shown(text),
            reason,
            nearest: repository_fault(&mended).is_none().then_some(mended),
        })
    };
    repository_fault(text).map_or(Ok(()), refused)
}

/// What is wrong with a repository's name.
fn repository_fault(text: &str) -> Option<&'static str> {
    if !(2..=LONGEST_REPOSITORY).contains(&text.len()) {
        return Some("it needs 2 to 256 characters");
    }
    if text.bytes().any(|b| b.is_ascii_uppercase()) {
        return Some("it has upper-case letters");
    }
    text.split('/').find_map(component_fault)
}

/// What is wrong with what stands between two slashes:
/// `[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*`.
fn component_fault(component: &str) -> Option<&'static str> {
    let is_word = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    if component.is_empty() {
        return Some("it has an empty component");
    }
    if !component.bytes().all(|b| is_word(b) || b"._-".contains(&b)) {
        return Some("it has characters other than a-z, 0-9, `.`, `_`, `-` and `/`");
    }
    let joined = component.split(|c: char| c.is_ascii_alphanumeric());
    let runs = joined.filter(|run| !run.is_empty());
    let ends = [component.bytes().next(), component.bytes().next_back()];
    if !ends.into_iter().flatten().all(is_word) {
        return Some("a component begins and ends with a letter or digit");
    }
    let is_joint = |run: &str| matches!(run, "." | "_" | "__") || run.bytes().all(|b| b == b'-');
    (!runs.into_iter().all(is_joint))
        .then_some("words are joined by one `.`, by `_` or `__`, or by hyphens")
}

/// The name that was perhaps meant.
fn mended_repository(text: &str) -> String {
    let lower = text.trim().to_ascii_lowercase();
    let components = lower.split('/').filter_map(|component| {
        let words: Vec<&str> = component
            .split(|c: char| !c.is_ascii_alphanumeric() && !matches!(c, '.' | '_'))
            .flat_map(|word| word.split("..").filter(|word| !word.is_empty()))
            .map(|word| word.trim_matches(['.', '_']))
            .filter(|word| !word.is_empty())
            .collect();
        (!words.is_empty()).then(|| words.join("-"))
    });
    components.collect::<Vec<_>>().join("/")
}

fn check_tag(text: &str) -> Result<(), EcrError> {
    if is_tag(text) {
        return Ok(());
    }
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-');
    let mended: String = text
        .trim()
        .trim_start_matches(['.', '-'])
        .chars()
        .map(|c| if is_part(c) { c } else { '-' })
        .take(LONGEST_TAG)
        .collect();
    let mended = mended.trim_start_matches(['.', '-']).to_owned();
    Err(EcrError::InvalidTag {
        tag: shown(text),
        nearest: is_tag(&mended).then_some(mended),
    })
}

fn is_tag(text: &str) -> bool {
    let is_part = |b: u8| b.is_ascii_alphanumeric() || b"_.-".contains(&b);
    (1..=LONGEST_TAG).contains(&text.len())
        && text.bytes().all(is_part)
        && !text.starts_with(['.', '-'])
}
