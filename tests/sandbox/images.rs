//! Images: put, read, describe, delete.

use super::call::{INDEX, NOW, OCI, control, ecr, ecr_at, manifest, put, trusting};
use serde_json::{Value, json};
use spola_sandbox::{Sandbox, sample_manifest, sample_manifest_media_type};

fn put_as(sandbox: &mut Sandbox, manifest: &str, tag: &str) -> super::call::Answer {
    let body = json!({ "repositoryName": "app", "imageManifest": manifest, "imageTag": tag });
    ecr(sandbox, "PutImage", body)
}

fn immutable(sandbox: &mut Sandbox, mutability: &str, filters: Value) {
    let mut body = json!({ "repositoryName": "app", "imageTagMutability": mutability });
    if !filters.is_null() {
        body["imageTagMutabilityExclusionFilters"] = filters;
    }
    ecr(sandbox, "PutImageTagMutability", body).ok();
}

#[test]
fn the_sample_manifest_can_be_put_anywhere_once() {
    let mut sandbox = Sandbox::sample();
    ecr(
        &mut sandbox,
        "CreateRepository",
        json!({ "repositoryName": "new" }),
    )
    .ok();
    for name in ["app", "new", "team/api"] {
        let body = json!({
            "repositoryName": name,
            "imageManifest": sample_manifest(),
            "imageManifestMediaType": sample_manifest_media_type(),
            "imageTag": "first",
        });
        let image = ecr(&mut sandbox, "PutImage", body.clone()).ok();
        assert_eq!(image["image"]["imageManifest"], sample_manifest());
        assert!(
            ecr(&mut sandbox, "PutImage", body)
                .code()
                .ends_with("AlreadyExistsException")
        );
    }
}

#[test]
fn the_digest_is_that_of_the_exact_text() {
    let mut sandbox = trusting();
    let spaced = manifest("a").replace("\"schemaVersion\":2", "\"schemaVersion\" : 2");
    let (plain, spaced) = (
        put(&mut sandbox, &manifest("a"), None),
        put(&mut sandbox, &spaced, None),
    );
    assert_ne!(plain, spaced);
    let body = json!({
        "repositoryName": "app", "imageManifest": manifest("b"), "imageDigest": plain,
    });
    assert_eq!(
        ecr(&mut sandbox, "PutImage", body).code(),
        "ImageDigestDoesNotMatchException"
    );
}

#[test]
fn a_tag_moves_and_leaves_its_image_untagged() {
    let mut sandbox = trusting();
    let old = put(&mut sandbox, &manifest("old"), Some("latest"));
    let new = put(&mut sandbox, &manifest("new"), Some("latest"));
    let body = json!({ "repositoryName": "app", "imageIds": [{ "imageTag": "latest" }] });
    let got = ecr(&mut sandbox, "BatchGetImage", body).ok();
    assert_eq!(
        got["images"][0]["imageId"],
        json!({ "imageDigest": new, "imageTag": "latest" })
    );
    let body = json!({ "repositoryName": "app", "filter": { "tagStatus": "UNTAGGED" } });
    let left = ecr(&mut sandbox, "ListImages", body).ok();
    assert_eq!(left["imageIds"], json!([{ "imageDigest": old }]));
}

#[test]
fn the_same_image_is_put_again_only_under_a_new_tag() {
    let mut sandbox = trusting();
    let digest = put(&mut sandbox, &manifest("a"), Some("v1"));
    let again = put_as(&mut sandbox, &manifest("a"), "v1");
    assert_eq!(again.code(), "ImageAlreadyExistsException");
    assert_eq!(
        again.body["message"],
        format!(
            "Image with digest '{digest}' and tag 'v1' already exists in the repository with name \
             'app' in registry with id '123456789012'"
        )
    );
    put_as(&mut sandbox, &manifest("a"), "v2").ok();
    let body = json!({ "repositoryName": "app", "imageManifest": manifest("a") });
    assert_eq!(
        ecr(&mut sandbox, "PutImage", body).code(),
        "ImageAlreadyExistsException"
    );
    let body = json!({ "repositoryName": "app" });
    let details = ecr(&mut sandbox, "DescribeImages", body).ok();
    assert_eq!(details["imageDetails"][0]["imageTags"], json!(["v1", "v2"]));
}

