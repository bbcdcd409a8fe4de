//! What an Arazzo document says, each field with its place.

use std::time::Duration;

use crate::document::tree::NodeId;

/// A value and the node it was read from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct At<T> {
    /// The value.
    pub value: T,
    /// Where it stands.
    pub node: NodeId,
}

/// The version of the specification that a document follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ArazzoVersion {
    /// The part between the dots; the major part is 1.
    pub minor: u32,
    /// The last part: it selects no feature, but 1.0.0 still knew `in: body`.
    pub patch: u32,
}

impl ArazzoVersion {
    /// Whether what came with Arazzo 1.1 belongs to it.
    pub fn has_1_1(self) -> bool {
        self.minor >= 1
    }
}

/// Arazzo Specification Object: the whole document.
#[derive(Clone, Debug)]
pub struct ArazzoObject {
    /// The root.
    pub node: NodeId,
    /// `arazzo`.
    pub version: ArazzoVersion,
    /// `$self`: Arazzo 1.1.
    pub identity: Option<At<Box<str>>>,
    /// `info`.
    pub info: InfoObject,
    /// `sourceDescriptions`.
    pub sources: Vec<SourceDescriptionObject>,
    /// `workflows`.
    pub workflows: Vec<WorkflowObject>,
    /// `components`; empty where there are none.
    pub components: ComponentsObject,
}

/// Info Object.
#[derive(Clone, Debug, Default)]
pub struct InfoObject {
    /// `title`.
    pub title: Option<Box<str>>,
    /// `version`: the document's own.
    pub version: Option<Box<str>>,
    /// `summary`.
    pub summary: Option<Box<str>>,
    /// `description`.
    pub description: Option<Box<str>>,
}

/// Source Description Object.
#[derive(Clone, Debug)]
pub struct SourceDescriptionObject {
    /// The object.
    pub node: NodeId,
    /// `name`.
    pub name: At<Box<str>>,
    /// `url`, as written.
    pub url: At<Box<str>>,
    /// `type`.
    pub kind: Option<At<SourceType>>,
}

/// What a source description describes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SourceType {
    /// `openapi`.
    OpenApi,
    /// `arazzo`.
    Arazzo,
    /// `asyncapi`: Arazzo 1.1.
    AsyncApi,
}

impl SourceType {
    /// As it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::OpenApi => "openapi",
            Self::Arazzo => "arazzo",
            Self::AsyncApi => "asyncapi",
        }
    }

    /// What it describes, in words, with its article.
    pub fn words(self) -> &'static str {
        match self {
            Self::OpenApi => "an OpenAPI description",
            Self::Arazzo => "an Arazzo description",
            Self::AsyncApi => "an AsyncAPI description",
        }
    }
}

/// Workflow Object.
#[derive(Clone, Debug)]
pub struct WorkflowObject {
    /// The object.
    pub node: NodeId,
    /// `workflowId`; empty where it is missing, which is an error.
    pub id: At<Box<str>>,
    /// `summary`.
    pub summary: Option<Box<str>>,
    /// `description`.
    pub description: Option<Box<str>>,
    /// `inputs`: a JSON Schema.
    pub inputs: Option<NodeId>,
    /// `dependsOn`, as written.
    pub depends_on: Vec<At<Box<str>>>,
    /// `steps`.
    pub steps: Vec<StepObject>,
    /// `successActions`.
    pub success_actions: Vec<Item<ActionObject>>,
    /// `failureActions`.
    pub failure_actions: Vec<Item<ActionObject>>,
    /// `outputs`.
    pub outputs: Vec<OutputObject>,
    /// `parameters`.
    pub parameters: Vec<Item<ParameterObject>>,
}

/// An object that stands where it is used, or a reference to one of `components`.
#[derive(Clone, Debug)]
pub enum Item<T> {
    /// It stands here.
    Inline(T),
    /// It is referred to.
    Reusable(ReusableObject),
}

/// Reusable Object.
#[derive(Clone, Debug)]
pub struct ReusableObject {
    /// The object.
    pub node: NodeId,
    /// `reference`.
    pub reference: At<Box<str>>,
    /// `value`.
    pub value: Option<NodeId>,
}

/// One entry of an `outputs` map.
#[derive(Clone, Debug)]
pub struct OutputObject {
    /// Its name.
    pub name: Box<str>,
    /// What it is: an expression, or a Selector Object (Arazzo 1.1).
    pub value: NodeId,
}

/// Step Object.
#[derive(Clone, Debug)]
pub struct StepObject {
    /// The object.
    pub node: NodeId,
    /// `stepId`; empty where it is missing, which is an error.
    pub id: At<Box<str>>,
    /// `description`.
    pub description: Option<Box<str>>,
    /// What it calls; none is an error.
    pub target: Option<StepTarget>,
    /// `parameters`.
    pub parameters: Vec<Item<ParameterObject>>,
    /// `requestBody`.
    pub body: Option<RequestBodyObject>,
    /// `successCriteria`.
    pub criteria: Vec<CriterionObject>,
    /// `onSuccess`.
    pub on_success: Vec<Item<ActionObject>>,
    /// `onFailure`.
    pub on_failure: Vec<Item<ActionObject>>,
    /// `outputs`.
    pub outputs: Vec<OutputObject>,
    /// `timeout`: milliseconds in the document. Arazzo 1.1.
    pub timeout: Option<At<Duration>>,
    /// `correlationId`: Arazzo 1.1.
    pub correlation_id: Option<NodeId>,
    /// `action`: Arazzo 1.1.
    pub flow: Option<At<MessageFlow>>,
    /// `dependsOn`, as written: Arazzo 1.1.
    pub depends_on: Vec<At<Box<str>>>,
    /// `x-spola-collect`: names of outputs.
    pub collect: Vec<At<Box<str>>>,
    /// `x-spola-operation`: what the host carries out instead of the request.
    pub operation: Option<At<Box<str>>>,
}

