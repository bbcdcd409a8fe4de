//! What stands around images: policies, scans, referrers.

use super::call::{NOW, OCI, ecr, ecr_at, manifest, put, trusting};
use serde_json::{Value, json};
use spola_sandbox::Sandbox;

const OPERATIONS: &str = "BatchCheckLayerAvailability BatchDeleteImage BatchGetImage \
    BatchGetRepositoryScanningConfiguration CompleteLayerUpload CreatePullThroughCacheRule \
    CreateRepository CreateRepositoryCreationTemplate DeleteLifecyclePolicy \
    DeletePullThroughCacheRule DeleteRegistryPolicy DeleteRepository \
    DeleteRepositoryCreationTemplate DeleteRepositoryPolicy DeleteSigningConfiguration \
    DeregisterPullTimeUpdateExclusion DescribeImageReplicationStatus DescribeImageScanFindings \
    DescribeImageSigningStatus DescribeImages DescribePullThroughCacheRules DescribeRegistry \
    DescribeReplicationBackfillResults DescribeRepositories DescribeRepositoryCreationTemplates \
    GetAccountSetting GetAuthorizationToken GetDownloadUrlForLayer GetLifecyclePolicy \
    GetLifecyclePolicyPreview GetRegistryPolicy GetRegistryScanningConfiguration \
    GetRepositoryPolicy GetSigningConfiguration InitiateLayerUpload ListImageReferrers ListImages \
    ListPullTimeUpdateExclusions ListReplicationBackfills ListTagsForResource PutAccountSetting \
    PutImage PutImageScanningConfiguration PutImageTagMutability PutLifecyclePolicy \
    PutRegistryPolicy PutRegistryScanningConfiguration PutReplicationConfiguration \
    PutSigningConfiguration RegisterPullTimeUpdateExclusion SetRepositoryPolicy StartImageScan \
    StartLifecyclePolicyPreview StartReplicationBackfill StopReplicationBackfill TagResource \
    UntagResource UpdateImageStorageClass UpdatePullThroughCacheRule \
    UpdateRepositoryCreationTemplate UploadLayerPart ValidatePullThroughCacheRule";

#[test]
fn every_operation_of_the_service_answers() {
    let mut sandbox = Sandbox::sample();
    for operation in OPERATIONS.split_whitespace() {
        let answer = ecr(&mut sandbox, operation, json!({}));
        assert_ne!(
            answer.body["__type"], "UnknownOperationException",
            "{operation}"
        );
        assert!(answer.status == 200 || answer.status == 400);
        assert!(
            answer.status == 200 || answer.body["message"].is_string(),
            "{operation}"
        );
    }
}

#[test]
fn an_authorization_token_lasts_twelve_hours() {
    let mut sandbox = Sandbox::empty();
    let body = ecr(&mut sandbox, "GetAuthorizationToken", json!({})).ok();
    let data = &body["authorizationData"][0];
    assert_eq!(
        data["proxyEndpoint"],
        "https://123456789012.dkr.ecr.us-east-1.amazonaws.com"
    );
    assert_eq!(
        data["expiresAt"],
        f64::from(u32::try_from(NOW + 12 * 3600).unwrap())
    );
    // `AWS:` in base64, but for the last two bits
    assert!(
        data["authorizationToken"]
            .as_str()
            .unwrap()
            .starts_with("QVdTO")
    );
}

/// Puts, gets and deletes a document, which is missing before and after.
fn there_and_back(names: [&str; 3], put: &Value, member: &str, code: &str) {
    let mut sandbox = trusting();
    let mut key = put.clone();
    key.as_object_mut().unwrap().remove(member);
    assert_eq!(ecr(&mut sandbox, names[1], key.clone()).code(), code);
    assert_eq!(ecr(&mut sandbox, names[2], key.clone()).code(), code);
    assert_eq!(
        ecr(&mut sandbox, names[0], put.clone()).ok()[member],
        put[member]
    );
    assert_eq!(
        ecr(&mut sandbox, names[1], key.clone()).ok()[member],
        put[member]
    );
    assert_eq!(
        ecr(&mut sandbox, names[2], key.clone()).ok()[member],
        put[member]
    );
    assert_eq!(ecr(&mut sandbox, names[1], key).code(), code);
}

fn policy() -> String {
    json!({ "Statement": [{ "Effect": "Allow", "Principal": "*", "Action": "ecr:*" }] }).to_string()
}

fn lifecycle(rules: &[Value]) -> String {
    let padding = " ".repeat(100);
    format!("{}{padding}", json!({ "rules": rules }))
}

fn keep_newest(priority: u64, count: u64) -> Value {
    json!({
        "rulePriority": priority,
        "selection": {
            "tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": count,
        },
        "action": { "type": "expire" },
    })
}

