//! Digests: what content is called by its bytes.

use crate::error::EcrError;
use crate::text::{ruled_text, shown};

ruled_text! {
    /// The digest of an image or layer, `sha256:` and 64 lower-case hexadecimal digits.
    ///
    /// `sha512:` takes 128 of them. Unspecified: ECR's model allows any algorithm with
    /// any number of digits; such a digest is read as it stands, up to 1000 characters.
    Digest, check
}

/// The algorithms whose digests have a known length.
const KNOWN: [(&str, usize); 2] = [("sha256", 64), ("sha512", 128)];
const LONGEST: usize = 1000;

impl Digest {
    /// The digest that SHA-256 gave.
    pub(crate) fn sha256(bytes: &[u8]) -> Self {
        let hex = bytes.iter().fold(String::from("sha256:"), |mut hex, byte| {
            for digit in [byte >> 4, byte & 15] {
                hex.push(char::from(b"0123456789abcdef"[usize::from(digit)]));
            }
            hex
        });
        Self(hex.into())
    }

    /// The algorithm: `sha256`.
    pub fn algorithm(&self) -> &str {
        self.as_str().split(':').next().unwrap_or_default()
    }

    /// The hexadecimal digits.
    pub fn hex(&self) -> &str {
        self.as_str().split(':').nth(1).unwrap_or_default()
    }
}

fn check(text: &str) -> Result<(), EcrError> {
    if is_digest(text) {
        return Ok(());
    }
    let bare = text.trim();
    let mut mended = bare.to_ascii_lowercase();
    if !mended.contains(':') {
        // `docker images` shows digests without their algorithm.
        mended.insert_str(0, "sha256:");
    }
    let is_better = is_digest(&mended) && mended.len() < LONGEST;
    Err(EcrError::InvalidDigest {
        digest: shown(text),
        nearest: is_better.then_some(mended),
    })
}

/// `[a-zA-Z0-9-_+.]+:[a-fA-F0-9]+`, and the stricter forms of the known algorithms.
fn is_digest(text: &str) -> bool {
    let Some((algorithm, hex)) = text.split_once(':') else {
        return false;
    };
    let known = KNOWN
        .iter()
        .find(|(name, _)| algorithm.eq_ignore_ascii_case(name));
    if let Some((name, digits)) = known {
        let is_hex = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
        return algorithm == *name && hex.len() == *digits && hex.bytes().all(is_hex);
    }
    let is_part = |b: u8| b.is_ascii_alphanumeric() || b"-_+.".contains(&b);
    text.len() <= LONGEST
        && !algorithm.is_empty()
        && algorithm.bytes().all(is_part)
        && !hex.is_empty()
        && hex.bytes().all(|b| b.is_ascii_hexdigit())
}
