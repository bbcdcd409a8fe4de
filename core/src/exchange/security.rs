//! What a description says about who may call.

use serde_json::Value;

use super::error::{ExchangeError, ExchangeErrorKind as K};
use super::server::{Server, items, next_variable, text_at};
use crate::auth::aws::service_and_region_of_host;
use crate::diagnostic::nearest;
use crate::text::before;

/// One way to be let in: all of its schemes together. Without schemes: no need for any.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SecurityAlternative {
    /// The schemes, in the order written.
    pub schemes: Vec<SecurityScheme>,
}

/// How a caller shows who it is: OpenAPI, Security Scheme Object.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SecurityScheme {
    /// A key sent under a name.
    ApiKey {
        /// The header's, query parameter's or cookie's name.
        name: Box<str>,
        /// Where it goes.
        place: KeyPlace,
    },
    /// An HTTP authentication scheme: `basic`, `bearer`, in lower case.
    Http {
        /// The scheme.
        scheme: Box<str>,
    },
    /// OAuth 2, which ends in a bearer token.
    OAuth2 {
        /// The scopes the operation needs.
        scopes: Vec<Box<str>>,
    },
    /// OpenID Connect, which ends in a bearer token.
    OpenIdConnect,
    /// A client certificate.
    MutualTls,
    /// AWS Signature Version 4.
    AwsSigV4,
    /// One that the description does not define, or of an unknown type, by name.
    Unknown(Box<str>),
}

/// Where an API key goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyPlace {
    /// A header.
    Header,
    /// A query parameter.
    Query,
    /// A cookie.
    Cookie,
}

/// What is known about an AWS operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AwsOperation {
    /// The service: the description's signing name, else the one its server's host tells.
    pub service: Option<Box<str>>,
}

/// Reads what the description says about security for one operation.
pub(super) fn read(
    requirements: Option<&Value>,
    schemes: Option<&Value>,
    info: Option<&Value>,
    warnings: &mut Vec<ExchangeError>,
) -> Vec<SecurityAlternative> {
    let Some(requirements) = requirements.and_then(Value::as_array) else {
        return Vec::new();
    };
    if requirements.is_empty() {
        return vec![SecurityAlternative {
            schemes: Vec::new(),
        }];
    }
    let mut alternatives = Vec::new();
    for requirement in requirements.iter().filter_map(Value::as_object) {
        let mut required = Vec::new();
        for (name, scopes) in requirement {
            required.push(match schemes.and_then(|all| all.get(name)) {
                Some(object) => scheme(name, object, scopes, info),
                None => {
                    warnings.push(unknown(name, schemes));
                    SecurityScheme::Unknown(name.as_str().into())
                }
            });
        }
        alternatives.push(SecurityAlternative { schemes: required });
    }
    alternatives
}

fn unknown(name: &str, schemes: Option<&Value>) -> ExchangeError {
    let known = schemes.and_then(Value::as_object).into_iter().flatten();
    let nearest = nearest(name, known.map(|(key, _)| key.as_str()));
    let texts = [name, nearest.unwrap_or_default()];
    ExchangeError::new(K::UnknownSecurityScheme, &texts)
}

fn scheme(key: &str, object: &Value, scopes: &Value, info: Option<&Value>) -> SecurityScheme {
    if is_sigv4(key, object, info) {
        return SecurityScheme::AwsSigV4;
    }
    let field = |name: &str| text_at(object, name);
    match field("type") {
        Some("apiKey") => {
            let place = match field("in") {
                Some("header") => KeyPlace::Header,
                Some("query") => KeyPlace::Query,
                Some("cookie") => KeyPlace::Cookie,
                _ => return SecurityScheme::Unknown(key.into()),
            };
            match field("name") {
                Some(name) => SecurityScheme::ApiKey {
                    name: name.into(),
                    place,
                },
                None => SecurityScheme::Unknown(key.into()),
            }
        }
        Some("http") => SecurityScheme::Http {
            scheme: field("scheme")
                .unwrap_or("bearer")
                .to_ascii_lowercase()
                .into(),
        },
        Some("oauth2") => SecurityScheme::OAuth2 {
            scopes: items(Some(scopes))
                .iter()
                .filter_map(|scope| Some(scope.as_str()?.into()))
                .collect(),
        },
        Some("openIdConnect") => SecurityScheme::OpenIdConnect,
        Some("mutualTLS") => SecurityScheme::MutualTls,
        _ => SecurityScheme::Unknown(key.into()),
    }
}

