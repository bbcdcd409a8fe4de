//! Credentials that a command prints.

use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::Value;
use spola::auth::{AwsCredentials, Secret};

use super::chain::Fetched;
use super::error::ProviderError;
use super::profile::words;
use super::time;

/// Runs the command of `credential_process`; what it prints is never shown.
pub(super) fn fetch(profile: &str, command: &str) -> Result<Fetched, ProviderError> {
    let failed = |reason: String| ProviderError::ProcessFailed {
        profile: profile.to_owned(),
        reason,
    };
    let words = words(command);
    let (program, arguments) = words
        .split_first()
        .ok_or_else(|| failed("is empty".into()))?;
    let output = Command::new(program)
        .args(arguments)
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| failed(format!("cannot be started: {error}")))?;
    if !output.status.success() {
        return Err(failed(format!("ended with {}", output.status)));
    }
    let (credentials, expires) = read(&output.stdout).map_err(|reason| failed(reason.into()))?;
    Ok(Fetched {
        credentials,
        expires,
        source: format!("`credential_process` of profile `{profile}`"),
    })
}

type Printed = (AwsCredentials, Option<Duration>);

fn read(output: &[u8]) -> Result<Printed, &'static str> {
    let value: Value = serde_json::from_slice(output).map_err(|_| "did not print a JSON object")?;
    if value["Version"].as_u64() != Some(1) {
        return Err("did not print `\"Version\": 1`");
    }
    let text = |name: &str| value[name].as_str().filter(|text| !text.is_empty());
    let (Some(id), Some(secret)) = (text("AccessKeyId"), text("SecretAccessKey")) else {
        return Err("did not print `AccessKeyId` and `SecretAccessKey`");
    };
    let token = text("SessionToken").map(Secret::from);
    let expires = match text("Expiration") {
        None => None,
        Some(text) => Some(time::parse(text).ok_or("did not print a time as `Expiration`")?),
    };
    Ok((AwsCredentials::new(id, secret, token), expires))
}
