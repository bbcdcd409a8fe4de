//! A YAML reader that feeds the tree.

use std::borrow::Cow;

use granit_parser::{ErrorKind, Event, Parser, ScalarStyle, ScanError, Span, StructureStyle, Tag};

use super::builder::{Builder, Extent, Mark, Scalar, Stop};
use super::error::{DocumentError, DocumentErrorKind as K};
use super::tree::Place;
use crate::number;

/// Reads the one document of a text: YAML 1.2, core schema.
pub(super) fn read(text: &str, builder: &mut Builder) -> Result<(), Stop> {
    // Two more than allowed, so that the builder is the one to refuse.
    let deepest = builder.max_depth() + 2;
    let mut options = granit_parser::options! {
        flow_nesting_limit: deepest,
        block_nesting_limit: deepest,
        simple_key_max_lookahead: 8192,
    };
    options.set_emit_comments(false);
    let mut reader = Reader {
        text,
        anchors: Vec::new(),
        open: Vec::new(),
    };
    for event in Parser::new_from_str_with_options(text, options) {
        let (event, span) = event.map_err(|error| reader.syntax(builder, &error))?;
        if matches!(event, Event::StreamEnd) {
            break;
        }
        reader.event(builder, event, span)?;
    }
    Ok(())
}

/// An array or object that is not closed yet.
struct Open {
    /// Its anchor, or 0.
    anchor: usize,
    mark: Mark,
    /// Levels of nesting so far, its own included.
    height: usize,
}

struct Reader<'a> {
    text: &'a str,
    /// What stands at each anchor; anchors are numbered from 1.
    anchors: Vec<Option<Extent>>,
    open: Vec<Open>,
}

impl Reader<'_> {
    fn event(&mut self, builder: &mut Builder, event: Event<'_>, span: Span) -> Result<(), Stop> {
        let place = self.place(&span);
        match event {
            Event::DocumentStart(..) if builder.mark().is_later() => {
                Err(builder.stop(place, K::SeveralDocuments, &[]))
            }
            Event::Scalar(text, style, anchor, tag) => {
                self.scalar(builder, (&text, style), tag.as_deref(), anchor, place)
            }
            Event::SequenceStart(_, anchor, tag) => {
                let first = Place { length: 1, ..place };
                self.container(builder, false, anchor, tag, first)
            }
            Event::MappingStart(style, anchor, tag) => {
                let length = if style == StructureStyle::Flow { 1 } else { 0 };
                self.container(builder, true, anchor, tag, Place { length, ..place })
            }
            Event::SequenceEnd | Event::MappingEnd => self.close(builder),
            Event::Alias(anchor) => self.alias(builder, anchor, place),
            _ => Ok(()),
        }
    }

    /// A span's first line as a place.
    fn place(&self, span: &Span) -> Place {
        let (start, end) = (&span.start, &span.end);
        let length = if start.line() == end.line() {
            end.col().saturating_sub(start.col())
        } else {
            let from = start.byte_offset().unwrap_or(self.text.len());
            let rest = self.text.get(from..).unwrap_or_default();
            rest.lines()
                .next()
                .map_or(1, |line| line.trim_end().chars().count())
        };
        Place {
            line: start.line() as u32,
            column: start.col() as u32 + 1,
            length: (length as u32).max(1),
        }
    }

    fn syntax(&self, builder: &Builder, error: &ScanError) -> Stop {
        let marker = error.marker();
        let place = Place {
            line: marker.line() as u32,
            column: marker.col() as u32 + 1,
            length: 1,
        };
        if matches!(error.kind(), ErrorKind::RecursionLimitExceeded) {
            return builder.too_deep(place);
        }
        builder.stop(place, K::Syntax, &["YAML", &error.info()])
    }

    fn container(
        &mut self,
        builder: &mut Builder,
        object: bool,
        anchor: usize,
        tag: Option<Cow<'_, Tag>>,
        place: Place,
    ) -> Result<(), Stop> {
        if builder.wants_key() {
            let found = if object { "an object" } else { "an array" };
            return Err(builder.stop(place, K::BadKey, &[found]));
        }
        if let Some(tag) = tag
            && tag.core_suffix() != Some(if object { "map" } else { "seq" })
            && !is_non_specific(&tag)
        {
            builder.error(forbidden(builder, &tag, place))?;
        }
        let mark = builder.mark();
        builder.open(object, place)?;
        self.open.push(Open {
            anchor,
            mark,
            height: 1,
        });
        Ok(())
    }

    fn close(&mut self, builder: &mut Builder) -> Result<(), Stop> {
        builder.close()?;
        if let Some(open) = self.open.pop() {
            if open.anchor != 0 {
                let extent = builder.extent(open.mark, open.height);
                self.set_anchor(open.anchor, Some(extent));
            }
            self.raise(open.height);
        }
        Ok(())
    }

    fn set_anchor(&mut self, anchor: usize, extent: Option<Extent>) {
        if self.anchors.len() <= anchor {
            self.anchors.resize(anchor + 1, None);
        }
        self.anchors[anchor] = extent;
    }

    /// Something of that height stands in the innermost container.
    fn raise(&mut self, height: usize) {
        if let Some(outer) = self.open.last_mut() {
            outer.height = outer.height.max(height + 1);
        }
    }

    fn scalar(
        &mut self,
        builder: &mut Builder,
        (text, style): (&str, ScalarStyle),
        tag: Option<&Tag>,
        anchor: usize,
        place: Place,
    ) -> Result<(), Stop> {
        let value = match typed(text, style, tag) {
            Some(value) => value,
            None => {
                if let Some(tag) = tag {
                    builder.error(forbidden(builder, tag, place))?;
                }
                Scalar::String(text)
            }
        };
        let mark = builder.mark();
        if builder.wants_key() {
            return self.key(builder, &value, text, anchor, place);
        }
        builder.scalar(value, place)?;
        if anchor != 0 {
            self.set_anchor(anchor, Some(builder.extent(mark, 0)));
        }
        Ok(())
    }

    fn key(
        &mut self,
        builder: &mut Builder,
        value: &Scalar<'_>,
        text: &str,
        anchor: usize,
        place: Place,
    ) -> Result<(), Stop> {
        if matches!(value, Scalar::Null) {
            builder.error(builder.wrong(place, K::BadKey, &["null"]))?;
        }
        if anchor != 0 {
            self.set_anchor(anchor, None);
        }
        builder.key(text, place);
        builder.stretch(place);
        Ok(())
    }

    fn alias(&mut self, builder: &mut Builder, anchor: usize, place: Place) -> Result<(), Stop> {
        if self.open.iter().any(|open| open.anchor == anchor) {
            return Err(builder.stop(place, K::RecursiveAlias, &[]));
        }
        let Some(extent) = self.anchors.get(anchor).copied().flatten() else {
            let texts = ["YAML", "an alias of a key cannot be used"];
            return Err(builder.stop(place, K::Syntax, &texts));
        };
        if builder.wants_key() {
            let Some(text) = builder.text_of(&extent) else {
                return Err(builder.stop(place, K::BadKey, &["an alias of no string"]));
            };
            builder.key(&text, place);
            builder.stretch(place);
            return Ok(());
        }
        builder.copy(&extent, place)?;
        self.raise(extent.height());
        Ok(())
    }
}

