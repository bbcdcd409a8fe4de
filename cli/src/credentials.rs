//! Credentials, region and endpoints, as the AWS tools find them.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use spola::auth::aws::HostOptions;
use spola::auth::{AwsCredentials, Secret};
use spola::{Diagnostic, nearest};

use super::profile::{Profiles, Section, SyntaxError, words};

/// Why settings of the AWS tools cannot be used; never holds a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SettingsError {
    /// A file is there but cannot be read.
    Unreadable {
        /// The file.
        path: String,
        /// Why.
        reason: String,
    },
    /// A file is not of the syntax.
    Syntax {
        /// The file.
        path: String,
        /// Where and why.
        cause: SyntaxError,
    },
    /// The profile is in neither file.
    NoSuchProfile {
        /// Its name.
        name: String,
        /// The nearest name that there is.
        nearest: Option<String>,
    },
    /// One half of a pair is missing.
    Incomplete {
        /// What is there.
        present: String,
        /// What is not.
        missing: String,
    },
    /// A setting's value is not one of those that it can have.
    InvalidValue {
        /// The setting.
        name: String,
        /// What it can be.
        expected: &'static str,
    },
    /// The credentials come from where this version cannot fetch them.
    NotYetSupported {
        /// Where they come from: `IAM Identity Center (SSO)` …
        kind: &'static str,
        /// What says so: a variable or a profile.
        given_by: String,
    },
    /// The command of `credential_process` did not give credentials.
    ProcessFailed {
        /// The profile.
        profile: String,
        /// Why.
        reason: String,
    },
}

impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable { path, reason } => write!(f, "cannot read `{path}`: {reason}"),
            Self::Syntax { path, cause } => write!(f, "`{path}`, {cause}"),
            Self::NoSuchProfile { name, .. } => write!(f, "no AWS profile `{name}`"),
            Self::Incomplete { present, missing } => {
                write!(f, "`{present}` is set, but `{missing}` is not")
            }
            Self::InvalidValue { name, expected } => write!(f, "`{name}` is not {expected}"),
            Self::NotYetSupported { kind, given_by } => write!(
                f,
                "{given_by} asks for credentials from {kind}, which this version of spola cannot fetch"
            ),
            Self::ProcessFailed { profile, reason } => {
                write!(f, "`credential_process` of profile `{profile}` {reason}")
            }
        }
    }
}

impl std::error::Error for SettingsError {}

impl Diagnostic for SettingsError {
    fn code(&self) -> &'static str {
        match self {
            Self::Unreadable { .. } => "credentials.unreadable",
            Self::Syntax { .. } => "credentials.syntax",
            Self::NoSuchProfile { .. } => "credentials.no-such-profile",
            Self::Incomplete { .. } => "credentials.incomplete",
            Self::InvalidValue { .. } => "credentials.invalid-value",
            Self::NotYetSupported { .. } => "credentials.not-yet-supported",
            Self::ProcessFailed { .. } => "credentials.process-failed",
        }
    }

    fn help(&self) -> Option<String> {
        match self {
            Self::NoSuchProfile { nearest, .. } => {
                let name = nearest.as_ref()?;
                Some(format!("did you mean `{name}`?"))
            }
            Self::Incomplete { missing, .. } => Some(format!("set `{missing}` as well")),
            Self::NotYetSupported { .. } => Some(
                "let the AWS command line fetch them: eval \"$(aws configure export-credentials --format env)\""
                    .into(),
            ),
            _ => None,
        }
    }
}

/// The texts of the two files, where they are there.
#[derive(Clone, Debug, Default)]
pub struct Files {
    /// `~/.aws/config`: its path and text.
    pub config: Option<(String, String)>,
    /// `~/.aws/credentials`: its path and text.
    pub credentials: Option<(String, String)>,
}

