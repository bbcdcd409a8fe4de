//! What a program means, in sixteen bytes.

use std::time::Duration;

use serde_json::Value;

use crate::exchange::{KeyPlace, MediaType, Operation, Parameter, SecurityScheme, Server, Style};

/// FNV-1a with 128 bits: tells programs apart, guards nothing.
///
/// Everything is taken in piece by piece, as texts with their lengths and as
/// numbers of eight bytes, never as some other code prints it: the digest of a
/// program is the same on every platform and in every build.
#[derive(Clone, Debug)]
pub(super) struct Digest(u128);

const BASIS: u128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d;
const PRIME: u128 = 0x0000_0000_0100_0000_0000_0000_0000_013b;

/// Keywords of a schema that describe and decide nothing.
const TELLING: [&str; 9] = [
    "title",
    "description",
    "summary",
    "$comment",
    "example",
    "examples",
    "deprecated",
    "externalDocs",
    "readOnly",
];

/// Keywords of a schema whose members are names of the author's.
const NAMING: [&str; 5] = [
    "properties",
    "patternProperties",
    "dependentSchemas",
    "dependentRequired",
    "$defs",
];

impl Digest {
    pub fn new() -> Self {
        Self(BASIS)
    }

    pub fn finish(&self) -> [u8; 16] {
        self.0.to_be_bytes()
    }

