//! Workflows whose steps start operations of the toolkit.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value, json};
use spola::Diagnostic;
use spola::link::{Program, STARTED};
use spola::machine::{
    CancelReason, Effect, Event, FailureReason, Outcome, OutcomeKind, Record, ResumeOptions,
    RunOptions, Send,
};
use spola_ecr::{Options, Request, Workflow};
use spola_sandbox::Sandbox;

use super::drive::{ACCOUNT, HOST, NOW, options, sandbox_of};
use crate::cli_run::run;
use crate::harness::{Conversation, Manner, files_under, link_files, link_texts, root};

fn program() -> Program {
    link_files(&root().join("workflows/arazzo/copy-image.arazzo.yaml"))
}

fn start(program: &Program, inputs: Value) -> Workflow {
    let Value::Object(inputs) = inputs else {
        panic!("inputs are an object");
    };
    let run = program.start(None, inputs, options().run).unwrap();
    Workflow::new(run, account())
}

/// Options without a region: what they leave open is as the run has it, a resumed one too.
fn account() -> Options {
    Options {
        run: RunOptions::default(),
        ..options()
    }
}

/// How a workflow went.
struct Played {
    outcome: Outcome,
    calls: Vec<String>,
    record: Record,
    effects: usize,
}

/// Drives a workflow to its end; killed and resumed once, after so many effects.
fn play(
    program: &Program,
    mut workflow: Workflow,
    answer: &mut dyn FnMut(&Send, u64) -> Event,
    kill_at: Option<usize>,
) -> Played {
    let (mut calls, mut record, mut effects) = (Vec::new(), Record::default(), 0);
    let mut owed: BTreeMap<u64, Event> = BTreeMap::new();
    let mut clock = NOW;
    loop {
        if kill_at == Some(effects) {
            let snapshot = workflow.snapshot();
            let resume = ResumeOptions::default();
            workflow = Workflow::resume(program, &snapshot, resume, account()).unwrap();
            owed.clear();
        }
        effects += 1;
        match workflow.poll() {
            Some(Effect::Send(send)) => {
                assert_eq!(send.operation, None);
                let target = send.request.headers().get("x-amz-target");
                let target = target.map_or("download", |it| it.to_str().unwrap());
                calls.push(target.rsplit('.').next().unwrap().to_owned());
                owed.insert(send.id.0, answer(&send, clock));
            }
            Some(Effect::Wait(wait)) => {
                clock += wait.delay.as_secs();
                workflow.feed(Event::Elapsed { id: wait.id }).unwrap();
            }
            Some(Effect::Abort { id }) => {
                owed.remove(&id.0);
            }
            Some(Effect::Progress(told)) => record.take(&told),
            Some(Effect::Done(outcome)) => {
                assert!(workflow.poll().is_none());
                return Played {
                    outcome: Arc::unwrap_or_clone(outcome),
                    calls,
                    record,
                    effects,
                };
            }
            Some(other) => panic!("{other:?}"),
            None => {
                let (_, event) = owed.pop_last().expect("something is owed");
                workflow.feed(event).unwrap();
            }
        }
    }
}

fn inputs() -> Value {
    json!({
        "source": format!("{HOST}/app:latest"),
        "repository": "team/copied",
        "tags": ["v2", "stable"],
        "mutability": "IMMUTABLE",
        "repositoryTags": { "team": "x" },
    })
}

fn text<'o>(outputs: &'o Map<String, Value>, name: &str) -> &'o str {
    outputs[name]
        .as_str()
        .unwrap_or_else(|| panic!("{name}: {outputs:?}"))
}

