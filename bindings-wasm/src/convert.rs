//! Values of the engine as JSON texts, and back.

#[cfg(feature = "runs")]
use serde_json::Map;
use serde_json::Value;
use spola::exchange::parse_json;
use spola::machine::{Effect, ExtraHeader, Progress, RunOptions, Send};
use wasm_bindgen::JsValue;

use crate::error::{misused, thrown};

/// How deep what a host gives may be nested.
const DEEPEST: usize = 512;

/// A JSON object in the making.
pub struct Json(String);

impl Json {
    /// An object without members.
    pub fn object() -> Self {
        Self("{".to_owned())
    }

    /// Adds a member whose value is JSON already.
    pub fn raw(&mut self, name: &str, json: &str) -> &mut Self {
        if self.0.len() > 1 {
            self.0.push(',');
        }
        self.0.push('"');
        self.0.push_str(name);
        self.0.push_str("\":");
        self.0.push_str(json);
        self
    }

    /// Adds a text.
    pub fn text(&mut self, name: &str, text: &str) -> &mut Self {
        self.raw(name, &quoted(text))
    }

    /// Adds a text, or `null`.
    pub fn text_or_null(&mut self, name: &str, text: Option<&str>) -> &mut Self {
        match text {
            Some(text) => self.text(name, text),
            None => self.raw(name, "null"),
        }
    }

    /// Adds a number.
    pub fn number(&mut self, name: &str, number: u64) -> &mut Self {
        self.raw(name, &number.to_string())
    }

    /// Adds a truth.
    pub fn truth(&mut self, name: &str, truth: bool) -> &mut Self {
        self.raw(name, if truth { "true" } else { "false" })
    }

    /// Adds a length of time, in milliseconds.
    pub fn milliseconds(&mut self, name: &str, length: std::time::Duration) -> &mut Self {
        let whole = length.as_millis() as u64;
        let rest = length.subsec_nanos() % 1_000_000;
        self.raw(
            name,
            &match rest {
                0 => whole.to_string(),
                _ => format!("{whole}.{rest:06}"),
            },
        )
    }

    /// The whole text.
    pub fn finish(mut self) -> String {
        self.0.push('}');
        self.0
    }
}

/// A text as JSON writes it.
pub fn quoted(text: &str) -> String {
    Value::from(text).to_string()
}

/// Texts as a JSON array.
pub fn list<'t>(texts: impl Iterator<Item = &'t str>) -> String {
    format!("[{}]", texts.map(quoted).collect::<Vec<_>>().join(","))
}

/// An effect; the body of a request goes its own way.
pub fn effect(effect: &Effect) -> String {
    let mut json = Json::object();
    match effect {
        Effect::Send(send) => sent(&mut json, send),
        Effect::Wait(wait) => {
            json.text("type", "wait")
                .number("id", wait.id.0)
                .milliseconds("delay", wait.delay);
        }
        Effect::Abort { id } => {
            json.text("type", "abort").number("id", id.0);
        }
        Effect::Progress(told) => {
            json.text("type", "progress");
            progress(&mut json, told);
        }
        Effect::Done(outcome) => {
            json.text("type", "done").raw(
                "outcome",
                &serde_json::to_string(outcome).unwrap_or_default(),
            );
        }
        // An effect that this version does not know asks for nothing here.
        _ => {
            json.text("type", "unknown");
        }
    }
    json.finish()
}

fn sent(json: &mut Json, send: &Send) {
    let mut request = Json::object();
    request
        .text("method", send.request.method().as_str())
        .text("url", &send.request.uri().to_string())
        .raw(
            "headers",
            &headers(
                send.request
                    .headers()
                    .iter()
                    .map(|(name, value)| (name.as_str(), value.as_bytes())),
            ),
        );
    json.text("type", "send")
        .number("id", send.id.0)
        .raw("request", &request.finish());
    match &send.auth {
        Some(auth) => json.raw("auth", &serde_json::to_string(auth).unwrap_or_default()),
        None => json.raw("auth", "null"),
    };
    match send.timeout {
        Some(timeout) => json.milliseconds("timeout", timeout),
        None => json.raw("timeout", "null"),
    };
    json.number("maxResponse", send.max_response)
        .text(
            "repeat",
            match send.repeat {
                spola::machine::Repeat::Safe => "safe",
                spola::machine::Repeat::Unsafe => "unsafe",
            },
        )
        .text("shownUrl", send.shown_url());
    #[cfg(feature = "runs")]
    if let Some(operation) = &send.operation {
        json.text("operation", operation);
    }
}