#[test]
fn immutable_tags_do_not_move() {
    let mut sandbox = trusting();
    put(&mut sandbox, &manifest("a"), Some("v1"));
    immutable(&mut sandbox, "IMMUTABLE", Value::Null);
    let other = put_as(&mut sandbox, &manifest("b"), "v1");
    assert_eq!(other.code(), "ImageTagAlreadyExistsException");
    let same = put_as(&mut sandbox, &manifest("a"), "v1");
    assert_eq!(same.code(), "ImageTagAlreadyExistsException");
    control(
        &mut sandbox,
        "POST",
        "settings",
        r#"{"immutableRepeat":"image"}"#,
    )
    .ok();
    let same = put_as(&mut sandbox, &manifest("a"), "v1");
    assert_eq!(same.code(), "ImageAlreadyExistsException");
    put_as(&mut sandbox, &manifest("b"), "v2").ok();
}

#[test]
fn exclusions_turn_the_mutability_of_a_tag_around() {
    let mut sandbox = trusting();
    let filters = json!([{ "filterType": "WILDCARD", "filter": "dev-*" }]);
    put(&mut sandbox, &manifest("a"), Some("dev-1"));
    put_as(&mut sandbox, &manifest("a"), "v1").ok();
    immutable(&mut sandbox, "IMMUTABLE_WITH_EXCLUSION", filters.clone());
    put_as(&mut sandbox, &manifest("b"), "dev-1").ok();
    assert_eq!(
        put_as(&mut sandbox, &manifest("c"), "v1").code(),
        "ImageTagAlreadyExistsException"
    );
    immutable(&mut sandbox, "MUTABLE_WITH_EXCLUSION", filters);
    assert_eq!(
        put_as(&mut sandbox, &manifest("d"), "dev-1").code(),
        "ImageTagAlreadyExistsException"
    );
    put_as(&mut sandbox, &manifest("e"), "v1").ok();
}

#[test]
fn a_manifest_needs_its_layers_and_children() {
    let mut sandbox = Sandbox::sample();
    let missing = put_as(&mut sandbox, &manifest("a"), "v1");
    assert_eq!(missing.code(), "LayersNotFoundException");
    let (config, layer) = ("c".repeat(64), "d".repeat(64));
    assert_eq!(
        missing.body["message"],
        format!(
            "Layers with digests '[sha256:{config}, sha256:{layer}]' required for pushing image \
             into repository with name 'app' in the registry with id '123456789012' do not exist"
        )
    );
    let child = format!("sha256:{}", "e".repeat(64));
    let index = json!({
        "schemaVersion": 2, "mediaType": INDEX,
        "manifests": [{ "mediaType": OCI, "digest": child, "size": 3 }],
    });
    let missing = put_as(&mut sandbox, &index.to_string(), "v1");
    assert_eq!(missing.code(), "ReferencedImagesNotFoundException");
    assert!(
        missing.body["message"]
            .as_str()
            .unwrap()
            .contains(&format!("'[{child}]'"))
    );
}

#[test]
fn foreign_layers_need_not_be_there() {
    let mut sandbox = Sandbox::sample();
    let mut text: Value = serde_json::from_str(&sample_manifest()).unwrap();
    text["layers"][0] = json!({
        "mediaType": "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
        "digest": format!("sha256:{}", "f".repeat(64)), "size": 9, "urls": ["https://example.com/l"],
    });
    put_as(&mut sandbox, &text.to_string(), "windows").ok();
}

