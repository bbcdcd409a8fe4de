//! ListImageReferrers.

use super::operation::Operation;
use crate::answer::Answer;
use crate::json::members;
use crate::page;
use crate::registry::Image;
use crate::request::Request;
use crate::shape::{REGISTRY_ID, REPOSITORY_NAME, Shape, TEXT, by, list, object, one_of, sized};
use crate::state::State;
use crate::text::DIGEST;
use serde_json::Value;

pub(crate) static OPERATIONS: &[Operation] = &[Operation {
    name: "ListImageReferrers",
    input: &LIST,
    run: list_referrers,
}];

static SUBJECT: Shape = object! { need "imageDigest": by(DIGEST) };
static TYPES: Shape = list(&sized(1, 255), 0, 5);
static FILTER: Shape = object! {
    may "artifactTypes": TYPES,
    may "artifactStatus": one_of(&["ACTIVE", "ARCHIVED", "ACTIVATING", "ANY"]),
};
static LIST: Shape = object! {
    may "registryId": REGISTRY_ID,
    need "repositoryName": REPOSITORY_NAME,
    need "subjectId": SUBJECT,
    may "filter": FILTER,
    may "nextToken": TEXT,
    may "maxResults": Shape::Integer { min: 1, max: 50 },
};

/// A subject that is not there has no referrers, or has some already: OCI allows both.
fn list_referrers(state: &mut State, request: &Request) -> Answer {
    let paging = state.settings.paging;
    let start = page::start(request)?;
    let (_, repository) = state.repository(request)?;
    let subject = request
        .inner("subjectId", "imageDigest")
        .and_then(Value::as_str);
    let after = page::place(start.as_deref());
    let entries = repository
        .referrers
        .get(subject.unwrap_or_default())
        .into_iter()
        .flatten()
        .filter(|digest| after.is_none_or(|after| digest.as_str() > after))
        .filter_map(|digest| Some((digest, repository.images.get(digest)?)))
        .filter(|(_, image)| passes(request, image))
        .map(|(digest, image)| (digest.clone(), entry(digest, image)));
    let size = request.page_size(20);
    let (found, next) = page::fill(paging, size, start.as_deref(), entries);
    Ok(members([
        ("referrers", Some(found.into())),
        ("nextToken", next.map(|at| page::token(request, &at).into())),
    ]))
}

fn passes(request: &Request, image: &Image) -> bool {
    let types = request
        .inner("filter", "artifactTypes")
        .and_then(Value::as_array);
    let own = image.parsed.artifact_type.as_deref();
    let kind = types
        .is_none_or(|types| types.is_empty() || types.iter().any(|wanted| wanted.as_str() == own));
    let status = match request
        .inner("filter", "artifactStatus")
        .and_then(Value::as_str)
    {
        Some("ANY") => true,
        Some("ARCHIVED") => image.archived,
        Some("ACTIVATING") => false,
        _ => !image.archived,
    };
    kind && status
}

fn entry(digest: &str, image: &Image) -> Value {
    let text: Option<Value> = serde_json::from_str(&image.manifest).ok();
    let annotations = text
        .as_ref()
        .and_then(|text| text.get("annotations"))
        .cloned();
    let status = if image.archived { "ARCHIVED" } else { "ACTIVE" };
    members([
        ("digest", Some(digest.into())),
        ("mediaType", Some(image.media_type.as_str().into())),
        (
            "artifactType",
            image.parsed.artifact_type.as_deref().map(Value::from),
        ),
        ("size", Some(image.manifest.len().into())),
        ("annotations", annotations.filter(Value::is_object)),
        ("artifactStatus", Some(status.into())),
    ])
}
