//! What passes between a page and the proxy.

use std::time::Duration;

use http::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use http::{Method, Request, Response, Uri};
use serde::Deserialize;
use serde_json::json;
use spola::auth::Auth;

use super::refusal::Refusal;
use crate::transport::{Answer, Reason, Refused};

/// The media type of what a page sends.
pub const REQUEST: &str = "application/vnd.spola.request";
/// The media type of what it gets.
const ANSWER: &str = "application/vnd.spola.answer";

/// The longest first line.
const LONGEST_HEAD: usize = 1 << 20;

/// What belongs to a connection, not to a request that is handed on.
const OWN: [&str; 10] = [
    "host",
    "connection",
    "content-length",
    "transfer-encoding",
    "keep-alive",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "upgrade",
];

/// A request that a page wants to be sent.
pub struct Asked {
    /// The request as it is, without authorization.
    pub request: Request<Vec<u8>>,
    /// What authorization it needs.
    pub auth: Option<Auth>,
    /// How long it may take.
    pub timeout: Option<Duration>,
    /// How much of the answer is read at most.
    pub max_response: u64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Head {
    method: String,
    url: String,
    headers: Vec<(String, String)>,
    #[serde(default)]
    auth: Option<Auth>,
    /// In milliseconds.
    #[serde(default)]
    timeout: Option<f64>,
    #[serde(default)]
    max_response: Option<u64>,
}

impl Asked {
    /// Reads what a page sent.
    ///
    /// # Errors
    /// `proxy.malformed`.
    pub fn read(mut bytes: Vec<u8>) -> Result<Self, Refusal> {
        let end = bytes
            .iter()
            .take(LONGEST_HEAD)
            .position(|byte| *byte == b'\n')
            .ok_or(Refusal::Malformed("it has no first line"))?;
        let body = bytes.split_off(end + 1);
        let head: Head = serde_json::from_slice(&bytes)
            .map_err(|_| Refusal::Malformed("its first line is not such an object"))?;
        let method: Method = head
            .method
            .parse()
            .ok()
            .filter(|method| *method != Method::CONNECT && *method != Method::TRACE)
            .ok_or(Refusal::Malformed("its `method` cannot be sent"))?;
        let url: Uri = head
            .url
            .parse()
            .ok()
            .filter(|url: &Uri| url.scheme().is_some() && url.host().is_some())
            .ok_or(Refusal::Malformed("its `url` is not an absolute URL"))?;
        let mut request = Request::new(body);
        *request.method_mut() = method;
        *request.uri_mut() = url;
        for (name, value) in head.headers {
            let wrong = Refusal::Malformed("one of its `headers` cannot be sent");
            let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), HeaderValue::from_str(&value))
            else {
                return Err(wrong);
            };
            if !OWN.contains(&name.as_str()) {
                request.headers_mut().append(name, value);
            }
        }
        let timeout = head
            .timeout
            .map(|ms| Duration::try_from_secs_f64(ms / 1000.0));
        Ok(Self {
            request,
            auth: head.auth,
            timeout: timeout
                .transpose()
                .map_err(|_| Refusal::Malformed("its `timeout` is no time"))?,
            max_response: head.max_response.unwrap_or(u64::MAX),
        })
    }
}

/// An answer from the other side.
pub fn answered(answer: &Answer) -> Response<Vec<u8>> {
    let head = json!({"status": answer.status, "headers": answer.headers});
    let mut bytes = format!("{head}\n").into_bytes();
    bytes.extend_from_slice(&answer.body);
    whole(bytes)
}

/// That there is none, and why.
pub fn failed(refused: &Refused) -> Response<Vec<u8>> {
    let reason = match refused.reason {
        Reason::Resolve => "resolve",
        Reason::Connect => "connect",
        Reason::Tls => "tls",
        Reason::Timeout => "timeout",
        Reason::Reset => "reset",
        Reason::Truncated => "truncated",
        Reason::TooLarge => "too-large",
        Reason::Other => "other",
    };
    let head = json!({"failed": {"reason": reason, "message": refused.message}});
    whole(format!("{head}\n").into_bytes())
}

fn whole(bytes: Vec<u8>) -> Response<Vec<u8>> {
    let mut response = Response::new(bytes);
    let kind = HeaderValue::from_static(ANSWER);
    response.headers_mut().insert(CONTENT_TYPE, kind);
    response
}
