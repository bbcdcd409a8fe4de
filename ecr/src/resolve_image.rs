//! Short names made whole by asking the registry.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use spola::JsonWriter;

use crate::error::EcrError;
use crate::image::{describe, detail};
use crate::images::Newest;
use crate::kept::{Damage, Kept};
use crate::name::Tag;
use crate::place::{Located, LocatedImage, Options, Reference};
use crate::script::{Answer, Next, Script};
use crate::values::text;

/// `resolve-image`: which image a name means. Gives `imageUri` (by digest), `imageDigest`,
/// `imageTag` and `repository`.
///
/// A name with a tag or digest means that image; one without means the one that
/// `default_tag` names, else the newest tagged one: one call for each 1000 images.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct ResolveImage {
    /// The name: `team/app`, `team/app:v1`, an address or an ARN.
    pub name: String,
    /// The tag of a name without tag and digest.
    pub default_tag: Option<Tag>,
    /// Whether an image that is named by digest has to be there.
    pub check: bool,
}

impl Default for ResolveImage {
    fn default() -> Self {
        Self {
            name: String::new(),
            default_tag: None,
            check: true,
        }
    }
}

/// The script of [`ResolveImage`].
#[derive(Clone, Debug)]
pub(crate) enum Resolving {
    /// By tag or digest.
    Image { image: LocatedImage, check: bool },
    /// The newest of a repository.
    Newest { at: Located, newest: Box<Newest> },
}

impl Kept for Resolving {
    fn write(&self, out: &mut JsonWriter) {
        out.begin_object();
        match self {
            Self::Image { image, check } => {
                out.name("Image").begin_object();
                image.write(out.name("image"));
                check.write(out.name("check"));
            }
            Self::Newest { at, newest } => {
                out.name("Newest").begin_object();
                at.write(out.name("at"));
                newest.write(out.name("newest"));
            }
        }
        out.end_object().end_object();
    }

    fn read(from: &Value, damage: &mut Damage) -> Self {
        let (name, held) = damage.variant(from);
        if name == "Newest" {
            return Self::Newest {
                at: damage.member(held, "at"),
                newest: damage.member(held, "newest"),
            };
        }
        if name != "Image" {
            damage.unknown(name, &["Image", "Newest"]);
        }
        Self::Image {
            image: damage.member(held, "image"),
            check: damage.member(held, "check"),
        }
    }
}

impl Script for Resolving {
    type Arguments = ResolveImage;

    fn begin(arguments: ResolveImage, options: &Options) -> Result<Self, EcrError> {
        let (repository, mut reference) = Located::written(&arguments.name, options)?;
        if reference == Reference::default() {
            reference.tag = arguments.default_tag.map(|tag| tag.to_string());
        }
        if reference == Reference::default() {
            let newest = Box::new(Newest::of(&repository));
            return Ok(Self::Newest {
                at: repository,
                newest,
            });
        }
        Ok(Self::Image {
            // Only a digest says which image is meant without asking.
            check: arguments.check || reference.digest.is_none(),
            image: LocatedImage {
                repository,
                reference,
            },
        })
    }

    fn next(&mut self, answer: Option<Answer>) -> Result<Next, EcrError> {
        match self {
            Self::Image { image, check } => {
                let Some(answer) = answer else {
                    if *check {
                        return Ok(Next::call(describe(image)));
                    }
                    let digest = image.reference.digest.clone().unwrap_or_default();
                    return Ok(resolved(&image.repository, &digest, tag_of(image)));
                };
                let found = detail(image, answer)?;
                let digest = text(&found, "imageDigest");
                Ok(resolved(&image.repository, digest, tag_of(image)))
            }
            Self::Newest { at, newest } => {
                let mut next = newest.next(answer)?;
                if let Some(outputs) = next.done.take() {
                    let image = outputs.get("image").unwrap_or(&Value::Null);
                    at.learn(image);
                    let tag = image["imageTags"][0].clone();
                    return Ok(resolved(at, text(image, "imageDigest"), tag));
                }
                Ok(next)
            }
        }
    }
}

fn tag_of(image: &LocatedImage) -> Value {
    json!(image.reference.tag)
}

fn resolved(at: &Located, digest: &str, tag: Value) -> Next {
    Next::done(json!({
        "imageUri": at.image(digest),
        "imageDigest": digest,
        "imageTag": tag,
        "repository": at.shown(),
    }))
}
