//! The secrets of `--auth SOURCE=env:VARIABLE|file:PATH|-`.

use std::fmt;
use std::io::Read;
use std::path::PathBuf;

use spola::Diagnostic;
use spola::auth::Secret;

/// Where a source description's secret is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecretArgument {
    /// The source description's name.
    pub source: String,
    /// Where its secret is.
    pub place: SecretPlace,
}

/// Where a secret is: never on the command line itself, which others can see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretPlace {
    /// In an environment variable.
    Variable(String),
    /// In a file.
    File(PathBuf),
    /// On standard input.
    StandardInput,
}

/// Why there is no secret.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SecretError {
    /// The argument is not of the form; its text may be a secret and is not kept.
    Malformed,
    /// The variable is not set, or empty.
    NoSuchVariable {
        /// Its name.
        name: String,
    },
    /// The file or standard input cannot be read as text.
    Unreadable {
        /// Which file; `-` for standard input.
        path: String,
        /// Why.
        reason: String,
    },
    /// There is nothing in it.
    Empty {
        /// Which file; `-` for standard input.
        path: String,
    },
}

impl fmt::Display for SecretError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed => f.write_str("`--auth` does not say where the secret is"),
            Self::NoSuchVariable { name } => write!(f, "variable `{name}` is not set"),
            Self::Unreadable { path, reason } => {
                write!(f, "cannot read a secret from `{path}`: {reason}")
            }
            Self::Empty { path } => write!(f, "there is no secret in `{path}`"),
        }
    }
}

impl std::error::Error for SecretError {}

impl Diagnostic for SecretError {
    fn code(&self) -> &'static str {
        match self {
            Self::Malformed => "credentials.malformed-secret",
            Self::NoSuchVariable { .. } => "credentials.no-such-variable",
            Self::Unreadable { .. } => "credentials.unreadable",
            Self::Empty { .. } => "credentials.empty-secret",
        }
    }

    fn help(&self) -> Option<String> {
        match self {
            Self::Malformed => Some(
                "write SOURCE=env:VARIABLE, SOURCE=file:PATH or SOURCE=- (standard input)".into(),
            ),
            _ => None,
        }
    }
}

impl std::str::FromStr for SecretArgument {
    type Err = SecretError;

    fn from_str(text: &str) -> Result<Self, SecretError> {
        let (source, place) = text.split_once('=').ok_or(SecretError::Malformed)?;
        let place = match place.split_once(':') {
            Some(("env", name)) if !name.is_empty() => SecretPlace::Variable(name.to_owned()),
            Some(("file", path)) if !path.is_empty() => SecretPlace::File(path.into()),
            None if place == "-" => SecretPlace::StandardInput,
            _ => return Err(SecretError::Malformed),
        };
        if source.is_empty() {
            return Err(SecretError::Malformed);
        }
        Ok(Self {
            source: source.to_owned(),
            place,
        })
    }
}

impl SecretPlace {
    /// Fetches the secret; of a file or standard input, without the line break
    /// at its end.
    ///
    /// # Errors
    ///
    /// `credentials.no-such-variable`, `credentials.unreadable`,
    /// `credentials.empty-secret`.
    pub fn read(&self) -> Result<Secret, SecretError> {
        let unreadable = |path: &str, error: std::io::Error| SecretError::Unreadable {
            path: path.to_owned(),
            reason: error.to_string(),
        };
        let (path, text) = match self {
            Self::Variable(name) => {
                let value = std::env::var(name).unwrap_or_default();
                if value.is_empty() {
                    return Err(SecretError::NoSuchVariable { name: name.clone() });
                }
                return Ok(value.into());
            }
            Self::File(path) => {
                let shown = path.display().to_string();
                let text = std::fs::read_to_string(path).map_err(|e| unreadable(&shown, e))?;
                (shown, text)
            }
            Self::StandardInput => {
                let mut text = String::new();
                let read = std::io::stdin().read_to_string(&mut text);
                read.map_err(|e| unreadable("-", e))?;
                ("-".to_owned(), text)
            }
        };
        match text.trim_end_matches(['\r', '\n']) {
            "" => Err(SecretError::Empty { path }),
            secret => Ok(secret.into()),
        }
    }
}
