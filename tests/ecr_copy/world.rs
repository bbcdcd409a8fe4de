//! Two clouds, and operations driven between them in any order.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value, json};
use spola::auth::{AwsCredentials, Credentials, authorize};
use spola::machine::{
    CallId, Effect, Event, FailureReason, Outcome, OutcomeKind, Progress, RunOptions, Send,
};
use spola_ecr::{Digest, Operation, Options, digest_of};
use spola_sandbox::{Ending, Sandbox};

use super::hub::Hub;
use crate::harness::carried;

pub const FROM: &str = "111111111111.dkr.ecr.eu-west-1.amazonaws.com/from/app";
pub const TO: &str = "222222222222.dkr.ecr.us-east-1.amazonaws.com/to/app";
const NOW: u64 = 1_800_000_000;

/// What layers are cut into here, so that small layers have many parts.
pub const PART: usize = 1000;

/// One side: a cloud of its own, and whose account is asked.
pub struct Side {
    pub cloud: Sandbox,
    region: &'static str,
    account: &'static str,
    repository: &'static str,
}

/// Both sides and what passed between.
pub struct World {
    /// A registry that is not ECR.
    pub hub: Hub,
    pub from: Side,
    pub to: Side,
    pub clock: Duration,
    /// The requests in order: side and operation, or side and method.
    pub asked: Vec<String>,
    /// The most bytes of layers that were in memory: the machine's, and in requests.
    pub most_held: u64,
    pub told: Vec<Progress>,
}

/// In which order answers come, and what befalls the machine meanwhile.
#[derive(Clone, Copy, Debug, Default)]
pub struct Manner {
    /// From which the order is drawn; 0 stands for the order of the requests.
    pub seed: u64,
    /// After so many effects the machine is killed, once, and resumed elsewhere.
    pub killed_after: Option<usize>,
}

/// How a copy ended.
#[derive(Clone, Debug)]
pub struct Ended {
    pub outcome: Outcome,
    pub effects: usize,
    pub killed: bool,
}

impl Ended {
    pub fn ok(self) -> Map<String, Value> {
        let Outcome {
            outcome, failure, ..
        } = &self.outcome;
        assert_eq!(*outcome, OutcomeKind::Succeeded, "{failure:?}");
        self.outcome.outputs
    }

    pub fn code(&self) -> &str {
        let failure = self.outcome.failure.as_ref().expect("a failure");
        &failure.code
    }
}

impl Side {
    fn new(region: &'static str, account: &'static str, repository: &'static str) -> Self {
        let mut side = Self {
            cloud: Sandbox::empty(),
            region,
            account,
            repository,
        };
        side.settings(&json!({
            "account": account, "region": region,
            "callers": {"AKIASOURCE": "111111111111", "AKIADESTINATION": "222222222222"},
            "partBytes": PART, "smallestPartBytes": PART / 2,
        }));
        side.call("CreateRepository", json!({}));
        side
    }

    pub fn settings(&mut self, settings: &Value) {
        self.control("settings", settings);
    }

    /// Adds a fault.
    pub fn fault(&mut self, fault: Value) {
        self.control("faults", &fault);
    }

    /// Takes all faults away.
    pub fn call_off(&mut self) {
        self.control("faults", &json!([]));
    }

    fn control(&mut self, path: &str, body: &Value) {
        let request = http::Request::post(format!("http://localhost/_sandbox/{path}"))
            .body(body.to_string().into_bytes())
            .expect("a request");
        let answer = self.cloud.handle(&request, Duration::from_secs(NOW));
        let text = String::from_utf8_lossy(answer.body());
        assert_eq!(answer.status(), 200, "{path} {body} {text}");
    }

    /// Calls ECR about the repository; the answer has to be a success.
    pub fn call(&mut self, operation: &str, body: Value) -> Value {
        self.try_call(operation, body)
            .unwrap_or_else(|error| panic!("{operation}: {error}"))
    }

    pub fn try_call(&mut self, operation: &str, mut body: Value) -> Result<Value, Value> {
        body["repositoryName"] = self.repository.into();
        body["registryId"] = self.account.into();
        let target = format!("AmazonEC2ContainerRegistry_V20150921.{operation}");
        let request =
            http::Request::post(format!("https://api.ecr.{}.amazonaws.com/", self.region))
                .header("x-amz-target", target)
                .body(body.to_string().into_bytes())
                .expect("a request");
        let answer = self.cloud.handle(&request, Duration::from_secs(NOW));
        let value = serde_json::from_slice(answer.body()).expect("json");
        match answer.status().as_u16() {
            200 => Ok(value),
            _ => Err(value),
        }
    }

