//! What belongs to an image, and what of it is there already.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use spola::exchange::parse_json;

use crate::call::Call;
use crate::digest::Digest;
use crate::error::EcrError;
use crate::manifest::Manifest;
use crate::pages::{Pages, take_list};
use crate::place::Reference;
use crate::platform::Platform;
use crate::script::{Answer, Ask, Next, Reply};

use super::arguments::OnConflict;
use super::layer::Stage;
use super::source::{batch_get, got};
use super::state::{Copying, Job, Phase, Role, TagState};

/// How many ids a call takes.
const BATCH: usize = 100;
/// The most manifests of one copy.
const MOST_IMAGES: usize = 10_000;

impl Copying {
    /// Asks for the image that is named.
    pub(super) fn read_root(&mut self, next: &mut Next) -> Result<(), EcrError> {
        if !self.jobs.is_empty() {
            return Ok(());
        }
        let source = &self.setup.source;
        let (job, ask) = match (self.images.first(), &self.config) {
            (None, _) => {
                let reference = std::slice::from_ref(&self.setup.reference);
                (Job::ReadRoot, source.read(reference))
            }
            (Some(_), Some(config)) => (Job::Config(config.clone()), source.config(config)),
            (Some(root), None) => match source.tags_of(&root.digest) {
                Some(ask) => (Job::SourceTags, ask),
                None => {
                    return Err(EcrError::InvalidArguments {
                        operation: "copy-image".into(),
                        reason: "`sourceTags` needs a source in ECR".into(),
                    });
                }
            },
        };
        self.ask(next, job, ask);
        Ok(())
    }

    /// Asks for a token where the source wants one; what is under way is waited for,
    /// unless layers are moved, which may take long.
    pub(super) fn log_in(&mut self, next: &mut Next) -> Result<(), EcrError> {
        let moving = self.phase == Phase::Move;
        if self.is_logging_in() || !(moving || self.jobs.is_empty()) {
            return Ok(());
        }
        let remote = self.setup.source.as_remote();
        if let Some(remote) = remote.filter(|remote| remote.wants_login()) {
            let ask = remote.log_in()?;
            self.ask(next, Job::Login, ask);
        }
        Ok(())
    }

    pub(super) fn is_logging_in(&self) -> bool {
        self.jobs.values().any(|job| matches!(job, Job::Login))
    }

    pub(super) fn logged_in(&mut self, answer: Answer) -> Result<(), EcrError> {
        match (self.setup.source.as_remote(), answer.reply?) {
            (Some(remote), Reply::Answer(response)) => remote.logged_in(&response),
            _ => Ok(()),
        }
    }

    pub(super) fn root_read(&mut self, answer: Answer) -> Result<(), EcrError> {
        let reference = self.setup.reference.clone();
        let references = std::slice::from_ref(&reference);
        let Some(read) = self.setup.source.manifests(references, answer)? else {
            return Ok(());
        };
        let Some(found) = read.images.first() else {
            return Err(self.no_image(&reference, &read.failures));
        };
        let mut manifest = found.manifest()?;
        if manifest.kind().is_index() && !self.setup.platforms.is_empty() {
            match self.chosen(&manifest)? {
                Chosen::One(digest) => {
                    // Its image is what is copied.
                    self.setup.reference.digest = Some(digest.to_string());
                    self.setup.platforms.clear();
                    return Ok(());
                }
                Chosen::Several(cut) => manifest = *cut,
            }
        }
        let root = self.image(&manifest.digest().clone(), Role::Root);
        self.read(root, &manifest)?;
        self.add_children(root, &manifest)?;
        for tag in self.setup.tags.clone() {
            self.want_tag(&tag, root);
        }
        if !manifest.kind().is_index() && !self.setup.platforms.is_empty() {
            let config = manifest.config.map(|config| config.digest);
            let none = || self.unsupported(root, "it does not tell its platform");
            self.config = Some(config.ok_or_else(none)?);
        }
        self.root_done();
        Ok(())
    }

