//! `spola ecr copy` as a user types it.

use std::io::Write;
use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, channel};

use serde_json::{Value, json};

use crate::cli_ecr::Cloud;
use crate::cli_run::{folder, ran, server, spola, told_server};
use crate::served::Served;

#[test]
fn a_copy_is_planned_done_and_then_there() {
    let cloud = Cloud::new("ecr-copy");
    let line = "copy app:1.1.0 team/worker:copied";
    let plan: Value = serde_json::from_str(&cloud.out(&format!("{line} --dry-run"))).expect("JSON");
    assert_eq!(plan["bytesToMove"], 2340);
    assert_eq!(plan["tags"][0]["action"], "put");
    let done = cloud.run(line);
    assert_eq!(done.status, 0, "{}", done.err);
    let digest = plan["digest"].as_str().expect("a digest");
    let registry = "123456789012.dkr.ecr.us-east-1.amazonaws.com";
    assert_eq!(done.out, format!("{registry}/team/worker@{digest}\n"));
    let told: Vec<&str> = done.err.lines().collect();
    assert!(
        told.contains(&"layer 8b0056e52461  292 B  moved"),
        "{}",
        done.err
    );
    assert_eq!(
        told.last(),
        Some(&"copied 5049587e65a2: 1 manifest, 2 layers moved (2.3 kB); tags: copied put")
    );
    let again = cloud.json(line);
    assert_eq!(again["bytesMoved"], 0);
    assert_eq!(again["tags"][0]["outcome"], "present");
    let quiet = cloud.run(&format!("{line} --quiet"));
    assert_eq!(quiet.err, "");
}

#[test]
fn a_copy_that_fails_says_why_and_exits_with_1_or_2() {
    let cloud = Cloud::new("ecr-copy-fails");
    for (line, status, said) in [
        (
            "copy app:nope team/worker",
            1,
            "error[ecr.image-not-found]: ",
        ),
        (
            "copy app:1.1.0 nowhere",
            1,
            "error[ecr.repository-not-found]: ",
        ),
        (
            "copy app:1.1.0 team/api:2026.1.1",
            1,
            "error[ecr.tag-conflict]: ",
        ),
        (
            "copy app team/worker",
            2,
            "error: `app` has neither tag nor digest",
        ),
        (
            "copy app:1.1.0",
            2,
            "error: the following required arguments",
        ),
        ("copy app:1.1.0 Team", 2, "error: "),
        ("copy app:1.1.0 x --platform moon", 2, "error: "),
        (
            "copy --resume /nowhere/snapshot",
            2,
            "error: /nowhere/snapshot: there is no such file",
        ),
    ] {
        let ran = cloud.run(line);
        assert_eq!(
            (ran.status, ran.out.as_str()),
            (status, ""),
            "{line}: {}",
            ran.err
        );
        assert!(ran.err.starts_with(said), "{line}: {}", ran.err);
    }
    let ran = cloud.run("copy app:1.1.0 team/api:2026.1.1 --json");
    let told: Value = serde_json::from_str(&ran.out).expect("JSON");
    assert_eq!(told["failure"]["code"], "ecr.tag-conflict");
    assert_eq!(told["error"]["tag"], "2026.1.1");
}

#[test]
fn a_platform_and_tags_can_be_chosen() {
    let cloud = Cloud::new("ecr-copy-platform");
    let line = "copy app:latest team/worker --platform linux/arm64 --tag a --tag b";
    let done = cloud.json(line);
    let index = "application/vnd.oci.image.index.v1+json";
    assert_ne!(done["mediaType"], index, "the image of one platform");
    let tags = done["tags"].as_array().expect("tags");
    assert_eq!(tags.len(), 2);
    let none = cloud.json("copy app:1.1.0 team/worker --no-tag");
    assert_eq!(none["tags"].as_array().map(Vec::len), Some(0));
}

/// A server that answers nothing and tells when it is asked.
fn silent() -> (String, Receiver<()>) {
    let (arrived, waiting) = channel();
    let url = server(move |_| {
        let _ = arrived.send(());
        std::thread::park_timeout(std::time::Duration::from_secs(60));
    });
    (url, waiting)
}

