//! A client from outside reads from `spola sandbox`.

use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::server::Server;
use crate::cli_run::folder;

/// User and password as GetAuthorizationToken gives them.
fn credentials(server: &Server) -> String {
    let body = server.ecr("GetAuthorizationToken", &json!({}));
    let token = &body["authorizationData"][0]["authorizationToken"];
    let bytes = STANDARD.decode(token.as_str().unwrap()).unwrap();
    String::from_utf8(bytes).unwrap()
}

fn skopeo(arguments: &[&str]) -> Result<String, String> {
    let mut command = Command::new("skopeo");
    let output = command.arg("--insecure-policy").args(arguments).output();
    let output = output.unwrap();
    if output.status.success() {
        Ok(String::from_utf8(output.stdout).unwrap())
    } else {
        Err(String::from_utf8_lossy(&output.stderr).into_owned())
    }
}

fn is_there() -> bool {
    let there = Command::new("skopeo").arg("--version").output().is_ok();
    if !there {
        eprintln!("not run: skopeo is not installed");
    }
    there
}

#[test]
fn skopeo_reads_what_the_sandbox_holds() {
    if !is_there() {
        return;
    }
    let server = Server::start(&[]);
    let credentials = credentials(&server);
    let place = server.url.strip_prefix("http://").unwrap();
    let plain = ["--tls-verify=false", "--creds", &credentials];
    let image = |name: &str| format!("docker://{place}/{name}");
    let read = |command: &[&str], name: &str| {
        let image = image(name);
        let arguments = [command, &plain, &[&image]].concat();
        skopeo(&arguments).map(|text| serde_json::from_str::<Value>(&text).unwrap())
    };
    let inspected = read(&["inspect"], "app:1.0.0").unwrap();
    assert_eq!(inspected["Architecture"], "amd64");
    assert_eq!(inspected["Layers"].as_array().unwrap().len(), 2);
    assert_eq!(inspected["RepoTags"].as_array().unwrap().len(), 5);
    let digest = inspected["Digest"].as_str().unwrap();
    assert_eq!(
        read(&["inspect", "--config"], &format!("app@{digest}")).unwrap()["os"],
        "linux"
    );
    let index = read(&["inspect", "--raw"], "app:latest").unwrap();
    assert_eq!(index["manifests"].as_array().unwrap().len(), 2);
    let tags = read(&["list-tags"], "team/api").unwrap();
    assert_eq!(tags["Tags"].as_array().unwrap().len(), 2);
    let refused = read(&["inspect"], "none:1").unwrap_err();
    assert!(refused.contains("name unknown"), "{refused}");
    let refused = read(&["inspect"], "app:none").unwrap_err();
    assert!(refused.contains("manifest unknown"), "{refused}");

    let copy = folder("skopeo");
    let target = format!("dir:{}", copy.display());
    let source = image("app:latest");
    let all = ["copy", "--all", "--src-tls-verify=false", "--src-creds"];
    skopeo(&[&all[..], &[&credentials, &source, &target]].concat()).unwrap();
    let stored = std::fs::read(copy.join("manifest.json")).unwrap();
    assert_eq!(serde_json::from_slice::<Value>(&stored).unwrap(), index);
    // nothing can be pushed
    let back = ["copy", "--dest-tls-verify=false", "--dest-creds"];
    let source = format!("dir:{}", copy.display());
    let target = image("app:new");
    let refused = skopeo(&[&back[..], &[&credentials, &source, &target]].concat());
    assert!(refused.is_err());
}

/// Logs in, and copies what is kept in files, as `docker login` and `docker pull` do.
#[test]
fn skopeo_logs_in_and_pulls_large_layers() {
    if !is_there() {
        return;
    }
    let folder = folder("skopeo-large");
    let file = |name: &str| folder.join(name).display().to_string();
    let server = Server::start(&["--empty", "--state", &file("aws.json")]);
    let layer: Vec<u8> = (0..3_000_000_u32).map(|at| (at % 249) as u8).collect();
    server.ecr("CreateRepository", &json!({ "repositoryName": "app" }));
    server.control("settings", &json!({ "smallestPartBytes": 1 }));
    let config = br#"{"architecture":"amd64","os":"linux","rootfs":{"type":"layers"}}"#;
    let digest = server.push(
        "large",
        &[
            ("application/vnd.oci.image.config.v1+json", config),
            ("application/vnd.oci.image.layer.v1.tar", &layer),
        ],
    );
    let place = server.url.strip_prefix("http://").unwrap();
    let credentials = credentials(&server);
    let (user, password) = credentials.split_once(':').unwrap();
    let auth = ["--authfile", &file("auth.json"), "--tls-verify=false"];
    let refused = skopeo(&[
        "login", auth[0], auth[1], auth[2], "-u", user, "-p", "no", place,
    ]);
    assert!(refused.is_err());
    skopeo(&[
        "login", auth[0], auth[1], auth[2], "-u", user, "-p", password, place,
    ])
    .unwrap();
    let source = format!("docker://{place}/app:large");
    let target = format!("dir:{}", file("pulled"));
    let copy = ["copy", "--authfile", auth[1], "--src-tls-verify=false"];
    skopeo(&[&copy[..], &[&source, &target]].concat()).unwrap();
    let name = digest.strip_prefix("sha256:").unwrap();
    assert!(std::fs::read(folder.join("pulled").join(name)).unwrap() == layer);
    // a pull that breaks off fails, and the next one succeeds
    let fault = json!([{ "kind": "corrupted-body", "operation": "GetObject", "times": 1 }]);
    server.control("faults", &fault);
    let other = format!("dir:{}", file("other"));
    let broken = skopeo(&[&copy[..], &[&source, &other]].concat()).unwrap_err();
    assert!(broken.contains("Digest did not match"), "{broken}");
    skopeo(&[&copy[..], &[&source, &other]].concat()).unwrap();
    assert_eq!(server.end(), Some(0));
}
