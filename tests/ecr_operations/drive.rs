//! Drives operations against the sandbox, or with answers given.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Map, Value, json};
use spola::machine::{Effect, Event, FailureReason, Outcome, OutcomeKind, RunOptions, Send};
use spola_ecr::{Operation, Options};
use spola_sandbox::Sandbox;

use crate::harness::carried;

pub const NOW: u64 = 1_800_000_000;
pub const ACCOUNT: &str = "123456789012";
pub const HOST: &str = "123456789012.dkr.ecr.us-east-1.amazonaws.com";

/// What an operation did.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Done {
    /// The requests in order: AWS operation and body, or method and URL without query.
    pub requests: Vec<(String, Value)>,
    /// How long it paused over all.
    pub paused: Duration,
    pub outcome: Option<OutcomeKind>,
    pub outputs: Map<String, Value>,
    pub code: Option<String>,
    pub message: String,
}

impl Done {
    /// The AWS operations in order.
    pub fn calls(&self) -> Vec<&str> {
        self.requests
            .iter()
            .map(|(name, _)| name.as_str())
            .collect()
    }

    /// How often one was called.
    pub fn count(&self, name: &str) -> usize {
        self.calls().iter().filter(|call| **call == name).count()
    }

    pub fn succeeded(self) -> Self {
        assert_eq!(
            self.outcome,
            Some(OutcomeKind::Succeeded),
            "{:?}: {}",
            self.code,
            self.message
        );
        self
    }

    /// The outputs of a success.
    pub fn ok(self) -> Map<String, Value> {
        self.succeeded().outputs
    }

    /// The code of a failure.
    pub fn refused(&self) -> &str {
        assert_ne!(self.outcome, Some(OutcomeKind::Succeeded));
        self.code.as_deref().unwrap_or_default()
    }
}

pub fn options() -> Options {
    Options {
        account: Some(ACCOUNT.parse().unwrap()),
        run: RunOptions {
            region: Some("us-east-1".into()),
            ..RunOptions::default()
        },
    }
}

/// Begins an operation that has to begin.
pub fn begin(name: &str, args: Value, options: &Options) -> Operation {
    Operation::from_json(name, args, options.clone())
        .unwrap_or_else(|error| panic!("{name}: {error}"))
}

/// Runs an operation twice from the same state: straight, then put into a snapshot and
/// resumed at every effect. Both have to ask for the same and to end the same.
pub fn run(sandbox: &mut Sandbox, name: &str, args: Value) -> Done {
    run_with(sandbox, name, args, &options())
}

pub fn run_with(sandbox: &mut Sandbox, name: &str, args: Value, options: &Options) -> Done {
    let before = sandbox.to_bytes();
    let mut other = Sandbox::from_bytes(&before).expect("a state");
    let mut first = sandbox_of(sandbox);
    let straight = drive(begin(name, args.clone(), options), &mut first, false);
    let mut second = sandbox_of(&mut other);
    let resumed = drive(begin(name, args, options), &mut second, true);
    same(&straight, &resumed, name);
    straight
}

fn same(straight: &Done, resumed: &Done, name: &str) {
    let shown = |done: &Done| {
        let mut done = done.clone();
        // The presigned URL of a download is in no snapshot, so it is asked for again.
        let downloads = |(call, _): &(String, Value)| {
            call != "GetDownloadUrlForLayer" && !call.starts_with("GET ")
        };
        done.requests.retain(downloads);
        done
    };
    assert_eq!(shown(straight), shown(resumed), "{name}");
}

/// What answers requests.
pub type Answers<'a> = dyn FnMut(&Send, u64) -> Event + 'a;

/// The sandbox as what answers.
pub fn sandbox_of(sandbox: &mut Sandbox) -> impl FnMut(&Send, u64) -> Event {
    |send, now| {
        let response = sandbox.handle(&carried(&send.request), Duration::from_secs(now));
        let (parts, body) = response.into_parts();
        let headers = parts.headers.iter().map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
            (name.to_string(), value)
        });
        Event::Response {
            id: send.id,
            status: parts.status.as_u16(),
            headers: headers.collect(),
            body,
            elapsed: Duration::ZERO,
        }
    }
}

