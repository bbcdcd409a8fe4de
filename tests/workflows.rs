//! The shipped workflows, strictly read and run against a small registry.

mod builds;
mod pages;

use std::collections::{BTreeMap, VecDeque};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::{Value, json};
use spola::Severity;
use spola::link::{LinkOptions, Program, check, link};
use spola::machine::{Effect, Event, Outcome, OutcomeKind, RunOptions};
use spola::message::Request;

use crate::harness::{files_under, load_files, shared};

const TARGET: &str = "AmazonEC2ContainerRegistry_V20150921.";
const DIGEST: &str = "sha256:abababababababababababababababababababababababababababababababab";

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../workflows")
}

fn program(id: &str) -> Program {
    let path = folder().join(format!("arazzo/{id}.arazzo.yaml"));
    link(load_files(&path), LinkOptions { strict: true }).unwrap()
}

/// What was sent, and how it ended.
struct Played {
    sent: Vec<(String, Value)>,
    waits: Vec<Duration>,
    outcome: Outcome,
}

impl Played {
    fn operations(&self) -> Vec<&str> {
        self.sent.iter().map(|(name, _)| name.as_str()).collect()
    }

    fn succeeded(&self) -> bool {
        self.outcome.outcome == OutcomeKind::Succeeded
    }
}

/// Runs a workflow; `answer` is given the operation and the body or query.
fn play(id: &str, inputs: Value, mut answer: impl FnMut(&str, &Value) -> (u16, Value)) -> Played {
    let Value::Object(inputs) = inputs else {
        panic!("inputs are an object");
    };
    let options = RunOptions {
        region: Some("eu-west-1".into()),
        ..RunOptions::default()
    };
    let mut run = program(id).start(Some(id), inputs, options).unwrap();
    let (mut sent, mut waits) = (Vec::new(), Vec::new());
    while run.outcome().is_none() {
        match run.poll() {
            Some(Effect::Send(send)) => {
                let (name, body) = told(&send.request);
                let (status, answer) = answer(&name, &body);
                sent.push((name, body));
                run.feed(Event::Response {
                    id: send.id,
                    status,
                    headers: vec![("content-type".into(), "application/x-amz-json-1.1".into())],
                    body: serde_json::to_vec(&answer).unwrap(),
                    elapsed: Duration::from_millis(5),
                })
                .unwrap();
            }
            Some(Effect::Wait(wait)) => {
                waits.push(wait.delay);
                run.feed(Event::Elapsed { id: wait.id }).unwrap();
            }
            _ => {}
        }
    }
    Played {
        sent,
        waits,
        outcome: run.outcome().unwrap().clone(),
    }
}

/// The operation of a request and its body, or its query as an object.
fn told(request: &Request) -> (String, Value) {
    let url = request.url();
    if let Some(target) = request.headers().get("x-amz-target") {
        assert_eq!(url, "https://api.ecr.eu-west-1.amazonaws.com/");
        let name = target.to_str().unwrap().strip_prefix(TARGET).unwrap();
        assert_eq!(
            request.headers().get("content-type").unwrap().to_str(),
            Some("application/x-amz-json-1.1")
        );
        return (name.into(), serde_json::from_slice(request.body()).unwrap());
    }
    assert_eq!(url.host(), Some("imagebuilder.eu-west-1.amazonaws.com"));
    let body = match url.query() {
        Some(query) => json!(query),
        None => serde_json::from_slice(request.body()).unwrap(),
    };
    (url.path().trim_start_matches('/').into(), body)
}

fn error(code: &str) -> (u16, Value) {
    (
        400,
        json!({"__type": code, "message": format!("{code} it is")}),
    )
}

/// A registry with one repository at most.
#[derive(Default)]
struct Registry {
    exists: bool,
    immutable: bool,
    /// Tag to manifest.
    images: BTreeMap<String, String>,
    /// Answers that come first, whatever the operation does.
    first: BTreeMap<String, VecDeque<(u16, Value)>>,
    writes: usize,
}

