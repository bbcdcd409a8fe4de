//! Criteria: parsed once, judged against a scope.

use super::ast::{Reference, StepRef};
use super::error::ExpressionError;
use super::parse::{Dialect, Parsed};
use super::scope::Scope;

/// A parsed criterion: Arazzo, Criterion Object.
#[derive(Clone, Debug)]
pub struct Condition;

/// A criterion as written.
#[derive(Clone, Copy, Debug)]
pub struct CriterionText<'t> {
    /// Its `condition`.
    pub condition: &'t str,
    /// Its `context`.
    pub context: Option<&'t str>,
    /// Its `type`.
    pub kind: CriterionKind,
}

/// The `type` of a criterion.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CriterionKind {
    /// `simple`, or no type at all.
    Simple {
        /// Whether the criterion says `type: simple`.
        explicit: bool,
    },
    /// `regex`
    Regex,
    /// `jsonpath`: RFC 9535.
    JsonPath,
    /// `xpath`: known, not supported.
    XPath,
}

/// How a condition came out.
#[derive(Clone, Debug, PartialEq)]
pub struct Judgement {
    /// Whether it passed.
    pub passed: bool,
    /// Why it could not be evaluated; it has not passed then.
    pub reason: Option<ExpressionError>,
}

impl CriterionKind {
    /// Reads `type`, or `type` and `version` of an Expression Type Object.
    ///
    /// # Errors
    /// `expression.unknown-type`, `expression.unsupported-version`.
    pub fn named(
        name: &str,
        version: Option<&str>,
        dialect: Dialect,
    ) -> Result<Parsed<Self>, ExpressionError> {
        unimplemented!("{name} {version:?} {dialect:?}")
    }
}

impl Condition {
    /// Parses a criterion.
    ///
    /// # Errors
    /// An [`ExpressionError`] where the condition or its context cannot be read.
    pub fn parse(
        text: &CriterionText<'_>,
        dialect: Dialect,
    ) -> Result<Parsed<Self>, ExpressionError> {
        unimplemented!("{text:?} {dialect:?}")
    }

    /// Judges it: Arazzo 1.1.0, Condition Evaluation.
    pub fn judge(&self, _scope: &dyn Scope) -> Judgement {
        unimplemented!()
    }

    /// Calls `f` with everything that the condition and its context refer to.
    pub fn visit(&self, _f: &mut dyn FnMut(Reference<'_>)) {
        unimplemented!()
    }

    /// Calls `f` with every step that it names, to be bound.
    pub fn bind(&mut self, _f: &mut dyn FnMut(&mut StepRef)) {
        unimplemented!()
    }

    /// Whether judging it needs the response body.
    pub fn reads_response_body(&self) -> bool {
        unimplemented!()
    }
}
