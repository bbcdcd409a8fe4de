//! AWS Signature Version 4.

use std::time::Duration;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};

use super::authorize::{put_header, refused};
use super::credentials::AwsCredentials;
use super::error::{AuthError, AuthErrorKind as K};
use super::scheme::{Auth, Scheme};
use crate::json_writer::hexadecimal;
use crate::message::{HeaderName, HeaderValue, Keep, Request, Url, encode, encode_byte};
use crate::text::{cut, split};

/// Headers that may change on the way, or that transports set themselves: what
/// botocore leaves unsigned, and `content-length`, which it sets after signing.
const UNSIGNED: &str = "authorization baggage connection content-length expect keep-alive \
    proxy-authenticate proxy-authorization te traceparent tracestate trailer \
    transfer-encoding upgrade user-agent x-amzn-trace-id";

/// The last second of the year 9999: later ones do not fit the date's eight digits.
const LAST_SECOND: u64 = 253_402_300_799;

/// Signs a request for a service and region, by its headers.
///
/// The query is sent with the percent-encoding that is signed, so that no
/// service can read it in two ways: all but unreserved characters encoded.
/// Unspecified: a literal `+` in the query means a plus and becomes `%2B`.
pub(super) fn sign(
    request: &mut Request,
    auth: &Auth,
    credentials: &AwsCredentials,
    place: (&str, &str),
    now: Duration,
) -> Result<(), AuthError> {
    check(auth, credentials, place, now)?;
    if let Some((name, _)) = signed(request).find(|(_, value)| value.to_str().is_none()) {
        return Err(AuthError::new(K::UnsignableHeader, &[name]));
    }
    put_signature(request, credentials, place, now)
        .ok_or_else(|| AuthError::new(K::Unsignable, &[&auth.source]))
}

/// The header fields that are signed.
fn signed(request: &Request) -> impl Iterator<Item = (&str, &HeaderValue)> {
    let is_signed = |name: &str| !split(UNSIGNED, b" ").contains(&name);
    let fields = request.headers().iter();
    fields.filter(move |(name, _)| is_signed(name))
}

/// None where something cannot be sent.
fn put_signature(
    request: &mut Request,
    credentials: &AwsCredentials,
    (service, region): (&str, &str),
    now: Duration,
) -> Option<()> {
    if let Some(query) = request.url().query() {
        *request.url_mut() = request.url().with_query(&respelt(query)).ok()?;
    }
    let time = timestamp(now);
    let digest = hexadecimal(&Sha256::digest(request.body()));
    request.set_header("x-amz-date", &time).ok()?;
    if let Some(token) = &credentials.session_token {
        let name = HeaderName::known("x-amz-security-token");
        put_header(request, name, token.expose())?;
    }
    if takes_path_as_it_is(service) {
        request.set_header("x-amz-content-sha256", &digest).ok()?;
    }
    let (headers, names) = canonical_headers(request);
    let canonical = [
        request.method().as_str(),
        &canonical_path(request.url().path(), service),
        &canonical_query(request.url().query().unwrap_or_default()),
        &headers,
        &names,
        &digest,
    ];
    let canonical = hexadecimal(&Sha256::digest(canonical.join("\n")));
    let day = &time[..8];
    let scope = [day, region, service, "aws4_request"].join("/");
    let to_sign = ["AWS4-HMAC-SHA256", &time, &scope, &canonical].join("\n");
    let secret = ["AWS4", credentials.secret_access_key.expose()].concat();
    let mut key = mac(secret.as_bytes(), day);
    for part in [region, service, "aws4_request", &to_sign] {
        key = mac(&key, part);
    }
    let value = [
        "AWS4-HMAC-SHA256 Credential=",
        &credentials.access_key_id,
        "/",
        &scope,
        ", SignedHeaders=",
        &names,
        ", Signature=",
        &hexadecimal(&key),
    ];
    put_header(request, HeaderName::known("authorization"), &value.concat())
}

fn check(
    auth: &Auth,
    credentials: &AwsCredentials,
    (service, region): (&str, &str),
    now: Duration,
) -> Result<(), AuthError> {
    super::aws::check_region(region)?;
    super::aws::check_service(service)?;
    if now.as_secs() > LAST_SECOND {
        let seconds = now.as_secs().to_string();
        return Err(AuthError::new(K::UnusableTime, &[&seconds]));
    }
    let is_sendable = |text: &str| {
        !text.is_empty()
            && text
                .bytes()
                .all(|byte| byte.is_ascii_graphic() && byte != b',')
    };
    let token = credentials.session_token.as_ref();
    if !is_sendable(&credentials.access_key_id)
        || credentials.secret_access_key.is_empty()
        || token.is_some_and(|token| !is_sendable(token.expose()))
    {
        let scheme = Scheme::SigV4 {
            service: service.into(),
            region: region.into(),
        };
        return Err(refused(K::UnsendableSecret, auth, &scheme));
    }
    Ok(())
}

fn mac(key: &[u8], text: &str) -> [u8; 32] {
    // A key may have any length.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else {
        return [0; 32];
    };
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().into()
}

