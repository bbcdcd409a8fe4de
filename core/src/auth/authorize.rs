//! Puts credentials on a request.

use core::net::IpAddr;
use std::time::Duration;

use super::credentials::{Credentials, Secret};
use super::error::{AuthError, AuthErrorKind as K};
use super::scheme::{ApiKeyPlace, Auth, Scheme};
use crate::base64;
use crate::message::{HeaderName, HeaderValue, Request, Url, percent_encoded};

const AUTHORIZATION: &str = "authorization";
const COOKIE: &str = "cookie";

/// Puts what `auth` asks for on a request.
///
/// `now` is the time since the Unix epoch; where `auth` names the service's own
/// time, that one is signed with. What the request already carries in a
/// scheme's place (an `Authorization` header, the key's header or parameter) is
/// what the step's author wrote, and stays. Where authorization is optional and
/// there are no credentials, the request stays as it is.
///
/// # Errors
///
/// `auth.missing-credentials`, `auth.plain-http` (see [`check_channel`]),
/// `auth.unsendable-secret`, `auth.not-user-and-password`,
/// `auth.conflicting-schemes`, `auth.invalid-region`, `auth.unsignable-header`,
/// `auth.unusable-time`, `auth.signing-not-built`.
pub fn authorize(
    mut request: Request,
    auth: &Auth,
    credentials: &Credentials,
    now: Duration,
) -> Result<Request, AuthError> {
    if auth.optional
        && auth
            .schemes
            .iter()
            .any(|scheme| !covers(credentials, scheme))
    {
        return Ok(request);
    }
    let now = auth.server_time.map_or(now, Duration::from_secs);
    let written = request.headers().contains(AUTHORIZATION);
    // What is signed has to be there before the signature.
    let is_signature = |scheme: &&Scheme| matches!(scheme, Scheme::SigV4 { .. });
    let first = auth.schemes.iter().filter(|scheme| !is_signature(scheme));
    for scheme in first.chain(auth.schemes.iter().filter(is_signature)) {
        if written && !matches!(scheme, Scheme::ApiKey { .. }) {
            continue;
        }
        apply(&mut request, auth, scheme, credentials, now)?;
    }
    Ok(request)
}

/// Refuses a URL over which credentials would travel unencrypted: plain http to
/// any host but a loopback one, unless `allow_plain`.
///
/// # Errors
///
/// `auth.plain-http`, `auth.unusable-url`.
pub fn check_channel(url: &Url, allow_plain: bool) -> Result<(), AuthError> {
    let scheme = url.scheme().unwrap_or_default();
    let Some(host) = url.host().filter(|host| !host.is_empty()) else {
        return Err(AuthError::new(K::UnusableUrl, &[""]));
    };
    match scheme {
        "https" => Ok(()),
        "http" if allow_plain || is_loopback(host) => Ok(()),
        "http" => Err(AuthError::new(K::PlainHttp, &[host])),
        other => Err(AuthError::new(K::UnusableUrl, &[other])),
    }
}

