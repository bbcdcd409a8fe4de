//! One of many clients: what it does, and what it must find.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use ureq::Agent;

/// How often each operation gave an answer that only a fault gives.
pub type Struck = Arc<Mutex<BTreeMap<String, u64>>>;

/// Tags and digests by repository: what a client left behind.
pub type Left = BTreeMap<String, BTreeMap<String, String>>;

/// The most attempts at one call.
const ATTEMPTS: usize = 40;
/// The repositories that all clients push to.
pub const SHARED: usize = 10;
/// The layers that those have.
const POOL: u64 = 8;
/// The rounds after which a repository of its own is deleted.
const ROUNDS: u64 = 2;
const LAYER: &str = "application/vnd.oci.image.layer.v1.tar+gzip";
const CONFIG: &str = "application/vnd.oci.image.config.v1+json";
const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";

pub fn digest(bytes: &[u8]) -> String {
    let hash = Sha256::digest(bytes);
    hash.iter().fold("sha256:".to_owned(), |text, byte| {
        format!("{text}{byte:02x}")
    })
}

/// Bytes that are always the same for the same seed.
fn content(seed: u64, size: usize) -> Vec<u8> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    };
    let mut bytes = Vec::with_capacity(size + 8);
    while bytes.len() < size {
        bytes.extend(next());
    }
    bytes.truncate(size);
    bytes
}

/// A client with a repository of its own and a place in a shared one.
pub struct Client {
    number: u64,
    url: String,
    agent: Agent,
    struck: Struck,
    token: String,
    round: u64,
    /// Calls that were answered as they should.
    pub calls: u64,
    /// What is there of this client's.
    pub left: Left,
}

/// An answer, or that there was none.
type Answered = Option<(u16, String, Vec<u8>)>;

impl Client {
    pub fn new(number: u64, url: &str, struck: &Struck) -> Self {
        let agent = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .timeout_global(Some(Duration::from_secs(120)))
            .build()
            .new_agent();
        let mut client = Self {
            number,
            url: url.to_owned(),
            agent,
            struck: Arc::clone(struck),
            token: String::new(),
            round: 0,
            calls: 0,
            left: Left::new(),
        };
        let token = client.ecr("GetAuthorizationToken", &json!({}));
        let token = token["authorizationData"][0]["authorizationToken"].as_str();
        client.token = format!("Basic {}", token.unwrap());
        client
    }

    /// One round of work: push, look, pull, delete.
    pub fn round(&mut self) {
        let own = format!("own/c{}", self.number);
        if self.round.is_multiple_of(ROUNDS) {
            self.create(&own);
        }
        let layers: Vec<Vec<u8>> = (0..=self.round % 3).map(|at| self.layer(at)).collect();
        let tag = format!("r{}", self.round);
        let image = self.push(&own, &layers, &tag);
        self.look(&own, &tag, &image);
        self.pull(&own, &tag, &layers);
        self.in_shared();
        if self.round % 5 == 3 {
            let ids = json!([{ "imageTag": tag }]);
            let body = json!({ "repositoryName": own, "imageIds": ids });
            let gone = self.ecr("BatchDeleteImage", &body);
            assert_eq!(gone["failures"], json!([]));
            self.left.get_mut(&own).unwrap().remove(&tag);
        }
        self.round += 1;
        if self.round.is_multiple_of(ROUNDS) {
            let body = json!({ "repositoryName": own, "force": true });
            let gone = self.ecr("DeleteRepository", &body);
            assert_eq!(gone["repository"]["repositoryName"], own.as_str());
            self.left.remove(&own);
        }
    }

    /// Makes a repository that stays.
    pub fn make(&mut self, name: &str) {
        self.create(name);
    }

    /// All pages of a list.
    pub fn all(&mut self, operation: &str, body: &Value, member: &str) -> Vec<Value> {
        let (mut body, mut all) = (body.clone(), Vec::new());
        loop {
            let mut page = self.ecr(operation, &body);
            all.extend(page[member].as_array().unwrap().iter().cloned());
            match page["nextToken"].take() {
                Value::Null => return all,
                token => body["nextToken"] = token,
            }
        }
    }

    fn layer(&self, at: u64) -> Vec<u8> {
        let seed = self.number << 32 | self.round << 8 | at;
        // the first layer of each repository takes two parts
        let first = at == 0 && self.round.is_multiple_of(ROUNDS);
        let size = if first { 45_000 } else { 100 + seed % 7919 };
        content(seed, usize::try_from(size).unwrap())
    }

