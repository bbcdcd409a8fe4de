//! Operations and where they go.

use serde_json::{Value, json};
use spola::exchange::{ExchangeError, KeyPlace, SecurityScheme, ServerChoice, choose_server};
use spola::{Diagnostic, Severity, VecMap};

use super::{Description, Query, operation, target};

#[test]
fn the_fragment_of_a_path_key_tells_operations_apart_and_is_never_sent() {
    let describe = operation("/#DescribeRepositories", json!({}));
    assert_eq!(&*describe.path, "/");
    assert_eq!(&*describe.key, "pets GET /#DescribeRepositories");
    assert_eq!(target(&describe, &[]), "/");
    let get = operation("/GetImage#imageBuildVersionArn", json!({}));
    let arn = json!("arn:aws:imagebuilder:us-east-1:123456789012:image/demo/1.0.0/1");
    assert_eq!(
        target(&get, &[(Query, "imageBuildVersionArn", arn)]),
        "/GetImage?imageBuildVersionArn=arn%3Aaws%3Aimagebuilder%3Aus-east-1%3A123456789012%3Aimage%2Fdemo%2F1.0.0%2F1"
    );
}

#[test]
fn an_operation_overrides_the_parameters_of_its_path() {
    let description = Description {
        item: json!({ "parameters": [
            { "name": "ids", "in": "query", "explode": false },
            { "name": "X-Ids", "in": "header", "required": true },
            { "name": "ids", "in": "header" },
        ] }),
        operation: json!({ "operationId": "list", "parameters": [
            { "name": "ids", "in": "query", "style": "pipeDelimited", "explode": false },
            { "name": "x-ids", "in": "header" },
        ] }),
        ..Description::default()
    };
    let (operation, warnings) = description.prepare();
    assert_eq!(warnings, []);
    assert_eq!(operation.id.as_deref(), Some("list"));
    assert_eq!(operation.parameters.len(), 3);
    assert!(operation.parameters.iter().all(|p| !p.required));
    let ids = json!([1, 2]);
    assert_eq!(
        target(&operation, &[(Query, "ids", ids)]),
        "/items?ids=1%7C2"
    );
}

#[test]
fn what_cannot_be_used_as_declared_is_a_warning_not_a_refusal() {
    let description = Description {
        operation: json!({
            "security": [{ "api_kye": [] }],
            "parameters": [
                { "name": "b", "in": "body" },
                { "in": "query" },
                { "name": "deep", "in": "header", "style": "deepObject" },
            ],
        }),
        root: json!({ "schemes": { "api_key": { "type": "apiKey", "name": "k", "in": "query" } } }),
        ..Description::default()
    };
    let (operation, warnings) = description.prepare();
    let codes: Vec<_> = warnings.iter().map(Diagnostic::code).collect();
    assert_eq!(
        codes,
        [
            "exchange.unknown-security-scheme",
            "exchange.unusable-parameter",
            "exchange.unusable-parameter",
            "exchange.unusable-style"
        ]
    );
    assert!(warnings.iter().all(|w| w.severity() == Severity::Warning));
    assert_eq!(operation.parameters.len(), 1);
}

#[test]
fn security_is_read_as_alternatives() {
    let schemes = json!({
        "key": { "type": "apiKey", "name": "X-Key", "in": "header" },
        "basic": { "type": "http", "scheme": "Basic" },
        "oauth": { "type": "oauth2", "flows": {} },
        "oidc": { "type": "openIdConnect" },
        "tls": { "type": "mutualTLS" },
    });
    let description = Description {
        operation: json!({ "security": [
            { "key": [], "basic": [] }, { "oauth": ["read", "write"] }, { "oidc": [] }, { "tls": [] }, {},
        ] }),
        root: json!({ "schemes": schemes, "security": [{ "tls": [] }] }),
        ..Description::default()
    };
    let security = description.prepare().0.security;
    let alternatives: Vec<_> = security.into_iter().map(|a| a.schemes).collect();
    assert_eq!(
        alternatives,
        [
            vec![
                SecurityScheme::ApiKey {
                    name: "X-Key".into(),
                    place: KeyPlace::Header
                },
                SecurityScheme::Http {
                    scheme: "basic".into()
                },
            ],
            vec![SecurityScheme::OAuth2 {
                scopes: vec!["read".into(), "write".into()]
            }],
            vec![SecurityScheme::OpenIdConnect],
            vec![SecurityScheme::MutualTls],
            vec![],
        ]
    );
    let nothing_said = operation("/items", json!({}));
    assert!(nothing_said.security.is_empty());
    let none_needed = operation("/items", json!({ "security": [] }));
    assert_eq!(none_needed.security.len(), 1);
}

#[test]
fn an_aws_operation_is_told_by_its_scheme_or_its_host() {
    let hmac = json!({ "type": "apiKey", "name": "Authorization", "in": "header",
        "x-amazon-apigateway-authtype": "awsSigv4" });
    let description = |servers: &str, root: Value| Description {
        operation: json!({ "servers": [{ "url": servers }] }),
        root,
        ..Description::default()
    };
    let service = |d: Description| d.prepare().0.aws.map(|aws| aws.service.unwrap_or_default());
    let signed = json!({ "security": [{ "hmac": [] }], "schemes": { "hmac": hmac } });
    assert_eq!(
        service(description("https://x.example", signed.clone())).as_deref(),
        Some("")
    );
    let mut named = signed;
    named["info"] = json!({ "x-aws-signingName": "imagebuilder", "x-serviceName": "other" });
    assert_eq!(
        service(description("https://x.example", named)).as_deref(),
        Some("imagebuilder")
    );
    let open = description("https://api.ecr.amazonaws.com", json!({}));
    assert_eq!(service(open).as_deref(), Some("ecr"));
    let bearer = json!({ "security": [{ "b": [] }],
        "schemes": { "b": { "type": "http", "scheme": "bearer" } } });
    assert_eq!(
        service(description("https://ecr.us-east-1.amazonaws.com", bearer)),
        None
    );
    assert_eq!(service(description("https://ecr.example", json!({}))), None);
    let gateway = description("https://a.execute-api.us-east-1.amazonaws.com", json!({}));
    assert_eq!(service(gateway), None);
}

