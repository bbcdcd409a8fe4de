//! An OpenAPI description with just the operations used.

use serde_json::{Map, Value, json};

use crate::document::{
    Document, DocumentError, Documents, Node, OpenApiDescription, OperationObject,
};
use crate::exchange::resolve_server;

/// The methods that a Path Item Object has fields for.
const METHODS: [&str; 9] = [
    "get", "put", "post", "delete", "options", "head", "patch", "trace", "query",
];

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
        add(&mut paths, object, document.url());
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
fn collect_schemes(object: &OperationObject, into: &mut Map<String, Value>) {
    let named = object
        .operation
        .get("security")
        .or(object.security.as_ref());
    let alternatives = named.and_then(Value::as_array).into_iter().flatten();
    for (name, _) in alternatives.filter_map(Value::as_object).flatten() {
        let scheme = object
            .security_schemes
            .as_ref()
            .and_then(|all| all.get(name));
        if let Some(scheme) = scheme {
            into.entry(name.clone()).or_insert_with(|| scheme.clone());
        }
    }
}

fn add(paths: &mut Map<String, Value>, object: OperationObject, description_url: &str) {
    let OperationObject {
        method,
        path,
        path_item,
        mut operation,
        ..
    } = object;
    slim_parameters(&mut operation);
    slim_servers(&mut operation, description_url);
    if let Some(body) = operation.get_mut("requestBody") {
        slim_body(body);
    }
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
