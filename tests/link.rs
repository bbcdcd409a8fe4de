//! Linking: what becomes of documents, and what is told about them.

use std::path::{Path, PathBuf};

use spola::document::Loader;
use spola::link::{
    ActionKind, ActionTarget, LinkErrors, LinkOptions, Program, Target, check, link,
};
use spola::{Report, Severity};

use crate::harness::{files_under, load_files, shared};

#[path = "wasm/digest.rs"]
mod pinned;

const PETS: &str = "openapi: 3.1.0
info: {title: Pets, version: '1'}
servers: [{url: https://pets.example}]
paths:
  /pets:
    get: {operationId: listPets, parameters: [{name: page, in: query}]}
    post: {operationId: createPet, requestBody: {content: {application/json: {}}}}
  /pets/{petId}: {$ref: 'paths.yaml#/items/pet'}
";

const PATHS: &str = "items:
  pet:
    parameters: [{$ref: '#/parameters/petId'}]
    get: {operationId: getPet, servers: [{url: 'https://other.example'}]}
parameters:
  petId: {name: petId, in: path, required: true}
";

fn loaded(texts: &[(&str, &str)]) -> spola::document::Documents {
    let mut loader = Loader::new(texts[0].0);
    while let Some(url) = loader.needs() {
        let text = texts.iter().find(|(name, _)| *name == url);
        let text = text.map(|(_, text)| *text).or(match &*url {
            "pets.yaml" => Some(PETS),
            "paths.yaml" => Some(PATHS),
            _ => None,
        });
        match text {
            Some(text) => loader.supply(&url, text.as_bytes(), &url),
            None => loader.failed(&url, "no such file"),
        }
    }
    loader.finish()
}

fn try_link(workflows: &str) -> Result<Program, LinkErrors> {
    let text = format!(
        "arazzo: 1.1.0
info: {{title: Test, version: '1'}}
sourceDescriptions: [{{name: pets, url: pets.yaml}}]
{workflows}"
    );
    link(loaded(&[("a.yaml", &text)]), LinkOptions::default())
}

fn linked(workflows: &str) -> Program {
    try_link(workflows).unwrap_or_else(|errors| panic!("{}", shown(&errors.reports())))
}

fn shown(reports: &[Report]) -> String {
    reports.iter().map(|report| report.render(None)).collect()
}

fn codes(reports: &[Report], severity: Severity) -> Vec<&'static str> {
    let mut codes: Vec<_> = reports
        .iter()
        .filter(|report| report.severity == severity)
        .map(|report| report.code)
        .collect();
    codes.dedup();
    codes
}

/// The Arazzo documents below a folder.
fn arazzo_files(folder: &Path) -> Vec<PathBuf> {
    let is_arazzo = |path: &PathBuf| {
        std::fs::read_to_string(path).is_ok_and(|text| {
            text.lines()
                .any(|line| line.starts_with("arazzo:") || line.trim().starts_with("\"arazzo\":"))
        })
    };
    files_under(folder).into_iter().filter(is_arazzo).collect()
}

#[test]
fn every_document_of_the_corpus_links_or_gives_located_errors() {
    let Some(corpus) = shared("corpus") else {
        return;
    };
    let files = arazzo_files(&corpus);
    assert!(files.len() >= 60, "{}", files.len());
    for path in &files {
        let documents = load_files(path);
        for strict in [false, true] {
            for report in check(&documents, LinkOptions { strict }) {
                let place = report.location.as_ref().expect("a place");
                assert!(place.line > 0, "{}: {report:?}", path.display());
            }
        }
        if let Err(errors) = link(&documents, LinkOptions::default()) {
            let error = |one: &Report| one.severity == Severity::Error;
            assert!(errors.reports().iter().any(error), "{}", path.display());
        }
    }
}

#[test]
fn the_examples_of_the_specification_have_no_errors_but_the_known_ones() {
    let Some(folder) = shared("corpus/OAI-Arazzo-Specification") else {
        return;
    };
    for path in arazzo_files(&folder) {
        let found = check(load_files(&path), LinkOptions::default());
        // Outputs that no step declares, and a path without `.outputs`.
        let known: &[&str] = match path.file_name().and_then(|name| name.to_str()) {
            Some("bnpl-arazzo.yaml") => &["link.unknown-output", "expression.malformed"],
            _ => &[],
        };
        assert_eq!(codes(&found, Severity::Error), known, "{}", shown(&found));
    }
}

#[test]
fn the_four_seeds_link_and_strict_reading_refuses_the_three_that_branch() {
    let Some(folder) = shared("seeds/arazzo") else {
        return;
    };
    for path in arazzo_files(&folder) {
        let documents = load_files(&path);
        let program = link(&documents, LinkOptions::default())
            .unwrap_or_else(|errors| panic!("{}", shown(&errors.reports())));
        let name = path
            .file_name()
            .and_then(|name| name.to_str())
            .unwrap_or("");
        let warnings = codes(program.findings(), Severity::Warning);
        let strict = link(&documents, LinkOptions { strict: true });
        if name.contains("publish") {
            assert!(
                program.findings().is_empty(),
                "{}",
                shown(program.findings())
            );
            assert!(strict.is_ok());
        } else {
            assert!(
                warnings.contains(&"expression.comparison-criterion"),
                "{name}: {warnings:?}"
            );
            assert_eq!(
                warnings.contains(&"link.endless-loop"),
                name.contains("inventory")
            );
            assert!(strict.is_err(), "{name}");
        }
    }
}

#[test]
fn sil_58_the_page_loop_of_the_inventory_seed_is_told_where_its_token_stands() {
    let Some(path) = shared("seeds/arazzo/amazon-ecr-image-inventory-workflow.yml") else {
        return;
    };
    let program = link(load_files(&path), LinkOptions::default()).unwrap();
    let found = program.findings();
    let report = found
        .iter()
        .find(|report| report.code == "link.endless-loop")
        .unwrap();
    assert_eq!(report.location.as_ref().unwrap().line, 112);
    assert_eq!(
        report.message,
        "the loop back to step `listMoreImages` may never end: it sends the same \
         `$steps.listImages.outputs.nextToken` each time"
    );
    let steps = &program.linked().workflows[0].steps;
    let fed = &steps[2].fed_back;
    assert_eq!((fed.len(), &*fed[0].output), (1, "nextToken"));
    assert_eq!(fed[0].pointer.to_string(), "/nextToken");
    assert_eq!(steps[1].remembered, steps[2].remembered);
    assert_eq!(steps[1].remembered.len(), 1);
}

#[test]
fn a_program_shows_its_workflows_inputs_steps_and_operations() {
    let program = linked(
        "workflows:
- workflowId: w
  summary: One
  inputs: {$ref: '#/components/inputs/i'}
  steps:
  - {stepId: s, operationId: getPet, parameters: [{name: petId, in: path, value: $inputs.id}], outputs: {a: $response.body}}
  - {stepId: t, workflowId: v}
  outputs: {a: $steps.s.outputs.a}
- workflowId: v
  dependsOn: []
  steps: [{stepId: s, operationId: listPets}]
components: {inputs: {i: {type: object, properties: {id: {type: string, format: password}}}}}
",
    );
    let workflows = program.workflows();
    assert_eq!(workflows.len(), 2);
    let first = &workflows[0];
    assert_eq!((first.id, first.summary), ("w", Some("One")));
    assert_eq!(first.outputs, ["a"]);
    let inputs = first.inputs.as_ref().unwrap();
    assert_eq!(inputs["properties"]["id"]["type"], "string");
    assert_eq!(
        first.steps[0].operation.as_deref(),
        Some("GET /pets/{petId}")
    );
    assert_eq!(first.steps[0].operation_id, Some("getPet"));
    assert_eq!(first.steps[0].source, Some("pets"));
    assert_eq!(first.steps[1].workflow, Some("v"));
    let linked = program.linked();
    assert_eq!(&*linked.workflows[0].secret_inputs[0], "id");
    assert!(linked.workflows[0].steps[0].arguments[0].required);
}

#[test]
fn an_operation_is_found_behind_references_into_other_files() {
    let program = linked(
        "workflows:
- workflowId: w
  steps:
  - {stepId: s, operationId: getPet, parameters: [{name: petId, in: path, value: '1'}]}
",
    );
    let operation = &program.linked().operations[0];
    assert_eq!(&*operation.parameters[0].name, "petId");
    assert_eq!(&*operation.servers[0].url, "https://other.example");
}

#[test]
fn only_the_operations_that_are_used_are_in_the_program_each_once() {
    let program = linked(
        "workflows:
- workflowId: w
  steps:
  - {stepId: s, operationId: listPets}
  - {stepId: t, operationId: $sourceDescriptions.pets.listPets}
  - {stepId: u, operationPath: '{$sourceDescriptions.pets.url}#/paths/~1pets/get'}
",
    );
    assert_eq!(program.linked().operations.len(), 1);
}

#[test]
fn az_wf_31_az_wf_32_actions_of_a_step_come_first_and_override_by_name() {
    let program = linked(
        "workflows:
- workflowId: w
  failureActions:
  - {name: A, type: end}
  - {name: B, type: retry, retryAfter: 0.5}
  steps:
  - {stepId: s, operationId: listPets, onFailure: [{name: B, type: retry, retryLimit: 3}]}
  - {stepId: t, operationId: listPets}
",
    );
    let steps = &program.linked().workflows[0].steps;
    let names = |index: usize| -> Vec<&str> {
        steps[index]
            .on_failure
            .iter()
            .map(|action| &*action.name)
            .collect()
    };
    assert_eq!(names(0), ["B", "A"]);
    assert_eq!(names(1), ["A", "B"]);
    let ActionKind::Retry { limit, after, .. } = &steps[0].on_failure[0].kind else {
        panic!("a retry");
    };
    assert_eq!((*limit, after.as_millis()), (3, 0));
    let ActionKind::Retry { limit, after, .. } = &steps[1].on_failure[1].kind else {
        panic!("a retry");
    };
    assert_eq!((*limit, after.as_millis()), (1, 500));
}

#[test]
fn az_wf_50_az_wf_51_parameters_of_a_step_replace_those_of_the_workflow() {
    let program = linked(
        "workflows:
- workflowId: w
  parameters:
  - {name: X-A, in: header, value: '1'}
  - {reference: $components.parameters.page}
  steps:
  - {stepId: s, operationId: listPets, parameters: [{name: x-a, in: header, value: '2'}]}
  - {stepId: t, operationId: listPets, parameters: [{reference: $components.parameters.page, value: 7}]}
components: {parameters: {page: {name: page, in: query, value: 5}}}
",
    );
    let arguments = |step: usize| -> Vec<(String, String)> {
        let step = &program.linked().workflows[0].steps[step];
        let of = |argument: &spola::link::Argument| {
            (
                argument.name.to_string(),
                argument.value.constant().unwrap().to_string(),
            )
        };
        step.arguments.iter().map(of).collect()
    };
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    assert_eq!(arguments(0), [pair("page", "5"), pair("x-a", "\"2\"")]);
    assert_eq!(arguments(1), [pair("X-A", "\"1\""), pair("page", "7")]);
}

#[test]
fn az_step_94_steps_run_in_an_order_that_fits_their_dependencies() {
    let program = linked(
        "workflows:
- workflowId: w
  steps:
  - {stepId: one, operationId: listPets, dependsOn: [two], onSuccess: [{name: a, type: goto, stepId: three, criteria: [{condition: $statusCode == 200}]}]}
  - {stepId: two, operationId: listPets, parameters: [{name: page, in: query, value: $steps.three.outputs.x}]}
  - {stepId: three, operationId: listPets, outputs: {x: $response.body#/x}}
",
    );
    let workflow = &program.linked().workflows[0];
    let names: Vec<&str> = workflow.steps.iter().map(|step| &*step.id).collect();
    assert_eq!(names, ["three", "two", "one"]);
    assert_eq!(
        format!("{:?}", workflow.steps[2].depends_on),
        "[StepIndex(1)]"
    );
    let ActionKind::Goto(ActionTarget::Step(target)) = workflow.steps[2].on_success[0].kind else {
        panic!("a goto");
    };
    assert_eq!(format!("{target:?}"), "StepIndex(0)");
}

#[test]
fn az_src_14_a_workflow_of_another_document_keeps_its_own_sources_and_components() {
    let entry = "arazzo: 1.0.1
info: {title: A, version: '1'}
sourceDescriptions:
- {name: api, url: pets.yaml, type: openapi}
- {name: b, url: b.yaml, type: arazzo}
workflows:
- workflowId: w
  steps:
  - {stepId: s, operationId: listPets}
  - {stepId: t, workflowId: $sourceDescriptions.b.w}
";
    let other = "arazzo: 1.0.1
info: {title: B, version: '1'}
sourceDescriptions: [{name: api, url: dogs.yaml, type: openapi}]
workflows:
- workflowId: unused
  steps: [{stepId: s, operationId: listDogs}]
- workflowId: w
  steps: [{stepId: s, operationId: listDogs, parameters: [{reference: $components.parameters.p}]}]
components: {parameters: {p: {name: p, in: query, value: 1}}}
";
    let dogs = "openapi: 3.0.0
info: {title: Dogs, version: '1'}
servers: [{url: https://dogs.example}]
paths: {/pets: {get: {operationId: listDogs, parameters: [{name: p, in: query}]}}}
";
    let texts = [("a.yaml", entry), ("b.yaml", other), ("dogs.yaml", dogs)];
    let program = link(loaded(&texts), LinkOptions::default())
        .unwrap_or_else(|errors| panic!("{}", shown(&errors.reports())));
    let linked = program.linked();
    assert_eq!((linked.workflows.len(), linked.own_workflows), (2, 1));
    let foreign = &linked.workflows[1];
    assert_eq!((&*foreign.id, foreign.document), ("w", 1));
    let Target::Operation(index) = foreign.steps[0].target else {
        panic!("an operation");
    };
    let keys: Vec<&str> = linked.operations.iter().map(|one| &*one.key).collect();
    assert_ne!(keys[0], keys[1]);
    let Target::Operation(own) = linked.workflows[0].steps[0].target else {
        panic!("an operation");
    };
    assert_ne!(own, index);
    assert_eq!(&*linked.documents[1].sources[0].1, "dogs.yaml");
}

const DIGESTED: &str = "workflows:
- workflowId: w
  inputs: {type: object, properties: {id: {type: string}}}
  steps:
  - stepId: s
    operationId: createPet
    requestBody: {payload: {id: $inputs.id, n: 1.0}}
    successCriteria: [{condition: $statusCode == 201}]
";

#[test]
fn the_digest_stays_when_formatting_comments_and_descriptions_change() {
    let base = linked(DIGESTED).digest();
    let same = [
        DIGESTED.replace("  steps:", "  # a comment\n  description: Told.\n  steps:"),
        DIGESTED.replace("{id: {type: string}}", "{id: {description: The id., type: string}}"),
        DIGESTED.replace("    operationId: createPet\n", "").replace(
            "  - stepId: s\n",
            "  - description: x\n    operationId: $sourceDescriptions.pets.createPet\n    stepId: s\n",
        ),
    ];
    for text in same {
        assert_eq!(linked(&text).digest(), base, "{text}");
    }
    let other = [
        DIGESTED.replace("1.0", "1.5"),
        DIGESTED.replace("== 201", "== 200"),
        DIGESTED.replace("type: string", "type: integer"),
        DIGESTED.replace("createPet", "listPets"),
        DIGESTED.replace("stepId: s", "stepId: t"),
        DIGESTED.replace("    successCriteria", "    timeout: 5\n    successCriteria"),
        DIGESTED.replace(
            "    successCriteria",
            "    onFailure: [{name: a, type: retry}]\n    successCriteria",
        ),
    ];
    let mut seen = vec![base];
    for text in other {
        let digest = linked(&text).digest();
        assert!(!seen.contains(&digest), "{text}");
        seen.push(digest);
    }
}

#[test]
fn the_digest_is_the_same_on_every_platform_and_in_every_build() {
    assert_eq!(pinned::meet(), Ok(()));
}

#[test]
fn lists_do_not_run_into_each_other_in_the_digest() {
    let text = |first: &str, second: &str| {
        format!(
            "workflows:\n- workflowId: w\n  steps:\n  - {{stepId: a, operationId: listPets{first}}}\n  - {{stepId: b, operationId: listPets{second}}}\n"
        )
    };
    let outputs = ", outputs: {x: $statusCode}";
    assert_ne!(
        linked(&text(outputs, "")).digest(),
        linked(&text("", outputs)).digest()
    );
}

#[test]
fn what_steps_have_in_common_is_kept_once_and_bound_in_its_own_workflow() {
    let workflow = |id: &str, first: &str| {
        format!(
            "- workflowId: {id}\n  steps:\n  - {first}\n  - {{stepId: a, operationId: listPets, outputs: {{x: $statusCode}}, successCriteria: [{{condition: $statusCode == 200}}]}}\n  - {{stepId: b, operationId: listPets, outputs: {{x: $steps.a.outputs.x}}, successCriteria: [{{condition: $statusCode == 200}}]}}\n"
        )
    };
    let before = "{stepId: before, operationId: listPets}";
    let after =
        "{stepId: c, operationId: listPets, outputs: {x: $steps.a.outputs.x}, dependsOn: [a]}";
    let program = linked(&format!(
        "workflows:\n{}{}",
        workflow("v", before),
        workflow("w", after)
    ));
    let linked = program.linked();
    for workflow in &linked.workflows {
        let step = |id: &str| workflow.steps.iter().find(|step| *step.id == *id).unwrap();
        let (a, b) = (step("a"), step("b"));
        assert!(std::sync::Arc::ptr_eq(
            &a.outputs[0].name,
            &b.outputs[0].name
        ));
        assert_eq!(a.criteria[0].condition, b.criteria[0].condition);
        assert_ne!(a.outputs[0].value, b.outputs[0].value);
    }
}

#[test]
fn a_missing_source_stops_a_run_only_where_a_step_needs_it() {
    let text = |id: &str| {
        format!(
            "arazzo: 1.1.0
info: {{title: Test, version: '1'}}
sourceDescriptions: [{{name: pets, url: pets.yaml}}, {{name: gone, url: dir/gone.yaml}}]
workflows: [{{workflowId: w, steps: [{{stepId: s, operationId: $sourceDescriptions.{id}}}]}}]
"
        )
    };
    let fine = text("pets.listPets");
    let program = link(loaded(&[("a.yaml", &fine)]), LinkOptions::default()).unwrap();
    assert_eq!(
        codes(program.findings(), Severity::Warning),
        ["document.unavailable"]
    );
    let broken = text("gone.x");
    let documents = loaded(&[("a.yaml", &broken)]);
    let errors = link(&documents, LinkOptions::default()).unwrap_err();
    let reports = errors.reports();
    assert_eq!(codes(&reports, Severity::Error), ["document.unavailable"]);
    assert!(
        reports[0].message.contains("`dir/gone.yaml`"),
        "{}",
        reports[0].message
    );
    let found = check(&documents, LinkOptions::default());
    assert_eq!(codes(&found, Severity::Error), [""; 0]);
    assert_eq!(codes(&found, Severity::Hint), ["link.unchecked"]);
}

#[test]
fn errors_come_together_in_document_order_and_the_first_speaks_for_all() {
    let errors = try_link(
        "workflows:
- workflowId: w
  steps:
  - {stepId: a, operationId: none}
  - {stepId: b, operationId: listPets, onSuccess: [{name: x, type: goto, stepId: c}]}
  - {stepId: d, operationId: listPets, successCriteria: [{condition: '$statusCode ='}]}
",
    )
    .unwrap_err();
    let lines: Vec<u32> = errors
        .reports()
        .iter()
        .map(|report| report.location.as_ref().unwrap().line)
        .collect();
    assert_eq!(lines, [7, 8, 9]);
    assert_eq!(
        errors.to_string(),
        "no operation `none` in source `pets`, and 2 other errors"
    );
}

#[test]
fn az_sec_03_a_small_document_cannot_become_a_huge_program() {
    let parameters: Vec<String> = (0..300)
        .map(|at| format!("{{name: p{at}, in: query, value: 1}}"))
        .collect();
    let steps: Vec<String> = (0..300)
        .map(|at| format!("{{stepId: s{at}, operationId: listPets}}"))
        .collect();
    let errors = try_link(&format!(
        "workflows: [{{workflowId: w, parameters: [{}], steps: [{}]}}]\n",
        parameters.join(", "),
        steps.join(", ")
    ))
    .unwrap_err();
    assert_eq!(
        codes(&errors.reports(), Severity::Error),
        ["link.too-large"]
    );
}

#[test]
fn a_long_circle_of_dependencies_is_shown_by_its_beginning_and_end() {
    let workflows: String = (0..50)
        .map(|at| {
            let next = (at + 1) % 50;
            format!("- {{workflowId: w{at}, dependsOn: [w{next}], steps: [{{stepId: s, operationId: listPets}}]}}\n")
        })
        .collect();
    let errors = try_link(&format!("workflows:\n{workflows}")).unwrap_err();
    assert_eq!(
        errors.to_string(),
        "workflows depend on each other in a circle: `w0` -> `w1` -> `w2` -> `w3` -> `w4` \
         -> `w5` -> `w6` -> `w7` -> 42 more -> `w0`"
    );
}

#[test]
fn whatever_is_done_to_a_line_every_finding_has_a_place() {
    let path = crate::harness::root().join("workflows/arazzo/image-inventory.arazzo.yaml");
    let text = std::fs::read_to_string(path).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    for at in 0..lines.len() {
        let line = lines[at];
        let key = line.split_once(':').map(|(key, _)| key);
        let changed = key.into_iter().flat_map(|key| {
            ["", " 5", " []", " {a: 1}", " $steps.x"].map(|value| format!("{key}:{value}"))
        });
        for new in changed.chain([String::new()]) {
            let mut lines = lines.clone();
            lines[at] = &new;
            let text = lines.join("\n");
            let found = check(loaded(&[("a.yaml", &text)]), LinkOptions::default());
            for report in found {
                let place = report.location.clone().unwrap_or_default();
                assert!(place.line > 0, "{new}: {report:?}");
            }
        }
    }
}
