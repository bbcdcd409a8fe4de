//! What the reader finds in a text, and who is told.

/// Reading has ended early; the [`Sink`] knows why.
pub struct Halt;

/// Takes what the reader finds, in the order of the text.
pub trait Sink {
    /// Takes one event; the reader stops where this says so.
    fn event(&mut self, event: Event<'_>, node: &Node<'_>) -> Result<(), Halt>;

    /// Takes what is wrong with the text; it is the last that comes.
    fn fault(&mut self, at: Spot, reason: &str) -> Halt;
}

/// One thing found in a text: YAML 1.2.2, chapter 3.1.
pub enum Event<'e> {
    /// A document begins, with `---` or without.
    Document,
    /// A scalar, folded and unescaped.
    Scalar(&'e str, Style),
    /// An alias of the anchor of that name.
    Alias(&'e str),
    /// An array begins.
    Sequence,
    /// An object begins.
    Mapping,
    /// The innermost array or object ends.
    End,
    /// The flow collection that ended last turns out to be the first key of a
    /// mapping which began just before it; the properties told here are the
    /// mapping's, not the collection's as they were told with that.
    Key,
}

/// How a scalar is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    Plain,
    Single,
    Double,
    Literal,
    Folded,
}

/// What is said about the node that an event is about.
pub struct Node<'a> {
    pub props: Props<'a>,
    pub from: Spot,
    /// The byte where it ends, as far as it has been read.
    pub to: usize,
}

/// The properties of a node.
#[derive(Clone, Copy, Default)]
pub struct Props<'a> {
    pub anchor: Option<&'a str>,
    pub tag: Option<Tag<'a>>,
}

impl Props<'_> {
    /// These, and of the others what is not among them.
    pub fn or(self, others: Self) -> Self {
        Self {
            anchor: self.anchor.or(others.anchor),
            tag: self.tag.or(others.tag),
        }
    }
}

/// A tag.
#[derive(Clone, Copy)]
pub struct Tag<'a> {
    /// As it stands in the text.
    pub written: &'a str,
    /// What its handle stands for; empty for `!<…>`, which has none.
    pub prefix: &'a str,
}

impl<'a> Tag<'a> {
    /// What stands behind the handle, not decoded.
    pub fn suffix(self) -> &'a str {
        let verbatim = self.written.strip_prefix("!<");
        match verbatim.and_then(|rest| rest.strip_suffix('>')) {
            Some(suffix) => suffix,
            None => split(self.written).1,
        }
    }
}

/// A tag's handle, which ends with its last `!`, and what stands behind it.
pub fn split(written: &str) -> (&str, &str) {
    let end = written.bytes().rposition(|byte| byte == b'!');
    written.split_at(end.map_or(0, |at| at + 1))
}

/// A place in the text; the column counts characters. Both begin at 1.
#[derive(Clone, Copy, Default)]
pub struct Spot {
    pub at: usize,
    pub line: u32,
    pub column: u32,
}
