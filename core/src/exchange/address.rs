//! Where an operation's requests go, prepared.

use super::operation::{Operation, PathPart};
use super::request;

/// Where the requests of an operation go: what [`choose_server`](super::choose_server)
/// gave, and the whole URL where no argument can change it.
#[derive(Clone, Debug)]
pub struct Address {
    pub(super) base: Box<str>,
    /// The URL, and how it is printed.
    pub(super) whole: Option<(http::Uri, Box<str>)>,
}

impl Address {
    /// Prepares an address.
    pub fn new(operation: &Operation, base: &str) -> Self {
        let fixed = |part: &PathPart| matches!(part, PathPart::Literal(_));
        let whole = operation.parts.iter().all(fixed).then(|| {
            let url = request::url(operation, base, &[]).ok()?;
            let uri = http::Uri::try_from(url).ok()?;
            let printed = uri.to_string().into();
            Some((uri, printed))
        });
        Self {
            base: base.into(),
            whole: whole.flatten(),
        }
    }
}
