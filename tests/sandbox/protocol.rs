//! Transport: routes, regions, headers, hostile bodies.

use super::call::{NOW, builder, control, ecr, ecr_at, send};
use serde_json::json;
use spola_sandbox::Sandbox;

fn post(target: &str, body: &[u8]) -> http::Request<Vec<u8>> {
    http::Request::post("https://api.ecr.us-east-1.amazonaws.com/")
        .header("x-amz-target", target)
        .body(body.to_vec())
        .unwrap()
}

#[test]
fn every_answer_has_the_service_headers() {
    let mut sandbox = Sandbox::empty();
    let answer = ecr_at(
        &mut sandbox,
        "DescribeRepositories",
        &json!({}),
        1_767_323_045,
    );
    assert_eq!(answer.header("content-type"), "application/x-amz-json-1.1");
    assert_eq!(answer.header("date"), "Fri, 02 Jan 2026 03:04:05 GMT");
    assert_eq!(answer.header("x-amzn-requestid").len(), 36);
    let other = ecr(&mut sandbox, "DescribeRepositories", json!({}));
    assert_ne!(
        answer.header("x-amzn-requestid"),
        other.header("x-amzn-requestid")
    );
    let refused = ecr(
        &mut sandbox,
        "ListImages",
        json!({ "repositoryName": "none" }),
    );
    assert_eq!(refused.status, 400);
    assert_eq!(refused.body["__type"], "RepositoryNotFoundException");
    assert_eq!(
        refused.header("x-amzn-errortype"),
        "RepositoryNotFoundException"
    );
}

#[test]
fn what_is_no_operation_is_told() {
    let mut sandbox = Sandbox::empty();
    let prefix = "AmazonEC2ContainerRegistry_V20150921";
    for target in [
        "",
        "DescribeRepositories",
        "Other.DescribeRepositories",
        &format!("{prefix}.Nothing"),
    ] {
        let answer = send(&mut sandbox, post(target, b"{}"), NOW);
        assert_eq!(
            (answer.status, answer.code()),
            (400, "UnknownOperationException")
        );
    }
    let answer = builder(&mut sandbox, "GET", "/Nothing", &json!(null), NOW);
    assert_eq!(
        (answer.status, answer.code()),
        (404, "UnknownOperationException")
    );
}

#[test]
fn broken_and_hostile_bodies_are_refused() {
    let mut sandbox = Sandbox::empty();
    let target = "AmazonEC2ContainerRegistry_V20150921.DescribeRepositories";
    let deep = "[".repeat(100_000);
    for body in [b"{".as_slice(), b"[]", b"7", b"\xff\xfe", deep.as_bytes()] {
        let answer = send(&mut sandbox, post(target, body), NOW);
        assert_eq!(
            (answer.status, answer.code()),
            (400, "SerializationException")
        );
    }
    for body in [
        json!({ "maxResults": "1" }),
        json!({ "maxResults": 1.5 }),
        json!({ "repositoryNames": "app" }),
        json!({ "repositoryNames": [7] }),
    ] {
        let answer = ecr(&mut sandbox, "DescribeRepositories", body);
        assert_eq!(answer.code(), "SerializationException");
    }
    let huge = vec![b' '; (32 << 20) + 1];
    assert_eq!(send(&mut sandbox, post(target, &huge), NOW).status, 413);
    assert_eq!(send(&mut sandbox, post(target, b""), NOW).status, 200);
}

#[test]
fn null_counts_as_absent() {
    let mut sandbox = Sandbox::sample();
    let body =
        json!({ "repositoryName": "app", "nextToken": null, "filter": { "tagStatus": null } });
    ecr(&mut sandbox, "ListImages", body).ok();
    let answer = ecr(
        &mut sandbox,
        "ListImages",
        json!({ "repositoryName": null }),
    );
    assert_eq!(answer.code(), "InvalidParameterException");
    assert_eq!(
        answer.body["message"],
        "Invalid parameter at 'repositoryName' failed to satisfy constraint: 'Member must not be null'"
    );
}

#[test]
fn the_region_is_that_of_the_signature_else_of_the_host() {
    let mut sandbox = Sandbox::empty();
    let mut uri = |host: &str, scope: Option<&str>| {
        let mut request = http::Request::post(format!("https://{host}/")).header(
            "x-amz-target",
            "AmazonEC2ContainerRegistry_V20150921.CreateRepository",
        );
        if let Some(region) = scope {
            let value = format!(
                "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260102/{region}/ecr/aws4_request, \
                 SignedHeaders=host, Signature=00"
            );
            request = request.header("authorization", value);
        }
        let request = request
            .body(br#"{"repositoryName":"app"}"#.to_vec())
            .unwrap();
        let body = send(&mut sandbox, request, NOW).ok();
        body["repository"]["repositoryUri"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    let own = "123456789012.dkr.ecr";
    assert_eq!(
        uri("localhost:8080", None),
        format!("{own}.us-east-1.amazonaws.com/app")
    );
    assert_eq!(
        uri("ecr.eu-west-1.api.aws", None),
        format!("{own}.eu-west-1.amazonaws.com/app")
    );
    assert_eq!(
        uri("api.ecr.us-east-1.amazonaws.com", Some("cn-north-1")),
        format!("{own}.cn-north-1.amazonaws.com.cn/app")
    );
}

#[test]
fn accounts_have_registries_of_their_own() {
    let mut sandbox = Sandbox::empty();
    let callers = r#"{"callers":{"AKIAOTHER":"210987654321"}}"#;
    control(&mut sandbox, "POST", "settings", callers).ok();
    let request = http::Request::post("https://api.ecr.us-east-1.amazonaws.com/")
        .header(
            "x-amz-target",
            "AmazonEC2ContainerRegistry_V20150921.CreateRepository",
        )
        .header(
            "authorization",
            "AWS4-HMAC-SHA256 Credential=AKIAOTHER/20260102/us-east-1/ecr/aws4_request",
        )
        .body(br#"{"repositoryName":"theirs"}"#.to_vec())
        .unwrap();
    let made = send(&mut sandbox, request, NOW).ok();
    assert_eq!(made["repository"]["registryId"], "210987654321");
    let own = ecr(&mut sandbox, "DescribeRepositories", json!({})).ok();
    assert_eq!(own["repositories"], json!([]));
    let theirs = ecr(
        &mut sandbox,
        "DescribeRepositories",
        json!({ "registryId": "210987654321" }),
    )
    .ok();
    assert_eq!(theirs["repositories"][0]["repositoryName"], "theirs");
    let body = json!({ "registryId": "999999999999", "repositoryName": "app" });
    let unknown = ecr(&mut sandbox, "ListImages", body);
    assert_eq!(unknown.code(), "RepositoryNotFoundException");
    assert_eq!(
        unknown.body["message"],
        "The repository with name 'app' does not exist in the registry with id '999999999999'"
    );
}

#[test]
fn the_same_requests_give_the_same_bytes() {
    let run = || {
        let mut sandbox = Sandbox::sample();
        let first = ecr(
            &mut sandbox,
            "DescribeImages",
            json!({ "repositoryName": "app" }),
        );
        let body = json!({ "imageBuildVersionArn": "wrong" });
        let second = builder(&mut sandbox, "PUT", "/CancelImageCreation", &body, NOW);
        (first.bytes, second.bytes, first.headers, sandbox.to_bytes())
    };
    assert_eq!(run(), run());
}
