//! What a copy is given.

use serde::{Deserialize, Serialize};

use crate::error::EcrError;
use crate::kept::{kept, words};
use crate::name::Tag;
use crate::place::{Located, Options, Reference};
use crate::platform::Platform;

use super::source::Source;

/// `copy-image`: an image, or an index with its images, from one repository to another.
///
/// What is at the destination already is not moved; layers go in parallel, in parts;
/// every byte is checked against its digest; tags are put last. The calls to the source
/// are made with the credentials, and to the endpoint, of the source named `source`,
/// those to the destination with `destination`.
///
/// **Memory**: at most 7/3 of `parts_at_once` parts, 94 MiB with the defaults, whatever the
/// size of the image. **A copy that was stopped** goes on from its snapshot: no upload is
/// begun again, and nothing is read again but what was in memory, since the state of each
/// hash is kept beside how far its layer has come. The destination hashes the whole once
/// more, so a snapshot that was tampered with cannot bring wrong bytes there.
///
/// **Another registry** as source is read by the OCI Distribution protocol, anonymously or
/// with the user and password of the source named `source`; a name without tag and digest
/// means `latest` there. They are told to the registry and to a place for logins that
/// belongs to it by name, and never to where a redirect or a presigned URL leads.
///
/// Gives `digest`, `mediaType`, `image` (its address), `images`, `layers` and `tags`, each
/// with its `outcome`, and `bytesMoved`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct CopyImage {
    /// The image: an address in ECR, or in any other registry (`docker.io/library/nginx:1.27`).
    pub source: String,
    /// The repository in ECR; a tag behind it is the one to put.
    pub destination: String,
    /// The tags to put; without them that of the destination, else that of the source.
    /// An empty list puts none.
    pub tags: Option<Vec<String>>,
    /// Puts all tags that the source's image has there, too.
    pub source_tags: bool,
    /// The platforms to take of an index: all unless given. Of one platform its image is
    /// copied, without an index; of several an index that names just these.
    pub platforms: Vec<String>,
    /// Whether to take what refers to the image, too: signatures, attestations, SBOMs.
    pub referrers: bool,
    /// What to do where a tag names another image at the destination.
    pub on_conflict: OnConflict,
    /// How many layers are under way at once: 6 unless given, 32 at most.
    pub layers_at_once: Option<u32>,
    /// How many parts of layers are kept in memory at once: 4 unless given, 64 at most.
    pub parts_at_once: Option<u32>,
    /// How many bytes a part has: what the service proposes unless given, from 5 to 20 MiB.
    pub part_bytes: Option<u64>,
}

/// What to do where a tag names another image.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum OnConflict {
    /// Move it where the repository lets it be moved, else fail.
    #[default]
    Overwrite,
    /// Fail before anything is moved.
    Fail,
    /// Leave it where it is.
    Skip,
}

words! {
    OnConflict { Overwrite: "overwrite", Fail: "fail", Skip: "skip" }
}

/// `plan-copy`: what [`CopyImage`] would do, found out without changing anything. It
/// takes the same arguments.
///
/// Gives `source`, `destination`, `digest`, `mediaType`, `images`, `layers` and `tags`,
/// each with its `action`, and `bytesToMove`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PlanCopy(pub CopyImage);

const MIB: u64 = 1 << 20;
const LAYERS_AT_ONCE: u32 = 6;
const PARTS_AT_ONCE: u32 = 4;

/// The arguments, understood.
#[derive(Clone, Debug)]
pub(super) struct Setup {
    pub(super) source: Source,
    /// Which image of the source is meant.
    pub(super) reference: Reference,
    pub(super) destination: Located,
    pub(super) tags: Vec<String>,
    pub(super) source_tags: bool,
    pub(super) platforms: Vec<Platform>,
    pub(super) referrers: bool,
    pub(super) on_conflict: OnConflict,
    pub(super) layers_at_once: usize,
    pub(super) parts_at_once: u64,
    pub(super) part_bytes: Option<u64>,
}

kept! {
    Setup {
        source, reference, destination, tags, source_tags, platforms, referrers, on_conflict,
        layers_at_once, parts_at_once, part_bytes
    }
}

impl Setup {
    pub(super) fn of(arguments: CopyImage, options: &Options) -> Result<Self, EcrError> {
        let invalid = |reason: &str| EcrError::InvalidArguments {
            operation: "copy-image".into(),
            reason: reason.into(),
        };
        for (name, value) in [
            ("source", &arguments.source),
            ("destination", &arguments.destination),
        ] {
            if value.trim().is_empty() {
                return Err(invalid(&format!("missing field `{name}`")));
            }
        }
        let (source, reference) = Source::of(&arguments.source, options)?;
        let (destination, to) = Located::written(&arguments.destination, options)?;
        if to.digest.is_some() {
            return Err(invalid(
                "the destination has a digest, which the image decides",
            ));
        }
        if arguments
            .part_bytes
            .is_some_and(|bytes| !(5 * MIB..=20 * MIB).contains(&bytes))
        {
            return Err(invalid("`partBytes` is not from 5 to 20 MiB"));
        }
        let mut tags = Vec::new();
        let named = to.tag.or_else(|| reference.tag.clone());
        for tag in arguments
            .tags
            .unwrap_or_else(|| named.into_iter().collect())
        {
            let tag: Tag = tag.parse()?;
            let tag = tag.to_string();
            if !tags.contains(&tag) {
                tags.push(tag);
            }
        }
        let platforms = arguments.platforms.iter();
        let platforms = platforms.map(|platform| platform.parse());
        let at_once = |given: Option<u32>, default, most| given.unwrap_or(default).clamp(1, most);
        Ok(Self {
            source,
            reference,
            destination: Located {
                place: destination.place.with_source("destination"),
                ..destination
            },
            tags,
            source_tags: arguments.source_tags,
            platforms: platforms.collect::<Result<_, _>>()?,
            referrers: arguments.referrers,
            on_conflict: arguments.on_conflict,
            layers_at_once: at_once(arguments.layers_at_once, LAYERS_AT_ONCE, 32) as usize,
            parts_at_once: at_once(arguments.parts_at_once, PARTS_AT_ONCE, 64).into(),
            part_bytes: arguments.part_bytes,
        })
    }
}
