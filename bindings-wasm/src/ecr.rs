//! The ECR toolkit: its operations as machines, its names as values.

use std::str::FromStr;

use serde_json::Value;
use spola_ecr::{Defaults, EcrError, Operation, Options, RepositoryUri, Resolved, resolve};

use crate::border::{Answer, Thrown, answer, bytes, hold, tell, text};
use crate::convert::{Json, options, value};
use crate::error::thrown;
use crate::machine::{Driven, Machine};

/// Begins an operation, and gives its machine: its name, arguments and options as
/// JSON, and, where there is one, the `account`.
///
/// Throws `ecr.unknown-operation`, `ecr.invalid-arguments` and the like.
#[unsafe(no_mangle)]
pub extern "C" fn ecr_start(account: bool) -> i32 {
    let start = || {
        let (name, arguments) = (text(), value(&text())?);
        begun(Operation::from_json(&name, arguments, settled(account)?))
    };
    answer(start())
}

/// Goes on with an operation, and gives its machine: the snapshot, options as JSON,
/// and, where there is one, the `account`.
///
/// Throws `ecr.damaged-snapshot`, `ecr.snapshot-version`.
#[unsafe(no_mangle)]
pub extern "C" fn ecr_resume(account: bool) -> i32 {
    let resume = || {
        let snapshot = bytes();
        begun(Operation::resume(&snapshot, settled(account)?))
    };
    answer(resume())
}

fn begun(operation: Result<Operation, EcrError>) -> Answer {
    match operation {
        Ok(operation) => hold(Machine::new(Driven::Operation(operation))),
        Err(error) => Err(thrown(&error)),
    }
}

/// Tells what a name of an image or repository means, as JSON; asks nobody. Takes
/// the name, and defaults as JSON.
///
/// Throws what is wrong with the name, `ecr.missing-registry`.
#[unsafe(no_mangle)]
pub extern "C" fn ecr_name() -> i32 {
    answer(named(&text(), &text()).and_then(tell))
}

fn named(name: &str, defaults: &str) -> Result<String, Thrown> {
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

/// What operations are given: takes options as a snapshot keeps them, and, where
/// there is one, the account.
///
/// # Errors
/// `host.bad-option`, or what is wrong with the account.
pub fn settled(account: bool) -> Result<Options, Thrown> {
    let settings = text();
    let account = account.then(|| text().parse()).transpose();
    Ok(Options {
        account: account.map_err(|error: EcrError| thrown(&error))?,
        run: options(&settings, "")?,
    })
}

fn read<T: FromStr<Err = EcrError>>(given: Option<&Value>) -> Result<Option<T>, Thrown> {
    let text = given.and_then(Value::as_str);
    let read = text.map(str::parse).transpose();
    read.map_err(|error| thrown(&error))
}