/// Answers given in order.
pub fn scripted(answers: Vec<Event>) -> impl FnMut(&Send, u64) -> Event {
    let mut answers = VecDeque::from(answers);
    move |send, _| {
        let mut answer = answers
            .pop_front()
            .unwrap_or_else(|| panic!("no answer left for {}", shown(send).0));
        match &mut answer {
            Event::Response { id, .. } | Event::Failed { id, .. } => *id = send.id,
            other => panic!("{other:?}"),
        }
        answer
    }
}

/// An answer for [`scripted`].
pub fn answer(status: u16, body: &Value) -> Event {
    Event::Response {
        id: spola::machine::CallId(0),
        status,
        headers: vec![
            ("Content-Type".into(), "application/x-amz-json-1.1".into()),
            ("X-Amzn-RequestId".into(), "r-1".into()),
        ],
        body: body.to_string().into_bytes(),
        elapsed: Duration::ZERO,
    }
}

/// A refusal for [`scripted`].
pub fn refusal(code: &str) -> Event {
    answer(400, &json!({ "__type": code, "message": "because" }))
}

/// No answer, for [`scripted`].
pub fn lost(reason: FailureReason) -> Event {
    Event::Failed {
        id: spola::machine::CallId(0),
        reason,
        message: "the connection to https://api.ecr.us-east-1.amazonaws.com was lost".into(),
        elapsed: Duration::ZERO,
    }
}

fn shown(send: &Send) -> (String, Value) {
    let target = send.request.headers().get("x-amz-target");
    match target.and_then(|target| target.to_str()) {
        Some(target) => {
            let name = target.rsplit('.').next().unwrap_or_default();
            let body = serde_json::from_slice(send.request.body()).expect("a JSON body");
            (name.to_owned(), body)
        }
        None => (
            format!("{} {}", send.request.method(), send.shown_url()),
            Value::Null,
        ),
    }
}

/// Drives an operation to its end; `resumed`: through a snapshot at every effect.
///
/// Requests are carried out as they are handed out; their answers come when nothing
/// more is handed out, the last first.
pub fn drive(mut operation: Operation, answers: &mut Answers<'_>, resumed: bool) -> Done {
    let mut done = Done::default();
    let mut clock = NOW;
    let mut owed: BTreeMap<u64, ((String, Value), Event)> = BTreeMap::new();
    let mut waits = BTreeSet::new();
    for _ in 0..50_000 {
        match operation.poll() {
            Some(Effect::Send(send)) => {
                let (id, request) = (send.id.0, shown(&send));
                // What was handed out is handed out again, under the same id.
                if owed.get(&id).is_some_and(|(known, _)| *known == request) {
                    continue;
                }
                done.requests.push(request.clone());
                owed.insert(id, (request, answers(&send, clock)));
            }
            Some(Effect::Wait(wait)) => {
                if resumed && waits.insert(wait.id.0) {
                    operation = again(&operation);
                    continue;
                }
                clock += wait.delay.as_secs();
                done.paused += wait.delay;
                operation.feed(Event::Elapsed { id: wait.id }).unwrap();
            }
            Some(Effect::Abort { id }) => {
                owed.remove(&id.0);
            }
            Some(Effect::Done(outcome)) => {
                assert!(operation.poll().is_none());
                return ended(done, Arc::unwrap_or_clone(outcome));
            }
            Some(_) => {}
            None => {
                let (_, (_, event)) = owed.pop_last().expect("something is owed");
                operation.feed(event).unwrap();
            }
        }
        // What ended in a password would begin anew.
        if resumed && operation.outcome().is_none() && !has_url(&done, owed.is_empty()) {
            operation = again(&operation);
        }
    }
    panic!("it does not end");
}

/// Whether an operation knows a presigned URL. A resumed one asks for it again, so one
/// that is resumed at every effect would never come to the download.
fn has_url(done: &Done, is_answered: bool) -> bool {
    let last = done.requests.last().map(|(name, _)| name.as_str());
    last.is_some_and(|name| {
        name.starts_with("GET ") || (is_answered && name == "GetDownloadUrlForLayer")
    })
}

pub fn again(operation: &Operation) -> Operation {
    let snapshot = operation.snapshot();
    Operation::resume(&snapshot, Options::default()).expect("a snapshot")
}

fn ended(mut done: Done, outcome: Outcome) -> Done {
    done.outcome = Some(outcome.outcome);
    done.outputs = outcome.outputs;
    if let Some(failure) = outcome.failure {
        done.code = Some(failure.code);
        done.message = failure.message;
    }
    done
}
