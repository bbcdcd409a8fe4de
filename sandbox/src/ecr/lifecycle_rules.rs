//! Lifecycle policy documents: read, and what they select.

use crate::registry::{Image, Repository};
use crate::text::wildcard;
use crate::time::Time;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};

/// The most rules of one policy.
const RULES: usize = 50;

/// A rule as it is applied.
#[derive(Debug)]
pub(crate) struct Rule {
    pub(crate) priority: u64,
    tags: TagStatus,
    count: Count,
    pub(crate) archives: bool,
}

#[derive(Debug, PartialEq, Eq)]
enum TagStatus {
    Any,
    Untagged,
    /// Each pattern must fit a tag of the image.
    Tagged(Vec<String>),
}

#[derive(Debug)]
enum Count {
    MoreThan(u64),
    DaysSincePush(u64),
    DaysSincePull(u64),
    DaysSinceArchive(u64),
}

/// Reads a policy; what is wrong is told in words.
pub(crate) fn parse(text: &str) -> Result<Vec<Rule>, String> {
    let document: Value = serde_json::from_str(text).map_err(|_| "invalid JSON".to_owned())?;
    let listed = document.get("rules").and_then(Value::as_array);
    let listed = listed.ok_or("the document must have an array 'rules'")?;
    if !(1..=RULES).contains(&listed.len()) {
        return Err(format!("there must be 1 to {RULES} rules"));
    }
    let mut rules: Vec<Rule> = listed.iter().map(rule).collect::<Result<_, _>>()?;
    rules.sort_by_key(|rule| rule.priority);
    if rules
        .windows(2)
        .any(|pair| pair[0].priority == pair[1].priority)
    {
        return Err("each rule must have its own rulePriority".to_owned());
    }
    let any = rules
        .iter()
        .filter(|rule| rule.tags == TagStatus::Any && !rule.archives);
    let last = rules.iter().rfind(|rule| !rule.archives);
    let priorities: Vec<u64> = any.map(|rule| rule.priority).collect();
    if priorities.len() > 1 {
        return Err("only one rule may have tagStatus 'any'".to_owned());
    }
    if let (Some(any), Some(last)) = (priorities.first(), last)
        && *any != last.priority
    {
        return Err("the rule with tagStatus 'any' must have the highest rulePriority".to_owned());
    }
    Ok(rules)
}

fn rule(value: &Value) -> Result<Rule, String> {
    let priority = value.get("rulePriority").and_then(Value::as_u64);
    let priority = priority
        .filter(|n| *n >= 1)
        .ok_or("rulePriority must be a positive integer")?;
    let selection = value
        .get("selection")
        .ok_or("a rule must have a selection")?;
    let text = |name: &str| selection.get(name).and_then(Value::as_str);
    let number = selection.get("countNumber").and_then(Value::as_u64);
    let number = number
        .filter(|n| *n >= 1)
        .ok_or("countNumber must be a positive integer")?;
    let days = || match text("countUnit") {
        Some("days") => Ok(()),
        _ => Err("countUnit must be 'days' with this countType".to_owned()),
    };
    let count = match text("countType") {
        Some("imageCountMoreThan") if text("countUnit").is_none() => Count::MoreThan(number),
        Some("imageCountMoreThan") => {
            return Err("countUnit may not be given with imageCountMoreThan".to_owned());
        }
        Some("sinceImagePushed") => days().map(|()| Count::DaysSincePush(number))?,
        Some("sinceImagePulled") => days().map(|()| Count::DaysSincePull(number))?,
        Some("sinceImageTransitioned") => days().map(|()| Count::DaysSinceArchive(number))?,
        _ => return Err("countType is missing or unknown".to_owned()),
    };
    let action = value.get("action");
    let part = |name: &str| {
        action
            .and_then(|action| action.get(name))
            .and_then(Value::as_str)
    };
    let archives = match (part("type"), part("targetStorageClass")) {
        (Some("expire"), None) => false,
        (Some("transition"), Some("archive")) => true,
        _ => return Err("action must be 'expire', or 'transition' to 'archive'".to_owned()),
    };
    Ok(Rule {
        priority,
        tags: tag_status(selection)?,
        count,
        archives,
    })
}

fn tag_status(selection: &Value) -> Result<TagStatus, String> {
    let list = |name: &str| -> Vec<String> {
        let items = selection.get(name).and_then(Value::as_array);
        items
            .into_iter()
            .flatten()
            .filter_map(|item| item.as_str().map(str::to_owned))
            .collect()
    };
    let patterns = list("tagPatternList");
    let prefixes: Vec<String> = list("tagPrefixList")
        .into_iter()
        .map(|prefix| format!("{prefix}*"))
        .collect();
    let status = selection.get("tagStatus").and_then(Value::as_str);
    match (status, patterns.is_empty(), prefixes.is_empty()) {
        (Some("tagged"), false, true) => Ok(TagStatus::Tagged(patterns)),
        (Some("tagged"), true, false) => Ok(TagStatus::Tagged(prefixes)),
        (Some("tagged"), _, _) => {
            Err("tagStatus 'tagged' needs one of tagPatternList and tagPrefixList".to_owned())
        }
        (Some("untagged"), true, true) => Ok(TagStatus::Untagged),
        (Some("any"), true, true) => Ok(TagStatus::Any),
        (Some("untagged" | "any"), _, _) => {
            Err("tag lists may only be given with tagStatus 'tagged'".to_owned())
        }
        _ => Err("tagStatus is missing or unknown".to_owned()),
    }
}

impl Rule {
    fn selects(&self, image: &Image) -> bool {
        match &self.tags {
            TagStatus::Any => true,
            TagStatus::Untagged => image.tags.is_empty(),
            TagStatus::Tagged(patterns) => patterns
                .iter()
                .all(|pattern| image.tags.iter().any(|tag| wildcard(pattern, tag))),
        }
    }

    /// Whether an image is old enough; `newer` counts the selected images pushed after it.
    fn is_due(&self, image: &Image, newer: u64, now: Time) -> bool {
        let older = |since: Time, days: u64| now.seconds_since(since) > days.saturating_mul(86_400);
        match self.count {
            Count::MoreThan(kept) => newer >= kept,
            Count::DaysSincePush(days) => older(image.pushed_at, days),
            Count::DaysSincePull(days) => older(image.pulled_at.unwrap_or(image.pushed_at), days),
            Count::DaysSinceArchive(days) => {
                image.archived && image.archived_at.is_some_and(|at| older(at, days))
            }
        }
    }
}

/// Which images the rules strike, with the rule that does. An image that a rule selects is
/// safe from the rules after it, and a child of an index from all.
pub(crate) fn apply<'r>(
    rules: &'r [Rule],
    repository: &Repository,
    now: Time,
) -> BTreeMap<String, &'r Rule> {
    let mut struck = BTreeMap::new();
    let mut taken: BTreeSet<&str> = BTreeSet::new();
    for rule in rules {
        let mut selected: Vec<(&String, &Image)> = repository
            .images
            .iter()
            .filter(|(_, image)| rule.selects(image))
            .collect();
        selected.sort_by_key(|(_, image)| std::cmp::Reverse(image.pushed_at));
        for (newer, (digest, image)) in selected.into_iter().enumerate() {
            let free = taken.insert(digest);
            let due = rule.is_due(image, newer as u64, now);
            let already = rule.archives && image.archived;
            if free && due && !already && !repository.is_referenced(digest) {
                struck.insert(digest.clone(), rule);
            }
        }
    }
    struck
}
