//! From an OpenAPI description to an operation.

use super::body::essence;
use super::error::{ExchangeError, ExchangeErrorKind as K};
use super::operation::{BodyDefinition, Encoding, MediaType, Operation, PathPart};
use super::parameter::{Parameter, ParameterLocation, Style};
use super::{security, server};
use crate::document::{BodyObject, MediaObject, Node, OperationObject};
use crate::message::{Keep, Method, encode};
use crate::text::{before, cut, find};

impl Operation {
    /// Makes an operation ready to be called, with what is odd about it: declared
    /// parameters, styles and security schemes that cannot be used as written.
    ///
    /// # Errors
    /// `exchange.unknown-method`.
    pub fn prepare(
        source_name: &str,
        object: &OperationObject<'_>,
    ) -> Result<(Self, Vec<ExchangeError>), ExchangeError> {
        let mut warnings = Vec::new();
        let (own, root) = (object.node, object.root);
        let method = method(object.method)?;
        let info = root.get("info");
        let servers = server::read(
            [own.get("servers"), object.path_servers, root.get("servers")],
            object.description_url,
        );
        let security = security::read(
            own.get("security").or_else(|| root.get("security")),
            &object.security_schemes,
            info,
            &mut warnings,
        );
        let parameters = parameters(object, &mut warnings);
        let path = before(object.path, b'#');
        let (path, query) = cut(path, b'?').unwrap_or((path, ""));
        let body = object.body.as_ref();
        let operation = Self {
            id: own.text("operationId").map(Box::from),
            parts: parts(path, &parameters),
            path: path.into(),
            query: encoded(query, Keep::Query),
            aws: security::aws(&security, &servers, info),
            servers,
            parameters,
            body: body.and_then(|body| body_definition(body, &mut warnings)),
            security,
            source: source_name.into(),
            key: format!("{source_name} {method} {}", object.path).into(),
            method,
        };
        Ok((operation, warnings))
    }
}

fn method(text: &str) -> Result<Method, ExchangeError> {
    let method = text.to_ascii_uppercase().parse();
    method.map_err(|_| ExchangeError::new(K::UnknownMethod, &[text]))
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

/// The path item's parameters, overridden by the operation's.
fn parameters(object: &OperationObject<'_>, warnings: &mut Vec<ExchangeError>) -> Vec<Parameter> {
    let mut all: Vec<Parameter> = Vec::new();
    for list in [&object.path_parameters, &object.parameters] {
        for object in list.iter().flatten() {
            let Some(parameter) = parameter(*object, warnings) else {
                continue;
            };
            match all.iter_mut().find(|other| same(other, &parameter)) {
                Some(other) => *other = parameter,
                None => all.push(parameter),
            }
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

fn parameter(object: Node<'_>, warnings: &mut Vec<ExchangeError>) -> Option<Parameter> {
    let flag = |name: &str| object.get(name).and_then(Node::as_bool);
    let name = object.text("name").unwrap_or_default();
    let place = object.text("in").unwrap_or_default();
    let Some(location) = ParameterLocation::parse(place).filter(|_| !name.is_empty()) else {
        warnings.push(ExchangeError::new(K::UnusableParameter, &[name, place]));
        return None;
    };
    let style = style(name, object.text("style"), location, warnings);
    Some(Parameter {
        name: name.into(),
        location,
        required: flag("required").unwrap_or(false) || location == ParameterLocation::Path,
        style,
        explode: flag("explode").unwrap_or(style.default_explode()),
        allow_reserved: flag("allowReserved").unwrap_or(false),
        content: object
            .get("content")
            .and_then(|content| content.entries().next())
            .map(|(media_type, _)| media_type.into()),
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

fn body_definition(
    body: &BodyObject<'_>,
    warnings: &mut Vec<ExchangeError>,
) -> Option<BodyDefinition> {
    let mut media = Vec::with_capacity(body.media.len());
    for object in &body.media {
        media.push(MediaType {
            name: object.name.trim().into(),
            binary: binary_body(object.name, object.schema),
            encodings: encodings(object, warnings),
        });
    }
    let required = body.node.get("required").and_then(Node::as_bool);
    body.node.is_object().then(|| BodyDefinition {
        required: required == Some(true),
        media,
    })
}

fn binary_body(name: &str, schema: Option<Node<'_>>) -> bool {
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
fn is_binary(schema: Node<'_>) -> bool {
    if schema.text("format") == Some("binary") {
        return true;
    }
    if let Some(items) = schema.get("items") {
        return is_binary(items);
    }
    schema.text("contentEncoding").is_none()
        && schema.text("contentMediaType").is_some_and(|media_type| {
            !media_type.starts_with("text/") && !super::body::is_json(media_type)
        })
}

/// The properties with an encoding of their own, and those that are bytes.
fn encodings(media: &MediaObject<'_>, warnings: &mut Vec<ExchangeError>) -> Vec<Encoding> {
    let mut all: Vec<Encoding> = Vec::new();
    let declared = media.node.get("encoding");
    for (property, encoding) in declared.into_iter().flat_map(Node::entries) {
        all.push(encoding_object(property, encoding, warnings));
    }
    for (property, schema) in &media.properties {
        if !is_binary(*schema) {
            continue;
        }
        match all.iter_mut().find(|e| *e.property == **property) {
            Some(encoding) => encoding.binary = true,
            None => all.push(Encoding {
                property: (*property).into(),
                content_type: None,
                style: None,
                explode: true,
                allow_reserved: false,
                binary: true,
            }),
        }
    }
    all
}

fn encoding_object(
    property: &str,
    object: Node<'_>,
    warnings: &mut Vec<ExchangeError>,
) -> Encoding {
    let flag = |name: &str| object.get(name).and_then(Node::as_bool);
    let styled = ["style", "explode", "allowReserved"]
        .iter()
        .any(|name| object.get(name).is_some());
    let style = styled.then(|| {
        style(
            property,
            object.text("style"),
            ParameterLocation::Query,
            warnings,
        )
    });
    Encoding {
        property: property.into(),
        content_type: object
            .text("contentType")
            .map(|types| before(types, b',').trim())
            .filter(|first| find(first, b'*').is_none())
            .map(Box::from),
        style,
        explode: flag("explode").unwrap_or(style.is_none_or(Style::default_explode)),
        allow_reserved: flag("allowReserved").unwrap_or(false),
        binary: false,
    }
}
