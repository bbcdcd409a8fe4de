//! The active step's request, made of its parts.

use std::borrow::Cow;
use std::collections::BTreeSet;

use serde_json::Value;

use super::Run;
use super::address::address;
use super::effect::Failure;
use super::failure;
use super::options::{ExtraHeader, RunOptions};
use super::scope::{RequestView, RunScope};
use crate::auth::{ApiKeyPlace, Auth, Scheme, aws};
use crate::exchange::{
    self, Argument, KeyPlace, Operation, ParameterLocation, Payload, SecurityScheme,
};
use crate::json_reader;
use crate::json_writer::text_of;
use crate::link::{self, Body, Linked, OperationIndex, Program, ReplacementTarget, Step};
use crate::message::Request;
use crate::text::{before, cut_last};

/// A request ready to be handed over.
pub(super) struct Prepared {
    /// The request.
    pub request: Request,
    /// What authorization it needs.
    pub auth: Option<Auth>,
    /// Whether its AWS operation only reads, or carries a client token.
    pub safe: bool,
}

/// What an operation is to AWS.
#[derive(Clone, Copy)]
pub(super) struct AwsCall<'a> {
    /// The signing name.
    pub service: &'a str,
    /// The region that the host of the run says.
    pub region: &'a str,
}

/// A body in the making.
enum Made<'s> {
    Nothing,
    Value(Cow<'s, Value>),
    /// JSON, written already.
    Json(Vec<u8>),
}

impl<'s> Made<'s> {
    fn of(step: &'s Step, scope: &RunScope<'_>) -> Result<Self, Failure> {
        if let Some(Body {
            json: true,
            payload: Some(payload),
            place,
            ..
        }) = &step.body
        {
            let mut bytes = Vec::with_capacity(128);
            payload
                .write_json(scope, &mut bytes)
                .map_err(|error| failure::expression(&error, place))?;
            return Ok(Self::Json(bytes));
        }
        Ok(body(step, scope)?.map_or(Self::Nothing, Self::Value))
    }

    /// Whether it carries a client token.
    fn has_token(&self, step: &Step, scope: &RunScope<'_>) -> bool {
        let payload = step.body.as_ref().and_then(|body| body.payload.as_ref());
        let token = match (self, payload) {
            (Self::Value(value), _) => value.get(TOKEN).map(Cow::Borrowed),
            (Self::Json(_), Some(payload)) => payload.member(TOKEN, scope).ok().flatten(),
            _ => None,
        };
        token.is_some_and(|token| !token.is_null())
    }