impl Files {
    /// Reads the two files from where `AWS_CONFIG_FILE`,
    /// `AWS_SHARED_CREDENTIALS_FILE` or the home directory say they are.
    ///
    /// # Errors
    ///
    /// `credentials.unreadable` where one is there but cannot be read.
    pub fn read(variable: &dyn Fn(&str) -> Option<String>) -> Result<Self, SettingsError> {
        let home = ["HOME", "USERPROFILE"]
            .iter()
            .find_map(|name| variable(name).filter(|value| !value.is_empty()));
        let read = |name: &str, file: &str| {
            let path = match (variable(name).filter(|value| !value.is_empty()), &home) {
                (Some(path), home) => match (path.strip_prefix("~/"), home) {
                    (Some(rest), Some(home)) => PathBuf::from(home).join(rest),
                    _ => PathBuf::from(path),
                },
                (None, Some(home)) => PathBuf::from(home).join(".aws").join(file),
                (None, None) => return Ok(None),
            };
            let shown = path.display().to_string();
            match std::fs::read_to_string(&path) {
                Ok(text) => Ok(Some((shown, text))),
                Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
                Err(error) => Err(SettingsError::Unreadable {
                    path: shown,
                    reason: error.to_string(),
                }),
            }
        };
        Ok(Self {
            config: read("AWS_CONFIG_FILE", "config")?,
            credentials: read("AWS_SHARED_CREDENTIALS_FILE", "credentials")?,
        })
    }
}

/// What environment and files say together. Nothing is fetched before it is
/// asked for.
#[derive(Clone, Debug)]
pub struct AwsSettings {
    variables: BTreeMap<String, String>,
    profiles: Profiles,
    profile: String,
    /// Whether the profile was named on the command line.
    by_option: bool,
}

impl AwsSettings {
    /// Reads this process's environment and the files it points to.
    ///
    /// # Errors
    ///
    /// As [`AwsSettings::new`], and `credentials.unreadable`.
    pub fn load(profile: Option<&str>) -> Result<Self, SettingsError> {
        let files = Files::read(&|name| std::env::var(name).ok())?;
        let variables = std::env::vars_os().filter_map(|(name, value)| {
            let (name, value) = (name.into_string().ok()?, value.into_string().ok()?);
            name.starts_with("AWS_").then_some((name, value))
        });
        Self::new(variables, &files, profile)
    }

    /// Puts environment variables, files and the profile that an option names
    /// together.
    ///
    /// # Errors
    ///
    /// `credentials.syntax`; `credentials.no-such-profile` where a profile is
    /// named, by the option, `AWS_PROFILE` or `AWS_DEFAULT_PROFILE`.
    pub fn new(
        variables: impl IntoIterator<Item = (String, String)>,
        files: &Files,
        profile: Option<&str>,
    ) -> Result<Self, SettingsError> {
        let variables: BTreeMap<String, String> = variables
            .into_iter()
            .filter(|(_, value)| !value.is_empty())
            .collect();
        let mut profiles = Profiles::default();
        let syntax = |path: &str, cause| SettingsError::Syntax {
            path: path.to_owned(),
            cause,
        };
        if let Some((path, text)) = &files.config {
            profiles
                .read_config(text)
                .map_err(|cause| syntax(path, cause))?;
        }
        if let Some((path, text)) = &files.credentials {
            profiles
                .read_credentials(text)
                .map_err(|cause| syntax(path, cause))?;
        }
        let named = profile.map(str::to_owned).or_else(|| {
            let names = ["AWS_PROFILE", "AWS_DEFAULT_PROFILE"];
            names.iter().find_map(|name| variables.get(*name).cloned())
        });
        if let Some(name) = named.as_deref().filter(|name| !profiles.contains(name)) {
            return Err(SettingsError::NoSuchProfile {
                name: name.to_owned(),
                nearest: nearest(name, profiles.names()).map(str::to_owned),
            });
        }
        Ok(Self {
            variables,
            profiles,
            profile: named.unwrap_or_else(|| "default".to_owned()),
            by_option: profile.is_some(),
        })
    }

    /// `AWS_REGION`, else `AWS_DEFAULT_REGION`, else the profile's `region`.
    pub fn region(&self) -> Option<&str> {
        self.variable("AWS_REGION")
            .or_else(|| self.variable("AWS_DEFAULT_REGION"))
            .or_else(|| self.setting("region"))
    }

