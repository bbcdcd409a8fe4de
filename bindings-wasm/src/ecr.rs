//! The ECR toolkit: its operations as machines, its names as values.

use std::str::FromStr;

use serde_json::Value;
use spola_ecr::{Defaults, EcrError, Operation, Options, RepositoryUri, Resolved, resolve};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::convert::{Json, options, value};
use crate::error::thrown;
use crate::machine::{Driven, Machine};

/// Begins an operation by name; arguments and options are JSON.
///
/// # Errors
/// `ecr.unknown-operation`, `ecr.invalid-arguments` and the like.
#[wasm_bindgen]
pub fn ecr_start(
    name: &str,
    arguments: &str,
    settings: &str,
    account: Option<String>,
) -> Result<Machine, JsValue> {
    let operation = Operation::from_json(name, value(arguments)?, settled(settings, account)?);
    begun(operation)
}

/// Goes on with an operation from where its snapshot was taken.
///
/// # Errors
/// `ecr.damaged-snapshot`, `ecr.snapshot-version`.
#[wasm_bindgen]
pub fn ecr_resume(
    snapshot: &[u8],
    settings: &str,
    account: Option<String>,
) -> Result<Machine, JsValue> {
    let operation = Operation::resume(snapshot, settled(settings, account)?);
    begun(operation)
}

fn begun(operation: Result<Operation, EcrError>) -> Result<Machine, JsValue> {
    match operation {
        Ok(operation) => Ok(Machine::new(Driven::Operation(operation))),
        Err(error) => Err(thrown(&error)),
    }
}

/// What a name of an image or repository means, as JSON; asks nobody.
///
/// # Errors
/// What is wrong with the name, `ecr.missing-registry`.
#[wasm_bindgen]
pub fn ecr_name(name: &str, defaults: &str) -> Result<String, JsValue> {
    let given = value(defaults)?;
    let defaults = Defaults {
        account: read(given.get("account"))?,
        region: read(given.get("region"))?,
        tag: read(given.get("tag"))?,
        ..Defaults::default()
    };
    let found = resolve(name, &defaults).map_err(|error| thrown(&error))?;
    Ok(match &found {
        Resolved::Repository(repository) => plain(repository, &repository.to_string(), None, None),
        Resolved::Image(image) => plain(
            image.repository(),
            &image.to_string(),
            image.tag().map(ToString::to_string),
            image.digest().map(ToString::to_string),
        ),
    })
}

fn plain(
    repository: &RepositoryUri,
    uri: &str,
    tag: Option<String>,
    digest: Option<String>,
) -> String {
    let registry = &repository.registry;
    let mut json = Json::object();
    json.text("uri", uri)
        .text("registry", &registry.to_string())
        .text("account", registry.account.as_str())
        .text("region", registry.region.as_str())
        .text("repository", repository.name.as_str())
        .text("arn", &repository.to_arn().to_string())
        .text_or_null("tag", tag.as_deref())
        .text_or_null("digest", digest.as_deref());
    json.finish()
}

/// What operations are given, from options as a snapshot keeps them.
pub fn settled(settings: &str, account: Option<String>) -> Result<Options, JsValue> {
    let account = account.map(|account| account.parse());
    Ok(Options {
        account: account
            .transpose()
            .map_err(|error: EcrError| thrown(&error))?,
        run: options(settings, "")?,
    })
}

fn read<T: FromStr<Err = EcrError>>(given: Option<&Value>) -> Result<Option<T>, JsValue> {
    let text = given.and_then(Value::as_str);
    let read = text.map(str::parse).transpose();
    read.map_err(|error| thrown(&error))
}
