//! The image that is named: read, and cut to the platforms that are wanted.

use serde_json::Value;
use spola::exchange::parse_json;

use crate::digest::Digest;
use crate::error::EcrError;
use crate::manifest::Manifest;
use crate::platform::Platform;
use crate::script::{Answer, Next, Reply};
use crate::values::put_into;

use super::state::{Copying, Job, Phase, Role};

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
                let mut known = Vec::new();
                let platforms = index.children.iter().flat_map(|child| &child.platform);
                for platform in platforms.filter(|platform| !platform.is_unknown()) {
                    put_into(&mut known, platform.to_string());
                }
                let platform = wanted.to_string();
                return Err(EcrError::PlatformNotFound { platform, known });
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
}

/// What is left of an index.
enum Chosen {
    One(Digest),
    Several(Box<Manifest>),
}
