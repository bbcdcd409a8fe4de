//! Criteria: parsed once, judged against a scope.

use std::sync::Arc;

use super::ast::{Part, Reference, StepRef};
use super::criterion::{self, Context, Criterion, Test};
use super::error::{ExpressionError, Kind};
use super::lenient::Lenient;
use super::operand;
use super::parse::{Dialect, Notes, Parsed, parse};
use super::scope::Scope;
use super::selector::{check_version, unknown_type};
use crate::json_reader;

/// A parsed criterion: Arazzo, Criterion Object.
///
/// Cloning it copies a pointer.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    pub(super) criterion: Arc<Criterion>,
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
        let criterion = match text.kind {
            CriterionKind::Simple { explicit } => simple(text, explicit, &mut notes)?,
            kind => {
                let context = match text.context {
                    Some(context) if kind != CriterionKind::XPath => {
                        context_expression(context, &mut notes)?
                    }
                    _ => Context::None,
                };
                criterion(context, kind, text.condition, &mut notes)?
            }
        };
        Ok(notes.into_parsed(Self {
            criterion: Arc::new(criterion),
        }))
    }

    /// Parses a condition that is judged on [`Scope::criterion_context`].
    pub(super) fn parse_given(
        condition: &str,
        kind: CriterionKind,
        dialect: Dialect,
    ) -> Result<Parsed<Self>, ExpressionError> {
        let mut notes = Notes::new(dialect);
        let context = match kind {
            CriterionKind::Simple { .. } => Context::None,
            _ => Context::Given,
        };
        let criterion = criterion(context, kind, condition, &mut notes)?;
        Ok(notes.into_parsed(Self {
            criterion: Arc::new(criterion),
        }))
    }

    /// Judges it: Arazzo 1.1.0, Condition Evaluation.
    pub fn judge(&self, scope: &dyn Scope) -> Judgement {
        match self.criterion.judge(scope) {
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
        if let Some(context) = self.criterion.context.expression() {
            f(context.reference());
        }
        self.criterion.expressions(&mut |one| f(one.reference()));
    }

    /// Calls `f` with every step that it names, to be bound.
    pub fn bind(&mut self, f: &mut dyn FnMut(&mut StepRef)) {
        Arc::make_mut(&mut self.criterion).expressions_mut(&mut |one| one.bind(f));
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

fn context_expression(text: &str, notes: &mut Notes) -> Result<Context, ExpressionError> {
    let parsed = parse(text, notes.dialect)?;
    notes.warnings.extend(parsed.warnings);
    Ok(Context::Expression(parsed.value))
}

/// Reads a condition of any type.
fn criterion(
    context: Context,
    kind: CriterionKind,
    condition: &str,
    notes: &mut Notes,
) -> Result<Criterion, ExpressionError> {
    let test = match kind {
        CriterionKind::XPath => return Err(ExpressionError::unsupported_xpath()),
        CriterionKind::Simple { .. } => operand::simple(condition, notes)
            .map(Test::Logic)
            .map_err(|error| query_meant(condition).unwrap_or(error))?,
        _ if matches!(context, Context::None) => {
            return Err(ExpressionError::new(Kind::MissingContext, kind.name(), ""));
        }
        CriterionKind::Regex => criterion::regex(condition, notes)?,
        CriterionKind::JsonPath => criterion::jsonpath(condition, notes)?,
    };
    Ok(Criterion { context, test })
}

/// Reads a condition without `type`, or with `type: simple`.
fn simple(
    text: &CriterionText<'_>,
    explicit: bool,
    notes: &mut Notes,
) -> Result<Criterion, ExpressionError> {
    match (explicit, text.context) {
        (true, None) => notes.hint(Lenient::SimpleWithoutContext, "", 0),
        (false, Some(context)) => {
            if let Some(value) = json_reader::value(text.condition) {
                let context = context_expression(context, notes)?;
                notes.lenient(Lenient::JsonCondition, text.condition, 0, None)?;
                let test = Test::Equal(value);
                return Ok(Criterion { context, test });
            }
            notes.lenient(Lenient::ContextWithoutType, context, 0, None)?;
        }
        _ => {}
    }
    criterion(Context::None, text.kind, text.condition, notes)
}

/// The error for a JSONPath query that stands where a simple condition should.
fn query_meant(condition: &str) -> Option<ExpressionError> {
    let text = condition.trim_start();
    ["$.", "$[", "@."]
        .iter()
        .any(|start| text.starts_with(start))
        .then(|| {
            let reason = "a JSONPath condition needs its `type` and `context`";
            ExpressionError::at(Kind::MalformedCondition, reason, condition, 0)
                .meant(Some("type: jsonpath` with `context: $response.body"))
        })
}
