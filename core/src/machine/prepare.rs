//! The active step's request, made of its parts.

use std::borrow::Cow;
use std::collections::BTreeSet;

use serde_json::Value;

use super::Run;
use super::address::address;
use super::at::At;
use super::failure::{self, Fault, spot};
use super::options::RunOptions;
use super::scope::{RequestView, RunScope, Values};
use crate::auth::{ApiKeyPlace, Auth, Scheme, aws};
use crate::diagnostic::Location;
use crate::exchange::{
    self, Argument, KeyPlace, Operation, ParameterLocation, Payload, SecurityScheme,
};
use crate::expression::Template;
use crate::json_reader;
use crate::json_writer::text_of;
use crate::link::{Program, ReplacementTarget, Step};
use crate::message::Request;
use crate::text::{before, cut_last};

/// A request ready to be handed over.
pub(super) struct Prepared {
    /// The request.
    pub request: Request,
    /// What authorization it needs.
    pub auth: Option<Auth>,
    /// Whether it can be sent again without harm.
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
    /// The body of a step's request; as a value, where that is asked for.
    fn of(step: &'s Step, scope: &RunScope<'_>, as_value: bool) -> Result<Self, Fault> {
        if let Some(body) = &step.body
            && let (true, false, Some(payload)) = (body.json, as_value, &body.payload)
        {
            let mut bytes = Vec::with_capacity(128);
            let written = payload.write_json(scope, &mut bytes);
            written.map_err(|error| failure::at_place(&error, &body.place))?;
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
    pub(super) fn prepare(&self, at: &At<'_>) -> Result<Prepared, Fault> {
        let mut prepared = self.make(at, None)?;
        let source = at.operation().map(|(_, operation)| &*operation.source);
        let headers = prepared.request.headers_mut();
        for extra in &self.options.headers {
            if extra.source.is_none() || extra.source.as_deref() == source {
                headers.set(extra.name.clone(), extra.value.clone());
            }
        }
        // It carries an authorization of its own.
        if headers.contains("authorization") {
            prepared.auth = None;
        }
        Ok(prepared)
    }

    /// The active step's request as expressions see it, if it can be made.
    pub(super) fn view(&self, at: &At<'_>) -> Option<RequestView> {
        let mut values = Values::default();
        let prepared = self.make(at, Some(&mut values)).ok()?;
        Some(RequestView {
            request: prepared.request,
            values,
        })
    }

    /// Makes the request without what the host adds; takes down its values, where
    /// they are asked for.
    fn make(&self, at: &At<'_>, values: Option<&mut Values>) -> Result<Prepared, Fault> {
        let Some((index, operation)) = at.operation() else {
            return Err(failure::of(&failure::CANCELLED, &[]));
        };
        let scope = self.scope(at.program);
        let arguments = arguments(at.step, &scope)?;
        let body = Made::of(at.step, &scope, values.is_some())?;
        if let Some(values) = values {
            for argument in &arguments {
                let name = argument.name.to_owned();
                let value = Value::clone(&argument.value);
                values.arguments.push((argument.location, name, value));
            }
            if let Made::Value(value) = &body {
                values.body = Some(Value::clone(value));
            }
        }
        let target = amz_target(&arguments);
        let aws = aws_call(operation, target, &self.options)?;
        let address = address(at.program, index, aws, &self.options)?;
        let safe = at.is_repeatable()
            || aws.is_some() && (only_reads(operation, target) || body.has_token(at.step, &scope));
        let request = exchange::build_at(operation, &address, &arguments, body.payload(at.step));
        Ok(Prepared {
            request: request.map_err(|error| failure::caused(&error))?,
            auth: auth_of(operation, aws),
            safe,
        })
    }
}

/// What a part of a request is.
fn value<'s>(
    template: &'s Template,
    scope: &RunScope<'_>,
    place: &Location,
) -> Result<Option<Cow<'s, Value>>, Fault> {
    if let Some(constant) = template.constant() {
        return Ok(Some(Cow::Borrowed(constant)));
    }
    match template.evaluate(scope) {
        Ok(value) => Ok(value.map(Cow::Owned)),
        Err(error) => Err(failure::at_place(&error, place)),
    }
}

