//! HTTP messages: operations, requests, answers.

mod answers;
mod bodies;
mod operations;
mod parameters;

use std::borrow::Cow;
use std::path::Path;

use serde_json::{Value, json};
use spola::document::{Loader, OpenApiDescription};
use spola::exchange::{
    Argument, ExchangeError, Operation, ParameterLocation, Payload, Response, ServerChoice, build,
    choose_server,
};
use spola::message::Request;
use spola::{Diagnostic, Report, VecMap};

use ParameterLocation::{Cookie, Header, Path as InPath, Query, Querystring};

const BASE: &str = "https://h.example";

/// A description around one operation, in parts that a test can change.
struct Description {
    url: &'static str,
    method: &'static str,
    path: &'static str,
    item: Value,
    operation: Value,
    root: Value,
}

impl Default for Description {
    fn default() -> Self {
        Self {
            url: "https://h.example/api/openapi.yaml",
            method: "get",
            path: "/items",
            item: json!({}),
            operation: json!({}),
            root: json!({}),
        }
    }
}

impl Description {
    fn prepare(&self) -> (Operation, Vec<ExchangeError>) {
        self.try_prepare().unwrap()
    }

    fn try_prepare(&self) -> Result<(Operation, Vec<ExchangeError>), ExchangeError> {
        let of_root = |field| self.root.get(field).cloned();
        let mut item = self.item.clone();
        item["additionalOperations"] = json!({ self.method: self.operation });
        let mut root = json!({
            "openapi": "3.2.0",
            "paths": { self.path: item },
            "components": { "securitySchemes": of_root("schemes").unwrap_or(json!({})) },
        });
        for field in ["info", "servers", "security"] {
            if let Some(value) = of_root(field) {
                root[field] = value;
            }
        }
        let mut loader = Loader::new(self.url);
        loader.supply(self.url, root.to_string().as_bytes(), self.url);
        let documents = loader.finish();
        let document = documents.entry().expect("a document");
        let description = OpenApiDescription::open(&documents, document).expect("a description");
        let entry = description
            .by_path(self.path, self.method)
            .expect("an entry");
        let object = description.read(entry).expect("an operation");
        Operation::prepare("pets", &object)
    }
}

fn operation(path: &'static str, operation: Value) -> Operation {
    Description {
        path,
        operation,
        ..Description::default()
    }
    .prepare()
    .0
}

/// An operation `/items` with one declared parameter.
fn with_parameter(parameter: Value) -> Operation {
    operation("/items", json!({ "parameters": [parameter] }))
}

/// An operation whose body has these media types.
fn with_body(content: Value) -> Operation {
    operation("/items", json!({ "requestBody": { "content": content } }))
}

fn argument(location: ParameterLocation, name: &str, value: Value) -> Argument<'_> {
    Argument {
        name,
        location,
        value: Cow::Owned(value),
    }
}

fn request(
    operation: &Operation,
    arguments: &[(ParameterLocation, &str, Value)],
) -> Result<Request, ExchangeError> {
    let arguments: Vec<_> = arguments
        .iter()
        .map(|(location, name, value)| argument(*location, name, value.clone()))
        .collect();
    build(operation, BASE, &arguments, None)
}

/// The URL behind the host.
fn target(operation: &Operation, arguments: &[(ParameterLocation, &str, Value)]) -> String {
    request(operation, arguments).unwrap().url().to_string()[BASE.len()..].to_owned()
}

fn sent(operation: &Operation, content_type: Option<&str>, value: Value) -> (String, String) {
    let payload = Payload::Value {
        content_type,
        value: Cow::Owned(value),
    };
    let request = build(operation, BASE, &[], Some(payload)).unwrap();
    let body = String::from_utf8(request.body().to_vec()).unwrap();
    (header(&request, "content-type").to_owned(), body)
}

fn header<'r>(request: &'r Request, name: &str) -> &'r str {
    request.headers().get(name).unwrap().to_str().unwrap()
}

