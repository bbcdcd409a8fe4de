//! Repositories: created, described, deleted.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use spola::VecMap;

use crate::call::Call;
use crate::error::EcrError;
use crate::kept::{kept, variants};
use crate::place::{Located, Options};
use crate::resource_tags::{Change, tags_of, tags_value};
use crate::script::{Answer, Next, Script};
use crate::single::Single;
use crate::values::taken;

/// What AWS says of a repository that is not there.
pub(crate) const NOT_FOUND: &str = "RepositoryNotFoundException";
/// What AWS says where it is to be created and is there.
pub(crate) const EXISTS: &str = "RepositoryAlreadyExistsException";

/// How a repository is to be.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Properties {
    pub(crate) mutability: Option<String>,
    pub(crate) exclusions: Vec<String>,
    pub(crate) scan_on_push: Option<bool>,
    pub(crate) encryption: Option<String>,
    pub(crate) kms_key: Option<String>,
}

kept! {
    Properties {
        mutability, exclusions, scan_on_push as "scanOnPush", encryption, kms_key as "kmsKey"
    }
}

impl Properties {
    /// The tags' mutability as the service names it: `immutable`, `IMMUTABLE`.
    pub(crate) fn mutability(&self) -> Option<String> {
        let name = self.mutability.as_ref()?;
        let name = name.to_ascii_uppercase().replace('-', "_");
        let excluding = !self.exclusions.is_empty() && !name.ends_with("_WITH_EXCLUSION");
        Some(if excluding {
            format!("{name}_WITH_EXCLUSION")
        } else {
            name
        })
    }

    pub(crate) fn exclusions(&self) -> Value {
        let filters = self.exclusions.iter();
        filters
            .map(|filter| json!({ "filterType": "WILDCARD", "filter": filter }))
            .collect()
    }

    /// The call that creates a repository so.
    pub(crate) fn create(&self, at: &Located, tags: &VecMap<String, String>) -> Call {
        let mut body = Map::new();
        if let Some(mutability) = self.mutability() {
            body.insert("imageTagMutability".into(), mutability.into());
        }
        if !self.exclusions.is_empty() {
            let name = "imageTagMutabilityExclusionFilters";
            body.insert(name.into(), self.exclusions());
        }
        if let Some(scan) = self.scan_on_push {
            let scanning = json!({ "scanOnPush": scan });
            body.insert("imageScanningConfiguration".into(), scanning);
        }
        if let Some(encryption) = self.encryption_type() {
            let mut configuration = json!({ "encryptionType": encryption });
            if let Some(key) = &self.kms_key {
                configuration["kmsKey"] = key.as_str().into();
            }
            body.insert("encryptionConfiguration".into(), configuration);
        }
        if !tags.is_empty() {
            body.insert("tags".into(), tags_value(tags));
        }
        Call::of_repository(at, "CreateRepository", Value::Object(body))
    }

    /// `AES256`, `KMS` or `KMS_DSSE`; a key without a kind means `KMS`.
    pub(crate) fn encryption_type(&self) -> Option<String> {
        let kind = self.encryption.as_deref();
        let kind = kind.or(self.kms_key.as_ref().map(|_| "KMS"))?;
        Some(kind.to_ascii_uppercase().replace('-', "_"))
    }
}

/// The call that describes one repository.
pub(crate) fn describe(at: &Located) -> Call {
    let body = json!({ "repositoryNames": [at.name] });
    Call::of_registry(&at.place, "DescribeRepositories", body)
}

/// The one repository of an answer.
pub(crate) fn described(mut body: Value) -> Value {
    taken(&mut body, "/repositories/0")
}

/// `create-repository`: gives `repository`, and `created`: whether it was not there yet.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct CreateRepository {
    /// Its name, address or ARN.
    pub repository: String,
    /// `MUTABLE` or `IMMUTABLE` tags; the service takes `MUTABLE`.
    pub mutability: Option<String>,
    /// Tags to which the opposite applies, with `*` for any characters.
    pub exclusions: Vec<String>,
    /// Whether images are scanned as they arrive.
    pub scan_on_push: Option<bool>,
    /// `AES256`, `KMS` or `KMS_DSSE`; the service takes `AES256`.
    pub encryption: Option<String>,
    /// The key of `KMS`.
    pub kms_key: Option<String>,
    /// Its tags.
    pub tags: VecMap<String, String>,
    /// That it exists is no failure; its tags are then appended, all else stays.
    pub exists_ok: bool,
}

/// The script of [`CreateRepository`].
#[derive(Clone, Debug)]
pub(crate) struct Creation {
    at: Located,
    properties: Properties,
    tags: VecMap<String, String>,
    exists_ok: bool,
    stage: Stage,
    repository: Value,
}

kept! { Creation { at, properties, tags, exists_ok, stage, repository } }

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    Creating,
    Looking { ours: bool },
    Tags,
    Tagging,
}

