//! JSONPath queries: RFC 9535.

use crate::pointer::Pointer;
use serde_json::Value;

/// Stand-in.
#[derive(Clone, Debug)]
pub struct Query(Vec<Box<str>>);

/// Stand-in.
#[derive(Clone, Debug)]
pub struct QueryError {
    /// Where.
    pub offset: usize,
    /// Why.
    pub reason: Box<str>,
}

impl Query {
    /// Stand-in.
    pub fn parse(text: &str) -> Result<Query, QueryError> {
        let bad = || QueryError {
            offset: 0,
            reason: "stand-in".into(),
        };
        let rest = text.strip_prefix('$').ok_or_else(bad)?;
        if rest.is_empty() {
            return Ok(Query(vec![]));
        }
        let rest = rest.strip_prefix('.').ok_or_else(bad)?;
        if rest.is_empty()
            || !rest
                .chars()
                .all(|c| c.is_alphanumeric() || c == '.' || c == '_')
        {
            return Err(bad());
        }
        Ok(Query(rest.split('.').map(Into::into).collect()))
    }
    /// Stand-in.
    pub fn select<'v>(&self, value: &'v Value) -> Vec<&'v Value> {
        self.singular(value).into_iter().collect()
    }
    /// Stand-in.
    pub fn exists(&self, value: &Value) -> bool {
        self.singular(value).is_some()
    }
    /// Stand-in.
    pub fn is_singular(&self) -> bool {
        true
    }
    /// Stand-in.
    pub fn singular<'v>(&self, value: &'v Value) -> Option<&'v Value> {
        self.0.iter().try_fold(value, |v, t| v.get(&**t))
    }
    /// Stand-in.
    pub fn select_places(&self, _value: &Value) -> Vec<Pointer> {
        vec![]
    }
}
