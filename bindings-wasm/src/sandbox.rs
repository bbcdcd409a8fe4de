//! The in-memory AWS: request in, answer out.

use std::time::Duration;

use spola::JsonWriter;
use spola_sandbox::{Sandbox, SandboxError};

use crate::border::{Answer, Thrown, answer, bytes, hold, tell_any, tell_bytes, text, with};

/// An in-memory Amazon ECR and EC2 Image Builder.
struct Held {
    sandbox: Sandbox,
    /// The body of the answer that was given last.
    body: Vec<u8>,
}

/// Gives a sandbox with a small sample registry, or with nothing in it.
#[unsafe(no_mangle)]
pub extern "C" fn sandbox(empty: bool) -> i32 {
    let sandbox = if empty {
        Sandbox::empty()
    } else {
        Sandbox::sample()
    };
    answer(held(sandbox))
}

/// Gives a sandbox from a state that was written before.
///
/// Throws why the bytes are no such state.
#[unsafe(no_mangle)]
pub extern "C" fn sandbox_restored() -> i32 {
    answer(match Sandbox::from_bytes(&bytes()) {
        Ok(sandbox) => held(sandbox),
        Err(error) => Err(thrown(&error)),
    })
}

fn thrown(error: &SandboxError) -> Thrown {
    let mut json = JsonWriter::default();
    json.begin_object().name("code").text("host.bad-argument");
    json.name("message").text(&error.to_string()).end_object();
    Thrown(json.into_text())
}

fn held(sandbox: Sandbox) -> Answer {
    let body = Vec::new();
    hold(Held { sandbox, body })
}

/// Tells the whole state.
#[unsafe(no_mangle)]
pub extern "C" fn sandbox_state(sandbox: u32) -> i32 {
    with(sandbox, &mut |one: &mut Held| {
        tell_bytes(one.sandbox.to_bytes())
    })
}

/// Answers a request: takes method, URL, header fields in lines of name and value
/// in turn, and the body; tells lines of status, then name and value in turn.
/// Nothing where it cannot be a request. `now` is in Unix milliseconds.
#[unsafe(no_mangle)]
pub extern "C" fn sandbox_handle(sandbox: u32, now: f64) -> i32 {
    with(sandbox, &mut |one: &mut Held| tell_any(one.handle(now)))
}

/// Gives 1 where it stands for a host: those of AWS, and the machine's own.
#[unsafe(no_mangle)]
pub extern "C" fn sandbox_stands_for() -> i32 {
    let host = text();
    i32::from(spola::auth::aws::is_aws_host(&host) || host == "localhost")
}

/// Tells the body of the last answer; once.
#[unsafe(no_mangle)]
pub extern "C" fn sandbox_body(sandbox: u32) -> i32 {
    with(sandbox, &mut |one: &mut Held| {
        tell_bytes(std::mem::take(&mut one.body))
    })
}

impl Held {
    fn handle(&mut self, now: f64) -> Option<String> {
        let mut request = http::Request::builder().method(&*text()).uri(text());
        let fields = text();
        let mut lines = fields.split('\n');
        while let (Some(name), Some(value)) = (lines.next(), lines.next()) {
            request = request.header(name, value);
        }
        let request = request.body(bytes()).ok()?;
        let now = Duration::try_from_secs_f64(now / 1000.0).unwrap_or_default();
        let (parts, body) = self.sandbox.handle(&request, now).into_parts();
        self.body = body;
        let mut text = parts.status.as_str().to_owned();
        for (name, value) in &parts.headers {
            text.push('\n');
            text.push_str(name.as_str());
            text.push('\n');
            text.push_str(value.to_str().unwrap_or_default());
        }
        Some(text)
    }
}