    fn root_done(&mut self) {
        if self.config.is_none() && !self.setup.source_tags {
            self.phase = Phase::Discover;
        }
    }

    /// A lone image has to be for one of the platforms that are wanted.
    pub(super) fn config_read(&mut self, digest: &Digest, answer: Answer) -> Result<(), EcrError> {
        let Some(bytes) = self.setup.source.config_of(digest, answer)? else {
            return Ok(());
        };
        let config = parse_json(&bytes, 64).unwrap_or_default();
        let platform = Platform::of_entry(&config);
        let wanted = &self.setup.platforms;
        let fits = |it: &Platform| wanted.iter().any(|wanted| wanted.covers(it));
        if !platform.as_ref().is_some_and(fits) {
            return Err(EcrError::PlatformNotFound {
                platform: wanted.first().map(ToString::to_string).unwrap_or_default(),
                known: platform.iter().map(ToString::to_string).collect(),
            });
        }
        if let Some(root) = self.images.first_mut() {
            root.platform = platform;
        }
        self.config = None;
        self.root_done();
        Ok(())
    }

    /// What is left of an index for the platforms that are wanted.
    fn chosen(&self, index: &Manifest) -> Result<Chosen, EcrError> {
        let mut keep: Vec<Digest> = Vec::new();
        for wanted in &self.setup.platforms {
            let fits = |platform: &Platform| wanted.covers(platform);
            let fitting = index.children.iter();
            let fitting = fitting.filter(|child| child.platform.as_ref().is_some_and(fits));
            let before = keep.len();
            let mut any = false;
            for child in fitting {
                any = true;
                if !keep.contains(&child.digest) {
                    keep.push(child.digest.clone());
                }
            }
            if !any && keep.len() == before {
                let known = index.children.iter().filter_map(|child| {
                    let platform = child.platform.as_ref()?;
                    (!platform.is_unknown()).then(|| platform.to_string())
                });
                return Err(EcrError::PlatformNotFound {
                    platform: wanted.to_string(),
                    known: known.collect::<BTreeSet<_>>().into_iter().collect(),
                });
            }
        }
        if let [only] = &keep[..] {
            return Ok(Chosen::One(only.clone()));
        }
        for child in &index.children {
            let kept = child.about.as_ref().is_some_and(|of| keep.contains(of));
            if kept && !keep.contains(&child.digest) {
                keep.push(child.digest.clone());
            }
        }
        if index.children.iter().all(|it| keep.contains(&it.digest)) {
            return Ok(Chosen::Several(Box::new(index.clone())));
        }
        index
            .with_children(&keep)
            .map(Box::new)
            .map(Chosen::Several)
    }

    pub(super) fn source_tags_read(&mut self, answer: Answer) -> Result<(), EcrError> {
        let body = answer.json()?;
        let tags = body.pointer("/imageDetails/0/imageTags");
        let tags = tags.and_then(Value::as_array).into_iter().flatten();
        for tag in tags.filter_map(Value::as_str) {
            self.want_tag(tag, 0);
        }
        self.phase = Phase::Discover;
        Ok(())
    }

    fn add_children(&mut self, of: usize, manifest: &Manifest) -> Result<(), EcrError> {
        let mut children = Vec::new();
        for child in &manifest.children {
            let at = self.image(&child.digest, Role::Child);
            if at == of || self.images.len() > MOST_IMAGES {
                return Err(self.unsupported(of, "it names too many images, or itself"));
            }
            if let Some(image) = self.images.get_mut(at) {
                image.media_type.clone_from(&child.media_type);
                image.platform.clone_from(&child.platform);
            }
            children.push(at);
        }
        if let Some(image) = self.images.get_mut(of) {
            image.children = children;
            image.expanded = true;
        }
        Ok(())
    }

