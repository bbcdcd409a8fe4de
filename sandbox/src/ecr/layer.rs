//! Layers: existence, upload, download.

use super::operation::Operation;
use crate::answer::{Answer, Refusal, digest, from_base64, sha256_hex, to_base64};
use crate::region;
use crate::registry::{Layer, Upload};
use crate::request::Request;
use crate::sandbox::Reply;
use crate::shape::{REGISTRY_ID, REPOSITORY_NAME, Shape, by, list, object, sized};
use crate::state::State;
use crate::text::{DIGEST, UUID};
use crate::time::Time;
use serde_json::{Map, Value, json};

pub(crate) static OPERATIONS: &[Operation] = &[
    Operation {
        name: "BatchCheckLayerAvailability",
        input: &CHECK,
        run: check,
    },
    Operation {
        name: "GetDownloadUrlForLayer",
        input: &URL,
        run: download_url,
    },
    Operation {
        name: "InitiateLayerUpload",
        input: &INITIATE,
        run: initiate,
    },
    Operation {
        name: "UploadLayerPart",
        input: &UPLOAD,
        run: upload,
    },
    Operation {
        name: "CompleteLayerUpload",
        input: &COMPLETE,
        run: complete,
    },
];

static ANY_DIGESTS: Shape = list(&sized(0, 1000), 1, 100);
static CHECK: Shape = object! {
    may "registryId": REGISTRY_ID,
    need "repositoryName": REPOSITORY_NAME,
    need "layerDigests": ANY_DIGESTS,
};
static URL: Shape = object! {
    may "registryId": REGISTRY_ID,
    need "repositoryName": REPOSITORY_NAME,
    need "layerDigest": by(DIGEST),
};
static INITIATE: Shape = object! {
    may "registryId": REGISTRY_ID,
    need "repositoryName": REPOSITORY_NAME,
};
const BYTE: Shape = Shape::Integer {
    min: 0,
    max: i64::MAX,
};
/// The largest part, 20 MiB.
const LARGEST_PART: usize = 20 << 20;
/// Unspecified: the most bytes that one upload may hold here; the service takes 52,000 MiB.
const LARGEST_LAYER: usize = 1 << 30;
static UPLOAD: Shape = object! {
    may "registryId": REGISTRY_ID,
    need "repositoryName": REPOSITORY_NAME,
    need "uploadId": by(UUID),
    need "partFirstByte": BYTE,
    need "partLastByte": BYTE,
    need "layerPartBlob": Shape::Blob { max: LARGEST_PART },
};
static DIGESTS: Shape = list(&by(DIGEST), 1, 100);
static COMPLETE: Shape = object! {
    may "registryId": REGISTRY_ID,
    need "repositoryName": REPOSITORY_NAME,
    need "uploadId": by(UUID),
    need "layerDigests": DIGESTS,
};

/// The media type of layers whose type no manifest tells.
const LAYER_TYPE: &str = "application/vnd.docker.image.rootfs.diff.tar.gzip";

/// Unspecified: an absent layer comes back as UNAVAILABLE, as the service's own clients expect.
fn check(state: &mut State, request: &Request) -> Answer {
    let (_, repository, shared) = state.repository_and_layers(request)?;
    let mut layers: Vec<Value> = Vec::new();
    let mut failures: Vec<Value> = Vec::new();
    for name in request.texts("layerDigests") {
        if !crate::text::digest(name) {
            let (code, reason) = if name.is_empty() {
                ("MissingLayerDigest", "Layer digest cannot be empty")
            } else {
                ("InvalidLayerDigest", "Layer digest is not valid")
            };
            failures.push(json!({
                "layerDigest": name, "failureCode": code, "failureReason": reason,
            }));
            continue;
        }
        layers.push(match repository.layers.get(name).or(shared.get(name)) {
            Some(layer) => json!({
                "layerDigest": name,
                "layerAvailability": "AVAILABLE",
                "layerSize": layer.content.0.len(),
                "mediaType": layer.media_type.as_deref().unwrap_or(LAYER_TYPE),
            }),
            None => json!({ "layerDigest": name, "layerAvailability": "UNAVAILABLE" }),
        });
    }
    Ok(json!({ "layers": layers, "failures": failures }))
}

