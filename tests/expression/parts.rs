//! Reading only what is looked at changes nothing that is seen.

use serde_json::{Value, json};
use spola::exchange::{Parts, Response};
use spola::expression::{ContextScope, Template};

use super::{STRICT, V1_1, criterion, on_body};
use crate::harness::shared;

/// The body with only these parts of it.
fn part_of(body: &Value, parts: Parts) -> Value {
    let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
    let response = Response::new(200, headers, body.to_string().into_bytes());
    response.read_parts(&parts.settled());
    response.value().unwrap().cloned().unwrap_or_default()
}

/// A context whose response has only these parts of its body.
pub(super) fn limited(context: &Value, parts: Parts) -> Value {
    let mut limited = context.clone();
    if let Some(body) = limited.pointer_mut("/response/body") {
        *body = part_of(body, parts);
    }
    limited
}

fn wanted_by(value: &Value) -> (Template, Parts) {
    let template = Template::parse(value, V1_1).unwrap().value;
    let mut parts = Parts::default();
    template.want(&mut parts);
    (template, parts)
}

fn context_of(body: &Value) -> Value {
    json!({"response": {"headers": {"content-type": "application/json"}, "body": body}})
}

#[test]
fn every_query_of_the_compliance_suite_sees_the_same_in_what_it_wants() {
    let Some(suite) = shared("suites/jsonpath/cts.json") else {
        return;
    };
    let suite = std::fs::read_to_string(suite).unwrap();
    let suite: Value = serde_json::from_str(&suite).unwrap();
    let mut smaller = 0;
    for case in suite["tests"].as_array().unwrap() {
        if case["invalid_selector"] == true {
            continue;
        }
        let (selector, document) = (&case["selector"], &case["document"]);
        let context = context_of(document);
        let (template, parts) = wanted_by(
            &json!({"type": "jsonpath", "context": "$response.body", "selector": selector}),
        );
        let limited = limited(&context, parts);
        smaller += usize::from(limited != context);
        assert_eq!(
            template.evaluate(&ContextScope::new(&limited)),
            template.evaluate(&ContextScope::new(&context)),
            "{selector} {document}"
        );
        for dialect in [V1_1, STRICT] {
            let text = selector.as_str().unwrap();
            let kind = spola::expression::CriterionKind::JsonPath;
            let Ok(parsed) = criterion(kind, Some("$response.body"), text, dialect) else {
                continue;
            };
            let mut parts = Parts::default();
            parsed.value.want(&mut parts);
            let limited = self::limited(&context, parts);
            smaller += usize::from(limited != context);
            assert_eq!(
                parsed.value.judge(&ContextScope::new(&limited)),
                parsed.value.judge(&ContextScope::new(&context)),
                "{selector} {document}"
            );
        }
    }
    assert!(smaller > 100, "{smaller} were read in part");
}

#[test]
fn what_nobody_wants_is_not_there() {
    let body = json!({"a": {"b": [1, {"c": 2, "d": 3}, 4], "e": 5}, "f": [6], "g": "h"});
    let seen = |value: Value| part_of(&body, wanted_by(&value).1);
    assert_eq!(
        seen(json!("$response.body#/a/b/1/c")),
        json!({"a": {"b": [null, {"c": 2}]}})
    );
    assert_eq!(
        seen(json!(["$response.body#/f", "x {$response.body#/g}"])),
        json!({"f": [6], "g": "h"})
    );
    assert_eq!(
        seen(json!({"type": "jsonpath", "context": "$response.body#/a", "selector": "$.b[-1]"})),
        json!({"a": {"b": [1, {"c": 2, "d": 3}, 4]}})
    );
    assert_eq!(seen(json!("$response.body.f.length")), json!({"f": [6]}));
    assert_eq!(seen(json!("$inputs.a")), json!({}));
    assert_eq!(seen(json!("$response.body")), body);
    let several = json!({"one": "$response.body#/a/e", "two": "$response.body#/a"});
    assert_eq!(seen(several), json!({"a": body["a"]}));
}

#[test]
fn a_text_that_is_json_itself_is_looked_into() {
    let kind = spola::expression::CriterionKind::JsonPath;
    assert!(on_body(
        kind,
        "$.a[?@.b == 1]",
        json!({"a": [{"b": 1, "c": 2}]})
    ));
    let inner = json!({"a": {"b": 1}}).to_string();
    let context = context_of(&json!({"policy": inner, "other": 1}));
    let (template, parts) = wanted_by(
        &json!({"type": "jsonpath", "context": "$response.body#/policy", "selector": "$.a.b"}),
    );
    let limited = limited(&context, parts);
    assert_eq!(limited["response"]["body"], json!({"policy": inner}));
    let value = template.evaluate(&ContextScope::new(&limited));
    assert_eq!(value, Ok(Some(json!(1))));
}

#[test]
fn a_body_that_is_not_plainly_right_is_read_whole_or_refused_as_before() {
    let (_, parts) = wanted_by(&json!("$response.body#/a"));
    let parts = parts.settled();
    let headers = || vec![("content-type".to_owned(), "application/json".to_owned())];
    let deep = format!("{{\"b\":{}{},\"a\":1}}", "[".repeat(200), "]".repeat(200));
    for text in [
        r#"{"a":1,"b":2}"#,
        r#"{"b":"\ud83d\ude00","a":1}"#,
        r#"{"b":"\ud83d","a":1}"#,
        r#"{"\u0061":1,"b":{"a":2}}"#,
        r#"{"a":1,"b":01}"#,
        r#"{"a":1,"b":1.}"#,
        r#"{"a":1,"b":-}"#,
        r#"{"a":1,"b":1e5,"c":-0.0E+1}"#,
        r#"{"a":1,"b":[1,]}"#,
        r#"{"a":1,"b":{,}}"#,
        r#"{"a":1,"b":{"c"}}"#,
        r#"{"a":1,"b":{"c":}}"#,
        r#"{"a":1,"b":[}"#,
        r#"{"a":1,"b":tru}"#,
        r#"{"a":1,"b":nul}"#,
        r#"{"a":1,"b":"\x"}"#,
        r#"{"a":1,"b":"\u12"}"#,
        "{\"a\":1,\"b\":\"\u{1}\"}",
        "{\"a\":1,\"b\":\"long enough to go by eights\u{1f}\"}",
        "{\"a\":1,\"b\":\"ä and ü and \u{1F600} and \u{7f}\"}",
        r#"{"a":1,"a":2}"#,
        r#"{"a":{"x":1},"b":1,"a":[2]}"#,
        r#"{"a":1} x"#,
        r#"{"a":1"#,
        r#"{"a":1,"b":"#,
        r#"{"a":"#,
        r#"{"a""#,
        r#"{"#,
        r#" "#,
        r#"[{"a":1}]"#,
        r#""a""#,
        r#" { "a" : [ ] , "b" : { } } "#,
        &deep,
    ] {
        let whole = Response::new(200, headers(), text.as_bytes().to_vec());
        let part = whole.clone();
        part.read_parts(&parts);
        match (whole.value(), part.value()) {
            (Ok(whole), Ok(part)) => {
                let of = |value: Option<&Value>| value.and_then(|value| value.get("a").cloned());
                assert_eq!(of(part), of(whole), "{text}");
                assert_eq!(part.is_some(), whole.is_some(), "{text}");
            }
            (whole, part) => assert_eq!(part, whole, "{text}"),
        }
    }
    let bytes = Response::new(200, headers(), b"{\"a\":1,\"b\":\"\xff\"}".to_vec());
    bytes.read_parts(&parts);
    assert!(bytes.value().is_err());
}
