//! What an image is made of: layers, config, platforms.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use spola::exchange::parse_json;

use crate::blob::Blob;
use crate::call::Call;
use crate::digest::Digest;
use crate::error::EcrError;
use crate::image::{batch_get, digest_in, manifest_of, one};
use crate::kept::{kept, newtypes, variants};
use crate::manifest::{Descriptor, Manifest};
use crate::pages::take_list;
use crate::place::{LocatedImage, Options, Reference, members};
use crate::platform::Platform;
use crate::script::{Answer, Ask, Next, Script};
use crate::values::text;

/// How many layers one call asks about.
const BATCH: usize = 100;

/// `image-layers`: gives `layers` and `config` (each `digest`, `size`, `mediaType`,
/// `foreign`), `sizeInBytes`, and the `imageDigest` and `imageUri` of the image that has
/// them, which in an index is that of the platform.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct ImageLayers {
    /// The image: `team/app:v1`, `team/app@sha256:…`, or the same with its registry.
    pub image: String,
    /// Which of an index's images: `linux/arm64`. Needed where there are several.
    pub platform: Option<Platform>,
    /// Asks whether each layer is there: `layerAvailability`. One call for each 100.
    pub check: bool,
}

/// `image-config`: gives `config`, the JSON that says how the image runs, its digest
/// verified, `platform`, `imageDigest` and `imageUri`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct ImageConfig {
    /// The image: `team/app:v1`, `team/app@sha256:…`, or the same with its registry.
    pub image: String,
    /// Which of an index's images: `linux/arm64`. Needed where there are several.
    pub platform: Option<Platform>,
}

/// `image-platforms`: what an image runs on. Gives `platforms`, each `platform`,
/// `imageDigest` and `size` of its manifest, and `isIndex`. An index needs one call.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct ImagePlatforms {
    /// The image: `team/app:v1`, `team/app@sha256:…`, or the same with its registry.
    pub image: String,
}

/// What is wanted of an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Want {
    Layers { check: bool },
    Config,
    Platforms,
}

variants! {
    Want { Layers { check }: "Layers", Config: "Config", Platforms: "Platforms"; else Self::Config }
}

/// The script of all three.
#[derive(Clone, Debug)]
pub(crate) struct Content {
    image: LocatedImage,
    platform: Option<Platform>,
    want: Want,
    /// What there is so far.
    outputs: Map<String, Value>,
    /// Whether the image within the index is being got, or is not needed.
    within: bool,
    /// How many answers about layers are owed.
    owed: usize,
    availability: Map<String, Value>,
}

kept! { Content { image, platform, want, outputs, within, owed, availability } }

macro_rules! scripts {
    ($($Script:ident: $Arguments:ident, |$arguments:ident| $platform:expr, $want:expr;)+) => {$(
        #[doc = concat!("The script of [`", stringify!($Arguments), "`].")]
        #[derive(Clone, Debug)]
        pub(crate) struct $Script(Content);

        newtypes! { $Script }

        impl Script for $Script {
            type Arguments = $Arguments;

            fn begin($arguments: $Arguments, options: &Options) -> Result<Self, EcrError> {
                let image = LocatedImage::named(&$arguments.image, options)?;
                Ok(Self(Content {
                    image,
                    platform: $platform,
                    want: $want,
                    outputs: Map::new(),
                    within: false,
                    owed: 0,
                    availability: Map::new(),
                }))
            }

            fn next(&mut self, answer: Option<Answer>) -> Result<Next, EcrError> {
                self.0.next(answer)
            }
        }
    )+};
}

scripts! {
    Layers: ImageLayers, |arguments| arguments.platform, Want::Layers { check: arguments.check };
    Config: ImageConfig, |arguments| arguments.platform, Want::Config;
    Platforms: ImagePlatforms, |arguments| None, Want::Platforms;
}

/// Which answer is which.
const MANIFEST: u64 = 0;
const CONFIG: u64 = 1;
const AVAILABILITY: u64 = 2;

impl Content {
    fn next(&mut self, answer: Option<Answer>) -> Result<Next, EcrError> {
        let Some(answer) = answer else {
            return Ok(Next::call(self.get()));
        };
        match answer.key {
            MANIFEST => self.got(answer),
            CONFIG => self.config(&answer.bytes()?),
            _ => self.available(answer),
        }
    }

    fn get(&self) -> Call {
        batch_get(&self.image.repository, &[self.image.id()])
    }

    fn got(&mut self, answer: Answer) -> Result<Next, EcrError> {
        let image = one(&mut self.image, answer)?;
        let manifest = manifest_of(&image)?;
        let digest = digest_in(&image)?;
        let is_index = manifest.kind().is_index();
        if self.want == Want::Platforms {
            self.set("isIndex", json!(is_index));
            if is_index {
                let platforms: Vec<_> = images_of(&manifest)
                    .map(|(child, platform)| entry(platform, &child.digest, child.size))
                    .collect();
                self.set("platforms", json!(platforms));
                return Ok(self.done());
            }
        }
        if is_index && !self.within {
            let (child, platform) = self.choose(&manifest)?;
            self.set("platform", json!(platform));
            self.within = true;
            self.image.reference = Reference {
                tag: None,
                digest: Some(child.to_string()),
            };
            return Ok(Next::call(self.get()));
        }
        if is_index {
            return Err(self.unsupported("an index within an index"));
        }
        self.set("imageDigest", json!(digest));
        self.set("imageUri", image["imageUri"].clone());
        match self.want {
            Want::Layers { check } => self.layers(&manifest, check),
            Want::Config | Want::Platforms => {
                let config = manifest.config.as_ref();
                let config = config.ok_or_else(|| self.unsupported("it has no config"))?;
                let blob = Blob::new(&self.image.repository, config.digest.clone());
                self.set("manifestSize", json!(manifest.text().len()));
                self.set("configMediaType", json!(config.media_type));
                Ok(Next::more().and(CONFIG, Ask::Blob(blob)))
            }
        }
    }

