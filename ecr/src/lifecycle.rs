//! Lifecycle policies, built rule by rule.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

/// A lifecycle policy: which images expire, and when.
///
/// A rule gets its priority by its place, and a rule about any image comes last, as the
/// service wants it. What this does not know yet can be given as a rule of its own.
///
/// ```
/// use spola_ecr::{LifecyclePolicy, Which};
///
/// let policy = LifecyclePolicy::new()
///     .expire(Which::Untagged, 14)
///     .keep_newest(Which::Tags(vec!["dev-*".into()]), 10);
/// assert_eq!(policy.to_value()["rules"][0]["selection"]["countNumber"], 14);
/// assert_eq!(policy.to_value()["rules"][1]["rulePriority"], 2);
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct LifecyclePolicy {
    rules: Vec<Map<String, Value>>,
    /// The rules about any image.
    last: Vec<Map<String, Value>>,
}

/// Which images a rule is about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Which {
    /// Those without a tag.
    Untagged,
    /// Those whose tags fit all of these, with `*` for any characters.
    Tags(Vec<String>),
    /// All that no other rule is about.
    Any,
}

impl LifecyclePolicy {
    /// A policy without rules, which the service does not take.
    pub fn new() -> Self {
        Self::default()
    }

    /// Lets images expire so many days after they were pushed.
    #[must_use]
    pub fn expire(self, which: Which, days: u64) -> Self {
        let count = json!({
            "countType": "sinceImagePushed", "countUnit": "days", "countNumber": days,
        });
        self.with(which, count)
    }

    /// Lets all but the newest expire.
    #[must_use]
    pub fn keep_newest(self, which: Which, count: u64) -> Self {
        let count = json!({ "countType": "imageCountMoreThan", "countNumber": count });
        self.with(which, count)
    }

    /// Adds a rule as it is; one without `rulePriority` gets it by its place. What is no
    /// object is not added.
    #[must_use]
    pub fn rule(mut self, rule: Value) -> Self {
        let is_last = rule["selection"]["tagStatus"] == "any";
        let to = if is_last {
            &mut self.last
        } else {
            &mut self.rules
        };
        if let Value::Object(rule) = rule {
            to.push(rule);
        }
        self
    }

    fn with(self, which: Which, mut selection: Value) -> Self {
        let status = match &which {
            Which::Untagged => "untagged",
            Which::Tags(_) => "tagged",
            Which::Any => "any",
        };
        selection["tagStatus"] = status.into();
        if let Which::Tags(patterns) = which {
            selection["tagPatternList"] = json!(patterns);
        }
        self.rule(json!({ "selection": selection, "action": { "type": "expire" } }))
    }

    /// The policy as the operations take it.
    pub fn to_value(&self) -> Value {
        let all = || self.rules.iter().chain(&self.last);
        let given = |rule: &Map<String, Value>| rule.get("rulePriority").and_then(Value::as_u64);
        let taken: BTreeSet<u64> = all().filter_map(given).collect();
        let mut free = (1..).filter(|priority| !taken.contains(priority));
        let rules = all().map(|rule| {
            let mut rule = rule.clone();
            if given(&rule).is_none() {
                rule.insert(
                    "rulePriority".into(),
                    free.next().unwrap_or(u64::MAX).into(),
                );
            }
            Value::Object(rule)
        });
        json!({ "rules": rules.collect::<Vec<_>>() })
    }
}
