//! The ECR toolkit: its operations as machines, its names as values.

use pyo3::prelude::{Bound, PyAny, PyErr, PyResult, Python, pyfunction};
use pyo3::types::PyDict;
use serde_json::{Value, json};
use spola_ecr::{Defaults, EcrError, Operation, Options, RepositoryUri, Resolved, resolve};

use crate::convert::{to_bytes, to_object, to_python, to_text};
use crate::error::raised;
use crate::machine::Machine;
use crate::options;

/// Begins an operation by name.
#[pyfunction]
pub fn ecr_start(
    py: Python<'_>,
    name: &Bound<'_, PyAny>,
    arguments: Option<&Bound<'_, PyAny>>,
    options: &Bound<'_, PyDict>,
    account: Option<&Bound<'_, PyAny>>,
) -> PyResult<Machine> {
    let name = to_text(name, "an operation's name")?;
    let arguments = Value::Object(to_object(arguments, "the arguments")?);
    let options = settled(py, options, account)?;
    let begun = py.detach(|| Operation::from_json(&name, arguments, options));
    machine(py, begun)
}

/// Goes on with an operation from where its snapshot was taken.
#[pyfunction]
pub fn ecr_resume(
    py: Python<'_>,
    snapshot: &Bound<'_, PyAny>,
    options: &Bound<'_, PyDict>,
    account: Option<&Bound<'_, PyAny>>,
) -> PyResult<Machine> {
    let snapshot = to_bytes(snapshot, "a snapshot")?;
    let options = settled(py, options, account)?;
    let begun = py.detach(|| Operation::resume(&snapshot, options));
    machine(py, begun)
}

/// What a name of an image or repository means, as plain values.
#[pyfunction]
pub fn ecr_name<'py>(
    py: Python<'py>,
    name: &Bound<'py, PyAny>,
    account: Option<&Bound<'py, PyAny>>,
    region: Option<&Bound<'py, PyAny>>,
    tag: Option<&Bound<'py, PyAny>>,
) -> PyResult<Bound<'py, PyAny>> {
    let name = to_text(name, "a name")?;
    let defaults = Defaults {
        account: read(py, account, "an account")?,
        region: read(py, region, "a region")?,
        tag: read(py, tag, "a tag")?,
        ..Defaults::default()
    };
    let found = resolve(&name, &defaults).map_err(|error| raised(py, &error))?;
    let value = match &found {
        Resolved::Repository(repository) => plain(repository, repository.to_string(), None, None),
        Resolved::Image(image) => plain(
            image.repository(),
            image.to_string(),
            image.tag().map(ToString::to_string),
            image.digest().map(ToString::to_string),
        ),
    };
    to_python(py, &value)
}

fn plain(
    repository: &RepositoryUri,
    uri: String,
    tag: Option<String>,
    digest: Option<String>,
) -> Value {
    json!({
        "uri": uri,
        "registry": repository.registry.to_string(),
        "account": repository.registry.account.to_string(),
        "region": repository.registry.region.to_string(),
        "repository": repository.name.to_string(),
        "arn": repository.to_arn().to_string(),
        "tag": tag,
        "digest": digest,
    })
}

fn machine(py: Python<'_>, begun: Result<Operation, EcrError>) -> PyResult<Machine> {
    let operation = begun.map_err(|error| raised(py, &error))?;
    let name = operation.name().to_owned();
    Ok(Machine::new(Some(name), Box::new(operation)))
}

fn settled(
    py: Python<'_>,
    options: &Bound<'_, PyDict>,
    account: Option<&Bound<'_, PyAny>>,
) -> PyResult<Options> {
    Ok(Options {
        account: read(py, account, "an account")?,
        run: options::read(options)?,
    })
}

fn read<T: std::str::FromStr<Err = EcrError>>(
    py: Python<'_>,
    given: Option<&Bound<'_, PyAny>>,
    what: &str,
) -> PyResult<Option<T>> {
    let wrong = |error: EcrError| -> PyErr { raised(py, &error) };
    given
        .map(|given| to_text(given, what)?.parse().map_err(wrong))
        .transpose()
}
