//! What the tests share: it plays conversations.
//!
//! A conversation is a YAML file: documents, inputs and options of a run, then
//! what the run is expected to ask for and what it is given, in turn, then how
//! it ends. The files know nothing of a language, so every host plays the same.

use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::{Map, Value};
use spola::auth::{Auth, AuthError, Credentials};
use spola::document::{Documents, Loader, Tree};
use spola::link::{LinkOptions, Program, link};
use spola::machine::{
    Effect, Event, FailureReason, InDoubt, Outcome, Record, ResumeOptions, Run, RunOptions, Send,
};
use spola::message::Request;

/// The workspace's folder.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("the workspace")
        .to_owned()
}

/// A file or folder of the material beside the project; a user's clone has none,
/// and what needs it is skipped with a note.
pub fn shared(path: &str) -> Option<PathBuf> {
    let path = root().parent()?.join("shared").join(path);
    if path.exists() {
        return Some(path);
    }
    eprintln!("skipped: {} is not here", path.display());
    None
}

/// Reads YAML or JSON as a plain value.
pub fn read_value(path: &Path) -> Value {
    let text = std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let tree = Tree::parse(&path.display().to_string(), &text, &Default::default());
    tree.unwrap_or_else(|errors| panic!("{}: {}", path.display(), errors[0]))
        .root()
        .to_value()
}

/// Loads a document from files.
pub fn load_files(path: &Path) -> Documents {
    let mut loader = Loader::new(&path.display().to_string());
    while let Some(url) = loader.needs() {
        match std::fs::read(&url) {
            Ok(bytes) => loader.supply(&url, &bytes, &url),
            Err(error) => loader.failed(&url, &error.to_string()),
        }
    }
    loader.finish()
}

/// Links a document that has to be right.
pub fn link_files(path: &Path) -> Program {
    link_right(&load_files(path), false)
}

fn link_right(documents: &Documents, strict: bool) -> Program {
    link(documents, LinkOptions { strict }).unwrap_or_else(|errors| {
        let reports = errors.reports();
        let texts: Vec<String> = reports.iter().map(|report| report.render(None)).collect();
        panic!("{}", texts.join("\n"))
    })
}

/// Links documents given as texts by name, the entry document first.
pub fn link_texts(texts: &Map<String, Value>, strict: bool) -> Program {
    link_right(&load_texts(texts), strict)
}

/// Loads documents given as texts by name, the entry document first.
pub fn load_texts(texts: &Map<String, Value>) -> Documents {
    let entry = texts.keys().next().expect("a document");
    let mut loader = Loader::new(entry);
    while let Some(url) = loader.needs() {
        match texts.get(&url) {
            Some(Value::String(text)) => loader.supply(&url, text.as_bytes(), &url),
            Some(value) => loader.supply(&url, value.to_string().as_bytes(), &url),
            None => loader.failed(&url, "the conversation has no such document"),
        }
    }
    loader.finish()
}

/// A conversation.
pub struct Conversation {
    name: String,
    value: Value,
    program: Program,
}

/// How a conversation is played.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    /// By one run, from beginning to end.
    Straight,
    /// By a run that is put into a snapshot and resumed at every effect.
    Resumed,
}

impl Conversation {
    /// Reads a conversation, and links its documents.
    pub fn read(path: &Path) -> Self {
        Self::read_as(path, link_right)
    }

    /// Reads a conversation; `link` makes the program of its documents, strictly
    /// or not.
    pub fn read_as(path: &Path, link: impl Fn(&Documents, bool) -> Program) -> Self {
        let value = read_value(path);
        let documents = match &value["document"] {
            Value::String(document) => load_files(&path.parent().expect("a folder").join(document)),
            _ => load_texts(value["documents"].as_object().expect("documents")),
        };
        let program = link(&documents, value["strict"] == true);
        let name = path
            .file_stem()
            .expect("a name")
            .to_string_lossy()
            .into_owned();
        Self {
            name,
            value,
            program,
        }
    }

    /// Its program.
    pub fn program(&self) -> &Program {
        &self.program
    }

    /// The workflow it runs.
    pub fn workflow(&self) -> Option<String> {
        self.value["workflow"].as_str().map(str::to_owned)
    }

    /// The inputs that it gives.
    pub fn inputs(&self) -> Map<String, Value> {
        let inputs = self.value["inputs"].as_object();
        inputs.cloned().unwrap_or_default()
    }

    /// The options that it gives.
    pub fn options(&self) -> RunOptions {
        options(&self.value["options"])
    }

