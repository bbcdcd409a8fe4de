//! The work: documents, answers, a floor.

use std::fmt::Write as _;
use std::time::{Duration, UNIX_EPOCH};

use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4;
use aws_smithy_runtime_api::client::identity::Identity;
use serde_json::{Map, Value, json};
use spola::auth::{AwsCredentials, Credentials};

/// Where requests go.
pub const HOST: &str = "https://api.example.com";

/// When requests are signed.
pub const NOW: Duration = Duration::from_secs(1_790_000_000);

/// An answer of 1 KB.
pub struct Answer {
    /// Its header fields.
    pub headers: Vec<(String, String)>,
    /// Its body.
    pub body: Vec<u8>,
}

/// The answer; `more` is what loops ask for.
pub fn answer(more: bool) -> Answer {
    let items: Vec<Value> = (0..8)
        .map(|at| {
            let digest = format!("{:016x}", 0x9E37_79B9_7F4A_7C15_u64.wrapping_mul(at + 1));
            json!({
                "id": format!("item-{at}"),
                "digest": format!("sha256:{}", digest.repeat(4)),
                "size": 48_213_007 + at,
            })
        })
        .collect();
    let body = json!({"ok": true, "more": more, "cursor": "cur-00000001", "items": items});
    Answer {
        headers: vec![
            ("content-type".into(), "application/json".into()),
            ("date".into(), "Mon, 02 Nov 2026 10:00:00 GMT".into()),
            ("x-request-id".into(), "5f9c1f2e-7c57-4a53".into()),
        ],
        body: body.to_string().into_bytes(),
    }
}

/// What runs are started with.
pub fn inputs() -> Map<String, Value> {
    Map::from_iter([
        ("name".to_owned(), json!("app/web")),
        ("limit".to_owned(), json!(100)),
        ("run".to_owned(), json!("2026-11-02")),
    ])
}

/// The body that a step sends.
pub fn request_body() -> Value {
    json!({"repositoryName": "app/web", "maxResults": 100, "label": "run-2026-11-02"})
}

/// The API's description; `aws`: one that is signed.
pub fn description(aws: bool) -> Value {
    let mut description = json!({
        "openapi": "3.1.0",
        "info": {"title": "Items", "version": "1"},
        "servers": [{"url": HOST}],
        "paths": {"/items": {"post": {
            "operationId": "listItems",
            "requestBody": {"content": {"application/json": {"schema": {"type": "object"}}}},
            "responses": {"200": {"description": "The items."}},
        }}},
    });
    if aws {
        description["servers"][0]["url"] = json!("https://api.ecr.{region}.amazonaws.com");
    }
    description
}

/// Three expressions in the body, two criteria, two outputs.
fn step(name: &str, goto: Option<&str>) -> Value {
    let mut step = json!({
        "stepId": name,
        "operationId": "listItems",
        "requestBody": {
            "contentType": "application/json",
            "payload": {
                "repositoryName": "$inputs.name",
                "maxResults": "$inputs.limit",
                "label": "run-{$inputs.run}",
            },
        },
        "successCriteria": [
            {"condition": "$statusCode == 200"},
            {
                "condition": "$.items[?@.id == 'item-5']",
                "context": "$response.body",
                "type": "jsonpath",
            },
        ],
        "outputs": {
            "cursor": "$response.body#/cursor",
            "first": "$response.body#/items/0/digest",
        },
    });
    if let Some(step_id) = goto {
        step["onSuccess"] = json!([{
            "name": "again",
            "type": "goto",
            "stepId": step_id,
            "criteria": [{"condition": "$response.body#/more == true"}],
        }]);
    }
    step
}

/// A workflow of so many steps, one after the other.
pub fn line(steps: usize) -> Value {
    let steps = (0..steps).map(|at| step(&format!("step{at}"), None));
    workflow(steps.collect())
}

/// A workflow of one step that goes back to itself as long as there is more.
pub fn round() -> Value {
    workflow(vec![step("tick", Some("tick"))])
}

fn workflow(steps: Vec<Value>) -> Value {
    let last = steps.last().and_then(|step| step["stepId"].as_str());
    let output = format!("$steps.{}.outputs.cursor", last.unwrap_or_default());
    json!({
        "arazzo": "1.1.0",
        "info": {"title": "Bench", "version": "1"},
        "sourceDescriptions": [{"name": "api", "url": "api.openapi.json", "type": "openapi"}],
        "workflows": [{
            "workflowId": "work",
            "inputs": {
                "type": "object",
                "properties": {
                    "name": {"type": "string"},
                    "limit": {"type": "integer"},
                    "run": {"type": "string"},
                },
            },
            "steps": steps,
            "outputs": {"cursor": output},
        }],
    })
}

/// Credentials to sign with.
pub fn credentials() -> Credentials {
    let (id, secret) = key();
    Credentials {
        aws: Some(AwsCredentials::new(id, secret, None)),
        ..Credentials::default()
    }
}

/// An example key from the documentation of AWS.
fn key() -> (&'static str, String) {
    let mut secret = String::new();
    write!(secret, "wJalrXUtnFEMI/K7MDENG+{}", "bPxRfiCYEXAMPLEKEY").unwrap_or_default();
    ("AKIDEXAMPLE", secret)
}

/// What no engine can leave out: it parses the answer and prints the body.
pub struct Floor {
    body: Value,
    identity: Identity,
}

impl Default for Floor {
    fn default() -> Self {
        Self::new()
    }
}

impl Floor {
    /// With the body already made.
    pub fn new() -> Self {
        let (id, secret) = key();
        Self {
            body: request_body(),
            identity: aws_credential_types::Credentials::new(id, secret, None, None, "bench")
                .into(),
        }
    }

    /// One step: the body that it printed and the value that it parsed.
    pub fn step(&self, answer: &[u8]) -> (Vec<u8>, Value) {
        let body = serde_json::to_vec(&self.body).expect("a value is printed");
        let value = serde_json::from_slice(answer).expect("the answer is JSON");
        (body, value)
    }

    /// One signature of a request with that body: the header fields it adds.
    pub fn sign(&self, body: &[u8]) -> Vec<(String, String)> {
        let params = v4::SigningParams::builder()
            .identity(&self.identity)
            .region("eu-central-1")
            .name("ecr")
            .time(UNIX_EPOCH + NOW)
            .settings(SigningSettings::default())
            .build()
            .expect("all parameters are given")
            .into();
        let headers = [
            ("host", "api.ecr.eu-central-1.amazonaws.com"),
            ("content-type", "application/json"),
        ];
        let request = SignableRequest::new(
            "POST",
            "https://api.ecr.eu-central-1.amazonaws.com/items",
            headers.into_iter(),
            SignableBody::Bytes(body),
        )
        .expect("a request that can be signed");
        let (instructions, _) = sign(request, &params)
            .expect("a request that can be signed")
            .into_parts();
        let (headers, _) = instructions.into_parts();
        headers
            .into_iter()
            .map(|header| (header.name().to_owned(), header.value().to_owned()))
            .collect()
    }
}