    /// The next step of finding out; called when nothing is under way.
    pub(super) fn discover(&mut self, next: &mut Next) -> Result<(), EcrError> {
        self.inherit();
        if self.find(next) || self.read_absent(next) {
            return Ok(());
        }
        if self.setup.referrers && (self.list_referrers(next) || self.look_names_up(next)) {
            return Ok(());
        }
        if self.judge_tags(next)? || self.check_layers(next) {
            return Ok(());
        }
        self.phase = Phase::Move;
        for at in 0..self.images.len() {
            if self.images[at].done {
                self.tell_image(next, at, None, "present");
            }
        }
        self.refuse_empty()
    }

    /// The images of an index that is there are there, too: ECR sees to that.
    fn inherit(&mut self) {
        for at in 0..self.images.len() {
            if self.images[at].there == Some(true) && !self.images[at].repaired {
                for child in self.images[at].children.clone() {
                    let child = &mut self.images[child];
                    if child.there.is_none() {
                        child.there = Some(true);
                        child.done = true;
                    }
                }
            }
        }
    }

    /// Asks the destination for images and tags; the children of an index only once
    /// it is known not to be there.
    fn find(&mut self, next: &mut Next) -> bool {
        let mut waiting: BTreeSet<usize> = BTreeSet::new();
        for image in self.images.iter().filter(|image| image.there.is_none()) {
            waiting.extend(&image.children);
        }
        let images = (0..self.images.len())
            .filter(|at| self.images[*at].there.is_none() && !waiting.contains(at));
        let tags = (0..self.tags.len()).filter(|at| !self.tags[*at].looked);
        let mut wanted: Vec<(Option<usize>, Option<usize>)> =
            images.map(|at| (Some(at), None)).collect();
        wanted.extend(tags.map(|at| (None, Some(at))));
        for batch in wanted.chunks(BATCH) {
            let references: Vec<Reference> = batch
                .iter()
                .map(|(image, tag)| Reference {
                    digest: image.map(|at| self.images[at].digest.to_string()),
                    tag: tag.map(|at| self.tags[at].tag.clone()),
                })
                .collect();
            let call = batch_get(&self.setup.destination, &references);
            let job = Job::Find {
                images: batch.iter().filter_map(|(image, _)| *image).collect(),
                tags: batch.iter().filter_map(|(_, tag)| *tag).collect(),
            };
            self.ask(next, job, Ask::Call(call));
        }
        !wanted.is_empty()
    }

    pub(super) fn found(
        &mut self,
        images: &[usize],
        tags: &[usize],
        answer: Answer,
    ) -> Result<(), EcrError> {
        let (found, _) = got(answer)?;
        for at in images {
            let image = &mut self.images[*at];
            let there = found.iter().any(|it| it.digest == image.digest.as_str());
            image.there = Some(there);
            image.done = there;
        }
        for at in tags {
            let tag = &mut self.tags[*at];
            let named = found.iter().find(|it| it.tag.as_ref() == Some(&tag.tag));
            tag.looked = true;
            tag.have = named.map(|it| it.digest.clone());
            // An image that has a tag is there.
            let image = &mut self.images[tag.image];
            if tag.have.as_deref() == Some(image.digest.as_str()) {
                tag.state = TagState::Present;
            }
        }
        Ok(())
    }

    /// Reads from the source what is not at the destination.
    fn read_absent(&mut self, next: &mut Next) -> bool {
        let absent: Vec<usize> = (0..self.images.len())
            .filter(|at| self.images[*at].there == Some(false) && self.images[*at].text.is_none())
            .collect();
        for batch in absent.chunks(self.setup.source.batch()) {
            let references: Vec<Reference> = batch
                .iter()
                .map(|at| Reference {
                    digest: Some(self.images[*at].digest.to_string()),
                    tag: None,
                })
                .collect();
            let ask = self.setup.source.read(&references);
            self.ask(next, Job::Read(batch.to_vec()), ask);
        }
        !absent.is_empty()
    }

