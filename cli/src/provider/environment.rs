//! Credentials in the environment.

use super::chain::{Fetched, pair};
use super::credentials::{AwsSettings, SettingsError};
use super::error::ProviderError;
use super::time;

/// What `AWS_ACCESS_KEY_ID` and its companions say.
pub(super) fn fetch(settings: &AwsSettings) -> Result<Option<Fetched>, ProviderError> {
    let token = settings
        .variable("AWS_SECURITY_TOKEN")
        .or_else(|| settings.variable("AWS_SESSION_TOKEN"));
    let names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY");
    let Some(credentials) = pair(names, |name| settings.variable(name), token)? else {
        return Ok(None);
    };
    let name = "AWS_CREDENTIAL_EXPIRATION";
    let expires = match settings.variable(name) {
        None => None,
        Some(text) => Some(
            time::parse(text).ok_or_else(|| SettingsError::InvalidValue {
                name: name.to_owned(),
                expected: "a time like 2026-01-31T12:00:00Z",
            })?,
        ),
    };
    Ok(Some(Fetched {
        credentials,
        expires,
        source: "the environment".into(),
    }))
}
