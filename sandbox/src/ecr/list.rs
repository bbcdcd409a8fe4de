//! Images listed, described and read.

use super::identify::{IMAGE_IDS, ImageId};
use super::operation::{Operation, alone};
use super::scan;
use crate::answer::Answer;
use crate::json::members;
use crate::page;
use crate::registry::{Image, Repository};
use crate::request::Request;
use crate::shape::{PAGE_SIZE, REGISTRY_ID, REPOSITORY_NAME, Shape, TEXT, list, object, one_of};
use crate::state::State;
use serde_json::{Value, json};
use std::ops::Bound;

pub(crate) static OPERATIONS: &[Operation] = &[
    Operation {
        name: "ListImages",
        input: &LIST,
        run: list_images,
    },
    Operation {
        name: "DescribeImages",
        input: &DESCRIBE,
        run: describe,
    },
    Operation {
        name: "BatchGetImage",
        input: &GET,
        run: batch_get,
    },
];

pub(crate) static FILTER: Shape = object! {
    may "tagStatus": one_of(&["TAGGED", "UNTAGGED", "ANY"]),
    may "imageStatus": one_of(&["ACTIVE", "ARCHIVED", "ACTIVATING", "ANY"]),
};
static LIST: Shape = object! {
    may "registryId": REGISTRY_ID,
    need "repositoryName": REPOSITORY_NAME,
    may "nextToken": TEXT,
    may "maxResults": PAGE_SIZE,
    may "filter": FILTER,
};
static DESCRIBE: Shape = object! {
    may "registryId": REGISTRY_ID,
    need "repositoryName": REPOSITORY_NAME,
    may "imageIds": IMAGE_IDS,
    may "nextToken": TEXT,
    may "maxResults": PAGE_SIZE,
    may "filter": FILTER,
};
static MEDIA_TYPES: Shape = list(&TEXT, 1, 100);
static GET: Shape = object! {
    may "registryId": REGISTRY_ID,
    need "repositoryName": REPOSITORY_NAME,
    need "imageIds": IMAGE_IDS,
    may "acceptedMediaTypes": MEDIA_TYPES,
};

/// Whether the filter of a call lets an image through.
fn passes(request: &Request, image: &Image) -> bool {
    let part = |name: &str| request.inner("filter", name).and_then(Value::as_str);
    let tagged = match part("tagStatus") {
        Some("TAGGED") => !image.tags.is_empty(),
        Some("UNTAGGED") => image.tags.is_empty(),
        _ => true,
    };
    let status = match part("imageStatus") {
        Some("ANY") => true,
        Some(status) => status == status_of(image),
        None => !image.archived,
    };
    tagged && status
}

/// Where an image stands between the storage classes; here activation takes no time.
fn status_of(image: &Image) -> &'static str {
    if image.archived { "ARCHIVED" } else { "ACTIVE" }
}

/// A place among the entries of a list: `DIGEST`, or `DIGEST TAG`. A space sorts before every
/// letter of a tag.
fn split(position: &str) -> (&str, Option<&str>) {
    match position.split_once(' ') {
        Some((digest, tag)) => (digest, Some(tag)),
        None => (position, None),
    }
}

/// One entry for each tag, and one for each untagged image, by digest and tag.
fn entries<'s>(
    repository: &'s Repository,
    request: &'s Request,
    after: Option<&str>,
) -> impl Iterator<Item = (String, (&'s str, Option<&'s str>))> {
    let (first, after_tag) = match after {
        Some(position) => {
            let (digest, tag) = split(position);
            let bound = match tag {
                Some(_) => Bound::Included(digest),
                None => Bound::Excluded(digest),
            };
            (bound, tag.map(|tag| (digest.to_owned(), tag.to_owned())))
        }
        None => (Bound::Unbounded, None),
    };
    repository
        .images
        .range::<str, _>((first, Bound::Unbounded))
        .filter(|(_, image)| passes(request, image))
        .flat_map(move |(digest, image)| {
            let from = match &after_tag {
                Some((at, tag)) if at == digest => Bound::Excluded(tag.clone()),
                _ => Bound::Unbounded,
            };
            // an image whose tags went between two pages is not listed once more
            let untagged = image.tags.is_empty() && from == Bound::Unbounded;
            let tags = image.tags.range((from, Bound::Unbounded));
            let tags = tags.map(move |tag| {
                (
                    format!("{digest} {tag}"),
                    (digest.as_str(), Some(tag.as_str())),
                )
            });
            let untagged = untagged.then(|| (digest.clone(), (digest.as_str(), None)));
            untagged.into_iter().chain(tags)
        })
}

