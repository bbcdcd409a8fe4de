//! Layers that the host keeps, and connections that break.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use spola_sandbox::{Body, Ending, Sandbox, Store, StoreError};

use super::call::{Answer, NOW, OCI, control, ecr, send};
use crate::soak::digest;

/// A host's store that a test can look into.
#[derive(Clone, Debug, Default)]
struct Shelf {
    blobs: Arc<Mutex<BTreeMap<String, Vec<u8>>>>,
    full: Arc<Mutex<bool>>,
}

impl Shelf {
    fn all(&self) -> Vec<(String, usize)> {
        let blobs = self.blobs.lock().unwrap();
        blobs.iter().map(|(k, v)| (k.clone(), v.len())).collect()
    }
}

impl Store for Shelf {
    fn size(&self, key: &str) -> Option<u64> {
        let blobs = self.blobs.lock().unwrap();
        blobs.get(key).map(|bytes| bytes.len() as u64)
    }

    fn read(&self, key: &str, range: Range<u64>) -> Result<Vec<u8>, StoreError> {
        let blobs = self.blobs.lock().unwrap();
        let bytes = blobs.get(key).ok_or_else(|| StoreError::new("gone"))?;
        Ok(bytes[range.start as usize..range.end as usize].to_vec())
    }

    fn write(&mut self, key: &str, at: u64, bytes: &[u8]) -> Result<(), StoreError> {
        if *self.full.lock().unwrap() {
            return Err(StoreError::new("no space left"));
        }
        let mut blobs = self.blobs.lock().unwrap();
        let blob = blobs.entry(key.to_owned()).or_default();
        blob.truncate(at as usize);
        assert_eq!(blob.len() as u64, at);
        blob.extend_from_slice(bytes);
        Ok(())
    }

    fn rename(&mut self, from: &str, to: &str) -> Result<(), StoreError> {
        let mut blobs = self.blobs.lock().unwrap();
        let bytes = blobs.remove(from).ok_or_else(|| StoreError::new("gone"))?;
        blobs.insert(to.to_owned(), bytes);
        Ok(())
    }

    fn delete(&mut self, key: &str) {
        self.blobs.lock().unwrap().remove(key);
    }

    fn keys(&self) -> Vec<String> {
        self.blobs.lock().unwrap().keys().cloned().collect()
    }
}

/// A hundred thousand bytes, and their digest.
const SIZE: usize = 100_000;
const LARGE: &str = "sha256:cd2df694e424bc7968cc37f47751019e5ca0cd1bdf2e479ea537c3a1c32ee1aa";

fn large() -> Vec<u8> {
    (0..SIZE).map(|at| (at % 251) as u8).collect()
}

fn repository(sandbox: &mut Sandbox, name: &str) {
    ecr(
        sandbox,
        "CreateRepository",
        json!({ "repositoryName": name }),
    )
    .ok();
}

/// Uploads bytes in parts, and gives the answer to the completion.
fn upload(sandbox: &mut Sandbox, name: &str, bytes: &[u8], part: usize, digest: &str) -> Answer {
    let body = json!({ "repositoryName": name });
    let id = ecr(sandbox, "InitiateLayerUpload", body).ok()["uploadId"].clone();
    let mut at = 0;
    for part in bytes.chunks(part) {
        let body = json!({
            "repositoryName": name, "uploadId": id, "layerPartBlob": STANDARD.encode(part),
            "partFirstByte": at, "partLastByte": at + part.len() - 1,
        });
        let answer = ecr(sandbox, "UploadLayerPart", body);
        if answer.status != 200 {
            return answer;
        }
        at += part.len();
    }
    let body = json!({ "repositoryName": name, "uploadId": id, "layerDigests": [digest] });
    ecr(sandbox, "CompleteLayerUpload", body)
}

/// Puts an image of this one blob, and gives the blob's URL.
fn url(sandbox: &mut Sandbox, name: &str) -> String {
    let descriptor = json!({ "mediaType": "x/y", "digest": LARGE, "size": SIZE });
    let text = json!({ "schemaVersion": 2, "config": descriptor, "layers": [] }).to_string();
    let body = json!({
        "repositoryName": name, "imageManifest": text, "imageManifestMediaType": OCI,
    });
    ecr(sandbox, "PutImage", body).ok();
    let body = json!({ "repositoryName": name, "layerDigest": LARGE });
    let body = ecr(sandbox, "GetDownloadUrlForLayer", body).ok();
    body["downloadUrl"].as_str().unwrap().to_owned()
}

