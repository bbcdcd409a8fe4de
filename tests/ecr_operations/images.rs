//! Images: found, listed, taken apart, tagged and deleted with few calls.

use serde_json::{Map, Value, json};
use spola_sandbox::Sandbox;

use super::drive::{Done, HOST, answer, begin, drive, options, run, run_with, scripted};
use crate::sandbox::call::{NOW, OCI, control, ecr, ecr_at, manifest, put, trusting};

/// A repository `app` with so many images, each with one tag.
fn filled(count: u64) -> Sandbox {
    let mut sandbox = trusting();
    let body = json!({ "repositoryName": "app", "count": count, "tagsEach": 1 });
    control(&mut sandbox, "POST", "images", &body.to_string()).ok();
    sandbox
}

/// Puts an image into `app` a minute after all others.
fn put_last(sandbox: &mut Sandbox, tag: Option<&str>) -> String {
    let mut body = json!({ "repositoryName": "app", "imageManifest": manifest("last") });
    if let Some(tag) = tag {
        body["imageTag"] = tag.into();
    }
    let answer = ecr_at(sandbox, "PutImage", &body, NOW + 60).ok();
    let digest = answer["image"]["imageId"]["imageDigest"].as_str();
    digest.unwrap().to_owned()
}

fn app(sandbox: &mut Sandbox, name: &str) -> Done {
    run(sandbox, name, json!({ "repository": "app" }))
}

fn text<'o>(outputs: &'o Map<String, Value>, pointer: &str) -> &'o str {
    let mut parts = pointer.split('/');
    let mut value = &outputs[parts.next().unwrap()];
    for part in parts {
        value = match part.parse::<usize>() {
            Ok(at) => &value[at],
            Err(_) => &value[part],
        };
    }
    value
        .as_str()
        .unwrap_or_else(|| panic!("{pointer}: {value}"))
}

#[test]
fn the_newest_of_120_images_takes_one_call() {
    let mut sandbox = filled(120);
    let last = put_last(&mut sandbox, Some("last"));
    let done = app(&mut sandbox, "newest-image");
    assert_eq!(done.calls(), ["DescribeImages"]);
    let done = done.ok();
    assert_eq!(text(&done, "image/imageDigest"), last);
    assert_eq!(text(&done, "image/imageUri"), format!("{HOST}/app@{last}"));
    // By name, the same.
    let done = run(&mut sandbox, "resolve-image", json!({ "name": "app" }));
    assert_eq!(done.calls(), ["DescribeImages"]);
    let done = done.ok();
    assert_eq!(text(&done, "imageUri"), format!("{HOST}/app@{last}"));
    assert_eq!(text(&done, "imageTag"), "last");
}

#[test]
fn the_newest_of_1001_images_takes_two_calls_and_untagged_ones_do_not_count() {
    let mut sandbox = filled(1001);
    put_last(&mut sandbox, None);
    let done = app(&mut sandbox, "newest-image");
    assert_eq!(done.calls(), ["DescribeImages"; 2]);
    assert!(done.ok()["image"]["imageTags"].is_array());
    let args = json!({ "repository": "app", "tagStatus": "any" });
    let done = run(&mut sandbox, "newest-image", args).ok();
    assert_eq!(done["image"].get("imageTags"), None);
}

#[test]
fn the_newest_of_none_is_a_failure_unless_that_is_allowed() {
    let mut sandbox = trusting();
    let done = app(&mut sandbox, "newest-image");
    assert_eq!(done.refused(), "ecr.image-not-found");
    let args = json!({ "repository": "app", "missingOk": true });
    let done = run(&mut sandbox, "newest-image", args).ok();
    assert_eq!(done["image"], Value::Null);
    let done = run(&mut sandbox, "resolve-image", json!({ "name": "app" }));
    assert_eq!(done.refused(), "ecr.image-not-found");
    let done = run(&mut sandbox, "resolve-image", json!({ "name": "none" }));
    assert_eq!(done.refused(), "ecr.repository-not-found");
}

