//! Image manifests: what they name, and their digests.

use std::fmt;
use std::sync::Arc;

use serde_json::{Map, Value};
use sha2::{Digest as _, Sha256};
use spola::exchange::parse_json;

use crate::digest::Digest;
use crate::error::EcrError;
use crate::platform::Platform;
use crate::values::put_into;

/// The most bytes of a manifest: what ECR's PutImage takes.
pub const LARGEST_MANIFEST: usize = 4_194_304;
/// Unspecified: the most layers, or manifests in an index, that are read.
const MOST_ENTRIES: usize = 10_000;
/// How deeply a manifest may be nested.
const MOST_DEPTH: usize = 64;

/// The types of manifest that ECR keeps.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ManifestType {
    /// An image: Docker image manifest, version 2, schema 2.
    DockerImage,
    /// Images by platform: Docker manifest list.
    DockerList,
    /// An image, or another artifact: OCI image manifest.
    OciImage,
    /// Images by platform: OCI image index.
    OciIndex,
    /// An image: Docker image manifest, version 2, schema 1.
    Schema1,
    /// The same with a signature inside.
    Schema1Signed,
}

const TYPES: [ManifestType; 6] = [
    ManifestType::DockerImage,
    ManifestType::DockerList,
    ManifestType::OciImage,
    ManifestType::OciIndex,
    ManifestType::Schema1,
    ManifestType::Schema1Signed,
];

impl ManifestType {
    /// All of them, as a request accepts them.
    pub fn all() -> impl Iterator<Item = &'static str> {
        TYPES.iter().map(|kind| kind.as_str())
    }

    /// The media type.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::DockerImage => "application/vnd.docker.distribution.manifest.v2+json",
            Self::DockerList => "application/vnd.docker.distribution.manifest.list.v2+json",
            Self::OciImage => "application/vnd.oci.image.manifest.v1+json",
            Self::OciIndex => "application/vnd.oci.image.index.v1+json",
            Self::Schema1 => "application/vnd.docker.distribution.manifest.v1+json",
            Self::Schema1Signed => "application/vnd.docker.distribution.manifest.v1+prettyjws",
        }
    }

    /// The type of a media type, where it is one of a manifest.
    pub fn of(media_type: &str) -> Option<Self> {
        TYPES.into_iter().find(|kind| kind.as_str() == media_type)
    }

    /// Whether it lists other manifests.
    pub fn is_index(self) -> bool {
        matches!(self, Self::DockerList | Self::OciIndex)
    }

    /// Whether it is of the old form, which tells no sizes.
    pub fn is_schema_1(self) -> bool {
        matches!(self, Self::Schema1 | Self::Schema1Signed)
    }
}

/// A layer, config or manifest that a manifest names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Descriptor {
    /// What it is called by its bytes.
    pub digest: Digest,
    /// How many bytes it has; schema 1 does not tell.
    pub size: Option<u64>,
    /// Its media type, where it is told.
    pub media_type: Option<String>,
    /// Whether it is kept elsewhere (`urls`: a foreign layer), so that a registry
    /// need not have it.
    pub foreign: bool,
    /// What the image runs on, in an index.
    pub platform: Option<Platform>,
    /// The image that an attestation in an index is about.
    pub about: Option<Digest>,
}

/// A manifest as it is kept, and what it names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manifest {
    text: Arc<str>,
    kind: ManifestType,
    digest: Digest,
    /// The config of an image; none in an index or schema 1.
    pub config: Option<Descriptor>,
    /// The layers of an image, as often as it names them.
    pub layers: Vec<Descriptor>,
    /// The manifests of an index.
    pub children: Vec<Descriptor>,
    /// The manifest that this one is about: a signature's image.
    pub subject: Option<Digest>,
    /// What kind of artifact it is, where it says so.
    pub artifact_type: Option<String>,
}

/// What is wrong with a manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ManifestFault {
    /// More than 4 MiB.
    TooLarge,
    /// Not the JSON of an object.
    NotAnObject,
    /// Nothing tells its media type.
    NoMediaType,
    /// The media type is not that of a manifest.
    UnknownMediaType {
        /// The type as told.
        media_type: String,
    },
    /// It says another media type than the registry.
    OtherMediaType {
        /// What it says.
        own: String,
    },
    /// A member is missing, or not what it must be.
    Member {
        /// Its place.
        pointer: String,
    },
    /// There are too many entries.
    TooMany {
        /// The member that holds them.
        member: &'static str,
    },
}

