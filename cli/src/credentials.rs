//! Region, endpoints and profiles, as the AWS tools find them.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;

use spola::auth::aws::HostOptions;
use spola::{Diagnostic, nearest};

use super::profile::{Profiles, SyntaxError};

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
    /// A profile names a section that the configuration file does not have.
    NoSuchSection {
        /// Its kind: `services`, `sso-session`.
        kind: &'static str,
        /// Its name.
        name: String,
        /// The profile.
        profile: String,
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
            Self::NoSuchSection {
                kind,
                name,
                profile,
            } => write!(
                f,
                "profile `{profile}` names `[{kind} {name}]`, which is not there"
            ),
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
            Self::NoSuchSection { .. } => "credentials.no-such-section",
        }
    }

    fn help(&self) -> Option<String> {
        match self {
            Self::NoSuchProfile { nearest, .. } => {
                let name = nearest.as_ref()?;
                Some(format!("did you mean `{name}`?"))
            }
            Self::Incomplete { missing, .. } => Some(format!("set `{missing}` as well")),
            Self::NoSuchSection { kind, name, .. } => Some(format!(
                "write a section `[{kind} {name}]` in the configuration file"
            )),
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
    /// The home directory.
    pub home: Option<PathBuf>,
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
            home: home.clone().map(PathBuf::from),
        })
    }
}

/// What environment and files say together. Nothing is fetched before it is
/// asked for.
#[derive(Clone, Debug)]
pub struct AwsSettings {
    variables: BTreeMap<String, String>,
    profiles: Arc<Profiles>,
    profile: String,
    /// Whether the profile was named on the command line.
    by_option: bool,
    /// The region that was named on the command line.
    region: Option<String>,
    home: Option<PathBuf>,
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
    /// Unspecified: `AWS_PROFILE` comes before `AWS_DEFAULT_PROFILE`, and `AWS_REGION`
    /// before `AWS_DEFAULT_REGION`, as in all SDKs but botocore.
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
        if let Some(name) = &named {
            check_profile(&profiles, name)?;
        }
        Ok(Self {
            variables,
            profiles: Arc::new(profiles),
            profile: named.unwrap_or_else(|| "default".to_owned()),
            by_option: profile.is_some(),
            region: None,
            home: files.home.clone(),
        })
    }

    /// The same with another profile, as though an option named it.
    ///
    /// # Errors
    ///
    /// `credentials.no-such-profile`.
    pub fn with_profile(&self, profile: &str) -> Result<Self, SettingsError> {
        check_profile(&self.profiles, profile)?;
        Ok(Self {
            profile: profile.to_owned(),
            by_option: true,
            ..self.clone()
        })
    }

    /// The same with the region that an option names, if it names one.
    #[must_use]
    pub fn with_region(self, region: Option<&str>) -> Self {
        Self {
            region: region.map(str::to_owned).or(self.region),
            ..self
        }
    }

    /// The option's, else `AWS_REGION`, else `AWS_DEFAULT_REGION`, else the
    /// profile's `region`.
    pub fn region(&self) -> Option<&str> {
        self.region
            .as_deref()
            .or_else(|| self.variable("AWS_REGION"))
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
        let found = match self
            .variable(&own)
            .or_else(|| self.variable("AWS_ENDPOINT_URL"))
        {
            Some(found) => Some(found),
            None => self
                .service_endpoint(&id.to_ascii_lowercase())?
                .or_else(|| self.setting("endpoint_url")),
        };
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

    /// A service's `endpoint_url` in the profile's `services`.
    fn service_endpoint(&self, id: &str) -> Result<Option<&str>, SettingsError> {
        let Some(name) = self.setting("services") else {
            return Ok(None);
        };
        let section = self.profiles.services(name);
        let section = section.ok_or_else(|| SettingsError::NoSuchSection {
            kind: "services",
            name: name.to_owned(),
            profile: self.profile.clone(),
        })?;
        let url = section.nested.get(id).and_then(|of| of.get("endpoint_url"));
        Ok(url.map(String::as_str).filter(|url| !url.is_empty()))
    }

    /// The name of the profile.
    pub fn profile(&self) -> &str {
        &self.profile
    }

    /// Whether an option names the profile: then variables give no credentials.
    pub fn by_option(&self) -> bool {
        self.by_option
    }

    /// The home directory.
    pub fn home(&self) -> Option<&PathBuf> {
        self.home.as_ref()
    }

    /// What both files hold.
    pub fn profiles(&self) -> &Profiles {
        &self.profiles
    }

    /// A variable `AWS_…` that is set and not empty.
    pub fn variable(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str)
    }

    /// A setting of the profile.
    pub fn setting(&self, name: &str) -> Option<&str> {
        self.profiles.value(&self.profile, name)
    }

    /// A variable or the profile's setting that says `true` or `false`.
    ///
    /// # Errors
    ///
    /// `credentials.invalid-value`.
    pub fn flag(&self, variable: &str, setting: &str) -> Result<bool, SettingsError> {
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

fn check_profile(profiles: &Profiles, name: &str) -> Result<(), SettingsError> {
    if profiles.contains(name) {
        return Ok(());
    }
    Err(SettingsError::NoSuchProfile {
        name: name.to_owned(),
        nearest: nearest(name, profiles.names()).map(str::to_owned),
    })
}
