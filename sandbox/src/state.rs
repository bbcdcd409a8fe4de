//! Everything the sandbox holds, as it is stored.

use crate::answer::digest;
use crate::build::Stage;
use crate::error::SandboxError;
use crate::fault::Fault;
use crate::registry::{Layer, Registry, Repository};
use crate::store::Blobs;
use crate::time::Time;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The layout's version.
pub(crate) const VERSION: u32 = 1;
/// The account of callers that the settings do not name.
pub(crate) const ACCOUNT: &str = "123456789012";
/// The region of requests that name none, unless the settings have another.
pub(crate) const REGION: &str = "us-east-1";

/// Whether PutImage looks for the layers and images that a manifest names.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum LayerRule {
    /// As the service does.
    #[default]
    Checked,
    /// Any manifest is taken.
    Trusted,
}

/// How full pages are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Paging {
    /// Every page but the last is full.
    #[default]
    Full,
    /// Pages are short, and now and then empty, as the service may give them.
    Short,
}

/// What PutImage answers on an immutable tag that holds the same image; reports differ.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ImmutableRepeat {
    /// `ImageTagAlreadyExistsException`.
    #[default]
    Tag,
    /// `ImageAlreadyExistsException`.
    Image,
}

/// What can be set; see the `settings` control path.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(crate) struct Settings {
    /// The account of callers that `callers` does not name.
    pub(crate) account: String,
    /// The region of requests that name none.
    pub(crate) region: String,
    /// Accounts by access key id.
    pub(crate) callers: BTreeMap<String, String>,
    pub(crate) layers: LayerRule,
    pub(crate) paging: Paging,
    pub(crate) immutable_repeat: ImmutableRepeat,
    /// The part size that InitiateLayerUpload names.
    pub(crate) part_bytes: u64,
    /// The least size of every part but the last.
    pub(crate) smallest_part_bytes: u64,
    /// How long a download URL is good for.
    pub(crate) url_seconds: u64,
    /// The most images in one repository.
    pub(crate) images_per_repository: usize,
    /// The most repositories in one registry.
    pub(crate) repositories_per_registry: usize,
    /// Whether a signature's date over five minutes off is refused.
    pub(crate) check_clock: bool,
    /// Whether signatures are computed again, and refused where they differ.
    pub(crate) verify_signatures: bool,
    /// Secret access keys by access key id; callers with others are not recognized.
    pub(crate) secret_keys: BTreeMap<String, String>,
    /// Session tokens that have expired.
    pub(crate) expired_tokens: Vec<String>,
    /// The stages of an image build that runs to its end.
    pub(crate) build_stages: Vec<Stage>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            account: ACCOUNT.to_owned(),
            region: REGION.to_owned(),
            callers: BTreeMap::new(),
            layers: LayerRule::default(),
            paging: Paging::default(),
            immutable_repeat: ImmutableRepeat::default(),
            part_bytes: 10 << 20,
            smallest_part_bytes: 5 << 20,
            url_seconds: 3600,
            images_per_repository: 100_000,
            repositories_per_registry: 100_000,
            check_clock: false,
            verify_signatures: false,
            secret_keys: BTreeMap::new(),
            expired_tokens: Vec::new(),
            build_stages: Stage::usual(),
        }
    }
}

/// Everything the sandbox holds.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct State {
    pub(crate) version: u32,
    /// Whether a region that is asked for the first time starts with the sample registry.
    #[serde(default)]
    pub(crate) sample: bool,
    /// Counts what got an id: requests, uploads.
    #[serde(default)]
    pub(crate) counter: u64,
    /// The latest time that a request came with.
    #[serde(default)]
    pub(crate) latest: Time,
    #[serde(default)]
    pub(crate) settings: Settings,
    /// Layers that every repository has.
    #[serde(default)]
    pub(crate) shared_layers: BTreeMap<String, Layer>,
    /// Registries by account and region.
    #[serde(default)]
    pub(crate) registries: BTreeMap<String, BTreeMap<String, Registry>>,
    #[serde(default)]
    pub(crate) faults: Vec<Fault>,
    /// The bytes of layers and uploads, but not those that the host keeps.
    #[serde(default)]
    pub(crate) blobs: Blobs,
}