#[test]
fn a_manifest_has_a_media_type_that_is_stored() {
    let mut sandbox = trusting();
    let mut text: Value = serde_json::from_str(&manifest("a")).unwrap();
    text.as_object_mut().unwrap().remove("mediaType");
    let mut put = |manifest: &str, media_type: Option<&str>| {
        let mut body = json!({ "repositoryName": "app", "imageManifest": manifest });
        if let Some(media_type) = media_type {
            body["imageManifestMediaType"] = media_type.into();
        }
        ecr(&mut sandbox, "PutImage", body)
    };
    let bare = text.to_string();
    assert_eq!(put(&bare, None).code(), "InvalidParameterException");
    assert_eq!(
        put(&bare, Some("text/plain")).code(),
        "InvalidParameterException"
    );
    assert_eq!(
        put(&manifest("a"), Some(INDEX)).code(),
        "InvalidParameterException"
    );
    for broken in ["no json", "[]", "{}", r#"{"mediaType":7}"#] {
        assert_eq!(put(broken, Some(OCI)).code(), "InvalidParameterException");
    }
    assert_eq!(put("", Some(OCI)).code(), "InvalidParameterException");
    assert_eq!(
        put(&bare, Some(OCI)).ok()["image"]["imageManifestMediaType"],
        OCI
    );
}

#[test]
fn a_batch_reports_what_it_did_not_find() {
    let mut sandbox = trusting();
    let digest = put(&mut sandbox, &manifest("a"), Some("v1"));
    let other = put(&mut sandbox, &manifest("b"), Some("v2"));
    let unknown = format!("sha256:{}", "0".repeat(64));
    let ids = json!([
        { "imageTag": "v1" }, { "imageDigest": digest }, { "imageTag": "none" },
        { "imageDigest": unknown }, { "imageDigest": "junk" }, {},
        { "imageDigest": other, "imageTag": "v1" }, { "imageTag": "-bad" },
    ]);
    let body = json!({ "repositoryName": "app", "imageIds": ids });
    let got = ecr(&mut sandbox, "BatchGetImage", body).ok();
    let images = got["images"].as_array().unwrap();
    assert_eq!(images.len(), 2);
    assert_eq!(images[1]["imageId"], json!({ "imageDigest": digest }));
    assert_eq!(images[0]["imageManifest"], manifest("a"));
    let codes: Vec<&str> = got["failures"]
        .as_array()
        .unwrap()
        .iter()
        .map(|failure| failure["failureCode"].as_str().unwrap())
        .collect();
    let expected = [
        "ImageNotFound",
        "ImageNotFound",
        "InvalidImageDigest",
        "MissingDigestAndTag",
        "ImageTagDoesNotMatchDigest",
        "InvalidImageTag",
    ];
    assert_eq!(codes, expected);
    assert_eq!(got["failures"][0]["imageId"], json!({ "imageTag": "none" }));
}

#[test]
fn a_batch_has_1_to_100_ids() {
    let mut sandbox = trusting();
    put(&mut sandbox, &manifest("a"), Some("v1"));
    for operation in ["BatchGetImage", "BatchDeleteImage", "DescribeImages"] {
        for count in [0, 101] {
            let ids = vec![json!({ "imageTag": "v1" }); count];
            let body = json!({ "repositoryName": "app", "imageIds": ids });
            assert_eq!(
                ecr(&mut sandbox, operation, body).code(),
                "InvalidParameterException"
            );
        }
    }
    let ids: Vec<Value> = (0..100)
        .map(|n| json!({ "imageTag": format!("t{n}") }))
        .collect();
    let body = json!({ "repositoryName": "app", "imageIds": ids });
    let got = ecr(&mut sandbox, "BatchGetImage", body).ok();
    assert_eq!(got["failures"].as_array().unwrap().len(), 100);
}

