//! What a copy knows: images, layers, tags, and what it asked for.

use spola::VecMap;
use spola::machine::Progress;

use crate::digest::Digest;
use crate::error::EcrError;
use crate::kept::{kept, variants, words};
use crate::manifest::Manifest;
use crate::pages::Pages;
use crate::platform::Platform;
use crate::script::{Ask, Next};

use super::arguments::Setup;
use super::layer::{Layer, Stage};

/// How many images may be put before the pace is kept.
pub(super) const PUT_BURST: u32 = 10;

/// Unspecified: the most bytes of all manifests of one copy; a snapshot holds them.
const MOST_TEXT: usize = 64 << 20;

/// A copy under way, as plain data.
#[derive(Clone, Debug)]
pub(crate) struct Copying {
    pub(super) setup: Setup,
    /// Whether it ends once all is known.
    pub(super) plan_only: bool,
    pub(super) phase: Phase,
    /// The first is the one that is named; the others belong to it.
    pub(super) images: Vec<Image>,
    image_of: VecMap<Digest, usize>,
    pub(super) layers: Vec<Layer>,
    layer_of: VecMap<Digest, usize>,
    pub(super) tags: Vec<WantedTag>,
    /// What was asked for and not answered, by the mark that the answer will have.
    pub(super) jobs: VecMap<u64, Job>,
    next_job: u64,
    /// How many images may be put now.
    pub(super) put_tokens: u32,
    pub(super) refilling: bool,
    pub(super) bytes_moved: u64,
    /// The config that tells for what platform a lone image is.
    pub(super) config: Option<Digest>,
    /// Tags under which something may be kept that refers to an image.
    pub(super) names: Vec<(usize, String)>,
    /// Whether tags of the repository may be moved, once that was asked.
    pub(super) mutability_known: bool,
}

kept! {
    Copying {
        setup, plan_only, phase, images, image_of, layers, layer_of, tags, jobs, next_job, put_tokens,
        refilling, bytes_moved, config, names, mutability_known
    }
}

/// How far it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// The image that is named is being read.
    Root,
    /// What belongs to it, and what of it is there already, is being found out.
    Discover,
    /// Layers are moved, images and tags put.
    Move,
}

words! {
    Phase { Root: "root", Discover: "discover", Move: "move" }
}

/// What an image is to the one that is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// It is that one.
    Root,
    /// An index names it.
    Child,
    /// It refers to another one.
    Referrer,
}

words! {
    Role { Root: "root", Child: "child", Referrer: "referrer" }
}

impl Role {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Root => "root",
            Self::Child => "child",
            Self::Referrer => "referrer",
        }
    }
}

/// A manifest that is to be at the destination.
#[derive(Clone, Debug)]
pub(super) struct Image {
    pub(super) digest: Digest,
    pub(super) role: Role,
    /// Its text, once it was read.
    pub(super) text: Option<String>,
    pub(super) media_type: Option<String>,
    pub(super) platform: Option<Platform>,
    /// The image that it refers to.
    pub(super) about: Option<usize>,
    /// The images of an index.
    pub(super) children: Vec<usize>,
    pub(super) expanded: bool,
    pub(super) blobs: Vec<usize>,
    /// Whether the destination had it, once that is known.
    pub(super) there: Option<bool>,
    /// Whether the destination has it now.
    pub(super) done: bool,
    pub(super) putting: bool,
    /// Whether what refers to it was asked for.
    pub(super) listed: bool,
    /// Whether the tags were thought of under which such may be kept.
    pub(super) named: bool,
    /// Whether what it misses was moved again once.
    pub(super) repaired: bool,
}

kept! {
    Image {
        digest, role, text, media_type, platform, about, children, expanded, blobs, there, done,
        putting, listed, named, repaired
    }
}

/// A tag that is to name an image.
#[derive(Clone, Debug)]
pub(super) struct WantedTag {
    pub(super) tag: String,
    pub(super) image: usize,
    /// Whether the destination was asked, and what it names there.
    pub(super) looked: bool,
    pub(super) have: Option<String>,
    pub(super) state: TagState,
    /// Whether the repository keeps it where it is.
    pub(super) stays: bool,
    pub(super) putting: bool,
    /// How often it was put.
    pub(super) tries: u32,
}

