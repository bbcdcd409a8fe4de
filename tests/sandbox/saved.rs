//! `spola sandbox --state`: what outlasts the server.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::{Value, json};

use crate::cli_run::{folder, spola};

/// `spola sandbox` with a state's file.
pub struct Server {
    child: Child,
    url: String,
}

impl Server {
    fn start(arguments: &[&str]) -> Self {
        let mut child = spola()
            .args(["sandbox", "--listen", "127.0.0.1:0"])
            .args(arguments)
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = BufReader::new(child.stderr.take().unwrap());
        let mut line = String::new();
        said.read_line(&mut line).unwrap();
        let (_, url) = line.trim().split_once("listens on ").expect(&line);
        let url = url.to_owned();
        std::thread::spawn(move || std::io::copy(&mut said, &mut std::io::sink()));
        Self { child, url }
    }

    /// Asks it to end, as a service manager does; its exit status.
    fn end(mut self) -> Option<i32> {
        let id = self.child.id().to_string();
        Command::new("kill").args(["-TERM", &id]).status().unwrap();
        self.child.wait().unwrap().code()
    }

    fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    fn ecr(&self, operation: &str, body: &Value) -> Value {
        let target = format!("AmazonEC2ContainerRegistry_V20150921.{operation}");
        let answer = ureq::post(&self.url)
            .header("x-amz-target", &target)
            .send(body.to_string());
        let text = answer.unwrap().body_mut().read_to_string().unwrap();
        serde_json::from_str(&text).unwrap()
    }

    /// Uploads bytes as one layer of `app`, and puts an image of it.
    fn push(&self, bytes: &[u8]) -> String {
        let upload = self.ecr("InitiateLayerUpload", &json!({ "repositoryName": "app" }));
        let digest = sha256(bytes);
        let part = json!({
            "repositoryName": "app", "uploadId": upload["uploadId"],
            "partFirstByte": 0, "partLastByte": bytes.len() - 1,
            "layerPartBlob": super::store::base64(bytes),
        });
        self.ecr("UploadLayerPart", &part);
        let done = json!({
            "repositoryName": "app", "uploadId": upload["uploadId"], "layerDigests": [digest],
        });
        self.ecr("CompleteLayerUpload", &done);
        let descriptor = json!({ "mediaType": "x/y", "digest": digest, "size": bytes.len() });
        let manifest = json!({ "schemaVersion": 2, "config": descriptor, "layers": [] });
        let image = json!({
            "repositoryName": "app", "imageManifest": manifest.to_string(),
            "imageManifestMediaType": super::call::OCI,
        });
        self.ecr("PutImage", &image);
        digest
    }

    fn url_of(&self, digest: &str) -> String {
        let body = json!({ "repositoryName": "app", "layerDigest": digest });
        let answer = self.ecr("GetDownloadUrlForLayer", &body);
        answer["downloadUrl"].as_str().unwrap().to_owned()
    }

    fn fault(&self, fault: &Value) {
        let url = format!("{}/_sandbox/faults", self.url);
        ureq::post(url).send(fault.to_string()).unwrap();
    }
}

/// The digest of bytes, as the sandbox computes it.
fn sha256(bytes: &[u8]) -> String {
    super::store::digest(bytes)
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
    let digest = server.push(&large());
    let name = digest.replace(':', "-");
    assert_eq!(kept(&state), [name.as_str()]);
    assert_eq!(server.end(), Some(0));
    assert!(std::fs::metadata(&state).unwrap().len() < 100_000);
    let server = Server::start(&arguments);
    let url = server.url_of(&digest);
    assert!(get(&url, None).unwrap() == (200, large()));
    let part = get(&url, Some("bytes=300000-300999")).unwrap();
    assert!(part == (206, large()[300_000..301_000].to_vec()));
    // deleted, but the saved state still names it
    server.ecr(
        "DeleteRepository",
        &json!({ "repositoryName": "app", "force": true }),
    );
    server.kill();
    assert_eq!(kept(&state), [name.as_str()]);
    let server = Server::start(&arguments);
    assert!(get(&server.url_of(&digest), None).unwrap() == (200, large()));
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
    server.push(&large());
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
    let digest = server.push(&large());
    let url = server.url_of(&digest);
    let fault = |kind: &str, operation: &str| {
        server.fault(&json!([{ "kind": kind, "operation": operation, "times": 1 }]));
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
