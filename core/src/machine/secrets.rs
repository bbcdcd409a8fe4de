//! Secret inputs left out of snapshots, and put back.

use std::borrow::Cow;

use serde_json::{Map, Value, json};

use super::error::RunError;
use super::mask::{SPELLINGS, Spelling};
use super::options::RunOptions;
use super::snapshot::ResumeOptions;
use crate::link::{Linked, Workflow, WorkflowIndex};

/// The member that stands for a secret which the snapshot does not hold.
const SECRET: &str = "\u{0}secret";

/// The secrets among what the host gives: inputs that a schema marks by `format:
/// password` or `writeOnly`, by name; those of workflows that the requested one
/// depends on as `workflowId.name`.
pub(super) fn of(
    program: &Linked,
    index: WorkflowIndex,
    inputs: &Map<String, Value>,
    options: &RunOptions,
) -> Map<String, Value> {
    let mut secrets = Map::new();
    for (name, value) in among(program.workflow(index), inputs) {
        secrets.insert(name.to_owned(), value.clone());
    }
    for (id, inputs) in &options.dependency_inputs {
        let named = program.workflows.iter().filter(|other| *other.id == **id);
        for (name, value) in named.flat_map(|workflow| among(workflow, inputs)) {
            secrets.insert(format!("{id}.{name}"), value.clone());
        }
    }
    secrets
}

fn among<'v>(
    workflow: &'v Workflow,
    inputs: &'v Map<String, Value>,
) -> impl Iterator<Item = (&'v str, &'v Value)> {
    let names = workflow.secret_inputs.iter();
    names
        .filter_map(|name| Some((&**name, inputs.get(&**name)?)))
        .filter(|(_, value)| !value.is_null())
}

/// The secrets that the snapshot left out, as given again.
///
/// # Errors
/// `run.missing-secrets`.
pub(super) fn given_again(
    whole: &Value,
    resume: &ResumeOptions,
) -> Result<Map<String, Value>, RunError> {
    let names = whole.get("secrets").and_then(Value::as_array);
    let names = names.into_iter().flatten().filter_map(Value::as_str);
    let (mut given, mut missing) = (Map::new(), Vec::new());
    for name in names {
        let of_dependency = || {
            let mut inputs = resume.options.dependency_inputs.iter();
            inputs.find_map(|(id, inputs)| {
                inputs.get(name.strip_prefix(id.as_str())?.strip_prefix('.')?)
            })
        };
        match resume.secrets.get(name).or_else(of_dependency) {
            Some(value) => {
                given.insert(name.to_owned(), value.clone());
            }
            None => missing.push(name.to_owned()),
        }
    }
    if missing.is_empty() {
        Ok(given)
    } else {
        Err(RunError::MissingSecrets { names: missing })
    }
}

/// Puts a mark in the place of every secret in a snapshot: a value that is one,
/// or a text that holds one.
pub(super) fn hide(snapshot: &mut Value, secrets: &Map<String, Value>) {
    let spelled = spelled(secrets);
    for kept in kept(snapshot) {
        hide_in(kept, secrets, &spelled);
    }
}

/// Puts every secret back in the place of its mark.
pub(super) fn reveal(snapshot: &mut Value, secrets: &Map<String, Value>) {
    // Without secrets nothing was hidden.
    if secrets.is_empty() {
        return;
    }
    for kept in kept(snapshot) {
        reveal_in(kept, secrets);
    }
}