#[test]
fn the_newest_among_tags_that_fit_is_found() {
    let mut sandbox = Sandbox::sample();
    let args = json!({ "repository": "app", "pattern": r"^\d+\.\d+\.\d+$" });
    let done = run(&mut sandbox, "newest-image", args).ok();
    assert_eq!(done["image"]["imageTags"], json!(["2.0.0", "latest"]));
    let args = json!({ "repository": "app", "glob": "1.*" });
    let done = run(&mut sandbox, "newest-image", args).ok();
    assert_eq!(done["image"]["imageTags"], json!(["1.1.0", "stable"]));
}

#[test]
fn an_image_by_tag_or_digest_takes_one_call() {
    let mut sandbox = filled(120);
    let digest = put(&mut sandbox, &manifest("v1"), Some("v1"));
    for name in [
        "app:v1".to_owned(),
        format!("app@{digest}"),
        format!("{HOST}/app:v1@{digest}"),
    ] {
        let done = run(&mut sandbox, "get-image", json!({ "image": name }));
        assert_eq!(done.calls(), ["BatchGetImage"], "{name}");
        let types = done.requests[0].1["acceptedMediaTypes"].as_array().unwrap();
        assert_eq!(types.len(), 6);
        let done = done.ok();
        assert_eq!(text(&done, "image/imageDigest"), digest);
        assert_eq!(text(&done, "image/imageManifest"), manifest("v1"));
        let done = run(&mut sandbox, "describe-image", json!({ "image": name }));
        assert_eq!(done.calls(), ["DescribeImages"]);
        let done = done.ok();
        assert_eq!(done["image"]["imageTags"], json!(["v1"]));
        assert!(done["image"]["imagePushedAt"].is_number());
    }
}

#[test]
fn a_missing_image_is_typed_and_may_be_allowed() {
    let mut sandbox = Sandbox::sample();
    for name in ["get-image", "describe-image"] {
        let done = run(&mut sandbox, name, json!({ "image": "app:none" }));
        assert_eq!(done.refused(), "ecr.image-not-found", "{name}");
        assert!(done.message.contains("app:none"), "{}", done.message);
        let args = json!({ "image": "app:none", "missing_ok": true });
        assert_eq!(run(&mut sandbox, name, args).ok()["image"], Value::Null);
    }
    let begun = spola_ecr::Operation::from_json("get-image", json!({ "image": "app" }), options());
    let code = spola::Diagnostic::code(&begun.unwrap_err());
    assert_eq!(code, "ecr.missing-reference");
}

#[test]
fn a_manifest_that_is_not_what_its_digest_says_is_refused() {
    let image = json!({ "images": [{
        "imageId": { "imageDigest": format!("sha256:{}", "0".repeat(64)), "imageTag": "v1" },
        "imageManifest": manifest("v1"),
        "imageManifestMediaType": OCI,
    }] });
    let operation = begin("get-image", json!({ "image": "app:v1" }), &options());
    let done = drive(operation, &mut scripted(vec![answer(200, &image)]), false);
    assert_eq!(done.refused(), "ecr.digest-mismatch");
    assert_eq!(
        done.outputs["error"]["want"],
        format!("sha256:{}", "0".repeat(64))
    );
}

#[test]
fn images_are_listed_by_the_status_of_their_tags() {
    let mut sandbox = Sandbox::sample();
    for (status, expected) in [("any", 6), ("TAGGED", 3), ("untagged", 3)] {
        let args = json!({ "repository": "app", "tagStatus": status });
        let done = run(&mut sandbox, "list-images", args);
        assert_eq!(done.calls(), ["DescribeImages"]);
        assert_eq!(done.requests[0].1["registryId"], "123456789012");
        let found = done.ok()["images"].as_array().unwrap().len();
        assert_eq!(found, expected, "{status}");
    }
    let args = json!({ "repository": "app", "glob": "1.?.0" });
    let done = run(&mut sandbox, "list-images", args).ok();
    assert_eq!(done["images"].as_array().unwrap().len(), 2);
}

