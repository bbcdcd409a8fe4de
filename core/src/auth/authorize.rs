//! Puts credentials on a request.

use std::time::Duration;

use super::credentials::{Credentials, Secret};
use super::error::{AuthError, AuthErrorKind as K};
use super::scheme::{ApiKeyPlace, Auth, Scheme};
use crate::base64;
use crate::message::{HeaderName, HeaderValue, Request, Url, percent_encoded};
use crate::text::{before, split};

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
    let covers = |scheme: &Scheme| match scheme {
        Scheme::SigV4 { .. } => credentials.aws.is_some(),
        _ => credentials.secret.is_some(),
    };
    if auth.optional && !auth.schemes.iter().all(covers) {
        return Ok(request);
    }
    let now = auth.server_time.map_or(now, Duration::from_secs);
    let written = request.headers().contains(AUTHORIZATION);
    // What is signed has to be there before the signature.
    for signs in [false, true] {
        for scheme in &auth.schemes {
            let stays = written && !matches!(scheme, Scheme::ApiKey { .. });
            if matches!(scheme, Scheme::SigV4 { .. }) == signs && !stays {
                apply(&mut request, auth, scheme, credentials, now)?;
            }
        }
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
    host.eq_ignore_ascii_case("localhost") || is_loopback_v4(bare) || is_loopback_v6(bare)
}

/// Whether a text is an address of IPv4 that begins with 127.
fn is_loopback_v4(text: &str) -> bool {
    let is_octet = |octet: &str| {
        octet.bytes().all(|byte| byte.is_ascii_digit())
            && match octet.len() {
                1 => true,
                2 => octet >= "10",
                3 => ("100"..="255").contains(&octet),
                _ => false,
            }
    };
    let octets = split(text, b".");
    octets[0] == "127" && octets.len() == 4 && octets.into_iter().all(is_octet)
}

/// Whether a text is an address of IPv6 whose groups are zeros, but for a one at the end.
fn is_loopback_v6(text: &str) -> bool {
    let groups = |text: &str| match text {
        "" => Some(0),
        _ => {
            let groups = split(text, b":");
            let fit = |group: &&str| (1..=4).contains(&group.len());
            groups.iter().all(fit).then_some(groups.len())
        }
    };
    let zeros = text.strip_suffix('1').unwrap_or("1");
    zeros.bytes().all(|byte| matches!(byte, b'0' | b':'))
        && match text.split_once("::") {
            Some((before, after)) => groups(before)
                .zip(groups(after))
                .is_some_and(|(before, after)| before + after < 8),
            None => groups(text) == Some(8),
        }
}

/// Puts on a request what one scheme asks for.
fn apply(
    request: &mut Request,
    auth: &Auth,
    scheme: &Scheme,
    credentials: &Credentials,
    now: Duration,
) -> Result<(), AuthError> {
    match scheme {
        Scheme::ApiKey { name, place } if carries(request, name, *place) => return Ok(()),
        Scheme::ApiKey { .. } => {}
        _ if request.headers().contains(AUTHORIZATION) => {
            return Err(refused(K::ConflictingSchemes, auth, scheme));
        }
        _ => {}
    }
    let allow_plain = credentials.allow_plain_http;
    if let Scheme::SigV4 { service, region } = scheme {
        let Some(aws) = &credentials.aws else {
            return Err(missing(auth, scheme));
        };
        check_channel(request.url(), allow_plain)?;
        return sign(request, auth, aws, (service, region), now);
    }
    let Some(secret) = credentials.secret.as_ref().map(Secret::expose) else {
        return Err(missing(auth, scheme));
    };
    if matches!(scheme, Scheme::Basic) && !secret.contains(':') {
        return Err(AuthError::new(K::NotUserAndPassword, &[&auth.source]));
    }
    check_channel(request.url(), allow_plain)?;
    let put = match scheme {
        Scheme::ApiKey { name, place } => put_key(request, name, *place, secret),
        _ => {
            let value = match scheme {
                Scheme::Basic => ["Basic ", &base64::encode(secret.as_bytes())].concat(),
                _ => ["Bearer ", secret].concat(),
            };
            put_header(request, HeaderName::known(AUTHORIZATION), &value)
        }
    };
    put.ok_or_else(|| refused(K::UnsendableSecret, auth, scheme))
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
    let is_named = |pair: &str, name: &str| before(pair.trim_start(), b'=') == name;
    match place {
        ApiKeyPlace::Header => request.headers().contains(name),
        ApiKeyPlace::Query => {
            let name = percent_encoded(name);
            let query = request.url().query().unwrap_or_default();
            split(query, b"&").iter().any(|pair| is_named(pair, &name))
        }
        ApiKeyPlace::Cookie => {
            let mut cookies = request.headers().get_all(COOKIE);
            cookies.any(|value| {
                let cookies = value.to_str().unwrap_or_default();
                split(cookies, b";").iter().any(|pair| is_named(pair, name))
            })
        }
    }
}

/// None where the secret, or the name it goes under, cannot be sent.
fn put_key(request: &mut Request, name: &str, place: ApiKeyPlace, secret: &str) -> Option<()> {
    match place {
        ApiKeyPlace::Header => put_header(request, name.parse().ok()?, secret),
        ApiKeyPlace::Query => {
            let given = request.url().query().unwrap_or_default();
            let joint = if given.is_empty() { "" } else { "&" };
            let (name, value) = (percent_encoded(name), percent_encoded(secret));
            let query = [given, joint, &name, "=", &value].concat();
            *request.url_mut() = request.url().with_query(&query).ok()?;
            Some(())
        }
        ApiKeyPlace::Cookie => {
            let mut cookies = [name, "=", secret].concat();
            if cookies.contains([';', ',', ' ']) {
                return None;
            }
            if let Some(given) = request.headers().get(COOKIE) {
                cookies = [given.to_str()?, "; ", &cookies].concat();
            }
            put_header(request, HeaderName::known(COOKIE), &cookies)
        }
    }
}

/// Puts a secret into a header field; none where it cannot be sent.
pub(super) fn put_header(request: &mut Request, name: HeaderName, value: &str) -> Option<()> {
    let is_sendable = value.bytes().all(|byte| matches!(byte, b' '..=b'~'));
    let value: HeaderValue = value.parse().ok().filter(|_| is_sendable)?;
    request.headers_mut().set(name, value.sensitive());
    Some(())
}

#[cfg(test)]
mod tests {
    use core::net::IpAddr;

    use super::is_loopback;

    #[test]
    fn addresses_of_this_machine_are_told_as_the_standard_library_does() {
        let pieces = [
            "127", "0", "1", "255", "256", "01", "10", ".", ":", "::", "0000", "00000", "f",
        ];
        let mut state = 1_u64;
        for _ in 0..200_000 {
            let mut text = String::new();
            for _ in 0..state % 17 {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                text.push_str(pieces[(state % pieces.len() as u64) as usize]);
            }
            state = state.wrapping_add(1);
            // An address of IPv4 at the end of one of IPv6 is nobody's spelling of this machine.
            if !(text.contains(':') && text.contains('.')) {
                let address = text.parse::<IpAddr>();
                let want = address.is_ok_and(|address| address.is_loopback());
                assert_eq!(is_loopback(&text), want, "{text}");
            }
        }
        for text in [
            "localhost",
            "LocalHost",
            "127.0.0.1",
            "[::1]",
            "[0:0:0:0:0:0:0:1]",
            "[0::0001]",
        ] {
            assert!(is_loopback(text), "{text}");
        }
    }
}