impl State {
    pub(crate) fn empty() -> Self {
        Self {
            version: VERSION,
            sample: false,
            counter: 0,
            latest: Time::default(),
            settings: Settings::default(),
            shared_layers: BTreeMap::new(),
            registries: BTreeMap::new(),
            faults: Vec::new(),
            blobs: Blobs::default(),
        }
    }

    /// Reads a stored state; [`State::take_over`] checks it.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, SandboxError> {
        #[derive(Deserialize)]
        struct Versioned {
            version: u32,
        }
        let unreadable = |error: serde_json::Error| SandboxError::Unreadable {
            reason: error.to_string(),
        };
        let Versioned { version } = serde_json::from_slice(bytes).map_err(unreadable)?;
        if version != VERSION {
            return Err(SandboxError::UnknownVersion {
                found: version,
                understood: VERSION,
            });
        }
        serde_json::from_slice(bytes).map_err(unreadable)
    }

    /// Puts another state in the place of this one, which stays where the other is refused. The
    /// host's store stays too, and loses what nobody names any more.
    ///
    /// The bytes of layers are compared with their digests where the state holds them; where the
    /// host keeps them only their number is looked at.
    pub(crate) fn take_over(&mut self, mut new: Self) -> Result<(), SandboxError> {
        for (key, bytes) in new.blobs.held() {
            let computed = digest(bytes);
            if computed != *key && !crate::text::uuid(key) {
                return Err(SandboxError::WrongDigest {
                    repository: String::new(),
                    stored: key.clone(),
                    computed,
                });
            }
        }
        *new.blobs.host_mut() = self.blobs.host_mut().take();
        let settled = new.index().and_then(|()| new.settle());
        if let Err(error) = settled {
            *self.blobs.host_mut() = new.blobs.host_mut().take();
            return Err(error);
        }
        *self = new;
        Ok(())
    }

    fn index(&mut self) -> Result<(), SandboxError> {
        for (digest, layer) in &self.shared_layers {
            layer.check(digest, "", &self.blobs)?;
        }
        for (account, regions) in &mut self.registries {
            if !crate::text::account(account) {
                return Err(SandboxError::BadName {
                    name: account.clone(),
                });
            }
            for (region, registry) in regions {
                if !crate::text::region(region) {
                    return Err(SandboxError::BadName {
                        name: region.clone(),
                    });
                }
                registry.index(&self.blobs)?;
            }
        }
        Ok(())
    }

    /// Moves large layers to the host's store, which loses what nobody names.
    pub(crate) fn settle(&mut self) -> Result<(), SandboxError> {
        let mut named: BTreeSet<&str> = self.shared_layers.keys().map(String::as_str).collect();
        for repository in repositories(&self.registries) {
            named.extend(repository.layers.keys().map(String::as_str));
            named.extend(repository.uploads.keys().map(String::as_str));
        }
        let settled = self.blobs.settle(|key| named.contains(key));
        settled.map_err(|error| SandboxError::Store { error })
    }

    /// Removes the bytes of a repository that is gone, but not those that others have too.
    pub(crate) fn release(&mut self, gone: &Repository) {
        for id in gone.uploads.keys() {
            self.blobs.delete(id);
        }
        for digest in gone.layers.keys() {
            let elsewhere = self.shared_layers.contains_key(digest)
                || repositories(&self.registries).any(|other| other.layers.contains_key(digest));
            if !elsewhere {
                self.blobs.delete(digest);
            }
        }
    }

    /// A UUID that was not given before.
    pub(crate) fn next_id(&mut self) -> String {
        self.counter = self.counter.wrapping_add(1);
        let high = mix(self.counter);
        let low = mix(high ^ self.counter);
        format!(
            "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
            high >> 32,
            (high >> 16) & 0xffff,
            high & 0xfff,
            ((low >> 48) & 0x3fff) | 0x8000,
            low & 0xffff_ffff_ffff
        )
    }
}

fn repositories(
    registries: &BTreeMap<String, BTreeMap<String, Registry>>,
) -> impl Iterator<Item = &Repository> {
    let registries = registries.values().flat_map(BTreeMap::values);
    registries.flat_map(|registry| registry.repositories.values())
}

/// The finalizer of splitmix64: spreads a counter over all bits.
fn mix(value: u64) -> u64 {
    let mut z = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
