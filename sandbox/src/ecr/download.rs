//! Layers from their URLs, as S3 serves them.

use super::operation::Operation;
use crate::answer::{Answer, Refusal, sha256_hex};
use crate::fault::{Fault, Kind};
use crate::region;
use crate::registry::Layer;
use crate::reply::Reply;
use crate::request::Request;
use crate::shape::{REGISTRY_ID, REPOSITORY_NAME, Shape, by, object};
use crate::state::State;
use crate::store::{Blobs, Found};
use crate::text::DIGEST;
use crate::time::Time;
use serde_json::json;
use std::ops::Range;

pub(crate) static OPERATIONS: &[Operation] = &[Operation {
    name: "GetDownloadUrlForLayer",
    input: &URL,
    run: download_url,
}];

static URL: Shape = object! {
    may "registryId": REGISTRY_ID,
    need "repositoryName": REPOSITORY_NAME,
    need "layerDigest": by(DIGEST),
};

/// The operation as which a download is struck by faults; it is S3's.
pub(crate) const GET_OBJECT: &str = "GetObject";

/// Where the sandbox serves layers.
pub(crate) const DOWNLOADS: &str = "/_layers/";

/// Only layers that an image names can be downloaded.
fn download_url(state: &mut State, request: &Request) -> Answer {
    let seconds = state.settings.url_seconds;
    let place = state.place(request)?;
    let id = &place.registry;
    let name = request.required("layerDigest");
    let described = format!(
        "in the repository with name '{}' in the registry with id '{id}'",
        request.name()
    );
    if place.layer(name).is_none() {
        return Err(Refusal::new(
            "LayersNotFoundException",
            format!("The layer with digest '{name}' does not exist {described}"),
        ));
    }
    if !place.repository.is_referenced(name) {
        return Err(Refusal::new(
            "LayerInaccessibleException",
            format!("The layer with digest '{name}' is not associated with an image {described}"),
        ));
    }
    let region = &request.region;
    let authority = request.origin.split("://").nth(1).unwrap_or_default();
    let host = authority.split(':').next().unwrap_or_default();
    let origin = if region::is_aws(host) {
        let suffix = region::partition(region).suffix;
        format!("https://prod-{region}-starport-layer-bucket.s3.{region}.{suffix}")
    } else {
        request.origin.clone()
    };
    let place = format!("{id}/{region}/{}/{name}", request.name());
    let date = request.now.compact();
    let signature = sign(&place, &date, seconds);
    Ok(json!({
        "downloadUrl": format!(
            "{origin}{DOWNLOADS}{place}?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Date={date}\
             &X-Amz-SignedHeaders=host&X-Amz-Expires={seconds}&X-Amz-Signature={signature}"
        ),
        "layerDigest": name,
    }))
}

/// The signature of a download URL; no secret, it only tells forged URLs apart.
fn sign(place: &str, date: &str, seconds: u64) -> String {
    sha256_hex(format!("spola layer\n{place}\n{date}\n{seconds}").as_bytes())
}

/// Serves a layer from its URL, whole or a range of it, as S3 would.
pub(crate) fn download(
    state: &State,
    place: &str,
    request: &http::Request<Vec<u8>>,
    now: Time,
) -> Reply {
    if !matches!(*request.method(), http::Method::GET | http::Method::HEAD) {
        return s3_error(
            405,
            "MethodNotAllowed",
            "The specified method is not allowed",
        );
    }
    if is_signed_twice(request) {
        let message = "Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter \
                       or the Authorization header should be specified";
        return s3_error(400, "InvalidArgument", message);
    }
    let query = request.uri().query().unwrap_or_default();
    let part = |name: &str| {
        query
            .split('&')
            .find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
    };
    let date = part("X-Amz-Date").unwrap_or_default();
    let seconds = part("X-Amz-Expires").and_then(|text| text.parse().ok());
    let seconds: u64 = seconds.unwrap_or_default();
    let place = place.replace("%3A", ":").replace("%3a", ":");
    if part("X-Amz-Signature") != Some(sign(&place, date, seconds).as_str()) {
        let message =
            "The request signature we calculated does not match the signature you provided";
        return s3_error(403, "SignatureDoesNotMatch", message);
    }
    let valid = Time::from_compact(date).is_some_and(|from| now <= from.later(seconds));
    if !valid {
        return s3_error(403, "AccessDenied", "Request has expired");
    }
    match layer(state, &place) {
        Some((digest, layer)) => ranged(&state.blobs, digest, layer.size, request),
        None => s3_error(404, "NoSuchKey", "The specified key does not exist."),
    }
}

