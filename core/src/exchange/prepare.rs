//! From an OpenAPI description to an operation.

use serde_json::Value;

use super::body::essence;
use super::error::{ExchangeError, ExchangeErrorKind as K};
use super::operation::{BodyDefinition, Encoding, MediaType, Operation, OperationSource, PathPart};
use super::parameter::{Parameter, ParameterLocation, Style};
use super::server::text_at;
use super::{security, server};
use crate::message::{Keep, Method, encode};
use crate::text::{before, cut};

impl Operation {
    /// Makes an operation ready to be called, with what is odd about it: declared
    /// parameters, styles and security schemes that cannot be used as written.
    ///
    /// # Errors
    /// `exchange.unknown-method`.
    pub fn prepare(
        source: &OperationSource<'_>,
    ) -> Result<(Self, Vec<ExchangeError>), ExchangeError> {
        let mut warnings = Vec::new();
        let method = method(source.method)?;
        let field = |name: &str| source.operation.get(name);
        let servers = server::read(
            [
                field("servers"),
                source.path_item.get("servers"),
                source.root_servers,
            ],
            source.description_url,
        );
        let security = security::read(
            field("security").or(source.root_security),
            source.security_schemes,
            source.info,
            &mut warnings,
        );
        let lists = [source.path_item.get("parameters"), field("parameters")];
        let parameters = parameters(lists, &mut warnings);
        let path = before(source.path, b"#");
        let (path, query) = cut(path, b'?').unwrap_or((path, ""));
        let operation = Self {
            id: text_at(source.operation, "operationId").map(Box::from),
            parts: parts(path, &parameters),
            path: path.into(),
            query: encoded(query, Keep::Query),
            aws: security::aws(&security, &servers, source.info),
            servers,
            parameters,
            body: field("requestBody").and_then(|body| body_definition(body, &mut warnings)),
            security,
            source: source.source_name.into(),
            key: format!("{} {method} {}", source.source_name, source.path).into(),
            method,
        };
        Ok((operation, warnings))
    }
}

fn method(text: &str) -> Result<Method, ExchangeError> {
    let method = text.to_ascii_uppercase().parse();
    method.map_err(|_| ExchangeError::new(K::UnknownMethod, &[text]))
}

fn flag_at(object: &Value, name: &str) -> Option<bool> {
    object.get(name)?.as_bool()
}

fn encoded(text: &str, keep: Keep) -> Box<str> {
    let mut out = String::with_capacity(text.len());
    encode(&mut out, text, keep);
    out.into()
}

/// Splits a path template into fixed text and variables.
fn parts(path: &str, parameters: &[Parameter]) -> Vec<PathPart> {
    let mut parts = Vec::new();
    let mut rest = path;
    let slashed;
    if !path.starts_with('/') {
        slashed = format!("/{path}");
        rest = &slashed;
    }
    while let Some((before, name, after)) = server::next_variable(rest) {
        if !before.is_empty() {
            parts.push(PathPart::Literal(encoded(before, Keep::Path)));
        }
        parts.push(PathPart::Variable(variable(name, parameters).into()));
        rest = after;
    }
    if !rest.is_empty() {
        parts.push(PathPart::Literal(encoded(rest, Keep::Path)));
    }
    parts
}

/// API Gateway writes `{name+}` for a parameter `name` that takes the rest of the path.
fn variable<'n>(name: &'n str, parameters: &[Parameter]) -> &'n str {
    let bare = name.trim_end_matches(['+', '*']);
    let declared = |name: &str| {
        parameters
            .iter()
            .any(|p| p.location == ParameterLocation::Path && *p.name == *name)
    };
    if bare != name && declared(bare) && !declared(name) {
        bare
    } else {
        name
    }
}

fn parameters(lists: [Option<&Value>; 2], warnings: &mut Vec<ExchangeError>) -> Vec<Parameter> {
    let mut all: Vec<Parameter> = Vec::new();
    let [outer, own] = lists.map(server::items);
    for object in outer.iter().chain(own) {
        let Some(parameter) = parameter(object, warnings) else {
            continue;
        };
        match all.iter_mut().find(|other| same(other, &parameter)) {
            Some(other) => *other = parameter,
            None => all.push(parameter),
        }
    }
    all
}

fn same(left: &Parameter, right: &Parameter) -> bool {
    left.location == right.location && is_named(left, &right.name)
}

/// Whether a parameter has that name: header names have no letter case.
pub(super) fn is_named(parameter: &Parameter, name: &str) -> bool {
    match parameter.location {
        ParameterLocation::Header => parameter.name.eq_ignore_ascii_case(name),
        _ => *parameter.name == *name,
    }
}

