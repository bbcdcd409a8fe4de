//! Errors as the JSON from which `SpolaError` is made.

use spola::{Diagnostic, Location, Report};
use wasm_bindgen::JsValue;

use crate::convert::Json;

/// One diagnostic as JavaScript gets it.
pub fn thrown(error: &dyn Diagnostic) -> JsValue {
    JsValue::from_str(&of_report(&Report::of(error)).finish())
}

/// Something that the host did wrong.
pub fn misused(code: &str, message: &str) -> JsValue {
    let mut json = Json::object();
    json.text("code", code).text("message", message);
    JsValue::from_str(&json.finish())
}

/// An error that stands for several findings.
#[cfg(feature = "documents")]
pub fn thrown_with(error: &dyn Diagnostic, findings: &[Report]) -> JsValue {
    let mut json = of_report(&Report::of(error));
    json.raw("diagnostics", &reports(findings));
    JsValue::from_str(&json.finish())
}

/// Findings as a JSON array.
#[cfg(feature = "runs")]
pub fn reports(findings: &[Report]) -> String {
    let findings = findings.iter().map(|report| of_report(report).finish());
    format!("[{}]", findings.collect::<Vec<_>>().join(","))
}

fn of_report(report: &Report) -> Json {
    let mut json = Json::object();
    json.text("code", report.code)
        .text("severity", report.severity.as_str())
        .text("message", &report.message);
    if let Some(help) = &report.help {
        json.text("help", help);
    }
    if let Some(place) = &report.location {
        json.raw("location", &location(place));
    }
    json
}

fn location(place: &Location) -> String {
    let mut json = Json::object();
    json.text("document", &place.document)
        .text("pointer", &place.pointer)
        .number("line", place.line.into())
        .number("column", place.column.into())
        .number("length", place.length.into());
    json.finish()
}
