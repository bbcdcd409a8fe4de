//! The command as a user types it: answers, messages, exit status.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;

use serde_json::{Value, json};

use crate::harness::root;

/// The program, built once.
pub fn spola() -> Command {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    let path = BUILT.get_or_init(|| {
        let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".into());
        let built = Command::new(cargo)
            .args([
                "build",
                "--quiet",
                "-p",
                "spola-cli",
                "--message-format=json-render-diagnostics",
            ])
            .args((!cfg!(debug_assertions)).then_some("--release"))
            .current_dir(root())
            .output()
            .expect("cargo");
        let text = String::from_utf8_lossy(&built.stdout);
        let executable = text
            .lines()
            .filter_map(|line| serde_json::from_str::<Value>(line).ok())
            .filter_map(|message| message["executable"].as_str().map(PathBuf::from))
            .find(|path| path.file_stem().is_some_and(|name| name == "spola"));
        executable.expect("the program builds")
    });
    let mut command = Command::new(path);
    command.current_dir(root());
    for (name, _) in std::env::vars().filter(|(name, _)| name.starts_with("AWS_")) {
        command.env_remove(name);
    }
    // No profile of whoever runs the tests.
    command
        .env("AWS_CONFIG_FILE", "/nonexistent")
        .env("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
        .env("AWS_EC2_METADATA_DISABLED", "true");
    command
}

/// What a command printed and how it ended.
pub struct Ran {
    /// The exit status.
    pub status: i32,
    /// Standard output.
    pub out: String,
    /// Standard error.
    pub err: String,
}

/// Runs the program.
pub fn run(arguments: &[&str]) -> Ran {
    ran(spola().args(arguments).output().expect("the program runs"))
}

/// What a program printed and how it ended.
pub fn ran(output: Output) -> Ran {
    Ran {
        status: output.status.code().unwrap_or(-1),
        out: String::from_utf8_lossy(&output.stdout).into_owned(),
        err: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// A folder of its own for a test; old contents are removed.
pub fn folder(name: &str) -> PathBuf {
    let path = root().join("target").join("test-files").join(name);
    let _ = std::fs::remove_dir_all(&path);
    std::fs::create_dir_all(&path).expect("a folder");
    path
}

const API: &str = r#"{"openapi":"3.1.0","info":{"title":"A","version":"1"},"servers":[{"url":"http://127.0.0.1:9"}],
"paths":{"/x":{"get":{"operationId":"getX"}},"/y":{"get":{"operationId":"getY"}}}}"#;

fn workflow(steps: &str) -> String {
    format!(
        "arazzo: 1.0.1\ninfo: {{title: T, version: '1'}}\nsourceDescriptions:\n- {{name: api, url: api.json, type: \
         openapi}}\nworkflows:\n- workflowId: w\n  inputs:\n    type: object\n    required: [name]\n    properties: \
         {{name: {{type: string}}, n: {{type: integer}}}}\n  steps:\n{steps}"
    )
}

const STEP: &str = "  - stepId: x\n    operationId: getX\n    outputs: {v: $response.body#/v}\n";

/// Writes a workflow with its description.
fn written(name: &str, text: &str) -> String {
    let folder = folder(name);
    std::fs::write(folder.join("api.json"), API).expect("written");
    let path = folder.join("w.arazzo.yaml");
    std::fs::write(&path, text).expect("written");
    path.display().to_string()
}

fn refused(document: &str, more: &[&str], code: &str, parts: &[&str]) {
    let mut arguments = vec!["run", document];
    arguments.extend(more);
    let ran = run(&arguments);
    assert_eq!(ran.status, 2, "{}{}", ran.out, ran.err);
    assert!(ran.err.contains(code), "{code}: {}", ran.err);
    for part in parts {
        assert!(ran.err.contains(part), "{part}: {}", ran.err);
    }
    assert!(ran.out.is_empty(), "{}", ran.out);
}

#[test]
fn a_missing_file_is_said_with_its_path_and_exit_status_2() {
    refused(
        "nowhere.arazzo.yaml",
        &[],
        "document.unavailable",
        &["nowhere.arazzo.yaml", "there is no such file"],
    );
}

#[test]
fn broken_yaml_is_said_with_its_place() {
    let path = written("broken", "arazzo: 1.0.1\ninfo: {title: [}\n");
    refused(&path, &[], "document.syntax", &[":2:", "2 | info"]);
}

#[test]
fn a_wrong_type_is_said_with_its_place() {
    let path = written(
        "wrong-type",
        &workflow("  - stepId: x\n    operationId: getX\n    outputs: [1]\n"),
    );
    refused(
        &path,
        &["-i", "name=a"],
        "document.wrong-type",
        &["outputs: [1]", "^"],
    );
}

#[test]
fn an_unknown_operation_is_said_with_the_nearest_one() {
    let path = written(
        "unknown-operation",
        &workflow("  - {stepId: x, operationId: gteX}\n"),
    );
    refused(
        &path,
        &["-i", "name=a"],
        "link.unknown-operation",
        &["gteX", "did you mean `getX`"],
    );
}

#[test]
fn a_missing_required_input_is_said_by_name() {
    let path = written("missing-input", &workflow(STEP));
    refused(&path, &[], "run.invalid-inputs", &["name"]);
}

#[test]
fn a_missing_source_is_said_with_the_place_that_was_tried() {
    let path = written("missing-source", &workflow(STEP));
    std::fs::remove_file(Path::new(&path).with_file_name("api.json")).expect("removed");
    refused(
        &path,
        &["-i", "name=a"],
        "document.unavailable",
        &["api.json", "there is no such file"],
    );
}

#[test]
fn an_alias_bomb_is_refused_quickly_by_the_limit_that_it_meets() {
    let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..12 {
        let before = format!("*a{}, ", level - 1).repeat(9);
        text.push_str(&format!(
            "a{level}: &a{level} [{}]\n",
            before.trim_end_matches(", ")
        ));
    }
    refused(&written("bomb", &text), &[], "document.too-", &[]);
}

#[test]
fn two_hundred_thousand_open_brackets_are_refused_quickly() {
    refused(
        &written("brackets", &"[".repeat(200_000)),
        &[],
        "document.too-deep",
        &[],
    );
    refused(
        &written(
            "brackets-later",
            &format!("arazzo: {}", "[".repeat(200_000)),
        ),
        &[],
        "document.",
        &[],
    );
}

#[test]
fn with_json_diagnostics_go_to_standard_output_as_one_object() {
    let path = written(
        "json-diagnostics",
        &workflow("  - {stepId: x, operationId: gteX}\n"),
    );
    let ran = run(&["run", &path, "--json"]);
    assert_eq!(ran.status, 2);
    let value: Value = serde_json::from_str(&ran.out).expect("json");
    let first = &value["diagnostics"][0];
    assert_eq!(first["code"], "link.unknown-operation");
    assert_eq!(first["severity"], "error");
    assert_eq!(first["line"], 12);
    assert_eq!(first["pointer"], "/workflows/0/steps/0/operationId");
}

/// A server that answers each connection as it is told, once it has read a head.
pub fn server(answer: impl Fn(&mut TcpStream) + Send + 'static) -> String {
    told_server(move |stream, _| answer(stream))
}

/// The same where the answer is told the head, and what of the body came with it.
pub fn told_server(answer: impl Fn(&mut TcpStream, &str) + Send + 'static) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let mut seen = Vec::new();
            let mut buffer = [0; 4096];
            while !seen.windows(4).any(|four| four == b"\r\n\r\n") {
                match stream.read(&mut buffer) {
                    Ok(0) | Err(_) => break,
                    Ok(n) => seen.extend_from_slice(&buffer[..n]),
                }
            }
            answer(&mut stream, &String::from_utf8_lossy(&seen));
        }
    });
    format!("http://{address}")
}

