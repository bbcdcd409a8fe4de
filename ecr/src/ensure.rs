//! Repositories made to be as they should be.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use spola::VecMap;

use crate::call::Call;
use crate::error::EcrError;
use crate::kept::{kept, words};
use crate::place::{Located, Options};
use crate::policy::{NO_LIFECYCLE, NO_POLICY, policy_text, put_lifecycle, put_policy, same_policy};
use crate::repository::{EXISTS, NOT_FOUND, Properties, describe, described};
use crate::resource_tags::{Change, TagMode, list_tags, tags_of};
use crate::script::{Answer, Ask, Next, Script};
use crate::values::{put_into, set, taken};

/// `ensure-repository`: created where it is missing, else only what differs is changed.
/// What is not given stays as it is. Gives `repository`, `change` (`created`, `updated`
/// or `unchanged`) and `changes`: the names of what was changed.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct EnsureRepository {
    /// Its name, address or ARN.
    pub repository: String,
    /// `MUTABLE` or `IMMUTABLE` tags.
    pub mutability: Option<String>,
    /// Tags to which the opposite applies, with `*` for any characters.
    pub exclusions: Vec<String>,
    /// Whether images are scanned as they arrive.
    pub scan_on_push: Option<bool>,
    /// `AES256`, `KMS` or `KMS_DSSE`; cannot be changed later.
    pub encryption: Option<String>,
    /// The key of `KMS`; cannot be changed later.
    pub kms_key: Option<String>,
    /// Its tags.
    pub tags: VecMap<String, String>,
    /// How they change those that are there.
    pub tag_mode: TagMode,
    /// Its lifecycle policy: an object or its text.
    pub lifecycle_policy: Option<Value>,
    /// Its access policy: an object or its text.
    pub policy: Option<Value>,
}

/// The script of [`EnsureRepository`].
#[derive(Clone, Debug)]
pub(crate) struct Ensuring {
    at: Located,
    properties: Properties,
    tags: VecMap<String, String>,
    tag_mode: TagMode,
    lifecycle: Option<String>,
    policy: Option<String>,
    stage: Stage,
    /// How often it was looked for: one that comes and goes is not followed for ever.
    looks: u32,
    created: bool,
    repository: Value,
    /// What was changed, in order.
    changes: Vec<String>,
    owed: usize,
}

