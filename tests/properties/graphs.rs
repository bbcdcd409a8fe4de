//! Workflows drawn at random: jumps, retries and calls in any tangle.

use std::fmt::Write as _;

use proptest::prelude::{Strategy, any, prop_oneof, proptest};

use super::{Move, Play, check, config, moves};
use crate::targets;

/// Where an action leads: a step, or a workflow.
#[derive(Clone, Copy, Debug)]
enum Way {
    Step(u8),
    Workflow(u8),
}

#[derive(Clone, Debug)]
enum Act {
    End,
    Goto(Way),
    Retry(Option<Way>, u8, u8),
}

#[derive(Clone, Debug)]
struct Drawn {
    /// An operation, or above 3 a workflow.
    target: u8,
    timeout: Option<u8>,
    depends: Option<u8>,
    success: Vec<(Act, u8)>,
    failure: Vec<(Act, u8)>,
}

fn way() -> impl Strategy<Value = Way> {
    prop_oneof![
        3 => any::<u8>().prop_map(Way::Step),
        1 => any::<u8>().prop_map(Way::Workflow)
    ]
}

fn jumps() -> impl Strategy<Value = Vec<(Act, u8)>> {
    let act = prop_oneof![
        proptest::strategy::Just(Act::End),
        way().prop_map(Act::Goto),
        way().prop_map(Act::Goto)
    ];
    proptest::collection::vec((act, 0..4_u8), 0..3)
}

fn mends() -> impl Strategy<Value = Vec<(Act, u8)>> {
    let retry = (proptest::option::of(way()), 0..3_u8, 0..4_u8)
        .prop_map(|(first, after, limit)| Act::Retry(first, after, limit));
    let act = prop_oneof![
        1 => proptest::strategy::Just(Act::End),
        1 => way().prop_map(Act::Goto),
        3 => retry
    ];
    proptest::collection::vec((act, 0..4_u8), 0..3)
}

fn step() -> impl Strategy<Value = Drawn> {
    (
        0..8_u8,
        proptest::option::weighted(0.3, 1..20_u8),
        proptest::option::weighted(0.15, any::<u8>()),
        jumps(),
        mends(),
    )
        .prop_map(|(target, timeout, depends, success, failure)| Drawn {
            target,
            timeout,
            depends,
            success,
            failure,
        })
}

fn workflows() -> impl Strategy<Value = Vec<Vec<Drawn>>> {
    proptest::collection::vec(proptest::collection::vec(step(), 1..4), 1..4)
}

const CONDITIONS: [&str; 4] = [
    "",
    "$statusCode == 200",
    "$response.body#/token != null",
    "$response.body#/state == 'wait'",
];

fn written(drawn: &[Vec<Drawn>]) -> String {
    let mut text = "arazzo: 1.1.0\ninfo: {title: T, version: '1'}\nsourceDescriptions: [{name: api, url: api.yaml, type: openapi}]\nworkflows:\n".to_owned();
    for (at, steps) in drawn.iter().enumerate() {
        let _ = writeln!(
            text,
            "- workflowId: w{at}\n  inputs: {{type: object, properties: {{t: {{}}}}}}\n  outputs: {{x: $steps.s0.outputs.t}}\n  steps:"
        );
        for (own, step) in steps.iter().enumerate() {
            let _ = writeln!(text, "  - stepId: s{own}");
            let _ = match step.target {
                0 => writeln!(text, "    operationId: getA"),
                1 => writeln!(
                    text,
                    "    operationId: list\n    parameters: [{{name: token, in: query, value: $steps.s0.outputs.t}}]"
                ),
                2 => writeln!(
                    text,
                    "    operationId: getItem\n    parameters: [{{name: id, in: path, value: $inputs.t}}]"
                ),
                3 => writeln!(
                    text,
                    "    operationId: postA\n    requestBody: {{payload: {{t: $inputs.t}}}}"
                ),
                other => {
                    let called = usize::from(other) % drawn.len();
                    writeln!(
                        text,
                        "    workflowId: w{called}\n    parameters: [{{name: t, value: [$inputs.t, $steps.s0.outputs.t]}}]"
                    )
                }
            };
            let output = if step.target < 4 {
                "$response.body#/token"
            } else {
                "$outputs.x"
            };
            let _ = writeln!(text, "    outputs: {{t: {output}}}");
            if let Some(timeout) = step.timeout {
                let _ = writeln!(text, "    timeout: {}", u32::from(timeout) * 500);
            }
            if let Some(other) = step.depends.filter(|_| own > 0) {
                let _ = writeln!(text, "    dependsOn: [s{}]", usize::from(other) % own);
            }
            actions(&mut text, "onSuccess", &step.success, drawn, steps.len());
            actions(&mut text, "onFailure", &step.failure, drawn, steps.len());
        }
    }
    text
}

