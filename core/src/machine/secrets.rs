//! Secret inputs left out of snapshots, and put back.

use serde_json::{Map, Value};

use super::error::RunError;
use super::mask::{Marks, Spelling};
use super::options::RunOptions;
use super::snapshot::ResumeOptions;
use crate::json_writer::JsonWriter;
use crate::link::{Linked, Workflow, WorkflowIndex};
use crate::text;

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
///
/// A mark stands between two NUL characters: what it is, and the number of the
/// secret. An empty one is a NUL that the text has of its own.
pub(super) struct Hidden<'s> {
    secrets: &'s Map<String, Value>,
    marks: Marks,
}

/// What the mark of a value that is a secret begins with.
const WHOLE: u8 = b'=';

/// What the mark of a secret within a text begins with, by how it is spelled.
const SPELLED: [(u8, Spelling); 4] = [
    (b'p', Spelling::Plain),
    (b'u', Spelling::Url),
    (b'f', Spelling::Form),
    (b'j', Spelling::Json),
];

fn mark(kind: u8, secret: usize) -> String {
    format!("\0{}{secret}\0", char::from(kind))
}

impl<'s> Hidden<'s> {
    /// Takes secrets by name.
    pub fn new(secrets: &'s Map<String, Value>) -> Self {
        let mut marks = Marks::default();
        marks.add("\0".into(), "\0\0".into());
        for (at, secret) in secrets.values().enumerate() {
            let secret = secret.as_str().unwrap_or_default();
            if !secret.is_empty() {
                for (kind, spelling) in SPELLED {
                    marks.add(spelling.of(secret), mark(kind, at));
                }
            }
        }
        Self { secrets, marks }
    }

    /// Writes a value with a mark in the place of every secret in it: a value that
    /// is one, or a part of a text.
    pub fn write(&self, value: &Value, json: &mut JsonWriter) {
        if let Some(at) = self.secrets.values().position(|secret| secret == value) {
            json.text(&mark(WHOLE, at));
            return;
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
                    json.name(name);
                    self.write(member, json);
                }
                json.end_object();
            }
            _ => drop(json.value(value)),
        }
    }

    /// Writes a text with a mark in the place of every secret in it.
    pub fn write_text(&self, text: &str, json: &mut JsonWriter) {
        json.text(&self.marks.put_into(text));
    }
}

/// Puts every secret back in the place of its mark.
pub(super) fn reveal(value: &mut Value, secrets: &Map<String, Value>) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(|item| reveal(item, secrets)),
        Value::Object(members) => {
            for (_, member) in members.iter_mut() {
                reveal(member, secrets);
            }
        }
        Value::String(text) if text::find(text, 0).is_some() => *value = revealed(text, secrets),
        _ => {}
    }
}

/// What a text with marks stands for.
fn revealed(text: &str, secrets: &Map<String, Value>) -> Value {
    let mut whole = String::new();
    for (at, part) in text::split(text, b"\0").into_iter().enumerate() {
        if at % 2 == 0 {
            whole.push_str(part);
            continue;
        }
        let Some((kind, number)) = part.split_at_checked(1) else {
            whole.push('\0');
            continue;
        };
        let number = text::whole(number).unwrap_or(u64::MAX);
        let secret = secrets.values().nth(number as usize);
        if kind.as_bytes() == [WHOLE] {
            return secret.cloned().unwrap_or_default();
        }
        let spelling = SPELLED.iter().find(|(own, _)| kind.as_bytes() == [*own]);
        if let (Some((_, spelling)), Some(Value::String(secret))) = (spelling, secret) {
            whole.push_str(&spelling.of(secret));
        }
    }
    Value::String(whole)
}
