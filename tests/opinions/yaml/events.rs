//! What two readers find in a YAML text, in the same words.

use std::collections::{HashMap, HashSet};

use granit_parser::{Event as Theirs, Parser, ScalarStyle, StructureStyle};

/// The engine's own files, as they are.
#[path = "../../../core/src/document/yaml"]
#[allow(dead_code)]
mod reader {
    mod block;
    mod cursor;
    mod event;
    mod flow;
    mod level;
    mod literal;
    mod props;
    mod scalar;
    mod stream;

    pub use self::event::{Event, Halt, Node, Props, Sink, Spot, Style};

    pub fn read(text: &str, sink: &mut dyn Sink) -> bool {
        cursor::Reader::new(text, sink).stream().is_ok()
    }
}

use self::reader::{Event, Halt, Node, Props, Sink, Spot, Style};

/// Deeper texts are refused.
const DEEPEST: usize = 500;

/// One event as the official suite writes it, with its line and column from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    pub what: String,
    pub line: usize,
    pub column: usize,
}

/// All events of a text, or up to what is wrong with it, and that.
#[derive(Debug)]
pub struct Read {
    pub events: Vec<Told>,
    pub wrong: Option<String>,
    /// Whether a key and its mapping may have the same properties, which cannot be
    /// told apart here.
    pub is_unclear: bool,
}

impl Read {
    /// The events without their places, one a line.
    pub fn shown(&self) -> String {
        let lines = self.events.iter().map(|told| format!("{}\n", told.what));
        lines.collect()
    }
}

#[derive(Default)]
struct Listener<'t> {
    text: &'t str,
    told: Vec<Told>,
    open: Vec<(usize, &'static str)>,
    /// The flow collection that ended last.
    closed: usize,
    document: bool,
    anchors: HashSet<String>,
    wrong: Option<String>,
    is_unclear: bool,
}

/// What the engine's reader says.
pub fn ours(text: &str) -> Read {
    let mut listener = Listener {
        text,
        ..Listener::default()
    };
    let well = reader::read(text, &mut listener);
    assert_eq!(well, listener.wrong.is_none(), "{:?}", listener.wrong);
    if well {
        assert!(listener.open.is_empty());
        listener.end_document();
    }
    Read {
        events: listener.told,
        wrong: listener.wrong,
        is_unclear: listener.is_unclear,
    }
}

impl Listener<'_> {
    fn end_document(&mut self) {
        if self.document {
            self.push("-DOC".into(), Spot::default());
        }
        self.document = true;
        self.anchors.clear();
    }

    fn push(&mut self, what: String, at: Spot) {
        self.told.push(Told {
            what,
            line: at.line as usize,
            column: at.column as usize,
        });
    }

    fn is_flow(&self, at: Spot, opening: char) -> bool {
        self.text[at.at..].starts_with(opening)
    }

    fn refuse(&mut self, at: Spot, reason: &str) -> Halt {
        self.fault(at, reason)
    }
}

impl Sink for Listener<'_> {
    fn event(&mut self, event: Event<'_>, node: &Node<'_>) -> Result<(), Halt> {
        let at = node.from;
        assert!(self.text.is_char_boundary(at.at) && self.text.is_char_boundary(node.to));
        assert!(at.at <= node.to, "{} {}", at.at, node.to);
        let said = said(node.props);
        if let Some(anchor) = node.props.anchor {
            self.anchors.insert(anchor.into());
        }
        match event {
            Event::Document => {
                self.end_document();
                self.push("+DOC".into(), at);
            }
            Event::Scalar(text, style) => {
                let sign = match style {
                    Style::Plain => ':',
                    Style::Single => '\'',
                    Style::Double => '"',
                    Style::Literal => '|',
                    Style::Folded => '>',
                };
                self.push(format!("=VAL{said} {sign}{}", escaped(text)), at);
            }
            Event::Alias(name) if !self.anchors.contains(name) => {
                return Err(self.refuse(at, "no such anchor"));
            }
            Event::Alias(name) => self.push(format!("=ALI *{name}"), at),
            Event::Sequence | Event::Mapping => {
                if self.open.len() >= DEEPEST {
                    return Err(self.refuse(at, "too deep"));
                }
                let (opening, flow, end) = match event {
                    Event::Sequence => ("+SEQ", " []", "-SEQ"),
                    _ => ("+MAP", " {}", "-MAP"),
                };
                let pair = self
                    .open
                    .last()
                    .is_some_and(|(at, end)| *end == "-SEQ" && self.told[*at].what.contains(" []"));
                let flow = if pair
                    || self.is_flow(at, if end == "-SEQ" { '[' } else { '{' }) && node.to > at.at
                {
                    flow
                } else {
                    ""
                };
                self.open.push((self.told.len(), end));
                self.push(format!("{opening}{flow}{said}"), at);
            }
            Event::End => {
                let (start, end) = self.open.pop().expect("something is open");
                self.closed = start;
                self.push(end.into(), at);
            }
            Event::Key => self.key(node),
        }
        Ok(())
    }

    fn fault(&mut self, at: Spot, reason: &str) -> Halt {
        assert!(self.wrong.is_none());
        self.wrong = Some(format!("{}:{}: {reason}", at.line, at.column));
        Halt
    }
}

