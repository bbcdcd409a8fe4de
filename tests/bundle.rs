//! Bundles: one document that is the same program.

use std::path::Path;

use serde_json::{Map, Value, json};
use spola::bundle::bundle;
use spola::document::{Documents, Loader};
use spola::link::{LinkOptions, Program, link};

use crate::cli_run::run;
use crate::driver::Cloud;
use crate::harness::{Conversation, Manner, files_under, load_files, load_texts, root, shared};

const WORKFLOWS: [&str; 5] = [
    "copy-image",
    "ensure-repository-and-seed-image",
    "publish-image",
    "image-inventory",
    "create-image-and-poll",
];

const LENIENT: LinkOptions = LinkOptions { strict: false };

/// Loads a text alone, under a name; nothing else may be asked for.
fn alone(name: &str, text: &str) -> Documents {
    let mut loader = Loader::new(name);
    while let Some(url) = loader.needs() {
        assert_eq!(url, name, "the bundle asks for another document");
        loader.supply(&url, text.as_bytes(), &url);
    }
    loader.finish()
}

fn bundled(documents: &Documents, strict: bool) -> String {
    bundle(documents, LinkOptions { strict }).unwrap_or_else(|error| panic!("{error}"))
}

/// The bundle of documents, which is the same program wherever it is put, and
/// whose own bundle is the same text.
fn proven(documents: &Documents) -> (String, Program) {
    let program = link(documents, LENIENT).unwrap();
    let text = bundled(documents, false);
    for name in ["bundle.json", "/some/where/b.json", "https://e.example/x/b"] {
        let again = link(alone(name, &text), LENIENT).unwrap();
        assert_eq!(again.digest(), program.digest(), "{name}");
    }
    let documents = alone("another.json", &text);
    assert_eq!(bundled(&documents, false), text, "the bundle of a bundle");
    let program = link(&documents, LENIENT).unwrap();
    (text, program)
}

fn texts(texts: &[(&str, &str)]) -> Documents {
    let map: Map<String, Value> = texts
        .iter()
        .map(|(name, text)| ((*name).to_owned(), json!(text)))
        .collect();
    load_texts(&map)
}

const MINIMAL: &str = "
arazzo: 1.0.1
info: {title: Pets, version: '1'}
sourceDescriptions: [{name: pets, url: pets.yaml, type: openapi}]
workflows:
- workflowId: w
  steps: [{stepId: s, operationId: getPets}]
";

/// A description with `getPets` at a path.
fn pets(path: &str) -> String {
    format!(
        "{{openapi: 3.1.0, info: {{title: P, version: '1'}}, servers: [{{url: 'https://p.example'}}], paths: {{{path}: {{get: {{operationId: getPets}}}}}}}}"
    )
}

fn shipped(id: &str) -> std::path::PathBuf {
    root().join(format!("workflows/arazzo/{id}.arazzo.yaml"))
}

#[test]
fn the_shipped_workflows_are_the_same_programs_in_bundles() {
    for id in WORKFLOWS {
        let (text, _) = proven(&load_files(&shipped(id)));
        assert!(text.len() < 20_000, "{id}: {} bytes", text.len());
        let document = text.find("x-spola-linked").unwrap();
        let form = text.len() - document;
        assert!(
            form * 10 < document * 6,
            "{id}: {form} beside {document} bytes"
        );
        let strict = bundled(&load_files(&shipped(id)), true);
        assert_eq!(strict, text, "{id}");
    }
}

