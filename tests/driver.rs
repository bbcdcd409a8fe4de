//! Runs driven against the in-memory AWS, straight or resumed.

use std::time::Duration;

use serde_json::{Map, Value};
use spola::auth::{AwsCredentials, Credentials, authorize};
use spola::link::Program;
use spola::machine::{
    Effect, Event, InDoubt, Outcome, OutcomeKind, ResumeOptions, Run, RunOptions, Send,
};
use spola::message::Request;
use spola_sandbox::Sandbox;

use crate::harness::{Manner, carried, link_files, root};

/// The region that everything here runs in.
pub const REGION: &str = "eu-central-1";

/// One request and the status of its answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Asked {
    pub operation: String,
    /// The body, or the query as a text.
    pub body: Value,
    pub status: u16,
}

/// What a run did and how it ended.
#[derive(Debug, PartialEq)]
pub struct Driven {
    pub asked: Vec<Asked>,
    pub waits: Vec<Duration>,
    pub outcome: Outcome,
}

impl Driven {
    /// The operations, in order.
    pub fn operations(&self) -> Vec<&str> {
        let asked = self.asked.iter();
        asked.map(|asked| asked.operation.as_str()).collect()
    }

    /// The outputs of a run that succeeded.
    pub fn ok(&self) -> &Map<String, Value> {
        let outcome = &self.outcome;
        assert_eq!(outcome.outcome, OutcomeKind::Succeeded, "{outcome:?}");
        &outcome.outputs
    }

    /// Code, step and message of a run that failed.
    pub fn failure(&self) -> (&str, &str, &str) {
        let failure = self.outcome.failure.as_ref().expect("a failure");
        let step = failure.step_id.as_deref().unwrap_or_default();
        (&failure.code, step, &failure.message)
    }
}

/// A shipped workflow.
pub fn shipped(id: &str) -> Program {
    link_files(&root().join(format!("workflows/arazzo/{id}.arazzo.yaml")))
}

/// The in-memory AWS with a clock that only waits move.
pub struct Cloud {
    pub sandbox: Sandbox,
    clock: Duration,
}

impl Cloud {
    /// With nothing in it.
    pub fn empty() -> Self {
        Self {
            sandbox: Sandbox::empty(),
            clock: Duration::from_secs(1_800_000_000),
        }
    }

    /// Calls a control path of the sandbox.
    pub fn control(&mut self, path: &str, body: &Value) {
        let request = http::Request::post(format!("http://localhost/_sandbox/{path}"))
            .body(body.to_string().into_bytes())
            .expect("a request");
        let answer = self.sandbox.handle(&request, self.clock);
        assert_eq!(answer.status(), 200, "{path} {body}");
    }

    /// Calls ECR; the answer has to be a success.
    pub fn ecr(&mut self, operation: &str, body: &Value) -> Value {
        let target = format!("AmazonEC2ContainerRegistry_V20150921.{operation}");
        let request = http::Request::post(format!("https://api.ecr.{REGION}.amazonaws.com/"))
            .header("x-amz-target", target)
            .body(body.to_string().into_bytes())
            .expect("a request");
        let answer = self.sandbox.handle(&request, self.clock);
        let text = String::from_utf8_lossy(answer.body());
        assert_eq!(answer.status(), 200, "{operation} {text}");
        serde_json::from_str(&text).expect("json")
    }

    /// Runs a program's only workflow to its end.
    pub fn drive(&mut self, program: &Program, inputs: &Value, manner: Manner) -> Driven {
        self.drive_with(program, inputs, manner, RunOptions::default())
    }

    /// The same with options; the region is set here.
    pub fn drive_with(
        &mut self,
        program: &Program,
        inputs: &Value,
        manner: Manner,
        options: RunOptions,
    ) -> Driven {
        let inputs = inputs.as_object().cloned().expect("inputs");
        let options = RunOptions {
            region: Some(REGION.into()),
            ..options
        };
        let mut run = program
            .start(None, inputs, options)
            .unwrap_or_else(|error| panic!("{error}"));
        let (mut asked, mut waits) = (Vec::new(), Vec::new());
        while run.outcome().is_none() {
            let effect = run.poll();
            if !matches!(effect, Some(Effect::Send(_) | Effect::Wait(_))) {
                continue;
            }
            let effect = match manner {
                Manner::Straight => effect,
                Manner::Resumed => {
                    run = resumed(program, &run);
                    owed(&mut run)
                }
            };
            match effect {
                Some(Effect::Send(send)) => {
                    let (told, event) = self.answer(&send);
                    asked.push(told);
                    run.feed(event).expect("the id is the run's");
                }
                Some(Effect::Wait(wait)) => {
                    self.clock += wait.delay;
                    waits.push(wait.delay);
                    let event = Event::Elapsed { id: wait.id };
                    run.feed(event).expect("the id is the run's");
                }
                other => panic!("not handed out again: {other:?}"),
            }
        }
        Driven {
            asked,
            waits,
            outcome: run.outcome().cloned().expect("an outcome"),
        }
    }

    fn answer(&mut self, send: &Send) -> (Asked, Event) {
        let auth = send.auth.as_ref().expect("every request here is signed");
        let credentials = Credentials {
            aws: Some(AwsCredentials::new("AKIDEXAMPLE", "secret", None)),
            ..Credentials::default()
        };
        let request = authorize(send.request.clone(), auth, &credentials, self.clock)
            .unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(request.url().scheme(), Some("https"));
        let (parts, body) = self
            .sandbox
            .handle(&carried(&request), self.clock)
            .into_parts();
        let status = parts.status.as_u16();
        let headers = parts.headers.iter().map(|(name, value)| {
            let value = value.to_str().expect("text").to_owned();
            (name.to_string(), value)
        });
        let event = Event::Response {
            id: send.id,
            status,
            headers: headers.collect(),
            body,
            elapsed: Duration::ZERO,
        };
        (told(&send.request, status), event)
    }
}

/// The first effect that the host has to answer.
fn owed(run: &mut Run) -> Option<Effect> {
    loop {
        match run.poll() {
            Some(Effect::Progress(_)) => {}
            other => return other,
        }
    }
}

fn resumed(program: &Program, run: &Run) -> Run {
    let resume = ResumeOptions {
        in_doubt: Some(InDoubt::Send),
        ..ResumeOptions::default()
    };
    program
        .resume(&run.snapshot(), resume)
        .unwrap_or_else(|error| panic!("{error}"))
}

fn told(request: &Request, status: u16) -> Asked {
    let target = request.headers().get("x-amz-target");
    let operation = match target.and_then(|target| target.to_str()) {
        Some(target) => target.rsplit('.').next().unwrap_or_default().to_owned(),
        None => request.url().path().trim_start_matches('/').to_owned(),
    };
    let body = match request.url().query() {
        Some(query) => query.into(),
        None => serde_json::from_slice(request.body()).expect("json"),
    };
    Asked {
        operation,
        body,
        status,
    }
}
