//! Puts images and tags: those of an index first, tags last, none too fast.

use std::time::Duration;

use serde_json::{Value, json};

use crate::call::Call;
use crate::error::EcrError;
use crate::place::Reference;
use crate::script::{Answer, Ask, Next};

use super::arguments::OnConflict;
use super::layer::Stage;
use super::source::{batch_get, got};
use super::state::{Copying, Job, Phase, Role, TagState};

/// How many images are put at once.
const PUTS_AT_ONCE: usize = 4;
/// ECR takes ten images in a second.
const PACE: Duration = Duration::from_millis(100);
/// How often a tag is put that somebody else moves.
const TAG_TRIES: u32 = 3;

impl Copying {
    /// Asks to put what can be put now.
    pub(super) fn put_images(&mut self, next: &mut Next) {
        loop {
            let putting = self.images.iter().filter(|image| image.putting).count()
                + self.tags.iter().filter(|tag| tag.putting).count();
            if putting >= PUTS_AT_ONCE {
                return;
            }
            let Some((image, tag)) = self.next_put() else {
                return;
            };
            if self.put_tokens == 0 {
                if !std::mem::replace(&mut self.refilling, true) {
                    self.ask(next, Job::Refill, Ask::Wait(PACE));
                }
                return;
            }
            self.put_tokens -= 1;
            let call = self.put_call(image, tag);
            match tag {
                Some(tag) => {
                    self.tags[tag].putting = true;
                    self.tags[tag].tries = self.tags[tag].tries.saturating_add(1);
                }
                None => self.images[image].putting = true,
            }
            self.ask(next, Job::Put(image, tag), Ask::Call(call));
        }
    }

    /// An image, or a tag of one, whose turn it is.
    fn next_put(&self) -> Option<(usize, Option<usize>)> {
        let ready = |at: &usize| self.is_ready(*at);
        let left: Vec<usize> = (0..self.images.len())
            .filter(|at| !self.images[*at].done)
            .collect();
        // Tags come last; the last image is put under its tag at once.
        if let [only] = left[..] {
            let image = &self.images[only];
            if image.putting || !self.is_ready(only) {
                return None;
            }
            let under_way = self.tags.iter().any(|tag| tag.image == only && tag.putting);
            let tag = self.next_tag(|tag| tag == only);
            return (!under_way).then_some((only, tag));
        }
        if left.is_empty() {
            let tag = self.next_tag(|_| true)?;
            return Some((self.tags[tag].image, Some(tag)));
        }
        let mut left = left.into_iter().filter(|at| !self.images[*at].putting);
        left.find(ready).map(|at| (at, None))
    }

    fn next_tag(&self, of: impl Fn(usize) -> bool) -> Option<usize> {
        self.tags
            .iter()
            .position(|tag| tag.state == TagState::Wanted && !tag.putting && of(tag.image))
    }

    /// Whether all that an image needs is there.
    fn is_ready(&self, at: usize) -> bool {
        let image = &self.images[at];
        let about = match image.role {
            Role::Referrer => image.about,
            _ => None,
        };
        image.text.is_some()
            && image
                .blobs
                .iter()
                .all(|at| self.layers[*at].stage.is_settled())
            && image.children.iter().all(|at| self.images[*at].done)
            && about.is_none_or(|at| self.images[at].done)
    }

    fn put_call(&self, image: usize, tag: Option<usize>) -> Call {
        let image = &self.images[image];
        let text = image.text.as_deref().unwrap_or_default();
        let mut body = json!({ "imageManifest": text, "imageDigest": image.digest });
        if let Some(media_type) = &image.media_type {
            body["imageManifestMediaType"] = media_type.as_str().into();
        }
        if let Some(tag) = tag {
            body["imageTag"] = self.tags[tag].tag.as_str().into();
        }
        Call::of_repository(&self.setup.destination, "PutImage", body)
    }

