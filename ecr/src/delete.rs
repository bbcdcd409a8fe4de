//! Images deleted, and tags taken from them.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use spola::number;

use crate::call::Call;
use crate::digest::Digest;
use crate::error::EcrError;
use crate::filter::NameFilter;
use crate::image::batch_get;
use crate::images::{TagStatus, by_age, fits, pages, tag_filter};
use crate::manifest::ManifestType;
use crate::name::Tag;
use crate::pages::{Pages, take_list};
use crate::place::{Located, Options, members};
use crate::script::{Answer, Ask, Next, Script};
use crate::values::text;

/// How many images one call deletes or describes.
const BATCH: usize = 100;

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
    pub tags: BTreeSet<Tag>,
    /// Takes the last tag of an image too, and the image with it.
    pub delete_untagged: bool,
}

/// The script of [`UntagImage`].
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Untagging {
    at: Located,
    tags: BTreeSet<Tag>,
    delete_untagged: bool,
    stage: Stage,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Stage {
    /// Which images have the tags.
    Digests,
    /// Which tags these images have.
    Tags,
    Deleting,
}

impl Script for Untagging {
    type Arguments = UntagImage;

    fn begin(arguments: UntagImage, options: &Options) -> Result<Self, EcrError> {
        let count = arguments.tags.len();
        if count == 0 || count > BATCH {
            return Err(EcrError::InvalidArguments {
                operation: "untag-image".into(),
                reason: format!("`tags` has {count} entries, not 1 to {BATCH}"),
            });
        }
        Ok(Self {
            at: Located::named(&arguments.repository, options)?,
            tags: arguments.tags,
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
                let digests: BTreeSet<_> = images
                    .iter()
                    .map(|image| text(&image["imageId"], "imageDigest").to_owned())
                    .collect();
                if digests.is_empty() {
                    return Ok(self.done(Vec::new(), BTreeSet::new()));
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
                let tags = removed.iter().map(|id| text(id, "imageTag").to_owned());
                let tags = tags.filter(|tag| !tag.is_empty()).collect();
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

    fn done(&self, ids: Vec<Value>, removed: BTreeSet<String>) -> Next {
        let missing = self.tags.iter();
        let missing: Vec<_> = missing
            .filter(|tag| !removed.contains(tag.as_str()))
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
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Deleting {
    at: Located,
    named: BTreeSet<String>,
    untagged: bool,
    filter: Option<NameFilter>,
    keep_newest: Option<u64>,
    pushed_before: Option<u64>,
    dry_run: bool,
    pages: Pages,
    listed: bool,
    all: Vec<Value>,
    /// What goes, by digest, once it was chosen.
    chosen: BTreeMap<String, Value>,
    /// Digests of this round that were not answered yet.
    owed: usize,
    /// Digests that are to be tried in the next round.
    refused: BTreeSet<String>,
    /// Whether this round deleted anything.
    progress: bool,
    deleted: BTreeSet<String>,
    failures: Vec<Value>,
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
        for name in &arguments.images {
            match name.contains(':') {
                true => drop(name.parse::<Digest>()?),
                false => drop(name.parse::<Tag>()?),
            }
        }
        Ok(Self {
            pages: pages(&at, TagStatus::Any),
            at,
            named: arguments.images.into_iter().collect(),
            untagged: arguments.untagged,
            filter,
            keep_newest: arguments.keep_newest,
            pushed_before: arguments.pushed_before,
            dry_run: arguments.dry_run,
            listed: false,
            all: Vec::new(),
            chosen: BTreeMap::new(),
            owed: 0,
            refused: BTreeSet::new(),
            progress: false,
            deleted: BTreeSet::new(),
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
        let mut found = BTreeSet::new();
        let mut chosen: Vec<Value> = Vec::new();
        for detail in all {
            let tags = detail["imageTags"].as_array().into_iter().flatten();
            let tags: Vec<_> = tags.filter_map(Value::as_str).collect();
            let names = tags.iter().copied().chain([text(&detail, "imageDigest")]);
            let named: Vec<_> = names.filter(|name| self.named.contains(*name)).collect();
            let is_named = !named.is_empty();
            found.extend(named.into_iter().map(str::to_owned));
            let is_old = self.pushed_before.is_none_or(|before| {
                let pushed = detail["imagePushedAt"].as_number();
                pushed.is_some_and(|pushed| number::compare(pushed, &before.into()).is_lt())
            });
            if is_named || (is_old && self.is_described(&detail, tags.is_empty())) {
                chosen.push(detail);
            }
        }
        if let Some(keep) = self.keep_newest {
            chosen.sort_by(|one, other| by_age(other, one));
            let keep = usize::try_from(keep)
                .unwrap_or(usize::MAX)
                .min(chosen.len());
            chosen.drain(..keep);
        }
        for name in self.named.difference(&found) {
            let id = match name.contains(':') {
                true => json!({ "imageDigest": name }),
                false => json!({ "imageTag": name }),
            };
            self.failures
                .push(json!({ "imageId": id, "failureCode": "ImageNotFound" }));
        }
        let by_digest = |detail: Value| (text(&detail, "imageDigest").to_owned(), detail);
        self.chosen = chosen.into_iter().map(by_digest).collect();
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
            false => self.refused = rest.into_iter().collect(),
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
                    self.refused.insert(digest);
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
            self.deleted.insert(digest.to_owned());
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
