//! Lifecycle policies and their previews.

use super::identify::{IMAGE_IDS, ImageId};
use super::lifecycle_rules::{Rule, apply, parse};
use super::operation::Operation;
use super::policy::REPOSITORY;
use crate::answer::{Answer, Refusal};
use crate::json::members;
use crate::page;
use crate::registry::{Image, Lifecycle, Preview};
use crate::request::Request;
use crate::shape::{REGISTRY_ID, REPOSITORY_NAME, Shape, TEXT, object, one_of, sized};
use crate::state::State;
use serde_json::{Value, json};

pub(crate) static OPERATIONS: &[Operation] = &[
    Operation {
        name: "PutLifecyclePolicy",
        input: &PUT,
        run: put,
    },
    Operation {
        name: "GetLifecyclePolicy",
        input: &REPOSITORY,
        run: get,
    },
    Operation {
        name: "DeleteLifecyclePolicy",
        input: &REPOSITORY,
        run: delete,
    },
    Operation {
        name: "StartLifecyclePolicyPreview",
        input: &START,
        run: start_preview,
    },
    Operation {
        name: "GetLifecyclePolicyPreview",
        input: &PREVIEW,
        run: get_preview,
    },
];

const POLICY: Shape = sized(100, 30_720);
static PUT: Shape = object! {
    may "registryId": REGISTRY_ID,
    need "repositoryName": REPOSITORY_NAME,
    need "lifecyclePolicyText": POLICY,
};
static START: Shape = object! {
    may "registryId": REGISTRY_ID,
    need "repositoryName": REPOSITORY_NAME,
    may "lifecyclePolicyText": POLICY,
};
static FILTER: Shape = object! { may "tagStatus": one_of(&["TAGGED", "UNTAGGED", "ANY"]) };
static PREVIEW: Shape = object! {
    may "registryId": REGISTRY_ID,
    need "repositoryName": REPOSITORY_NAME,
    may "imageIds": IMAGE_IDS,
    may "nextToken": TEXT,
    may "maxResults": Shape::Integer { min: 1, max: 100 },
    may "filter": FILTER,
};

/// How long a preview takes.
const PREVIEW_SECONDS: u64 = 3;

fn check(text: &str) -> Result<Vec<Rule>, Refusal> {
    parse(text).map_err(|why| {
        let constraint = format!("Lifecycle policy validation failure: {why}");
        Refusal::parameter("LifecyclePolicyText", &constraint)
    })
}

fn missing(request: &Request, registry: &str) -> Refusal {
    Refusal::new(
        "LifecyclePolicyNotFoundException",
        format!(
            "Lifecycle policy does not exist for the repository with name '{}' in the registry \
             with id '{registry}'",
            request.name()
        ),
    )
}

/// Unspecified: a policy is stored and can be previewed, but never deletes anything here.
fn put(state: &mut State, request: &Request) -> Answer {
    let (id, repository) = state.repository(request)?;
    let text = request.required("lifecyclePolicyText");
    check(text)?;
    repository.lifecycle = Some(Lifecycle {
        text: text.to_owned(),
        put_at: request.now,
    });
    Ok(json!({
        "registryId": id,
        "repositoryName": request.name(),
        "lifecyclePolicyText": text,
    }))
}

fn shown(request: &Request, registry: &str, policy: &Lifecycle) -> Value {
    json!({
        "registryId": registry,
        "repositoryName": request.name(),
        "lifecyclePolicyText": policy.text,
        "lastEvaluatedAt": policy.put_at.value(),
    })
}

fn get(state: &mut State, request: &Request) -> Answer {
    let (id, repository) = state.repository(request)?;
    match &repository.lifecycle {
        Some(policy) => Ok(shown(request, &id, policy)),
        None => Err(missing(request, &id)),
    }
}

fn delete(state: &mut State, request: &Request) -> Answer {
    let (id, repository) = state.repository(request)?;
    match repository.lifecycle.take() {
        Some(policy) => Ok(shown(request, &id, &policy)),
        None => Err(missing(request, &id)),
    }
}

fn is_running(preview: &Preview, request: &Request) -> bool {
    request.now < preview.started_at.later(PREVIEW_SECONDS)
}

