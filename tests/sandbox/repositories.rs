//! Repositories.

use super::call::{NOW, ecr, put, trusting};
use serde_json::json;
use spola_sandbox::Sandbox;

#[test]
fn a_repository_is_created_once() {
    let mut sandbox = Sandbox::empty();
    let body = json!({ "repositoryName": "team/app", "tags": [{ "Key": "team", "Value": "x" }] });
    let made = ecr(&mut sandbox, "CreateRepository", body.clone()).ok();
    assert_eq!(
        made["repository"],
        json!({
            "repositoryArn": "arn:aws:ecr:us-east-1:123456789012:repository/team/app",
            "registryId": "123456789012",
            "repositoryName": "team/app",
            "repositoryUri": "123456789012.dkr.ecr.us-east-1.amazonaws.com/team/app",
            "createdAt": f64::from(u32::try_from(NOW).unwrap()),
            "imageTagMutability": "MUTABLE",
            "imageScanningConfiguration": { "scanOnPush": false },
            "encryptionConfiguration": { "encryptionType": "AES256" },
        })
    );
    let again = ecr(&mut sandbox, "CreateRepository", body);
    assert_eq!(
        (again.status, again.code()),
        (400, "RepositoryAlreadyExistsException")
    );
    let body = json!({ "resourceArn": made["repository"]["repositoryArn"] });
    let tags = ecr(&mut sandbox, "ListTagsForResource", body).ok();
    assert_eq!(tags["tags"], json!([{ "Key": "team", "Value": "x" }]));
}

#[test]
fn names_are_checked_as_the_service_does() {
    let mut sandbox = Sandbox::empty();
    for name in ["a", "A", "a..b", "-ab", "ab/", &"a".repeat(257)] {
        let answer = ecr(
            &mut sandbox,
            "CreateRepository",
            json!({ "repositoryName": name }),
        );
        assert_eq!(answer.code(), "InvalidParameterException", "{name}");
        let message = answer.body["message"].as_str().unwrap();
        let begin = "Invalid parameter at 'repositoryName' failed to satisfy constraint: '";
        assert!(message.starts_with(begin), "{message}");
    }
    for name in ["ab", "a__b", "a--b", &"a".repeat(256)] {
        ecr(
            &mut sandbox,
            "CreateRepository",
            json!({ "repositoryName": name }),
        )
        .ok();
    }
}

#[test]
fn one_unknown_name_fails_the_whole_description() {
    let mut sandbox = Sandbox::sample();
    let body = json!({ "repositoryNames": ["app", "nothing"] });
    let answer = ecr(&mut sandbox, "DescribeRepositories", body);
    assert_eq!(
        (answer.status, answer.code()),
        (400, "RepositoryNotFoundException")
    );
    assert_eq!(
        answer.body["message"],
        "The repository with name 'nothing' does not exist in the registry with id '123456789012'"
    );
    let body = json!({ "repositoryNames": ["app"], "maxResults": 5 });
    let answer = ecr(&mut sandbox, "DescribeRepositories", body);
    assert_eq!(answer.code(), "InvalidParameterException");
    let body = json!({ "repositoryNames": vec!["app"; 101] });
    let answer = ecr(&mut sandbox, "DescribeRepositories", body);
    assert_eq!(
        answer.body["message"],
        "Invalid parameter at 'repositoryNames' failed to satisfy constraint: \
         'Member must have length less than or equal to 100'"
    );
}

#[test]
fn a_repository_with_images_is_deleted_by_force_only() {
    let mut sandbox = trusting();
    put(&mut sandbox, &super::call::manifest("a"), Some("v1"));
    let answer = ecr(
        &mut sandbox,
        "DeleteRepository",
        json!({ "repositoryName": "app" }),
    );
    assert_eq!(answer.code(), "RepositoryNotEmptyException");
    let body = json!({ "repositoryName": "app", "force": true });
    let gone = ecr(&mut sandbox, "DeleteRepository", body.clone()).ok();
    assert_eq!(gone["repository"]["repositoryName"], "app");
    let answer = ecr(&mut sandbox, "DeleteRepository", body);
    assert_eq!(answer.code(), "RepositoryNotFoundException");
}

#[test]
fn exclusion_filters_stand_only_beside_the_values_with_exclusion() {
    let mut sandbox = trusting();
    let filters = json!([{ "filterType": "WILDCARD", "filter": "dev-*" }]);
    let mut set = |mutability: &str, filters: Option<&serde_json::Value>| {
        let mut body = json!({ "repositoryName": "app", "imageTagMutability": mutability });
        if let Some(filters) = filters {
            body["imageTagMutabilityExclusionFilters"] = filters.clone();
        }
        ecr(&mut sandbox, "PutImageTagMutability", body)
    };
    assert_eq!(
        set("IMMUTABLE_WITH_EXCLUSION", None).code(),
        "InvalidParameterException"
    );
    assert_eq!(
        set("IMMUTABLE", Some(&filters)).code(),
        "InvalidParameterException"
    );
    assert_eq!(set("SOMETIMES", None).code(), "InvalidParameterException");
    let body = set("IMMUTABLE_WITH_EXCLUSION", Some(&filters)).ok();
    assert_eq!(body["imageTagMutabilityExclusionFilters"], filters);
}

#[test]
fn resource_tags_are_added_replaced_and_removed() {
    let mut sandbox = trusting();
    let arn = "arn:aws:ecr:us-east-1:123456789012:repository/app";
    let tag = |key: &str, value: &str| json!({ "Key": key, "Value": value });
    let body = json!({ "resourceArn": arn, "tags": [tag("a", "1"), tag("b", "2")] });
    ecr(&mut sandbox, "TagResource", body).ok();
    let body = json!({ "resourceArn": arn, "tags": [tag("a", "3")] });
    ecr(&mut sandbox, "TagResource", body).ok();
    let body = json!({ "resourceArn": arn, "tagKeys": ["b", "none"] });
    ecr(&mut sandbox, "UntagResource", body).ok();
    let body = ecr(
        &mut sandbox,
        "ListTagsForResource",
        json!({ "resourceArn": arn }),
    )
    .ok();
    assert_eq!(body["tags"], json!([tag("a", "3")]));
    let many: Vec<_> = (0..50).map(|n| tag(&format!("k{n}"), "")).collect();
    let answer = ecr(
        &mut sandbox,
        "TagResource",
        json!({ "resourceArn": arn, "tags": many }),
    );
    assert_eq!(answer.code(), "TooManyTagsException");
    let body = json!({ "resourceArn": arn, "tags": [tag("aws:x", "")] });
    assert_eq!(
        ecr(&mut sandbox, "TagResource", body).code(),
        "InvalidTagParameterException"
    );
    for (arn, code) in [
        (
            "arn:aws:ecr:us-east-1:123456789012:repository/none",
            "RepositoryNotFoundException",
        ),
        (
            "arn:aws:ecr:us-east-1:123456789012",
            "InvalidParameterException",
        ),
    ] {
        let answer = ecr(
            &mut sandbox,
            "ListTagsForResource",
            json!({ "resourceArn": arn }),
        );
        assert_eq!(answer.code(), code);
    }
}
