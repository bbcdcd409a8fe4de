//! Secret inputs left out of snapshots, and put back.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::error::RunError;
use super::mask::{SPELLINGS, Spelling};
use super::options::RunOptions;
use super::snapshot::ResumeOptions;
use crate::json_writer::JsonWriter;
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
    add(program.workflow(index), inputs, "", &mut secrets);
    for (id, inputs) in &options.dependency_inputs {
        for workflow in &program.workflows {
            if *workflow.id == **id {
                add(workflow, inputs, &format!("{id}."), &mut secrets);
            }
        }
    }
    secrets
}

/// Adds the secrets among the inputs of a workflow, their names behind a prefix.
fn add(
    workflow: &Workflow,
    inputs: &Map<String, Value>,
    prefix: &str,
    secrets: &mut Map<String, Value>,
) {
    for name in &workflow.secret_inputs {
        match inputs.get(&**name) {
            None | Some(Value::Null) => {}
            Some(value) => drop(secrets.insert(format!("{prefix}{name}"), value.clone())),
        }
    }
}

/// The secrets that the snapshot left out, as given again.
///
/// # Errors
/// `run.missing-secrets`.
pub(super) fn given_again(
    whole: &Value,
    resume: &ResumeOptions,
) -> Result<Map<String, Value>, RunError> {
    let (mut given, mut missing) = (Map::new(), Vec::new());
    let names = whole.get("secrets").and_then(Value::as_array);
    for name in names.map_or(&[][..], Vec::as_slice) {
        let Some(name) = name.as_str() else {
            continue;
        };
        let own = resume.secrets.get(name);
        match own.or_else(|| of_dependency(name, &resume.options)) {
            Some(value) => drop(given.insert(name.to_owned(), value.clone())),
            None => missing.push(name.to_owned()),
        }
    }
    if missing.is_empty() {
        Ok(given)
    } else {
        Err(RunError::MissingSecrets { names: missing })
    }
}

/// The input that is named as `workflowId.name`.
fn of_dependency<'o>(name: &str, options: &'o RunOptions) -> Option<&'o Value> {
    for (id, inputs) in &options.dependency_inputs {
        let name = name.strip_prefix(id.as_str());
        let name = name.and_then(|name| name.strip_prefix('.'));
        if let Some(value) = name.and_then(|name| inputs.get(name)) {
            return Some(value);
        }
    }
    None
}

/// Secrets to be left out of a snapshot.
pub(super) struct Hidden<'s> {
    secrets: &'s Map<String, Value>,
    /// Every secret text in every spelling, each text once.
    spelled: Vec<Spelled<'s>>,
}

/// A secret as a text may spell it.
struct Spelled<'s> {
    name: &'s str,
    spelling: Spelling,
    text: Cow<'s, str>,
}

impl<'s> Hidden<'s> {
    /// Takes secrets by name.
    pub fn new(secrets: &'s Map<String, Value>) -> Self {
        let mut spelled: Vec<Spelled<'s>> = Vec::new();
        for (name, secret) in secrets {
            let Some(secret) = secret.as_str().filter(|secret| !secret.is_empty()) else {
                continue;
            };
            for spelling in SPELLINGS {
                let text = spelling.of(secret);
                if spelled.iter().all(|other| other.text != text) {
                    spelled.push(Spelled {
                        name,
                        spelling,
                        text,
                    });
                }
            }
        }
        Self { secrets, spelled }
    }

    /// Writes a value with a mark in the place of every secret in it: a value that
    /// is one, or a text that holds one.
    pub fn write(&self, value: &Value, json: &mut JsonWriter) {
        for (name, secret) in self.secrets {
            if value == secret {
                json.begin_object().name(SECRET).begin_array();
                json.null().text(name).end_array().end_object();
                return;
            }
        }
        match value {
            Value::String(text) => self.write_text(text, json),
            Value::Array(items) => {
                json.begin_array();
                for item in items {
                    self.write(item, json);
                }
                json.end_array();
            }
            Value::Object(members) => {
                json.begin_object();
                for (name, member) in members {
                    write_name(name, json);
                    self.write(member, json);
                }
                json.end_object();
            }
            _ => drop(json.value(value)),
        }
    }

    /// Writes a text; where it holds secrets, as texts and secrets in turn, a text
    /// first. A secret is its name, or its name and how it is spelled.
    pub fn write_text(&self, text: &str, json: &mut JsonWriter) {
        let mut next = self.first_in(text);
        if next.is_none() {
            json.text(text);
            return;
        }
        json.begin_object().name(SECRET).begin_array();
        let mut rest = text;
        while let Some((at, secret)) = next {
            json.text(&rest[..at]);
            match secret.spelling {
                Spelling::Plain => drop(json.text(secret.name)),
                other => {
                    json.begin_array().text(secret.name);
                    json.text(other.name()).end_array();
                }
            }
            rest = &rest[at + secret.text.len()..];
            next = self.first_in(rest);
        }
        json.text(rest).end_array().end_object();
    }

    /// The secret that a text holds first, and where; of several there, the longest.
    fn first_in(&self, text: &str) -> Option<(usize, &Spelled<'s>)> {
        let mut first: Option<(usize, &Spelled<'s>)> = None;
        for secret in &self.spelled {
            let Some(at) = text.find(&*secret.text) else {
                continue;
            };
            let is_first = first.is_none_or(|(before, other)| {
                at < before || at == before && secret.text.len() > other.text.len()
            });
            if is_first {
                first = Some((at, secret));
            }
        }
        first
    }
}

/// Writes a member's name: an answer must not be able to pass for a mark.
pub(super) fn write_name(name: &str, json: &mut JsonWriter) {
    if name.starts_with('\0') {
        json.name(&format!("\0{name}"));
    } else {
        json.name(name);
    }
}

/// A member's name as it was before it was written.
pub(super) fn own_name(name: &str) -> &str {
    name.strip_prefix('\0').unwrap_or(name)
}

/// Puts every secret back in the place of its mark.
pub(super) fn reveal(value: &mut Value, secrets: &Map<String, Value>) {
    match value {
        Value::Array(items) => {
            for item in items {
                reveal(item, secrets);
            }
        }
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
            let mut escaped = false;
            for (name, member) in members.iter_mut() {
                reveal(member, secrets);
                escaped |= name.starts_with("\0\0");
            }
            if escaped {
                for (name, member) in std::mem::take(members) {
                    members.insert(own_name(&name).to_owned(), member);
                }
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
        let known = SPELLINGS.iter().find(|own| Some(own.name()) == spelling);
        let spelling = known.unwrap_or(&Spelling::Plain);
        if let Some(secret) = secrets.get(name).and_then(Value::as_str) {
            joined.push_str(&spelling.of(secret));
        }
    }
    joined
}
