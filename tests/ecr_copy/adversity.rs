//! Copies where something goes wrong on the way, and what becomes of them.

use proptest::prelude::{any, proptest};
use proptest::test_runner::Config;
use serde_json::{Value, json};
use spola_ecr::{Operation, Options, digest_of};

use super::world::{Manner, PART, World, begin, bytes};

/// A world with an image of one long and one short layer.
fn world() -> World {
    let mut world = World::new();
    world
        .from
        .image(&[bytes(PART * 4 + 3, 1), bytes(30, 2)], Some("v1"));
    world
}

/// The copy succeeds, and what arrived is what was sent.
fn arrives(world: &mut World, manner: Manner) {
    let report = world.copy_by(json!({}), manner).ok();
    world.from.call_off();
    world.to.call_off();
    assert_eq!(world.to.text("v1"), world.from.text("v1"));
    for layer in report["layers"].as_array().unwrap() {
        let digest = layer["digest"].as_str().unwrap().parse().unwrap();
        assert_eq!(digest_of(&world.to.bytes_of(&digest)), digest);
    }
}

#[test]
fn a_part_that_is_corrupted_on_the_way_here_is_noticed_and_the_layer_begun_again() {
    for after in 0..7 {
        let mut world = world();
        world.from.fault(json!({
            "kind": "corrupted-body", "operation": "GetObject", "times": 1, "after": after,
        }));
        arrives(&mut world, Manner::default());
        // The wrong bytes never make a whole upload.
        assert_eq!(world.count("to CompleteLayerUpload"), 3);
    }
}

#[test]
fn a_source_that_always_corrupts_is_told_with_both_digests() {
    let mut world = world();
    world
        .from
        .fault(json!({"kind": "corrupted-body", "operation": "GetObject"}));
    let ended = world.copy(json!({}));
    assert_eq!(ended.code(), "ecr.digest-mismatch");
    let error = &ended.outcome.outputs["error"];
    assert_ne!(error["want"], error["have"]);
    assert_eq!(world.count("to CompleteLayerUpload"), 0);
}

#[test]
fn a_part_that_is_corrupted_on_the_way_there_is_noticed_there_and_the_layer_begun_again() {
    let mut world = world();
    world
        .to
        .fault(json!({"kind": "corrupted-part", "operation": "UploadLayerPart", "times": 1}));
    arrives(&mut world, Manner::default());
    assert_eq!(world.count("to InitiateLayerUpload"), 4);
}

#[test]
fn a_part_that_is_cut_short_on_the_way_here_is_read_again() {
    let mut world = world();
    world.from.fault(json!({
        "kind": "truncated-body", "operation": "GetObject", "times": 2, "every": 2,
    }));
    arrives(&mut world, Manner::default());
    assert_eq!(world.count("to InitiateLayerUpload"), 3);
    assert_eq!(world.count("from GET"), 7 + 2);
}

#[test]
fn a_part_of_which_half_arrived_goes_on_from_there() {
    let mut world = world();
    world.to.settings(&json!({"smallestPartBytes": 1}));
    world
        .to
        .fault(json!({"kind": "partial-part", "operation": "UploadLayerPart", "times": 3}));
    arrives(&mut world, Manner::default());
    assert_eq!(world.count("to InitiateLayerUpload"), 3);
    assert_eq!(world.count("to UploadLayerPart"), 7 + 3);
    assert_eq!(world.count("from GET"), 7);
}

#[test]
fn a_part_whose_answer_was_lost_is_not_written_twice() {
    for kind in ["lost-answer", "lost-connection"] {
        let mut world = world();
        world
            .to
            .fault(json!({"kind": kind, "operation": "UploadLayerPart", "every": 2}));
        arrives(&mut world, Manner::default());
        assert_eq!(world.count("to InitiateLayerUpload"), 3, "{kind}");
        assert_eq!(world.count("from GET"), 7, "{kind}");
    }
}

