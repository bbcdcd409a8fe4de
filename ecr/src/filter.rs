//! Which names and tags are wanted.

use serde_json::Value;
use spola::pattern::Pattern;
use spola::{JsonWriter, VecMap};

use crate::error::EcrError;
use crate::kept::{Damage, Kept, kept};

/// Names: all, one, or those that fit a glob and a regular expression.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct NameFilter {
    written: Written,
    glob: Compiled,
    pattern: Compiled,
}

#[derive(Clone, Debug, Default, PartialEq)]
struct Written {
    exact: Option<String>,
    glob: Option<String>,
    pattern: Option<String>,
}

kept! { Written { exact: later, glob: later, pattern: later } }

/// A compiled pattern; two are equal as their texts are.
#[derive(Clone, Debug, Default)]
struct Compiled(Option<Pattern>);

impl PartialEq for Compiled {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

/// Kept as it is written.
impl Kept for NameFilter {
    fn write(&self, out: &mut JsonWriter) {
        self.written.write(out);
    }

    fn read(from: &Value, damage: &mut Damage) -> Self {
        let Written {
            exact,
            glob,
            pattern,
        } = Kept::read(from, damage);
        Self::new("", exact, glob, pattern).unwrap_or_else(|error| {
            damage.is_wrong(&error);
            Self::default()
        })
    }
}

impl NameFilter {
    pub(crate) fn new(
        operation: &str,
        exact: Option<String>,
        glob: Option<String>,
        pattern: Option<String>,
    ) -> Result<Self, EcrError> {
        let compiled = |text: Option<String>| match text {
            None => Ok(Compiled(None)),
            Some(text) => match Pattern::new(&text) {
                Ok(pattern) => Ok(Compiled(Some(pattern))),
                Err(error) => Err(EcrError::InvalidArguments {
                    operation: operation.to_owned(),
                    reason: format!("the pattern `{}`: {error}", crate::text::shown(&text)),
                }),
            },
        };
        Ok(Self {
            glob: compiled(glob.as_deref().map(glob_pattern))?,
            pattern: compiled(pattern.clone())?,
            written: Written {
                exact,
                glob,
                pattern,
            },
        })
    }

    /// The one name that is wanted.
    pub(crate) fn exact(&self) -> Option<&str> {
        self.written.exact.as_deref()
    }

    pub(crate) fn fits(&self, name: &str) -> bool {
        let matches = |compiled: &Compiled| {
            let pattern = compiled.0.as_ref();
            pattern.is_none_or(|pattern| pattern.is_match(name))
        };
        self.exact().is_none_or(|exact| exact == name)
            && matches(&self.glob)
            && matches(&self.pattern)
    }
}

/// A glob as a regular expression that matches the whole text.
fn glob_pattern(glob: &str) -> String {
    let mut pattern = String::from(r"\A");
    for c in glob.chars() {
        match c {
            '*' => pattern.push_str(".*"),
            '?' => pattern.push('.'),
            c => pattern.push_str(&Pattern::escape(c.encode_utf8(&mut [0; 4]))),
        }
    }
    pattern.push_str(r"\z");
    pattern
}

/// Whether tags have all that are wanted, with these values where one is given.
pub(crate) fn tags_fit(
    tags: &VecMap<String, String>,
    wanted: &VecMap<String, Option<String>>,
) -> bool {
    wanted.iter().all(|(key, value)| {
        let have = tags.get(key);
        have.is_some_and(|have| value.as_ref().is_none_or(|value| value == have))
    })
}
