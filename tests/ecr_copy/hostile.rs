//! Snapshots and answers that nobody promised anything about.

use std::collections::VecDeque;
use std::time::Duration;

use proptest::prelude::{Strategy, any, prop, proptest};
use proptest::test_runner::Config;
use serde_json::{Value, json};
use spola::machine::{Effect, Event, FailureReason};
use spola_ecr::{Operation, Options};

use super::world::{PART, World, begin, bytes};

/// A copy that stands in the middle of its layers.
fn snapshot() -> Value {
    let mut world = World::new();
    world
        .from
        .image(&[bytes(PART * 4, 1), bytes(30, 2)], Some("v1"));
    let mut operation = begin("copy-image", json!({"referrers": true}));
    let mut written = 0;
    while written < 3 {
        if let Some(Effect::Send(send)) = operation.poll() {
            let event = world.answer(&send);
            operation.feed(event).unwrap();
            written = world.count("to UploadLayerPart");
        }
    }
    serde_json::from_slice(&operation.snapshot()).unwrap()
}

/// All places of numbers, texts and truths.
fn places(value: &Value, at: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                places(value, &format!("{at}/{}", name.replace('/', "~1")), found);
            }
        }
        Value::Array(items) => {
            for (place, value) in items.iter().enumerate() {
                places(value, &format!("{at}/{place}"), found);
            }
        }
        _ => found.push(at.to_owned()),
    }
}

/// Drives what is left with answers that mean nothing, and some that mean something.
fn drive(mut operation: Operation, choices: &[u8]) {
    let mut owed = VecDeque::new();
    let mut choices = choices.iter().cycle().copied();
    for _ in 0..300 {
        match operation.poll() {
            Some(Effect::Send(send)) => owed.push_back((send.id, true)),
            Some(Effect::Wait(wait)) => owed.push_back((wait.id, false)),
            Some(Effect::Done(_)) => {
                assert!(operation.poll().is_none());
                return;
            }
            Some(_) => {}
            None => {
                let Some((id, sent)) = owed.pop_front() else {
                    return;
                };
                let event = match sent {
                    false => Event::Elapsed { id },
                    true => event(id, choices.next().unwrap_or_default()),
                };
                let _ = operation.feed(event);
            }
        }
    }
}

fn event(id: spola::machine::CallId, choice: u8) -> Event {
    const BODIES: [&str; 8] = [
        "{}",
        "[]",
        r#"{"lastByteReceived": 18446744073709551615}"#,
        r#"{"lastByteReceived": 0, "uploadId": "u", "partSize": 0, "layers": [{}], "images": [{}]}"#,
        r#"{"uploadId": "u", "partSize": 18446744073709551615, "downloadUrl": "https://a.example/"}"#,
        r#"{"__type": "InvalidLayerPartException", "lastValidByteReceived": 2999}"#,
        r#"{"__type": "LayersNotFoundException", "message": "[sha256:1, x"}"#,
        "",
    ];
    if choice % 13 == 12 {
        return Event::Failed {
            id,
            reason: FailureReason::TooLarge,
            message: "m".into(),
            elapsed: Duration::ZERO,
        };
    }
    let status = [200, 206, 400, 403, 416, 401, 307, 200][usize::from(choice / 16 % 8)];
    let range = [
        "bytes 0-1/2",
        "bytes 9-1/*",
        "x",
        "bytes 0-18446744073709551615/0",
    ];
    Event::Response {
        id,
        status,
        headers: vec![
            ("Content-Type".into(), "application/x-amz-json-1.1".into()),
            (
                "Content-Range".into(),
                range[usize::from(choice % 4)].into(),
            ),
            ("Location".into(), "//".into()),
            ("WWW-Authenticate".into(), "Bearer realm=\"".into()),
        ],
        body: BODIES[usize::from(choice % 8)].into(),
        elapsed: Duration::ZERO,
    }
}

fn wrong() -> impl Strategy<Value = Value> {
    prop::sample::select(vec![
        json!(0),
        json!(1),
        json!(u64::MAX),
        json!(-1),
        json!(""),
        json!("x"),
        json!(true),
        json!(null),
        json!([]),
        json!({}),
        json!(u32::MAX),
        json!("sha256:0000000000000000000000000000000000000000000000000000000000000000"),
    ])
}

proptest! {
    #![proptest_config(Config { cases: 200, ..Config::default() })]

    #[test]
    fn no_snapshot_and_no_answer_makes_it_panic(
        changes in prop::collection::vec((any::<prop::sample::Index>(), wrong()), 0..3),
        choices in prop::collection::vec(any::<u8>(), 1..40),
    ) {
        thread_local! {
            static WHOLE: (Value, Vec<String>) = {
                let whole = snapshot();
                let mut found = Vec::new();
                places(&whole, "", &mut found);
                (whole, found)
            };
        }
        let damaged = WHOLE.with(|(whole, found)| {
            let mut damaged = whole.clone();
            for (at, value) in changes {
                if let Some(place) = damaged.pointer_mut(&found[at.index(found.len())]) {
                    *place = value;
                }
            }
            damaged.to_string()
        });
        if let Ok(operation) = Operation::resume(damaged.as_bytes(), Options::default()) {
            drive(operation, &choices);
        }
        drive(begin("copy-image", json!({})), &choices);
        drive(begin("plan-copy", json!({"source": "registry.example/a/b:c"})), &choices);
    }
}
