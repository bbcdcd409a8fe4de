//! Where the reader stands in its text.

use super::event::{Event, Halt, Node, Props, Sink, Spot};
use super::level::{Level, Site};
use super::scalar::Scalar;

/// A reader of YAML 1.2.2. It goes through the bytes of a text once, without
/// recursion, and tells what it finds.
pub(super) struct Reader<'a> {
    pub(super) text: &'a str,
    /// The next byte.
    pub(super) at: usize,
    pub(super) line: u32,
    pub(super) line_start: usize,
    /// Where the spaces that indent the line end.
    pub(super) margin: usize,
    /// A byte up to which the characters of the line are counted, and how many.
    counted: (usize, u32),
    /// The collections that are not closed yet.
    pub(super) open: Vec<Level>,
    /// Where the last node in a block stands.
    pub(super) site: Site,
    /// The properties of the next node: those on its own line.
    pub(super) props: Props<'a>,
    /// Those on the lines above, which are a mapping's if the node is its first key.
    pub(super) outer: Props<'a>,
    /// Both, of the outermost flow collection: the outer ones first.
    pub(super) base: (Props<'a>, Props<'a>),
    pub(super) scalar: Scalar,
    /// Whether a quote or bracket ended the last node of a flow collection.
    pub(super) json: bool,
    /// What the handles of tags stand for in this document.
    pub(super) handles: Vec<(&'a str, &'a str)>,
    /// The text of a scalar that is not the same as it is written.
    pub(super) scratch: String,
    out: &'a mut dyn Sink,
}

pub(super) fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

/// Whether a line ends at this byte; the text ends with 0.
pub(super) fn is_end(byte: u8) -> bool {
    matches!(byte, b'\n' | b'\r' | 0)
}

pub(super) fn is_space(byte: u8) -> bool {
    is_blank(byte) || is_end(byte)
}

impl<'a> Reader<'a> {
    pub(super) fn new(text: &'a str, out: &'a mut dyn Sink) -> Self {
        Self {
            text,
            at: 0,
            line: 1,
            line_start: 0,
            margin: 0,
            counted: (0, 0),
            open: Vec::new(),
            site: Site::default(),
            props: Props::default(),
            outer: Props::default(),
            base: Default::default(),
            scalar: Scalar::default(),
            json: false,
            handles: Vec::new(),
            scratch: String::new(),
            out,
        }
    }

    /// The byte so far ahead; 0 where there is none.
    #[inline(never)]
    pub(super) fn ahead(&self, by: usize) -> u8 {
        let byte = self.text.as_bytes().get(self.at + by);
        byte.copied().unwrap_or(0)
    }

    pub(super) fn peek(&self) -> u8 {
        self.ahead(0)
    }

    /// A part of the text.
    #[inline(never)]
    pub(super) fn slice(&self, from: usize, to: usize) -> &'a str {
        self.text.get(from..to).unwrap_or_default()
    }

    /// The column of the next byte, from 0, which is the indentation where only
    /// spaces stand before it.
    pub(super) fn column(&self) -> isize {
        (self.at - self.line_start) as isize
    }

    /// How far spaces indent the line.
    pub(super) fn indent(&self) -> isize {
        (self.margin - self.line_start) as isize
    }

    /// Where the next byte stands.
    #[inline(never)]
    pub(super) fn spot(&mut self) -> Spot {
        let (from, count) = match self.counted {
            (from, count) if (self.line_start..=self.at).contains(&from) => (from, count),
            _ => (self.line_start, 0),
        };
        let bytes = self.text.as_bytes();
        let between = bytes.get(from..self.at).unwrap_or_default();
        let mut count = count;
        for byte in between {
            // Every byte but the later ones of a character.
            count += u32::from(byte & 0xC0 != 0x80);
        }
        self.counted = (self.at, count);
        Spot {
            at: self.at,
            line: self.line,
            column: count + 1,
        }
    }

    /// Whether this many bytes ahead three times this byte stand at a line's
    /// beginning, as a marker between documents.
    fn is_marker_of(&self, byte: u8) -> bool {
        self.at == self.line_start
            && self.peek() == byte
            && self.ahead(1) == byte
            && self.ahead(2) == byte
            && is_space(self.ahead(3))
    }

    pub(super) fn is_document_start(&self) -> bool {
        self.is_marker_of(b'-')
    }

    pub(super) fn is_document_end(&self) -> bool {
        self.is_marker_of(b'.')
    }

    /// Whether the document ends here.
    #[inline(never)]
    pub(super) fn is_over(&self) -> bool {
        self.peek() == 0 || self.is_document_start() || self.is_document_end()
    }

    pub(super) fn blanks(&mut self) {
        while is_blank(self.peek()) {
            self.at += 1;
        }
    }

    /// Goes to the end of the line.
    pub(super) fn pass_line(&mut self) {
        while !is_end(self.peek()) {
            self.at += 1;
        }
    }

    /// Goes past the line break that stands here.
    pub(super) fn pass_break(&mut self) {
        if self.peek() == b'\r' && self.ahead(1) == b'\n' {
            self.at += 1;
        }
        self.at += 1;
        self.line += 1;
        self.line_start = self.at;
        self.pass_indent();
    }

    /// Goes past the spaces that indent the line.
    pub(super) fn pass_indent(&mut self) {
        while self.peek() == b' ' {
            self.at += 1;
        }
        self.margin = self.at;
    }

    /// Whether a comment begins here.
    pub(super) fn is_comment(&self) -> bool {
        self.peek() == b'#'
            && (self.at == self.line_start || is_blank(self.text.as_bytes()[self.at - 1]))
    }

    /// Goes past white space, line breaks and comments.
    #[inline(never)]
    pub(super) fn skip(&mut self) {
        loop {
            match self.peek() {
                b' ' | b'\t' => self.at += 1,
                b'\n' | b'\r' => self.pass_break(),
                b'#' if self.is_comment() => self.pass_line(),
                _ => return,
            }
        }
    }

    /// Whether a tab stands among the white space from there up to here.
    pub(super) fn has_tab(&self, from: usize) -> bool {
        let passed = self.text.as_bytes().get(from..self.at);
        passed.unwrap_or_default().contains(&b'\t')
    }

    /// Tells of a node, with the properties that it has.
    #[inline(never)]
    pub(super) fn tell(&mut self, event: Event<'_>, from: Spot, to: usize) -> Result<(), Halt> {
        let props = std::mem::take(&mut self.props);
        self.out.event(event, &Node { props, from, to })
    }

    /// The text is wrong at the next byte.
    #[cold]
    pub(super) fn fail(&mut self, reason: &str) -> Halt {
        let at = self.spot();
        self.fail_at(at, reason)
    }

    #[cold]
    pub(super) fn fail_at(&mut self, at: Spot, reason: &str) -> Halt {
        self.out.fault(at, reason)
    }
}
