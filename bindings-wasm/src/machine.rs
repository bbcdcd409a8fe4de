//! A machine to poll and feed, and the one way to authorize.

use std::time::Duration;

use serde_json::Value;
use spola::auth::{ApiKeyPlace, Auth, AwsCredentials, Credentials, Scheme, Secret};
use spola::machine::{CallId, CancelReason, Effect, Event, FailureReason, Record, RunError};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::convert::{Json, effect, headers, value};
use crate::error::{misused, thrown};

/// What a module drives: one of them has the runs, another the toolkit.
pub enum Driven {
    /// A run of a workflow.
    #[cfg(feature = "programs")]
    Run(spola::machine::Run),
    /// An operation of the toolkit.
    #[cfg(feature = "ecr")]
    Operation(spola_ecr::Operation),
}

/// Asks whichever it is.
macro_rules! ask {
    ($driven:expr, $one:ident => $asked:expr) => {
        match $driven {
            #[cfg(feature = "programs")]
            Driven::Run($one) => $asked,
            #[cfg(feature = "ecr")]
            Driven::Operation($one) => $asked,
        }
    };
}

/// A run, or an operation of the toolkit.
#[wasm_bindgen]
pub struct Machine {
    driven: Driven,
    record: Record,
    /// The body of the request that was handed out last.
    body: Vec<u8>,
}

impl Machine {
    /// Takes what has not been polled yet.
    pub fn new(driven: Driven) -> Self {
        Self {
            driven,
            record: Record::default(),
            body: Vec::new(),
        }
    }

    fn fed(&mut self, event: Event) -> Result<(), JsValue> {
        told(ask!(&mut self.driven, one => one.feed(event)))
    }
}

/// What feeding came to.
///
/// # Errors
/// What the machine refused.
pub fn told(fed: Result<(), RunError>) -> Result<(), JsValue> {
    fed.map_err(|error| thrown(&error))
}

#[wasm_bindgen]
impl Machine {
    /// The next effect as JSON, without the body of its request.
    pub fn poll(&mut self) -> Option<String> {
        let mut next = ask!(&mut self.driven, one => one.poll())?;
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
        self.fed(response(id, status, headers, body, elapsed))
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
        self.fed(failed(id, reason, message, elapsed))
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
        let reason = cancelled(timeout);
        self.fed(Event::Cancel { reason })
    }

    /// How it ended, as JSON.
    pub fn outcome(&self) -> Option<String> {
        let outcome = ask!(&self.driven, one => one.outcome())?;
        Some(serde_json::to_string(outcome).unwrap_or_default())
    }

    /// Where it stands.
    pub fn snapshot(&self) -> Vec<u8> {
        ask!(&self.driven, one => one.snapshot())
    }

    /// What it did, request by request, as JSON.
    pub fn steps(&self) -> String {
        serde_json::to_string(self.record.steps()).unwrap_or_default()
    }
}

#[cfg(feature = "programs")]
#[wasm_bindgen]
impl Machine {
    /// The options of a run as a snapshot keeps them: what its steps start is given them.
    pub fn settings(&self) -> String {
        match &self.driven {
            Driven::Run(run) => serde_json::to_string(run.options()).unwrap_or_default(),
            #[cfg(feature = "ecr")]
            Driven::Operation(_) => "{}".to_owned(),
        }
    }
}

/// An answer; header fields are lines of name and value in turn.
pub fn response(id: f64, status: u16, headers: &str, body: Vec<u8>, elapsed: f64) -> Event {
    let mut fields = Vec::new();
    let mut lines = headers.split('\n');
    while let (Some(name), Some(value)) = (lines.next(), lines.next()) {
        fields.push((name.to_owned(), value.to_owned()));
    }
    Event::Response {
        id: call(id),
        status,
        headers: fields,
        body,
        elapsed: milliseconds(elapsed),
    }
}

/// No answer, and why.
pub fn failed(id: f64, reason: &str, message: String, elapsed: f64) -> Event {
    let reason = match reason {
        "resolve" => FailureReason::Resolve,
        "connect" => FailureReason::Connect,
        "tls" => FailureReason::Tls,
        "timeout" => FailureReason::Timeout,
        "reset" => FailureReason::Reset,
        "truncated" => FailureReason::Truncated,
        "too-large" => FailureReason::TooLarge,
        "unsupported" => FailureReason::Unsupported,
        _ => FailureReason::Other,
    };
    Event::Failed {
        id: call(id),
        reason,
        message,
        elapsed: milliseconds(elapsed),
    }
}

/// Why a machine is to end.
pub fn cancelled(timeout: bool) -> CancelReason {
    if timeout {
        CancelReason::Timeout
    } else {
        CancelReason::User
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
    let fields = signed
        .headers()
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_bytes()));
    let mut json = Json::object();
    json.text("url", &signed.uri().to_string())
        .raw("headers", &headers(fields));
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
pub fn call(id: f64) -> CallId {
    let whole = id >= 0.0 && id.fract() == 0.0 && id <= 9_007_199_254_740_991.0;
    CallId(if whole { id as u64 } else { u64::MAX })
}

/// A length of time; none where the number is none.
pub fn milliseconds(length: f64) -> Duration {
    Duration::try_from_secs_f64(length / 1000.0).unwrap_or_default()
}
