//! Copies where nothing goes wrong.

use serde_json::{Value, json};
use spola::machine::Progress;
use spola_ecr::digest_of;

use super::world::{FROM, Manner, PART, TO, World, begin, bytes, entry};

#[test]
fn an_image_arrives_byte_for_byte() {
    let mut world = World::new();
    let layers = [bytes(PART * 3 + 17, 1), bytes(10, 2), bytes(PART, 3)];
    let digest = world.from.image(&layers, Some("v1"));
    let report = world.copy(json!({})).ok();
    assert_eq!(report["digest"], digest.as_str());
    assert_eq!(report["image"], format!("{TO}@{digest}"));
    assert_eq!(report["tags"], json!([{"tag": "v1", "outcome": "put"}]));
    assert_eq!(world.to.text("v1"), world.from.text("v1"));
    for layer in &layers {
        assert_eq!(&world.to.bytes_of(&digest_of(layer)), layer);
    }
    let moved: usize = layers.iter().map(Vec::len).sum::<usize>() + "{\"layers\":3}".len();
    assert_eq!(report["bytesMoved"], moved);
}

#[test]
fn a_layer_costs_three_calls_and_two_for_each_part() {
    let mut world = World::new();
    world.from.image(&[bytes(PART * 3 + 17, 1)], Some("v1"));
    world.copy(json!({})).ok();
    assert_eq!(world.count("from BatchGetImage"), 1);
    assert_eq!(world.count("to BatchGetImage"), 1);
    assert_eq!(world.count("to BatchCheckLayerAvailability"), 1);
    assert_eq!(world.count("from GetDownloadUrlForLayer"), 2);
    assert_eq!(world.count("from GET"), 5);
    assert_eq!(world.count("to InitiateLayerUpload"), 2);
    assert_eq!(world.count("to UploadLayerPart"), 5);
    assert_eq!(world.count("to CompleteLayerUpload"), 2);
    assert_eq!(world.count("to PutImage"), 1);
    assert_eq!(world.asked.len(), 20);
}

#[test]
fn what_is_there_costs_two_calls() {
    let mut world = World::new();
    world
        .from
        .index(&["linux/amd64", "linux/arm64"], Some("v1"));
    world.copy(json!({})).ok();
    world.asked.clear();
    let report = world.copy(json!({})).ok();
    assert_eq!(world.asked, ["from BatchGetImage", "to BatchGetImage"]);
    assert_eq!(report["bytesMoved"], 0);
    assert_eq!(report["tags"], json!([{"tag": "v1", "outcome": "present"}]));
}

#[test]
fn an_index_brings_its_images_untagged_and_then_the_tag() {
    let mut world = World::new();
    let platforms = ["linux/amd64", "linux/arm64", "linux/arm/v7"];
    let digest = world.from.index(&platforms, Some("v1"));
    let report = world.copy(json!({"tags": ["v1", "latest", "v1"]})).ok();
    assert_eq!(report["images"].as_array().unwrap().len(), 4);
    assert_eq!(world.to.text("v1"), world.from.text("v1"));
    assert_eq!(world.to.text("latest"), world.from.text("v1"));
    // Three images, the index under its first tag, the second tag.
    assert_eq!(world.count("to PutImage"), 5);
    // All images share a layer and a config: they are moved once.
    assert_eq!(world.count("to CompleteLayerUpload"), 5);
    let listed = world.to.call("ListImages", json!({}));
    let tagged: Vec<&Value> = listed["imageIds"].as_array().unwrap().iter().collect();
    let tagged = tagged.iter().filter(|id| id["imageTag"].is_string());
    assert!(
        tagged
            .clone()
            .all(|id| id["imageDigest"] == digest.as_str())
    );
    assert_eq!(tagged.count(), 2);
    assert_eq!(world.asked.last().unwrap(), "to PutImage");
}

