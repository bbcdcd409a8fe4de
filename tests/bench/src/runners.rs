//! The same run by spola and by its relative.

use std::path::Path;
use std::sync::LazyLock;

use roas_arazzo::v1_1::Description;
use roas_arazzo_executor::{HttpResponse, Options, Progress};
use serde_json::{Map, Value};
use spola::auth::{Credentials, authorize};
use spola::document::{Documents, Loader};
use spola::link::{LinkOptions, Program, link};
use spola::machine::{Effect, Event, Run, RunOptions};

use crate::work::{self, Answer, NOW};

/// Links a document given as a value, with the description beside it.
pub fn program(document: &Value, aws: bool) -> Program {
    let mut loader = Loader::new("bench.arazzo.json");
    while let Some(url) = loader.needs() {
        let text = if url == "api.openapi.json" {
            work::description(aws).to_string()
        } else {
            document.to_string()
        };
        loader.supply(&url, text.as_bytes(), &url);
    }
    link(loader.finish(), LinkOptions::default()).expect("a right document")
}

/// Reads a document and all it needs from files.
pub fn documents(path: &Path) -> Documents {
    let mut loader = Loader::new(&path.display().to_string());
    while let Some(url) = loader.needs() {
        match std::fs::read(&url) {
            Ok(bytes) => loader.supply(&url, &bytes, &url),
            Err(error) => loader.failed(&url, &error.to_string()),
        }
    }
    loader.finish()
}

/// What a run is started with: the host's, who gives it away.
pub struct Given {
    inputs: Map<String, Value>,
    options: RunOptions,
}

/// What each run is started with.
pub fn given() -> Given {
    static INPUTS: LazyLock<Map<String, Value>> = LazyLock::new(work::inputs);
    Given {
        inputs: INPUTS.clone(),
        options: RunOptions {
            max_steps: Some(u64::MAX),
            poll_interval: Some(std::time::Duration::ZERO),
            region: Some("eu-central-1".into()),
            ..RunOptions::default()
        },
    }
}

/// Starts a run.
pub fn start(program: &Program, given: Given) -> Run {
    let Given { inputs, options } = given;
    program.start(None, inputs, options).expect("right inputs")
}

/// Answers a run's requests until `rounds` were sent; the number of effects.
///
/// The last answer says that there is no more, so a loop ends by itself.
pub fn drive(
    run: &mut Run,
    rounds: usize,
    answers: &[Answer; 2],
    credentials: Option<&Credentials>,
) -> usize {
    let (mut sent, mut effects) = (0, 0);
    while let Some(effect) = run.poll() {
        effects += 1;
        if let Effect::Send(send) = effect {
            let id = send.id;
            let request = match (&send.auth, credentials) {
                (Some(auth), Some(credentials)) => {
                    authorize(send.request, auth, credentials, NOW).expect("a signature")
                }
                _ => send.request,
            };
            std::hint::black_box(&request);
            sent += 1;
            let answer = &answers[usize::from(sent < rounds)];
            run.feed(Event::Response {
                id,
                status: 200,
                headers: answer.headers.clone(),
                body: answer.body.clone(),
                elapsed: std::time::Duration::from_millis(1),
            })
            .expect("an answer that is owed");
        }
    }
    assert_eq!(sent, rounds, "the run did not go as it should");
    let outcome = run.outcome().expect("the end");
    assert!(outcome.failure.is_none(), "{:?}", outcome.failure);
    effects
}

/// The relative's view of a document.
pub struct Relative {
    description: Description,
    options: Options,
}

impl Relative {
    /// Reads a document given as a value.
    pub fn new(document: &Value) -> Self {
        let description = serde_json::from_value(document.clone()).expect("a right document");
        let mut options = Options::new()
            .source("api", "api.openapi.json", work::description(false))
            .max_steps(usize::MAX);
        for (name, value) in work::inputs() {
            options = options.input(name, value);
        }
        Self {
            description,
            options,
        }
    }

    /// One run that sends so many requests.
    pub fn run(&self, rounds: usize, answers: &[Answer; 2]) {
        let mut run = roas_arazzo_executor::Run::start(&self.description, &self.options)
            .expect("right inputs");
        let mut sent = 0;
        loop {
            match run.advance().expect("a request or the end") {
                Progress::Send(request) => {
                    std::hint::black_box(&request);
                    sent += 1;
                    let answer = &answers[usize::from(sent < rounds)];
                    let mut response = HttpResponse::default();
                    response.status = 200;
                    response.headers = answer.headers.clone();
                    response.body = answer.body.clone();
                    run.supply(response).expect("an answer that is owed");
                }
                Progress::Wait(_) => {}
                Progress::Done(report) => {
                    assert!(report.is_success(), "{report}");
                    assert_eq!(sent, rounds);
                    return;
                }
            }
        }
    }
}
