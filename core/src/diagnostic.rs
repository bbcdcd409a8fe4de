//! What every finding and failure tells: code, place, help.

use std::fmt::Write as _;
use std::sync::Arc;

use crate::text::{cut, split};

/// How much a finding matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// A suggestion; nothing is wrong.
    Hint,
    /// It works, but not everywhere or not as its author may think.
    Warning,
    /// It cannot be used as it is.
    Error,
}

impl Severity {
    /// The severity as it is printed: `error`, `warning` or `hint`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Hint => "hint",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// A place in a document.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Location {
    /// The document's name: the URL or path it was read from.
    pub document: Arc<str>,
    /// The JSON Pointer (RFC 6901) of the node; empty for the whole document.
    pub pointer: String,
    /// The line, from 1; 0 where it is not known.
    pub line: u32,
    /// The column, from 1, in characters; 0 where it is not known.
    pub column: u32,
    /// How many characters of that line the node covers, at least 1.
    pub length: u32,
}

impl Location {
    /// Line and column, as another finding tells them.
    pub(crate) fn spot(&self) -> String {
        format!("{}:{}", self.line, self.column)
    }
}

/// A text as it can be shown anywhere: what has no shape of its own, or turns
/// others round, is written as its number.
pub(crate) fn visible(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        let shapeless = matches!(c, '\u{AD}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}'
            | '\u{2060}'..='\u{206F}' | '\u{FEFF}');
        match c {
            '\n' => shown.push_str("\\n"),
            '\r' => shown.push_str("\\r"),
            '\t' => shown.push_str("\\t"),
            _ if shapeless || c.is_control() => {
                let _ = write!(shown, "\\u{{{:x}}}", u32::from(c));
            }
            _ => shown.push(c),
        }
    }
    shown
}

/// An error or finding that can say what it is, where it is and what to do.
pub trait Diagnostic: std::error::Error {
    /// The stable code, `room.kebab-name`.
    fn code(&self) -> &'static str;
    /// How much it matters; an error unless it says otherwise.
    fn severity(&self) -> Severity {
        Severity::Error
    }
    /// Where it is, if that is known.
    fn location(&self) -> Option<Location> {
        None
    }
    /// What to do next.
    fn help(&self) -> Option<String> {
        None
    }
}

/// A diagnostic without its type: what hosts print and hand on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The stable code.
    pub code: &'static str,
    /// How much it matters.
    pub severity: Severity,
    /// What is wrong: lower case, no full stop.
    pub message: String,
    /// What to do next.
    pub help: Option<String>,
    /// Where it is.
    pub location: Option<Location>,
}

impl Report {
    /// Takes down what a diagnostic says.
    pub fn of(diagnostic: &dyn Diagnostic) -> Self {
        Self {
            code: diagnostic.code(),
            severity: diagnostic.severity(),
            message: diagnostic.to_string(),
            help: diagnostic.help(),
            location: diagnostic.location(),
        }
    }

    /// Renders the report as plain text: place, severity, code and message, then
    /// the quoted line of `source` with the place underlined, then the help.
    pub fn render(&self, source: Option<&str>) -> String {
        let mut out = String::new();
        if let Some(place) = &self.location {
            let _ = write!(out, "{}", place.document);
            if place.line > 0 {
                let _ = write!(out, ":{}:{}", place.line, place.column);
            }
            out.push_str(": ");
        }
        let _ = writeln!(
            out,
            "{}[{}]: {}",
            self.severity.as_str(),
            self.code,
            self.message
        );
        if let (Some(place), Some(text)) = (&self.location, source) {
            quote(&mut out, place, text);
        }
        if let Some(help) = &self.help {
            let _ = writeln!(out, "  help: {help}");
        }
        out
    }
}

