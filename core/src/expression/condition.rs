//! Criteria: parsed once, judged against a scope.

use std::sync::Arc;

use super::ast::{Expression, Part, Reference, StepRef};
use super::criterion::{self, Context, Kind};
use super::error::{self, ExpressionError};
use super::lenient::Lenient;
use super::parse::{Dialect, Notes, Parsed, parse};
use super::scope::Scope;
use super::selector::{check_version, unknown_type};
use super::simple;
use crate::json_reader;

/// A parsed criterion: Arazzo, Criterion Object.
///
/// Cloning it copies a pointer.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    pub(super) kind: Arc<Kind>,
}

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
        const KNOWN: [&str; 4] = ["simple", "regex", "jsonpath", "xpath"];
        const XPATH: [&str; 4] = ["xpath-31", "xpath-30", "xpath-20", "xpath-10"];
        let mut notes = Notes::new(dialect);
        let kind = match name {
            "simple" => Self::Simple { explicit: true },
            "regex" => Self::Regex,
            "jsonpath" => Self::JsonPath,
            "xpath" => Self::XPath,
            _ => {
                let listed = "`simple`, `regex`, `jsonpath`, `xpath`";
                return Err(unknown_type(name, &KNOWN, listed));
            }
        };
        if kind != Self::XPath || !version.is_none_or(|version| XPATH.contains(&version)) {
            check_version(kind.name(), version, &mut notes)?;
        }
        Ok(notes.into_parsed(kind))
    }

    fn name(self) -> &'static str {
        match self {
            Self::Simple { .. } => "simple",
            Self::Regex => "regex",
            Self::JsonPath => "jsonpath",
            Self::XPath => "xpath",
        }
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
        let mut notes = Notes::new(dialect);
        let kind = match text.kind {
            CriterionKind::XPath => return Err(ExpressionError::unsupported_xpath()),
            CriterionKind::Simple { explicit } => simple_kind(text, explicit, &mut notes)?,
            CriterionKind::Regex | CriterionKind::JsonPath => {
                let Some(context) = text.context else {
                    let kind = text.kind.name();
                    return Err(ExpressionError::new(error::Kind::MissingContext, kind, ""));
                };
                let context = Context::Expression(context_expression(context, &mut notes)?);
                typed(text.kind, text.condition, context, &mut notes)?
            }
        };
        Ok(notes.into_parsed(Self {
            kind: Arc::new(kind),
        }))
    }

    /// Parses a condition that is judged on [`Scope::criterion_context`].
    pub(super) fn parse_given(
        condition: &str,
        kind: CriterionKind,
        dialect: Dialect,
    ) -> Result<Parsed<Self>, ExpressionError> {
        let mut notes = Notes::new(dialect);
        let kind = match kind {
            CriterionKind::XPath => return Err(ExpressionError::unsupported_xpath()),
            CriterionKind::Simple { .. } => simple_logic(condition, &mut notes)?,
            kind => typed(kind, condition, Context::Given, &mut notes)?,
        };
        Ok(notes.into_parsed(Self {
            kind: Arc::new(kind),
        }))
    }

    /// Judges it: Arazzo 1.1.0, Condition Evaluation.
    pub fn judge(&self, scope: &dyn Scope) -> Judgement {
        match self.kind.judge(scope) {
            Ok(passed) => Judgement {
                passed,
                reason: None,
            },
            Err(reason) => Judgement {
                passed: false,
                reason: Some(reason),
            },
        }
    }

    /// Calls `f` with everything that the condition and its context refer to.
    pub fn visit(&self, f: &mut dyn FnMut(Reference<'_>)) {
        self.kind.expressions(&mut |one| f(one.reference()));
    }

    /// Calls `f` with every step that it names, to be bound.
    pub fn bind(&mut self, f: &mut dyn FnMut(&mut StepRef)) {
        Arc::make_mut(&mut self.kind).expressions_mut(&mut |one| one.bind(f));
    }

    /// Whether judging it needs the response body.
    pub fn reads_response_body(&self) -> bool {
        let mut reads = false;
        self.visit(&mut |reference| {
            reads |= matches!(reference, Reference::Response(Part::Body(_)));
        });
        reads
    }
}

fn context_expression(text: &str, notes: &mut Notes) -> Result<Expression, ExpressionError> {
    let parsed = parse(text, notes.dialect)?;
    notes.warnings.extend(parsed.warnings);
    Ok(parsed.value)
}

fn typed(
    kind: CriterionKind,
    condition: &str,
    context: Context,
    notes: &mut Notes,
) -> Result<Kind, ExpressionError> {
    match kind {
        CriterionKind::Regex => criterion::regex(condition, context, notes),
        _ => criterion::jsonpath(condition, context, notes),
    }
}

/// A condition without `type`, or with `type: simple`.
fn simple_kind(
    text: &CriterionText<'_>,
    explicit: bool,
    notes: &mut Notes,
) -> Result<Kind, ExpressionError> {
    match (explicit, text.context) {
        (true, None) => notes.hint(Lenient::SimpleWithoutContext, "", 0),
        (false, Some(context)) => {
            if let Some(value) = json_reader::value(text.condition) {
                let context = Context::Expression(context_expression(context, notes)?);
                notes.lenient(Lenient::JsonCondition, text.condition, 0, None)?;
                return Ok(Kind::Equal { context, value });
            }
            notes.lenient(Lenient::ContextWithoutType, context, 0, None)?;
        }
        _ => {}
    }
    simple_logic(text.condition, notes)
}

fn simple_logic(condition: &str, notes: &mut Notes) -> Result<Kind, ExpressionError> {
    simple::parse(condition, notes)
        .map(Kind::Simple)
        .map_err(|error| query_meant(condition).unwrap_or(error))
}

/// The error for a JSONPath query that stands where a simple condition should.
fn query_meant(condition: &str) -> Option<ExpressionError> {
    let text = condition.trim_start();
    ["$.", "$[", "@."]
        .iter()
        .any(|start| text.starts_with(start))
        .then(|| {
            let reason = "a JSONPath condition needs its `type` and `context`";
            ExpressionError::at(error::Kind::MalformedCondition, reason, condition, 0)
                .meant(Some("type: jsonpath` with `context: $response.body"))
        })
}
