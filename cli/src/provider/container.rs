//! Credentials that a container's endpoint gives.

use std::net::IpAddr;
use std::time::Duration;

use http::header::{ACCEPT, AUTHORIZATION, HeaderValue};
use http::{Request, Uri};
use serde_json::Value;
use spola::auth::{AwsCredentials, Secret};

use super::chain::{Chain, Fetched};
use super::error::ProviderError;
use super::time;

/// Who answers for the relative address.
const ADDRESS: &str = "http://169.254.170.2";
/// Hosts to which the token may go without encryption, besides loopback ones.
const HOSTS: [&str; 4] = [
    "169.254.170.2",
    "169.254.170.23",
    "fd00:ec2::23",
    "localhost",
];
const ATTEMPTS: u32 = 3;
const TIMEOUT: Duration = Duration::from_secs(2);
const PAUSE: Duration = Duration::from_secs(1);

/// Asks the endpoint that `AWS_CONTAINER_CREDENTIALS_RELATIVE_URI`, or else
/// `AWS_CONTAINER_CREDENTIALS_FULL_URI`, names.
pub(super) fn fetch(chain: &Chain) -> Result<Option<Fetched>, ProviderError> {
    let variable = |name| chain.settings.variable(name);
    let url = match (
        variable("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"),
        variable("AWS_CONTAINER_CREDENTIALS_FULL_URI"),
    ) {
        (Some(path), _) => format!("{ADDRESS}{path}"),
        (None, Some(url)) => url.to_owned(),
        (None, None) => return Ok(None),
    };
    let failed = |reason: String| ProviderError::ContainerFailed { reason };
    let url: Uri = url
        .parse()
        .map_err(|_| failed("its address is no URL".into()))?;
    check(&url).map_err(failed)?;
    let mut attempt = 1;
    loop {
        let token = token(chain).map_err(failed)?;
        match ask(chain, &url, token) {
            Ok(found) => return Ok(Some(found)),
            Err(reason) if attempt >= ATTEMPTS => return Err(failed(reason)),
            Err(_) => chain.world.pause(PAUSE),
        }
        attempt += 1;
    }
}

/// Refuses hosts that are none of the platform's, unless by https.
fn check(url: &Uri) -> Result<(), String> {
    let host = url.host().unwrap_or_default();
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    let is_loopback = bare.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback());
    match url.scheme_str() {
        Some("https") => Ok(()),
        Some("http") if is_loopback || HOSTS.contains(&bare) => Ok(()),
        _ => Err(format!(
            "`{host}` is not an allowed host; use https, a loopback address, or one of {}",
            HOSTS.join(", ")
        )),
    }
}

/// What to authorize with: the file's text, else the variable's.
fn token(chain: &Chain) -> Result<Option<HeaderValue>, String> {
    let variable = |name| chain.settings.variable(name);
    let text = match (
        variable("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"),
        variable("AWS_CONTAINER_AUTHORIZATION_TOKEN"),
    ) {
        (Some(path), _) => std::fs::read_to_string(path)
            .map_err(|error| format!("cannot read `{path}`: {error}"))?,
        (None, Some(text)) => text.to_owned(),
        (None, None) => return Ok(None),
    };
    let mut value = HeaderValue::from_str(&text)
        .map_err(|_| "the token cannot be sent: it holds a line break or the like".to_owned())?;
    value.set_sensitive(true);
    Ok(Some(value))
}

fn ask(chain: &Chain, url: &Uri, token: Option<HeaderValue>) -> Result<Fetched, String> {
    let mut request = Request::get(url.clone()).header(ACCEPT, "application/json");
    if let Some(token) = token {
        request = request.header(AUTHORIZATION, token);
    }
    let request = request
        .body(Vec::new())
        .map_err(|error| error.to_string())?;
    let answer = chain.world.send(request, TIMEOUT);
    let answer = answer.map_err(|refused| refused.message)?;
    if answer.status != 200 {
        return Err(format!("{url} answered with status {}", answer.status));
    }
    let (credentials, expires) =
        read(&answer.body).ok_or_else(|| format!("the answer of {url} holds no credentials"))?;
    Ok(Fetched {
        credentials,
        expires: Some(expires),
        source: "the container's endpoint".into(),
    })
}

/// Reads the object that containers and instances answer with.
pub(super) fn read(body: &[u8]) -> Option<(AwsCredentials, Duration)> {
    let value: Value = serde_json::from_slice(body).ok()?;
    let text = |name: &str| value[name].as_str().filter(|text| !text.is_empty());
    let token = Secret::from(text("Token")?);
    let expires = time::parse(text("Expiration")?)?;
    let found = AwsCredentials::new(text("AccessKeyId")?, text("SecretAccessKey")?, Some(token));
    Some((found, expires))
}
