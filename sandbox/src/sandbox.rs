//! Request in, response out: routes, faults, headers.

use crate::answer::Refusal;
use crate::diff::{self, Change};
use crate::error::SandboxError;
use crate::fault::{self, Fault, Kind};
use crate::reply::{Body, Reply};
use crate::scope::{self, Scope};
use crate::state::State;
use crate::store::{Store, StoreError};
use crate::time::Time;
use crate::{builder, control, distribution, ecr, identity, json, sample};
use http::{HeaderName, HeaderValue, Method, Response, StatusCode};
use serde_json::{Map, Value};
use std::time::Duration;

/// An in-memory Amazon ECR and EC2 Image Builder.
#[derive(Debug)]
pub struct Sandbox {
    state: State,
}

/// How a service writes its answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Protocol {
    /// AWS JSON 1.1, for ECR.
    Json,
    /// REST-JSON, for Image Builder.
    Rest,
    /// The registry protocol, for images in ECR.
    Registry,
}

const AWS_JSON: &str = "application/x-amz-json-1.1";
const TARGET: &str = "AmazonEC2ContainerRegistry_V20150921.";

impl Sandbox {
    /// Makes a sandbox with nothing in it.
    pub fn empty() -> Self {
        Self {
            state: State::empty(),
        }
    }

    /// Makes a sandbox whose every region starts with a small registry: repositories with
    /// images, tags and a multi-platform index. The layers of [`crate::sample_manifest`]
    /// are in each repository, so that it can be put anywhere.
    pub fn sample() -> Self {
        Self {
            state: sample::state(),
        }
    }

    /// Every operation that it answers, with the service as AWS signs for it; `OPERATIONS.md`
    /// compares them with others.
    pub fn operations() -> impl Iterator<Item = (&'static str, &'static str)> {
        let ecr = ecr::names().map(|name| ("ecr", name));
        let builder = builder::names().map(|name| ("imagebuilder", name));
        ecr.chain(builder).chain([("sts", identity::OPERATION)])
    }