/// `20150830T123600Z`: the time since the Unix epoch in ISO 8601's basic form.
fn timestamp(now: Duration) -> String {
    let seconds = now.as_secs();
    // Days from 1 March of the year 0, in eras of 400 years.
    let days = seconds / 86_400 + 719_468;
    let (era, of_era) = (days / 146_097, days % 146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let (month, next) = if month < 10 {
        (month + 3, 0)
    } else {
        (month - 9, 1)
    };
    let year = era * 400 + year_of_era + next;
    let mut text = String::with_capacity(16);
    for (number, after) in [
        (year / 100, ""),
        (year % 100, ""),
        (month, ""),
        (day, "T"),
        (seconds / 3600 % 24, ""),
        (seconds / 60 % 60, ""),
        (seconds % 60, "Z"),
    ] {
        for digit in [number / 10, number % 10] {
            text.push(char::from(b'0' + digit as u8));
        }
        text.push_str(after);
    }
    text
}

/// The header fields that are signed, sorted, one a line; and their names.
fn canonical_headers(request: &Request) -> (String, String) {
    let mut fields: Vec<(&str, String)> = Vec::new();
    if !request.headers().contains("host") {
        fields.push(("host", host(request.url())));
    }
    for (name, value) in signed(request) {
        let text = value.to_str().unwrap_or_default();
        let mut words = split(text, b" ");
        words.retain(|word| !word.is_empty());
        let text = words.join(" ");
        match fields.last_mut() {
            // The values of one name stand together.
            Some((last, values)) if *last == name => {
                values.push(',');
                values.push_str(&text);
            }
            _ => fields.push((name, text)),
        }
    }
    fields.sort_unstable();
    let (mut lines, mut names) = (String::new(), String::new());
    for (name, value) in &fields {
        for part in [name, ":", value, "\n"] {
            lines.push_str(part);
        }
        names.push_str(if names.is_empty() { "" } else { ";" });
        names.push_str(name);
    }
    (lines, names)
}

/// S3 takes the path as it stands and wants the body's digest in a header;
/// every other service has the path normalised and encoded once more.
fn takes_path_as_it_is(service: &str) -> bool {
    matches!(
        service,
        "s3" | "s3express" | "s3-object-lambda" | "s3-outposts"
    )
}

fn canonical_path(path: &str, service: &str) -> String {
    if takes_path_as_it_is(service) {
        return path.to_owned();
    }
    let mut kept = String::with_capacity(path.len());
    let mut is_folder = false;
    for segment in split(path, b"/") {
        is_folder = matches!(segment, "" | "." | "..");
        if segment == ".." {
            kept.truncate(kept.rfind('/').unwrap_or(0));
        } else if !is_folder {
            kept.push('/');
            encode(&mut kept, segment, Keep::Unreserved);
        }
    }
    if is_folder || kept.is_empty() {
        kept.push('/');
    }
    kept
}

/// The pairs of a query that is strictly encoded, sorted.
fn canonical_query(query: &str) -> String {
    let mut pairs: Vec<(&str, String)> = Vec::new();
    for pair in split(query, b"&") {
        if !pair.is_empty() {
            let (name, value) = cut(pair, b'=').unwrap_or((pair, ""));
            pairs.push((name, value.to_owned()));
        }
    }
    pairs.sort_unstable();
    let mut canonical = String::with_capacity(query.len());
    for (name, value) in &pairs {
        for part in [
            if canonical.is_empty() { "" } else { "&" },
            name,
            "=",
            value,
        ] {
            canonical.push_str(part);
        }
    }
    canonical
}

/// The `Host` that a transport sends: lower case, no user, no port that goes
/// without saying.
fn host(url: &Url) -> String {
    let host = url.host().unwrap_or_default().to_ascii_lowercase();
    let unsaid = if url.scheme() == Some("https") {
        443
    } else {
        80
    };
    match url.port() {
        Some(port) if port != unsaid => [&*host, ":", &port.to_string()].concat(),
        _ => host,
    }
}

/// A query in strict percent-encoding: every reserved character encoded but the
/// `&` of pairs and their first `=`, hex digits in capitals.
fn respelt(query: &str) -> String {
    let mut out = String::with_capacity(query.len());
    let mut in_name = true;
    let mut rest = query.as_bytes();
    while let [byte, after @ ..] = rest {
        rest = after;
        match byte {
            b'&' | b'=' if in_name || *byte == b'&' => {
                in_name = *byte == b'&';
                out.push(char::from(*byte));
            }
            b'%' => match escaped(rest) {
                Some(byte) => {
                    rest = &rest[2..];
                    encode_byte(&mut out, byte);
                }
                None => out.push_str("%25"),
            },
            _ => encode_byte(&mut out, *byte),
        }
    }
    out
}

/// The byte that two hex digits at the start stand for.
fn escaped(text: &[u8]) -> Option<u8> {
    let digit = |at: usize| char::from(*text.get(at)?).to_digit(16);
    Some((digit(0)? << 4 | digit(1)?) as u8)
}
