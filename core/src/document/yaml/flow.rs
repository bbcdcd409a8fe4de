//! Flow collections: `[…]` and `{…}`.

use super::block::TAB;
use super::cursor::{Reader, is_space};
use super::event::{Event, Halt, Spot, Style};
use super::level::{Due, Kind, Level};

impl Reader<'_> {
    /// The beginning of a flow collection, whose first property stands at `from`.
    pub(super) fn open_flow(&mut self, from: Spot) -> Result<(), Halt> {
        let at = self.spot();
        let (event, kind) = if self.peek() == b'[' {
            (Event::Sequence, Kind::FlowSequence)
        } else {
            (Event::Mapping, Kind::FlowMapping)
        };
        self.at += 1;
        self.tell(event, at, self.at)?;
        self.push(kind, Due::Entry, from);
        Ok(())
    }

    /// Goes on in the innermost collection, which is a flow collection.
    pub(super) fn flow(&mut self, level: Level) -> Result<(), Halt> {
        self.skip_in_flow(level.from)?;
        let byte = self.peek();
        match level.due {
            Due::Comma if level.kind == Kind::Pair => self.close(),
            Due::Entry | Due::Comma if matches!(byte, b']' | b'}') => self.end_flow(level, byte),
            Due::Comma if byte == b',' => {
                self.at += 1;
                self.set_due(Due::Entry);
                Ok(())
            }
            Due::Comma => {
                let line = level.from.line.to_string();
                let reason = [
                    "`,` or the closing bracket is expected in what began on line ",
                    &line,
                ];
                Err(self.fail(&reason.concat()))
            }
            Due::Entry if byte == b',' => Err(self.fail("a value is expected before this comma")),
            Due::Entry if self.is_indicator(b'?') => self.explicit_key(level),
            Due::Entry if level.kind == Kind::FlowSequence => self.flow_node(Due::Comma, true),
            Due::Entry | Due::Key => self.flow_node(Due::Colon, false),
            Due::Colon if self.is_colon() => {
                if self.at == self.margin && self.indent() <= self.site.indent {
                    return Err(
                        self.fail("this `:` has to be indented more, or stand behind its key")
                    );
                }
                self.at += 1;
                self.set_due(Due::Value);
                Ok(())
            }
            Due::Colon => {
                self.set_due(Due::Comma);
                let at = self.spot();
                self.empty(at)
            }
            Due::Value | Due::Compact => self.flow_node(Due::Comma, false),
        }
    }

    /// Goes to what comes next in a flow collection that began there.
    fn skip_in_flow(&mut self, open: Spot) -> Result<(), Halt> {
        let line = self.line;
        self.skip();
        if self.is_over() {
            return Err(self.fail_at(open, "what begins here is never closed"));
        }
        let after_tab = self.line != line && self.at != self.margin;
        if after_tab && self.indent() <= self.site.indent {
            return Err(self.fail(TAB));
        }
        Ok(())
    }

    /// Whether the `:` behind a key stands here. It needs no white space behind it
    /// where a quote or bracket ends the key.
    fn is_colon(&self) -> bool {
        let next = self.ahead(1);
        self.peek() == b':' && (self.json || is_space(next) || matches!(next, b',' | b']' | b'}'))
    }

    /// Whether `:` follows on the line that the node began on; goes past it.
    fn is_pair(&mut self, from: Spot) -> bool {
        let end = self.at;
        self.blanks();
        let found = from.line == self.line && self.is_colon();
        self.at = if found { self.at + 1 } else { end };
        found
    }

    fn end_flow(&mut self, level: Level, byte: u8) -> Result<(), Halt> {
        if (byte == b']') != (level.kind == Kind::FlowSequence) {
            return Err(self.fail("another bracket than this one is open"));
        }
        self.at += 1;
        self.close()?;
        self.json = true;
        match self.open.last() {
            Some(outer) if outer.kind == Kind::FlowSequence => {
                if self.is_pair(level.from) {
                    self.begin(Event::Key, Kind::Pair, Due::Value, level.from)?;
                }
                Ok(())
            }
            Some(outer) if outer.kind.is_flow() => Ok(()),
            _ => self.end_base(level.from),
        }
    }

    /// `? ` in a flow collection.
    fn explicit_key(&mut self, level: Level) -> Result<(), Halt> {
        let from = self.spot();
        self.at += 1;
        if level.kind == Kind::FlowMapping {
            self.set_due(Due::Key);
            return Ok(());
        }
        self.set_due(Due::Comma);
        self.begin(Event::Mapping, Kind::Pair, Due::Key, from)
    }

    /// A node in a flow collection; an item is a mapping where `:` follows.
    fn flow_node(&mut self, next: Due, item: bool) -> Result<(), Halt> {
        self.set_due(next);
        self.json = false;
        let from = self.spot();
        self.read_props()?;
        while matches!(self.peek(), b'\n' | b'\r' | b'#' | b'&' | b'!') {
            let at = self.at;
            self.skip_in_flow(from)?;
            self.read_props()?;
            if self.at == at {
                break;
            }
        }
        match self.peek() {
            b'[' | b'{' => return self.open_flow(from),
            b',' | b']' | b'}' => self.nothing(),
            b':' if self.is_colon() => self.nothing(),
            _ => self.read_scalar(None)?,
        }
        self.json = matches!(self.scalar.style, Some(Style::Single | Style::Double));
        if item && self.is_pair(from) {
            self.begin(Event::Mapping, Kind::Pair, Due::Value, from)?;
        }
        self.tell_scalar()
    }
}
