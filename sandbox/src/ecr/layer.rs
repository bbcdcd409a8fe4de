//! Layers: existence and upload.

use super::operation::Operation;
use crate::answer::{Answer, Refusal, from_base64, to_base64};
use crate::registry::{Layer, Upload};
use crate::request::Request;
use crate::shape::{REGISTRY_ID, REPOSITORY_NAME, Shape, by, list, object, sized};
use crate::state::State;
use crate::text::{DIGEST, UUID};
use serde_json::{Map, Value, json};

pub(crate) static OPERATIONS: &[Operation] = &[
    Operation {
        name: "BatchCheckLayerAvailability",
        input: &CHECK,
        run: check,
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
/// The most bytes of one layer, 52,000 MiB.
const LARGEST_LAYER: u64 = 52_000 << 20;
/// Unspecified: the most bytes of one layer in memory, where the host offers no store.
const LARGEST_IN_MEMORY: u64 = 1 << 30;
/// The most parts of one layer.
const PARTS: u32 = 4200;
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
    let place = state.place(request)?;
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
        layers.push(match place.layer(name) {
            Some(layer) => json!({
                "layerDigest": name,
                "layerAvailability": "AVAILABLE",
                "layerSize": layer.size,
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
    let place = state.place(request)?;
    let upload_id = request.required("uploadId");
    let Some(upload) = place.repository.uploads.get_mut(upload_id) else {
        return Err(upload_not_found(request, &place.registry));
    };
    let part = from_base64(request.required("layerPartBlob")).unwrap_or_default();
    check_part(request, &place.registry, upload.size, part.len() as u64)?;
    let size = upload.size + part.len() as u64;
    let most = if place.blobs.is_held_only() {
        LARGEST_IN_MEMORY
    } else {
        LARGEST_LAYER
    };
    if size > most || upload.parts >= PARTS {
        return Err(Refusal::new(
            "LimitExceededException",
            "The layer exceeds the maximum allowed size or number of parts",
        ));
    }
    place.blobs.write(upload_id, upload.size, &part)?;
    upload.hasher(upload_id, place.blobs)?.update(&part);
    upload.small_part |= upload.size > 0 && upload.last_part_bytes < smallest;
    upload.last_part_bytes = part.len() as u64;
    upload.size = size;
    upload.parts += 1;
    Ok(json!({
        "registryId": place.registry,
        "repositoryName": request.name(),
        "uploadId": upload_id,
        "lastByteReceived": size - 1,
    }))
}

/// Refuses a part that does not follow on what was received, or is not as long as announced.
fn check_part(
    request: &Request,
    registry: &str,
    received: u64,
    length: u64,
) -> Result<(), Refusal> {
    let first = request.number("partFirstByte").unwrap_or_default();
    let last = request.number("partLastByte").unwrap_or_default();
    let why = if first != received {
        format!(
            "The layer part upload's first byte {first} is not consecutive to the last byte {} \
             of the previous layer part",
            i128::from(received) - 1
        )
    } else if length == 0 || last.checked_sub(first).map(|n| n + 1) != Some(length) {
        format!("The layer part has {length} bytes, but bytes {first} to {last} were announced")
    } else {
        return Ok(());
    };
    let mut refusal = Refusal::new("InvalidLayerPartException", why)
        .member("registryId", registry)
        .member("repositoryName", request.name())
        .member("uploadId", request.required("uploadId"));
    // before the first part there is no valid byte to name
    if let Some(valid) = received.checked_sub(1) {
        refusal = refusal.member("lastValidByteReceived", valid);
    }
    Err(refusal)
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

/// Changes one byte in the middle of a part, for the fault that corrupts it.
pub(crate) fn corrupt_part(input: &mut Map<String, Value>) {
    let part = input.get("layerPartBlob").and_then(Value::as_str);
    if let Some(mut bytes) = part.and_then(from_base64)
        && !bytes.is_empty()
    {
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        input.insert("layerPartBlob".to_owned(), to_base64(&bytes).into());
    }
}

fn complete(state: &mut State, request: &Request) -> Answer {
    let place = state.place(request)?;
    let id = &place.registry;
    let upload_id = request.required("uploadId");
    let Some(upload) = place.repository.uploads.get_mut(upload_id) else {
        return Err(upload_not_found(request, id));
    };
    let described = format!(
        "upload with id '{upload_id}' in the repository with name '{}' in the registry with id \
         '{id}'",
        request.name()
    );
    if upload.size == 0 {
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
    let size = upload.size;
    let computed = upload.hasher(upload_id, place.blobs)?.digest();
    if !request.texts("layerDigests").any(|given| given == computed) {
        return Err(Refusal::new(
            "InvalidLayerException",
            format!(
                "The calculated digest '{computed}' is none of those given for the {described}"
            ),
        ));
    }
    if place.layer(&computed).is_some() {
        place.repository.uploads.remove(upload_id);
        place.blobs.delete(upload_id);
        return Err(Refusal::new(
            "LayerAlreadyExistsException",
            format!(
                "The layer with digest '{computed}' already exists in the repository with name \
                 '{}' in the registry with id '{id}'",
                request.name()
            ),
        ));
    }
    // another repository may have the same layer, then its bytes are there
    if place.blobs.size(&computed) == Some(size) {
        place.blobs.delete(upload_id);
    } else {
        place.blobs.rename(upload_id, &computed)?;
    }
    place.repository.uploads.remove(upload_id);
    let layer = Layer {
        media_type: None,
        size,
    };
    place.repository.layers.insert(computed.clone(), layer);
    Ok(json!({
        "registryId": id,
        "repositoryName": request.name(),
        "uploadId": upload_id,
        "layerDigest": computed,
    }))
}
