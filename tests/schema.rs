//! JSON Schema: the published suite, defaults, words.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use spola::document::{Schema, SchemaError};
use spola::pointer::Pointer;

/// A folder of shared material, which stands beside the workspace or above it.
fn shared(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .map(|folder| folder.join("shared").join(path))
        .find(|folder| folder.is_dir())
        .unwrap_or_default()
}

fn read(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    found.sort();
    found
}

/// The documents that the suite expects at `http://localhost:1234/`.
fn remotes(folder: &Path, url: &str, found: &mut HashMap<String, Value>) {
    for path in files(folder) {
        let name = path.file_name().unwrap().to_str().unwrap();
        let url = format!("{url}/{name}");
        if path.is_dir() {
            remotes(&path, &url, found);
        } else {
            found.insert(url, read(&path));
        }
    }
}

#[test]
#[allow(clippy::print_stderr)]
fn the_published_suite_passes_whole() {
    let folder = shared("suites/json-schema-2020-12");
    if !folder.is_dir() {
        eprintln!("skipped: the shared material is not there");
        return;
    }
    let mut documents = HashMap::new();
    remotes(
        &folder.join("remotes"),
        "http://localhost:1234",
        &mut documents,
    );
    let fetch = |url: &str| documents.get(url).cloned();
    let (mut passed, mut failed) = (0, Vec::new());
    for path in files(&folder).iter().filter(|path| path.is_file()) {
        for group in read(path).as_array().unwrap() {
            let compiled = Schema::compile(&group["schema"], &Pointer::default(), "", &fetch);
            for test in group["tests"].as_array().unwrap() {
                let verdict = match &compiled {
                    Ok(schema) => Ok(schema.validate(&test["data"]).is_empty()),
                    Err(error) => Err(format!("{error} at `{}`", error.pointer)),
                };
                if verdict == Ok(test["valid"] == true) {
                    passed += 1;
                } else {
                    let name = path.file_name().unwrap().to_str().unwrap();
                    let (group, test) = (&group["description"], &test["description"]);
                    failed.push(format!("{name}: {group}: {test}: {verdict:?}"));
                }
            }
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
    assert_eq!(passed, 1299);
}

fn nothing(_: &str) -> Option<Value> {
    None
}

fn schema(value: &Value) -> Schema {
    Schema::compile(value, &Pointer::default(), "", &nothing).unwrap()
}

fn refused(value: &Value) -> SchemaError {
    Schema::compile(value, &Pointer::default(), "", &nothing).unwrap_err()
}

/// The violations of a value, each as `instance: message`.
fn told(of: &Value, value: &Value) -> Vec<String> {
    let violations = schema(of).validate(value);
    violations
        .iter()
        .map(|violation| format!("{}: {}", violation.instance, violation.message))
        .collect()
}

fn filled(of: &Value, value: Value) -> Value {
    let mut value = value;
    schema(of).apply_defaults(&mut value);
    value
}

#[test]
fn violations_are_told_in_words_for_people() {
    for (of, value, want) in [
        (
            json!({"type": "string"}),
            json!(1),
            ": must be a string, not a number",
        ),
        (
            json!({"type": "integer"}),
            json!(1.5),
            ": must be an integer, not a fraction",
        ),
        (
            json!({"type": ["string", "null"]}),
            json!([]),
            ": must be a string or null, not an array",
        ),
        (
            json!({"required": ["imageTag"]}),
            json!({}),
            ": required member `imageTag` is missing",
        ),
        (
            json!({"dependentRequired": {"a": ["b"]}}),
            json!({"a": 1}),
            ": member `b` is missing, which `a` requires",
        ),
        (
            json!({"properties": {"a": {"enum": ["A", "B", 3]}}}),
            json!({"a": "x"}),
            "/a: must be one of `A`, `B`, `3`",
        ),
        (
            json!({"const": {"a": 1}}),
            json!(1),
            ": must be `{\"a\":1}`",
        ),
        (
            json!({"properties": {"imageTag": {}}, "additionalProperties": false}),
            json!({"imageTga": 1}),
            "/imageTga: `imageTga` is not allowed here; did you mean `imageTag`?",
        ),
        (
            json!({"properties": {"a": {}}, "unevaluatedProperties": false}),
            json!({"x": 1}),
            "/x: `x` is not allowed here",
        ),
        (json!(false), json!(1), ": no value is allowed here"),
        (
            json!({"items": {"minLength": 1}}),
            json!(["a", ""]),
            "/1: must have at least 1 character",
        ),
        (
            json!({"maximum": 100, "multipleOf": 0.1}),
            json!(100.1),
            ": must be at most 100",
        ),
        (
            json!({"uniqueItems": true}),
            json!(["a", "b", "a"]),
            ": item 2 must not be the same as item 0",
        ),
        (
            json!({"pattern": "^a+$"}),
            json!("b"),
            ": must match the pattern `^a+$`",
        ),
        (
            json!({"propertyNames": {"maxLength": 2}}),
            json!({"abc": 1}),
            ": the name `abc` must have at most 2 characters",
        ),
        (
            json!({"contains": {"type": "string"}, "minContains": 2}),
            json!(["a"]),
            ": must have at least 2 items of the kind asked for",
        ),
        (
            json!({"anyOf": [{"type": "string"}, {"properties": {"a": {"type": "string"}}}]}),
            json!({"a": {}}),
            ": fits none of 2 alternatives: must be a string, not an object; \
             or `a` must be a string, not an object",
        ),
        (
            json!({"oneOf": [{"required": ["imageRecipeArn"]}, {"required": ["containerRecipeArn"]}]}),
            json!({"imageRecipeArn": 1, "containerRecipeArn": 1}),
            ": must fit exactly one of 2 alternatives, but fits the first and the second",
        ),
        (
            json!({"not": {"type": "string"}}),
            json!("a"),
            ": must not fit the schema under `not`",
        ),
    ] {
        assert_eq!(told(&of, &value), [want], "{of}");
    }
}

#[test]
fn a_violation_names_the_place_in_the_value_and_the_keyword() {
    let root = json!({
        "workflows": [{"inputs": {"properties": {"a/b": {"$ref": "#/components/inputs/x"}}}}],
        "components": {"inputs": {"x": {"type": "string"}}},
    });
    let pointer = Pointer::parse("/workflows/0/inputs").unwrap();
    let schema = Schema::compile(&root, &pointer, "a.yaml", &nothing).unwrap();
    let violations = schema.validate(&json!({"a/b": 1}));
    assert_eq!(violations.len(), 1);
    assert_eq!(violations[0].instance.to_string(), "/a~1b");
    assert_eq!(
        violations[0].keyword.to_string(),
        "/components/inputs/x/type"
    );
}

#[test]
fn no_message_shows_the_value_of_a_secret() {
    let secret = "hunter2";
    for keyword in [
        json!({"type": "integer"}),
        json!({"const": "x"}),
        json!({"enum": ["x", "y"]}),
        json!({"pattern": "^x$"}),
        json!({"maxLength": 1}),
        json!({"not": {"type": "string"}}),
        json!({"anyOf": [{"type": "null"}, {"const": 1}]}),
        json!({"format": "password", "type": "array"}),
    ] {
        let of = json!({"properties": {"p": keyword}});
        for line in told(&of, &json!({"p": secret})) {
            assert!(!line.contains(secret), "{line}");
        }
    }
}

#[test]
fn at_most_thirty_two_violations_are_told() {
    let value: Value = (0..100).map(Value::from).collect();
    let of = schema(&json!({"items": {"type": "string"}}));
    assert_eq!(of.validate(&value).len(), 32);
}

#[test]
fn a_schema_that_is_none_is_refused_at_its_place() {
    for (value, pointer, message) in [
        (
            json!({"type": "strnig"}),
            "/type",
            "there is no type `strnig`",
        ),
        (
            json!({"properties": 3}),
            "/properties",
            "`properties` must be an object of schemas, not a number",
        ),
        (
            json!({"properties": {"a": {"required": "x"}}}),
            "/properties/a/required",
            "`required` must be an array of different names, not a string",
        ),
        (
            json!({"$defs": {"unused": {"items": [1]}}}),
            "/$defs/unused/items",
            "`items` must be a schema, not an array",
        ),
        (
            json!({"allOf": [1]}),
            "/allOf/0",
            "a schema must be an object or a boolean, not a number",
        ),
        (
            json!({"properties": {"a": {"$ref": "#/components/inputs/none"}}}),
            "/properties/a/$ref",
            "the reference `#/components/inputs/none` leads nowhere",
        ),
        (
            json!({"$ref": "#nowhere"}),
            "/$ref",
            "the reference `#nowhere` leads nowhere",
        ),
        (
            json!({"$ref": "other.json"}),
            "/$ref",
            "the document `other.json` is not known",
        ),
    ] {
        let error = refused(&value);
        assert_eq!(error.pointer.to_string(), pointer, "{value}");
        assert_eq!(error.to_string(), message, "{value}");
        assert_eq!(error.document, None);
    }
    let help = refused(&json!({"type": "strnig"})).problem.help();
    assert_eq!(help.as_deref(), Some("did you mean `string`?"));
    let error = refused(&json!({"properties": {"a": {"pattern": "("}}}));
    assert_eq!(error.pointer.to_string(), "/properties/a/pattern");
    assert!(std::error::Error::source(&error).is_some());
}

#[test]
fn an_error_in_another_document_names_that() {
    let fetch = |url: &str| (url == "http://x/b.json").then(|| json!({"a": {"type": "int"}}));
    let root = json!({"$ref": "b.json#/a"});
    let error = Schema::compile(&root, &Pointer::default(), "http://x/a.json", &fetch).unwrap_err();
    assert_eq!(error.document.as_deref(), Some("http://x/b.json"));
    assert_eq!(error.pointer.to_string(), "/a/type");
    assert_eq!(
        error.problem.help().as_deref(),
        Some("did you mean `integer`?")
    );
}

#[test]
fn references_without_end_are_refused_when_compiling() {
    for value in [
        json!({"$ref": "#"}),
        json!({"allOf": [{"$ref": "#"}]}),
        json!({"$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"$ref": "#/$defs/a"}}, "$ref": "#/$defs/a"}),
        json!({"properties": {"x": {"anyOf": [true, {"$ref": "#/properties/x"}]}}}),
        json!({"dependentSchemas": {"a": {"not": {"$ref": "#"}}}}),
    ] {
        let error = refused(&value);
        assert_eq!(
            error.to_string(),
            "the schema refers to itself without end",
            "{value}"
        );
    }
}

#[test]
fn dynamic_references_without_end_and_values_too_deep_are_invalid() {
    let dynamic = json!({
        "$dynamicAnchor": "a",
        "allOf": [{"not": {"$dynamicRef": "#a"}}, {"$dynamicRef": "#a"}],
    });
    let message = ": the value is nested too deeply, or the schema refers to itself without end";
    assert_eq!(told(&dynamic, &json!(1)), [message]);
    let tree = json!({"type": "array", "items": {"$ref": "#"}});
    let nested = |depth: usize| (0..depth).fold(json!([]), |inner, _| Value::Array(vec![inner]));
    assert_eq!(told(&tree, &nested(200)), [] as [&str; 0]);
    assert_eq!(told(&tree, &nested(2000)), [message]);
    assert_eq!(filled(&tree, nested(2000)), nested(2000));
}

#[test]
fn references_lead_through_pointers_anchors_ids_and_other_documents() {
    let other = json!({
        "components": {"inputs": {"a": {"$anchor": "own", "type": "null"}}},
        "deep": {"unknown": {"place": {"type": "boolean"}}},
    });
    let fetch = |url: &str| (url == "flows/b.yaml").then(|| other.clone());
    let root = json!({
        "workflows": [{"inputs": {"properties": {
            "pointer": {"$ref": "#/components/inputs/a%20b"},
            "anchor": {"$ref": "#here"},
            "whole": {"$ref": "a.yaml#here"},
            "outside": {"$ref": "b.yaml#own"},
            "deep": {"$ref": "b.yaml#/deep/unknown/place"},
            "embedded": {"$ref": "e.json"},
        }}}],
        "components": {"inputs": {
            "a b": {"type": "string"},
            "c": {"$anchor": "here", "type": "integer"},
            "e": {"$id": "e.json", "type": "array", "items": {"$ref": "#/$defs/i"},
                  "$defs": {"i": {"type": "string"}}},
        }},
    });
    let pointer = Pointer::parse("/workflows/0/inputs").unwrap();
    let schema = Schema::compile(&root, &pointer, "flows/a.yaml", &fetch).unwrap();
    let good = json!({
        "pointer": "", "anchor": 1, "whole": 1, "outside": null, "deep": true, "embedded": [""],
    });
    assert_eq!(schema.validate(&good), []);
    let bad = json!({
        "pointer": 1, "anchor": "", "whole": "", "outside": 1, "deep": 1, "embedded": [1],
    });
    assert_eq!(schema.validate(&bad).len(), 6);
}

#[test]
fn numbers_are_compared_as_they_are_written() {
    let of = json!({"maximum": 9007199254740992_u64, "multipleOf": 0.01});
    assert_eq!(told(&of, &json!(9007199254740992_u64)), [] as [&str; 0]);
    assert_eq!(
        told(&of, &json!(9007199254740993_u64)),
        [": must be at most 9007199254740992"]
    );
    assert_eq!(told(&of, &json!(4.35)), [] as [&str; 0]);
    assert_eq!(told(&of, &json!(4.355)), [": must be a multiple of 0.01"]);
}

#[test]
fn defaults_fill_what_is_missing_and_nothing_else() {
    let nested = json!({"properties": {"a": {"properties": {"b": {"default": 1}}}}});
    for (of, value, want) in [
        (
            json!({"properties": {"clientToken": {"default": "t-1"}}}),
            json!({}),
            json!({"clientToken": "t-1"}),
        ),
        (nested.clone(), json!({}), json!({})),
        (nested.clone(), json!({"a": {}}), json!({"a": {"b": 1}})),
        (
            nested.clone(),
            json!({"a": {"b": null}}),
            json!({"a": {"b": null}}),
        ),
        (nested.clone(), json!({"a": null}), json!({"a": null})),
        (nested, json!(null), json!(null)),
        (
            json!({
                "allOf": [{"$ref": "#/$defs/x"}],
                "$defs": {"x": {"properties": {"a": {"$ref": "#/$defs/y"}}}, "y": {"default": 2}},
            }),
            json!({"z": 1}),
            json!({"z": 1, "a": 2}),
        ),
        (
            json!({"$defs": {"y": {"default": 2}}, "properties": {"a": {"$ref": "#/$defs/y", "default": 3}}}),
            json!({}),
            json!({"a": 3}),
        ),
        (
            json!({"properties": {"a": {"default": {}, "properties": {"b": {"default": [1]}}}}}),
            json!({}),
            json!({"a": {"b": [1]}}),
        ),
        (
            json!({"items": {"properties": {"b": {"default": 1}}}}),
            json!([{}, 1, {"b": 2}]),
            json!([{"b": 1}, 1, {"b": 2}]),
        ),
        (
            json!({"properties": {"next": {"$ref": "#", "default": {}}}}),
            json!({"next": {}}),
            json!({"next": {"next": {}}}),
        ),
        (
            json!({"anyOf": [{"properties": {"a": {"default": 1}}}]}),
            json!({}),
            json!({}),
        ),
    ] {
        assert_eq!(filled(&of, value), want, "{of}");
    }
}

#[test]
fn properties_are_told_with_all_that_is_known_of_them() {
    let of = schema(&json!({
        "type": "object",
        "required": ["name", "other"],
        "properties": {
            "name": {"$ref": "#/$defs/name", "description": "the name"},
            "token": {"type": "string", "format": "password"},
            "key": {"anyOf": [{"type": "string", "writeOnly": true}, {"type": "null"}]},
            "id": {"type": "string", "x-spola-default": "uuid"},
            "nested": {"type": "object", "properties": {"n": {"$ref": "#/$defs/name"}}},
        },
        "allOf": [{
            "properties": {"count": {"type": ["integer", "null"], "default": 3}, "name": {"maxLength": 9}},
            "required": ["count"],
        }],
        "$defs": {"name": {"type": "string", "minLength": 1}},
    }));
    let found = of.properties();
    let names: Vec<&str> = found
        .iter()
        .map(|property| property.name.as_str())
        .collect();
    assert_eq!(
        names,
        ["name", "token", "key", "id", "nested", "count", "other"]
    );
    let [name, token, key, id, nested, count, other] = found.as_slice() else {
        panic!("seven properties");
    };
    assert_eq!(
        name.schema,
        json!({"type": "string", "minLength": 1, "description": "the name"})
    );
    assert!(name.required && !name.secret && name.types == ["string"]);
    assert!(token.secret && !token.required);
    assert!(key.secret && key.types == ["null", "string"]);
    assert_eq!(id.made.as_deref(), Some("uuid"));
    assert_eq!(
        nested.schema["properties"]["n"],
        json!({"$ref": "#/$defs/name"})
    );
    assert!(count.required && count.types == ["null", "integer"]);
    assert_eq!(count.default, Some(json!(3)));
    assert!(other.required && other.schema == json!(true) && other.types.is_empty());
}

#[test]
fn others_are_forbidden_where_the_schema_says_so() {
    for (of, want) in [
        (json!({"additionalProperties": false}), true),
        (
            json!({"allOf": [{"$ref": "#/$defs/a"}], "$defs": {"a": {"unevaluatedProperties": false}}}),
            true,
        ),
        (json!({"additionalProperties": {"type": "string"}}), false),
        (
            json!({"properties": {"a": {"additionalProperties": false}}}),
            false,
        ),
        (json!(true), false),
    ] {
        assert_eq!(schema(&of).forbids_others(), want, "{of}");
    }
}

#[test]
fn a_resolved_schema_has_references_only_where_they_come_back() {
    let of = schema(&json!({
        "title": "list",
        "properties": {
            "next": {"$ref": "#"},
            "name": {"$ref": "#/$defs/name", "title": "name"},
            "both": {"allOf": [{"$ref": "#/$defs/name"}]},
        },
        "patternProperties": {"^x-": true},
        "$defs": {"name": {"type": "string", "pattern": "^a"}},
    }));
    let want = json!({
        "title": "list",
        "properties": {
            "next": {"$ref": "#"},
            "name": {"type": "string", "pattern": "^a", "title": "name"},
            "both": {"allOf": [{"type": "string", "pattern": "^a"}]},
        },
        "patternProperties": {"^x-": true},
    });
    assert_eq!(of.resolved(), want);
}

#[test]
fn resolving_what_doubles_at_each_reference_ends() {
    let mut defs = serde_json::Map::new();
    for at in 0..40 {
        let next = json!({"$ref": format!("#/$defs/d{}", at + 1)});
        defs.insert(
            format!("d{at}"),
            json!({"properties": {"l": next, "r": next}}),
        );
    }
    defs.insert("d40".into(), json!({"type": "string"}));
    let of = schema(&json!({"$ref": "#/$defs/d0", "$defs": defs}));
    assert!(of.resolved().is_object());
    assert_eq!(of.validate(&json!({"l": {"r": {}}})), []);
}

#[test]
fn texts_are_read_by_the_types_declared() {
    let of = schema(&json!({
        "properties": {
            "text": {"type": "string"},
            "open": {},
            "whole": {"$ref": "#/$defs/whole"},
            "list": {"type": "array"},
            "either": {"type": ["string", "integer"]},
            "maybe": {"anyOf": [{"type": "integer"}, {"type": "null"}]},
            "named": {"type": ["string", "null"]},
        },
        "additionalProperties": {"type": "boolean"},
        "$defs": {"whole": {"type": "integer"}},
    }));
    for (name, text, want) in [
        ("text", "50", json!("50")),
        ("open", "50", json!("50")),
        ("whole", "50", json!(50)),
        ("whole", "1.5", json!(1.5)),
        ("whole", "many", json!("many")),
        ("list", "[\"a\", 1]", json!(["a", 1])),
        ("list", "a,b", json!("a,b")),
        ("either", "50", json!(50)),
        ("either", "1.5", json!("1.5")),
        ("either", "\"50\"", json!("\"50\"")),
        ("maybe", "null", json!(null)),
        ("maybe", "true", json!("true")),
        ("named", "null", json!(null)),
        ("named", "nil", json!("nil")),
        ("anything", "true", json!(true)),
    ] {
        assert_eq!(of.read_text(name, text), want, "{name}={text}");
    }
}