    pub(super) fn images_read(&mut self, images: &[usize], answer: Answer) -> Result<(), EcrError> {
        let references: Vec<Reference> = images
            .iter()
            .map(|at| Reference {
                digest: Some(self.images[*at].digest.to_string()),
                tag: None,
            })
            .collect();
        let Some(read) = self.setup.source.manifests(&references, answer)? else {
            return Ok(());
        };
        for at in images {
            let digest = self.images[*at].digest.clone();
            let Some(found) = read.images.iter().find(|it| it.digest == digest.as_str()) else {
                let reference = Reference {
                    digest: Some(digest.to_string()),
                    tag: None,
                };
                return Err(self.no_image(&reference, &read.failures));
            };
            let manifest = found.manifest()?;
            self.read(*at, &manifest)?;
            self.add_children(*at, &manifest)?;
        }
        Ok(())
    }

    /// Asks what refers to the images.
    fn list_referrers(&mut self, next: &mut Next) -> bool {
        let unlisted: Vec<usize> = (0..self.images.len())
            .filter(|at| !self.images[*at].listed)
            .collect();
        for at in &unlisted {
            self.images[*at].listed = true;
            let digest = self.images[*at].digest.clone();
            let (ask, pages) = self.setup.source.referrers_of(&digest);
            self.ask(next, Job::Referrers(*at, pages), ask);
        }
        !unlisted.is_empty()
    }

    pub(super) fn referrers_read(
        &mut self,
        of: usize,
        mut pages: Option<Box<Pages>>,
        answer: Answer,
        next: &mut Next,
    ) -> Result<(), EcrError> {
        let (referrers, last) = match &mut pages {
            Some(pages) => pages.take(answer.json()?)?,
            None => {
                let digest = self.images[of].digest.clone();
                let Some(referrers) = self.setup.source.referrers(&digest, answer)? else {
                    self.images[of].listed = false;
                    return Ok(());
                };
                (referrers, true)
            }
        };
        for referrer in referrers {
            let digest = referrer.get("digest").and_then(Value::as_str);
            let Some(digest) = digest.map(str::parse::<Digest>).transpose()? else {
                continue;
            };
            let at = self.image(&digest, Role::Referrer);
            if self.images.len() > MOST_IMAGES {
                return Err(self.unsupported(of, "too much refers to it"));
            }
            if at != of && self.images[at].role == Role::Referrer {
                self.images[at].about.get_or_insert(of);
                let media_type = referrer.get("mediaType").and_then(Value::as_str);
                self.images[at].media_type = media_type.map(str::to_owned);
            }
        }
        if let Some(pages) = pages.filter(|_| !last) {
            let ask = Ask::Call(pages.call());
            self.ask(next, Job::Referrers(of, Some(pages)), ask);
        }
        Ok(())
    }

    /// Asks for what is kept under tags that are made of an image's digest: the custom
    /// of before registries knew of referrers, and of some tools still.
    fn look_names_up(&mut self, next: &mut Next) -> bool {
        for at in 0..self.images.len() {
            let image = &mut self.images[at];
            if std::mem::replace(&mut image.named, true) {
                continue;
            }
            let stem = image.digest.as_str().replace(':', "-");
            for ending in NAMED {
                self.names.push((at, format!("{stem}{ending}")));
            }
        }
        let names = std::mem::take(&mut self.names);
        for batch in names.chunks(self.setup.source.batch()) {
            let references: Vec<Reference> = batch.iter().map(by_name).collect();
            let ask = self.setup.source.read(&references);
            self.ask(next, Job::Named(batch.to_vec()), ask);
        }
        !names.is_empty()
    }

    pub(super) fn named_read(
        &mut self,
        names: Vec<(usize, String)>,
        answer: Answer,
    ) -> Result<(), EcrError> {
        let references: Vec<Reference> = names.iter().map(by_name).collect();
        let Some(read) = self.setup.source.manifests(&references, answer)? else {
            self.names.extend(names);
            return Ok(());
        };
        for found in read.images {
            let named = names
                .iter()
                .find(|(_, name)| found.tag.as_ref() == Some(name));
            let Some((of, name)) = named else {
                continue;
            };
            let manifest = found.manifest()?;
            let at = self.image(&manifest.digest().clone(), Role::Referrer);
            if at == *of || self.images.len() > MOST_IMAGES {
                return Err(self.unsupported(*of, "too much refers to it"));
            }
            self.images[at].about.get_or_insert(*of);
            self.read(at, &manifest)?;
            self.add_children(at, &manifest)?;
            self.want_tag(name, at);
        }
        Ok(())
    }

