//! What a registry stores: repositories, images, layers.

use crate::answer::{Hasher, digest};
use crate::build::Builds;
use crate::error::SandboxError;
use crate::manifest::Manifest;
use crate::store::{Blobs, StoreError};
use crate::time::Time;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// One account's registry in one region, with its image builds.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(crate) struct Registry {
    pub(crate) repositories: BTreeMap<String, Repository>,
    /// Documents of the registry itself by name: its policy, replication, scanning, ….
    pub(crate) documents: BTreeMap<String, Value>,
    /// Things of the registry by kind and key: pull-through rules, templates, ….
    pub(crate) collections: BTreeMap<String, BTreeMap<String, Value>>,
    pub(crate) builds: Builds,
}

/// A repository.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(crate) struct Repository {
    pub(crate) created_at: Time,
    pub(crate) mutability: Mutability,
    /// The wildcards of the `…_WITH_EXCLUSION` mutabilities.
    pub(crate) exclusions: Vec<String>,
    pub(crate) scan_on_push: bool,
    pub(crate) encryption: Encryption,
    pub(crate) tags: BTreeMap<String, String>,
    pub(crate) policy: Option<String>,
    pub(crate) lifecycle: Option<Lifecycle>,
    pub(crate) preview: Option<Preview>,
    pub(crate) images: BTreeMap<String, Image>,
    pub(crate) layers: BTreeMap<String, Layer>,
    pub(crate) uploads: BTreeMap<String, Upload>,
    /// Digests by tag; made from the images.
    #[serde(skip)]
    pub(crate) by_tag: BTreeMap<String, String>,
    /// How many manifests name a blob or image; made from the images.
    #[serde(skip)]
    pub(crate) references: BTreeMap<String, u32>,
    /// Digests of referrers by subject; made from the images.
    #[serde(skip)]
    pub(crate) referrers: BTreeMap<String, BTreeSet<String>>,
}

/// Whether a tag may move.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(crate) enum Mutability {
    #[default]
    Mutable,
    Immutable,
    MutableWithExclusion,
    ImmutableWithExclusion,
}

/// How a repository is encrypted; nothing is, here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Encryption {
    pub(crate) kind: String,
    pub(crate) key: Option<String>,
}

impl Default for Encryption {
    fn default() -> Self {
        Self {
            kind: "AES256".to_owned(),
            key: None,
        }
    }
}

/// A lifecycle policy.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Lifecycle {
    pub(crate) text: String,
    pub(crate) put_at: Time,
}

/// A preview of a lifecycle policy.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Preview {
    pub(crate) text: String,
    pub(crate) started_at: Time,
}

/// An image: a manifest and what is known of it.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(crate) struct Image {
    /// The exact text; its SHA-256 is the digest.
    pub(crate) manifest: String,
    pub(crate) media_type: String,
    pub(crate) tags: BTreeSet<String>,
    pub(crate) pushed_at: Time,
    pub(crate) pulled_at: Option<Time>,
    pub(crate) archived: bool,
    pub(crate) archived_at: Option<Time>,
    pub(crate) activated_at: Option<Time>,
    pub(crate) scanned_at: Option<Time>,
    #[serde(skip)]
    pub(crate) parsed: Manifest,
}

/// A blob: a layer or a config. Its bytes are kept by its digest.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Layer {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) media_type: Option<String>,
    pub(crate) size: u64,
}

/// A layer upload under way. Its bytes are kept by its id.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Upload {
    pub(crate) started_at: Time,
    pub(crate) size: u64,
    pub(crate) parts: u32,
    /// Whether a part after which another came was under the least size.
    pub(crate) small_part: bool,
    /// The size of the part that came last.
    pub(crate) last_part_bytes: u64,
    /// Has read the first `size` bytes; made again after the state was read.
    #[serde(skip)]
    pub(crate) hasher: Option<Hasher>,
}

/// How much of a blob is read at once.
const CHUNK: u64 = 1 << 20;

impl Upload {
    /// The hash of what has come so far.
    pub(crate) fn hasher(&mut self, id: &str, blobs: &Blobs) -> Result<&mut Hasher, StoreError> {
        let hasher = match self.hasher.take() {
            Some(hasher) => hasher,
            None => {
                let mut hasher = Hasher::default();
                let mut at = 0;
                while at < self.size {
                    let end = self.size.min(at + CHUNK);
                    hasher.update(&blobs.read(id, at..end)?);
                    at = end;
                }
                hasher
            }
        };
        Ok(self.hasher.insert(hasher))
    }
}

impl Layer {
    /// Whether its bytes are there; whether they are the right ones is asked elsewhere.
    pub(crate) fn check(
        &self,
        digest: &str,
        repository: &str,
        blobs: &Blobs,
    ) -> Result<(), SandboxError> {
        if !crate::text::digest(digest) {
            return Err(SandboxError::BadName {
                name: digest.to_owned(),
            });
        }
        if blobs.size(digest) == Some(self.size) {
            return Ok(());
        }
        Err(SandboxError::MissingLayer {
            repository: repository.to_owned(),
            digest: digest.to_owned(),
        })
    }
}

