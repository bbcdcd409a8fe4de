//! OpenAPI parameter styles.

use std::borrow::Cow;

use serde_json::Value;

use crate::json_writer;
use crate::message::{Keep, encode};

/// Where a parameter goes: OpenAPI, Parameter Object, `in`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ParameterLocation {
    /// A variable of the path template.
    Path,
    /// A name and value of the query.
    Query,
    /// The whole query: OpenAPI 3.2, Arazzo 1.1.
    Querystring,
    /// A header field.
    Header,
    /// A cookie.
    Cookie,
}

impl ParameterLocation {
    const ALL: [(&str, Self); 5] = [
        ("path", Self::Path),
        ("query", Self::Query),
        ("querystring", Self::Querystring),
        ("header", Self::Header),
        ("cookie", Self::Cookie),
    ];

    /// Reads an `in`.
    pub fn parse(text: &str) -> Option<Self> {
        let named = Self::ALL.iter().find(|(name, _)| *name == text);
        named.map(|(_, location)| *location)
    }

    /// The `in`, as it is written.
    pub fn as_str(self) -> &'static str {
        Self::ALL[self as usize].0
    }

    /// The style of a parameter that declares none.
    pub fn default_style(self) -> Style {
        match self {
            Self::Path | Self::Header => Style::Simple,
            Self::Query | Self::Querystring | Self::Cookie => Style::Form,
        }
    }

    /// Whether a parameter at this place can have that style.
    pub fn allows(self, style: Style) -> bool {
        match self {
            Self::Path => matches!(style, Style::Simple | Style::Label | Style::Matrix),
            Self::Query => matches!(
                style,
                Style::Form | Style::SpaceDelimited | Style::PipeDelimited | Style::DeepObject
            ),
            Self::Querystring => false,
            Self::Header => style == Style::Simple,
            Self::Cookie => matches!(style, Style::Form | Style::Cookie),
        }
    }
}

/// How arrays and objects are written: OpenAPI, Parameter Object, Style Values.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Style {
    /// `blue,black`; `R,100,G,200` or exploded `R=100,G=200`.
    Simple,
    /// `.blue,black` or exploded `.blue.black`.
    Label,
    /// `;color=blue,black` or exploded `;color=blue;color=black`.
    Matrix,
    /// `color=blue,black` or exploded `color=blue&color=black`.
    Form,
    /// `color=blue%20black`.
    SpaceDelimited,
    /// `color=blue%7Cblack`.
    PipeDelimited,
    /// `color%5BR%5D=100`.
    DeepObject,
    /// As `form`, without percent-encoding: OpenAPI 3.2.
    Cookie,
}

impl Style {
    const ALL: [(&str, Self); 8] = [
        ("simple", Self::Simple),
        ("label", Self::Label),
        ("matrix", Self::Matrix),
        ("form", Self::Form),
        ("spaceDelimited", Self::SpaceDelimited),
        ("pipeDelimited", Self::PipeDelimited),
        ("deepObject", Self::DeepObject),
        ("cookie", Self::Cookie),
    ];

    /// Reads a `style`.
    pub fn parse(text: &str) -> Option<Self> {
        let named = Self::ALL.iter().find(|(name, _)| *name == text);
        named.map(|(_, style)| *style)
    }

    /// The `style`, as it is written.
    pub fn as_str(self) -> &'static str {
        Self::ALL[self as usize].0
    }

    /// Whether arrays and objects are exploded where nothing is said.
    pub fn default_explode(self) -> bool {
        matches!(self, Self::Form | Self::Cookie | Self::DeepObject)
    }
}

/// A declared parameter: OpenAPI, Parameter Object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// Its name.
    pub name: Box<str>,
    /// Where it goes.
    pub location: ParameterLocation,
    /// Whether the operation needs it.
    pub required: bool,
    /// How arrays and objects are written.
    pub style: Style,
    /// Whether arrays and objects become several values.
    pub explode: bool,
    /// Whether reserved characters stand for themselves; in queries only.
    pub allow_reserved: bool,
    /// The media type of its value, where it has `content`: then it is written in
    /// that media type instead of a style.
    pub content: Option<Box<str>>,
}

/// A parameter's value: what a step gives, evaluated.
#[derive(Clone, Debug, PartialEq)]
pub struct Argument<'a> {
    /// The parameter's name.
    pub name: &'a str,
    /// Where it goes.
    pub location: ParameterLocation,
    /// Its value. Unspecified: null is left out, as RFC 6570 leaves out what is undefined.
    pub value: Cow<'a, Value>,
}

/// How one value is written.
#[derive(Clone, Copy, Debug)]
pub(super) struct Form {
    pub style: Style,
    pub explode: bool,
    pub keep: Keep,
    /// Whether it is one text whatever it is: strings as they are, the rest as JSON.
    pub content: bool,
}

