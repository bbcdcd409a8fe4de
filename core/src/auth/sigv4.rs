//! AWS Signature Version 4.

use std::time::Duration;

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::{Digest as _, Sha256};

use super::authorize::refused;
use super::credentials::AwsCredentials;
use super::error::{AuthError, AuthErrorKind as K};
use super::scheme::{Auth, Scheme};
use crate::json_writer::hexadecimal;
use crate::message::{HeaderName, HeaderValue, Request, Url, percent_encoded};

const TOKEN: &str = "x-amz-security-token";

/// Headers that may change on the way, or that transports set themselves: what
/// botocore leaves unsigned, and `content-length`, which it sets after signing.
const UNSIGNED: [&str; 16] = [
    "authorization",
    "baggage",
    "connection",
    "content-length",
    "expect",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "te",
    "traceparent",
    "tracestate",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "user-agent",
    "x-amzn-trace-id",
];

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
    (service, region): (&str, &str),
    now: Duration,
) -> Result<(), AuthError> {
    check(auth, credentials, (service, region), now)?;
    let unsignable = || AuthError::new(K::Unsignable, &[&auth.source]);
    spell_out_query(request).ok_or_else(unsignable)?;
    let time = timestamp(now);
    let digest = hexadecimal(&Sha256::digest(request.body()));
    let headers = request.headers_mut();
    let mut put = |name: &str, text: &str| {
        let mut value: HeaderValue = text.parse().ok()?;
        if name == TOKEN {
            value = value.sensitive();
        }
        headers.set(HeaderName::known(name), value);
        Some(())
    };
    put("x-amz-date", &time).ok_or_else(unsignable)?;
    if let Some(token) = &credentials.session_token {
        put(TOKEN, token.expose()).ok_or_else(unsignable)?;
    }
    if takes_path_as_it_is(service) {
        put("x-amz-content-sha256", &digest).ok_or_else(unsignable)?;
    }
    let (headers, names) = canonical_headers(request)?;
    let canonical = format!(
        "{}\n{}\n{}\n{headers}\n{names}\n{digest}",
        request.method(),
        canonical_path(request.url().path(), service),
        canonical_query(request.url().query().unwrap_or_default()),
    );
    let day = &time[..8];
    let scope = format!("{day}/{region}/{service}/aws4_request");
    let canonical = hexadecimal(&Sha256::digest(canonical.as_bytes()));
    let to_sign = format!("AWS4-HMAC-SHA256\n{time}\n{scope}\n{canonical}");
    let secret = format!("AWS4{}", credentials.secret_access_key.expose());
    let parts = [day, region, service, "aws4_request", &to_sign];
    let (first, others) = (mac(secret.as_bytes(), parts[0]), &parts[1..]);
    let signature = others.iter().fold(first, |key, part| mac(&key, part));
    let value = format!(
        "AWS4-HMAC-SHA256 Credential={}/{scope}, SignedHeaders={names}, Signature={}",
        credentials.access_key_id,
        hexadecimal(&signature)
    );
    let value: HeaderValue = value.parse().map_err(|_| unsignable())?;
    let name = HeaderName::known("authorization");
    request.headers_mut().set(name, value.sensitive());
    Ok(())
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
    let (hour, minute, second) = (seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
    format!("{year:04}{month:02}{day:02}T{hour:02}{minute:02}{second:02}Z")
}

/// The header fields that are signed, sorted, one a line; and their names.
fn canonical_headers(request: &Request) -> Result<(String, String), AuthError> {
    let mut fields: Vec<(&str, String)> = Vec::new();
    if !request.headers().contains("host") {
        fields.push(("host", host(request.url())));
    }
    for (name, value) in request.headers().iter() {
        if UNSIGNED.contains(&name) {
            continue;
        }
        let text = value
            .to_str()
            .ok_or_else(|| AuthError::new(K::UnsignableHeader, &[name]))?;
        // The values of one name stand together.
        if fields.last().is_none_or(|(last, _)| *last != name) {
            fields.push((name, String::new()));
        } else if let Some((_, joined)) = fields.last_mut() {
            joined.push(',');
        }
        if let Some((_, joined)) = fields.last_mut() {
            let words = text.split(' ').filter(|word| !word.is_empty());
            for (at, word) in words.enumerate() {
                joined.push_str(if at > 0 { " " } else { "" });
                joined.push_str(word);
            }
        }
    }
    fields.sort_unstable();
    let names: Vec<&str> = fields.iter().map(|(name, _)| *name).collect();
    let names = names.join(";");
    let lines = fields
        .iter()
        .fold(String::with_capacity(256), |mut lines, (name, value)| {
            for part in [name, ":", value, "\n"] {
                lines.push_str(part);
            }
            lines
        });
    Ok((lines, names))
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
    let mut kept: Vec<String> = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => drop(kept.pop()),
            _ => kept.push(percent_encoded(segment)),
        }
    }
    let is_folder = ["/", "/.", "/.."].iter().any(|end| path.ends_with(end));
    let end = if is_folder && !kept.is_empty() {
        "/"
    } else {
        ""
    };
    format!("/{}{end}", kept.join("/"))
}

/// The pairs of a query that is strictly encoded, sorted.
fn canonical_query(query: &str) -> String {
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    let mut pairs: Vec<(&str, &str)> = pairs
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .collect();
    pairs.sort_unstable();
    let pairs: Vec<String> = pairs
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    pairs.join("&")
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
        Some(port) if port != unsaid => format!("{host}:{port}"),
        _ => host,
    }
}

/// Rewrites the query in strict percent-encoding, where it is not yet.
fn spell_out_query(request: &mut Request) -> Option<()> {
    let Some(query) = request.url().query() else {
        return Some(());
    };
    let pairs: Vec<String> = query
        .split('&')
        .map(|pair| match pair.split_once('=') {
            Some((name, value)) => format!("{}={}", respelt(name), respelt(value)),
            None => respelt(pair),
        })
        .collect();
    let strict = pairs.join("&");
    if strict == query {
        return Some(());
    }
    *request.url_mut() = request.url().with_query(&strict).ok()?;
    Some(())
}

/// The same text with every reserved character encoded and hex digits in capitals.
fn respelt(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('%') {
        out.push_str(&percent_encoded(&rest[..at]));
        match rest.get(at + 1..at + 3) {
            Some(hex) if hex.bytes().all(|byte| byte.is_ascii_hexdigit()) => {
                out.push_str(&decoded_if_unreserved(hex));
                rest = &rest[at + 3..];
            }
            _ => {
                out.push_str("%25");
                rest = &rest[at + 1..];
            }
        }
    }
    out.push_str(&percent_encoded(rest));
    out
}

fn decoded_if_unreserved(hex: &str) -> String {
    match u8::from_str_radix(hex, 16) {
        Ok(byte) if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) => {
            char::from(byte).to_string()
        }
        _ => format!("%{}", hex.to_ascii_uppercase()),
    }
}
