//! What can be wrong with an authorization.

use std::fmt;

use super::error::AuthErrorKind as K;
use crate::diagnostic::{Diagnostic, Report, Wording};

/// Why a request cannot be authorized; never holds a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthError {
    /// What it is.
    pub kind: AuthErrorKind,
    report: Box<Report>,
}

/// Why a request cannot be authorized.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AuthErrorKind {
    /// The credentials that a scheme needs are not there.
    MissingCredentials,
    /// The secret holds characters that cannot be sent.
    UnsendableSecret,
    /// The secret for basic authentication is not `user:password`.
    NotUserAndPassword,
    /// Two schemes of one requirement both need the `Authorization` header.
    ConflictingSchemes,
    /// Credentials would travel unencrypted.
    PlainHttp,
    /// The URL has no host, or is neither `https` nor `http`.
    UnusableUrl,
    /// The region is not one that a host name can hold.
    InvalidRegion,
    /// The service is not one that a host name can hold.
    InvalidService,
    /// The service has no host of the kind that was asked for.
    NoSuchHost,
    /// A header that is to be signed is not text.
    UnsignableHeader,
    /// The time to sign with is not one that a signature can hold.
    UnusableTime,
    /// The signer refused the request.
    Unsignable,
    /// This build cannot sign.
    SigningNotBuilt,
}

impl AuthError {
    /// An error; of the texts each kind has its own.
    #[cold]
    pub(super) fn new(kind: AuthErrorKind, texts: &[&str]) -> Self {
        Self {
            kind,
            report: Box::new(wording(kind).say(texts)),
        }
    }
}

impl fmt::Display for AuthError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.report.message)
    }
}

impl std::error::Error for AuthError {}

impl Diagnostic for AuthError {
    fn code(&self) -> &'static str {
        self.report.code
    }

    fn help(&self) -> Option<String> {
        self.report.help.clone()
    }
}

fn wording(kind: AuthErrorKind) -> &'static Wording {
    match kind {
        K::MissingCredentials => &Wording(
            "auth.missing-credentials",
            "no {2} for `{0}`, which needs `{1}`",
            "give the secret for `{3}`: --auth {3}=env:VARIABLE\n\
                set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or name a profile",
        ),
        K::UnsendableSecret => &Wording(
            "auth.unsendable-secret",
            "the secret given for `{0}` (`{1}`) has characters that cannot be sent",
            "look for a line break at its end, or characters outside ASCII",
        ),
        K::NotUserAndPassword => &Wording(
            "auth.not-user-and-password",
            "the secret given for `{0}` is not of the form `user:password`",
            "basic authentication takes the user name, a colon and the password",
        ),
        K::ConflictingSchemes => &Wording(
            "auth.conflicting-schemes",
            "`{0}` needs `{1}` beside another scheme that fills `Authorization`",
            "a request has one `Authorization` header: list the schemes as alternatives",
        ),
        K::PlainHttp => &Wording(
            "auth.plain-http",
            "credentials for `{0}` would be sent over plain http",
            "use https; plain http is for loopback hosts only",
        ),
        K::UnusableUrl => &Wording(
            "auth.unusable-url",
            "credentials cannot be sent by `{0}`\n\
                a request that is to be authorized needs an absolute URL",
            "use an absolute https URL",
        ),
        K::InvalidRegion => &Wording("auth.invalid-region", "`{0}` is not an AWS region", "{1}"),
        K::InvalidService => &Wording(
            "auth.invalid-service",
            "`{0}` is not an AWS service",
            "a service is written like `ecr`",
        ),
        K::NoSuchHost => &Wording(
            "auth.no-such-host",
            "`{0}` in `{1}` has no {2} endpoint",
            "leave {2} endpoints off, or use another region",
        ),
        K::UnsignableHeader => &Wording(
            "auth.unsignable-header",
            "header `{0}` is not text and cannot be signed",
            "send printable ASCII in headers",
        ),
        K::UnusableTime => &Wording(
            "auth.unusable-time",
            "cannot sign with the time `{0}`",
            "check the clock",
        ),
        K::Unsignable => &Wording(
            "auth.unsignable",
            "the request to `{0}` cannot be signed",
            "check the request's URL and headers",
        ),
        K::SigningNotBuilt => &Wording(
            "auth.signing-not-built",
            "`{0}` needs `SigV4`, which this build of spola leaves out",
            "build spola with its feature `sign`",
        ),
    }
}