/// Whether a request to a layer's URL has credentials beside.
///
/// Where the sandbox is not at a host of AWS's, a layer has the same host as the registry that
/// redirects to it, so a client sends its user and password on; they are not looked at.
fn is_signed_twice(request: &http::Request<Vec<u8>>) -> bool {
    let Some(header) = request.headers().get("authorization") else {
        return false;
    };
    let basic = header
        .as_bytes()
        .get(..6)
        .is_some_and(|scheme| scheme.eq_ignore_ascii_case(b"basic "));
    !basic || request.uri().host().is_some_and(region::is_aws)
}

/// The layer at `ACCOUNT/REGION/REPOSITORY/DIGEST`, with its digest.
fn layer<'s, 'p>(state: &'s State, place: &'p str) -> Option<(&'p str, &'s Layer)> {
    let (account, rest) = place.split_once('/')?;
    let (region, rest) = rest.split_once('/')?;
    let (name, digest) = rest.rsplit_once('/')?;
    let registry = state.registries.get(account)?.get(region)?;
    let repository = registry.repositories.get(name)?;
    let own = repository.layers.get(digest);
    let layer = own.or_else(|| state.shared_layers.get(digest))?;
    Some((digest, layer))
}

fn ranged(blobs: &Blobs, key: &str, size: u64, request: &http::Request<Vec<u8>>) -> Reply {
    const BINARY: &str = "application/octet-stream";
    let header = request.headers().get("range").and_then(|v| v.to_str().ok());
    let asked = header.and_then(|text| range(text, size));
    let bytes = match &asked {
        None => 0..size,
        Some(Some(range)) => range.clone(),
        Some(None) => {
            let message = "The requested range is not satisfiable";
            let mut reply = s3_error(416, "InvalidRange", message);
            reply
                .headers
                .push(("content-range", format!("bytes */{size}")));
            return reply;
        }
    };
    let status = if asked.is_some() { 206 } else { 200 };
    let mut reply = Reply::new(status, BINARY, "");
    if asked.is_some() {
        let told = format!("bytes {}-{}/{size}", bytes.start, bytes.end - 1);
        reply.headers.push(("content-range", told));
    }
    reply.headers.push(("accept-ranges", "bytes".to_owned()));
    let length = (bytes.end - bytes.start).to_string();
    reply.headers.push(("content-length", length));
    if request.method() == http::Method::HEAD {
        return reply;
    }
    match blobs.find(key, bytes) {
        Some(Found::Here(bytes)) => reply.body = bytes.into(),
        Some(Found::There(range)) => reply.body = (key, range).into(),
        None => return s3_error(500, "InternalError", "The layer's bytes are gone."),
    }
    reply
}

/// The range that a header asks for within the content: `None` where it asks for no range that
/// can be read (all is given then), `Some(None)` where the content has no such bytes.
#[allow(clippy::option_option)]
fn range(header: &str, size: u64) -> Option<Option<Range<u64>>> {
    let (first, last) = header.strip_prefix("bytes=")?.split_once('-')?;
    if first.is_empty() {
        let count: u64 = last.parse().ok()?;
        let some = count > 0 && size > 0;
        return Some(some.then(|| size.saturating_sub(count)..size));
    }
    let first: u64 = first.parse().ok()?;
    let end = match last {
        "" => size,
        last => last.parse::<u64>().ok()?.saturating_add(1).min(size),
    };
    Some((first < end).then_some(first..end))
}

fn s3_error(status: u16, code: &str, message: &str) -> Reply {
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code>\
         <Message>{message}</Message></Error>"
    );
    Reply::new(status, "application/xml", body)
}

/// What a fault makes of a download, in S3's words.
pub(crate) fn struck(fault: &Fault) -> Reply {
    let (status, code, message) = match fault.kind {
        Kind::Throttling | Kind::ServiceUnavailable => {
            (503, "SlowDown", "Please reduce your request rate.")
        }
        Kind::ExpiredToken => (403, "AccessDenied", "Request has expired"),
        Kind::SkewedClock => {
            let message = "The difference between the request time and the current time is too \
                           large.";
            (403, "RequestTimeTooSkewed", message)
        }
        Kind::AccessDenied => (403, "AccessDenied", "Access Denied"),
        Kind::Refusal => (
            fault.status.unwrap_or(400),
            fault.code.as_deref().unwrap_or("InternalError"),
            fault.message.as_deref().unwrap_or_default(),
        ),
        _ => {
            let message = "We encountered an internal error. Please try again.";
            (500, "InternalError", message)
        }
    };
    s3_error(status, code, message)
}