/// Evaluates the parameters: Arazzo, Parameter Object.
///
/// Unspecified: one that resolves to nothing is left out, unless it is required.
fn arguments<'s>(step: &'s Step, scope: &RunScope<'_>) -> Result<Vec<Argument<'s>>, Fault> {
    let mut arguments = Vec::with_capacity(step.arguments.len());
    for argument in &step.arguments {
        let Some(location) = argument.location else {
            continue;
        };
        match value(&argument.value, scope, &argument.place)? {
            Some(value) => arguments.push(Argument {
                name: &argument.name,
                location,
                value,
            }),
            None if argument.required => {
                let written = argument.value.as_expression();
                let written = written.map(|expression| format!("`{expression}`"));
                let written = written.as_deref().unwrap_or("its value");
                let texts = [&*argument.name, written, &spot(&argument.place)];
                return Err(failure::of(&failure::MISSING_PARAMETER, &texts));
            }
            None => {}
        }
    }
    Ok(arguments)
}

/// Evaluates the payload and its replacements: Arazzo, Request Body Object.
fn body<'s>(step: &'s Step, scope: &RunScope<'_>) -> Result<Option<Cow<'s, Value>>, Fault> {
    let Some(body) = &step.body else {
        return Ok(None);
    };
    let payload = match &body.payload {
        Some(payload) => value(payload, scope, &body.place)?,
        None => None,
    };
    if body.replacements.is_empty() {
        return Ok(payload);
    }
    let mut payload = payload.map_or(Value::Null, Cow::into_owned);
    for replacement in &body.replacements {
        let new = value(&replacement.value, scope, &replacement.place)?;
        if let Err(reason) = replace(&mut payload, &replacement.target, new) {
            let texts = [&*reason, &spot(&replacement.place)];
            return Err(failure::of(&failure::REPLACEMENT, &texts));
        }
    }
    Ok(Some(Cow::Owned(payload)))
}

/// Makes one replacement: Arazzo, Payload Replacement Object.
///
/// Unspecified: a string payload of JSON text is parsed first and stays text; a
/// value that resolves to nothing removes the member.
///
/// # Errors
/// Why it cannot be made.
fn replace(
    payload: &mut Value,
    target: &ReplacementTarget,
    new: Option<Cow<'_, Value>>,
) -> Result<(), Cow<'static, str>> {
    let is_text = payload.is_string();
    if let Value::String(text) = payload {
        *payload = json_reader::value(text).ok_or("the payload is text, but not JSON")?;
    }
    let places = match target {
        ReplacementTarget::Pointer(pointer) => vec![pointer.clone()],
        ReplacementTarget::Query(query) => query
            .select_places(payload)
            .map_err(|error| error.to_string())?,
    };
    if places.is_empty() {
        return Err("its target selects nothing in the payload".into());
    }
    for pointer in places {
        match &new {
            None => pointer.remove(payload),
            Some(new) => {
                if pointer.set(payload, Value::clone(new)).is_err() {
                    let reason = format!("there is nothing in the payload to hold `{pointer}`");
                    return Err(reason.into());
                }
            }
        }
    }
    if is_text {
        *payload = Value::String(text_of(payload));
    }
    Ok(())
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
) -> Result<Option<AwsCall<'a>>, Fault> {
    if operation.aws.is_none() && target.is_none() {
        return Ok(None);
    }
    let described = operation.aws.as_ref();
    let described = described.and_then(|aws| aws.service.as_deref());
    let Some(service) = described.or_else(|| aws::service_of_target(target?)) else {
        return Err(failure::of(&failure::NO_SERVICE, &[]));
    };
    let Some(region) = options.region.as_deref() else {
        return Err(failure::of(&failure::NO_REGION, &[service]));
    };
    aws::check_region(region).map_err(|error| failure::caused(&error))?;
    Ok(Some(AwsCall { service, region }))
}

/// What authorization the requests of an operation need.
fn auth_of(operation: &Operation, aws: Option<AwsCall<'_>>) -> Option<Auth> {
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
    for alternative in &operation.security {
        let mut schemes = Vec::new();
        for scheme in &alternative.schemes {
            schemes.extend(scheme_of(scheme));
        }
        // An alternative holds as a whole.
        if !schemes.is_empty() && schemes.len() == alternative.schemes.len() {
            return Some(schemes);
        }
    }
    None
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

/// Whether an AWS operation changes nothing.
fn only_reads(operation: &Operation, target: Option<&str>) -> bool {
    const READING: [&str; 5] = ["Get", "List", "Describe", "BatchGet", "BatchCheck"];
    let name = target
        .map(|target| cut_last(target, b'.').map_or(target, |(_, name)| name))
        .or(operation.id.as_deref())
        .unwrap_or_default();
    READING.iter().any(|verb| name.starts_with(verb))
}