impl fmt::Display for ManifestFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLarge => write!(f, "it has over {LARGEST_MANIFEST} bytes"),
            Self::NotAnObject => f.write_str("it is not a JSON object"),
            Self::NoMediaType => f.write_str("nothing tells its media type"),
            Self::UnknownMediaType { media_type } => {
                write!(f, "`{media_type}` is not a type of manifests")
            }
            Self::OtherMediaType { own } => {
                write!(f, "it says `{own}`, which is not what the registry says")
            }
            Self::Member { pointer } => write!(f, "`{pointer}` is missing or malformed"),
            Self::TooMany { member } => {
                write!(f, "`{member}` has over {MOST_ENTRIES} entries")
            }
        }
    }
}

/// The digest of exactly these bytes.
pub fn digest_of(bytes: &[u8]) -> Digest {
    Digest::sha256(&Sha256::digest(bytes))
}

impl Manifest {
    /// Reads a manifest; `told` is the media type that the registry told, if it did.
    ///
    /// # Errors
    /// `ecr.invalid-manifest`.
    pub fn parse(text: &str, told: Option<&str>) -> Result<Self, EcrError> {
        read(text, told).map_err(|fault| EcrError::InvalidManifest { fault })
    }

    /// The text, byte for byte.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The type.
    pub fn kind(&self) -> ManifestType {
        self.kind
    }

    /// The digest of the text; of a signed schema 1 that of what is signed.
    pub fn digest(&self) -> &Digest {
        &self.digest
    }

    /// Config and layers, each once.
    pub fn blobs(&self) -> Vec<&Descriptor> {
        let mut seen = Vec::new();
        let all = self.config.iter().chain(&self.layers);
        all.filter(|blob| put_into(&mut seen, &blob.digest))
            .collect()
    }

    /// The index with these children alone, everything else as it is.
    ///
    /// It is another document with another digest.
    ///
    /// # Errors
    /// `ecr.invalid-manifest`: never for an index that was read.
    pub fn with_children(&self, keep: &[Digest]) -> Result<Self, EcrError> {
        let value = parse_json(self.text.as_bytes(), MOST_DEPTH).ok();
        let Some(Value::Object(mut members)) = value else {
            let fault = ManifestFault::NotAnObject;
            return Err(EcrError::InvalidManifest { fault });
        };
        if let Some(Value::Array(entries)) = members.get_mut("manifests") {
            entries.retain(|entry| {
                let digest = entry.get("digest").and_then(Value::as_str);
                keep.iter().any(|kept| Some(kept.as_str()) == digest)
            });
        }
        let text = Value::Object(members).to_string();
        Self::parse(&text, Some(self.kind.as_str()))
    }
}

fn read(text: &str, told: Option<&str>) -> Result<Manifest, ManifestFault> {
    if text.len() > LARGEST_MANIFEST {
        return Err(ManifestFault::TooLarge);
    }
    let Ok(Value::Object(members)) = parse_json(text.as_bytes(), MOST_DEPTH) else {
        return Err(ManifestFault::NotAnObject);
    };
    let kind = kind(&members, told)?;
    let mut manifest = Manifest {
        text: text.into(),
        kind,
        digest: digest_of(text.as_bytes()),
        config: None,
        layers: Vec::new(),
        children: Vec::new(),
        subject: None,
        artifact_type: string(&members, "artifactType"),
    };
    if kind.is_index() {
        manifest.children = descriptors(&members, "manifests")?;
    } else if kind.is_schema_1() {
        manifest.layers = schema_1_layers(&members)?;
        if let Some(signed) = signed_part(text, &members) {
            manifest.digest = digest_of(&signed);
        }
    } else {
        let config = members.get("config").ok_or_else(|| member("/config"))?;
        manifest.config = Some(descriptor(config, || "/config".into())?);
        manifest.layers = descriptors(&members, "layers")?;
    }
    if let Some(subject) = members.get("subject").filter(|subject| !subject.is_null()) {
        manifest.subject = Some(descriptor(subject, || "/subject".into())?.digest);
    }
    Ok(manifest)
}