impl Registry {
    fn with(manifest: &str) -> Self {
        Self {
            exists: true,
            images: BTreeMap::from([("v1".into(), manifest.into())]),
            ..Self::default()
        }
    }

    fn image(tag: &str, manifest: &str) -> Value {
        json!({"registryId": "123456789012", "repositoryName": "app",
            "imageId": {"imageDigest": DIGEST, "imageTag": tag}, "imageManifest": manifest})
    }

    fn answer(&mut self, name: &str, body: &Value) -> (u16, Value) {
        if let Some(first) = self.first.get_mut(name).and_then(VecDeque::pop_front) {
            return first;
        }
        let repository = json!({"repositoryName": "app", "repositoryUri": "u/app"});
        match name {
            "CreateRepository" if self.exists => error("RepositoryAlreadyExistsException"),
            "CreateRepository" => {
                self.exists = true;
                self.writes += 1;
                (200, json!({"repository": repository}))
            }
            _ if !self.exists => error("com.amazonaws.ecr#RepositoryNotFoundException"),
            "DescribeRepositories" => (200, json!({"repositories": [repository]})),
            "PutImage" => {
                let tag = body["imageTag"].as_str().unwrap();
                let manifest = body["imageManifest"].as_str().unwrap();
                match self.images.get(tag) {
                    Some(there) if there == manifest => error("ImageAlreadyExistsException"),
                    Some(_) if self.immutable => error("ImageTagAlreadyExistsException"),
                    _ => {
                        self.writes += 1;
                        self.images.insert(tag.into(), manifest.into());
                        (200, json!({"image": Self::image(tag, manifest)}))
                    }
                }
            }
            "BatchGetImage" => {
                let tag = body["imageIds"][0]["imageTag"].as_str().unwrap();
                match self.images.get(tag) {
                    Some(manifest) => (
                        200,
                        json!({"images": [Self::image(tag, manifest)], "failures": []}),
                    ),
                    None => (
                        200,
                        json!({"images": [], "failures": [{"imageId": {"imageTag": tag}, "failureCode": "ImageNotFound"}]}),
                    ),
                }
            }
            other => panic!("{other}"),
        }
    }
}

fn image(manifest: &str) -> Value {
    json!({"repositoryName": "app", "imageTag": "v1", "imageManifest": manifest})
}

const MANIFEST: &str =
    "{\"schemaVersion\": 2, \"it's\": \"\\\"quoted\\\" \\u00e9 {$inputs.x} é\"}\n";

#[test]
fn every_shipped_workflow_is_valid_to_the_letter() {
    let all = files_under(&folder().join("arazzo"));
    assert_eq!(all.len(), 5);
    for path in all {
        let found = check(load_files(&path), LinkOptions { strict: true });
        let texts: Vec<String> = found.iter().map(|report| report.render(None)).collect();
        assert!(texts.is_empty(), "{}", texts.join("\n"));
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        let id = name.strip_suffix(".arazzo.yaml").unwrap();
        let linked = program(id);
        let workflows = linked.workflows();
        assert_eq!(workflows.len(), 1);
        assert_eq!(workflows[0].id, id);
    }
}

#[test]
fn a_missing_repository_is_created_and_seeded() {
    let mut registry = Registry::default();
    let played = play(
        "ensure-repository-and-seed-image",
        image(MANIFEST),
        |name, body| registry.answer(name, body),
    );
    assert_eq!(
        played.operations(),
        [
            "DescribeRepositories",
            "CreateRepository",
            "PutImage",
            "BatchGetImage"
        ]
    );
    assert!(played.succeeded(), "{:?}", played.outcome);
    assert_eq!(
        played.outcome.outputs["createdRepository"]["repositoryUri"],
        "u/app"
    );
    assert_eq!(played.outcome.outputs["image"]["imageManifest"], MANIFEST);
    assert_eq!(played.sent[1].1, json!({"repositoryName": "app"}));
    assert_eq!(played.outcome.outputs.get("repositories"), None);
}