    /// Where requests of a service, named by its signing name, are to go
    /// instead: `AWS_ENDPOINT_URL_ECR`, `AWS_ENDPOINT_URL`, the profile's
    /// `services`, its `endpoint_url`. None where
    /// `AWS_IGNORE_CONFIGURED_ENDPOINT_URLS` says so.
    ///
    /// # Errors
    ///
    /// `credentials.invalid-value`.
    pub fn endpoint(&self, service: &str) -> Result<Option<&str>, SettingsError> {
        let ignored = self.flag(
            "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
            "ignore_configured_endpoint_urls",
        )?;
        if ignored {
            return Ok(None);
        }
        let id = service.replace('-', "_");
        let own = format!("AWS_ENDPOINT_URL_{}", id.to_ascii_uppercase());
        let found = self
            .variable(&own)
            .or_else(|| self.variable("AWS_ENDPOINT_URL"))
            .or_else(|| {
                let services = self.profiles.services(self.setting("services")?)?;
                let service = services.nested.get(&id.to_ascii_lowercase())?;
                let url = service.get("endpoint_url").map(String::as_str);
                url.filter(|url| !url.is_empty())
            })
            .or_else(|| self.setting("endpoint_url"));
        match found.map(str::parse::<http::Uri>) {
            Some(Ok(url)) if url.host().is_none() || url.scheme().is_none() => {
                Err(not_a("an absolute URL", "endpoint_url"))
            }
            Some(Err(_)) => Err(not_a("a URL", "endpoint_url")),
            _ => Ok(found.map(|url| url.trim_end_matches('/'))),
        }
    }

    /// `AWS_USE_FIPS_ENDPOINT` and `AWS_USE_DUALSTACK_ENDPOINT`, or the
    /// profile's settings of these names.
    ///
    /// # Errors
    ///
    /// `credentials.invalid-value`.
    pub fn host_options(&self) -> Result<HostOptions, SettingsError> {
        Ok(HostOptions {
            fips: self.flag("AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint")?,
            dual_stack: self.flag("AWS_USE_DUALSTACK_ENDPOINT", "use_dualstack_endpoint")?,
        })
    }

    /// `AWS_MAX_ATTEMPTS` or the profile's `max_attempts`: how often a request
    /// is sent at most.
    ///
    /// # Errors
    ///
    /// `credentials.invalid-value`.
    pub fn max_attempts(&self) -> Result<Option<u32>, SettingsError> {
        let text = self
            .variable("AWS_MAX_ATTEMPTS")
            .or_else(|| self.setting("max_attempts"));
        match text.map(str::parse::<u32>) {
            None => Ok(None),
            Some(Ok(number)) if number > 0 => Ok(Some(number)),
            Some(_) => Err(not_a("a number from 1", "max_attempts")),
        }
    }

    /// `AWS_CA_BUNDLE` or the profile's `ca_bundle`.
    pub fn ca_bundle(&self) -> Option<PathBuf> {
        self.variable("AWS_CA_BUNDLE")
            .or_else(|| self.setting("ca_bundle"))
            .map(PathBuf::from)
    }

    /// Fetches credentials: those of the environment, unless the profile was
    /// named on the command line, else the profile's. None where there are none.
    /// Call it again for fresh ones.
    ///
    /// # Errors
    ///
    /// `credentials.incomplete`, `credentials.not-yet-supported`,
    /// `credentials.process-failed`.
    pub fn credentials(&self) -> Result<Option<AwsCredentials>, SettingsError> {
        if !self.by_option
            && let Some(found) = self.variable_credentials()?
        {
            return Ok(Some(found));
        }
        if let Some(found) = self.profile_credentials()? {
            return Ok(Some(found));
        }
        if let Some(kind) = self.container() {
            return Err(kind);
        }
        Ok(None)
    }

    fn variable_credentials(&self) -> Result<Option<AwsCredentials>, SettingsError> {
        let (id, secret) = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY");
        let token = self
            .variable("AWS_SESSION_TOKEN")
            .or_else(|| self.variable("AWS_SECURITY_TOKEN"));
        let names = (id, secret);
        if let Some(found) = pair(names, (self.variable(id), self.variable(secret)), token)? {
            return Ok(Some(found));
        }
        if self.variable("AWS_WEB_IDENTITY_TOKEN_FILE").is_some() {
            return Err(SettingsError::NotYetSupported {
                kind: "a web identity",
                given_by: "`AWS_WEB_IDENTITY_TOKEN_FILE`".into(),
            });
        }
        Ok(None)
    }

