//! What must take any bytes: the targets of fuzzing.
//!
//! Each function is called with bytes that nobody promised anything about, by
//! `tests/fuzz` and by the properties. It must come back, and not panic.

use std::sync::OnceLock;
use std::time::Duration;

use serde_json::{Map, Value, json};
use spola::document::{Loader, Schema, Tree};
use spola::exchange::Response;
use spola::expression::{
    Condition, ContextScope, CriterionKind, CriterionText, Dialect, Query, Template, Version, parse,
};
use spola::link::{LinkOptions, Program, check, link};
use spola::machine::{Effect, Event, FailureReason, ResumeOptions, Run, RunOptions};
use spola::pointer::Pointer;
use spola_ecr::{Digest, Manifest};

const DIALECTS: [Dialect; 3] = [
    Dialect {
        version: Version::V1_0,
        strict: false,
    },
    Dialect {
        version: Version::V1_1,
        strict: false,
    },
    Dialect {
        version: Version::V1_1,
        strict: true,
    },
];

/// A description of all that the programs below call.
pub const API: &str = r#"
openapi: 3.1.0
info: {title: Api, version: "1"}
servers: [{url: https://api.example/v1}]
paths:
  /a: {get: {operationId: getA}, post: {operationId: postA, requestBody: {content: {application/json: {}}}}}
  /b: {get: {operationId: getB}}
  /items/{id}: {get: {operationId: getItem, parameters: [{name: id, in: path, required: true, schema: {type: string}}]}}
  /list: {get: {operationId: list, parameters: [{name: token, in: query, schema: {type: string}}]}}
"#;

/// A workflow with a call, a page loop, retries and a secret.
pub const WORKFLOWS: &str = r#"
arazzo: 1.1.0
info: {title: T, version: "1"}
sourceDescriptions: [{name: api, url: api.yaml, type: openapi}]
workflows:
- workflowId: w
  dependsOn: [before]
  inputs: {type: object, properties: {password: {type: string, format: password}, n: {type: integer, default: 1}}}
  steps:
  - stepId: a
    operationId: postA
    requestBody: {payload: {p: $inputs.password, n: $inputs.n}}
    successCriteria: [{condition: $statusCode == 200}]
    outputs: {token: $response.body#/token, all: $response.body}
    onFailure:
    - {name: again, type: retry, retryAfter: 1, retryLimit: 2, criteria: [{condition: $statusCode == 503}]}
    - {name: mend, type: retry, workflowId: child, parameters: [{name: id, value: $response.body#/token}]}
    - {name: mend2, type: retry, stepId: more}
    - {name: on, type: goto, stepId: call}
  - stepId: more
    operationId: list
    timeout: 9000
    parameters: [{name: token, in: query, value: $steps.a.outputs.token}]
    outputs: {token: $response.body#/token, items: $response.body#/items}
    x-spola-collect: [items]
    onSuccess:
    - {name: poll, type: goto, stepId: more, criteria: [{condition: $response.body#/state == 'wait'}]}
    - {name: page, type: goto, stepId: a, criteria: [{condition: $response.body#/token != null}]}
  - {stepId: call, workflowId: child, timeout: 20000, parameters: [{name: id, value: $inputs.password}], outputs: {x: $outputs.x}, onFailure: [{name: r, type: retry}]}
  - {stepId: last, operationId: getB, dependsOn: [more]}
  outputs: {items: $steps.more.outputs.items, x: $steps.call.outputs.x}
- workflowId: child
  inputs: {type: object, properties: {id: {type: string}}}
  steps:
  - stepId: get
    operationId: getItem
    parameters: [{name: id, in: path, value: $inputs.id}]
    outputs: {x: $response.body#/x}
    onSuccess: [{name: away, type: goto, workflowId: other, criteria: [{condition: $statusCode == 201}]}]
    onFailure: [{name: r, type: retry, retryAfter: 5, retryLimit: 3}]
  outputs: {x: $steps.get.outputs.x}
- workflowId: other
  steps: [{stepId: b, operationId: getB, outputs: {x: $response.body}}]
  outputs: {x: $steps.b.outputs.x}
- workflowId: before
  steps: [{stepId: b, operationId: getB}]
"#;

/// A workflow in which every kind of expression, condition and schema stands.
pub const RICH: &str = r##"
arazzo: 1.1.0
info: {title: T, version: "1"}
sourceDescriptions: [{name: api, url: api.yaml, type: openapi}]
components: {parameters: {page: {name: token, in: query, value: $inputs.list}}}
workflows:
- workflowId: w
  summary: All of it.
  inputs:
    type: object
    $defs: {tree: {$dynamicAnchor: node, $anchor: tree, type: object, properties: {below: {$dynamicRef: "#node"}}}}
    properties:
      n: {type: integer, minimum: 1, default: 3, description: How many.}
      id: {type: string, x-spola-default: uuid}
      name: {type: string, pattern: "^(?!aws:)[a-z:]+$", maxLength: 40}
      tree: {$ref: "#tree"}
      list: {type: array, items: {anyOf: [{type: string}, {type: number, multipleOf: 0.10}]}, uniqueItems: true}
    patternProperties: {"^x-": {enum: [a, null, 1.50, {b: [true, false]}]}}
    required: [n]
    dependentRequired: {name: [n]}
  steps:
  - stepId: first
    description: The first one, of which there is more to say than fits into sixty-four bytes.
    operationId: postA
    requestBody:
      contentType: application/json
      payload: {n: $inputs.n, text: "a {$inputs.name} b", constant: {deep: [1, "two", null, 3.5e2]}, list: [$inputs.list, "{$inputs.n}"], 'ünï"': $inputs.tree}
      replacements:
      - {target: /text, value: "{$inputs.name}!"}
      - {target: "$.list[?@ != 1]", targetSelectorType: jsonpath, value: $inputs.n}
    successCriteria:
    - {condition: $statusCode == 200 && ($response.body#/n > 1.5 || !($response.header.x == 'Y'))}
    - {condition: $statusCode == 2XX}
    - {context: $response.body, type: jsonpath, condition: "$.items[?@.n >= 1 && match(@.name, 'x.*') || length(@.name) == 3 || !(count(@..n) < 1)]"}
    - {context: $response.body, type: jsonpath, condition: "$[?search(@.name, @.pattern) && value(@.n) != null]"}
    - {context: $response.body, type: jsonpath, condition: "$.items[?@.name == '{$inputs.name}']"}
    - {context: $response.body, type: jsonpath, condition: "$.items.length > 0 && $.items[-1]['name'] == 'x'"}
    - {context: $response.body#/id, type: regex, condition: "^[a-z]+$"}
    - {context: $response.body#/id, type: regex, condition: "/^{$inputs.name}|i$/i"}
    outputs:
      items: $response.body#/items
      some: {context: $response.body, selector: "$.items[0:4:2, ?@.n]", type: jsonpath}
      one: {context: $response.body, selector: /items/0, type: jsonpointer}
      place: {context: $response.body, selector: "/items/{$inputs.n}", type: jsonpointer}
      asked: "{$request.header.accept} {$method} {$url} {$self}"
      where: $sourceDescriptions.api.url
      token: $response.body#/token
    onFailure: [{name: again, type: retry, retryAfter: 0.5, retryLimit: 2, criteria: [{condition: "$statusCode == 503"}]}]
  - stepId: second
    operationPath: "{$sourceDescriptions.api.url}#/paths/~1items~1{id}/get"
    timeout: 1500
    parameters: [{name: id, in: path, value: $steps.first.outputs.one.name}]
    outputs: {x: $response.body#/x}
    onSuccess: [{name: on, type: goto, stepId: last, criteria: [{condition: "$steps.first.outputs.items.length > 0"}]}]
  - stepId: last
    operationId: list
    dependsOn: [second]
    parameters: [{name: token, in: query, value: $steps.last.outputs.token}]
    x-spola-collect: [found]
    outputs: {found: $response.body#/items, token: $response.body#/token}
    onSuccess: [{name: more, type: goto, stepId: last, criteria: [{condition: $response.body#/token != null}]}]
  outputs: {found: $steps.last.outputs.found, first: $steps.first.outputs.some}
"##;

/// A description that says all that one can say of an operation.
pub const RICH_API: &str = r#"
openapi: 3.1.0
info: {title: Api, version: "1"}
servers: [{url: "https://{where}.example/v1", variables: {where: {default: api, enum: [api, test]}}}]
security: [{key: []}, {signed: []}, {granted: [read]}, {basic: []}, {}]
components:
  securitySchemes:
    key: {type: apiKey, in: header, name: x-key}
    signed: {type: mutualTLS}
    granted: {type: oauth2, flows: {}}
    basic: {type: http, scheme: basic}
paths:
  /a: {post: {operationId: postA, requestBody: {required: true, content: {application/json: {}, multipart/form-data: {schema: {properties: {file: {type: string, format: binary}}}, encoding: {n: {contentType: text/plain, style: form, explode: true}}}}}}}
  /items/{id}: {get: {operationId: getItem, parameters: [{name: id, in: path, required: true, style: matrix, explode: true, schema: {type: string}}]}}
  /list?all=1: {get: {operationId: list, parameters: [{name: token, in: query, allowReserved: true, content: {application/json: {}}}]}}
"#;

/// Links documents given by name, the entry document first.
pub fn program_of(texts: &[(&str, &str)]) -> Option<Program> {
    let mut loader = Loader::new(texts[0].0);
    while let Some(url) = loader.needs() {
        match texts.iter().find(|(name, _)| *name == url) {
            Some((_, text)) => loader.supply(&url, text.as_bytes(), &url),
            None => loader.failed(&url, "there is no such document"),
        }
    }
    link(loader.finish(), LinkOptions::default()).ok()
}

/// The program of [`WORKFLOWS`].
pub fn known_program() -> Program {
    static KNOWN: OnceLock<Program> = OnceLock::new();
    let texts = [("main.arazzo.yaml", WORKFLOWS), ("api.yaml", API)];
    let known = KNOWN.get_or_init(|| program_of(&texts).expect("it links"));
    known.clone()
}

/// Text that is parts of one, parted by a line of `--`.
fn halves(bytes: &[u8]) -> (&[u8], &[u8]) {
    let at = bytes.windows(4).position(|part| part == b"\n--\n");
    at.map_or((bytes, b"{}"), |at| (&bytes[..at], &bytes[at + 4..]))
}

/// A workflow document, and all there is to check in it.
pub fn document(bytes: &[u8]) {
    let mut loader = Loader::new("main.arazzo.yaml");
    while let Some(url) = loader.needs() {
        match url.as_str() {
            "main.arazzo.yaml" => loader.supply(&url, bytes, &url),
            "api.yaml" => loader.supply(&url, API.as_bytes(), &url),
            _ => loader.failed(&url, "there is no such document"),
        }
    }
    let documents = loader.finish();
    let _ = check(&documents, LinkOptions { strict: true });
    if let Ok(program) = link(documents, LinkOptions::default()) {
        let _ = program.workflows();
        for workflow in program.workflows() {
            let _ = program.inputs(workflow.id);
        }
        if let Some(workflow) = program.workflows().first()
            && let Ok(run) = program.start(Some(workflow.id), Map::new(), quick())
        {
            drive(run, bytes);
        }
    }
}

/// An expression or template.
pub fn expression(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let context = context();
    let scope = ContextScope::new(&context);
    for dialect in DIALECTS {
        if let Ok(parsed) = parse(&text, dialect) {
            let _ = parsed.value.evaluate(&scope);
        }
        if let Ok(parsed) = Template::parse(&Value::from(text.as_ref()), dialect) {
            let value = parsed.value.evaluate(&scope);
            let mut out = Vec::new();
            if let (Ok(Some(value)), Ok(true)) = (value, parsed.value.write_json(&scope, &mut out))
            {
                assert_eq!(value.to_string().as_bytes(), out);
            }
        }
    }
}

/// A condition of any kind.
pub fn condition(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let context = context();
    let scope = ContextScope::new(&context);
    let mut kinds = vec![CriterionKind::Simple { explicit: false }];
    for name in ["regex", "jsonpath", "xpath"] {
        kinds.extend(CriterionKind::named(name, None, DIALECTS[1]).map(|parsed| parsed.value));
    }
    for dialect in DIALECTS {
        for kind in &kinds {
            let text = CriterionText {
                condition: &text,
                context: Some("$response.body"),
                kind: *kind,
            };
            if let Ok(parsed) = Condition::parse(&text, dialect) {
                let _ = parsed.value.judge(&scope);
            }
        }
    }
}

/// A pattern and, after a line of `--`, a text.
pub fn pattern(bytes: &[u8]) {
    let (pattern, text) = halves(bytes);
    let pattern = String::from_utf8_lossy(pattern);
    let text = Value::from(String::from_utf8_lossy(text));
    let schema = json!({"pattern": pattern, "patternProperties": {pattern.as_ref(): true}});
    if let Ok(schema) = Schema::compile(&schema, &Pointer::default(), "", &|_| None) {
        let _ = schema.validate(&text);
    }
    condition(pattern.as_bytes());
}

/// A JSONPath query and, after a line of `--`, what it is asked of.
pub fn query(bytes: &[u8]) {
    let (query, value) = halves(bytes);
    let Ok(query) = Query::parse(&String::from_utf8_lossy(query)) else {
        return;
    };
    let Ok(value) = spola::exchange::parse_json(value, 512) else {
        return;
    };
    let found = query.select(&value).map(|found| found.len());
    let places = query.select_places(&value);
    if let (Ok(found), Ok(places)) = (found, places) {
        assert_eq!(found, places.len());
        assert!(places.iter().all(|place| place.resolve(&value).is_some()));
    }
    let _ = (query.exists(&value), query.singular(&value));
}

/// The headers and, after a line of `--`, the body of an answer.
pub fn answer(bytes: &[u8]) {
    let (head, body) = halves(bytes);
    let head = String::from_utf8_lossy(head);
    let lines = head.lines().filter_map(|line| line.split_once(':'));
    let mut headers: Vec<_> = lines
        .map(|(name, value)| (name.to_owned(), value.trim().to_owned()))
        .collect();
    for kind in [None, Some("application/json"), Some("text/xml")] {
        if let Some(kind) = kind {
            headers.insert(0, ("Content-Type".into(), kind.into()));
        }
        let answer = Response::new(500, headers.clone(), body.to_vec());
        let _ = (answer.retry_after(), answer.date(), answer.text());
        let _ = (answer.check_depth(), answer.aws_error());
        if let Ok(Some(value)) = answer.value() {
            let copy = value.clone();
            assert!(spola::number::equal_values(&copy, value));
            let text = value.to_string();
            let again = spola::exchange::parse_json(text.as_bytes(), 512).expect("JSON");
            assert_eq!(again.to_string(), text);
        }
    }
}

/// A snapshot of the known program.
pub fn snapshot(bytes: &[u8]) {
    let resume = ResumeOptions {
        secrets: Map::from_iter([("password".to_owned(), json!("hunter2"))]),
        options: quick(),
        in_doubt: None,
    };
    if let Ok(run) = known_program().resume(bytes, resume) {
        drive(run, bytes);
    }
}

/// A packed program, behind the sum that belongs to it.
pub fn packed(bytes: &[u8]) {
    let mut whole = b"spola\x01".to_vec();
    whole.extend_from_slice(&spola::exchange::fingerprint_bytes(bytes).to_be_bytes());
    whole.extend_from_slice(bytes);
    let Ok(program) = Program::unpack(&whole) else {
        return;
    };
    let again = program.pack();
    let second = Program::unpack(&again).expect("it was written");
    assert_eq!(second.pack(), again);
    for workflow in program.workflows() {
        let _ = program.inputs(workflow.id);
    }
    let inputs = Map::from_iter([("n".to_owned(), json!(3)), ("name".to_owned(), json!("x"))]);
    if let Ok(run) = program.start(None, inputs, quick()) {
        drive(run, bytes);
    }
}

/// An OpenAPI description that a workflow uses.
pub fn description(bytes: &[u8]) {
    let mut loader = Loader::new("main.arazzo.yaml");
    while let Some(url) = loader.needs() {
        match url.as_str() {
            "main.arazzo.yaml" => loader.supply(&url, WORKFLOWS.as_bytes(), &url),
            "api.yaml" => loader.supply(&url, bytes, &url),
            _ => loader.failed(&url, "there is no such document"),
        }
    }
    if let Ok(program) = link(loader.finish(), LinkOptions::default())
        && let Ok(run) = program.start(Some("w"), Map::new(), quick())
    {
        drive(run, bytes);
    }
}

/// A schema and, after a line of `--`, what it is to hold.
pub fn schema(bytes: &[u8]) {
    let (schema, value) = halves(bytes);
    let Ok(tree) = Tree::parse("schema", schema, &Default::default()) else {
        return;
    };
    let root = tree.root().to_value();
    let Ok(schema) = Schema::compile(&root, &Pointer::default(), "", &|_| None) else {
        return;
    };
    if let Ok(mut value) = spola::exchange::parse_json(value, 512) {
        let _ = schema.validate(&value);
        schema.apply_defaults(&mut value);
    }
    let _ = (
        schema.properties(),
        schema.forbids_others(),
        schema.resolved(),
    );
}

/// Options under which nothing takes long.
pub fn quick() -> RunOptions {
    RunOptions {
        max_steps: Some(300),
        max_depth: Some(16),
        region: Some("eu-west-1".into()),
        seed: Some(7),
        ..RunOptions::default()
    }
}

/// Plays a run, the answers made of bytes, until it is over or owes nothing new.
pub fn drive(mut run: Run, bytes: &[u8]) {
    let mut choices = bytes.iter().copied().cycle().take(400).chain([0; 400]);
    for _ in 0..20_000 {
        let Some(effect) = run.poll() else {
            assert!(run.outcome().is_some(), "nothing to do before the end");
            return;
        };
        let event = match effect {
            Effect::Send(send) => reply(send.id, choices.next().unwrap_or(0)),
            Effect::Wait(wait) => Event::Elapsed { id: wait.id },
            _ => continue,
        };
        run.feed(event).expect("it answers what was asked");
    }
}

/// An answer chosen by a byte.
pub fn reply(id: spola::machine::CallId, choice: u8) -> Event {
    const BODIES: [&str; 9] = [
        "{}",
        r#"{"token":"t1","items":[1],"x":1}"#,
        r#"{"token":"t2","state":"wait"}"#,
        r#"{"state":"wait","items":[{}]}"#,
        r#"{"token":null,"x":"hunter2"}"#,
        "[",
        "",
        r#"{"__type":"ThrottlingException"}"#,
        r#"{"id":"abc","n":2,"token":"t1","items":[{"name":"x","n":3,"pattern":"x"},{"name":"xyz","n":1}]}"#,
    ];
    const STATUSES: [u16; 4] = [200, 201, 503, 400];
    let elapsed = Duration::from_secs(u64::from(choice / 64) * 3);
    if choice % 16 == 15 {
        return Event::Failed {
            id,
            reason: FailureReason::Reset,
            message: "reset by hunter2".into(),
            elapsed,
        };
    }
    Event::Response {
        id,
        status: STATUSES[usize::from(choice / 8 % 4)],
        headers: vec![("Content-Type".into(), "application/json".into())],
        body: BODIES[usize::from(choice % 9)].into(),
        elapsed,
    }
}

/// Bytes as the manifest of an image, and as what a copy makes of it.
pub fn manifest(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let Ok(manifest) = Manifest::parse(text, None) else {
        return;
    };
    assert_eq!(manifest.text(), text);
    let told = Manifest::parse(text, Some(manifest.kind().as_str()));
    assert_eq!(told.as_ref(), Ok(&manifest));
    assert!(manifest.blobs().len() <= manifest.layers.len() + 1);
    if manifest.kind().is_index() {
        let every_other = manifest.children.iter().step_by(2);
        let kept: Vec<Digest> = every_other.map(|child| child.digest.clone()).collect();
        let cut = manifest.with_children(&kept).expect("it was read");
        assert!(
            cut.children
                .iter()
                .all(|child| kept.contains(&child.digest))
        );
    }
}

/// What expressions are evaluated in.
fn context() -> Value {
    json!({
        "inputs": {"a": 1, "b": "text", "c": [1, {"x": null}]},
        "steps": {"s": {"outputs": {"a": {"b": [1, 2]}, "t": "x"}}},
        "workflows": {"w": {"inputs": {"a": 1}, "outputs": {"a": "o"}}},
        "outputs": {"a": 1},
        "url": "https://api.example/v1/a?b=c",
        "method": "GET",
        "statusCode": 200,
        "self": "main.arazzo.yaml",
        "request": {"headers": {"a": "b"}, "query": {"q": "1"}, "path": {"p": 1}, "body": {"a": 1}},
        "response": {"headers": {"a": "b"}, "body": {"a": {"b": [1, "x", null, 1.50]}, "~/": "z"}},
        "sourceDescriptions": {"api": {"url": "api.yaml"}},
        "components": {"parameters": {"p": {"name": "n"}}},
    })
}
