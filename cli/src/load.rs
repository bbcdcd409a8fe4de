//! Files and URLs to documents.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use spola::Report;
use spola::document::{Documents, Loader, resolve_url};

use crate::args::SourceArgs;
use crate::transport::Transport;

/// The largest file that is taken up at all; documents have a lower limit of their own.
const LARGEST_FILE: u64 = 64 << 20;

/// Documents, and their texts to quote from.
pub struct Loaded {
    /// The documents.
    pub documents: Documents,
    texts: BTreeMap<String, String>,
}

/// Reads a document with all that it refers to.
///
/// # Errors
/// What is wrong with `--source`.
pub fn load(document: &str, sources: &SourceArgs, transport: &Transport) -> Result<Loaded, String> {
    let mut loader = Loader::new(document);
    for source in &sources.source {
        let (name, place) = source
            .split_once('=')
            .ok_or_else(|| format!("`--source {source}`: write NAME=FILE-OR-URL"))?;
        loader.source(name, place);
    }
    let mut texts = BTreeMap::new();
    while let Some(url) = loader.needs() {
        match fetch(&url, transport) {
            Ok((bytes, final_url)) => {
                texts.insert(url.clone(), String::from_utf8_lossy(&bytes).into_owned());
                loader.supply(&url, &bytes, &final_url);
            }
            Err(reason) => loader.failed(&url, &reason),
        }
    }
    Ok(Loaded {
        documents: loader.finish(),
        texts,
    })
}

impl Loaded {
    /// A report as text, with its line quoted.
    pub fn render(&self, report: &Report) -> String {
        render(report, &self.texts)
    }

    /// Takes the texts, once the documents are given away.
    pub fn split(self) -> (Documents, BTreeMap<String, String>) {
        (self.documents, self.texts)
    }
}

/// A report as text, with its line quoted from the text it is about.
pub fn render(report: &Report, texts: &BTreeMap<String, String>) -> String {
    let document = report.location.as_ref().map(|place| &*place.document);
    // What stands in a bundle is named by a fragment.
    let document = document.map(|name| match texts.contains_key(name) {
        true => name,
        false => name.split('#').next().unwrap_or(name),
    });
    report.render(
        document
            .and_then(|name| texts.get(name))
            .map(String::as_str),
    )
}

/// The bytes of a file or URL, and where they were in the end.
fn fetch(url: &str, transport: &Transport) -> Result<(Vec<u8>, String), String> {
    if url.starts_with("http://") || url.starts_with("https://") {
        return over_network(url, transport);
    }
    let path = match url.strip_prefix("file://") {
        Some(path) => PathBuf::from(path),
        None => PathBuf::from(url),
    };
    read_file(&path).map(|bytes| (bytes, url.to_owned()))
}

/// How many redirects are followed for a document.
const MOST_REDIRECTS: usize = 10;

/// A document from the network; it is public, so redirects are followed.
fn over_network(url: &str, transport: &Transport) -> Result<(Vec<u8>, String), String> {
    let mut url = url.to_owned();
    for _ in 0..=MOST_REDIRECTS {
        let request = http::Request::get(&url)
            .body(Vec::new())
            .map_err(|error| error.to_string())?;
        let answer = transport
            .send(request, Some(Duration::from_secs(60)), LARGEST_FILE)
            .map_err(|refused| refused.message)?;
        let location = answer.headers.iter().find(|(name, _)| name == "location");
        match (answer.status, location) {
            (200, _) => return Ok((answer.body, url)),
            (301 | 302 | 303 | 307 | 308, Some((_, location))) => {
                let next = resolve_url(&url, location);
                if url.starts_with("https://") && !next.starts_with("https://") {
                    return Err(format!("it is redirected from https to {next}"));
                }
                url = next;
            }
            (status, _) => return Err(format!("{url} answered with status {status}")),
        }
    }
    Err("it is redirected too often".into())
}

/// The bytes of a file, or why there are none.
pub fn read_file(path: &Path) -> Result<Vec<u8>, String> {
    let about = std::fs::metadata(path).map_err(|error| plain(&error))?;
    if about.is_dir() {
        return Err("it is a directory".into());
    }
    if about.len() > LARGEST_FILE {
        return Err(format!("it is larger than {LARGEST_FILE} bytes"));
    }
    std::fs::read(path).map_err(|error| plain(&error))
}

/// An operating system's error in plain words.
pub fn plain(error: &std::io::Error) -> String {
    match error.kind() {
        std::io::ErrorKind::NotFound => "there is no such file".into(),
        std::io::ErrorKind::PermissionDenied => "it may not be read".into(),
        _ => error.to_string(),
    }
}

/// The Arazzo documents at a path: the file itself, or those in a directory.
pub fn documents_in(path: &Path) -> Result<Vec<PathBuf>, String> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let mut found = Vec::new();
    let mut folders = vec![path.to_owned()];
    while let Some(folder) = folders.pop() {
        let entries = std::fs::read_dir(&folder).map_err(|error| plain(&error))?;
        for entry in entries.flatten() {
            let path = entry.path();
            let hidden = entry.file_name().to_string_lossy().starts_with('.');
            match entry.file_type() {
                Ok(kind) if kind.is_dir() && !hidden => folders.push(path),
                Ok(kind) if kind.is_file() && is_arazzo(&path) => found.push(path),
                _ => {}
            }
        }
    }
    found.sort();
    Ok(found)
}

/// Whether a file in a directory is an Arazzo document: by its ending and its
/// first member.
fn is_arazzo(path: &Path) -> bool {
    let ending = path
        .extension()
        .and_then(|ending| ending.to_str())
        .unwrap_or_default();
    if !["yaml", "yml", "json"].contains(&ending) {
        return false;
    }
    let Ok(bytes) = read_file(path) else {
        return false;
    };
    let text = String::from_utf8_lossy(&bytes);
    let named = |line: &str| {
        let line = line.trim_start_matches(['{', ' ', '"', '\t', '\u{feff}']);
        line.strip_prefix("arazzo")
            .is_some_and(|rest| rest.trim_start_matches('"').trim_start().starts_with(':'))
    };
    text.lines()
        .any(|line| !line.starts_with(' ') && named(line))
        || (ending == "json" && text.lines().any(named))
}
