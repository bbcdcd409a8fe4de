//! What refers to an image: signatures, attestations, SBOMs.

use serde_json::Value;

use crate::digest::Digest;
use crate::error::EcrError;
use crate::pages::Pages;
use crate::place::Reference;
use crate::script::{Answer, Ask, Next};

use super::discover::MOST_IMAGES;
use super::state::{Copying, Job, Role};

/// What the tags end with under which something is kept that refers to an image.
const NAMED: [&str; 4] = ["", ".sig", ".att", ".sbom"];

fn by_name((_, name): &(usize, String)) -> Reference {
    Reference {
        digest: None,
        tag: Some(name.clone()),
    }
}

impl Copying {
    /// Asks what refers to the images.
    pub(super) fn list_referrers(&mut self, next: &mut Next) -> bool {
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
    pub(super) fn look_names_up(&mut self, next: &mut Next) -> bool {
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
}
