//! What the proxy itself refuses.

use http::header::CONTENT_TYPE;
use http::{HeaderValue, Response, StatusCode};
use serde_json::json;

/// Why the proxy does not do what it is asked.
#[derive(Debug, PartialEq)]
pub enum Refusal {
    /// The request is not for this server's own address.
    Host,
    /// The page is from an origin that is not allowed.
    Origin(String),
    /// The token is missing or wrong.
    Token,
    /// There is nothing at that path, or not for that method.
    NothingThere,
    /// The request is not as the protocol says.
    Malformed(&'static str),
    /// The URL is not on the list.
    NotAllowed {
        /// Where the request would have gone, without path and query.
        url: String,
        /// What is on the list.
        allowed: Vec<String>,
    },
    /// The request is too large.
    TooLarge(usize),
    /// The request could not be read: too slow, or there is no room for it.
    Unread(StatusCode, &'static str),
}

impl Refusal {
    fn status(&self) -> StatusCode {
        match self {
            Self::Host | Self::Origin(_) | Self::NotAllowed { .. } => StatusCode::FORBIDDEN,
            Self::Token => StatusCode::UNAUTHORIZED,
            Self::NothingThere => StatusCode::NOT_FOUND,
            Self::Malformed(_) => StatusCode::BAD_REQUEST,
            Self::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Unread(status, _) => *status,
        }
    }

    /// The stable code.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Host => "proxy.wrong-host",
            Self::Origin(_) => "proxy.wrong-origin",
            Self::Token => "proxy.wrong-token",
            Self::NothingThere => "proxy.nothing-there",
            Self::Malformed(_) => "proxy.malformed",
            Self::NotAllowed { .. } => "proxy.not-allowed",
            Self::TooLarge(_) => "proxy.too-large",
            Self::Unread(..) => "proxy.unread",
        }
    }

    /// What is wrong.
    pub fn message(&self) -> String {
        match self {
            Self::Host => "the request is not for the address that the proxy listens on".into(),
            Self::Origin(origin) => format!("pages from `{origin}` are not allowed"),
            Self::Token => "the token is missing or wrong".into(),
            Self::NothingThere => "there is nothing here".into(),
            Self::Malformed(what) => format!("the request is malformed: {what}"),
            Self::NotAllowed { url, .. } => format!("`{url}` is not on the proxy's list"),
            Self::TooLarge(most) => format!("the request is larger than {most} bytes"),
            Self::Unread(_, reason) => (*reason).to_owned(),
        }
    }

    fn help(&self) -> String {
        match self {
            Self::Host => "use the URL that the proxy printed".into(),
            Self::Origin(origin) => format!("start the proxy with `--origin {origin}`"),
            Self::Token => "take the token that the proxy printed, or the one in its file".into(),
            Self::NothingThere => "requests are POSTed to the URL that the proxy printed".into(),
            Self::Malformed(_) => {
                "it is one line of JSON, a line feed, and the body that is to be sent".into()
            }
            Self::NotAllowed { allowed, .. } => {
                format!(
                    "it may go to {}; `--allow` adds to that",
                    allowed.join(", ")
                )
            }
            Self::TooLarge(_) => "start the proxy with a larger `--max-request`".into(),
            Self::Unread(..) => "send it again".into(),
        }
    }

    /// The answer that says so.
    pub fn answer(&self) -> Response<Vec<u8>> {
        let body = json!({
            "code": self.code(),
            "message": self.message(),
            "help": self.help(),
        });
        let mut response = Response::new(format!("{body}\n").into_bytes());
        *response.status_mut() = self.status();
        let json = HeaderValue::from_static("application/json");
        response.headers_mut().insert(CONTENT_TYPE, json);
        response
    }
}
