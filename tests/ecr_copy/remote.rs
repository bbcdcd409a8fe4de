//! Images of other registries, copied into ECR by the same machine.

use serde_json::{Value, json};
use spola_ecr::digest_of;

use super::hub::Wants;
use super::world::{Ended, Manner, PART, TO, World, begin, bytes, entry};

const SOURCE: &str = "registry.example/team/app:v1";

fn world() -> World {
    let mut world = World::new();
    world
        .hub
        .image(&[bytes(PART * 3 + 1, 1), bytes(40, 2)], &["v1", "latest"]);
    world
}

fn copy(world: &mut World, more: &Value) -> Ended {
    copy_by(world, more, Manner::default())
}

fn copy_by(world: &mut World, more: &Value, manner: Manner) -> Ended {
    let mut args = json!({"source": SOURCE});
    for (name, value) in more.as_object().unwrap() {
        args[name] = value.clone();
    }
    world.drive(begin("copy-image", args), manner)
}

fn arrived(world: &mut World, ended: Ended) {
    let report = ended.ok();
    let digest = report["digest"].as_str().unwrap().to_owned();
    let text = world.to.text("v1").unwrap();
    assert_eq!(digest_of(text.as_bytes()).as_str(), digest);
    let layer = digest_of(&bytes(PART * 3 + 1, 1));
    assert_eq!(digest_of(&world.to.bytes_of(&layer)), layer);
}

#[test]
fn an_image_comes_from_a_registry_that_asks_for_nothing() {
    let mut world = world();
    let ended = copy(&mut world, &json!({}));
    arrived(&mut world, ended);
    assert_eq!(world.count("hub manifests"), 1);
    assert_eq!(world.count("hub blobs"), 6);
    assert!(world.hub.told.is_empty());
    world.asked.clear();
    copy(&mut world, &json!({})).ok();
    assert_eq!(world.asked, ["hub manifests", "to BatchGetImage"]);
}

#[test]
fn a_name_without_a_tag_means_latest_there() {
    let mut world = world();
    let report = copy(&mut world, &json!({"source": "registry.example/team/app"})).ok();
    assert_eq!(report["tags"], json!([{"tag": "latest", "outcome": "put"}]));
}

#[test]
fn a_token_is_fetched_and_fetched_again_when_it_has_expired() {
    for (wants, uses) in [
        (Wants::Token, 3),
        (Wants::Token, 100),
        (Wants::TokenOfUser, 2),
    ] {
        for seed in [0, 4, 9] {
            let mut world = world();
            world.hub.wants = wants;
            world.hub.token_uses = uses;
            let ended = copy_by(
                &mut world,
                &json!({}),
                Manner {
                    seed,
                    ..Manner::default()
                },
            );
            arrived(&mut world, ended);
            assert!(
                world
                    .hub
                    .told
                    .iter()
                    .all(|host| host == "auth.registry.example")
            );
            if uses == 100 {
                assert_eq!(world.count("hub login"), 1);
                assert_eq!(world.count("hub refusal"), 1);
            }
        }
    }
}

#[test]
fn user_and_password_go_to_the_registry_that_asks_for_them() {
    let mut world = world();
    world.hub.wants = Wants::Basic;
    let ended = copy(&mut world, &json!({}));
    arrived(&mut world, ended);
    assert!(world.hub.told.iter().all(|host| host == "registry.example"));
    assert_eq!(world.count("hub refusal"), 1);
}

#[test]
fn user_and_password_never_go_where_only_an_answer_says() {
    let mut world = world();
    world.hub.wants = Wants::Token;
    world.hub.realm = "https://evil.example/token".into();
    let ended = copy(&mut world, &json!({}));
    // The token without them is good enough for what is public.
    arrived(&mut world, ended);
    assert_eq!(world.hub.told, Vec::<String>::new());
    let mut refused = World::new();
    refused.hub = world.hub.clone();
    refused.hub.wants = Wants::TokenOfUser;
    assert_eq!(copy(&mut refused, &json!({})).code(), "ecr.access-denied");
    assert_eq!(refused.hub.told, Vec::<String>::new());
    refused.hub.realm = "http://auth.registry.example/token".into();
    assert_eq!(
        copy(&mut refused, &json!({})).code(),
        "ecr.unreadable-answer"
    );
    assert_eq!(refused.hub.told, Vec::<String>::new());
}

#[test]
fn a_registry_that_never_lets_in_ends_the_copy() {
    let mut world = world();
    world.hub.wants = Wants::Token;
    world.hub.token_uses = 0;
    let ended = copy(&mut world, &json!({}));
    assert_eq!(ended.code(), "ecr.access-denied");
    assert!(world.count("hub login") <= 3);
}

