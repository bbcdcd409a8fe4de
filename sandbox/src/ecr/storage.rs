//! UpdateImageStorageClass.

use super::identify::{IMAGE_ID, image};
use super::operation::Operation;
use super::scan::full_id;
use crate::answer::{Answer, Refusal};
use crate::request::Request;
use crate::shape::{REGISTRY_ID, REPOSITORY_NAME, Shape, object, one_of};
use crate::state::State;
use serde_json::json;

pub(crate) static OPERATIONS: &[Operation] = &[Operation {
    name: "UpdateImageStorageClass",
    input: &UPDATE,
    run: update,
}];

static UPDATE: Shape = object! {
    may "registryId": REGISTRY_ID,
    need "repositoryName": REPOSITORY_NAME,
    need "imageId": IMAGE_ID,
    need "targetStorageClass": one_of(&["STANDARD", "ARCHIVE"]),
};

/// Unspecified: an archived image is active again at once; at the service this takes a while.
fn update(state: &mut State, request: &Request) -> Answer {
    let (id, repository) = state.repository(request)?;
    let (digest, image) = image(repository, request, &id)?;
    let archive = request.text("targetStorageClass") == Some("ARCHIVE");
    if image.archived == archive {
        let class = request.required("targetStorageClass");
        return Err(Refusal::new(
            "ImageStorageClassUpdateNotSupportedException",
            format!("The image with digest '{digest}' is already in the storage class '{class}'"),
        ));
    }
    image.archived = archive;
    let status = if archive {
        image.archived_at = Some(request.now);
        "ARCHIVED"
    } else {
        image.activated_at = Some(request.now);
        "ACTIVE"
    };
    Ok(json!({
        "registryId": id,
        "repositoryName": request.name(),
        "imageId": full_id(request, &digest),
        "imageStatus": status,
    }))
}
