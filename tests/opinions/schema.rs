//! JSON Schema: what the crate `jsonschema` says of the same values.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use jsonschema::{Draft, Retrieve, Uri, Validator};
use serde_json::{Value, json};
use spola::document::{Schema, SchemaProblem};
use spola::pointer::Pointer;

use crate::made::{Maker, material};
use crate::shared;

/// The suite's documents by URL.
#[derive(Clone, Default)]
struct Remotes(HashMap<String, Value>);

impl Retrieve for Remotes {
    fn retrieve(
        &self,
        uri: &Uri<String>,
    ) -> Result<Value, Box<dyn std::error::Error + Send + Sync>> {
        let url = uri.as_str().trim_end_matches('#');
        self.0.get(url).cloned().ok_or_else(|| url.into())
    }
}

fn read(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut found: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    found.sort();
    found
}

/// The documents that the suite expects at `http://localhost:1234/`.
fn remotes(folder: &Path, url: &str, found: &mut HashMap<String, Value>) {
    for path in files(folder) {
        let url = format!("{url}/{}", path.file_name().unwrap().to_str().unwrap());
        if path.is_dir() {
            remotes(&path, &url, found);
        } else {
            found.insert(url, read(&path));
        }
    }
}

/// A schema by both, where both can use it.
///
/// # Errors
///
/// What the one said that refused it alone.
fn both(schema: &Value, remotes: &Remotes) -> Result<Option<(Schema, Validator)>, String> {
    let fetch = |url: &str| remotes.0.get(url).cloned();
    let ours = Schema::compile(schema, &Pointer::default(), "", &fetch);
    let theirs = jsonschema::options()
        .with_draft(Draft::Draft202012)
        .with_retriever(remotes.clone())
        .build(schema);
    match (ours, theirs) {
        (Ok(ours), Ok(theirs)) => Ok(Some((ours, theirs))),
        (Err(_), Err(_)) => Ok(None),
        // Theirs finds a schema that is its own part only where it is used.
        (Err(ours), Ok(_)) if ours.problem == SchemaProblem::RefersToItself => Ok(None),
        (Err(ours), Ok(_)) => Err(format!("{schema}: we refuse: {ours} at `{}`", ours.pointer)),
        (Ok(_), Err(theirs)) => Err(format!("{schema}: they refuse: {theirs}")),
    }
}

/// The groups of the suite: their schemas, and the values that are tried on each.
fn groups() -> (Vec<(Value, Vec<Value>)>, Remotes) {
    let Some(folder) = shared("suites/json-schema-2020-12") else {
        return Default::default();
    };
    let mut documents = HashMap::new();
    remotes(
        &folder.join("remotes"),
        "http://localhost:1234",
        &mut documents,
    );
    let mut groups = Vec::new();
    for path in files(&folder).iter().filter(|path| path.is_file()) {
        for group in read(path).as_array().unwrap() {
            let tests = group["tests"].as_array().unwrap();
            let values = tests.iter().map(|test| test["data"].clone()).collect();
            groups.push((group["schema"].clone(), values));
        }
    }
    (groups, Remotes(documents))
}

/// Names and leaves that make values interesting for a schema.
fn material_of(schema: &Value, values: &[Value]) -> (Vec<String>, Vec<Value>) {
    let mut names = ["a", "foo", "bar"].map(str::to_owned).to_vec();
    let leaves = json!([
        null,
        true,
        false,
        0,
        1,
        -1.5,
        1e2,
        2.0,
        "",
        "a",
        "é",
        "💩",
        [],
        {}
    ]);
    let mut leaves = leaves.as_array().unwrap().clone();
    material(schema, &mut names, &mut leaves);
    for value in values {
        material(value, &mut names, &mut leaves);
    }
    (names, leaves)
}

#[test]
fn values_with_a_change_are_valid_to_both_or_to_neither() {
    let (groups, remotes) = groups();
    let (mut different, mut valid, mut invalid) = (Vec::new(), 0, 0);
    for ((schema, values), seed) in groups.iter().zip(1..) {
        let (ours, theirs) = both(schema, &remotes).unwrap().unwrap();
        let (names, leaves) = material_of(schema, values);
        let mut maker = Maker::new(seed);
        for round in 0..120 {
            let mut value = match maker.pick(values) {
                Some(value) if round % 4 > 0 => value.clone(),
                _ => maker.tree(&names, &leaves, 3),
            };
            for _ in 0..=maker.below(3) {
                value = maker.changed(&value, &names, &leaves);
            }
            let is_valid = ours.validate(&value).is_empty();
            *(if is_valid { &mut valid } else { &mut invalid }) += 1;
            if is_valid != theirs.is_valid(&value) {
                different.push(format!("{schema}: {value}: we say {is_valid}"));
            }
        }
    }
    assert!(different.is_empty(), "{}", different.join("\n"));
    assert!(groups.is_empty() || valid > 10_000 && invalid > 10_000);
}