    fn create(&mut self, name: &str) {
        let body = json!({ "repositoryName": name });
        let mut lost = false;
        for _ in 0..ATTEMPTS {
            let (status, code, _) = self.once("CreateRepository", &body).unwrap();
            match (status, code.as_str()) {
                (200, _) => break,
                (500, "ServerException") => {
                    self.note("CreateRepository");
                    lost = true;
                }
                (400, "RepositoryAlreadyExistsException") if lost => break,
                other => panic!("CreateRepository: {other:?}"),
            }
        }
        self.left.insert(name.to_owned(), BTreeMap::new());
    }

    /// Pushes layers and config, and puts an image with a tag.
    fn push(&mut self, name: &str, layers: &[Vec<u8>], tag: &str) -> String {
        let config = format!("{{\"client\":{},\"tag\":\"{tag}\"}}", self.number).into_bytes();
        let mut blobs: Vec<&[u8]> = layers.iter().map(Vec::as_slice).collect();
        blobs.push(&config);
        let digests: Vec<String> = blobs.iter().map(|blob| digest(blob)).collect();
        let body = json!({ "repositoryName": name, "layerDigests": digests });
        let there = self.ecr("BatchCheckLayerAvailability", &body);
        for (layer, blob) in there["layers"].as_array().unwrap().iter().zip(&blobs) {
            if layer["layerAvailability"] != "AVAILABLE" {
                self.upload(name, blob);
            }
        }
        let describe = |kind: &str, blob: &[u8]| json!({ "mediaType": kind, "digest": digest(blob), "size": blob.len() });
        let manifest = json!({
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": describe(CONFIG, &config),
            "layers": layers.iter().map(|layer| describe(LAYER, layer)).collect::<Vec<_>>(),
            "annotations": { "client": self.number.to_string(), "round": self.round.to_string() },
        })
        .to_string();
        let image = digest(manifest.as_bytes());
        let body = json!({
            "repositoryName": name, "imageManifest": manifest, "imageTag": tag,
            "imageDigest": image, "imageManifestMediaType": MANIFEST,
        });
        let put = self.ecr("PutImage", &body);
        assert_eq!(put["image"]["imageId"]["imageDigest"], image.as_str());
        let tags = self.left.entry(name.to_owned()).or_default();
        tags.insert(tag.to_owned(), image.clone());
        image
    }

    fn upload(&mut self, name: &str, bytes: &[u8]) {
        let begun = self.ecr("InitiateLayerUpload", &json!({ "repositoryName": name }));
        let size = usize::try_from(begun["partSize"].as_u64().unwrap()).unwrap();
        let id = &begun["uploadId"];
        let mut at = 0;
        while at < bytes.len() {
            let end = bytes.len().min(at + size);
            let body = json!({
                "repositoryName": name, "uploadId": id, "partFirstByte": at,
                "partLastByte": end - 1, "layerPartBlob": STANDARD.encode(&bytes[at..end]),
            });
            let received = self.ecr("UploadLayerPart", &body)["lastByteReceived"].as_u64();
            at = usize::try_from(received.unwrap()).unwrap() + 1;
            if at < end {
                self.note("UploadLayerPart");
            }
        }
        let computed = digest(bytes);
        let body = json!({ "repositoryName": name, "uploadId": id, "layerDigests": [computed] });
        let (status, code, text) = self.once("CompleteLayerUpload", &body).unwrap();
        // in a shared repository another client may have been faster
        let late = code == "LayerAlreadyExistsException" && name.starts_with("shared/");
        assert!(status == 200 || late, "{}", String::from_utf8_lossy(&text));
    }

    /// Lists, describes and gets the image.
    fn look(&mut self, name: &str, tag: &str, image: &str) {
        let body = json!({ "repositoryName": name, "maxResults": 40 });
        let ids = self.all("ListImages", &body, "imageIds");
        let listed = |id: &Value| id["imageTag"] == tag && id["imageDigest"] == image;
        assert!(ids.iter().any(listed), "{name}:{tag} is not listed");
        let body = json!({ "repositoryName": name, "imageIds": [{ "imageTag": tag }] });
        let details = self.ecr("DescribeImages", &body);
        assert_eq!(details["imageDetails"][0]["imageDigest"], image);
        let got = self.ecr("BatchGetImage", &body);
        let manifest = got["images"][0]["imageManifest"].as_str().unwrap();
        assert_eq!(digest(manifest.as_bytes()), image);
    }