#[test]
fn an_inventory_of_1001_images_takes_thirteen_calls() {
    let mut sandbox = filled(1001);
    let done = app(&mut sandbox, "inventory");
    assert_eq!(done.count("DescribeImages"), 2);
    assert_eq!(done.count("BatchGetImage"), 11);
    let done = done.ok();
    assert_eq!(done["count"], 1001);
    assert_eq!(done["taggedCount"], 1001);
    let images = done["images"].as_array().unwrap();
    assert!(
        images
            .iter()
            .all(|image| image["imageManifest"].is_string())
    );
    assert_eq!(done["failures"], json!([]));
}

#[test]
fn what_an_inventory_could_not_get_is_reported() {
    let detail = |hex: &str| json!({ "imageDigest": format!("sha256:{}", hex.repeat(64)) });
    let page = json!({ "imageDetails": [detail("a"), detail("b")] });
    let failure = json!({ "imageId": detail("b"), "failureCode": "KmsError" });
    let mut answers = scripted(vec![
        answer(200, &page),
        answer(200, &json!({ "images": [], "failures": [failure] })),
    ]);
    let operation = begin("inventory", json!({ "repository": "app" }), &options());
    let done = drive(operation, &mut answers, false).ok();
    assert_eq!(done["failures"][0]["failureCode"], "KmsError");
    assert_eq!(done["count"], 2);
}

#[test]
fn an_empty_repository_has_an_empty_inventory() {
    let mut sandbox = trusting();
    let done = app(&mut sandbox, "inventory");
    assert_eq!(done.calls(), ["DescribeImages"]);
    assert_eq!(done.ok()["count"], 0);
}

#[test]
fn layers_and_config_come_without_the_registry_protocol() {
    let mut sandbox = Sandbox::sample();
    let args = json!({ "image": "app:1.0.0" });
    let done = run(&mut sandbox, "image-layers", args.clone());
    assert_eq!(done.calls(), ["BatchGetImage"]);
    let done = done.ok();
    assert_eq!(done["layers"].as_array().unwrap().len(), 2);
    assert_eq!(done["layers"][0]["foreign"], false);
    assert!(done["sizeInBytes"].as_u64().unwrap() > 0);
    // Availability is asked for, never made up.
    assert_eq!(done["layers"][0].get("layerAvailability"), None);
    let with_check = json!({ "image": "app:1.0.0", "check": true });
    let done = run(&mut sandbox, "image-layers", with_check);
    assert_eq!(
        done.calls(),
        ["BatchGetImage", "BatchCheckLayerAvailability"]
    );
    let done = done.ok();
    assert_eq!(text(&done, "layers/0/layerAvailability"), "AVAILABLE");
    assert_eq!(text(&done, "config/layerAvailability"), "AVAILABLE");

    let done = run(&mut sandbox, "image-config", args);
    assert_eq!(done.calls().len(), 3);
    assert_eq!(
        done.calls()[..2],
        ["BatchGetImage", "GetDownloadUrlForLayer"]
    );
    assert!(!done.calls()[2].contains('?'), "{}", done.calls()[2]);
    let done = done.ok();
    assert_eq!(done["config"]["architecture"], "amd64");
    assert_eq!(done["platform"], "linux/amd64");
}

#[test]
fn an_index_has_platforms_and_the_content_of_the_one_that_is_wanted() {
    let mut sandbox = Sandbox::sample();
    let args = json!({ "image": "app:latest" });
    let done = run(&mut sandbox, "image-platforms", args.clone());
    assert_eq!(done.calls(), ["BatchGetImage"]);
    let platforms = done.ok();
    assert_eq!(platforms["isIndex"], true);
    assert_eq!(text(&platforms, "platforms/0/platform"), "linux/amd64");
    assert_eq!(text(&platforms, "platforms/1/platform"), "linux/arm64");

    let arm = json!({ "image": "app:latest", "platform": "linux/arm64" });
    let done = run(&mut sandbox, "image-layers", arm.clone());
    assert_eq!(done.calls(), ["BatchGetImage"; 2]);
    let done = done.ok();
    assert_eq!(
        done["imageDigest"],
        platforms["platforms"][1]["imageDigest"]
    );
    let done = run(&mut sandbox, "image-config", arm).ok();
    assert_eq!(done["config"]["architecture"], "arm64");

    let done = run(&mut sandbox, "image-layers", args);
    assert_eq!(done.refused(), "ecr.which-platform");
    assert!(
        done.message.contains("`linux/amd64`, `linux/arm64`"),
        "{}",
        done.message
    );
    let other = json!({ "image": "app:latest", "platform": "windows/amd64" });
    let done = run(&mut sandbox, "image-config", other);
    assert_eq!(done.refused(), "ecr.platform-not-found");
    let one = json!({ "image": "app:1.0.0" });
    let done = run(&mut sandbox, "image-platforms", one).ok();
    assert_eq!(done["isIndex"], false);
    assert_eq!(text(&done, "platforms/0/platform"), "linux/amd64");
}