kept! { WantedTag { tag, image, looked, have, state, stays, putting, tries } }

/// What became of a tag.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TagState {
    /// It has to be put.
    Wanted,
    /// It was put.
    Put,
    /// It named the image.
    Present,
    /// It names another image, and is left there.
    Skipped,
}

words! {
    TagState { Wanted: "wanted", Put: "put", Present: "present", Skipped: "skipped" }
}

/// What was asked for.
#[derive(Clone, Debug)]
pub(super) enum Job {
    ReadRoot,
    SourceTags,
    Find {
        images: Vec<usize>,
        tags: Vec<usize>,
    },
    Read(Vec<usize>),
    Config(Digest),
    Login,
    Referrers(usize, Option<Box<Pages>>),
    Named(Vec<(usize, String)>),
    Mutability,
    Check(Vec<usize>),
    Open(usize),
    Locate(usize),
    ReadPart(usize, u64, u64),
    WritePart(usize),
    Complete(usize),
    Recheck(usize),
    Put(usize, Option<usize>),
    ReadBack(usize, bool),
    Refill,
}

variants! {
    Job {
        ReadRoot: "read-root", SourceTags: "source-tags", Find { images, tags }: "find",
        Read(images): "read", Config(digest): "config", Login: "login",
        Referrers(image, pages): "referrers", Named(names): "named", Mutability: "mutability",
        Check(layers): "check", Open(layer): "open", Locate(layer): "locate",
        ReadPart(layer, first, last): "read-part", WritePart(layer): "write-part",
        Complete(layer): "complete", Recheck(layer): "recheck", Put(image, tag): "put",
        ReadBack(tag, refused): "read-back", Refill: "refill";
        else Self::ReadRoot
    }
}

impl Copying {
    pub(super) fn new(setup: Setup, plan_only: bool) -> Self {
        Self {
            setup,
            plan_only,
            phase: Phase::Root,
            images: Vec::new(),
            image_of: VecMap::new(),
            layers: Vec::new(),
            layer_of: VecMap::new(),
            tags: Vec::new(),
            jobs: VecMap::new(),
            next_job: 0,
            put_tokens: PUT_BURST,
            refilling: false,
            bytes_moved: 0,
            config: None,
            names: Vec::new(),
            mutability_known: false,
        }
    }

    /// Asks for something.
    pub(super) fn ask(&mut self, next: &mut Next, job: Job, ask: Ask) {
        let key = self.next_job;
        self.next_job = key.saturating_add(1);
        self.jobs.insert(key, job);
        next.asks.push((key, ask));
    }

    /// The image of a digest, made where it is not there.
    pub(super) fn image(&mut self, digest: &Digest, role: Role) -> usize {
        if let Some(at) = self.image_of.get(digest) {
            return *at;
        }
        let at = self.images.len();
        self.image_of.insert(digest.clone(), at);
        self.images.push(Image {
            digest: digest.clone(),
            role,
            text: None,
            media_type: None,
            platform: None,
            about: None,
            children: Vec::new(),
            expanded: false,
            blobs: Vec::new(),
            there: None,
            done: false,
            putting: false,
            listed: false,
            named: false,
            repaired: false,
        });
        at
    }

    /// Takes the text of an image.
    pub(super) fn read(&mut self, at: usize, manifest: &Manifest) -> Result<(), EcrError> {
        let texts = self.images.iter().filter_map(|image| image.text.as_ref());
        let known: usize = texts.map(String::len).sum();
        if known + manifest.text().len() > MOST_TEXT {
            return Err(EcrError::UnsupportedManifest {
                image: manifest.digest().to_string(),
                reason: "the manifests that belong to it have over 64 MiB".into(),
            });
        }
        let mut blobs = Vec::new();
        for blob in manifest.blobs() {
            let layer = self.layer(&blob.digest, blob.size, blob.media_type.as_deref());
            if blob.foreign && self.layers[layer].stage == Stage::Unknown {
                self.layers[layer].stage = Stage::Foreign;
            } else if self.layers[layer].stage == Stage::Foreign && !blob.foreign {
                self.layers[layer].stage = Stage::Unknown;
            }
            if blob.digest.algorithm() != "sha256" {
                return Err(EcrError::UnsupportedManifest {
                    image: manifest.digest().to_string(),
                    reason: format!(
                        "its layer {} has a digest that ECR does not know",
                        blob.digest
                    ),
                });
            }
            blobs.push(layer);
        }
        if let Some(image) = self.images.get_mut(at) {
            image.text = Some(manifest.text().to_owned());
            image.media_type = Some(manifest.kind().as_str().to_owned());
            image.blobs = blobs;
        }
        Ok(())
    }