impl Registry {
    /// Makes what is not stored, and checks what is. Uploads whose bytes are gone go too.
    pub(crate) fn index(&mut self, blobs: &Blobs) -> Result<(), SandboxError> {
        for (name, repository) in &mut self.repositories {
            if !(2..=256).contains(&name.len()) || !crate::text::repository(name) {
                return Err(SandboxError::BadName { name: name.clone() });
            }
            repository.index(name, blobs)?;
        }
        Ok(())
    }
}

impl Repository {
    fn index(&mut self, name: &str, blobs: &Blobs) -> Result<(), SandboxError> {
        for (digest, layer) in &self.layers {
            layer.check(digest, name, blobs)?;
        }
        for id in self.uploads.keys() {
            if !crate::text::uuid(id) {
                return Err(SandboxError::BadName { name: id.clone() });
            }
        }
        self.uploads
            .retain(|id, upload| upload.size == 0 || blobs.size(id) >= Some(upload.size));
        for (stored, mut image) in std::mem::take(&mut self.images) {
            let computed = digest(image.manifest.as_bytes());
            if computed != stored {
                return Err(SandboxError::WrongDigest {
                    repository: name.to_owned(),
                    stored,
                    computed,
                });
            }
            let Ok(parsed) = Manifest::parse(&image.manifest, Some(&image.media_type)) else {
                return Err(SandboxError::BadManifest {
                    repository: name.to_owned(),
                    digest: stored,
                });
            };
            image.parsed = parsed;
            for tag in &image.tags {
                if !crate::text::tag(tag) {
                    return Err(SandboxError::BadName { name: tag.clone() });
                }
                if self.by_tag.contains_key(tag) {
                    return Err(SandboxError::TagTwice {
                        repository: name.to_owned(),
                        tag: tag.clone(),
                    });
                }
            }
            self.insert_image(stored, image);
        }
        Ok(())
    }

    /// Adds an image that is not there yet, with its tags.
    pub(crate) fn insert_image(&mut self, digest: String, image: Image) {
        for name in named(&image.parsed) {
            *self.references.entry(name.to_owned()).or_default() += 1;
        }
        if let Some(subject) = &image.parsed.subject {
            self.referrers
                .entry(subject.clone())
                .or_default()
                .insert(digest.clone());
        }
        for tag in &image.tags {
            self.by_tag.insert(tag.clone(), digest.clone());
        }
        self.images.insert(digest, image);
    }

    /// Takes an image away, with its tags.
    pub(crate) fn remove_image(&mut self, digest: &str) -> Option<Image> {
        let image = self.images.remove(digest)?;
        for name in named(&image.parsed) {
            if let Some(count) = self.references.get_mut(name) {
                *count -= 1;
                if *count == 0 {
                    self.references.remove(name);
                }
            }
        }
        if let Some(subject) = &image.parsed.subject
            && let Some(referrers) = self.referrers.get_mut(subject)
        {
            referrers.remove(digest);
            if referrers.is_empty() {
                self.referrers.remove(subject);
            }
        }
        for tag in &image.tags {
            self.by_tag.remove(tag);
        }
        Some(image)
    }

    /// Puts a tag on an image, taking it from the image that had it.
    pub(crate) fn move_tag(&mut self, tag: &str, digest: &str) {
        self.remove_tag(tag);
        if let Some(image) = self.images.get_mut(digest) {
            image.tags.insert(tag.to_owned());
            self.by_tag.insert(tag.to_owned(), digest.to_owned());
        }
    }

    /// Takes a tag away from its image, which stays.
    pub(crate) fn remove_tag(&mut self, tag: &str) {
        if let Some(digest) = self.by_tag.remove(tag)
            && let Some(image) = self.images.get_mut(&digest)
        {
            image.tags.remove(tag);
        }
    }

    /// Whether a manifest names this blob or image.
    pub(crate) fn is_referenced(&self, digest: &str) -> bool {
        self.references.contains_key(digest)
    }

    /// Whether this tag may not move.
    pub(crate) fn is_immutable(&self, tag: &str) -> bool {
        let excluded = || {
            self.exclusions
                .iter()
                .any(|filter| crate::text::wildcard(filter, tag))
        };
        match self.mutability {
            Mutability::Mutable => false,
            Mutability::Immutable => true,
            Mutability::MutableWithExclusion => excluded(),
            Mutability::ImmutableWithExclusion => !excluded(),
        }
    }

    /// The size of an image: of its blobs; of an index, that of its largest child.
    pub(crate) fn image_bytes(&self, image: &Image) -> u64 {
        if image.parsed.is_index() {
            let children = image.parsed.children.iter();
            children
                .filter_map(|child| self.images.get(&child.digest))
                .map(|child| child.parsed.blob_bytes())
                .max()
                .unwrap_or(0)
        } else {
            image.parsed.blob_bytes()
        }
    }
}

/// The digests that a manifest names.
fn named(manifest: &Manifest) -> impl Iterator<Item = &str> {
    let all = manifest.blobs.iter().chain(&manifest.children);
    all.map(|descriptor| descriptor.digest.as_str())
}