#[test]
fn a_config_that_is_not_what_its_digest_says_is_refused_and_a_stale_url_renewed() {
    let text = manifest("v1");
    let digest = spola_ecr::digest_of(text.as_bytes());
    let image = json!({ "images": [{
        "imageId": { "imageDigest": digest }, "imageManifest": text,
        "imageManifestMediaType": OCI,
    }] });
    let url = json!({ "downloadUrl": "https://layers.example/c?X-Amz-Signature=secret" });
    let mut answers = scripted(vec![
        answer(200, &image),
        answer(200, &url),
        answer(403, &json!({})),
        answer(200, &url),
        answer(200, &json!({ "architecture": "amd64" })),
    ]);
    let operation = begin("image-config", json!({ "image": "app:v1" }), &options());
    let done = drive(operation, &mut answers, false);
    assert_eq!(done.refused(), "ecr.digest-mismatch");
    assert_eq!(done.count("GetDownloadUrlForLayer"), 2);
    assert_eq!(done.count("GET https://layers.example/c"), 2);
    assert!(!done.message.contains("secret"));
}

#[test]
fn a_presigned_url_is_in_no_snapshot() {
    let text = manifest("v1");
    let digest = spola_ecr::digest_of(text.as_bytes());
    let image = json!({ "images": [{
        "imageId": { "imageDigest": digest }, "imageManifest": text,
        "imageManifestMediaType": OCI,
    }] });
    let url = json!({ "downloadUrl": "https://layers.example/c?X-Amz-Signature=secret" });
    let mut answers = scripted(vec![answer(200, &image), answer(200, &url)]);
    let mut operation = begin("image-config", json!({ "image": "app:v1" }), &options());
    let mut seen = 0;
    while seen < 3 {
        if let Some(spola::machine::Effect::Send(send)) = operation.poll() {
            seen += 1;
            if seen < 3 {
                operation.feed(answers(&send, 0)).unwrap();
            } else {
                assert!(send.auth.is_none());
                assert!(!format!("{send:?}").contains("secret"));
            }
        }
    }
    let snapshot = String::from_utf8(operation.snapshot()).unwrap();
    assert!(!snapshot.contains("secret"));
}

#[test]
fn retagging_takes_two_calls_and_one_for_each_further_tag() {
    let mut sandbox = Sandbox::sample();
    let args = json!({ "image": "app:1.0.0", "tags": ["old"] });
    let done = run(&mut sandbox, "tag-image", args);
    assert_eq!(done.calls(), ["BatchGetImage", "PutImage"]);
    let body = &done.requests[1].1;
    assert!(body["imageDigest"].is_string() && body["imageManifestMediaType"].is_string());
    assert_eq!(done.ok()["added"], json!(["old"]));
    // What is there is not put again; what names another image is moved.
    let args = json!({ "image": "app:1.0.0", "tags": ["1.0.0", "old", "latest"] });
    let done = run(&mut sandbox, "tag-image", args);
    assert_eq!(done.calls(), ["BatchGetImage", "PutImage"]);
    let done = done.ok();
    assert_eq!(done["present"], json!(["1.0.0", "old"]));
    assert_eq!(done["moved"], json!(["latest"]));
    let done = run(
        &mut sandbox,
        "tag-image",
        json!({ "image": "app:none", "tags": ["x"] }),
    );
    assert_eq!(done.refused(), "ecr.image-not-found");
}

