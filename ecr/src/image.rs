//! One image: its manifest, its details.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::call::Call;
use crate::digest::Digest;
use crate::error::EcrError;
use crate::kept::kept;
use crate::manifest::{Manifest, ManifestType, digest_of};
use crate::place::{Located, LocatedImage, Options};
use crate::refusal::Refusal;
use crate::script::{Answer, Next, Script};
use crate::values::{set, taken, text};

/// What AWS says of an image that is not there.
pub(crate) const NOT_FOUND: &str = "ImageNotFoundException";

/// The call that gets images with their manifests, as they are: every type is
/// accepted, so none is converted.
pub(crate) fn batch_get(at: &Located, ids: &[Value]) -> Call {
    let types: Vec<_> = ManifestType::all().collect();
    let body = json!({ "imageIds": ids, "acceptedMediaTypes": types });
    Call::of_repository(at, "BatchGetImage", body)
}

/// Why an image was not got: an answer may be a success and hold failures only.
pub(crate) fn failure_of(image: &str, failure: &Value) -> EcrError {
    let reason = failure["failureReason"].as_str().map(str::to_owned);
    let code = text(failure, "failureCode");
    match code {
        "ImageNotFound"
        | "InvalidImageDigest"
        | "InvalidImageTag"
        | "ImageTagDoesNotMatchDigest" => EcrError::ImageNotFound {
            image: image.to_owned(),
            reason,
        },
        _ => EcrError::from(Refusal {
            operation: "BatchGetImage".into(),
            aws_code: code.to_owned(),
            message: reason,
            request_id: None,
            status: 200,
            details: Default::default(),
        }),
    }
}

/// An image as an answer of `BatchGetImage` gives it, its digest checked: `imageUri`,
/// `imageDigest`, `imageTag`, `imageManifest`, `imageManifestMediaType`.
pub(crate) fn got(at: &Located, mut image: Value) -> Result<Value, EcrError> {
    let manifest = text(&image, "imageManifest");
    let told = image["imageManifestMediaType"].as_str();
    let parsed = Manifest::parse(manifest, told).ok();
    let have = parsed.as_ref().map(|manifest| manifest.digest().clone());
    let have = have.unwrap_or_else(|| digest_of(manifest.as_bytes()));
    let want = text(&image["imageId"], "imageDigest");
    if !want.is_empty() && want != have.as_str() {
        return Err(EcrError::DigestMismatch {
            what: "the manifest".into(),
            want: want.to_owned(),
            have: have.to_string(),
        });
    }
    if told.is_none()
        && let Some(manifest) = &parsed
    {
        let media_type = manifest.kind().as_str();
        set(&mut image, "imageManifestMediaType", media_type.into());
    }
    let tag = taken(&mut image, "/imageId/imageTag");
    if let Value::Object(members) = &mut image {
        members.shift_remove("imageId");
    }
    set(&mut image, "imageUri", at.image(have.as_str()).into());
    set(&mut image, "imageDigest", json!(have));
    if !tag.is_null() {
        set(&mut image, "imageTag", tag);
    }
    Ok(image)
}

/// The one image of an answer of `BatchGetImage`.
pub(crate) fn one(image: &mut LocatedImage, answer: Answer) -> Result<Value, EcrError> {
    let mut body = answer.json()?;
    let found = taken(&mut body, "/images/0");
    if found.is_null() {
        return Err(failure_of(&image.shown(), &body["failures"][0]));
    }
    image.repository.learn(&found);
    got(&image.repository, found)
}

/// The manifest of an image that was got.
pub(crate) fn manifest_of(image: &Value) -> Result<Manifest, EcrError> {
    let told = image["imageManifestMediaType"].as_str();
    Manifest::parse(text(image, "imageManifest"), told)
}

/// The digest of an image that was got.
pub(crate) fn digest_in(image: &Value) -> Result<Digest, EcrError> {
    text(image, "imageDigest").parse()
}

/// `get-image`: one image by tag or digest, with its manifest byte for byte, in one call.
/// Gives `image`: `imageUri`, `imageDigest`, `imageTag`, `imageManifest`,
/// `imageManifestMediaType`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct GetImage {
    /// The image: `team/app:v1`, `team/app@sha256:…`, or the same with its registry.
    pub image: String,
    /// That it does not exist is no failure: `image` is null.
    pub missing_ok: bool,
}

/// `describe-image`: gives `image` as the service describes it, with all of its tags, its
/// size and when it was pushed, in one call; beside that `imageUri`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct DescribeImage {
    /// The image: `team/app:v1`, `team/app@sha256:…`, or the same with its registry.
    pub image: String,
    /// That it does not exist is no failure: `image` is null.
    pub missing_ok: bool,
}

/// The script of [`GetImage`].
#[derive(Clone, Debug)]
pub(crate) struct Getting {
    image: LocatedImage,
    missing_ok: bool,
}

kept! { Getting { image, missing_ok } }

impl Script for Getting {
    type Arguments = GetImage;

    fn begin(arguments: GetImage, options: &Options) -> Result<Self, EcrError> {
        Ok(Self {
            image: LocatedImage::named(&arguments.image, options)?,
            missing_ok: arguments.missing_ok,
        })
    }

    fn next(&mut self, answer: Option<Answer>) -> Result<Next, EcrError> {
        let Some(answer) = answer else {
            let call = batch_get(&self.image.repository, &[self.image.id()]);
            return Ok(Next::call(call));
        };
        let image = match one(&mut self.image, answer) {
            Err(EcrError::ImageNotFound { .. }) if self.missing_ok => Value::Null,
            other => other?,
        };
        Ok(Next::done(json!({ "image": image })))
    }
}

/// The script of [`DescribeImage`].
#[derive(Clone, Debug)]
pub(crate) struct Describing {
    image: LocatedImage,
    missing_ok: bool,
}

kept! { Describing { image, missing_ok } }

impl Script for Describing {
    type Arguments = DescribeImage;

    fn begin(arguments: DescribeImage, options: &Options) -> Result<Self, EcrError> {
        Ok(Self {
            image: LocatedImage::named(&arguments.image, options)?,
            missing_ok: arguments.missing_ok,
        })
    }

    fn next(&mut self, answer: Option<Answer>) -> Result<Next, EcrError> {
        let Some(answer) = answer else {
            return Ok(Next::call(describe(&self.image)));
        };
        let image = match detail(&mut self.image, answer) {
            Err(EcrError::ImageNotFound { .. }) if self.missing_ok => Value::Null,
            other => other?,
        };
        Ok(Next::done(json!({ "image": image })))
    }
}

/// The call that describes an image.
pub(crate) fn describe(image: &LocatedImage) -> Call {
    let body = json!({ "imageIds": [image.id()] });
    Call::of_repository(&image.repository, "DescribeImages", body)
}

/// The one image of an answer of `DescribeImages`.
pub(crate) fn detail(image: &mut LocatedImage, answer: Answer) -> Result<Value, EcrError> {
    let body = answer.json_unless(&[NOT_FOUND])?;
    let mut found = body.map(|mut body| taken(&mut body, "/imageDetails/0"));
    match found.take() {
        None | Some(Value::Null) => Err(EcrError::ImageNotFound {
            image: image.shown(),
            reason: None,
        }),
        Some(mut detail) => {
            image.repository.learn(&detail);
            add_uri(&image.repository, &mut detail);
            Ok(detail)
        }
    }
}

/// Adds the address by digest to a description.
pub(crate) fn add_uri(at: &Located, detail: &mut Value) {
    let uri = at.image(text(detail, "imageDigest"));
    set(detail, "imageUri", uri.into());
}
