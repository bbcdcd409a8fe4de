//! Template and scope to value, or straight to JSON.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::error::ExpressionError;
use super::scope::{Found, Scope};
use super::template::{Node, Template};
use crate::json_writer::{append, escape};

impl Template {
    /// Evaluates it. `None` where the value is one expression, and missing;
    /// members and items that are missing are left out, their parents stay.
    ///
    /// # Errors
    /// `expression.unresolved` where an embedded expression is missing;
    /// `expression.malformed-body`.
    pub fn evaluate(&self, scope: &dyn Scope) -> Result<Option<Value>, ExpressionError> {
        Ok(self.value(scope)?.map(Cow::into_owned))
    }

    /// As [`evaluate`](Self::evaluate), borrowing what need not be made.
    ///
    /// # Errors
    /// As [`evaluate`](Self::evaluate).
    pub fn value<'s>(
        &'s self,
        scope: &'s dyn Scope,
    ) -> Result<Option<Cow<'s, Value>>, ExpressionError> {
        self.node.value(scope)
    }

    /// Evaluates the member of that name alone; `None` where it is missing, or the
    /// value is no object as written.
    ///
    /// # Errors
    /// As [`evaluate`](Self::evaluate).
    pub fn member<'s>(
        &'s self,
        name: &str,
        scope: &'s dyn Scope,
    ) -> Result<Option<Cow<'s, Value>>, ExpressionError> {
        match &*self.node {
            Node::Constant(constant) => Ok(constant.value.get(name).map(Cow::Borrowed)),
            Node::Object(members) => match members.iter().find(|one| *one.name == *name) {
                Some(member) => member.node.value(scope),
                None => Ok(None),
            },
            _ => Ok(None),
        }
    }

    /// Appends the value as compact JSON, the same bytes that the evaluated
    /// value would give; `false` and nothing appended where it is missing.
    ///
    /// # Errors
    /// As [`evaluate`](Self::evaluate); nothing is appended then.
    pub fn write_json(
        &self,
        scope: &dyn Scope,
        out: &mut Vec<u8>,
    ) -> Result<bool, ExpressionError> {
        let start = out.len();
        let written = self.node.write(scope, out);
        if written.is_err() {
            out.truncate(start);
        }
        written
    }
}

impl Node {
    fn value<'s>(&'s self, scope: &'s dyn Scope) -> Result<Found<'s>, ExpressionError> {
        let value = match self {
            Self::Constant(constant) => return Ok(Some(Cow::Borrowed(&constant.value))),
            Self::Expression(expression) => return expression.evaluate(scope),
            Self::Selector(selector) => return selector.evaluate(scope),
            Self::Text(text) => Value::String(text.fill(scope)?),
            Self::Array(items) => {
                let mut out = Vec::with_capacity(items.len());
                for item in items {
                    out.extend(item.value(scope)?.map(Cow::into_owned));
                }
                Value::Array(out)
            }
            Self::Object(members) => {
                let mut out = Map::with_capacity(members.len());
                for member in members {
                    if let Some(value) = member.node.value(scope)? {
                        out.insert(str::to_owned(&member.name), value.into_owned());
                    }
                }
                Value::Object(out)
            }
        };
        Ok(Some(Cow::Owned(value)))
    }

    fn write(&self, scope: &dyn Scope, out: &mut Vec<u8>) -> Result<bool, ExpressionError> {
        match self {
            Self::Constant(constant) => out.extend_from_slice(&constant.json),
            Self::Expression(expression) => match expression.evaluate(scope)? {
                Some(value) => append(&value, out),
                None => return Ok(false),
            },
            Self::Selector(selector) => match selector.evaluate(scope)? {
                Some(value) => append(&value, out),
                None => return Ok(false),
            },
            Self::Text(text) => {
                out.push(b'"');
                text.pieces(scope, &mut |piece| escape(piece, out))?;
                out.push(b'"');
            }
            Self::Array(items) => {
                out.push(b'[');
                let mut first = true;
                for item in items {
                    first = !written(out, first, &[], |out| item.write(scope, out))? && first;
                }
                out.push(b']');
            }
            Self::Object(members) => {
                out.push(b'{');
                let mut first = true;
                for member in members {
                    let one = |out: &mut Vec<u8>| member.node.write(scope, out);
                    first = !written(out, first, &member.json, one)? && first;
                }
                out.push(b'}');
            }
        }
        Ok(true)
    }
}

/// Writes one item after a comma and its name; takes both back where it is missing.
fn written(
    out: &mut Vec<u8>,
    first: bool,
    name: &[u8],
    write: impl FnOnce(&mut Vec<u8>) -> Result<bool, ExpressionError>,
) -> Result<bool, ExpressionError> {
    let start = out.len();
    if !first {
        out.push(b',');
    }
    out.extend_from_slice(name);
    let found = write(out)?;
    if !found {
        out.truncate(start);
    }
    Ok(found)
}