fn is_loopback(host: &str) -> bool {
    let bare = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'))
        .unwrap_or(host);
    host.eq_ignore_ascii_case("localhost")
        || bare
            .parse::<IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

fn covers(credentials: &Credentials, scheme: &Scheme) -> bool {
    match scheme {
        Scheme::SigV4 { .. } => credentials.aws.is_some(),
        _ => credentials.secret.is_some(),
    }
}

fn apply(
    request: &mut Request,
    auth: &Auth,
    scheme: &Scheme,
    credentials: &Credentials,
    now: Duration,
) -> Result<(), AuthError> {
    if !matches!(scheme, Scheme::ApiKey { .. }) && request.headers().contains(AUTHORIZATION) {
        return Err(refused(K::ConflictingSchemes, auth, scheme));
    }
    let secret = || {
        credentials
            .secret
            .as_ref()
            .ok_or_else(|| missing(auth, scheme))
    };
    let unsendable = || refused(K::UnsendableSecret, auth, scheme);
    match scheme {
        Scheme::SigV4 { service, region } => {
            let aws = credentials
                .aws
                .as_ref()
                .ok_or_else(|| missing(auth, scheme))?;
            check_channel(request.url(), credentials.allow_plain_http)?;
            sign(request, auth, aws, (service, region), now)
        }
        Scheme::ApiKey { name, place } => {
            if carries(request, name, *place) {
                return Ok(());
            }
            let secret = secret()?;
            check_channel(request.url(), credentials.allow_plain_http)?;
            put_key(request, name, *place, secret).ok_or_else(unsendable)
        }
        Scheme::Basic => {
            let secret = secret()?;
            if !secret.expose().contains(':') {
                return Err(AuthError::new(K::NotUserAndPassword, &[&auth.source]));
            }
            check_channel(request.url(), credentials.allow_plain_http)?;
            let value = format!("Basic {}", base64::encode(secret.expose().as_bytes()));
            put_header(request, HeaderName::known(AUTHORIZATION), &value).ok_or_else(unsendable)
        }
        Scheme::Bearer | Scheme::OAuth2 { .. } => {
            let secret = secret()?;
            check_channel(request.url(), credentials.allow_plain_http)?;
            let value = format!("Bearer {}", secret.expose());
            put_header(request, HeaderName::known(AUTHORIZATION), &value).ok_or_else(unsendable)
        }
    }
}

fn missing(auth: &Auth, scheme: &Scheme) -> AuthError {
    let (source, scheme_text) = (&*auth.source, scheme.to_string());
    let texts = match scheme {
        Scheme::SigV4 { .. } => [source, &scheme_text, "AWS credentials", ""],
        _ => [source, &scheme_text, "secret", source],
    };
    AuthError::new(K::MissingCredentials, &texts)
}

/// What is wrong with a scheme of a source description.
pub(super) fn refused(kind: K, auth: &Auth, scheme: &Scheme) -> AuthError {
    AuthError::new(kind, &[&auth.source, &scheme.to_string()])
}

#[cfg(feature = "sign")]
use super::sigv4::sign;

#[cfg(not(feature = "sign"))]
fn sign(
    _: &mut Request,
    auth: &Auth,
    _: &super::credentials::AwsCredentials,
    _: (&str, &str),
    _: Duration,
) -> Result<(), AuthError> {
    Err(AuthError::new(K::SigningNotBuilt, &[&auth.source]))
}

/// Whether the request already has something in the key's place.
fn carries(request: &Request, name: &str, place: ApiKeyPlace) -> bool {
    match place {
        ApiKeyPlace::Header => request.headers().contains(name),
        ApiKeyPlace::Query => {
            let name = percent_encoded(name);
            request
                .url()
                .query()
                .unwrap_or_default()
                .split('&')
                .any(|pair| pair.split('=').next() == Some(name.as_str()))
        }
        ApiKeyPlace::Cookie => request.headers().get_all(COOKIE).any(|value| {
            value
                .to_str()
                .unwrap_or_default()
                .split(';')
                .any(|pair| pair.trim_start().split('=').next() == Some(name))
        }),
    }
}

/// None where the secret, or the name it goes under, cannot be sent.
fn put_key(request: &mut Request, name: &str, place: ApiKeyPlace, secret: &Secret) -> Option<()> {
    match place {
        ApiKeyPlace::Header => put_header(request, name.parse().ok()?, secret.expose()),
        ApiKeyPlace::Query => put_query(request, name, secret.expose()),
        ApiKeyPlace::Cookie => {
            let pair = format!("{name}={}", secret.expose());
            if pair.contains([';', ',', ' ']) {
                return None;
            }
            let value = match request.headers().get(COOKIE) {
                Some(value) => format!("{}; {pair}", value.to_str()?),
                None => pair,
            };
            put_header(request, HeaderName::known(COOKIE), &value)
        }
    }
}

fn put_header(request: &mut Request, name: HeaderName, value: &str) -> Option<()> {
    let is_sendable = value.bytes().all(|byte| matches!(byte, b' '..=b'~'));
    let value: HeaderValue = value.parse().ok().filter(|_| is_sendable)?;
    request.headers_mut().set(name, value.sensitive());
    Some(())
}

fn put_query(request: &mut Request, name: &str, value: &str) -> Option<()> {
    let given = request.url().query().unwrap_or_default();
    let joint = if given.is_empty() { "" } else { "&" };
    let (name, value) = (percent_encoded(name), percent_encoded(value));
    let query = format!("{given}{joint}{name}={value}");
    *request.url_mut() = request.url().with_query(&query).ok()?;
    Some(())
}
