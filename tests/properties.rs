//! What holds for any run, whatever the host does.

mod graphs;
mod hostile;
mod secrets;

use std::collections::BTreeSet;
use std::sync::OnceLock;
use std::time::Duration;

use proptest::prelude::{ProptestConfig, Strategy, any, prop_oneof, proptest};
use serde_json::{Map, Value, json};
use spola::link::Program;
use spola::machine::{
    CallId, CancelReason, Effect, Event, FailureReason, InDoubt, ResumeOptions, Run, RunOptions,
};

use crate::harness::{Conversation, files_under, link_files, root};
use crate::targets;

/// A program, and how it is begun.
struct Play {
    name: String,
    program: Program,
    workflow: Option<String>,
    inputs: Map<String, Value>,
    options: RunOptions,
}

impl Play {
    fn start(&self) -> Option<Run> {
        let workflow = self.workflow.as_deref();
        let options = self.options.clone();
        let run = self.program.start(workflow, self.inputs.clone(), options);
        run.ok()
    }

    fn resume(&self, snapshot: &[u8]) -> Run {
        let resume = ResumeOptions {
            secrets: self.inputs.clone(),
            in_doubt: Some(InDoubt::Send),
            options: RunOptions {
                headers: self.options.headers.clone(),
                ..RunOptions::default()
            },
        };
        let run = self.program.resume(snapshot, resume);
        run.unwrap_or_else(|error| panic!("{}: {error}", self.name))
    }
}

/// The shipped workflows, those of the conversations, and one with everything.
fn plays() -> &'static [Play] {
    static PLAYS: OnceLock<Vec<Play>> = OnceLock::new();
    PLAYS.get_or_init(|| {
        let mut plays = vec![Play {
            name: "known".into(),
            program: targets::known_program(),
            workflow: Some("w".into()),
            inputs: map(json!({"password": "hunter2"})),
            options: targets::quick(),
        }];
        for path in files_under(&root().join("workflows/arazzo")) {
            let program = link_files(&path);
            for workflow in program.workflows() {
                plays.push(Play {
                    name: path.display().to_string(),
                    workflow: Some(workflow.id.to_string()),
                    inputs: made_up(&program, workflow.id),
                    program: program.clone(),
                    options: targets::quick(),
                });
            }
        }
        for path in files_under(&root().join("tests/conversations/machine")) {
            let conversation = Conversation::read(&path);
            let mut options = conversation.options();
            options.max_steps = Some(options.max_steps.unwrap_or(300).min(300));
            plays.push(Play {
                name: path.display().to_string(),
                program: conversation.program().clone(),
                workflow: conversation.workflow(),
                inputs: conversation.inputs(),
                options,
            });
        }
        plays
    })
}

/// Inputs of the types that a workflow asks for.
fn made_up(program: &Program, workflow: &str) -> Map<String, Value> {
    let inputs = program.inputs(workflow).into_iter();
    let inputs = inputs.filter(|input| input.required).map(|input| {
        let value = match input.types.first().map(String::as_str) {
            Some("integer" | "number") => json!(1),
            Some("boolean") => json!(true),
            Some("object") => json!({}),
            Some("array") => json!([]),
            _ => json!("made-up"),
        };
        (input.name, value)
    });
    inputs.collect()
}

fn map(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(map) => map,
        other => panic!("{other} is no object"),
    }
}

/// What a host may do.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Move {
    /// Answers what is outstanding.
    Answer(u8),
    /// Says that no answer came.
    Fail(FailureReason, u8),
    /// Answers something of before again.
    Late(u64),
    /// Answers what was never asked.
    Unknown(u64),
    /// Answers a request by `Elapsed`, a wait by an answer.
    Wrong,
    /// Goes on from a snapshot.
    Resume,
    /// Polls once more than it has to.
    Poll,
    /// Gives up.
    Cancel(bool),
}

fn moves() -> impl Strategy<Value = Vec<Move>> {
    let reason = proptest::sample::select(vec![
        FailureReason::Resolve,
        FailureReason::Connect,
        FailureReason::Tls,
        FailureReason::Timeout,
        FailureReason::Reset,
        FailureReason::Truncated,
        FailureReason::TooLarge,
        FailureReason::Other,
    ]);
    let one = prop_oneof![
        20 => any::<u8>().prop_map(Move::Answer),
        3 => (reason, any::<u8>()).prop_map(|(reason, elapsed)| Move::Fail(reason, elapsed)),
        2 => any::<u64>().prop_map(Move::Late),
        1 => any::<u64>().prop_map(Move::Unknown),
        1 => proptest::strategy::Just(Move::Wrong),
        5 => proptest::strategy::Just(Move::Resume),
        2 => proptest::strategy::Just(Move::Poll),
        1 => any::<bool>().prop_map(Move::Cancel),
    ];
    proptest::collection::vec(one, 0..40)
}

