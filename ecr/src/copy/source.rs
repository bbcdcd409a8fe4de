//! Where an image is copied from.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::call::Call;
use crate::digest::Digest;
use crate::error::EcrError;
use crate::fetch::{Fetch, Target};
use crate::manifest::{Manifest, ManifestType};
use crate::pages::Pages;
use crate::place::{Located, Options, Reference};
use crate::script::{Answer, Ask};

/// Where an image is copied from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Source {
    /// A repository of Amazon ECR.
    Ecr(Located),
}

/// Where the bytes of a layer are: presigned, so as good as a credential.
#[derive(Clone, PartialEq)]
pub(super) struct BlobUrl(String);

impl std::fmt::Debug for BlobUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a URL")
    }
}

impl Source {
    pub(super) fn of(name: &str, options: &Options) -> Result<(Self, Reference), EcrError> {
        let (located, reference) = Located::written(name, options)?;
        if reference == Reference::default() {
            return Err(EcrError::MissingReference {
                repository: located.shown(),
            });
        }
        let place = located.place.with_source("source");
        Ok((Self::Ecr(Located { place, ..located }), reference))
    }

    /// As messages show it.
    pub(super) fn shown(&self) -> String {
        match self {
            Self::Ecr(located) => located.shown(),
        }
    }

    /// How many manifests are asked for at once.
    pub(super) fn batch(&self) -> usize {
        match self {
            Self::Ecr(_) => 100,
        }
    }

    /// Asks for manifests.
    pub(super) fn read(&self, references: &[Reference]) -> Ask {
        match self {
            Self::Ecr(located) => Ask::Call(batch_get(located, references)),
        }
    }

    /// The manifests of an answer.
    pub(super) fn manifests(&self, answer: Answer) -> Result<Manifests, EcrError> {
        match self {
            Self::Ecr(_) => {
                let (images, failures) = got(answer)?;
                Ok(Manifests { images, failures })
            }
        }
    }

    /// Asks for all tags of an image.
    pub(super) fn tags_of(&self, digest: &Digest) -> Ask {
        match self {
            Self::Ecr(located) => {
                let body = json!({ "imageIds": [{ "imageDigest": digest }] });
                Ask::Call(Call::of_repository(located, "DescribeImages", body))
            }
        }
    }

    /// What refers to an image, in pages.
    pub(super) fn referrers_of(&self, digest: &Digest) -> Pages {
        match self {
            Self::Ecr(located) => {
                let body = json!({ "subjectId": { "imageDigest": digest }, "maxResults": 50 });
                let call = Call::of_repository(located, "ListImageReferrers", body);
                Pages::new(call, "referrers")
            }
        }
    }

    /// Asks where the bytes of a layer are.
    pub(super) fn locate(&self, digest: &Digest) -> Ask {
        match self {
            Self::Ecr(located) => {
                let body = json!({ "layerDigest": digest });
                Ask::Call(Call::of_repository(located, "GetDownloadUrlForLayer", body))
            }
        }
    }

    /// Where the bytes of a layer are, from the answer.
    pub(super) fn located(&self, answer: Answer) -> Result<BlobUrl, EcrError> {
        let body = answer.json()?;
        let url = body.get("downloadUrl").and_then(Value::as_str);
        url.map(|url| BlobUrl(url.to_owned()))
            .ok_or_else(|| EcrError::UnreadableAnswer {
                operation: "GetDownloadUrlForLayer".into(),
                reason: "it has no `downloadUrl`".into(),
            })
    }
}

impl BlobUrl {
    /// Asks for a part of the layer; nobody's credentials go with it.
    pub(super) fn read(&self, first: u64, last: u64) -> Ask {
        let length = last.saturating_sub(first).saturating_add(1);
        let target = Target {
            range: Some((first, last)),
            ..Target::of(self.0.clone(), length)
        };
        Ask::Fetch(Fetch::new("download", target))
    }
}

/// The call for images of a repository.
///
/// By tag the service may convert a manifest to what is accepted, so all are.
pub(super) fn batch_get(located: &Located, references: &[Reference]) -> Call {
    let ids: Vec<Value> = references
        .iter()
        .map(|reference| match (&reference.digest, &reference.tag) {
            (Some(digest), _) => json!({ "imageDigest": digest }),
            (None, tag) => json!({ "imageTag": tag }),
        })
        .collect();
    let types: Vec<&str> = ManifestType::all().collect();
    let body = json!({ "imageIds": ids, "acceptedMediaTypes": types });
    Call::of_repository(located, "BatchGetImage", body)
}

/// What a source gives of the manifests it is asked for.
#[derive(Debug)]
pub(super) struct Manifests {
    pub(super) images: Vec<Got>,
    /// What it says of the others.
    pub(super) failures: Vec<Value>,
}

/// One image of an answer to [`batch_get`].
#[derive(Debug)]
pub(super) struct Got {
    pub(super) digest: String,
    pub(super) tag: Option<String>,
    text: String,
    media_type: Option<String>,
}

impl Got {
    /// The manifest, if it is what its digest says.
    pub(super) fn manifest(&self) -> Result<Manifest, EcrError> {
        let manifest = Manifest::parse(&self.text, self.media_type.as_deref())?;
        if manifest.digest().as_str() != self.digest {
            return Err(EcrError::DigestMismatch {
                what: "a manifest of the source".into(),
                want: self.digest.clone(),
                have: manifest.digest().to_string(),
            });
        }
        Ok(manifest)
    }
}

/// What an answer to [`batch_get`] gives, and what it says of the others.
pub(super) fn got(answer: Answer) -> Result<(Vec<Got>, Vec<Value>), EcrError> {
    let Value::Object(mut body) = answer.json()? else {
        return Ok((Vec::new(), Vec::new()));
    };
    let images = crate::pages::take_list(&mut body, "images");
    let failures = crate::pages::take_list(&mut body, "failures");
    let text = |image: &Value, pointer: &str| {
        let text = image.pointer(pointer).and_then(Value::as_str);
        text.map(str::to_owned)
    };
    let images = images.iter().filter_map(|image| {
        Some(Got {
            digest: text(image, "/imageId/imageDigest")?,
            tag: text(image, "/imageId/imageTag"),
            text: text(image, "/imageManifest")?,
            media_type: text(image, "/imageManifestMediaType"),
        })
    });
    Ok((images.collect(), failures))
}
