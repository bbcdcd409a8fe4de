//! The command against servers: our own sandbox, and moto.
//!
//! moto is an imitation of AWS by other people, so it does not share our
//! mistakes. `SPOLA_MOTO` names its `moto_server`; without it, it is skipped.

use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use spola::auth::{Auth, AwsCredentials, Credentials, Scheme};

use crate::cli_run::spola;
use crate::harness::{authorize, root, shared};

const REGION: &str = "eu-west-1";
const ENSURE: &str = "ensure-repository-and-seed-image";
const PUBLISH: &str = "publish-image";
const INVENTORY: &str = "image-inventory";
const BUILD: &str = "create-image-and-poll";

/// A server of its own; it ends with its test.
pub struct Served {
    child: Child,
    /// Where it is.
    pub url: String,
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Served {
    /// `spola sandbox` without a repository.
    fn sandbox() -> Self {
        Self::sandbox_with(&["--empty"])
    }

    /// `spola sandbox`, on any free port.
    pub fn sandbox_with(arguments: &[&str]) -> Self {
        let mut child = spola()
            .args(["sandbox", "--listen", "127.0.0.1:0"])
            .args(arguments)
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program runs");
        let said = child.stderr.take().expect("standard error");
        let mut lines = BufReader::new(said).lines().map_while(Result::ok);
        let url = lines.find_map(|line| {
            let at = line.find("http://")?;
            Some(line[at..].trim_end().to_owned())
        });
        // Nobody may wait for a reader that is gone.
        std::thread::spawn(move || lines.for_each(drop));
        Self {
            child,
            url: url.expect("it says where it listens"),
        }
    }

    /// moto's server, where there is one.
    pub fn moto() -> Option<Self> {
        let Some(program) = std::env::var_os("SPOLA_MOTO") else {
            eprintln!("skipped: SPOLA_MOTO does not name a moto_server");
            return None;
        };
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let port = listener.local_addr().expect("an address").port();
        drop(listener);
        let child = Command::new(program)
            .args(["-H", "127.0.0.1", "-p", &port.to_string()])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("moto_server runs");
        let served = Self {
            child,
            url: format!("http://127.0.0.1:{port}"),
        };
        let until = Instant::now() + Duration::from_secs(60);
        while ureq::get(format!("{}/moto-api/", served.url))
            .call()
            .is_err()
        {
            assert!(Instant::now() < until, "moto does not answer");
            std::thread::sleep(Duration::from_millis(100));
        }
        Some(served)
    }

    /// Calls a control path of the sandbox.
    fn control(&self, path: &str, body: &Value) {
        let sent = ureq::post(format!("{}/_sandbox/{path}", self.url)).send(body.to_string());
        sent.unwrap_or_else(|error| panic!("{path}: {error}"));
    }

    /// Calls ECR; the answer has to be a success.
    pub fn ecr(&self, operation: &str, body: &Value) {
        let target = format!("AmazonEC2ContainerRegistry_V20150921.{operation}");
        let request = http::Request::post(format!("{}/", self.url))
            .header("x-amz-target", target)
            .header("content-type", "application/x-amz-json-1.1")
            .body(body.to_string().into_bytes())
            .expect("a request");
        let auth = Auth {
            schemes: vec![Scheme::SigV4 {
                service: "ecr".into(),
                region: REGION.into(),
            }],
            ..Auth::default()
        };
        let credentials = Credentials {
            aws: Some(AwsCredentials::new("AKIDEXAMPLE", "secret", None)),
            ..Credentials::default()
        };
        let now = Duration::from_secs(1_800_000_000);
        let request = authorize(request, &auth, &credentials, now).expect("signed");
        ureq::run(request).unwrap_or_else(|error| panic!("{operation}: {error}"));
    }

    /// Runs a document by the command, and gives its result.
    fn run(&self, document: &Path, inputs: &Value, more: &[&str]) -> Value {
        let mut command = spola();
        command
            .arg("run")
            .arg(document)
            .args(["--json", "-q"])
            .args(more);
        for (name, value) in inputs.as_object().expect("inputs") {
            let value = value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned);
            command.arg("-i").arg(format!("{name}={value}"));
        }
        command
            .env("AWS_ENDPOINT_URL", &self.url)
            .env("AWS_REGION", REGION)
            .env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
            .env("AWS_SECRET_ACCESS_KEY", "secret");
        let ran = command.output().expect("the program runs");
        let err = String::from_utf8_lossy(&ran.stderr);
        let result: Value = serde_json::from_slice(&ran.stdout)
            .unwrap_or_else(|error| panic!("{}: {error}: {err}", document.display()));
        let status = ran.status.code();
        let expected = i32::from(result["outcome"] != "succeeded");
        assert_eq!(status, Some(expected), "{result} {err}");
        result
    }
}

