//! Where an image is copied from.

use serde_json::{Value, json};
use spola::JsonWriter;

use crate::blob::Blob;
use crate::call::Call;
use crate::digest::Digest;
use crate::error::EcrError;
use crate::fetch::{Fetch, Target};
use crate::kept::{Damage, Kept};
use crate::manifest::{Manifest, ManifestType, digest_of};
use crate::pages::Pages;
use crate::place::{Located, Options, Reference};
use crate::script::{Answer, Ask, Reply};
use crate::uri::RegistryUri;
use crate::written::Written;

use super::remote::{self, Remote, SOURCE, Step};

/// Where an image is copied from.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Source {
    /// A repository of Amazon ECR.
    Ecr(Located),
    /// A repository of any other registry.
    Remote(Box<Remote>),
}

impl Kept for Source {
    fn write(&self, out: &mut JsonWriter) {
        out.begin_object();
        match self {
            Self::Ecr(located) => located.write(out.name("ecr")),
            Self::Remote(remote) => remote.write(out.name("remote")),
        }
        out.end_object();
    }

    fn read(from: &Value, damage: &mut Damage) -> Self {
        let (name, held) = damage.variant(from);
        if name == "remote" {
            return Self::Remote(Kept::read(held, damage));
        }
        if name != "ecr" {
            damage.unknown(name, &["ecr", "remote"]);
        }
        Self::Ecr(Kept::read(held, damage))
    }
}

/// Where the bytes of a layer are. But for a registry, it is as good as a credential.
#[derive(Clone, PartialEq)]
pub(super) enum BlobUrl {
    /// At a URL that is good for a while.
    Url(String),
    /// At the registry, which may send on to elsewhere.
    Registry,
    /// Where the registry sent on to, after so many redirects.
    Elsewhere(String, u32),
}

impl std::fmt::Debug for BlobUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a URL")
    }
}

impl Source {
    pub(super) fn of(name: &str, options: &Options) -> Result<(Self, Reference), EcrError> {
        let (source, mut reference) = match Self::remote(name.trim(), options)? {
            Some(remote) => remote,
            None => {
                let (located, reference) = Located::written(name, options)?;
                let place = located.place.with_source(SOURCE);
                (Self::Ecr(Located { place, ..located }), reference)
            }
        };
        if reference == Reference::default() {
            match source {
                // What every tool takes a name without tag to mean there.
                Self::Remote(_) => reference.tag = Some("latest".into()),
                Self::Ecr(_) => {
                    let repository = source.shown();
                    return Err(EcrError::MissingReference { repository });
                }
            }
        }
        Ok((source, reference))
    }

    /// The repository of another registry, where the host is none of ECR's.
    fn remote(name: &str, options: &Options) -> Result<Option<(Self, Reference)>, EcrError> {
        if name.starts_with("arn:") {
            return Ok(None);
        }
        let written = Written::of(name)?;
        let Some(host) = written.host else {
            return Ok(None);
        };
        match RegistryUri::of_host(host) {
            Err(EcrError::ForeignRegistry { .. } | EcrError::PublicRegistry { .. }) => {}
            _ => return Ok(None),
        }
        let remote = Remote::of(&written, options)?;
        let reference = Reference {
            tag: written.tag()?.map(|tag| tag.to_string()),
            digest: written.digest()?.map(|digest| digest.to_string()),
        };
        Ok(Some((Self::Remote(Box::new(remote)), reference)))
    }

    /// As messages show it.
    pub(super) fn shown(&self) -> String {
        match self {
            Self::Ecr(located) => located.shown(),
            Self::Remote(remote) => remote.shown(),
        }
    }

    /// How many manifests are asked for at once.
    pub(super) fn batch(&self) -> usize {
        match self {
            Self::Ecr(_) => 100,
            Self::Remote(_) => 1,
        }
    }

    /// Asks for manifests, as many as a batch has.
    pub(super) fn read(&self, references: &[Reference]) -> Ask {
        match self {
            Self::Ecr(located) => Ask::Call(batch_get(located, references)),
            Self::Remote(remote) => {
                remote.read(references.first().unwrap_or(&Reference::default()))
            }
        }
    }

    /// The manifests of an answer; none where they are to be asked for again.
    pub(super) fn manifests(
        &mut self,
        references: &[Reference],
        answer: Answer,
    ) -> Result<Option<Manifests>, EcrError> {
        let remote = match self {
            Self::Ecr(_) => {
                let (images, failures) = got(answer)?;
                return Ok(Some(Manifests { images, failures }));
            }
            Self::Remote(remote) => remote,
        };
        let (Some(reference), Reply::Answer(response)) = (references.first(), answer.reply?) else {
            return Ok(None);
        };
        Ok(
            match remote.judge(&remote::manifest_path(reference), response)? {
                Step::Again => None,
                Step::Answer(response) => Some(Manifests {
                    images: Vec::from_iter(remote::manifest_of(response, reference)?),
                    failures: Vec::new(),
                }),
            },
        )
    }

