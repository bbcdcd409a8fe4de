//! Replication: settings, states, backfills. Nothing is copied.

use super::identify::{IMAGE_ID, image};
use super::operation::{Operation, collection_page, shown};
use super::policy::NOTHING;
use super::scan::full_id;
use crate::answer::{Answer, Refusal};
use crate::json::members;
use crate::request::Request;
use crate::shape::{
    PAGE_SIZE, REGISTRY_ID, REPOSITORY_NAME, Shape, TEXT, by, list, object, one_of,
};
use crate::state::State;
use crate::text::{PREFIX_FILTER, REGION, UUID};
use crate::time::Time;
use serde_json::{Value, json};

pub(crate) static OPERATIONS: &[Operation] = &[
    Operation {
        name: "DescribeRegistry",
        input: &NOTHING,
        run: describe_registry,
    },
    Operation {
        name: "PutReplicationConfiguration",
        input: &PUT,
        run: put,
    },
    Operation {
        name: "DescribeImageReplicationStatus",
        input: &STATUS,
        run: status,
    },
    Operation {
        name: "StartReplicationBackfill",
        input: &START,
        run: start,
    },
    Operation {
        name: "StopReplicationBackfill",
        input: &STOP,
        run: stop,
    },
    Operation {
        name: "ListReplicationBackfills",
        input: &LIST,
        run: list_backfills,
    },
    Operation {
        name: "DescribeReplicationBackfillResults",
        input: &RESULTS,
        run: results,
    },
];

static DESTINATION: Shape = object! { need "region": by(REGION), need "registryId": REGISTRY_ID };
static DESTINATIONS: Shape = list(&DESTINATION, 0, 100);
static FILTER: Shape = object! {
    need "filter": by(PREFIX_FILTER),
    need "filterType": one_of(&["PREFIX_MATCH"]),
};
static FILTERS: Shape = list(&FILTER, 1, 100);
static DELETION: Shape = object! { need "enabled": Shape::Flag };
static RULE: Shape = object! {
    need "destinations": DESTINATIONS,
    may "repositoryFilters": FILTERS,
    may "deleteReplication": DELETION,
};
static RULES: Shape = list(&RULE, 0, 25);
static CONFIGURATION: Shape = object! { need "rules": RULES };
static PUT: Shape = object! { need "replicationConfiguration": CONFIGURATION };
static STATUS: Shape = object! {
    may "registryId": REGISTRY_ID,
    need "repositoryName": REPOSITORY_NAME,
    need "imageId": IMAGE_ID,
};
static START: Shape = object! { may "registryId": REGISTRY_ID, need "destination": DESTINATION };
static STOP: Shape = object! {
    may "registryId": REGISTRY_ID,
    need "replicationBackfillId": by(UUID),
};
static LIST: Shape = object! {
    may "registryId": REGISTRY_ID,
    may "maxResults": Shape::Integer { min: 1, max: 50 },
    may "nextToken": TEXT,
};
static RESULTS: Shape = object! {
    may "registryId": REGISTRY_ID,
    need "replicationBackfillId": by(UUID),
    may "resultStatusFilter": one_of(&["COMPLETE", "FAILED"]),
    may "maxResults": PAGE_SIZE,
    may "nextToken": TEXT,
};

/// The name of the replication among the registry's documents.
const REPLICATION: &str = "replication";
/// The name of the backfills among the registry's collections.
const BACKFILLS: &str = "backfills";
/// How long the replication of one image takes.
const REPLICATION_SECONDS: u64 = 10;

fn describe_registry(state: &mut State, request: &Request) -> Answer {
    let (id, registry) = state.registry_of(request)?;
    let document = registry.documents.get(REPLICATION).cloned();
    let document = document.unwrap_or_else(|| json!({ "rules": [] }));
    Ok(json!({ "registryId": id, "replicationConfiguration": document }))
}

fn put(state: &mut State, request: &Request) -> Answer {
    let document = request.input.get("replicationConfiguration");
    let document = document.cloned().unwrap_or_default();
    let (id, registry) = state.registry_of(request)?;
    let own = destinations(&document, None)
        .iter()
        .any(|to| to["region"] == request.region.as_str() && to["registryId"] == id.as_str());
    if own {
        return Err(Refusal::parameter(
            "replicationConfiguration",
            "A registry cannot be replicated to itself",
        ));
    }
    registry
        .documents
        .insert(REPLICATION.to_owned(), document.clone());
    Ok(json!({ "replicationConfiguration": document }))
}

/// Where images of a repository, or of any, are replicated to.
fn destinations(document: &Value, name: Option<&str>) -> Vec<Value> {
    let rules = document.get("rules").and_then(Value::as_array);
    rules
        .into_iter()
        .flatten()
        .filter(|rule| {
            let filters = rule.get("repositoryFilters").and_then(Value::as_array);
            name.zip(filters).is_none_or(|(name, filters)| {
                filters.iter().any(|filter| {
                    let prefix = filter.get("filter").and_then(Value::as_str);
                    prefix.is_some_and(|prefix| name.starts_with(prefix))
                })
            })
        })
        .filter_map(|rule| rule.get("destinations")?.as_array())
        .flatten()
        .cloned()
        .collect()
}

