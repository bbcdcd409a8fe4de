//! Lists that come in pages.

use serde_json::{Map, Value};

use crate::call::Call;
use crate::error::EcrError;
use crate::kept::kept;

/// How many entries a page has at most: what the service allows.
pub(crate) const PAGE: u64 = 1000;

/// How many pages are read at most: far more than the quotas allow entries.
const MOST_PAGES: u64 = 100_000;

/// A call whose answers are pages.
#[derive(Clone, Debug)]
pub(crate) struct Pages {
    call: Call,
    /// The member that holds the entries.
    entries: String,
    token: Option<String>,
    read: u64,
}

kept! { Pages { call, entries, token, read } }

impl Pages {
    pub(crate) fn new(call: Call, entries: &str) -> Self {
        Self {
            call,
            entries: entries.to_owned(),
            token: None,
            read: 0,
        }
    }

    /// The call of the next page: all else as in the first.
    pub(crate) fn call(&self) -> Call {
        let mut call = self.call.clone();
        if let Some(token) = &self.token {
            call.body.insert("nextToken".into(), token.as_str().into());
        }
        call
    }

    /// The entries of a page, and whether it is the last. A page may be empty and not
    /// the last.
    pub(crate) fn take(&mut self, page: Value) -> Result<(Vec<Value>, bool), EcrError> {
        let Value::Object(mut page) = page else {
            return Ok((Vec::new(), true));
        };
        let entries = take_list(&mut page, &self.entries);
        let next = match page.get("nextToken") {
            Some(Value::String(token)) if !token.is_empty() => Some(token.clone()),
            _ => None,
        };
        self.read = self.read.saturating_add(1);
        let again = next.is_some() && next == self.token;
        if again || self.read > MOST_PAGES {
            return Err(EcrError::EndlessPages {
                operation: self.call.operation.clone().into_owned(),
            });
        }
        let last = next.is_none();
        self.token = next;
        Ok((entries, last))
    }
}

/// Takes the entries of a list out of an answer; none where there is no list.
pub(crate) fn take_list(body: &mut Map<String, Value>, name: &str) -> Vec<Value> {
    match body.remove(name) {
        Some(Value::Array(entries)) => entries,
        _ => Vec::new(),
    }
}
