//! The token that shows a request is from whom the user let in.

use std::path::Path;

use crate::files;
use crate::load::{plain, read_file};

/// How short a token may be.
const SHORTEST: usize = 16;

/// A secret that the page has to bring; never shown again.
pub struct Token(String);

impl Token {
    /// A new one, and its text to show once.
    ///
    /// # Errors
    /// Where the machine has no randomness.
    pub fn made() -> Result<(Self, String), String> {
        let mut bytes = [0u8; 24];
        getrandom::fill(&mut bytes).map_err(|error| format!("no token can be made: {error}"))?;
        let text: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        Ok((Self(text.clone()), text))
    }

    /// The one in a file; where there is no such file, a new one is put there, for
    /// its owner to read.
    ///
    /// # Errors
    /// What is wrong with the file.
    pub fn of_file(path: &Path) -> Result<Self, String> {
        let told = |reason: &str| format!("{}: {reason}", path.display());
        if !path.exists() {
            let (token, text) = Self::made()?;
            files::write_whole(path, format!("{text}\n").as_bytes())
                .map_err(|error| told(&plain(&error)))?;
            return Ok(token);
        }
        let bytes = read_file(path).map_err(|reason| told(&reason))?;
        let text = String::from_utf8_lossy(&bytes).trim().to_owned();
        let sendable = text.bytes().all(|byte| byte.is_ascii_graphic());
        if text.len() < SHORTEST || !sendable {
            return Err(told(&format!(
                "a token is {SHORTEST} or more letters, digits and signs without blanks"
            )));
        }
        Ok(Self(text))
    }

    /// Whether a text is the token; how long it takes tells nothing about it.
    pub fn is(&self, text: &str) -> bool {
        let (own, other) = (self.0.as_bytes(), text.as_bytes());
        let differs = own.iter().enumerate().fold(0, |differs, (at, byte)| {
            differs | (byte ^ other.get(at).copied().unwrap_or_default())
        });
        std::hint::black_box(differs) == 0 && own.len() == other.len()
    }
}