#[test]
fn an_immutable_tag_is_present_or_in_conflict() {
    for repeat in ["tag", "image"] {
        let mut sandbox = Sandbox::sample();
        let settings = json!({ "immutableRepeat": repeat, "layers": "trusted" });
        control(&mut sandbox, "POST", "settings", &settings.to_string()).ok();
        let args = json!({ "repository": "team/api", "manifest": manifest("v9"), "tag": "v9" });
        let done = run(&mut sandbox, "put-image", args.clone());
        assert_eq!(done.calls(), ["PutImage"]);
        assert_eq!(done.ok()["change"], "put");
        let done = run(&mut sandbox, "put-image", args);
        assert_eq!(done.calls(), ["PutImage", "BatchGetImage"]);
        assert_eq!(done.ok()["change"], "present", "{repeat}");

        let other = json!({ "repository": "team/api", "manifest": manifest("v10"), "tag": "v9" });
        let done = run(&mut sandbox, "put-image", other);
        assert_eq!(done.refused(), "ecr.tag-conflict");
        let have = spola_ecr::digest_of(manifest("v9").as_bytes());
        assert_eq!(done.outputs["error"]["have"], have.to_string());
        let args = json!({ "repository": "team/api", "manifest": manifest("v10"), "tag": "v10" });
        run(&mut sandbox, "put-image", args).ok();
        let args = json!({ "image": "team/api:v10", "tags": ["v9"] });
        let done = run(&mut sandbox, "tag-image", args);
        assert_eq!(done.refused(), "ecr.tag-conflict");
    }
}

#[test]
fn a_put_tells_missing_layers_and_wrong_digests() {
    let mut sandbox = Sandbox::sample();
    let args = json!({ "repository": "app", "manifest": manifest("v1"), "tag": "v1" });
    let done = run(&mut sandbox, "put-image", args);
    assert_eq!(done.refused(), "ecr.layers-not-found");
    let args = json!({
        "repository": "app", "manifest": manifest("v1"),
        "digest": format!("sha256:{}", "0".repeat(64)),
    });
    let begun = spola_ecr::Operation::from_json("put-image", args, options());
    let code = spola::Diagnostic::code(&begun.unwrap_err());
    assert_eq!(code, "ecr.digest-mismatch");
}

#[test]
fn the_last_tag_of_an_image_is_kept_unless_it_is_to_go() {
    let mut sandbox = Sandbox::sample();
    let untag = |sandbox: &mut Sandbox, more: Value| {
        let mut args = json!({ "repository": "app" });
        for (name, value) in more.as_object().unwrap() {
            args[name] = value.clone();
        }
        run(sandbox, "untag-image", args)
    };
    let done = untag(&mut sandbox, json!({ "tags": ["stable", "none"] }));
    assert_eq!(
        done.calls(),
        ["BatchGetImage", "DescribeImages", "BatchDeleteImage"]
    );
    let done = done.ok();
    assert_eq!(done["removed"], json!(["stable"]));
    assert_eq!(done["missing"], json!(["none"]));
    let done = untag(&mut sandbox, json!({ "tags": ["1.1.0"] }));
    assert_eq!(done.refused(), "ecr.last-tag");
    let done = untag(
        &mut sandbox,
        json!({ "tags": ["1.1.0"], "deleteUntagged": true }),
    );
    assert_eq!(done.calls(), ["BatchDeleteImage"]);
    assert_eq!(done.ok()["removed"], json!(["1.1.0"]));
    let done = untag(&mut sandbox, json!({ "tags": ["none"] }));
    assert_eq!(done.calls(), ["BatchGetImage"]);
}

