//! PutImage.

use super::operation::Operation;
use crate::answer::{Answer, Refusal, digest};
use crate::json::members;
use crate::manifest::{Manifest, Unreadable};
use crate::registry::{Image, Repository};
use crate::request::{Place, Request};
use crate::shape::{REGISTRY_ID, REPOSITORY_NAME, Shape, TEXT, by, object, sized};
use crate::state::{ImmutableRepeat, LayerRule, State};
use crate::text::TAG;
use serde_json::{Value, json};

pub(crate) static OPERATIONS: &[Operation] = &[Operation {
    name: "PutImage",
    input: &PUT,
    run: put,
}];

static PUT: Shape = object! {
    may "registryId": REGISTRY_ID,
    need "repositoryName": REPOSITORY_NAME,
    need "imageManifest": sized(1, 4_194_304),
    may "imageManifestMediaType": TEXT,
    may "imageTag": by(TAG),
    may "imageDigest": TEXT,
};

/// The most tags on one image.
const TAGS_PER_IMAGE: usize = 1000;
/// Unspecified: the most layers of one image; the service has a limit but does not tell it.
const LAYERS_PER_IMAGE: usize = 4200;

/// Puts a manifest: a new image, or a tag on an image that is there.
fn put(state: &mut State, request: &Request) -> Answer {
    let text = request.required("imageManifest");
    let given = request.text("imageManifestMediaType");
    let (rule, repeat) = (state.settings.layers, state.settings.immutable_repeat);
    let most = state.settings.images_per_repository;
    let place = state.place(request)?;
    let manifest = Manifest::parse(text, given).map_err(unreadable)?;
    let computed = digest(text.as_bytes());
    if let Some(claimed) = request
        .text("imageDigest")
        .filter(|claimed| *claimed != computed)
    {
        return Err(Refusal::new(
            "ImageDigestDoesNotMatchException",
            format!(
                "The provided image digest '{claimed}' does not match the calculated digest \
                 '{computed}' of the image manifest"
            ),
        ));
    }
    let put = Put {
        request,
        registry: &place.registry,
        digest: &computed,
        tag: request.text("imageTag"),
    };
    put.check_tag(place.repository, repeat)?;
    if !place.repository.images.contains_key(&computed) {
        if rule == LayerRule::Checked {
            put.check_parts(&place, &manifest)?;
        }
        if manifest.blobs.len() > LAYERS_PER_IMAGE {
            return Err(put.limit("layers per image", LAYERS_PER_IMAGE));
        }
        let repository = &mut *place.repository;
        if repository.images.len() >= most {
            return Err(put.limit("images per repository", most));
        }
        let image = Image {
            manifest: text.to_owned(),
            media_type: manifest.media_type.clone(),
            pushed_at: request.now,
            scanned_at: (repository.scan_on_push && manifest.is_runnable()).then_some(request.now),
            parsed: manifest,
            ..Image::default()
        };
        repository.insert_image(computed.clone(), image);
    }
    let repository = place.repository;
    if let Some(tag) = put.tag {
        repository.move_tag(tag, &computed);
    }
    let media_type = repository
        .images
        .get(&computed)
        .map(|image| image.media_type.as_str());
    Ok(json!({ "image": shown(&put, text, media_type) }))
}

fn shown(put: &Put<'_>, manifest: &str, media_type: Option<&str>) -> Value {
    members([
        ("registryId", Some(put.registry.into())),
        ("repositoryName", Some(put.request.name().into())),
        (
            "imageId",
            Some(members([
                ("imageDigest", Some(put.digest.into())),
                ("imageTag", put.tag.map(Value::from)),
            ])),
        ),
        ("imageManifest", Some(manifest.into())),
        ("imageManifestMediaType", media_type.map(Value::from)),
    ])
}

/// One call under way.
struct Put<'r> {
    request: &'r Request,
    registry: &'r str,
    digest: &'r str,
    tag: Option<&'r str>,
}

