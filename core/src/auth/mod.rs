//! What a request needs, and how it gets it.

mod authorize;
pub mod aws;
mod credentials;
mod error;
mod failure;
mod scheme;
#[cfg(feature = "sign")]
mod sigv4;

pub use crate::message::percent_encoded;
pub use authorize::{authorize, check_channel};
pub use credentials::{AwsCredentials, Credentials, Secret};
pub use error::{AuthError, AuthErrorKind};
pub use scheme::{ApiKeyPlace, Auth, Scheme};
