//! Images of a repository: listed, the newest, with their manifests.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use spola::number;

use crate::call::Call;
use crate::error::EcrError;
use crate::filter::NameFilter;
use crate::image::{add_uri, batch_get, got};
use crate::kept::{kept, words};
use crate::pages::{PAGE, Pages, take_list};
use crate::place::{Located, Options, members};
use crate::script::{Answer, Ask, Next, Script};
use crate::values::{set, text};

/// How many images one call gets with their manifests.
const BATCH: usize = 100;

/// Which images by their tags.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TagStatus {
    /// All.
    #[default]
    #[serde(alias = "ANY")]
    Any,
    /// Those that have a tag.
    #[serde(alias = "TAGGED")]
    Tagged,
    /// Those that have none.
    #[serde(alias = "UNTAGGED")]
    Untagged,
}

words! {
    TagStatus {
        Any: "any" | "ANY", Tagged: "tagged" | "TAGGED", Untagged: "untagged" | "UNTAGGED"
    }
}

impl TagStatus {
    fn filter(self) -> Value {
        let status = match self {
            Self::Any => "ANY",
            Self::Tagged => "TAGGED",
            Self::Untagged => "UNTAGGED",
        };
        json!({ "tagStatus": status })
    }
}

/// The pages of a repository's images, described.
pub(crate) fn pages(at: &Located, status: TagStatus) -> Pages {
    let body = json!({ "filter": status.filter(), "maxResults": PAGE });
    Pages::new(
        Call::of_repository(at, "DescribeImages", body),
        "imageDetails",
    )
}

/// Whether a tag of an image fits; without a filter any image does.
pub(crate) fn fits(filter: Option<&NameFilter>, detail: &Value) -> bool {
    let Some(filter) = filter else {
        return true;
    };
    let tags = detail["imageTags"].as_array().into_iter().flatten();
    tags.filter_map(Value::as_str).any(|tag| filter.fits(tag))
}

/// The filter that a glob and a regular expression make; none of neither.
pub(crate) fn tag_filter(
    operation: &str,
    glob: Option<String>,
    pattern: Option<String>,
) -> Result<Option<NameFilter>, EcrError> {
    if glob.is_none() && pattern.is_none() {
        return Ok(None);
    }
    NameFilter::new(operation, None, glob, pattern).map(Some)
}

/// `list-images`: those of a repository as the service describes them: digest, tags, size,
/// when pushed. Gives `images`, in the service's order. One call for each 1000.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct ListImages {
    /// The repository's name, address or ARN.
    pub repository: String,
    /// Which of them: `any`, `tagged` or `untagged`.
    pub tag_status: TagStatus,
    /// Those with a tag that fits: `*` stands for any characters, `?` for one.
    pub glob: Option<String>,
    /// Those with a tag of which this regular expression matches a part.
    pub pattern: Option<String>,
}

/// `inventory`: a repository's images with their manifests, and what could not be got.
/// Gives `images`, `failures`, `count`, `taggedCount` and `sizeInBytes`.
///
/// One call for each 1000 images and one for each 100 manifests.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Inventory {
    /// The repository's name, address or ARN.
    pub repository: String,
    /// Which images: `any`, `tagged` or `untagged`.
    pub tag_status: TagStatus,
    /// Those with a tag that fits: `*` stands for any characters, `?` for one.
    pub glob: Option<String>,
    /// Those with a tag of which this regular expression matches a part.
    pub pattern: Option<String>,
}

/// The script of [`ListImages`] and the base of [`Inventory`]'s.
#[derive(Clone, Debug)]
pub(crate) struct Listing {
    at: Located,
    filter: Option<NameFilter>,
    pages: Pages,
    images: Vec<Value>,
}

kept! { Listing { at, filter, pages, images } }

impl Listing {
    fn of(at: Located, status: TagStatus, filter: Option<NameFilter>) -> Self {
        Self {
            pages: pages(&at, status),
            at,
            filter,
            images: Vec::new(),
        }
    }

