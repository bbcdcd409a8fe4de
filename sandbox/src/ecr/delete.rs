//! BatchDeleteImage.

use super::identify::{IMAGE_IDS, ImageId};
use super::operation::Operation;
use crate::answer::Answer;
use crate::registry::Repository;
use crate::request::Request;
use crate::shape::{REGISTRY_ID, REPOSITORY_NAME, Shape, object};
use crate::state::State;
use serde_json::{Value, json};

pub(crate) static OPERATIONS: &[Operation] = &[Operation {
    name: "BatchDeleteImage",
    input: &DELETE,
    run: batch_delete,
}];

static DELETE: Shape = object! {
    may "registryId": REGISTRY_ID,
    need "repositoryName": REPOSITORY_NAME,
    need "imageIds": IMAGE_IDS,
};

/// Deletes in the order of the ids, so an index may stand before its children in one call.
fn batch_delete(state: &mut State, request: &Request) -> Answer {
    let (_, repository) = state.repository(request)?;
    let mut deleted: Vec<Value> = Vec::new();
    let mut failures: Vec<Value> = Vec::new();
    for value in request.items("imageIds") {
        let id = ImageId::of(value);
        match delete(repository, &id) {
            Ok(ids) => {
                for id in ids {
                    if !deleted.contains(&id) {
                        deleted.push(id);
                    }
                }
            }
            // the same image twice in one call is deleted once
            Err(_) if deleted.iter().any(|gone| covers(gone, &id)) => {}
            Err(failure) => failures.push(failure),
        }
    }
    Ok(json!({ "imageIds": deleted, "failures": failures }))
}

fn covers(gone: &Value, id: &ImageId<'_>) -> bool {
    let same = |name: &str, part: Option<&str>| {
        part.is_none_or(|part| gone.get(name).and_then(Value::as_str) == Some(part))
    };
    (id.digest.is_some() || id.tag.is_some())
        && same("imageDigest", id.digest)
        && same("imageTag", id.tag)
}

/// By tag: the tag goes, and the image with its last tag. By digest: the image goes with all
/// its tags. Gives the ids that are gone, or the failure.
fn delete(repository: &mut Repository, id: &ImageId<'_>) -> Result<Vec<Value>, Value> {
    let found = id.find(repository);
    let digest = found.map_err(|missing| id.failure(missing))?.to_owned();
    let tags = repository
        .images
        .get(&digest)
        .map(|image| image.tags.clone())
        .unwrap_or_default();
    let full = |tag| {
        let digest = Some(digest.as_str());
        ImageId { digest, tag }.value()
    };
    if let Some(tag) = id.tag
        && tags.len() > 1
    {
        repository.remove_tag(tag);
        return Ok(vec![full(Some(tag))]);
    }
    if repository.is_referenced(&digest) {
        return Err(id.failure_of(
            "ImageReferencedByManifestList",
            "Requested image referenced by manifest list",
        ));
    }
    repository.remove_image(&digest);
    if tags.is_empty() {
        return Ok(vec![full(None)]);
    }
    Ok(tags.iter().map(|tag| full(Some(tag.as_str()))).collect())
}
