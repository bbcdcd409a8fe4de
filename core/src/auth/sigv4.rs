//! AWS Signature Version 4.

use std::time::{Duration, UNIX_EPOCH};

use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SigningSettings,
    UriPathNormalizationMode, sign as sign_http,
};
use aws_sigv4::sign::v4;
use aws_smithy_runtime_api::client::identity::Identity;
use http::header::{HOST, HeaderName, HeaderValue};
use http::{Request, Uri};

use super::authorize::encoded;
use super::credentials::AwsCredentials;
use super::error::AuthError;
use super::scheme::{Auth, Scheme};

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
    request: &mut Request<Vec<u8>>,
    auth: &Auth,
    credentials: &AwsCredentials,
    (service, region): (&str, &str),
    now: Duration,
) -> Result<(), AuthError> {
    check(auth, credentials, (service, region), now)?;
    let unsignable = || AuthError::Unsignable {
        source: auth.source.clone(),
    };
    spell_out_query(request).ok_or_else(unsignable)?;
    let identity = identity(credentials);
    let params = v4::SigningParams::builder()
        .identity(&identity)
        .region(region)
        .name(service)
        .time(UNIX_EPOCH + now)
        .settings(settings(service))
        .build()
        .map_err(|_| unsignable())?
        .into();
    let url = request.uri().to_string();
    let host = host(request.uri());
    let mut headers = Vec::with_capacity(request.headers().len() + 1);
    if !request.headers().contains_key(HOST) {
        headers.push((HOST.as_str(), host.as_str()));
    }
    for (name, value) in request.headers() {
        if UNSIGNED.contains(&name.as_str()) {
            continue;
        }
        let text = value.to_str().map_err(|_| AuthError::UnsignableHeader {
            name: name.to_string(),
        })?;
        headers.push((name.as_str(), text));
    }
    let body = SignableBody::Bytes(request.body());
    let signable = SignableRequest::new(request.method().as_str(), url, headers.into_iter(), body)
        .map_err(|_| unsignable())?;
    let (instructions, _) = sign_http(signable, &params)
        .map_err(|_| unsignable())?
        .into_parts();
    for header in instructions.into_parts().0 {
        let mut value = HeaderValue::from_str(header.value()).map_err(|_| unsignable())?;
        value.set_sensitive(header.sensitive() || header.name() == "authorization");
        let name = HeaderName::from_static(header.name());
        request.headers_mut().insert(name, value);
    }
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
        return Err(AuthError::UnusableTime {
            seconds: now.as_secs(),
        });
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
        return Err(AuthError::UnsendableSecret {
            source: auth.source.clone(),
            scheme: Scheme::SigV4 {
                service: service.into(),
                region: region.into(),
            }
            .to_string(),
        });
    }
    Ok(())
}

fn identity(credentials: &AwsCredentials) -> Identity {
    aws_credential_types::Credentials::new(
        &credentials.access_key_id,
        credentials.secret_access_key.expose(),
        credentials
            .session_token
            .as_ref()
            .map(|token| token.expose().to_owned()),
        None,
        "spola",
    )
    .into()
}

/// The `Host` that a transport sends: lower case, no user, no port that goes
/// without saying.
fn host(url: &Uri) -> String {
    let host = url.host().unwrap_or_default().to_ascii_lowercase();
    let unsaid = if url.scheme_str() == Some("https") {
        443
    } else {
        80
    };
    match url.port_u16() {
        Some(port) if port != unsaid => format!("{host}:{port}"),
        _ => host,
    }
}

/// S3 takes the path as it stands and wants the body's digest in a header;
/// every other service has the path normalised and encoded once more.
fn settings(service: &str) -> SigningSettings {
    let mut settings = SigningSettings::default();
    settings.excluded_headers = None;
    if matches!(
        service,
        "s3" | "s3express" | "s3-object-lambda" | "s3-outposts"
    ) {
        settings.percent_encoding_mode = PercentEncodingMode::Single;
        settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
        settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
    }
    settings
}

/// Rewrites the query in strict percent-encoding, where it is not yet.
fn spell_out_query(request: &mut Request<Vec<u8>>) -> Option<()> {
    let Some(query) = request.uri().query() else {
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
    let text = format!("{}?{strict}", request.uri().path());
    let mut parts = request.uri().clone().into_parts();
    parts.path_and_query = Some(text.parse().ok()?);
    *request.uri_mut() = Uri::from_parts(parts).ok()?;
    Some(())
}

/// The same text with every reserved character encoded and hex digits in capitals.
fn respelt(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('%') {
        out.push_str(&encoded(&rest[..at]));
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
    out.push_str(&encoded(rest));
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