#[test]
fn a_redirect_to_a_storage_is_followed_without_credentials() {
    for wants in [Wants::Nothing, Wants::Token, Wants::Basic] {
        let mut world = world();
        world.hub.wants = wants;
        world.hub.storage = Some("storage.example".into());
        let ended = copy(&mut world, &json!({}));
        arrived(&mut world, ended);
        // One redirect for each layer, then straight to the storage.
        assert_eq!(world.count("hub blobs"), 3);
        assert_eq!(world.count("hub storage"), 6);
    }
}

#[test]
fn a_storage_url_that_has_expired_is_asked_for_again() {
    let mut world = world();
    world.hub.wants = Wants::Token;
    world.hub.storage = Some("storage.example".into());
    world.hub.url_uses = 2;
    let ended = copy(&mut world, &json!({}));
    arrived(&mut world, ended);
    assert_eq!(world.count("hub blobs"), 4);
}

#[test]
fn a_registry_that_only_sends_on_is_followed_for_manifests_and_layers() {
    let mut world = world();
    world.hub.mirror = Some("mirror.example".into());
    world.hub.storage = Some("storage.example".into());
    let ended = copy(&mut world, &json!({"referrers": true}));
    arrived(&mut world, ended);
    assert_eq!(world.count("hub storage"), 6);
    assert_eq!(world.hub.told, Vec::<String>::new());
}

#[test]
fn a_redirect_into_a_private_network_is_not_followed() {
    let mut world = world();
    world.hub.storage = Some("169.254.169.254".into());
    assert_eq!(copy(&mut world, &json!({})).code(), "ecr.unreadable-answer");
    assert_eq!(world.count("hub storage"), 0);
}

#[test]
fn a_copy_from_a_registry_goes_on_after_a_kill_at_any_effect() {
    let mut fresh = world();
    fresh.hub.wants = Wants::Token;
    fresh.hub.storage = Some("storage.example".into());
    let straight = copy(&mut fresh.copied(), &json!({})).effects;
    for at in 1..straight {
        let mut world = fresh.copied();
        let manner = Manner {
            seed: 2,
            killed_after: Some(at),
        };
        let ended = copy_by(&mut world, &json!({}), manner);
        arrived(&mut world, ended);
    }
}

#[test]
fn an_index_comes_whole_or_for_one_platform() {
    let mut world = World::new();
    let kind = "application/vnd.docker.distribution.manifest.v2+json";
    let of = |world: &mut World, at: u8| world.hub.image(&[bytes(100, at)], &[]);
    let mut entries = Vec::new();
    for (at, architecture) in [(1, "amd64"), (2, "arm64")] {
        let digest = of(&mut world, at);
        entries.push(json!({
            "mediaType": kind, "digest": digest, "size": 1,
            "platform": {"os": "linux", "architecture": architecture},
        }));
    }
    let list = "application/vnd.docker.distribution.manifest.list.v2+json";
    let index = json!({"schemaVersion": 2, "mediaType": list, "manifests": entries}).to_string();
    world.hub.put(&index, list, &["v1"]);
    world.hub.wants = Wants::Token;
    world.hub.token_uses = 1;
    let report = copy(&mut world, &json!({})).ok();
    assert_eq!(report["images"].as_array().unwrap().len(), 3);
    assert_eq!(world.to.text("v1"), Some(index));
    let report = copy(
        &mut world,
        &json!({"platforms": ["linux/arm64"], "tags": ["arm"]}),
    )
    .ok();
    assert_eq!(report["digest"], entries[1]["digest"]);
}

#[test]
fn a_lone_image_is_taken_for_its_own_platform_only() {
    let mut world = world();
    let ended = copy(&mut world, &json!({"platforms": ["linux/amd64"]}));
    assert_eq!(ended.code(), "ecr.platform-not-found");
    let message = ended.outcome.failure.unwrap().message;
    assert!(message.ends_with("there is `linux/arm64`"), "{message}");
    let report = copy(
        &mut world,
        &json!({"platforms": ["linux/amd64", "linux/arm64"]}),
    )
    .ok();
    assert_eq!(report["images"][0]["platform"], "linux/arm64");
}