/// A server that refuses everything and gives on the head of each request.
fn refusing() -> (String, Receiver<String>) {
    let (heads, seen) = channel();
    let url = told_server(move |stream, head| {
        let _ = heads.send(head.to_ascii_lowercase());
        let body = r#"{"__type": "AccessDeniedException", "message": "no"}"#;
        let head = "HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length:";
        let _ = write!(stream, "{head} {}\r\n\r\n{body}", body.len());
    });
    (url, seen)
}

fn with_keys(mut command: Command) -> Command {
    command
        .env("AWS_ACCESS_KEY_ID", "AKIAEXAMPLE")
        .env("AWS_SECRET_ACCESS_KEY", "example")
        .env("AWS_REGION", "us-east-1");
    command
}

fn endpoint(side: &str, url: &str) -> [String; 2] {
    ["--endpoint".into(), format!("{side}={url}")]
}

#[cfg(unix)]
#[test]
fn an_interrupted_copy_leaves_a_snapshot_and_goes_on_from_it() {
    let sandbox = Served::sandbox_with(&[]);
    let (nobody, waiting) = silent();
    let snapshot = folder("ecr-interrupt").join("copy.snapshot");
    let child = with_keys(spola())
        .args(["ecr", "copy", "app:1.1.0", "team/worker:late", "--snapshot"])
        .arg(&snapshot)
        .args(endpoint("source", &sandbox.url))
        .args(endpoint("destination", &nobody))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program runs");
    waiting.recv().expect("the destination is asked");
    let id = child.id().to_string();
    let killed = Command::new("kill").args(["-INT", &id]).status();
    assert!(killed.expect("kill").success());
    let interrupted = ran(child.wait_with_output().expect("it ends"));
    assert_eq!(interrupted.status, 130, "{}", interrupted.err);
    let how = format!(
        "it goes on with: spola ecr copy --resume {}\n",
        snapshot.display()
    );
    assert!(interrupted.err.ends_with(&how), "{}", interrupted.err);
    let text = std::fs::read_to_string(&snapshot).expect("a snapshot");
    assert!(!text.contains("AKIAEXAMPLE"), "{text}");
    let resumed = with_keys(spola())
        .args(["ecr", "copy", "--json", "--resume"])
        .arg(&snapshot)
        .args(endpoint("source", &sandbox.url))
        .args(endpoint("destination", &sandbox.url))
        .output();
    let resumed = ran(resumed.expect("the program runs"));
    assert_eq!(resumed.status, 0, "{}", resumed.err);
    let report: Value = serde_json::from_str(&resumed.out).expect("JSON");
    assert_eq!(report["tags"][0]["outcome"], "put");
    assert_eq!(report["bytesMoved"], 2340);
}

#[test]
fn the_source_has_the_credentials_and_region_of_its_own_profile() {
    let (url, seen) = refusing();
    let config = folder("ecr-profiles").join("config");
    let text = "[profile from]\naws_access_key_id = AKIAFROM\naws_secret_access_key = s\nregion = eu-west-1\n\
        [profile to]\naws_access_key_id = AKIATO\naws_secret_access_key = s\nregion = us-east-2\n";
    std::fs::write(&config, text).expect("written");
    let copied = |words: &[&str]| {
        let mut command = spola();
        command
            .env("AWS_CONFIG_FILE", &config)
            .env("AWS_ENDPOINT_URL", &url);
        command.args(["ecr", "copy"]).args(words);
        ran(command.output().expect("the program runs"))
    };
    let short = [
        "app:1",
        "team/app",
        "--profile",
        "to",
        "--source-profile",
        "from",
    ];
    assert_eq!(copied(&short).status, 1);
    let first = seen.recv().expect("a request");
    // Whose registry `app` is in has to be asked with the source's credentials.
    assert!(first.contains(".describeregistry"), "{first}");
    assert!(
        first.contains("credential=akiafrom/") && first.contains("/eu-west-1/ecr/"),
        "{first}"
    );
    let whole = "123456789012.dkr.ecr.eu-west-3.amazonaws.com/app:1";
    let ran = copied(&[
        whole,
        "team/app",
        "--profile",
        "to",
        "--source-profile",
        "from",
    ]);
    assert_eq!(ran.status, 1);
    let asked: Vec<String> = seen.try_iter().collect();
    let of_source = |text: &&String| text.contains("credential=akiafrom/");
    let source = asked.iter().find(of_source).expect("the source is asked");
    assert!(source.contains("/eu-west-3/ecr/"), "{source}");
    let elsewhere = [
        "app:1",
        "team/app",
        "--profile",
        "to",
        "--source-region",
        "eu-south-1",
    ];
    assert_eq!(copied(&elsewhere).status, 1);
    let first = seen.recv().expect("a request");
    assert!(
        first.contains("credential=akiato/") && first.contains("/eu-south-1/ecr/"),
        "{first}"
    );
    for other in asked.iter().filter(|text| !of_source(text)) {
        assert!(other.contains("credential=akiato/"), "{other}");
    }
}

