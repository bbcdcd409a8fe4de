//! Lifecycle and access policies of repositories.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::time::Duration;

use crate::call::Call;
use crate::error::EcrError;
use crate::kept::kept;
use crate::pages::Pages;
use crate::place::{Located, Options};
use crate::script::{Answer, Ask, Next, Reply, Script};
use crate::single::Single;

/// What AWS says where there is no lifecycle policy.
pub(crate) const NO_LIFECYCLE: &str = "LifecyclePolicyNotFoundException";
/// What AWS says where there is no access policy.
pub(crate) const NO_POLICY: &str = "RepositoryPolicyNotFoundException";

/// A policy as calls take it: text stays as it is, JSON becomes text.
pub(crate) fn policy_text(operation: &str, policy: &Value) -> Result<String, EcrError> {
    match policy {
        Value::String(text) => Ok(text.clone()),
        Value::Object(_) => Ok(policy.to_string()),
        _ => Err(EcrError::InvalidArguments {
            operation: operation.to_owned(),
            reason: "a policy is an object, or its JSON text".into(),
        }),
    }
}

/// A policy as it is given to people: parsed where it is JSON.
fn parsed(text: &Value) -> Value {
    let text = text.as_str().unwrap_or_default();
    spola::exchange::parse_json(text.as_bytes(), 64).unwrap_or_else(|_| json!(text))
}

/// Whether two policies say the same, however they are written.
pub(crate) fn same_policy(one: &Value, other: &str) -> bool {
    parsed(one) == parsed(&json!(other))
}

