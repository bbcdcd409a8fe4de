//! Answers: headers, values, delays, AWS errors.

use std::time::Duration;

use serde_json::{Value, json};
use spola::Diagnostic;
use spola::exchange::{ExchangeError, Operation, Response};

use super::{JSON, answer, response};

#[test]
fn az_expr_08_and_09_headers_are_found_in_any_letter_case_and_joined() {
    let answer = response(
        &[
            ("A", "1"),
            ("Set-Cookie", "x=1"),
            ("a", "2"),
            ("SET-COOKIE", "y=2"),
            ("A", "3"),
        ],
        b"",
    );
    assert_eq!(answer.header("a").unwrap(), "1, 2, 3");
    assert_eq!(answer.header("Set-cookie").unwrap(), "x=1");
    assert_eq!(answer.header("b"), None);
    assert_eq!(answer.headers()[0].0, "a");
}

#[test]
fn az_expr_07_and_sil_35_json_media_types_are_parsed_others_are_text() {
    let value =
        |headers: &[(&str, &str)], body: &[u8]| response(headers, body).value().unwrap().cloned();
    for name in [
        "application/json",
        "Application/X-Amz-Json-1.1",
        "application/hal+json; charset=utf-8",
    ] {
        assert_eq!(
            value(&[("content-type", name)], b"\xEF\xBB\xBF{\"a\":1} "),
            Some(json!({ "a": 1 }))
        );
    }
    assert_eq!(
        value(&[("content-type", "text/plain")], b"{}"),
        Some(json!("{}"))
    );
    assert_eq!(value(&[], b" [1]"), Some(json!([1])));
    assert_eq!(value(&[], b"{oops"), Some(json!("{oops")));
    assert_eq!(value(&[], b"12"), Some(json!("12")));
    assert_eq!(value(&[JSON], b""), None);
    assert_eq!(value(&[JSON], b" \n"), None);
    assert_eq!(value(&[JSON], b"null"), Some(Value::Null));
    let digits = value(&[JSON], b"123456789012345678901234567890.0").unwrap();
    assert_eq!(digits.to_string(), "123456789012345678901234567890.0");
}

#[test]
fn text_is_read_in_its_charset() {
    let text = |charset: &str, body: &[u8]| {
        response(
            &[("content-type", &format!("text/plain; charset={charset}"))],
            body,
        )
        .text()
    };
    assert_eq!(text("utf-8", "\u{feff}\u{e9}".as_bytes()), "\u{e9}");
    assert_eq!(text("\"ISO-8859-1\"", b"\xC3\xA9"), "\u{c3}\u{a9}");
    assert_eq!(text("utf-8", b"caf\xE9"), "caf\u{e9}");
    assert_eq!(text("utf-16", b"\xFF\xFEa\0b\0"), "ab");
    assert_eq!(text("utf-16be", b"\0a\0b"), "ab");
    let latin = response(
        &[("content-type", "application/json; charset=latin1")],
        b"\"\xE9\"",
    );
    assert_eq!(latin.value().unwrap(), Some(&json!("\u{e9}")));
}

#[test]
fn malformed_and_truncated_json_say_where() {
    let error = |body: &[u8]| response(&[JSON], body).value().unwrap_err();
    for (body, offset) in [
        (&b"{\"a\":1,\n \"b\":x}"[..], 13),
        (b"{} x", 3),
        (b"[1,]", 3),
        (b"\"\xff\"", 1),
    ] {
        let error = error(body);
        assert_eq!(error.code(), "exchange.malformed-json", "{body:?}");
        let told = format!("not JSON at byte {offset}: ");
        assert!(error.to_string().starts_with(&told), "{body:?}: {error}");
    }
    for body in [&b"{\"a\": [1, 2"[..], b"\"abc", b"tru", b"[1,"] {
        assert_eq!(error(body).code(), "exchange.truncated-json", "{body:?}");
    }
}

