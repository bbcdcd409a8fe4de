//! A machine to poll and feed, and the one way to authorize.

use std::time::Duration;

use serde_json::Value;
use spola::auth::{ApiKeyPlace, Auth, AwsCredentials, Credentials, Scheme, Secret};
use spola::machine::{CallId, CancelReason, Effect, Event, FailureReason, Record, RunError};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::convert::{Json, effect, value};
use crate::error::{misused, thrown};

/// A run, or an operation of the toolkit.
#[wasm_bindgen]
pub struct Machine {
    machine: Box<dyn spola::machine::Machine>,
    record: Record,
    /// The body of the request that was handed out last.
    body: Vec<u8>,
}

impl Machine {
    /// Takes a machine that has not been polled yet.
    pub fn new(machine: impl spola::machine::Machine + 'static) -> Self {
        Self {
            machine: Box::new(machine),
            record: Record::default(),
            body: Vec::new(),
        }
    }

    fn fed(&mut self, event: Event) -> Result<(), JsValue> {
        self.machine
            .feed(event)
            .map_err(|error: RunError| thrown(&error))
    }
}

#[wasm_bindgen]
impl Machine {
    /// The next effect as JSON, without the body of its request.
    pub fn poll(&mut self) -> Option<String> {
        let mut next = self.machine.poll()?;
        match &mut next {
            Effect::Progress(told) => self.record.take(told),
            Effect::Send(send) => self.body = std::mem::take(send.request.body_mut()),
            _ => {}
        }
        Some(effect(&next))
    }

    /// The body of the request that `poll` gave; given once.
    pub fn body(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.body)
    }

    /// An answer came; header fields are lines of name and value in turn.
    ///
    /// # Errors
    /// `run.unknown-call`, `run.wrong-event`.
    pub fn response(
        &mut self,
        id: f64,
        status: u16,
        headers: &str,
        body: Vec<u8>,
        elapsed: f64,
    ) -> Result<(), JsValue> {
        let lines: Vec<&str> = headers.split('\n').collect();
        let fields = lines.chunks_exact(2);
        self.fed(Event::Response {
            id: call(id),
            status,
            headers: fields
                .map(|pair| (pair[0].to_owned(), pair[1].to_owned()))
                .collect(),
            body,
            elapsed: milliseconds(elapsed),
        })
    }

    /// No answer came.
    ///
    /// # Errors
    /// `run.unknown-call`, `run.wrong-event`.
    pub fn failed(
        &mut self,
        id: f64,
        reason: &str,
        message: String,
        elapsed: f64,
    ) -> Result<(), JsValue> {
        let reason = match reason {
            "resolve" => FailureReason::Resolve,
            "connect" => FailureReason::Connect,
            "tls" => FailureReason::Tls,
            "timeout" => FailureReason::Timeout,
            "reset" => FailureReason::Reset,
            "truncated" => FailureReason::Truncated,
            "too-large" => FailureReason::TooLarge,
            _ => FailureReason::Other,
        };
        self.fed(Event::Failed {
            id: call(id),
            reason,
            message,
            elapsed: milliseconds(elapsed),
        })
    }

    /// A wait is over.
    ///
    /// # Errors
    /// `run.unknown-call`, `run.wrong-event`.
    pub fn elapsed(&mut self, id: f64) -> Result<(), JsValue> {
        self.fed(Event::Elapsed { id: call(id) })
    }

    /// The machine is to end now.
    ///
    /// # Errors
    /// None that a run can give.
    pub fn cancel(&mut self, timeout: bool) -> Result<(), JsValue> {
        let reason = if timeout {
            CancelReason::Timeout
        } else {
            CancelReason::User
        };
        self.fed(Event::Cancel { reason })
    }

    /// How it ended, as JSON.
    pub fn outcome(&self) -> Option<String> {
        Some(self.machine.outcome()?.to_json())
    }

    /// Whether it has ended.
    pub fn ended(&self) -> bool {
        self.machine.outcome().is_some()
    }

    /// Where it stands.
    pub fn snapshot(&self) -> Vec<u8> {
        self.machine.snapshot()
    }

    /// What it did, request by request, as JSON.
    pub fn steps(&self) -> String {
        self.record.to_json()
    }
}