#[test]
fn images_are_deleted_by_what_they_are_indexes_before_their_children() {
    let mut sandbox = Sandbox::sample();
    let delete = |sandbox: &mut Sandbox, more: Value| {
        let mut args = json!({ "repository": "app" });
        for (name, value) in more.as_object().unwrap() {
            args[name] = value.clone();
        }
        run(sandbox, "delete-images", args)
    };
    let done = delete(&mut sandbox, json!({ "untagged": true, "dryRun": true }));
    assert_eq!(done.calls(), ["DescribeImages"]);
    let done = done.ok();
    assert_eq!(done["images"].as_array().unwrap().len(), 3);
    assert_eq!(done["deleted"], json!([]));
    // The children of an index that stays are kept.
    let done = delete(&mut sandbox, json!({ "untagged": true }));
    let done = done.ok();
    assert_eq!(done["deleted"].as_array().unwrap().len(), 1);
    assert_eq!(done["kept"].as_array().unwrap().len(), 2);
    // With their index they go.
    let done = delete(
        &mut sandbox,
        json!({ "untagged": true, "images": ["latest"] }),
    )
    .ok();
    assert_eq!(done["deleted"].as_array().unwrap().len(), 3);
    assert_eq!(done["kept"], json!([]));
    let left = app(&mut sandbox, "list-images").ok();
    assert_eq!(left["images"].as_array().unwrap().len(), 2);
    let done = delete(&mut sandbox, json!({ "images": ["none"] })).ok();
    assert_eq!(done["failures"][0]["failureCode"], "ImageNotFound");
    let done = delete(&mut sandbox, json!({ "keepNewest": 1 })).ok();
    assert_eq!(done["deleted"].as_array().unwrap().len(), 1);
    let left = app(&mut sandbox, "list-images").ok();
    assert_eq!(left["images"][0]["imageTags"], json!(["1.1.0", "stable"]));
    let nothing = json!({ "repository": "app" });
    assert!(spola_ecr::Operation::from_json("delete-images", nothing, options()).is_err());
}

#[test]
fn many_images_are_deleted_a_hundred_at_once() {
    let mut sandbox = filled(250);
    let args = json!({ "repository": "app", "pattern": "." });
    let done = run(&mut sandbox, "delete-images", args);
    assert_eq!(done.count("DescribeImages"), 1);
    assert_eq!(done.count("BatchDeleteImage"), 3);
    assert_eq!(done.ok()["deleted"].as_array().unwrap().len(), 250);
}

#[test]
fn names_are_resolved_with_one_call_or_none() {
    let mut sandbox = Sandbox::sample();
    let resolve = |sandbox: &mut Sandbox, args: Value| run(sandbox, "resolve-image", args);
    let done = resolve(&mut sandbox, json!({ "name": "app:1.0.0" }));
    assert_eq!(done.calls(), ["DescribeImages"]);
    let tagged = done.ok();
    let by_default = resolve(
        &mut sandbox,
        json!({ "name": "app", "defaultTag": "1.0.0" }),
    );
    assert_eq!(by_default.calls(), ["DescribeImages"]);
    assert_eq!(by_default.ok(), tagged);
    let uri = text(&tagged, "imageUri");
    let done = resolve(&mut sandbox, json!({ "name": uri, "check": false }));
    assert!(done.calls().is_empty());
    assert_eq!(text(&done.ok(), "imageUri"), uri);
    let done = resolve(&mut sandbox, json!({ "name": "app:none" }));
    assert_eq!(done.refused(), "ecr.image-not-found");
    let none = format!("app@sha256:{}", "0".repeat(64));
    let done = resolve(&mut sandbox, json!({ "name": none }));
    assert_eq!(done.refused(), "ecr.image-not-found");
    // Whose registry it is comes with the answer.
    let mut options = options();
    options.account = None;
    let args = json!({ "name": "app:1.0.0" });
    let done = run_with(&mut sandbox, "resolve-image", args, &options).ok();
    assert_eq!(text(&done, "imageUri"), uri);
}

#[test]
fn an_image_put_into_the_sample_can_be_found_again() {
    let mut sandbox = Sandbox::sample();
    let args = json!({
        "repository": "app",
        "manifest": spola_sandbox::sample_manifest(),
        "tag": "new",
    });
    let done = run(&mut sandbox, "put-image", args).ok();
    let body = json!({ "repositoryName": "app", "imageIds": [{ "imageTag": "new" }] });
    let found = ecr(&mut sandbox, "DescribeImages", body).ok();
    assert_eq!(found["imageDetails"][0]["imageDigest"], done["imageDigest"]);
}