#[test]
fn json_nested_over_512_levels_is_refused_before_it_is_parsed() {
    let nested = |depth: usize| [vec![b'['; depth], vec![b']'; depth]].concat();
    // The stack that a WebAssembly module has.
    let on_a_small_stack = std::thread::Builder::new()
        .stack_size(1 << 20)
        .spawn(move || {
            let deepest = response(&[JSON], &nested(512));
            assert!(deepest.value().unwrap().is_some());
            let objects = [r#"{"a":"#.repeat(512), "1".into(), "}".repeat(512)].concat();
            assert!(response(&[JSON], objects.as_bytes()).value().is_ok());
            for headers in [&[JSON][..], &[]] {
                let error = response(headers, &nested(513)).value().unwrap_err();
                assert_eq!(error.code(), "exchange.too-deep");
            }
            let error = response(&[JSON], &vec![b'['; 10_000_000])
                .value()
                .unwrap_err();
            assert_eq!(error.code(), "exchange.too-deep");
        });
    on_a_small_stack.unwrap().join().unwrap();
    let text = json!({ "text": "[".repeat(2_000) + "\\\"" + &"{".repeat(2_000) }).to_string();
    assert!(response(&[JSON], text.as_bytes()).value().is_ok());
    let error = response(&[JSON], b"[[[]]]")
        .with_max_depth(2)
        .value()
        .unwrap_err();
    assert_eq!(error.to_string(), "the JSON is nested over 2 levels");
}

#[test]
fn az_act_38_and_sil_56_the_delay_is_read_in_all_its_forms() {
    const NOW: (&str, &str) = ("Date", "Sun, 06 Nov 1994 08:49:37 GMT");
    let seconds = |seconds| Some(Duration::from_secs(seconds));
    for (headers, want) in [
        (vec![("Retry-After", "2")], seconds(2)),
        (vec![("Retry-After", " 0 ")], seconds(0)),
        (
            vec![("retry-after", "Sun, 06 Nov 1994 08:49:40 GMT"), NOW],
            seconds(3),
        ),
        (
            vec![("retry-after", "Sunday, 06-Nov-94 08:50:37 GMT"), NOW],
            seconds(60),
        ),
        (
            vec![("retry-after", "Sun Nov  6 09:49:37 1994"), NOW],
            seconds(3_600),
        ),
        (vec![("retry-after", "Sun, 06 Nov 1994 08:49:40 GMT")], None),
        (
            vec![("retry-after", "Sun, 06 Nov 1994 08:49:36 GMT"), NOW],
            None,
        ),
        (vec![("retry-after", "-1")], None),
        (vec![("retry-after", "1.5")], None),
        (vec![("retry-after", "soon")], None),
        (vec![("retry-after", "99999999999999999999999")], None),
        (
            vec![("retry-after", "9"), ("X-Amz-Retry-After", "1500")],
            Some(Duration::from_millis(1_500)),
        ),
        (
            vec![("retry-after", "9"), ("x-amz-retry-after", "no")],
            seconds(9),
        ),
        (vec![], None),
    ] {
        assert_eq!(
            answer(503, &headers, b"").retry_after(),
            want,
            "{headers:?}"
        );
    }
    assert_eq!(answer(400, &[NOW], b"").date(), Some(784_111_777));
}

#[test]
fn aws_errors_are_found_wherever_the_service_puts_them() {
    const ID: (&str, &str) = ("x-amzn-RequestId", "r-1");
    let error =
        |headers: &[(&str, &str)], body: &str| answer(400, headers, body.as_bytes()).aws_error();
    let want = "RepositoryNotFoundException";
    for (headers, body) in [
        (
            vec![JSON],
            r#"{"__type":"RepositoryNotFoundException","message":"m"}"#,
        ),
        (
            vec![JSON],
            r#"{"__type":"com.amazonaws.ecr#RepositoryNotFoundException","Message":"m"}"#,
        ),
        (
            vec![JSON],
            r#"{"__type":"RepositoryNotFoundException:http://internal/#x","message":"m"}"#,
        ),
        (
            vec![JSON],
            r#"{"code":"RepositoryNotFoundException","message":"m"}"#,
        ),
        (
            vec![("X-Amzn-ErrorType", "RepositoryNotFoundException:http://x/")],
            r#"{"message":"m"}"#,
        ),
        (
            vec![("X-Amzn-ErrorType", "ns#RepositoryNotFoundException"), JSON],
            r#"{"__type":"Other","message":"m"}"#,
        ),
        (
            vec![("content-type", "text/xml")],
            "<Error><Code>RepositoryNotFoundException</Code><Message>m</Message><RequestId>r-1</RequestId></Error>",
        ),
    ] {
        let headers = [headers, vec![ID]].concat();
        let found = error(&headers, body).unwrap();
        assert_eq!(
            (
                found.code.as_str(),
                found.message.as_deref(),
                found.request_id.as_deref()
            ),
            (want, Some("m"), Some("r-1"))
        );
    }
    assert_eq!(error(&[("content-type", "text/html")], "<html>"), None);
    assert_eq!(error(&[JSON], "{oops"), None);
    assert_eq!(error(&[], ""), None);
    let fine = response(&[JSON], br#"{"code":"x"}"#);
    assert_eq!(fine.aws_error(), None);
}

#[test]
fn an_answer_can_be_shared_between_threads() {
    fn shared<T: Send + Sync>() {}
    shared::<Response>();
    shared::<Operation>();
    shared::<ExchangeError>();
    let answer = answer(204, &[("A", "1")], b"x");
    assert_eq!(answer.media_type(), None);
    assert_eq!(
        answer.into_parts(),
        (204, vec![("a".into(), "1".into())], b"x".to_vec())
    );
}
