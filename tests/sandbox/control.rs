//! The control paths: state, faults, settings.

use super::call::{NOW, builder, control, ecr, send};
use serde_json::{Value, json};
use spola_sandbox::Sandbox;

#[test]
fn a_state_is_written_and_read_back_whole() {
    let mut sandbox = Sandbox::sample();
    ecr(
        &mut sandbox,
        "InitiateLayerUpload",
        json!({ "repositoryName": "app" }),
    )
    .ok();
    let bytes = sandbox.to_bytes();
    let mut read = Sandbox::from_bytes(&bytes).unwrap();
    assert_eq!(read.to_bytes(), bytes);
    let body = json!({ "repositoryName": "app", "imageIds": [{ "imageTag": "latest" }] });
    let one = ecr(&mut sandbox, "DescribeImages", body.clone());
    let other = ecr(&mut read, "DescribeImages", body);
    assert_eq!((one.status, one.bytes), (200, other.bytes));
}

#[test]
fn a_state_that_cannot_be_is_refused() {
    let mut sandbox = Sandbox::sample();
    ecr(&mut sandbox, "DescribeRepositories", json!({})).ok();
    let text = String::from_utf8(sandbox.to_bytes()).unwrap();
    for (bytes, code) in [
        ("".to_owned(), "sandbox.unreadable-state"),
        ("{}".to_owned(), "sandbox.unreadable-state"),
        (r#"{"version":9}"#.to_owned(), "sandbox.unknown-version"),
        (
            r#"{"version":1,"more":0}"#.to_owned(),
            "sandbox.unreadable-state",
        ),
        (
            text.replacen("schemaVersion", "SchemaVersion", 1),
            "sandbox.wrong-digest",
        ),
        (
            text.replacen("\"1.0.0\"", "\"1.1.0\"", 1),
            "sandbox.tag-twice",
        ),
        (
            text.replacen("\"team/worker\"", "\"Worker\"", 1),
            "sandbox.bad-name",
        ),
    ] {
        let error = Sandbox::from_bytes(bytes.as_bytes()).unwrap_err();
        assert_eq!(error.code(), code, "{error}");
        let answer = control(&mut sandbox, "PUT", "state", &bytes);
        assert_eq!((answer.status, &answer.body["code"]), (400, &json!(code)));
    }
    assert_eq!(control(&mut sandbox, "PUT", "state", &text).status, 200);
}

#[test]
fn what_changed_since_a_state_is_told_by_path() {
    let mut sandbox = Sandbox::sample();
    let before = String::from_utf8(sandbox.to_bytes()).unwrap();
    ecr(&mut sandbox, "DescribeRepositories", json!({})).ok();
    let told = |sandbox: &mut Sandbox| {
        let mut answer = control(sandbox, "POST", "diff", &before).ok();
        let changes = answer["changes"].take();
        let base = "/registries/123456789012/us-east-1/repositories";
        let changes = changes.as_array().unwrap().iter().map(|change| {
            let path = change["path"].as_str().unwrap().replace(base, "");
            (
                path,
                change.get("before").cloned(),
                change.get("after").cloned(),
            )
        });
        changes.collect::<Vec<_>>()
    };
    assert_eq!(told(&mut sandbox), []);
    let mutability = json!({ "repositoryName": "team/worker", "imageTagMutability": "IMMUTABLE" });
    ecr(&mut sandbox, "PutImageTagMutability", mutability).ok();
    let expected = (
        "/team~1worker/mutability".to_owned(),
        Some(json!("MUTABLE")),
        Some(json!("IMMUTABLE")),
    );
    assert_eq!(told(&mut sandbox), [expected]);
    let gone = json!({ "repositoryName": "team/worker" });
    ecr(&mut sandbox, "DeleteRepository", gone).ok();
    let changes = told(&mut sandbox);
    assert_eq!((changes.len(), changes[0].0.as_str()), (1, "/team~1worker"));
    assert!(changes[0].1.is_some() && changes[0].2.is_none());
    let made = json!({ "repositoryName": "a-b" });
    ecr(&mut sandbox, "CreateRepository", made).ok();
    fault(&mut sandbox, json!({ "kind": "throttling", "after": 9 }));
    let changes = told(&mut sandbox);
    let paths: Vec<&str> = changes.iter().map(|change| change.0.as_str()).collect();
    assert_eq!(paths, ["/faults", "/a-b", "/team~1worker"]);
    assert!(changes[1].1.is_none() && changes[1].2.is_some());
    assert_eq!(control(&mut sandbox, "POST", "diff", "{}").status, 400);
}

#[test]
fn reset_starts_anew() {
    let mut sandbox = Sandbox::sample();
    control(&mut sandbox, "POST", "reset", "").ok();
    let body = ecr(&mut sandbox, "DescribeRepositories", json!({})).ok();
    assert_eq!(body["repositories"], json!([]));
    control(&mut sandbox, "POST", "reset", r#"{"sample":true}"#).ok();
    let body = ecr(&mut sandbox, "DescribeRepositories", json!({})).ok();
    assert_eq!(body["repositories"].as_array().unwrap().len(), 3);
    assert_eq!(control(&mut sandbox, "POST", "other", "").status, 404);
}

fn fault(sandbox: &mut Sandbox, fault: Value) {
    control(sandbox, "POST", "faults", &json!([fault]).to_string()).ok();
}

fn statuses(sandbox: &mut Sandbox, count: usize) -> Vec<u16> {
    (0..count)
        .map(|_| ecr(sandbox, "DescribeRepositories", json!({})).status)
        .collect()
}

#[test]
fn a_fault_strikes_every_nth_call_of_its_operation() {
    let mut sandbox = Sandbox::sample();
    fault(
        &mut sandbox,
        json!({ "kind": "throttling", "operation": "DescribeRepositories", "every": 3 }),
    );
    assert_eq!(statuses(&mut sandbox, 6), [200, 200, 400, 200, 200, 400]);
    ecr(
        &mut sandbox,
        "ListImages",
        json!({ "repositoryName": "app" }),
    )
    .ok();
    fault(
        &mut sandbox,
        json!({ "kind": "server-error", "after": 1, "times": 2 }),
    );
    assert_eq!(statuses(&mut sandbox, 5), [200, 500, 500, 200, 200]);
}

#[test]
fn each_kind_of_fault_looks_as_the_service_would() {
    let mut sandbox = Sandbox::sample();
    for (kind, status, code) in [
        ("throttling", 400, "ThrottlingException"),
        ("server-error", 500, "ServerException"),
        ("service-unavailable", 503, "ServiceUnavailable"),
        ("expired-token", 400, "ExpiredTokenException"),
        ("skewed-clock", 400, "InvalidSignatureException"),
        ("access-denied", 400, "AccessDeniedException"),
        ("lost-answer", 500, "ServerException"),
    ] {
        fault(&mut sandbox, json!({ "kind": kind, "retryAfter": 7 }));
        let answer = ecr(&mut sandbox, "DescribeRegistry", json!({}));
        let _ = answer;
        let answer = ecr(&mut sandbox, "DescribeRepositories", json!({}));
        assert_eq!((answer.status, answer.code()), (status, code));
        assert_eq!(answer.header("retry-after"), "7");
    }
    fault(&mut sandbox, json!({ "kind": "throttling" }));
    let answer = builder(&mut sandbox, "POST", "/ListImages", &json!({}), NOW);
    assert_eq!(
        (answer.status, answer.code()),
        (429, "CallRateLimitExceededException")
    );
    fault(&mut sandbox, json!({ "kind": "bad-gateway" }));
    let answer = ecr(&mut sandbox, "DescribeRepositories", json!({}));
    assert_eq!(
        (answer.status, answer.header("content-type")),
        (502, "text/html")
    );
    fault(&mut sandbox, json!({ "kind": "truncated-body" }));
    let answer = ecr(&mut sandbox, "DescribeRepositories", json!({}));
    assert_eq!((answer.status, answer.body), (200, Value::Null));
    fault(
        &mut sandbox,
        json!({ "kind": "refusal", "code": "KmsException", "status": 400, "message": "no" }),
    );
    assert_eq!(
        ecr(&mut sandbox, "DescribeRepositories", json!({})).code(),
        "KmsException"
    );
}

#[test]
fn a_lost_answer_is_that_of_a_call_carried_out() {
    let mut sandbox = Sandbox::empty();
    fault(&mut sandbox, json!({ "kind": "lost-answer", "times": 1 }));
    let body = json!({ "repositoryName": "app" });
    assert_eq!(
        ecr(&mut sandbox, "CreateRepository", body.clone()).status,
        500
    );
    assert_eq!(
        ecr(&mut sandbox, "CreateRepository", body).code(),
        "RepositoryAlreadyExistsException"
    );
}

#[test]
fn half_of_a_part_may_be_taken() {
    let mut sandbox = Sandbox::sample();
    let body = ecr(
        &mut sandbox,
        "InitiateLayerUpload",
        json!({ "repositoryName": "app" }),
    )
    .ok();
    fault(&mut sandbox, json!({ "kind": "partial-part" }));
    let body = json!({
        "repositoryName": "app", "uploadId": body["uploadId"],
        "layerPartBlob": "aGVsbG8h", "partFirstByte": 0, "partLastByte": 5,
    });
    assert_eq!(
        ecr(&mut sandbox, "UploadLayerPart", body).ok()["lastByteReceived"],
        2
    );
}

#[test]
fn settings_can_distrust_a_clock_or_a_token() {
    let mut sandbox = Sandbox::empty();
    let settings = r#"{"checkClock":true,"expiredTokens":["OLD"]}"#;
    control(&mut sandbox, "POST", "settings", settings).ok();
    let mut call = |date: &str, token: &str| {
        let request = http::Request::post("https://api.ecr.us-east-1.amazonaws.com/")
            .header(
                "x-amz-target",
                "AmazonEC2ContainerRegistry_V20150921.DescribeRepositories",
            )
            .header("x-amz-date", date)
            .header("x-amz-security-token", token)
            .body(b"{}".to_vec())
            .unwrap();
        let answer = send(&mut sandbox, request, NOW);
        if answer.status == 200 {
            String::new()
        } else {
            answer.code().to_owned()
        }
    };
    assert_eq!(call("20270115T080000Z", "NEW"), "");
    assert_eq!(call("20270115T075500Z", "NEW"), "");
    assert_eq!(call("20270115T075459Z", "NEW"), "InvalidSignatureException");
    assert_eq!(call("20270115T080501Z", "NEW"), "InvalidSignatureException");
    assert_eq!(call("20270115T080000Z", "OLD"), "ExpiredTokenException");
    let wrong = control(&mut sandbox, "POST", "settings", r#"{"unknown":1}"#);
    assert_eq!(wrong.status, 400);
}