#[test]
fn of_one_platform_its_image_is_copied() {
    let mut world = World::new();
    world
        .from
        .index(&["linux/amd64", "linux/arm64"], Some("v1"));
    let report = world.copy(json!({"platforms": ["linux/arm64"]})).ok();
    assert_eq!(
        report["mediaType"],
        "application/vnd.oci.image.manifest.v1+json"
    );
    let text = world.to.text("v1").unwrap();
    assert_eq!(
        world.from.text(report["digest"].as_str().unwrap()),
        Some(text)
    );
    assert_eq!(world.count("to PutImage"), 1);
}

#[test]
fn of_several_platforms_an_index_of_just_these_is_made() {
    let mut world = World::new();
    let whole = world
        .from
        .index(&["linux/amd64", "linux/arm64", "windows/amd64"], Some("v1"));
    let platforms = json!({"platforms": ["linux/amd64", "linux/arm64/v8"]});
    let report = world.copy(platforms).ok();
    assert_ne!(report["digest"], whole.as_str());
    let index: Value = serde_json::from_str(&world.to.text("v1").unwrap()).unwrap();
    let source: Value = serde_json::from_str(&world.from.text("v1").unwrap()).unwrap();
    assert_eq!(
        index["manifests"].as_array().unwrap()[..],
        source["manifests"].as_array().unwrap()[..2]
    );
    let all = json!({"platforms": ["linux/amd64", "linux/arm64", "windows/amd64"]});
    assert_eq!(world.copy(all).ok()["digest"], whole.as_str());
}

#[test]
fn a_platform_that_is_not_there_is_told_with_those_that_are() {
    let mut world = World::new();
    world
        .from
        .index(&["linux/arm64", "linux/amd64"], Some("v1"));
    let ended = world.copy(json!({"platforms": ["linux/s390x"]}));
    assert_eq!(ended.code(), "ecr.platform-not-found");
    let message = ended.outcome.failure.unwrap().message;
    assert!(
        message.ends_with("there is `linux/amd64`, `linux/arm64`"),
        "{message}"
    );
}

#[test]
fn two_hundred_small_layers_are_checked_by_two_calls() {
    let mut world = World::new();
    let layers: Vec<Vec<u8>> = (0..199u8)
        .map(|at| bytes(20 + usize::from(at), at))
        .collect();
    let digest = world.from.image(&layers, Some("v1"));
    let manner = Manner {
        seed: 3,
        ..Manner::default()
    };
    let report = world.copy_by(json!({}), manner).ok();
    assert_eq!(report["digest"], digest.as_str());
    assert_eq!(world.count("to BatchCheckLayerAvailability"), 2);
    assert_eq!(world.count("to UploadLayerPart"), 200);
    assert_eq!(world.asked.len(), 2 + 2 + 200 * 5 + 1);
    assert_eq!(world.to.text("v1"), world.from.text("v1"));
}

#[test]
fn a_foreign_layer_stays_where_it_is() {
    let mut world = World::new();
    let far = bytes(5000, 8);
    let mut manifest = world.from.manifest(&[bytes(100, 1)]);
    let mut foreign = entry(
        &far,
        "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
    );
    foreign["urls"] = json!(["https://elsewhere.example/far"]);
    manifest["layers"].as_array_mut().unwrap().push(foreign);
    world.from.put(&manifest.to_string(), Some("v1"));
    let report = world.copy(json!({})).ok();
    let outcomes: Vec<&str> = report["layers"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|layer| layer["outcome"].as_str())
        .collect();
    assert_eq!(outcomes, ["moved", "moved", "foreign"]);
    let foreign = |it: &&Progress| {
        matches!(
            it,
            Progress::Layer {
                stage: "foreign",
                ..
            }
        )
    };
    assert_eq!(world.told.iter().filter(foreign).count(), 1);
    assert_eq!(world.to.text("v1"), world.from.text("v1"));
}