fn initiate(state: &mut State, request: &Request) -> Answer {
    let part_bytes = state.settings.part_bytes;
    state.repository(request)?;
    let upload_id = state.next_id();
    let (_, repository) = state.repository(request)?;
    let upload = Upload {
        started_at: request.now,
        ..Upload::default()
    };
    repository.uploads.insert(upload_id.clone(), upload);
    Ok(json!({ "uploadId": upload_id, "partSize": part_bytes }))
}

fn upload_not_found(request: &Request, registry: &str) -> Refusal {
    Refusal::new(
        "UploadNotFoundException",
        format!(
            "The upload with id '{}' could not be found in the repository with name '{}' in the \
             registry with id '{registry}'",
            request.required("uploadId"),
            request.name(),
        ),
    )
}

fn upload(state: &mut State, request: &Request) -> Answer {
    let smallest = state.settings.smallest_part_bytes;
    let (id, repository) = state.repository(request)?;
    let Some(upload) = repository.uploads.get_mut(request.required("uploadId")) else {
        return Err(upload_not_found(request, &id));
    };
    let part = from_base64(request.required("layerPartBlob")).unwrap_or_default();
    let first = request.number("partFirstByte").unwrap_or_default();
    let last = request.number("partLastByte").unwrap_or_default();
    let received = upload.content.0.len() as u64;
    let invalid = |why: String| {
        let mut refusal = Refusal::new("InvalidLayerPartException", why)
            .member("registryId", id.as_str())
            .member("repositoryName", request.name())
            .member("uploadId", request.required("uploadId"));
        // before the first part there is no valid byte to name
        if let Some(valid) = received.checked_sub(1) {
            refusal = refusal.member("lastValidByteReceived", valid);
        }
        refusal
    };
    if first != received {
        return Err(invalid(format!(
            "The layer part upload's first byte {first} is not consecutive to the last byte {} \
             of the previous layer part",
            i128::from(received) - 1
        )));
    }
    if part.is_empty() || last.checked_sub(first).map(|n| n + 1) != Some(part.len() as u64) {
        return Err(invalid(format!(
            "The layer part has {} bytes, but bytes {first} to {last} were announced",
            part.len()
        )));
    }
    if upload.content.0.len() + part.len() > LARGEST_LAYER {
        return Err(Refusal::new(
            "LimitExceededException",
            "The layer exceeds the maximum allowed size",
        ));
    }
    let previous = upload.last_part_bytes;
    upload.small_part |= received > 0 && previous < smallest;
    upload.last_part_bytes = part.len() as u64;
    upload.content.0.extend_from_slice(&part);
    Ok(json!({
        "registryId": id,
        "repositoryName": request.name(),
        "uploadId": request.required("uploadId"),
        "lastByteReceived": upload.content.0.len() - 1,
    }))
}

/// Cuts a part to its first half, for the fault that loses the rest of it.
pub(crate) fn halve_part(input: &mut Map<String, Value>) {
    let part = input.get("layerPartBlob").and_then(Value::as_str);
    let first = input.get("partFirstByte").and_then(Value::as_u64);
    if let (Some(bytes), Some(first)) = (part.and_then(from_base64), first)
        && bytes.len() > 1
    {
        let half = &bytes[..bytes.len() / 2];
        let last = first.saturating_add(half.len() as u64 - 1);
        input.insert("layerPartBlob".to_owned(), to_base64(half).into());
        input.insert("partLastByte".to_owned(), last.into());
    }
}

