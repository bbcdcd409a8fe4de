//! An in-memory Amazon ECR and EC2 Image Builder.
//!
//! Request in, response out: no socket, clock, thread or randomness. A host owns a
//! [`Sandbox`], hands it each request with the time, and gets the response that AWS would
//! have given, as far as it is known:
//!
//! ```
//! use std::time::Duration;
//! let mut sandbox = spola_sandbox::Sandbox::sample();
//! let request = http::Request::post("https://api.ecr.us-east-1.amazonaws.com/")
//!     .header("x-amz-target", "AmazonEC2ContainerRegistry_V20150921.DescribeRepositories")
//!     .body(b"{}".to_vec())?;
//! let response = sandbox.handle(&request, Duration::from_secs(1_800_000_000));
//! assert_eq!(response.status(), 200);
//! # Ok::<(), http::Error>(())
//! ```
//!
//! Same state, same requests and same times give the same bytes.
//!
//! **What it takes.** Any host and any credentials, or none. The region is the one of the
//! `Authorization` header's scope, else of the host name, else us-east-1. The account is
//! 123456789012 unless the settings give the access key another; every account and region has
//! its own registry.
//!
//! **Image builds** take any well-formed recipe ARN and last a few minutes of the given time.
//! A word in the recipe's name decides how one ends: `fails`, `cancelled`, `deleted`,
//! `deprecated`, `disabled`, or `stuck` (never). Any other name becomes AVAILABLE.
//!
//! **Who am I.** `GetCallerIdentity` of AWS STS is answered too: clients ask it for their account.
//!
//! **Control.** Paths under `/_sandbox/` are not AWS's: `GET` and `PUT state`, `POST reset`,
//! `GET` and `POST faults`, `GET` and `POST settings`, `POST images`.

mod answer;
mod build;
mod builder;
mod control;
mod ecr;
mod error;
mod fault;
mod identity;
mod json;
mod manifest;
mod page;
mod region;
mod registry;
mod request;
mod sample;
mod sandbox;
mod scope;
mod shape;
mod state;
mod text;
mod time;

pub use error::SandboxError;
pub use sample::{sample_manifest, sample_manifest_media_type};
pub use sandbox::Sandbox;
