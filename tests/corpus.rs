//! Documents by other people, read in place.

use std::path::Path;

use serde_json::{Map, Value};
use spola::document::Tree;
use spola::link::{LinkOptions, check};
use spola::machine::{Effect, Event, Outcome, OutcomeKind, Run, RunOptions};
use spola::{Report, Severity};

use crate::harness::{files_under, link_texts, load_files, read_value, shared};

/// Documents with errors: what is wrong, at which line. All others have none.
const WRONG: &[(&str, &str)] = &[
    (
        "Mohammed-Alama-php-arazzo/packages/core/tests/fixtures/parser/arazzo-1.1-cross-protocol-saga.yaml",
        "expression.unknown-root:21 link.bad-operation-path:31 document.bad-value:44 document.wrong-type:47",
    ),
    (
        "Mohammed-Alama-php-arazzo/packages/core/tests/fixtures/parser/arazzo-1.1-invoke-only.yaml",
        "document.missing-field:1 document.bad-value:10 document.wrong-type:13",
    ),
    (
        "Mohammed-Alama-php-arazzo/packages/core/tests/fixtures/parser/arazzo-1.1-querystring-only.yaml",
        "document.missing-field:1 expression.unknown-root:11",
    ),
    (
        "Mohammed-Alama-php-arazzo/packages/core/tests/fixtures/parser/arazzo-1.1-selector-only.yaml",
        "document.missing-field:1",
    ),
    (
        "Mohammed-Alama-php-arazzo/packages/core/tests/fixtures/parser/full.yaml",
        "link.unknown-workflow:14 document.field-choice:33",
    ),
    (
        "Mohammed-Alama-php-arazzo/packages/core/tests/fixtures/parser/invalid-missing-workflows.yaml",
        "document.missing-field:1 document.missing-field:1",
    ),
    (
        "OAI-Arazzo-Specification/examples/1.0.0/bnpl-arazzo.yaml",
        "link.unknown-output:231 link.unknown-output:242 link.unknown-output:253 expression.malformed:260",
    ),
    (
        "Redocly-redocly-cli/resources/museum-api.arazzo.yaml",
        "expression.unsupported-version:109",
    ),
    (
        "Redocly-redocly-cli/tests/e2e/lint/arazzo-1-1-valid-description/cafe-workflows.yaml",
        "expression.malformed:68 document.bad-value:105",
    ),
    (
        "Redocly-redocly-cli/tests/e2e/lint/arazzo-not-valid-test-description/museum.yaml",
        "document.missing-field:1 document.missing-field:9 link.unknown-step:17",
    ),
    (
        "Redocly-redocly-cli/tests/e2e/lint/spec-step-mutually-exclusive-fields/arazzo.yaml",
        "document.field-choice:16",
    ),
    (
        "frankkilcommins-arazzo-examples/v1.1.0-prep/async-api-examples/http-webhooks/document-openapi-webhook.arazzo.yaml",
        "link.unknown-operation:54 link.unknown-step:66 document.wrong-type:87",
    ),
    (
        "frankkilcommins-arazzo-examples/v1.1.0-prep/async-api-examples/mqtt/device-configure-mqtt.arazzo.yaml",
        "link.unknown-step:115 expression.malformed:132 document.wrong-type:141",
    ),
    (
        "frankkilcommins-arazzo-examples/v1.1.0-prep/async-api-examples/websocket/ws-user.arazzo.yaml",
        "document.field-choice:43 document.missing-field:47 document.wrong-type:100",
    ),
    (
        "jentic-arazzo-engine/runner/tests/fixtures/bnpl/bnpl-arazzo.yaml",
        "link.unknown-output:231 expression.malformed:235 link.unknown-output:242 link.unknown-output:253 expression.malformed:260",
    ),
    (
        "jentic-arazzo-engine/runner/tests/fixtures/sample_login_workflow/login_workflow.yaml",
        "expression.malformed:54 expression.malformed:55 expression.malformed:56 expression.malformed:57",
    ),
    (
        "jentic-arazzo-engine/runner/tests/fixtures/sample_test/example_workflow.yaml",
        "expression.malformed:39",
    ),
    (
        "jentic-arazzo-engine/runner/tests/fixtures/xkcd/xkcd.arazzo.yaml",
        "expression.malformed:35 expression.malformed:36 expression.malformed:37 expression.malformed:38 document.wrong-type:39 expression.malformed:71 expression.malformed:72 expression.malformed:73 expression.malformed:74 document.wrong-type:75",
    ),
    (
        "speakeasy-api-openapi/arazzo/testdata/invalid.arazzo.yaml",
        "document.missing-field:3 document.field-choice:13",
    ),
    (
        "speakeasy-api-openapi/arazzo/testdata/test.arazzo.yaml",
        "expression.malformed-condition:72",
    ),
    (
        "speakeasy-api-openapi/arazzo/testdata/traintravelapi.arazzo.yaml",
        "link.misplaced-output:99 link.misplaced-output:111 link.unknown-output:125 link.misplaced-output:151 link.misplaced-output:163 link.unknown-output:177",
    ),
    (
        "strefethen-arazzo-cli/examples/httpbin-components.arazzo.yaml",
        "document.missing-field:128 document.missing-field:137 document.missing-field:154",
    ),
    (
        "strefethen-arazzo-cli/examples/httpbin-conditions.arazzo.yaml",
        "expression.unknown-operator:59 expression.unknown-operator:60",
    ),
    (
        "strefethen-arazzo-cli/examples/httpbin-data-flow.arazzo.yaml",
        "link.unknown-output:110 link.unknown-output:114",
    ),
    (
        "strefethen-arazzo-cli/examples/soap-customer-crud.arazzo.yaml",
        "expression.unsupported-xpath:37 expression.unsupported-xpath:69 expression.unsupported-xpath:103 expression.unsupported-xpath:136 expression.unsupported-xpath:138 expression.unsupported-xpath:142 expression.unsupported-xpath:173",
    ),
    (
        "strefethen-arazzo-cli/examples/sub-workflow.arazzo.yaml",
        "link.unknown-output:50 link.unknown-output:57",
    ),
    (
        "wso2-arazzo-tools/examples/CLI_realistic/error_arazzo/error.yaml",
        "document.duplicate-name:26 link.unknown-step:36 link.unknown-step:43 document.duplicate-name:45 document.missing-field:56 document.field-choice:56 document.field-choice:58",
    ),
    (
        "wso2-arazzo-tools/examples/go-runner-test/petstore/05-nested-workflow.arazzo.yaml",
        "link.unknown-output:45 link.unknown-output:52 link.unknown-output:63 link.unknown-output:66",
    ),
    (
        "wso2-arazzo-tools/examples/go-runner-test/toolshop/03-retry-action.arazzo.yaml",
        "link.unknown-output:79",
    ),
    (
        "wso2-arazzo-tools/examples/go-runner-test/toolshop/12-nested-workflow-args.arazzo.yaml",
        "link.unknown-output:102 link.unknown-output:103 link.unknown-output:104 link.unknown-output:105 link.unknown-output:107 link.unknown-output:108",
    ),
    (
        "wso2-arazzo-tools/examples/go-runner-test/toolshop/17-qualified-operation-id.arazzo.yaml",
        "link.unknown-output:42",
    ),
];

