//! What the reader tells, as values for the tree.

use super::super::builder::{Builder, Scalar, Stop};
use super::super::error::DocumentErrorKind as K;
use super::super::tree::Place;
use super::cursor::Reader;
use super::event::{Event, Halt, Node, Props, Sink, Spot, Style, Tag};
use super::props::CORE;
use super::resolve::resolve;
use crate::names::Names;
use crate::number;

/// Reads the one document of a text: YAML 1.2, core schema.
pub(in super::super) fn read(text: &str, builder: &mut Builder) -> Result<(), Stop> {
    let mut composer = Composer {
        text,
        builder,
        anchors: Names::default(),
        stopped: None,
    };
    let read = Reader::new(text, &mut composer).stream();
    match composer.stopped {
        Some(stop) if read.is_err() => Err(stop),
        _ => Ok(()),
    }
}

/// What stands in a node's place at an anchor of a key, which is no node.
const KEY: usize = u32::MAX as usize;

struct Composer<'a> {
    text: &'a str,
    builder: &'a mut Builder,
    /// The numbers of the nodes at the anchors.
    anchors: Names,
    stopped: Option<Stop>,
}

impl Sink for Composer<'_> {
    fn event(&mut self, event: Event<'_>, node: &Node<'_>) -> Result<(), Halt> {
        let taken = self.take(event, node);
        taken.map_err(|stop| {
            self.stopped = Some(stop);
            Halt
        })
    }

    fn fault(&mut self, at: Spot, reason: &str) -> Halt {
        let place = self.place(at, at.at);
        self.stopped = Some(self.builder.stop(place, K::Syntax, &["YAML", reason]));
        Halt
    }
}

impl Composer<'_> {
    fn take(&mut self, event: Event<'_>, node: &Node<'_>) -> Result<(), Stop> {
        let place = self.place(node.from, node.to);
        match event {
            Event::Document if self.builder.next_node() > 0 => {
                Err(self.builder.stop(place, K::SeveralDocuments, &[]))
            }
            Event::Document => Ok(()),
            Event::Scalar(text, style) => self.scalar(text, style, node.props, place),
            Event::Alias(name) => self.alias(name, place),
            Event::Sequence => self.container(false, node.props, place),
            Event::Mapping => self.container(true, node.props, place),
            Event::Key => {
                let found = "an array or object";
                Err(self.builder.stop(place, K::BadKey, &[found]))
            }
            Event::End => self.builder.close(),
        }
    }

    /// The first line of what lies between.
    fn place(&self, from: Spot, to: usize) -> Place {
        let mut length = 0;
        let mut blanks = 0;
        let bytes = self.text.as_bytes().get(from.at..to);
        for byte in bytes.unwrap_or_default() {
            match byte {
                b'\n' | b'\r' => break,
                b' ' | b'\t' => blanks += 1,
                // The later bytes of a character.
                0x80..=0xBF => {}
                _ => {
                    length += blanks + 1;
                    blanks = 0;
                }
            }
        }
        Place {
            line: from.line,
            column: from.column,
            length,
        }
    }

    /// Remembers the node that stands at an anchor; the last of a name counts.
    fn anchor(&mut self, props: Props<'_>, node: usize) {
        if let Some(name) = props.anchor {
            self.anchors.set(name.into(), node);
        }
    }

    fn container(&mut self, object: bool, props: Props<'_>, place: Place) -> Result<(), Stop> {
        if self.builder.wants_key() {
            let found = if object { "an object" } else { "an array" };
            return Err(self.builder.stop(place, K::BadKey, &[found]));
        }
        let fits = if object { "map" } else { "seq" };
        if let Some(tag) = props.tag
            && tag.written != "!"
            && core_name(tag) != fits
        {
            self.forbidden(tag, place)?;
        }
        self.anchor(props, self.builder.next_node());
        self.builder.open(object, place)
    }

    fn forbidden(&mut self, tag: Tag<'_>, place: Place) -> Result<(), Stop> {
        let error = self.builder.wrong(place, K::ForbiddenTag, &[tag.written]);
        self.builder.error(error)
    }

    fn scalar(
        &mut self,
        text: &str,
        style: Style,
        props: Props<'_>,
        place: Place,
    ) -> Result<(), Stop> {
        let value = match (typed(text, style, props.tag), props.tag) {
            (None, Some(tag)) => {
                self.forbidden(tag, place)?;
                Scalar::String(text)
            }
            (value, _) => value.unwrap_or(Scalar::String(text)),
        };
        if self.builder.wants_key() {
            if matches!(value, Scalar::Null) {
                let error = self.builder.wrong(place, K::BadKey, &["null"]);
                self.builder.error(error)?;
            }
            self.anchor(props, KEY);
            self.builder.key(text, place);
            self.builder.stretch(place);
            return Ok(());
        }
        self.anchor(props, self.builder.next_node());
        self.builder.scalar(value, place)
    }

    fn alias(&mut self, name: &str, place: Place) -> Result<(), Stop> {
        let (kind, text) = match self.anchors.get(name) {
            None => (K::Syntax, "there is no anchor of this name above"),
            Some(KEY) => (K::Syntax, "an alias of a key cannot be used"),
            Some(node) if self.builder.is_open(node) => (K::RecursiveAlias, ""),
            Some(node) if !self.builder.wants_key() => return self.builder.copy(node, place),
            Some(node) => match self.builder.text_of(node) {
                Some(text) => {
                    self.builder.key(&text, place);
                    self.builder.stretch(place);
                    return Ok(());
                }
                None => (K::BadKey, "an alias of no string"),
            },
        };
        let texts = match kind {
            K::Syntax => ["YAML", text],
            _ => [text, ""],
        };
        Err(self.builder.stop(place, kind, &texts))
    }
}

/// The name of a tag of the core schema; empty for any other.
fn core_name(tag: Tag<'_>) -> &str {
    match tag.prefix {
        CORE => tag.suffix(),
        "" => tag.suffix().strip_prefix(CORE).unwrap_or_default(),
        _ => "",
    }
}

/// The value of a scalar; nothing where its tag does not fit. The tag `!` says: not
/// the plain scalar's own type.
fn typed<'a>(text: &'a str, style: Style, tag: Option<Tag<'_>>) -> Option<Scalar<'a>> {
    let string = Some(Scalar::String(text));
    let Some(tag) = tag else {
        return if style == Style::Plain {
            Some(resolve(text))
        } else {
            string
        };
    };
    let name = core_name(tag);
    if tag.written == "!" || name == "str" {
        return string;
    }
    let value = resolve(text);
    let fits = match &value {
        Scalar::Null => name == "null",
        Scalar::Bool(_) => name == "bool",
        Scalar::Number(number) => name == "float" || name == "int" && number::is_integer(number),
        Scalar::String(_) => false,
    };
    fits.then_some(value)
}
