//! Why there are no AWS credentials.

use std::fmt;

use spola::{Diagnostic, nearest};

use super::credentials::SettingsError;

/// Why there are no AWS credentials; never holds a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProviderError {
    /// What environment and files say cannot be used.
    Settings(SettingsError),
    /// No source has any.
    None {
        /// The profile that was looked at.
        profile: String,
        /// Why the instance gave none, where it was asked.
        instance: Option<String>,
    },
    /// The command of `credential_process` gave none.
    ProcessFailed {
        /// The profile.
        profile: String,
        /// Why.
        reason: String,
    },
    /// A profile's role cannot be assumed as it is written.
    UnusableRole {
        /// The profile.
        profile: String,
        /// What is wrong.
        reason: &'static str,
    },
    /// `credential_source` names no source.
    UnknownSource {
        /// The profile.
        profile: String,
        /// What it names.
        name: String,
    },
    /// `source_profile` names no profile.
    NoSourceProfile {
        /// The profile.
        profile: String,
        /// What it names.
        name: String,
        /// The nearest name that there is.
        nearest: Option<String>,
    },
    /// The source of a role has no credentials.
    EmptySource {
        /// The profile.
        profile: String,
        /// The source: a profile or what `credential_source` names.
        name: String,
    },
    /// Profiles name each other in a circle.
    Circle {
        /// In the order in which they name each other.
        profiles: Vec<String>,
    },
    /// A role wants a code of a device.
    NeedsCode {
        /// The profile.
        profile: String,
    },
    /// The Security Token Service did not give credentials.
    RoleRefused {
        /// The role.
        role: String,
        /// The answer's error, or why there was none.
        reason: String,
    },
    /// The token of a web identity is not usable.
    WebIdentity {
        /// Why.
        reason: String,
    },
    /// There is no login at IAM Identity Center, or it has expired.
    LoginNeeded {
        /// The profile.
        profile: String,
        /// Why.
        reason: &'static str,
    },
    /// IAM Identity Center did not give credentials.
    SsoFailed {
        /// The profile.
        profile: String,
        /// Why.
        reason: String,
    },
    /// The container's endpoint did not give credentials.
    ContainerFailed {
        /// Why.
        reason: String,
    },
    /// They have expired, and their source has no fresh ones.
    Expired {
        /// The source.
        source: String,
    },
    /// A kind of source that only the AWS command line knows.
    Unsupported {
        /// The profile.
        profile: String,
        /// Which.
        kind: &'static str,
    },
}

impl From<SettingsError> for ProviderError {
    fn from(error: SettingsError) -> Self {
        Self::Settings(error)
    }
}

impl fmt::Display for ProviderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Settings(error) => error.fmt(f),
            Self::None { profile, instance } => {
                write!(
                    f,
                    "there are no AWS credentials: none in the environment or in profile `{profile}`"
                )?;
                match instance {
                    Some(reason) => write!(f, ", and no instance gives any ({reason})"),
                    None => Ok(()),
                }
            }
            Self::ProcessFailed { profile, reason } => {
                write!(f, "`credential_process` of profile `{profile}` {reason}")
            }
            Self::UnusableRole { profile, reason } => {
                write!(f, "the role of profile `{profile}` {reason}")
            }
            Self::UnknownSource { profile, name } => write!(
                f,
                "`credential_source` of profile `{profile}` is `{name}`, which is no source"
            ),
            Self::NoSourceProfile { profile, name, .. } => write!(
                f,
                "`source_profile` of profile `{profile}` is `{name}`, which is not there"
            ),
            Self::EmptySource { profile, name } => write!(
                f,
                "`{name}`, from which profile `{profile}` assumes its role, has no credentials"
            ),
            Self::Circle { profiles } => write!(
                f,
                "profiles name each other as source in a circle: `{}`",
                profiles.join("` → `")
            ),
            Self::NeedsCode { profile } => write!(
                f,
                "the role of profile `{profile}` wants a code (`mfa_serial`), which spola does not ask for"
            ),
            Self::RoleRefused { role, reason } => {
                write!(f, "role `{role}` was not assumed: {reason}")
            }
            Self::WebIdentity { reason } => write!(f, "the web identity is not usable: {reason}"),
            Self::LoginNeeded { profile, reason } => {
                write!(f, "the login of profile `{profile}` {reason}")
            }
            Self::SsoFailed { profile, reason } => write!(
                f,
                "IAM Identity Center gave profile `{profile}` no credentials: {reason}"
            ),
            Self::ContainerFailed { reason } => {
                write!(f, "the container's endpoint gave no credentials: {reason}")
            }
            Self::Expired { source } => {
                write!(f, "the AWS credentials from {source} have expired")
            }
            Self::Unsupported { profile, kind } => write!(
                f,
                "profile `{profile}` has its credentials from {kind}, which spola cannot fetch"
            ),
        }
    }
}

