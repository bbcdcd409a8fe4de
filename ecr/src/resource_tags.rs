//! Tags of repositories: read, appended, overwritten, removed.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use spola::VecMap;

use crate::call::Call;
use crate::error::EcrError;
use crate::kept::{kept, newtypes, words};
use crate::place::{Located, Options, Place};
use crate::repository::{describe, described};
use crate::script::{Answer, Ask, Next, Script};

/// How tags that are given change those that are there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TagMode {
    /// Those given are added or changed, the others stay.
    #[default]
    #[serde(alias = "APPEND")]
    Append,
    /// Those given are all there are afterwards.
    #[serde(alias = "OVERWRITE")]
    Overwrite,
    /// Those given are removed, whatever their value.
    #[serde(alias = "REMOVE")]
    Remove,
}

words! {
    TagMode {
        Append: "append" | "APPEND", Overwrite: "overwrite" | "OVERWRITE", Remove: "remove" | "REMOVE"
    }
}

/// The tags of an answer of `ListTagsForResource`, by key.
pub(crate) fn tags_of(body: Value) -> VecMap<String, String> {
    let tags = body["tags"].as_array().into_iter().flatten();
    let text = |tag: &Value, name: &str| tag[name].as_str().map(str::to_owned);
    tags.filter_map(|tag| Some((text(tag, "Key")?, text(tag, "Value").unwrap_or_default())))
        .collect()
}

/// Tags as calls take them.
pub(crate) fn tags_value(tags: &VecMap<String, String>) -> Value {
    tags.iter()
        .map(|(key, value)| json!({ "Key": key, "Value": value }))
        .collect()
}

/// The call that asks for a repository's tags.
pub(crate) fn list_tags(place: &Place, arn: &Value) -> Call {
    Call::bare(place, "ListTagsForResource", json!({ "resourceArn": arn }))
}

/// The least that makes some tags others.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Change {
    pub(crate) put: VecMap<String, String>,
    pub(crate) added: Vec<String>,
    pub(crate) changed: Vec<String>,
    pub(crate) removed: Vec<String>,
}

kept! { Change { put, added, changed, removed } }

impl Change {
    pub(crate) fn append(have: &VecMap<String, String>, want: &VecMap<String, String>) -> Self {
        let mut change = Self::default();
        for (key, value) in want {
            match have.get(key) {
                Some(same) if same == value => continue,
                Some(_) => change.changed.push(key.clone()),
                None => change.added.push(key.clone()),
            }
            change.put.insert(key.clone(), value.clone());
        }
        change
    }

    pub(crate) fn of(
        mode: TagMode,
        have: &VecMap<String, String>,
        want: &VecMap<String, String>,
        remove: &[String],
    ) -> Self {
        let mut change = match mode {
            TagMode::Remove => Self::default(),
            _ => Self::append(have, want),
        };
        let goes = |key: &&String| match mode {
            TagMode::Append => remove.contains(*key) && !want.contains_key(*key),
            TagMode::Overwrite => !want.contains_key(*key),
            TagMode::Remove => remove.contains(*key) || want.contains_key(*key),
        };
        change.removed = have.keys().filter(goes).cloned().collect();
        change
    }

    /// The calls that it takes: none for what does not change.
    pub(crate) fn calls(&self, place: &Place, arn: &Value) -> Vec<Call> {
        let mut calls = Vec::new();
        if !self.removed.is_empty() {
            let body = json!({ "resourceArn": arn, "tagKeys": self.removed });
            calls.push(Call::bare(place, "UntagResource", body));
        }
        if !self.put.is_empty() {
            let body = json!({ "resourceArn": arn, "tags": tags_value(&self.put) });
            calls.push(Call::bare(place, "TagResource", body));
        }
        calls
    }

    /// What is there afterwards.
    pub(crate) fn applied(&self, mut have: VecMap<String, String>) -> VecMap<String, String> {
        for key in &self.removed {
            have.remove(key);
        }
        have.extend(self.put.clone());
        have
    }
}

/// `repository-tags`: gives the `tags` of a repository.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct RepositoryTags {
    /// The repository's name, address or ARN.
    pub repository: String,
}

/// `update-repository-tags`: gives the `tags` there are afterwards, and which were
/// `added`, `changed` and `removed`. Nothing is sent that changes nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct UpdateRepositoryTags {
    /// The repository's name, address or ARN.
    pub repository: String,
    /// Tags.
    pub tags: VecMap<String, String>,
    /// Keys of tags that are removed, in every mode.
    pub remove: Vec<String>,
    /// How those given change those that are there.
    pub mode: TagMode,
}

/// The script of [`RepositoryTags`].
#[derive(Clone, Debug)]
pub(crate) struct Reading(Updating);

newtypes! { Reading }

impl Script for Reading {
    type Arguments = RepositoryTags;

    fn begin(arguments: RepositoryTags, options: &Options) -> Result<Self, EcrError> {
        let nothing = UpdateRepositoryTags {
            repository: arguments.repository,
            ..UpdateRepositoryTags::default()
        };
        Updating::begin(nothing, options).map(Self)
    }

    fn next(&mut self, answer: Option<Answer>) -> Result<Next, EcrError> {
        let mut next = self.0.next(answer)?;
        if let Some(outputs) = &mut next.done {
            outputs.retain(|name, _| name == "tags");
        }
        Ok(next)
    }
}

/// The script of [`UpdateRepositoryTags`].
#[derive(Clone, Debug)]
pub(crate) struct Updating {
    at: Located,
    want: VecMap<String, String>,
    remove: Vec<String>,
    mode: TagMode,
    arn: Value,
    /// Where it was, once the tags are known.
    have: Option<VecMap<String, String>>,
    change: Change,
    owed: usize,
}

kept! { Updating { at, want, remove, mode, arn, have, change, owed } }

impl Script for Updating {
    type Arguments = UpdateRepositoryTags;

    fn begin(arguments: UpdateRepositoryTags, options: &Options) -> Result<Self, EcrError> {
        let at = Located::named(&arguments.repository, options)?;
        Ok(Self {
            arn: json!(at.arn()),
            at,
            want: arguments.tags,
            remove: arguments.remove,
            mode: arguments.mode,
            have: None,
            change: Change::default(),
            owed: 0,
        })
    }

    fn next(&mut self, answer: Option<Answer>) -> Result<Next, EcrError> {
        let Some(answer) = answer else {
            // Without an account there is no ARN, so it is asked for.
            return Ok(Next::call(match &self.arn {
                Value::Null => describe(&self.at),
                arn => list_tags(&self.at.place, arn),
            }));
        };
        if self.arn.is_null() {
            self.arn = described(answer.json()?)["repositoryArn"].clone();
            return Ok(Next::call(list_tags(&self.at.place, &self.arn)));
        }
        if self.have.is_some() {
            answer.json()?;
            self.owed = self.owed.saturating_sub(1);
        } else {
            let have = tags_of(answer.json()?);
            self.change = Change::of(self.mode, &have, &self.want, &self.remove);
            self.have = Some(have);
            let calls = self.change.calls(&self.at.place, &self.arn);
            self.owed = calls.len();
            let asks = calls.into_iter().map(Ask::Call);
            if self.owed > 0 {
                return Ok(asks.fold(Next::more(), |next, ask| next.and(0, ask)));
            }
        }
        if self.owed > 0 {
            return Ok(Next::more());
        }
        let have = self.have.take().unwrap_or_default();
        Ok(Next::done(json!({
            "tags": self.change.applied(have),
            "added": self.change.added,
            "changed": self.change.changed,
            "removed": self.change.removed,
        })))
    }
}