/// A host that does what the moves say, then answers everything until the end.
struct Host<'p> {
    play: &'p Play,
    run: Run,
    /// Requests, waits and the end, each id once.
    told: Vec<String>,
    seen: BTreeSet<CallId>,
    outstanding: Option<(CallId, bool)>,
}

impl<'p> Host<'p> {
    fn new(play: &'p Play) -> Option<Self> {
        Some(Self {
            play,
            run: play.start()?,
            told: Vec::new(),
            seen: BTreeSet::new(),
            outstanding: None,
        })
    }

    /// Takes effects until one has to be answered or the run is over.
    fn take(&mut self) {
        for _ in 0..100_000 {
            match self.run.poll() {
                Some(Effect::Send(send)) => {
                    self.outstanding = Some((send.id, true));
                    if self.seen.insert(send.id) {
                        let (method, url, headers, body) = send.request.into_parts();
                        let body = String::from_utf8_lossy(&body);
                        let request = format!("{method} {url} {headers:?} {body}");
                        let line = format!("{:?} {request} {:?}", send.id, send.auth);
                        self.told.push(line);
                    }
                }
                Some(Effect::Wait(wait)) => {
                    let most = self.play.options.max_wait.unwrap_or(Duration::MAX);
                    assert!(wait.delay <= most && !wait.delay.is_zero());
                    self.outstanding = Some((wait.id, false));
                    if self.seen.insert(wait.id) {
                        self.told.push(format!("{wait:?}"));
                    }
                }
                Some(Effect::Done(outcome)) => self.told.push(format!("{outcome:?}")),
                Some(Effect::Abort { id }) => {
                    assert!(self.seen.contains(&id), "an abort of what was not given");
                    self.outstanding = None;
                }
                Some(_) => {}
                None => {
                    let over = self.run.outcome().is_some();
                    assert_eq!(over, self.outstanding.is_none(), "{:?}", self.run);
                    return;
                }
            }
        }
        panic!("{}: no end of effects", self.play.name);
    }

    fn answer(&mut self, choice: u8, fail: Option<FailureReason>) {
        let Some((id, is_send)) = self.outstanding.take() else {
            return;
        };
        let event = match (is_send, fail) {
            (false, _) => Event::Elapsed { id },
            (true, Some(reason)) => Event::Failed {
                id,
                reason,
                message: "no answer".into(),
                elapsed: Duration::from_millis(u64::from(choice) * 50),
            },
            (true, None) => reply(id, choice),
        };
        self.run.feed(event).expect("it was asked for");
    }

    fn step(&mut self, one: Move) {
        match one {
            Move::Answer(choice) => self.answer(choice, None),
            Move::Fail(reason, elapsed) => self.answer(elapsed, Some(reason)),
            Move::Poll => assert!(self.run.poll().is_none()),
            Move::Late(which) => {
                let known: Vec<CallId> = self.seen.iter().copied().collect();
                let Some(id) = known.get(which as usize % known.len().max(1)).copied() else {
                    return;
                };
                if self.outstanding.is_none_or(|(owed, _)| owed != id) {
                    let before = self.run.snapshot();
                    self.run.feed(Event::Elapsed { id }).expect("late");
                    self.run.feed(reply(id, which as u8)).expect("late");
                    assert_eq!(before, self.run.snapshot());
                }
            }
            Move::Unknown(id) => {
                let most = self.seen.last().map_or(0, |id| id.0 + 1);
                let id = CallId(most.saturating_add(id));
                let before = self.run.snapshot();
                assert!(self.run.feed(Event::Elapsed { id }).is_err());
                assert!(self.run.feed(reply(id, 0)).is_err());
                assert_eq!(before, self.run.snapshot());
            }
            Move::Wrong => {
                if let Some((id, is_send)) = self.outstanding {
                    let event = if is_send {
                        Event::Elapsed { id }
                    } else {
                        reply(id, 0)
                    };
                    assert!(self.run.feed(event).is_err());
                }
            }
            Move::Resume => {
                let first = self.run.snapshot();
                let resumed = self.play.resume(&first);
                assert_eq!(text(&first), text(&resumed.snapshot()));
                // A host that stops again before it polls has lost nothing.
                self.run = self.play.resume(&resumed.snapshot());
                let over = self.run.outcome().is_some();
                self.outstanding = None;
                if over {
                    self.told.pop();
                }
            }
            Move::Cancel(by_user) => {
                let reason = if by_user {
                    CancelReason::User
                } else {
                    CancelReason::Timeout
                };
                self.run.feed(Event::Cancel { reason }).expect("any time");
            }
        }
    }