/// A sandbox whose registry is a source like any other, and how to log in to it.
fn registry() -> (Served, String) {
    let sandbox = Served::sandbox_with(&[]);
    let login = with_keys(spola())
        .env("AWS_ENDPOINT_URL", &sandbox.url)
        .args(["ecr", "login"])
        .output();
    let login = ran(login.expect("the program runs"));
    assert_eq!(login.status, 0, "{}", login.err);
    (sandbox, format!("AWS:{}", login.out.trim_end()))
}

#[test]
fn an_image_comes_from_any_registry_with_a_login_that_is_given_or_kept() {
    let (sandbox, login) = registry();
    let host = sandbox.url.trim_start_matches("http://").to_owned();
    let image = format!("{host}/app:latest");
    let config = folder("ecr-logins");
    let copy = |words: &[&str]| {
        let mut command = with_keys(spola());
        command
            .env("AWS_ENDPOINT_URL", &sandbox.url)
            .env("DOCKER_CONFIG", &config)
            .env("LOGIN", &login)
            .args(["ecr", "copy", &image, "team/worker"])
            .args(words);
        ran(command.output().expect("the program runs"))
    };
    let refused = copy(&[]);
    assert_eq!(refused.status, 1);
    assert!(refused.err.contains("401"), "{}", refused.err);
    let given = copy(&["--source-auth", "env:LOGIN"]);
    assert_eq!(given.status, 0, "{}", given.err);
    let (user, password) = login.split_once(':').expect("user and password");
    let kept = json!({ "auths": { host: { "username": user, "password": password } } });
    std::fs::write(config.join("config.json"), kept.to_string()).expect("written");
    let kept = copy(&["--tag", "kept"]);
    assert_eq!(kept.status, 0, "{}", kept.err);
    assert!(!kept.err.contains(password) && !kept.out.contains(password));
}

#[cfg(unix)]
#[test]
fn the_helper_of_container_tools_is_asked_for_a_login() {
    use std::os::unix::fs::PermissionsExt;
    let (sandbox, login) = registry();
    let host = sandbox.url.trim_start_matches("http://").to_owned();
    let config = folder("ecr-helper");
    let (user, password) = login.split_once(':').expect("user and password");
    let given = json!({ "Username": user, "Secret": password });
    let helper = config.join("docker-credential-mine");
    let script = format!("#!/bin/sh\n[ \"$1 $(cat)\" = \"get {host}\" ] && echo '{given}'\n");
    std::fs::write(&helper, script).expect("written");
    let mode = std::fs::Permissions::from_mode(0o755);
    std::fs::set_permissions(&helper, mode).expect("made executable");
    let text = json!({ "credHelpers": { &host: "mine" } });
    std::fs::write(config.join("config.json"), text.to_string()).expect("written");
    let path = std::env::var("PATH").unwrap_or_default();
    let copied = with_keys(spola())
        .env("AWS_ENDPOINT_URL", &sandbox.url)
        .env("DOCKER_CONFIG", &config)
        .env("PATH", format!("{}:{path}", config.display()))
        .args(["ecr", "copy", &format!("{host}/app:1.1.0"), "team/worker"])
        .output();
    let copied = ran(copied.expect("the program runs"));
    assert_eq!(copied.status, 0, "{}", copied.err);
}
