//! What a program means, in sixteen bytes.

use serde_json::Value;

use crate::exchange::Operation;

/// FNV-1a with 128 bits: tells programs apart, guards nothing.
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
        self.number(u64::from(text.is_some()));
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
                self.number(items.len() as u64);
                for item in items {
                    self.value(item);
                }
            }
            Value::Object(members) => {
                self.text("o");
                self.number(members.len() as u64);
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
                self.number(kept.len() as u64);
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
                self.number(items.len() as u64);
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
        self.number(members.len() as u64);
        for (name, member) in members {
            self.text(name);
            self.schema(member);
        }
    }

    /// What of an operation decides its requests.
    pub fn operation(&mut self, operation: &Operation) {
        self.text(&operation.source);
        self.text(operation.method.as_str());
        self.text(&operation.path);
        self.text(&operation.query);
        for server in &operation.servers {
            // One beside a local file cannot be sent to, wherever the file is.
            let local = !server.url.contains("://") || server.url.starts_with("file:");
            self.text(if local { "" } else { &server.url });
            for variable in &server.variables {
                self.text(&variable.name);
                self.optional(variable.default.as_deref());
            }
        }
        for parameter in &operation.parameters {
            self.text(&parameter.name);
            self.text(parameter.location.as_str());
            self.text(&format!(
                "{:?} {} {} {}",
                parameter.style, parameter.required, parameter.explode, parameter.allow_reserved
            ));
            self.optional(parameter.content.as_deref());
        }
        if let Some(body) = &operation.body {
            self.number(u64::from(body.required));
            for media in &body.media {
                self.text(&media.name);
                self.number(u64::from(media.binary));
            }
        }
        for alternative in &operation.security {
            self.text(&format!("{:?}", alternative.schemes));
        }
        let service = operation
            .aws
            .as_ref()
            .map(|aws| aws.service.as_deref().unwrap_or(""));
        self.optional(service);
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
