//! Layers: upload by parts, existence, download by ranges.

use super::call::{Answer, NOW, OCI, control, ecr, ecr_at, send};
use serde_json::{Value, json};
use spola_sandbox::Sandbox;

const HELLO: &str = "sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";

/// `hello` in base64, in two parts.
const PARTS: [(&str, u64, u64); 2] = [("aGVs", 0, 2), ("bG8=", 3, 4)];

fn ready() -> (Sandbox, String) {
    let mut sandbox = Sandbox::empty();
    control(
        &mut sandbox,
        "POST",
        "settings",
        r#"{"smallestPartBytes":3,"partBytes":3}"#,
    )
    .ok();
    ecr(
        &mut sandbox,
        "CreateRepository",
        json!({ "repositoryName": "app" }),
    )
    .ok();
    let body = ecr(
        &mut sandbox,
        "InitiateLayerUpload",
        json!({ "repositoryName": "app" }),
    )
    .ok();
    assert_eq!(body["partSize"], 3);
    let id = body["uploadId"].as_str().unwrap().to_owned();
    (sandbox, id)
}

fn part(sandbox: &mut Sandbox, id: &str, part: (&str, u64, u64)) -> Answer {
    let body = json!({
        "repositoryName": "app", "uploadId": id,
        "layerPartBlob": part.0, "partFirstByte": part.1, "partLastByte": part.2,
    });
    ecr(sandbox, "UploadLayerPart", body)
}

fn complete(sandbox: &mut Sandbox, id: &str, digest: &str) -> Answer {
    let body = json!({ "repositoryName": "app", "uploadId": id, "layerDigests": [digest] });
    ecr(sandbox, "CompleteLayerUpload", body)
}

fn check(sandbox: &mut Sandbox, digests: Value) -> Value {
    let body = json!({ "repositoryName": "app", "layerDigests": digests });
    ecr(sandbox, "BatchCheckLayerAvailability", body).ok()
}

#[test]
fn a_layer_is_uploaded_in_parts_and_is_there() {
    let (mut sandbox, id) = ready();
    assert_eq!(
        check(&mut sandbox, json!([HELLO]))["layers"][0]["layerAvailability"],
        "UNAVAILABLE"
    );
    assert_eq!(
        part(&mut sandbox, &id, PARTS[0]).ok()["lastByteReceived"],
        2
    );
    assert_eq!(
        part(&mut sandbox, &id, PARTS[1]).ok()["lastByteReceived"],
        4
    );
    assert_eq!(
        complete(&mut sandbox, &id, HELLO).ok()["layerDigest"],
        HELLO
    );
    let there = check(&mut sandbox, json!([HELLO, "junk", ""]));
    assert_eq!(there["layers"][0]["layerAvailability"], "AVAILABLE");
    assert_eq!(there["layers"][0]["layerSize"], 5);
    assert_eq!(there["failures"][0]["failureCode"], "InvalidLayerDigest");
    assert_eq!(there["failures"][1]["failureCode"], "MissingLayerDigest");
    assert_eq!(
        complete(&mut sandbox, &id, HELLO).code(),
        "UploadNotFoundException"
    );
}

#[test]
fn a_gap_or_repeat_tells_where_to_go_on() {
    let (mut sandbox, id) = ready();
    let early = part(&mut sandbox, &id, PARTS[1]);
    assert_eq!(early.code(), "InvalidLayerPartException");
    assert!(early.body.get("lastValidByteReceived").is_none());
    part(&mut sandbox, &id, PARTS[0]).ok();
    for wrong in [PARTS[0], ("bG8=", 4, 5), ("bG8=", 3, 5)] {
        let refused = part(&mut sandbox, &id, wrong);
        assert_eq!(refused.code(), "InvalidLayerPartException");
        assert_eq!(refused.body["lastValidByteReceived"], 2);
        assert_eq!(refused.body["uploadId"], id.as_str());
    }
    part(&mut sandbox, &id, PARTS[1]).ok();
    complete(&mut sandbox, &id, HELLO).ok();
}

#[test]
fn completing_checks_digest_size_and_content() {
    let (mut sandbox, id) = ready();
    assert_eq!(
        complete(&mut sandbox, &id, HELLO).code(),
        "EmptyUploadException"
    );
    part(&mut sandbox, &id, PARTS[0]).ok();
    assert_eq!(
        complete(&mut sandbox, &id, HELLO).code(),
        "InvalidLayerException"
    );
    part(&mut sandbox, &id, PARTS[1]).ok();
    complete(&mut sandbox, &id, HELLO).ok();
    let again = |sandbox: &mut Sandbox| {
        let body = ecr(
            sandbox,
            "InitiateLayerUpload",
            json!({ "repositoryName": "app" }),
        )
        .ok();
        body["uploadId"].as_str().unwrap().to_owned()
    };
    let second = again(&mut sandbox);
    part(&mut sandbox, &second, ("aGVsbG8=", 0, 4)).ok();
    assert_eq!(
        complete(&mut sandbox, &second, HELLO).code(),
        "LayerAlreadyExistsException"
    );
    let third = again(&mut sandbox);
    part(&mut sandbox, &third, ("aGU=", 0, 1)).ok();
    part(&mut sandbox, &third, ("bGxv", 2, 4)).ok();
    assert_eq!(
        complete(&mut sandbox, &third, HELLO).code(),
        "LayerPartTooSmallException"
    );
}

