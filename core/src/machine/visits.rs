//! The stays at steps of a call: mostly one.

use super::state::Visit;

/// The step being done; below it those that wait for it, before a retry.
///
/// The first is kept in place: most calls never have another at a time.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Visits {
    active: Option<Visit>,
    below: Vec<Visit>,
}

impl Visits {
    /// The active one, and no other.
    pub fn only(visit: Visit) -> Self {
        Self {
            active: Some(visit),
            below: Vec::new(),
        }
    }

    /// The active one.
    pub fn last(&self) -> Option<&Visit> {
        self.active.as_ref()
    }

    /// The active one, to change it.
    pub fn last_mut(&mut self) -> Option<&mut Visit> {
        self.active.as_mut()
    }

    /// Begins another, which the active one waits for.
    pub fn push(&mut self, visit: Visit) {
        self.below.extend(self.active.replace(visit));
    }

    /// Ends the active one, and goes on with what waited for it.
    pub fn pop(&mut self) {
        self.active = self.below.pop();
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.below.len() + usize::from(self.active.is_some())
    }

    /// All of them, the active one last.
    pub fn iter(&self) -> impl Iterator<Item = &Visit> {
        self.below.iter().chain(&self.active)
    }
}
