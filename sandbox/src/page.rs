//! Pages and their opaque tokens.

use crate::answer::{from_base64_url, sha256, to_base64_url};
use crate::request::Request;
use crate::state::Paging;

/// Where the next page begins: after this position, which only its operation can read.
type Position = String;

const SEAL_BYTES: usize = 12;

/// Reads the token of a call.
///
/// # Errors
/// With a token that was not given for the same operation with the same parameters.
pub(crate) fn start(request: &Request) -> Result<Option<Position>, ForeignToken> {
    let Some(token) = request.text("nextToken") else {
        return Ok(None);
    };
    let bytes = from_base64_url(token).ok_or(ForeignToken)?;
    let (seal, position) = bytes.split_at_checked(SEAL_BYTES).ok_or(ForeignToken)?;
    let position = std::str::from_utf8(position).map_err(|_| ForeignToken)?;
    if sealed(request, position)[..SEAL_BYTES] == *seal {
        Ok(Some(position.to_owned()))
    } else {
        Err(ForeignToken)
    }
}

/// A token that is forged, or of another call.
#[derive(Debug)]
pub(crate) struct ForeignToken;

/// Makes the token for a page that begins after a position.
pub(crate) fn token(request: &Request, position: &str) -> String {
    let mut bytes = sealed(request, position)[..SEAL_BYTES].to_vec();
    bytes.extend_from_slice(position.as_bytes());
    to_base64_url(&bytes)
}

/// Unspecified: the page size may change between pages, every other parameter may not.
fn sealed(request: &Request, position: &str) -> [u8; 32] {
    let mut parameters: Vec<String> = request
        .input
        .iter()
        .filter(|(name, _)| !matches!(name.as_str(), "nextToken" | "maxResults" | "registryId"))
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    parameters.sort_unstable();
    let registry = request.text("registryId").unwrap_or(&request.account);
    let text = format!(
        "spola\n{}\n{}\n{registry}\n{}\n{position}",
        request.operation,
        request.region,
        parameters.join("\n")
    );
    sha256(text.as_bytes())
}

/// Collects a page from what comes after the start, and says where the next begins.
///
/// `entries` gives each entry with its position, in order.
pub(crate) fn fill<T>(
    paging: Paging,
    size: usize,
    start: Option<&str>,
    entries: impl Iterator<Item = (Position, T)>,
) -> (Vec<T>, Option<Position>) {
    let size = match paging {
        Paging::Full => size,
        Paging::Short => short(size, start),
    };
    let mut page = Vec::new();
    let mut last: Option<Position> = None;
    let mut entries = entries.peekable();
    while page.len() < size {
        match entries.next() {
            Some((position, entry)) => {
                page.push(entry);
                last = Some(position);
            }
            None => return (page, None),
        }
    }
    if entries.peek().is_none() {
        return (page, None);
    }
    // an empty page begins its successor where it began itself, told apart by a mark
    let next = last.unwrap_or_else(|| format!("{EMPTY_MARK}{}", start.unwrap_or_default()));
    (page, Some(next))
}

/// Stands before the position of a page that follows an empty one.
const EMPTY_MARK: char = '\u{1}';

/// The position without the mark of an empty page.
pub(crate) fn place(position: Option<&str>) -> Option<&str> {
    let position = position?;
    let place = position.trim_start_matches(EMPTY_MARK);
    (!place.is_empty()).then_some(place)
}

/// A third of the size; nothing on the second page, and never twice in a row.
fn short(size: usize, start: Option<&str>) -> usize {
    match start {
        Some(position) if !position.starts_with(EMPTY_MARK) && position.len() % 2 == 0 => 0,
        _ => size.div_ceil(3),
    }
}