    pub(super) fn was_put(
        &mut self,
        image: usize,
        tag: Option<usize>,
        answer: Answer,
        next: &mut Next,
    ) -> Result<(), EcrError> {
        match tag {
            Some(tag) => self.tags[tag].putting = false,
            None => self.images[image].putting = false,
        }
        let error = match answer.json() {
            Ok(body) => {
                self.setup.destination.learn(&body["image"]);
                let have = body.pointer("/image/imageId/imageDigest");
                let have = have.and_then(Value::as_str);
                let want = self.images[image].digest.as_str();
                if let Some(have) = have.filter(|have| *have != want) {
                    return Err(EcrError::DigestMismatch {
                        what: "a manifest at the destination".into(),
                        want: want.to_owned(),
                        have: have.to_owned(),
                    });
                }
                self.images[image].done = true;
                self.settle_tag(image, tag, TagState::Put, next);
                return Ok(());
            }
            Err(error) => error,
        };
        let refused = error.is("ImageTagAlreadyExistsException");
        if refused || error.is("ImageAlreadyExistsException") {
            let Some(tag) = tag else {
                self.images[image].done = true;
                self.tell_image(next, image, None, "present");
                return Ok(());
            };
            // Which image the tag names decides, not the code.
            self.tags[tag].putting = true;
            let reference = Reference {
                digest: None,
                tag: Some(self.tags[tag].tag.clone()),
            };
            let call = batch_get(&self.setup.destination, &[reference]);
            self.ask(next, Job::ReadBack(tag, refused), Ask::Call(call));
            return Ok(());
        }
        if error.is("LayersNotFoundException") {
            return self.repair_layers(image, error);
        }
        if error.is("ReferencedImagesNotFoundException") {
            return self.repair_children(image, error);
        }
        Err(error)
    }

    fn settle_tag(&mut self, image: usize, tag: Option<usize>, state: TagState, next: &mut Next) {
        if let Some(tag) = tag {
            self.tags[tag].state = state;
        }
        let name = tag.map(|tag| self.tags[tag].tag.clone());
        let stage = match state {
            TagState::Put | TagState::Wanted => "put",
            TagState::Present => "present",
            TagState::Skipped => "skipped",
        };
        self.tell_image(next, image, name.as_deref(), stage);
    }

    pub(super) fn read_back(
        &mut self,
        tag: usize,
        refused: bool,
        answer: Answer,
        next: &mut Next,
    ) -> Result<(), EcrError> {
        let (found, _) = got(answer)?;
        let image = self.tags[tag].image;
        let wanted = &mut self.tags[tag];
        wanted.putting = false;
        wanted.have = found.first().map(|it| it.digest.clone());
        if wanted.have.as_deref() == Some(self.images[image].digest.as_str()) {
            self.images[image].done = true;
            self.settle_tag(image, Some(tag), TagState::Present, next);
            return Ok(());
        }
        if refused && self.setup.on_conflict == OnConflict::Skip {
            self.settle_tag(image, Some(tag), TagState::Skipped, next);
            return Ok(());
        }
        // Somebody moved it meanwhile; whoever comes last wins, but not for ever.
        match refused || self.tags[tag].tries >= TAG_TRIES {
            true => Err(self.conflict(tag)),
            false => Ok(()),
        }
    }

    /// Moves again what the destination lost; once, since it may lose it again.
    fn repair_layers(&mut self, image: usize, error: EcrError) -> Result<(), EcrError> {
        if std::mem::replace(&mut self.images[image].repaired, true) {
            return Err(error);
        }
        let named = named(&error);
        let blobs = self.images[image].blobs.clone();
        let is_named = |at: &usize| {
            named
                .iter()
                .any(|it| it == self.layers[*at].digest.as_str())
        };
        let lost: Vec<usize> = blobs.iter().copied().filter(is_named).collect();
        let stage = match lost.is_empty() {
            true => Stage::Unknown,
            false => Stage::Waiting,
        };
        let again = if lost.is_empty() { blobs } else { lost };
        for at in again {
            if stage == Stage::Waiting || self.layers[at].stage != Stage::Foreign {
                self.layers[at].settle(stage);
            }
        }
        if stage == Stage::Unknown {
            self.phase = Phase::Discover;
        }
        Ok(())
    }

    /// The same for images of an index.
    fn repair_children(&mut self, image: usize, error: EcrError) -> Result<(), EcrError> {
        let named = named(&error);
        let children = self.images[image].children.clone();
        let is_named = |at: &usize| {
            named
                .iter()
                .any(|it| it == self.images[*at].digest.as_str())
        };
        let lost: Vec<usize> = children.iter().copied().filter(is_named).collect();
        let again = if lost.is_empty() { children } else { lost };
        if again.is_empty() || std::mem::replace(&mut self.images[image].repaired, true) {
            return Err(error);
        }
        for at in again {
            self.images[at].there = None;
            self.images[at].done = false;
        }
        self.phase = Phase::Discover;
        Ok(())
    }
}

/// The digests that a refusal names between brackets.
fn named(error: &EcrError) -> Vec<String> {
    let EcrError::Refused { refusal } = error else {
        return Vec::new();
    };
    let message = refusal.message.as_deref().unwrap_or_default();
    let Some((_, rest)) = message.split_once('[') else {
        return Vec::new();
    };
    let list = rest.split(']').next().unwrap_or_default();
    list.split(',').map(|it| it.trim().to_owned()).collect()
}