    fn layer(&mut self, digest: &Digest, size: Option<u64>, media_type: Option<&str>) -> usize {
        if let Some(at) = self.layer_of.get(digest) {
            return *at;
        }
        let at = self.layers.len();
        self.layer_of.insert(digest.clone(), at);
        let media_type = media_type.map(str::to_owned);
        self.layers
            .push(Layer::new(digest.clone(), size, media_type));
        at
    }

    /// Wants a tag on an image.
    pub(super) fn want_tag(&mut self, tag: &str, image: usize) {
        if self.tags.iter().any(|wanted| wanted.tag == tag) {
            return;
        }
        self.tags.push(WantedTag {
            tag: tag.to_owned(),
            image,
            looked: false,
            have: None,
            state: TagState::Wanted,
            stays: false,
            putting: false,
            tries: 0,
        });
    }

    pub(super) fn tell_layer(&self, next: &mut Next, at: usize) {
        if let Some(layer) = self.layers.get(at) {
            next.told.push(Progress::Layer {
                digest: layer.digest.as_str().into(),
                stage: layer.stage.as_str(),
                done: layer.arrived(),
                total: layer.size.unwrap_or_default(),
            });
        }
    }

    pub(super) fn tell_image(
        &self,
        next: &mut Next,
        at: usize,
        tag: Option<&str>,
        stage: &'static str,
    ) {
        if let Some(image) = self.images.get(at) {
            next.told.push(Progress::Image {
                digest: image.digest.as_str().into(),
                tag: tag.map(Into::into),
                stage,
            });
        }
    }

    /// How many bytes of layers are kept in memory.
    pub(crate) fn held_bytes(&self) -> u64 {
        self.layers.iter().map(Layer::held).sum()
    }

    /// Checks that every place named is one: a damaged snapshot is refused here.
    pub(crate) fn check(&self) -> Result<(), &'static str> {
        let (images, layers, tags) = (self.images.len(), self.layers.len(), self.tags.len());
        let image = |at: &usize| *at < images;
        let layer = |at: &usize| *at < layers;
        let tag = |at: &usize| *at < tags;
        let image_is_whole = |it: &Image| {
            it.children.iter().all(image)
                && it.about.iter().all(image)
                && it.blobs.iter().all(layer)
        };
        let job_is_whole = |job: &Job| match job {
            Job::ReadRoot
            | Job::SourceTags
            | Job::Config(_)
            | Job::Login
            | Job::Mutability
            | Job::Refill => true,
            Job::Named(of) => of.iter().all(|(at, _)| image(at)),
            Job::Find { images, tags } => images.iter().all(image) && tags.iter().all(tag),
            Job::Read(images) => images.iter().all(image),
            Job::Referrers(at, _) => image(at),
            Job::Check(at) => at.iter().all(layer),
            Job::Open(at)
            | Job::Locate(at)
            | Job::ReadPart(at, ..)
            | Job::WritePart(at)
            | Job::Complete(at)
            | Job::Recheck(at) => layer(at),
            Job::Put(at, of) => image(at) && of.iter().all(tag),
            Job::ReadBack(at, _) => tag(at),
        };
        let whole = self.images.iter().all(image_is_whole)
            && self.image_of.values().all(image)
            && self.layer_of.values().all(layer)
            && self.tags.iter().all(|it| image(&it.image))
            && self.names.iter().all(|(at, _)| image(at))
            && self.jobs.values().all(job_is_whole)
            && (self.phase == Phase::Root || images > 0);
        whole.then_some(()).ok_or("it names what is not there")
    }
}