fn forbidden(builder: &Builder, tag: &Tag, place: Place) -> DocumentError {
    builder.wrong(place, K::ForbiddenTag, &[&tag.original()])
}

/// The tag `!`, which says: not the plain scalar's own type.
fn is_non_specific(tag: &Tag) -> bool {
    matches!(tag.original().as_str(), "!" | "!<!>")
}

/// The value of a scalar; nothing where its tag does not fit.
fn typed<'a>(text: &'a str, style: ScalarStyle, tag: Option<&Tag>) -> Option<Scalar<'a>> {
    let plain = || resolve(text);
    let Some(tag) = tag else {
        return Some(if style == ScalarStyle::Plain {
            plain()
        } else {
            Scalar::String(text)
        });
    };
    if is_non_specific(tag) {
        return Some(Scalar::String(text));
    }
    match (tag.core_suffix()?, plain()) {
        ("str", _) => Some(Scalar::String(if is_written(text, style) {
            text
        } else {
            ""
        })),
        ("null", Scalar::Null) => Some(Scalar::Null),
        ("bool", value @ Scalar::Bool(_)) => Some(value),
        ("int", Scalar::Number(number)) if number::is_integer(&number) => {
            Some(Scalar::Number(number))
        }
        ("float", value @ Scalar::Number(_)) => Some(value),
        _ => None,
    }
}

/// The parser gives `~` for a value that is not there.
fn is_written(text: &str, style: ScalarStyle) -> bool {
    style != ScalarStyle::Plain || text != "~"
}

/// The type of a plain scalar: YAML 1.2.2, section 10.3.2. Numbers with leading
/// zeros stay strings, for they are account numbers and codes mostly; so do
/// infinities and not-a-number, which JSON cannot hold.
fn resolve(text: &str) -> Scalar<'_> {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => return Scalar::Null,
        "true" | "True" | "TRUE" => return Scalar::Bool(true),
        "false" | "False" | "FALSE" => return Scalar::Bool(false),
        _ => {}
    }
    let first = text.as_bytes()[0];
    if !(first.is_ascii_digit() || matches!(first, b'-' | b'+' | b'.')) {
        return Scalar::String(text);
    }
    match resolve_number(text) {
        Some(number) => Scalar::Number(number),
        None => Scalar::String(text),
    }
}

fn resolve_number(text: &str) -> Option<serde_json::Number> {
    if let Some(number) = number::parse(text) {
        return Some(number);
    }
    if let Some(digits) = text.strip_prefix("0o") {
        return based(digits, 8);
    }
    if let Some(digits) = text.strip_prefix("0x") {
        return based(digits, 16);
    }
    spell(text)
}

/// A whole number in octal or hexadecimal digits, up to 128 bits.
fn based(digits: &str, base: u32) -> Option<serde_json::Number> {
    let mut value: Option<u128> = None;
    for digit in digits.chars() {
        let digit = u128::from(digit.to_digit(base)?);
        let higher = value.unwrap_or_default().checked_mul(base.into())?;
        value = Some(higher.checked_add(digit)?);
    }
    number::parse(&value?.to_string())
}

/// Turns `+1`, `.5` and `1.` into the spelling of JSON.
fn spell(text: &str) -> Option<serde_json::Number> {
    let (sign, rest) = match text.as_bytes().first()? {
        b'-' => ("-", &text[1..]),
        b'+' => ("", &text[1..]),
        _ => ("", text),
    };
    let split = rest.find(['e', 'E']).unwrap_or(rest.len());
    let (mantissa, exponent) = rest.split_at(split);
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, fraction),
        None => (mantissa, ""),
    };
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let whole = if whole.is_empty() { "0" } else { whole };
    let dot = if fraction.is_empty() { "" } else { "." };
    number::parse(&format!("{sign}{whole}{dot}{fraction}{exponent}"))
}
