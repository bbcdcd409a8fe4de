//! Errors as the JSON from which `SpolaError` is made.

use spola::{Diagnostic, Report};

use crate::border::Thrown;
use crate::convert::Json;

/// One diagnostic as JavaScript gets it.
pub fn thrown(error: &dyn Diagnostic) -> Thrown {
    let mut json = Json::object();
    report(&mut json, &Report::of(error));
    Thrown(json.finish())
}

/// Something that the host did wrong.
pub fn misused(code: &str, message: &str) -> Thrown {
    let mut json = Json::object();
    json.text("code", code).text("message", message);
    Thrown(json.finish())
}

/// An error that stands for several findings.
#[cfg(feature = "documents")]
pub fn thrown_with(error: &dyn Diagnostic, findings: &[Report]) -> Thrown {
    let mut json = Json::object();
    report(&mut json, &Report::of(error));
    json.raw("diagnostics", &reports(findings));
    Thrown(json.finish())
}

/// Findings as a JSON array.
#[cfg(feature = "runs")]
pub fn reports(findings: &[Report]) -> String {
    let mut json = Json::list();
    for finding in findings {
        report(json.begin_item(), finding);
        json.end();
    }
    json.finish_list()
}

fn report(json: &mut Json, report: &Report) {
    json.text("code", report.code)
        .text("severity", report.severity.as_str())
        .text("message", &report.message);
    if let Some(help) = &report.help {
        json.text("help", help);
    }
    if let Some(place) = &report.location {
        json.begin("location")
            .text("document", &place.document)
            .text("pointer", &place.pointer)
            .number("line", place.line.into())
            .number("column", place.column.into())
            .number("length", place.length.into())
            .end();
    }
}
