//! Images deleted, and tags taken from them.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use spola::number;

use crate::call::Call;
use crate::digest::Digest;
use crate::error::EcrError;
use crate::filter::NameFilter;
use crate::image::batch_get;
use crate::images::{TagStatus, by_age, fits, pages, tag_filter};
use crate::kept::{kept, words};
use crate::manifest::ManifestType;
use crate::name::Tag;
use crate::pages::{Pages, take_list};
use crate::place::{Located, Options, members};
use crate::script::{Answer, Ask, Next, Script};
use crate::values::{put_into, text};

/// How many images one call deletes or describes.
const BATCH: usize = 100;

/// How two descriptions of images are ordered.
type Order = fn(&Value, &Value) -> Ordering;

/// `untag-image`: takes tags from images. Gives the `removed` and the `missing` ones.
///
/// The service deletes an image with its last tag; that is refused (`ecr.last-tag`)
/// unless it is wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct UntagImage {
    /// The repository's name, address or ARN.
    pub repository: String,
    /// The tags, 100 at most.
    pub tags: Vec<Tag>,
    /// Takes the last tag of an image too, and the image with it.
    pub delete_untagged: bool,
}

/// The script of [`UntagImage`].
#[derive(Clone, Debug)]
pub(crate) struct Untagging {
    at: Located,
    /// In order, each once.
    tags: Vec<Tag>,
    delete_untagged: bool,
    stage: Stage,
}

kept! { Untagging { at, tags, delete_untagged, stage } }

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// Which images have the tags.
    Digests,
    /// Which tags these images have.
    Tags,
    Deleting,
}

words! { Stage { Digests: "Digests", Tags: "Tags", Deleting: "Deleting" } }

impl Script for Untagging {
    type Arguments = UntagImage;

    fn begin(arguments: UntagImage, options: &Options) -> Result<Self, EcrError> {
        let mut tags = Vec::new();
        for tag in arguments.tags {
            put_into(&mut tags, tag);
        }
        let count = tags.len();
        if count == 0 || count > BATCH {
            return Err(EcrError::InvalidArguments {
                operation: "untag-image".into(),
                reason: format!("`tags` has {count} entries, not 1 to {BATCH}"),
            });
        }
        Ok(Self {
            at: Located::named(&arguments.repository, options)?,
            tags,
            delete_untagged: arguments.delete_untagged,
            stage: Stage::Digests,
        })
    }

    fn next(&mut self, answer: Option<Answer>) -> Result<Next, EcrError> {
        let Some(answer) = answer else {
            if self.delete_untagged {
                return Ok(self.delete());
            }
            return Ok(Next::call(batch_get(&self.at, &self.ids())));
        };
        match self.stage {
            Stage::Digests => {
                let images = take_list(&mut members(answer.json()?), "images");
                let mut digests = Vec::new();
                for image in &images {
                    put_into(&mut digests, text(&image["imageId"], "imageDigest"));
                }
                if digests.is_empty() {
                    return Ok(self.done(Vec::new(), Vec::new()));
                }
                self.stage = Stage::Tags;
                let ids = digests
                    .iter()
                    .map(|digest| json!({ "imageDigest": digest }));
                let body = json!({ "imageIds": ids.collect::<Vec<_>>() });
                Ok(Next::call(Call::of_repository(
                    &self.at,
                    "DescribeImages",
                    body,
                )))
            }
            Stage::Tags => {
                for detail in take_list(&mut members(answer.json()?), "imageDetails") {
                    self.check(&detail)?;
                }
                Ok(self.delete())
            }
            Stage::Deleting => {
                let removed = take_list(&mut members(answer.json()?), "imageIds");
                let mut tags = Vec::new();
                for id in &removed {
                    put_into(&mut tags, text(id, "imageTag").to_owned());
                }
                tags.retain(|tag| !tag.is_empty());
                Ok(self.done(removed, tags))
            }
        }
    }
}

impl Untagging {
    fn ids(&self) -> Vec<Value> {
        let tags = self.tags.iter();
        tags.map(|tag| json!({ "imageTag": tag })).collect()
    }

    fn delete(&mut self) -> Next {
        self.stage = Stage::Deleting;
        let body = json!({ "imageIds": self.ids() });
        Next::call(Call::of_repository(&self.at, "BatchDeleteImage", body))
    }

    /// Refuses to take the last tag of an image.
    fn check(&self, detail: &Value) -> Result<(), EcrError> {
        let tags = detail["imageTags"].as_array().into_iter().flatten();
        let tags: Vec<_> = tags.filter_map(Value::as_str).map(str::to_owned).collect();
        let goes = |tag: &String| self.tags.iter().any(|gone| gone.as_str() == tag);
        if tags.is_empty() || !tags.iter().all(goes) {
            return Ok(());
        }
        Err(EcrError::LastTag {
            digest: text(detail, "imageDigest").to_owned(),
            tags,
        })
    }

