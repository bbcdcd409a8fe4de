//! JSON Pointer (RFC 6901): parse, resolve, set, escape.

use std::fmt::{self, Display, Write as _};

use serde_json::{Map, Value};

use crate::packed::packed;
use crate::text::{find, split, whole};

/// A parsed JSON Pointer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Pointer(Vec<Box<str>>);

packed!(struct Pointer: (tokens));

/// The text is no JSON Pointer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PointerError {
    /// It is not empty and does not begin with `/`.
    NoLeadingSlash,
    /// A `~` is followed by neither `0` nor `1`.
    BadEscape,
}

impl Display for PointerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoLeadingSlash => "a JSON Pointer is empty or begins with `/`",
            Self::BadEscape => "in a JSON Pointer `~` is followed by `0` or `1`",
        })
    }
}

impl std::error::Error for PointerError {}

/// Why a value could not be set at a pointer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SetError {
    /// The place that should hold the value does not exist.
    MissingParent,
    /// The place that should hold the value is neither an object nor an array.
    NotAContainer,
    /// The array has no such index, and it is not the next one.
    BadIndex,
}

impl Pointer {
    /// Parses a pointer: RFC 6901, section 3.
    ///
    /// # Errors
    /// A [`PointerError`] where the text does not follow the grammar.
    pub fn parse(text: &str) -> Result<Self, PointerError> {
        if text.is_empty() {
            return Ok(Self::default());
        }
        let Some(rest) = text.strip_prefix('/') else {
            return Err(PointerError::NoLeadingSlash);
        };
        let mut tokens = Vec::new();
        for token in split(rest, b"/") {
            tokens.push(unescape(token)?);
        }
        Ok(Self(tokens))
    }

    /// Makes a pointer of tokens that are not escaped.
    pub fn of<T: Into<Box<str>>>(tokens: impl IntoIterator<Item = T>) -> Self {
        Self(tokens.into_iter().map(Into::into).collect())
    }

    /// The reference tokens, unescaped.
    pub fn tokens(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(AsRef::as_ref)
    }

    /// Whether it points at the whole value.
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// Appends a token that is not escaped.
    pub fn push(&mut self, token: &str) {
        self.0.push(token.into());
    }

    /// Removes the last token.
    pub fn pop(&mut self) {
        self.0.pop();
    }

    /// Resolves the pointer; `None` where nothing is there: RFC 6901, section 4.
    pub fn resolve<'v>(&self, value: &'v Value) -> Option<&'v Value> {
        self.0.iter().try_fold(value, |at, token| child(at, token))
    }

    /// Sets a value. A missing last member of an object is created, `-` or the
    /// next index appends to an array; a missing parent is an error.
    ///
    /// # Errors
    /// A [`SetError`]; the value is unchanged then.
    pub fn set(&self, root: &mut Value, new: Value) -> Result<(), SetError> {
        let Some((last, parents)) = self.0.split_last() else {
            *root = new;
            return Ok(());
        };
        match parent(root, parents)? {
            Value::Object(map) => {
                map.insert(last.to_string(), new);
            }
            Value::Array(items) => {
                let at = if &**last == "-" {
                    Some(items.len())
                } else {
                    index(last)
                };
                match at {
                    Some(at) if at < items.len() => items[at] = new,
                    Some(at) if at == items.len() => items.push(new),
                    _ => return Err(SetError::BadIndex),
                }
            }
            _ => return Err(SetError::NotAContainer),
        }
        Ok(())
    }

    /// Removes what the pointer names; nothing happens where nothing is there.
    /// The whole value becomes `null`.
    pub fn remove(&self, root: &mut Value) {
        let Some((last, parents)) = self.0.split_last() else {
            *root = Value::Null;
            return;
        };
        match parent(root, parents) {
            Ok(Value::Object(map)) => {
                take_member(map, last);
            }
            Ok(Value::Array(items)) => {
                if let Some(at) = index(last).filter(|at| *at < items.len()) {
                    items.remove(at);
                }
            }
            _ => {}
        }
    }
}

impl Display for Pointer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|token| {
            f.write_char('/')?;
            f.write_str(&escape(token))
        })
    }
}

/// Takes a member out of an object; the others keep their order.
///
/// The map's own way mends its table in place, with more code than all of this
/// takes; here it is filled anew, which is no slower.
pub(crate) fn take_member(members: &mut Map<String, Value>, name: &str) -> Option<Value> {
    let mut taken = None;
    for (own, value) in std::mem::take(members) {
        if own == name {
            taken = Some(value);
        } else {
            members.insert(own, value);
        }
    }
    taken
}