#[test]
fn a_layer_without_bytes_is_refused_before_anything_is_moved() {
    let mut world = World::new();
    world.from.settings(&json!({"layers": "trusted"}));
    world.from.image(&[bytes(100, 1), Vec::new()], Some("v1"));
    let ended = world.copy(json!({}));
    assert_eq!(ended.code(), "ecr.empty-layer");
    assert_eq!(world.count("to InitiateLayerUpload"), 0);
}

#[test]
fn what_refers_to_an_image_comes_with_it_where_that_is_asked() {
    let mut world = World::new();
    let index = world
        .from
        .index(&["linux/amd64", "linux/arm64"], Some("v1"));
    let signature = world.from.signature(&index, None);
    let about_it = world.from.signature(&signature, None);
    let report = world.copy(json!({})).ok();
    assert_eq!(report["images"].as_array().unwrap().len(), 3);
    assert_eq!(world.to.text(signature.as_str()), None);
    world.asked.clear();
    let report = world.copy(json!({"referrers": true})).ok();
    let roles: Vec<&str> = report["images"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|image| image["role"].as_str())
        .collect();
    assert_eq!(roles, ["root", "child", "child", "referrer", "referrer"]);
    for digest in [&signature, &about_it] {
        assert_eq!(
            world.to.text(digest.as_str()),
            world.from.text(digest.as_str())
        );
    }
    assert_eq!(world.count("to PutImage"), 2);
    let mut fresh = World::new();
    std::mem::swap(&mut fresh.from, &mut world.from);
    fresh.copy(json!({"referrers": true})).ok();
    assert_eq!(
        fresh.to.text(about_it.as_str()),
        fresh.from.text(about_it.as_str())
    );
}

#[test]
fn all_tags_of_the_source_come_where_that_is_asked() {
    let mut world = World::new();
    let text = world.from.manifest(&[bytes(10, 1)]).to_string();
    for tag in ["v1", "v1.2", "stable"] {
        world.from.put(&text, Some(tag));
    }
    let report = world
        .copy(json!({"sourceTags": true, "tags": ["mine"]}))
        .ok();
    let tags: Vec<&str> = report["tags"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|tag| tag["tag"].as_str())
        .collect();
    assert_eq!(tags, ["mine", "stable", "v1", "v1.2"]);
    for tag in tags {
        assert_eq!(world.to.text(tag), Some(text.clone()), "{tag}");
    }
}

#[test]
fn without_tags_the_image_is_there_by_its_digest() {
    let mut world = World::new();
    let digest = world.from.image(&[bytes(10, 1)], Some("v1"));
    let by_digest = json!({"source": format!("{FROM}@{digest}"), "tags": []});
    let report = world.copy(by_digest).ok();
    assert_eq!(report["tags"], json!([]));
    assert_eq!(world.to.text(digest.as_str()), world.from.text("v1"));
    assert_eq!(world.to.text("v1"), None);
}

#[test]
fn the_tag_of_the_destination_is_put() {
    let mut world = World::new();
    world.from.image(&[bytes(10, 1)], Some("v1"));
    world
        .copy(json!({"destination": format!("{TO}:mine")}))
        .ok();
    assert_eq!(world.to.text("mine"), world.from.text("v1"));
    assert_eq!(world.to.text("v1"), None);
}

