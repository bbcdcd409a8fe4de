//! The sample registry.

use crate::answer::digest;
use crate::manifest::{DOCKER_IMAGE, Manifest, OCI_IMAGE, OCI_INDEX};
use crate::registry::{Image, Layer, Mutability, Registry, Repository};
use crate::state::State;
use crate::store::Blobs;
use crate::time::Time;
use serde_json::{Value, json};
use std::collections::BTreeMap;

const CONFIG: &str = "application/vnd.oci.image.config.v1+json";
const LAYER: &str = "application/vnd.oci.image.layer.v1.tar";
/// 2026-01-05 09:00 UTC: when the sample's first repository was created.
const BEGIN: Time = Time(1_767_603_600_000);

/// Gives a manifest that is in no repository of the sample, but whose layers are in each, so
/// that the first put of it succeeds anywhere. Its media type is
/// [`sample_manifest_media_type`].
pub fn sample_manifest() -> String {
    Contents::default().image("hello", "amd64", "sample")
}

/// The media type of [`sample_manifest`].
pub fn sample_manifest_media_type() -> &'static str {
    OCI_IMAGE
}

/// Layers and configs by digest.
#[derive(Default)]
struct Contents {
    all: BTreeMap<String, (Layer, Vec<u8>)>,
}

impl Contents {
    /// Adds the bytes to those of a state. Unspecified: where the host's store fails, it is the
    /// reading of the layer that tells.
    fn keep(self, blobs: &mut Blobs) -> BTreeMap<String, Layer> {
        let keep = |(digest, (layer, bytes)): (String, (Layer, Vec<u8>))| {
            let _ = blobs.add(&digest, bytes);
            (digest, layer)
        };
        self.all.into_iter().map(keep).collect()
    }

    fn add(&mut self, media_type: &str, content: Vec<u8>) -> Value {
        let descriptor = json!({
            "mediaType": media_type,
            "digest": digest(&content),
            "size": content.len(),
        });
        let layer = Layer {
            media_type: Some(media_type.to_owned()),
            size: content.len() as u64,
        };
        self.all.insert(digest(&content), (layer, content));
        descriptor
    }

    /// An image of two layers, each a tar archive of one file.
    fn image(&mut self, program: &str, architecture: &str, version: &str) -> String {
        let base = tar("etc/os-release", b"NAME=\"spola sample\"\n");
        let text = format!("#!/bin/sh\necho {program} {version} on {architecture}\n");
        let top = tar(&format!("bin/{program}"), text.as_bytes());
        let config = json!({
            "architecture": architecture,
            "os": "linux",
            "created": BEGIN.iso(),
            "config": { "Cmd": [format!("/bin/{program}")] },
            "rootfs": { "type": "layers", "diff_ids": [digest(&base), digest(&top)] },
        });
        let config = self.add(CONFIG, config.to_string().into_bytes());
        let layers = [self.add(LAYER, base), self.add(LAYER, top)];
        json!({
            "schemaVersion": 2,
            "mediaType": OCI_IMAGE,
            "config": config,
            "layers": layers,
        })
        .to_string()
    }
}

/// A tar archive of one file.
fn tar(name: &str, content: &[u8]) -> Vec<u8> {
    let mut header = [0_u8; 512];
    let mut put = |at: usize, text: &[u8]| header[at..at + text.len()].copy_from_slice(text);
    put(0, name.as_bytes());
    put(100, b"0000755\0");
    put(108, b"0000000\0");
    put(116, b"0000000\0");
    put(124, format!("{:011o}\0", content.len()).as_bytes());
    put(136, b"00000000000\0");
    put(148, b"        ");
    put(156, b"0");
    put(257, b"ustar\x0000");
    let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
    header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    let mut archive = header.to_vec();
    archive.extend_from_slice(content);
    archive.resize(archive.len().div_ceil(512) * 512 + 1024, 0);
    archive
}

/// A state whose every region starts as the sample.
pub(crate) fn state() -> State {
    let mut blobs = Contents::default();
    blobs.image("hello", "amd64", "sample");
    let mut state = State::empty();
    state.sample = true;
    state.shared_layers = blobs.keep(&mut state.blobs);
    state
}

/// The sample registry: `app` with releases and a multi-platform `latest`, `team/api` with
/// immutable tags, and an empty `team/worker`.
pub(crate) fn registry(kept: &mut Blobs) -> Registry {
    let mut registry = Registry::default();
    registry.repositories.insert("app".to_owned(), app(kept));
    registry
        .repositories
        .insert("team/api".to_owned(), api(kept));
    let worker = Repository {
        created_at: BEGIN.later(7200),
        ..Repository::default()
    };
    registry
        .repositories
        .insert("team/worker".to_owned(), worker);
    registry
}

fn push(repository: &mut Repository, blobs: &Contents, text: String, tags: &[&str], minutes: u64) {
    let Ok(parsed) = Manifest::parse(&text, None) else {
        return;
    };
    for blob in &parsed.blobs {
        if let Some((layer, _)) = blobs.all.get(&blob.digest) {
            repository.layers.insert(blob.digest.clone(), layer.clone());
        }
    }
    let image = Image {
        media_type: parsed.media_type.clone(),
        tags: tags.iter().map(|tag| (*tag).to_owned()).collect(),
        pushed_at: BEGIN.later(minutes * 60),
        parsed,
        ..Image::default()
    };
    let name = digest(text.as_bytes());
    repository.insert_image(
        name,
        Image {
            manifest: text,
            ..image
        },
    );
}

fn app(kept: &mut Blobs) -> Repository {
    let mut repository = Repository {
        created_at: BEGIN,
        tags: BTreeMap::from([("team".to_owned(), "sample".to_owned())]),
        ..Repository::default()
    };
    let mut blobs = Contents::default();
    let first = blobs.image("app", "amd64", "1.0.0");
    push(&mut repository, &blobs, first, &["1.0.0"], 10);
    let second = blobs.image("app", "amd64", "1.1.0");
    push(&mut repository, &blobs, second, &["1.1.0", "stable"], 20);
    let nightly = blobs.image("app", "amd64", "nightly");
    push(&mut repository, &blobs, nightly, &[], 25);
    let children: Vec<Value> = ["amd64", "arm64"]
        .into_iter()
        .map(|architecture| {
            let text = blobs.image("app", architecture, "2.0.0");
            let descriptor = json!({
                "mediaType": OCI_IMAGE,
                "digest": digest(text.as_bytes()),
                "size": text.len(),
                "platform": { "architecture": architecture, "os": "linux" },
            });
            push(&mut repository, &blobs, text, &[], 30);
            descriptor
        })
        .collect();
    let index = json!({ "schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": children });
    push(
        &mut repository,
        &blobs,
        index.to_string(),
        &["2.0.0", "latest"],
        31,
    );
    blobs.keep(kept);
    repository
}

fn api(kept: &mut Blobs) -> Repository {
    let mut repository = Repository {
        created_at: BEGIN.later(3600),
        mutability: Mutability::Immutable,
        scan_on_push: true,
        ..Repository::default()
    };
    let mut blobs = Contents::default();
    for (version, minutes) in [("2026.1.1", 70), ("2026.1.2", 80)] {
        let text = blobs
            .image("api", "amd64", version)
            .replace(OCI_IMAGE, DOCKER_IMAGE);
        push(&mut repository, &blobs, text, &[version], minutes);
    }
    blobs.keep(kept);
    repository
}
