//! Requests that are no AWS call: downloads, other registries.

use std::borrow::Cow;
use std::fmt;

use spola::auth::{Auth, Scheme};
use spola::machine::{CallId, Repeat, Send};
use spola::message::{HeaderValue, MessageError, Request};

use crate::error::EcrError;
use crate::kept::kept;

/// One GET of something that is not AWS's API.
///
/// Its URL may be presigned and its header may hold a token, so no snapshot keeps
/// them: whoever asked is told that it is forgotten, and asks anew.
#[derive(Clone, PartialEq)]
pub(crate) struct Fetch {
    /// What it is called in messages: `download`.
    name: Cow<'static, str>,
    target: Option<Target>,
}

kept! { Fetch { name; skipped target } }

/// What a fetch asks, and whom.
#[derive(Clone, PartialEq)]
pub(crate) struct Target {
    /// The absolute URL.
    pub(crate) url: String,
    /// The bytes that are wanted, the last one included.
    pub(crate) range: Option<(u64, u64)>,
    /// What kinds of answers are understood.
    pub(crate) accept: Option<String>,
    /// A token for exactly this host.
    pub(crate) bearer: Option<String>,
    /// Whether the host adds user and password, where it has some for this source.
    pub(crate) login: Option<Auth>,
    /// The most bytes of the answer.
    pub(crate) most: u64,
}

impl Target {
    /// A URL and nothing else.
    pub(crate) fn of(url: String, most: u64) -> Self {
        Self {
            url,
            range: None,
            accept: None,
            bearer: None,
            login: None,
            most,
        }
    }

    fn request(&self) -> Result<Request, MessageError> {
        let mut request = Request::new("GET", &self.url, Vec::new())?;
        if let Some((first, last)) = self.range {
            request.set_header("range", &format!("bytes={first}-{last}"))?;
        }
        if let Some(accept) = &self.accept {
            request.set_header("accept", accept)?;
        }
        if let Some(bearer) = &self.bearer {
            let value: HeaderValue = format!("Bearer {bearer}").parse()?;
            let name = "authorization".parse()?;
            request.headers_mut().set(name, value.sensitive());
        }
        Ok(request)
    }
}

/// User and password of a source, where the host has some.
pub(crate) fn optional_login(source: &str) -> Auth {
    Auth {
        source: source.into(),
        schemes: vec![Scheme::Basic],
        optional: true,
        ..Auth::default()
    }
}

impl fmt::Debug for Fetch {
    /// Neither URL nor token: both may be as good as a password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Fetch")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

impl Fetch {
    pub(crate) fn new(name: &'static str, target: Target) -> Self {
        Self {
            name: name.into(),
            target: Some(target),
        }
    }

    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    pub(crate) fn is_forgotten(&self) -> bool {
        self.target.is_none()
    }

    pub(crate) fn send(&self, id: CallId) -> Result<Send, EcrError> {
        let unsendable = || EcrError::Endpoint {
            reason: format!("the address for the {} is none", self.name),
        };
        let target = self.target.as_ref().ok_or_else(unsendable)?;
        let request = target.request().map_err(|_| unsendable())?;
        let shown = target.url.split('?').next().unwrap_or_default();
        let mut send = Send::new(id, request, shown);
        send.auth.clone_from(&target.login);
        // An error's page may be longer than a short part.
        send.max_response = target.most.max(64 << 10);
        send.repeat = Repeat::Safe;
        Ok(send)
    }
}
