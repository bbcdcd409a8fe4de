//! Where an operation's requests go, prepared.

use super::operation::{Operation, PathPart};
use super::request;
use crate::message::Url;

/// Where the requests of an operation go: what [`choose_server`](super::choose_server)
/// gave, and the whole URL where no argument can change it.
#[derive(Clone, Debug)]
pub struct Address {
    pub(super) base: Box<str>,
    pub(super) whole: Option<Url>,
}

impl Address {
    /// Prepares an address.
    pub fn new(operation: &Operation, base: &str) -> Self {
        let fixed = |part: &PathPart| matches!(part, PathPart::Literal(_));
        let whole = operation.parts.iter().all(fixed);
        Self {
            base: base.into(),
            whole: whole
                .then(|| request::url(operation, base, &[]).ok())
                .flatten(),
        }
    }
}
