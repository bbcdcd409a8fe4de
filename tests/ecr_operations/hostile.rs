//! Arguments, snapshots and events that are wrong.

use std::time::Duration;

use serde_json::{Value, json};
use spola::Diagnostic;
use spola::machine::{CallId, CancelReason, Effect, Event, OutcomeKind};
use spola_ecr::{Operation, Options, Request};

use super::drive::{HOST, answer, begin, options, refusal};
use crate::sandbox::call::manifest;

fn refused(name: &str, args: Value) -> spola_ecr::EcrError {
    Operation::from_json(name, args, options()).expect_err("it is refused")
}

#[test]
fn an_unknown_operation_names_the_nearest() {
    let error = refused("list-repositorys", json!({}));
    assert_eq!(error.code(), "ecr.unknown-operation");
    assert_eq!(error.help().unwrap(), "did you mean `list-repositories`?");
}

#[test]
fn arguments_are_read_in_every_spelling_and_unknown_ones_refused() {
    for key in ["withTags", "with_tags", "with-tags"] {
        let request = Request::from_json("list-repositories", json!({ key: true })).unwrap();
        let Request::ListRepositories(list) = request else {
            panic!("another");
        };
        assert!(list.with_tags);
    }
    let error = refused("list-repositories", json!({ "nmae": "app" }));
    assert_eq!(error.code(), "ecr.invalid-arguments");
    assert!(error.to_string().contains("unknown field `nmae`"));
    for args in [
        json!([]),
        json!({ "pattern": "(" }),
        json!({ "withTags": 1 }),
    ] {
        assert_eq!(
            refused("list-repositories", args).code(),
            "ecr.invalid-arguments"
        );
    }
}

#[test]
fn without_a_region_nothing_begins() {
    let begun = Operation::from_json("list-repositories", json!({}), Options::default());
    assert_eq!(begun.unwrap_err().code(), "ecr.no-region");
}

#[test]
fn damaged_snapshots_are_refused_and_never_panic() {
    let mut operation = begin("list-repositories", json!({ "withTags": true }), &options());
    while operation.poll().is_some() {}
    let snapshot = operation.snapshot();
    for end in 0..snapshot.len() {
        let error = Operation::resume(&snapshot[..end], Options::default()).unwrap_err();
        assert_eq!(error.code(), "ecr.damaged-snapshot");
    }
    let text = String::from_utf8(snapshot).unwrap();
    let mut value: Value = serde_json::from_str(&text).unwrap();
    value["spolaEcr"] = json!(2);
    let error = Operation::resume(value.to_string().as_bytes(), Options::default()).unwrap_err();
    assert_eq!(error.code(), "ecr.snapshot-version");
    for (pointer, new) in [
        ("/state/outstanding", json!([])),
        ("/state/nextCall", json!(0)),
        ("/state/next_call", json!(0)),
        ("/task", json!({ "no-such": {} })),
        ("/spolaEcr", json!("1")),
    ] {
        let mut value: Value = serde_json::from_str(&text).unwrap();
        let Some(place) = value.pointer_mut(pointer) else {
            continue;
        };
        *place = new;
        let bytes = value.to_string();
        let error = Operation::resume(bytes.as_bytes(), Options::default()).unwrap_err();
        assert_eq!(error.code(), "ecr.damaged-snapshot", "{pointer}");
    }
}

/// One of each operation, as the first builds wrote it.
const SNAPSHOTS: &str = include_str!("snapshots.jsonl");

#[test]
fn snapshots_stay_as_they_are() {
    for text in SNAPSHOTS.lines() {
        let operation = Operation::resume(text.as_bytes(), Options::default()).expect(text);
        let mut then: Value = serde_json::from_str(text).unwrap();
        for pending in then["state"]["outstanding"].as_array_mut().unwrap() {
            // What was handed out may have been carried out since.
            pending["in_doubt"] = json!(true);
        }
        let now: Value = serde_json::from_slice(&operation.snapshot()).unwrap();
        assert_eq!(now, then);
    }
}