/// The text of a value inside a parameter; none for null.
///
/// Unspecified: arrays and objects nested where the style has no room for them
/// are written as JSON.
pub(super) fn text_of(value: &Value) -> Option<Cow<'_, str>> {
    Some(match value {
        Value::Null => return None,
        Value::Bool(true) => Cow::Borrowed("true"),
        Value::Bool(false) => Cow::Borrowed("false"),
        Value::Number(number) => Cow::Borrowed(number.as_str()),
        Value::String(text) => Cow::Borrowed(text),
        Value::Array(_) | Value::Object(_) => Cow::Owned(json_writer::text_of(value)),
    })
}

/// One of the texts that a value is written as, with the name of its own that the
/// member of an object has.
struct Item<'v> {
    name: Option<Cow<'v, str>>,
    text: Cow<'v, str>,
}

/// Takes the texts of a value; null is none. Inside an object with a name, members
/// are taken with the whole way to them.
///
/// Unspecified: objects inside are written `a[b][c]=1`, arrays inside repeat their name.
fn take<'v>(items: &mut Vec<Item<'v>>, name: Option<&str>, value: &'v Value) {
    let values = match value {
        Value::Object(members) => {
            for (member, value) in members {
                match name {
                    Some(name) => take(items, Some(&format!("{name}[{member}]")), value),
                    None => items.extend(item(Some(Cow::Borrowed(member)), value)),
                }
            }
            return;
        }
        Value::Array(values) => values,
        _ => std::slice::from_ref(value),
    };
    for value in values {
        items.extend(item(name.map(|name| Cow::Owned(name.to_owned())), value));
    }
}

fn item<'v>(name: Option<Cow<'v, str>>, value: &'v Value) -> Option<Item<'v>> {
    let text = text_of(value)?;
    Some(Item { name, text })
}

/// Values one after the other: a path's or a header's one, or with their names a
/// query, a form or cookies.
pub(super) struct Values<'o> {
    out: &'o mut String,
    separator: &'static str,
    started: bool,
}

impl<'o> Values<'o> {
    /// Starts; `started` where a value stands before, after which comes the separator.
    pub(super) fn new(out: &'o mut String, separator: &'static str, started: bool) -> Self {
        Self {
            out,
            separator,
            started,
        }
    }

    /// Whether anything has been written.
    pub(super) fn started(&self) -> bool {
        self.started
    }

    /// Where to write what has no name, after the separator.
    pub(super) fn raw(&mut self) -> &mut String {
        if std::mem::replace(&mut self.started, true) {
            self.out.push_str(self.separator);
        }
        self.out
    }

    /// Writes a parameter's value in its style.
    pub(super) fn write(&mut self, name: &str, value: &Value, form: Form) {
        let is_nested = value.is_object() || value.is_array();
        if is_nested && !form.content {
            let is_deep = form.style == Style::DeepObject && value.is_object();
            let mut items = Vec::new();
            take(&mut items, is_deep.then_some(name), value);
            self.items(name, &items, form.explode || is_deep, form);
        } else {
            let text = match form.content && value.is_null() {
                true => Some(Cow::Borrowed("null")),
                false => text_of(value),
            };
            if let Some(text) = text {
                self.items(name, &[Item { name: None, text }], true, form);
            }
        }
    }

    /// Writes texts, each for itself or as one.
    fn items(&mut self, parameter: &str, items: &[Item<'_>], apart: bool, form: Form) {
        let Form { style, keep, .. } = form;
        let (lead, among) = match style {
            Style::Simple => ("", ","),
            Style::Label => (".", "."),
            Style::Matrix => (";", ";"),
            _ => (
                if self.started { self.separator } else { "" },
                self.separator,
            ),
        };
        let between = match style {
            _ if apart => among,
            Style::SpaceDelimited => "%20",
            Style::PipeDelimited => "%7C",
            _ => ",",
        };
        let is_named = !matches!(style, Style::Simple | Style::Label);
        let names = match style {
            Style::Simple | Style::Label | Style::Matrix => keep,
            _ => names(keep),
        };
        for (at, Item { name, text }) in items.iter().enumerate() {
            self.out.push_str(if at == 0 { lead } else { between });
            if is_named && (at == 0 || apart) && !(apart && name.is_some()) {
                encode(self.out, parameter, names);
                let is_bare = apart && style == Style::Matrix && text.is_empty();
                self.out.push_str(if is_bare { "" } else { "=" });
            }
            if let Some(name) = name {
                encode(self.out, name, if apart { names } else { keep });
                self.out.push_str(if apart { "=" } else { between });
            }
            encode(self.out, text, keep);
            self.started = true;
        }
    }
}

/// Names are encoded wholly even where values keep reserved characters.
fn names(keep: Keep) -> Keep {
    match keep {
        Keep::Reserved => Keep::Unreserved,
        Keep::Cookie | Keep::All => Keep::Token,
        keep => keep,
    }
}