fn parameter(object: &Value, warnings: &mut Vec<ExchangeError>) -> Option<Parameter> {
    let text = |name: &str| text_at(object, name);
    let flag = |name: &str| flag_at(object, name);
    let name = text("name").unwrap_or_default();
    let place = text("in").unwrap_or_default();
    let Some(location) = ParameterLocation::parse(place).filter(|_| !name.is_empty()) else {
        warnings.push(ExchangeError::new(K::UnusableParameter, &[name, place]));
        return None;
    };
    let style = style(name, text("style"), location, warnings);
    Some(Parameter {
        name: name.into(),
        location,
        required: flag("required").unwrap_or(false) || location == ParameterLocation::Path,
        style,
        explode: flag("explode").unwrap_or(style.default_explode()),
        allow_reserved: flag("allowReserved").unwrap_or(false),
        content: object
            .get("content")
            .and_then(Value::as_object)
            .and_then(|content| content.keys().next())
            .map(|media_type| media_type.as_str().into()),
    })
}

/// Reads a style; one that the place cannot have becomes the place's default.
fn style(
    name: &str,
    text: Option<&str>,
    location: ParameterLocation,
    warnings: &mut Vec<ExchangeError>,
) -> Style {
    let Some(text) = text else {
        return location.default_style();
    };
    match Style::parse(text).filter(|style| location.allows(*style)) {
        Some(style) => style,
        None => {
            warnings.push(ExchangeError::new(K::UnusableStyle, &[name, text]));
            location.default_style()
        }
    }
}

fn body_definition(body: &Value, warnings: &mut Vec<ExchangeError>) -> Option<BodyDefinition> {
    let mut media = Vec::new();
    for (name, described) in body.get("content")?.as_object()? {
        media.push(MediaType {
            name: name.trim().into(),
            binary: binary_body(name, described.get("schema")),
            encodings: encodings(described, warnings),
        });
    }
    Some(BodyDefinition {
        required: body.get("required") == Some(&Value::Bool(true)),
        media,
    })
}

fn binary_body(name: &str, schema: Option<&Value>) -> bool {
    let name = essence(name).to_ascii_lowercase();
    let bytes = [
        "image/",
        "audio/",
        "video/",
        "font/",
        "application/octet-stream",
    ]
    .iter()
    .any(|start| name.starts_with(start));
    match schema {
        Some(schema) if is_binary(schema) => true,
        // OpenAPI 3.1 leaves the schema of bytes out, or empty.
        Some(schema) => bytes && schema.get("type").is_none() && schema.get("$ref").is_none(),
        None => bytes,
    }
}

/// Whether a schema describes bytes, or an array of them.
fn is_binary(schema: &Value) -> bool {
    let text = |name: &str| text_at(schema, name);
    if text("format") == Some("binary") {
        return true;
    }
    if let Some(items) = schema.get("items") {
        return is_binary(items);
    }
    text("contentEncoding").is_none()
        && text("contentMediaType").is_some_and(|media_type| {
            !media_type.starts_with("text/") && !super::body::is_json(media_type)
        })
}

/// The properties with an encoding of their own, and those that are bytes.
fn encodings(media: &Value, warnings: &mut Vec<ExchangeError>) -> Vec<Encoding> {
    let mut all: Vec<Encoding> = Vec::new();
    if let Some(Value::Object(declared)) = media.get("encoding") {
        for (property, encoding) in declared {
            all.push(encoding_object(property, encoding, warnings));
        }
    }
    let schema = media.get("schema");
    if let Some(Value::Object(properties)) = schema.and_then(|it| it.get("properties")) {
        for (property, schema) in properties {
            if !is_binary(schema) {
                continue;
            }
            match all.iter_mut().find(|e| *e.property == **property) {
                Some(encoding) => encoding.binary = true,
                None => all.push(Encoding {
                    binary: true,
                    ..encoding_object(property, &Value::Null, warnings)
                }),
            }
        }
    }
    all
}

fn encoding_object(property: &str, object: &Value, warnings: &mut Vec<ExchangeError>) -> Encoding {
    let text = |name: &str| text_at(object, name);
    let flag = |name: &str| flag_at(object, name);
    let styled = ["style", "explode", "allowReserved"]
        .iter()
        .any(|name| object.get(name).is_some());
    let style = styled.then(|| style(property, text("style"), ParameterLocation::Query, warnings));
    Encoding {
        property: property.into(),
        content_type: text("contentType")
            .map(|types| before(types, b",").trim())
            .filter(|first| !first.contains('*'))
            .map(Box::from),
        style,
        explode: flag("explode").unwrap_or(style.is_none_or(Style::default_explode)),
        allow_reserved: flag("allowReserved").unwrap_or(false),
        binary: false,
    }
}
