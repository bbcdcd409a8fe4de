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
    /// Reads an `in`.
    pub fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "path" => Self::Path,
            "query" => Self::Query,
            "querystring" => Self::Querystring,
            "header" => Self::Header,
            "cookie" => Self::Cookie,
            _ => return None,
        })
    }

    /// The `in`, as it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Path => "path",
            Self::Query => "query",
            Self::Querystring => "querystring",
            Self::Header => "header",
            Self::Cookie => "cookie",
        }
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
    /// Reads a `style`.
    pub fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "simple" => Self::Simple,
            "label" => Self::Label,
            "matrix" => Self::Matrix,
            "form" => Self::Form,
            "spaceDelimited" => Self::SpaceDelimited,
            "pipeDelimited" => Self::PipeDelimited,
            "deepObject" => Self::DeepObject,
            "cookie" => Self::Cookie,
            _ => return None,
        })
    }

    /// The `style`, as it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Simple => "simple",
            Self::Label => "label",
            Self::Matrix => "matrix",
            Self::Form => "form",
            Self::SpaceDelimited => "spaceDelimited",
            Self::PipeDelimited => "pipeDelimited",
            Self::DeepObject => "deepObject",
            Self::Cookie => "cookie",
        }
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

/// Writes a value in `simple`, `label` or `matrix` style: into a path or a header.
pub(super) fn expand(out: &mut String, name: &str, value: &Value, form: Form) {
    let (lead, separator) = match (form.style, form.explode) {
        (Style::Label, true) => (".", "."),
        (Style::Label, false) => (".", ","),
        (Style::Matrix, true) => (";", ";"),
        (Style::Matrix, false) => (";", ","),
        _ => ("", ","),
    };
    let matrix = form.style == Style::Matrix;
    let members = Members {
        separator,
        form,
        name: (matrix && form.explode).then_some(name),
    };
    match value {
        Value::Array(_) | Value::Object(_) => {
            let mut values = String::new();
            if !members.write(&mut values, value) {
                return;
            }
            out.push_str(lead);
            if matrix && !form.explode {
                encode(out, name, form.keep);
                out.push('=');
            }
            out.push_str(&values);
        }
        _ => {
            let Some(text) = text_of(value) else { return };
            out.push_str(lead);
            if matrix {
                encode(out, name, form.keep);
                out.push_str(if text.is_empty() { "" } else { "=" });
            }
            encode(out, &text, form.keep);
        }
    }
}

/// The members of an array or object, written one after the other.
struct Members<'m> {
    separator: &'m str,
    form: Form,
    /// Written before each item of an array.
    name: Option<&'m str>,
}

impl Members<'_> {
    /// Writes them all; false where there are none.
    fn write(&self, out: &mut String, value: &Value) -> bool {
        let mut any = false;
        match value {
            Value::Array(items) => {
                for text in items.iter().filter_map(text_of) {
                    self.separate(out, &mut any);
                    if let Some(name) = self.name {
                        encode(out, name, self.form.keep);
                        out.push_str(if text.is_empty() { "" } else { "=" });
                    }
                    encode(out, &text, self.form.keep);
                }
            }
            Value::Object(members) => {
                for (key, value) in members {
                    let Some(text) = text_of(value) else { continue };
                    self.separate(out, &mut any);
                    encode(out, key, self.form.keep);
                    out.push_str(if self.form.explode {
                        "="
                    } else {
                        self.separator
                    });
                    encode(out, &text, self.form.keep);
                }
            }
            _ => {}
        }
        any
    }

    fn separate(&self, out: &mut String, any: &mut bool) {
        if std::mem::replace(any, true) {
            out.push_str(self.separator);
        }
    }
}

/// Names and values one after the other: a query, a form or cookies.
pub(super) struct Pairs<'o> {
    out: &'o mut String,
    separator: &'static str,
    started: bool,
}

impl<'o> Pairs<'o> {
    /// Starts; `started` where a pair stands before.
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

    /// Where to write what is no pair, after the separator.
    pub(super) fn raw(&mut self) -> &mut String {
        if std::mem::replace(&mut self.started, true) {
            self.out.push_str(self.separator);
        }
        self.out
    }

    /// Writes one name and text.
    pub(super) fn pair(&mut self, name: &str, text: &str, keep: Keep) {
        self.name(name, keep);
        encode(self.out, text, keep);
    }

    fn name(&mut self, name: &str, keep: Keep) {
        let out = self.raw();
        encode(out, name, names(keep));
        out.push('=');
    }

    /// Writes a parameter's value in its style.
    pub(super) fn expand(&mut self, name: &str, value: &Value, form: Form) {
        match (value, form.style, form.explode) {
            (Value::Object(_), Style::DeepObject, _) => self.deep(name, value, form.keep),
            (Value::Array(items), _, true) => {
                for text in items.iter().filter_map(text_of) {
                    self.pair(name, &text, form.keep);
                }
            }
            (Value::Object(members), _, true) => {
                for (key, value) in members {
                    if let Some(text) = text_of(value) {
                        self.pair(key, &text, form.keep);
                    }
                }
            }
            (Value::Array(_) | Value::Object(_), style, false) => {
                self.joined(name, value, form, style)
            }
            _ => {
                if let Some(text) = text_of(value) {
                    self.pair(name, &text, form.keep);
                }
            }
        }
    }

    fn joined(&mut self, name: &str, value: &Value, form: Form, style: Style) {
        let members = Members {
            separator: match style {
                Style::SpaceDelimited => "%20",
                Style::PipeDelimited => "%7C",
                _ => ",",
            },
            form,
            name: None,
        };
        let mut values = String::new();
        if members.write(&mut values, value) {
            self.name(name, form.keep);
            self.out.push_str(&values);
        }
    }

    /// Unspecified: objects inside are written `a[b][c]=1`, arrays inside repeat their name.
    fn deep(&mut self, name: &str, value: &Value, keep: Keep) {
        match value {
            Value::Object(members) => {
                for (key, value) in members {
                    self.deep(&format!("{name}[{key}]"), value, keep);
                }
            }
            Value::Array(items) => {
                for text in items.iter().filter_map(text_of) {
                    self.pair(name, &text, keep);
                }
            }
            _ => {
                if let Some(text) = text_of(value) {
                    self.pair(name, &text, keep);
                }
            }
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