fn start_preview(state: &mut State, request: &Request) -> Answer {
    let (id, repository) = state.repository(request)?;
    let own = repository
        .lifecycle
        .as_ref()
        .map(|policy| policy.text.as_str());
    let Some(text) = request
        .text("lifecyclePolicyText")
        .or(own)
        .map(str::to_owned)
    else {
        return Err(missing(request, &id));
    };
    check(&text)?;
    if repository
        .preview
        .as_ref()
        .is_some_and(|preview| is_running(preview, request))
    {
        return Err(Refusal::new(
            "LifecyclePolicyPreviewInProgressException",
            "The previous lifecycle policy preview request has not completed. Wait and try again.",
        ));
    }
    let answer = json!({
        "registryId": id,
        "repositoryName": request.name(),
        "lifecyclePolicyText": text,
        "status": "IN_PROGRESS",
    });
    repository.preview = Some(Preview {
        text,
        started_at: request.now,
    });
    Ok(answer)
}

fn get_preview(state: &mut State, request: &Request) -> Answer {
    let paging = state.settings.paging;
    let start = page::start(request)?;
    let (id, repository) = state.repository(request)?;
    let Some(preview) = &repository.preview else {
        return Err(Refusal::new(
            "LifecyclePolicyPreviewNotFoundException",
            format!(
                "Lifecycle policy preview does not exist for the repository with name '{}' in \
                 the registry with id '{id}'",
                request.name()
            ),
        ));
    };
    let head = |status: &str, results: Vec<Value>, next: Option<Value>, summary: Option<Value>| {
        members([
            ("registryId", Some(id.as_str().into())),
            ("repositoryName", Some(request.name().into())),
            ("lifecyclePolicyText", Some(preview.text.as_str().into())),
            ("status", Some(status.into())),
            ("previewResults", Some(results.into())),
            ("nextToken", next),
            ("summary", summary),
        ])
    };
    if is_running(preview, request) {
        return Ok(head("IN_PROGRESS", Vec::new(), None, None));
    }
    let rules = check(&preview.text)?;
    let struck = apply(&rules, repository, preview.started_at);
    let archived = struck.values().filter(|rule| rule.archives).count();
    let summary = json!({
        "expiringImageTotalCount": struck.len() - archived,
        "transitioningImageTotalCounts": [
            { "targetStorageClass": "ARCHIVE", "imageTotalCount": archived },
        ],
    });
    let wanted: Option<Vec<&str>> = request.input.get("imageIds").map(|_| {
        let ids = request.items("imageIds").iter().map(ImageId::of);
        ids.filter_map(|id| id.find(repository).ok()).collect()
    });
    let after = page::place(start.as_deref());
    let entries = struck
        .iter()
        .filter(|(digest, _)| after.is_none_or(|after| digest.as_str() > after))
        .filter(|(digest, _)| wanted.as_ref().is_none_or(|w| w.contains(&digest.as_str())))
        .filter_map(|(digest, rule)| Some((digest, *rule, repository.images.get(digest)?)))
        .filter(|(_, _, image)| passes(request, image))
        .map(|(digest, rule, image)| (digest.clone(), result(digest, rule, image)));
    let size = request.page_size(100);
    let (found, next) = page::fill(paging, size, start.as_deref(), entries);
    let next = next.map(|at| page::token(request, &at).into());
    Ok(head("COMPLETE", found, next, Some(summary)))
}

fn passes(request: &Request, image: &Image) -> bool {
    match request.inner("filter", "tagStatus").and_then(Value::as_str) {
        Some("TAGGED") => !image.tags.is_empty(),
        Some("UNTAGGED") => image.tags.is_empty(),
        _ => true,
    }
}

/// What a rule would do with an image.
fn result(digest: &str, rule: &Rule, image: &Image) -> Value {
    let action = if rule.archives {
        json!({ "type": "TRANSITION", "targetStorageClass": "ARCHIVE" })
    } else {
        json!({ "type": "EXPIRE" })
    };
    json!({
        "imageTags": image.tags,
        "imageDigest": digest,
        "imagePushedAt": image.pushed_at.value(),
        "action": action,
        "appliedRulePriority": rule.priority,
        "storageClass": if image.archived { "ARCHIVE" } else { "STANDARD" },
    })
}
