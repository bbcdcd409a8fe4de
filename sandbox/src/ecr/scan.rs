//! Scanning: settings, scans, findings.

use super::identify::{IMAGE_ID, image};
use super::operation::Operation;
use super::policy::NOTHING;
use super::repository::arn;
use crate::answer::{Answer, Refusal};
use crate::json::members;
use crate::page;
use crate::registry::Image;
use crate::request::Request;
use crate::shape::{
    PAGE_SIZE, REGISTRY_ID, REPOSITORY_NAME, Shape, TEXT, by, list, object, one_of,
};
use crate::state::State;
use crate::text::{SCAN_FILTER, wildcard};
use crate::time::Time;
use serde_json::{Map, Value, json};

pub(crate) static OPERATIONS: &[Operation] = &[
    Operation {
        name: "PutImageScanningConfiguration",
        input: &PUT,
        run: put,
    },
    Operation {
        name: "BatchGetRepositoryScanningConfiguration",
        input: &BATCH,
        run: batch_get,
    },
    Operation {
        name: "PutRegistryScanningConfiguration",
        input: &PUT_REGISTRY,
        run: put_registry,
    },
    Operation {
        name: "GetRegistryScanningConfiguration",
        input: &NOTHING,
        run: get_registry,
    },
    Operation {
        name: "StartImageScan",
        input: &START,
        run: start,
    },
    Operation {
        name: "DescribeImageScanFindings",
        input: &FINDINGS,
        run: findings,
    },
];

static SCANNING: Shape = object! { may "scanOnPush": Shape::Flag };
static PUT: Shape = object! {
    may "registryId": REGISTRY_ID,
    need "repositoryName": REPOSITORY_NAME,
    need "imageScanningConfiguration": SCANNING,
};
static NAMES: Shape = list(&REPOSITORY_NAME, 1, 25);
static BATCH: Shape = object! { need "repositoryNames": NAMES };
static FILTER: Shape = object! {
    need "filter": by(SCAN_FILTER),
    need "filterType": one_of(&["WILDCARD"]),
};
static FILTERS: Shape = list(&FILTER, 0, 100);
static RULE: Shape = object! {
    need "scanFrequency": one_of(&["SCAN_ON_PUSH", "CONTINUOUS_SCAN", "MANUAL"]),
    need "repositoryFilters": FILTERS,
};
static RULES: Shape = list(&RULE, 0, 2);
static PUT_REGISTRY: Shape = object! {
    may "scanType": one_of(&["BASIC", "ENHANCED"]),
    may "rules": RULES,
};
static START: Shape = object! {
    may "registryId": REGISTRY_ID,
    need "repositoryName": REPOSITORY_NAME,
    need "imageId": IMAGE_ID,
};
static FINDINGS: Shape = object! {
    may "registryId": REGISTRY_ID,
    need "repositoryName": REPOSITORY_NAME,
    need "imageId": IMAGE_ID,
    may "nextToken": TEXT,
    may "maxResults": PAGE_SIZE,
};

/// The name of the registry's scanning among its documents.
const SCANNING_DOCUMENT: &str = "scanning";
/// How long a scan takes.
const SCAN_SECONDS: u64 = 5;

fn put(state: &mut State, request: &Request) -> Answer {
    let (id, repository) = state.repository(request)?;
    let on_push = request.inner("imageScanningConfiguration", "scanOnPush");
    repository.scan_on_push = on_push.and_then(Value::as_bool).unwrap_or(false);
    Ok(json!({
        "registryId": id,
        "repositoryName": request.name(),
        "imageScanningConfiguration": { "scanOnPush": repository.scan_on_push },
    }))
}

fn batch_get(state: &mut State, request: &Request) -> Answer {
    let (id, registry) = state.registry_of(request)?;
    let document = registry.documents.get(SCANNING_DOCUMENT);
    let rules = document
        .and_then(|document| document.get("rules"))
        .and_then(Value::as_array);
    let mut found: Vec<Value> = Vec::new();
    let mut failures: Vec<Value> = Vec::new();
    for name in request.texts("repositoryNames") {
        let Some(repository) = registry.repositories.get(name) else {
            failures.push(json!({
                "repositoryName": name,
                "failureCode": "REPOSITORY_NOT_FOUND",
                "failureReason": "REPOSITORY_NOT_FOUND",
            }));
            continue;
        };
        let applied = rules.into_iter().flatten().find_map(|rule| {
            let filters = rule.get("repositoryFilters")?.as_array()?;
            let fitting: Vec<Value> = filters
                .iter()
                .filter(|filter| {
                    let pattern = filter.get("filter").and_then(Value::as_str);
                    pattern.is_some_and(|pattern| fits(pattern, name))
                })
                .cloned()
                .collect();
            (!fitting.is_empty()).then_some((rule.get("scanFrequency")?.as_str()?, fitting))
        });
        let own = if repository.scan_on_push {
            "SCAN_ON_PUSH"
        } else {
            "MANUAL"
        };
        let (frequency, filters) = applied.unwrap_or((own, Vec::new()));
        found.push(json!({
            "repositoryArn": arn(request, &id, name),
            "repositoryName": name,
            "scanOnPush": frequency != "MANUAL",
            "scanFrequency": frequency,
            "appliedScanFilters": filters,
        }));
    }
    Ok(json!({ "scanningConfigurations": found, "failures": failures }))
}

/// A filter without a star fits every name that holds it.
fn fits(pattern: &str, name: &str) -> bool {
    if pattern.contains('*') {
        wildcard(pattern, name)
    } else {
        name.contains(pattern)
    }
}

