//! Image manifests: what a registry reads of them.

use serde_json::{Map, Value};

pub(crate) const DOCKER_IMAGE: &str = "application/vnd.docker.distribution.manifest.v2+json";
pub(crate) const DOCKER_LIST: &str = "application/vnd.docker.distribution.manifest.list.v2+json";
pub(crate) const OCI_IMAGE: &str = "application/vnd.oci.image.manifest.v1+json";
pub(crate) const OCI_INDEX: &str = "application/vnd.oci.image.index.v1+json";
pub(crate) const SCHEMA_1: &str = "application/vnd.docker.distribution.manifest.v1+json";
pub(crate) const SCHEMA_1_SIGNED: &str =
    "application/vnd.docker.distribution.manifest.v1+prettyjws";

/// Why a text is no manifest.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Unreadable {
    /// Not the JSON of an object.
    Syntax,
    /// Neither the text nor the caller names a media type.
    NoMediaType,
    /// The text and the caller name different ones.
    OtherMediaType,
    /// The media type is not one that is stored.
    UnknownMediaType,
    /// A needed member is missing or of a wrong form.
    Member(&'static str),
}

/// A blob or manifest that a manifest refers to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Descriptor {
    pub(crate) digest: String,
    pub(crate) size: u64,
    pub(crate) media_type: Option<String>,
    /// Kept elsewhere (a foreign layer), so never uploaded.
    pub(crate) foreign: bool,
}

/// What a registry reads of a manifest.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Manifest {
    pub(crate) media_type: String,
    /// The config, then the layers.
    pub(crate) blobs: Vec<Descriptor>,
    pub(crate) children: Vec<Descriptor>,
    pub(crate) subject: Option<String>,
    pub(crate) artifact_type: Option<String>,
}

impl Manifest {
    /// Reads a manifest; the caller may name its media type.
    pub(crate) fn parse(text: &str, given: Option<&str>) -> Result<Self, Unreadable> {
        let Ok(Value::Object(members)) = serde_json::from_str(text) else {
            return Err(Unreadable::Syntax);
        };
        let own = members.get("mediaType").and_then(Value::as_str);
        let schema_1 = members.get("fsLayers").is_some();
        let media_type = match (own, given) {
            (Some(own), Some(given)) if own != given => return Err(Unreadable::OtherMediaType),
            (Some(media_type), _) | (None, Some(media_type)) => media_type,
            (None, None) if schema_1 => SCHEMA_1_SIGNED,
            (None, None) => return Err(Unreadable::NoMediaType),
        };
        let mut manifest = Self {
            media_type: media_type.to_owned(),
            ..Self::default()
        };
        match media_type {
            DOCKER_IMAGE | OCI_IMAGE => manifest.read_image(&members)?,
            DOCKER_LIST | OCI_INDEX => {
                manifest.children = descriptors(&members, "manifests")?;
            }
            SCHEMA_1 | SCHEMA_1_SIGNED => manifest.read_schema_1(&members)?,
            _ => return Err(Unreadable::UnknownMediaType),
        }
        manifest.subject = members
            .get("subject")
            .and_then(|subject| subject.get("digest"))
            .and_then(Value::as_str)
            .map(str::to_owned);
        if let Some(artifact) = members.get("artifactType").and_then(Value::as_str) {
            manifest.artifact_type = Some(artifact.to_owned());
        }
        Ok(manifest)
    }

    fn read_image(&mut self, members: &Map<String, Value>) -> Result<(), Unreadable> {
        let config = members
            .get("config")
            .and_then(descriptor)
            .ok_or(Unreadable::Member("config"))?;
        self.artifact_type.clone_from(&config.media_type);
        self.blobs.push(config);
        self.blobs.extend(descriptors(members, "layers")?);
        Ok(())
    }

    fn read_schema_1(&mut self, members: &Map<String, Value>) -> Result<(), Unreadable> {
        let layers = members
            .get("fsLayers")
            .and_then(Value::as_array)
            .ok_or(Unreadable::Member("fsLayers"))?;
        for layer in layers {
            let digest = layer.get("blobSum").and_then(Value::as_str);
            self.blobs.push(Descriptor {
                digest: digest.ok_or(Unreadable::Member("fsLayers"))?.to_owned(),
                size: 0,
                media_type: None,
                foreign: false,
            });
        }
        Ok(())
    }

    /// Whether it lists other manifests.
    pub(crate) fn is_index(&self) -> bool {
        is_index(&self.media_type)
    }

    /// Whether it can be scanned: an image, not an index and not another artifact.
    pub(crate) fn is_runnable(&self) -> bool {
        self.media_type == DOCKER_IMAGE
            || self.media_type == OCI_IMAGE
                && self.artifact_type.as_deref() == Some("application/vnd.oci.image.config.v1+json")
    }

    /// The digests of the blobs that must be in the repository.
    pub(crate) fn needed_blobs(&self) -> impl Iterator<Item = &str> {
        self.blobs
            .iter()
            .filter(|blob| !blob.foreign)
            .map(|blob| blob.digest.as_str())
    }

    /// The bytes that its blobs take together.
    pub(crate) fn blob_bytes(&self) -> u64 {
        self.blobs
            .iter()
            .fold(0, |sum: u64, blob| sum.saturating_add(blob.size))
    }
}

/// Whether a media type is that of an index or list.
pub(crate) fn is_index(media_type: &str) -> bool {
    matches!(media_type, DOCKER_LIST | OCI_INDEX)
}

fn descriptors(
    members: &Map<String, Value>,
    name: &'static str,
) -> Result<Vec<Descriptor>, Unreadable> {
    members
        .get(name)
        .and_then(Value::as_array)
        .and_then(|items| items.iter().map(descriptor).collect())
        .ok_or(Unreadable::Member(name))
}

fn descriptor(value: &Value) -> Option<Descriptor> {
    let digest = value.get("digest")?.as_str()?;
    crate::text::digest(digest).then_some(())?;
    Some(Descriptor {
        digest: digest.to_owned(),
        size: value.get("size")?.as_u64()?,
        media_type: value
            .get("mediaType")
            .and_then(Value::as_str)
            .map(str::to_owned),
        foreign: value
            .get("urls")
            .and_then(Value::as_array)
            .is_some_and(|urls| !urls.is_empty()),
    })
}
