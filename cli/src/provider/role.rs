//! Roles that a profile assumes.

use spola::nearest;

use super::chain::{Chain, Fetched};
use super::credentials::AwsSettings;
use super::error::{ProviderError, SOURCES};
use super::{container, environment, instance, sts};

/// Whether a profile assumes a role by other credentials: not by a token.
pub(super) fn is_assumed(settings: &AwsSettings, profile: &str) -> bool {
    let value = |name| settings.profiles().value(profile, name);
    value("role_arn").is_some() && value("web_identity_token_file").is_none()
}

/// Assumes a profile's role; `seen` holds the profiles on the way to it, and it.
pub(super) fn assume(
    chain: &Chain,
    profile: &str,
    seen: &mut Vec<String>,
) -> Result<Fetched, ProviderError> {
    let setting = |name| chain.setting(profile, name);
    let role = setting("role_arn").unwrap_or_default();
    let source = check(chain, profile, seen)?;
    if setting("mfa_serial").is_some() {
        return Err(ProviderError::NeedsCode {
            profile: profile.to_owned(),
        });
    }
    let source = match source {
        Source::Named(name) => named(chain, profile, name)?,
        Source::Profile(name) => {
            seen.push(name.to_owned());
            of_profile(chain, profile, name, seen)?
        }
    };
    let session = match setting("role_session_name") {
        Some(name) => name.to_owned(),
        None => sts::session_name(chain),
    };
    let mut fields = vec![("Action", "AssumeRole"), ("RoleSessionName", &session)];
    if let Some(id) = setting("external_id") {
        fields.push(("ExternalId", id));
    }
    // One that is no number is left out, as botocore does.
    if let Some(seconds) = setting("duration_seconds").filter(|text| text.parse::<u32>().is_ok()) {
        fields.push(("DurationSeconds", seconds));
    }
    sts::call(chain, role, &fields, Some(&source.credentials))
}

/// From which credentials a role is assumed.
enum Source<'t> {
    /// What `credential_source` names.
    Named(&'t str),
    /// What `source_profile` names.
    Profile(&'t str),
}

fn check<'t>(
    chain: &'t Chain,
    profile: &str,
    seen: &[String],
) -> Result<Source<'t>, ProviderError> {
    let unusable = |reason| ProviderError::UnusableRole {
        profile: profile.to_owned(),
        reason,
    };
    let setting = |name| chain.setting(profile, name);
    let source = match (setting("source_profile"), setting("credential_source")) {
        (Some(_), Some(_)) => {
            return Err(unusable(
                "has both `source_profile` and `credential_source`",
            ));
        }
        (None, None) => {
            return Err(unusable(
                "has neither `source_profile` nor `credential_source`",
            ));
        }
        (None, Some(name)) if SOURCES.contains(&name) => return Ok(Source::Named(name)),
        (None, Some(name)) => {
            return Err(ProviderError::UnknownSource {
                profile: profile.to_owned(),
                name: name.to_owned(),
            });
        }
        (Some(name), None) => name,
    };
    let profiles = chain.settings.profiles();
    if !profiles.contains(source) {
        return Err(ProviderError::NoSourceProfile {
            profile: profile.to_owned(),
            name: source.to_owned(),
            nearest: nearest(source, profiles.names()).map(str::to_owned),
        });
    }
    // A profile may name itself, where it has keys as well.
    let by_itself = source == profile && has_keys(chain, source);
    if seen.iter().any(|name| name == source) && !by_itself {
        let circle = seen.iter().cloned().chain([source.to_owned()]);
        return Err(ProviderError::Circle {
            profiles: circle.collect(),
        });
    }
    Ok(Source::Profile(source))
}

fn has_keys(chain: &Chain, profile: &str) -> bool {
    ["aws_access_key_id", "aws_secret_access_key"]
        .iter()
        .any(|name| chain.setting(profile, name).is_some())
}

fn of_profile(
    chain: &Chain,
    profile: &str,
    source: &str,
    seen: &mut Vec<String>,
) -> Result<Fetched, ProviderError> {
    if is_assumed(&chain.settings, source) && !has_keys(chain, source) {
        return assume(chain, source, seen);
    }
    let found = chain.of_profile(source, false)?;
    found.ok_or_else(|| empty(profile, source))
}

fn named(chain: &Chain, profile: &str, source: &str) -> Result<Fetched, ProviderError> {
    let found = match source {
        "Environment" => environment::fetch(&chain.settings)?,
        "EcsContainer" => container::fetch(chain)?,
        _ => instance::fetch(chain)?.ok(),
    };
    found.ok_or_else(|| empty(profile, source))
}

fn empty(profile: &str, source: &str) -> ProviderError {
    ProviderError::EmptySource {
        profile: profile.to_owned(),
        name: source.to_owned(),
    }
}
