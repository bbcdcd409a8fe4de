//! HTTP requests as plain values, their parts checked.
//!
//! What the engine asks a host to send is a [`Request`]. Where the feature `http` is
//! on, as it is unless switched off, one call makes an `http::Request` of it and
//! another makes one of an `http::Request`:
//!
#![cfg_attr(feature = "http", doc = "```")]
#![cfg_attr(not(feature = "http"), doc = "```ignore")]
//! use spola::message::Request;
//!
//! let mut request = Request::new("POST", "https://pets.example/pets", b"{}".to_vec())?;
//! request.set_header("Content-Type", "application/json")?;
//!
//! let request = http::Request::try_from(request)?;
//! assert_eq!(request.headers()["content-type"], "application/json");
//!
//! let request = Request::try_from(request)?;
//! assert_eq!(request.url().host(), Some("pets.example"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#[cfg(feature = "http")]
mod convert;
mod encode;
mod error;
mod header;
mod method;
mod request;
mod url;

#[cfg(feature = "sign")]
pub(crate) use encode::encode_byte;
pub use encode::percent_encoded;
pub(crate) use encode::{Keep, encode};
pub use error::MessageError;
pub use header::{HeaderName, HeaderValue, Headers};
pub use method::Method;
pub use request::Request;
pub use url::Url;
pub(crate) use url::is_authority;