#[test]
fn an_upload_whose_completion_was_not_heard_of_is_looked_for() {
    let mut world = world();
    world.to.fault(json!({
        "kind": "lost-connection", "operation": "CompleteLayerUpload", "times": 3,
    }));
    arrives(&mut world, Manner::default());
    assert_eq!(world.count("to InitiateLayerUpload"), 3);
    assert_eq!(world.count("to BatchCheckLayerAvailability"), 1 + 3);
}

#[test]
fn an_upload_that_is_gone_is_begun_again() {
    let mut world = world();
    world.to.fault(json!({
        "kind": "refusal", "code": "UploadNotFoundException", "operation": "UploadLayerPart",
        "after": 3, "times": 1,
    }));
    arrives(&mut world, Manner::default());
    assert_eq!(world.count("to InitiateLayerUpload"), 4);
}

#[test]
fn throttling_is_outlived_everywhere() {
    let mut world = world();
    world.from.fault(json!({"kind": "throttling", "every": 3}));
    world.to.fault(json!({"kind": "throttling", "every": 2}));
    arrives(&mut world, Manner::default());
    let mut strict = World::new();
    strict.from.image(&[bytes(10, 1)], Some("v1"));
    strict
        .to
        .fault(json!({"kind": "throttling", "operation": "PutImage"}));
    let ended = strict.copy(json!({}));
    assert_eq!(ended.code(), "ecr.throttled");
    assert_eq!(strict.count("to PutImage"), 8);
}

#[test]
fn a_url_that_has_expired_is_renewed() {
    let mut world = world();
    world.from.settings(&json!({"urlSeconds": 0}));
    world.to.fault(
        json!({"kind": "throttling", "operation": "UploadLayerPart", "every": 2, "retryAfter": 5}),
    );
    arrives(&mut world, Manner::default());
    assert!(world.count("from GetDownloadUrlForLayer") > 3);
    assert_eq!(world.count("to InitiateLayerUpload"), 3);
}

#[test]
fn a_url_that_is_never_good_ends_the_copy() {
    let mut world = world();
    world.from.fault(json!({
        "kind": "refusal", "operation": "GetObject", "status": 403, "code": "AccessDenied",
        "message": "Request has expired",
    }));
    let ended = world.copy(json!({}));
    assert_eq!(ended.code(), "ecr.access-denied");
    assert!(world.count("from GET") < 20);
}

#[test]
fn an_expired_token_is_renewed_on_either_side() {
    let mut world = world();
    world
        .from
        .fault(json!({"kind": "expired-token", "after": 1, "times": 1}));
    world
        .to
        .fault(json!({"kind": "expired-token", "after": 4, "times": 1}));
    arrives(&mut world, Manner::default());
}

#[test]
fn images_are_put_no_faster_than_ten_a_second() {
    let mut world = World::new();
    world.from.image(&[bytes(10, 1)], Some("v1"));
    let tags: Vec<String> = (0..25).map(|at| format!("v{at}")).collect();
    let before = world.clock;
    world.copy(json!({"tags": tags})).ok();
    assert_eq!(world.count("to PutImage"), 25);
    // Ten at once, then one in each tenth of a second.
    assert_eq!((world.clock - before).as_millis(), 1500);
}

#[test]
fn the_same_image_under_an_immutable_tag_is_a_success() {
    for repeat in ["tag", "image"] {
        let mut world = world();
        let text = world.from.text("v1").unwrap();
        world.to.settings(&json!({"immutableRepeat": repeat}));
        world.to.call(
            "PutImageTagMutability",
            json!({"imageTagMutability": "IMMUTABLE"}),
        );
        world.copy(json!({})).ok();
        world.copy(json!({})).ok();
        // It is put by somebody else between the look and the put.
        world.to.settings(&json!({"layers": "trusted"}));
        let mut operation = begin("copy-image", json!({"tags": ["late"]}));
        let looked = drive_until(&mut world, &mut operation, "to BatchGetImage");
        assert!(looked);
        world.to.put(&text, Some("late"));
        let report = world.drive(resumed(&operation), Manner::default()).ok();
        assert_eq!(
            report["tags"],
            json!([{"tag": "late", "outcome": "present"}]),
            "{repeat}"
        );
    }
}