#[test]
fn events_that_do_not_fit_change_nothing() {
    let mut operation = begin("describe-registry", json!({}), &options());
    let send = loop {
        if let Some(Effect::Send(send)) = operation.poll() {
            break send;
        }
    };
    let before = operation.snapshot();
    let unknown = Event::Elapsed { id: CallId(9) };
    assert_eq!(
        operation.feed(unknown).unwrap_err().code(),
        "run.unknown-call"
    );
    let wrong = Event::Elapsed { id: send.id };
    assert_eq!(operation.feed(wrong).unwrap_err().code(), "run.wrong-event");
    assert_eq!(operation.snapshot(), before);

    let reason = CancelReason::User;
    operation.feed(Event::Cancel { reason }).unwrap();
    assert!(matches!(operation.poll(), Some(Effect::Abort { id }) if id == send.id));
    assert!(matches!(operation.poll(), Some(Effect::Done(_))));
    let outcome = operation.outcome().unwrap();
    assert_eq!(outcome.outcome, OutcomeKind::Interrupted);
    assert_eq!(outcome.failure.as_ref().unwrap().code, "run.cancelled");
    let late = Event::Response {
        id: send.id,
        status: 200,
        headers: Vec::new(),
        body: Vec::new(),
        elapsed: Duration::ZERO,
    };
    operation.feed(late).unwrap();
    assert!(operation.poll().is_none());
}

/// Arguments with which an operation begins.
fn arguments(name: &str) -> Value {
    let image = "app:v1";
    let repository = "app";
    match name {
        "describe-registry" | "list-repositories" | "login" => json!({}),
        "get-image" | "describe-image" | "image-layers" | "image-config" | "image-platforms" => {
            json!({ "image": image })
        }
        "tag-image" => json!({ "image": image, "tags": ["v2", "v3"] }),
        "untag-image" => json!({ "repository": repository, "tags": ["v2"] }),
        "delete-images" => json!({ "repository": repository, "untagged": true }),
        "resolve-image" => json!({ "name": repository }),
        "put-image" => json!({ "repository": repository, "manifest": manifest("v1"), "tag": "v" }),
        "put-lifecycle-policy" | "put-repository-policy" => {
            json!({ "repository": repository, "policy": {} })
        }
        "ensure-repository" => json!({
            "repository": repository, "mutability": "IMMUTABLE", "scanOnPush": true,
            "exclusions": ["dev-*"], "tags": { "a": "b" }, "lifecyclePolicy": {}, "policy": {},
        }),
        "update-repository-tags" => json!({ "repository": repository, "tags": { "a": "b" } }),
        "create-repository" => {
            json!({ "repository": repository, "existsOk": true, "tags": { "a": "b" } })
        }
        "copy-image" | "plan-copy" => {
            json!({ "source": format!("{HOST}/app:v1"), "destination": format!("{HOST}/other") })
        }
        _ => json!({ "repository": repository }),
    }
}

/// Answers as no service gives them.
fn strange() -> Vec<Event> {
    let member = |name: &str, value: &Value| json!({ name: value });
    let values = [
        json!(null),
        json!(7),
        json!("text"),
        json!([]),
        json!([null]),
        json!([7, "text", [], {}]),
        json!([{ "imageId": 7, "imageDigest": 7, "imageTags": "text", "imageManifest": 7 }]),
        json!([{ "imageId": { "imageDigest": "no" }, "imageManifest": "{}", "repositoryArn": [] }]),
        json!({ "repositoryArn": 7, "encryptionConfiguration": "text" }),
    ];
    let names = [
        "repositories",
        "repository",
        "imageDetails",
        "images",
        "failures",
        "imageIds",
        "tags",
        "authorizationData",
        "lifecyclePolicyText",
        "policyText",
        "previewResults",
        "status",
        "image",
        "downloadUrl",
        "nextToken",
        "layers",
    ];
    let mut answers: Vec<Event> = names
        .iter()
        .flat_map(|name| values.iter().map(|value| answer(200, &member(name, value))))
        .collect();
    answers.push(answer(200, &json!([])));
    answers.push(answer(200, &json!("text")));
    answers.push(answer(500, &json!({})));
    answers.push(answer(302, &json!({})));
    answers.push(refusal(""));
    answers
}

/// Plays one answer after another, as often as it asks, up to a limit.
fn play(mut operation: Operation, answers: &[Event], from: usize) {
    let mut at = from;
    for _ in 0..300 {
        match operation.poll() {
            Some(Effect::Send(send)) => {
                let mut event = answers[at % answers.len()].clone();
                at += 1;
                if let Event::Response { id, .. } = &mut event {
                    *id = send.id;
                }
                operation.feed(event).unwrap();
            }
            Some(Effect::Wait(wait)) => {
                operation.feed(Event::Elapsed { id: wait.id }).unwrap();
            }
            Some(Effect::Done(_)) => return,
            Some(_) => {}
            None => panic!("{operation:?} asks for nothing and does not end"),
        }
    }
}

