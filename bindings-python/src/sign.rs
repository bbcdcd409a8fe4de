//! Credentials on requests.

use pyo3::prelude::{Bound, PyAny, PyAnyMethods, PyErr, PyResult, Python, pyfunction};
use spola::auth::{ApiKeyPlace, Auth, AwsCredentials, Credentials, Scheme, Secret};
use spola::message::{HeaderValue, MessageError, Request};

use crate::convert::{to_bytes, to_text};
use crate::effect::to_request;
use crate::error::{misuse, raised};
use crate::options::seconds;

/// Puts what `auth` asks for on a request.
///
/// `aws` is a triple of access key id, secret access key and session token or `None`.
#[pyfunction]
#[pyo3(signature = (request, auth, aws, secret, now, allow_plain_http))]
pub fn authorize<'py>(
    py: Python<'py>,
    request: &Bound<'py, PyAny>,
    auth: &Bound<'py, PyAny>,
    aws: Option<(String, String, Option<String>)>,
    secret: Option<String>,
    now: &Bound<'py, PyAny>,
    allow_plain_http: bool,
) -> PyResult<Bound<'py, PyAny>> {
    let now = seconds(now, "`now`")?;
    let credentials = Credentials {
        aws: aws.map(|(id, key, token)| AwsCredentials::new(id, key, token.map(Secret::new))),
        secret: secret.map(Secret::new),
        allow_plain_http,
    };
    let (request, auth) = (from_request(request)?, from_auth(auth)?);
    let done = py.detach(|| spola::auth::authorize(request, &auth, &credentials, now));
    to_request(py, &done.map_err(|error| raised(py, &error))?)
}

/// Reads a `spola.Request`.
///
/// # Errors
/// `host.wrong-type`, `host.wrong-value`.
pub fn from_request(request: &Bound<'_, PyAny>) -> PyResult<Request> {
    let py = request.py();
    let method = to_text(&request.getattr("method")?, "a request's method")?;
    let url = to_text(&request.getattr("url")?, "a request's URL")?;
    let wrong = |error| not_a_request(py, error);
    let body = to_bytes(&request.getattr("body")?, "a request's body")?;
    let mut made = Request::new(&method, &url, body).map_err(wrong)?;
    for pair in request.getattr("headers")?.try_iter()? {
        let (name, value): (String, String) = pair?.extract()?;
        // As Python's HTTP clients do: ISO 8859-1.
        let value: Option<Vec<u8>> = value.chars().map(|c| u8::try_from(c).ok()).collect();
        let value = HeaderValue::from_bytes(value.as_deref().unwrap_or(b"\0"));
        let name = name.parse().map_err(wrong)?;
        made.headers_mut().add(name, value.map_err(wrong)?);
    }
    Ok(made)
}

/// Says what makes something no request.
pub fn not_a_request(py: Python<'_>, error: MessageError) -> PyErr {
    let message = format!("this is no request: {error}");
    let help = "give a method, an absolute URL and header fields that can be sent";
    misuse(py, "host.wrong-value", message, help)
}

fn from_auth(auth: &Bound<'_, PyAny>) -> PyResult<Auth> {
    let mut schemes = Vec::new();
    for scheme in auth.getattr("schemes")?.try_iter()? {
        schemes.push(from_scheme(&scheme?)?);
    }
    Ok(Auth {
        source: auth.getattr("source")?.extract()?,
        schemes,
        optional: auth.getattr("optional")?.extract()?,
        renew: auth.getattr("renew")?.extract()?,
        server_time: auth.getattr("server_time")?.extract()?,
    })
}

fn from_scheme(scheme: &Bound<'_, PyAny>) -> PyResult<Scheme> {
    let text = |name: &str| -> PyResult<String> {
        let value = scheme.getattr(name)?;
        to_text(&value, &format!("a scheme's `{name}`"))
    };
    Ok(match text("type")?.as_str() {
        "sigv4" => Scheme::SigV4 {
            service: text("service")?,
            region: text("region")?,
        },
        "apikey" => Scheme::ApiKey {
            name: text("name")?,
            place: match text("place")?.as_str() {
                "query" => ApiKeyPlace::Query,
                "cookie" => ApiKeyPlace::Cookie,
                _ => ApiKeyPlace::Header,
            },
        },
        "basic" => Scheme::Basic,
        "bearer" => Scheme::Bearer,
        "oauth2" => Scheme::OAuth2 {
            scopes: scheme.getattr("scopes")?.extract()?,
        },
        other => {
            let message = format!("there is no scheme `{other}`");
            let help = "use the `auth` of the effect";
            return Err(misuse(scheme.py(), "host.wrong-value", message, help));
        }
    })
}