    /// Pulls the image as a container engine does.
    fn pull(&mut self, name: &str, tag: &str, layers: &[Vec<u8>]) {
        let manifest = self.read(&format!("/v2/{name}/manifests/{tag}"));
        let manifest: Value = serde_json::from_slice(&manifest).unwrap();
        for (layer, bytes) in manifest["layers"].as_array().unwrap().iter().zip(layers) {
            let path = format!(
                "{}/v2/{name}/blobs/{}",
                self.url,
                layer["digest"].as_str().unwrap()
            );
            let head = self
                .agent
                .head(&path)
                .header("authorization", &self.token)
                .call();
            let head = head.unwrap();
            let length = head.headers()["content-length"].to_str().unwrap();
            assert_eq!(
                (head.status().as_u16(), length),
                (200, &*bytes.len().to_string())
            );
            let there = self
                .agent
                .get(&path)
                .header("authorization", &self.token)
                .call();
            let there = there.unwrap();
            let place = there.headers()["location"].to_str().unwrap().to_owned();
            let middle = bytes.len() / 2;
            let first = self.download(&place, &format!("bytes=0-{}", middle - 1));
            let second = self.download(&place, &format!("bytes={middle}-"));
            assert!([first, second].concat() == *bytes, "another layer");
            self.calls += 2;
        }
        let tags = self.read(&format!("/v2/{name}/tags/list?n=1000"));
        let tags: Value = serde_json::from_slice(&tags).unwrap();
        assert!(
            tags["tags"]
                .as_array()
                .unwrap()
                .iter()
                .any(|listed| listed == tag)
        );
    }

    /// One path of the registry protocol; a list of tags is struck as ListImages is.
    fn read(&mut self, path: &str) -> Vec<u8> {
        for _ in 0..ATTEMPTS {
            let call = self.agent.get(format!("{}{path}", self.url));
            let mut answer = match call.header("authorization", &self.token).call() {
                Ok(answer) => answer,
                Err(ureq::Error::Io(_)) => {
                    self.note("ListImages");
                    continue;
                }
                Err(error) => panic!("{path}: {error}"),
            };
            let bytes = answer.body_mut().read_to_vec().unwrap();
            let text = String::from_utf8_lossy(&bytes);
            assert_eq!(answer.status(), 200, "{path}: {text}");
            self.calls += 1;
            return bytes;
        }
        panic!("{path} never succeeds");
    }

    /// A range of a layer; what breaks off is asked for again.
    fn download(&mut self, url: &str, range: &str) -> Vec<u8> {
        for _ in 0..ATTEMPTS {
            let mut answer = self.agent.get(url).header("range", range).call().unwrap();
            assert_eq!(answer.status(), 206);
            if let Ok(bytes) = answer.body_mut().read_to_vec() {
                self.calls += 1;
                return bytes;
            }
            self.note("GetObject");
        }
        panic!("{range} never comes whole");
    }

    /// Moves this client's tag in a shared repository to a new image of layers that all have.
    fn in_shared(&mut self) {
        let name = format!("shared/s{}", self.number % SHARED as u64);
        let tag = format!("c{}", self.number);
        let pool = [self.round % POOL, (self.round + 1 + self.number) % POOL];
        let layers: Vec<Vec<u8>> = pool
            .iter()
            .map(|seed| content(1 << 50 | seed, 20_000))
            .collect();
        let before = self
            .left
            .get(&name)
            .and_then(|tags| tags.get(&tag))
            .cloned();
        let image = self.push(&name, &layers, &tag);
        if let Some(before) = before {
            let ids = json!([{ "imageDigest": before }]);
            let body = json!({ "repositoryName": name, "imageIds": ids });
            let gone = self.ecr("BatchDeleteImage", &body);
            assert_eq!(gone["imageIds"], json!([{ "imageDigest": before }]));
        }
        self.look(&name, &tag, &image);
    }

    fn note(&self, operation: &str) {
        *self
            .struck
            .lock()
            .unwrap()
            .entry(operation.to_owned())
            .or_default() += 1;
    }

    /// One call; what only faults give is noted and tried again.
    fn ecr(&mut self, operation: &str, body: &Value) -> Value {
        for _ in 0..ATTEMPTS {
            match self.once(operation, body) {
                Some((200, _, bytes)) => return serde_json::from_slice(&bytes).unwrap(),
                None => {}
                Some((400, code, _)) if code == "ThrottlingException" => {}
                Some((500 | 503, ..)) => {}
                Some((status, code, bytes)) => {
                    let text = String::from_utf8_lossy(&bytes);
                    panic!("{operation}: {status} {code} {text}")
                }
            }
            self.note(operation);
        }
        panic!("{operation} never succeeds");
    }

    fn once(&mut self, operation: &str, body: &Value) -> Answered {
        let target = format!("AmazonEC2ContainerRegistry_V20150921.{operation}");
        let call = self.agent.post(&self.url).header("x-amz-target", &target);
        let mut answer = match call.send(body.to_string()) {
            Ok(answer) => answer,
            Err(ureq::Error::Io(_)) => return None,
            Err(error) => panic!("{operation}: {error}"),
        };
        self.calls += 1;
        let status = answer.status().as_u16();
        let code = answer.headers().get("x-amzn-errortype");
        let code = code.map_or("", |code| code.to_str().unwrap()).to_owned();
        Some((status, code, answer.body_mut().read_to_vec().unwrap()))
    }
}