#[test]
fn no_answer_makes_any_operation_panic_or_stand_still() {
    let answers = strange();
    for name in Request::NAMES {
        for from in 0..answers.len() {
            let operation = begin(name, arguments(name), &options());
            play(operation, &answers[from..=from], 0);
            let operation = begin(name, arguments(name), &options());
            play(operation, &answers, from * 7);
        }
    }
}

#[test]
fn wrong_arguments_are_told_with_what_is_expected() {
    let tags = "expected one of `ANY`, `any`, `TAGGED`, `tagged`, `UNTAGGED`, `untagged`";
    for (name, args, told) in [
        (
            "list-repositories",
            json!({ "withTags": 1, "name": true }),
            "invalid type: boolean `true`, expected a string",
        ),
        (
            "list-repositories",
            json!({ "withTags": "x\"y\n" }),
            "invalid type: string \"x\\\"y\\n\", expected a boolean",
        ),
        (
            "list-repositories",
            json!({ "tags": [1] }),
            "invalid type: sequence, expected a map",
        ),
        (
            "list-images",
            json!({ "tagStatus": "x" }),
            &format!("unknown variant `x`, {tags}"),
        ),
        (
            "list-images",
            json!({ "tagStatus": { "any": 1 } }),
            "invalid type: integer `1`, expected nothing",
        ),
        (
            "list-images",
            json!({ "tagStatus": 5 }),
            "invalid type: integer `5`, expected a variant's name, or an object of one",
        ),
        (
            "delete-images",
            json!({ "images": [1.5] }),
            "invalid type: floating point `1.5`, expected a string",
        ),
        (
            "delete-images",
            json!({ "keepNewest": -1 }),
            "invalid value: integer `-1`, expected u64",
        ),
        (
            "delete-images",
            json!({ "keepNewest": { "a": 1 } }),
            "invalid type: map, expected u64",
        ),
        (
            "copy-image",
            json!({ "partsAtOnce": 50_000_000_000_u64 }),
            "invalid value: integer `50000000000`, expected u32",
        ),
        (
            "copy-image",
            json!({ "onConflict": "x" }),
            "unknown variant `x`, expected one of `overwrite`, `fail`, `skip`",
        ),
        (
            "image-layers",
            json!({ "platform": "x" }),
            "`x` is not a platform",
        ),
        (
            "untag-image",
            json!({ "tags": ["-"] }),
            "`-` cannot be a tag",
        ),
        (
            "update-repository-tags",
            json!({ "tags": { "a": null } }),
            "invalid type: null, expected a string",
        ),
    ] {
        let told = format!("the arguments of `{name}` are wrong: {told}");
        assert_eq!(refused(name, args).to_string(), told);
    }
}

/// Every place of a value.
fn places(value: &Value, at: String, found: &mut Vec<String>) {
    found.push(at.clone());
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                let name = name.replace('~', "~0").replace('/', "~1");
                places(member, format!("{at}/{name}"), found);
            }
        }
        Value::Array(entries) => {
            for (index, entry) in entries.iter().enumerate() {
                places(entry, format!("{at}/{index}"), found);
            }
        }
        _ => {}
    }
}

#[test]
fn no_snapshot_makes_any_operation_panic_or_stand_still() {
    let answers = [answer(200, &json!({}))];
    let others = [
        json!(null),
        json!(0),
        json!(u64::MAX),
        json!("x"),
        json!([]),
        json!({}),
    ];
    for name in Request::NAMES {
        let mut operation = begin(name, arguments(name), &options());
        while operation.poll().is_some() {}
        let whole: Value = serde_json::from_slice(&operation.snapshot()).unwrap();
        let mut all = Vec::new();
        places(&whole, String::new(), &mut all);
        for (place, other) in all
            .iter()
            .flat_map(|place| others.iter().map(move |it| (place, it)))
        {
            let mut changed = whole.clone();
            *changed.pointer_mut(place).unwrap() = other.clone();
            let resumed = Operation::resume(changed.to_string().as_bytes(), Options::default());
            if let Ok(operation) = resumed
                && operation.outcome().is_none()
            {
                play(operation, &answers, 0);
            }
        }
    }
}
