//! HTTP messages without a socket.

mod address;
mod body;
mod date;
mod error;
mod fingerprint;
mod json;
mod multipart;
mod operation;
mod packed;
mod parameter;
mod partial;
mod parts;
mod prepare;
mod request;
mod response;
mod security;
mod server;

pub use address::Address;
pub use body::{Payload, choose_content_type, is_json};
pub use error::{ExchangeError, ExchangeErrorKind};
pub use fingerprint::{fingerprint, fingerprint_bytes};
pub use json::parse_json;
pub use operation::{BodyDefinition, Encoding, MediaType, Operation, PathPart};
pub use parameter::{Argument, Parameter, ParameterLocation, Style};
pub use parts::Parts;
pub use request::{build, build_at};
pub use response::{AwsError, MAX_DEPTH, Response};
pub use security::{AwsOperation, KeyPlace, SecurityAlternative, SecurityScheme};
pub(crate) use server::resolve as resolve_server;
pub use server::{Server, ServerChoice, ServerVariable, choose_server};
