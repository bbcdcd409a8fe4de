//! What an Arazzo document says: views of its tree.

use super::reader::Reader;
use crate::document::error::{self, DocumentError};
use crate::document::node::{Children, Node};
use crate::document::tree::Tree;

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

/// Arazzo Specification Object: a whole document that was looked through.
///
/// The objects in it are nodes of its tree. What cannot be used as it is, which has
/// been reported, is left out of the lists that this gives.
#[derive(Clone, Debug)]
pub struct ArazzoObject<'t> {
    root: Node<'t>,
    version: ArazzoVersion,
    /// The numbers of nodes, in order.
    left_out: Vec<usize>,
}

impl<'t> ArazzoObject<'t> {
    /// Looks a whole document through: the objects, and all that is wrong with them,
    /// in document order.
    ///
    /// The objects are there even where something is wrong, as far as they
    /// could be read; none where the document is no Arazzo description of a
    /// version that is known. In `strict` reading every deviation is an error.
    pub fn read(tree: &'t Tree, strict: bool) -> (Option<Self>, Vec<DocumentError>) {
        let mut reader = Reader {
            strict,
            version: ArazzoVersion { minor: 1, patch: 0 },
            findings: Vec::new(),
            left_out: Vec::new(),
        };
        let root = tree.root();
        let known = reader.root(root);
        let Reader {
            version,
            mut findings,
            mut left_out,
            ..
        } = reader;
        error::sort(&mut findings);
        left_out.sort_unstable();
        let object = Self {
            root,
            version,
            left_out,
        };
        (known.then_some(object), findings)
    }

    /// The Arazzo Specification Object itself.
    pub fn root(&self) -> Node<'t> {
        self.root
    }

    /// `arazzo`.
    pub fn version(&self) -> ArazzoVersion {
        self.version
    }

    /// Whether a node can be used.
    pub fn has(&self, node: Node<'_>) -> bool {
        self.left_out.is_empty()
            || self
                .left_out
                .binary_search(&(node.id().0 as usize))
                .is_err()
    }

    /// The items of a list that can be used; none where there is no list.
    pub fn list(&self, object: Node<'t>, field: &str) -> Usable<'_, 't> {
        let list = object.get(field).filter(|list| list.is_array());
        self.usable(list)
    }

    /// The values of a map that can be used, each with its key; none where there is
    /// no map.
    pub fn map(&self, object: Node<'t>, field: &str) -> Usable<'_, 't> {
        let map = object.get(field).filter(|map| map.is_object());
        self.usable(map)
    }

    /// The components of a kind, each with its key.
    pub fn components(&self, kind: &str) -> Usable<'_, 't> {
        match self.root.get("components") {
            Some(components) => self.map(components, kind),
            None => self.usable(None),
        }
    }

    fn usable(&self, container: Option<Node<'t>>) -> Usable<'_, 't> {
        Usable {
            arazzo: self,
            left: container.map(Node::values),
        }
    }
}

/// What of a list or map can be used.
#[derive(Clone)]
pub struct Usable<'a, 't> {
    arazzo: &'a ArazzoObject<'t>,
    left: Option<Children<'t>>,
}

impl<'t> Iterator for Usable<'_, 't> {
    type Item = Node<'t>;

    fn next(&mut self) -> Option<Node<'t>> {
        let left = self.left.as_mut()?;
        left.find(|node| self.arazzo.has(*node))
    }
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
    /// Reads the `type` of a source description.
    pub fn of(text: &str) -> Option<Self> {
        let all = [Self::OpenApi, Self::Arazzo, Self::AsyncApi];
        all.into_iter().find(|kind| kind.as_str() == text)
    }

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

/// What a step calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StepTarget {
    /// `operationId`.
    OperationId,
    /// `operationPath`.
    OperationPath,
    /// `workflowId`.
    WorkflowId,
    /// `channelPath`: Arazzo 1.1.
    ChannelPath,
}

/// The fields of a step that say what it calls.
pub(super) const TARGETS: [(&str, StepTarget); 4] = [
    ("operationId", StepTarget::OperationId),
    ("operationPath", StepTarget::OperationPath),
    ("workflowId", StepTarget::WorkflowId),
    ("channelPath", StepTarget::ChannelPath),
];

impl StepTarget {
    /// What a Step Object calls, and the text that says it; of several the first.
    pub fn of(step: Node<'_>) -> Option<(Self, Node<'_>)> {
        let mut targets = TARGETS.iter();
        let (target, node) =
            targets.find_map(|(field, target)| Some((*target, step.get(field)?)))?;
        let text = node.as_str()?;
        (!text.is_empty()).then_some((target, node))
    }
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
    /// The `in` of a Parameter Object.
    pub fn of(parameter: Node<'_>, version: ArazzoVersion) -> Option<Self> {
        Some(match parameter.text("in")? {
            "path" => Self::Path,
            "query" => Self::Query,
            "querystring" => Self::Querystring,
            "header" => Self::Header,
            "cookie" => Self::Cookie,
            "body" => Self::Body,
            "channel" if version.has_1_1() => Self::Channel,
            _ => return None,
        })
    }
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

impl ActionType {
    /// Reads the `type` of an action.
    pub fn of(text: &str, failure: bool) -> Option<Self> {
        match text {
            "end" => Some(Self::End),
            "goto" => Some(Self::Goto),
            "retry" if failure => Some(Self::Retry),
            _ => None,
        }
    }
}

/// The `type` of a criterion or selector: a word, or an Expression Type Object.
#[derive(Clone, Copy, Debug)]
pub struct ExpressionType<'t> {
    /// The word or the object.
    pub node: Node<'t>,
    /// The word: `simple`, `regex`, `jsonpath`, `xpath` or `jsonpointer`.
    pub kind: &'t str,
    /// `version`; none where only the word is given.
    pub version: Option<&'t str>,
}

impl<'t> ExpressionType<'t> {
    /// Reads a `type`; none where it is neither.
    pub fn of(node: Node<'t>) -> Option<Self> {
        Some(Self {
            node,
            kind: node.as_str().or_else(|| node.text("type"))?,
            version: node.text("version"),
        })
    }
}