#[test]
fn an_image_is_copied_by_a_workflow_and_again_nothing_is_moved() {
    let program = program();
    let mut sandbox = Sandbox::sample();
    let workflow = start(&program, inputs());
    let played = play(&program, workflow, &mut sandbox_of(&mut sandbox), None);
    assert_eq!(
        played.outcome.outcome,
        OutcomeKind::Succeeded,
        "{:?}",
        played.outcome
    );
    let outputs = &played.outcome.outputs;
    assert_eq!(text(outputs, "repositoryChange"), "created");
    assert!(text(outputs, "image").starts_with(&format!("{HOST}/team/copied@sha256:")));
    assert_eq!(outputs["detail"]["imageTags"], json!(["stable", "v2"]));
    assert!(outputs["bytesMoved"].as_u64().unwrap() > 0);
    assert!(played.calls.contains(&"UploadLayerPart".to_owned()));
    // To the workflow, each step is one.
    let steps = played.record.steps();
    let names: Vec<_> = steps.iter().map(|step| &*step.step_id).collect();
    assert_eq!(names, ["ensureRepository", "copyImage", "verifyImage"]);
    assert!(steps.iter().all(|step| step.status == Some(200)));

    let workflow = start(&program, inputs());
    let played = play(&program, workflow, &mut sandbox_of(&mut sandbox), None);
    let outputs = &played.outcome.outputs;
    assert_eq!(text(outputs, "repositoryChange"), "unchanged");
    assert_eq!(outputs["bytesMoved"], 0);
    assert!(!played.calls.contains(&"PutImage".to_owned()));
}

#[test]
fn a_workflow_that_is_killed_at_any_effect_goes_on_from_its_snapshot() {
    let program = program();
    let before = Sandbox::sample().to_bytes();
    let whole = {
        let mut sandbox = Sandbox::from_bytes(&before).unwrap();
        let workflow = start(&program, inputs());
        play(&program, workflow, &mut sandbox_of(&mut sandbox), None)
    };
    for kill_at in 0..whole.effects {
        let mut sandbox = Sandbox::from_bytes(&before).unwrap();
        let workflow = start(&program, inputs());
        let played = play(
            &program,
            workflow,
            &mut sandbox_of(&mut sandbox),
            Some(kill_at),
        );
        let outcome = &played.outcome;
        assert_eq!(
            outcome.outcome,
            OutcomeKind::Succeeded,
            "{kill_at}: {outcome:?}"
        );
        let (had, wanted) = (&outcome.outputs, &whole.outcome.outputs);
        assert_eq!(had["imageDigest"], wanted["imageDigest"], "{kill_at}");
        assert_eq!(
            had["detail"]["imageTags"], wanted["detail"]["imageTags"],
            "{kill_at}"
        );
    }
}

#[test]
fn an_operation_that_fails_fails_its_step_with_its_code() {
    let program = program();
    let mut sandbox = Sandbox::sample();
    let mut missing = inputs();
    missing["source"] = format!("{HOST}/app:none").into();
    let workflow = start(&program, missing);
    let played = play(&program, workflow, &mut sandbox_of(&mut sandbox), None);
    let failure = played.outcome.failure.unwrap();
    assert_eq!(failure.step_id.as_deref(), Some("copyImage"));
    assert!(
        failure.message.contains("ecr.image-not-found"),
        "{}",
        failure.message
    );
    assert_eq!(
        text(&played.outcome.outputs, "copyErrorCode"),
        "ecr.image-not-found"
    );

    // Arguments that are wrong are answered in the same way.
    let mut wrong = inputs();
    wrong["repository"] = "Not A Name".into();
    let workflow = start(&program, wrong);
    let played = play(&program, workflow, &mut sandbox_of(&mut sandbox), None);
    let failure = played.outcome.failure.unwrap();
    assert_eq!(failure.step_id.as_deref(), Some("ensureRepository"));
    let code = "ecr.invalid-repository-name";
    assert!(failure.message.contains(code), "{}", failure.message);
}

