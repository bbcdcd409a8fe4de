//! The outputs of a step.

use std::sync::Arc;

use serde::{Serialize, Serializer};
use serde_json::{Map, Value};

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

    /// Adds an output whose name none has yet.
    pub fn push(&mut self, name: Arc<str>, value: Value) {
        self.0.push((name, value));
    }

    /// Takes an output out.
    pub fn take(&mut self, name: &str) -> Option<Value> {
        let at = self.0.iter().position(|(own, _)| **own == *name)?;
        Some(self.0.remove(at).1)
    }
}

impl Serialize for Outputs {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (&**name, value)))
    }
}

impl From<Map<String, Value>> for Outputs {
    fn from(outputs: Map<String, Value>) -> Self {
        let outputs = outputs.into_iter();
        Self(outputs.map(|(name, value)| (name.into(), value)).collect())
    }
}
