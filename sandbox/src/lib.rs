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
//! 123456789012 unless the settings give the access key another; the settings can name another
//! account and region for callers that name none. Every account and region has its own registry.
//!
//! **Image builds** take any well-formed recipe ARN and last a few minutes of the given time.
//! A word in the recipe's name decides how one ends: `fails`, `cancelled`, `deleted`,
//! `deprecated`, `disabled`, or `stuck` (never). Any other name becomes AVAILABLE.
//!
//! **The registry protocol** under `/v2/` is there for reading: manifests, blobs, tags, referrers
//! and the catalog, for the user `AWS` with a password of GetAuthorizationToken. The registry is
//! that of a host like `123456789012.dkr.ecr.us-east-1.amazonaws.com`; at any other host it is
//! that of the account and region that the password was made for.
//!
//! **Who am I.** `GetCallerIdentity` of AWS STS is answered too: clients ask it for their account.
//!
//! # Control
//!
//! Paths under `/_sandbox/` are not AWS's. A refused request gets 400 with `code` and `message`.
//!
//! | request | does |
//! |---|---|
//! | `GET state`, `PUT state` | gives or takes the whole state, as [`Sandbox::to_bytes`] writes it |
//! | `POST diff` | gives what changed since a state that `GET state` gave: `{"changes": [{path, before?, after?}]}` |
//! | `POST reset` | begins with nothing, or with the sample: `{"sample": true}` |
//! | `GET faults`, `POST faults` | gives the faults; an array replaces them, an object adds one |
//! | `GET settings`, `POST settings` | gives the settings; those given change, the others stay |
//! | `POST images` | makes images in a repository, for tests of paging |
//!
//! ```
//! # use std::time::Duration;
//! use spola_sandbox::Sandbox;
//!
//! fn post(sandbox: &mut Sandbox, path: &str, body: &str) -> http::Response<Vec<u8>> {
//!     let request = http::Request::post(format!("http://localhost/_sandbox/{path}"))
//!         .body(body.as_bytes().to_vec())
//!         .expect("a request");
//!     sandbox.handle(&request, Duration::from_secs(1_800_000_000))
//! }
//!
//! let mut sandbox = Sandbox::empty();
//! let answer = post(&mut sandbox, "reset", r#"{"sample": true}"#);
//! assert_eq!(answer.status(), 200);
//! let answer = post(&mut sandbox, "images", r#"{"repositoryName": "many", "count": 1200}"#);
//! assert_eq!(answer.status(), 200);
//! let answer = post(&mut sandbox, "settings", r#"{"paging": "short", "unknown": 1}"#);
//! assert_eq!(answer.status(), 400);
//! ```
//!
//! **Images**: `repositoryName` and `count`; `region` and `tagsEach` (1) are optional.
//!
//! **Settings**, with what they begin as:
//!
//! | setting | means |
//! |---|---|
//! | `account` (`"123456789012"`), `region` (`"us-east-1"`) | of callers that name none |
//! | `callers` (`{}`) | accounts by access key id |
//! | `layers` (`"checked"`) | `"trusted"`: any manifest is taken, whether its layers are there or not |
//! | `paging` (`"full"`) | `"short"`: pages are short and now and then empty |
//! | `immutableRepeat` (`"tag"`) | what the same image under the same immutable tag gets: `ImageTagAlreadyExistsException`, or with `"image"` `ImageAlreadyExistsException` |
//! | `partBytes` (10 MiB), `smallestPartBytes` (5 MiB) | of layer uploads |
//! | `urlSeconds` (3600) | how long a layer's URL is good for |
//! | `imagesPerRepository`, `repositoriesPerRegistry` (100000) | the quotas |
//! | `checkClock` (`false`) | a signature's date over five minutes off is refused |
//! | `verifySignatures` (`false`), `secretKeys` (`{}`) | signatures are computed again with the secret access keys, by access key id, and their dates checked |
//! | `expiredTokens` (`[]`) | session tokens that are refused as expired |
//! | `buildStages` | the stages of an image build and their seconds |
//!
//! # Faults
//!
//! A fault strikes calls instead of, or after, carrying them out:
//!
//! ```
//! # use std::time::Duration;
//! # let mut sandbox = spola_sandbox::Sandbox::sample();
//! # let now = Duration::from_secs(1_800_000_000);
//! let fault = r#"{"kind": "throttling", "operation": "ListImages", "times": 1, "retryAfter": 2}"#;
//! let request = http::Request::post("http://localhost/_sandbox/faults").body(fault.into())?;
//! assert_eq!(sandbox.handle(&request, now).status(), 200);
//!
//! let request = http::Request::post("http://localhost/")
//!     .header("x-amz-target", "AmazonEC2ContainerRegistry_V20150921.ListImages")
//!     .body(br#"{"repositoryName": "app"}"#.to_vec())?;
//! let response = sandbox.handle(&request, now);
//! assert_eq!(response.status(), 400);
//! assert_eq!(response.headers()["x-amzn-errortype"], "ThrottlingException");
//! assert_eq!(response.headers()["retry-after"], "2");
//! assert_eq!(sandbox.handle(&request, now).status(), 200);
//! # Ok::<(), http::Error>(())
//! ```
//!
//! `operation` limits it to one operation, `after` lets so many matching calls pass first,
//! `every` strikes each so-manyth (1), `times` ends it after so many, `retryAfter` adds a header.
//! The first fault of the list that is due strikes.
//!
//! | kind | what the caller gets |
//! |---|---|
//! | `throttling` | `ThrottlingException`, 400; from Image Builder 429 |
//! | `server-error`, `service-unavailable` | 500, 503 in the service's own form |
//! | `bad-gateway` | 502 with a page of HTML |
//! | `expired-token`, `skewed-clock`, `access-denied` | the refusal of that name |
//! | `refusal` | any `code`, `status` (400) and `message` |
//! | `lost-answer` | the call is carried out, its answer is a 500 |
//! | `truncated-body` | the call is carried out, half of its answer is missing and the connection closed |
//! | `malformed-body` | the call is carried out, its answer is no JSON |
//! | `corrupted-body` | the call is carried out, one byte of its answer is another |
//! | `connection-reset` | the call is not carried out, the connection is reset |
//! | `lost-connection` | the call is carried out, then the connection is reset |
//! | `partial-part` | half of an uploaded layer part is taken, and the answer says so |
//! | `corrupted-part` | one byte of an uploaded layer part is stored as another |
//!
//! Downloads of layers are struck as S3's operation `GetObject`, and refused in its words. A host
//! without connections shows a reset one as an empty answer of status 500.
//!
//! # Layers
//!
//! The bytes of layers are in memory, a GiB each at most. A host that offers a [`Store`]
//! ([`Sandbox::keep_in`]) is given those over 64 KiB instead, and reads them back itself where it
//! asks with [`Sandbox::answer`].

mod answer;
mod build;
mod builder;
mod control;
mod diff;
mod distribution;
mod ecr;
mod error;
mod fault;
mod identity;
mod json;
mod manifest;
mod page;
mod region;
mod registry;
mod reply;
mod request;
mod sample;
mod sandbox;
mod scope;
mod shape;
mod signature;
mod state;
mod store;
mod text;
mod time;
mod token;

pub use diff::Change;
pub use error::SandboxError;
pub use reply::{Body, Ending};
pub use sample::{sample_manifest, sample_manifest_media_type};
pub use sandbox::Sandbox;
pub use store::{Store, StoreError};