fn actions(text: &mut String, field: &str, acts: &[(Act, u8)], drawn: &[Vec<Drawn>], steps: usize) {
    let target = |way: Way| match way {
        Way::Step(step) => format!(", stepId: s{}", usize::from(step) % steps),
        Way::Workflow(workflow) => {
            let workflow = usize::from(workflow) % drawn.len();
            format!(
                ", workflowId: w{workflow}, parameters: [{{name: t, value: [$inputs.t, $inputs.t]}}]"
            )
        }
    };
    let written: Vec<String> = acts
        .iter()
        .enumerate()
        .map(|(at, (act, condition))| {
            let act = match act {
                Act::End => "type: end".to_owned(),
                Act::Goto(way) => format!("type: goto{}", target(*way)),
                Act::Retry(first, after, limit) => format!(
                    "type: retry, retryAfter: {after}, retryLimit: {limit}{}",
                    first.map(target).unwrap_or_default()
                ),
            };
            let criteria = match CONDITIONS[usize::from(*condition)] {
                "" => String::new(),
                condition => format!(", criteria: [{{condition: \"{condition}\"}}]"),
            };
            format!("{{name: n{at}, {act}{criteria}}}")
        })
        .collect();
    if !written.is_empty() {
        let _ = writeln!(text, "    {field}: [{}]", written.join(", "));
    }
}

fn play(text: &str) -> Option<Play> {
    let program = targets::program_of(&[("main.arazzo.yaml", text), ("api.yaml", targets::API)])?;
    Some(Play {
        name: text.to_owned(),
        program,
        workflow: Some("w0".into()),
        inputs: serde_json::Map::from_iter([("t".to_owned(), "made up".into())]),
        options: targets::quick(),
    })
}

#[test]
fn most_drawn_workflows_can_be_linked() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let linked = (0..40).filter(|_| {
        let tree = workflows().new_tree(&mut runner).expect("workflows");
        play(&written(&proptest::strategy::ValueTree::current(&tree))).is_some()
    });
    let linked = linked.count();
    assert!(linked > 20, "{linked} of 40");
}

proptest! {
    #![proptest_config(config(80))]

    #[test]
    fn any_workflow_and_any_order_of_events_end_alike(drawn in workflows(), moves in moves()) {
        if let Some(play) = play(&written(&drawn)) {
            check(&play, &moves);
        }
    }
}

#[test]
fn a_loop_that_asks_for_nothing_can_be_cancelled() {
    let text = "arazzo: 1.0.1\ninfo: {title: T, version: '1'}\nsourceDescriptions: [{name: api, url: api.yaml, type: openapi}]\nworkflows:\n- workflowId: w0\n  inputs: {type: object}\n  steps:\n  - {stepId: s, operationId: getItem, parameters: [{name: id, in: path, value: $inputs.none}], onFailure: [{name: n, type: goto, stepId: s}]}\n";
    let mut play = play(text).expect("it links");
    play.options.max_steps = Some(u64::MAX);
    let mut run = play.start().expect("it starts");
    for _ in 0..10_000 {
        assert!(run.poll().is_some());
    }
    let reason = spola::machine::CancelReason::User;
    run.feed(spola::machine::Event::Cancel { reason })
        .expect("any time");
    while run.poll().is_some() {}
    assert!(run.outcome().is_some());
    let _ = Move::Poll;
}

#[test]
fn a_run_holds_no_more_after_twenty_thousand_rounds_than_after_a_few() {
    let text = "arazzo: 1.0.1\ninfo: {title: T, version: '1'}\nsourceDescriptions: [{name: api, url: api.yaml, type: openapi}]\nworkflows:\n- workflowId: w0\n  inputs: {type: object}\n  steps:\n  - {stepId: s, operationId: list, outputs: {t: $response.body#/token}, parameters: [{name: token, in: query, value: $steps.s.outputs.t}]}\n  - {stepId: c, workflowId: w1, onSuccess: [{name: n, type: goto, stepId: s}]}\n- workflowId: w1\n  steps: [{stepId: a, operationId: getA, onFailure: [{name: r, type: retry}]}]\n";
    let mut play = play(text).expect("it links");
    play.options.max_steps = Some(u64::MAX);
    play.options.poll_interval = Some(std::time::Duration::ZERO);
    let mut run = play.start().expect("it starts");
    let (mut sent, mut early) = (0_u64, 0);
    while sent < 60_000 {
        match run.poll() {
            Some(spola::machine::Effect::Send(send)) => {
                sent += 1;
                let path = send.request.url().path();
                let status = if path.ends_with("/a") && sent % 3 == 2 {
                    500
                } else {
                    200
                };
                run.feed(spola::machine::Event::Response {
                    id: send.id,
                    status,
                    headers: vec![("content-type".into(), "application/json".into())],
                    body: format!(r#"{{"token":"{:08}"}}"#, sent).into_bytes(),
                    elapsed: std::time::Duration::ZERO,
                })
                .expect("an answer");
            }
            Some(_) => {}
            None => panic!("it stopped: {:?}", run.outcome()),
        }
        if sent == 600 && early == 0 {
            early = run.snapshot().len();
        }
    }
    let late = run.snapshot().len();
    assert!(late < early + 64, "{early} bytes became {late}");
}
