//! A request through the proxy, from the door to the answer.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_MAX_AGE, CACHE_CONTROL, CONTENT_TYPE, ORIGIN, VARY,
};
use http::request::Parts;
use http::{HeaderName, HeaderValue, Method, Request, Response, StatusCode, Uri};
use spola::Report;
use spola::message::MessageError;

use super::folder::Folder;
use super::gate::Gate;
use super::list::{List, Way};
use super::message::{Asked, REQUEST, answered, failed};
use super::refusal::Refusal;
use crate::output;
use crate::serve::{Handler, Payload};
use crate::transport::{Reason, Refused, Transport};
use crate::wallet::{Wallet, on_one_line};

/// Where requests are POSTed to.
pub const PATH: &str = "/proxy";

/// The proxy.
pub struct Proxy {
    /// Who may come in.
    pub gate: Gate,
    /// Where requests may go.
    pub list: List,
    /// Credentials.
    pub wallet: Wallet,
    /// What carries requests.
    pub transport: Arc<Transport>,
    /// Pages that are served beside it.
    pub folder: Option<Folder>,
    /// How large a request may be.
    pub max_request: usize,
    /// How much of an answer is read at most.
    pub max_response: u64,
    /// How long a request may take at most.
    pub timeout: Duration,
    /// Whether nothing is said about requests.
    pub quiet: bool,
}

impl Handler for Proxy {
    fn at_the_door(&self, parts: &Parts, at: SocketAddr) -> Option<Response<Payload>> {
        let answer = match self.let_in(parts, at) {
            Ok(None) => return None,
            Ok(Some(response)) => response,
            Err(refusal @ (Refusal::Host | Refusal::Origin(_))) => self.refuse(&refusal),
            // A page that may ask may read why it is refused.
            Err(refusal) => readable(parts, self.refuse(&refusal)),
        };
        Some(answer.map(Payload::Bytes))
    }

    fn handle(&self, request: Request<Vec<u8>>, now: Duration) -> Response<Payload> {
        let (parts, body) = request.into_parts();
        let answer = match self.pass(body, now) {
            Ok(answer) => answer,
            Err(refusal) => self.refuse(&refusal),
        };
        readable(&parts, answer).map(Payload::Bytes)
    }

    fn max_body(&self) -> usize {
        self.max_request
    }

    fn unread(&self, parts: &Parts, status: StatusCode, reason: &'static str) -> Response<Payload> {
        let refusal = match status {
            StatusCode::PAYLOAD_TOO_LARGE => Refusal::TooLarge(self.max_request),
            StatusCode::BAD_REQUEST => Refusal::Malformed("it is not whole"),
            _ => Refusal::Unread(status, reason.trim_end()),
        };
        readable(parts, self.refuse(&refusal)).map(Payload::Bytes)
    }
}

impl Proxy {
    /// By the head alone: nothing where the request is one to be handed on, else
    /// its answer.
    fn let_in(&self, parts: &Parts, at: SocketAddr) -> Result<Option<Response<Vec<u8>>>, Refusal> {
        self.gate.origin(parts, at)?;
        let path = parts.uri.path();
        match (&parts.method, path == PATH, &self.folder) {
            (&Method::OPTIONS, true, _) => Ok(Some(readable(parts, preflight()))),
            (&Method::POST, true, _) => {
                self.gate.token(&parts.headers)?;
                let kind = parts.headers.get(CONTENT_TYPE);
                if kind.is_none_or(|kind| kind != REQUEST) {
                    return Err(Refusal::Malformed("its media type is another"));
                }
                Ok(None)
            }
            (&Method::GET, false, Some(folder)) => folder.file(path).map(Some),
            (&Method::HEAD, false, Some(folder)) => {
                folder.file(path).map(|file| Some(file.map(|_| Vec::new())))
            }
            _ => Err(Refusal::NothingThere),
        }
    }

    /// Sends what is asked for, if it may be.
    fn pass(&self, bytes: Vec<u8>, now: Duration) -> Result<Response<Vec<u8>>, Refusal> {
        let mut asked = Asked::read(bytes)?;
        let Some(Way { url, auth }) = self.list.way(asked.request.uri(), asked.auth.as_ref())
        else {
            return Err(Refusal::NotAllowed {
                url: origin(asked.request.uri()),
                allowed: self.list.beginnings(),
            });
        };
        let told = format!("{} {}{}", asked.request.method(), origin(&url), url.path());
        *asked.request.uri_mut() = url;
        let request = asked.request.try_into();
        let request = request
            .map_err(|error: MessageError| Report::of(&error))
            .and_then(|request| self.wallet.authorize(request, auth.as_ref(), now));
        let began = Instant::now();
        let timeout = asked.timeout.unwrap_or(self.timeout).min(self.timeout);
        let most = asked.max_response.min(self.max_response);
        let answer = match request {
            Ok(request) => self.transport.send(request, Some(timeout), most),
            Err(report) => Err(Refused {
                reason: Reason::Other,
                message: on_one_line(&report),
            }),
        };
        let took = began.elapsed().as_millis();
        Ok(match answer {
            Ok(answer) => {
                self.say(&format!("{told}  {}  {took} ms", answer.status));
                answered(&answer)
            }
            Err(refused) => {
                self.say(&format!("{told}  {}", refused.message));
                failed(&refused)
            }
        })
    }

    fn refuse(&self, refusal: &Refusal) -> Response<Vec<u8>> {
        if *refusal != Refusal::NothingThere {
            self.say(&format!(
                "refused [{}]: {}",
                refusal.code(),
                refusal.message()
            ));
        }
        refusal.answer()
    }

    fn say(&self, text: &str) {
        if !self.quiet {
            output::say(text);
        }
    }
}

/// A URL without path and query, which may hold secrets.
fn origin(url: &Uri) -> String {
    let host = url.host().unwrap_or_default();
    let port = url.port().map(|port| format!(":{port}"));
    format!(
        "{}://{host}{}",
        url.scheme_str().unwrap_or_default(),
        port.unwrap_or_default()
    )
}

/// What a browser asks before it lets a page of another origin in.
fn preflight() -> Response<Vec<u8>> {
    let mut response = Response::new(Vec::new());
    *response.status_mut() = StatusCode::NO_CONTENT;
    for (name, value) in [
        (ACCESS_CONTROL_ALLOW_METHODS, "POST"),
        (ACCESS_CONTROL_ALLOW_HEADERS, "authorization, content-type"),
        (ACCESS_CONTROL_MAX_AGE, "600"),
        (
            HeaderName::from_static("access-control-allow-private-network"),
            "true",
        ),
    ] {
        let value = HeaderValue::from_static(value);
        response.headers_mut().insert(name, value);
    }
    response
}

/// Lets the page that asked, whose origin has been checked, read the answer.
fn readable(parts: &Parts, mut response: Response<Vec<u8>>) -> Response<Vec<u8>> {
    let headers = response.headers_mut();
    headers.insert(VARY, HeaderValue::from_static("origin"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    if let Some(origin) = parts.headers.get(ORIGIN) {
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, origin.clone());
    }
    response
}