#[test]
fn the_seeds_and_a_fraction_of_their_descriptions_are_enough() {
    let Some(folder) = shared("seeds/arazzo") else {
        return;
    };
    let (mut described, mut carried) = (0, 0);
    for path in files_under(&folder) {
        let documents = load_files(&path);
        let (text, _) = proven(&documents);
        let sizes = documents
            .iter()
            .skip(1)
            .map(|one| std::fs::metadata(one.url()).unwrap().len() as usize);
        let described_here: usize = sizes.sum();
        let path = path.display();
        let mut value: Value = serde_json::from_str(&text).unwrap();
        value.as_object_mut().unwrap().remove("x-spola-linked");
        let length = value.to_string().len();
        eprintln!(
            "{path}: {length} bytes, {} with the linked form",
            text.len()
        );
        assert!(length * 2 < described_here, "{path}: {length}");
        described += described_here;
        carried += length;
    }
    assert!(
        carried * 10 < described,
        "{carried} of {described} bytes, the workflows among them"
    );
}

#[test]
fn what_others_have_written_can_be_bundled_where_it_links() {
    let Some(corpus) = shared("corpus") else {
        return;
    };
    let mut count = 0;
    for path in files_under(&corpus) {
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        let told = text.starts_with("arazzo:") || text.contains("\narazzo:");
        let told = told || text.contains("\"arazzo\"");
        let documents = load_files(&path);
        if !told || link(&documents, LENIENT).is_err() {
            continue;
        }
        count += 1;
        let program = link(&documents, LENIENT).unwrap();
        let text = bundle(&documents, LENIENT)
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        // Sources that are missing and that nobody needs are still named.
        let mut loader = Loader::new("b.json");
        while let Some(url) = loader.needs() {
            match &*url {
                "b.json" => loader.supply(&url, text.as_bytes(), &url),
                _ => loader.failed(&url, "not here"),
            }
        }
        let documents = loader.finish();
        let again = link(&documents, LENIENT).unwrap();
        assert_eq!(again.digest(), program.digest(), "{}", path.display());
        assert_eq!(bundled(&documents, false), text, "{}", path.display());
    }
    assert!(count > 15, "{count} documents");
}

#[test]
fn every_conversation_is_the_same_over_a_bundle() {
    // Its message names the place in the document.
    let placed = "az-step-24-a-missing-path-parameter-fails-the-step.yaml";
    let mut count = 0;
    for path in files_under(&root().join("tests/conversations")) {
        if path.ends_with(placed) {
            continue;
        }
        let conversation = Conversation::read_as(&path, |documents, strict| {
            let program = link(documents, LinkOptions { strict }).unwrap();
            let text = bundled(documents, strict);
            let again = link(alone("b.json", &text), LinkOptions { strict }).unwrap();
            assert_eq!(again.digest(), program.digest(), "{}", path.display());
            again
        });
        conversation.play(Manner::Straight);
        count += 1;
    }
    assert!(count > 20, "{count} conversations");
}

#[test]
fn a_run_of_the_document_goes_on_over_its_bundle() {
    let path = shipped("publish-image");
    let document = link(load_files(&path), LENIENT).unwrap();
    let over_bundle = proven(&load_files(&path)).1;
    let inputs = json!({
        "repositoryName": "app", "imageTag": "1", "imageManifest": spola_sandbox::sample_manifest()
    });
    let options = || spola::machine::RunOptions {
        region: Some("eu-west-1".into()),
        ..Default::default()
    };
    let inputs_of = || inputs.as_object().cloned().unwrap();
    let run = document.start(None, inputs_of(), options()).unwrap();
    assert!(
        over_bundle
            .resume(&run.snapshot(), Default::default())
            .is_ok()
    );
    let play = |program: &Program| {
        let mut cloud = Cloud::empty();
        cloud.control("settings", &json!({"layers": "trusted"}));
        cloud.ecr("CreateRepository", &json!({"repositoryName": "app"}));
        cloud.drive(program, &inputs, Manner::Resumed)
    };
    assert_eq!(play(&over_bundle), play(&document));
}