/// A program whose one step starts an operation, with further fields.
fn one_step(fields: &str) -> Program {
    let document = format!(
        "arazzo: 1.1.0\ninfo: {{title: t, version: '1'}}\n\
         sourceDescriptions: [{{name: toolkit, url: toolkit.yaml, type: openapi}}]\n\
         workflows:\n- workflowId: w\n  steps:\n  - stepId: s\n    operationId: any\n    \
         requestBody: {{contentType: application/json, payload: {{repository: app}}}}\n    \
         outputs: {{exists: $response.body#/exists}}\n    {fields}\n  \
         outputs: {{exists: $steps.s.outputs.exists}}\n"
    );
    let description = "openapi: 3.1.0\ninfo: {title: t, version: '1'}\n\
         servers: [{url: 'https://toolkit.invalid'}]\n\
         paths: {/any: {post: {operationId: any, requestBody: {content: {application/json: {}}}}}}";
    let mut texts = Map::new();
    texts.insert("w.yaml".into(), document.into());
    texts.insert("toolkit.yaml".into(), description.into());
    link_texts(&texts, true)
}

#[test]
fn without_the_extension_a_step_sends_its_request() {
    let program = one_step("description: plain");
    let mut workflow = start(&program, json!({}));
    loop {
        if let Some(Effect::Send(send)) = workflow.poll() {
            assert_eq!(send.request.url(), "https://toolkit.invalid/any");
            return;
        }
    }
}

