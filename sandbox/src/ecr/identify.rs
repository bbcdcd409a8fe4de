//! Images by tag, digest, or both.

use crate::answer::Refusal;
use crate::registry::{Image, Repository};
use crate::request::Request;
use crate::shape::{Shape, TEXT, list, object, sized};
use crate::text;
use serde_json::{Value, json};

pub(crate) static IMAGE_ID: Shape = object! {
    may "imageDigest": TEXT,
    may "imageTag": sized(1, 300),
};
pub(crate) static IMAGE_IDS: Shape = list(&IMAGE_ID, 1, 100);

/// What a caller names an image by.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ImageId<'r> {
    pub(crate) digest: Option<&'r str>,
    pub(crate) tag: Option<&'r str>,
}

/// Why an image id names no image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Missing {
    Neither,
    BadDigest,
    BadTag,
    Mismatch,
    NotFound,
}

impl Missing {
    fn code(self) -> &'static str {
        match self {
            Self::Neither => "MissingDigestAndTag",
            Self::BadDigest => "InvalidImageDigest",
            Self::BadTag => "InvalidImageTag",
            Self::Mismatch => "ImageTagDoesNotMatchDigest",
            Self::NotFound => "ImageNotFound",
        }
    }

    fn reason(self) -> &'static str {
        match self {
            Self::Neither => "Invalid request parameters: both tag and digest cannot be null",
            Self::BadDigest => {
                "Invalid request parameters: image digest should satisfy the regex \
                 '[a-zA-Z0-9-_+.]+:[a-fA-F0-9]+'"
            }
            Self::BadTag => {
                "Invalid request parameters: image tag should satisfy the regex \
                 '[a-zA-Z0-9_][a-zA-Z0-9-_.]{0,127}'"
            }
            Self::Mismatch => "Requested image tag does not match the requested image digest",
            Self::NotFound => "Requested image not found",
        }
    }
}

impl<'r> ImageId<'r> {
    pub(crate) fn of(value: &'r Value) -> Self {
        let part = |name: &str| value.get(name).and_then(Value::as_str);
        Self {
            digest: part("imageDigest"),
            tag: part("imageTag"),
        }
    }

    /// The image's digest in a repository.
    pub(crate) fn find<'s>(&self, repository: &'s Repository) -> Result<&'s str, Missing> {
        if self.digest.is_some_and(|digest| !text::digest(digest)) {
            return Err(Missing::BadDigest);
        }
        if self.tag.is_some_and(|tag| !text::tag(tag)) {
            return Err(Missing::BadTag);
        }
        let by_tag = |tag: &str| repository.by_tag.get(tag).ok_or(Missing::NotFound);
        match (self.digest, self.tag) {
            (None, None) => Err(Missing::Neither),
            (None, Some(tag)) => by_tag(tag).map(String::as_str),
            (Some(digest), None) => match repository.images.get_key_value(digest) {
                Some((digest, _)) => Ok(digest),
                None => Err(Missing::NotFound),
            },
            (Some(digest), Some(tag)) => match by_tag(tag)? {
                found if found == digest => Ok(found),
                _ => Err(Missing::Mismatch),
            },
        }
    }

    /// The id as it came.
    pub(crate) fn value(&self) -> Value {
        let mut id = json!({});
        if let Some(digest) = self.digest {
            id["imageDigest"] = digest.into();
        }
        if let Some(tag) = self.tag {
            id["imageTag"] = tag.into();
        }
        id
    }

    /// The entry under `failures` of a batch.
    pub(crate) fn failure(&self, missing: Missing) -> Value {
        self.failure_of(missing.code(), missing.reason())
    }

    pub(crate) fn failure_of(&self, code: &str, reason: &str) -> Value {
        json!({ "imageId": self.value(), "failureCode": code, "failureReason": reason })
    }

    /// The refusal of a call that needs this image.
    pub(crate) fn refusal(&self, missing: Missing, name: &str, registry: &str) -> Refusal {
        match missing {
            Missing::Neither | Missing::BadDigest | Missing::BadTag => {
                Refusal::new("InvalidParameterException", missing.reason())
            }
            Missing::Mismatch | Missing::NotFound => Refusal::new(
                "ImageNotFoundException",
                format!(
                    "The image with imageId {{imageDigest:'{}', imageTag:'{}'}} does not exist \
                     within the repository with name '{name}' in the registry with id '{registry}'",
                    self.digest.unwrap_or("null"),
                    self.tag.unwrap_or("null"),
                ),
            ),
        }
    }
}

/// The image that the `imageId` of a call names.
pub(crate) fn image<'s>(
    repository: &'s mut Repository,
    request: &Request,
    registry: &str,
) -> Result<(String, &'s mut Image), Refusal> {
    let value = request.input.get("imageId").unwrap_or(&Value::Null);
    let id = ImageId::of(value);
    let refuse = |missing| id.refusal(missing, request.name(), registry);
    let digest = id.find(repository).map_err(refuse)?.to_owned();
    match repository.images.get_mut(&digest) {
        Some(image) => Ok((digest, image)),
        None => Err(refuse(Missing::NotFound)),
    }
}
