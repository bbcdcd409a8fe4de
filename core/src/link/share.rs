//! Equal parts of a workflow's steps, kept once.

use std::sync::Arc;

use serde_json::Value;

use super::program::{Action, Criterion, Output};
use crate::expression::Template;
use crate::names::Names;

/// What was met in the steps of one workflow so far, by what is written there.
///
/// Long workflows say the same again and again: `$statusCode == 200`, the same
/// body, outputs of the same names. Read and kept once it takes less time and memory,
/// and a run finds it where the step before has left it: in the processor's cache.
#[derive(Default)]
pub(super) struct Shared {
    pub texts: Known<Arc<str>>,
    pub templates: Known<Template>,
    pub criteria: Known<Criterion>,
    pub criteria_lists: Known<Arc<[Criterion]>>,
    pub outputs: Known<Arc<[Output]>>,
    pub actions: Known<Arc<[Action]>>,
}

/// Things that are cheap to copy, by a text that stands for each.
pub(super) struct Known<T> {
    numbers: Names,
    things: Vec<T>,
}

impl<T> Default for Known<T> {
    fn default() -> Self {
        Self {
            numbers: Names::default(),
            things: Vec::new(),
        }
    }
}

impl<T: Clone> Known<T> {
    pub fn get(&self, key: &str) -> Option<T> {
        Some(self.things[self.numbers.get(key)?].clone())
    }

    /// The one that is known, else this one, which is known from now on.
    pub fn keep(&mut self, key: &str, new: T) -> T {
        match self.numbers.add(key, self.things.len()) {
            Some(known) => self.things[known].clone(),
            None => {
                self.things.push(new.clone());
                new
            }
        }
    }
}

impl Shared {
    pub fn text(&mut self, text: &str) -> Arc<str> {
        match self.texts.get(text) {
            Some(known) => known,
            None => self.texts.keep(text, text.into()),
        }
    }
}

/// What stands for a value: its JSON.
pub(super) fn key(value: &Value) -> String {
    let mut json = Vec::new();
    crate::json_writer::append(value, &mut json);
    String::from_utf8(json).unwrap_or_default()
}