#[test]
fn a_host_that_knows_no_toolkit_is_told_what_to_carry_out() {
    let program = one_step("x-spola-operation: ecr.repository-exists");
    assert!(program.aws_services().contains("ecr"));
    let mut run = program
        .start(None, Map::new(), RunOptions::default())
        .unwrap();
    let send = loop {
        if let Some(Effect::Send(send)) = run.poll() {
            break send;
        }
    };
    assert_eq!(send.operation.as_deref(), Some("ecr.repository-exists"));
    assert_eq!(send.request.body(), br#"{"repository":"app"}"#);
}

#[test]
fn a_host_without_the_toolkit_says_so_and_the_step_fails_by_a_code_of_its_own() {
    let program = one_step("x-spola-operation: ecr.repository-exists");
    let mut run = program
        .start(None, Map::new(), RunOptions::default())
        .unwrap();
    while run.outcome().is_none() {
        if let Some(Effect::Send(send)) = run.poll() {
            run.feed(Event::Failed {
                id: send.id,
                reason: FailureReason::Unsupported,
                message: "nobody here does".into(),
                elapsed: Duration::ZERO,
            })
            .unwrap();
        }
    }
    let failure = run.outcome().unwrap().failure.clone().unwrap();
    assert_eq!(failure.code, "run.unsupported-operation");
    assert_eq!(failure.step_id.as_deref(), Some("s"));
}

#[test]
fn a_snapshot_with_an_operation_in_it_is_refused_by_a_run_alone() {
    let program = one_step("x-spola-operation: ecr.repository-exists");
    let mut workflow = start(&program, json!({}));
    while workflow.poll().is_some() {}
    let error = program
        .resume(&workflow.snapshot(), ResumeOptions::default())
        .unwrap_err();
    assert_eq!(error.code(), "run.unsupported-operation");
    assert!(error.help().unwrap().contains("carried out"));
}

#[test]
fn cancelling_drops_what_an_operation_has_under_way() {
    for reason in [CancelReason::User, CancelReason::Timeout] {
        let program = one_step("x-spola-operation: ecr.repository-exists");
        let mut workflow = start(&program, json!({}));
        let id = loop {
            if let Some(Effect::Send(send)) = workflow.poll() {
                break send.id;
            }
        };
        assert!(id.0 > u64::from(u32::MAX));
        workflow.feed(Event::Cancel { reason }).unwrap();
        let mut aborted = Vec::new();
        while let Some(effect) = workflow.poll() {
            if let Effect::Abort { id } = effect {
                aborted.push(id);
            }
        }
        assert_eq!(aborted, [id]);
        let code = &workflow.outcome().unwrap().failure.as_ref().unwrap().code;
        assert!(code == "run.cancelled" || code == "run.timeout");
        // What comes late is ignored.
        let late = Event::Failed {
            id,
            reason: FailureReason::Reset,
            message: String::new(),
            elapsed: Duration::ZERO,
        };
        workflow.feed(late).unwrap();
    }
}

#[test]
fn a_steps_timeout_bounds_its_operation() {
    let program = one_step("timeout: 1500\n    x-spola-operation: ecr.repository-exists");
    let mut workflow = start(&program, json!({}));
    let mut sent = 0;
    while workflow.outcome().is_none() {
        match workflow.poll() {
            Some(Effect::Send(send)) => {
                sent += 1;
                assert!(send.timeout.unwrap() <= Duration::from_millis(1500));
                workflow
                    .feed(Event::Response {
                        id: send.id,
                        status: 503,
                        headers: vec![("retry-after".into(), "1".into())],
                        body: Vec::new(),
                        elapsed: Duration::from_millis(300),
                    })
                    .unwrap();
            }
            Some(Effect::Wait(wait)) => {
                workflow.feed(Event::Elapsed { id: wait.id }).unwrap();
            }
            _ => {}
        }
    }
    assert_eq!(sent, 2);
    let failure = workflow.outcome().unwrap().failure.clone().unwrap();
    assert!(failure.code.contains("time"), "{failure:?}");
}

#[test]
fn damaged_snapshots_with_an_operation_are_refused() {
    let program = one_step("x-spola-operation: ecr.repository-exists");
    let mut workflow = start(&program, json!({}));
    while workflow.poll().is_some() {}
    let snapshot = workflow.snapshot();
    let resume = |bytes: &[u8]| {
        Workflow::resume(
            &program,
            bytes,
            ResumeOptions::default(),
            Options::default(),
        )
    };
    assert!(resume(&snapshot).is_ok());
    for end in 0..snapshot.len() {
        assert!(resume(&snapshot[..end]).is_err());
    }
    let whole: Value = serde_json::from_slice(&snapshot).unwrap();
    for (pointer, other) in [
        ("/spolaWorkflow", json!(2)),
        ("/spolaWorkflow", json!("1")),
        ("/run", json!({})),
        ("/operations/0/operation", json!({})),
        ("/operations/0/id", json!(u64::MAX)),
    ] {
        let mut changed = whole.clone();
        *changed.pointer_mut(pointer).unwrap() = other;
        assert!(resume(changed.to_string().as_bytes()).is_err(), "{pointer}");
    }
}

#[test]
fn the_engine_knows_the_names_of_all_operations_but_that_of_secrets() {
    let mut all: Vec<_> = Request::NAMES
        .iter()
        .filter(|name| **name != "login")
        .map(|name| format!("ecr.{name}"))
        .collect();
    all.sort();
    assert_eq!(STARTED, all);
    assert!(HOST.starts_with(ACCOUNT));
}

/// What the steps ask for of whoever carries operations out. They stand apart from the
/// conversations that every host plays, because a host with the toolkit asks ECR instead.
#[test]
fn the_steps_of_the_workflow_ask_for_what_is_written_down() {
    let folder = root().join("tests/ecr_operations/conversations");
    let files = files_under(&folder);
    assert_eq!(files.len(), 3);
    for path in files {
        let conversation = Conversation::read(&path);
        conversation.play(Manner::Straight);
        conversation.play(Manner::Resumed);
    }
}

#[test]
fn the_command_line_carries_out_what_steps_start() {
    let document = root().join("workflows/arazzo/copy-image.arazzo.yaml");
    let document = document.display().to_string();
    let source = format!("source={HOST}/app:latest");
    let done = run(&[
        "run",
        &document,
        "--sandbox",
        "--json",
        "-i",
        &source,
        "-i",
        "repository=team/copied",
        "-i",
        r#"tags=["v2"]"#,
    ]);
    assert_eq!(done.status, 0, "{}", done.err);
    let answer: Value = serde_json::from_str(&done.out).unwrap();
    assert_eq!(answer["outcome"], "succeeded");
    assert_eq!(answer["outputs"]["detail"]["imageTags"], json!(["v2"]));
    assert_eq!(answer["steps"].as_array().unwrap().len(), 3);
    let done = run(&["lint", &document]);
    assert_eq!(done.status, 0, "{}", done.out);
}