fn is_arazzo(path: &Path) -> bool {
    let known = path
        .extension()
        .is_some_and(|end| end == "yaml" || end == "yml" || end == "json");
    let text = if known {
        std::fs::read(path).expect("a file")
    } else {
        Vec::new()
    };
    Tree::parse("", &text, &Default::default())
        .is_ok_and(|tree| tree.root().get("arazzo").is_some())
}

fn errors(reports: &[Report]) -> String {
    let errors = reports
        .iter()
        .filter(|report| report.severity == Severity::Error);
    let errors: Vec<String> = errors
        .map(|report| {
            let line = report.location.as_ref().map_or(0, |place| place.line);
            format!("{}:{line}", report.code)
        })
        .collect();
    errors.join(" ")
}

#[test]
fn every_document_is_read_and_has_just_the_errors_that_it_has() {
    let Some(corpus) = shared("corpus") else {
        return;
    };
    let mut documents = 0;
    let mut others = Vec::new();
    for path in files_under(&corpus).iter().filter(|path| is_arazzo(path)) {
        documents += 1;
        let found = errors(&check(load_files(path), LinkOptions::default()));
        // Nothing is hidden, and nothing panics, where it is read to the letter.
        let strict = check(load_files(path), LinkOptions { strict: true });
        let name = path
            .strip_prefix(&corpus)
            .expect("below")
            .display()
            .to_string();
        assert!(
            strict
                .iter()
                .any(|report| report.severity == Severity::Error)
                || found.is_empty(),
            "{name}"
        );
        let expected = WRONG.iter().find(|(wrong, _)| *wrong == name);
        if found != expected.map_or("", |(_, errors)| errors) {
            others.push(format!("    (\"{name}\", \"{found}\"),"));
        }
    }
    assert!(others.is_empty(), "{}", others.join("\n"));
    assert_eq!(documents, 72);
}

