//! Effects of the machine as objects of Python.

use std::sync::Arc;
use std::time::Duration;

use pyo3::prelude::{Bound, Py, PyAny, PyAnyMethods, PyResult, Python};
use pyo3::types::{PyBytes, PyTuple};
use spola::auth::{ApiKeyPlace, Auth, Scheme};
use spola::machine::{Effect, Progress, Repeat, Send};
use spola::message::Request;

use crate::convert::Class;
use crate::error::misuse;
use crate::outcome::Outcome;

static SEND: Class = Class::new("Send");
static WAIT: Class = Class::new("Wait");
static ABORT: Class = Class::new("Abort");
static DONE: Class = Class::new("Done");
static REQUEST: Class = Class::new("Request");
static AUTH: Class = Class::new("Auth");
static SCHEME: Class = Class::new("Scheme");
static STEP_STARTED: Class = Class::new("StepStarted");
static ATTEMPT: Class = Class::new("Attempt");
static ANSWERED: Class = Class::new("Answered");
static CRITERION: Class = Class::new("Criterion");
static OUTPUTS: Class = Class::new("Outputs");
static ACTION: Class = Class::new("Action");
static WAITING: Class = Class::new("Waiting");
static LAYER: Class = Class::new("Layer");
static IMAGE: Class = Class::new("Image");
static NOTE: Class = Class::new("Note");

/// An effect as an object of `spola.effects`.
///
/// # Errors
/// `host.unknown-effect` for one that this binding has no class for.
pub fn to_effect(py: Python<'_>, effect: Effect) -> PyResult<Bound<'_, PyAny>> {
    match effect {
        Effect::Send(send) => to_send(py, *send),
        Effect::Wait(wait) => WAIT.get(py)?.call1((wait.id.0, wait.delay.as_secs_f64())),
        Effect::Abort { id } => ABORT.get(py)?.call1((id.0,)),
        Effect::Progress(told) => to_progress(py, &told),
        Effect::Done(outcome) => to_done(
            py,
            Py::new(py, Outcome::new(Arc::unwrap_or_clone(outcome)))?,
        ),
        _ => Err(unknown(py)),
    }
}

/// The end, as a `spola.Done`.
///
/// # Errors
/// None but Python's own.
pub fn to_done(py: Python<'_>, outcome: Py<Outcome>) -> PyResult<Bound<'_, PyAny>> {
    DONE.get(py)?.call1((outcome,))
}

fn unknown(py: Python<'_>) -> pyo3::PyErr {
    let message = "the machine asks for something that this binding does not know".to_owned();
    misuse(py, "host.unknown-effect", message, "use a newer `spola`")
}

fn to_send(py: Python<'_>, send: Send) -> PyResult<Bound<'_, PyAny>> {
    let request = to_request(py, &send.request)?;
    let auth = send
        .auth
        .as_ref()
        .map(|auth| to_auth(py, auth))
        .transpose()?;
    SEND.get(py)?.call1((
        send.id.0,
        request,
        auth,
        send.timeout.as_ref().map(Duration::as_secs_f64),
        send.max_response,
        match send.repeat {
            Repeat::Safe => "safe",
            Repeat::Unsafe => "unsafe",
        },
        send.shown_url(),
    ))
}

/// A request as a `spola.Request`.
///
/// # Errors
/// None but Python's own.
pub fn to_request<'py>(py: Python<'py>, request: &Request) -> PyResult<Bound<'py, PyAny>> {
    let headers = request.headers().iter().map(|(name, value)| {
        let value: String = match value.to_str() {
            Some(text) => text.to_owned(),
            // As the HTTP clients of Python write text: ISO 8859-1.
            None => value.as_bytes().iter().copied().map(char::from).collect(),
        };
        (name.to_owned(), value)
    });
    let headers = PyTuple::new(py, headers.collect::<Vec<_>>())?;
    REQUEST.get(py)?.call1((
        request.method().as_str(),
        request.url().as_str(),
        headers,
        PyBytes::new(py, request.body()),
    ))
}

fn to_auth<'py>(py: Python<'py>, auth: &Auth) -> PyResult<Bound<'py, PyAny>> {
    let schemes = auth.schemes.iter().map(|scheme| to_scheme(py, scheme));
    let schemes = PyTuple::new(py, schemes.collect::<PyResult<Vec<_>>>()?)?;
    AUTH.get(py)?.call1((
        &auth.source,
        schemes,
        auth.optional,
        auth.renew,
        auth.server_time,
    ))
}

fn to_scheme<'py>(py: Python<'py>, scheme: &Scheme) -> PyResult<Bound<'py, PyAny>> {
    let none: Option<&str> = None;
    let make = SCHEME.get(py)?;
    match scheme {
        Scheme::SigV4 { service, region } => make.call1(("sigv4", service, region)),
        Scheme::ApiKey { name, place } => {
            let place = match place {
                ApiKeyPlace::Header => "header",
                ApiKeyPlace::Query => "query",
                ApiKeyPlace::Cookie => "cookie",
            };
            make.call1(("apikey", none, none, name, place))
        }
        Scheme::Basic => make.call1(("basic",)),
        Scheme::Bearer => make.call1(("bearer",)),
        Scheme::OAuth2 { scopes } => {
            let scopes = PyTuple::new(py, scopes)?;
            make.call1(("oauth2", none, none, none, none, scopes))
        }
        _ => Err(unknown(py)),
    }
}

fn to_progress<'py>(py: Python<'py>, told: &Progress) -> PyResult<Bound<'py, PyAny>> {
    match told {
        Progress::StepStarted {
            workflow_id,
            step_id,
            execution,
        } => STEP_STARTED
            .get(py)?
            .call1((&**workflow_id, &**step_id, *execution)),
        Progress::Attempt {
            id,
            workflow_id,
            step_id,
            execution,
            attempt,
            method,
            url,
        } => ATTEMPT.get(py)?.call1((
            id.0,
            &**workflow_id,
            &**step_id,
            *execution,
            *attempt,
            method.as_str(),
            url,
        )),
        Progress::Answered { id, status } => ANSWERED.get(py)?.call1((id.0, *status)),
        Progress::Criterion {
            id,
            condition,
            passed,
            note,
        } => CRITERION
            .get(py)?
            .call1((id.map(|id| id.0), &**condition, *passed, note)),
        Progress::Outputs {
            workflow_id,
            step_id,
            names,
        } => {
            let names = PyTuple::new(py, names.iter().map(|name| &**name).collect::<Vec<_>>())?;
            OUTPUTS.get(py)?.call1((&**workflow_id, &**step_id, names))
        }
        Progress::Action {
            id,
            workflow_id,
            step_id,
            succeeded,
            action,
        } => ACTION.get(py)?.call1((
            id.map(|id| id.0),
            &**workflow_id,
            &**step_id,
            *succeeded,
            &**action,
        )),
        Progress::Waiting {
            step_id,
            why,
            delay,
        } => WAITING
            .get(py)?
            .call1((&**step_id, *why, delay.as_secs_f64())),
        Progress::Layer {
            digest,
            stage,
            done,
            total,
        } => LAYER.get(py)?.call1((&**digest, *stage, *done, *total)),
        Progress::Image { digest, tag, stage } => {
            IMAGE.get(py)?.call1((&**digest, tag.as_deref(), *stage))
        }
        Progress::Note { step_id, message } => NOTE.get(py)?.call1((step_id.as_deref(), message)),
        _ => NOTE.get(py)?.call1((
            None::<&str>,
            "something is told that this binding does not know",
        )),
    }
}
