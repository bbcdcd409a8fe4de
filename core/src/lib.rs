//! A sans-IO engine for Arazzo workflows.
//!
//! A [`Loader`](document::Loader) says which documents it needs, [`link`](link::link)
//! makes a [`Program`](link::Program) of them, and a [`Run`](machine::Run) of it says
//! which request to send next. The engine opens no socket, reads no clock and
//! starts no thread: the host does, by one rule. *Poll until `None`, act on each
//! effect, feed what you saw, poll again.*
//! A [`message::Request`] becomes an `http::Request` by `try_into()`.
//!
//! ```
//! use spola::document::Loader;
//! use spola::link::{LinkOptions, link};
//! use spola::machine::{Effect, Event, RunOptions};
//!
//! let workflow = r#"
//! arazzo: 1.0.1
//! info: {title: Pets, version: "1"}
//! sourceDescriptions: [{name: pets, url: pets.yaml}]
//! workflows:
//! - workflowId: count
//!   steps:
//!   - stepId: list
//!     operationId: listPets
//!     outputs: {first: $response.body#/0/name}
//!   outputs: {first: $steps.list.outputs.first}
//! "#;
//! let description = r#"
//! openapi: 3.1.0
//! info: {title: Pets, version: "1"}
//! servers: [{url: https://pets.example}]
//! paths: {/pets: {get: {operationId: listPets}}}
//! "#;
//!
//! let mut loader = Loader::new("count.arazzo.yaml");
//! while let Some(url) = loader.needs() {
//!     let text = if url == "pets.yaml" { description } else { workflow };
//!     loader.supply(&url, text.as_bytes(), &url);
//! }
//! let program = link(loader.finish(), LinkOptions::default()).expect("a valid document");
//!
//! let mut run = program.start(None, Default::default(), RunOptions::default())?;
//! while run.outcome().is_none() {
//!     while let Some(effect) = run.poll() {
//!         match effect {
//!             Effect::Send(send) => {
//!                 assert_eq!(send.request.url(), "https://pets.example/pets");
//!                 run.feed(Event::Response {
//!                     id: send.id,
//!                     status: 200,
//!                     headers: vec![("content-type".into(), "application/json".into())],
//!                     body: br#"[{"name": "Rex"}]"#.to_vec(),
//!                     elapsed: std::time::Duration::from_millis(3),
//!                 })?;
//!             }
//!             Effect::Wait(wait) => run.feed(Event::Elapsed { id: wait.id })?,
//!             Effect::Done(outcome) => assert_eq!(outcome.outputs["first"], "Rex"),
//!             _ => {}
//!         }
//!     }
//! }
//! # Ok::<(), spola::machine::RunError>(())
//! ```

pub mod auth;
mod base64;
pub mod bundle;
mod diagnostic;
pub mod document;
pub mod exchange;
pub mod expression;
mod json_reader;
mod json_writer;
pub mod link;
pub mod machine;
pub mod message;
mod names;
pub mod number;
mod packed;
pub mod pattern;
pub mod pointer;
mod text;
mod vec_map;

pub use diagnostic::{Diagnostic, Location, Report, Severity, nearest};
pub use json_writer::JsonWriter;
pub use vec_map::VecMap;