/// The type: as told, as it says, or as its members show.
fn kind(members: &Map<String, Value>, told: Option<&str>) -> Result<ManifestType, ManifestFault> {
    let of = |media_type: &str| {
        ManifestType::of(media_type).ok_or_else(|| ManifestFault::UnknownMediaType {
            media_type: crate::text::shown(media_type),
        })
    };
    let own = string(members, "mediaType");
    match (own, told) {
        (Some(own), Some(told)) if own != told => Err(ManifestFault::OtherMediaType {
            own: crate::text::shown(&own),
        }),
        (Some(own), _) => of(&own),
        (None, Some(told)) => {
            let kind = of(told)?;
            // Older registries call every schema 1 unsigned, or just JSON.
            let signed = kind == ManifestType::Schema1 && members.contains_key("signatures");
            Ok(if signed {
                ManifestType::Schema1Signed
            } else {
                kind
            })
        }
        (None, None) if members.contains_key("manifests") => Ok(ManifestType::OciIndex),
        (None, None) if members.contains_key("config") && members.contains_key("layers") => {
            Ok(ManifestType::OciImage)
        }
        (None, None) if members.contains_key("signatures") => Ok(ManifestType::Schema1Signed),
        (None, None) if members.contains_key("fsLayers") => Ok(ManifestType::Schema1),
        (None, None) => Err(ManifestFault::NoMediaType),
    }
}

fn member(pointer: &str) -> ManifestFault {
    ManifestFault::Member {
        pointer: pointer.into(),
    }
}

fn string(members: &Map<String, Value>, name: &str) -> Option<String> {
    let text = members.get(name)?.as_str()?;
    (!text.is_empty()).then(|| text.to_owned())
}

fn entries<'m>(
    members: &'m Map<String, Value>,
    name: &'static str,
) -> Result<&'m [Value], ManifestFault> {
    match members.get(name) {
        Some(Value::Array(entries)) if entries.len() > MOST_ENTRIES => {
            Err(ManifestFault::TooMany { member: name })
        }
        Some(Value::Array(entries)) => Ok(entries),
        // Go writes an empty list as null.
        Some(Value::Null) => Ok(&[]),
        _ => Err(member(&format!("/{name}"))),
    }
}

fn descriptors(
    members: &Map<String, Value>,
    name: &'static str,
) -> Result<Vec<Descriptor>, ManifestFault> {
    let entries = entries(members, name)?.iter().enumerate();
    entries
        .map(|(at, entry)| descriptor(entry, || format!("/{name}/{at}")))
        .collect()
}

fn descriptor(value: &Value, place: impl Fn() -> String) -> Result<Descriptor, ManifestFault> {
    let fault = |name: &str| member(&format!("{}/{name}", place()));
    let text = |name: &str| value.get(name).and_then(Value::as_str);
    let digest = text("digest").and_then(|digest| digest.parse().ok());
    let size = value.get("size").and_then(Value::as_u64);
    let urls = value.get("urls").and_then(Value::as_array);
    let about = value
        .pointer("/annotations/vnd.docker.reference.digest")
        .and_then(Value::as_str);
    Ok(Descriptor {
        digest: digest.ok_or_else(|| fault("digest"))?,
        size: Some(size.ok_or_else(|| fault("size"))?),
        media_type: text("mediaType").map(str::to_owned),
        foreign: urls.is_some_and(|urls| !urls.is_empty()),
        platform: value.get("platform").and_then(Platform::of_entry),
        about: about.and_then(|digest| digest.parse().ok()),
    })
}

fn schema_1_layers(members: &Map<String, Value>) -> Result<Vec<Descriptor>, ManifestFault> {
    let entries = entries(members, "fsLayers")?.iter().enumerate();
    entries
        .map(|(at, entry)| {
            let digest = entry.get("blobSum").and_then(Value::as_str);
            let digest = digest.and_then(|digest| digest.parse().ok());
            Ok(Descriptor {
                digest: digest.ok_or_else(|| member(&format!("/fsLayers/{at}/blobSum")))?,
                size: None,
                media_type: None,
                foreign: false,
                platform: None,
                about: None,
            })
        })
        .collect()
}

/// What the signature of a schema 1 manifest covers: the text up to where the
/// signatures begin, and the tail that their header keeps.
fn signed_part(text: &str, members: &Map<String, Value>) -> Option<Vec<u8>> {
    let signature = members.get("signatures")?.get(0)?;
    let header = from_base64url(signature.get("protected")?.as_str()?)?;
    let header = parse_json(&header, MOST_DEPTH).ok()?;
    let length = usize::try_from(header.get("formatLength")?.as_u64()?).ok()?;
    let tail = from_base64url(header.get("formatTail")?.as_str()?)?;
    let mut signed = text.as_bytes().get(..length)?.to_vec();
    signed.extend(tail);
    Some(signed)
}

fn from_base64url(text: &str) -> Option<Vec<u8>> {
    use base64::Engine as _;
    base64::engine::general_purpose::URL_SAFE_NO_PAD
        .decode(text.trim_end_matches('='))
        .ok()
}