fn text_server(status: &'static str, body: impl Into<String>) -> String {
    let body = body.into();
    server(move |stream| {
        let head = format!(
            "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
            body.len()
        );
        let _ = stream
            .write_all(head.as_bytes())
            .and_then(|()| stream.write_all(body.as_bytes()));
    })
}

fn fails(name: &str, endpoint: &str, code: &str, parts: &[&str]) -> Ran {
    let path = written(name, &workflow(STEP));
    let ran = run(&["run", &path, "-i", "name=a", "--endpoint", endpoint]);
    assert_eq!(ran.status, 1, "{}{}", ran.out, ran.err);
    assert!(ran.err.contains(code), "{code}: {}", ran.err);
    for part in parts {
        assert!(ran.err.contains(part), "{part}: {}", ran.err);
    }
    ran
}

#[test]
fn a_refused_connection_fails_the_step_and_names_the_address() {
    fails(
        "refused",
        "http://127.0.0.1:9",
        "run.connect",
        &["127.0.0.1:9", "step `x`"],
    );
}

#[test]
fn an_error_answer_fails_the_step_with_its_status() {
    fails(
        "error-answer",
        &text_server("404 Not Found", "{}"),
        "run.criteria",
        &["404"],
    );
}

#[test]
fn an_answer_that_is_not_json_where_it_must_be_fails_the_step() {
    fails(
        "not-json",
        &text_server("200 OK", "<html>no</html>"),
        "exchange.malformed-json",
        &["step `x`"],
    );
}

