//! The Security Token Service.

use std::time::Duration;

use http::Request;
use http::header::{ACCEPT, CONTENT_TYPE};
use roxmltree::{Document, Node};
use spola::auth::{Auth, AwsCredentials, Credentials, Scheme, Secret, authorize, percent_encoded};
use spola::message::MessageError;

use super::call::Service;
use super::chain::{Chain, Fetched};
use super::error::ProviderError;
use super::time;
use super::transport::Answer;

/// The service's names.
const STS: Service = Service {
    id: "sts",
    name: "sts",
};

/// The region where none is set: that of the service's oldest host.
const REGION: &str = "us-east-1";

/// Calls an operation that gives a role's credentials; signed, where there are
/// credentials to sign with.
pub(super) fn call(
    chain: &Chain,
    role: &str,
    fields: &[(&str, &str)],
    signed_with: Option<&AwsCredentials>,
) -> Result<Fetched, ProviderError> {
    let refused = |reason: String| ProviderError::RoleRefused {
        role: role.to_owned(),
        reason,
    };
    let region = chain.settings.region().unwrap_or(REGION);
    let url = chain.url_of(&STS, region)?.map_err(refused)?;
    let body: Vec<String> = fields
        .iter()
        .chain(&[("RoleArn", role), ("Version", "2011-06-15")])
        .map(|(name, value)| format!("{name}={}", percent_encoded(value)))
        .collect();
    let body = body.join("&");
    let make = || {
        let request = Request::post(format!("{url}/"))
            .header(
                CONTENT_TYPE,
                "application/x-www-form-urlencoded; charset=utf-8",
            )
            .header(ACCEPT, "text/xml")
            .body(body.clone().into_bytes())
            .map_err(|error| error.to_string())?;
        match signed_with {
            Some(credentials) => sign(request, region, credentials, chain.world.now()),
            None => Ok(request),
        }
    };
    let answer = chain.call(&make, |answer| error_of(answer).0)?;
    let answer = answer.map_err(refused)?;
    if answer.status != 200 {
        return Err(refused(told(&answer)));
    }
    let read = read(&answer.body);
    let (credentials, expires) =
        read.ok_or_else(|| refused("the answer holds no credentials".into()))?;
    Ok(Fetched {
        credentials,
        expires: Some(expires),
        source: format!("role `{role}`"),
    })
}

/// The name of the session of a role, where the user gives none.
pub(super) fn session_name(chain: &Chain) -> String {
    format!("spola-session-{}", chain.world.now().as_secs())
}

fn sign(
    request: Request<Vec<u8>>,
    region: &str,
    credentials: &AwsCredentials,
    now: Duration,
) -> Result<Request<Vec<u8>>, String> {
    let auth = Auth {
        source: "sts".into(),
        schemes: vec![Scheme::SigV4 {
            service: STS.name.into(),
            region: region.into(),
        }],
        ..Auth::default()
    };
    let credentials = Credentials {
        aws: Some(credentials.clone()),
        secret: None,
        // Only an endpoint that the user named can be one.
        allow_plain_http: true,
    };
    let told = |error: MessageError| error.to_string();
    let request = request.try_into().map_err(told)?;
    let signed = authorize(request, &auth, &credentials, now);
    let signed = signed.map_err(|error| error.to_string())?;
    signed.try_into().map_err(told)
}

fn read(body: &[u8]) -> Option<(AwsCredentials, Duration)> {
    let document = std::str::from_utf8(body).ok()?;
    let document = Document::parse(document).ok()?;
    let credentials = named(document.root(), "Credentials")?;
    let text = |name| {
        let text = named(credentials, name)?.text()?.trim();
        Some(text).filter(|text| !text.is_empty())
    };
    let expires = time::parse(text("Expiration")?)?;
    let token = Secret::from(text("SessionToken")?);
    let found = AwsCredentials::new(text("AccessKeyId")?, text("SecretAccessKey")?, Some(token));
    Some((found, expires))
}

/// The first element of that name, whatever its namespace.
fn named<'a, 'input>(within: Node<'a, 'input>, name: &str) -> Option<Node<'a, 'input>> {
    within
        .descendants()
        .find(|node| node.tag_name().name() == name)
}

/// The code and message of an error.
fn error_of(answer: &Answer) -> (Option<String>, Option<String>) {
    let text = String::from_utf8_lossy(&answer.body);
    let Ok(document) = Document::parse(&text) else {
        return (None, None);
    };
    let text = |name| {
        let text = named(document.root(), name)?.text()?.trim();
        Some(text.to_owned()).filter(|text| !text.is_empty())
    };
    (text("Code"), text("Message"))
}

fn told(answer: &Answer) -> String {
    let id = answer
        .headers
        .iter()
        .find(|(name, _)| name == "x-amzn-requestid");
    let id = id.map_or_else(String::new, |(_, id)| format!(" (request {id})"));
    match error_of(answer) {
        (Some(code), Some(message)) => format!("{code}: {message}{id}"),
        (Some(code), None) => format!("{code}{id}"),
        _ => format!("the answer has status {}{id}", answer.status),
    }
}
