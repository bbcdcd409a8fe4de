//! The rules that documents are checked by, one row each.
//!
//! A row is a piece of a document with `‹` before the place that is reported,
//! the code that is reported there, and how much it matters: `E` an error, `w` a
//! warning that is an error in strict reading, `W` a warning in both, `H` a hint.

mod rows;

use spola::document::Loader;
use spola::link::{LinkOptions, check};
use spola::{Report, Severity};

/// What stands around a row's text.
#[derive(Clone, Copy)]
enum Around {
    /// Nothing: it is the whole document.
    Document,
    /// A document of 1.1: it is the list of workflows.
    Workflows,
    /// A document of 1.1 with one workflow: it is the list of steps and what follows.
    Steps,
    /// The same in a document of 1.0.1.
    OldSteps,
}
use Around::{Document, OldSteps, Steps, Workflows};
use rows::{
    action_rows, call_rows, component_rows, criterion_rows, document_rows, expression_rows,
    foreign, foreign_rows, info_rows, loop_rows, loops, source_rows, step_rows, workflow_rows,
};

type Row = (&'static str, Around, &'static str, char, &'static str);

const PETS: &str = "openapi: 3.1.0
info: {title: Pets, version: '1'}
servers: [{url: https://pets.example}]
paths:
  /pets:
    get:
      operationId: listPets
      parameters:
      - {name: limit, in: query, schema: {type: integer}}
      - {name: page, in: query, schema: {type: string}}
      - {name: X-Trace, in: header, schema: {type: string}}
    post:
      operationId: createPet
      requestBody: {required: true, content: {application/json: {}, application/xml: {}}}
  /pets/{petId}:
    parameters: [{$ref: '#/components/parameters/petId'}]
    get: {operationId: getPet}
    delete: {}
  /twice/a: {get: {operationId: twice}}
  /twice/b: {get: {operationId: twice}}
  /lost: {get: {operationId: lost, parameters: [{$ref: '#/components/parameters/petID'}]}}
  /round: {get: {operationId: round, parameters: [{$ref: '#/components/parameters/a'}]}}
components:
  parameters:
    petId: {name: petId, in: path, required: true, schema: {type: string}}
    a: {$ref: '#/components/parameters/b'}
    b: {$ref: '#/components/parameters/a'}
";

const OTHER: &str = "arazzo: 1.1.0
info: {title: Other, version: '1'}
sourceDescriptions: [{name: pets, url: pets.yaml, type: openapi}]
workflows:
- workflowId: far
  inputs: {type: object, required: [name], properties: {name: {type: string}}, additionalProperties: false}
  steps:
  - {stepId: one, operationId: listPets}
  outputs: {all: $steps.one.outputs.none}
- workflowId: fine
  steps:
  - {stepId: one, operationId: listPets, outputs: {all: $response.body}}
  outputs: {all: $steps.one.outputs.all}
";

const CHAT: &str = "asyncapi: 3.0.0
info: {title: Chat, version: '1'}
channels: {room: {address: room}}
operations: {say: {action: send, channel: {$ref: '#/channels/room'}}}
";

fn wrapped(around: Around, text: &str) -> String {
    let head = |version: &str| {
        format!(
            "arazzo: {version}
info: {{title: Test, version: '1'}}
sourceDescriptions:
- {{name: pets, url: pets.yaml, type: openapi}}
"
        )
    };
    let one = "workflows:
- workflowId: w
  inputs: {type: object, properties: {id: {type: string}, n: {type: integer}}}
  steps:
";
    let indented: String = text.lines().map(|line| format!("  {line}\n")).collect();
    match around {
        Document => format!("{text}\n"),
        Workflows => format!("{}workflows:\n{text}\n", head("1.1.0")),
        Steps => format!("{}{one}{indented}", head("1.1.0")),
        OldSteps => format!("{}{one}{indented}", head("1.0.1")),
    }
}

fn reports(text: &str, strict: bool) -> Vec<Report> {
    let mut loader = Loader::new("test.arazzo.yaml");
    while let Some(url) = loader.needs() {
        match &*url {
            "test.arazzo.yaml" => loader.supply(&url, text.as_bytes(), &url),
            "pets.yaml" | "pets2.yaml" => loader.supply(&url, PETS.as_bytes(), &url),
            "other.yaml" => loader.supply(&url, OTHER.as_bytes(), &url),
            "self.yaml" => {
                let text = OTHER.replace("info:", "$self: https://e.example/b\ninfo:");
                loader.supply(&url, text.as_bytes(), &url);
            }
            "chat.yaml" => loader.supply(&url, CHAT.as_bytes(), &url),
            "swagger.yaml" => loader.supply(&url, b"swagger: '2.0'\npaths: {}", &url),
            _ => loader.failed(&url, "no such file"),
        }
    }
    check(loader.finish(), LinkOptions { strict })
}

/// Takes the `‹` out of a text: line and column of where it stood.
fn marked(text: &str) -> (String, u32, u32) {
    let at = text
        .find('‹')
        .unwrap_or_else(|| panic!("no mark in\n{text}"));
    let line = text[..at].matches('\n').count() as u32 + 1;
    let start = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
    let column = text[start..at].chars().count() as u32 + 1;
    (text.replacen('‹', "", 1), line, column)
}

fn severity(letter: char, strict: bool) -> Severity {
    match letter {
        'E' => Severity::Error,
        'w' if strict => Severity::Error,
        'w' | 'W' => Severity::Warning,
        'H' => Severity::Hint,
        other => panic!("no severity {other}"),
    }
}

fn shown(reports: &[Report]) -> String {
    reports.iter().map(|report| report.render(None)).collect()
}

fn hold(rows: &[Row]) {
    let mut wrong = String::new();
    for (id, around, code, letter, text) in rows {
        let (text, line, column) = marked(&wrapped(*around, text));
        for strict in [false, true] {
            let found = reports(&text, strict);
            let here = found.iter().any(|report| {
                let place = report.location.clone().unwrap_or_default();
                report.code == *code
                    && report.severity == severity(*letter, strict)
                    && (&*place.document, place.line, place.column)
                        == ("test.arazzo.yaml", line, column)
            });
            // One mistake is one error.
            let others = found
                .iter()
                .filter(|report| report.severity == Severity::Error && report.code != *code)
                .count();
            if !here || (others > 0 && !strict) {
                wrong.push_str(&format!(
                    "{id} (strict: {strict}): expected {letter} {code} at {line}:{column} in\n{text}found:\n{}\n",
                    shown(&found)
                ));
                break;
            }
        }
    }
    assert!(wrong.is_empty(), "\n{wrong}");
}

/// Rows that have no finding, not even a hint, in any reading.
fn clean(rows: &[(&str, Around, &str)]) {
    for (id, around, text) in rows {
        for strict in [false, true] {
            let found = reports(&wrapped(*around, text), strict);
            assert!(found.is_empty(), "{id}: {}", shown(&found));
        }
    }
}

#[test]
fn az_doc_what_is_wrong_with_the_root_is_told_at_its_place() {
    hold(&document_rows());
}

#[test]
fn az_doc_13_info_has_a_title_and_a_version() {
    hold(&info_rows());
}

#[test]
fn az_src_source_descriptions_are_checked() {
    hold(&source_rows());
}

#[test]
fn az_wf_workflows_are_checked() {
    hold(&workflow_rows());
}

#[test]
fn az_step_steps_and_their_targets_are_checked() {
    hold(&step_rows());
}

#[test]
fn az_act_actions_are_checked() {
    hold(&action_rows());
}

#[test]
fn az_crit_criteria_are_checked() {
    hold(&criterion_rows());
}

#[test]
fn az_expr_what_expressions_refer_to_is_checked() {
    hold(&expression_rows());
}

#[test]
fn az_reuse_references_into_components_are_checked() {
    hold(&component_rows());
}

#[test]
fn az_src_14_workflows_of_other_documents_are_checked_with_their_own_sources() {
    let found = reports(
        foreign("1.1.0", "workflowId: $sourceDescriptions.other.far"),
        false,
    );
    let error = found
        .iter()
        .find(|report| report.severity == Severity::Error);
    let place = error.and_then(|error| error.location.clone()).unwrap();
    assert_eq!(
        (&*place.document, place.line),
        ("other.yaml", 9),
        "{}",
        shown(&found)
    );
    hold(&foreign_rows());
}

#[test]
fn calls_of_workflows_are_held_against_their_inputs() {
    hold(&call_rows());
}

#[rustfmt::skip]
#[test]
fn sil_58_loops_that_cannot_end_and_steps_that_nothing_leads_to_are_told() {
    hold(&loop_rows());
    let page = "- {stepId: one, operationId: listPets, parameters: [{name: page, in: query, value: $steps.one.outputs.next}], outputs: {next: $response.body#/next}, onSuccess: [{name: more, type: goto, stepId: one, criteria: [{condition: $response.body#/next != null}]}]}";
    clean(&[("a page loop on one step", Steps, page)]);
    let poll = loops("", "$inputs.id", "one");
    clean(&[("a poll", Steps, poll)]);
}

#[rustfmt::skip]
#[test]
fn what_is_right_has_no_finding() {
    clean(&[
        ("az_step_01", Workflows, "- {workflowId: a, steps: [{stepId: s, operationId: listPets}]}\n- {workflowId: A, steps: [{stepId: s, operationId: listPets}]}"),
        ("az_step_20", Steps, "- {stepId: s, operationId: listPets, parameters: [{name: limit, in: query, value: null}]}"),
        ("az_wf_52", Steps, "- {stepId: s, operationId: getPet, parameters: [{name: petId, in: path, value: 1}]}"),
        ("az_expr_24", Steps, "- {stepId: s, operationId: listPets, parameters: [{name: limit, in: query, value: 'v-{$inputs.n}'}]}"),
        ("az_ext_01", Steps, "- {stepId: s, x-a: null, operationId: listPets, parameters: [{name: limit, in: query, value: 1, x-a: 1}], successCriteria: [{condition: $statusCode == 200, x-a: 1}], onFailure: [{name: a, type: end, x-a: []}]}"),
        ("az_ext_05", Steps, "- {stepId: s, operationId: listPets, x-a: $inputs.secret}"),
        ("az_step_90", Steps, "- {stepId: s, operationId: listPets, dependsOn: [t]}\n- {stepId: t, operationId: listPets}"),
        ("az_step_72", Steps, "- {stepId: s, operationId: listPets, outputs: {a: $response.body}, onSuccess: [{name: a, type: end, criteria: [{condition: $steps.s.outputs.a == 1}]}]}"),
        ("az_step_06", Steps, "- {stepId: s, operationPath: '{$sourceDescriptions.pets.url}#/paths/~1pets~1%7BpetId%7D/delete', parameters: [{name: petId, in: path, value: 1}]}"),
        ("wild: $schema", Document, "$schema: https://a.example\narazzo: 1.1.0\ninfo: {title: a, version: '1'}\nsourceDescriptions: [{name: pets, url: pets.yaml}]\nworkflows: [{workflowId: w, steps: [{stepId: s, operationId: listPets}]}]"),
        ("az_self_10", Document, "arazzo: 1.1.0\ninfo: {title: a, version: '1'}\nsourceDescriptions: [{name: pets, url: pets.yaml}]\nworkflows: [{workflowId: w, inputs: {$ref: '#p'}, steps: [{stepId: s, operationId: listPets, parameters: [{name: limit, in: query, value: $inputs.n}]}]}]\ncomponents: {inputs: {page: {$anchor: p, type: object, properties: {n: {type: integer}}}}}"),
    ]);
}

#[test]
fn what_is_wrong_in_a_description_is_told_at_its_own_place() {
    for (id, code) in [
        ("lost", "document.unresolved-reference"),
        ("round", "document.reference-cycle"),
    ] {
        let text = wrapped(Steps, &format!("- {{stepId: s, operationId: {id}}}"));
        let found = reports(&text, false);
        let report = found.iter().find(|report| report.code == code);
        let report = report.unwrap_or_else(|| panic!("{}", shown(&found)));
        assert_eq!(&*report.location.clone().unwrap().document, "pets.yaml");
    }
    let text = "arazzo: 1.1.0\ninfo: {title: a, version: '1'}\nsourceDescriptions: [{name: a, url: swagger.yaml}]\nworkflows: [{workflowId: w, steps: [{stepId: s, operationId: b}]}]";
    let found = reports(text, false);
    assert!(
        found
            .iter()
            .any(|report| report.code == "document.unsupported-version"),
        "{}",
        shown(&found)
    );
}

#[test]
fn findings_say_what_to_do() {
    let text = wrapped(
        Steps,
        "- {stepId: s, operationId: lsitPets}\n- {stepId: t, operationId: listPets, parameters: [{name: limit, value: 1}]}",
    );
    let found = reports(&text, false);
    let texts: Vec<String> = found.iter().map(|report| report.render(None)).collect();
    assert_eq!(
        texts,
        [
            "test.arazzo.yaml:9:30: error[link.unknown-operation]: no operation `lsitPets` in source `pets`\n  help: did you mean `listPets`?\n",
            "test.arazzo.yaml:10:53: error[link.missing-parameter-place]: the parameter `limit` does not say where it goes: `in` is missing\n  help: add `in: query`\n",
        ]
    );
}

#[test]
fn every_code_of_this_room_is_told_as_the_snapshot_shows() {
    let rows = [
        document_rows(),
        info_rows(),
        source_rows(),
        workflow_rows(),
        step_rows(),
        action_rows(),
        criterion_rows(),
        expression_rows(),
        component_rows(),
        foreign_rows(),
        call_rows(),
        loop_rows(),
    ];
    let mut codes = std::collections::BTreeMap::new();
    for (_, around, code, _, text) in rows.into_iter().flatten() {
        if !code.starts_with("link.") || codes.contains_key(code) {
            continue;
        }
        let (text, line, _) = marked(&wrapped(around, text));
        let found = reports(&text, false);
        let here = |report: &&Report| {
            report.code == code && report.location.as_ref().is_some_and(|at| at.line == line)
        };
        if let Some(report) = found.iter().find(here) {
            codes.insert(code, report.render(Some(&text)));
        }
    }
    let told: Vec<String> = codes.into_values().collect();
    let told = told.join("\n");
    let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("snapshots/link.txt");
    if std::env::var_os("SPOLA_SNAPSHOTS").is_some() {
        std::fs::write(&file, &told).unwrap();
    }
    assert_eq!(told, std::fs::read_to_string(&file).unwrap());
}