    fn play(mut self, moves: &[Move]) -> Vec<String> {
        self.take();
        for one in moves {
            self.step(*one);
            self.take();
        }
        for turn in 0..3_000 {
            if self.run.outcome().is_some() {
                return self.told;
            }
            self.answer(if turn % 2 == 0 { 0 } else { 9 }, None);
            self.take();
        }
        panic!("{}: it does not end", self.play.name);
    }
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("a snapshot is text")
}

/// Answers of which some mean something to the shipped workflows.
fn reply(id: CallId, choice: u8) -> Event {
    const BODIES: [&str; 6] = [
        r#"{"repositories":[{"repositoryName":"made-up","repositoryUri":"r"}],"nextToken":"t1"}"#,
        r#"{"image":{"state":{"status":"BUILDING"},"imageManifest":"{}"},"imageIds":[{"imageTag":"1"}],"nextToken":"t2"}"#,
        r#"{"image":{"state":{"status":"AVAILABLE"}},"imageBuildVersionArn":"arn:aws:imagebuilder:x"}"#,
        r#"{"__type":"RepositoryNotFoundException","message":"none"}"#,
        r#"{"next":"t3","done":true,"page":{"token":"t4"}}"#,
        r#"{"__type":"ExpiredTokenException"}"#,
    ];
    if choice.is_multiple_of(2) {
        return targets::reply(id, choice / 2);
    }
    let choice = choice / 2;
    Event::Response {
        id,
        status: if choice < 96 { 200 } else { 400 },
        headers: vec![
            ("Content-Type".into(), "application/x-amz-json-1.1".into()),
            ("Retry-After".into(), "3".into()),
        ],
        body: BODIES[usize::from(choice) % BODIES.len()].into(),
        elapsed: Duration::from_millis(u64::from(choice) * 40),
    }
}

/// The same host gives the same, and resuming changes nothing.
fn check(play: &Play, moves: &[Move]) {
    let Some(host) = Host::new(play) else {
        return;
    };
    let told = host.play(moves);
    let again = Host::new(play).expect("it began before").play(moves);
    assert_eq!(told, again, "{}", play.name);
    if !moves.iter().any(|one| matches!(one, Move::Cancel(_))) {
        let straight: Vec<Move> = moves
            .iter()
            .copied()
            .filter(|one| *one != Move::Resume)
            .collect();
        let left_alone = Host::new(play).expect("it began before").play(&straight);
        assert_eq!(told, left_alone, "{}", play.name);
    }
}

fn config(cases: u32) -> ProptestConfig {
    ProptestConfig {
        cases,
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(config(120))]

    #[test]
    fn any_order_of_events_ends_and_gives_the_same_twice(which in 0..1_000_usize, moves in moves()) {
        let plays = plays();
        check(&plays[which % plays.len()], &moves);
    }
}

#[test]
fn every_document_takes_the_plainest_host() {
    for play in plays() {
        check(play, &[Move::Resume]);
    }
}

proptest! {
    #![proptest_config(config(60))]

    #[test]
    fn any_bytes_are_taken_by_every_target(
        bytes in proptest::collection::vec(any::<u8>(), 0..200),
        parts in proptest::collection::vec(proptest::sample::select(WORDS.to_vec()), 0..30),
    ) {
        let words = parts.concat();
        for bytes in [&bytes[..], words.as_bytes()] {
            targets::document(bytes);
            targets::expression(bytes);
            targets::condition(bytes);
            targets::pattern(bytes);
            targets::query(bytes);
            targets::answer(bytes);
            targets::snapshot(bytes);
            targets::description(bytes);
            targets::schema(bytes);
        }
    }
}

/// What documents, expressions and schemas are made of.
const WORDS: [&str; 40] = [
    "{",
    "}",
    "[",
    "]",
    ":",
    ",",
    "\n",
    "\n  ",
    "\n- ",
    "\n--\n",
    " ",
    "\"",
    "'",
    "$",
    "$.",
    "$[",
    "..",
    "?",
    "@",
    "*",
    "(",
    ")",
    "#/",
    "~1",
    "\\",
    "a",
    "b",
    "1",
    "-1",
    "1e999",
    "null",
    "true",
    "$ref",
    "type",
    "object",
    "pattern",
    "$inputs.a",
    "==",
    "&&",
    "&x *x",
];
