//! Block collections: what indentation says.

use super::cursor::{Reader, is_end, is_space};
use super::event::{Event, Halt, Props, Spot, Style};
use super::level::{Due, Kind, Level, Site};

const NO_KEY_HERE: &str =
    "a mapping cannot begin on this line; where `: ` is part of a text, put that in quotes";
const NO_SEQUENCE_HERE: &str = "a sequence cannot begin on this line";
const NO_COLON: &str = "`: ` is expected behind this, for it stands where a key belongs";
pub(super) const TAB: &str = "a tab cannot indent; use spaces";

impl Reader<'_> {
    /// Whether that indicator stands here, with white space behind it.
    pub(super) fn is_indicator(&self, byte: u8) -> bool {
        self.peek() == byte && is_space(self.ahead(1))
    }

    pub(super) fn push(&mut self, kind: Kind, due: Due, from: Spot) {
        let indent = from.at as isize - self.line_start as isize;
        self.open.push(Level {
            kind,
            due,
            indent,
            from,
        });
    }

    pub(super) fn set_due(&mut self, due: Due) {
        if let Some(level) = self.open.last_mut() {
            level.due = due;
        }
    }

    /// A node that is not there, which is null.
    pub(super) fn empty(&mut self, at: Spot) -> Result<(), Halt> {
        self.tell(Event::Scalar("", Style::Plain), at, at.at)
    }

    /// The beginning of a collection that no bracket opens. It has the properties
    /// on the lines above; the others are its first entry's.
    pub(super) fn begin(
        &mut self,
        event: Event<'_>,
        kind: Kind,
        due: Due,
        from: Spot,
    ) -> Result<(), Halt> {
        let own = std::mem::replace(&mut self.props, std::mem::take(&mut self.outer));
        self.tell(event, from, from.at)?;
        self.props = own;
        self.push(kind, due, from);
        Ok(())
    }

    pub(super) fn close(&mut self) -> Result<(), Halt> {
        self.open.pop();
        let at = self.spot();
        self.tell(Event::End, at, at.at)
    }

    /// Goes on in the innermost collection, which is a block.
    pub(super) fn block(&mut self, level: Level) -> Result<(), Halt> {
        let (indent, mapping) = (level.indent, level.kind == Kind::Mapping);
        let after = match level.due {
            Due::Entry | Due::Colon => return self.entry(level),
            Due::Key => Due::Colon,
            _ => Due::Entry,
        };
        self.set_due(after);
        self.node(Site {
            indent,
            compact: level.due != Due::Value,
            dash: mapping,
            tab: false,
            key: false,
        })
    }

    /// Another entry of a block collection, or its end.
    fn entry(&mut self, level: Level) -> Result<(), Halt> {
        self.skip();
        let over = self.is_over();
        if !over && self.at != self.margin {
            return Err(
                self.fail(if self.has_tab(self.line_start) && self.is_first() {
                    TAB
                } else {
                    "nothing else may stand behind a value on its line"
                }),
            );
        }
        let column = if over { -1 } else { self.column() };
        if column > level.indent {
            return Err(self.fail("this line is indented more than the ones it belongs to"));
        }
        let ends = column < level.indent
            || level.kind == Kind::Sequence && !self.is_indicator(b'-') && self.is_indentless();
        if level.due == Due::Colon && (ends || !self.is_indicator(b':')) {
            let at = self.spot();
            self.empty(at)?;
            self.set_due(Due::Entry);
        }
        if ends {
            return self.close();
        }
        let due = match self.peek() {
            b'-' if level.kind == Kind::Sequence && self.is_indicator(b'-') => Due::Compact,
            _ if level.kind == Kind::Sequence => {
                return Err(self.fail("`- ` is expected, as before the other items"));
            }
            b'?' if self.is_indicator(b'?') => Due::Key,
            b':' if self.is_indicator(b':') && level.due == Due::Colon => Due::Compact,
            _ => {
                return self.node(Site {
                    indent: level.indent,
                    compact: true,
                    dash: false,
                    tab: false,
                    key: true,
                });
            }
        };
        self.at += 1;
        self.set_due(due);
        Ok(())
    }

    /// Whether nothing but white space stands before the next byte on its line.
    fn is_first(&self) -> bool {
        let before = self.text.as_bytes().get(self.margin..self.at);
        before
            .unwrap_or_default()
            .iter()
            .all(|byte| is_space(*byte))
    }

    /// Whether the innermost collection is indented no more than the mapping it is in.
    fn is_indentless(&self) -> bool {
        match self.open.as_slice() {
            [.., outer, inner] => outer.indent == inner.indent,
            _ => false,
        }
    }

    /// A node in a block.
    pub(super) fn node(&mut self, site: Site) -> Result<(), Halt> {
        self.site = site;
        self.outer = Props::default();
        // Where it is if it is not there: at what announces it.
        let mut home = self.spot();
        if home.column > 1 {
            home.column -= 1;
            home.at -= 1;
        }
        loop {
            let (line, mut blanks) = (self.line, self.at);
            self.skip();
            let mut ends = self.is_over();
            if self.line != line {
                self.site.compact = true;
                blanks = self.line_start;
                let indent = self.indent();
                let dash = site.dash && indent == site.indent && self.is_indicator(b'-');
                if !ends && indent <= site.indent && !dash {
                    if self.at != self.margin {
                        return Err(self.fail(TAB));
                    }
                    ends = true;
                }
            }
            if ends {
                self.props = self.outer;
                return self.empty(home);
            }
            self.site.tab = self.has_tab(blanks);
            if self.site.tab && self.line == line && site.dash {
                self.site.compact = false;
            }
            let from = self.spot();
            self.read_props()?;
            if !(is_end(self.peek()) || self.is_comment()) {
                return self.content(from);
            }
            if site.key {
                return Err(self.fail_at(from, NO_COLON));
            }
            self.join()?;
            self.outer = std::mem::take(&mut self.props);
            home = from;
        }
    }

    /// A node whose properties have been read; the first of them on its line, or
    /// itself, stands at `from`.
    fn content(&mut self, from: Spot) -> Result<(), Halt> {
        let byte = self.peek();
        let alone = is_space(self.ahead(1));
        match byte {
            b'-' | b'?' if alone => {
                let sequence = byte == b'-';
                let allowed = self.site.compact && !self.site.tab && !self.site.key;
                if !allowed || from.at != self.at {
                    let reason = if sequence {
                        NO_SEQUENCE_HERE
                    } else {
                        NO_KEY_HERE
                    };
                    return Err(self.fail(reason));
                }
                if sequence {
                    self.begin(Event::Sequence, Kind::Sequence, Due::Compact, from)?;
                } else {
                    self.begin(Event::Mapping, Kind::Mapping, Due::Key, from)?;
                }
                self.at += 1;
                Ok(())
            }
            b'[' | b'{' => {
                self.base = (self.outer, self.props);
                self.props = self.props.or(self.outer);
                self.outer = Props::default();
                self.open_flow(from)
            }
            b'|' | b'>' => {
                if self.site.key {
                    return Err(self.fail(NO_COLON));
                }
                self.block_scalar()?;
                self.join()?;
                self.tell_scalar()
            }
            _ => {
                if byte == b':' && alone {
                    self.nothing();
                } else {
                    self.read_scalar(Some(self.site.indent))?;
                }
                if !self.is_key(from)? {
                    self.join()?;
                } else if !self.site.key {
                    self.begin(Event::Mapping, Kind::Mapping, Due::Value, from)?;
                }
                self.tell_scalar()
            }
        }
    }

    /// Whether the node that ended just now is a key; goes past its `:`.
    fn is_key(&mut self, from: Spot) -> Result<bool, Halt> {
        let (end, key) = (self.at, self.site.key);
        self.blanks();
        let colon = self.is_indicator(b':');
        if !colon {
            if key {
                return Err(self.fail_at(from, NO_COLON));
            }
            self.at = end;
        } else if from.line != self.line {
            return Err(self.fail("a key has to stand on one line, with its `:`"));
        } else if !self.site.compact {
            return Err(self.fail(NO_KEY_HERE));
        } else {
            self.at += 1;
            if key {
                self.set_due(Due::Value);
            }
        }
        Ok(colon)
    }

    /// The outermost flow collection has ended.
    pub(super) fn end_base(&mut self, from: Spot) -> Result<(), Halt> {
        let (outer, own) = self.base;
        if self.is_key(from)? && !self.site.key {
            self.outer = outer;
            return self.begin(Event::Key, Kind::Mapping, Due::Value, from);
        }
        (self.outer, self.props) = (outer, own);
        self.join()?;
        self.props = Props::default();
        Ok(())
    }
}