impl Put<'_> {
    /// Whether this tag may be put on this image.
    fn check_tag(&self, repository: &Repository, repeat: ImmutableRepeat) -> Result<(), Refusal> {
        let there = repository.images.get(self.digest);
        let Some(tag) = self.tag else {
            return there.map_or(Ok(()), |_| Err(self.exists()));
        };
        let immutable = repository.is_immutable(tag);
        match repository.by_tag.get(tag) {
            Some(holder) if holder == self.digest => {
                if immutable && repeat == ImmutableRepeat::Tag {
                    Err(self.tag_exists(tag))
                } else {
                    Err(self.exists())
                }
            }
            Some(_) if immutable => Err(self.tag_exists(tag)),
            _ => match there {
                Some(image) if image.tags.len() >= TAGS_PER_IMAGE => {
                    Err(self.limit("tags per image", TAGS_PER_IMAGE))
                }
                _ => Ok(()),
            },
        }
    }

    /// Whether what the manifest names is in the repository.
    fn check_parts(&self, place: &Place<'_>, manifest: &Manifest) -> Result<(), Refusal> {
        let blobs = manifest.needed_blobs();
        let missing = listed(blobs.filter(|blob| place.layer(blob).is_none()));
        if !missing.is_empty() {
            return Err(self.parts("LayersNotFoundException", "Layers", &missing));
        }
        let images = &place.repository.images;
        let children = manifest.children.iter().map(|child| child.digest.as_str());
        let missing = listed(children.filter(|child| !images.contains_key(*child)));
        if !missing.is_empty() {
            return Err(self.parts("ReferencedImagesNotFoundException", "Images", &missing));
        }
        Ok(())
    }

    fn parts(&self, code: &'static str, what: &str, missing: &str) -> Refusal {
        Refusal::new(
            code,
            format!(
                "{what} with digests '[{missing}]' required for pushing image into repository \
                 with name '{}' in the registry with id '{}' do not exist",
                self.request.name(),
                self.registry
            ),
        )
    }

    fn exists(&self) -> Refusal {
        let tag = self
            .tag
            .map(|tag| format!(" and tag '{tag}'"))
            .unwrap_or_default();
        Refusal::new(
            "ImageAlreadyExistsException",
            format!(
                "Image with digest '{}'{tag} already exists in the repository with name '{}' in \
                 registry with id '{}'",
                self.digest,
                self.request.name(),
                self.registry
            ),
        )
    }

    fn tag_exists(&self, tag: &str) -> Refusal {
        Refusal::new(
            "ImageTagAlreadyExistsException",
            format!(
                "The image tag '{tag}' already exists in the '{}' repository and cannot be \
                 overwritten because the tag is immutable.",
                self.request.name()
            ),
        )
    }

    fn limit(&self, what: &str, most: usize) -> Refusal {
        Refusal::new(
            "LimitExceededException",
            format!(
                "The repository with name '{}' in registry with id '{}' has reached the limit of \
                 {most} {what}",
                self.request.name(),
                self.registry
            ),
        )
    }
}

/// The digests without repeats, comma separated.
fn listed<'d>(digests: impl Iterator<Item = &'d str>) -> String {
    let mut seen: Vec<&str> = Vec::new();
    for digest in digests {
        if !seen.contains(&digest) {
            seen.push(digest);
        }
    }
    seen.join(", ")
}

/// Unspecified: the words; the code is the service's.
fn unreadable(why: Unreadable) -> Refusal {
    match why {
        Unreadable::Syntax => Refusal::parameter("ImageManifest", "Invalid JSON syntax"),
        Unreadable::NoMediaType => Refusal::parameter(
            "imageManifestMediaType",
            "Member must not be null when the image manifest has no mediaType",
        ),
        Unreadable::OtherMediaType => Refusal::parameter(
            "imageManifestMediaType",
            "Member must match the mediaType of the image manifest",
        ),
        Unreadable::UnknownMediaType => Refusal::parameter(
            "imageManifestMediaType",
            "Member must be a supported image manifest media type",
        ),
        Unreadable::Member(member) => Refusal::parameter(
            "ImageManifest",
            &format!("Invalid or missing member '{member}'"),
        ),
    }
}