    /// Reads what [`Sandbox::to_bytes`] wrote.
    ///
    /// # Errors
    /// [`SandboxError`] when the bytes are not a state of this version, or one that no
    /// requests could have led to.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, SandboxError> {
        let mut sandbox = Self::empty();
        sandbox.state.take_over(State::parse(bytes)?)?;
        Ok(sandbox)
    }

    /// Reads what [`Sandbox::to_bytes`] wrote of a sandbox with a store, and goes on with that
    /// store. What the store holds and the state does not name is removed.
    ///
    /// # Errors
    /// As [`Sandbox::from_bytes`]; also where the store lacks a layer.
    pub fn from_bytes_with(bytes: &[u8], store: Box<dyn Store>) -> Result<Self, SandboxError> {
        let mut sandbox = Self::empty();
        *sandbox.state.blobs.host_mut() = Some(store);
        sandbox.state.take_over(State::parse(bytes)?)?;
        Ok(sandbox)
    }

    /// Keeps the bytes of large layers in a host's store from now on, moving there what is in
    /// memory, and removing there what it does not know.
    ///
    /// # Errors
    /// [`SandboxError`] where the store fails.
    pub fn keep_in(mut self, store: Box<dyn Store>) -> Result<Self, SandboxError> {
        *self.state.blobs.host_mut() = Some(store);
        self.state.settle()?;
        Ok(self)
    }

    /// Writes the whole state as JSON, but not the bytes that a host's store keeps.
    pub fn to_bytes(&self) -> Vec<u8> {
        // every key is text and nothing fails to serialize, so there are always bytes
        serde_json::to_vec(&self.state).unwrap_or_default()
    }

    /// The latest time that a request came with, since the Unix epoch; zero before the first.
    /// A host whose clock runs ahead goes on from here over a state that was kept.
    pub fn latest(&self) -> Duration {
        self.state.latest.since_epoch()
    }

    /// What changed from one state that [`Sandbox::to_bytes`] wrote to another. Whether their
    /// layers are there is not looked at.
    ///
    /// # Errors
    /// [`SandboxError`] when one of them is not a state of this version.
    pub fn changes(before: &[u8], after: &[u8]) -> Result<Vec<Change>, SandboxError> {
        Ok(diff::changes(State::parse(before)?, &State::parse(after)?))
    }

    /// Answers one request. `now` is the time since the Unix epoch; where it goes back,
    /// nothing breaks, but builds may seem to go back too.
    ///
    /// Where a fault asks for it the response's extensions hold an [`Ending`](crate::Ending).
    pub fn handle(&mut self, request: &http::Request<Vec<u8>>, now: Duration) -> Response<Vec<u8>> {
        let (mut parts, body) = self.answer(request, now).into_parts();
        let bytes = self.read(body).unwrap_or_else(|_| {
            // what was there a moment ago is not now: nothing that a caller could be told of
            parts.status = StatusCode::INTERNAL_SERVER_ERROR;
            parts.headers.remove("content-length");
            Vec::new()
        });
        Response::from_parts(parts, bytes)
    }

    /// As [`Sandbox::handle`], but what a host's store keeps is not read: the body names it.
    pub fn answer(&mut self, request: &http::Request<Vec<u8>>, now: Duration) -> Response<Body> {
        let now = Time::new(now);
        self.state.latest = self.state.latest.max(now);
        let id = self.state.next_id();
        let reply = self.route(request, now, &id);
        respond(reply, now, &id)
    }

    /// The bytes of a body.
    ///
    /// # Errors
    /// [`StoreError`] where the store fails.
    pub fn read(&self, body: Body) -> Result<Vec<u8>, StoreError> {
        match body {
            Body::Bytes(bytes) => Ok(bytes),
            Body::Blob { key, range } => self.state.blobs.read(&key, range),
        }
    }

    fn route(&mut self, request: &http::Request<Vec<u8>>, now: Time, id: &str) -> Reply {
        let path = request.uri().path();
        if let Some(rest) = path.strip_prefix("/_sandbox/") {
            return control::handle(&mut self.state, rest, request, now);
        }
        let scope = Scope::of(request, &self.state.settings);
        if let Some(rest) = path.strip_prefix(ecr::DOWNLOADS) {
            return self.download(rest, request, now);
        }
        if distribution::is_path(path) {
            let reply = self.read_registry(request, scope, now, id);
            return distribution::finish(reply, request.method());
        }
        let target = request.headers().get("x-amz-target");
        if target.is_none() && identity::is_meant(request) {
            return identity::answer(request, &scope, id);
        }
        if path == "/" && (target.is_some() || request.method() == Method::POST) {
            let name = target.and_then(|target| target.to_str().ok());
            return self.call_ecr(request, name.unwrap_or_default(), scope, now, id);
        }
        match builder::find(request.method(), path) {
            Some((operation, resource)) => {
                let resource = resource.map(str::to_owned);
                self.call_builder(request, operation, resource, scope, now, id)
            }
            None => not_found(&scope),
        }
    }

    fn call_ecr(
        &mut self,
        request: &http::Request<Vec<u8>>,
        target: &str,
        scope: Scope,
        now: Time,
        id: &str,
    ) -> Reply {
        let Some(operation) = target.strip_prefix(TARGET).and_then(ecr::find) else {
            return Protocol::Json.refuse(&Refusal::new("UnknownOperationException", ""));
        };
        let state = &mut self.state;
        guarded(
            state,
            Protocol::Json,
            operation.name,
            request,
            now,
            |state, kind| {
                let mut input = json::object(request.body())?;
                match kind {
                    Some(Kind::PartialPart) => ecr::halve_part(&mut input),
                    Some(Kind::CorruptedPart) => ecr::corrupt_part(&mut input),
                    _ => {}
                }
                ecr::call(state, operation, input, scope, now, id)
                    .map(|value| Protocol::Json.reply(&value))
            },
        )
    }

    fn call_builder(
        &mut self,
        request: &http::Request<Vec<u8>>,
        operation: &'static builder::Operation,
        resource: Option<String>,
        scope: Scope,
        now: Time,
        id: &str,
    ) -> Reply {
        let state = &mut self.state;
        guarded(
            state,
            Protocol::Rest,
            operation.name,
            request,
            now,
            |state, _| {
                let mut input = json::object(request.body())?;
                builder::read_query(&mut input, operation, request.uri().query(), resource);
                builder::call(state, operation, input, scope, now, id)
                    .map(|value| Protocol::Rest.reply(&value))
            },
        )
    }

    fn read_registry(
        &mut self,
        request: &http::Request<Vec<u8>>,
        scope: Scope,
        now: Time,
        id: &str,
    ) -> Reply {
        let call = match distribution::read(request, scope, now) {
            Ok(call) => call,
            Err(reply) => return reply,
        };
        let state = &mut self.state;
        let protocol = Protocol::Registry;
        guarded(state, protocol, call.operation, request, now, |state, _| {
            distribution::call(state, &call, now, id)
        })
    }
}

impl Sandbox {
    fn download(&mut self, place: &str, request: &http::Request<Vec<u8>>, now: Time) -> Reply {
        let state = &mut self.state;
        let Some(fault) = fault::strike(&mut state.faults, ecr::GET_OBJECT) else {
            return ecr::download(state, place, request, now);
        };
        if !fault.kind.is_after() {
            return struck_by(&fault, || ecr::struck(&fault));
        }
        let mut reply = ecr::download(state, place, request, now);
        if fault.kind == Kind::CorruptedBody
            && let Ok(bytes) = self.read(reply.body.clone())
        {
            reply.body = Body::Bytes(bytes);
        }
        afterwards(reply, &fault, || ecr::struck(&fault))
    }
}