fn resumed(operation: &Operation) -> Operation {
    Operation::resume(&operation.snapshot(), Options::default()).unwrap()
}

/// Drives an operation until something was answered.
fn drive_until(world: &mut World, operation: &mut Operation, what: &str) -> bool {
    use spola::machine::Effect;
    for _ in 0..1000 {
        match operation.poll() {
            Some(Effect::Send(send)) => {
                let event = world.answer(&send);
                operation.feed(event).unwrap();
                if world.asked.last().is_some_and(|asked| asked == what) {
                    return true;
                }
            }
            Some(_) => {}
            None => return false,
        }
    }
    false
}

#[test]
fn another_image_under_an_immutable_tag_is_a_conflict_before_anything_is_moved() {
    let mut world = world();
    let there = world.to.image(&[bytes(5, 5)], Some("v1"));
    world.to.call(
        "PutImageTagMutability",
        json!({"imageTagMutability": "IMMUTABLE"}),
    );
    let ended = world.copy(json!({}));
    assert_eq!(ended.code(), "ecr.tag-conflict");
    let error = &ended.outcome.outputs["error"];
    assert_eq!(error["have"], there.as_str());
    assert_eq!(
        error["want"],
        digest_of(world.from.text("v1").unwrap().as_bytes()).as_str()
    );
    assert_eq!(world.count("to InitiateLayerUpload"), 0);
    let report = world.copy(json!({"onConflict": "skip"})).ok();
    assert_eq!(report["tags"], json!([{"tag": "v1", "outcome": "skipped"}]));
    assert!(world.to.text(error["want"].as_str().unwrap()).is_some());
    assert_eq!(digest_of(world.to.text("v1").unwrap().as_bytes()), there);
}

#[test]
fn a_tag_that_may_be_moved_is_moved_unless_that_is_not_wanted() {
    let mut world = world();
    let there = world.to.image(&[bytes(5, 5)], Some("v1"));
    assert_eq!(
        world.copy(json!({"onConflict": "fail"})).code(),
        "ecr.tag-conflict"
    );
    assert_eq!(digest_of(world.to.text("v1").unwrap().as_bytes()), there);
    arrives(&mut world, Manner::default());
}

#[test]
fn a_tag_that_is_taken_between_the_look_and_the_put_is_a_conflict() {
    let mut world = world();
    world.to.call(
        "PutImageTagMutability",
        json!({"imageTagMutability": "IMMUTABLE"}),
    );
    let mut operation = begin("copy-image", json!({}));
    assert!(drive_until(&mut world, &mut operation, "to BatchGetImage"));
    let there = world.to.image(&[bytes(5, 5)], Some("v1"));
    let ended = world.drive(resumed(&operation), Manner::default());
    assert_eq!(ended.code(), "ecr.tag-conflict");
    assert_eq!(ended.outcome.outputs["error"]["have"], there.as_str());
}

#[test]
fn two_copies_to_one_tag_at_once_both_end_well_or_one_is_told_of_the_conflict() {
    for immutable in [false, true] {
        let mut world = world();
        world.from.image(&[bytes(700, 3)], Some("v2"));
        if immutable {
            world.to.call(
                "PutImageTagMutability",
                json!({"imageTagMutability": "IMMUTABLE"}),
            );
        }
        let source = |tag: &str| format!("{}:{tag}", super::world::FROM);
        let args = |tag: &str| json!({"source": source(tag), "tags": ["one"]});
        let mut running = [
            begin("copy-image", args("v1")),
            begin("copy-image", args("v2")),
        ];
        let mut outcomes: Vec<Option<spola::machine::Outcome>> = vec![None, None];
        while outcomes.iter().any(Option::is_none) {
            for (operation, outcome) in running.iter_mut().zip(&mut outcomes) {
                use spola::machine::{Effect, Event};
                match operation.poll() {
                    Some(Effect::Send(send)) => {
                        let event = world.answer(&send);
                        operation.feed(event).unwrap();
                    }
                    Some(Effect::Wait(wait)) => {
                        operation.feed(Event::Elapsed { id: wait.id }).unwrap()
                    }
                    Some(Effect::Done(done)) => {
                        *outcome = Some(std::sync::Arc::unwrap_or_clone(done))
                    }
                    _ => {}
                }
            }
        }
        let codes: Vec<Option<String>> = outcomes
            .into_iter()
            .flatten()
            .map(|outcome| outcome.failure.map(|failure| failure.code))
            .collect();
        let failed = codes.iter().flatten().collect::<Vec<_>>();
        match immutable {
            false => assert!(failed.is_empty(), "{failed:?}"),
            true => assert_eq!(failed, ["ecr.tag-conflict"]),
        }
        let named = world.to.text("one");
        assert!(named == world.from.text("v1") || named == world.from.text("v2"));
    }
}