    fn payload(self, step: &'s Step) -> Option<Payload<'s>> {
        let body = step.body.as_ref();
        let content_type = body.and_then(|body| body.content_type.as_deref());
        match self {
            Self::Nothing => None,
            Self::Value(value) => Some(Payload::Value {
                content_type,
                value,
            }),
            Self::Json(bytes) => Some(Payload::Bytes {
                content_type,
                bytes,
            }),
        }
    }
}

/// The member of AWS's request bodies that makes them harmless to repeat.
const TOKEN: &str = "clientToken";

impl Program {
    /// The signing names of the AWS services that the program calls.
    pub fn aws_services(&self) -> BTreeSet<String> {
        let described = self
            .0
            .operations
            .iter()
            .filter_map(|operation| operation.aws.as_ref()?.service.as_deref());
        let steps = self.0.workflows.iter().flat_map(|workflow| &workflow.steps);
        let targets = steps
            .flat_map(|step| &step.arguments)
            .filter_map(|argument| {
                let named = argument.name.eq_ignore_ascii_case("x-amz-target");
                aws::service_of_target(argument.value.constant().filter(|_| named)?.as_str()?)
            });
        let steps = self.0.workflows.iter().flat_map(|workflow| &workflow.steps);
        let started = steps.filter_map(|step| Some(before(step.operation.as_deref()?, b'.')));
        let all = described.chain(targets).chain(started);
        all.map(str::to_owned).collect()
    }
}

impl Run {
    /// Makes the request of the active step.
    pub(super) fn prepare(
        &self,
        program: &Linked,
        index: OperationIndex,
    ) -> Result<Prepared, Failure> {
        let (workflow, step) = self.position().ok_or_else(failure::cancelled)?;
        let step = program.workflow(workflow).step(step);
        let operation = program.operation(index);
        let top = self.state.frames.len().saturating_sub(1);
        let scope = RunScope::new(program, &self.state, top, None);
        let arguments = arguments(step, &scope)?;
        let body = Made::of(step, &scope)?;
        let target = amz_target(&arguments);
        let aws = aws_call(operation, target, &self.options)?;
        let address = address(program, index, aws, &self.options)?;
        let safe = aws.is_some() && is_safe(operation, target, || body.has_token(step, &scope));
        let payload = body.payload(step);
        let mut request = exchange::build_at(operation, &address, &arguments, payload)
            .map_err(|error| failure::exchange(&error))?;
        for extra in self.extra_headers(operation) {
            let headers = request.headers_mut();
            headers.set(extra.name.clone(), extra.value.clone());
        }
        let auth = auth_of(operation, aws, &request);
        Ok(Prepared {
            request,
            auth,
            safe,
        })
    }

    /// The active step's request as expressions see it.
    pub(super) fn view(
        &self,
        program: &Linked,
        operation: OperationIndex,
    ) -> Result<RequestView, Failure> {
        let prepared = self.prepare(program, operation)?;
        let (workflow, step) = self.position().ok_or_else(failure::cancelled)?;
        let step = program.workflow(workflow).step(step);
        let top = self.state.frames.len().saturating_sub(1);
        let scope = RunScope::new(program, &self.state, top, None);
        let arguments = arguments(step, &scope)?;
        let of = |location| {
            arguments
                .iter()
                .filter(|argument| argument.location == location)
                .map(|argument| {
                    (
                        argument.name.to_owned(),
                        argument.value.clone().into_owned(),
                    )
                })
                .collect()
        };
        let request = prepared.request;
        // What the host adds may be secret, and is none of the document's business.
        let extra = |name: &str| {
            let mut extras = self.extra_headers(program.operation(operation));
            extras.any(|extra| extra.name.as_str() == name)
        };
        let headers = request.headers().iter();
        let headers = headers.filter(|(name, _)| !extra(name));
        let headers = headers.map(|(name, value)| {
            let text = String::from_utf8_lossy(value.as_bytes());
            (name.to_owned(), text.into_owned())
        });
        Ok(RequestView {
            url: request.url().as_str().to_owned(),
            method: request.method().as_str().to_owned(),
            headers: headers.collect(),
            query: of(ParameterLocation::Query),
            path: of(ParameterLocation::Path),
            body: body(step, &scope)?.map(Cow::into_owned),
        })
    }

    /// The header fields that the host adds to an operation's requests.
    fn extra_headers(&self, operation: &Operation) -> impl Iterator<Item = &ExtraHeader> {
        self.options.headers.iter().filter(|extra| {
            let source = extra.source.as_deref();
            source.is_none_or(|source| *source == *operation.source)
        })
    }

