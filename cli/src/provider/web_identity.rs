//! Roles that a token in a file opens.

use super::chain::{Chain, Fetched};
use super::error::ProviderError;
use super::sts;

/// Trades the token that variables or the profile name for a role's credentials.
pub(super) fn fetch(
    chain: &Chain,
    profile: &str,
    by_variables: bool,
) -> Result<Option<Fetched>, ProviderError> {
    let value = |variable, setting| {
        let of_environment = by_variables.then(|| chain.settings.variable(variable));
        of_environment
            .flatten()
            .or_else(|| chain.setting(profile, setting))
    };
    let Some(path) = value("AWS_WEB_IDENTITY_TOKEN_FILE", "web_identity_token_file") else {
        return Ok(None);
    };
    let unusable = |reason: String| ProviderError::WebIdentity { reason };
    let role = value("AWS_ROLE_ARN", "role_arn")
        .ok_or_else(|| unusable("there is a token, but no role is named".into()))?;
    let token = std::fs::read_to_string(path)
        .map_err(|error| unusable(format!("cannot read `{path}`: {error}")))?;
    let session = match value("AWS_ROLE_SESSION_NAME", "role_session_name") {
        Some(name) => name.to_owned(),
        None => sts::session_name(chain),
    };
    let fields = [
        ("Action", "AssumeRoleWithWebIdentity"),
        ("RoleSessionName", session.as_str()),
        ("WebIdentityToken", token.as_str()),
    ];
    sts::call(chain, role, &fields, None).map(Some)
}