fn list_images(state: &mut State, request: &Request) -> Answer {
    let paging = state.settings.paging;
    let start = page::start(request)?;
    let (_, repository) = state.repository(request)?;
    let entries = entries(repository, request, page::place(start.as_deref()));
    let size = request.page_size(100);
    let (found, next) = page::fill(paging, size, start.as_deref(), entries);
    let ids: Vec<Value> = found
        .into_iter()
        .map(|(digest, tag)| {
            let digest = Some(digest);
            ImageId { digest, tag }.value()
        })
        .collect();
    Ok(members([
        ("imageIds", Some(ids.into())),
        ("nextToken", next.map(|at| page::token(request, &at).into())),
    ]))
}

fn describe(state: &mut State, request: &Request) -> Answer {
    alone(request, "imageIds")?;
    let paging = state.settings.paging;
    let start = page::start(request)?;
    let (id, repository) = state.repository(request)?;
    if request.input.contains_key("imageIds") {
        let mut digests: Vec<&str> = Vec::new();
        for value in request.items("imageIds") {
            let image = ImageId::of(value);
            let found = image.find(repository);
            let digest = found.map_err(|missing| image.refusal(missing, request.name(), &id))?;
            if !digests.contains(&digest) {
                digests.push(digest);
            }
        }
        let details: Vec<Value> = digests
            .into_iter()
            .filter_map(|digest| Some((digest, repository.images.get(digest)?)))
            .map(|(digest, image)| detail(repository, request, &id, digest, image))
            .collect();
        return Ok(json!({ "imageDetails": details }));
    }
    let after = page::place(start.as_deref()).map_or(Bound::Unbounded, Bound::Excluded);
    let entries = repository
        .images
        .range::<str, _>((after, Bound::Unbounded))
        .filter(|(_, image)| passes(request, image))
        .map(|(digest, image)| (digest.clone(), (digest, image)));
    let size = request.page_size(100);
    let (found, next) = page::fill(paging, size, start.as_deref(), entries);
    let details: Vec<Value> = found
        .into_iter()
        .map(|(digest, image)| detail(repository, request, &id, digest, image))
        .collect();
    Ok(members([
        ("imageDetails", Some(details.into())),
        ("nextToken", next.map(|at| page::token(request, &at).into())),
    ]))
}

fn detail(
    repository: &Repository,
    request: &Request,
    registry: &str,
    digest: &str,
    image: &Image,
) -> Value {
    let tags: Vec<Value> = image.tags.iter().map(|tag| tag.as_str().into()).collect();
    let artifact = image.parsed.artifact_type.as_deref().map(Value::from);
    let subject = image.parsed.subject.as_deref().map(Value::from);
    members([
        ("registryId", Some(registry.into())),
        ("repositoryName", Some(request.name().into())),
        ("imageDigest", Some(digest.into())),
        ("imageTags", (!tags.is_empty()).then(|| tags.into())),
        (
            "imageSizeInBytes",
            Some(repository.image_bytes(image).into()),
        ),
        ("imagePushedAt", Some(image.pushed_at.value())),
        (
            "imageManifestMediaType",
            Some(image.media_type.as_str().into()),
        ),
        ("artifactMediaType", artifact),
        ("imageScanStatus", scan::status(image, request.now)),
        (
            "imageScanFindingsSummary",
            scan::summary(image, digest, request.now),
        ),
        ("lastRecordedPullTime", image.pulled_at.map(|at| at.value())),
        ("subjectManifestDigest", subject),
        ("imageStatus", Some(status_of(image).into())),
        ("lastArchivedAt", image.archived_at.map(|at| at.value())),
        ("lastActivatedAt", image.activated_at.map(|at| at.value())),
    ])
}

/// Unspecified: an image asked for by digest comes back without tags; and nothing is converted
/// to a media type that the caller accepts, as the service may do when asked by tag.
fn batch_get(state: &mut State, request: &Request) -> Answer {
    let (registry, repository) = state.repository(request)?;
    let mut images: Vec<Value> = Vec::new();
    let mut failures: Vec<Value> = Vec::new();
    let mut seen: Vec<Value> = Vec::new();
    for value in request.items("imageIds") {
        let id = ImageId::of(value);
        let shown = id.value();
        if seen.contains(&shown) {
            continue;
        }
        seen.push(shown);
        let digest = match id.find(repository) {
            Ok(digest) => digest.to_owned(),
            Err(missing) => {
                failures.push(id.failure(missing));
                continue;
            }
        };
        let Some(image) = repository.images.get_mut(&digest) else {
            continue;
        };
        if image.archived {
            failures.push(id.failure_of("ImageInaccessible", "Requested image is archived"));
            continue;
        }
        image.pulled_at = Some(request.now);
        let full = ImageId {
            digest: Some(&digest),
            tag: id.tag,
        };
        images.push(json!({
            "registryId": registry,
            "repositoryName": request.name(),
            "imageId": full.value(),
            "imageManifest": image.manifest,
            "imageManifestMediaType": image.media_type,
        }));
    }
    Ok(json!({ "images": images, "failures": failures }))
}