/// A sandbox where an image names the layer, and the layer's URL.
fn downloadable() -> (Sandbox, String) {
    let (mut sandbox, id) = ready();
    part(&mut sandbox, &id, ("aGVsbG8=", 0, 4)).ok();
    complete(&mut sandbox, &id, HELLO).ok();
    let wanted = json!({ "repositoryName": "app", "layerDigest": HELLO });
    let answer = ecr(&mut sandbox, "GetDownloadUrlForLayer", wanted.clone());
    assert_eq!(answer.code(), "LayerInaccessibleException");
    let descriptor = json!({ "mediaType": "x/y", "digest": HELLO, "size": 5 });
    let text = json!({ "schemaVersion": 2, "config": descriptor, "layers": [] }).to_string();
    let body = json!({
        "repositoryName": "app", "imageManifest": text, "imageManifestMediaType": OCI,
    });
    ecr(&mut sandbox, "PutImage", body).ok();
    let body = ecr(&mut sandbox, "GetDownloadUrlForLayer", wanted).ok();
    let url = body["downloadUrl"].as_str().unwrap().to_owned();
    (sandbox, url)
}

fn fetch(sandbox: &mut Sandbox, url: &str, range: Option<&str>, now: u64) -> Answer {
    let mut request = http::Request::get(url);
    if let Some(range) = range {
        request = request.header("range", range);
    }
    send(sandbox, request.body(Vec::new()).unwrap(), now)
}

#[test]
fn a_layer_is_downloaded_whole_or_in_ranges() {
    let (mut sandbox, url) = downloadable();
    assert!(
        url.starts_with("https://prod-us-east-1-starport-layer-bucket.s3.us-east-1.amazonaws.com/")
    );
    assert_eq!(fetch(&mut sandbox, &url, None, NOW).bytes, b"hello");
    for (range, bytes, told) in [
        ("bytes=0-1", "he", "bytes 0-1/5"),
        ("bytes=3-", "lo", "bytes 3-4/5"),
        ("bytes=-2", "lo", "bytes 3-4/5"),
        ("bytes=3-99", "lo", "bytes 3-4/5"),
    ] {
        let answer = fetch(&mut sandbox, &url, Some(range), NOW);
        assert_eq!((answer.status, answer.header("content-range")), (206, told));
        assert_eq!(answer.bytes, bytes.as_bytes());
    }
    assert_eq!(fetch(&mut sandbox, &url, Some("bytes=5-"), NOW).status, 416);
}

#[test]
fn a_download_url_expires_and_cannot_be_changed() {
    let (mut sandbox, url) = downloadable();
    assert_eq!(fetch(&mut sandbox, &url, None, NOW + 3600).status, 200);
    let expired = fetch(&mut sandbox, &url, None, NOW + 3601);
    assert_eq!(expired.status, 403);
    assert!(
        String::from_utf8(expired.bytes)
            .unwrap()
            .contains("Request has expired")
    );
    let longer = url.replace("Expires=3600", "Expires=9999");
    assert_eq!(fetch(&mut sandbox, &longer, None, NOW).status, 403);
    let request = http::Request::get(&url)
        .header("authorization", "Basic eDp5")
        .body(Vec::new())
        .unwrap();
    assert_eq!(send(&mut sandbox, request, NOW).status, 400);
}

#[test]
fn an_unknown_layer_or_upload_is_refused() {
    let (mut sandbox, _) = ready();
    let body = json!({ "repositoryName": "app", "layerDigest": HELLO });
    let answer = ecr_at(&mut sandbox, "GetDownloadUrlForLayer", &body, NOW);
    assert_eq!(answer.code(), "LayersNotFoundException");
    let id = "00000000-0000-4000-8000-000000000000";
    assert_eq!(
        part(&mut sandbox, id, PARTS[0]).code(),
        "UploadNotFoundException"
    );
    assert_eq!(
        part(&mut sandbox, "junk", PARTS[0]).code(),
        "InvalidParameterException"
    );
    let body = json!({ "repositoryName": "app", "layerDigests": vec![HELLO; 101] });
    let answer = ecr(&mut sandbox, "BatchCheckLayerAvailability", body);
    assert_eq!(answer.code(), "InvalidParameterException");
}