    /// Whether the active step calls an AWS operation.
    pub(super) fn is_aws(&self, program: &Linked) -> bool {
        let Some((workflow, step)) = self.position() else {
            return false;
        };
        let step = program.workflow(workflow).step(step);
        let link::Target::Operation(operation) = step.target else {
            return false;
        };
        program.operation(operation).aws.is_some()
            || step.arguments.iter().any(|argument| {
                argument.location == Some(ParameterLocation::Header)
                    && argument.name.eq_ignore_ascii_case("x-amz-target")
            })
    }
}

/// Evaluates the parameters: Arazzo, Parameter Object.
///
/// Unspecified: one that resolves to nothing is left out, unless it is required.
fn arguments<'s>(step: &'s Step, scope: &RunScope<'_>) -> Result<Vec<Argument<'s>>, Failure> {
    let mut arguments = Vec::with_capacity(step.arguments.len());
    for argument in &step.arguments {
        let Some(location) = argument.location else {
            continue;
        };
        let value = match argument.value.constant() {
            Some(value) => Some(Cow::Borrowed(value)),
            None => argument
                .value
                .evaluate(scope)
                .map_err(|error| failure::expression(&error, &argument.place))?
                .map(Cow::Owned),
        };
        match value {
            Some(value) => arguments.push(Argument {
                name: &argument.name,
                location,
                value,
            }),
            None if argument.required => {
                let written = match argument.value.as_expression() {
                    Some(expression) => format!("`{expression}`"),
                    None => "its value".into(),
                };
                return Err(failure::missing_parameter(
                    &argument.name,
                    &written,
                    &argument.place,
                ));
            }
            None => {}
        }
    }
    Ok(arguments)
}

/// Evaluates the payload and its replacements: Arazzo, Request Body Object.
fn body<'s>(step: &'s Step, scope: &RunScope<'_>) -> Result<Option<Cow<'s, Value>>, Failure> {
    let Some(body) = &step.body else {
        return Ok(None);
    };
    let mut value = match &body.payload {
        Some(payload) => match payload.constant() {
            Some(constant) => Some(Cow::Borrowed(constant)),
            None => payload
                .evaluate(scope)
                .map_err(|error| failure::expression(&error, &body.place))?
                .map(Cow::Owned),
        },
        None => None,
    };
    for replacement in &body.replacements {
        let new = replacement
            .value
            .evaluate(scope)
            .map_err(|error| failure::expression(&error, &replacement.place))?;
        value = Some(Cow::Owned(replaced(
            value,
            &replacement.target,
            new,
            &replacement.place,
        )?));
    }
    Ok(value)
}

/// Makes one replacement: Arazzo, Payload Replacement Object.
///
/// Unspecified: a string payload of JSON text is parsed first and stays text; a
/// value that resolves to nothing removes the member.
fn replaced(
    payload: Option<Cow<'_, Value>>,
    target: &ReplacementTarget,
    new: Option<Value>,
    place: &crate::diagnostic::Location,
) -> Result<Value, Failure> {
    let (mut payload, was_text) = match payload.map(Cow::into_owned) {
        Some(Value::String(text)) => match json_reader::value(&text) {
            Some(parsed) => (parsed, true),
            None => {
                return Err(failure::replacement(
                    "the payload is text, but not JSON",
                    place,
                ));
            }
        },
        Some(value) => (value, false),
        None => (Value::Null, false),
    };
    let places = match target {
        ReplacementTarget::Pointer(pointer) => vec![pointer.clone()],
        ReplacementTarget::Query(query) => query
            .select_places(&payload)
            .map_err(|error| failure::replacement(&error.to_string(), place))?,
    };
    if places.is_empty() {
        return Err(failure::replacement(
            "its target selects nothing in the payload",
            place,
        ));
    }
    for pointer in places {
        match &new {
            Some(new) => pointer.set(&mut payload, new.clone()).map_err(|_| {
                let reason = format!("there is nothing in the payload to hold `{pointer}`");
                failure::replacement(&reason, place)
            })?,
            None => pointer.remove(&mut payload),
        }
    }
    Ok(if was_text {
        Value::String(text_of(&payload))
    } else {
        payload
    })
}

/// The value of an `X-Amz-Target` header among the parameters.
fn amz_target<'a>(arguments: &'a [Argument<'_>]) -> Option<&'a str> {
    let target = arguments.iter().find(|argument| {
        argument.location == ParameterLocation::Header
            && argument.name.eq_ignore_ascii_case("x-amz-target")
    })?;
    target.value.as_str()
}

/// Tells whether an operation is an AWS one, and of which service and region.
///
/// Service: the description's signing name, else the host's, else the target's.
/// Region: only what the host of the run says, never a server variable's default.
pub(super) fn aws_call<'a>(
    operation: &'a Operation,
    target: Option<&str>,
    options: &'a RunOptions,
) -> Result<Option<AwsCall<'a>>, Failure> {
    if operation.aws.is_none() && target.is_none() {
        return Ok(None);
    }
    let known = operation
        .aws
        .as_ref()
        .and_then(|aws| aws.service.as_deref());
    let service = known
        .or_else(|| target.and_then(aws::service_of_target))
        .ok_or_else(failure::no_service)?;
    let region = options
        .region
        .as_deref()
        .ok_or_else(|| failure::no_region(service))?;
    aws::check_region(region).map_err(|error| failure::auth(&error))?;
    Ok(Some(AwsCall { service, region }))
}