#[test]
fn layers_that_the_destination_lost_are_moved_again_once() {
    let lost = |world: &World, times: Value, named: bool| {
        let digest = digest_of(&bytes(30, 2));
        let list = if named {
            format!("[{digest}]")
        } else {
            "some".into()
        };
        let mut fault = json!({
            "kind": "refusal", "operation": "PutImage", "code": "LayersNotFoundException",
            "message": format!("Layers with digests '{list}' required for pushing image"),
        });
        if !times.is_null() {
            fault["times"] = times;
        }
        let _ = world;
        fault
    };
    let mut named = world();
    named.to.fault(lost(&named, json!(1), true));
    arrives(&mut named, Manner::default());
    assert_eq!(named.count("to InitiateLayerUpload"), 4);
    let mut unnamed = world();
    unnamed.to.fault(lost(&unnamed, json!(1), false));
    arrives(&mut unnamed, Manner::default());
    assert_eq!(unnamed.count("to BatchCheckLayerAvailability"), 2);
    assert_eq!(unnamed.count("to InitiateLayerUpload"), 3);
    let mut ever = world();
    ever.to.fault(lost(&ever, Value::Null, true));
    let ended = ever.copy(json!({}));
    assert_eq!(ended.code(), "ecr.layers-not-found");
    assert_eq!(ever.count("to PutImage"), 2);
}

#[test]
fn images_of_an_index_that_the_destination_lost_are_put_again_once() {
    let mut world = World::new();
    world
        .from
        .index(&["linux/amd64", "linux/arm64"], Some("v1"));
    let index: Value = serde_json::from_str(&world.from.text("v1").unwrap()).unwrap();
    let child = index["manifests"][0]["digest"].as_str().unwrap().to_owned();
    // The child is there at first, and gone when the index is put.
    world
        .copy(json!({"source": format!("{}@{child}", super::world::FROM), "tags": []}))
        .ok();
    let mut operation = begin("copy-image", json!({}));
    assert!(drive_until(
        &mut world,
        &mut operation,
        "to BatchCheckLayerAvailability"
    ));
    let ids = json!({"imageIds": [{"imageDigest": child}]});
    world.to.call("BatchDeleteImage", ids);
    world.drive(resumed(&operation), Manner::default()).ok();
    assert_eq!(world.to.text("v1"), world.from.text("v1"));
    assert!(world.to.text(&child).is_some());
}

#[test]
fn a_source_that_is_not_there_and_a_destination_that_is_not_are_told_apart() {
    let mut world = World::new();
    world.from.image(&[bytes(5, 5)], Some("other"));
    let ended = world.copy(json!({}));
    assert_eq!(ended.code(), "ecr.image-not-found");
    let message = ended.outcome.failure.clone().unwrap().message;
    assert!(message.contains("from/app:v1"), "{message}");
    world.from.image(&[bytes(5, 5)], Some("v1"));
    let ended = world.copy(json!({
        "destination": "222222222222.dkr.ecr.us-east-1.amazonaws.com/no/such",
    }));
    assert_eq!(ended.code(), "ecr.repository-not-found");
    let message = ended.outcome.failure.unwrap().message;
    assert!(
        message.contains("no/such") && message.contains("222222222222"),
        "{message}"
    );
}

