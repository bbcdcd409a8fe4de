//! Values with expressions in them.

use std::borrow::Cow;

use serde_json::Value;

use super::ast::{Expression, Reference, StepRef};
use super::error::ExpressionError;
use super::parse::{Dialect, Parsed};
use super::scope::Scope;
use crate::pointer::Pointer;

/// A payload, parameter value, replacement value or output: literals, lone and
/// embedded expressions, Selector Objects (Arazzo 1.1), nested as they come.
#[derive(Clone, Debug)]
pub struct Template;

/// A finding, and where in the value it is.
pub type Placed = (Pointer, ExpressionError);

impl Template {
    /// Parses a value: Arazzo, Request Body Object, Parameter Object.
    ///
    /// # Errors
    /// Every malformed expression, each with its place in the value.
    pub fn parse(value: &Value, dialect: Dialect) -> Result<Parsed<Self, Placed>, Vec<Placed>> {
        unimplemented!("{value} {dialect:?}")
    }

    /// A template that is this value.
    pub fn literal(_value: Value) -> Self {
        unimplemented!()
    }

    /// Evaluates it. `None` where the value is one expression, and missing;
    /// members and items that are missing are left out, their parents stay.
    ///
    /// # Errors
    /// `expression.unresolved` where an embedded expression is missing;
    /// `expression.malformed-body`.
    pub fn evaluate(&self, _scope: &dyn Scope) -> Result<Option<Value>, ExpressionError> {
        unimplemented!()
    }

    /// As [`evaluate`](Self::evaluate), borrowing what need not be made.
    ///
    /// # Errors
    /// As [`evaluate`](Self::evaluate).
    pub fn value<'s>(
        &'s self,
        _scope: &'s dyn Scope,
    ) -> Result<Option<Cow<'s, Value>>, ExpressionError> {
        unimplemented!()
    }

    /// Appends the value as compact JSON, the same bytes that the evaluated
    /// value would give; `false` and nothing appended where it is missing.
    ///
    /// # Errors
    /// As [`evaluate`](Self::evaluate); nothing is appended then.
    pub fn write_json(
        &self,
        _scope: &dyn Scope,
        _out: &mut Vec<u8>,
    ) -> Result<bool, ExpressionError> {
        unimplemented!()
    }

    /// The value, where it holds no expression.
    pub fn constant(&self) -> Option<&Value> {
        unimplemented!()
    }

    /// The expression, where the value is just that.
    pub fn as_expression(&self) -> Option<&Expression> {
        unimplemented!()
    }

    /// All expressions, in order, embedded ones too.
    pub fn expressions(&self) -> Vec<&Expression> {
        unimplemented!()
    }

    /// Calls `f` with everything the value refers to and where in it that stands.
    pub fn visit(&self, _f: &mut dyn FnMut(&Pointer, Reference<'_>)) {
        unimplemented!()
    }

    /// Calls `f` with every step that it names, to be bound.
    pub fn bind(&mut self, _f: &mut dyn FnMut(&mut StepRef)) {
        unimplemented!()
    }
}