/// The step of every request, in order.
fn steps(result: &Value) -> Vec<&str> {
    let steps = result["steps"].as_array().expect("steps").iter();
    steps.filter_map(|step| step["stepId"].as_str()).collect()
}

fn succeeds<'r>(result: &'r Value, expected: &[&str]) -> &'r Value {
    assert_eq!(result["outcome"], "succeeded", "{result}");
    assert_eq!(steps(result), expected);
    &result["outputs"]
}

fn fails(result: &Value, code: &str, step: &str, part: &str) {
    assert_eq!(result["outcome"], "failed", "{result}");
    let failure = &result["failure"];
    assert_eq!(failure["code"], code, "{result}");
    assert_eq!(failure["stepId"], step, "{result}");
    let message = failure["message"].as_str().expect("a message");
    assert!(message.contains(part), "{message}");
}

fn shipped(id: &str) -> std::path::PathBuf {
    root().join(format!("workflows/arazzo/{id}.arazzo.yaml"))
}

fn seed(id: &str) -> Option<std::path::PathBuf> {
    let service = if id == BUILD {
        "ec2-image-builder"
    } else {
        "ecr"
    };
    shared(&format!("seeds/arazzo/amazon-{service}-{id}-workflow.yml"))
}

fn image(repository: &str) -> Value {
    json!({
        "repositoryName": repository, "imageTag": "v1", "imageManifest": spola_sandbox::sample_manifest(),
    })
}

/// Confirmed on the in-memory AWS in `seeds.rs`; here the same over HTTP, where
/// moto answers alike.
fn the_seeds_for_a_registry(served: &Served) {
    let (Some(ensure), Some(publish), Some(inventory)) =
        (seed(ENSURE), seed(PUBLISH), seed(INVENTORY))
    else {
        return;
    };
    // Told by an error, for which the document has no action.
    let missing = served.run(&ensure, &image("none"), &[]);
    fails(
        &missing,
        "run.criteria",
        "lookupRepository",
        "RepositoryNotFoundException",
    );
    served.ecr("CreateRepository", &json!({"repositoryName": "seeded"}));
    let there = served.run(&ensure, &image("seeded"), &[]);
    let outputs = succeeds(&there, &["lookupRepository", "seedImage", "verifySeed"]);
    assert_eq!(
        outputs["images"][0]["imageManifest"],
        image("")["imageManifest"]
    );
    // The registry tells by an error that the image is there already.
    let again = served.run(&ensure, &image("seeded"), &[]);
    fails(
        &again,
        "run.criteria",
        "seedImage",
        "ImageAlreadyExistsException",
    );

    served.ecr("CreateRepository", &json!({"repositoryName": "published"}));
    let first = served.run(&publish, &image("published"), &[]);
    succeeds(&first, &["confirmRepository", "putImage", "verifyImage"]);
    let second = served.run(&publish, &image("published"), &[]);
    fails(
        &second,
        "run.criteria",
        "putImage",
        "ImageAlreadyExistsException",
    );

    let inputs = json!({"repositoryName": "published", "tagStatus": "TAGGED"});
    let one_page = served.run(&inventory, &inputs, &[]);
    let outputs = succeeds(
        &one_page,
        &["confirmRepository", "listImages", "resolveImages"],
    );
    assert_eq!(
        outputs["images"][0]["imageManifest"],
        image("")["imageManifest"]
    );
}