#[test]
fn policies_and_settings_are_kept_until_deleted() {
    there_and_back(
        [
            "SetRepositoryPolicy",
            "GetRepositoryPolicy",
            "DeleteRepositoryPolicy",
        ],
        &json!({ "repositoryName": "app", "policyText": policy() }),
        "policyText",
        "RepositoryPolicyNotFoundException",
    );
    there_and_back(
        [
            "PutRegistryPolicy",
            "GetRegistryPolicy",
            "DeleteRegistryPolicy",
        ],
        &json!({ "policyText": policy() }),
        "policyText",
        "RegistryPolicyNotFoundException",
    );
    let text = lifecycle(&[keep_newest(1, 3)]);
    there_and_back(
        [
            "PutLifecyclePolicy",
            "GetLifecyclePolicy",
            "DeleteLifecyclePolicy",
        ],
        &json!({ "repositoryName": "app", "lifecyclePolicyText": text }),
        "lifecyclePolicyText",
        "LifecyclePolicyNotFoundException",
    );
    let profile = "arn:aws:signer:us-east-1:123456789012:/signing-profiles/own";
    there_and_back(
        [
            "PutSigningConfiguration",
            "GetSigningConfiguration",
            "DeleteSigningConfiguration",
        ],
        &json!({ "signingConfiguration": { "rules": [{ "signingProfileArn": profile }] } }),
        "signingConfiguration",
        "SigningConfigurationNotFoundException",
    );
}

#[test]
fn a_lifecycle_policy_must_make_sense() {
    let mut sandbox = trusting();
    let tagged = |lists: Value| {
        let mut rule = keep_newest(1, 1);
        rule["selection"]["tagStatus"] = "tagged".into();
        for (name, value) in lists.as_object().unwrap() {
            rule["selection"][name] = value.clone();
        }
        rule
    };
    let mut no_unit = keep_newest(1, 1);
    no_unit["selection"]["countType"] = "sinceImagePushed".into();
    let wrong = [
        "x".repeat(100),
        lifecycle(&[]),
        lifecycle(&[keep_newest(0, 1)]),
        lifecycle(&[keep_newest(1, 0)]),
        lifecycle(&[keep_newest(1, 1), keep_newest(2, 1)]),
        lifecycle(&[tagged(json!({}))]),
        lifecycle(&[tagged(
            json!({ "tagPrefixList": ["a"], "tagPatternList": ["b"] }),
        )]),
        lifecycle(&[no_unit]),
        "{}".to_owned(),
    ];
    for text in wrong {
        let body = json!({ "repositoryName": "app", "lifecyclePolicyText": text });
        let answer = ecr(&mut sandbox, "PutLifecyclePolicy", body);
        assert_eq!(answer.code(), "InvalidParameterException", "{text}");
    }
}

#[test]
fn a_preview_tells_what_a_policy_would_delete() {
    let mut sandbox = trusting();
    for (number, tag) in ["v1", "v2", "v3", "keep-1"].into_iter().enumerate() {
        let body =
            json!({ "repositoryName": "app", "imageManifest": manifest(tag), "imageTag": tag });
        ecr_at(&mut sandbox, "PutImage", &body, NOW + number as u64).ok();
    }
    let kept = json!({
        "rulePriority": 1,
        "selection": {
            "tagStatus": "tagged", "tagPrefixList": ["keep-"], "countType": "imageCountMoreThan",
            "countNumber": 9,
        },
        "action": { "type": "expire" },
    });
    let text = lifecycle(&[kept, keep_newest(2, 2)]);
    let body = json!({ "repositoryName": "app", "lifecyclePolicyText": text });
    let later = NOW + 100;
    ecr_at(&mut sandbox, "StartLifecyclePolicyPreview", &body, later).ok();
    let again = ecr_at(&mut sandbox, "StartLifecyclePolicyPreview", &body, later);
    assert_eq!(again.code(), "LifecyclePolicyPreviewInProgressException");
    let name = json!({ "repositoryName": "app" });
    let running = ecr_at(&mut sandbox, "GetLifecyclePolicyPreview", &name, later).ok();
    assert_eq!(running["status"], "IN_PROGRESS");
    let done = ecr_at(&mut sandbox, "GetLifecyclePolicyPreview", &name, later + 5).ok();
    assert_eq!(done["status"], "COMPLETE");
    assert_eq!(done["summary"]["expiringImageTotalCount"], 2);
    let mut tags: Vec<&str> = done["previewResults"]
        .as_array()
        .unwrap()
        .iter()
        .map(|result| result["imageTags"][0].as_str().unwrap())
        .collect();
    tags.sort_unstable();
    assert_eq!(tags, ["v1", "v2"]);
}