fn put_registry(state: &mut State, request: &Request) -> Answer {
    let kind = request.text("scanType").unwrap_or("BASIC");
    let rules: Value = request.items("rules").to_vec().into();
    let document = json!({ "scanType": kind, "rules": rules });
    let (_, registry) = state.registry_of(request)?;
    let answer = json!({ "registryScanningConfiguration": document });
    registry
        .documents
        .insert(SCANNING_DOCUMENT.to_owned(), document);
    Ok(answer)
}

fn get_registry(state: &mut State, request: &Request) -> Answer {
    let (id, registry) = state.registry_of(request)?;
    let document = registry.documents.get(SCANNING_DOCUMENT).cloned();
    let document = document.unwrap_or_else(|| json!({ "scanType": "BASIC", "rules": [] }));
    Ok(json!({ "registryId": id, "scanningConfiguration": document }))
}

/// The status of the image's scan, where there was one.
pub(crate) fn status(image: &Image, now: Time) -> Option<Value> {
    let begun = image.scanned_at?;
    Some(if now < begun.later(SCAN_SECONDS) {
        json!({ "status": "IN_PROGRESS" })
    } else {
        json!({
            "status": "COMPLETE",
            "description": "The scan was completed successfully.",
        })
    })
}

/// The summary of the findings, once the scan is complete.
pub(crate) fn summary(image: &Image, digest: &str, now: Time) -> Option<Value> {
    let done = image.scanned_at?.later(SCAN_SECONDS);
    (now >= done).then(|| {
        json!({
            "imageScanCompletedAt": done.value(),
            "vulnerabilitySourceUpdatedAt": done.value(),
            "findingSeverityCounts": counts(&made_up(digest)),
        })
    })
}

/// Up to three findings, made up from the digest; the vulnerabilities do not exist.
fn made_up(digest: &str) -> Vec<Value> {
    let last = digest.bytes().last().unwrap_or(b'0');
    let severities = ["LOW", "MEDIUM", "HIGH"];
    severities[..usize::from(last % 4)]
        .iter()
        .enumerate()
        .map(|(number, severity)| {
            json!({
                "name": format!("CVE-0000-{:04}", number + 1),
                "description": "An example finding of the sandbox.",
                "uri": format!("https://example.com/CVE-0000-{:04}", number + 1),
                "severity": severity,
                "attributes": [
                    { "key": "package_name", "value": "example" },
                    { "key": "package_version", "value": "1.0.0" },
                ],
            })
        })
        .collect()
}

fn counts(findings: &[Value]) -> Value {
    let mut counts: Map<String, Value> = Map::new();
    for severity in findings
        .iter()
        .filter_map(|finding| finding["severity"].as_str())
    {
        let there = counts.get(severity).and_then(Value::as_u64).unwrap_or(0);
        counts.insert(severity.to_owned(), (there + 1).into());
    }
    counts.into()
}

fn start(state: &mut State, request: &Request) -> Answer {
    let (id, repository) = state.repository(request)?;
    let (digest, image) = image(repository, request, &id)?;
    if !image.parsed.is_runnable() {
        return Err(Refusal::new(
            "UnsupportedImageTypeException",
            format!(
                "Image of type '{}' is not supported for scanning",
                image.media_type
            ),
        ));
    }
    if image.archived {
        return Err(Refusal::new(
            "ImageArchivedException",
            format!("The image with digest '{digest}' is archived"),
        ));
    }
    if let Some(at) = image.scanned_at
        && request.now < at.later(86_400)
    {
        return Err(Refusal::new(
            "LimitExceededException",
            "The scan quota per image has been exceeded. Wait and try again.",
        ));
    }
    image.scanned_at = Some(request.now);
    Ok(json!({
        "registryId": id,
        "repositoryName": request.name(),
        "imageId": full_id(request, &digest),
        "imageScanStatus": { "status": "IN_PROGRESS" },
    }))
}

/// The image id of a call, with the digest that was found.
pub(crate) fn full_id(request: &Request, digest: &str) -> Value {
    let tag = request.inner("imageId", "imageTag").cloned();
    members([("imageDigest", Some(digest.into())), ("imageTag", tag)])
}

fn findings(state: &mut State, request: &Request) -> Answer {
    let paging = state.settings.paging;
    let begin = page::start(request)?;
    let (id, repository) = state.repository(request)?;
    let (digest, image) = image(repository, request, &id)?;
    let Some(status) = status(image, request.now) else {
        return Err(Refusal::new(
            "ScanNotFoundException",
            format!(
                "Image scan does not exist for the image with '{{imageDigest:'{digest}'}}' in the \
                 repository with name '{}' in the registry with id '{id}'",
                request.name()
            ),
        ));
    };
    let mut next = None;
    let shown = summary(image, &digest, request.now).map(|mut shown| {
        let after = page::place(begin.as_deref()).and_then(|text| text.parse::<usize>().ok());
        let entries = made_up(&digest)
            .into_iter()
            .enumerate()
            .map(|(number, finding)| ((number + 1).to_string(), finding))
            .skip(after.unwrap_or(0));
        let size = request.page_size(100);
        let (found, rest) = page::fill(paging, size, begin.as_deref(), entries);
        next = rest.map(|at| page::token(request, &at).into());
        shown["findings"] = found.into();
        shown
    });
    Ok(members([
        ("registryId", Some(id.into())),
        ("repositoryName", Some(request.name().into())),
        ("imageId", Some(full_id(request, &digest))),
        ("imageScanStatus", Some(status)),
        ("imageScanFindings", shown),
        ("nextToken", next),
    ]))
}