    /// Puts a layer there.
    pub fn layer(&mut self, bytes: &[u8]) -> Digest {
        let digest = digest_of(bytes);
        let upload = self.call("InitiateLayerUpload", json!({}))["uploadId"].clone();
        for (at, part) in bytes.chunks(PART).enumerate() {
            let first = at * PART;
            self.call(
                "UploadLayerPart",
                json!({
                    "uploadId": upload, "partFirstByte": first,
                    "partLastByte": first + part.len() - 1, "layerPartBlob": base64(part),
                }),
            );
        }
        let body = json!({"uploadId": upload, "layerDigests": [digest]});
        let done = self.try_call("CompleteLayerUpload", body);
        if let Err(error) = done {
            let code = error["__type"].as_str().unwrap_or_default();
            assert!(code.ends_with("LayerAlreadyExistsException"), "{error}");
        }
        digest
    }

    /// Puts a manifest there.
    pub fn put(&mut self, manifest: &str, tag: Option<&str>) -> Digest {
        let mut body = json!({"imageManifest": manifest});
        if let Some(tag) = tag {
            body["imageTag"] = tag.into();
        }
        self.call("PutImage", body);
        digest_of(manifest.as_bytes())
    }

    /// An image of these layers; all but its config are brought there, too.
    pub fn image(&mut self, layers: &[Vec<u8>], tag: Option<&str>) -> Digest {
        let manifest = self.manifest(layers);
        self.put(&manifest.to_string(), tag)
    }

    pub fn manifest(&mut self, layers: &[Vec<u8>]) -> Value {
        let config = format!("{{\"layers\":{}}}", layers.len()).into_bytes();
        self.layer(&config);
        for layer in layers.iter().filter(|layer| !layer.is_empty()) {
            self.layer(layer);
        }
        let entries = layers.iter().map(|layer| entry(layer, LAYER));
        json!({
            "schemaVersion": 2,
            "mediaType": "application/vnd.oci.image.manifest.v1+json",
            "config": entry(&config, "application/vnd.oci.image.config.v1+json"),
            "layers": entries.collect::<Vec<_>>(),
        })
    }

    /// An index of one image for each platform, and of what is about one.
    pub fn index(&mut self, platforms: &[&str], tag: Option<&str>) -> Digest {
        let mut entries = Vec::new();
        for (at, platform) in platforms.iter().enumerate() {
            let own = bytes(PART * 2 + 100 * at, at as u8 + 1);
            let manifest = self.manifest(&[bytes(2500, 9), own]).to_string();
            self.put(&manifest, None);
            let mut parts = platform.split('/');
            let mut entry = entry(
                manifest.as_bytes(),
                "application/vnd.oci.image.manifest.v1+json",
            );
            entry["platform"] = json!({"os": parts.next(), "architecture": parts.next()});
            if let Some(variant) = parts.next() {
                entry["platform"]["variant"] = variant.into();
            }
            entries.push(entry);
        }
        let index = json!({
            "schemaVersion": 2,
            "mediaType": "application/vnd.oci.image.index.v1+json",
            "manifests": entries,
        });
        self.put(&index.to_string(), tag)
    }

    /// What refers to an image.
    pub fn signature(&mut self, of: &Digest, tag: Option<&str>) -> Digest {
        let mut manifest = self.manifest(&[bytes(300, 77)]);
        manifest["artifactType"] = "application/vnd.example.signature".into();
        manifest["subject"] = json!({
            "mediaType": "application/vnd.oci.image.manifest.v1+json", "digest": of, "size": 1,
        });
        self.put(&manifest.to_string(), tag)
    }

    /// The manifest of an image that is there, by tag or digest.
    pub fn text(&mut self, reference: &str) -> Option<String> {
        let key = match reference.contains(':') {
            true => "imageDigest",
            false => "imageTag",
        };
        let found = self.call("BatchGetImage", json!({"imageIds": [{key: reference}]}));
        found["images"][0]["imageManifest"]
            .as_str()
            .map(str::to_owned)
    }

    /// The bytes of a layer that is there.
    pub fn bytes_of(&mut self, digest: &Digest) -> Vec<u8> {
        let url = self.call("GetDownloadUrlForLayer", json!({"layerDigest": digest}));
        let request = http::Request::get(url["downloadUrl"].as_str().expect("a URL"))
            .body(Vec::new())
            .expect("a request");
        let answer = self.cloud.handle(&request, Duration::from_secs(NOW));
        assert_eq!(answer.status(), 200);
        answer.into_body()
    }
}

pub const LAYER: &str = "application/vnd.oci.image.layer.v1.tar+gzip";

/// A descriptor.
pub fn entry(bytes: &[u8], media_type: &str) -> Value {
    json!({"mediaType": media_type, "digest": digest_of(bytes), "size": bytes.len()})
}

