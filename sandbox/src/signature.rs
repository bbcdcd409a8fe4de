//! Signatures of requests, computed again.

use crate::answer::{Refusal, hex, sha256, sha256_hex};
use crate::scope::skewed;
use crate::state::Settings;
use crate::time::Time;
use http::Request;
use std::fmt::Write as _;

const ALGORITHM: &str = "AWS4-HMAC-SHA256";
/// How far a signature's date may be off, in milliseconds.
pub(crate) const SKEW: u64 = 300_000;

/// The parts of an `Authorization` header.
struct Signed<'h> {
    key: &'h str,
    /// Date, region, service and `aws4_request`, with slashes.
    scope: &'h str,
    headers: &'h str,
    signature: &'h str,
}

impl<'h> Signed<'h> {
    fn read(header: &'h str) -> Option<Self> {
        let mut parts = header.strip_prefix(ALGORITHM)?.split(',').map(str::trim);
        let (key, scope) = parts.next()?.strip_prefix("Credential=")?.split_once('/')?;
        Some(Self {
            key,
            scope,
            headers: parts.next()?.strip_prefix("SignedHeaders=")?,
            signature: parts.next()?.strip_prefix("Signature=")?,
        })
    }
}

/// Refuses a request to a service whose signature is not the one that the caller's secret key
/// gives.
pub(crate) fn verify(
    request: &Request<Vec<u8>>,
    service: &str,
    settings: &Settings,
    now: Time,
) -> Result<(), Refusal> {
    let header = |name: &str| request.headers().get(name).and_then(|v| v.to_str().ok());
    let Some(authorization) = header("authorization") else {
        let code = "MissingAuthenticationTokenException";
        return Err(Refusal::new(code, "Missing Authentication Token"));
    };
    let date = header("x-amz-date").and_then(|text| Some((text, Time::from_compact(text)?)));
    let (Some(signed), Some((date, at))) = (Signed::read(authorization), date) else {
        return Err(Refusal::new(
            "IncompleteSignatureException",
            "Authorization header requires 'Credential', 'SignedHeaders' and 'Signature' \
             parameters, and existence of an 'X-Amz-Date' header.",
        ));
    };
    let Some(secret) = settings.secret_keys.get(signed.key) else {
        return Err(Refusal::new(
            "UnrecognizedClientException",
            "The security token included in the request is invalid.",
        ));
    };
    if at.0.abs_diff(now.0 / 1000 * 1000) > SKEW {
        return Err(skewed(at, now));
    }
    let mut scope = signed.scope.split('/');
    let (day, region, named) = (scope.next(), scope.next(), scope.next());
    if day != date.get(..8) || scope.next() != Some("aws4_request") || scope.next().is_some() {
        return Err(invalid("Credential should be scoped to a valid date."));
    }
    if named != Some(service) {
        let message = format!("Credential should be scoped to correct service: '{service}'.");
        return Err(invalid(&message));
    }
    if let Some(name) = unsigned(request, signed.headers) {
        let message = format!("'{name}' must be a 'SignedHeader' in the AWS Authorization header.");
        return Err(invalid(&message));
    }
    let canonical = sha256_hex(canonical(request, signed.headers).as_bytes());
    let text = format!("{ALGORITHM}\n{date}\n{}\n{canonical}", signed.scope);
    let mut key = format!("AWS4{secret}").into_bytes();
    for part in [
        &date[..8],
        region.unwrap_or_default(),
        service,
        "aws4_request",
    ] {
        key = hmac(&key, part.as_bytes()).into();
    }
    if hex(&hmac(&key, text.as_bytes())) == signed.signature {
        return Ok(());
    }
    Err(invalid(
        "The request signature we calculated does not match the signature you provided. Check \
         your AWS Secret Access Key and signing method. Consult the service documentation for \
         details.",
    ))
}

fn invalid(message: &str) -> Refusal {
    Refusal::new("InvalidSignatureException", message)
}

/// A header that has to be signed and is not.
fn unsigned<'r>(request: &'r Request<Vec<u8>>, signed: &str) -> Option<&'r str> {
    let is_signed = |name: &str| signed.split(';').any(|other| other == name);
    let mut names = request.headers().keys().map(http::HeaderName::as_str);
    let own = names.find(|name| name.starts_with("x-amz-") && !is_signed(name));
    own.or((!is_signed("host")).then_some("Host"))
}

/// The canonical form of a request.
fn canonical(request: &Request<Vec<u8>>, signed: &str) -> String {
    let uri = request.uri();
    let mut text = format!("{}\n", request.method());
    // every service but S3 encodes the path, percent signs and all, once more
    for byte in uri.path().bytes() {
        if byte == b'/' {
            text.push('/');
        } else {
            encode(byte, &mut text);
        }
    }
    text.push('\n');
    let query = uri.query().unwrap_or_default().split('&');
    let mut pairs: Vec<(String, String)> = query
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (spelled(name), spelled(value)))
        .collect();
    pairs.sort_unstable();
    for (at, (name, value)) in pairs.iter().enumerate() {
        let between = if at == 0 { "" } else { "&" };
        // writing to a String cannot fail
        let _ = write!(text, "{between}{name}={value}");
    }
    text.push('\n');
    for name in signed.split(';') {
        let _ = writeln!(text, "{name}:{}", values(request, name));
    }
    let _ = write!(text, "\n{signed}\n{}", sha256_hex(request.body()));
    text
}

/// The values of a header with single spaces, commas between them.
fn values(request: &Request<Vec<u8>>, name: &str) -> String {
    let all = request.headers().get_all(name).iter();
    let mut texts: Vec<String> = all
        .map(|value| String::from_utf8_lossy(value.as_bytes()))
        .map(|text| text.split_whitespace().collect::<Vec<_>>().join(" "))
        .collect();
    if texts.is_empty() && name == "host" {
        let uri = request.uri();
        let usual = match uri.scheme_str() {
            Some("https") => 443,
            _ => 80,
        };
        let port = uri.port_u16().filter(|port| *port != usual);
        let port = port.map_or_else(String::new, |port| format!(":{port}"));
        texts.push(format!("{}{port}", uri.host().unwrap_or_default()));
    }
    texts.join(",")
}

/// A part of a query, all but unreserved characters percent-encoded.
fn spelled(part: &str) -> String {
    let mut text = String::with_capacity(part.len());
    let mut rest = part.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let code = after.get(..2).filter(|_| first == b'%');
        let code = code.and_then(|digits| std::str::from_utf8(digits).ok());
        let code = code.and_then(|digits| u8::from_str_radix(digits, 16).ok());
        encode(code.unwrap_or(first), &mut text);
        rest = if code.is_some() { &after[2..] } else { after };
    }
    text
}

fn encode(byte: u8, text: &mut String) {
    if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
        text.push(char::from(byte));
    } else {
        // writing to a String cannot fail
        let _ = write!(text, "%{byte:02X}");
    }
}

/// HMAC with SHA-256, RFC 2104.
fn hmac(key: &[u8], message: &[u8]) -> [u8; 32] {
    const BLOCK: usize = 64;
    let mut block = [0_u8; BLOCK];
    if key.len() > BLOCK {
        block[..32].copy_from_slice(&sha256(key));
    } else {
        block[..key.len()].copy_from_slice(key);
    }
    let mut inner = block.map(|byte| byte ^ 0x36).to_vec();
    inner.extend_from_slice(message);
    let mut outer = block.map(|byte| byte ^ 0x5c).to_vec();
    outer.extend_from_slice(&sha256(&inner));
    sha256(&outer)
}