    fn done(&self, ids: Vec<Value>, removed: Vec<String>) -> Next {
        let missing = self.tags.iter();
        let missing: Vec<_> = missing
            .filter(|tag| removed.iter().all(|gone| gone != tag.as_str()))
            .collect();
        Next::done(json!({ "removed": removed, "missing": missing, "imageIds": ids }))
    }
}

/// `delete-images`: deletes images with all of their tags: those that are named, or those
/// that are described here. Gives `images` (what was chosen, described), `deleted`,
/// `kept` (children of an index that stays) and `failures`.
///
/// An index goes before its children. One call for each 1000 images of the repository and
/// one for each 100 that are deleted.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct DeleteImages {
    /// The repository's name, address or ARN.
    pub repository: String,
    /// The images, by tag or digest.
    pub images: Vec<String>,
    /// Those without a tag.
    pub untagged: bool,
    /// Those with a tag that fits: `*` stands for any characters, `?` for one.
    pub glob: Option<String>,
    /// Those with a tag of which this regular expression matches a part.
    pub pattern: Option<String>,
    /// Of all that are chosen otherwise, or else of all tagged ones, the newest stay: so many.
    pub keep_newest: Option<u64>,
    /// Only those that were pushed before: Unix seconds.
    pub pushed_before: Option<u64>,
    /// Chooses, but deletes nothing.
    pub dry_run: bool,
}

/// The script of [`DeleteImages`].
#[derive(Clone, Debug)]
pub(crate) struct Deleting {
    at: Located,
    /// Tags and digests, in order.
    named: Vec<String>,
    untagged: bool,
    filter: Option<NameFilter>,
    keep_newest: Option<u64>,
    pushed_before: Option<u64>,
    dry_run: bool,
    pages: Pages,
    listed: bool,
    all: Vec<Value>,
    /// What goes, by digest and in their order, once it was chosen.
    chosen: Map<String, Value>,
    /// Digests of this round that were not answered yet.
    owed: usize,
    /// Digests that are to be tried in the next round, in order.
    refused: Vec<String>,
    /// Whether this round deleted anything.
    progress: bool,
    /// In order.
    deleted: Vec<String>,
    failures: Vec<Value>,
}

kept! {
    Deleting {
        at, named, untagged, filter, keep_newest, pushed_before, dry_run, pages, listed, all, chosen,
        owed, refused, progress, deleted, failures
    }
}

impl Script for Deleting {
    type Arguments = DeleteImages;

    fn begin(arguments: DeleteImages, options: &Options) -> Result<Self, EcrError> {
        let at = Located::named(&arguments.repository, options)?;
        let filter = tag_filter("delete-images", arguments.glob, arguments.pattern)?;
        let chooses = !arguments.images.is_empty()
            || arguments.untagged
            || filter.is_some()
            || arguments.keep_newest.is_some()
            || arguments.pushed_before.is_some();
        if !chooses {
            return Err(EcrError::InvalidArguments {
                operation: "delete-images".into(),
                reason: "nothing says which images".into(),
            });
        }
        let mut named = Vec::new();
        for name in arguments.images {
            match name.contains(':') {
                true => drop(name.parse::<Digest>()?),
                false => drop(name.parse::<Tag>()?),
            }
            put_into(&mut named, name);
        }
        Ok(Self {
            pages: pages(&at, TagStatus::Any),
            at,
            named,
            untagged: arguments.untagged,
            filter,
            keep_newest: arguments.keep_newest,
            pushed_before: arguments.pushed_before,
            dry_run: arguments.dry_run,
            listed: false,
            all: Vec::new(),
            chosen: Map::new(),
            owed: 0,
            refused: Vec::new(),
            progress: false,
            deleted: Vec::new(),
            failures: Vec::new(),
        })
    }

    fn next(&mut self, answer: Option<Answer>) -> Result<Next, EcrError> {
        let Some(answer) = answer else {
            return Ok(Next::call(self.pages.call()));
        };
        if self.listed {
            self.take(answer)?;
        } else {
            let (mut details, last) = self.pages.take(answer.json()?)?;
            self.all.append(&mut details);
            if !last {
                return Ok(Next::call(self.pages.call()));
            }
            self.listed = true;
            self.choose();
            if self.dry_run {
                return Ok(self.done());
            }
            self.refused = self.chosen.keys().cloned().collect();
            self.progress = true;
        }
        if self.owed > 0 {
            return Ok(Next::more());
        }
        match std::mem::take(&mut self.progress) && !self.refused.is_empty() {
            true => Ok(self.round()),
            false => Ok(self.done()),
        }
    }
}

