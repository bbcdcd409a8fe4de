//! Calls of the sandbox in one line.

use serde_json::{Value, json};
use spola_sandbox::Sandbox;
use std::time::Duration;

pub const NOW: u64 = 1_800_000_000;
pub const OCI: &str = "application/vnd.oci.image.manifest.v1+json";
pub const INDEX: &str = "application/vnd.oci.image.index.v1+json";

/// A response, its body read.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: http::HeaderMap,
    pub body: Value,
    pub bytes: Vec<u8>,
}

impl Answer {
    pub fn of(response: http::Response<Vec<u8>>) -> Self {
        let (parts, bytes) = response.into_parts();
        Self {
            status: parts.status.as_u16(),
            headers: parts.headers,
            body: serde_json::from_slice(&bytes).unwrap_or(Value::Null),
            bytes,
        }
    }

    /// The body of a success.
    pub fn ok(self) -> Value {
        assert_eq!(self.status, 200, "{}", self.body);
        self.body
    }

    /// The code of a refusal.
    pub fn code(&self) -> &str {
        assert_ne!(self.status, 200, "{}", self.body);
        self.header("x-amzn-errortype")
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }
}

pub fn send(sandbox: &mut Sandbox, request: http::Request<Vec<u8>>, now: u64) -> Answer {
    Answer::of(sandbox.handle(&request, Duration::from_secs(now)))
}

pub fn ecr_at(sandbox: &mut Sandbox, operation: &str, body: &Value, now: u64) -> Answer {
    let request = http::Request::post("https://api.ecr.us-east-1.amazonaws.com/")
        .header("content-type", "application/x-amz-json-1.1")
        .header(
            "x-amz-target",
            format!("AmazonEC2ContainerRegistry_V20150921.{operation}"),
        )
        .body(body.to_string().into_bytes())
        .unwrap();
    send(sandbox, request, now)
}

/// One ECR call.
pub fn ecr(sandbox: &mut Sandbox, operation: &str, body: Value) -> Answer {
    ecr_at(sandbox, operation, &body, NOW)
}

/// One Image Builder call.
pub fn builder(sandbox: &mut Sandbox, method: &str, path: &str, body: &Value, now: u64) -> Answer {
    let bytes = if body.is_null() {
        Vec::new()
    } else {
        body.to_string().into_bytes()
    };
    let request = http::Request::builder()
        .method(method)
        .uri(format!(
            "https://imagebuilder.us-east-1.amazonaws.com{path}"
        ))
        .header("content-type", "application/json")
        .body(bytes)
        .unwrap();
    send(sandbox, request, now)
}

/// One control call.
pub fn control(sandbox: &mut Sandbox, method: &str, path: &str, body: &str) -> Answer {
    let request = http::Request::builder()
        .method(method)
        .uri(format!("http://localhost/_sandbox/{path}"))
        .body(body.as_bytes().to_vec())
        .unwrap();
    send(sandbox, request, NOW)
}

/// An empty sandbox with one repository, `app`, where any manifest is taken.
pub fn trusting() -> Sandbox {
    let mut sandbox = Sandbox::empty();
    control(&mut sandbox, "POST", "settings", r#"{"layers":"trusted"}"#).ok();
    ecr(
        &mut sandbox,
        "CreateRepository",
        json!({ "repositoryName": "app" }),
    )
    .ok();
    sandbox
}

/// A manifest that differs by its label.
pub fn manifest(label: &str) -> String {
    json!({
        "schemaVersion": 2,
        "mediaType": OCI,
        "config": {
            "mediaType": "application/vnd.oci.image.config.v1+json",
            "digest": format!("sha256:{}", "c".repeat(64)),
            "size": 7,
        },
        "layers": [{
            "mediaType": "application/vnd.oci.image.layer.v1.tar+gzip",
            "digest": format!("sha256:{}", "d".repeat(64)),
            "size": 100,
        }],
        "annotations": { "label": label },
    })
    .to_string()
}

/// Puts a manifest into `app` and gives its digest.
pub fn put(sandbox: &mut Sandbox, manifest: &str, tag: Option<&str>) -> String {
    let mut body = json!({ "repositoryName": "app", "imageManifest": manifest });
    if let Some(tag) = tag {
        body["imageTag"] = tag.into();
    }
    let answer = ecr(sandbox, "PutImage", body).ok();
    answer["image"]["imageId"]["imageDigest"]
        .as_str()
        .unwrap()
        .to_owned()
}
