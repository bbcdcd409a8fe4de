//! Runtime expressions, conditions, templates.

mod comparisons;
mod conditions;
mod expressions;
mod parts;
mod properties;
mod templates;

use serde_json::{Value, json};
use spola::Diagnostic;
use spola::expression::{
    Condition, ContextScope, CriterionKind, CriterionText, Dialect, EvalKind, ExpressionError,
    Judgement, Parsed, Version, evaluate_text, parse,
};

const V1_0: Dialect = Dialect {
    version: Version::V1_0,
    strict: false,
};
const V1_1: Dialect = Dialect {
    version: Version::V1_1,
    strict: false,
};
const STRICT: Dialect = Dialect {
    version: Version::V1_1,
    strict: true,
};
const SIMPLE: CriterionKind = CriterionKind::Simple { explicit: false };

/// What an expression gives; missing is shown as `"<missing>"`.
fn value(text: &str, context: &Value) -> Value {
    let parsed = parse(text, V1_1).unwrap_or_else(|error| panic!("{text}: {error}"));
    let scope = ContextScope::new(context);
    let found = parsed.value.evaluate(&scope).unwrap();
    found.map_or(json!("<missing>"), std::borrow::Cow::into_owned)
}

/// The code of the error that a text gives.
fn code(text: &str, dialect: Dialect) -> &'static str {
    match parse(text, dialect) {
        Ok(_) => "fine",
        Err(error) => error.code(),
    }
}

/// What the help says to a malformed expression.
fn help(text: &str) -> String {
    match parse(text, V1_1) {
        Ok(_) => "fine".into(),
        Err(error) => error.help().unwrap_or_default(),
    }
}

fn codes<T>(parsed: &Parsed<T>) -> Vec<&'static str> {
    parsed.warnings.iter().map(Diagnostic::code).collect()
}

/// Judges a simple condition; it has to parse without warnings.
fn simple(condition: &str, context: &Value) -> bool {
    let parsed = evaluate_text(condition, EvalKind::Simple, context, STRICT)
        .unwrap_or_else(|error| panic!("{condition}: {error}"));
    assert_eq!(parsed.warnings, [], "{condition}");
    parsed.value == json!(true)
}

/// Judges a simple condition that is read leniently, and gives the warnings.
fn lenient(condition: &str, context: &Value) -> (bool, Vec<&'static str>) {
    let parsed = evaluate_text(condition, EvalKind::Simple, context, V1_1)
        .unwrap_or_else(|error| panic!("{condition}: {error}"));
    (parsed.value == json!(true), codes(&parsed))
}

/// The code and help of a simple condition's error.
fn refusal(condition: &str) -> (&'static str, String) {
    match evaluate_text(condition, EvalKind::Simple, &json!({}), V1_1) {
        Ok(parsed) => panic!("{condition}: read as {parsed:?}"),
        Err(error) => (error.code(), error.help().unwrap_or_default()),
    }
}

fn criterion(
    kind: CriterionKind,
    context: Option<&str>,
    condition: &str,
    dialect: Dialect,
) -> Result<Parsed<Condition>, ExpressionError> {
    let text = CriterionText {
        condition,
        context,
        kind,
    };
    Condition::parse(&text, dialect)
}

/// Judges a condition on `$response.body`.
fn on_body(kind: CriterionKind, condition: &str, body: Value) -> bool {
    judged(kind, condition, &json!({"response": {"body": body}})).passed
}

fn judged(kind: CriterionKind, condition: &str, context: &Value) -> Judgement {
    let parsed = criterion(kind, Some("$response.body"), condition, V1_1)
        .unwrap_or_else(|error| panic!("{condition}: {error}"));
    let judgement = parsed.value.judge(&ContextScope::new(context));
    // Who reads only what the condition looks at judges the same.
    let mut wanted = spola::exchange::Parts::default();
    parsed.value.want(&mut wanted);
    let limited = parts::limited(context, wanted);
    let again = parsed.value.judge(&ContextScope::new(&limited));
    assert_eq!(again, judgement, "{condition} on {limited}");
    judgement
}