kept! {
    Ensuring {
        at, properties, tags, tag_mode, lifecycle, policy, stage, looks, created, repository, changes,
        owed
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Looking,
    Creating,
    /// What is there is read and, where it differs, changed.
    Reconciling,
}

words! {
    Stage { Looking: "Looking", Creating: "Creating", Reconciling: "Reconciling" }
}

/// Which answer is which.
const TAGS: u64 = 1;
const LIFECYCLE: u64 = 2;
const POLICY: u64 = 3;
const CHANGED: u64 = 4;

const MOST_LOOKS: u32 = 4;

impl Script for Ensuring {
    type Arguments = EnsureRepository;

    fn begin(arguments: EnsureRepository, options: &Options) -> Result<Self, EcrError> {
        let text = |policy: Option<Value>| {
            let policy = policy.as_ref();
            policy
                .map(|policy| policy_text("ensure-repository", policy))
                .transpose()
        };
        Ok(Self {
            at: Located::named(&arguments.repository, options)?,
            properties: Properties {
                mutability: arguments.mutability,
                exclusions: arguments.exclusions,
                scan_on_push: arguments.scan_on_push,
                encryption: arguments.encryption,
                kms_key: arguments.kms_key,
            },
            tags: arguments.tags,
            tag_mode: arguments.tag_mode,
            lifecycle: text(arguments.lifecycle_policy)?,
            policy: text(arguments.policy)?,
            stage: Stage::Looking,
            looks: 0,
            created: false,
            repository: Value::Null,
            changes: Vec::new(),
            owed: 0,
        })
    }

    fn next(&mut self, answer: Option<Answer>) -> Result<Next, EcrError> {
        let Some(answer) = answer else {
            return Ok(Next::call(describe(&self.at)));
        };
        match self.stage {
            Stage::Looking => self.looked(answer),
            Stage::Creating => self.created(answer),
            Stage::Reconciling => self.reconciled(answer),
        }
    }
}

impl Ensuring {
    fn looked(&mut self, answer: Answer) -> Result<Next, EcrError> {
        self.looks = self.looks.saturating_add(1);
        let missing: &[&str] = match self.looks < MOST_LOOKS {
            true => &[NOT_FOUND],
            false => &[],
        };
        match answer.json_unless(missing)? {
            Some(body) => {
                self.repository = described(body);
                self.reconcile()
            }
            None => {
                self.stage = Stage::Creating;
                Ok(Next::call(self.properties.create(&self.at, &self.tags)))
            }
        }
    }

    fn created(&mut self, answer: Answer) -> Result<Next, EcrError> {
        let ours = answer.in_doubt;
        match answer.json_unless(&[EXISTS])? {
            Some(mut body) => {
                self.created = true;
                self.repository = taken(&mut body, "/repository");
                self.reconcile()
            }
            // Another was faster, or an earlier sending was carried out.
            None => {
                self.created = ours;
                self.stage = Stage::Looking;
                Ok(Next::call(describe(&self.at)))
            }
        }
    }

    /// Asks for what the description does not tell, and changes what it tells otherwise.
    fn reconcile(&mut self) -> Result<Next, EcrError> {
        self.stage = Stage::Reconciling;
        let mut asks = Vec::new();
        let new = self.created;
        if !new {
            self.check_encryption()?;
            asks.extend(self.mutability().map(|call| (CHANGED, call)));
            asks.extend(self.scanning().map(|call| (CHANGED, call)));
            if !self.tags.is_empty() || self.tag_mode == TagMode::Overwrite {
                let arn = &self.repository["repositoryArn"];
                asks.push((TAGS, list_tags(&self.at.place, arn)));
            }
        }
        if let Some(text) = &self.lifecycle {
            asks.push(match new {
                true => (CHANGED, put_lifecycle(&self.at, text)),
                false => (LIFECYCLE, self.ask_for("GetLifecyclePolicy")),
            });
        }
        if let Some(text) = &self.policy {
            asks.push(match new {
                true => (CHANGED, put_policy(&self.at, text, false)),
                false => (POLICY, self.ask_for("GetRepositoryPolicy")),
            });
        }
        self.owed = asks.len();
        Ok(self.more(asks))
    }

    fn ask_for(&self, operation: &'static str) -> Call {
        Call::of_repository(&self.at, operation, json!({}))
    }

    /// Goes on, or ends where nothing is owed any more.
    fn more(&mut self, asks: Vec<(u64, Call)>) -> Next {
        if self.owed == 0 {
            return self.done();
        }
        let asks = asks.into_iter();
        asks.fold(Next::more(), |next, (key, call)| {
            next.and(key, Ask::Call(call))
        })
    }

    fn reconciled(&mut self, answer: Answer) -> Result<Next, EcrError> {
        let calls = match answer.key {
            TAGS => self.retag(answer)?,
            LIFECYCLE => {
                let have = answer.json_unless(&[NO_LIFECYCLE])?.unwrap_or_default();
                let want = self.lifecycle.as_deref().unwrap_or_default();
                let same = same_policy(&have["lifecyclePolicyText"], want);
                let call = (!same).then(|| put_lifecycle(&self.at, want));
                self.changing("lifecyclePolicy", call)
            }
            POLICY => {
                let have = answer.json_unless(&[NO_POLICY])?.unwrap_or_default();
                let want = self.policy.as_deref().unwrap_or_default();
                let same = same_policy(&have["policyText"], want);
                let call = (!same).then(|| put_policy(&self.at, want, false));
                self.changing("policy", call)
            }
            _ => {
                answer.json()?;
                Vec::new()
            }
        };
        self.owed = self.owed.saturating_sub(1).saturating_add(calls.len());
        Ok(self.more(calls.into_iter().map(|call| (CHANGED, call)).collect()))
    }

    fn changing(&mut self, what: &str, call: Option<Call>) -> Vec<Call> {
        if call.is_some() {
            put_into(&mut self.changes, what.to_owned());
        }
        call.into_iter().collect()
    }

    fn retag(&mut self, answer: Answer) -> Result<Vec<Call>, EcrError> {
        let have = tags_of(answer.json()?);
        let change = Change::of(self.tag_mode, &have, &self.tags, &[]);
        let calls = change.calls(&self.at.place, &self.repository["repositoryArn"]);
        if !calls.is_empty() {
            put_into(&mut self.changes, "tags".into());
        }
        Ok(calls)
    }

    fn mutability(&mut self) -> Option<Call> {
        let want = self.properties.mutability()?;
        let filters = self.properties.exclusions();
        let have = &self.repository["imageTagMutabilityExclusionFilters"];
        let none = have.is_null() && self.properties.exclusions.is_empty();
        if self.repository["imageTagMutability"] == want && (none || *have == filters) {
            return None;
        }
        put_into(&mut self.changes, "mutability".into());
        let mut body = json!({ "imageTagMutability": want });
        if !self.properties.exclusions.is_empty() {
            body["imageTagMutabilityExclusionFilters"] = filters.clone();
            let name = "imageTagMutabilityExclusionFilters";
            set(&mut self.repository, name, filters);
        }
        set(&mut self.repository, "imageTagMutability", want.into());
        Some(Call::of_repository(&self.at, "PutImageTagMutability", body))
    }

    fn scanning(&mut self) -> Option<Call> {
        let want = self.properties.scan_on_push?;
        let have = &self.repository["imageScanningConfiguration"]["scanOnPush"];
        if have.as_bool().unwrap_or_default() == want {
            return None;
        }
        put_into(&mut self.changes, "scanOnPush".into());
        let name = "imageScanningConfiguration";
        let scanning = json!({ "scanOnPush": want });
        set(&mut self.repository, name, scanning.clone());
        let body = json!({ "imageScanningConfiguration": scanning });
        let operation = "PutImageScanningConfiguration";
        Some(Call::of_repository(&self.at, operation, body))
    }

    /// How images are encrypted is settled when a repository is created.
    fn check_encryption(&self) -> Result<(), EcrError> {
        let have = &self.repository["encryptionConfiguration"];
        let kind = have["encryptionType"].as_str().unwrap_or("AES256");
        let refused = |have: &str, want: &str| {
            Err(EcrError::CannotChange {
                repository: self.at.shown(),
                what: "encryption",
                have: have.to_owned(),
                want: want.to_owned(),
            })
        };
        match self.properties.encryption_type() {
            Some(want) if want != kind => return refused(kind, &want),
            _ => {}
        }
        match (&self.properties.kms_key, have["kmsKey"].as_str()) {
            (Some(want), Some(have)) if !same_key(want, have) => refused(have, want),
            _ => Ok(()),
        }
    }

    fn done(&mut self) -> Next {
        let change = match (self.created, self.changes.is_empty()) {
            (true, _) => "created",
            (false, false) => "updated",
            (false, true) => "unchanged",
        };
        Next::done(json!({
            "repository": self.repository.take(),
            "change": change,
            "changes": self.changes,
        }))
    }
}

/// Whether two names may be of one key: an alias cannot be told from its key.
fn same_key(want: &str, have: &str) -> bool {
    want == have || want.contains("alias/") || have.ends_with(&format!("/{want}"))
}