#[test]
fn a_plan_tells_what_a_copy_would_do_and_changes_nothing() {
    let mut world = World::new();
    world
        .from
        .index(&["linux/amd64", "linux/arm64"], Some("v1"));
    world.to.layer(&bytes(2500, 9));
    world.to.image(&[bytes(5, 1)], Some("v1"));
    let before = world.to.text("v1");
    let plan = world
        .drive(begin("plan-copy", json!({})), Manner::default())
        .ok();
    assert_eq!(plan["source"], FROM);
    assert_eq!(plan["destination"], TO);
    let actions = |of: &str| -> Vec<String> {
        plan[of]
            .as_array()
            .unwrap()
            .iter()
            .map(|it| it["action"].as_str().unwrap().to_owned())
            .collect()
    };
    assert_eq!(actions("images"), ["put", "put", "put"]);
    assert_eq!(actions("layers"), ["move", "present", "move", "move"]);
    assert_eq!(actions("tags"), ["move"]);
    assert_eq!(plan["bytesToMove"], 12 + 2 * PART + 2 * PART + 100);
    let writes = ["to PutImage", "to InitiateLayerUpload"];
    assert!(writes.iter().all(|call| world.count(call) == 0));
    assert_eq!(world.to.text("v1"), before);
    let moved = world.copy(json!({})).ok()["bytesMoved"].clone();
    assert_eq!(plan["bytesToMove"], moved);
}

#[test]
fn memory_is_bounded_by_the_parts_in_flight() {
    for (layers, parts) in [(1, 4), (6, 4), (12, 2), (6, 1)] {
        let mut world = World::new();
        let content: Vec<Vec<u8>> = (0..6).map(|at| bytes(PART * 40, at)).collect();
        world.from.image(&content, Some("v1"));
        let manner = Manner {
            seed: 11,
            ..Manner::default()
        };
        let limits = json!({"layersAtOnce": layers, "partsAtOnce": parts});
        world.copy_by(limits, manner).ok();
        // Each part once as it came, and once in the text of a request.
        let per_part = PART as u64 + (PART as u64).div_ceil(3) * 4 + 400;
        let most = parts * per_part + layers * 600;
        assert!(
            world.most_held <= most,
            "{layers} {parts}: {} > {most}",
            world.most_held
        );
        assert!(parts == 1 || world.most_held > 2 * PART as u64);
    }
}

#[test]
fn progress_is_told_by_layer_and_byte() {
    let mut world = World::new();
    let layer = bytes(PART * 2 + 1, 1);
    let digest = digest_of(&layer);
    world.from.image(&[layer], Some("v1"));
    world.copy(json!({})).ok();
    let told: Vec<(&str, u64, u64)> = world
        .told
        .iter()
        .filter_map(|progress| match progress {
            Progress::Layer {
                digest: of,
                stage,
                done,
                total,
            } if **of == *digest.as_str() => Some((*stage, *done, *total)),
            _ => None,
        })
        .collect();
    let total = PART as u64 * 2 + 1;
    assert_eq!(
        told,
        [
            ("waiting", 0, total),
            ("moving", 0, total),
            ("moving", 1000, total),
            ("moving", 2000, total),
            ("moving", total, total),
            ("moved", total, total),
        ]
    );
    let images = world
        .told
        .iter()
        .filter(|it| matches!(it, Progress::Image { .. }));
    assert_eq!(images.count(), 1);
}

#[test]
fn arguments_are_checked_before_anything_is_asked() {
    let refused = |args: Value| {
        let options = spola_ecr::Options::default();
        spola_ecr::Operation::from_json("copy-image", args, options)
            .unwrap_err()
            .to_string()
    };
    for (args, says) in [
        (json!({}), "missing field `source`"),
        (
            json!({"source": format!("{FROM}:v1")}),
            "missing field `destination`",
        ),
        (
            json!({"source": FROM, "destination": TO}),
            "neither tag nor digest",
        ),
        (
            json!({"source": format!("{FROM}:v1"), "destination": TO, "partBytes": 1}),
            "5 to 20",
        ),
        (
            json!({"source": format!("{FROM}:v1"), "destination": TO, "tag": "x"}),
            "unknown field",
        ),
        (
            json!({"source": format!("{FROM}:v1"), "destination": TO, "tags": ["-"]}),
            "be a tag",
        ),
        (
            json!({"source": format!("{FROM}:v1"), "destination": TO, "platforms": ["x"]}),
            "platform",
        ),
    ] {
        let message = refused(args);
        assert!(message.contains(says), "{message}");
    }
}