/// Escapes one reference token: `~` to `~0`, `/` to `~1`.
pub fn escape(token: &str) -> std::borrow::Cow<'_, str> {
    if find(token, b'~').or_else(|| find(token, b'/')).is_none() {
        return token.into();
    }
    let mut out = String::with_capacity(token.len() + 1);
    for c in token.chars() {
        match c {
            '~' => out.push_str("~0"),
            '/' => out.push_str("~1"),
            other => out.push(other),
        }
    }
    out.into()
}

fn unescape(token: &str) -> Result<Box<str>, PointerError> {
    let mut out = String::with_capacity(token.len());
    let mut chars = token.chars();
    while let Some(c) = chars.next() {
        out.push(match c {
            '~' => match chars.next() {
                Some('0') => '~',
                Some('1') => '/',
                _ => return Err(PointerError::BadEscape),
            },
            other => other,
        });
    }
    Ok(out.into())
}

/// An array index as RFC 6901 spells it: `0`, or digits without a leading zero.
pub(crate) fn index(token: &str) -> Option<usize> {
    if token.len() > 1 && token.as_bytes()[0] == b'0' {
        return None;
    }
    usize::try_from(whole(token)?).ok()
}

fn child<'v>(value: &'v Value, token: &str) -> Option<&'v Value> {
    match value {
        Value::Object(map) => map.get(token),
        Value::Array(items) => items.get(index(token)?),
        _ => None,
    }
}

fn parent<'v>(root: &'v mut Value, tokens: &[Box<str>]) -> Result<&'v mut Value, SetError> {
    tokens.iter().try_fold(root, |at, token| {
        match at {
            Value::Object(map) => map.get_mut(&**token),
            Value::Array(items) => index(token).and_then(|at| items.get_mut(at)),
            _ => None,
        }
        .ok_or(SetError::MissingParent)
    })
}

#[cfg(test)]
mod tests {
    use super::{Pointer, PointerError, SetError};
    use serde_json::json;

    fn pointer(text: &str) -> Pointer {
        Pointer::parse(text).expect("a pointer")
    }

    #[test]
    fn the_examples_of_rfc_6901_resolve() {
        let doc = json!({"foo": ["bar", "baz"], "": 0, "a/b": 1, "c%d": 2, "m~n": 8, "~1": 9});
        for (text, want) in [
            ("/foo/0", json!("bar")),
            ("/", json!(0)),
            ("/a~1b", json!(1)),
            ("/c%d", json!(2)),
            ("/m~0n", json!(8)),
            ("/~01", json!(9)),
        ] {
            assert_eq!(pointer(text).resolve(&doc), Some(&want), "{text}");
            assert_eq!(pointer(text).to_string(), text);
        }
        assert_eq!(pointer("").resolve(&doc), Some(&doc));
        for text in ["/foo/00", "/foo/-", "/foo/2", "/nope", "/foo/0/x"] {
            assert_eq!(pointer(text).resolve(&doc), None, "{text}");
        }
        assert_eq!(Pointer::parse("a"), Err(PointerError::NoLeadingSlash));
        assert_eq!(Pointer::parse("/~2"), Err(PointerError::BadEscape));
    }

    #[test]
    fn a_missing_last_member_is_created_and_a_missing_parent_refused() {
        let mut doc = json!({"a": 1, "l": [1]});
        assert_eq!(pointer("/b").set(&mut doc, json!(2)), Ok(()));
        assert_eq!(pointer("/l/-").set(&mut doc, json!(2)), Ok(()));
        assert_eq!(pointer("/l/2").set(&mut doc, json!(3)), Ok(()));
        assert_eq!(doc, json!({"a": 1, "l": [1, 2, 3], "b": 2}));
        assert_eq!(
            pointer("/x/y").set(&mut doc, json!(2)),
            Err(SetError::MissingParent)
        );
        assert_eq!(
            pointer("/l/9").set(&mut doc, json!(2)),
            Err(SetError::BadIndex)
        );
        assert_eq!(
            pointer("/a/x").set(&mut doc, json!(2)),
            Err(SetError::NotAContainer)
        );
        pointer("/b").remove(&mut doc);
        pointer("/l/0").remove(&mut doc);
        assert_eq!(doc, json!({"a": 1, "l": [2, 3]}));
    }
}