/// Whether some `$ref` is empty. RFC 3986, section 5.2.2: that is the document itself.
/// The other takes it for no reference at all.
fn has_empty_reference(schema: &Value) -> bool {
    match schema {
        Value::Object(members) => members
            .iter()
            .any(|(name, member)| name == "$ref" && member == "" || has_empty_reference(member)),
        Value::Array(items) => items.iter().any(has_empty_reference),
        _ => false,
    }
}

/// Whether a schema means the same wherever it stands.
fn stands_alone(schema: &Value) -> bool {
    match schema {
        Value::Object(members) => members
            .iter()
            .all(|(name, member)| !name.starts_with('$') && stands_alone(member)),
        Value::Array(items) => items.iter().all(stands_alone),
        _ => true,
    }
}

/// Schemas that are made of three.
fn joined(a: &Value, b: &Value, c: &Value) -> [Value; 11] {
    let only = |schema: Value| {
        let mut schema = schema;
        schema["unevaluatedProperties"] = false.into();
        schema["unevaluatedItems"] = false.into();
        schema
    };
    [
        only(json!({"allOf": [a, b]})),
        only(json!({"if": a, "then": b, "else": c})),
        json!({"anyOf": [a, b, c], "unevaluatedProperties": false, "unevaluatedItems": c}),
        json!({"oneOf": [a, b], "unevaluatedProperties": c}),
        json!({"not": a, "anyOf": [b, c]}),
        json!({"properties": {"foo": a, "bar": b}, "additionalProperties": c}),
        json!({"items": a, "prefixItems": [b], "contains": c, "maxContains": 2}),
        json!({"contains": a, "unevaluatedItems": b}),
        json!({"patternProperties": {"o": a}, "dependentSchemas": {"foo": b}, "unevaluatedProperties": c}),
        only(
            json!({"$ref": "#/$defs/a", "allOf": [{"$ref": "#/$defs/b"}], "$defs": {
                "a": a,
                "b": {"items": {"$ref": "#/$defs/a"}, "properties": {"foo": {"$ref": "#"}}},
            }}),
        ),
        json!({"propertyNames": a, "minProperties": 1, "not": {"not": b}}),
    ]
}

#[test]
fn joined_schemas_say_the_same_to_both() {
    let (groups, _) = groups();
    let remotes = Remotes::default();
    let (mut schemas, mut values) = (Vec::new(), Vec::new());
    for (mut schema, of) in groups {
        if let Some(members) = schema.as_object_mut() {
            members.shift_remove("$schema");
        }
        if stands_alone(&schema) {
            schemas.push(schema);
            values.extend(of);
        }
    }
    let mut maker = Maker::new(1);
    let mut different = Vec::new();
    for _ in 0..4_000 {
        let mut one = || maker.pick(&schemas).cloned();
        let (Some(a), Some(b), Some(c)) = (one(), one(), one()) else {
            return;
        };
        let mut schema = maker.pick(&joined(&a, &b, &c)).unwrap().clone();
        let (names, leaves) = material_of(&schema, &[]);
        if maker.below(3) == 0 {
            schema = maker.changed(&schema, &names, &leaves);
        }
        if has_empty_reference(&schema) {
            continue;
        }
        let (ours, theirs) = match both(&schema, &remotes) {
            Ok(Some(compiled)) => compiled,
            Ok(None) => continue,
            Err(why) => {
                different.push(why);
                continue;
            }
        };
        for _ in 0..30 {
            let mut value = maker.pick(&values).unwrap().clone();
            for _ in 0..maker.below(4) {
                value = maker.changed(&value, &names, &leaves);
            }
            let is_valid = ours.validate(&value).is_empty();
            if is_valid != theirs.is_valid(&value) {
                different.push(format!("{schema}: {value}: we say {is_valid}"));
            }
        }
    }
    assert!(different.is_empty(), "{}", different.join("\n"));
}