/// What the names of schemes have in them that are AWS's signature.
const NAMED: [&str; 6] = [
    "sigv4",
    "aws4",
    "sig-v4",
    "awsauth",
    "aws_auth",
    "awssignature",
];

/// The same of their descriptions.
const DESCRIBED: [&str; 4] = [
    "aws4-hmac",
    "amazon signature",
    "aws signature",
    "signature version 4",
];

/// Whether a scheme is AWS's signature: it says so, or it is an `Authorization`
/// key whose name or description tells.
fn is_sigv4(key: &str, object: &Value, info: Option<&Value>) -> bool {
    let field = |name: &str| text_at(object, name).unwrap_or_default();
    if field("x-amazon-apigateway-authtype").eq_ignore_ascii_case("awsSigv4") {
        return true;
    }
    let key = key.to_ascii_lowercase();
    let tells = |text: &str, marks: &[&str]| marks.iter().any(|mark| text.contains(mark));
    match field("type") {
        "http" => {
            let scheme = field("scheme").to_ascii_lowercase();
            scheme.starts_with("aws4-hmac") || scheme.contains("sigv4")
        }
        "apiKey" => {
            let text = field("description").to_ascii_lowercase();
            let signing = info.is_some_and(|info| info.get("x-aws-signingName").is_some());
            field("name").eq_ignore_ascii_case("authorization")
                && field("in") == "header"
                && (tells(&key, &NAMED) || tells(&text, &DESCRIBED) || key == "hmac" && signing)
        }
        _ => false,
    }
}

/// Whether an operation is an AWS one, by its description or its servers.
///
/// Unspecified: a host of AWS alone does not make it one where the description
/// asks for something else than a signature (API Gateway, Cognito).
pub(super) fn aws(
    security: &[SecurityAlternative],
    servers: &[Server],
    info: Option<&Value>,
) -> Option<AwsOperation> {
    let is_signature = |scheme: &SecurityScheme| matches!(scheme, SecurityScheme::AwsSigV4);
    let mut alternatives = security.iter();
    let signed = alternatives.any(|alternative| alternative.schemes.iter().any(is_signature));
    let host = servers.iter().find_map(service_of);
    let open = security.is_empty() && host.is_some();
    let named = |field: &str| text_at(info?, field).map(Box::from);
    (signed || open).then(|| AwsOperation {
        service: named("x-aws-signingName")
            .or(host)
            .or_else(|| named("x-serviceName")),
    })
}

/// The service that a server's host names: `https://api.ecr.{region}.amazonaws.com`
/// → `ecr`. None for hosts of what users run there (API Gateway, function URLs).
fn service_of(server: &Server) -> Option<Box<str>> {
    let mut host = String::new();
    let mut rest = authority(&server.url);
    while let Some((before, name, after)) = next_variable(rest) {
        let declared = server.variables.iter().find(|v| &*v.name == name);
        let default = declared.and_then(|variable| variable.default.as_deref());
        host.push_str(before);
        host.push_str(default.unwrap_or("us-east-1"));
        rest = after;
    }
    host.push_str(rest);
    let host = before(&host, b":");
    let (service, _) = service_and_region_of_host(host)?;
    let users = service == "execute-api" || host.contains(".lambda-url.");
    (!users).then(|| service.into())
}

fn authority(url: &str) -> &str {
    let rest = url.split_once("://").map_or("", |(_, rest)| rest);
    before(rest, b"/?#")
}

#[cfg(test)]
mod tests {
    use super::{Server, service_of};

    #[test]
    fn the_host_tells_the_service_in_every_partition() {
        for (url, want) in [
            ("https://api.ecr.us-east-1.amazonaws.com", Some("ecr")),
            ("https://api.ecr.amazonaws.com:443/", Some("ecr")),
            (
                "http://imagebuilder.{region}.amazonaws.com.cn",
                Some("imagebuilder"),
            ),
            (
                "https://api.ecr-fips.us-gov-west-1.amazonaws.com",
                Some("ecr"),
            ),
            ("https://ecr.eu-west-1.api.aws/x", Some("ecr")),
            ("https://{bucket}.s3.amazonaws.com", Some("s3")),
            ("https://a1b2.execute-api.{region}.amazonaws.com/v1", None),
            ("https://amazonaws.com.example.org", None),
            ("https://notamazonaws.com", None),
            ("/", None),
        ] {
            let server = Server {
                url: url.into(),
                variables: Vec::new(),
            };
            assert_eq!(service_of(&server).as_deref(), want, "{url}");
        }
    }
}