#[test]
fn a_bundle_is_the_document_as_it_was_with_two_more_members() {
    let path = shipped("image-inventory");
    let documents = load_files(&path);
    let mut value: Value = serde_json::from_str(&bundled(&documents, false)).unwrap();
    let members = value.as_object_mut().unwrap();
    let carried = members.remove("x-spola-documents").unwrap();
    members.remove("x-spola-linked").unwrap();
    assert_eq!(value, documents.entry().unwrap().tree().root().to_value());
    let names: Vec<&String> = carried.as_object().unwrap().keys().collect();
    assert_eq!(names, ["../openapi/amazon-ecr.openapi.yaml"]);
    assert!(!carried.to_string().contains("\"$ref\""));
}

#[test]
fn references_servers_and_security_come_along() {
    let pets = "
openapi: 3.1.0
info: {title: Pets, description: long, x-serviceName: p, version: '1'}
servers: [{url: 'https://{zone}.example/v1', variables: {zone: {default: eu, enum: [eu, us]}}}]
security: [{key: []}]
components:
  securitySchemes: {key: {$ref: 'parts.yaml#/key'}, other: {type: http, scheme: basic}}
  schemas: {Pet: {type: object}}
paths:
  /pets: {$ref: 'parts.yaml#/item'}
  /unused: {get: {operationId: unused}}
";
    let parts = "
key: {type: apiKey, in: header, name: X-Key}
limit: {name: limit, in: query, schema: {type: integer}}
body:
  required: true
  content: {multipart/form-data: {schema: {$ref: '#/form'}}}
form:
  type: object
  properties: {file: {$ref: '#/file'}, note: {type: string, description: long}}
file: {type: string, format: binary}
item:
  parameters: [{$ref: '#/limit'}]
  post:
    operationId: getPets
    requestBody: {$ref: '#/body'}
    responses: {'200': {$ref: 'nowhere.yaml#/x'}}
";
    let documents = texts(&[
        ("w.yaml", MINIMAL),
        ("pets.yaml", pets),
        ("parts.yaml", parts),
    ]);
    let (text, _) = proven(&documents);
    let value: Value = serde_json::from_str(&text).unwrap();
    let carried = &value["x-spola-documents"];
    assert_eq!(
        *carried,
        json!({"pets.yaml": {
            "openapi": "3.1.0",
            "security": [{"key": []}],
            "info": {"title": "Pets", "x-serviceName": "p", "version": "1"},
            "servers": [{"url": "https://{zone}.example/v1",
                         "variables": {"zone": {"default": "eu", "enum": ["eu", "us"]}}}],
            "paths": {"/pets": {
                "parameters": [{"name": "limit", "in": "query"}],
                "post": {
                    "operationId": "getPets",
                    "requestBody": {"required": true, "content": {"multipart/form-data": {"schema": {
                        "type": "object",
                        "properties": {"file": {"type": "string", "format": "binary"}, "note": {"type": "string"}}
                    }}}}
                }
            }},
            "components": {"securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "X-Key"}}}
        }})
    );
}

#[test]
fn a_server_means_the_same_wherever_the_bundle_is_put() {
    let pets = |servers: &str| {
        format!(
            "{{openapi: 3.1.0, info: {{title: P, version: '1'}}, servers: {servers}, paths: {{/p: {{get: {{operationId: getPets}}}}}}}}"
        )
    };
    for (at, servers, want) in [
        (
            "https://h.example/d/",
            "[{url: v1}]",
            "https://h.example/d/v1",
        ),
        ("https://h.example/d/", "[]", "https://h.example/"),
        ("d/", "[{url: /v1}]", "file:///v1"),
        ("d/", "[]", "file:///"),
        ("d/", "[{url: 'http://{host}'}]", "http://{host}"),
    ] {
        let (w, p) = (format!("{at}w.yaml"), format!("{at}pets.yaml"));
        let (text, _) = proven(&texts(&[(&w, MINIMAL), (&p, &pets(servers))]));
        let value: Value = serde_json::from_str(&text).unwrap();
        let url = &value["x-spola-documents"]["pets.yaml"]["servers"][0]["url"];
        assert_eq!(*url, want, "{at} {servers}");
    }
}

#[test]
fn workflows_and_schemas_of_other_documents_come_along() {
    let main = "
arazzo: 1.0.1
info: {title: Main, version: '1'}
sourceDescriptions:
- {name: other, url: flows/other.yaml, type: arazzo}
- {name: pets, url: api/pets.yaml, type: openapi}
workflows:
- workflowId: w
  inputs: {type: object, properties: {pet: {$ref: 'api/pets.yaml#/components/schemas/Pet'}, tree: {$ref: 'tree.yaml#/Tree'}}}
  steps:
  - {stepId: a, workflowId: $sourceDescriptions.other.theirs}
  - {stepId: b, operationId: $sourceDescriptions.pets.getPets}
";
    let other = "
arazzo: 1.0.1
info: {title: Other, version: '1'}
sourceDescriptions: [{name: api, url: ../api/pets.yaml, type: openapi}]
workflows:
- workflowId: theirs
  inputs: {$ref: '../tree.yaml#/Tree'}
  steps: [{stepId: s, operationId: putPet, requestBody: {payload: {a: 1}}}]
";
    let pets = "
openapi: 3.0.3
info: {title: Pets, version: '1'}
servers: [{url: https://pets.example}]
paths:
  /pets: {get: {operationId: getPets}, put: {operationId: putPet, requestBody: {content: {application/json: {schema: {$ref: '#/components/schemas/Pet'}}}}}}
components:
  schemas:
    Pet: {type: object, properties: {owner: {$ref: '#/components/schemas/Owner'}}}
    Owner: {type: string}
    Unused: {type: string}
";
    let tree =
        "Tree: {type: object, properties: {children: {type: array, items: {$ref: '#/Tree'}}}}";
    let documents = texts(&[
        ("x/main.yaml", main),
        ("x/flows/other.yaml", other),
        ("x/api/pets.yaml", pets),
        ("x/tree.yaml", tree),
    ]);
    let (text, program) = proven(&documents);
    let value: Value = serde_json::from_str(&text).unwrap();
    let carried = value["x-spola-documents"].as_object().unwrap();
    let names: Vec<&str> = carried.keys().map(String::as_str).collect();
    assert_eq!(names, ["flows/other.yaml", "api/pets.yaml", "tree.yaml"]);
    let schemas = carried["api/pets.yaml"]["components"]["schemas"].as_object();
    let schemas: Vec<&str> = schemas.unwrap().keys().map(String::as_str).collect();
    assert_eq!(schemas, ["Owner", "Pet"]);
    let inputs = program.workflows()[0].inputs.clone().unwrap();
    assert_eq!(
        inputs["properties"]["pet"]["properties"]["owner"]["type"],
        "string"
    );
}

#[test]
fn only_the_entry_document_decides_what_its_sources_are() {
    // A document from elsewhere cannot put its own description in a source's place.
    let main = "
arazzo: 1.0.1
info: {title: Main, version: '1'}
sourceDescriptions:
- {name: other, url: other.json, type: arazzo}
- {name: pets, url: pets.yaml, type: openapi}
workflows:
- workflowId: w
  steps:
  - {stepId: a, workflowId: $sourceDescriptions.other.w}
  - {stepId: b, operationId: $sourceDescriptions.pets.getPets}
";
    let pets = |host: &str| {
        format!(
            "{{openapi: 3.1.0, info: {{title: P, version: '1'}}, servers: [{{url: 'https://{host}'}}], paths: {{/p: {{get: {{operationId: getPets}}}}}}}}"
        )
    };
    let evil = texts(&[("w.yaml", MINIMAL), ("pets.yaml", &pets("evil.example"))]);
    let evil = bundled(&evil, false);
    let documents = texts(&[
        ("main.yaml", main),
        ("other.json", &evil),
        ("pets.yaml", &pets("good.example")),
    ]);
    for program in [link(&documents, LENIENT).unwrap(), proven(&documents).1] {
        let hosts = program.linked().operations.iter();
        let hosts: Vec<&str> = hosts.map(|one| &*one.servers[0].url).collect();
        assert_eq!(hosts, ["https://good.example"; 2][..hosts.len()]);
    }
}

#[test]
fn another_place_for_a_source_wins_over_what_the_bundle_carries() {
    let text = bundled(
        &texts(&[("w.yaml", MINIMAL), ("pets.yaml", &pets("/a"))]),
        false,
    );
    let mut loader = Loader::new("b.json");
    loader.source("pets", "mine.yaml");
    while let Some(url) = loader.needs() {
        let bytes = if url == "b.json" {
            text.clone()
        } else {
            pets("/b")
        };
        loader.supply(&url, bytes.as_bytes(), &url);
    }
    let program = link(loader.finish(), LENIENT).unwrap();
    assert_eq!(&*program.linked().operations[0].path, "/b");
}

#[test]
fn the_place_that_is_given_for_a_source_is_read_even_where_the_bundle_carries_it() {
    let text = bundled(
        &texts(&[("w.yaml", MINIMAL), ("pets.yaml", &pets("/a"))]),
        false,
    );
    let mut loader = Loader::new("b.json");
    loader.source("pets", "pets.yaml");
    let mut asked = Vec::new();
    while let Some(url) = loader.needs() {
        let bytes = if url == "b.json" {
            text.clone()
        } else {
            pets("/b")
        };
        loader.supply(&url, bytes.as_bytes(), &url);
        asked.push(url);
    }
    assert_eq!(asked, ["b.json", "pets.yaml"]);
    let program = link(loader.finish(), LENIENT).unwrap();
    assert_eq!(&*program.linked().operations[0].path, "/b");
}

#[test]
fn a_bundle_from_the_network_cannot_have_files_read() {
    let carried = json!({
        "openapi": "3.1.0",
        "info": {"title": "P", "version": "1"},
        "paths": {"/p": {"$ref": "/etc/secrets.yaml#/x"}},
    });
    for key in [
        "pets.yaml",
        "file:///etc/pets.yaml",
        "/etc/pets.yaml",
        "urn:x:y",
    ] {
        let bundle = json!({
            "arazzo": "1.0.1",
            "$self": "file:///etc/w.yaml",
            "info": {"title": "W", "version": "1"},
            "sourceDescriptions": [{"name": "pets", "url": key, "type": "openapi"}],
            "workflows": [{"workflowId": "w", "steps": [{"stepId": "s", "operationId": "getPets"}]}],
            "x-spola-documents": {key: carried},
        });
        alone("https://e.example/b.json", &bundle.to_string());
    }
}

#[test]
fn any_value_in_the_place_of_what_a_bundle_carries_is_told_or_left() {
    let text = bundled(
        &texts(&[("w.yaml", MINIMAL), ("pets.yaml", &pets("/a"))]),
        false,
    );
    let whole: Value = serde_json::from_str(&text).unwrap();
    let many: Map<String, Value> = (0..2_000)
        .map(|at| (format!("{at}.yaml"), json!({})))
        .collect();
    for carried in [
        json!(null),
        json!(1),
        json!([1]),
        json!({}),
        json!({"pets.yaml": null}),
        json!({"pets.yaml": "text"}),
        json!({"pets.yaml": whole.clone()}),
        json!({"": {}, "#": {}, "b.json": {}, "..": {}, "//": {}, "pets.yaml#x": {}}),
        Value::Object(many),
    ] {
        let mut bundle = whole.clone();
        bundle["x-spola-documents"] = carried.clone();
        let mut loader = Loader::new("b.json");
        let mut asked = 0;
        while let Some(url) = loader.needs() {
            asked += 1;
            match &*url {
                "b.json" => loader.supply(&url, bundle.to_string().as_bytes(), &url),
                _ => loader.failed(&url, "not here"),
            }
        }
        assert!(asked <= 2, "{asked}");
        assert!(link(loader.finish(), LENIENT).is_err(), "{carried}");
    }
}

#[test]
fn a_document_that_cannot_be_one_is_refused_with_the_reason() {
    let circle = "
arazzo: 1.0.1
info: {title: A, version: '1'}
sourceDescriptions: [{name: b, url: b.yaml, type: arazzo}]
workflows:
- workflowId: a
  steps: [{stepId: s, workflowId: $sourceDescriptions.b.b}]
- workflowId: end
  steps: [{stepId: s, workflowId: $sourceDescriptions.b.end}]
";
    let other = "
arazzo: 1.0.1
info: {title: B, version: '1'}
sourceDescriptions: [{name: a, url: a.yaml, type: arazzo}, {name: pets, url: pets.yaml, type: openapi}]
workflows:
- workflowId: b
  steps: [{stepId: s, workflowId: $sourceDescriptions.a.end}]
- workflowId: end
  steps: [{stepId: s, operationId: $sourceDescriptions.pets.getPets}]
";
    let pets = "{openapi: 3.1.0, info: {title: P, version: '1'}, servers: [{url: 'https://p.example'}], paths: {/p: {get: {operationId: getPets}}}}";
    let documents = texts(&[("a.yaml", circle), ("b.yaml", other), ("pets.yaml", pets)]);
    assert!(link(&documents, LENIENT).is_ok());
    let error = bundle(&documents, LENIENT).unwrap_err();
    assert_eq!(spola::Diagnostic::code(&error), "bundle.other-program");
    assert!(error.to_string().contains("`a.yaml`"), "{error}");
    let broken = bundle(texts(&[("a.yaml", "arazzo: 1.0.1")]), LENIENT).unwrap_err();
    assert_eq!(spola::Diagnostic::code(&broken), "bundle.not-linked");
}

#[test]
fn what_is_wrong_inside_a_bundle_is_told_with_its_place() {
    let text = bundled(
        &texts(&[
            ("w.yaml", MINIMAL),
            (
                "pets.yaml",
                "{openapi: 3.1.0, info: {title: P, version: '1'}, paths: {/p: {get: {operationId: getPets}}}}",
            ),
        ]),
        false,
    );
    let text = text.replace("\"openapi\":\"3.1.0\"", "\n\"openapi\":\"9.9\"");
    let errors = link(alone("b.json", &text), LENIENT).unwrap_err();
    let report = &errors.reports()[0];
    let place = report.location.clone().unwrap();
    assert_eq!(report.code, "document.unsupported-version");
    assert_eq!(&*place.document, "b.json#/x-spola-documents/pets.yaml");
    assert_eq!((place.line, &*place.pointer), (2, "/openapi"));
}

#[test]
fn the_command_writes_a_bundle_that_runs_alone() {
    let folder = std::env::temp_dir().join(format!("spola-bundle-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("b.json");
    let path = |path: &Path| path.display().to_string();
    let document = path(&shipped("publish-image"));
    let wrote = run(&["bundle", &document, "-o", &path(&file)]);
    assert_eq!((wrote.status, &*wrote.out, &*wrote.err), (0, "", ""));
    let printed = run(&["bundle", &path(&file)]);
    assert_eq!(printed.out, std::fs::read_to_string(&file).unwrap());
    let inputs = path(&root().join("workflows/examples/publish-image.inputs.yaml"));
    let ran = run(&["run", &path(&file), "--sandbox", "--inputs", &inputs, "-q"]);
    assert_eq!(ran.status, 0, "{}", ran.err);
    let refused = run(&["bundle", &path(&folder.join("none.yaml"))]);
    assert_eq!(refused.status, 2);
    assert!(
        refused.err.contains("document.unavailable"),
        "{}",
        refused.err
    );
    std::fs::remove_dir_all(&folder).unwrap();
}