    /// Judges tags that name other images; says whether the repository has to be asked.
    fn judge_tags(&mut self, next: &mut Next) -> Result<bool, EcrError> {
        let on_conflict = self.setup.on_conflict;
        let conflicting: Vec<usize> = (0..self.tags.len())
            .filter(|at| self.tags[*at].state == TagState::Wanted && self.tags[*at].have.is_some())
            .collect();
        for at in &conflicting {
            match on_conflict {
                OnConflict::Skip => self.tags[*at].state = TagState::Skipped,
                OnConflict::Fail if !self.plan_only => return Err(self.conflict(*at)),
                _ => {}
            }
        }
        let asks = !conflicting.is_empty()
            && on_conflict == OnConflict::Overwrite
            && !self.mutability_known;
        if asks {
            self.mutability_known = true;
            let names = json!({ "repositoryNames": [self.setup.destination.name] });
            let place = &self.setup.destination.place;
            let call = Call::of_registry(place, "DescribeRepositories", names);
            self.ask(next, Job::Mutability, Ask::Call(call));
        }
        Ok(asks)
    }

    /// Fails before gigabytes are moved where the tag cannot be moved then.
    pub(super) fn mutability_read(&mut self, answer: Answer) -> Result<(), EcrError> {
        // Who may not ask finds it out when the tag is put.
        let Ok(body) = answer.json() else {
            return Ok(());
        };
        let repository = body.pointer("/repositories/0").unwrap_or(&Value::Null);
        for at in 0..self.tags.len() {
            let tag = &self.tags[at];
            let stays = tag.state == TagState::Wanted && tag.have.is_some();
            self.tags[at].stays = stays && is_immutable(repository, &tag.tag);
            if self.tags[at].stays && !self.plan_only {
                return Err(self.conflict(at));
            }
        }
        Ok(())
    }

    pub(super) fn conflict(&self, at: usize) -> EcrError {
        let tag = &self.tags[at];
        EcrError::TagConflict {
            repository: self.setup.destination.shown(),
            tag: tag.tag.clone(),
            have: tag.have.clone().unwrap_or_default(),
            want: self.images[tag.image].digest.to_string(),
        }
    }

    /// Asks which layers of absent images are at the destination.
    fn check_layers(&mut self, next: &mut Next) -> bool {
        let mut unknown = BTreeSet::new();
        for image in self.images.iter().filter(|image| !image.done) {
            let blobs = image.blobs.iter().copied();
            unknown.extend(blobs.filter(|at| self.layers[*at].stage == Stage::Unknown));
        }
        let unknown: Vec<usize> = unknown.into_iter().collect();
        for batch in unknown.chunks(BATCH) {
            let call = self.check_call(batch);
            self.ask(next, Job::Check(batch.to_vec()), Ask::Call(call));
        }
        !unknown.is_empty()
    }

    pub(super) fn check_call(&self, layers: &[usize]) -> Call {
        let digests: Vec<&Digest> = layers.iter().map(|at| &self.layers[*at].digest).collect();
        let body = json!({ "layerDigests": digests });
        let destination = &self.setup.destination;
        Call::of_repository(destination, "BatchCheckLayerAvailability", body)
    }

    pub(super) fn checked(
        &mut self,
        layers: &[usize],
        answer: Answer,
        next: &mut Next,
    ) -> Result<(), EcrError> {
        let available = available(answer)?;
        for at in layers {
            let layer = &mut self.layers[*at];
            layer.stage = match available.contains(layer.digest.as_str()) {
                true => Stage::Present,
                false => Stage::Waiting,
            };
            self.tell_layer(next, *at);
        }
        Ok(())
    }

