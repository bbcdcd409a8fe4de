//! Signatures that the sandbox computes again when it is told to.

use std::time::Duration;

use http::Request;
use spola::auth::{Auth, AwsCredentials, Credentials, Scheme, Secret};
use spola_sandbox::Sandbox;

use super::call::{Answer, NOW, control, send};
use crate::harness::authorize;

const KEY: &str = "AKIAIOSFODNN7EXAMPLE";
const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
/// 2026-01-02 03:04:05 UTC.
const PUBLISHED: u64 = 1_767_323_045;

/// A sandbox that knows one key.
fn strict() -> Sandbox {
    let mut sandbox = Sandbox::sample();
    let settings = format!(
        r#"{{"verifySignatures":true,"secretKeys":{{"{KEY}":"{SECRET}"}},"expiredTokens":["OLD"]}}"#
    );
    control(&mut sandbox, "POST", "settings", &settings).ok();
    sandbox
}

fn list(body: &str) -> Request<Vec<u8>> {
    Request::post("https://api.ecr.us-east-1.amazonaws.com/")
        .header("content-type", "application/x-amz-json-1.1")
        .header(
            "x-amz-target",
            "AmazonEC2ContainerRegistry_V20150921.DescribeRepositories",
        )
        .body(body.as_bytes().to_vec())
        .unwrap()
}

/// Signs with the engine.
fn signed(
    request: Request<Vec<u8>>,
    service: &str,
    token: Option<&str>,
    at: u64,
) -> Request<Vec<u8>> {
    let auth = Auth {
        source: "aws".into(),
        schemes: vec![Scheme::SigV4 {
            service: service.into(),
            region: "us-east-1".into(),
        }],
        ..Auth::default()
    };
    let credentials = Credentials {
        aws: Some(AwsCredentials::new(KEY, SECRET, token.map(Secret::from))),
        ..Credentials::default()
    };
    authorize(request, &auth, &credentials, Duration::from_secs(at)).unwrap()
}

fn told(answer: &Answer) -> (u16, &str) {
    let code = answer.header("x-amzn-errortype");
    (answer.status, code)
}

/// Makes one header another.
fn with(mut request: Request<Vec<u8>>, name: &'static str, value: &str) -> Request<Vec<u8>> {
    request.headers_mut().insert(name, value.parse().unwrap());
    request
}

