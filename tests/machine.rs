//! Runs, played from conversations.

use std::panic::catch_unwind;
use std::time::Duration;

use serde_json::{Map, Value, json};
use spola::Report;
use spola::link::Program;
use spola::machine::{
    CallId, CancelReason, Effect, Event, Failure, FailureReason, InDoubt, Progress, ResumeOptions,
    Run, RunError, RunOptions,
};

use crate::harness::{Conversation, Manner, files_under, link_texts, root};
use crate::targets;

/// Plays every conversation, and names those that went otherwise.
fn play_all(manner: Manner) {
    let found = files_under(&root().join("tests/conversations"));
    assert!(!found.is_empty());
    let failed: Vec<String> = found
        .iter()
        .filter(|path| catch_unwind(|| Conversation::read(path).play(manner)).is_err())
        .map(|path| path.display().to_string())
        .collect();
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

#[test]
fn every_conversation_goes_as_written() {
    play_all(Manner::Straight);
}

#[test]
fn a_run_resumed_at_every_effect_does_the_same_as_one_left_alone() {
    play_all(Manner::Resumed);
}

/// Plays one workflow whose steps are given; every answer comes from `event`.
fn failure_of(
    steps: &str,
    options: RunOptions,
    mut event: impl FnMut(Effect) -> Option<Event>,
) -> String {
    let text = format!(
        "arazzo: 1.1.0\ninfo: {{title: T, version: '1'}}\nsourceDescriptions:\n- {{name: api, url: \
         api.yaml, type: openapi}}\n- {{name: bus, url: bus.yaml, type: asyncapi}}\nworkflows:\n{steps}"
    );
    let api = format!("{}  /d: {{get: {{operationId: getD}}}}\n", targets::API);
    let bus = "asyncapi: 3.0.0\ninfo: {title: B, version: '1'}\nchannels: {c: {address: c}}\n";
    let texts = [
        ("main.arazzo.yaml", text.as_str()),
        ("api.yaml", &api),
        ("bus.yaml", bus),
    ];
    let texts = texts.map(|(name, text)| (name.to_owned(), Value::from(text)));
    let program = link_texts(&Map::from_iter(texts), false);
    let mut run = program.start(Some("w"), Map::new(), options).unwrap();
    while let Some(effect) = run.poll() {
        if let Some(event) = event(effect) {
            run.feed(event).unwrap();
        }
    }
    told(run.outcome().unwrap().failure.as_ref().unwrap())
}

fn told(failure: &Failure) -> String {
    let step = failure.step_id.as_deref().unwrap_or("-");
    format!("{} at {step}: {}\n", failure.code, failure.message)
}

fn answered(id: CallId, status: u16, body: &str, elapsed: u64) -> Event {
    Event::Response {
        id,
        status,
        headers: vec![("content-type".into(), "application/json".into())],
        body: body.into(),
        elapsed: Duration::from_secs(elapsed),
    }
}

/// Answers requests so, and waits.
fn always(status: u16, body: &str) -> impl FnMut(Effect) -> Option<Event> {
    move |effect| match effect {
        Effect::Send(send) => Some(answered(send.id, status, body, 6)),
        Effect::Wait(wait) => Some(Event::Elapsed { id: wait.id }),
        _ => None,
    }
}

fn step(fields: &str) -> String {
    format!("- workflowId: w\n  inputs: {{type: object}}\n  steps: [{{stepId: s, {fields}}}]\n")
}

fn failures() -> String {
    let mut told = String::new();
    let few = RunOptions {
        max_steps: Some(2),
        max_depth: Some(2),
        max_response: Some(4),
        ..RunOptions::default()
    };
    let plain = RunOptions::default;
    let mut one = |steps: String, options: RunOptions, status, body: &str| {
        told.push_str(&failure_of(&steps, options, always(status, body)));
    };
    one(
        step("operationId: getA, onSuccess: [{name: n, type: goto, stepId: s}]"),
        few.clone(),
        200,
        "1",
    );
    one(step("workflowId: w"), few.clone(), 200, "1");
    one(step("operationId: getA"), few, 200, "12345");
    one(step("operationId: getA, timeout: 5000"), plain(), 200, "1");
    one(step("operationId: getA"), plain(), 500, "{}");
    one(
        step("operationId: getA, successCriteria: [{condition: $statusCode == 201}]"),
        plain(),
        200,
        "{}",
    );
    one(
        step("operationId: getA, outputs: {x: $response.body}"),
        plain(),
        200,
        "[",
    );
    one(
        step("operationId: getA, parameters: [{name: X-Amz-Target, in: header, value: odd}]"),
        plain(),
        200,
        "1",
    );
    one(
        step(
            "operationId: getA, parameters: [{name: X-Amz-Target, in: header, value: AmazonEC2ContainerRegistry_V20150921.GetX}]",
        ),
        plain(),
        200,
        "1",
    );
    one(
        step("operationId: getItem, parameters: [{name: id, in: path, value: $inputs.none}]"),
        plain(),
        200,
        "1",
    );
    one(
        step(
            "operationId: postA, requestBody: {payload: text, replacements: [{target: /a, value: 1}]}",
        ),
        plain(),
        200,
        "1",
    );
    one(
        step(
            "channelPath: '{$sourceDescriptions.bus.url}#/channels/c', action: send, requestBody: {payload: 1}",
        ),
        plain(),
        200,
        "1",
    );
    one(
        "- workflowId: w\n  steps:\n  - {stepId: a, operationId: getA, onSuccess: [{name: n, type: goto, stepId: c}]}\n  - {stepId: b, operationId: getB}\n  - {stepId: c, operationId: getB, dependsOn: [b]}\n".into(),
        plain(),
        200,
        "1",
    );
    one(
        "- workflowId: w\n  dependsOn: [d]\n  steps: [{stepId: s, operationId: getA}]\n- workflowId: d\n  steps: [{stepId: t, operationId: getB}]\n".into(),
        plain(),
        500,
        "1",
    );
    one(
        "- workflowId: w\n  steps: [{stepId: s, workflowId: d}]\n- workflowId: d\n  inputs: {type: object, required: [x]}\n  steps: [{stepId: t, operationId: getB}]\n".into(),
        plain(),
        200,
        "1",
    );
    let deep = format!("{}{}", "[".repeat(512), "]".repeat(512));
    one(
        "- workflowId: w\n  steps:\n  - {stepId: a, operationId: getA, outputs: {o: $response.body}}\n  - {stepId: b, operationId: postA, requestBody: {payload: {x: [$steps.a.outputs.o]}}, outputs: {o: $request.body}}\n".into(),
        plain(),
        200,
        &deep,
    );
    let mut page = 0;
    told.push_str(&failure_of(
        "- workflowId: w\n  steps:\n  - {stepId: a, operationId: list, outputs: {t: $response.body#/t}}\n  - {stepId: b, operationId: list, parameters: [{name: token, in: query, value: $steps.a.outputs.t}], onSuccess: [{name: n, type: goto, stepId: b}]}\n",
        plain(),
        |effect| match effect {
            Effect::Send(send) => {
                page += 1;
                Some(answered(send.id, 200, &format!(r#"{{"t":"t{page}"}}"#), 0))
            }
            _ => None,
        },
    ));
    for reason in [
        FailureReason::Resolve,
        FailureReason::Connect,
        FailureReason::Tls,
        FailureReason::Timeout,
        FailureReason::Reset,
        FailureReason::Truncated,
        FailureReason::TooLarge,
        FailureReason::Other,
    ] {
        told.push_str(&failure_of(
            &step("operationId: getA"),
            plain(),
            |effect| match effect {
                Effect::Send(send) => Some(Event::Failed {
                    id: send.id,
                    reason,
                    message: "as the host says".into(),
                    elapsed: Duration::ZERO,
                }),
                _ => None,
            },
        ));
    }
    for reason in [CancelReason::User, CancelReason::Timeout] {
        told.push_str(&failure_of(&step("operationId: getA"), plain(), |effect| {
            matches!(effect, Effect::Send(_)).then_some(Event::Cancel { reason })
        }));
    }
    told
}

/// A run of the known program that has just asked for its first request.
fn begun() -> (Program, Run, CallId) {
    let program = targets::known_program();
    let inputs = Map::from_iter([("password".to_owned(), "hunter2".into())]);
    let mut run = program.start(Some("w"), inputs, targets::quick()).unwrap();
    loop {
        if let Some(Effect::Send(send)) = run.poll() {
            return (program, run, send.id);
        }
    }
}

fn errors() -> Vec<RunError> {
    let (program, mut run, id) = begun();
    let start = |workflow: Option<&str>, inputs: Value| {
        let Value::Object(inputs) = inputs else {
            panic!("no object");
        };
        program
            .start(workflow, inputs, RunOptions::default())
            .unwrap_err()
    };
    let resume = |bytes: &[u8]| program.resume(bytes, ResumeOptions::default()).unwrap_err();
    let snapshot = String::from_utf8(run.snapshot()).unwrap();
    let foreign = Conversation::read(&files_under(&root().join("tests/conversations"))[0]);
    vec![
        start(None, json!({})),
        start(Some("chld"), json!({})),
        start(Some("w"), json!({"n": "x"})),
        run.feed(Event::Elapsed { id: CallId(99) }).unwrap_err(),
        run.feed(Event::Elapsed { id }).unwrap_err(),
        resume(b"{"),
        resume(br#"{"spola":2}"#),
        resume(br#"{"spolaWorkflow":1}"#),
        resume(snapshot.replace(r#""spola":2"#, r#""spola":7"#).as_bytes()),
        foreign
            .program()
            .resume(snapshot.as_bytes(), ResumeOptions::default())
            .unwrap_err(),
        resume(snapshot.as_bytes()),
    ]
}

/// What becomes of an unsafe request that was on its way.
fn in_doubt(choice: Option<InDoubt>) -> Run {
    let (program, mut run, id) = begun();
    run.feed(answered(id, 200, "{}", 0)).unwrap();
    while run.poll().is_some() {}
    let resume = ResumeOptions {
        secrets: Map::from_iter([("password".to_owned(), "hunter2".into())]),
        in_doubt: choice,
        ..ResumeOptions::default()
    };
    program.resume(&run.snapshot(), resume).unwrap()
}

#[test]
fn a_request_in_doubt_is_sent_or_fails_or_is_skipped() {
    let actions = |mut run: Run| {
        let mut told = Vec::new();
        while let Some(effect) = run.poll() {
            match effect {
                Effect::Progress(progress) => {
                    if let Progress::Action { action, .. } = &*progress {
                        told.push(action.to_string());
                    }
                }
                Effect::Send(send) => told.push(send.request.url().path().to_owned()),
                _ => {}
            }
        }
        told
    };
    assert_eq!(actions(in_doubt(Some(InDoubt::Send))), ["/v1/a"]);
    assert_eq!(actions(in_doubt(Some(InDoubt::Skip))), ["next", "/v1/list"]);
    // POST is not safe: without a choice the step fails, and its actions apply: the
    // workflow that runs first has no id to ask for, and is tried again itself.
    assert_eq!(actions(in_doubt(None)), ["retry", "retry"]);
}

#[test]
fn every_failure_and_error_says_what_is_wrong_and_what_to_do() {
    let reports = errors();
    let reports = reports.iter().map(|error| Report::of(error).render(None));
    let mut rendered = reports.collect::<String>() + &failures();
    rendered.push_str(&in_doubt_failure());
    let file = root().join("tests/snapshots/machine.txt");
    if std::env::var_os("SPOLA_SNAPSHOTS").is_some() {
        std::fs::write(&file, &rendered).unwrap();
    }
    assert_eq!(rendered, std::fs::read_to_string(&file).unwrap_or_default());
    for source in ["error.rs", "failure.rs"] {
        let text = std::fs::read_to_string(root().join("core/src/machine").join(source)).unwrap();
        for code in text.split("\"run.").skip(1) {
            let code = format!("run.{}", code.split('"').next().unwrap());
            assert!(rendered.contains(&code), "{code} is not provoked");
        }
    }
}

fn in_doubt_failure() -> String {
    let text = "arazzo: 1.0.1\ninfo: {title: T, version: '1'}\nsourceDescriptions: [{name: api, url: api.yaml, type: openapi}]\nworkflows: [{workflowId: w, steps: [{stepId: s, operationId: postA}]}]";
    let texts = [("main.arazzo.yaml", text), ("api.yaml", targets::API)];
    let program = targets::program_of(&texts).unwrap();
    let mut run = program.start(None, Map::new(), targets::quick()).unwrap();
    while run.poll().is_some() {}
    let mut run = program
        .resume(&run.snapshot(), ResumeOptions::default())
        .unwrap();
    while run.poll().is_some() {}
    told(run.outcome().unwrap().failure.as_ref().unwrap())
}