/// Puts credentials on a request; gives URL and header fields as JSON.
///
/// `fields` are lines of name and value in turn, `now` is in Unix milliseconds.
///
/// # Errors
/// `auth.missing-credentials` and the like.
#[wasm_bindgen]
pub fn authorize(
    method: &str,
    url: &str,
    fields: &str,
    body: Vec<u8>,
    auth: &str,
    credentials: &str,
    now: f64,
) -> Result<String, JsValue> {
    let bad = |message: String| misused("host.bad-argument", &message);
    let auth = self::auth(&value(auth)?)
        .ok_or_else(|| bad("the authorization is not one that an effect can ask for".into()))?;
    let credentials = self::credentials(&value(credentials)?);
    let request = http::Request::builder().method(method).uri(url).body(body);
    let mut request = request.map_err(|_| bad(format!("`{method} {url}` cannot be sent")))?;
    let lines: Vec<&str> = fields.split('\n').collect();
    for pair in lines.chunks_exact(2) {
        let (Ok(name), Ok(value)) = (
            pair[0].parse::<http::HeaderName>(),
            pair[1].parse::<http::HeaderValue>(),
        ) else {
            return Err(bad(format!("`{}` cannot be sent as a header", pair[0])));
        };
        request.headers_mut().append(name, value);
    }
    let signed = spola::auth::authorize(request, &auth, &credentials, milliseconds(now))
        .map_err(|error| thrown(&error))?;
    let mut json = Json::object();
    json.text("url", &signed.uri().to_string())
        .fields("headers", signed.headers());
    Ok(json.finish())
}

/// What an effect said; none where it cannot have said this.
fn auth(given: &Value) -> Option<Auth> {
    let text = |of: &Value, name: &str| {
        let text = of.get(name).and_then(Value::as_str);
        text.unwrap_or_default().to_owned()
    };
    let truth = |name: &str| given.get(name).and_then(Value::as_bool).unwrap_or(false);
    let schemes = given.get("schemes").and_then(Value::as_array);
    let scheme = |scheme: &Value| match scheme.get("type").and_then(Value::as_str)? {
        "sigv4" => Some(Scheme::SigV4 {
            service: text(scheme, "service"),
            region: text(scheme, "region"),
        }),
        "apikey" => Some(Scheme::ApiKey {
            name: text(scheme, "name"),
            place: match scheme.get("in").and_then(Value::as_str) {
                Some("query") => ApiKeyPlace::Query,
                Some("cookie") => ApiKeyPlace::Cookie,
                _ => ApiKeyPlace::Header,
            },
        }),
        "basic" => Some(Scheme::Basic),
        "bearer" => Some(Scheme::Bearer),
        "oauth2" => Some(Scheme::OAuth2 { scopes: Vec::new() }),
        _ => None,
    };
    Some(Auth {
        source: text(given, "source"),
        schemes: schemes?.iter().map(scheme).collect::<Option<_>>()?,
        optional: truth("optional"),
        renew: truth("renew"),
        server_time: given.get("serverTime").and_then(Value::as_u64),
    })
}

fn credentials(given: &Value) -> Credentials {
    let text = |name: &str| given.get(name).and_then(Value::as_str);
    let secret = |name: &str| text(name).map(Secret::from);
    Credentials {
        aws: text("accessKeyId").map(|id| {
            let key = secret("secretAccessKey").unwrap_or_default();
            AwsCredentials::new(id, key, secret("sessionToken"))
        }),
        secret: secret("secret"),
        allow_plain_http: given
            .get("allowPlainHttp")
            .and_then(Value::as_bool)
            .unwrap_or(false),
    }
}

/// Ids are whole numbers that a JavaScript number holds; any other is none.
fn call(id: f64) -> CallId {
    let whole = id >= 0.0 && id.fract() == 0.0 && id <= 9_007_199_254_740_991.0;
    CallId(if whole { id as u64 } else { u64::MAX })
}

fn milliseconds(length: f64) -> Duration {
    Duration::try_from_secs_f64(length / 1000.0).unwrap_or_default()
}
