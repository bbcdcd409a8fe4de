//! `spola sandbox` as a process that a test talks to.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::call::OCI;
use crate::cli_run::spola;
use crate::soak::digest;

/// `spola sandbox` on a port that the system chose; killed when it is dropped.
pub struct Server {
    child: Child,
    /// Where it listens, `http://127.0.0.1:PORT`.
    pub url: String,
}

impl Server {
    /// Starts it with more arguments.
    pub fn start(arguments: &[&str]) -> Self {
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
        // what it says later needs a reader too
        std::thread::spawn(move || std::io::copy(&mut said, &mut std::io::sink()));
        Self { child, url }
    }

    /// Asks it to end, as a service manager does; its exit status.
    pub fn end(mut self) -> Option<i32> {
        let id = self.child.id().to_string();
        Command::new("kill").args(["-TERM", &id]).status().unwrap();
        self.child.wait().unwrap().code()
    }

    /// A call of ECR that succeeds.
    pub fn ecr(&self, operation: &str, body: &Value) -> Value {
        let target = format!("AmazonEC2ContainerRegistry_V20150921.{operation}");
        let answer = ureq::post(&self.url)
            .header("x-amz-target", &target)
            .send(body.to_string());
        let text = answer.unwrap().body_mut().read_to_string().unwrap();
        serde_json::from_str(&text).unwrap()
    }

    /// Pushes an image of the repository `app`, its config first among the blobs, each with its
    /// media type; they go in parts of a million bytes. Gives the last blob's digest.
    pub fn push(&self, tag: &str, blobs: &[(&str, &[u8])]) -> String {
        let mut descriptors = Vec::new();
        for (kind, bytes) in blobs {
            let name = json!({ "repositoryName": "app" });
            let upload = &self.ecr("InitiateLayerUpload", &name)["uploadId"];
            let mut at = 0;
            for part in bytes.chunks(1_000_000) {
                let body = json!({
                    "repositoryName": "app", "uploadId": upload, "partFirstByte": at,
                    "partLastByte": at + part.len() - 1, "layerPartBlob": STANDARD.encode(part),
                });
                self.ecr("UploadLayerPart", &body);
                at += part.len();
            }
            let digest = digest(bytes);
            let body = json!({
                "repositoryName": "app", "uploadId": upload, "layerDigests": [digest],
            });
            self.ecr("CompleteLayerUpload", &body);
            descriptors.push(json!({ "mediaType": kind, "digest": digest, "size": bytes.len() }));
        }
        let manifest = json!({
            "schemaVersion": 2, "mediaType": OCI,
            "config": descriptors[0], "layers": descriptors[1..],
        });
        let body = json!({
            "repositoryName": "app", "imageTag": tag, "imageManifest": manifest.to_string(),
        });
        self.ecr("PutImage", &body);
        blobs.last().map(|(_, bytes)| digest(bytes)).unwrap()
    }

    /// A control request that changes something.
    pub fn control(&self, path: &str, body: &Value) {
        let url = format!("{}/_sandbox/{path}", self.url);
        ureq::post(url).send(body.to_string()).unwrap();
    }

    /// A control request that shows something.
    pub fn shown(&self, path: &str) -> Vec<u8> {
        let url = format!("{}/_sandbox/{path}", self.url);
        let mut answer = ureq::get(url).call().unwrap();
        let body = answer.body_mut().with_config().limit(1 << 30);
        body.read_to_vec().unwrap()
    }

    /// KiB of memory that it holds, where the system tells.
    pub fn memory(&self) -> Option<u64> {
        let path = format!("/proc/{}/status", self.child.id());
        let text = std::fs::read_to_string(path).ok()?;
        let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
        line.split_whitespace().next()?.parse().ok()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
