//! Results for people and as JSON.
#![expect(clippy::print_stderr, reason = "this is what it is for")]

use serde_json::{Map, Value, json};
use spola::machine::{Outcome, OutcomeKind, Record, StepRecord};
use spola::{Location, Report};

/// Prints a line of the answer on standard output. A reader who has gone away
/// wants no more of it.
pub fn answer(text: &str) {
    use std::io::Write;
    let mut out = std::io::stdout().lock();
    let written = writeln!(out, "{text}").and_then(|()| out.flush());
    if written.is_err() {
        std::process::exit(141);
    }
}

/// Prints a line on standard error.
pub fn say(text: &str) {
    eprintln!("{text}");
}

/// The result of a run as one JSON object.
pub fn result_json(workflow_id: &str, outcome: &Outcome, record: &Record) -> Value {
    let steps: Value = serde_json::from_str(&record.to_json()).unwrap_or_default();
    json!({
        "workflowId": workflow_id,
        "outcome": outcome.outcome,
        "outputs": outcome.outputs,
        "failure": outcome.failure.as_ref().map(|failure| json!({
            "code": failure.code,
            "stepId": failure.step_id,
            "message": failure.message,
        })),
        "steps": steps,
    })
}

/// The outputs for people: on standard output, as they are what was asked for.
pub fn outputs(outputs: &Map<String, Value>) {
    answer(&pretty(&Value::Object(outputs.clone())));
}

/// The last lines for people: on standard error.
pub fn ending(workflow_id: &str, outcome: &Outcome, steps: &[StepRecord]) {
    let requests = match steps.len() {
        1 => "1 request".to_owned(),
        n => format!("{n} requests"),
    };
    let word = match outcome.outcome {
        OutcomeKind::Succeeded => "succeeded",
        OutcomeKind::Failed => "failed",
        OutcomeKind::Interrupted => "was interrupted",
    };
    say(&format!("{workflow_id} {word} ({requests})"));
}

/// Why a run failed: on standard error, with `--json` too.
pub fn failure(outcome: &Outcome) {
    let Some(failure) = &outcome.failure else {
        return;
    };
    let at = match &failure.step_id {
        Some(step) => format!(" at step `{step}`"),
        None => String::new(),
    };
    say(&format!("error[{}]{at}: {}", failure.code, failure.message));
}

/// Diagnostics as one JSON object.
pub fn diagnostics_json(reports: &[Report]) -> Value {
    let diagnostics: Vec<Value> = reports.iter().map(diagnostic_json).collect();
    json!({ "diagnostics": diagnostics })
}

fn diagnostic_json(report: &Report) -> Value {
    let nowhere = Location::default();
    let place = report.location.as_ref().unwrap_or(&nowhere);
    json!({
        "code": report.code,
        "severity": report.severity.as_str(),
        "message": report.message,
        "help": report.help,
        "file": &*place.document,
        "line": place.line,
        "column": place.column,
        "pointer": place.pointer,
    })
}

/// JSON for people.
pub fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default()
}