/// What of a snapshot comes from inputs and answers. All else is the machine's own,
/// and stays as it is even if it looks like a secret.
fn kept(snapshot: &mut Value) -> Vec<&mut Value> {
    let mut kept = Vec::new();
    for (name, part) in members(snapshot) {
        match name {
            "options" => kept.extend(named(part, &["dependency_inputs"])),
            "state" => {
                for (name, part) in members(part) {
                    match name {
                        "frames" => items(part).for_each(|frame| of_frame(frame, &mut kept)),
                        "ended" => kept.extend(members(part).map(|(_, ended)| ended)),
                        "outcome" => kept.push(part),
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }
    kept
}

fn of_frame<'v>(frame: &'v mut Value, kept: &mut Vec<&'v mut Value>) {
    for (name, part) in members(frame) {
        match name {
            "inputs" => kept.push(part),
            "steps" => {
                for (_, step) in members(part) {
                    kept.extend(named(step, &["outputs", "remembered"]));
                }
            }
            "visits" => items(part).for_each(|visit| kept.extend(named(visit, &["failed"]))),
            _ => {}
        }
    }
}

fn members(value: &mut Value) -> impl Iterator<Item = (&str, &mut Value)> {
    let members = value.as_object_mut().into_iter().flatten();
    members.map(|(name, value)| (name.as_str(), value))
}

fn named<'v>(value: &'v mut Value, names: &[&str]) -> impl Iterator<Item = &'v mut Value> {
    members(value)
        .filter(|(name, _)| names.contains(name))
        .map(|(_, value)| value)
}

fn items(value: &mut Value) -> impl Iterator<Item = &mut Value> {
    value.as_array_mut().into_iter().flatten()
}

fn hide_in(value: &mut Value, secrets: &Map<String, Value>, spelled: &[Spelled<'_>]) {
    for (name, secret) in secrets {
        if value == secret {
            *value = mark(vec![Value::Null, name.as_str().into()]);
            return;
        }
    }
    match value {
        Value::String(text) => {
            if let Some(parts) = parts(text, spelled) {
                *value = mark(parts);
            }
        }
        Value::Array(items) => items
            .iter_mut()
            .for_each(|item| hide_in(item, secrets, spelled)),
        Value::Object(members) => {
            members
                .values_mut()
                .for_each(|member| hide_in(member, secrets, spelled));
            // An answer must not be able to pass for a mark.
            if members.keys().any(|name| name.starts_with('\0')) {
                *members = std::mem::take(members)
                    .into_iter()
                    .map(|(name, member)| match name.starts_with('\0') {
                        true => (format!("\0{name}"), member),
                        false => (name, member),
                    })
                    .collect();
            }
        }
        _ => {}
    }
}

fn mark(parts: Vec<Value>) -> Value {
    Value::Object(Map::from_iter([(SECRET.to_owned(), Value::Array(parts))]))
}

/// A text that holds secrets, as texts and secrets in turn, a text first. A secret
/// is its name, or its name and how it is spelled.
fn parts(text: &str, secrets: &[Spelled<'_>]) -> Option<Vec<Value>> {
    let mut parts: Vec<Value> = Vec::new();
    let mut rest = text;
    loop {
        let first = secrets
            .iter()
            .filter(|secret| !secret.text.is_empty())
            .filter_map(|secret| Some((rest.find(&*secret.text)?, secret)))
            .min_by_key(|(at, secret)| (*at, usize::MAX - secret.text.len()));
        let Some((at, secret)) = first else {
            break;
        };
        parts.push(rest[..at].into());
        parts.push(match secret.spelling {
            Spelling::Plain => secret.name.into(),
            other => json!([secret.name, other.name()]),
        });
        rest = &rest[at + secret.text.len()..];
    }
    if parts.is_empty() {
        return None;
    }
    parts.push(rest.into());
    Some(parts)
}

/// A secret as a text may spell it.
struct Spelled<'s> {
    name: &'s str,
    spelling: Spelling,
    text: Cow<'s, str>,
}

/// Every secret text in every spelling, each text once.
fn spelled(secrets: &Map<String, Value>) -> Vec<Spelled<'_>> {
    let mut all: Vec<Spelled<'_>> = Vec::new();
    for (name, secret) in secrets {
        let Some(secret) = secret.as_str() else {
            continue;
        };
        for spelling in SPELLINGS {
            let text = spelling.of(secret);
            if all.iter().all(|other| other.text != text) {
                all.push(Spelled {
                    name,
                    spelling,
                    text,
                });
            }
        }
    }
    all
}

fn reveal_in(value: &mut Value, secrets: &Map<String, Value>) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| reveal_in(item, secrets)),
        Value::Object(members) => {
            if let Some(parts) = members.get(SECRET).and_then(Value::as_array) {
                *value = match parts.as_slice() {
                    [Value::Null, Value::String(name)] => {
                        secrets.get(name).cloned().unwrap_or_default()
                    }
                    parts => Value::String(joined(parts, secrets)),
                };
                return;
            }
            members
                .values_mut()
                .for_each(|member| reveal_in(member, secrets));
            if members.keys().any(|name| name.starts_with("\0\0")) {
                *members = std::mem::take(members)
                    .into_iter()
                    .map(|(name, member)| match name.strip_prefix('\0') {
                        Some(own) => (own.to_owned(), member),
                        None => (name, member),
                    })
                    .collect();
            }
        }
        _ => {}
    }
}

fn joined(parts: &[Value], secrets: &Map<String, Value>) -> String {
    let mut joined = String::new();
    for (at, part) in parts.iter().enumerate() {
        let (name, spelling) = match part {
            Value::Array(named) => (named.first(), named.get(1)),
            plain => (Some(plain), None),
        };
        let Some(name) = name.and_then(Value::as_str) else {
            continue;
        };
        if at % 2 == 0 {
            joined.push_str(name);
            continue;
        }
        let spelling = spelling.and_then(Value::as_str);
        let spelling = SPELLINGS
            .into_iter()
            .find(|known| Some(known.name()) == spelling)
            .unwrap_or(Spelling::Plain);
        if let Some(secret) = secrets.get(name).and_then(Value::as_str) {
            joined.push_str(&spelling.of(secret));
        }
    }
    joined
}
