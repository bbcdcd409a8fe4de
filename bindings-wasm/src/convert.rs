//! Values of the engine as JSON texts, and back.

#[cfg(feature = "runs")]
use serde_json::Map;
use serde_json::Value;
use spola::JsonWriter;
use spola::auth::{ApiKeyPlace, Auth, Scheme};
use spola::exchange::parse_json;
use spola::machine::{Effect, ExtraHeader, Progress, RunOptions, Send};
use spola::message::Headers;

use crate::border::Thrown;
use crate::error::{misused, thrown};

/// How deep what a host gives may be nested.
const DEEPEST: usize = 512;

/// A JSON object in the making, member by member.
pub struct Json(JsonWriter);

impl Json {
    /// An object without members.
    pub fn object() -> Self {
        let mut json = JsonWriter::default();
        json.begin_object();
        Self(json)
    }

    /// A list without items.
    #[cfg(feature = "runs")]
    pub fn list() -> Self {
        let mut json = JsonWriter::default();
        json.begin_array();
        Self(json)
    }

    /// Begins an object that is a member.
    pub fn begin(&mut self, name: &str) -> &mut Self {
        self.0.name(name).begin_object();
        self
    }

    /// Begins an object that is an item of a list.
    pub fn begin_item(&mut self) -> &mut Self {
        self.0.begin_object();
        self
    }

    /// Ends the object that was begun last.
    pub fn end(&mut self) -> &mut Self {
        self.0.end_object();
        self
    }

    /// Begins a list that is a member.
    pub fn begin_list(&mut self, name: &str) -> &mut Self {
        self.0.name(name).begin_array();
        self
    }

    /// Ends the list that was begun last.
    pub fn end_list(&mut self) -> &mut Self {
        self.0.end_array();
        self
    }

    /// Adds a member whose value is JSON already.
    pub fn raw(&mut self, name: &str, json: &str) -> &mut Self {
        self.0.name(name).raw(json);
        self
    }

    /// Adds `null`.
    pub fn null(&mut self, name: &str) -> &mut Self {
        self.0.name(name).null();
        self
    }

    /// Adds a text.
    pub fn text(&mut self, name: &str, text: &str) -> &mut Self {
        self.0.name(name).text(text);
        self
    }

    /// Adds a text, or `null`.
    pub fn text_or_null(&mut self, name: &str, text: Option<&str>) -> &mut Self {
        self.0.name(name).text_or_null(text);
        self
    }

    /// Adds a number.
    pub fn number(&mut self, name: &str, number: u64) -> &mut Self {
        self.0.name(name).number(number);
        self
    }

    /// Adds a number, or `null`.
    pub fn number_or_null(&mut self, name: &str, number: Option<u64>) -> &mut Self {
        self.0.name(name).number_or_null(number);
        self
    }

    /// Adds a truth.
    pub fn truth(&mut self, name: &str, truth: bool) -> &mut Self {
        self.0.name(name).truth(truth);
        self
    }

    /// Adds any value.
    #[cfg(feature = "runs")]
    pub fn value(&mut self, name: &str, value: &Value) -> &mut Self {
        self.0.name(name).value(value);
        self
    }

    /// Adds a list of texts.
    pub fn texts(&mut self, name: &str, texts: &mut dyn Iterator<Item = &str>) -> &mut Self {
        self.0.name(name).begin_array();
        for text in texts {
            self.0.text(text);
        }
        self.0.end_array();
        self
    }

    /// Adds header fields, as a list of pairs.
    pub fn fields<'h>(
        &mut self,
        name: &str,
        fields: impl Iterator<Item = (&'h str, &'h [u8])>,
    ) -> &mut Self {
        self.0.name(name).begin_array();
        for (name, value) in fields {
            self.0.begin_array().text(name);
            let value = String::from_utf8_lossy(value);
            self.0.text(&value).end_array();
        }
        self.0.end_array();
        self
    }

    /// Adds a length of time, in milliseconds.
    pub fn milliseconds(&mut self, name: &str, length: std::time::Duration) -> &mut Self {
        let whole = length.as_secs() * 1000 + u64::from(length.subsec_millis());
        match length.subsec_nanos() % 1_000_000 {
            0 => self.number(name, whole),
            rest => self.raw(name, &format!("{whole}.{rest:06}")),
        }
    }

    /// The whole text of an object.
    pub fn finish(mut self) -> String {
        self.end();
        self.0.into_text()
    }

    /// The whole text of a list.
    #[cfg(feature = "runs")]
    pub fn finish_list(mut self) -> String {
        self.end_list();
        self.0.into_text()
    }
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
            json.text("type", "done").raw("outcome", &outcome.to_json());
        }
        // An effect that this version does not know asks for nothing here.
        _ => {
            json.text("type", "unknown");
        }
    }
    json.finish()
}

