//! An OpenAPI description with just the operations used.

use serde_json::{Map, Value, json};

use crate::document::{
    BodyObject, Document, DocumentError, Documents, Node, OpenApiDescription, OperationObject,
};
use crate::exchange::resolve_server;

/// The methods that a Path Item Object has fields for.
const METHODS: [&str; 9] = [
    "get", "put", "post", "delete", "options", "head", "patch", "trace", "query",
];

/// What a request needs of an Operation Object, beside parameters and body.
const OPERATION_FIELDS: [&str; 3] = ["operationId", "servers", "security"];

/// Keywords of a schema that say whether a body, or a part of one, is bytes.
const DECIDING: [&str; 4] = ["type", "format", "contentEncoding", "contentMediaType"];

/// The description with the operations of these paths and methods, references
/// resolved.
pub(super) fn of(
    documents: &Documents,
    document: &Document,
    used: &[(&str, &str)],
) -> Result<Value, DocumentError> {
    let description = match OpenApiDescription::open(documents, document) {
        Ok(description) => Some(description),
        // Of a version that is not known, and nobody has asked for more.
        Err(_) if used.is_empty() => None,
        Err(error) => return Err(error),
    };
    let root = document.tree().root();
    let mut out = Map::new();
    let mut copy = |field: &str| {
        if let Some(node) = root.get(field) {
            out.insert(field.to_owned(), node.to_value());
        }
    };
    copy("openapi");
    copy("swagger");
    copy("security");
    out.insert("info".into(), info(root));
    let servers = root.get("servers").map(Node::to_value);
    out.insert("servers".into(), root_servers(servers, document.url()));
    let mut paths = Map::new();
    let mut schemes = Map::new();
    for (path, method) in used {
        let Some((description, entry)) = description
            .as_ref()
            .and_then(|description| Some((description, description.by_path(path, method)?)))
        else {
            continue;
        };
        let object = description.read(entry)?;
        collect_schemes(&object, &mut schemes);
        add(&mut paths, &object, document.url());
    }
    out.insert("paths".into(), Value::Object(paths));
    if !schemes.is_empty() {
        out.insert("components".into(), json!({ "securitySchemes": schemes }));
    }
    Ok(Value::Object(out))
}

/// What an Info Object has to have, and what vendors add.
fn info(root: Node<'_>) -> Value {
    let members = root.get("info").into_iter().flat_map(Node::entries);
    let kept =
        members.filter(|(key, _)| matches!(*key, "title" | "version") || key.starts_with("x-"));
    kept.map(|(key, node)| (key.to_owned(), node.to_value()))
        .collect()
}

/// None, or an empty list, means one server: `/`, beside the description.
fn root_servers(servers: Option<Value>, description_url: &str) -> Value {
    let given = servers.filter(|servers| servers.as_array().is_some_and(|list| !list.is_empty()));
    lasting(
        given.unwrap_or_else(|| json!([{"url": "/"}])),
        description_url,
    )
}

/// Servers whose addresses mean the same wherever they are read.
fn lasting(mut servers: Value, description_url: &str) -> Value {
    for server in servers.as_array_mut().into_iter().flatten() {
        let Value::Object(server) = server else {
            continue;
        };
        server.shift_remove("description");
        if let Some(Value::String(url)) = server.get_mut("url") {
            let whole = resolve_server(description_url, url.trim());
            *url = if whole.contains("://") {
                whole
            } else {
                format!("file:///{}", whole.trim_start_matches('/'))
            };
        }
        let variables = server.get_mut("variables").and_then(Value::as_object_mut);
        for (_, variable) in variables.into_iter().flatten() {
            if let Value::Object(variable) = variable {
                variable.shift_remove("description");
            }
        }
    }
    servers
}

/// The security schemes that an operation names.
fn collect_schemes(object: &OperationObject<'_>, into: &mut Map<String, Value>) {
    let named = object.node.get("security");
    let named = named.or_else(|| object.root.get("security"));
    let alternatives = named.into_iter().flat_map(Node::items);
    for (name, _) in alternatives.flat_map(Node::entries) {
        let mut schemes = object.security_schemes.iter();
        if let Some((_, scheme)) = schemes.find(|(known, _)| *known == name) {
            let entry = into.entry(name);
            entry.or_insert_with(|| scheme.to_value());
        }
    }
}