#[test]
fn ensuring_again_writes_nothing() {
    let mut registry = Registry::with(MANIFEST);
    let played = play(
        "ensure-repository-and-seed-image",
        image(MANIFEST),
        |name, body| registry.answer(name, body),
    );
    assert!(played.succeeded(), "{:?}", played.outcome);
    assert_eq!(registry.writes, 0);
    assert_eq!(played.outcome.outputs["repositoryUri"], "u/app");
    assert_eq!(
        played.outcome.outputs["putErrorCode"],
        "ImageAlreadyExistsException"
    );
}

#[test]
fn a_repository_created_by_someone_else_meanwhile_is_used() {
    let mut registry = Registry {
        exists: true,
        ..Registry::default()
    };
    registry.first.insert(
        "DescribeRepositories".into(),
        VecDeque::from([error("RepositoryNotFoundException")]),
    );
    let played = play(
        "ensure-repository-and-seed-image",
        image(MANIFEST),
        |name, body| registry.answer(name, body),
    );
    assert!(played.succeeded(), "{:?}", played.outcome);
    assert_eq!(played.outcome.outputs.get("createdRepository"), None);
}

#[test]
fn other_errors_of_the_registry_end_the_workflow() {
    let refused = |_: &str, _: &Value| error("AccessDeniedException");
    let played = play("ensure-repository-and-seed-image", image(MANIFEST), refused);
    assert_eq!(played.operations(), ["DescribeRepositories"]);
    let failure = played.outcome.failure.unwrap();
    assert!(
        failure.message.contains("AccessDeniedException"),
        "{failure:?}"
    );
}

#[test]
fn an_immutable_tag_with_another_image_is_no_seed() {
    let mut registry = Registry::with("{\"other\": 1}");
    registry.immutable = true;
    let played = play(
        "ensure-repository-and-seed-image",
        image(MANIFEST),
        |name, body| registry.answer(name, body),
    );
    assert!(!played.succeeded());
    assert_eq!(
        played.outcome.failure.unwrap().step_id.as_deref(),
        Some("verifySeed")
    );
    assert_eq!(
        played.outcome.outputs["putErrorCode"],
        "ImageTagAlreadyExistsException"
    );
}

#[test]
fn publishing_twice_writes_once() {
    let mut registry = Registry {
        exists: true,
        ..Registry::default()
    };
    let first = play("publish-image", image(MANIFEST), |name, body| {
        registry.answer(name, body)
    });
    assert!(first.succeeded(), "{:?}", first.outcome);
    assert_eq!(
        first.operations(),
        [
            "DescribeRepositories",
            "BatchGetImage",
            "PutImage",
            "BatchGetImage"
        ]
    );
    let put = &first.sent[2].1;
    assert_eq!(put, &image(MANIFEST));
    let second = play("publish-image", image(MANIFEST), |name, body| {
        registry.answer(name, body)
    });
    assert!(second.succeeded(), "{:?}", second.outcome);
    assert_eq!(
        second.operations(),
        ["DescribeRepositories", "BatchGetImage", "BatchGetImage"]
    );
    assert_eq!(registry.writes, 1);
    for name in [
        "repositories",
        "image",
        "images",
        "failures",
        "imageDigest",
        "registryId",
        "repositoryUri",
    ] {
        assert!(second.outcome.outputs.contains_key(name), "{name}");
    }
    assert!(second.waits.is_empty());
}

#[test]
fn a_manifest_that_differs_in_letter_case_only_is_another() {
    let mut registry = Registry::with("{\"a\": \"X\"}");
    let played = play("publish-image", image("{\"a\": \"x\"}"), |name, body| {
        registry.answer(name, body)
    });
    assert!(played.succeeded(), "{:?}", played.outcome);
    assert_eq!(registry.writes, 1);
}