fn status(state: &mut State, request: &Request) -> Answer {
    let (id, registry) = state.registry_of(request)?;
    let document = registry
        .documents
        .get(REPLICATION)
        .cloned()
        .unwrap_or_default();
    let (_, repository) = state.repository(request)?;
    let (digest, image) = image(repository, request, &id)?;
    let done = request.now >= image.pushed_at.later(REPLICATION_SECONDS);
    let statuses: Vec<Value> = destinations(&document, Some(request.name()))
        .iter()
        .map(|to| {
            json!({
                "region": to["region"],
                "registryId": to["registryId"],
                "status": if done { "COMPLETE" } else { "IN_PROGRESS" },
            })
        })
        .collect();
    Ok(json!({
        "repositoryName": request.name(),
        "imageId": full_id(request, &digest),
        "replicationStatuses": statuses,
    }))
}

/// Unspecified: how long a backfill takes: five seconds to prepare, ten to copy.
fn backfill_status(backfill: &Value, now: Time) -> (&'static str, Option<Time>) {
    let time = |name: &str| backfill.get(name).and_then(Value::as_u64).map(Time);
    let started = time("startedAt").unwrap_or_default();
    match time("stoppedAt") {
        Some(at) => ("STOPPED", Some(at)),
        None if now < started.later(5) => ("PREPARING", None),
        None if now < started.later(15) => ("IN_PROGRESS", None),
        None => ("COMPLETE", Some(started.later(15))),
    }
}

fn start(state: &mut State, request: &Request) -> Answer {
    let id = state.next_id();
    let now = request.now;
    let (registry_id, registry) = state.registry_of(request)?;
    let destination = request
        .input
        .get("destination")
        .cloned()
        .unwrap_or_default();
    let count: usize = registry
        .repositories
        .values()
        .map(|all| all.images.len())
        .sum();
    let all = registry
        .collections
        .entry(BACKFILLS.to_owned())
        .or_default();
    let running = |backfill: &Value| {
        backfill.get("destination") == Some(&destination)
            && backfill_status(backfill, now).1.is_none()
    };
    if all.values().any(running) {
        return Err(Refusal::new(
            "ReplicationBackfillInProgressException",
            "A replication backfill to this destination is in progress",
        ));
    }
    let backfill = json!({ "destination": destination, "startedAt": now.0, "total": count });
    all.insert(id.clone(), backfill);
    Ok(json!({
        "replicationBackfillId": id,
        "registryId": registry_id,
        "destination": destination,
        "status": "PREPARING",
        "startedAt": now.value(),
    }))
}

fn not_found(request: &Request) -> Refusal {
    let id = request.required("replicationBackfillId");
    Refusal::new(
        "ReplicationBackfillNotFoundException",
        format!("The replication backfill with id '{id}' does not exist"),
    )
}

fn stop(state: &mut State, request: &Request) -> Answer {
    let (registry_id, registry) = state.registry_of(request)?;
    let id = request.required("replicationBackfillId");
    let all = registry.collections.get_mut(BACKFILLS);
    let backfill = all
        .and_then(|all| all.get_mut(id))
        .and_then(Value::as_object_mut);
    let Some(backfill) = backfill else {
        return Err(not_found(request));
    };
    if backfill_status(&backfill.clone().into(), request.now)
        .1
        .is_some()
    {
        return Err(Refusal::new(
            "ReplicationBackfillInvalidStatusException",
            format!("The replication backfill with id '{id}' has ended"),
        ));
    }
    backfill.insert("stoppedAt".to_owned(), request.now.0.into());
    let started = backfill.get("startedAt").and_then(Value::as_u64).map(Time);
    Ok(members([
        ("registryId", Some(registry_id.into())),
        ("replicationBackfillId", Some(id.into())),
        ("destination", backfill.get("destination").cloned()),
        ("status", Some("STOPPING".into())),
        ("startedAt", started.map(|at| at.value())),
    ]))
}

fn backfill_shown(id: &str, backfill: &Value, now: Time) -> Value {
    let (status, ended) = backfill_status(backfill, now);
    let total = backfill.get("total").and_then(Value::as_u64).unwrap_or(0);
    let done = if status == "COMPLETE" { total } else { 0 };
    let shown = shown(backfill, None);
    members([
        ("replicationBackfillId", Some(id.into())),
        ("destination", shown.get("destination").cloned()),
        ("status", Some(status.into())),
        (
            "progress",
            Some(json!({
                "totalReplicationCount": total,
                "completedReplicationCount": done,
                "failedReplicationCount": 0,
                "failureCodes": [],
            })),
        ),
        ("startedAt", shown.get("startedAt").cloned()),
        ("endedAt", ended.map(|at| at.value())),
    ])
}

fn list_backfills(state: &mut State, request: &Request) -> Answer {
    let (id, found, next) = collection_page(state, request, BACKFILLS, 50)?;
    let backfills: Vec<Value> = found
        .iter()
        .map(|(id, backfill)| backfill_shown(id, backfill, request.now))
        .collect();
    Ok(members([
        ("registryId", Some(id.into())),
        ("backfills", Some(backfills.into())),
        ("nextToken", next),
    ]))
}

/// Unspecified: no results of single images are kept, so there is one page without any.
fn results(state: &mut State, request: &Request) -> Answer {
    let (registry_id, registry) = state.registry_of(request)?;
    let id = request.required("replicationBackfillId");
    let all = registry.collections.get(BACKFILLS);
    let Some(backfill) = all.and_then(|all| all.get(id)) else {
        return Err(not_found(request));
    };
    let mut answer = backfill_shown(id, backfill, request.now);
    answer["registryId"] = registry_id.into();
    answer["results"] = json!([]);
    Ok(answer)
}