    fn bytes(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u128::from(*byte)).wrapping_mul(PRIME);
        }
    }

    /// A text; its length goes with it, so that two cannot run together.
    pub fn text(&mut self, text: &str) {
        self.number(text.len() as u64);
        self.bytes(text.as_bytes());
    }

    pub fn number(&mut self, number: u64) {
        self.bytes(&number.to_be_bytes());
    }

    pub fn optional(&mut self, text: Option<&str>) {
        self.flag(text.is_some());
        self.text(text.unwrap_or_default());
    }

    /// A value; the order of members counts, because it is sent.
    pub fn value(&mut self, value: &Value) {
        match value {
            Value::Null => self.text("n"),
            Value::Bool(true) => self.text("t"),
            Value::Bool(false) => self.text("f"),
            Value::Number(number) => {
                self.text("d");
                self.text(&number.to_string());
            }
            Value::String(text) => {
                self.text("s");
                self.text(text);
            }
            Value::Array(items) => {
                self.text("a");
                self.count(items.len());
                for item in items {
                    self.value(item);
                }
            }
            Value::Object(members) => {
                self.text("o");
                self.count(members.len());
                for (name, member) in members {
                    self.text(name);
                    self.value(member);
                }
            }
        }
    }

    /// A schema: neither descriptions nor the order of its keywords count.
    pub fn schema(&mut self, schema: &Value) {
        match schema {
            Value::Object(members) => {
                let mut kept: Vec<(&String, &Value)> = members
                    .iter()
                    .filter(|(name, _)| !TELLING.contains(&name.as_str()))
                    .collect();
                kept.sort_by_key(|(name, _)| *name);
                self.count(kept.len());
                for (name, member) in kept {
                    self.text(name);
                    if NAMING.contains(&name.as_str()) {
                        self.named(member);
                    } else {
                        self.schema(member);
                    }
                }
            }
            Value::Array(items) => {
                self.count(items.len());
                for item in items {
                    self.schema(item);
                }
            }
            other => self.value(other),
        }
    }

    fn named(&mut self, schemas: &Value) {
        let Value::Object(members) = schemas else {
            return self.value(schemas);
        };
        let mut members: Vec<(&String, &Value)> = members.iter().collect();
        members.sort_by_key(|(name, _)| *name);
        self.count(members.len());
        for (name, member) in members {
            self.text(name);
            self.schema(member);
        }
    }

    /// A yes or no.
    pub fn flag(&mut self, flag: bool) {
        self.number(u64::from(flag));
    }

    /// How many things follow: without it, the end of one list could pass for the
    /// beginning of the next.
    pub fn count(&mut self, count: usize) {
        self.number(count as u64);
    }

    /// A length of time; none is not the same as zero.
    pub fn duration(&mut self, duration: Option<Duration>) {
        self.flag(duration.is_some());
        let duration = duration.unwrap_or_default();
        self.number(duration.as_secs());
        self.number(u64::from(duration.subsec_nanos()));
    }

    /// What of an operation decides its requests.
    pub fn operation(&mut self, operation: &Operation) {
        self.text(&operation.source);
        self.optional(operation.id.as_deref());
        self.text(operation.method.as_str());
        self.text(&operation.path);
        self.text(&operation.query);
        self.count(operation.servers.len());
        for server in &operation.servers {
            self.server(server);
        }
        self.count(operation.parameters.len());
        for parameter in &operation.parameters {
            self.parameter(parameter);
        }
        self.flag(operation.body.is_some());
        if let Some(body) = &operation.body {
            self.flag(body.required);
            self.count(body.media.len());
            for media in &body.media {
                self.media(media);
            }
        }
        self.count(operation.security.len());
        for alternative in &operation.security {
            self.count(alternative.schemes.len());
            for scheme in &alternative.schemes {
                self.scheme(scheme);
            }
        }
        self.flag(operation.aws.is_some());
        let service = operation
            .aws
            .as_ref()
            .and_then(|aws| aws.service.as_deref());
        self.optional(service);
    }

    fn server(&mut self, server: &Server) {
        // One beside a local file cannot be sent to, wherever the file is.
        let local = !server.url.contains("://") || server.url.starts_with("file:");
        self.text(if local { "" } else { &server.url });
        self.count(server.variables.len());
        for variable in &server.variables {
            self.text(&variable.name);
            self.optional(variable.default.as_deref());
            self.count(variable.allowed.len());
            for allowed in &variable.allowed {
                self.text(allowed);
            }
        }
    }

    fn parameter(&mut self, parameter: &Parameter) {
        self.text(&parameter.name);
        self.text(parameter.location.as_str());
        self.text(parameter.style.as_str());
        self.flag(parameter.required);
        self.flag(parameter.explode);
        self.flag(parameter.allow_reserved);
        self.optional(parameter.content.as_deref());
    }

    fn media(&mut self, media: &MediaType) {
        self.text(&media.name);
        self.flag(media.binary);
        self.count(media.encodings.len());
        for encoding in &media.encodings {
            self.text(&encoding.property);
            self.optional(encoding.content_type.as_deref());
            self.optional(encoding.style.map(Style::as_str));
            self.flag(encoding.explode);
            self.flag(encoding.allow_reserved);
            self.flag(encoding.binary);
        }
    }

    fn scheme(&mut self, scheme: &SecurityScheme) {
        match scheme {
            SecurityScheme::ApiKey { name, place } => {
                self.text("apiKey");
                self.text(name);
                self.text(match place {
                    KeyPlace::Header => "header",
                    KeyPlace::Query => "query",
                    KeyPlace::Cookie => "cookie",
                });
            }
            SecurityScheme::Http { scheme } => {
                self.text("http");
                self.text(scheme);
            }
            SecurityScheme::OAuth2 { scopes } => {
                self.text("oauth2");
                self.count(scopes.len());
                for scope in scopes {
                    self.text(scope);
                }
            }
            SecurityScheme::OpenIdConnect => self.text("openIdConnect"),
            SecurityScheme::MutualTls => self.text("mutualTLS"),
            SecurityScheme::AwsSigV4 => self.text("awsSigv4"),
            SecurityScheme::Unknown(name) => {
                self.text("unknown");
                self.text(name);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Digest;
    use serde_json::json;

    fn schema(value: serde_json::Value) -> [u8; 16] {
        let mut digest = Digest::new();
        digest.schema(&value);
        digest.finish()
    }

    #[test]
    fn descriptions_do_not_change_the_digest_of_a_schema_but_properties_so_named_do() {
        let plain = json!({"type": "object", "properties": {"description": {"type": "string"}}});
        let told = json!({"description": "x", "properties": {"description": {"title": "y", "type": "string"}}, "type": "object"});
        let other = json!({"type": "object", "properties": {"description": {"type": "integer"}}});
        assert_eq!(schema(plain.clone()), schema(told));
        assert_ne!(schema(plain), schema(other));
    }
}