    /// Takes a page; says whether it was the last.
    fn page(&mut self, answer: Answer) -> Result<bool, EcrError> {
        let (details, last) = self.pages.take(answer.json()?)?;
        for mut detail in details {
            if fits(self.filter.as_ref(), &detail) {
                self.at.learn(&detail);
                add_uri(&self.at, &mut detail);
                self.images.push(detail);
            }
        }
        Ok(last)
    }
}

impl Script for Listing {
    type Arguments = ListImages;

    fn begin(arguments: ListImages, options: &Options) -> Result<Self, EcrError> {
        let at = Located::named(&arguments.repository, options)?;
        let filter = tag_filter("list-images", arguments.glob, arguments.pattern)?;
        Ok(Self::of(at, arguments.tag_status, filter))
    }

    fn next(&mut self, answer: Option<Answer>) -> Result<Next, EcrError> {
        if let Some(answer) = answer
            && self.page(answer)?
        {
            let images = std::mem::take(&mut self.images);
            return Ok(Next::done(json!({ "images": images })));
        }
        Ok(Next::call(self.pages.call()))
    }
}

/// The script of [`Inventory`].
#[derive(Clone, Debug)]
pub(crate) struct Counting {
    listing: Listing,
    listed: bool,
    /// Up to where manifests were asked for.
    asked: usize,
    owed: usize,
    manifests: Map<String, Value>,
    failures: Vec<Value>,
}

kept! { Counting { listing, listed, asked, owed, manifests, failures } }

/// Which answer is which.
const PAGE_KEY: u64 = 0;
const MANIFESTS_KEY: u64 = 1;

impl Script for Counting {
    type Arguments = Inventory;

    fn begin(arguments: Inventory, options: &Options) -> Result<Self, EcrError> {
        let at = Located::named(&arguments.repository, options)?;
        let filter = tag_filter("inventory", arguments.glob, arguments.pattern)?;
        Ok(Self {
            listing: Listing::of(at, arguments.tag_status, filter),
            listed: false,
            asked: 0,
            owed: 0,
            manifests: Map::new(),
            failures: Vec::new(),
        })
    }

    fn next(&mut self, answer: Option<Answer>) -> Result<Next, EcrError> {
        let mut next = Next::more();
        match answer {
            None => next = Next::call(self.listing.pages.call()),
            Some(answer) if answer.key == PAGE_KEY => {
                self.listed = self.listing.page(answer)?;
                if !self.listed {
                    next = Next::call(self.listing.pages.call());
                }
            }
            Some(answer) => self.take(answer)?,
        }
        for call in self.due() {
            next = next.and(MANIFESTS_KEY, Ask::Call(call));
        }
        if self.listed && self.owed == 0 {
            return Ok(self.done());
        }
        Ok(next)
    }
}

impl Counting {
    /// The calls for manifests: full batches, the rest once all is listed.
    fn due(&mut self) -> Vec<Call> {
        let mut calls = Vec::new();
        loop {
            let rest = self.listing.images.get(self.asked..).unwrap_or_default();
            if rest.is_empty() || (rest.len() < BATCH && !self.listed) {
                return calls;
            }
            let batch = &rest[..rest.len().min(BATCH)];
            let ids: Vec<_> = batch
                .iter()
                .map(|detail| json!({ "imageDigest": detail["imageDigest"] }))
                .collect();
            self.asked = self.asked.saturating_add(ids.len());
            self.owed = self.owed.saturating_add(1);
            calls.push(batch_get(&self.listing.at, &ids));
        }
    }

    fn take(&mut self, answer: Answer) -> Result<(), EcrError> {
        self.owed = self.owed.saturating_sub(1);
        let mut body = members(answer.json()?);
        for image in take_list(&mut body, "images") {
            let id = text(&image["imageId"], "imageDigest").to_owned();
            match got(&self.listing.at, image) {
                Ok(image) => {
                    self.manifests.insert(id, image);
                }
                Err(error) => self.failures.push(json!({
                    "imageId": { "imageDigest": id },
                    "failureCode": "DigestMismatch",
                    "failureReason": error.to_string(),
                })),
            }
        }
        self.failures.append(&mut take_list(&mut body, "failures"));
        Ok(())
    }

