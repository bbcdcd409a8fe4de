//! What all names share: one text form, also for serde.

/// Makes types that have `FromStr` and `Display` strings to serde.
macro_rules! as_text {
    ($($name:ty),+) => {$(
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
                to.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                let text = <String as serde::Deserialize>::deserialize(from)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    )+};
}

/// Makes a text that keeps a rule: read only through it, ordered as text.
macro_rules! ruled_text {
    ($(#[$doc:meta])* $name:ident, $read:path) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(Box<str>);

        impl $name {
            /// The text itself.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(&self.0)
            }
        }

        impl std::str::FromStr for $name {
            type Err = crate::error::EcrError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                $read(text)?;
                Ok(Self(text.into()))
            }
        }

        crate::text::as_text!($name);

        impl crate::kept::Kept for $name {
            fn write(&self, out: &mut spola::JsonWriter) {
                out.text(&self.0);
            }

            fn read(from: &serde_json::Value, damage: &mut crate::kept::Damage) -> Self {
                let text = damage.text_by(from, $read);
                Self(text.into())
            }
        }
    };
}

pub(crate) use {as_text, ruled_text};

/// A text as a message quotes it: on one line and not endless.
pub(crate) fn shown(text: &str) -> String {
    const LONGEST: usize = 120;
    let mut shown: String = text
        .chars()
        .take(LONGEST)
        .map(|c| if c.is_control() { '\u{fffd}' } else { c })
        .collect();
    if text.chars().nth(LONGEST).is_some() {
        shown.push('…');
    }
    shown
}