    /// Plays it: every request, wait and the ending have to be as expected.
    pub fn play(&self, manner: Manner) {
        let inputs = self.value["inputs"]
            .as_object()
            .cloned()
            .unwrap_or_default();
        let secrets = inputs.clone();
        let workflow = self.value["workflow"].as_str();
        let options = options(&self.value["options"]);
        let mut run = match self.program.start(workflow, inputs, options) {
            Ok(run) => run,
            Err(error) => return self.refused(&error),
        };
        let mut record = Record::default();
        let mut turns = self.value["turns"]
            .as_array()
            .cloned()
            .unwrap_or_default()
            .into_iter();
        let mut at = 0;
        loop {
            if manner == Manner::Resumed {
                run = self.resumed(&run, &secrets);
            }
            let Some(effect) = run.poll() else {
                panic!("{}: nothing to do after turn {at}", self.name);
            };
            if manner == Manner::Resumed && matches!(effect, Effect::Send(_) | Effect::Wait(_)) {
                // What was handed out is handed out again, under the same id.
                run = self.again(&run, &effect, &secrets);
            }
            let turn = match &effect {
                Effect::Progress(progress) => {
                    record.take(progress);
                    continue;
                }
                Effect::Done(outcome) => {
                    assert!(
                        turns.next().is_none(),
                        "{}: ended after turn {at}",
                        self.name
                    );
                    self.check_outcome(outcome);
                    self.check_steps(&record, manner);
                    assert!(run.poll().is_none() && run.outcome().is_some());
                    return;
                }
                _ => turns.next(),
            };
            at += 1;
            let turn =
                turn.unwrap_or_else(|| panic!("{}: turn {at}: unexpected {effect:?}", self.name));
            let event = self.answer(at, effect, &turn);
            run.feed(event)
                .unwrap_or_else(|error| panic!("{}: turn {at}: {error}", self.name));
        }
    }

    fn resumed(&self, run: &Run, secrets: &Map<String, Value>) -> Run {
        let resume = ResumeOptions {
            secrets: secrets.clone(),
            in_doubt: Some(InDoubt::Send),
            options: RunOptions {
                headers: options(&self.value["options"]).headers,
                ..RunOptions::default()
            },
        };
        self.program
            .resume(&run.snapshot(), resume)
            .unwrap_or_else(|error| panic!("{}: {error}", self.name))
    }

    /// Resumes after an effect was handed out, and takes it again.
    fn again(&self, run: &Run, first: &Effect, secrets: &Map<String, Value>) -> Run {
        let mut run = self.resumed(run, secrets);
        let second = loop {
            match run.poll() {
                Some(Effect::Progress(_)) => {}
                other => break other,
            }
        };
        match (first, &second) {
            (Effect::Send(first), Some(Effect::Send(second))) => {
                assert_eq!(first.id, second.id, "{}", self.name);
                assert_eq!(
                    shown(&first.request),
                    shown(&second.request),
                    "{}",
                    self.name
                );
                assert_eq!(first.auth, second.auth, "{}", self.name);
            }
            (Effect::Wait(first), Some(Effect::Wait(second))) => assert_eq!(first, second),
            _ => panic!("{}: {first:?} became {second:?}", self.name),
        }
        run
    }

    fn refused(&self, error: &spola::machine::RunError) {
        let expected = self.value["refused"].as_str();
        let code = spola::Diagnostic::code(error);
        assert_eq!(Some(code), expected, "{}: {error}", self.name);
        if let Some(part) = self.value["message"].as_str() {
            assert!(error.to_string().contains(part), "{}: {error}", self.name);
        }
    }

    fn answer(&self, at: usize, effect: Effect, turn: &Value) -> Event {
        match effect {
            Effect::Wait(wait) => {
                let expected = turn["wait"].as_f64().map(Duration::from_secs_f64);
                assert_eq!(Some(wait.delay), expected, "{}: turn {at}", self.name);
                Event::Elapsed { id: wait.id }
            }
            Effect::Send(send) => {
                self.check_request(at, &send, &turn["send"]);
                reply(&send, turn)
            }
            other => panic!("{}: turn {at}: unexpected {other:?}", self.name),
        }
    }

    fn check_request(&self, at: usize, send: &Send, expected: &Value) {
        let place = format!("{}: turn {at}", self.name);
        let text = expected
            .as_str()
            .unwrap_or_else(|| expected["request"].as_str().unwrap_or(""));
        let got = format!("{} {}", send.request.method(), send.request.url());
        assert_eq!(got, text, "{place}");
        for (name, value) in expected["headers"].as_object().into_iter().flatten() {
            let got = send
                .request
                .headers()
                .get(name)
                .and_then(|value| value.to_str());
            assert_eq!(got, value.as_str(), "{place}: header {name}");
        }
        if let Some(body) = expected.get("body") {
            let got = match body {
                Value::String(_) => Value::from(String::from_utf8_lossy(send.request.body())),
                _ => serde_json::from_slice(send.request.body())
                    .unwrap_or_else(|error| panic!("{place}: body: {error}")),
            };
            assert_eq!(&got, body, "{place}");
        }
        if expected.get("noBody").is_some() {
            assert!(send.request.body().is_empty(), "{place}");
        }
        if let Some(auth) = expected.get("auth") {
            let got = send
                .auth
                .as_ref()
                .map(|auth| serde_json::to_value(auth).expect("auth"));
            assert_eq!(&got.unwrap_or_default(), auth, "{place}");
        }
        if let Some(timeout) = expected.get("timeout") {
            assert_eq!(
                send.timeout.map(|t| t.as_secs_f64()),
                timeout.as_f64(),
                "{place}"
            );
        }
    }

