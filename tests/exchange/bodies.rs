//! Payloads in every media type.

use std::borrow::Cow;

use serde_json::{Value, json};
use spola::exchange::{Operation, Payload, build, choose_content_type, fingerprint, is_json};
use spola::message::Request;

use super::{BASE, Header, argument, code, header, operation, request, sent, with_body};

#[test]
fn az_step_40_and_41_the_content_type_is_the_given_or_the_declared_one() {
    let aws = with_body(json!({ "application/x-amz-json-1.1": {} }));
    assert_eq!(
        sent(&aws, None, json!({ "a": 1 })).0,
        "application/x-amz-json-1.1"
    );
    let given = sent(&aws, Some("application/x-amz-json-1.0"), json!({ "a": 1 }));
    assert_eq!(
        given,
        ("application/x-amz-json-1.0".into(), r#"{"a":1}"#.into())
    );
}

#[test]
fn sil_33_of_several_media_types_structures_take_json_and_strings_the_first() {
    let several =
        with_body(json!({ "text/csv": {}, "application/vnd.x+json": {}, "application/json": {} }));
    assert_eq!(
        choose_content_type(&several, false),
        "application/vnd.x+json"
    );
    assert_eq!(choose_content_type(&several, true), "text/csv");
    let form = with_body(json!({ "application/x-www-form-urlencoded": {}, "text/csv": {} }));
    assert_eq!(
        choose_content_type(&form, false),
        "application/x-www-form-urlencoded"
    );
    let none = operation("/items", json!({}));
    assert_eq!(sent(&none, None, json!([1])).0, "application/json");
    assert_eq!(
        sent(&none, None, json!("x")),
        ("text/plain; charset=utf-8".into(), "x".into())
    );
    let any = with_body(json!({ "*/*": {} }));
    assert_eq!(sent(&any, None, json!({})).0, "application/json");
    assert_eq!(sent(&any, None, json!("x")).0, "text/plain; charset=utf-8");
}

#[test]
fn sil_34_an_explicit_content_type_header_wins() {
    let call = with_body(json!({ "application/json": {} }));
    let arguments = [argument(
        Header,
        "content-type",
        json!("application/x-www-form-urlencoded"),
    )];
    let payload = Payload::Value {
        content_type: Some("application/json"),
        value: Cow::Owned(json!({ "a": 1 })),
    };
    let request = build(&call, BASE, &arguments, Some(payload)).unwrap();
    assert_eq!(
        header(&request, "content-type"),
        "application/x-www-form-urlencoded"
    );
    assert_eq!(request.body(), b"a=1");
}

#[test]
fn az_step_46_structures_are_json_in_every_json_media_type() {
    let call = operation("/items", json!({}));
    for name in [
        "application/json",
        "application/problem+json; v=1",
        "application/x-amz-json-1.1",
    ] {
        assert!(is_json(name), "{name}");
        let (content_type, body) = sent(
            &call,
            Some(name),
            json!({ "b": [null, 1.50], "a": "\u{e9}" }),
        );
        assert_eq!(
            (content_type.as_str(), body.as_str()),
            (name, "{\"b\":[null,1.5],\"a\":\"\u{e9}\"}")
        );
    }
    for name in ["text/plain", "application/xml", "+json", "json", ""] {
        assert!(!is_json(name), "{name}");
    }
}

#[test]
fn az_step_47_an_object_becomes_a_form() {
    let call = operation("/items", json!({}));
    let form = "application/x-www-form-urlencoded";
    assert_eq!(
        sent(&call, Some(form), json!({ "a": "x y", "b": 1 })).1,
        "a=x+y&b=1"
    );
    let value = json!({ "a": ["1&2", true], "o": { "k": 1 }, "n": null, "e": "" });
    assert_eq!(
        sent(&call, Some(form), value).1,
        "a=1%262&a=true&o=%7B%22k%22%3A1%7D&e="
    );
}

#[test]
fn a_form_follows_the_encodings_of_its_properties() {
    let form = "application/x-www-form-urlencoded";
    let call = with_body(json!({ form: { "encoding": {
        "list": { "explode": false },
        "deep": { "style": "deepObject", "explode": true },
        "raw": { "allowReserved": true },
        "json": { "contentType": "application/json" },
    } } }));
    let value = json!({ "list": [1, 2], "deep": { "k": "v w" }, "raw": "a/b", "json": [1, 2] });
    assert_eq!(
        sent(
            &call,
            Some("application/x-www-form-urlencoded; charset=utf-8"),
            value
        )
        .1,
        "list=1,2&deep%5Bk%5D=v+w&raw=a/b&json=%5B1%2C2%5D"
    );
}

#[test]
fn az_step_48_and_sil_73_a_string_is_sent_as_it_is_in_every_media_type() {
    let call = operation("/items", json!({}));
    let text = "{\"a\":1}\n";
    for name in [
        "application/json",
        "application/xml",
        "multipart/mixed; boundary=x",
        "image/png",
    ] {
        assert_eq!(
            sent(&call, Some(name), json!(text)),
            (name.into(), text.into())
        );
    }
}

#[test]
fn az_step_52_and_sil_76_nothing_is_invented() {
    let call = with_body(json!({ "application/x-amz-json-1.1": { "example": { "a": 1 } } }));
    let request = request(&call, &[]).unwrap();
    assert!(request.body().is_empty());
    assert!(request.headers().is_empty());
}

#[test]
fn multipart_forms_are_the_same_bytes_every_time() {
    let schema = json!({ "properties": {
        "file": { "type": "string", "format": "binary" },
        "more": { "type": "array", "items": { "type": "string", "contentMediaType": "image/png" } },
    } });
    let encoding = json!({ "note": { "contentType": "text/markdown, text/plain" } });
    let call =
        with_body(json!({ "multipart/form-data": { "schema": schema, "encoding": encoding } }));
    let value = json!({ "na\"me": "x", "n": 1, "note": "# n", "o": { "k": 1 }, "skip": null,
        "file": "plain", "more": ["data:image/png;base64,iVBORw==", "b"], "tags": ["s", "t"] });
    let payload = || Payload::Value {
        content_type: None,
        value: Cow::Owned(value.clone()),
    };
    let request = build(&call, BASE, &[], Some(payload())).unwrap();
    let boundary = header(&request, "content-type")
        .strip_prefix("multipart/form-data; boundary=")
        .unwrap();
    let text = String::from_utf8_lossy(request.body())
        .replace(boundary, "B")
        .replace("\r\n", "\n");
    let part = |head: &str, body: &str| {
        format!("--B\nContent-Disposition: form-data; name={head}\n\n{body}\n")
    };
    let want = [
        part("\"na%22me\"", "x"),
        part("\"n\"", "1"),
        part("\"note\"\nContent-Type: text/markdown", "# n"),
        part("\"o\"\nContent-Type: application/json", r#"{"k":1}"#),
        part(
            "\"file\"; filename=\"file\"\nContent-Type: application/octet-stream",
            "plain",
        ),
        part(
            "\"more\"; filename=\"more\"\nContent-Type: image/png",
            "\u{fffd}PNG",
        ),
        part(
            "\"more\"; filename=\"more\"\nContent-Type: application/octet-stream",
            "b",
        ),
        part("\"tags\"", "s"),
        part("\"tags\"", "t"),
        "--B--\n".to_owned(),
    ];
    assert_eq!(text, want.concat());
    let again = build(&call, BASE, &[], Some(payload())).unwrap();
    assert_eq!(fingerprint(&request), fingerprint(&again));
    let own = sent(
        &call,
        Some("multipart/form-data; boundary=\"own\""),
        json!({ "n": 1 }),
    );
    assert_eq!(own.0, "multipart/form-data; boundary=\"own\"");
    assert!(own.1.starts_with("--own\r\n") && own.1.ends_with("--own--\r\n"));
}

#[test]
fn bytes_come_from_strings_or_data_urls_where_the_schema_says_bytes() {
    let data = json!("data:application/zip;base64,AP8B");
    let send = |operation: &Operation, value: Value| {
        let payload = Payload::Value {
            content_type: None,
            value: Cow::Owned(value),
        };
        build(operation, BASE, &[], Some(payload))
    };
    let binary = json!({ "schema": { "type": "string", "format": "binary" } });
    for media in [binary, json!({}), json!({ "schema": {} })] {
        let call = with_body(json!({ "application/octet-stream": media }));
        assert_eq!(send(&call, data.clone()).unwrap().body(), &[0, 255, 1]);
        assert_eq!(
            send(&call, json!("\u{e9}")).unwrap().body(),
            "\u{e9}".as_bytes()
        );
        assert_eq!(
            code(send(&call, json!("data:x;base64,???"))),
            "exchange.bad-data-url"
        );
    }
    let encoded = json!({ "schema": { "type": "string", "contentEncoding": "base64" } });
    let call = with_body(json!({ "application/octet-stream": encoded }));
    assert_eq!(
        send(&call, data.clone()).unwrap().body(),
        data.as_str().unwrap().as_bytes()
    );
}

#[test]
fn a_payload_without_a_form_in_its_media_type_is_refused() {
    let call = operation("/items", json!({}));
    let send = |name, value| {
        let payload = Payload::Value {
            content_type: Some(name),
            value: Cow::Owned(value),
        };
        build(&call, BASE, &[], Some(payload))
    };
    for (name, value) in [
        ("application/xml", json!({ "a": 1 })),
        ("application/x-www-form-urlencoded", json!([1])),
        ("multipart/form-data", json!([1])),
        ("multipart/form-data", json!(1)),
        ("multipart/mixed", json!({})),
        ("image/png", json!(null)),
    ] {
        assert_eq!(
            code(send(name, value)),
            "exchange.unsupported-body",
            "{name}"
        );
    }
    assert_eq!(send("text/csv", json!(1.5)).unwrap().body(), b"1.5");
    assert_eq!(
        send("text/plain", json!({ "a": 1 })).unwrap().body(),
        br#"{"a":1}"#
    );
    for name in ["a\r\nb: c/d", "", "json", "caf\u{e9}/x"] {
        assert_eq!(
            code(send(name, json!("x"))),
            "exchange.bad-content-type",
            "{name:?}"
        );
    }
}

#[test]
fn bytes_that_are_written_already_are_sent_as_they_are() {
    let call = with_body(json!({ "text/csv": {}, "application/json": {} }));
    let payload = Payload::Bytes {
        content_type: None,
        bytes: b"{ }".to_vec(),
    };
    let request = build(&call, BASE, &[], Some(payload)).unwrap();
    assert_eq!(header(&request, "content-type"), "application/json");
    assert_eq!(request.body(), b"{ }");
}

#[test]
fn a_fingerprint_tells_requests_apart() {
    let build = |uri: &str, header: &str, body: &str| {
        let mut request = Request::new("GET", uri, body.as_bytes().to_vec()).unwrap();
        request.set_header("a", header).unwrap();
        fingerprint(&request)
    };
    let first = build("https://h/p?q", "1", "12345678");
    assert_eq!(first, build("https://h/p?q", "1", "12345678"));
    for other in [
        build("https://h/p?", "1", "12345678"),
        build("https://h/p", "1", "12345678"),
        build("https://h/p?r", "1", "12345678"),
        build("http://h/p?q", "1", "12345678"),
        build("https://h/p?q", "11", "2345678"),
        build("https://h/p?q", "1", "12345678\0"),
    ] {
        assert_ne!(first, other);
    }
}

#[test]
fn az_step_50_a_body_on_get_is_sent() {
    let call = with_body(json!({ "application/json": {} }));
    assert_eq!(call.method, "GET");
    assert_eq!(sent(&call, None, json!({ "a": 1 })).1, r#"{"a":1}"#);
}

#[test]
fn az_step_20_a_null_payload_is_a_payload() {
    let call = with_body(json!({ "application/json": {} }));
    let (content_type, body) = sent(&call, None, json!(null));
    assert_eq!(
        (content_type.as_str(), body.as_str()),
        ("application/json", "null")
    );
}
