//! Copies between real servers, by the command: our sandbox, moto, Debian's registry.

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use spola_ecr::digest_of;

use super::world::{bytes, entry};
use crate::cli_run::spola;
use crate::served::Served;

const HOST: &str = "123456789012.dkr.ecr.eu-west-1.amazonaws.com";
const OCI_IMAGE: &str = "application/vnd.oci.image.manifest.v1+json";
const OCI_INDEX: &str = "application/vnd.oci.image.index.v1+json";

fn copied(arguments: &[&str], variables: &[(&str, &str)]) -> Result<Value, String> {
    let mut command = spola();
    command
        .args(["ecr", "copy", "--json", "-q"])
        .args(arguments);
    command
        .env("AWS_REGION", "eu-west-1")
        .env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
        .env("AWS_SECRET_ACCESS_KEY", "secret")
        .envs(variables.iter().copied());
    let ran = command.output().expect("the program runs");
    if !ran.status.success() {
        return Err(String::from_utf8_lossy(&ran.stderr).into_owned());
    }
    Ok(serde_json::from_slice(&ran.stdout).expect("json"))
}

fn endpoint(side: &str, served: &str) -> String {
    format!("--endpoint={side}={served}")
}

#[test]
fn moto_takes_what_is_copied_into_it() {
    let Some(moto) = Served::moto() else {
        return;
    };
    let sandbox = Served::sandbox_with(&[]);
    moto.ecr("CreateRepository", &json!({"repositoryName": "copied"}));
    let source = format!("{HOST}/app:latest");
    let destination = format!("{HOST}/copied");
    let (from, to) = (
        endpoint("source", &sandbox.url),
        endpoint("destination", &moto.url),
    );
    let arguments = [source.as_str(), &destination, &from, &to];
    let report = copied(&arguments, &[]).unwrap();
    assert_eq!(report["images"].as_array().unwrap().len(), 3);
    assert!(report["bytesMoved"].as_u64().unwrap() > 0);
    let again = copied(&arguments, &[]).unwrap();
    assert_eq!(again["digest"], report["digest"]);
    assert_eq!(
        again["tags"],
        json!([{"tag": "latest", "outcome": "present"}])
    );
    assert_eq!(again["bytesMoved"], 0);
}

/// Debian's registry; it ends with its test.
struct Registry {
    child: Child,
    host: String,
}

impl Drop for Registry {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Registry {
    /// None where it, or skopeo to fill it, is not installed.
    fn start(folder: &Path, variables: &[(&str, &str)]) -> Option<Self> {
        for program in ["docker-registry", "skopeo"] {
            if Command::new(program).arg("--version").output().is_err() {
                eprintln!("skipped: {program} is not installed");
                return None;
            }
        }
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let host = listener.local_addr().expect("an address").to_string();
        drop(listener);
        let settings = folder.join("registry.yml");
        let text = json!({
            "version": 0.1, "log": {"level": "error"}, "http": {"addr": host},
            "storage": {"filesystem": {"rootdirectory": folder.join("registry")}},
        });
        std::fs::write(&settings, text.to_string()).expect("written");
        let child = Command::new("docker-registry")
            .arg("serve")
            .arg(settings)
            .envs(variables.iter().copied())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("it runs");
        let until = Instant::now() + Duration::from_secs(30);
        while std::net::TcpStream::connect(&host).is_err() {
            assert!(Instant::now() < until, "the registry does not answer");
            std::thread::sleep(Duration::from_millis(20));
        }
        Some(Self { child, host })
    }

