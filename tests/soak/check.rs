//! Whether a state could be one that clients left behind.

use std::collections::{BTreeMap, BTreeSet};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};
use spola_sandbox::Sandbox;

use super::client::{Left, digest};

fn object(value: &Value) -> &Map<String, Value> {
    value.as_object().unwrap()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

/// Checks a state against itself, and against what the clients left.
pub fn consistent(state: &[u8], left: &Left) {
    // it checks digests and tags of its own
    Sandbox::from_bytes(state).unwrap();
    let state: Value = serde_json::from_slice(state).unwrap();
    let mut named: BTreeSet<&str> = object(&state["sharedLayers"])
        .keys()
        .map(String::as_str)
        .collect();
    let mut found = Left::new();
    for registry in object(&state["registries"])
        .values()
        .flat_map(|r| object(r).values())
    {
        for (name, repository) in object(&registry["repositories"]) {
            assert_eq!(
                object(&repository["uploads"]).len(),
                0,
                "uploads are left in {name}"
            );
            named.extend(object(&repository["layers"]).keys().map(String::as_str));
            found.insert(name.clone(), images(name, repository));
        }
    }
    assert_eq!(&found, left);
    blobs(&state, &named);
}

/// The tags of a repository whose every image is whole.
fn images(name: &str, repository: &Value) -> BTreeMap<String, String> {
    let layers = object(&repository["layers"]);
    let mut tags = BTreeMap::new();
    for (key, image) in object(&repository["images"]) {
        let manifest = text(&image["manifest"]);
        assert_eq!(&digest(manifest.as_bytes()), key);
        let manifest: Value = serde_json::from_str(manifest).unwrap();
        let parts = manifest["layers"].as_array().unwrap().iter();
        for part in parts.chain([&manifest["config"]]) {
            let layer = layers.get(text(&part["digest"]));
            let size = layer.map(|layer| &layer["size"]);
            assert_eq!(size, Some(&part["size"]), "{name}@{key}: {part}");
        }
        let own = image["tags"].as_array().unwrap();
        assert_eq!(
            own.len(),
            1,
            "{name}@{key} has lost its tag, or was not deleted"
        );
        let before = tags.insert(text(&own[0]).to_owned(), key.clone());
        assert_eq!(before, None, "a tag on two images of {name}");
    }
    tags
}

/// Whether all bytes are there, are the right ones, and belong to somebody.
fn blobs(state: &Value, named: &BTreeSet<&str>) {
    let blobs = object(&state["blobs"]);
    let kept: BTreeSet<&str> = blobs.keys().map(String::as_str).collect();
    assert_eq!(&kept, named, "bytes of nobody, or layers without bytes");
    for (key, bytes) in blobs {
        assert_eq!(&digest(&STANDARD.decode(text(bytes)).unwrap()), key);
    }
}