fn get(url: &str, range: Option<&str>) -> http::Request<Vec<u8>> {
    let mut request = http::Request::get(url);
    if let Some(range) = range {
        request = request.header("range", range);
    }
    request.body(Vec::new()).unwrap()
}

/// A sandbox with a store that holds the large layer, and a repository `app` that has it.
fn kept() -> (Sandbox, Shelf) {
    let shelf = Shelf::default();
    let mut sandbox = Sandbox::empty().keep_in(Box::new(shelf.clone())).unwrap();
    let settings = r#"{"smallestPartBytes":1}"#;
    control(&mut sandbox, "POST", "settings", settings).ok();
    repository(&mut sandbox, "app");
    upload(&mut sandbox, "app", &large(), 30_000, LARGE).ok();
    (sandbox, shelf)
}

#[test]
fn a_large_layer_is_kept_by_the_host_and_a_small_one_in_the_state() {
    let (mut sandbox, shelf) = kept();
    assert_eq!(shelf.all(), [(LARGE.to_owned(), SIZE)]);
    let hello = "sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
    upload(&mut sandbox, "app", b"hello", 2, hello).ok();
    assert_eq!(shelf.all().len(), 1);
    let state = String::from_utf8(sandbox.to_bytes()).unwrap();
    assert!(state.contains("aGVsbG8=") && state.len() < 5000);
    let url = url(&mut sandbox, "app");
    let whole = send(&mut sandbox, get(&url, None), NOW);
    assert_eq!((whole.status, whole.bytes), (200, large()));
    let part = send(&mut sandbox, get(&url, Some("bytes=70000-70009")), NOW);
    assert_eq!(
        (part.status, part.bytes),
        (206, large()[70_000..70_010].to_vec())
    );
    let named = sandbox.answer(&get(&url, Some("bytes=-10")), Duration::from_secs(NOW));
    let expected = Body::Blob {
        key: LARGE.to_owned(),
        range: (SIZE - 10) as u64..SIZE as u64,
    };
    assert_eq!(named.body(), &expected);
    assert_eq!(named.headers()["content-length"], "10");
}

#[test]
fn a_layer_is_kept_as_long_as_a_repository_has_it() {
    let (mut sandbox, shelf) = kept();
    repository(&mut sandbox, "other");
    upload(&mut sandbox, "other", &large(), 50_000, LARGE).ok();
    let again = upload(&mut sandbox, "other", &large(), 50_000, LARGE);
    assert_eq!(again.code(), "LayerAlreadyExistsException");
    assert_eq!(shelf.all().len(), 1);
    for (name, left) in [("app", 1), ("other", 0)] {
        let body = json!({ "repositoryName": name, "force": true });
        ecr(&mut sandbox, "DeleteRepository", body).ok();
        assert_eq!(shelf.all().len(), left);
    }
    // an upload that is never completed goes with its repository too
    repository(&mut sandbox, "app");
    let wrong = upload(&mut sandbox, "app", &large(), SIZE, "sha256:00");
    assert_eq!(wrong.code(), "InvalidLayerException");
    assert_eq!(shelf.all().len(), 1);
    let body = json!({ "repositoryName": "app" });
    ecr(&mut sandbox, "DeleteRepository", body).ok();
    assert_eq!(shelf.all(), []);
}