impl std::error::Error for ProviderError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Settings(error) => Some(error),
            _ => None,
        }
    }
}

impl Diagnostic for ProviderError {
    fn code(&self) -> &'static str {
        match self {
            Self::Settings(error) => error.code(),
            Self::None { .. } => "credentials.none",
            Self::ProcessFailed { .. } => "credentials.process-failed",
            Self::UnusableRole { .. } => "credentials.unusable-role",
            Self::UnknownSource { .. } => "credentials.unknown-source",
            Self::NoSourceProfile { .. } => "credentials.no-source-profile",
            Self::EmptySource { .. } => "credentials.empty-source",
            Self::Circle { .. } => "credentials.circle",
            Self::NeedsCode { .. } => "credentials.needs-code",
            Self::RoleRefused { .. } => "credentials.role-refused",
            Self::WebIdentity { .. } => "credentials.web-identity",
            Self::LoginNeeded { .. } => "credentials.login-needed",
            Self::SsoFailed { .. } => "credentials.sso-failed",
            Self::ContainerFailed { .. } => "credentials.container-failed",
            Self::Expired { .. } => "credentials.expired",
            Self::Unsupported { .. } => "credentials.unsupported",
        }
    }

    fn help(&self) -> Option<String> {
        let exported = |profile: &str| {
            format!(
                "let the AWS command line fetch them: eval \"$(aws configure export-credentials \
                 --profile {profile} --format env)\""
            )
        };
        Some(match self {
            Self::Settings(error) => return error.help(),
            Self::None { .. } => "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, name a profile \
                                  with --profile, or log in with `aws sso login`"
                .into(),
            Self::ProcessFailed { .. } => "run the command by itself to see what it prints".into(),
            Self::UnusableRole { .. } => {
                "give the role either `source_profile` or `credential_source`".into()
            }
            Self::UnknownSource { name, .. } => match nearest(name, SOURCES) {
                Some(name) => format!("did you mean `{name}`?"),
                None => format!("write one of {}", SOURCES.join(", ")),
            },
            Self::NoSourceProfile { nearest, .. } => match nearest {
                Some(name) => format!("did you mean `{name}`?"),
                None => "name a profile that is in one of the two files".into(),
            },
            Self::EmptySource { .. } => "give the source credentials, or name another".into(),
            Self::Circle { .. } => "let one of them have credentials of its own".into(),
            Self::NeedsCode { profile } | Self::Unsupported { profile, .. } => exported(profile),
            Self::RoleRefused { .. } => {
                "check the role's name, and that its trust policy names who assumes it".into()
            }
            Self::WebIdentity { .. } => {
                "check `AWS_WEB_IDENTITY_TOKEN_FILE` and `AWS_ROLE_ARN`, or the profile's settings"
                    .into()
            }
            Self::LoginNeeded { profile, .. } => {
                format!("log in: aws sso login --profile {profile}")
            }
            Self::SsoFailed { .. } => {
                "check `sso_account_id`, `sso_role_name` and `sso_region`".into()
            }
            Self::ContainerFailed { .. } => {
                "check the variables AWS_CONTAINER_CREDENTIALS_… and AWS_CONTAINER_AUTHORIZATION_…"
                    .into()
            }
            Self::Expired { .. } => "fetch fresh ones, or let a profile do it".into(),
        })
    }
}

/// What `credential_source` may name.
pub(super) const SOURCES: [&str; 3] = ["Environment", "Ec2InstanceMetadata", "EcsContainer"];
