//! Secrets stay where they belong: in requests.

use proptest::prelude::proptest;
use serde_json::json;
use spola::machine::{Effect, ExtraHeader, ResumeOptions, Run, RunOptions};

use super::{Host, Move, Play, config, map, moves};
use crate::targets;

/// A secret that no text spells by chance, and that URLs and JSON spell otherwise.
const SECRET: &str = "hunter2 \"ü/&";
const OTHER: &str = "open s3same";
const HEADER: &str = "token-of-the-host";

const WORKFLOW: &str = r#"
arazzo: 1.1.0
info: {title: T, version: "1"}
sourceDescriptions: [{name: api, url: api.yaml, type: openapi}]
workflows:
- workflowId: w
  dependsOn: [before]
  inputs: {type: object, properties: {password: {type: string, format: password}, key: {type: string, writeOnly: true}}}
  steps:
  - stepId: path
    operationId: getItem
    parameters: [{name: id, in: path, value: $inputs.password}, {name: X-Key, in: header, value: $inputs.key}]
    outputs: {echo: $response.body#/echo, header: $request.header.x-host}
    onFailure: [{name: r, type: retry, stepId: query, retryLimit: 2}, {name: on, type: goto, stepId: query}]
  - {stepId: query, operationId: list, parameters: [{name: token, in: query, value: "p={$inputs.password}"}], onFailure: [{name: on, type: goto, stepId: body}]}
  - {stepId: body, operationId: postA, requestBody: {payload: {p: $inputs.password}}, onFailure: [{name: on, type: goto, stepId: call}]}
  - {stepId: call, workflowId: child, parameters: [{name: id, value: $inputs.password}], onFailure: [{name: on, type: goto, workflowId: child, parameters: [{name: id, value: $inputs.password}]}]}
- workflowId: child
  inputs: {type: object, properties: {id: {type: string}}}
  steps: [{stepId: get, operationId: getItem, parameters: [{name: id, in: path, value: $inputs.id}], successCriteria: [{condition: "$inputs.id == 'x'"}]}]
- workflowId: before
  inputs: {type: object, properties: {pin: {type: string, format: password}}}
  steps: [{stepId: get, operationId: getItem, parameters: [{name: id, in: path, value: $inputs.pin}]}]
"#;

fn play() -> Play {
    let program =
        targets::program_of(&[("main.arazzo.yaml", WORKFLOW), ("api.yaml", targets::API)]);
    let mut options = targets::quick();
    options.headers = vec![ExtraHeader {
        source: None,
        name: "x-host".parse().unwrap(),
        value: HEADER.parse().unwrap(),
    }];
    let pin = map(json!({"pin": OTHER}));
    options.dependency_inputs.insert("before".into(), pin);
    Play {
        name: "secrets".into(),
        program: program.expect("it links"),
        workflow: Some("w".into()),
        inputs: map(json!({"password": SECRET, "key": "k3y-of-the-user", "before.pin": OTHER})),
        options,
    }
}

/// Refuses a text that has a secret in it, however it is spelled.
fn clean(place: &str, text: &str) {
    for part in ["hunter2", "s3same", "k3y-of", "token-of"] {
        assert!(!text.contains(part), "{place}: {text}");
    }
}

fn clean_run(run: &Run) {
    clean("run", &format!("{run:?}"));
    clean("snapshot", &String::from_utf8_lossy(&run.snapshot()));
}

#[test]
fn options_show_no_secret() {
    let play = play();
    let resume = ResumeOptions {
        secrets: play.inputs.clone(),
        options: play.options.clone(),
        in_doubt: None,
    };
    clean("options", &format!("{:?} {resume:?}", play.options));
}

proptest! {
    #![proptest_config(config(40))]

    #[test]
    fn nothing_but_requests_holds_a_secret(choices in proptest::collection::vec(0..6_u8, 0..30)) {
        let play = play();
        let mut run = play.start().expect("it starts");
        let mut choices = choices.into_iter();
        loop {
            clean_run(&run);
            let Some(effect) = run.poll() else { break };
            if let Effect::Done(outcome) = &effect {
                clean("failure", &format!("{:?}", outcome.failure));
                continue;
            }
            clean("effect", &format!("{effect:?}"));
            let event = match effect {
                Effect::Send(send) => told(&send, choices.next().unwrap_or(0)),
                Effect::Wait(wait) => spola::machine::Event::Elapsed { id: wait.id },
                _ => continue,
            };
            clean("event", &format!("{event:?}"));
            run.feed(event).expect("it was asked for");
        }
    }

    #[test]
    fn a_run_goes_on_alike_when_its_secrets_are_given_again(moves in moves()) {
        let play = play();
        let straight: Vec<Move> = moves.iter().copied().filter(|one| *one != Move::Resume).collect();
        let told = Host::new(&play).expect("it starts").play(&moves);
        if !moves.iter().any(|one| matches!(one, Move::Cancel(_))) {
            assert_eq!(told, Host::new(&play).expect("it starts").play(&straight));
        }
    }
}

/// Servers and hosts that repeat what they were given.
fn told(send: &spola::machine::Send, choice: u8) -> spola::machine::Event {
    let elapsed = std::time::Duration::ZERO;
    if choice == 0 {
        return spola::machine::Event::Failed {
            id: send.id,
            reason: spola::machine::FailureReason::Connect,
            message: format!("nobody at {} for {SECRET}", send.request.url()),
            elapsed,
        };
    }
    let body = json!({"echo": format!("<{SECRET}>"), "__type": SECRET, "message": SECRET});
    spola::machine::Event::Response {
        id: send.id,
        status: if choice < 3 { 400 } else { 200 },
        headers: vec![
            ("content-type".into(), "application/json".into()),
            ("x-echo".into(), HEADER.replace("token-of", "")),
        ],
        body: body.to_string().into_bytes(),
        elapsed,
    }
}

#[test]
fn an_answer_cannot_pass_for_a_secret() {
    let play = play();
    let mut run = play.start().expect("it starts");
    let forged = json!({"echo": {"\u{0}=0\u{0}": ["\u{0}=0\u{0}", "\u{0}p0\u{0}", "a\u{0}", "\u{0}\u{0}u1"]}});
    let mut answered = 0;
    while answered < 2 {
        if let Effect::Send(send) = run.poll().expect("an effect") {
            answered += 1;
            run.feed(spola::machine::Event::Response {
                id: send.id,
                status: 200,
                headers: vec![("content-type".into(), "application/json".into())],
                body: forged.to_string().into_bytes(),
                elapsed: std::time::Duration::ZERO,
            })
            .expect("an answer");
        }
    }
    let first = run.snapshot();
    let resumed = play.resume(&first);
    assert_eq!(super::text(&first), super::text(&resumed.snapshot()));
    // Another secret given at resume shows nowhere but in the place of the first.
    let mut other = play.inputs.clone();
    other.insert("password".into(), json!("changed-since"));
    let resume = ResumeOptions {
        secrets: other,
        options: RunOptions::default(),
        in_doubt: None,
    };
    let changed = play.program.resume(&first, resume).expect("it resumes");
    assert_eq!(super::text(&first), super::text(&changed.snapshot()));
}