fn sent(json: &mut Json, send: &Send) {
    json.text("type", "send")
        .number("id", send.id.0)
        .begin("request")
        .text("method", send.request.method().as_str())
        .text("url", send.request.url().as_str())
        .fields("headers", pairs(send.request.headers()))
        .end();
    match &send.auth {
        Some(auth) => authorization(json, auth),
        None => drop(json.null("auth")),
    }
    match send.timeout {
        Some(timeout) => json.milliseconds("timeout", timeout),
        None => json.null("timeout"),
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

/// The header fields of a request.
pub fn pairs(fields: &Headers) -> impl Iterator<Item = (&str, &[u8])> {
    let fields = fields.iter();
    fields.map(|(name, value)| (name, value.as_bytes()))
}

fn authorization(json: &mut Json, auth: &Auth) {
    json.begin("auth")
        .text("source", &auth.source)
        .begin_list("schemes");
    for scheme in &auth.schemes {
        json.begin_item();
        match scheme {
            Scheme::SigV4 { service, region } => json
                .text("type", "sigv4")
                .text("service", service)
                .text("region", region),
            Scheme::ApiKey { name, place } => json.text("type", "apikey").text("name", name).text(
                "in",
                match place {
                    ApiKeyPlace::Header => "header",
                    ApiKeyPlace::Query => "query",
                    ApiKeyPlace::Cookie => "cookie",
                },
            ),
            Scheme::Basic => json.text("type", "basic"),
            Scheme::Bearer => json.text("type", "bearer"),
            Scheme::OAuth2 { scopes } => json
                .text("type", "oauth2")
                .texts("scopes", &mut scopes.iter().map(String::as_str)),
            // A scheme that this version does not know cannot be applied here.
            _ => json.text("type", "unknown"),
        };
        json.end();
    }
    json.end_list();
    if auth.optional {
        json.truth("optional", true);
    }
    if auth.renew {
        json.truth("renew", true);
    }
    if let Some(time) = auth.server_time {
        json.number("serverTime", time);
    }
    json.end();
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
            json.text("kind", "answered")
                .number("id", id.0)
                .number_or_null("status", status.map(u64::from));
        }
        Progress::Criterion {
            id,
            condition,
            passed,
            note,
        } => {
            json.text("kind", "criterion")
                .number_or_null("id", id.map(|id| id.0))
                .text("condition", condition)
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
                .texts("names", &mut names.iter().map(|name| &**name));
        }
        Progress::Action {
            id,
            workflow_id,
            step_id,
            succeeded,
            action,
        } => {
            json.text("kind", "action")
                .number_or_null("id", id.map(|id| id.0))
                .text("workflowId", workflow_id)
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

/// Reads a JSON text that a host wrote.
///
/// # Errors
/// What is wrong with it.
pub fn value(text: &str) -> Result<Value, Thrown> {
    parse_json(text.as_bytes(), DEEPEST).map_err(|error| thrown(&error))
}

/// Reads a JSON object that a host wrote.
///
/// # Errors
/// What is wrong with it.
#[cfg(feature = "runs")]
pub fn object(text: &str) -> Result<Map<String, Value>, Thrown> {
    match value(text)? {
        Value::Object(members) => Ok(members),
        _ => Err(misused("host.bad-argument", "an object is wanted")),
    }
}

/// The lines of a text, the last one too where it is empty.
pub fn lines(text: &str) -> Vec<&str> {
    let (mut lines, mut start) = (Vec::new(), 0);
    for (at, byte) in text.bytes().enumerate() {
        if byte == b'\n' {
            lines.push(&text[start..at]);
            start = at + 1;
        }
    }
    lines.push(&text[start..]);
    lines
}

/// Options as a snapshot keeps them, and header fields in lines of
/// `source`, `name`, `value`.
///
/// # Errors
/// `host.bad-option`.
pub fn options(text: &str, headers: &str) -> Result<RunOptions, Thrown> {
    let bad = |message: String| misused("host.bad-option", &message);
    let mut options = RunOptions::from_value(value(text)?).map_err(bad)?;
    for field in lines(headers).chunks_exact(3) {
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
