//! Text to objects as written, each with its place.

mod arazzo;
mod builder;
mod documents;
mod embedded;
mod error;
mod json;
mod loader;
mod node;
mod openapi;
mod schema;
mod sentences;
mod tree;
mod url;
#[cfg(feature = "yaml")]
mod yaml;

pub use arazzo::{
    ActionType, ArazzoObject, ArazzoVersion, ExpressionType, ParameterPlace, SourceType,
    StepTarget, Usable,
};
pub(crate) use documents::base_of;
pub use documents::{Document, DocumentKind, Documents, NotLoaded, Source};
pub use embedded::EMBEDDED;
pub use error::{DocumentError, DocumentErrorKind, Limit};
pub use loader::{LoadLimits, Loader};
pub use node::{Children, Entries, Kind, Node, NodeId};
pub use openapi::{BodyObject, MediaObject, OpenApiDescription, OperationEntry, OperationObject};
pub use schema::{Property, Schema, SchemaError, SchemaProblem, Violation};
pub use tree::{Tree, TreeLimits};
pub use url::resolve_url;
pub(crate) use url::{percent_decode, relative_url};
