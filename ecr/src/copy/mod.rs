//! Copying images between repositories, accounts and regions.

mod arguments;
mod discover;
mod hash;
mod layer;
mod moving;
mod put;
mod report;
mod source;
mod state;

use serde::{Deserialize, Serialize};

use crate::error::EcrError;
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
        if self.phase == Phase::Root {
            self.read_root(next);
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
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Planning(Copying);

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