/// So many bytes, others for every `kind`.
pub fn bytes(count: usize, kind: u8) -> Vec<u8> {
    let mix = |at: usize| {
        (at as u64)
            .wrapping_mul(0x9E37_79B9_7F4A_7C15)
            .rotate_left(17)
    };
    (0..count)
        .map(|at| (mix(at) as u8).wrapping_add(kind))
        .collect()
}

fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for group in bytes.chunks(3) {
        let of = |at: usize| u32::from(group.get(at).copied().unwrap_or_default());
        let bits = of(0) << 16 | of(1) << 8 | of(2);
        for digit in 0..4 {
            text.push(match digit <= group.len() {
                true => char::from(DIGITS[(bits >> (18 - 6 * digit) & 63) as usize]),
                false => '=',
            });
        }
    }
    text
}

impl World {
    pub fn new() -> Self {
        Self {
            hub: Hub::default(),
            from: Side::new("eu-west-1", "111111111111", "from/app"),
            to: Side::new("us-east-1", "222222222222", "to/app"),
            clock: Duration::from_secs(NOW),
            asked: Vec::new(),
            most_held: 0,
            told: Vec::new(),
        }
    }

    /// Both clouds as they are, in another world.
    pub fn copied(&self) -> Self {
        let again = |side: &Side| Side {
            cloud: Sandbox::from_bytes(&side.cloud.to_bytes()).expect("a state"),
            ..*side
        };
        Self {
            hub: self.hub.clone(),
            from: again(&self.from),
            to: again(&self.to),
            clock: self.clock,
            asked: Vec::new(),
            most_held: 0,
            told: Vec::new(),
        }
    }

    /// A manifest of the registry that is not ECR.
    pub fn hub_text(&self, reference: &str) -> String {
        self.hub.text(reference)
    }

    /// How often something was asked: `to PutImage`, `from GET`.
    pub fn count(&self, what: &str) -> usize {
        self.asked.iter().filter(|asked| *asked == what).count()
    }

    /// Copies `from/app:v1`, with more arguments.
    pub fn copy(&mut self, more: Value) -> Ended {
        self.copy_by(more, Manner::default())
    }

    pub fn copy_by(&mut self, more: Value, manner: Manner) -> Ended {
        self.drive(begin("copy-image", more), manner)
    }

    pub fn drive(&mut self, operation: Operation, manner: Manner) -> Ended {
        Drive::new(manner).run(self, operation)
    }

    /// What a request meets.
    pub fn answer(&mut self, send: &Send) -> Event {
        let host = send.request.url().host().expect("a host").to_owned();
        if host.ends_with(".example") {
            let event = self.hub.answer(send);
            self.asked.push(format!("hub {}", self.hub.last));
            return event;
        }
        let side = match host.contains("eu-west-1") {
            true => &mut self.from,
            false => &mut self.to,
        };
        let name = match side.region {
            "eu-west-1" => "from",
            _ => "to",
        };
        let target = send.request.headers().get("x-amz-target");
        let operation = target.and_then(|it| it.to_str()?.rsplit('.').next());
        let operation = operation.unwrap_or(send.request.method().as_str());
        self.asked.push(format!("{name} {operation}"));
        let request = match &send.auth {
            Some(auth) => {
                // Nobody's credentials reach the other side, whoever names the host.
                let expected = if name == "from" {
                    "source"
                } else {
                    "destination"
                };
                assert_eq!(auth.source, expected);
                assert_eq!(host, format!("api.ecr.{}.amazonaws.com", side.region));
                let key = format!("AKIA{}", expected.to_uppercase());
                let credentials = Credentials {
                    aws: Some(AwsCredentials::new(key, "secret", None)),
                    ..Credentials::default()
                };
                let request = send.request.clone();
                authorize(request, auth, &credentials, self.clock).expect("authorized")
            }
            None => {
                assert!(host.contains("starport"), "{host}");
                assert!(!send.request.headers().contains("authorization"));
                send.request.clone()
            }
        };
        assert!(!send.shown_url().contains('?'), "{}", send.shown_url());
        let (parts, body) = side
            .cloud
            .handle(&carried(&request), self.clock)
            .into_parts();
        let failed = |reason| Event::Failed {
            id: send.id,
            reason,
            message: "the connection was lost".into(),
            elapsed: Duration::ZERO,
        };
        match parts.extensions.get::<Ending>() {
            Some(Ending::Reset) => return failed(FailureReason::Reset),
            Some(Ending::Cut) => return failed(FailureReason::Truncated),
            _ => {}
        }
        assert!(body.len() as u64 <= send.max_response);
        let headers = parts.headers.iter().map(|(name, value)| {
            let value = value.to_str().expect("text").to_owned();
            (name.to_string(), value)
        });
        Event::Response {
            id: send.id,
            status: parts.status.as_u16(),
            headers: headers.collect(),
            body,
            elapsed: Duration::ZERO,
        }
    }
}

