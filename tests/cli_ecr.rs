//! `spola ecr` as a user types it, against the sandbox.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::mpsc::{Receiver, channel};

use serde_json::Value;

use crate::cli_run::{Ran, folder, ran, run, server, spola};
use crate::served::Served;

/// A state file of a test's own; the sample registry is in it at first.
struct Cloud(PathBuf);

impl Cloud {
    fn new(name: &str) -> Self {
        Self(folder(name).join("state.json"))
    }

    fn run(&self, line: &str) -> Ran {
        let state = self.0.display().to_string();
        let words = ["ecr"].into_iter().chain(line.split_whitespace());
        let words: Vec<&str> = words.chain(["--sandbox-state", &state]).collect();
        run(&words)
    }

    /// What a command prints that goes well.
    fn out(&self, line: &str) -> String {
        let ran = self.run(line);
        assert_eq!(ran.status, 0, "{line}: {}", ran.err);
        ran.out
    }

    fn json(&self, line: &str) -> Value {
        serde_json::from_str(&self.out(&format!("{line} --json"))).expect("one JSON object")
    }
}

fn names(found: &Value) -> Vec<&str> {
    let repositories = found["repositories"].as_array().expect("repositories");
    let names = repositories.iter();
    names
        .filter_map(|one| one["repositoryName"].as_str())
        .collect()
}

#[test]
fn repositories_are_listed_by_name_and_tag() {
    let cloud = Cloud::new("ecr-ls");
    assert_eq!(
        cloud.out("ls"),
        "NAME         TAGS ARE   CREATED               URI\n\
         app          mutable    2026-01-05T09:00:00Z  123456789012.dkr.ecr.us-east-1.amazonaws.com/app\n\
         team/api     immutable  2026-01-05T10:00:00Z  123456789012.dkr.ecr.us-east-1.amazonaws.com/team/api\n\
         team/worker  mutable    2026-01-05T11:00:00Z  123456789012.dkr.ecr.us-east-1.amazonaws.com/team/worker\n"
    );
    assert_eq!(names(&cloud.json("ls team/*")), ["team/api", "team/worker"]);
    assert_eq!(names(&cloud.json("ls --pattern ^a")), ["app"]);
    assert_eq!(names(&cloud.json("ls --tag team=sample")), ["app"]);
    assert_eq!(names(&cloud.json("ls --tag team")), ["app"]);
    assert_eq!(cloud.out("ls --tag team=other"), "");
    let tagged = cloud.out("ls app --tags");
    assert!(tagged.ends_with("team=sample\n"), "{tagged}");
}

#[test]
fn a_registry_is_described_and_logged_in_to() {
    let cloud = Cloud::new("ecr-login");
    assert_eq!(
        cloud.out("describe"),
        "account      123456789012\nregion       us-east-1\n\
         registry     123456789012.dkr.ecr.us-east-1.amazonaws.com\nreplicates   nowhere\n"
    );
    let given = cloud.json("login --region eu-west-1");
    assert_eq!(given["username"], "AWS");
    let password = cloud.out("login");
    assert!(password.trim_end().len() > 20 && password.lines().count() == 1);
}

#[test]
fn a_name_is_made_whole_without_asking_anybody() {
    let uri = |words: &[&str]| run(&[&["ecr", "uri"], words].concat());
    let whole = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/team/app:v1";
    let places = ["--account", "123456789012", "--region", "eu-west-1"];
    let ran = uri(&[&["team/app:v1"][..], &places].concat());
    assert_eq!((ran.status, ran.out.trim_end()), (0, whole), "{}", ran.err);
    let ran = uri(&[whole, "--json"]);
    let value: Value = serde_json::from_str(&ran.out).expect("JSON");
    assert_eq!(
        value["arn"],
        "arn:aws:ecr:eu-west-1:123456789012:repository/team/app"
    );
    assert_eq!(
        (&value["repository"], &value["tag"]),
        (&"team/app".into(), &"v1".into())
    );
    let ran = uri(&["arn:aws-cn:ecr:cn-north-1:123456789012:repository/xyz"]);
    let expected = "123456789012.dkr.ecr.cn-north-1.amazonaws.com.cn/xyz\n";
    assert_eq!(ran.out, expected);
    let ran = uri(&["team/app"]);
    assert_eq!((ran.status, ran.out.as_str()), (2, ""));
    assert!(ran.err.contains("give account and region"), "{}", ran.err);
    let ran = uri(&[&["Team/App", "--json"][..], &places].concat());
    assert_eq!(ran.status, 2);
    let told: Value = serde_json::from_str(&ran.out).expect("JSON");
    assert_eq!(
        told["diagnostics"][0]["code"],
        "ecr.invalid-repository-name"
    );
}

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
    assert_eq!(done.out, format!("team/worker@{digest}\n"));
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
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let (heads, seen) = channel();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut text = String::new();
            let mut byte = [0];
            while !text.ends_with("\r\n\r\n") && matches!(stream.read(&mut byte), Ok(1)) {
                text.push(char::from(byte[0]));
            }
            let _ = heads.send(text.to_ascii_lowercase());
            let body = r#"{"__type": "AccessDeniedException", "message": "no"}"#;
            let head = "HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length:";
            let _ = write!(stream, "{head} {}\r\n\r\n{body}", body.len());
        }
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
    for other in asked.iter().filter(|text| !of_source(text)) {
        assert!(other.contains("credential=akiato/"), "{other}");
    }
}

#[test]
fn help_names_every_command() {
    let ran = run(&["ecr", "--help"]);
    assert_eq!(ran.status, 0);
    for name in ["copy", "ls", "describe", "login", "uri"] {
        assert!(
            ran.out.contains(&format!("\n  {name} ")),
            "{name}: {}",
            ran.out
        );
    }
}
