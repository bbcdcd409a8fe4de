//! The sources in their order.

use std::sync::Arc;
use std::time::Duration;

use spola::auth::{AwsCredentials, Secret};

use super::credentials::{AwsSettings, SettingsError};
use super::error::ProviderError;
use super::profile::Section;
use super::world::World;
use super::{container, environment, instance, process, role, sso, web_identity};

/// Credentials, and what is known about them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fetched {
    /// The credentials.
    pub credentials: AwsCredentials,
    /// When they expire, since the Unix epoch; None for those that do not.
    pub expires: Option<Duration>,
    /// Where they are from, for messages.
    pub source: String,
}

/// The sources of one set of settings.
#[derive(Clone)]
pub struct Chain {
    /// What environment and files say.
    pub(super) settings: AwsSettings,
    /// The network and the clock.
    pub(super) world: Arc<dyn World>,
}

impl Chain {
    /// Sources by what environment and files say.
    pub fn new(settings: AwsSettings, world: Arc<dyn World>) -> Self {
        Self { settings, world }
    }

    /// Asks the sources in their order; the first that has credentials wins.
    ///
    /// # Errors
    /// What is wrong with the first source that is set up but has none;
    /// `credentials.none` where no source is.
    pub fn fetch(&self) -> Result<Fetched, ProviderError> {
        let by_variables = !self.settings.by_option();
        if by_variables && let Some(found) = environment::fetch(&self.settings)? {
            return Ok(found);
        }
        let profile = self.settings.profile();
        if role::is_assumed(&self.settings, profile) {
            return role::assume(self, profile, &mut vec![profile.to_owned()]);
        }
        if let Some(found) = self.of_profile(profile, by_variables)? {
            return Ok(found);
        }
        if let Some(found) = container::fetch(self)? {
            return Ok(found);
        }
        instance::fetch(self)?.map_err(|instance| ProviderError::None {
            profile: profile.to_owned(),
            instance,
        })
    }

    /// What a profile has besides a role that it assumes.
    pub(super) fn of_profile(
        &self,
        profile: &str,
        by_variables: bool,
    ) -> Result<Option<Fetched>, ProviderError> {
        if let Some(found) = web_identity::fetch(self, profile, by_variables)? {
            return Ok(Some(found));
        }
        if let Some(found) = sso::fetch(self, profile)? {
            return Ok(Some(found));
        }
        let profiles = self.settings.profiles();
        let source = || format!("profile `{profile}`");
        if let Some(found) = of_section(profiles.credentials(profile), source)? {
            return Ok(Some(found));
        }
        if self.setting(profile, "login_session").is_some() {
            return Err(ProviderError::Unsupported {
                profile: profile.to_owned(),
                kind: "a login to the console",
            });
        }
        if let Some(command) = self.setting(profile, "credential_process") {
            return process::fetch(profile, command).map(Some);
        }
        Ok(of_section(profiles.config(profile), source)?)
    }

    /// A profile's setting.
    pub(super) fn setting(&self, profile: &str, name: &str) -> Option<&str> {
        self.settings.profiles().value(profile, name)
    }
}

/// The keys that stand in a section themselves.
fn of_section(
    section: Option<&Section>,
    source: impl Fn() -> String,
) -> Result<Option<Fetched>, SettingsError> {
    let Some(section) = section else {
        return Ok(None);
    };
    let token = section
        .value("aws_security_token")
        .or_else(|| section.value("aws_session_token"));
    let found = pair(
        ("aws_access_key_id", "aws_secret_access_key"),
        |name| section.value(name),
        token,
    )?;
    Ok(found.map(|credentials| Fetched {
        credentials,
        expires: None,
        source: source(),
    }))
}

/// Keys by their two names. One without the id counts as none.
pub(super) fn pair<'t>(
    (id_name, secret_name): (&str, &str),
    value: impl Fn(&str) -> Option<&'t str>,
    token: Option<&str>,
) -> Result<Option<AwsCredentials>, SettingsError> {
    match (value(id_name), value(secret_name)) {
        (None, _) => Ok(None),
        (Some(_), None) => Err(SettingsError::Incomplete {
            present: id_name.to_owned(),
            missing: secret_name.to_owned(),
        }),
        (Some(id), Some(secret)) => Ok(Some(AwsCredentials::new(
            id,
            secret,
            token.map(Secret::from),
        ))),
    }
}
