//! What names stand for: one kind of table for every room.

use std::collections::HashMap;
use std::sync::Arc;

/// Numbers by name: positions in a list, mostly.
///
/// Every kind of hash table takes some kilobytes of a WebAssembly module; so the
/// rooms keep what they know by name in lists, and the positions in this.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Names(HashMap<Arc<str>, u32>);

impl Names {
    /// The number of a name.
    #[inline(never)]
    pub fn get(&self, name: &str) -> Option<usize> {
        self.0.get(name).map(|number| *number as usize)
    }

    /// How many names there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// All names, in no order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(|name| &**name)
    }

    /// Whether the name is known.
    pub fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// Gives a new name a number; a name that is known keeps its own, which is told.
    pub fn add(&mut self, name: &str, number: usize) -> Option<usize> {
        let known = self.get(name);
        if known.is_none() {
            self.set(name.into(), number);
        }
        known
    }

    /// Gives a name a number, whatever it had.
    #[inline(never)]
    pub fn set(&mut self, name: Arc<str>, number: usize) {
        self.0.insert(name, number as u32);
    }

    /// A table of names numbered in their order; of equal ones the first counts.
    pub fn of<'n>(names: impl IntoIterator<Item = &'n str>) -> Self {
        let mut table = Self::default();
        for (number, name) in names.into_iter().enumerate() {
            table.add(name, number);
        }
        table
    }
}