    fn profile_credentials(&self) -> Result<Option<AwsCredentials>, SettingsError> {
        let kinds = [
            ("web_identity_token_file", "a web identity"),
            ("role_arn", "an assumed role"),
            ("sso_session", "IAM Identity Center (SSO)"),
            ("sso_start_url", "IAM Identity Center (SSO)"),
            ("login_session", "a console sign-in"),
        ];
        for (name, kind) in kinds {
            if self.setting(name).is_some() {
                return Err(SettingsError::NotYetSupported {
                    kind,
                    given_by: format!("profile `{}`", self.profile),
                });
            }
        }
        if let Some(found) = of_section(self.profiles.credentials(&self.profile))? {
            return Ok(Some(found));
        }
        if let Some(command) = self.setting("credential_process") {
            return self.run_process(command).map(Some);
        }
        of_section(self.profiles.config(&self.profile))
    }

    fn run_process(&self, command: &str) -> Result<AwsCredentials, SettingsError> {
        let failed = |reason: String| SettingsError::ProcessFailed {
            profile: self.profile.clone(),
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
        process_credentials(&output.stdout).map_err(|reason| failed(reason.to_owned()))
    }

    fn container(&self) -> Option<SettingsError> {
        let names = [
            "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
            "AWS_CONTAINER_CREDENTIALS_FULL_URI",
        ];
        let name = names.iter().find(|name| self.variable(name).is_some())?;
        Some(SettingsError::NotYetSupported {
            kind: "the container's endpoint",
            given_by: format!("`{name}`"),
        })
    }

    fn variable(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str)
    }

    /// A setting of the profile; the configuration file comes first.
    fn setting(&self, name: &str) -> Option<&str> {
        [
            self.profiles.config(&self.profile),
            self.profiles.credentials(&self.profile),
        ]
        .into_iter()
        .flatten()
        .find_map(|section| section.value(name))
    }

    fn flag(&self, variable: &str, setting: &str) -> Result<bool, SettingsError> {
        let (name, text) = match self.variable(variable) {
            Some(text) => (variable, text),
            None => match self.setting(setting) {
                Some(text) => (setting, text),
                None => return Ok(false),
            },
        };
        match text.to_ascii_lowercase().as_str() {
            "true" => Ok(true),
            "false" => Ok(false),
            _ => Err(not_a("`true` or `false`", name)),
        }
    }
}

fn not_a(expected: &'static str, name: &str) -> SettingsError {
    SettingsError::InvalidValue {
        name: name.to_owned(),
        expected,
    }
}

fn of_section(section: Option<&Section>) -> Result<Option<AwsCredentials>, SettingsError> {
    let Some(section) = section else {
        return Ok(None);
    };
    let (id, secret) = ("aws_access_key_id", "aws_secret_access_key");
    let token = section
        .value("aws_session_token")
        .or_else(|| section.value("aws_security_token"));
    pair(
        (id, secret),
        (section.value(id), section.value(secret)),
        token,
    )
}

fn pair(
    (id_name, secret_name): (&str, &str),
    values: (Option<&str>, Option<&str>),
    token: Option<&str>,
) -> Result<Option<AwsCredentials>, SettingsError> {
    let incomplete = |present: &str, missing: &str| SettingsError::Incomplete {
        present: present.to_owned(),
        missing: missing.to_owned(),
    };
    match values {
        (None, None) => Ok(None),
        (Some(_), None) => Err(incomplete(id_name, secret_name)),
        (None, Some(_)) => Err(incomplete(secret_name, id_name)),
        (Some(id), Some(secret)) => Ok(Some(AwsCredentials::new(
            id,
            secret,
            token.map(Secret::from),
        ))),
    }
}

/// Reads what the command of `credential_process` printed.
fn process_credentials(output: &[u8]) -> Result<AwsCredentials, &'static str> {
    let value: serde_json::Value =
        serde_json::from_slice(output).map_err(|_| "did not print a JSON object")?;
    if value["Version"].as_u64() != Some(1) {
        return Err("did not print `\"Version\": 1`");
    }
    let text = |name: &str| value[name].as_str();
    match (text("AccessKeyId"), text("SecretAccessKey")) {
        (Some(id), Some(secret)) => {
            let token = text("SessionToken").map(Secret::from);
            Ok(AwsCredentials::new(id, secret, token))
        }
        _ => Err("did not print `AccessKeyId` and `SecretAccessKey`"),
    }
}