    /// The image of an index that is wanted, and what it runs on.
    fn choose(&self, index: &Manifest) -> Result<(Digest, Platform), EcrError> {
        let all: Vec<_> = images_of(index).collect();
        let mut fitting = all.iter().filter(|(_, platform)| {
            let wanted = self.platform.as_ref();
            wanted.is_none_or(|wanted| wanted.covers(platform))
        });
        let first = fitting.next();
        let several = self.platform.is_none() && fitting.next().is_some();
        match first {
            Some((child, platform)) if !several => Ok((child.digest.clone(), platform.clone())),
            _ => {
                let known = all.iter().map(|(_, platform)| platform.to_string());
                let known = known.collect();
                Err(match &self.platform {
                    Some(platform) => EcrError::PlatformNotFound {
                        platform: platform.to_string(),
                        known,
                    },
                    None => EcrError::WhichPlatform { known },
                })
            }
        }
    }

    fn layers(&mut self, manifest: &Manifest, check: bool) -> Result<Next, EcrError> {
        let layers: Vec<_> = manifest.layers.iter().map(shown).collect();
        let sizes = manifest.blobs().into_iter().filter_map(|blob| blob.size);
        let size = sizes.fold(0_u64, u64::saturating_add);
        self.set("layers", json!(layers));
        self.set("config", json!(manifest.config.as_ref().map(shown)));
        self.set("sizeInBytes", json!(size));
        let own = manifest.blobs().into_iter().filter(|blob| !blob.foreign);
        let digests: Vec<_> = own.map(|blob| blob.digest.to_string()).collect();
        if !check || digests.is_empty() {
            return Ok(self.done());
        }
        let mut next = Next::more();
        for batch in digests.chunks(BATCH) {
            let body = json!({ "layerDigests": batch });
            let operation = "BatchCheckLayerAvailability";
            let call = Call::of_repository(&self.image.repository, operation, body);
            next = next.and(AVAILABILITY, Ask::Call(call));
            self.owed = self.owed.saturating_add(1);
        }
        Ok(next)
    }

    /// A layer is there only if the service says so: one it fails on, or leaves out, is not.
    fn available(&mut self, answer: Answer) -> Result<Next, EcrError> {
        self.owed = self.owed.saturating_sub(1);
        for layer in take_list(&mut members(answer.json()?), "layers") {
            let digest = text(&layer, "layerDigest").to_owned();
            let availability = layer["layerAvailability"].clone();
            self.availability.insert(digest, availability);
        }
        if self.owed > 0 {
            return Ok(Next::more());
        }
        let availability = std::mem::take(&mut self.availability);
        let mark = |blob: &mut Value| {
            let known = availability.get(text(blob, "digest"));
            let known = known.cloned().unwrap_or_else(|| "UNAVAILABLE".into());
            if blob["foreign"] != true {
                crate::values::set(blob, "layerAvailability", known);
            }
        };
        if let Some(Value::Array(layers)) = self.outputs.get_mut("layers") {
            layers.iter_mut().for_each(mark);
        }
        if let Some(config) = self.outputs.get_mut("config") {
            mark(config);
        }
        Ok(self.done())
    }

    fn config(&mut self, bytes: &[u8]) -> Result<Next, EcrError> {
        let config = parse_json(bytes, 512);
        let config = config.map_err(|error| self.unsupported(&format!("its config: {error}")))?;
        let platform = Platform::of_entry(&config);
        if self.want == Want::Platforms {
            let digest = self.outputs.get("imageDigest").cloned();
            let size = self.outputs.get("manifestSize").cloned();
            let own = platform.map(
                |platform| json!({ "platform": platform, "imageDigest": digest, "size": size }),
            );
            let platforms: Vec<_> = own.into_iter().collect();
            self.set("platforms", json!(platforms));
            for kept in ["imageDigest", "imageUri", "configMediaType"] {
                self.outputs.shift_remove(kept);
            }
        } else {
            self.set("config", config);
            self.set("platform", json!(platform));
        }
        self.outputs.shift_remove("manifestSize");
        Ok(self.done())
    }

    fn set(&mut self, name: &str, value: Value) {
        self.outputs.insert(name.to_owned(), value);
    }

    fn unsupported(&self, reason: &str) -> EcrError {
        EcrError::UnsupportedManifest {
            image: self.image.shown(),
            reason: reason.to_owned(),
        }
    }

    fn done(&mut self) -> Next {
        Next::done(Value::Object(std::mem::take(&mut self.outputs)))
    }
}

/// The images of an index: attestations are none.
fn images_of(index: &Manifest) -> impl Iterator<Item = (&Descriptor, Platform)> {
    index.children.iter().filter_map(|child| {
        let platform = child.platform.clone().filter(|own| !own.is_unknown())?;
        child.about.is_none().then_some((child, platform))
    })
}

fn entry(platform: Platform, digest: &Digest, size: Option<u64>) -> Value {
    json!({ "platform": platform, "imageDigest": digest, "size": size })
}

fn shown(blob: &Descriptor) -> Value {
    json!({
        "digest": blob.digest,
        "size": blob.size,
        "mediaType": blob.media_type,
        "foreign": blob.foreign,
    })
}