#[test]
fn referrers_come_by_the_api_and_by_the_tags_of_old() {
    let mut world = world();
    let manifest = world.from.manifest(&[bytes(9, 9)]);
    let image = digest_of(world.hub_text("v1").as_bytes());
    let artifact = |what: &str| {
        let mut artifact = manifest.clone();
        artifact["artifactType"] = what.into();
        artifact["subject"] = entry(world.hub_text("v1").as_bytes(), "x/y");
        artifact.to_string()
    };
    let (new, old) = (artifact("x/new"), artifact("x/old"));
    world.hub.blob(&bytes(9, 9));
    world.hub.blob(b"{\"layers\":1}");
    let kind = "application/vnd.oci.image.manifest.v1+json";
    let digest = world.hub.put(&new, kind, &[]);
    let name = format!("{}.sig", image.as_str().replace(':', "-"));
    world.hub.put(&old, kind, &[&name]);
    world.hub.referrers = None;
    let report = copy(&mut world, &json!({"referrers": true})).ok();
    assert_eq!(report["images"].as_array().unwrap().len(), 2);
    assert_eq!(world.to.text(&name), Some(old));
    assert_eq!(world.to.text(digest.as_str()), None);
    world.hub.referrers = Some(json!([{"mediaType": kind, "digest": digest, "size": 1}]));
    // This registry says the same of each: that is no endless chain.
    copy(&mut world, &json!({"referrers": true})).ok();
    assert_eq!(world.to.text(digest.as_str()), Some(new));
}

#[test]
fn an_old_manifest_tells_no_sizes_and_is_copied_all_the_same() {
    let mut world = World::new();
    let layers = [bytes(PART * 2 + 5, 1), bytes(7, 2)];
    for layer in &layers {
        world.hub.blob(layer);
    }
    let entries: Vec<Value> = layers
        .iter()
        .map(|it| json!({"blobSum": digest_of(it)}))
        .collect();
    let text = json!({"schemaVersion": 1, "name": "team/app", "tag": "v1", "fsLayers": entries});
    let kind = "application/vnd.docker.distribution.manifest.v1+json";
    world.hub.put(&text.to_string(), kind, &["v1"]);
    let report = copy(&mut world, &json!({})).ok();
    assert_eq!(report["bytesMoved"], PART * 2 + 5 + 7);
    assert_eq!(world.to.text("v1"), Some(text.to_string()));
}

#[test]
fn what_a_registry_does_not_have_is_told() {
    let mut world = world();
    let ended = copy(
        &mut world,
        &json!({"source": "registry.example/team/app:v9"}),
    );
    assert_eq!(ended.code(), "ecr.image-not-found");
    let message = ended.outcome.failure.unwrap().message;
    assert!(
        message.contains("registry.example/team/app:v9"),
        "{message}"
    );
    let ended = copy(&mut world, &json!({"sourceTags": true}));
    assert_eq!(ended.code(), "ecr.invalid-arguments");
}

#[test]
fn a_registry_that_gives_whole_layers_only_is_good_for_layers_of_one_part() {
    let mut world = World::new();
    world.hub.image(&[bytes(PART - 1, 1)], &["v1"]);
    world.hub.no_ranges = true;
    copy(&mut world, &json!({})).ok();
    let mut long = World::new();
    long.hub.image(&[bytes(PART * 99, 1)], &["v1"]);
    long.hub.no_ranges = true;
    assert_eq!(copy(&mut long, &json!({})).code(), "ecr.unreadable-answer");
}

#[test]
fn where_a_registry_is_follows_from_its_name() {
    use spola::machine::Effect;
    let first = |source: &str| {
        let args = json!({"source": source, "destination": TO});
        let options = spola_ecr::Options::default();
        let mut operation = spola_ecr::Operation::from_json("copy-image", args, options).unwrap();
        loop {
            if let Effect::Send(send) = operation.poll().expect("an effect") {
                break send.request.url().to_string();
            }
        }
    };
    for (source, url) in [
        (
            "docker.io/nginx:1.27",
            "https://registry-1.docker.io/v2/library/nginx/manifests/1.27",
        ),
        (
            "docker.io/a/b",
            "https://registry-1.docker.io/v2/a/b/manifests/latest",
        ),
        (
            "public.ecr.aws/docker/library/busybox:1",
            "https://public.ecr.aws/v2/docker/library/busybox/manifests/1",
        ),
        (
            "localhost:5000/a:b",
            "http://localhost:5000/v2/a/manifests/b",
        ),
        ("ghcr.io/a/b:c", "https://ghcr.io/v2/a/b/manifests/c"),
    ] {
        assert_eq!(first(source), url);
    }
    for wrong in [
        "ghcr.io/a/../b:c",
        "ghcr.io/A:c",
        "ghcr.io/:c",
        "https://ghcr.io/a",
        "x:y@ghcr.io/a",
    ] {
        let args = json!({"source": wrong, "destination": TO});
        let options = spola_ecr::Options::default();
        assert!(
            spola_ecr::Operation::from_json("copy-image", args, options).is_err(),
            "{wrong}"
        );
    }
}
