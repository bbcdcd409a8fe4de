//! What authorization a request needs; holds no secret.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What authorization a request needs; holds no secret.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Auth {
    /// The name of the source description whose credentials are wanted.
    pub source: String,
    /// The schemes, all of which apply.
    pub schemes: Vec<Scheme>,
    /// Whether the request may go without, where there are no credentials.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub optional: bool,
    /// Whether the host should fetch fresh credentials first: the last answer
    /// said that these have expired.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub renew: bool,
    /// The service's clock in Unix seconds: sign with it, not with one's own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub server_time: Option<u64>,
}

/// One way to authorize a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
#[non_exhaustive]
pub enum Scheme {
    /// AWS Signature Version 4.
    SigV4 {
        /// The signing name of the service: `ecr`.
        service: String,
        /// The region that is signed for.
        region: String,
    },
    /// A secret in a header, query parameter or cookie.
    ApiKey {
        /// The header's, parameter's or cookie's name.
        name: String,
        /// Where it goes.
        #[serde(rename = "in")]
        place: ApiKeyPlace,
    },
    /// User name and password: RFC 7617.
    Basic,
    /// A bearer token: RFC 6750.
    Bearer,
    /// A bearer token that was granted these scopes.
    OAuth2 {
        /// The scopes that the operation needs.
        #[serde(default)]
        scopes: Vec<String>,
    },
}

/// Where an API key goes: OpenAPI, Security Scheme Object, `in`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ApiKeyPlace {
    /// A header field.
    Header,
    /// A query parameter.
    Query,
    /// A cookie.
    Cookie,
}

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::SigV4 { service, region } => write!(f, "SigV4 {service} {region}"),
            Self::ApiKey { name, .. } => write!(f, "API key {name}"),
            Self::Basic => f.write_str("basic"),
            Self::Bearer => f.write_str("bearer"),
            Self::OAuth2 { scopes } if scopes.is_empty() => f.write_str("OAuth2"),
            Self::OAuth2 { scopes } => write!(f, "OAuth2 {}", scopes.join(" ")),
        }
    }
}
