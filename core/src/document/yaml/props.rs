//! Anchors, tags and directives.

use super::cursor::{Reader, is_space};
use super::event::{Halt, Props, Tag, split};

/// What `!!` stands for.
pub(super) const CORE: &str = "tag:yaml.org,2002:";

/// More tag handles than anybody needs.
const MAX_HANDLES: usize = 64;

pub(super) fn is_flow_indicator(byte: u8) -> bool {
    matches!(byte, b',' | b'[' | b']' | b'{' | b'}')
}

impl<'a> Reader<'a> {
    /// What stands up to the next white space or flow indicator.
    pub(super) fn name(&mut self) -> &'a str {
        let from = self.at;
        while !is_space(self.peek()) && !is_flow_indicator(self.peek()) {
            self.at += 1;
        }
        self.slice(from, self.at)
    }

    /// Reads the properties that stand here, on one line, and the blanks behind them.
    pub(super) fn read_props(&mut self) -> Result<(), Halt> {
        loop {
            let mut one = Props::default();
            match self.peek() {
                b'&' => {
                    self.at += 1;
                    one.anchor = Some(self.name());
                    if one.anchor == Some("") {
                        return Err(self.fail("an anchor needs a name"));
                    }
                }
                b'!' => one.tag = Some(self.tag()?),
                _ => return Ok(()),
            }
            let flow = self.open.last().is_some_and(|level| level.kind.is_flow());
            if !(is_space(self.peek()) || flow && is_flow_indicator(self.peek())) {
                return Err(self.fail("white space is expected behind an anchor or tag"));
            }
            let before = std::mem::replace(&mut self.outer, one);
            self.join()?;
            self.outer = before;
            self.blanks();
        }
    }

    /// Takes the properties on the lines above for the node's own.
    pub(super) fn join(&mut self) -> Result<(), Halt> {
        let (one, other) = (std::mem::take(&mut self.outer), self.props);
        self.props = one.or(other);
        if one.anchor.and(other.anchor).is_some() || one.tag.is_some() && other.tag.is_some() {
            return Err(self.fail("a value can have one anchor and one tag, no more"));
        }
        Ok(())
    }

    fn tag(&mut self) -> Result<Tag<'a>, Halt> {
        let at = self.spot();
        let (prefix, written);
        if self.ahead(1) == b'<' {
            while !is_space(self.peek()) && self.peek() != b'>' {
                self.at += 1;
            }
            if self.peek() != b'>' || self.at < at.at + 3 {
                return Err(self.fail_at(at, "a tag that begins with `!<` ends with `>`"));
            }
            self.at += 1;
            (prefix, written) = ("", self.slice(at.at, self.at));
        } else {
            written = self.name();
            let (handle, suffix) = split(written);
            if handle != "!" && suffix.is_empty() {
                return Err(self.fail_at(at, "this tag has no name"));
            }
            let known = self.handles.iter().find(|known| known.0 == handle);
            prefix = match (known, handle) {
                (Some((_, prefix)), _) if written != "!" => prefix,
                (_, "!") => "!",
                (_, "!!") => CORE,
                _ => {
                    let reason = "no `%TAG` says what this tag's handle stands for";
                    return Err(self.fail_at(at, reason));
                }
            };
        }
        Ok(Tag { written, prefix })
    }

    /// The next word of a directive; empty where there is none.
    fn word(&mut self) -> &'a str {
        self.blanks();
        let from = self.at;
        if !self.is_comment() {
            while !is_space(self.peek()) {
                self.at += 1;
            }
        }
        self.slice(from, self.at)
    }

    /// A line that begins with `%`; whether it says the version of YAML.
    pub(super) fn directive(&mut self, versions: &mut usize) -> Result<(), Halt> {
        let at = self.spot();
        let words = [self.word(), self.word(), self.word(), self.word()];
        let wrong = match words {
            ["%YAML", version, "", _] => {
                *versions += 1;
                *versions > 1 || !matches!(version.as_bytes(), [b'1', b'.', b'0'..=b'9'])
            }
            ["%TAG", handle, prefix, ""] => {
                let known = self.handles.iter().any(|known| known.0 == handle);
                self.handles.push((handle, prefix));
                known
                    || prefix.is_empty()
                    || split(handle) != (handle, "")
                    || self.handles.len() > MAX_HANDLES
            }
            ["%YAML" | "%TAG", ..] => true,
            _ => false,
        };
        if wrong {
            return Err(self.fail_at(at, "this directive is malformed, repeated, or of no use"));
        }
        self.pass_line();
        Ok(())
    }
}
