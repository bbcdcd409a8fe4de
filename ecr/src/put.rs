//! Images put, and given further tags.

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::call::Call;
use crate::digest::Digest;
use crate::error::EcrError;
use crate::image::{batch_get, digest_in, failure_of, got, manifest_of};
use crate::kept::kept;
use crate::manifest::{Manifest, ManifestType};
use crate::name::Tag;
use crate::pages::take_list;
use crate::place::{Located, LocatedImage, Options, members};
use crate::script::{Answer, Next, Script};
use crate::values::{taken, text};

/// What AWS says where the image, or its tag, is there already. Which of the two it
/// says of the same image under the same tag differs, so neither is believed: the tag
/// is read back.
const THERE: [&str; 2] = [
    "ImageAlreadyExistsException",
    "ImageTagAlreadyExistsException",
];

/// `put-image`: adds a manifest whose layers are there, under a tag or none. Gives
/// `imageUri`, `imageDigest`, `imageTag` and `change`: `put`, or `present` where the tag
/// names it already. A tag that cannot be moved is `ecr.tag-conflict`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct PutImage {
    /// The repository's name, address or ARN.
    pub repository: String,
    /// The manifest's text. Its digest is that of these bytes, so it is kept as it is.
    pub manifest: String,
    /// Its media type, where it does not say it itself.
    pub media_type: Option<String>,
    /// The tag; none puts it untagged.
    pub tag: Option<Tag>,
    /// The digest that it has to have.
    pub digest: Option<Digest>,
}

/// `tag-image`: gives an image further tags; no data is moved. Gives `imageUri`,
/// `imageDigest`, and which tags were `added`, `moved` and `present`.
///
/// One call, and one for each tag that does not name it yet.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct TagImage {
    /// The image: `team/app:v1`, `team/app@sha256:…`, or the same with its registry.
    pub image: String,
    /// The tags.
    pub tags: Vec<Tag>,
}

/// A manifest on its way into a repository, under a tag or none.
#[derive(Clone, Debug)]
struct Put {
    manifest: String,
    kind: String,
    digest: Digest,
    /// Whether the tag is being read back.
    reading: bool,
}

kept! { Put { manifest, kind, digest, reading } }

/// What became of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Became {
    Put,
    Present,
}

impl Put {
    fn of(manifest: &Manifest) -> Self {
        Self {
            manifest: manifest.text().to_owned(),
            kind: manifest.kind().as_str().to_owned(),
            digest: manifest.digest().clone(),
            reading: false,
        }
    }

    fn call(&mut self, at: &Located, tag: Option<&Tag>) -> Call {
        self.reading = false;
        let mut body = json!({
            "imageManifest": self.manifest,
            "imageManifestMediaType": self.kind,
            "imageDigest": self.digest,
        });
        if let Some(tag) = tag {
            body["imageTag"] = json!(tag);
        }
        Call::of_repository(at, "PutImage", body)
    }

    /// What became of it; a call where that has to be asked.
    fn take(
        &mut self,
        at: &Located,
        tag: Option<&Tag>,
        answer: Answer,
    ) -> Result<Result<Became, Call>, EcrError> {
        if self.reading {
            let mut body = answer.json()?;
            let image = taken(&mut body, "/images/0");
            let have = text(&image["imageId"], "imageDigest").to_owned();
            if have == self.digest.as_str() {
                return Ok(Ok(Became::Present));
            }
            return Err(match tag {
                Some(tag) if !have.is_empty() => EcrError::TagConflict {
                    repository: at.shown(),
                    tag: tag.to_string(),
                    have,
                    want: self.digest.to_string(),
                },
                _ => failure_of(&at.image(self.digest.as_str()), &body["failures"][0]),
            });
        }
        if answer.json_unless(&THERE)?.is_some() {
            return Ok(Ok(Became::Put));
        }
        let Some(tag) = tag else {
            return Ok(Ok(Became::Present));
        };
        self.reading = true;
        Ok(Err(batch_get(at, &[json!({ "imageTag": tag })])))
    }
}

/// The script of [`PutImage`].
#[derive(Clone, Debug)]
pub(crate) struct Putting {
    at: Located,
    tag: Option<Tag>,
    put: Put,
}

kept! { Putting { at, tag, put } }

impl Script for Putting {
    type Arguments = PutImage;

    fn begin(arguments: PutImage, options: &Options) -> Result<Self, EcrError> {
        let at = Located::named(&arguments.repository, options)?;
        let told = arguments.media_type.as_deref();
        let manifest = Manifest::parse(&arguments.manifest, told)?;
        if let Some(want) = arguments.digest.filter(|want| want != manifest.digest()) {
            return Err(EcrError::DigestMismatch {
                what: "the manifest".into(),
                want: want.to_string(),
                have: manifest.digest().to_string(),
            });
        }
        Ok(Self {
            at,
            tag: arguments.tag,
            put: Put::of(&manifest),
        })
    }