macro_rules! policies {
    ($($(#[$doc:meta])* $Name:ident { $($(#[$field_doc:meta])* $field:ident: $type:ty,)* })+) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(rename_all = "camelCase", default, deny_unknown_fields)]
        pub struct $Name {
            /// The repository's name, address or ARN.
            pub repository: String,
            $($(#[$field_doc])* pub $field: $type,)*
        }
    )+};
}

policies! {
    /// `put-lifecycle-policy`: sets which images expire. Gives `policy`.
    PutLifecyclePolicy {
        /// The policy: an object (its members are kept, also unknown ones) or its text.
        policy: Value,
    }
    /// `lifecycle-policy`: gives `policy`, `text` and `lastEvaluatedAt`.
    GetLifecyclePolicy {
        /// That there is none is no failure: `policy` is null.
        missing_ok: bool,
    }
    /// `delete-lifecycle-policy`: gives `deleted` and the `policy` that was.
    DeleteLifecyclePolicy {
        /// That there is none is no failure.
        missing_ok: bool,
    }
    /// `preview-lifecycle-policy`: which images a policy would expire, nothing being
    /// deleted. Gives `results`, `summary` and `policy`.
    PreviewLifecyclePolicy {
        /// The policy; that of the repository unless given.
        policy: Option<Value>,
    }
    /// `put-repository-policy`: sets who may do what. Gives `policy`.
    PutRepositoryPolicy {
        /// The policy: an object or its text.
        policy: Value,
        /// Sets it even if that keeps the caller from changing it again.
        force: bool,
    }
    /// `repository-policy`: gives `policy` and `text`.
    GetRepositoryPolicy {
        /// That there is none is no failure: `policy` is null.
        missing_ok: bool,
    }
    /// `delete-repository-policy`: gives `deleted` and the `policy` that was.
    DeleteRepositoryPolicy {
        /// That there is none is no failure.
        missing_ok: bool,
    }
}

pub(crate) fn put_lifecycle(at: &Located, text: &str) -> Call {
    let body = json!({ "lifecyclePolicyText": text });
    Call::of_repository(at, "PutLifecyclePolicy", body)
}

pub(crate) fn put_policy(at: &Located, text: &str, force: bool) -> Call {
    let mut body = json!({ "policyText": text });
    if force {
        body["force"] = true.into();
    }
    Call::of_repository(at, "SetRepositoryPolicy", body)
}

impl Single for PutLifecyclePolicy {
    fn repository(&self) -> &str {
        &self.repository
    }

    fn call(&self, at: &Located) -> Result<Call, EcrError> {
        let text = policy_text("put-lifecycle-policy", &self.policy)?;
        Ok(put_lifecycle(at, &text))
    }

    fn outputs(&self, _: &Located, answer: Answer) -> Result<Value, EcrError> {
        Ok(json!({ "policy": parsed(&answer.json()?["lifecyclePolicyText"]) }))
    }
}

impl Single for PutRepositoryPolicy {
    fn repository(&self) -> &str {
        &self.repository
    }

    fn call(&self, at: &Located) -> Result<Call, EcrError> {
        let text = policy_text("put-repository-policy", &self.policy)?;
        Ok(put_policy(at, &text, self.force))
    }

    fn outputs(&self, _: &Located, answer: Answer) -> Result<Value, EcrError> {
        Ok(json!({ "policy": parsed(&answer.json()?["policyText"]) }))
    }
}

/// Makes the operations that read a policy, and those that delete one.
macro_rules! reads_and_deletes {
    ($($Name:ident: $operation:literal, $missing:expr, $text:literal, $shape:expr;)+) => {$(
        impl Single for $Name {
            fn repository(&self) -> &str {
                &self.repository
            }

            fn call(&self, at: &Located) -> Result<Call, EcrError> {
                Ok(Call::of_repository(at, $operation, json!({})))
            }

            fn outputs(&self, _: &Located, answer: Answer) -> Result<Value, EcrError> {
                let missing: &[&str] = if self.missing_ok { &[$missing] } else { &[] };
                let body = answer.json_unless(missing)?;
                let shape: fn(Option<Value>, Value) -> Value = $shape;
                let text = body.as_ref().map(|body| body[$text].clone());
                Ok(shape(body, text.unwrap_or_default()))
            }
        }
    )+};
}

fn read(body: Option<Value>, text: Value) -> Value {
    let policy = match text {
        Value::Null => Value::Null,
        _ => parsed(&text),
    };
    let mut outputs = json!({ "policy": policy, "text": text });
    if let Some(at) = body.as_ref().and_then(|body| body.get("lastEvaluatedAt")) {
        outputs["lastEvaluatedAt"] = at.clone();
    }
    outputs
}

fn deleted(body: Option<Value>, text: Value) -> Value {
    let policy = body.as_ref().map(|_| parsed(&text));
    json!({ "deleted": body.is_some(), "policy": policy })
}

reads_and_deletes! {
    GetLifecyclePolicy: "GetLifecyclePolicy", NO_LIFECYCLE, "lifecyclePolicyText", read;
    DeleteLifecyclePolicy: "DeleteLifecyclePolicy", NO_LIFECYCLE, "lifecyclePolicyText", deleted;
    GetRepositoryPolicy: "GetRepositoryPolicy", NO_POLICY, "policyText", read;
    DeleteRepositoryPolicy: "DeleteRepositoryPolicy", NO_POLICY, "policyText", deleted;
}

/// How long a preview is waited for between two looks, and how many looks are taken:
/// the SDKs' waiter gives up after 20, which is short for large repositories.
const BETWEEN_LOOKS: Duration = Duration::from_secs(5);
const MOST_LOOKS: u32 = 120;

/// The script of [`PreviewLifecyclePolicy`].
#[derive(Clone, Debug)]
pub(crate) struct Preview {
    at: Located,
    text: Option<String>,
    started: bool,
    looks: u32,
    pages: Pages,
    results: Vec<Value>,
}

kept! { Preview { at, text, started, looks, pages, results } }

impl Script for Preview {
    type Arguments = PreviewLifecyclePolicy;

    fn begin(arguments: PreviewLifecyclePolicy, options: &Options) -> Result<Self, EcrError> {
        let at = Located::named(&arguments.repository, options)?;
        let policy = arguments.policy.as_ref();
        let text = policy.map(|policy| policy_text("preview-lifecycle-policy", policy));
        let body = json!({ "maxResults": 100 });
        let call = Call::of_repository(&at, "GetLifecyclePolicyPreview", body);
        Ok(Self {
            at,
            text: text.transpose()?,
            started: false,
            looks: 0,
            pages: Pages::new(call, "previewResults"),
            results: Vec::new(),
        })
    }

    fn next(&mut self, answer: Option<Answer>) -> Result<Next, EcrError> {
        let Some(answer) = answer else {
            let body = match &self.text {
                Some(text) => json!({ "lifecyclePolicyText": text }),
                None => json!({}),
            };
            let call = Call::of_repository(&self.at, "StartLifecyclePolicyPreview", body);
            return Ok(Next::call(call));
        };
        if !self.started {
            // One that is under way already is looked at, if it is the one wanted.
            let busy: &[&str] = match answer.in_doubt {
                true => &["LifecyclePolicyPreviewInProgressException"],
                false => &[],
            };
            answer.json_unless(busy)?;
            self.started = true;
            return Ok(Next::ask(Ask::Wait(BETWEEN_LOOKS)));
        }
        if matches!(answer.reply, Ok(Reply::Elapsed)) {
            return Ok(Next::call(self.pages.call()));
        }
        self.look(answer.json()?)
    }
}

impl Preview {
    fn look(&mut self, page: Value) -> Result<Next, EcrError> {
        let status = page["status"].as_str().unwrap_or_default().to_owned();
        self.looks = self.looks.saturating_add(1);
        if status == "IN_PROGRESS" && self.looks < MOST_LOOKS {
            return Ok(Next::ask(Ask::Wait(BETWEEN_LOOKS)));
        }
        if status != "COMPLETE" {
            return Err(EcrError::PreviewFailed { status });
        }
        let policy = parsed(&page["lifecyclePolicyText"]);
        let summary = page["summary"].clone();
        let (mut results, last) = self.pages.take(page)?;
        self.results.append(&mut results);
        if !last {
            return Ok(Next::call(self.pages.call()));
        }
        let results = std::mem::take(&mut self.results);
        Ok(Next::done(
            json!({ "results": results, "summary": summary, "policy": policy }),
        ))
    }
}
