//! The in-memory AWS: request in, answer out.

use std::time::Duration;

use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

/// An in-memory Amazon ECR and EC2 Image Builder.
#[wasm_bindgen]
pub struct Sandbox {
    sandbox: spola_sandbox::Sandbox,
    /// The body of the answer that was given last.
    body: Vec<u8>,
}

#[wasm_bindgen]
impl Sandbox {
    /// With a small sample registry, or with nothing in it.
    #[wasm_bindgen(constructor)]
    pub fn new(empty: bool) -> Self {
        Self::of(if empty {
            spola_sandbox::Sandbox::empty()
        } else {
            spola_sandbox::Sandbox::sample()
        })
    }

    /// From a state that was written before.
    ///
    /// # Errors
    /// Why the bytes are no such state, as a text.
    pub fn restored(state: &[u8]) -> Result<Self, JsValue> {
        spola_sandbox::Sandbox::from_bytes(state)
            .map(Self::of)
            .map_err(|error| JsValue::from_str(&error.to_string()))
    }

    /// The whole state.
    pub fn state(&self) -> Vec<u8> {
        self.sandbox.to_bytes()
    }

    /// Answers a request: lines of status, then name and value in turn. None where
    /// it cannot be a request. `fields` are lines of name and value in turn, `now`
    /// is in Unix milliseconds.
    pub fn handle(
        &mut self,
        method: &str,
        url: &str,
        fields: &str,
        body: Vec<u8>,
        now: f64,
    ) -> Option<String> {
        let mut request = http::Request::builder().method(method).uri(url);
        let lines: Vec<&str> = fields.split('\n').collect();
        for pair in lines.chunks_exact(2) {
            request = request.header(pair[0], pair[1]);
        }
        let request = request.body(body).ok()?;
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

    /// Whether it stands for a host: those of AWS, and the machine's own.
    pub fn stands_for(&self, host: &str) -> bool {
        spola::auth::aws::is_aws_host(host) || host == "localhost"
    }

    /// The body of the last answer; given once.
    pub fn body(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.body)
    }
}

impl Sandbox {
    fn of(sandbox: spola_sandbox::Sandbox) -> Self {
        Self {
            sandbox,
            body: Vec::new(),
        }
    }
}