    fn next(&mut self, answer: Option<Answer>) -> Result<Next, EcrError> {
        let Some(answer) = answer else {
            return Ok(Next::call(self.put.call(&self.at, self.tag.as_ref())));
        };
        if let Ok(body) = &answer.reply
            && let crate::script::Reply::Json(body) = body
        {
            self.at.learn(&body["image"]);
        }
        let change = match self.put.take(&self.at, self.tag.as_ref(), answer)? {
            Err(call) => return Ok(Next::call(call)),
            Ok(Became::Put) => "put",
            Ok(Became::Present) => "present",
        };
        Ok(Next::done(json!({
            "imageUri": self.at.image(self.put.digest.as_str()),
            "imageDigest": self.put.digest,
            "imageTag": self.tag,
            "change": change,
        })))
    }
}

/// The script of [`TagImage`].
#[derive(Clone, Debug)]
pub(crate) struct Tagging {
    image: LocatedImage,
    tags: Vec<Tag>,
    put: Option<Put>,
    /// Those that are still to be put, the first being under way; each with whether
    /// it names another image.
    waiting: VecDeque<(Tag, bool)>,
    added: Vec<Tag>,
    moved: Vec<Tag>,
    present: Vec<Tag>,
}

kept! { Tagging { image, tags, put, waiting, added, moved, present } }

/// How many images one call gets.
const BATCH: usize = 100;

impl Script for Tagging {
    type Arguments = TagImage;

    fn begin(arguments: TagImage, options: &Options) -> Result<Self, EcrError> {
        let mut tags: Vec<Tag> = Vec::new();
        for tag in arguments.tags {
            if !tags.contains(&tag) {
                tags.push(tag);
            }
        }
        Ok(Self {
            image: LocatedImage::named(&arguments.image, options)?,
            tags,
            put: None,
            waiting: VecDeque::new(),
            added: Vec::new(),
            moved: Vec::new(),
            present: Vec::new(),
        })
    }

    fn next(&mut self, answer: Option<Answer>) -> Result<Next, EcrError> {
        let Some(answer) = answer else {
            // The tags are asked for with the image: what is there is not put again.
            let own = [self.image.id()].into_iter();
            let tags = self.tags.iter().map(|tag| json!({ "imageTag": tag }));
            let others = tags.filter(|id| *id != self.image.id());
            let ids: Vec<_> = own.chain(others).take(BATCH).collect();
            return Ok(Next::call(batch_get(&self.image.repository, &ids)));
        };
        let at = &mut self.image.repository;
        match &mut self.put {
            None => self.looked(answer)?,
            Some(put) => {
                let Some((tag, other)) = self.waiting.front() else {
                    return Ok(self.done());
                };
                match put.take(at, Some(tag), answer)? {
                    Err(call) => return Ok(Next::call(call)),
                    Ok(Became::Present) => self.present.push(tag.clone()),
                    Ok(Became::Put) if *other => self.moved.push(tag.clone()),
                    Ok(Became::Put) => self.added.push(tag.clone()),
                }
                self.waiting.pop_front();
            }
        }
        match (&mut self.put, self.waiting.front()) {
            (Some(put), Some((tag, _))) => {
                let call = put.call(&self.image.repository, Some(tag));
                Ok(Next::call(call))
            }
            _ => Ok(self.done()),
        }
    }
}

impl Tagging {
    fn looked(&mut self, answer: Answer) -> Result<(), EcrError> {
        let mut body = members(answer.json()?);
        let images = take_list(&mut body, "images");
        let tag_of = |image: &Value| text(&image["imageId"], "imageTag").to_owned();
        let digest_of = |image: &Value| text(&image["imageId"], "imageDigest").to_owned();
        let names = |image: &&Value| match &self.image.reference.digest {
            Some(digest) => digest_of(image) == *digest,
            None => {
                let tag = self.image.reference.tag.as_ref();
                tag.is_some_and(|tag| tag_of(image) == *tag)
            }
        };
        let Some(own) = images.iter().find(names).cloned() else {
            let failures = take_list(&mut body, "failures");
            let id = self.image.id();
            let own = failures.iter().find(|failure| failure["imageId"] == id);
            let own = own.or(failures.first()).unwrap_or(&Value::Null);
            return Err(failure_of(&self.image.shown(), own));
        };
        self.image.repository.learn(&own);
        let image = got(&self.image.repository, own)?;
        let digest = digest_in(&image)?;
        let manifest = match manifest_of(&image) {
            Ok(manifest) => Put::of(&manifest),
            // What is kept there can be tagged, whatever it is.
            Err(_) => Put {
                manifest: text(&image, "imageManifest").to_owned(),
                kind: match text(&image, "imageManifestMediaType") {
                    "" => ManifestType::OciImage.as_str().to_owned(),
                    told => told.to_owned(),
                },
                digest: digest.clone(),
                reading: false,
            },
        };
        for tag in &self.tags {
            let named = images.iter().find(|image| tag_of(image) == tag.as_str());
            match named.map(digest_of) {
                Some(have) if have == digest.as_str() => self.present.push(tag.clone()),
                named => self.waiting.push_back((tag.clone(), named.is_some())),
            }
        }
        self.put = Some(manifest);
        Ok(())
    }

    fn done(&self) -> Next {
        let digest = self.put.as_ref().map(|put| put.digest.as_str());
        let digest = digest.unwrap_or_default();
        Next::done(json!({
            "imageUri": self.image.repository.image(digest),
            "imageDigest": digest,
            "added": self.added,
            "moved": self.moved,
            "present": self.present,
        }))
    }
}
