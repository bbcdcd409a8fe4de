//! The documents of a text.

use super::cursor::Reader;
use super::event::{Event, Halt};
use super::level::Site;

impl Reader<'_> {
    /// Reads the whole text.
    pub(super) fn stream(&mut self) -> Result<(), Halt> {
        self.characters()?;
        self.pass_indent();
        loop {
            let directives = self.prologue()?;
            if self.peek() == 0 && !directives {
                return Ok(());
            }
            let explicit = self.is_document_start();
            if directives && !explicit {
                return Err(self.fail("`---` is expected behind a directive"));
            }
            let from = self.spot();
            self.at += if explicit { 3 } else { 0 };
            self.tell(Event::Document, from, self.at)?;
            self.document(!explicit)?;
            self.skip();
            if !self.is_over() {
                return Err(self.fail("nothing may stand here; the document has ended"));
            }
        }
    }

    /// Control characters have no place in a text; neither has 0, which stands for
    /// its end from here on.
    fn characters(&mut self) -> Result<(), Halt> {
        let is_control =
            |byte: &u8| *byte < b' ' && !matches!(byte, b'\t' | b'\n' | b'\r') || *byte == 0x7F;
        let Some(wrong) = self.text.bytes().position(|byte| is_control(&byte)) else {
            return Ok(());
        };
        while self.at < wrong {
            if matches!(self.peek(), b'\n' | b'\r') {
                self.pass_break();
            } else {
                self.at += 1;
            }
        }
        self.at = wrong;
        Err(self.fail("a control character has to be written as an escape in double quotes"))
    }

    /// What stands before a document; whether there are directives.
    fn prologue(&mut self) -> Result<bool, Halt> {
        self.handles.clear();
        let mut directives = false;
        let mut versions = 0;
        loop {
            if self.slice(self.at, self.at + 3) == "\u{feff}" {
                self.at += 3;
                self.line_start = self.at;
                self.pass_indent();
            }
            self.skip();
            if self.at == self.line_start && self.peek() == b'%' {
                directives = true;
                self.directive(&mut versions)?;
            } else if self.is_document_end() && !directives {
                self.at += 3;
                let line = self.line;
                self.skip();
                if self.line == line && self.peek() != 0 {
                    return Err(self.fail("nothing may stand behind `...` on its line"));
                }
            } else {
                return Ok(directives);
            }
        }
    }

    fn document(&mut self, compact: bool) -> Result<(), Halt> {
        self.node(Site {
            indent: -1,
            compact,
            dash: false,
            tab: false,
            key: false,
        })?;
        while let Some(level) = self.open.last().copied() {
            if level.kind.is_flow() {
                self.flow(level)?;
            } else {
                self.block(level)?;
            }
        }
        Ok(())
    }
}