    fn done(&mut self) -> Next {
        let mut images = std::mem::take(&mut self.listing.images);
        let (mut size, mut tagged) = (0_u64, 0_u64);
        for detail in &mut images {
            size = size.saturating_add(detail["imageSizeInBytes"].as_u64().unwrap_or(0));
            let tags = detail["imageTags"].as_array();
            tagged += u64::from(tags.is_some_and(|tags| !tags.is_empty()));
            let Some(image) = self.manifests.get(text(detail, "imageDigest")) else {
                continue;
            };
            let (manifest, media_type) = (
                image["imageManifest"].clone(),
                image["imageManifestMediaType"].clone(),
            );
            set(detail, "imageManifest", manifest);
            set(detail, "imageManifestMediaType", media_type);
        }
        Next::done(json!({
            "count": images.len(),
            "taggedCount": tagged,
            "sizeInBytes": size,
            "images": images,
            "failures": self.failures,
        }))
    }
}

/// `newest-image`: the image that was pushed last. Gives `image` as the service describes
/// it, with its `imageUri`. One call for each 1000 images.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct NewestImage {
    /// The repository's name, address or ARN.
    pub repository: String,
    /// Which images count: `tagged` unless given, `any` or `untagged`.
    pub tag_status: TagStatus,
    /// Those with a tag that fits: `*` stands for any characters, `?` for one.
    pub glob: Option<String>,
    /// Those with a tag of which this regular expression matches a part.
    pub pattern: Option<String>,
    /// That there is none is no failure: `image` is null.
    pub missing_ok: bool,
}

impl Default for NewestImage {
    fn default() -> Self {
        Self {
            repository: String::new(),
            tag_status: TagStatus::Tagged,
            glob: None,
            pattern: None,
            missing_ok: false,
        }
    }
}

/// The script of [`NewestImage`].
#[derive(Clone, Debug)]
pub(crate) struct Newest {
    at: Located,
    filter: Option<NameFilter>,
    pages: Pages,
    missing_ok: bool,
    best: Value,
}

kept! { Newest { at, filter, pages, missing_ok, best } }

impl Newest {
    /// The newest tagged image of a repository.
    pub(crate) fn of(at: &Located) -> Self {
        Self {
            at: at.clone(),
            filter: None,
            pages: pages(at, TagStatus::Tagged),
            missing_ok: false,
            best: Value::Null,
        }
    }
}

impl Script for Newest {
    type Arguments = NewestImage;

    fn begin(arguments: NewestImage, options: &Options) -> Result<Self, EcrError> {
        let at = Located::named(&arguments.repository, options)?;
        Ok(Self {
            pages: pages(&at, arguments.tag_status),
            filter: tag_filter("newest-image", arguments.glob, arguments.pattern)?,
            missing_ok: arguments.missing_ok,
            best: Value::Null,
            at,
        })
    }

    fn next(&mut self, answer: Option<Answer>) -> Result<Next, EcrError> {
        let Some(answer) = answer else {
            return Ok(Next::call(self.pages.call()));
        };
        let (details, last) = self.pages.take(answer.json()?)?;
        for detail in details {
            let wanted = fits(self.filter.as_ref(), &detail);
            if wanted && (self.best.is_null() || by_age(&detail, &self.best).is_gt()) {
                self.best = detail;
            }
        }
        if !last {
            return Ok(Next::call(self.pages.call()));
        }
        let mut image = self.best.take();
        if image.is_null() && !self.missing_ok {
            return Err(EcrError::NoImage {
                repository: self.at.shown(),
            });
        }
        self.at.learn(&image);
        if !image.is_null() {
            add_uri(&self.at, &mut image);
        }
        Ok(Next::done(json!({ "image": image })))
    }
}

/// Orders images by when they were pushed, those that do not tell first; then by
/// their digest.
pub(crate) fn by_age(one: &Value, other: &Value) -> Ordering {
    let pushed = |detail: &'_ Value| detail["imagePushedAt"].as_number().cloned();
    let order = match (pushed(one), pushed(other)) {
        (Some(one), Some(other)) => number::compare(&one, &other),
        (one, other) => one.is_some().cmp(&other.is_some()),
    };
    order.then_with(|| text(one, "imageDigest").cmp(text(other, "imageDigest")))
}