#[test]
fn published_signatures_are_believed() {
    let (names, no_body) = ("content-type;host;x-amz-date", Vec::new());
    let builder = "https://imagebuilder.us-east-1.amazonaws.com";
    let arn = "arn%3Aaws%3Aimagebuilder%3Aus-east-1%3A123456789012%3Aimage%2Fdemo%2F1.0.0%2F1";
    let body = r#"{"repositoryNames":["a/b"]}"#;
    let get = Request::get(format!("{builder}/GetImage?imageBuildVersionArn={arn}"));
    let put = Request::put(format!("{builder}/CreateImage"))
        .header("content-type", "application/json")
        .body(br#"{"clientToken":"t1"}"#.to_vec());
    for (request, service, names, signature) in [
        (
            list(body),
            "ecr",
            &format!("{names};x-amz-target")[..],
            "9d7100d30b5eb8d537167f5e2585a27d14958f3cf57e1e2348ef6a566cd9b7cc",
        ),
        (
            with(list(body), "x-amz-security-token", "SESSIONTOKEN"),
            "ecr",
            &format!("{names};x-amz-security-token;x-amz-target"),
            "0c7c8a69838571425869a3a135b31d1e45c1567a0f24ad770a58106d018d9556",
        ),
        (
            get.body(no_body).unwrap(),
            "imagebuilder",
            "host;x-amz-date",
            "30ea6e0f933463f5ce313cdcf3ff7f5e39fbae1fd233be79635b8284eb39e5df",
        ),
        (
            put.unwrap(),
            "imagebuilder",
            names,
            "cfbbb1d2a5fec25d3049ff672de3fc93536fc90163ab3eaa78b40e5b4a7f71f1",
        ),
    ] {
        let request = with(request, "x-amz-date", "20260102T030405Z");
        let scope = format!("{KEY}/20260102/us-east-1/{service}/aws4_request");
        let header = |signature: &str| {
            format!(
                "AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders={names}, Signature={signature}"
            )
        };
        let good = with(request.clone(), "authorization", &header(signature));
        let answer = send(&mut strict(), good, PUBLISHED);
        assert!(!answer.header("x-amzn-errortype").contains("Signature"));
        let bad = with(
            request,
            "authorization",
            &header(&signature.replace('9', "8")),
        );
        let status = if service == "ecr" { 400 } else { 403 };
        let answer = send(&mut strict(), bad, PUBLISHED);
        assert_eq!(told(&answer), (status, "InvalidSignatureException"));
    }
}

#[test]
fn what_the_engine_signs_is_believed() {
    let mut sandbox = strict();
    let answer = send(&mut sandbox, signed(list("{}"), "ecr", None, NOW), NOW);
    assert_eq!(answer.status, 200, "{}", answer.body);
    let answer = send(
        &mut sandbox,
        signed(list("{}"), "ecr", Some("NEW"), NOW),
        NOW,
    );
    assert_eq!(answer.status, 200, "{}", answer.body);
    // an ARN in the path, and a query with what has to be encoded
    let url = "https://imagebuilder.us-east-1.amazonaws.com/tags/arn%3Aaws%3Aimagebuilder%3A\
               us-east-1%3A123456789012%3Aimage%2Fdemo%2F1.0.0%2F1?tagKeys=b%20c&tagKeys=a*+~";
    let request = Request::delete(url).body(Vec::new()).unwrap();
    let answer = send(
        &mut sandbox,
        signed(request, "imagebuilder", None, NOW),
        NOW,
    );
    assert!(!answer.header("x-amzn-errortype").contains("Signature"));
    let local = Request::post("http://127.0.0.1:4510/").header("x-amz-target", "x");
    let request = signed(local.body(b"{}".to_vec()).unwrap(), "ecr", None, NOW);
    let answer = send(&mut sandbox, request, NOW);
    assert_eq!(told(&answer), (400, "UnknownOperationException"));
}

#[test]
fn what_was_changed_after_signing_is_refused() {
    let mut sandbox = strict();
    let good = || signed(list("{}"), "ecr", None, NOW);
    let header = good().headers()["authorization"]
        .to_str()
        .unwrap()
        .to_owned();
    let mut changed = good();
    *changed.body_mut() = b"{ }".to_vec();
    let unsigned = |name: &'static str| with(good(), name, "x");
    let rewritten = |from: &str, to: &str| with(good(), "authorization", &header.replace(from, to));
    for (request, code) in [
        (changed, "InvalidSignatureException"),
        (unsigned("content-type"), "InvalidSignatureException"),
        (unsigned("x-amz-other"), "InvalidSignatureException"),
        (unsigned("x-amz-date"), "IncompleteSignatureException"),
        (unsigned("authorization"), "IncompleteSignatureException"),
        (rewritten("host;", ""), "InvalidSignatureException"),
        (
            rewritten("/us-east-1/", "/us-east-2/"),
            "InvalidSignatureException",
        ),
        (
            rewritten("/ecr/", "/imagebuilder/"),
            "InvalidSignatureException",
        ),
        (rewritten("/2027", "/2026"), "InvalidSignatureException"),
        (rewritten(KEY, "AKIAOTHER"), "UnrecognizedClientException"),
        (list("{}"), "MissingAuthenticationTokenException"),
        (
            signed(list("{}"), "ecr", Some("OLD"), NOW),
            "ExpiredTokenException",
        ),
        (
            signed(list("{}"), "ecr", None, NOW - 301),
            "InvalidSignatureException",
        ),
        (
            signed(list("{}"), "ecr", None, NOW + 301),
            "InvalidSignatureException",
        ),
    ] {
        let answer = send(&mut sandbox, request, NOW);
        assert_eq!(told(&answer), (400, code), "{}", answer.body);
    }
    assert_eq!(send(&mut sandbox, good(), NOW + 300).status, 200);
}

#[test]
fn without_the_setting_any_signature_will_do() {
    let mut sandbox = Sandbox::sample();
    let header = "AWS4-HMAC-SHA256 Credential=A/1/us-east-1/ecr/aws4_request";
    let answer = send(&mut sandbox, with(list("{}"), "authorization", header), NOW);
    assert_eq!(answer.status, 200);
}