fn add(paths: &mut Map<String, Value>, object: &OperationObject<'_>, description_url: &str) {
    let (method, path) = (object.method.to_owned(), object.path.to_owned());
    let mut operation = operation(object);
    slim_parameters(&mut operation);
    slim_servers(&mut operation, description_url);
    if let Some(body) = operation.get_mut("requestBody") {
        slim_body(body);
    }
    let path_item = path_item(object);
    let item = paths.entry(path).or_insert_with(|| {
        let mut item = path_item;
        slim_parameters(&mut item);
        slim_servers(&mut item, description_url);
        item
    });
    let holder = if METHODS.contains(&&*method) {
        item.as_object_mut()
    } else {
        item.as_object_mut().and_then(|item| {
            let others = item.entry("additionalOperations");
            others.or_insert_with(|| json!({})).as_object_mut()
        })
    };
    if let Some(holder) = holder {
        holder.insert(method, operation);
    }
}

/// What a request needs of a Path Item Object.
fn path_item(object: &OperationObject<'_>) -> Value {
    let mut item = Map::new();
    if let Some(parameters) = &object.path_parameters {
        item.insert("parameters".into(), described(parameters));
    }
    if let Some(servers) = object.path_servers {
        item.insert("servers".into(), servers.to_value());
    }
    Value::Object(item)
}

/// What a request needs of an Operation Object.
fn operation(object: &OperationObject<'_>) -> Value {
    let mut operation = Map::new();
    for (key, value) in object.node.entries() {
        if OPERATION_FIELDS.contains(&key) {
            operation.insert(key.to_owned(), value.to_value());
        }
    }
    if let Some(parameters) = &object.parameters {
        operation.insert("parameters".into(), described(parameters));
    }
    if let Some(body) = &object.body {
        operation.insert("requestBody".into(), request_body(body));
    }
    Value::Object(operation)
}

fn described(parameters: &[Node<'_>]) -> Value {
    let left_out = ["description", "example", "examples", "schema"];
    let parameters = parameters.iter();
    parameters.map(|one| without(*one, &left_out)).collect()
}

fn request_body(object: &BodyObject<'_>) -> Value {
    let mut content = Map::new();
    for media in &object.media {
        let mut kept = without(media.node, &["example", "examples", "schema"]);
        if let (Value::Object(kept), Some(schema)) = (&mut kept, media.schema) {
            let left_out = ["description", "example", "examples", "properties"];
            let mut schema = without(schema, &left_out);
            if let (Value::Object(schema), false) = (&mut schema, media.properties.is_empty()) {
                let properties = media.properties.iter();
                let properties = properties.map(|(name, one)| ((*name).to_owned(), one.to_value()));
                schema.insert("properties".into(), properties.collect());
            }
            kept.insert("schema".into(), schema);
        }
        content.insert(media.name.to_owned(), kept);
    }
    let mut body = without(object.node, &["description", "content"]);
    if let Value::Object(body) = &mut body {
        body.insert("content".into(), Value::Object(content));
    }
    body
}

/// The value of an object without some of its members.
fn without(node: Node<'_>, fields: &[&str]) -> Value {
    if !node.is_object() {
        return node.to_value();
    }
    let kept = node.entries().filter(|(key, _)| !fields.contains(key));
    kept.map(|(key, value)| (key.to_owned(), value.to_value()))
        .collect()
}

fn slim_servers(object: &mut Value, description_url: &str) {
    if let Some(servers) = object.get_mut("servers") {
        *servers = lasting(servers.take(), description_url);
    }
}

/// Of a parameter with `content` the media type's name counts, no more.
fn slim_parameters(object: &mut Value) {
    let list = object.get_mut("parameters").and_then(Value::as_array_mut);
    for parameter in list.into_iter().flatten() {
        let content = parameter.get_mut("content").and_then(Value::as_object_mut);
        for (_, media) in content.into_iter().flatten() {
            *media = json!({});
        }
    }
}

fn slim_body(body: &mut Value) {
    let content = body.get_mut("content").and_then(Value::as_object_mut);
    for (_, media) in content.into_iter().flatten() {
        if let Some(schema) = media.get_mut("schema") {
            *schema = slim_schema(schema);
        }
        let encoding = media.get_mut("encoding").and_then(Value::as_object_mut);
        for (_, encoding) in encoding.into_iter().flatten() {
            if let Value::Object(encoding) = encoding {
                encoding.shift_remove("headers");
            }
        }
    }
}

fn slim_schema(schema: &Value) -> Value {
    let Value::Object(members) = schema else {
        return schema.clone();
    };
    let mut out = Map::new();
    for (key, value) in members {
        let slim = match (key.as_str(), value) {
            ("items", items) => slim_schema(items),
            ("properties", Value::Object(all)) => {
                let all = all.iter();
                all.map(|(name, one)| (name.clone(), slim_schema(one)))
                    .collect()
            }
            (key, value) if DECIDING.contains(&key) => value.clone(),
            _ => continue,
        };
        out.insert(key.clone(), slim);
    }
    Value::Object(out)
}
