//! What an image runs on, and which of them are wanted.

use std::fmt;
use std::str::FromStr;

use serde_json::Value;
use spola::JsonWriter;

use crate::error::EcrError;
use crate::kept::{Damage, Kept};
use crate::text::{as_text, shown};

/// A platform: `linux/amd64`, `linux/arm/v7`, `windows/amd64:10.0.17763`.
///
/// `x86_64` is read as `amd64`, `aarch64` as `arm64`; `arm64/v8` and `amd64/v1` are
/// what these are without saying so.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Platform {
    /// The operating system: `linux`.
    pub os: String,
    /// The processor: `amd64`.
    pub architecture: String,
    /// Which of the processor's kinds: `v7`.
    pub variant: Option<String>,
    /// The system's version: `10.0.17763.1`.
    pub os_version: Option<String>,
}

as_text!(Platform);

impl Kept for Platform {
    fn write(&self, out: &mut JsonWriter) {
        out.text(&self.to_string());
    }

    fn read(from: &Value, damage: &mut Damage) -> Self {
        let read = damage.text(from).parse();
        read.unwrap_or_else(|error: EcrError| {
            damage.is_wrong(&error);
            Self::new("", "", None)
        })
    }
}

impl Platform {
    fn new(os: &str, architecture: &str, variant: Option<&str>) -> Self {
        let lower = |text: &str| text.to_ascii_lowercase();
        let architecture = match lower(architecture).as_str() {
            "x86_64" | "x86-64" => "amd64".to_owned(),
            "aarch64" => "arm64".to_owned(),
            "i386" | "i686" => "386".to_owned(),
            "armhf" => "arm".to_owned(),
            other => other.to_owned(),
        };
        let variant = variant.map(lower).filter(|variant| {
            !variant.is_empty()
                && !matches!(
                    (architecture.as_str(), variant.as_str()),
                    ("arm64", "v8" | "8") | ("amd64", "v1")
                )
        });
        Self {
            os: lower(os),
            architecture,
            variant,
            os_version: None,
        }
    }

    /// The platform of an entry of an index.
    pub(crate) fn of_entry(value: &Value) -> Option<Self> {
        let text = |name: &str| value.get(name).and_then(Value::as_str);
        let platform = Self::new(text("os")?, text("architecture")?, text("variant"));
        let os_version = text("os.version").filter(|version| !version.is_empty());
        Some(Self {
            os_version: os_version.map(str::to_owned),
            ..platform
        })
    }

    /// Whether an image for `other` is what is wanted here: what is not said does
    /// not matter, and a version covers those that begin with it.
    pub fn covers(&self, other: &Self) -> bool {
        let version = |wanted: &String| {
            let rest = other.os_version.as_deref().unwrap_or_default();
            let rest = rest.strip_prefix(wanted.as_str());
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        self.os == other.os
            && self.architecture == other.architecture
            && (self.variant.is_none() || self.variant == other.variant)
            && self.os_version.as_ref().is_none_or(version)
    }

    /// Whether it is the platform of what is no image: an attestation.
    pub fn is_unknown(&self) -> bool {
        self.os == "unknown" && self.architecture == "unknown"
    }
}

impl fmt::Display for Platform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.os, self.architecture)?;
        if let Some(variant) = &self.variant {
            write!(f, "/{variant}")?;
        }
        match &self.os_version {
            Some(version) => write!(f, ":{version}"),
            None => Ok(()),
        }
    }
}

impl FromStr for Platform {
    type Err = EcrError;

    fn from_str(text: &str) -> Result<Self, EcrError> {
        let (name, version) = match text.split_once(':') {
            Some((name, version)) => (name, Some(version)),
            None => (text, None),
        };
        let parts: Vec<&str> = name.split('/').collect();
        let is_word = |part: &&str| {
            let is_part = |b: u8| b.is_ascii_alphanumeric() || b"_.-".contains(&b);
            !part.is_empty() && part.len() <= 64 && part.bytes().all(is_part)
        };
        let whole = parts.iter().all(is_word) && version.as_ref().is_none_or(is_word);
        let platform = match parts[..] {
            [os, architecture] if whole => Self::new(os, architecture, None),
            [os, architecture, variant] if whole => Self::new(os, architecture, Some(variant)),
            _ => {
                let nearest = match parts[..] {
                    [architecture] if whole => Some(Self::new("linux", architecture, None)),
                    _ => None,
                };
                return Err(EcrError::InvalidPlatform {
                    platform: shown(text),
                    nearest: nearest.map(|platform| platform.to_string()),
                });
            }
        };
        Ok(Self {
            os_version: version.map(str::to_owned),
            ..platform
        })
    }
}
