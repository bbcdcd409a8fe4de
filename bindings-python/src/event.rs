//! What Python saw, as events for the machine.

use std::time::Duration;

use pyo3::intern;
use pyo3::prelude::{Bound, PyAny, PyAnyMethods, PyResult};
use pyo3::types::{PyMapping, PyMappingMethods, PyString};
use spola::machine::{CallId, CancelReason, Event, FailureReason};

use crate::convert::{Class, to_bytes, to_text};
use crate::error::{misuse, wrong_type};
use crate::options::{count, seconds};

static RESPONSE: Class = Class::new("Response");
static FAILED: Class = Class::new("Failed");
static ELAPSED: Class = Class::new("Elapsed");
static CANCEL: Class = Class::new("Cancel");

/// Reads an object of `spola.effects` as an event.
///
/// # Errors
/// `host.wrong-type`, `host.wrong-value`.
pub fn to_event(event: &Bound<'_, PyAny>) -> PyResult<Event> {
    let py = event.py();
    if event.is_instance(RESPONSE.get(py)?)? {
        return Ok(Event::Response {
            id: id(event)?,
            status: status(&event.getattr(intern!(py, "status"))?)?,
            headers: headers(&event.getattr(intern!(py, "headers"))?)?,
            body: to_bytes(&event.getattr(intern!(py, "body"))?, "a response's body")?,
            elapsed: elapsed(event)?,
        });
    }
    if event.is_instance(ELAPSED.get(py)?)? {
        return Ok(Event::Elapsed { id: id(event)? });
    }
    if event.is_instance(FAILED.get(py)?)? {
        return Ok(Event::Failed {
            id: id(event)?,
            reason: reason(&event.getattr(intern!(py, "reason"))?)?,
            message: to_text(
                &event.getattr(intern!(py, "message"))?,
                "a failure's message",
            )?,
            elapsed: elapsed(event)?,
        });
    }
    if event.is_instance(CANCEL.get(py)?)? {
        let given = to_text(&event.getattr(intern!(py, "reason"))?, "a reason to cancel")?;
        return match given.as_str() {
            "user" => Ok(Event::Cancel {
                reason: CancelReason::User,
            }),
            "timeout" => Ok(Event::Cancel {
                reason: CancelReason::Timeout,
            }),
            other => {
                let message = format!("a run is not cancelled for `{other}`");
                Err(misuse(
                    py,
                    "host.wrong-value",
                    message,
                    "write \"user\" or \"timeout\"",
                ))
            }
        };
    }
    let help = "feed a `spola.Response`, `Failed`, `Elapsed` or `Cancel`";
    Err(wrong_type(py, "an event", event, help))
}

fn id(event: &Bound<'_, PyAny>) -> PyResult<CallId> {
    count(&event.getattr(intern!(event.py(), "id"))?, "an id").map(CallId)
}

fn elapsed(event: &Bound<'_, PyAny>) -> PyResult<Duration> {
    seconds(&event.getattr(intern!(event.py(), "elapsed"))?, "`elapsed`")
}

fn status(value: &Bound<'_, PyAny>) -> PyResult<u16> {
    let status = count(value, "a response's status")?;
    match u16::try_from(status) {
        Ok(status) if (100..1000).contains(&status) => Ok(status),
        _ => {
            let message = format!("a response's status cannot be {status}");
            let help = "statuses have three digits";
            Err(misuse(value.py(), "host.wrong-value", message, help))
        }
    }
}

/// A mapping or pairs; values may be `bytes`, as some clients give them.
fn headers(value: &Bound<'_, PyAny>) -> PyResult<Vec<(String, String)>> {
    let py = value.py();
    let help = "give a mapping, or pairs of names and values";
    let refused = || wrong_type(py, "a response's headers", value, help);
    if value.is_instance_of::<PyString>() {
        return Err(refused());
    }
    let pairs = match value.cast::<PyMapping>() {
        Ok(mapping) => mapping.items()?.into_any(),
        Err(_) => value.clone(),
    };
    let mut headers = Vec::with_capacity(pairs.len().unwrap_or_default());
    for pair in pairs.try_iter().map_err(|_| refused())? {
        let (name, value) = pair?
            .extract::<(Bound<'_, PyAny>, Bound<'_, PyAny>)>()
            .map_err(|_| refused())?;
        headers.push((field(&name)?, field(&value)?));
    }
    Ok(headers)
}

fn field(value: &Bound<'_, PyAny>) -> PyResult<String> {
    if value.is_instance_of::<PyString>() {
        return to_text(value, "a header");
    }
    let bytes = to_bytes(value, "a header")?;
    Ok(bytes.into_iter().map(char::from).collect())
}

fn reason(value: &Bound<'_, PyAny>) -> PyResult<FailureReason> {
    let given = to_text(value, "a failure's reason")?;
    serde_json::from_value(given.as_str().into()).map_err(|_| {
        let message = format!("no answer came for the reason `{given}`, which is none");
        let help = "write resolve, connect, tls, timeout, reset, truncated, too-large, unsupported or \
                    other";
        misuse(value.py(), "host.wrong-value", message, help)
    })
}
