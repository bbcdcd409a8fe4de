//! What can be wrong with an authorization.

use std::fmt;

use crate::diagnostic::{Diagnostic, nearest};

/// Why a request cannot be authorized; never holds a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AuthError {
    /// The credentials that a scheme needs are not there.
    MissingCredentials {
        /// The source description that wants them.
        source: String,
        /// What it wants: `SigV4`, `API key x-api-key`, `basic`, `bearer` or `OAuth2`.
        scheme: String,
        /// Whether these are AWS credentials.
        aws: bool,
    },
    /// The secret holds characters that cannot be sent.
    UnsendableSecret {
        /// The source description it is for.
        source: String,
        /// The scheme it is for.
        scheme: String,
    },
    /// The secret for basic authentication is not `user:password`.
    NotUserAndPassword {
        /// The source description it is for.
        source: String,
    },
    /// Two schemes of one requirement both need the `Authorization` header.
    ConflictingSchemes {
        /// The source description that wants both.
        source: String,
        /// The scheme that came second.
        scheme: String,
    },
    /// Credentials would travel unencrypted.
    PlainHttp {
        /// The host they would be sent to.
        host: String,
    },
    /// The URL has no host, or is neither `https` nor `http`.
    UnusableUrl {
        /// The URL's scheme; empty where it has none.
        scheme: String,
    },
    /// The region is not one that a host name can hold.
    InvalidRegion {
        /// The region as given.
        region: String,
    },
    /// The service is not one that a host name can hold.
    InvalidService {
        /// The service as given.
        service: String,
    },
    /// The service has no host of the kind that was asked for.
    NoSuchHost {
        /// The service.
        service: String,
        /// The region.
        region: String,
        /// `FIPS` or `dual-stack`.
        kind: &'static str,
    },
    /// A header that is to be signed is not text.
    UnsignableHeader {
        /// The header's name.
        name: String,
    },
    /// The time to sign with is not one that a signature can hold.
    UnusableTime {
        /// Unix seconds.
        seconds: u64,
    },
    /// The signer refused the request.
    Unsignable {
        /// The source description.
        source: String,
    },
    /// This build cannot sign.
    SigningNotBuilt {
        /// The source description that needs it.
        source: String,
    },
}

impl fmt::Display for AuthError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MissingCredentials {
                source,
                scheme,
                aws,
            } => {
                let what = if *aws { "AWS credentials" } else { "secret" };
                write!(f, "no {what} for `{source}`, which needs `{scheme}`")
            }
            Self::UnsendableSecret { source, scheme } => write!(
                f,
                "the secret given for `{source}` (`{scheme}`) has characters that cannot be sent"
            ),
            Self::NotUserAndPassword { source } => write!(
                f,
                "the secret given for `{source}` is not of the form `user:password`"
            ),
            Self::ConflictingSchemes { source, scheme } => write!(
                f,
                "`{source}` needs `{scheme}` beside another scheme that fills `Authorization`"
            ),
            Self::PlainHttp { host } => {
                write!(f, "credentials for `{host}` would be sent over plain http")
            }
            Self::UnusableUrl { scheme } if scheme.is_empty() => {
                f.write_str("a request that is to be authorized needs an absolute URL")
            }
            Self::UnusableUrl { scheme } => {
                write!(f, "credentials cannot be sent by `{scheme}`")
            }
            Self::InvalidRegion { region } => write!(f, "`{region}` is not an AWS region"),
            Self::InvalidService { service } => write!(f, "`{service}` is not an AWS service"),
            Self::NoSuchHost {
                service,
                region,
                kind,
            } => write!(f, "`{service}` in `{region}` has no {kind} endpoint"),
            Self::UnsignableHeader { name } => {
                write!(f, "header `{name}` is not text and cannot be signed")
            }
            Self::UnusableTime { seconds } => {
                write!(f, "cannot sign with the time `{seconds}`")
            }
            Self::Unsignable { source } => {
                write!(f, "the request to `{source}` cannot be signed")
            }
            Self::SigningNotBuilt { source } => write!(
                f,
                "`{source}` needs `SigV4`, which this build of spola leaves out"
            ),
        }
    }
}

impl std::error::Error for AuthError {}

impl Diagnostic for AuthError {
    fn code(&self) -> &'static str {
        match self {
            Self::MissingCredentials { .. } => "auth.missing-credentials",
            Self::UnsendableSecret { .. } => "auth.unsendable-secret",
            Self::NotUserAndPassword { .. } => "auth.not-user-and-password",
            Self::ConflictingSchemes { .. } => "auth.conflicting-schemes",
            Self::PlainHttp { .. } => "auth.plain-http",
            Self::UnusableUrl { .. } => "auth.unusable-url",
            Self::InvalidRegion { .. } => "auth.invalid-region",
            Self::InvalidService { .. } => "auth.invalid-service",
            Self::NoSuchHost { .. } => "auth.no-such-host",
            Self::UnsignableHeader { .. } => "auth.unsignable-header",
            Self::UnusableTime { .. } => "auth.unusable-time",
            Self::Unsignable { .. } => "auth.unsignable",
            Self::SigningNotBuilt { .. } => "auth.signing-not-built",
        }
    }

    fn help(&self) -> Option<String> {
        Some(match self {
            Self::MissingCredentials { aws: true, .. } => {
                "set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or name a profile".into()
            }
            Self::MissingCredentials { source, .. } => {
                format!("give the secret for `{source}`: --auth {source}=env:VARIABLE")
            }
            Self::UnsendableSecret { .. } => {
                "look for a line break at its end, or characters outside ASCII".into()
            }
            Self::NotUserAndPassword { .. } => {
                "basic authentication takes the user name, a colon and the password".into()
            }
            Self::ConflictingSchemes { .. } => {
                "a request has one `Authorization` header: list the schemes as alternatives".into()
            }
            Self::PlainHttp { .. } => "use https; plain http is for loopback hosts only".into(),
            Self::UnusableUrl { .. } => "use an absolute https URL".into(),
            Self::InvalidRegion { region } => match nearest(region, REGIONS) {
                Some(name) => format!("did you mean `{name}`?"),
                None => "a region is written like `eu-central-1`".into(),
            },
            Self::InvalidService { .. } => "a service is written like `ecr`".into(),
            Self::NoSuchHost { kind, .. } => {
                format!("leave {kind} endpoints off, or use another region")
            }
            Self::UnsignableHeader { .. } => "send printable ASCII in headers".into(),
            Self::UnusableTime { .. } => "check the clock".into(),
            Self::Unsignable { .. } => "check the request's URL and headers".into(),
            Self::SigningNotBuilt { .. } => "build spola with its feature `sign`".into(),
        })
    }
}

/// Regions for "did you mean"; not a list of all.
const REGIONS: [&str; 12] = [
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
    "eu-central-1",
    "eu-west-1",
    "eu-west-2",
    "eu-north-1",
    "ap-northeast-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ca-central-1",
];
