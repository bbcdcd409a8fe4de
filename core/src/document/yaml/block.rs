//! Block collections: what indentation says.

use super::cursor::{Reader, is_end, is_space};
use super::event::{Event, Halt, Props, Spot, Style};
use super::level::{Base, Due, Kind, Level, Site};

const NO_KEY_HERE: &str =
    "a mapping cannot begin on this line; where `: ` is part of a text, put that in quotes";
const NO_COLON: &str = "`: ` is expected behind this, for it stands where a key belongs";
pub(super) const TAB: &str = "a tab cannot indent; use spaces";

impl<'a> Reader<'a> {
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
    pub(super) fn empty(&mut self, props: Props<'a>, at: Spot) -> Result<(), Halt> {
        self.tell(Event::Scalar("", Style::Plain), props, at, at.at)
    }

    pub(super) fn close(&mut self) -> Result<(), Halt> {
        self.open.pop();
        let at = self.spot();
        self.tell(Event::End, Props::default(), at, at.at)
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
            key: false,
        })
    }

    /// Another entry of a block collection, or its end.
    fn entry(&mut self, level: Level) -> Result<(), Halt> {
        self.skip();
        let over = self.is_over();
        if !over && self.at != self.margin {
            return self.fail(if self.has_tab(self.line_start) && self.is_first() {
                TAB
            } else {
                "nothing else may stand behind a value on its line"
            });
        }
        let column = if over { -1 } else { self.column() };
        if column > level.indent {
            return self.fail("this line is indented more than the ones it belongs to");
        }
        let ends = column < level.indent
            || level.kind == Kind::Sequence && !self.is_indicator(b'-') && self.is_indentless();
        if level.due == Due::Colon && (ends || !self.is_indicator(b':')) {
            let at = self.spot();
            self.empty(Props::default(), at)?;
            self.set_due(Due::Entry);
        }
        if ends {
            return self.close();
        }
        let due = match self.peek() {
            b'-' if level.kind == Kind::Sequence && self.is_indicator(b'-') => Due::Compact,
            _ if level.kind == Kind::Sequence => {
                return self.fail("`- ` is expected, as before the other items");
            }
            b'?' if self.is_indicator(b'?') => Due::Key,
            b':' if self.is_indicator(b':') && level.due == Due::Colon => Due::Compact,
            _ => {
                return self.node(Site {
                    indent: level.indent,
                    compact: true,
                    dash: false,
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
    pub(super) fn node(&mut self, mut site: Site) -> Result<(), Halt> {
        let mut outer = Props::default();
        // Where it is if it is not there: at what announces it.
        let mut home = self.spot();
        if home.column > 1 {
            home.column -= 1;
            home.at -= 1;
        }
        loop {
            let (line, mut from) = (self.line, self.at);
            self.skip();
            if self.line != line {
                site.compact = true;
                from = self.line_start;
            }
            if self.is_over() {
                return self.empty(outer, home);
            }
            let indent = self.indent();
            if self.line != line
                && indent <= site.indent
                && !(site.dash && indent == site.indent && self.is_indicator(b'-'))
            {
                if self.at != self.margin {
                    return self.fail(TAB);
                }
                return self.empty(outer, home);
            }
            site.compact &= !self.has_tab(from);
            let from = self.spot();
            let props = self.props()?;
            if !(is_end(self.peek()) || self.is_comment()) {
                return self.content(site, from, outer, props);
            }
            if site.key {
                return self.fail_at(from, NO_COLON);
            }
            outer = self.merged(outer, props)?;
            home = from;
        }
    }

    /// A node whose properties have been read: those on lines above, and those on
    /// its own line, which are its key's where it begins a mapping.
    fn content(
        &mut self,
        site: Site,
        from: Spot,
        outer: Props<'a>,
        props: Props<'a>,
    ) -> Result<(), Halt> {
        let byte = self.peek();
        let alone = is_space(self.ahead(1));
        match byte {
            b'-' | b'?' if alone => {
                if !site.compact || site.key || from.at != self.at {
                    return self.fail(if byte == b'-' {
                        "a sequence cannot begin on this line"
                    } else {
                        NO_KEY_HERE
                    });
                }
                let (event, kind, due) = if byte == b'-' {
                    (Event::Sequence, Kind::Sequence, Due::Compact)
                } else {
                    (Event::Mapping, Kind::Mapping, Due::Key)
                };
                self.tell(event, outer, from, from.at)?;
                self.push(kind, due, from);
                self.at += 1;
                Ok(())
            }
            b'[' | b'{' => {
                self.base = Base {
                    site,
                    outer,
                    props,
                    from,
                };
                let props = props.or(outer);
                self.open_flow(from, props)
            }
            b'|' | b'>' => {
                if site.key {
                    return self.fail(NO_COLON);
                }
                let props = self.merged(outer, props)?;
                self.block_scalar(site.indent, props)
            }
            _ => self.line_node(site, from, outer, props),
        }
    }

    /// A scalar in one line or several, or an alias; the first key of a mapping,
    /// where `: ` follows.
    fn line_node(
        &mut self,
        site: Site,
        from: Spot,
        outer: Props<'a>,
        props: Props<'a>,
    ) -> Result<(), Halt> {
        let scalar = if self.is_indicator(b':') {
            self.nothing()
        } else {
            self.scalar(Some(site.indent))?
        };
        if self.is_key(site, from)? {
            if !site.key {
                self.tell(Event::Mapping, outer, from, from.at)?;
                self.push(Kind::Mapping, Due::Value, from);
            }
            return self.tell_scalar(scalar, props);
        }
        let props = self.merged(outer, props)?;
        self.tell_scalar(scalar, props)
    }

    /// Whether the node that ended just now is a key; goes past its `:`.
    fn is_key(&mut self, site: Site, from: Spot) -> Result<bool, Halt> {
        let end = self.at;
        self.blanks();
        if !self.is_indicator(b':') {
            if site.key {
                return self.fail_at(from, NO_COLON);
            }
            self.at = end;
            return Ok(false);
        }
        if from.line != self.line {
            return self.fail("a key has to stand on one line, with its `:`");
        }
        if !site.compact {
            return self.fail(NO_KEY_HERE);
        }
        self.at += 1;
        if site.key {
            self.set_due(Due::Value);
        }
        Ok(true)
    }

    /// The outermost flow collection has ended.
    pub(super) fn end_base(&mut self) -> Result<(), Halt> {
        let base = self.base;
        if !self.is_key(base.site, base.from)? || base.site.key {
            return self.merged(base.outer, base.props).map(drop);
        }
        self.tell(Event::Key, base.outer, base.from, base.from.at)?;
        self.push(Kind::Mapping, Due::Value, base.from);
        Ok(())
    }
}