fn code(result: Result<Request, ExchangeError>) -> &'static str {
    result.unwrap_err().code()
}

fn response(headers: &[(&str, &str)], body: &[u8]) -> Response {
    answer(200, headers, body)
}

fn answer(status: u16, headers: &[(&str, &str)], body: &[u8]) -> Response {
    let headers = headers.iter().map(|(n, v)| (n.to_string(), v.to_string()));
    Response::new(status, headers.collect(), body.to_vec())
}

const JSON: (&str, &str) = ("Content-Type", "application/json");

/// Every error there is, provoked.
fn errors() -> Vec<ExchangeError> {
    let get = operation("/items/{id}", json!({}));
    let id = |value: &str| (InPath, "id", json!(value));
    let refused = |arguments: &[_]| request(&get, arguments).unwrap_err();
    let served = |url: &str, variables: Value, choice: &ServerChoice<'_>| {
        let servers = json!([{ "url": url, "variables": variables }]);
        choose_server(&operation("/", json!({ "servers": servers })), choice).unwrap_err()
    };
    let none = ServerChoice::default();
    let stages = VecMap::from([("stage".to_owned(), "bta".to_owned())]);
    let given = ServerChoice {
        variables: Some(&stages),
        ..none
    };
    let local = Description {
        url: "openapi.yaml",
        ..Description::default()
    };
    let odd = Description {
        operation: json!({
            "security": [{ "api_kye": [] }],
            "parameters": [{ "name": "b", "in": "body" }, { "name": "c", "in": "path", "style": "form" }],
        }),
        root: json!({ "schemes": { "api_key": { "type": "apiKey" } } }),
        ..Description::default()
    };
    let method = Description {
        method: "get it",
        ..Description::default()
    };
    let post = with_body(json!({ "application/octet-stream": {} }));
    let unsent = |content_type, value: Value| {
        let value = Cow::Owned(value);
        let payload = Payload::Value {
            content_type,
            value,
        };
        build(&post, BASE, &[], Some(payload)).unwrap_err()
    };
    let unread = |body: &[u8]| response(&[JSON], body).value().unwrap_err();
    let mut errors = vec![
        method.try_prepare().unwrap_err(),
        choose_server(&local.prepare().0, &none).unwrap_err(),
        served("ftp://h.example", json!({}), &none),
        served("https://me:secret@h.example", json!({}), &none),
        served("https://{tenant}.example", json!({}), &none),
        served(
            "https://{stage}.example",
            json!({ "stage": { "enum": ["beta", "live"] } }),
            &given,
        ),
        refused(&[]),
        refused(&[(InPath, "itemId", json!(1))]),
        refused(&[id("")]),
        refused(&[id("..")]),
        refused(&[id("1"), (Querystring, "q", json!({}))]),
        refused(&[id(&"x".repeat(70_000))]),
        refused(&[id("1"), (Header, "a b", json!(1))]),
        refused(&[id("1"), (Header, "X-Token", json!("secret\n"))]),
        refused(&[id("1"), (Header, "Host", json!("evil.example"))]),
        unsent(Some("json"), json!("x")),
        unsent(Some("application/xml"), json!({})),
        unsent(None, json!("data:image/png;base64,?")),
        unread(b"{\"a\": x}"),
        unread(b"{\"a\": "),
        unread(&[b'['; 600]),
    ];
    errors.extend(odd.prepare().1);
    errors
}

#[test]
fn every_error_says_what_is_wrong_and_what_to_do() {
    let reports: Vec<String> = errors()
        .iter()
        .map(|error| Report::of(error).render(None))
        .collect();
    let rendered = reports.concat();
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("snapshots/exchange.txt");
    if std::env::var_os("SPOLA_SNAPSHOTS").is_some() {
        std::fs::write(&file, &rendered).unwrap();
    }
    assert_eq!(rendered, std::fs::read_to_string(&file).unwrap_or_default());
}