/// Carries out a call unless the caller is not believed or a fault strikes.
fn guarded(
    state: &mut State,
    protocol: Protocol,
    operation: &str,
    request: &http::Request<Vec<u8>>,
    now: Time,
    call: impl FnOnce(&mut State, Option<Kind>) -> Result<Reply, Refusal>,
) -> Reply {
    let fault = fault::strike(&mut state.faults, operation);
    if let Some(fault) = fault.as_ref().filter(|fault| !fault.kind.is_after()) {
        return struck(protocol, fault, now);
    }
    if let Some(service) = protocol.signed_for()
        && let Err(mut refusal) = scope::believe(request, service, &state.settings, now)
    {
        if protocol == Protocol::Rest {
            refusal.status = 403;
        }
        return protocol.refuse(&refusal);
    }
    let reply = match call(state, fault.as_ref().map(|fault| fault.kind)) {
        Ok(reply) => reply,
        Err(refusal) => protocol.refuse(&refusal),
    };
    match fault {
        Some(fault) => afterwards(reply, &fault, || struck(protocol, &fault, now)),
        None => reply,
    }
}

/// What a fault makes of the answer to a call that was carried out.
fn afterwards(mut reply: Reply, fault: &Fault, struck: impl FnOnce() -> Reply) -> Reply {
    match fault.kind {
        Kind::LostAnswer => struck_by(fault, struck),
        Kind::LostConnection => Reply::reset(),
        Kind::TruncatedBody => reply.cut(),
        Kind::CorruptedBody => {
            if let Body::Bytes(bytes) = &mut reply.body
                && let Some(byte) = bytes.len().checked_div(2).and_then(|at| bytes.get_mut(at))
            {
                *byte ^= 1;
            }
            reply
        }
        Kind::MalformedBody => {
            reply.headers.retain(|(name, _)| *name != "content-length");
            reply.body = "{\"malformed\": ".into();
            reply
        }
        _ => reply,
    }
}

/// The response that a fault makes.
fn struck(protocol: Protocol, fault: &Fault, now: Time) -> Reply {
    struck_by(fault, || {
        protocol.refuse(&fault.refusal(protocol == Protocol::Rest, now))
    })
}

/// The response that a fault makes: the refusal, unless it is one that no service words.
fn struck_by(fault: &Fault, refusal: impl FnOnce() -> Reply) -> Reply {
    let mut reply = match fault.kind {
        Kind::ConnectionReset => return Reply::reset(),
        Kind::BadGateway => Reply::new(
            502,
            "text/html",
            "<html><body><h1>502 Bad Gateway</h1></body></html>",
        ),
        _ => refusal(),
    };
    if let Some(seconds) = fault.retry_after {
        reply.headers.push(("retry-after", seconds.to_string()));
    }
    reply
}

impl Protocol {
    fn content_type(self) -> &'static str {
        match self {
            Self::Json => AWS_JSON,
            Self::Rest | Self::Registry => "application/json",
        }
    }

    /// The service that a request's signature is for, where requests are signed.
    fn signed_for(self) -> Option<&'static str> {
        match self {
            Self::Json => Some("ecr"),
            Self::Rest => Some("imagebuilder"),
            Self::Registry => None,
        }
    }

    fn reply(self, value: &Value) -> Reply {
        Reply::new(200, self.content_type(), value.to_string())
    }

    fn refuse(self, refusal: &Refusal) -> Reply {
        if self == Self::Registry {
            return distribution::refusal(refusal);
        }
        let mut body = Map::new();
        if self == Self::Json {
            body.insert("__type".to_owned(), refusal.code.as_ref().into());
        }
        if !refusal.message.is_empty() {
            body.insert("message".to_owned(), refusal.message.as_str().into());
        }
        if let Some(members) = &refusal.members {
            body.extend(
                members
                    .iter()
                    .map(|(name, value)| (name.clone(), value.clone())),
            );
        }
        let mut reply = Reply::new(
            refusal.status,
            self.content_type(),
            Value::Object(body).to_string(),
        );
        let code = refusal.code.clone().into_owned();
        reply.headers.push(("x-amzn-errortype", code));
        reply
    }
}

/// A path that neither service has.
fn not_found(scope: &Scope) -> Reply {
    let refusal = Refusal::with_status(404, "UnknownOperationException", "");
    match scope.service.as_deref() {
        Some("ecr") => Protocol::Json.refuse(&refusal),
        _ => Protocol::Rest.refuse(&refusal),
    }
}

/// Adds the headers that every response has.
fn respond(reply: Reply, now: Time, id: &str) -> Response<Body> {
    let mut response = Response::new(reply.body);
    if let Some(ending) = reply.ending {
        response.extensions_mut().insert(ending);
    }
    *response.status_mut() =
        StatusCode::from_u16(reply.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    let mut set = |name: &'static str, value: &str| {
        // a value that no header can hold (it came from a fault's code) is left out
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    };
    set("x-amzn-requestid", id);
    set("content-type", reply.content_type);
    set("date", &now.http_date());
    for (name, value) in &reply.headers {
        set(name, value);
    }
    response
}
