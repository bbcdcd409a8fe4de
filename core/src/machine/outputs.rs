//! The outputs of a step.

use std::sync::Arc;

use serde_json::Value;

/// The outputs of a step by name, in order: mostly few, and kept for as long as
/// the call of their workflow goes on.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Outputs(Vec<(Arc<str>, Value)>);

impl Outputs {
    /// None, with room for so many.
    pub fn with_capacity(capacity: usize) -> Self {
        Self(Vec::with_capacity(capacity))
    }

    /// The output of that name.
    pub fn get(&self, name: &str) -> Option<&Value> {
        let (_, value) = self.0.iter().find(|(own, _)| **own == *name)?;
        Some(value)
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &(Arc<str>, Value)> {
        self.0.iter()
    }

    /// Adds an output whose name none has yet.
    pub fn push(&mut self, name: Arc<str>, value: Value) {
        self.0.push((name, value));
    }

    /// Takes the value of an output.
    pub fn take(&mut self, name: &str) -> Option<Value> {
        let (_, value) = self.0.iter_mut().find(|(own, _)| **own == *name)?;
        Some(value.take())
    }
}