#[test]
fn a_description_fails_with_any_unknown_id() {
    let mut sandbox = trusting();
    let digest = put(&mut sandbox, &manifest("a"), Some("v1"));
    let body = json!({ "repositoryName": "app", "imageIds": [{ "imageTag": "v1" }, { "imageTag": "v2" }] });
    let answer = ecr(&mut sandbox, "DescribeImages", body);
    assert_eq!(
        (answer.status, answer.code()),
        (400, "ImageNotFoundException")
    );
    assert_eq!(
        answer.body["message"],
        "The image with imageId {imageDigest:'null', imageTag:'v2'} does not exist within the \
         repository with name 'app' in the registry with id '123456789012'"
    );
    let body = json!({ "repositoryName": "app", "imageIds": [{ "imageTag": "v1" }, { "imageDigest": digest }] });
    let details = ecr_at(&mut sandbox, "DescribeImages", &body, NOW + 9).ok();
    assert_eq!(
        details["imageDetails"],
        json!([{
            "registryId": "123456789012", "repositoryName": "app", "imageDigest": digest,
            "imageTags": ["v1"], "imageSizeInBytes": 107,
            "imagePushedAt": f64::from(u32::try_from(NOW).unwrap()),
            "imageManifestMediaType": OCI,
            "artifactMediaType": "application/vnd.oci.image.config.v1+json",
            "imageStatus": "ACTIVE",
        }])
    );
}

#[test]
fn deleting_the_last_tag_deletes_the_image() {
    let mut sandbox = trusting();
    let digest = put(&mut sandbox, &manifest("a"), Some("v1"));
    put_as(&mut sandbox, &manifest("a"), "v2").ok();
    let delete = |sandbox: &mut Sandbox, id: Value| {
        let body = json!({ "repositoryName": "app", "imageIds": [id] });
        ecr(sandbox, "BatchDeleteImage", body).ok()
    };
    let gone = delete(&mut sandbox, json!({ "imageTag": "v1" }));
    assert_eq!(
        gone["imageIds"],
        json!([{ "imageDigest": digest, "imageTag": "v1" }])
    );
    delete(&mut sandbox, json!({ "imageTag": "v2" }));
    let failed = delete(&mut sandbox, json!({ "imageDigest": digest }));
    assert_eq!(failed["failures"][0]["failureCode"], "ImageNotFound");
}

#[test]
fn deleting_by_digest_takes_every_tag() {
    let mut sandbox = trusting();
    let digest = put(&mut sandbox, &manifest("a"), Some("v1"));
    put_as(&mut sandbox, &manifest("a"), "v2").ok();
    let body = json!({ "repositoryName": "app", "imageIds": [{ "imageDigest": digest }] });
    let gone = ecr(&mut sandbox, "BatchDeleteImage", body).ok();
    assert_eq!(gone["imageIds"].as_array().unwrap().len(), 2);
    let left = ecr(
        &mut sandbox,
        "ListImages",
        json!({ "repositoryName": "app" }),
    )
    .ok();
    assert_eq!(left["imageIds"], json!([]));
}

#[test]
fn a_child_of_an_index_outlives_a_delete() {
    let mut sandbox = Sandbox::sample();
    let body = json!({ "repositoryName": "app", "imageIds": [{ "imageTag": "latest" }] });
    let index = ecr(&mut sandbox, "BatchGetImage", body).ok()["images"][0].clone();
    let text: Value = serde_json::from_str(index["imageManifest"].as_str().unwrap()).unwrap();
    let child = json!({ "imageDigest": text["manifests"][0]["digest"] });
    let body = json!({ "repositoryName": "app", "imageIds": [child] });
    let kept = ecr(&mut sandbox, "BatchDeleteImage", body).ok();
    assert_eq!(
        kept["failures"][0]["failureCode"],
        "ImageReferencedByManifestList"
    );
    let index = json!({ "imageDigest": index["imageId"]["imageDigest"] });
    let body = json!({ "repositoryName": "app", "imageIds": [index, child] });
    let gone = ecr(&mut sandbox, "BatchDeleteImage", body).ok();
    assert_eq!(gone["failures"], json!([]));
}

#[test]
fn a_full_repository_takes_no_more() {
    let mut sandbox = trusting();
    control(
        &mut sandbox,
        "POST",
        "settings",
        r#"{"imagesPerRepository":1}"#,
    )
    .ok();
    put(&mut sandbox, &manifest("a"), Some("v1"));
    assert_eq!(
        put_as(&mut sandbox, &manifest("b"), "v2").code(),
        "LimitExceededException"
    );
}