impl Deleting {
    fn choose(&mut self) {
        let all = std::mem::take(&mut self.all);
        let mut found: Vec<String> = Vec::new();
        let mut chosen: Vec<Value> = Vec::new();
        let newest_first: Order = |one, other| by_age(other, one);
        let by_digest: Order =
            |one, other| text(one, "imageDigest").cmp(text(other, "imageDigest"));
        for detail in all {
            let tags = detail["imageTags"].as_array().into_iter().flatten();
            let tags: Vec<_> = tags.filter_map(Value::as_str).collect();
            let mut is_named = false;
            for name in tags.iter().copied().chain([text(&detail, "imageDigest")]) {
                if let Ok(at) = self
                    .named
                    .binary_search_by(|named| named.as_str().cmp(name))
                {
                    is_named = true;
                    put_into(&mut found, self.named[at].clone());
                }
            }
            let is_old = self.pushed_before.is_none_or(|before| {
                let pushed = detail["imagePushedAt"].as_number();
                pushed.is_some_and(|pushed| number::compare(pushed, &before.into()).is_lt())
            });
            if is_named || (is_old && self.is_described(&detail, tags.is_empty())) {
                chosen.push(detail);
            }
        }
        if let Some(keep) = self.keep_newest {
            chosen.sort_by(newest_first);
            let keep = usize::try_from(keep)
                .unwrap_or(usize::MAX)
                .min(chosen.len());
            chosen.drain(..keep);
        }
        for name in self
            .named
            .iter()
            .filter(|name| found.binary_search(name).is_err())
        {
            let id = match name.contains(':') {
                true => json!({ "imageDigest": name }),
                false => json!({ "imageTag": name }),
            };
            self.failures
                .push(json!({ "imageId": id, "failureCode": "ImageNotFound" }));
        }
        chosen.sort_by(by_digest);
        for detail in chosen {
            let digest = text(&detail, "imageDigest").to_owned();
            self.chosen.insert(digest, detail);
        }
    }

    /// Whether what is said of images, beside their names, is true of this one.
    fn is_described(&self, detail: &Value, is_untagged: bool) -> bool {
        if self.untagged && is_untagged {
            return true;
        }
        if self.filter.is_some() {
            return fits(self.filter.as_ref(), detail);
        }
        let by_age = self.keep_newest.is_some() || self.pushed_before.is_some();
        by_age && !self.untagged && self.named.is_empty() && !is_untagged
    }

    /// Deletes what is left, indexes first: no child goes before all that list it.
    fn round(&mut self) -> Next {
        let is_index = |digest: &String| {
            let detail = self.chosen.get(digest);
            let kind = detail.map(|detail| text(detail, "imageManifestMediaType"));
            kind.and_then(ManifestType::of)
                .is_some_and(ManifestType::is_index)
        };
        let (mut now, rest): (Vec<_>, Vec<_>) = std::mem::take(&mut self.refused)
            .into_iter()
            .partition(is_index);
        match now.is_empty() {
            true => now = rest,
            false => self.refused = rest,
        }
        let mut next = Next::more();
        for batch in now.chunks(BATCH) {
            let ids: Vec<_> = batch
                .iter()
                .map(|digest| json!({ "imageDigest": digest }))
                .collect();
            let body = json!({ "imageIds": ids });
            let call = Call::of_repository(&self.at, "BatchDeleteImage", body);
            next = next.and(0, Ask::Call(call));
            self.owed = self.owed.saturating_add(1);
        }
        next
    }

    fn take(&mut self, answer: Answer) -> Result<(), EcrError> {
        self.owed = self.owed.saturating_sub(1);
        let ours = answer.in_doubt;
        let mut body = members(answer.json()?);
        for id in take_list(&mut body, "imageIds") {
            self.delete(text(&id, "imageDigest"));
        }
        for failure in take_list(&mut body, "failures") {
            let digest = text(&failure["imageId"], "imageDigest").to_owned();
            match text(&failure, "failureCode") {
                "ImageReferencedByManifestList" => {
                    put_into(&mut self.refused, digest);
                }
                // An earlier sending was carried out.
                "ImageNotFound" if ours => self.delete(&digest),
                _ => self.failures.push(failure),
            }
        }
        Ok(())
    }

    fn delete(&mut self, digest: &str) {
        self.progress = true;
        if self.chosen.contains_key(digest) {
            put_into(&mut self.deleted, digest.to_owned());
        }
    }

    fn done(&self) -> Next {
        Next::done(json!({
            "images": self.chosen.values().collect::<Vec<_>>(),
            "deleted": self.deleted,
            "kept": self.refused,
            "failures": self.failures,
            "dryRun": self.dry_run,
        }))
    }
}
