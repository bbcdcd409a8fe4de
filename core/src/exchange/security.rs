//! What a description says about who may call.

use super::error::{ExchangeError, ExchangeErrorKind as K};
use super::server::{Server, next_variable};
use crate::auth::aws::service_and_region_of_host;
use crate::diagnostic::nearest;
use crate::document::Node;
use crate::text::{before, cut_text, find_text, split};

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
    requirements: Option<Node<'_>>,
    schemes: &[(&str, Node<'_>)],
    info: Option<Node<'_>>,
    warnings: &mut Vec<ExchangeError>,
) -> Vec<SecurityAlternative> {
    let mut alternatives = Vec::new();
    let Some(requirements) = requirements.filter(|list| list.is_array()) else {
        return alternatives;
    };
    if requirements.is_empty() {
        alternatives.push(SecurityAlternative {
            schemes: Vec::new(),
        });
    }
    for requirement in requirements.items().filter(|one| one.is_object()) {
        let mut required = Vec::with_capacity(requirement.len());
        for (name, scopes) in requirement.entries() {
            required.push(match schemes.iter().find(|(known, _)| *known == name) {
                Some((_, object)) => scheme(name, *object, scopes, info),
                None => {
                    let known = schemes.iter().map(|(name, _)| *name);
                    let texts = [name, nearest(name, known).unwrap_or_default()];
                    warnings.push(ExchangeError::new(K::UnknownSecurityScheme, &texts));
                    SecurityScheme::Unknown(name.into())
                }
            });
        }
        alternatives.push(SecurityAlternative { schemes: required });
    }
    alternatives
}

fn scheme(key: &str, object: Node<'_>, scopes: Node<'_>, info: Option<Node<'_>>) -> SecurityScheme {
    if is_sigv4(key, object, info) {
        return SecurityScheme::AwsSigV4;
    }
    let unknown = || SecurityScheme::Unknown(key.into());
    match object.text("type") {
        Some("apiKey") => {
            let place = match object.text("in") {
                Some("header") => KeyPlace::Header,
                Some("query") => KeyPlace::Query,
                Some("cookie") => KeyPlace::Cookie,
                _ => return unknown(),
            };
            object
                .text("name")
                .map_or_else(unknown, |name| SecurityScheme::ApiKey {
                    name: name.into(),
                    place,
                })
        }
        Some("http") => SecurityScheme::Http {
            scheme: object
                .text("scheme")
                .unwrap_or("bearer")
                .to_ascii_lowercase()
                .into(),
        },
        Some("oauth2") => SecurityScheme::OAuth2 {
            scopes: scopes
                .items()
                .filter_map(|scope| Some(scope.as_str()?.into()))
                .collect(),
        },
        Some("openIdConnect") => SecurityScheme::OpenIdConnect,
        Some("mutualTLS") => SecurityScheme::MutualTls,
        _ => unknown(),
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
fn is_sigv4(key: &str, object: Node<'_>, info: Option<Node<'_>>) -> bool {
    let field = |name: &str| object.text(name).unwrap_or_default();
    if field("x-amazon-apigateway-authtype").eq_ignore_ascii_case("awsSigv4") {
        return true;
    }
    let key = key.to_ascii_lowercase();
    let tells = |text: &str, marks: &[&str]| marks.iter().any(|mark| text.contains(mark));
    match field("type") {
        "http" => {
            let scheme = field("scheme").to_ascii_lowercase();
            scheme.starts_with("aws4-hmac") || find_text(&scheme, "sigv4").is_some()
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
    info: Option<Node<'_>>,
) -> Option<AwsOperation> {
    let is_signature = |scheme: &SecurityScheme| matches!(scheme, SecurityScheme::AwsSigV4);
    let mut alternatives = security.iter();
    let signed = alternatives.any(|alternative| alternative.schemes.iter().any(is_signature));
    let host = servers.iter().find_map(service_of);
    let open = security.is_empty() && host.is_some();
    let named = |field: &str| Some(info?.text(field)?.into());
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
    let host = before(&host, b':');
    let (service, _) = service_and_region_of_host(host)?;
    let users = service == "execute-api" || find_text(host, ".lambda-url.").is_some();
    (!users).then(|| service.into())
}

fn authority(url: &str) -> &str {
    let rest = cut_text(url, "://").map_or("", |(_, rest)| rest);
    split(rest, b"/?#")[0]
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
