//! A folder of pages that the proxy serves beside itself.

use std::path::{Component, Path, PathBuf};

use http::header::{CACHE_CONTROL, CONTENT_TYPE, REFERRER_POLICY};
use http::header::{CONTENT_SECURITY_POLICY, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderValue, Response};

use super::refusal::Refusal;
use crate::load::{plain, read_file};

/// A folder of pages.
pub struct Folder(PathBuf);

impl Folder {
    /// Opens a folder.
    ///
    /// # Errors
    /// Where it is none.
    pub fn open(path: &Path) -> Result<Self, String> {
        let told = |reason: &str| format!("`--serve {}`: {reason}", path.display());
        let whole = path.canonicalize().map_err(|error| told(&plain(&error)))?;
        if !whole.is_dir() {
            return Err(told("it is no folder"));
        }
        Ok(Self(whole))
    }

    /// A file of it, by the path of a URL; links that lead out of the folder, and
    /// names that begin with a dot, are not followed.
    ///
    /// # Errors
    /// `proxy.nothing-there`.
    pub fn file(&self, path: &str) -> Result<Response<Vec<u8>>, Refusal> {
        let mut text = decoded(path).ok_or(Refusal::NothingThere)?;
        if text.ends_with('/') {
            text.push_str("index.html");
        }
        let relative = Path::new(text.trim_start_matches('/'));
        let plain = relative.components().all(|part| match part {
            Component::Normal(name) => !name.to_string_lossy().starts_with('.'),
            _ => false,
        });
        let found = plain
            .then(|| self.0.join(relative).canonicalize().ok())
            .flatten();
        let found = found.filter(|found| found.starts_with(&self.0));
        let found = found.ok_or(Refusal::NothingThere)?;
        let bytes = read_file(&found).map_err(|_| Refusal::NothingThere)?;
        let mut response = Response::new(bytes);
        for (name, value) in [
            (CONTENT_TYPE, kind(&found)),
            (X_CONTENT_TYPE_OPTIONS, "nosniff"),
            (REFERRER_POLICY, "no-referrer"),
            (CACHE_CONTROL, "no-cache"),
            // What the page may do is its own affair; that nobody frames it is not.
            (CONTENT_SECURITY_POLICY, "frame-ancestors 'none'"),
        ] {
            let value = HeaderValue::from_static(value);
            response.headers_mut().insert(name, value);
        }
        Ok(response)
    }
}

/// A path with its percent-encoding undone.
fn decoded(path: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(path.len());
    let mut rest = path.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let mut digit = || char::from(rest.next()?).to_digit(16);
        bytes.push((digit()? * 16 + digit()?) as u8);
    }
    let text = String::from_utf8(bytes).ok()?;
    (!text.contains(['\\', '\0', ':'])).then_some(text)
}

fn kind(path: &Path) -> &'static str {
    let ending = path.extension().and_then(|ending| ending.to_str());
    match ending.unwrap_or_default() {
        "html" => "text/html; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "json" | "map" => "application/json",
        "wasm" => "application/wasm",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "ico" => "image/x-icon",
        "yaml" | "yml" => "application/yaml",
        "txt" | "md" => "text/plain; charset=utf-8",
        _ => "application/octet-stream",
    }
}