impl Listener<'_> {
    /// Puts the beginning of a mapping before the collection that is its key.
    fn key(&mut self, node: &Node<'_>) {
        let pair = !self.open.is_empty()
            && self.told[self.open[self.open.len() - 1].0]
                .what
                .contains(" []");
        let key = &mut self.told[self.closed];
        let (kind, own) = key.what.split_at(7);
        let outer = said(node.props);
        self.is_unclear |= !outer.is_empty();
        let own = outer
            .split(' ')
            .filter(|part| !part.is_empty())
            .fold(own.to_owned(), |own, part| {
                own.replace(&format!(" {part}"), "")
            });
        key.what = format!("{kind}{own}");
        let flow = if pair { " {}" } else { "" };
        let mapping = format!("+MAP{flow}{outer}");
        let place = Told {
            what: mapping,
            line: node.from.line as usize,
            column: node.from.column as usize,
        };
        self.told.insert(self.closed, place);
        self.open.push((self.closed, "-MAP"));
    }
}

fn said(props: Props<'_>) -> String {
    let mut said = String::new();
    if let Some(anchor) = props.anchor {
        said += &format!(" &{anchor}");
    }
    if let Some(tag) = props.tag {
        said += &format!(" <{}{}>", decoded(tag.prefix), decoded(tag.suffix()));
    }
    said
}

/// A part of a tag without its `%` escapes.
fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, others @ ..] = rest {
        let code = others
            .get(..2)
            .and_then(|hex| std::str::from_utf8(hex).ok());
        match code.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) if *first == b'%' => {
                bytes.push(byte);
                rest = &others[2..];
            }
            _ => {
                bytes.push(*first);
                rest = others;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn escaped(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            '\u{8}' => out.push_str("\\b"),
            _ => out.push(c),
        }
    }
    out
}

/// What `granit-parser` says.
pub fn granits(text: &str) -> Read {
    let options = granit_parser::options! {
        flow_nesting_limit: DEEPEST,
        block_nesting_limit: DEEPEST,
        simple_key_max_lookahead: 8192,
        emit_anchor_events: true,
    };
    let mut read = Read {
        events: Vec::new(),
        wrong: None,
        is_unclear: false,
    };
    let mut names: HashMap<usize, String> = HashMap::new();
    let mut node = 0;
    for found in Parser::new_from_str_with_options(text, options) {
        let (event, span) = match found {
            Ok(found) => found,
            Err(error) => {
                let at = error.marker();
                let reason = error.info();
                read.wrong = Some(format!("{}:{}: {reason}", at.line(), at.col() + 1));
                break;
            }
        };
        let what = match event {
            Theirs::DocumentStart(..) => "+DOC".into(),
            Theirs::DocumentEnd => "-DOC".into(),
            Theirs::SequenceEnd => "-SEQ".into(),
            Theirs::MappingEnd => "-MAP".into(),
            Theirs::SequenceStart(style, _, tag) => {
                let flow = if style == StructureStyle::Flow {
                    " []"
                } else {
                    ""
                };
                format!("+SEQ{flow}{}", tagged(tag.as_deref()))
            }
            Theirs::MappingStart(style, _, tag) => {
                let flow = if style == StructureStyle::Flow {
                    " {}"
                } else {
                    ""
                };
                format!("+MAP{flow}{}", tagged(tag.as_deref()))
            }
            Theirs::Scalar(value, style, _, tag) => {
                let sign = match style {
                    ScalarStyle::Plain => ':',
                    ScalarStyle::SingleQuoted => '\'',
                    ScalarStyle::DoubleQuoted => '"',
                    ScalarStyle::Literal => '|',
                    ScalarStyle::Folded => '>',
                };
                // It says `~` where there is nothing.
                let none = sign == ':' && value == "~" && span.start == span.end;
                let value = if none { "" } else { &*value };
                format!("=VAL{} {sign}{}", tagged(tag.as_deref()), escaped(value))
            }
            Theirs::Alias(anchor) => format!("=ALI *{}", names[&anchor]),
            Theirs::Anchor(number, name) => {
                let told: &mut Told = &mut read.events[node];
                let at = if told.what.starts_with("=VAL") {
                    4
                } else if told.what[4..].starts_with(" []") || told.what[4..].starts_with(" {}") {
                    7
                } else {
                    4
                };
                told.what.insert_str(at, &format!(" &{name}"));
                names.insert(number, name.into_owned());
                continue;
            }
            _ => continue,
        };
        node = read.events.len();
        read.events.push(Told {
            what,
            line: span.start.line(),
            column: span.start.col() + 1,
        });
    }
    read
}

fn tagged(tag: Option<&granit_parser::Tag>) -> String {
    tag.map_or(String::new(), |tag| {
        format!(" <{}{}>", tag.handle(), tag.suffix())
    })
}