#[test]
fn a_state_and_its_store_go_on_together() {
    let (mut sandbox, shelf) = kept();
    let body = json!({ "repositoryName": "app" });
    let id = ecr(&mut sandbox, "InitiateLayerUpload", body).ok()["uploadId"].clone();
    let mut part = json!({
        "repositoryName": "app", "uploadId": id, "layerPartBlob": STANDARD.encode(&large()[1..]),
        "partFirstByte": 0, "partLastByte": SIZE - 2,
    });
    ecr(&mut sandbox, "UploadLayerPart", part.clone()).ok();
    let state = sandbox.to_bytes();
    shelf.clone().write("orphan", 0, b"x").unwrap();
    let mut sandbox = Sandbox::from_bytes_with(&state, Box::new(shelf.clone())).unwrap();
    assert_eq!(
        shelf.all().len(),
        2,
        "the layer and the upload, not the orphan"
    );
    part["layerPartBlob"] = STANDARD.encode(large()).into();
    part["partFirstByte"] = (SIZE - 1).into();
    part["partLastByte"] = (2 * SIZE - 2).into();
    ecr(&mut sandbox, "UploadLayerPart", part).ok();
    let mut both = large()[1..].to_vec();
    both.extend(large());
    let computed = digest(&both);
    let body = json!({ "repositoryName": "app", "uploadId": id, "layerDigests": [computed] });
    ecr(&mut sandbox, "CompleteLayerUpload", body).ok();
    let url = url(&mut sandbox, "app");
    assert_eq!(send(&mut sandbox, get(&url, None), NOW).bytes, large());
    // a state that holds everything moves into the store
    let whole = Sandbox::sample().to_bytes();
    assert_eq!(
        control(
            &mut sandbox,
            "PUT",
            "state",
            &String::from_utf8(whole).unwrap()
        )
        .status,
        200
    );
    assert_eq!(shelf.all(), []);
}

#[test]
fn a_store_that_lacks_a_layer_is_refused_and_a_lost_upload_forgotten() {
    let (sandbox, shelf) = kept();
    let state = sandbox.to_bytes();
    shelf.clone().delete(LARGE);
    for store in [Some(shelf), None] {
        let read = match store {
            Some(shelf) => Sandbox::from_bytes_with(&state, Box::new(shelf)),
            None => Sandbox::from_bytes(&state),
        };
        let error = read.unwrap_err();
        assert_eq!(error.code(), "sandbox.missing-layer");
        let told = format!("the bytes of layer `{LARGE}` in repository `app` are not there");
        assert_eq!(error.to_string(), told);
    }
    let mut state: Value = serde_json::from_slice(&state).unwrap();
    let app = &mut state["registries"]["123456789012"]["us-east-1"]["repositories"]["app"];
    app["layers"] = json!({});
    app["uploads"] = json!({ "00000000-0000-4000-8000-000000000000": {
        "startedAt": 0, "size": 9, "parts": 1, "smallPart": false, "lastPartBytes": 9,
    }});
    let read = Sandbox::from_bytes(state.to_string().as_bytes()).unwrap();
    assert!(
        !String::from_utf8(read.to_bytes())
            .unwrap()
            .contains("00000000-0000")
    );
}

#[test]
fn what_a_full_store_says_is_told_to_the_caller() {
    let (mut sandbox, shelf) = kept();
    repository(&mut sandbox, "other");
    *shelf.full.lock().unwrap() = true;
    let answer = upload(&mut sandbox, "other", &large(), SIZE, LARGE);
    assert_eq!((answer.status, answer.code()), (500, "ServerException"));
    assert_eq!(
        answer.body["message"],
        "the store of layers failed: no space left"
    );
    let mut whole = Sandbox::empty();
    repository(&mut whole, "app");
    upload(&mut whole, "app", &large(), SIZE, LARGE).ok();
    let error = whole.keep_in(Box::new(shelf.clone())).unwrap_err();
    assert_eq!(error.code(), "sandbox.store");
    let told = "the store of layers failed: no space left";
    assert_eq!(
        (error.to_string().as_str(), error.help().is_empty()),
        (told, false)
    );
    *shelf.full.lock().unwrap() = false;
    upload(&mut sandbox, "other", &large(), SIZE, LARGE).ok();
}

#[test]
fn a_layer_in_memory_is_bounded_and_so_are_its_parts() {
    let mut sandbox = Sandbox::empty();
    control(
        &mut sandbox,
        "POST",
        "settings",
        r#"{"smallestPartBytes":1}"#,
    )
    .ok();
    repository(&mut sandbox, "app");
    let answer = upload(&mut sandbox, "app", &[7; 4201], 1, LARGE);
    assert_eq!(answer.code(), "LimitExceededException");
}