    fn check_outcome(&self, outcome: &Outcome) {
        let got = serde_json::to_value(outcome).expect("an outcome");
        let expected = &self.value["outcome"];
        let name = &self.name;
        assert_eq!(got["outcome"], expected["outcome"], "{name}: {got}");
        if let Some(outputs) = expected.get("outputs") {
            assert_eq!(&got["outputs"], outputs, "{name}");
        }
        for field in ["code", "stepId"] {
            if let Some(value) = expected.get(field) {
                assert_eq!(&got["failure"][field], value, "{name}: {got}");
            }
        }
        if let Some(part) = expected["message"].as_str() {
            let message = got["failure"]["message"].as_str().unwrap_or_default();
            assert!(message.contains(part), "{name}: {message}");
        }
    }

    fn check_steps(&self, record: &Record, manner: Manner) {
        let Some(expected) = self.value["steps"].as_array() else {
            return;
        };
        if manner == Manner::Resumed {
            return;
        }
        let got: Vec<String> = record
            .steps()
            .iter()
            .map(|step| {
                format!(
                    "{} {}.{} {} {}",
                    step.step_id,
                    step.execution,
                    step.attempt,
                    step.status
                        .map_or("-".to_owned(), |status| status.to_string()),
                    step.action.as_deref().unwrap_or("-")
                )
            })
            .collect();
        let expected: Vec<&str> = expected.iter().filter_map(Value::as_str).collect();
        assert_eq!(got, expected, "{}", self.name);
    }
}

/// What the turn gives for a request.
fn reply(send: &Send, turn: &Value) -> Event {
    let id = send.id;
    let elapsed = Duration::from_secs_f64(turn["elapsed"].as_f64().unwrap_or(0.0));
    if let Some(fail) = turn.get("fail") {
        let reason: FailureReason =
            serde_json::from_value(fail["reason"].clone()).expect("a reason");
        let message = fail["message"].as_str().unwrap_or("it failed").to_owned();
        return Event::Failed {
            id,
            reason,
            message,
            elapsed,
        };
    }
    let answer = &turn["answer"];
    let status = answer["status"].as_u64().unwrap_or(200) as u16;
    let mut headers: Vec<(String, String)> = answer["headers"]
        .as_object()
        .into_iter()
        .flatten()
        .map(|(name, value)| (name.clone(), value.as_str().expect("text").to_owned()))
        .collect();
    let body = match answer.get("body") {
        None => Vec::new(),
        Some(Value::String(text)) => text.clone().into_bytes(),
        Some(value) => value.to_string().into_bytes(),
    };
    if !body.is_empty()
        && !headers
            .iter()
            .any(|(name, _)| name.eq_ignore_ascii_case("content-type"))
    {
        headers.push(("Content-Type".into(), "application/json".into()));
    }
    Event::Response {
        id,
        status,
        headers,
        body,
        elapsed,
    }
}

/// A request as the sandbox and HTTP clients take it.
pub fn carried(request: &Request) -> http::Request<Vec<u8>> {
    request.clone().try_into().expect("what `http` takes, too")
}

/// Credentials put on a request of the `http` crate.
pub fn authorize(
    request: http::Request<Vec<u8>>,
    auth: &Auth,
    credentials: &Credentials,
    now: Duration,
) -> Result<http::Request<Vec<u8>>, AuthError> {
    let request = request.try_into().expect("what `http` took");
    spola::auth::authorize(request, auth, credentials, now).map(|request| carried(&request))
}

fn shown(request: &Request) -> String {
    format!(
        "{} {} {:?} {}",
        request.method(),
        request.url(),
        request.headers(),
        String::from_utf8_lossy(request.body())
    )
}

/// Options as a conversation writes them: as every host names them, times in seconds.
fn options(value: &Value) -> RunOptions {
    let seconds = |name: &str| value[name].as_f64().map(Duration::from_secs_f64);
    let texts = |name: &str| {
        let members = value[name].as_object().into_iter().flatten();
        members
            .map(|(key, value)| (key.clone(), value.as_str().expect("text").to_owned()))
            .collect()
    };
    RunOptions {
        endpoints: texts("endpoints"),
        server_variables: texts("serverVariables"),
        region: value["region"].as_str().map(str::to_owned),
        max_steps: value["maxSteps"].as_u64(),
        max_depth: value["maxDepth"].as_u64().map(|n| n as u32),
        poll_interval: seconds("pollInterval"),
        max_wait: seconds("maxWait"),
        max_response: value["maxResponse"].as_u64(),
        max_attempts: value["maxAttempts"].as_u64().map(|n| n as u32),
        seed: value["seed"].as_u64(),
        ..RunOptions::default()
    }
}

/// Every file under a folder, sorted.
pub fn files_under(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("a folder").flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}