#[test]
fn publishing_names_what_stands_in_its_way() {
    let mut registry = Registry::default();
    let played = play("publish-image", image(MANIFEST), |name, body| {
        registry.answer(name, body)
    });
    let failure = played.outcome.failure.unwrap();
    assert!(
        failure.message.contains("RepositoryNotFoundException"),
        "{failure:?}"
    );
    let mut registry = Registry::with("{\"other\": 1}");
    registry.immutable = true;
    let played = play("publish-image", image(MANIFEST), |name, body| {
        registry.answer(name, body)
    });
    let failure = played.outcome.failure.unwrap();
    assert_eq!(failure.step_id.as_deref(), Some("putImage"));
    assert!(
        failure.message.contains("ImageTagAlreadyExistsException"),
        "{failure:?}"
    );
    assert_eq!(registry.writes, 0);
}

#[test]
fn an_image_that_reads_back_otherwise_is_not_published() {
    for (what, answer) in [
        (
            "failures",
            json!({"images": [Registry::image("v1", MANIFEST)], "failures": [{"failureCode": "KmsError"}]}),
        ),
        (
            "two",
            json!({"images": [Registry::image("v1", MANIFEST), Registry::image("v1", MANIFEST)], "failures": []}),
        ),
        ("none", json!({"images": [], "failures": []})),
        ("another", json!({"images": [Registry::image("v1", "{}")]})),
    ] {
        let mut registry = Registry {
            exists: true,
            ..Registry::default()
        };
        let none = json!({"images": [], "failures": []});
        registry.first.insert(
            "BatchGetImage".into(),
            VecDeque::from([(200, none), (200, answer)]),
        );
        let played = play("publish-image", image(MANIFEST), |name, body| {
            registry.answer(name, body)
        });
        assert!(!played.succeeded(), "{what}");
        assert_eq!(
            played.outcome.failure.unwrap().step_id.as_deref(),
            Some("verifyImage"),
            "{what}"
        );
    }
}

#[test]
fn another_digest_than_the_given_one_is_not_published() {
    let mut inputs = image(MANIFEST);
    inputs["imageDigest"] = json!("sha256:00");
    let mut registry = Registry::with(MANIFEST);
    let played = play("publish-image", inputs, |name, body| {
        registry.answer(name, body)
    });
    assert!(!played.succeeded());
}

#[test]
fn the_seeds_inputs_outputs_and_steps_are_all_there() {
    let Some(seeds) = shared("seeds/arazzo") else {
        return;
    };
    for path in files_under(&seeds) {
        let seed = load_files(&path);
        let seed = seed.entry().unwrap().tree().root().to_value();
        let seed = &seed["workflows"][0];
        let id = seed["workflowId"].as_str().unwrap();
        let own = load_files(&folder().join(format!("arazzo/{id}.arazzo.yaml")));
        let own = own.entry().unwrap().tree().root().to_value();
        let own = &own["workflows"][0];
        for place in ["/inputs/properties", "/outputs"] {
            for name in seed.pointer(place).unwrap().as_object().unwrap().keys() {
                assert!(
                    own.pointer(place).unwrap().get(name).is_some(),
                    "{id} {place} {name}"
                );
            }
        }
        let steps = |workflow: &Value| -> Vec<Value> {
            let steps = workflow["steps"].as_array().unwrap();
            steps.iter().map(|step| step["stepId"].clone()).collect()
        };
        let ours = steps(own);
        for step in steps(seed) {
            assert!(ours.contains(&step), "{id} {step}");
        }
    }
}

#[test]
fn everything_that_is_not_a_hint_is_an_error_when_strict() {
    for path in files_under(&folder().join("arazzo")) {
        let found = check(load_files(&path), LinkOptions::default());
        assert!(
            found
                .iter()
                .all(|report| report.severity < Severity::Warning),
            "{found:?}"
        );
    }
}
