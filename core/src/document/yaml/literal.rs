//! Block scalars: `|` and `>`.

use super::block::TAB;
use super::cursor::{Reader, is_blank, is_end};
use super::event::{Halt, Spot, Style};
use super::scalar::Scalar;

/// What becomes of the line breaks at the end of a block scalar.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Chomping {
    Strip,
    Clip,
    Keep,
}

/// The lines of a block scalar.
#[derive(Default)]
struct Lines {
    /// Where the first begins and the last ends.
    extent: Option<(Spot, usize)>,
    /// The line breaks at their end.
    breaks: usize,
}

impl Reader<'_> {
    /// Reads a block scalar: YAML 1.2.2, section 8.1.
    pub(super) fn block_scalar(&mut self) -> Result<(), Halt> {
        let header = self.spot();
        let style = if self.peek() == b'|' {
            Style::Literal
        } else {
            Style::Folded
        };
        let (chomping, deeper) = self.block_header()?;
        let end = self.at;
        self.scratch.clear();
        let lines = if self.peek() == 0 {
            Lines::default()
        } else {
            self.block_lines(style, deeper)?
        };
        match chomping {
            Chomping::Strip => {}
            Chomping::Clip => self.break_lines(usize::from(lines.extent.is_some())),
            Chomping::Keep => self.break_lines(lines.breaks),
        }
        let (from, to) = lines.extent.unwrap_or((header, end));
        self.scalar = Scalar {
            from,
            to,
            text: None,
            style: Some(style),
        };
        Ok(())
    }

    /// The lines of a block scalar, but for the breaks at their end.
    fn block_lines(&mut self, style: Style, deeper: isize) -> Result<Lines, Halt> {
        let outer = self.site.indent;
        let mut lines = Lines::default();
        let mut indent = outer.max(0) + deeper;
        self.pass_break();
        if self.peek() == b'\t' && self.indent() == 0 {
            return Err(self.fail(TAB));
        }
        if deeper == 0 {
            (indent, lines.breaks) = self.first_indent(outer)?;
        }
        // Whether the line before begins with white space.
        let mut after_spaced = true;
        while self.next_block_line(indent, &mut lines.breaks) {
            let from = self.spot();
            let spaced = is_blank(self.peek());
            if style == Style::Folded && !after_spaced && !spaced {
                self.fold(lines.breaks);
            } else {
                self.break_lines(lines.breaks);
            }
            self.pass_line();
            self.copy(from.at);
            let first = lines.extent.map_or(from, |(first, _)| first);
            lines.extent = Some((first, self.at));
            after_spaced = spaced;
            // The end of the text ends a line too.
            lines.breaks = 1;
            if self.peek() == 0 {
                break;
            }
            self.pass_break();
        }
        Ok(lines)
    }

    /// The line of a block scalar behind `|` or `>`: chomping and indentation.
    fn block_header(&mut self) -> Result<(Chomping, isize), Halt> {
        let (mut chomping, mut deeper) = (None, 0);
        loop {
            self.at += 1;
            match self.peek() {
                b'-' if chomping.is_none() => chomping = Some(Chomping::Strip),
                b'+' if chomping.is_none() => chomping = Some(Chomping::Keep),
                digit @ b'1'..=b'9' if deeper == 0 => deeper = (digit - b'0').into(),
                _ => break,
            }
        }
        self.blanks();
        if self.is_comment() {
            self.pass_line();
        }
        if !is_end(self.peek()) {
            return Err(self.fail("the text of a block begins on the next line"));
        }
        Ok((chomping.unwrap_or(Chomping::Clip), deeper))
    }

    /// Goes past blank lines to the one that says how far a block scalar is
    /// indented; that, and how many lines were passed.
    fn first_indent(&mut self, outer: isize) -> Result<(isize, usize), Halt> {
        let (mut widest, mut breaks) = (0, 0);
        while is_end(self.peek()) && self.peek() != 0 {
            widest = widest.max(self.indent());
            self.pass_break();
            breaks += 1;
        }
        let indent = self.indent();
        if indent > outer && indent < widest && !self.is_over() {
            return Err(self.fail("a blank line before this one has more spaces than it"));
        }
        Ok((indent.max(outer + 1), breaks))
    }

    /// Goes past blank lines to the next line of a block scalar, if there is one.
    fn next_block_line(&mut self, indent: isize, breaks: &mut usize) -> bool {
        while is_end(self.peek()) && self.indent() <= indent {
            if self.peek() == 0 {
                // Nothing but a line of spaces is a blank line, even if it does not end.
                *breaks = (*breaks).max(usize::from(self.indent() > 0));
                return false;
            }
            self.pass_break();
            *breaks += 1;
        }
        if self.indent() < indent {
            return false;
        }
        self.at = self.line_start + indent as usize;
        !self.is_over()
    }
}