/// Header fields as a JSON array of pairs.
pub fn headers<'h>(fields: impl Iterator<Item = (&'h str, &'h [u8])>) -> String {
    let pairs = fields.map(|(name, value)| {
        let value = String::from_utf8_lossy(value);
        format!("[{},{}]", quoted(name), quoted(&value))
    });
    format!("[{}]", pairs.collect::<Vec<_>>().join(","))
}

fn progress(json: &mut Json, told: &Progress) {
    match told {
        Progress::StepStarted {
            workflow_id,
            step_id,
            execution,
        } => {
            json.text("kind", "step-started")
                .text("workflowId", workflow_id)
                .text("stepId", step_id)
                .number("execution", *execution);
        }
        Progress::Attempt {
            id,
            workflow_id,
            step_id,
            execution,
            attempt,
            method,
            url,
        } => {
            json.text("kind", "attempt")
                .number("id", id.0)
                .text("workflowId", workflow_id)
                .text("stepId", step_id)
                .number("execution", *execution)
                .number("attempt", *attempt)
                .text("method", method.as_str())
                .text("url", url);
        }
        Progress::Answered { id, status } => {
            json.text("kind", "answered").number("id", id.0);
            match status {
                Some(status) => json.number("status", (*status).into()),
                None => json.raw("status", "null"),
            };
        }
        Progress::Criterion {
            id,
            condition,
            passed,
            note,
        } => {
            json.text("kind", "criterion");
            call(json, id.map(|id| id.0));
            json.text("condition", condition)
                .truth("passed", *passed)
                .text_or_null("note", note.as_deref());
        }
        Progress::Outputs {
            workflow_id,
            step_id,
            names,
        } => {
            json.text("kind", "outputs")
                .text("workflowId", workflow_id)
                .text("stepId", step_id)
                .raw("names", &list(names.iter().map(|name| &**name)));
        }
        Progress::Action {
            id,
            workflow_id,
            step_id,
            succeeded,
            action,
        } => {
            json.text("kind", "action");
            call(json, id.map(|id| id.0));
            json.text("workflowId", workflow_id)
                .text("stepId", step_id)
                .truth("succeeded", *succeeded)
                .text("action", action);
        }
        Progress::Waiting {
            step_id,
            why,
            delay,
        } => {
            json.text("kind", "waiting")
                .text("stepId", step_id)
                .text("why", why)
                .milliseconds("delay", *delay);
        }
        Progress::Layer {
            digest,
            stage,
            done,
            total,
        } => {
            json.text("kind", "layer")
                .text("digest", digest)
                .text("stage", stage)
                .number("done", *done)
                .number("total", *total);
        }
        Progress::Image { digest, tag, stage } => {
            json.text("kind", "image")
                .text("digest", digest)
                .text_or_null("tag", tag.as_deref())
                .text("stage", stage);
        }
        Progress::Note { step_id, message } => {
            json.text("kind", "note")
                .text_or_null("stepId", step_id.as_deref())
                .text("message", message);
        }
        // What this version does not know is told without its particulars.
        _ => {
            json.text("kind", "unknown");
        }
    }
}

fn call(json: &mut Json, id: Option<u64>) {
    match id {
        Some(id) => json.number("id", id),
        None => json.raw("id", "null"),
    };
}

/// Reads a JSON text that a host wrote.
///
/// # Errors
/// What is wrong with it.
pub fn value(text: &str) -> Result<Value, JsValue> {
    parse_json(text.as_bytes(), DEEPEST).map_err(|error| thrown(&error))
}

/// Reads a JSON object that a host wrote.
///
/// # Errors
/// What is wrong with it.
#[cfg(feature = "runs")]
pub fn object(text: &str) -> Result<Map<String, Value>, JsValue> {
    match value(text)? {
        Value::Object(members) => Ok(members),
        _ => Err(misused("host.bad-argument", "an object is wanted")),
    }
}

/// Options as a snapshot keeps them, and header fields in lines of
/// `source`, `name`, `value`.
///
/// # Errors
/// `host.bad-option`.
pub fn options(text: &str, headers: &str) -> Result<RunOptions, JsValue> {
    let bad = |message: String| misused("host.bad-option", &message);
    let mut options = RunOptions::from_value(value(text)?).map_err(bad)?;
    let lines: Vec<&str> = headers.lines().collect();
    for field in lines.chunks_exact(3) {
        let name = field[1].parse();
        let value = field[2].parse();
        let (Ok(name), Ok(value)) = (name, value) else {
            return Err(bad(format!("`{}` cannot be sent as a header", field[1])));
        };
        options.headers.push(ExtraHeader {
            source: (!field[0].is_empty()).then(|| field[0].to_owned()),
            name,
            value,
        });
    }
    Ok(options)
}
