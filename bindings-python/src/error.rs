//! Diagnostics as Python exceptions.

use pyo3::prelude::{Bound, PyAny, PyAnyMethods, PyErr, PyResult, Python};
use pyo3::types::{PyList, PyListMethods, PyTypeMethods};
use spola::{Diagnostic, Report};

use crate::convert::class;

/// What is raised for one diagnostic.
pub fn raised(py: Python<'_>, error: &dyn Diagnostic) -> PyErr {
    raised_reports(py, &[Report::of(error)], &|_| None)
}

/// What is raised for findings of which at least one is an error; `text` gives
/// the text of a document to quote from.
pub fn raised_reports(
    py: Python<'_>,
    reports: &[Report],
    text: &dyn Fn(&str) -> Option<String>,
) -> PyErr {
    let made = diagnostics(py, reports, text)
        .and_then(|found| class(py, "spola.errors", "from_diagnostics")?.call1((found,)));
    made.map_or_else(|error| error, PyErr::from_value)
}

/// What is raised for a misuse by the host: a code of the room `host`.
pub fn misuse(py: Python<'_>, code: &str, message: String, help: &str) -> PyErr {
    let made =
        class(py, "spola.errors", "HostError").and_then(|class| class.call1((message, code, help)));
    made.map_or_else(|error| error, PyErr::from_value)
}

/// A value that is not of the type it has to be.
pub fn wrong_type(py: Python<'_>, what: &str, found: &Bound<'_, PyAny>, help: &str) -> PyErr {
    let kind = found.get_type().name();
    let kind = kind.map_or_else(|_| "?".to_owned(), |name| name.to_string());
    misuse(
        py,
        "host.wrong-type",
        format!("{what} cannot be a `{kind}`"),
        help,
    )
}

/// Reports as a list of `spola.Diagnostic`.
pub fn diagnostics<'py>(
    py: Python<'py>,
    reports: &[Report],
    text: &dyn Fn(&str) -> Option<String>,
) -> PyResult<Bound<'py, PyList>> {
    let (diagnostic, location) = (
        class(py, "spola.errors", "Diagnostic")?,
        class(py, "spola.errors", "Location")?,
    );
    let list = PyList::empty(py);
    for report in reports {
        let place = match &report.location {
            Some(place) => Some(location.call1((
                &*place.document,
                &place.pointer,
                place.line,
                place.column,
            ))?),
            None => None,
        };
        let quoted = report
            .location
            .as_ref()
            .and_then(|place| text(&place.document));
        let rendered = report.render(quoted.as_deref());
        list.append(diagnostic.call1((
            report.code,
            report.severity.as_str(),
            &report.message,
            report.help.as_deref(),
            place,
            rendered.trim_end(),
        ))?)?;
    }
    Ok(list)
}
