//! Plain and quoted scalars, and aliases.

use super::cursor::{Reader, is_blank, is_end, is_space};
use super::event::{Event, Halt, Spot, Style};
use super::props::is_flow_indicator;

/// A scalar or alias that has been read but not told yet.
#[derive(Default)]
pub(super) struct Scalar {
    pub(super) from: Spot,
    pub(super) to: usize,
    /// Where its text stands; nowhere where it is in [`Reader::scratch`].
    pub(super) text: Option<(usize, usize)>,
    /// Nothing for an alias.
    pub(super) style: Option<Style>,
}

impl Reader<'_> {
    /// A node that is not there.
    pub(super) fn nothing(&mut self) {
        self.scalar = Scalar {
            from: self.spot(),
            to: self.at,
            text: Some((self.at, self.at)),
            style: Some(Style::Plain),
        };
    }

    /// Tells of the scalar that has been read.
    pub(super) fn tell_scalar(&mut self) -> Result<(), Halt> {
        let scratch = std::mem::take(&mut self.scratch);
        let Scalar {
            from,
            to,
            text,
            style,
        } = self.scalar;
        let text = match text {
            Some((from, to)) => self.slice(from, to),
            None => &scratch,
        };
        let event = match style {
            Some(style) => Event::Scalar(text, style),
            None if self.props.anchor.is_some() || self.props.tag.is_some() => {
                let reason = "an alias can have no anchor or tag of its own";
                return Err(self.fail_at(from, reason));
            }
            None => Event::Alias(text),
        };
        self.tell(event, from, to)?;
        self.scratch = scratch;
        Ok(())
    }

    /// Reads a scalar in a block of that indentation, or in a flow collection.
    pub(super) fn read_scalar(&mut self, block: Option<isize>) -> Result<(), Halt> {
        let from = self.spot();
        self.scratch.clear();
        let (style, text) = match self.peek() {
            b'*' => {
                self.at += 1;
                if self.name().is_empty() {
                    return Err(self.fail_at(from, "an alias needs a name"));
                }
                (None, Some((from.at + 1, self.at)))
            }
            quote @ (b'"' | b'\'') => {
                let text = self.quoted(quote)?;
                (
                    Some(if quote == b'"' {
                        Style::Double
                    } else {
                        Style::Single
                    }),
                    text,
                )
            }
            _ => (Some(Style::Plain), self.plain(block)?),
        };
        self.scalar = Scalar {
            from,
            to: self.at,
            text,
            style,
        };
        Ok(())
    }

    /// Takes the text from there up to here.
    pub(super) fn copy(&mut self, from: usize) {
        let text = self.slice(from, self.at);
        self.scratch.push_str(text);
    }

    /// Goes past a line break, blank lines and the indentation behind them; how many
    /// lines ended.
    fn pass_breaks(&mut self) -> usize {
        let line = self.line;
        while is_space(self.peek()) && self.peek() != 0 {
            if is_blank(self.peek()) {
                self.at += 1;
            } else {
                self.pass_break();
            }
        }
        (self.line - line) as usize
    }

    /// Folds line breaks: one is a space, of more all but the first stay.
    pub(super) fn fold(&mut self, breaks: usize) {
        if breaks == 1 {
            self.scratch.push(' ');
        }
        self.break_lines(breaks.saturating_sub(1));
    }

    pub(super) fn break_lines(&mut self, count: usize) {
        for _ in 0..count {
            self.scratch.push('\n');
        }
    }

    /// A plain scalar: where its text stands, if it is all on one line.
    fn plain(&mut self, block: Option<isize>) -> Result<Option<(usize, usize)>, Halt> {
        let flow = block.is_none();
        let (start, next) = (self.at, self.ahead(1));
        let begins = match self.peek() {
            b'-' | b':' => self.is_plain(next, flow),
            b'?' => !is_space(next),
            b'#' | b'&' | b'*' | b'!' | b'|' | b'>' | b'\'' | b'"' | b'%' | b'@' | b'`' => false,
            b',' | b'[' | b']' | b'{' | b'}' => false,
            _ => !self.slice(start, start + 3).starts_with('\u{feff}'),
        };
        if !begins {
            return Err(self.fail("a value cannot begin with this character; put it in quotes"));
        }
        self.plain_line(flow);
        let (mut from, mut end) = (start, self.at);
        loop {
            let (line, line_start, margin) = (self.line, self.line_start, self.margin);
            let breaks = self.pass_breaks();
            let goes_on = breaks > 0
                && !self.is_over()
                && block.is_none_or(|indent| self.indent() > indent)
                && self.peek() != b'#'
                && self.is_plain_here(flow);
            if !goes_on {
                (self.at, self.line, self.line_start, self.margin) =
                    (end, line, line_start, margin);
                break;
            }
            let text = self.slice(from, end);
            self.scratch.push_str(text);
            self.fold(breaks);
            from = self.at;
            self.plain_line(flow);
            end = self.at;
        }
        if from == start {
            return Ok(Some((start, end)));
        }
        self.copy(from);
        Ok(None)
    }

    /// Whether a plain scalar may hold this byte, behind `:` for one.
    fn is_plain(&self, byte: u8, flow: bool) -> bool {
        !(is_space(byte) || flow && is_flow_indicator(byte))
    }

    /// Whether the next byte may stand in a plain scalar.
    fn is_plain_here(&self, flow: bool) -> bool {
        self.is_plain(self.peek(), flow)
            && (self.peek() != b':' || self.is_plain(self.ahead(1), flow))
    }

    /// Goes to the end of a plain scalar on its line, without the blanks behind it.
    fn plain_line(&mut self, flow: bool) {
        let mut end = self.at;
        loop {
            let byte = self.peek();
            if is_blank(byte) {
                self.at += 1;
                continue;
            }
            if !self.is_plain_here(flow) || byte == b'#' && end != self.at {
                break;
            }
            self.at += 1;
            end = self.at;
        }
        self.at = end;
    }

    /// A scalar in quotes: where its text stands, if it is the same as it is written.
    fn quoted(&mut self, quote: u8) -> Result<Option<(usize, usize)>, Halt> {
        let open = self.spot();
        self.at += 1;
        let (start, mut from) = (self.at, self.at);
        loop {
            let byte = self.peek();
            match byte {
                0 => return Err(self.fail_at(open, "this quote is never closed")),
                b'\'' if quote == b'\'' && self.ahead(1) == b'\'' => {
                    self.at += 1;
                    self.copy(from);
                    self.at += 1;
                    from = self.at;
                }
                _ if byte == quote => break,
                b'\\' if quote == b'"' => {
                    self.copy(from);
                    self.escape(open)?;
                    from = self.at;
                }
                b' ' | b'\t' | b'\n' | b'\r' => {
                    let end = self.at;
                    self.blanks();
                    if is_end(self.peek()) && self.peek() != 0 {
                        let text = self.slice(from, end);
                        self.scratch.push_str(text);
                        let breaks = self.quoted_breaks(open)?;
                        self.fold(breaks);
                        from = self.at;
                    }
                }
                _ => self.at += 1,
            }
        }
        let end = self.at;
        if from != start {
            self.copy(from);
        }
        self.at += 1;
        Ok((from == start).then_some((start, end)))
    }

    /// Goes past line breaks in quotes; how many. The lines may be indented less than
    /// the rule says, as in other readers.
    fn quoted_breaks(&mut self, open: Spot) -> Result<usize, Halt> {
        let breaks = self.pass_breaks();
        if self.is_document_start() || self.is_document_end() {
            return Err(self.fail_at(open, "this quote is never closed"));
        }
        Ok(breaks)
    }

    /// An escape in double quotes: YAML 1.2.2, section 5.7.
    fn escape(&mut self, open: Spot) -> Result<(), Halt> {
        let at = self.spot();
        self.at += 1;
        let byte = self.peek();
        if is_end(byte) && byte != 0 {
            let breaks = self.quoted_breaks(open)?;
            self.break_lines(breaks - 1);
            return Ok(());
        }
        self.at += 1;
        let code = match byte {
            b'0' => Some(0),
            b'a' => Some(7),
            b'b' => Some(8),
            b't' | b'\t' => Some(9),
            b'n' => Some(10),
            b'v' => Some(11),
            b'f' => Some(12),
            b'r' => Some(13),
            b'e' => Some(27),
            b' ' | b'"' | b'/' | b'\\' => Some(byte.into()),
            b'N' => Some(0x85),
            b'_' => Some(0xA0),
            b'L' => Some(0x2028),
            b'P' => Some(0x2029),
            b'x' => self.hex(2),
            b'u' => self.hex(4),
            b'U' => self.hex(8),
            _ => None,
        };
        match code.and_then(char::from_u32) {
            Some(c) => {
                self.scratch.push(c);
                Ok(())
            }
            None => Err(self.fail_at(
                at,
                "there is no such escape; in single quotes `\\` is itself",
            )),
        }
    }

    /// So many hexadecimal digits.
    fn hex(&mut self, digits: usize) -> Option<u32> {
        let mut code = 0;
        for _ in 0..digits {
            let digit = char::from(self.peek()).to_digit(16)?;
            code = code << 4 | digit;
            self.at += 1;
        }
        Some(code)
    }
}