/// What all findings of one kind say: their code, message and help.
///
/// The texts of each finding are put in at `{0}`, `{1}`, …. Of several sentences,
/// one a line, the first is said whose last text is there, that is, not empty; as
/// message the last one where none is.
pub(crate) struct Wording(pub &'static str, pub &'static str, pub &'static str);

impl Wording {
    /// Says it of one place.
    #[cold]
    pub fn report(&self, severity: Severity, location: Location, texts: &[&str]) -> Report {
        Report {
            severity,
            location: Some(location),
            ..self.say(texts)
        }
    }

    /// Says it as an error that has no place.
    #[cold]
    pub fn say(&self, texts: &[&str]) -> Report {
        let Self(code, message, help) = self;
        Report {
            code,
            severity: Severity::Error,
            message: said(message, texts).unwrap_or_else(|last| last),
            help: said(help, texts).ok().filter(|help| !help.is_empty()),
            location: None,
        }
    }
}

/// The first of the sentences whose last text is there, else the last one as it is.
fn said(sentences: &str, texts: &[&str]) -> Result<String, String> {
    let mut last = String::new();
    for sentence in split(sentences, b"\n") {
        let (said, is_whole) = filled(sentence, texts);
        if is_whole {
            return Ok(said);
        }
        last = said;
    }
    Err(last)
}

/// A sentence with its texts, and whether the last of them is there.
fn filled(sentence: &str, texts: &[&str]) -> (String, bool) {
    let mut said = String::new();
    let mut last = None;
    let mut rest = sentence;
    while let Some((before, after)) = cut(rest, b'{') {
        said.push_str(before);
        match after.as_bytes() {
            [digit @ b'0'..=b'9', b'}', ..] => {
                let number = usize::from(digit - b'0');
                last = last.max(Some(number));
                said.push_str(texts.get(number).copied().unwrap_or_default());
                rest = &after[2..];
            }
            _ => {
                said.push('{');
                rest = after;
            }
        }
    }
    said.push_str(rest);
    let is_there = |last: usize| texts.get(last).is_some_and(|text| !text.is_empty());
    (said, last.is_none_or(is_there))
}

/// Lines longer than this are cut around the place.
const WIDEST_QUOTE: usize = 120;

fn quote(out: &mut String, place: &Location, text: &str) {
    let Some(line) = place
        .line
        .checked_sub(1)
        .and_then(|index| text.lines().nth(index as usize))
    else {
        return;
    };
    let start = place.column.saturating_sub(1) as usize;
    let cut = start.saturating_sub(WIDEST_QUOTE / 2);
    let shown: String = line
        .chars()
        .skip(cut)
        .take(WIDEST_QUOTE)
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    let number = place.line.to_string();
    let gap = " ".repeat(number.len());
    let room = shown.chars().count().saturating_sub(start - cut).max(1);
    let marks = "^".repeat((place.length.max(1) as usize).min(room));
    let _ = writeln!(out, " {gap} |");
    let _ = writeln!(out, " {number} | {}{shown}", if cut > 0 { "…" } else { "" });
    let indent = " ".repeat(start - cut + usize::from(cut > 0));
    let _ = writeln!(out, " {gap} | {indent}{marks}");
}

/// Picks the name nearest to `wanted`, for "did you mean"; none if all are too far.
pub fn nearest<'a>(wanted: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    nearest_of(wanted, &mut names.into_iter())
}

fn nearest_of<'a>(wanted: &str, names: &mut dyn Iterator<Item = &'a str>) -> Option<&'a str> {
    // One further than what is near enough.
    let mut least = (wanted.chars().count() / 3).max(1) + 1;
    let mut found = None;
    for name in names {
        let distance = distance(wanted, name);
        if distance < least {
            (least, found) = (distance, Some(name));
        }
    }
    found
}

/// The edit distance (optimal string alignment) of two names, letter case ignored.
fn distance(left: &str, right: &str) -> usize {
    let letters = |name: &str| -> Vec<char> {
        let letters = name.chars().map(|c| c.to_ascii_lowercase());
        letters.take(64).collect()
    };
    let (left, right) = (letters(left), letters(right));
    let mut before: Vec<usize> = Vec::new();
    let mut row: Vec<usize> = (0..=right.len()).collect();
    for i in 1..=left.len() {
        let mut next = vec![i; right.len() + 1];
        for j in 1..=right.len() {
            let cost = usize::from(left[i - 1] != right[j - 1]);
            next[j] = (row[j] + 1).min(next[j - 1] + 1).min(row[j - 1] + cost);
            if i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1] {
                next[j] = next[j].min(before[j - 2] + 1);
            }
        }
        before = std::mem::replace(&mut row, next);
    }
    row[right.len()]
}

#[cfg(test)]
mod tests {
    use super::{Location, Report, Severity, Wording, nearest, visible};

    #[test]
    fn the_first_sentence_is_said_whose_last_text_is_there() {
        let wording = Wording(
            "link.unknown-step",
            "no `{{0}}` in `{1}`\nno `{0}`",
            "did you mean `{2}`?",
        );
        let said = |texts: &[&str]| {
            let report = wording.report(Severity::Error, Location::default(), texts);
            (report.message, report.help)
        };
        let help = Some("did you mean `{1}`?".to_owned());
        assert_eq!(said(&["a", "b", "{1}"]), ("no `{a}` in `b`".into(), help));
        assert_eq!(said(&["a", "", ""]), ("no `a`".into(), None));
        assert_eq!(said(&["", ""]), ("no ``".into(), None));
    }

    #[test]
    fn what_has_no_shape_is_shown_as_its_number() {
        assert_eq!(visible("Größe `a` \"b\""), "Größe `a` \"b\"");
        assert_eq!(
            visible("a\r\nb\0\u{202E}c\u{FEFF}"),
            r"a\r\nb\u{0}\u{202e}c\u{feff}"
        );
    }

    #[test]
    fn a_report_quotes_the_line_and_underlines_the_place() {
        let report = Report {
            code: "link.unknown-operation",
            severity: Severity::Error,
            message: "no operation `lstPets`".into(),
            help: Some("did you mean `listPets`?".into()),
            location: Some(Location {
                document: "a.yaml".into(),
                pointer: "/a".into(),
                line: 2,
                column: 4,
                length: 7,
            }),
        };
        let text = report.render(Some("x: 1\na: lstPets # why\n"));
        assert_eq!(
            text,
            "a.yaml:2:4: error[link.unknown-operation]: no operation `lstPets`\n   |\n 2 | a: lstPets # why\n   |    ^^^^^^^\n  help: did you mean `listPets`?\n"
        );
    }

    #[test]
    fn the_nearest_name_forgives_swapped_letters_and_letter_case() {
        assert_eq!(
            nearest("operationID", ["operationId", "stepId"]),
            Some("operationId")
        );
        assert_eq!(
            nearest("lsitPets", ["getPet", "listPets"]),
            Some("listPets")
        );
        assert_eq!(nearest("zebra", ["listPets"]), None);
    }
}