#[test]
fn an_image_is_scanned_once_a_day() {
    let mut sandbox = Sandbox::sample();
    let image = |tag: &str| json!({ "repositoryName": "app", "imageId": { "imageTag": tag } });
    let body = image("1.0.0");
    let answer = ecr(&mut sandbox, "DescribeImageScanFindings", body.clone());
    assert_eq!(answer.code(), "ScanNotFoundException");
    ecr(&mut sandbox, "StartImageScan", body.clone()).ok();
    let again = ecr(&mut sandbox, "StartImageScan", body.clone());
    assert_eq!(again.code(), "LimitExceededException");
    let early = ecr(&mut sandbox, "DescribeImageScanFindings", body.clone()).ok();
    assert_eq!(early["imageScanStatus"]["status"], "IN_PROGRESS");
    let late = ecr_at(&mut sandbox, "DescribeImageScanFindings", &body, NOW + 9).ok();
    assert_eq!(late["imageScanStatus"]["status"], "COMPLETE");
    assert!(late["imageScanFindings"]["findings"].is_array());
    ecr_at(&mut sandbox, "StartImageScan", &body, NOW + 86_400).ok();
    let index = ecr(&mut sandbox, "StartImageScan", image("latest"));
    assert_eq!(index.code(), "UnsupportedImageTypeException");
    let missing = ecr(&mut sandbox, "StartImageScan", image("none"));
    assert_eq!(missing.code(), "ImageNotFoundException");
}

#[test]
fn referrers_are_found_by_their_subject() {
    let mut sandbox = trusting();
    let subject = put(&mut sandbox, &manifest("a"), Some("v1"));
    for number in 0..25 {
        let mut text: Value = serde_json::from_str(&manifest(&format!("r{number}"))).unwrap();
        text["subject"] = json!({ "mediaType": OCI, "digest": subject, "size": 1 });
        text["artifactType"] = if number == 0 {
            "application/x.sbom"
        } else {
            "application/x.sig"
        }
        .into();
        put(&mut sandbox, &text.to_string(), None);
    }
    let body = json!({ "repositoryName": "app", "subjectId": { "imageDigest": subject } });
    let first = ecr(&mut sandbox, "ListImageReferrers", body.clone()).ok();
    assert_eq!(first["referrers"].as_array().unwrap().len(), 20);
    assert!(first["referrers"][0]["annotations"]["label"].is_string());
    let mut next = body.clone();
    next["nextToken"] = first["nextToken"].clone();
    let second = ecr(&mut sandbox, "ListImageReferrers", next).ok();
    assert_eq!(second["referrers"].as_array().unwrap().len(), 5);
    let mut sbom = body;
    sbom["filter"] = json!({ "artifactTypes": ["application/x.sbom"] });
    let found = ecr(&mut sandbox, "ListImageReferrers", sbom).ok();
    assert_eq!(found["referrers"].as_array().unwrap().len(), 1);
}

#[test]
fn an_archived_image_is_listed_only_when_asked_for() {
    let mut sandbox = trusting();
    put(&mut sandbox, &manifest("a"), Some("v1"));
    let body = json!({
        "repositoryName": "app", "imageId": { "imageTag": "v1" }, "targetStorageClass": "ARCHIVE",
    });
    let moved = ecr(&mut sandbox, "UpdateImageStorageClass", body.clone()).ok();
    assert_eq!(moved["imageStatus"], "ARCHIVED");
    let again = ecr(&mut sandbox, "UpdateImageStorageClass", body);
    assert_eq!(again.code(), "ImageStorageClassUpdateNotSupportedException");
    let mut listed = |filter: Value| {
        let body = json!({ "repositoryName": "app", "filter": filter });
        ecr(&mut sandbox, "ListImages", body).ok()["imageIds"]
            .as_array()
            .unwrap()
            .len()
    };
    assert_eq!(listed(json!({})), 0);
    assert_eq!(listed(json!({ "imageStatus": "ARCHIVED" })), 1);
    assert_eq!(listed(json!({ "imageStatus": "ANY" })), 1);
    let body = json!({ "repositoryName": "app", "imageIds": [{ "imageTag": "v1" }] });
    let got = ecr(&mut sandbox, "BatchGetImage", body).ok();
    assert_eq!(got["failures"][0]["failureCode"], "ImageInaccessible");
}

#[test]
fn a_pull_through_rule_needs_a_known_upstream() {
    let mut sandbox = Sandbox::empty();
    let mut create = |prefix: &str, url: &str| {
        let body = json!({ "ecrRepositoryPrefix": prefix, "upstreamRegistryUrl": url });
        ecr(&mut sandbox, "CreatePullThroughCacheRule", body)
    };
    assert_eq!(create("quay", "quay.io").ok()["upstreamRegistry"], "quay");
    assert_eq!(
        create("quay", "quay.io").code(),
        "PullThroughCacheRuleAlreadyExistsException"
    );
    assert_eq!(
        create("other", "example.com").code(),
        "UnsupportedUpstreamRegistryException"
    );
    assert_eq!(
        create("hub", "registry-1.docker.io").code(),
        "InvalidParameterException"
    );
}