#[test]
fn a_copy_that_is_killed_at_any_effect_goes_on_from_its_snapshot() {
    let mut fresh = World::new();
    fresh
        .from
        .index(&["linux/amd64", "linux/arm64"], Some("v1"));
    for seed in [0, 5] {
        let manner = |killed_after| Manner { seed, killed_after };
        let straight = fresh.copied().copy_by(json!({}), manner(None)).effects;
        for at in 1..straight {
            let mut world = fresh.copied();
            let ended = world.copy_by(json!({}), manner(Some(at)));
            assert!(ended.killed, "{at}");
            ended.ok();
            assert_eq!(world.to.text("v1"), world.from.text("v1"), "{at}");
            // Nothing but what was in memory is read again, nothing begun again.
            let opened = world.count("to InitiateLayerUpload");
            assert!(opened <= 4 + 4, "{at}: {opened}");
            assert!(world.count("from GET") <= 10 + 8, "{at}");
        }
    }
}

#[test]
fn what_was_written_before_a_kill_is_not_read_again() {
    let mut world = World::new();
    world.from.image(&[bytes(PART * 20, 1)], Some("v1"));
    let straight = world.copied().copy_by(json!({}), Manner::default()).effects;
    let ended = world.copy_by(
        json!({}),
        Manner {
            seed: 0,
            killed_after: Some(straight / 2),
        },
    );
    ended.ok();
    assert!(world.count("from GET") <= 21 + 2);
    assert!(world.count("to UploadLayerPart") <= 21 + 2);
    assert_eq!(world.count("to InitiateLayerUpload"), 2);
}

#[test]
fn a_snapshot_that_names_what_is_not_there_is_refused() {
    let mut world = world();
    let mut operation = begin("copy-image", json!({}));
    assert!(drive_until(
        &mut world,
        &mut operation,
        "to UploadLayerPart"
    ));
    let whole: Value = serde_json::from_slice(&operation.snapshot()).unwrap();
    let mut broken = 0;
    for pointer in [
        "/task/copy-image/images/0/blobs/0",
        "/task/copy-image/tags/0/image",
    ] {
        let mut damaged = whole.clone();
        *damaged.pointer_mut(pointer).expect("it is there") = json!(99);
        let error = Operation::resume(damaged.to_string().as_bytes(), Options::default());
        assert!(error.is_err(), "{pointer}");
        broken += 1;
    }
    assert_eq!(broken, 2);
}

proptest! {
    #![proptest_config(Config { cases: 24, ..Config::default() })]

    #[test]
    fn any_order_of_answers_with_any_fault_ends_with_the_same_bytes(
        seed in 1u64.., killed in proptest::option::of(1usize..60), kind in 0usize..9,
        every in 2u64..6, at_source in any::<bool>(), layers in 1u32..7, parts in 1u32..5,
    ) {
        let kinds = [
            "throttling", "server-error", "lost-answer", "lost-connection", "connection-reset",
            "truncated-body", "service-unavailable", "bad-gateway", "expired-token",
        ];
        let mut world = World::new();
        world.from.index(&["linux/amd64", "linux/arm64", "linux/arm/v7"], Some("v1"));
        let mut fault = json!({"kind": kinds[kind], "every": every});
        if kinds[kind] == "expired-token" {
            fault["times"] = json!(1);
        }
        if at_source { world.from.fault(fault) } else { world.to.fault(fault) }
        let limits = json!({"layersAtOnce": layers, "partsAtOnce": parts, "tags": ["v1", "v2"]});
        let ended = world.copy_by(limits, Manner { seed, killed_after: killed });
        world.from.call_off();
        world.to.call_off();
        ended.ok();
        assert_eq!(world.to.text("v1"), world.from.text("v1"));
        assert_eq!(world.to.text("v2"), world.from.text("v1"));
    }
}
