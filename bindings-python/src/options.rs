//! What a host settles for a run, from keywords.

use std::time::Duration;

use pyo3::prelude::{Bound, PyAny, PyAnyMethods, PyResult};
use pyo3::types::{PyDict, PyDictMethods};
use serde_json::Value;
use spola::VecMap;
use spola::machine::{ExtraHeader, InDoubt, RunOptions};

use crate::convert::{to_object, to_text};
use crate::error::{misuse, wrong_type};

/// Reads options by name; those that are `None` take their default.
///
/// # Errors
/// `host.wrong-type`, `host.wrong-value`.
pub fn read(given: &Bound<'_, PyDict>) -> PyResult<RunOptions> {
    let mut options = RunOptions::default();
    for (name, value) in given.iter() {
        if value.is_none() {
            continue;
        }
        let name = to_text(&name, "an option's name")?;
        let what = format!("`{name}`");
        match name.as_str() {
            "endpoints" => options.endpoints = texts(&value, &what)?,
            "aws_endpoints" => options.aws_endpoints = texts(&value, &what)?,
            "server_variables" => options.server_variables = texts(&value, &what)?,
            "region" => options.region = Some(to_text(&value, &what)?),
            "use_fips" => options.use_fips = value.is_truthy()?,
            "use_dual_stack" => options.use_dual_stack = value.is_truthy()?,
            "headers" => options.headers = headers(&value)?,
            "max_steps" => options.max_steps = Some(count(&value, &what)?),
            "max_depth" => options.max_depth = Some(small(&value, &what)?),
            "max_response" => options.max_response = Some(count(&value, &what)?),
            "max_attempts" => options.max_attempts = Some(small(&value, &what)?),
            "seed" => options.seed = Some(count(&value, &what)?),
            "poll_interval" => options.poll_interval = Some(seconds(&value, &what)?),
            "max_wait" => options.max_wait = Some(seconds(&value, &what)?),
            "dependency_inputs" => {
                let given = to_object(Some(&value), &what)?;
                for (workflow, inputs) in given {
                    let Value::Object(inputs) = inputs else {
                        let message = format!("{what} has no mapping under `{workflow}`");
                        return Err(misuse(
                            value.py(),
                            "host.wrong-value",
                            message,
                            "give a mapping of inputs for each workflow's id",
                        ));
                    };
                    options.dependency_inputs.insert(workflow, inputs);
                }
            }
            _ => {
                let message = format!("there is no option {what}");
                let help = "see `help(spola.Program.start)` for those there are";
                return Err(misuse(value.py(), "host.unknown-option", message, help));
            }
        }
    }
    Ok(options)
}

/// What to do with a request whose answer was never seen.
///
/// # Errors
/// `host.wrong-value`.
pub fn in_doubt(given: Option<&Bound<'_, PyAny>>) -> PyResult<Option<InDoubt>> {
    let Some(given) = given.filter(|given| !given.is_none()) else {
        return Ok(None);
    };
    Ok(Some(match to_text(given, "`in_doubt`")?.as_str() {
        "send" => InDoubt::Send,
        "fail" => InDoubt::Fail,
        "skip" => InDoubt::Skip,
        other => {
            let message = format!("`in_doubt` cannot be `{other}`");
            let help = "write \"send\", \"fail\" or \"skip\"";
            return Err(misuse(given.py(), "host.wrong-value", message, help));
        }
    }))
}

/// A length of time in seconds.
///
/// # Errors
/// `host.wrong-type`; `host.wrong-value` where it is negative, endless or no number.
pub fn seconds(value: &Bound<'_, PyAny>, what: &str) -> PyResult<Duration> {
    let help = "give a number of seconds, 0 or more";
    let number: f64 = value
        .extract()
        .map_err(|_| wrong_type(value.py(), what, value, help))?;
    Duration::try_from_secs_f64(number).map_err(|_| {
        let message = format!("{what} cannot be {number}");
        misuse(value.py(), "host.wrong-value", message, help)
    })
}

/// A whole number, 0 or more.
///
/// # Errors
/// `host.wrong-type`.
pub fn count(value: &Bound<'_, PyAny>, what: &str) -> PyResult<u64> {
    let help = "give a whole number, 0 or more";
    let found = value.extract();
    found.map_err(|_| wrong_or_out_of_range(value, what, help))
}

fn small(value: &Bound<'_, PyAny>, what: &str) -> PyResult<u32> {
    let help = "give a whole number, 0 or more";
    let found = value.extract();
    found.map_err(|_| wrong_or_out_of_range(value, what, help))
}

fn wrong_or_out_of_range(value: &Bound<'_, PyAny>, what: &str, help: &str) -> pyo3::PyErr {
    if value.is_instance_of::<pyo3::types::PyInt>() {
        let message = format!("{what} is out of range");
        return misuse(value.py(), "host.wrong-value", message, help);
    }
    wrong_type(value.py(), what, value, help)
}

fn texts(value: &Bound<'_, PyAny>, what: &str) -> PyResult<VecMap<String, String>> {
    let mut found = VecMap::new();
    for (name, text) in to_object(Some(value), what)? {
        let Value::String(text) = text else {
            let message = format!("{what} has no str under `{name}`");
            return Err(misuse(
                value.py(),
                "host.wrong-value",
                message,
                "give a mapping of names to str",
            ));
        };
        found.insert(name, text);
    }
    Ok(found)
}

/// Triples of source (or none), name and value. Values may be secret, so that no
/// message repeats them.
fn headers(value: &Bound<'_, PyAny>) -> PyResult<Vec<ExtraHeader>> {
    let mut headers = Vec::new();
    for triple in value.try_iter()? {
        let (source, name, text): (Option<String>, String, String) = triple?.extract()?;
        let unusable = || {
            let message = format!("the header `{}` cannot be sent", name.escape_debug());
            let help = "names are tokens; values are printable ASCII";
            misuse(value.py(), "host.wrong-value", message, help)
        };
        headers.push(ExtraHeader {
            source,
            name: name.parse().map_err(|_| unusable())?,
            value: text.parse().map_err(|_| unusable())?,
        });
    }
    Ok(headers)
}
