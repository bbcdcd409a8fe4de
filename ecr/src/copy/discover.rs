//! What belongs to an image, and what of it is there already.

use serde_json::{Value, json};

use crate::call::Call;
use crate::digest::Digest;
use crate::error::EcrError;
use crate::manifest::Manifest;
use crate::pages::take_list;
use crate::place::Reference;
use crate::script::{Answer, Ask, Next};

use super::arguments::OnConflict;
use super::layer::Stage;
use super::source::{batch_get, got_in};
use super::state::{Copying, Job, Phase, Role, TagState};

/// How many ids a call takes.
const BATCH: usize = 100;
/// The most manifests of one copy.
pub(super) const MOST_IMAGES: usize = 10_000;

impl Copying {
    pub(super) fn add_children(&mut self, of: usize, manifest: &Manifest) -> Result<(), EcrError> {
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
        for at in 0..self.layers.len() {
            if self.layers[at].stage == Stage::Foreign {
                self.tell_layer(next, at);
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
        let mut waiting = vec![false; self.images.len()];
        for image in self.images.iter().filter(|image| image.there.is_none()) {
            for child in &image.children {
                waiting[*child] = true;
            }
        }
        let images =
            (0..self.images.len()).filter(|at| self.images[*at].there.is_none() && !waiting[*at]);
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
        let body = answer.json()?;
        self.setup.destination.learn(&body["images"][0]);
        let (found, _) = got_in(body);
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
        let mut needed = vec![false; self.layers.len()];
        for image in self.images.iter().filter(|image| !image.done) {
            for blob in &image.blobs {
                needed[*blob] = true;
            }
        }
        let unknown = (0..self.layers.len())
            .filter(|at| needed[*at] && self.layers[*at].stage == Stage::Unknown);
        let unknown: Vec<usize> = unknown.collect();
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
            let digest = layer.digest.as_str();
            layer.stage = match available.iter().any(|there| there == digest) {
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

    pub(super) fn no_image(&self, reference: &Reference, failures: &[Value]) -> EcrError {
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

/// The digests that are there, of an answer to a check of layers.
///
/// UNAVAILABLE, a failure, and no word at all mean the same: it is not there.
pub(super) fn available(answer: Answer) -> Result<Vec<String>, EcrError> {
    let Value::Object(mut body) = answer.json()? else {
        return Ok(Vec::new());
    };
    let mut available = Vec::new();
    for layer in take_list(&mut body, "layers") {
        let text = |name: &str| layer.get(name).and_then(Value::as_str).unwrap_or_default();
        match text("layerAvailability") {
            "AVAILABLE" => {
                available.push(text("layerDigest").to_owned());
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