/// Runs a workflow with canned answers by method and path; gives the outcome
/// and the number of requests.
fn canned(mut run: Run, mocks: &[Value]) -> (Outcome, u64) {
    let mut calls = 0;
    while run.outcome().is_none() {
        match run.poll() {
            Some(Effect::Send(send)) => {
                calls += 1;
                let uri = send.request.url();
                let method = send.request.method().as_str().to_ascii_lowercase();
                let fits = |mock: &&Value| {
                    let path = mock["path"].as_str().expect("a path");
                    mock["method"] == *method && uri.path().ends_with(path_of(path))
                };
                let mock = mocks
                    .iter()
                    .filter(fits)
                    .max_by_key(|mock| mock["path"].as_str().map(str::len));
                let mock = mock.unwrap_or_else(|| panic!("no answer for {method} {uri}"));
                let status = mock["status_code"].as_u64().expect("a status") as u16;
                let body = mock
                    .get("response")
                    .map_or(Vec::new(), |body| body.to_string().into());
                run.feed(Event::Response {
                    id: send.id,
                    status,
                    headers: vec![("Content-Type".into(), "application/json".into())],
                    body,
                    elapsed: Default::default(),
                })
                .expect("the id is the run's");
            }
            Some(Effect::Wait(wait)) => {
                run.feed(Event::Elapsed { id: wait.id })
                    .expect("the id is the run's");
            }
            _ => {}
        }
    }
    (run.outcome().cloned().expect("an outcome"), calls)
}

/// The path of a URL, or the path itself.
fn path_of(url: &str) -> &str {
    match url.split_once("://") {
        Some((_, rest)) => rest.find('/').map_or("/", |at| &rest[at..]),
        None => url,
    }
}

/// The text of a document, with what its errors' help says to write: `.outputs.`
/// after a step's name, and no output that is null.
fn mended(path: &Path) -> String {
    let text = std::fs::read_to_string(path).expect("a document");
    let mut out = String::new();
    for line in text.lines().filter(|line| !line.contains("date: null")) {
        match line.split_once("$steps.") {
            Some((before, rest)) if !rest.contains(".outputs.") => {
                out.push_str(&format!(
                    "{before}$steps.{}",
                    rest.replacen('.', ".outputs.", 1)
                ));
            }
            _ => out.push_str(line),
        }
        out.push('\n');
    }
    out
}

/// The fixtures of another runner: its inputs and answers give its outputs, in as
/// many requests.
///
/// Not run: `bnpl`, whose document reads outputs that no step has. Not compared:
/// outputs named `step.output`, which are that runner's own, and `date`, which
/// its documents say is null. Different: `apply-coupon` gives `pet_id` where the
/// path has `{petId}`; that runner sends the braces, we say what is missing.
#[test]
fn another_runners_fixtures_come_to_the_same() {
    let Some(fixtures) = shared("corpus/jentic-arazzo-engine/runner/tests/fixtures") else {
        return;
    };
    let mut played = 0;
    for (name, document, api) in [
        (
            "pet_coupons",
            "pet-coupons.arazzo.yaml",
            "./pet-coupons.openapi.yaml",
        ),
        (
            "sample_login_workflow",
            "login_workflow.yaml",
            "login_api.yaml",
        ),
        ("sample_test", "example_workflow.yaml", "example_api.yaml"),
        ("xkcd", "xkcd.arazzo.yaml", "./xkcd.openapi.yaml"),
    ] {
        let folder = fixtures.join(name);
        let api_text = std::fs::read_to_string(folder.join(api)).expect("a description");
        let texts = Map::from_iter([
            (
                document.to_owned(),
                Value::from(mended(&folder.join(document))),
            ),
            (
                api.trim_start_matches("./").to_owned(),
                Value::from(api_text),
            ),
        ]);
        let program = link_texts(&texts, false);
        let config = read_value(&folder.join("test_config.yaml"));
        let common = config["custom_mocks"].as_object().expect("mocks").values();
        let common: Vec<Value> = common
            .flat_map(|mocks| mocks.as_array().cloned())
            .flatten()
            .collect();
        for case in config["workflows"].as_array().expect("cases") {
            let id = case["id"].as_str().expect("an id");
            // Of two that fit alike the later one is taken: the case's own.
            let mut mocks = common.clone();
            mocks.extend(case["custom_mocks"].as_array().cloned().unwrap_or_default());
            let inputs = case["inputs"].as_object().cloned().expect("inputs");
            let run = program.start(Some(id), inputs, RunOptions::default());
            let run = run.unwrap_or_else(|error| panic!("{name} {id}: {error}"));
            let (outcome, calls) = canned(run, &mocks);
            if id == "apply-coupon" {
                let failure = outcome.failure.expect("a failure");
                assert_eq!(failure.code, "exchange.missing-path-parameter");
                continue;
            }
            let succeeded = outcome.outcome == OutcomeKind::Succeeded;
            assert_eq!(
                Some(succeeded),
                case["expect_success"].as_bool(),
                "{name} {id}: {outcome:?}"
            );
            assert_eq!(
                Some(calls),
                case["expected_api_calls"].as_u64(),
                "{name} {id}"
            );
            for (output, value) in case["expected_outputs"].as_object().into_iter().flatten() {
                if !output.contains('.') && output != "date" {
                    assert_eq!(
                        outcome.outputs.get(output),
                        Some(value),
                        "{name} {id} {output}"
                    );
                }
            }
            played += 1;
        }
    }
    assert_eq!(played, 8);
}