/// What authorization the request needs; none where it carries its own.
fn auth_of(operation: &Operation, aws: Option<AwsCall<'_>>, request: &Request) -> Option<Auth> {
    if request.headers().contains("authorization") {
        return None;
    }
    let open = |alternative: &exchange::SecurityAlternative| alternative.schemes.is_empty();
    let optional = aws.is_none() && operation.security.iter().any(open);
    Some(Auth {
        source: operation.source.to_string(),
        schemes: schemes_of(operation, aws)?,
        optional,
        ..Auth::default()
    })
}

/// The schemes that authorize an operation's requests; none where it asks for none.
pub(super) fn schemes_of(operation: &Operation, aws: Option<AwsCall<'_>>) -> Option<Vec<Scheme>> {
    if let Some(AwsCall { service, region }) = aws {
        return Some(vec![Scheme::SigV4 {
            service: service.to_owned(),
            region: aws::signing_region(service, region).to_owned(),
        }]);
    }
    operation.security.iter().find_map(|alternative| {
        let schemes: Option<Vec<_>> = alternative.schemes.iter().map(scheme_of).collect();
        schemes.filter(|schemes| !schemes.is_empty())
    })
}

/// A scheme that `authorize` can apply; none for those that it cannot.
fn scheme_of(scheme: &SecurityScheme) -> Option<Scheme> {
    Some(match scheme {
        SecurityScheme::ApiKey { name, place } => Scheme::ApiKey {
            name: str::to_owned(name),
            place: api_key_place(*place),
        },
        SecurityScheme::Http { scheme } if scheme.eq_ignore_ascii_case("basic") => Scheme::Basic,
        SecurityScheme::Http { scheme } if scheme.eq_ignore_ascii_case("bearer") => Scheme::Bearer,
        SecurityScheme::OAuth2 { scopes } => Scheme::OAuth2 {
            scopes: scopes.iter().map(ToString::to_string).collect(),
        },
        SecurityScheme::OpenIdConnect => Scheme::Bearer,
        _ => return None,
    })
}

fn api_key_place(place: KeyPlace) -> ApiKeyPlace {
    match place {
        KeyPlace::Query => ApiKeyPlace::Query,
        KeyPlace::Cookie => ApiKeyPlace::Cookie,
        KeyPlace::Header => ApiKeyPlace::Header,
    }
}

/// Whether an AWS operation can be repeated: it only reads, or carries a client token.
fn is_safe(operation: &Operation, target: Option<&str>, has_token: impl Fn() -> bool) -> bool {
    const READING: [&str; 5] = ["Get", "List", "Describe", "BatchGet", "BatchCheck"];
    let name = target
        .map(|target| cut_last(target, b'.').map_or(target, |(_, name)| name))
        .or(operation.id.as_deref())
        .unwrap_or_default();
    READING.iter().any(|verb| name.starts_with(verb)) || has_token()
}