    /// Asks for the config of an image.
    pub(super) fn config(&self, digest: &Digest) -> Ask {
        match self {
            Self::Ecr(located) => Ask::Blob(Blob::new(located, digest.clone())),
            Self::Remote(remote) => remote.config(digest.as_str()),
        }
    }

    /// The config of an answer; none where it is to be asked for again.
    pub(super) fn config_of(
        &mut self,
        digest: &Digest,
        answer: Answer,
    ) -> Result<Option<Vec<u8>>, EcrError> {
        match (self, answer.reply?) {
            (_, Reply::Bytes(bytes)) => Ok(Some(bytes)),
            (Self::Remote(remote), Reply::Answer(response)) => {
                match remote.judge(&format!("blobs/{digest}"), response)? {
                    Step::Again => Ok(None),
                    Step::Answer(response) => remote::config_of(digest, response).map(Some),
                }
            }
            _ => Ok(None),
        }
    }

    /// Asks for all tags of an image, where that can be asked.
    pub(super) fn tags_of(&self, digest: &Digest) -> Option<Ask> {
        match self {
            Self::Ecr(located) => {
                let body = json!({ "imageIds": [{ "imageDigest": digest }] });
                let call = Call::of_repository(located, "DescribeImages", body);
                Some(Ask::Call(call))
            }
            Self::Remote(_) => None,
        }
    }

    /// Asks what refers to an image: in pages, or at once.
    pub(super) fn referrers_of(&self, digest: &Digest) -> (Ask, Option<Box<Pages>>) {
        match self {
            Self::Ecr(located) => {
                let body = json!({ "subjectId": { "imageDigest": digest }, "maxResults": 50 });
                let call = Call::of_repository(located, "ListImageReferrers", body);
                let pages = Pages::new(call, "referrers");
                (Ask::Call(pages.call()), Some(Box::new(pages)))
            }
            Self::Remote(remote) => (remote.referrers(digest.as_str()), None),
        }
    }

    /// What refers to an image, of a registry's answer; none where it is to be asked
    /// for again.
    pub(super) fn referrers(
        &mut self,
        digest: &Digest,
        answer: Answer,
    ) -> Result<Option<Vec<Value>>, EcrError> {
        let (Self::Remote(remote), Reply::Answer(response)) = (self, answer.reply?) else {
            return Ok(None);
        };
        Ok(
            match remote.judge(&format!("referrers/{digest}"), response)? {
                Step::Again => None,
                Step::Answer(response) => Some(remote::referrers_of(&response)),
            },
        )
    }

    /// Asks where the bytes of a layer are, where that has to be asked.
    pub(super) fn locate(&self, digest: &Digest) -> Option<Ask> {
        match self {
            Self::Ecr(located) => {
                let body = json!({ "layerDigest": digest });
                let call = Call::of_repository(located, "GetDownloadUrlForLayer", body);
                Some(Ask::Call(call))
            }
            Self::Remote(_) => None,
        }
    }

    /// Asks for a part of a layer; nobody's credentials go along but to the registry.
    pub(super) fn read_part(&self, digest: &Digest, url: &BlobUrl, first: u64, last: u64) -> Ask {
        let most = last.saturating_sub(first).saturating_add(1);
        let target = match (url, self) {
            (BlobUrl::Registry, Self::Remote(remote)) => remote.blob(digest.as_str(), most),
            (BlobUrl::Url(url) | BlobUrl::Elsewhere(url, _), _) => Target::of(url.clone(), most),
            (BlobUrl::Registry, Self::Ecr(_)) => Target::of(String::new(), most),
        };
        let range = Some((first, last));
        Ask::Fetch(Fetch::new("download", Target { range, ..target }))
    }

    pub(super) fn as_remote(&mut self) -> Option<&mut Remote> {
        match self {
            Self::Ecr(_) => None,
            Self::Remote(remote) => Some(remote),
        }
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

/// One manifest that a registry gave.
#[derive(Debug)]
pub(super) struct Got {
    pub(super) digest: String,
    pub(super) tag: Option<String>,
    text: String,
    media_type: Option<String>,
}

impl Got {
    /// A text; where its digest is not told, it is that of the text.
    pub(super) fn new(
        digest: Option<String>,
        tag: Option<String>,
        text: String,
        media_type: Option<String>,
    ) -> Self {
        let digest = digest.unwrap_or_else(|| {
            let manifest = Manifest::parse(&text, media_type.as_deref());
            let digest = manifest.map(|manifest| manifest.digest().clone());
            digest
                .unwrap_or_else(|_| digest_of(text.as_bytes()))
                .to_string()
        });
        Self {
            digest,
            tag,
            text,
            media_type,
        }
    }

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
    answer.json().map(got_in)
}

/// The same of its body.
pub(super) fn got_in(body: Value) -> (Vec<Got>, Vec<Value>) {
    let Value::Object(mut body) = body else {
        return (Vec::new(), Vec::new());
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
    (images.collect(), failures)
}