/// What the shipped workflows do alike on every registry.
fn the_shipped_workflows_for_a_registry(served: &Served) {
    let missing = served.run(&shipped(PUBLISH), &image("shipped"), &[]);
    fails(
        &missing,
        "run.criteria",
        "confirmRepository",
        "RepositoryNotFoundException",
    );
    let missing = served.run(
        &shipped(INVENTORY),
        &json!({"repositoryName": "shipped"}),
        &[],
    );
    fails(
        &missing,
        "run.criteria",
        "confirmRepository",
        "RepositoryNotFoundException",
    );

    let created = served.run(&shipped(ENSURE), &image("shipped"), &[]);
    let all = [
        "lookupRepository",
        "createRepository",
        "seedImage",
        "verifySeed",
    ];
    let outputs = succeeds(&created, &all);
    assert_eq!(outputs["createdRepository"]["repositoryName"], "shipped");
    let ensured = served.run(&shipped(ENSURE), &image("shipped"), &[]);
    let outputs = succeeds(&ensured, &["lookupRepository", "seedImage", "verifySeed"]);
    assert_eq!(outputs["putErrorCode"], "ImageAlreadyExistsException");

    let mut inputs = image("shipped");
    inputs["imageTag"] = json!("v2");
    let first = served.run(&shipped(PUBLISH), &inputs, &[]);
    succeeds(
        &first,
        &["confirmRepository", "probeImage", "putImage", "verifyImage"],
    );
    let second = served.run(&shipped(PUBLISH), &inputs, &[]);
    succeeds(&second, &["confirmRepository", "probeImage", "verifyImage"]);

    let inventory = served.run(
        &shipped(INVENTORY),
        &json!({"repositoryName": "shipped"}),
        &[],
    );
    let outputs = succeeds(
        &inventory,
        &["confirmRepository", "listImages", "resolveImages"],
    );
    assert_eq!(outputs["imageIds"].as_array().map(Vec::len), Some(2));
    assert_eq!(outputs["failures"], json!([]));
    served.ecr("CreateRepository", &json!({"repositoryName": "bare"}));
    let none = served.run(&shipped(INVENTORY), &json!({"repositoryName": "bare"}), &[]);
    let outputs = succeeds(&none, &["confirmRepository", "listImages"]);
    assert_eq!(outputs["images"], json!([]));
}

#[test]
fn seeds_and_workflows_run_against_the_served_sandbox() {
    let served = Served::sandbox();
    served.control("settings", &json!({"layers": "trusted"}));
    the_seeds_for_a_registry(&served);
    the_shipped_workflows_for_a_registry(&served);
    let make = json!({"repositoryName": "paged", "count": 7, "region": REGION});
    served.control("images", &make);
    let inputs = json!({"repositoryName": "paged", "maxResults": 3});
    let whole = served.run(&shipped(INVENTORY), &inputs, &[]);
    assert_eq!(whole["outputs"]["images"].as_array().map(Vec::len), Some(7));
    let Some(inventory) = seed(INVENTORY) else {
        return;
    };
    let endless = served.run(&inventory, &inputs, &[]);
    fails(&endless, "run.endless-loop", "listMoreImages", "nextToken");
}

#[test]
fn builds_are_polled_at_the_served_sandbox() {
    let served = Served::sandbox();
    let arn = |what: &str| format!("arn:aws:imagebuilder:{REGION}:123456789012:{what}");
    let inputs = json!({
        "imageRecipeArn": arn("image-recipe/web/1.0.0"),
        "infrastructureConfigurationArn": arn("infrastructure-configuration/small"),
    });
    let stages = |end: &str| {
        let end = json!({"status": end, "reason": "as asked"});
        json!({"buildStages": [{"status": "BUILDING", "seconds": 2}, end]})
    };
    served.control("settings", &stages("AVAILABLE"));
    let built = served.run(&shipped(BUILD), &inputs, &["--max-wait", "700ms"]);
    assert_eq!(built["outputs"]["finalStatus"], "AVAILABLE", "{built}");
    assert!(steps(&built).len() > 3, "{built}");
    served.control("settings", &stages("FAILED"));
    let failed = served.run(&shipped(BUILD), &inputs, &["--max-wait", "700ms"]);
    fails(&failed, "run.criteria", "getImage", "status");
    assert_eq!(failed["outputs"]["finalReason"], "as asked");
    let Some(build) = seed(BUILD) else { return };
    // The document ends the workflow on FAILED by a success action.
    let failed = served.run(&build, &inputs, &["--poll-interval", "500ms"]);
    assert_eq!(failed["outcome"], "succeeded", "{failed}");
    assert_eq!(failed["outputs"]["finalStatus"], "FAILED");
    assert!(steps(&failed).len() > 3, "{failed}");
}

/// moto knows no pages, so those are the sandbox's alone; and no Image Builder.
#[test]
fn seeds_and_workflows_run_against_an_independent_imitation() {
    let Some(served) = Served::moto() else { return };
    the_seeds_for_a_registry(&served);
    the_shipped_workflows_for_a_registry(&served);
    // It gives all images at once, whatever page size is asked for: never endless.
    let Some(inventory) = seed(INVENTORY) else {
        return;
    };
    let inputs = json!({"repositoryName": "shipped", "maxResults": 1});
    let all = served.run(&inventory, &inputs, &[]);
    let outputs = succeeds(&all, &["confirmRepository", "listImages", "resolveImages"]);
    assert_eq!(outputs["imageIds"].as_array().map(Vec::len), Some(2));
}
