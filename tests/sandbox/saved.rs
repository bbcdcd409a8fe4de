//! `spola sandbox --state`: what outlasts the server.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::server::Server;
use crate::cli_run::{folder, spola};

/// Pushes an image whose only blob these bytes are; gives their digest.
fn push(server: &Server, bytes: &[u8]) -> String {
    server.push("pushed", &[("x/y", bytes)])
}

fn url_of(server: &Server, digest: &str) -> String {
    let body = json!({ "repositoryName": "app", "layerDigest": digest });
    let answer = server.ecr("GetDownloadUrlForLayer", &body);
    answer["downloadUrl"].as_str().unwrap().to_owned()
}

fn get(url: &str, range: Option<&str>) -> Result<(u16, Vec<u8>), ureq::Error> {
    let mut request = ureq::get(url);
    if let Some(range) = range {
        request = request.header("range", range);
    }
    let mut answer = request.call()?;
    let bytes = answer
        .body_mut()
        .with_config()
        .limit(64 << 20)
        .read_to_vec()?;
    Ok((answer.status().as_u16(), bytes))
}

/// The names in the folder of layers.
fn kept(state: &Path) -> Vec<String> {
    let mut folder = state.as_os_str().to_owned();
    folder.push(".layers");
    let Ok(entries) = std::fs::read_dir(PathBuf::from(folder)) else {
        return Vec::new();
    };
    let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.collect()
}

fn large() -> Vec<u8> {
    (0..700_000_u32).map(|at| (at % 253) as u8).collect()
}

#[test]
fn a_large_layer_is_a_file_beside_the_state_and_outlasts_the_server() {
    let state = folder("saved").join("aws.json");
    let arguments = ["--state", state.to_str().unwrap()];
    let server = Server::start(&arguments);
    let digest = push(&server, &large());
    let name = digest.replace(':', "-");
    assert_eq!(kept(&state), [name.as_str()]);
    assert_eq!(server.end(), Some(0));
    assert!(std::fs::metadata(&state).unwrap().len() < 100_000);
    let server = Server::start(&arguments);
    let url = url_of(&server, &digest);
    assert!(get(&url, None).unwrap() == (200, large()));
    let part = get(&url, Some("bytes=300000-300999")).unwrap();
    assert!(part == (206, large()[300_000..301_000].to_vec()));
    // deleted, but the saved state still names it
    server.ecr(
        "DeleteRepository",
        &json!({ "repositoryName": "app", "force": true }),
    );
    drop(server);
    assert_eq!(kept(&state), [name.as_str()]);
    let server = Server::start(&arguments);
    assert!(get(&url_of(&server, &digest), None).unwrap() == (200, large()));
    server.ecr(
        "DeleteRepository",
        &json!({ "repositoryName": "app", "force": true }),
    );
    assert_eq!(server.end(), Some(0));
    assert!(kept(&state).is_empty());
}

#[test]
fn a_run_reads_the_state_that_the_server_wrote() {
    let folder = folder("saved-run");
    let state = folder.join("aws.json");
    let arguments = ["--state", state.to_str().unwrap()];
    let server = Server::start(&arguments);
    push(&server, &large());
    server.end();
    let inventory = crate::harness::root().join("workflows/arazzo/image-inventory.arazzo.yaml");
    let run = || {
        let mut command = spola();
        command.args([
            "run",
            "--json",
            "-i",
            "repositoryName=app",
            "--sandbox-state",
        ]);
        command.arg(&state).arg(&inventory).output().unwrap()
    };
    let output = run();
    let result: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(result["outcome"], "succeeded", "{result}");
    assert_eq!(kept(&state).len(), 1);
    let moved = folder.join("aws.json.layers");
    std::fs::remove_dir_all(moved).unwrap();
    let output = run();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(said.contains("are not there; keep the layers"), "{said}");
}

#[test]
fn a_download_or_an_answer_breaks_off_where_that_is_asked_for() {
    let state = folder("saved-broken").join("aws.json");
    let server = Server::start(&["--state", state.to_str().unwrap()]);
    let digest = push(&server, &large());
    let url = url_of(&server, &digest);
    let fault = |kind: &str, operation: &str| {
        let fault = json!([{ "kind": kind, "operation": operation, "times": 1 }]);
        server.control("faults", &fault);
    };
    fault("truncated-body", "GetObject");
    assert!(get(&url, None).is_err());
    fault("connection-reset", "GetObject");
    assert!(get(&url, None).is_err());
    fault("corrupted-body", "GetObject");
    let (status, bytes) = get(&url, None).unwrap();
    assert!(status == 200 && bytes.len() == large().len() && bytes != large());
    assert!(get(&url, None).unwrap() == (200, large()));
    fault("lost-connection", "CreateRepository");
    let body = json!({ "repositoryName": "made" });
    let answer = ureq::post(&server.url)
        .header(
            "x-amz-target",
            "AmazonEC2ContainerRegistry_V20150921.CreateRepository",
        )
        .send(body.to_string());
    assert!(answer.is_err());
    let body = json!({ "repositoryNames": ["made"] });
    let there = server.ecr("DescribeRepositories", &body);
    assert_eq!(there["repositories"].as_array().map(Vec::len), Some(1));
    server.end();
}

#[test]
fn two_states_are_compared_without_a_server() {
    let folder = folder("saved-diff");
    let state = folder.join("aws.json");
    let before = folder.join("before.json");
    let arguments = ["--state", state.to_str().unwrap()];
    Server::start(&arguments).end();
    std::fs::copy(&state, &before).unwrap();
    let diff = || {
        let mut command = spola();
        command
            .arg("sandbox")
            .args(arguments)
            .arg("--diff")
            .arg(&before);
        let output = command.output().unwrap();
        let changes: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
        (output.status.code(), changes["changes"].clone())
    };
    assert_eq!(diff(), (Some(0), json!([])));
    let server = Server::start(&arguments);
    let digest = push(&server, &large());
    server.end();
    let (status, changes) = diff();
    assert_eq!(status, Some(1));
    let paths = changes.to_string();
    assert!(paths.contains(&format!("/layers/{digest}")), "{paths}");
    assert_eq!(kept(&state).len(), 1);
    std::fs::write(&before, "{").unwrap();
    assert_eq!(diff().0, Some(2));
}