    /// ECR takes no upload without bytes, so such a layer cannot be brought there.
    fn refuse_empty(&self) -> Result<(), EcrError> {
        let empty = self.layers.iter();
        let empty = empty.filter(|layer| layer.size == Some(0) && layer.stage == Stage::Waiting);
        match empty.map(|layer| layer.digest.to_string()).next() {
            Some(digest) => Err(EcrError::EmptyLayer { digest }),
            None => Ok(()),
        }
    }

    pub(super) fn unsupported(&self, image: usize, reason: &str) -> EcrError {
        EcrError::UnsupportedManifest {
            image: self.images[image].digest.to_string(),
            reason: reason.to_owned(),
        }
    }

    fn no_image(&self, reference: &Reference, failures: &[Value]) -> EcrError {
        let reason = failures.first().and_then(|failure| {
            let reason = failure.get("failureReason").and_then(Value::as_str);
            reason.map(str::to_owned)
        });
        let repository = self.setup.source.shown();
        let image = match (&reference.digest, &reference.tag) {
            (Some(digest), _) => format!("{repository}@{digest}"),
            (None, Some(tag)) => format!("{repository}:{tag}"),
            (None, None) => repository,
        };
        EcrError::ImageNotFound { image, reason }
    }
}

/// What the tags end with under which something is kept that refers to an image.
const NAMED: [&str; 4] = ["", ".sig", ".att", ".sbom"];

fn by_name((_, name): &(usize, String)) -> Reference {
    Reference {
        digest: None,
        tag: Some(name.clone()),
    }
}

/// What is left of an index.
enum Chosen {
    One(Digest),
    Several(Box<Manifest>),
}

/// The digests that are there, of an answer to a check of layers.
///
/// UNAVAILABLE, a failure, and no word at all mean the same: it is not there.
pub(super) fn available(answer: Answer) -> Result<BTreeSet<String>, EcrError> {
    let Value::Object(mut body) = answer.json()? else {
        return Ok(BTreeSet::new());
    };
    let mut available = BTreeSet::new();
    for layer in take_list(&mut body, "layers") {
        let text = |name: &str| layer.get(name).and_then(Value::as_str).unwrap_or_default();
        match text("layerAvailability") {
            "AVAILABLE" => {
                available.insert(text("layerDigest").to_owned());
            }
            "ARCHIVED" => {
                return Err(EcrError::ArchivedLayer {
                    digest: text("layerDigest").to_owned(),
                });
            }
            _ => {}
        }
    }
    Ok(available)
}

/// Whether a repository, as it is described, keeps a tag where it is.
fn is_immutable(repository: &Value, tag: &str) -> bool {
    let mutability = repository.get("imageTagMutability").and_then(Value::as_str);
    let filters = repository.get("imageTagMutabilityExclusionFilters");
    let filters = filters.and_then(Value::as_array).into_iter().flatten();
    let excluded = filters
        .filter_map(|filter| filter.get("filter").and_then(Value::as_str))
        .any(|filter| fits(filter, tag));
    match mutability {
        Some("IMMUTABLE") => true,
        Some("IMMUTABLE_WITH_EXCLUSION") => !excluded,
        Some("MUTABLE_WITH_EXCLUSION") => excluded,
        _ => false,
    }
}

/// Whether a text fits a filter, in which `*` stands for any characters.
fn fits(filter: &str, text: &str) -> bool {
    let mut parts = filter.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else {
        return false;
    };
    let parts: Vec<&str> = parts.collect();
    let Some((last, middle)) = parts.split_last() else {
        return rest.is_empty();
    };
    for part in middle {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn a_filter_fits_the_whole_tag() {
        for (filter, text, fitting) in [
            ("latest", "latest", true),
            ("latest", "latest2", false),
            ("dev-*", "dev-1", true),
            ("dev-*", "adev-1", false),
            ("*-rc*", "v1-rc2", true),
            ("a*a", "a", false),
            ("*", "", true),
            ("a*b*c", "aXbYc", true),
            ("a*b*c", "aXcYb", false),
        ] {
            assert_eq!(fits(filter, text), fitting, "{filter} {text}");
        }
    }
}