#[test]
fn an_answer_of_300_mb_is_read_no_further_than_the_limit() {
    let endpoint = server(|stream| {
        let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 300000000\r\n\r\n";
        let chunk = [b' '; 1 << 16];
        let mut written = stream.write_all(head.as_bytes());
        for _ in 0..300_000_000 / chunk.len() {
            written = written.and_then(|()| stream.write_all(&chunk));
        }
    });
    fails("large", &endpoint, "run.too-large", &["67108864"]);
}

#[test]
fn an_answer_that_is_cut_short_fails_the_step() {
    let endpoint = server(|stream| {
        let _ = stream.write_all(
            b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{\"v\":",
        );
    });
    fails("cut-short", &endpoint, "run.truncated", &[]);
}

#[test]
fn an_answer_nested_three_million_deep_fails_the_step() {
    let endpoint = text_server("200 OK", "[".repeat(3_000_000));
    fails("deep", &endpoint, "exchange.too-deep", &["512"]);
}

#[test]
fn with_json_the_result_is_one_object_on_standard_output() {
    let text = workflow(STEP).replace("  steps:", "  outputs: {v: $steps.x.outputs.v}\n  steps:");
    let path = written("json-result", &text);
    let endpoint = text_server("200 OK", r#"{"v": 12345678901234567890123}"#);
    let ran = run(&[
        "run",
        &path,
        "-i",
        "name=a",
        "--endpoint",
        &endpoint,
        "--json",
    ]);
    assert_eq!(ran.status, 0, "{}", ran.err);
    let value: Value = serde_json::from_str(&ran.out).expect("json");
    assert_eq!(value["workflowId"], "w");
    assert_eq!(value["outcome"], "succeeded");
    assert_eq!(
        value["outputs"].to_string(),
        r#"{"v":12345678901234567890123}"#
    );
    assert_eq!(value["failure"], Value::Null);
    assert_eq!(
        value["steps"],
        json!([{
            "workflowId": "w", "stepId": "x", "execution": 1, "attempt": 1, "outcome": "succeeded",
            "request": {"method": "GET", "url": format!("{endpoint}/x")}, "status": 200,
            "criteria": [], "action": "next",
        }])
    );
}

#[test]
fn a_timeout_of_the_whole_run_fails_it() {
    let path = written("timeout", &workflow(STEP));
    let endpoint = server(|_| std::thread::sleep(std::time::Duration::from_secs(5)));
    let ran = run(&[
        "run",
        &path,
        "-i",
        "name=a",
        "--endpoint",
        &endpoint,
        "--timeout",
        "200ms",
    ]);
    assert_eq!(ran.status, 1, "{}", ran.err);
    assert!(ran.err.contains("run.timeout"), "{}", ran.err);
}

#[test]
fn inputs_are_read_by_their_declared_types() {
    let steps = "  - stepId: x\n    operationId: getX\n    parameters: [{name: n, in: query, value: $inputs.n}, {name: q, in: query, value: $inputs.name}]\n";
    let path = written("typed-inputs", &workflow(steps));
    let ran = run(&["run", &path, "-i", "name=007", "-i", "n=7", "--dry-run"]);
    assert_eq!(ran.status, 0, "{}", ran.err);
    assert!(
        ran.out.contains("GET http://127.0.0.1:9/x?n=7&q=007"),
        "{}",
        ran.out
    );
    let ran = run(&["run", &path, "-i", "name=a", "-i", "n=seven", "--dry-run"]);
    assert_eq!(ran.status, 2);
    assert!(ran.err.contains("`n`"), "{}", ran.err);
}

#[test]
fn a_run_stopped_before_its_answer_goes_on_from_its_snapshot() {
    let steps = "  - {stepId: x, operationId: getX, outputs: {v: $response.body#/v}}\n  - {stepId: y, operationId: getY}\n";
    let text = workflow(steps).replace("  steps:", "  outputs: {v: $steps.x.outputs.v}\n  steps:");
    let path = written("resume", &text);
    let snapshot = Path::new(&path)
        .with_file_name("run.snapshot")
        .display()
        .to_string();
    let first = std::sync::atomic::AtomicU32::new(0);
    let endpoint = server(move |stream| {
        if first.fetch_add(1, std::sync::atomic::Ordering::SeqCst) == 1 {
            std::thread::sleep(std::time::Duration::from_secs(3));
        }
        let _ = stream.write_all(
            b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 7\r\nConnection: close\r\n\r\n{\"v\":1}",
        );
    });
    let common = ["run", &path, "-i", "name=a", "--endpoint", &endpoint];
    let mut arguments = common.to_vec();
    arguments.extend(["--snapshot", &snapshot, "--timeout", "700ms"]);
    let ran = run(&arguments);
    assert_eq!(ran.status, 1, "{}", ran.err);
    let mut arguments = common.to_vec();
    arguments.extend(["--resume", &snapshot, "--json"]);
    let ran = run(&arguments);
    assert_eq!(ran.status, 0, "{}", ran.err);
    let value: Value = serde_json::from_str(&ran.out).expect("json");
    assert_eq!(value["outputs"], json!({"v": 1}));
    let steps: Vec<&Value> = value["steps"]
        .as_array()
        .expect("steps")
        .iter()
        .map(|s| &s["stepId"])
        .collect();
    assert_eq!(steps, ["y"]);
}

#[test]
fn eval_prints_the_value_as_json() {
    let context = folder("eval").join("context.json");
    std::fs::write(
        &context,
        r#"{"inputs": {"a": 1}, "statusCode": 200, "response": {"body": {"s": "A"}, "headers": {"X": "y"}}, "context": {"n": [1, 2]}}"#,
    )
    .expect("written");
    let context = context.display().to_string();
    for (kind, text, out, status) in [
        ("expression", "$inputs.a", "1", 0),
        ("expression", "$inputs.none", "null", 0),
        ("string", "v-{$inputs.a}", "\"v-1\"", 0),
        (
            "simple",
            "$statusCode == 200 && $response.body#/s == 'a'",
            "true",
            0,
        ),
        ("simple", "$statusCode > 300", "false", 0),
        ("jsonpath", "$.n[?@ > 1]", "true", 0),
        ("query", "$.n[*]", "[1,2]", 0),
        ("expression", "$input.a", "", 2),
        ("xpath", "/a", "", 2),
    ] {
        let ran = run(&["eval", text, "--as", kind, "--context", &context]);
        assert_eq!(
            (ran.out.trim_end(), ran.status),
            (out, status),
            "{text}: {}",
            ran.err
        );
    }
}

#[cfg(unix)]
#[test]
fn an_interrupt_leaves_a_snapshot_that_can_be_resumed() {
    let text = workflow(STEP).replace("  steps:", "  outputs: {v: $steps.x.outputs.v}\n  steps:");
    let path = written("interrupt", &text);
    let snapshot = Path::new(&path).with_file_name("run.snapshot");
    let (arrived, waiting) = std::sync::mpsc::channel();
    let silent = server(move |_| {
        // Keeps the connection open until the client goes away.
        let _ = arrived.send(());
        std::thread::park_timeout(std::time::Duration::from_secs(60));
    });
    let child = spola()
        .args([
            "run",
            &path,
            "-i",
            "name=a",
            "--endpoint",
            &silent,
            "--snapshot",
        ])
        .arg(&snapshot)
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .spawn()
        .expect("the program runs");
    waiting.recv().expect("the request");
    let id = child.id().to_string();
    let killed = Command::new("kill").args(["-INT", &id]).status();
    assert!(killed.expect("kill").success());
    let interrupted = ran(child.wait_with_output().expect("it ends"));
    assert_eq!(interrupted.status, 130, "{}", interrupted.err);
    let endpoint = text_server("200 OK", r#"{"v": 1}"#);
    let snapshot = snapshot.display().to_string();
    let again = run(&[
        "run",
        &path,
        "-i",
        "name=a",
        "--endpoint",
        &endpoint,
        "--resume",
        &snapshot,
    ]);
    assert_eq!(again.status, 0, "{}", again.err);
    assert!(again.out.contains("\"v\": 1"), "{}", again.out);
}

#[test]
fn no_secret_reaches_a_har_file_a_snapshot_or_the_screen() {
    let steps = "  - stepId: x\n    operationId: getX\n    parameters:\n    - {name: Authorization, in: header, value: 'Bearer {$inputs.password}'}\n    - {name: key, in: query, value: $inputs.password}\n    outputs: {v: $response.body#/v}\n";
    let text = workflow(steps).replace(
        "properties: {",
        "properties: {password: {type: string, format: password}, ",
    );
    let path = written("secrets", &text);
    let folder = Path::new(&path).parent().expect("a folder").to_owned();
    let endpoint = text_server(
        "400 Bad Request",
        r#"{"message": "hunter2-hunter2 is no good"}"#,
    );
    let har = folder.join("run.har").display().to_string();
    let snapshot = folder.join("run.snapshot").display().to_string();
    let ran = run(&[
        "run",
        &path,
        "-i",
        "name=a",
        "-i",
        "password=hunter2-hunter2",
        "--endpoint",
        &endpoint,
        "--har",
        &har,
        "--snapshot",
        &snapshot,
        "--json",
        "-v",
    ]);
    assert_eq!(ran.status, 1, "{}", ran.err);
    let files = [&har, &snapshot].map(|path| std::fs::read_to_string(path).expect("written"));
    for text in [&ran.out, &ran.err, &files[0], &files[1]] {
        assert!(!text.contains("hunter2"), "{text}");
    }
    assert!(files[0].contains("***"), "{}", files[0]);
}
