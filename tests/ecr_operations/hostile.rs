//! Arguments, snapshots and events that are wrong.

use std::time::Duration;

use serde_json::{Value, json};
use spola::Diagnostic;
use spola::machine::{CallId, CancelReason, Effect, Event, OutcomeKind};
use spola_ecr::{Operation, Options, Request};

use super::drive::{begin, options};

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
