//! Image builds: what is stored, and where one stands.

use crate::time::Time;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use std::collections::BTreeMap;

/// The builds of one account and region.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(crate) struct Builds {
    /// Builds by name, version and number.
    pub(crate) images: BTreeMap<String, Build>,
    /// What was asked for under each client token.
    pub(crate) tokens: BTreeMap<String, Asked>,
}

/// A call that carried a client token.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Asked {
    /// The operation and its parameters.
    pub(crate) call: String,
    /// The ARN that it was answered with.
    pub(crate) arn: String,
}

/// One build of an image.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub(crate) struct Build {
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) number: u64,
    pub(crate) created_at: Time,
    pub(crate) cancelled_at: Option<Time>,
    /// Whether it makes a container image rather than an AMI.
    pub(crate) container: bool,
    pub(crate) recipe: String,
    pub(crate) infrastructure: String,
    pub(crate) distribution: Option<String>,
    pub(crate) pipeline: Option<String>,
    /// The parameters that GetImage gives back as they came.
    pub(crate) echoed: BTreeMap<String, Value>,
    pub(crate) tags: BTreeMap<String, String>,
    pub(crate) stages: Vec<Stage>,
}

/// One stage of a build.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Stage {
    pub(crate) status: String,
    /// How long it lasts; the last stage lasts for ever.
    #[serde(default)]
    pub(crate) seconds: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) reason: Option<String>,
}

impl Stage {
    fn new(status: &str, seconds: u64, reason: Option<&str>) -> Self {
        Self {
            status: status.to_owned(),
            seconds,
            reason: reason.map(str::to_owned),
        }
    }

    /// A build that succeeds after three and a half minutes.
    pub(crate) fn usual() -> Vec<Self> {
        vec![
            Self::new("PENDING", 5, None),
            Self::new("CREATING", 10, None),
            Self::new("BUILDING", 90, None),
            Self::new("TESTING", 60, None),
            Self::new("DISTRIBUTING", 35, None),
            Self::new("INTEGRATING", 10, None),
            Self::new("AVAILABLE", 0, None),
        ]
    }

    /// The stages of a build whose recipe has this name: `usual`, unless a word in the name
    /// asks for another end.
    pub(crate) fn of_recipe(name: &str, usual: &[Self]) -> Vec<Self> {
        let has = |word: &str| name.contains(word);
        let upto = |status: &str| -> Vec<Self> {
            let end = usual.iter().position(|stage| stage.status == status);
            usual[..end.map_or(usual.len(), |at| at + 1)].to_vec()
        };
        let then = |mut stages: Vec<Self>, status: &str, reason: &str| {
            if let Some(last) = stages.last_mut() {
                last.seconds = last.seconds.max(1);
            }
            stages.push(Self::new(status, 0, Some(reason)));
            stages
        };
        if has("fails") {
            let reason = "Workflow step ExecuteComponents failed with message 'Document \
                          arn:aws:ssm:::document/sandbox failed: step Build returned exit \
                          code 1'.";
            then(upto("BUILDING"), "FAILED", reason)
        } else if has("cancelled") {
            then(
                upto("BUILDING"),
                "CANCELLED",
                "Image creation was cancelled by the user.",
            )
        } else if has("deleted") {
            then(
                upto("AVAILABLE"),
                "DELETED",
                "The output resources were deleted.",
            )
        } else if has("deprecated") {
            let reason = "A lifecycle policy deprecated the image.";
            then(upto("AVAILABLE"), "DEPRECATED", reason)
        } else if has("disabled") {
            then(
                upto("AVAILABLE"),
                "DISABLED",
                "A lifecycle policy disabled the image.",
            )
        } else if has("stuck") {
            upto("BUILDING")
        } else {
            usual.to_vec()
        }
    }
}

impl Build {
    /// Its key among the builds.
    pub(crate) fn key(&self) -> String {
        format!("{}/{}/{}", self.name, self.version, self.number)
    }

    /// Where it stands at a time.
    pub(crate) fn stage(&self, now: Time) -> Stage {
        match self.cancelled_at {
            Some(at) if now >= at => Stage::new(
                "CANCELLED",
                0,
                Some("Image creation was cancelled by the user."),
            ),
            _ => self.scripted(now),
        }
    }

    fn scripted(&self, now: Time) -> Stage {
        let mut left = now.seconds_since(self.created_at);
        for stage in &self.stages {
            if left < stage.seconds {
                return stage.clone();
            }
            left -= stage.seconds;
        }
        let last = self.stages.last().cloned();
        last.unwrap_or_else(|| Stage::new("AVAILABLE", 0, None))
    }

    /// Whether it can still be cancelled.
    pub(crate) fn is_running(&self, now: Time) -> bool {
        !is_terminal(&self.stage(now).status)
    }
}

/// Whether a build in this status goes on no more.
pub(crate) fn is_terminal(status: &str) -> bool {
    matches!(
        status,
        "AVAILABLE" | "FAILED" | "CANCELLED" | "DELETED" | "DEPRECATED" | "DISABLED"
    )
}