variants! {
    Stage {
        Creating: "Creating", Looking { ours }: "Looking", Tags: "Tags", Tagging: "Tagging";
        else Self::Creating
    }
}

impl Script for Creation {
    type Arguments = CreateRepository;

    fn begin(arguments: CreateRepository, options: &Options) -> Result<Self, EcrError> {
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
            exists_ok: arguments.exists_ok,
            stage: Stage::Creating,
            repository: Value::Null,
        })
    }

    fn next(&mut self, answer: Option<Answer>) -> Result<Next, EcrError> {
        let Some(answer) = answer else {
            return Ok(Next::call(self.properties.create(&self.at, &self.tags)));
        };
        match self.stage {
            Stage::Creating => self.created(answer),
            Stage::Looking { ours } => {
                self.repository = described(answer.json()?);
                if ours || self.tags.is_empty() {
                    return Ok(self.done(ours));
                }
                self.stage = Stage::Tags;
                let body = json!({ "resourceArn": self.repository["repositoryArn"] });
                Ok(Next::call(Call::bare(
                    &self.at.place,
                    "ListTagsForResource",
                    body,
                )))
            }
            Stage::Tags => {
                let change = Change::append(&tags_of(answer.json()?), &self.tags);
                let arn = &self.repository["repositoryArn"];
                match change.calls(&self.at.place, arn).pop() {
                    Some(call) => {
                        self.stage = Stage::Tagging;
                        Ok(Next::call(call))
                    }
                    None => Ok(self.done(false)),
                }
            }
            Stage::Tagging => {
                answer.json()?;
                Ok(self.done(false))
            }
        }
    }
}

impl Creation {
    fn created(&mut self, answer: Answer) -> Result<Next, EcrError> {
        // What a lost answer left behind is what was to be created.
        let ours = answer.in_doubt;
        let exists = matches!(&answer.reply, Err(error) if error.is(EXISTS));
        if exists && (ours || self.exists_ok) {
            self.stage = Stage::Looking {
                ours: ours && !self.exists_ok,
            };
            return Ok(Next::call(describe(&self.at)));
        }
        self.repository = taken(&mut answer.json()?, "/repository");
        Ok(self.done(true))
    }

    fn done(&mut self, created: bool) -> Next {
        let repository = self.repository.take();
        Next::done(json!({ "repository": repository, "created": created }))
    }
}

/// `delete-repository`: gives `deleted`, and the `repository` as it was.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct DeleteRepository {
    /// Its name, address or ARN.
    pub repository: String,
    /// Deletes its images with it.
    pub force: bool,
    /// That it does not exist is no failure.
    pub missing_ok: bool,
}

impl Single for DeleteRepository {
    fn repository(&self) -> &str {
        &self.repository
    }

    fn call(&self, at: &Located) -> Result<Call, EcrError> {
        let body = json!({ "force": self.force });
        Ok(Call::of_repository(at, "DeleteRepository", body))
    }

    fn outputs(&self, _: &Located, answer: Answer) -> Result<Value, EcrError> {
        // It may be gone because an earlier sending was carried out.
        let ours = answer.in_doubt;
        match answer.json_unless(&[NOT_FOUND]) {
            Ok(Some(mut body)) => {
                Ok(json!({ "deleted": true, "repository": taken(&mut body, "/repository") }))
            }
            Ok(None) if ours => Ok(json!({ "deleted": true, "repository": null })),
            Ok(None) if self.missing_ok => Ok(json!({ "deleted": false, "repository": null })),
            Ok(None) => Err(EcrError::RepositoryNotFound {
                repository: self.repository.clone(),
            }),
            Err(error) => Err(error),
        }
    }
}

/// `repository-exists`: gives `exists`, and the `repository` where it does.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct RepositoryExists {
    /// Its name, address or ARN.
    pub repository: String,
}

impl Single for RepositoryExists {
    fn repository(&self) -> &str {
        &self.repository
    }

    fn call(&self, at: &Located) -> Result<Call, EcrError> {
        Ok(describe(at))
    }

    fn outputs(&self, _: &Located, answer: Answer) -> Result<Value, EcrError> {
        let found = answer.json_unless(&[NOT_FOUND])?.map(described);
        Ok(json!({ "exists": found.is_some(), "repository": found }))
    }
}

/// `describe-repository`: gives `repository` as the service describes it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct DescribeRepository {
    /// Its name, address or ARN.
    pub repository: String,
}

impl Single for DescribeRepository {
    fn repository(&self) -> &str {
        &self.repository
    }

    fn call(&self, at: &Located) -> Result<Call, EcrError> {
        Ok(describe(at))
    }

    fn outputs(&self, _: &Located, answer: Answer) -> Result<Value, EcrError> {
        Ok(json!({ "repository": described(answer.json()?) }))
    }
}