fn struck(
    sandbox: &mut Sandbox,
    kind: &str,
    operation: &str,
    request: &http::Request<Vec<u8>>,
) -> http::Response<Vec<u8>> {
    let fault = json!([{ "kind": kind, "operation": operation, "times": 1, "retryAfter": 3 }]);
    control(sandbox, "POST", "faults", &fault.to_string()).ok();
    sandbox.handle(request, Duration::from_secs(NOW))
}

#[test]
fn downloads_are_struck_in_the_words_of_s3() {
    let (mut sandbox, _) = kept();
    let url = url(&mut sandbox, "app");
    for (kind, status, code) in [
        ("throttling", 503, "SlowDown"),
        ("service-unavailable", 503, "SlowDown"),
        ("server-error", 500, "InternalError"),
        ("lost-answer", 500, "InternalError"),
        ("expired-token", 403, "AccessDenied"),
        ("access-denied", 403, "AccessDenied"),
        ("skewed-clock", 403, "RequestTimeTooSkewed"),
        ("refusal", 400, "InternalError"),
    ] {
        let answer = struck(&mut sandbox, kind, "GetObject", &get(&url, None));
        let text = String::from_utf8(answer.body().clone()).unwrap();
        assert_eq!(answer.status(), status, "{kind}");
        assert!(
            text.contains(&format!("<Code>{code}</Code>")),
            "{kind}: {text}"
        );
        assert_eq!(answer.headers()["retry-after"], "3");
    }
    let answer = struck(
        &mut sandbox,
        "truncated-body",
        "GetObject",
        &get(&url, None),
    );
    assert_eq!(answer.extensions().get(), Some(&Ending::Cut));
    assert_eq!(answer.headers()["content-length"], SIZE.to_string());
    assert_eq!(answer.body(), &large()[..SIZE / 2]);
    let answer = struck(
        &mut sandbox,
        "corrupted-body",
        "GetObject",
        &get(&url, None),
    );
    let differ = answer.body().iter().zip(large()).filter(|(a, b)| *a != b);
    assert_eq!((answer.body().len(), differ.count()), (SIZE, 1));
    let answer = struck(
        &mut sandbox,
        "connection-reset",
        "GetObject",
        &get(&url, None),
    );
    assert_eq!(answer.extensions().get(), Some(&Ending::Reset));
    let answer = struck(&mut sandbox, "bad-gateway", "GetObject", &get(&url, None));
    assert_eq!(answer.status(), 502);
}

#[test]
fn a_connection_breaks_before_or_after_the_call() {
    let mut sandbox = Sandbox::empty();
    let call = |name: &str| {
        http::Request::post("https://api.ecr.us-east-1.amazonaws.com/")
            .header(
                "x-amz-target",
                "AmazonEC2ContainerRegistry_V20150921.CreateRepository",
            )
            .body(json!({ "repositoryName": name }).to_string().into_bytes())
            .unwrap()
    };
    for (kind, ending, code) in [
        ("connection-reset", Ending::Reset, ""),
        (
            "lost-connection",
            Ending::Reset,
            "RepositoryAlreadyExistsException",
        ),
        (
            "truncated-body",
            Ending::Cut,
            "RepositoryAlreadyExistsException",
        ),
    ] {
        let answer = struck(&mut sandbox, kind, "CreateRepository", &call(kind));
        assert_eq!(answer.extensions().get(), Some(&ending), "{kind}");
        let again = send(&mut sandbox, call(kind), NOW);
        assert_eq!(again.header("x-amzn-errortype"), code, "{kind}");
    }
    let answer = struck(
        &mut sandbox,
        "corrupted-body",
        "CreateRepository",
        &call("one"),
    );
    assert_eq!(
        (
            answer.status().as_u16(),
            answer.extensions().get::<Ending>()
        ),
        (200, None)
    );
}

#[test]
fn a_part_may_be_corrupted_on_its_way() {
    let (mut sandbox, _) = kept();
    repository(&mut sandbox, "other");
    let fault = r#"[{"kind":"corrupted-part","operation":"UploadLayerPart","times":1}]"#;
    control(&mut sandbox, "POST", "faults", fault).ok();
    let refused = upload(&mut sandbox, "other", &large(), SIZE, LARGE);
    assert_eq!(refused.code(), "InvalidLayerException");
    upload(&mut sandbox, "other", &large(), SIZE, LARGE).ok();
}