fn complete(state: &mut State, request: &Request) -> Answer {
    let (id, repository, shared) = state.repository_and_layers(request)?;
    let upload_id = request.required("uploadId");
    let Some(upload) = repository.uploads.get(upload_id) else {
        return Err(upload_not_found(request, &id));
    };
    let described = format!(
        "upload with id '{upload_id}' in the repository with name '{}' in the registry with id \
         '{id}'",
        request.name()
    );
    if upload.content.0.is_empty() {
        return Err(Refusal::new(
            "EmptyUploadException",
            format!("There are no layer parts in the {described}"),
        ));
    }
    if upload.small_part {
        return Err(Refusal::new(
            "LayerPartTooSmallException",
            format!("A layer part that is not the last one is too small in the {described}"),
        ));
    }
    let computed = digest(&upload.content.0);
    if !request.texts("layerDigests").any(|given| given == computed) {
        return Err(Refusal::new(
            "InvalidLayerException",
            format!(
                "The calculated digest '{computed}' is none of those given for the {described}"
            ),
        ));
    }
    let upload = repository.uploads.remove(upload_id);
    if repository.layers.contains_key(&computed) || shared.contains_key(&computed) {
        return Err(Refusal::new(
            "LayerAlreadyExistsException",
            format!(
                "The layer with digest '{computed}' already exists in the repository with name \
                 '{}' in the registry with id '{id}'",
                request.name()
            ),
        ));
    }
    let layer = Layer {
        media_type: None,
        content: upload.unwrap_or_default().content,
    };
    repository.layers.insert(computed.clone(), layer);
    Ok(json!({
        "registryId": id,
        "repositoryName": request.name(),
        "uploadId": upload_id,
        "layerDigest": computed,
    }))
}

/// Where the sandbox serves layers.
pub(crate) const DOWNLOADS: &str = "/_layers/";

/// Only layers that an image names can be downloaded.
fn download_url(state: &mut State, request: &Request) -> Answer {
    let seconds = state.settings.url_seconds;
    let (id, repository, shared) = state.repository_and_layers(request)?;
    let name = request.required("layerDigest");
    let described = format!(
        "in the repository with name '{}' in the registry with id '{id}'",
        request.name()
    );
    if !repository.layers.contains_key(name) && !shared.contains_key(name) {
        return Err(Refusal::new(
            "LayersNotFoundException",
            format!("The layer with digest '{name}' does not exist {described}"),
        ));
    }
    if !repository.is_referenced(name) {
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
    state: &mut State,
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
        Some(layer) => ranged(&layer.content.0, request),
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

/// The layer at `ACCOUNT/REGION/REPOSITORY/DIGEST`.
fn layer<'s>(state: &'s State, place: &str) -> Option<&'s Layer> {
    let (account, rest) = place.split_once('/')?;
    let (region, rest) = rest.split_once('/')?;
    let (name, digest) = rest.rsplit_once('/')?;
    let registry = state.registries.get(account)?.get(region)?;
    let repository = registry.repositories.get(name)?;
    repository
        .layers
        .get(digest)
        .or_else(|| state.shared_layers.get(digest))
}

fn ranged(content: &[u8], request: &http::Request<Vec<u8>>) -> Reply {
    const BINARY: &str = "application/octet-stream";
    let header = request.headers().get("range").and_then(|v| v.to_str().ok());
    let mut reply = match header.and_then(|text| text.strip_prefix("bytes=")) {
        Some(text) => match range(text, content.len()) {
            Some((first, last)) => {
                let mut reply = Reply::new(206, BINARY, &content[first..=last]);
                let told = format!("bytes {first}-{last}/{}", content.len());
                reply.headers.push(("content-range", told));
                reply
            }
            None => {
                let message = "The requested range is not satisfiable";
                return s3_error(416, "InvalidRange", message);
            }
        },
        None => Reply::new(200, BINARY, content),
    };
    reply.headers.push(("accept-ranges", "bytes".to_owned()));
    let length = reply.body.len().to_string();
    reply.headers.push(("content-length", length));
    if request.method() == http::Method::HEAD {
        reply.body.clear();
    }
    reply
}

/// The first and last byte of a range, within the content.
fn range(text: &str, length: usize) -> Option<(usize, usize)> {
    let (first, last) = text.split_once('-')?;
    let end = length.checked_sub(1)?;
    if first.is_empty() {
        let count: usize = last.parse().ok()?;
        return (count > 0).then(|| (length.saturating_sub(count), end));
    }
    let first: usize = first.parse().ok()?;
    let last = if last.is_empty() {
        end
    } else {
        last.parse::<usize>().ok()?.min(end)
    };
    (first <= last && first <= end).then_some((first, last))
}

fn s3_error(status: u16, code: &str, message: &str) -> Reply {
    let body = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>{code}</Code>\
         <Message>{message}</Message></Error>"
    );
    Reply::new(status, "application/xml", body)
}
