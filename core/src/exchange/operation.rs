//! An operation ready to be called.

use std::sync::Arc;

use super::parameter::Parameter;
use super::security::{AwsOperation, SecurityAlternative};
use super::server::Server;
use crate::message::Method;

/// An operation of an OpenAPI description, as far as a request needs it.
#[derive(Clone, Debug)]
pub struct Operation {
    /// The `operationId`.
    pub id: Option<Box<str>>,
    /// The method.
    pub method: Method,
    /// The path template, without the key's fragment and query.
    pub path: Box<str>,
    /// The path template in parts: fixed text, percent-encoded, and variables.
    pub parts: Vec<PathPart>,
    /// The query that the path key carries, percent-encoded; empty where it has none.
    pub query: Box<str>,
    /// Where it can be sent to: the operation's servers, else the path item's, else the description's.
    pub servers: Vec<Server>,
    /// The declared parameters: the path item's, overridden by the operation's.
    pub parameters: Vec<Parameter>,
    /// The declared body.
    pub body: Option<BodyDefinition>,
    /// What the description says about security: one alternative is enough. Empty
    /// where it says nothing; one alternative without schemes where it says that
    /// none is needed.
    pub security: Vec<SecurityAlternative>,
    /// What is known about it as an AWS operation, where its description or its servers say it is one.
    pub aws: Option<AwsOperation>,
    /// The source description's name.
    pub source: Arc<str>,
    /// Identifies it: source, method and path key with its fragment.
    pub key: Box<str>,
}

/// A part of a path template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PathPart {
    /// Text to send as it is.
    Literal(Box<str>),
    /// A variable, by name.
    Variable(Box<str>),
}

/// A declared body: OpenAPI, Request Body Object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BodyDefinition {
    /// Whether the operation needs one.
    pub required: bool,
    /// Its media types, in the order written.
    pub media: Vec<MediaType>,
}

/// A media type of a body: OpenAPI, Media Type Object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MediaType {
    /// The name with its parameters, as written.
    pub name: Box<str>,
    /// Whether the schema says that the whole body is bytes.
    pub binary: bool,
    /// The properties that have an encoding of their own or are bytes.
    pub encodings: Vec<Encoding>,
}

/// How one property of a form is sent: OpenAPI, Encoding Object.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Encoding {
    /// The property.
    pub property: Box<str>,
    /// The media type of its part; the first of several.
    pub content_type: Option<Box<str>>,
    /// The style, where style, explode or allowReserved is given.
    pub style: Option<super::parameter::Style>,
    /// Whether arrays and objects become several values.
    pub explode: bool,
    /// Whether reserved characters stand for themselves.
    pub allow_reserved: bool,
    /// Whether the schema says that the property is bytes (a file).
    pub binary: bool,
}