/// A copy of `from/app:v1`, with more arguments.
pub fn begin(name: &str, more: Value) -> Operation {
    let mut args = json!({"source": format!("{FROM}:v1"), "destination": TO});
    for (name, value) in more.as_object().expect("arguments") {
        args[name] = value.clone();
    }
    let options = Options {
        run: RunOptions {
            seed: Some(7),
            ..RunOptions::default()
        },
        ..Options::default()
    };
    Operation::from_json(name, args, options).unwrap_or_else(|error| panic!("{error}"))
}

/// The loop of a host with many connections, its luck drawn from a seed.
struct Drive {
    manner: Manner,
    draws: u64,
    /// Requests that are on their way, and answers that are on theirs.
    sent: BTreeMap<CallId, Box<Send>>,
    come: BTreeMap<CallId, Event>,
    waits: BTreeMap<CallId, Duration>,
    effects: usize,
    killed: bool,
}

impl Drive {
    fn new(manner: Manner) -> Self {
        Self {
            manner,
            draws: manner.seed,
            sent: BTreeMap::new(),
            come: BTreeMap::new(),
            waits: BTreeMap::new(),
            effects: 0,
            killed: false,
        }
    }

    /// A number below `most`.
    fn draw(&mut self, most: usize) -> usize {
        if self.manner.seed == 0 {
            return 0;
        }
        self.draws = self
            .draws
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (self.draws >> 33) as usize % most.max(1)
    }

    fn run(mut self, world: &mut World, mut operation: Operation) -> Ended {
        for _ in 0..1_000_000 {
            if self.manner.killed_after == Some(self.effects) && !self.killed {
                operation = self.kill(world, &operation);
            }
            match operation.poll() {
                Some(Effect::Send(send)) => {
                    self.effects += 1;
                    self.sent.insert(send.id, send);
                    let bodies = self.sent.values().map(|it| it.request.body().len() as u64);
                    let held = operation.held_bytes() + bodies.sum::<u64>();
                    world.most_held = world.most_held.max(held);
                }
                Some(Effect::Wait(wait)) => {
                    self.effects += 1;
                    self.waits.insert(wait.id, wait.delay);
                }
                Some(Effect::Abort { id }) => {
                    self.sent.remove(&id);
                    self.come.remove(&id);
                    self.waits.remove(&id);
                }
                Some(Effect::Progress(progress)) => world.told.push(*progress),
                Some(Effect::Done(outcome)) => {
                    assert!(operation.poll().is_none());
                    assert!(self.sent.is_empty() && self.waits.is_empty());
                    return Ended {
                        outcome: Arc::unwrap_or_clone(outcome),
                        effects: self.effects,
                        killed: self.killed,
                    };
                }
                Some(_) => {}
                None => self.happen(world, &mut operation),
            }
        }
        panic!("it does not end");
    }

    /// Something arrives: a request there, an answer here, or the end of a wait.
    fn happen(&mut self, world: &mut World, operation: &mut Operation) {
        let choices = self.sent.len() + self.come.len();
        if choices == 0 {
            let (id, delay) = self.waits.pop_first().expect("something is owed");
            world.clock += delay;
            return operation.feed(Event::Elapsed { id }).expect("it is known");
        }
        let choice = self.draw(choices);
        if choice < self.sent.len() {
            let id = *self.sent.keys().nth(choice).expect("it is there");
            let send = self.sent.remove(&id).expect("it is there");
            let event = world.answer(&send);
            self.come.insert(id, event);
            if self.manner.seed != 0 {
                return;
            }
        }
        let at = choice
            .saturating_sub(self.sent.len())
            .min(self.come.len() - 1);
        let id = *self.come.keys().nth(at).expect("it is there");
        let event = self.come.remove(&id).expect("it is there");
        operation.feed(event).expect("it is known");
    }

    /// Ends the machine; of what was on its way half arrives there, and no answer does.
    fn kill(&mut self, world: &mut World, operation: &Operation) -> Operation {
        self.killed = true;
        let snapshot = operation.snapshot();
        let text = String::from_utf8_lossy(&snapshot);
        assert!(!text.contains("X-Amz-Signature"), "a presigned URL is kept");
        let manifests = 60_000;
        assert!(
            snapshot.len() < manifests,
            "{} bytes are kept",
            snapshot.len()
        );
        for (at, (_, send)) in std::mem::take(&mut self.sent).into_iter().enumerate() {
            if at % 2 == 0 {
                world.answer(&send);
            }
        }
        self.come.clear();
        self.waits.clear();
        Operation::resume(&snapshot, Options::default()).expect("a snapshot")
    }
}
