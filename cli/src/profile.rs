//! The AWS tools' configuration files, as text.

use std::collections::BTreeMap;
use std::fmt;

/// The names and values of one section; names are in small letters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Section {
    /// Plain settings: `region = eu-west-1`.
    pub values: BTreeMap<String, String>,
    /// Settings with indented settings of their own: `s3 =`, `ecr =`.
    pub nested: BTreeMap<String, BTreeMap<String, String>>,
}

impl Section {
    /// A setting that is there and not empty.
    pub fn value(&self, name: &str) -> Option<&str> {
        let value = self.values.get(name).map(String::as_str);
        value.filter(|value| !value.is_empty())
    }
}

/// What both files hold together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Profiles {
    /// `[profile NAME]` and `[default]` of the configuration file.
    config: BTreeMap<String, Section>,
    /// `[NAME]` of the credentials file.
    credentials: BTreeMap<String, Section>,
    /// `[services NAME]` of the configuration file.
    services: BTreeMap<String, Section>,
    /// `[sso-session NAME]` of the configuration file.
    sso_sessions: BTreeMap<String, Section>,
}

/// A line that is none of the syntax.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyntaxError {
    /// The line's number, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub reason: &'static str,
}

impl fmt::Display for SyntaxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.reason)
    }
}

impl Profiles {
    /// Takes in the text of the configuration file.
    ///
    /// # Errors
    ///
    /// The first line that is none of its syntax.
    pub fn read_config(&mut self, text: &str) -> Result<(), SyntaxError> {
        for (header, section) in sections(text)? {
            let words = words(&header);
            let (map, name) = match words.as_slice() {
                [name] if name == "default" => (&mut self.config, name),
                [kind, name] if kind == "profile" => (&mut self.config, name),
                [kind, name] if kind == "services" => (&mut self.services, name),
                [kind, name] if kind == "sso-session" => (&mut self.sso_sessions, name),
                // `plugins` and what may come.
                _ => continue,
            };
            merge(map.entry(name.clone()).or_default(), section);
        }
        Ok(())
    }

    /// Takes in the text of the credentials file.
    ///
    /// # Errors
    ///
    /// The first line that is none of its syntax.
    pub fn read_credentials(&mut self, text: &str) -> Result<(), SyntaxError> {
        for (header, section) in sections(text)? {
            let name = words(&header).join(" ");
            merge(self.credentials.entry(name).or_default(), section);
        }
        Ok(())
    }

    /// Whether either file has that profile.
    pub fn contains(&self, name: &str) -> bool {
        self.config.contains_key(name) || self.credentials.contains_key(name)
    }

    /// The names of all profiles.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let names = self.config.keys().chain(self.credentials.keys());
        names.map(String::as_str)
    }

    /// A profile's section of the configuration file.
    pub fn config(&self, name: &str) -> Option<&Section> {
        self.config.get(name)
    }

    /// A profile's section of the credentials file.
    pub fn credentials(&self, name: &str) -> Option<&Section> {
        self.credentials.get(name)
    }

    /// A profile's setting that is there and not empty; the credentials file
    /// comes first.
    pub fn value(&self, profile: &str, name: &str) -> Option<&str> {
        [self.credentials(profile), self.config(profile)]
            .into_iter()
            .flatten()
            .find_map(|section| section.value(name))
    }

    /// A `[sso-session NAME]` section.
    pub fn sso_session(&self, name: &str) -> Option<&Section> {
        self.sso_sessions.get(name)
    }

    /// A `[services NAME]` section.
    pub fn services(&self, name: &str) -> Option<&Section> {
        self.services.get(name)
    }
}

fn merge(into: &mut Section, from: Section) {
    into.values.extend(from.values);
    for (name, settings) in from.nested {
        into.nested.entry(name).or_default().extend(settings);
    }
}

/// The sections in order, each under what stands between its brackets.
fn sections(text: &str) -> Result<Vec<(String, Section)>, SyntaxError> {
    let mut found: Vec<(String, Section)> = Vec::new();
    // The setting that indented lines belong to.
    let mut above: Option<String> = None;
    for (index, raw) in text.trim_start_matches('\u{feff}').lines().enumerate() {
        let wrong = |reason| SyntaxError {
            line: index + 1,
            reason,
        };
        let line = raw.trim();
        if line.is_empty() || line.starts_with(['#', ';']) {
            continue;
        }
        let is_indented = raw.starts_with([' ', '\t']);
        if !is_indented && let Some(rest) = line.strip_prefix('[') {
            let (header, _) = rest.split_once(']').ok_or(wrong("`]` is missing"))?;
            found.push((header.trim().to_owned(), Section::default()));
            above = None;
            continue;
        }
        let (_, section) = found
            .last_mut()
            .ok_or(wrong("a setting stands before any `[section]`"))?;
        if is_indented && let Some(name) = &above {
            continue_setting(section, name, line);
            continue;
        }
        let (name, value) = line.split_once('=').ok_or(wrong("`=` is missing"))?;
        let name = name.trim().to_ascii_lowercase();
        section
            .values
            .insert(name.clone(), without_comment(value).to_owned());
        above = Some(name);
    }
    Ok(found)
}

/// An indented line: a setting within the one above, which has no value of its
/// own, or more of its value.
fn continue_setting(section: &mut Section, above: &str, line: &str) {
    let value = section.values.entry(above.to_owned()).or_default();
    if value.is_empty() {
        if let Some((name, value)) = line.split_once('=') {
            let nested = section.nested.entry(above.to_owned()).or_default();
            let name = name.trim().to_ascii_lowercase();
            nested.insert(name, without_comment(value).to_owned());
        }
    } else {
        value.push('\n');
        value.push_str(line);
    }
}

/// A value ends before a blank that is followed by `#` or `;`.
fn without_comment(value: &str) -> &str {
    let end = [" #", " ;", "\t#", "\t;"]
        .iter()
        .filter_map(|mark| value.find(mark))
        .min();
    value[..end.unwrap_or(value.len())].trim()
}

/// The words of a text as a shell tells them: by blanks, with quotes and, outside
/// single quotes, backslashes.
pub fn words(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut word: Option<String> = None;
    let mut quote: Option<char> = None;
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        match quote {
            Some(end) if c == end => quote = None,
            None if c.is_whitespace() => found.extend(word.take()),
            None if c == '"' || c == '\'' => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            _ => {
                let is_escape = c == '\\'
                    && match quote {
                        None => rest.peek().is_some(),
                        Some('"') => matches!(rest.peek(), Some('"' | '\\')),
                        Some(_) => false,
                    };
                let c = if is_escape { rest.next() } else { Some(c) };
                word.get_or_insert_default().extend(c);
            }
        }
    }
    found.extend(word);
    found
}