fn server_of(servers: Value, choice: &ServerChoice<'_>) -> Result<String, ExchangeError> {
    let description = Description {
        root: json!({ "servers": servers }),
        ..Description::default()
    };
    choose_server(&description.prepare().0, choice)
}

#[test]
fn sil_84_relative_servers_start_at_the_description_and_none_means_its_root() {
    let none = ServerChoice::default();
    assert_eq!(server_of(json!(null), &none).unwrap(), "https://h.example/");
    assert_eq!(server_of(json!([]), &none).unwrap(), "https://h.example/");
    let relative = json!([{ "url": "../v2" }]);
    assert_eq!(server_of(relative, &none).unwrap(), "https://h.example/v2");
    let file = Description {
        url: "apis/openapi.yaml",
        ..Description::default()
    };
    let error = choose_server(&file.prepare().0, &none).unwrap_err();
    assert_eq!(error.code(), "exchange.no-server");
    let file = Description {
        url: "file:///apis/openapi.yaml",
        ..Description::default()
    };
    let error = choose_server(&file.prepare().0, &none).unwrap_err();
    assert_eq!(error.code(), "exchange.no-server");
}

#[test]
fn sil_85_the_first_server_with_its_default_variables_unless_the_host_chooses() {
    let servers = json!([
        { "url": "{scheme}://{tenant}.example:{port}/v1", "variables": {
            "scheme": { "default": "https", "enum": ["https", "http"] },
            "tenant": { "default": "demo" },
            "port": { "default": 8443 } } },
        { "url": "https://second.example" },
    ]);
    let given = VecMap::from([("tenant".to_owned(), "acme".to_owned())]);
    let chosen = |variables| ServerChoice {
        variables,
        ..ServerChoice::default()
    };
    let url = |choice: &ServerChoice<'_>| server_of(servers.clone(), choice);
    assert_eq!(url(&chosen(None)).unwrap(), "https://demo.example:8443/v1");
    assert_eq!(
        url(&chosen(Some(&given))).unwrap(),
        "https://acme.example:8443/v1"
    );
    let wrong = VecMap::from([("scheme".to_owned(), "htps".to_owned())]);
    let error = url(&chosen(Some(&wrong))).unwrap_err();
    assert_eq!(error.help().unwrap(), "did you mean `https`?");
    let endpoint = ServerChoice {
        endpoint: Some("http://127.0.0.1:4566/"),
        ..chosen(None)
    };
    assert_eq!(url(&endpoint).unwrap(), "http://127.0.0.1:4566/");
}

#[test]
fn an_aws_operation_takes_https_and_a_region_that_is_given_never_the_default() {
    let variables =
        |regions: Value| json!({ "region": { "enum": regions, "default": regions[0] } });
    let servers = json!([
        { "url": "http://imagebuilder.{region}.amazonaws.com", "variables": variables(json!(["us-east-1"])) },
        { "url": "https://imagebuilder.{region}.amazonaws.com", "variables": variables(json!(["us-east-1"])) },
        { "url": "https://imagebuilder.{region}.amazonaws.com.cn", "variables": variables(json!(["cn-north-1"])) },
    ]);
    let at = |region| {
        let choice = ServerChoice {
            region,
            ..ServerChoice::default()
        };
        server_of(servers.clone(), &choice)
    };
    assert_eq!(
        at(Some("us-east-1")).unwrap(),
        "https://imagebuilder.us-east-1.amazonaws.com"
    );
    assert_eq!(
        at(Some("cn-north-1")).unwrap(),
        "https://imagebuilder.cn-north-1.amazonaws.com.cn"
    );
    assert_eq!(
        at(Some("mx-central-1")).unwrap(),
        "https://imagebuilder.mx-central-1.amazonaws.com"
    );
    assert_eq!(
        at(None).unwrap_err().code(),
        "exchange.unknown-server-variable"
    );
}

#[test]
fn an_address_that_is_not_plain_http_is_refused() {
    for url in [
        "ftp://h.example",
        "https://",
        "https:///path",
        "https://:443/",
        "https://user:secret@h.example/",
        "https://good.example\\@evil.example/",
        "https://h.example/a b",
        "https://h.example/\u{0}",
        "https://h{x.example",
        "https://h%41.example",
        "h.example",
        "",
    ] {
        let choice = ServerChoice {
            endpoint: Some(url),
            ..ServerChoice::default()
        };
        let error = server_of(json!([]), &choice).unwrap_err();
        assert_eq!(error.code(), "exchange.bad-server", "{url}");
        assert!(!error.to_string().contains("secret"), "{error}");
    }
    let literal = ServerChoice {
        endpoint: Some("http://[::1]:8080#x"),
        ..ServerChoice::default()
    };
    assert_eq!(server_of(json!([]), &literal).unwrap(), "http://[::1]:8080");
}