/// What a step calls.
#[derive(Clone, Debug)]
pub enum StepTarget {
    /// `operationId`.
    OperationId(At<Box<str>>),
    /// `operationPath`.
    OperationPath(At<Box<str>>),
    /// `workflowId`.
    WorkflowId(At<Box<str>>),
    /// `channelPath`: Arazzo 1.1.
    ChannelPath(At<Box<str>>),
}

/// Which way a message goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessageFlow {
    /// `send`.
    Send,
    /// `receive`.
    Receive,
}

/// Parameter Object.
#[derive(Clone, Debug)]
pub struct ParameterObject {
    /// The object.
    pub node: NodeId,
    /// `name`; empty where it is missing, which is an error.
    pub name: At<Box<str>>,
    /// `in`.
    pub place: Option<At<ParameterPlace>>,
    /// `value`; none is an error.
    pub value: Option<NodeId>,
}

/// Where a parameter goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ParameterPlace {
    /// `path`.
    Path,
    /// `query`.
    Query,
    /// `querystring`: Arazzo 1.1.
    Querystring,
    /// `header`.
    Header,
    /// `cookie`.
    Cookie,
    /// `body`: Arazzo 1.0.0 alone.
    Body,
    /// `channel`: only in the schema of Arazzo 1.1.
    Channel,
}

impl ParameterPlace {
    /// As it is written.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Path => "path",
            Self::Query => "query",
            Self::Querystring => "querystring",
            Self::Header => "header",
            Self::Cookie => "cookie",
            Self::Body => "body",
            Self::Channel => "channel",
        }
    }
}

/// Request Body Object.
#[derive(Clone, Debug)]
pub struct RequestBodyObject {
    /// The object.
    pub node: NodeId,
    /// `contentType`.
    pub content_type: Option<At<Box<str>>>,
    /// `payload`.
    pub payload: Option<NodeId>,
    /// `replacements`.
    pub replacements: Vec<PayloadReplacementObject>,
}

/// Payload Replacement Object.
#[derive(Clone, Debug)]
pub struct PayloadReplacementObject {
    /// The object.
    pub node: NodeId,
    /// `target`; empty where it is missing, which is an error.
    pub target: At<Box<str>>,
    /// `targetSelectorType`: Arazzo 1.1.
    pub kind: Option<ExpressionTypeObject>,
    /// `value`; none is an error.
    pub value: Option<NodeId>,
}

/// Criterion Object.
#[derive(Clone, Debug)]
pub struct CriterionObject {
    /// The object.
    pub node: NodeId,
    /// `condition`.
    pub condition: At<Box<str>>,
    /// `context`.
    pub context: Option<At<Box<str>>>,
    /// `type`.
    pub kind: Option<ExpressionTypeObject>,
}

/// A `type` of a criterion or selector: a word, or an Expression Type Object.
#[derive(Clone, Debug)]
pub struct ExpressionTypeObject {
    /// The word or the object.
    pub node: NodeId,
    /// The word: `simple`, `regex`, `jsonpath`, `xpath` or `jsonpointer`.
    pub kind: Box<str>,
    /// `version`; none where only the word is given.
    pub version: Option<Box<str>>,
}

/// Success Action Object and Failure Action Object.
#[derive(Clone, Debug)]
pub struct ActionObject {
    /// The object.
    pub node: NodeId,
    /// `name`; people leave it out.
    pub name: Option<At<Box<str>>>,
    /// `type`; none is an error.
    pub kind: Option<At<ActionType>>,
    /// `workflowId`.
    pub workflow_id: Option<At<Box<str>>>,
    /// `stepId`.
    pub step_id: Option<At<Box<str>>>,
    /// `parameters`: Arazzo 1.1.
    pub parameters: Vec<Item<ParameterObject>>,
    /// `retryAfter`: seconds in the document.
    pub retry_after: Option<At<Duration>>,
    /// `retryLimit`.
    pub retry_limit: Option<At<u32>>,
    /// `criteria`.
    pub criteria: Vec<CriterionObject>,
}

/// What an action does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ActionType {
    /// `end`.
    End,
    /// `goto`.
    Goto,
    /// `retry`: failure actions alone.
    Retry,
}

/// Components Object.
#[derive(Clone, Debug, Default)]
pub struct ComponentsObject {
    /// The object, where there is one.
    pub node: Option<NodeId>,
    /// `inputs`: JSON Schemas by name.
    pub inputs: Vec<(Box<str>, NodeId)>,
    /// `parameters` by name.
    pub parameters: Vec<(Box<str>, ParameterObject)>,
    /// `successActions` by name.
    pub success_actions: Vec<(Box<str>, ActionObject)>,
    /// `failureActions` by name.
    pub failure_actions: Vec<(Box<str>, ActionObject)>,
}
