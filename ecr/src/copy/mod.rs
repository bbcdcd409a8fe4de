//! Copying images between repositories, accounts and regions.
//!
//! **The order.** The image that is named is read; the destination is asked for it and for
//! the tags in one call. What is there ends there: an image in ECR has its layers, an index
//! its images. Of what is absent the manifests are read, a hundred a call, and the layers
//! looked for, a hundred a call. Until then nothing is changed: a plan ends here. Layers are
//! moved, images put once their layers and images are there, without tags; what refers to
//! an image after that image; tags at the very end, so that whoever follows a tag finds
//! all of it.
//!
//! **What it costs.** Two calls where all is there. A layer: where it is, an upload, two
//! requests for each part, the completion. One PutImage for each image, the last one under
//! its first tag, and one for each further tag; ten at once, then ten a second, which is
//! what ECR takes.
//!
//! **Memory.** A layer has at most two parts in memory: one being written, the next being
//! read meanwhile. All layers share one budget, `parts_at_once` times the part size. A part
//! that is being written is in memory twice, the second time as base64 in its request, so
//! the ceiling is 7/3 of the budget: 94 MiB with the defaults, whatever the image's size.
//!
//! **Stopped and resumed.** A snapshot holds manifests, the place that each layer has come to,
//! the upload's id, and the state of its hash, 105 bytes; no bytes of layers, no presigned
//! URL, no token. *The hash goes on from its kept state; nothing is hashed again.* To hash
//! again what was written would mean to read it again from the source, which costs as much
//! as half of the copy; and nothing is lost by not doing so: whoever could change the
//! snapshot gains nothing, since the destination hashes the whole layer once more and
//! refuses it under any other digest. What was read but not yet taken in is read again, and
//! a part whose answer was lost is offered again: the refusal tells up to where it arrived.
//!
//! **Trust.** Every manifest and layer is checked against its digest before it counts. The
//! last part of a layer is only written if the whole is right; if not, the layer is begun
//! again twice at most. Credentials go to the hosts that the arguments and the options say,
//! never to one that an answer names: what a presigned URL or a redirect leads to is asked
//! without any.
//!
//! **Other registries** are read by the OCI Distribution protocol, with what they ask for:
//! nothing, user and password, or a token from the place that they name. User and password
//! are told to that place only if it belongs to the registry by its name. A token stays in
//! memory. Redirects are followed five times at most, never from https to http, and never
//! from outside into a private network.
//!
//! **Manifests** are copied byte for byte, of every type that ECR takes. Only an index of
//! some of its platforms is another document with another digest; whose attestations name
//! one of these images stay in it.
//!
//! Unspecified: of a registry that gives layers whole where a part is asked for, only
//! layers of one part can be copied.

mod arguments;
mod challenge;
mod discover;
mod hash;
mod layer;
mod moving;
mod put;
mod referrers;
mod remote;
mod report;
mod root;
mod source;
mod state;

use crate::error::EcrError;
use crate::kept::newtypes;
use crate::place::Options;
use crate::script::{Answer, Next, Script};

use self::arguments::Setup;
use self::state::{Job, Phase};

pub use self::arguments::{CopyImage, OnConflict, PlanCopy};
pub(crate) use self::state::Copying;

/// How many requests are under way at once: the limits on layers and parts are tighter.
const AT_ONCE: usize = 64;

/// How often a request is sent at most; moving gigabytes again costs more than a try.
const ATTEMPTS: u32 = 8;

impl Script for Copying {
    type Arguments = CopyImage;

    fn begin(arguments: CopyImage, options: &Options) -> Result<Self, EcrError> {
        Setup::of(arguments, options).map(|setup| Self::new(setup, false))
    }

    fn next(&mut self, answer: Option<Answer>) -> Result<Next, EcrError> {
        let mut next = Next::more();
        if let Some(answer) = answer
            && let Some(job) = self.jobs.remove(&answer.key)
        {
            self.answered(job, answer, &mut next)?;
        }
        self.advance(&mut next)?;
        Ok(next)
    }

    fn at_once(&self) -> usize {
        AT_ONCE
    }

    fn held_bytes(&self) -> u64 {
        Self::held_bytes(self)
    }

    fn check(&self) -> Result<(), &'static str> {
        Self::check(self)
    }

    const ATTEMPTS: u32 = ATTEMPTS;
}

impl Copying {
    fn answered(&mut self, job: Job, answer: Answer, next: &mut Next) -> Result<(), EcrError> {
        match job {
            Job::ReadRoot => self.root_read(answer),
            Job::SourceTags => self.source_tags_read(answer),
            Job::Find { images, tags } => self.found(&images, &tags, answer),
            Job::Config(digest) => self.config_read(&digest, answer),
            Job::Login => self.logged_in(answer),
            Job::Named(names) => self.named_read(names, answer),
            Job::Read(images) => self.images_read(&images, answer),
            Job::Referrers(image, pages) => self.referrers_read(image, pages, answer, next),
            Job::Mutability => self.mutability_read(answer),
            Job::Check(layers) => self.checked(&layers, answer, next),
            Job::Open(layer) => self.opened(layer, answer),
            Job::Locate(layer) => self.located(layer, answer),
            Job::ReadPart(layer, first, last) => self.part_read(layer, (first, last), answer),
            Job::WritePart(layer) => self.part_written(layer, answer, next),
            Job::Complete(layer) => self.completed(layer, answer, next),
            Job::Recheck(layer) => self.rechecked(layer, answer, next),
            Job::Put(image, tag) => self.was_put(image, tag, answer, next),
            Job::ReadBack(tag, refused) => self.read_back(tag, refused, answer, next),
            Job::Refill => {
                self.refilling = false;
                self.put_tokens = self.put_tokens.saturating_add(1);
                Ok(())
            }
        }
    }

    fn advance(&mut self, next: &mut Next) -> Result<(), EcrError> {
        self.log_in(next)?;
        if self.phase == Phase::Root {
            self.read_root(next)?;
        }
        if self.phase == Phase::Discover && self.jobs.is_empty() {
            self.discover(next)?;
        }
        if self.phase == Phase::Move {
            if self.plan_only {
                next.done = Some(self.plan());
                return Ok(());
            }
            self.move_layers(next)?;
            self.put_images(next);
            if self.is_over() {
                next.done = Some(self.report());
            }
        }
        Ok(())
    }

    fn is_over(&self) -> bool {
        let images = self.images.iter().all(|image| image.done);
        let tags = self
            .tags
            .iter()
            .all(|tag| tag.state != state::TagState::Wanted);
        images && tags && self.phase == Phase::Move
    }
}

/// The script of [`PlanCopy`].
#[derive(Clone, Debug)]
pub(crate) struct Planning(Copying);

newtypes! { Planning }

impl Script for Planning {
    type Arguments = PlanCopy;

    fn begin(arguments: PlanCopy, options: &Options) -> Result<Self, EcrError> {
        Setup::of(arguments.0, options).map(|setup| Self(Copying::new(setup, true)))
    }

    fn next(&mut self, answer: Option<Answer>) -> Result<Next, EcrError> {
        self.0.next(answer)
    }

    fn check(&self) -> Result<(), &'static str> {
        self.0.check()
    }

    const ATTEMPTS: u32 = ATTEMPTS;
}
