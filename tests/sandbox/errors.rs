//! What the sandbox says of a state that it cannot use.

use std::path::Path;

use spola_sandbox::{Sandbox, SandboxError};

use super::call::{ecr, manifest, put, trusting};

fn error(text: &str) -> SandboxError {
    Sandbox::from_bytes(text.as_bytes()).unwrap_err()
}

/// One of each kind.
fn errors() -> Vec<SandboxError> {
    let mut sandbox = trusting();
    put(&mut sandbox, &manifest("one"), Some("v1"));
    put(&mut sandbox, &manifest("two"), Some("v2"));
    ecr(&mut sandbox, "DescribeRegistry", serde_json::json!({})).ok();
    let text = String::from_utf8(sandbox.to_bytes()).unwrap();
    let sample = String::from_utf8(Sandbox::sample().to_bytes()).unwrap();
    vec![
        error("{\"version\": 1,"),
        error("{\"version\": 1, \"other\": 1}"),
        error("{\"version\": 9}"),
        error(&text.replacen("one", "oen", 1)),
        error(&text.replacen("\"v2\"", "\"v1\"", 1)),
        error(&text.replacen("\"mediaType\":\"app", "\"mediaType\":\"ppa", 1)),
        error(&text.replacen("\"app\"", "\"App\"", 1)),
        error(&text.replacen("\"v2\"", "\"-v2\"", 1)),
        error(&sample.replacen("\"blobs\":{\"sha256:", "\"blobs\":{\"sha256:0", 1)),
        error(&sample.replacen("\"size\":", "\"size\":1", 1)),
    ]
}

#[test]
fn every_error_says_what_is_wrong_and_what_to_do() {
    let told = |error: &SandboxError| {
        let (code, help) = (error.code(), error.help());
        format!("error[{code}]: {error}\n  help: {help}\n")
    };
    let rendered: String = errors().iter().map(told).collect();
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("snapshots/sandbox.txt");
    if std::env::var_os("SPOLA_SNAPSHOTS").is_some() {
        std::fs::write(&file, &rendered).unwrap();
    }
    assert_eq!(rendered, std::fs::read_to_string(&file).unwrap_or_default());
}