    fn push(&self, layout: &Path, name: &str, user: &[&str]) {
        let pushed = Command::new("skopeo")
            .args([
                "--insecure-policy",
                "copy",
                "--all",
                "-q",
                "--preserve-digests",
            ])
            .args(["--dest-tls-verify=false"])
            .args(user)
            .arg(format!("oci:{}:v1", layout.display()))
            .arg(format!("docker://{}/{name}", self.host))
            .output()
            .expect("skopeo runs");
        let said = String::from_utf8_lossy(&pushed.stderr);
        assert!(pushed.status.success(), "{said}");
    }
}

fn folder(name: &str) -> PathBuf {
    let folder = std::env::temp_dir().join(format!("spola-copy-{name}-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).expect("a folder");
    folder
}

/// An index of three platforms as a folder; gives its text.
fn layout(folder: &Path) -> String {
    let blobs = folder.join("blobs/sha256");
    std::fs::create_dir_all(&blobs).expect("a folder");
    let put = |content: &[u8]| {
        let name = digest_of(content);
        std::fs::write(blobs.join(name.hex()), content).expect("written");
    };
    let mut manifests = Vec::new();
    for (at, architecture) in ["amd64", "arm64", "s390x"].iter().enumerate() {
        // What is not compressed is compressed by skopeo, and has another digest then.
        let layer = [&[0x1f, 0x8b, 8][..], &bytes(70_000 + at, at as u8)].concat();
        let config = json!({
            "os": "linux", "architecture": architecture,
            "rootfs": {"type": "layers", "diff_ids": [digest_of(&layer)]},
        });
        let config = config.to_string();
        let manifest = json!({
            "schemaVersion": 2, "mediaType": OCI_IMAGE,
            "config": entry(config.as_bytes(), "application/vnd.oci.image.config.v1+json"),
            "layers": [entry(&layer, super::world::LAYER)],
        });
        let manifest = manifest.to_string();
        for content in [&layer[..], config.as_bytes(), manifest.as_bytes()] {
            put(content);
        }
        let mut image = entry(manifest.as_bytes(), OCI_IMAGE);
        image["platform"] = json!({"os": "linux", "architecture": architecture});
        manifests.push(image);
    }
    let index = json!({"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": manifests});
    let index = index.to_string();
    put(index.as_bytes());
    let mut named = entry(index.as_bytes(), OCI_INDEX);
    named["annotations"] = json!({"org.opencontainers.image.ref.name": "v1"});
    let root = json!({"schemaVersion": 2, "manifests": [named]});
    std::fs::write(folder.join("index.json"), root.to_string()).expect("written");
    let version = "{\"imageLayoutVersion\": \"1.0.0\"}";
    std::fs::write(folder.join("oci-layout"), version).expect("written");
    index
}

#[test]
fn an_index_of_three_platforms_comes_from_debians_registry_as_it_is() {
    let folder = folder("index");
    let Some(registry) = Registry::start(&folder, &[]) else {
        return;
    };
    let index = layout(&folder.join("layout"));
    registry.push(&folder.join("layout"), "team/app:v1", &[]);
    let sandbox = Served::sandbox_with(&["--empty"]);
    sandbox.ecr("CreateRepository", &json!({"repositoryName": "app"}));
    let source = format!("{}/team/app:v1", registry.host);
    let (destination, to) = (format!("{HOST}/app"), endpoint("destination", &sandbox.url));
    let arguments = [source.as_str(), &destination, &to];
    let report = copied(&arguments, &[]).unwrap();
    assert_eq!(report["digest"], digest_of(index.as_bytes()).as_str());
    assert_eq!(report["images"].as_array().unwrap().len(), 4);
    let moved = report["bytesMoved"].as_u64().unwrap();
    assert!(moved > 210_000, "{moved}");
    assert_eq!(copied(&arguments, &[]).unwrap()["bytesMoved"], 0);
    let one = [&arguments[..], &["--platform", "linux/s390x", "--tag", "z"]].concat();
    let report = copied(&one, &[]).unwrap();
    assert_eq!(report["mediaType"], OCI_IMAGE);
    let _ = std::fs::remove_dir_all(folder);
}

#[test]
fn debians_registry_that_wants_a_password_is_told_it() {
    let folder = folder("basic");
    // The password `hunter2` of `me`.
    let hash = "me:$2b$05$.0KQAu9IDwBmvO6kuDy8juvnWtvh6VsW.KAWPyFRytLe4VUAkAI3q\n";
    let file = folder.join("htpasswd");
    std::fs::write(&file, hash).expect("written");
    let variables = [
        ("REGISTRY_AUTH_HTPASSWD_REALM", "here"),
        (
            "REGISTRY_AUTH_HTPASSWD_PATH",
            file.to_str().expect("a path"),
        ),
    ];
    let Some(registry) = Registry::start(&folder, &variables) else {
        return;
    };
    layout(&folder.join("layout"));
    registry.push(
        &folder.join("layout"),
        "team/app:v1",
        &["--dest-creds", "me:hunter2"],
    );
    let sandbox = Served::sandbox_with(&["--empty"]);
    sandbox.ecr("CreateRepository", &json!({"repositoryName": "app"}));
    let source = format!("{}/team/app:v1", registry.host);
    let (destination, to) = (format!("{HOST}/app"), endpoint("destination", &sandbox.url));
    let arguments = [source.as_str(), &destination, &to];
    let refused = copied(&arguments, &[]).unwrap_err();
    assert!(refused.contains("401"), "{refused}");
    let login = [&arguments[..], &["--source-auth", "env:LOGIN"]].concat();
    let report = copied(&login, &[("LOGIN", "me:hunter2")]).unwrap();
    assert_eq!(report["images"].as_array().unwrap().len(), 4);
    let wrong = copied(&login, &[("LOGIN", "me:hunter3")]).unwrap_err();
    assert!(
        wrong.contains("401") && !wrong.contains("hunter3"),
        "{wrong}"
    );
    let _ = std::fs::remove_dir_all(folder);
}
