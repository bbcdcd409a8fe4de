//! Parameters in every style and place.

use serde_json::{Value, json};
use spola::Diagnostic;
use spola::exchange::{build, parse_json};

use super::{
    BASE, Cookie, Header, InPath, Query, Querystring, argument, code, header, operation, request,
    target, with_parameter,
};

/// OpenAPI 3.0.4 and 3.1.1, Style Examples: style, explode, then what the empty
/// string, "blue", the array and the object become; `n/a` is not specified.
const STYLES: &str = "
matrix         false ;color  ;color=blue  ;color=blue,black,brown              ;color=R,100,G,200,B,150
matrix         true  ;color  ;color=blue  ;color=blue;color=black;color=brown  ;R=100;G=200;B=150
label          false .       .blue        .blue,black,brown                    .R,100,G,200,B,150
label          true  .       .blue        .blue.black.brown                    .R=100.G=200.B=150
simple         false empty   blue         blue,black,brown                     R,100,G,200,B,150
simple         true  empty   blue         blue,black,brown                     R=100,G=200,B=150
form           false color=  color=blue   color=blue,black,brown               color=R,100,G,200,B,150
form           true  color=  color=blue   color=blue&color=black&color=brown   R=100&G=200&B=150
spaceDelimited false n/a     n/a          color=blue%20black%20brown           color=R%20100%20G%20200%20B%20150
pipeDelimited  false n/a     n/a          color=blue%7Cblack%7Cbrown           color=R%7C100%7CG%7C200%7CB%7C150
deepObject     true  n/a     n/a          n/a                                  color%5BR%5D=100&color%5BG%5D=200&color%5BB%5D=150
";

fn colors() -> [Value; 4] {
    [
        json!(""),
        json!("blue"),
        json!(["blue", "black", "brown"]),
        json!({ "R": 100, "G": 200, "B": 150 }),
    ]
}

#[test]
fn every_style_writes_what_the_openapi_table_says() {
    let mut cells = 0;
    for row in STYLES.lines().filter(|row| !row.is_empty()) {
        let words: Vec<&str> = row.split_whitespace().collect();
        let in_path = matches!(words[0], "matrix" | "label" | "simple");
        let place = if in_path { "path" } else { "query" };
        let declared = json!({ "name": "color", "in": place, "style": words[0], "explode": words[1] == "true" });
        let path = if in_path { "/c/x{color}" } else { "/c" };
        let operation = operation(path, json!({ "parameters": [declared] }));
        for (want, value) in words[2..]
            .iter()
            .zip(colors())
            .filter(|(want, _)| **want != "n/a")
        {
            cells += 1;
            if *want == "empty" {
                let empty = request(&operation, &[(InPath, "color", value)]);
                assert_eq!(code(empty), "exchange.empty-path-parameter");
                continue;
            }
            let (location, want) = match in_path {
                true => (InPath, format!("/c/x{want}")),
                false => (Query, format!("/c?{want}")),
            };
            assert_eq!(
                target(&operation, &[(location, "color", value)]),
                want,
                "{row}"
            );
        }
    }
    assert_eq!(cells, 37);
}

#[test]
fn headers_and_cookies_have_their_own_styles() {
    let cell = |place: &str, explode: bool, style: &str, value: &Value| {
        let declared = json!({ "name": "color", "in": place, "explode": explode, "style": style });
        let (location, name) = match place {
            "header" => (Header, "color"),
            _ => (Cookie, "cookie"),
        };
        let request = request(
            &with_parameter(declared),
            &[(location, "color", value.clone())],
        )
        .unwrap();
        header(&request, name).to_owned()
    };
    let [empty, text, list, object] = &colors();
    for (explode, of_object) in [(false, "R,100,G,200,B,150"), (true, "R=100,G=200,B=150")] {
        assert_eq!(cell("header", explode, "simple", empty), "");
        assert_eq!(cell("header", explode, "simple", text), "blue");
        assert_eq!(cell("header", explode, "simple", list), "blue,black,brown");
        assert_eq!(cell("header", explode, "simple", object), of_object);
    }
    for style in ["form", "cookie"] {
        assert_eq!(cell("cookie", true, style, empty), "color=");
        assert_eq!(cell("cookie", true, style, text), "color=blue");
        assert_eq!(
            cell("cookie", true, style, list),
            "color=blue; color=black; color=brown"
        );
        assert_eq!(cell("cookie", true, style, object), "R=100; G=200; B=150");
        assert_eq!(cell("cookie", false, style, list), "color=blue,black,brown");
        assert_eq!(
            cell("cookie", false, style, object),
            "color=R,100,G,200,B,150"
        );
    }
}

#[test]
fn delimiters_inside_values_are_encoded_and_null_is_left_out() {
    let form = with_parameter(json!({ "name": "a", "in": "query", "explode": false }));
    let value = json!(["x,y", null, true, { "k": [1] }]);
    assert_eq!(
        target(&form, &[(Query, "a", value)]),
        "/items?a=x%2Cy,true,%7B%22k%22%3A%5B1%5D%7D"
    );
    for nothing in [json!(null), json!([]), json!({}), json!([null])] {
        assert_eq!(
            target(
                &form,
                &[(Query, "a", nothing.clone()), (Header, "a", nothing)]
            ),
            "/items"
        );
    }
    let deep = with_parameter(
        json!({ "name": "f", "in": "query", "style": "deepObject", "explode": true }),
    );
    let value = json!({ "a": { "b": 1 }, "c": [1, 2], "d": null });
    assert_eq!(
        target(&deep, &[(Query, "f", value)]),
        "/items?f%5Ba%5D%5Bb%5D=1&f%5Bc%5D=1&f%5Bc%5D=2"
    );
}

#[test]
fn numbers_keep_their_digits() {
    let number = parse_json(b"12345678901234567890.10", 1).unwrap();
    let get = operation("/items/{id}", json!({}));
    assert_eq!(
        target(&get, &[(InPath, "id", number)]),
        "/items/12345678901234567890.10"
    );
}

#[test]
fn parameters_with_content_are_written_in_that_media_type() {
    let content = json!({ "application/json": {} });
    let query = with_parameter(json!({ "name": "q", "in": "query", "content": content }));
    assert_eq!(
        target(&query, &[(Query, "q", json!({ "a": [1, "x"] }))]),
        "/items?q=%7B%22a%22%3A%5B1%2C%22x%22%5D%7D"
    );
    assert_eq!(
        target(&query, &[(Query, "q", json!("{}"))]),
        "/items?q=%7B%7D"
    );
    let head = with_parameter(json!({ "name": "X-Q", "in": "header", "content": content }));
    let request = request(&head, &[(Header, "x-q", json!({ "a": 1 }))]).unwrap();
    assert_eq!(header(&request, "x-q"), r#"{"a":1}"#);
}

#[test]
fn allow_reserved_keeps_reserved_characters_but_cannot_end_the_value() {
    let declared = json!({ "name": "p", "in": "query", "allowReserved": true });
    let operation = with_parameter(declared);
    assert_eq!(
        target(
            &operation,
            &[(Query, "p", json!("/a:b?c=[d]@!$'()*+,; %20%#&x"))]
        ),
        "/items?p=/a:b?c=[d]@!$'()*+,;%20%20%25%23%26x"
    );
}

#[test]
fn az_step_23_a_path_value_cannot_add_segments() {
    let get = operation("/items/{id}/x", json!({}));
    assert_eq!(
        target(&get, &[(InPath, "id", json!("a/b"))]),
        "/items/a%2Fb/x"
    );
    assert_eq!(
        target(&get, &[(InPath, "id", json!("a?b#c%2f\u{e9}"))]),
        "/items/a%3Fb%23c%252f%C3%A9/x"
    );
}

#[test]
fn az_step_24_a_path_variable_without_a_value_is_refused() {
    let get = operation("/items/{id}", json!({}));
    let error = request(&get, &[]).unwrap_err();
    assert_eq!(error.to_string(), "missing path parameter `id`");
    let error = request(&get, &[(InPath, "Id", json!(1))]).unwrap_err();
    assert_eq!(
        error.help().unwrap(),
        "`Id` was given; the path has no such variable"
    );
}

#[test]
fn az_sec_06_values_cannot_change_the_path_or_split_a_header() {
    let get = operation("/items/{id}", json!({}));
    let two = operation("/items/{a}{b}/x", json!({}));
    for dots in [".", ".."] {
        assert_eq!(
            code(request(&get, &[(InPath, "id", json!(dots))])),
            "exchange.dot-segment"
        );
    }
    let pair = [(InPath, "a", json!(".")), (InPath, "b", json!("."))];
    assert_eq!(code(request(&two, &pair)), "exchange.dot-segment");
    assert_eq!(
        target(&get, &[(InPath, "id", json!("%2e%2e"))]),
        "/items/%252e%252e"
    );
    for empty in [json!(""), json!(null), json!([])] {
        assert_eq!(
            code(request(&get, &[(InPath, "id", empty)])),
            "exchange.empty-path-parameter"
        );
    }
    for bad in ["a\r\nX: 1", "a\nb", "a\u{0}", "\u{7f}", "caf\u{e9}", "a\rb"] {
        let error = request(
            &get,
            &[(InPath, "id", json!(1)), (Header, "X-A", json!(bad))],
        )
        .unwrap_err();
        assert_eq!(error.code(), "exchange.bad-header-value", "{bad:?}");
    }
    for bad in ["", "a b", "a:b", "a\r\nb", "\u{e9}"] {
        let error =
            request(&get, &[(InPath, "id", json!(1)), (Header, bad, json!(1))]).unwrap_err();
        assert_eq!(error.code(), "exchange.bad-header-name", "{bad:?}");
    }
    for framing in ["Host", "Content-Length", "transfer-encoding", "Connection"] {
        let error = request(
            &get,
            &[(InPath, "id", json!(1)), (Header, framing, json!("x"))],
        )
        .unwrap_err();
        assert_eq!(error.code(), "exchange.framing-header", "{framing}");
    }
}

#[test]
fn az_step_25_query_values_are_encoded() {
    let list = operation("/items", json!({}));
    assert_eq!(
        target(&list, &[(Query, "q", json!("a b&c"))]),
        "/items?q=a%20b%26c"
    );
    assert_eq!(
        target(&list, &[(Query, "a[b]&", json!("1+1"))]),
        "/items?a%5Bb%5D%26=1%2B1"
    );
}

#[test]
fn az_step_26_undeclared_arrays_and_objects_take_the_default_of_their_place() {
    let list = operation("/items/{p}", json!({}));
    let arguments = [
        (InPath, "p", json!(["a", "b"])),
        (Query, "ids", json!([1, 2])),
        (Query, "o", json!({ "k": "v" })),
        (Header, "h", json!({ "k": "v", "l": "w" })),
        (Cookie, "c", json!([1, 2])),
    ];
    let request = request(&list, &arguments).unwrap();
    assert_eq!(
        request.url().as_str().strip_prefix(BASE),
        Some("/items/a,b?ids=1&ids=2&k=v")
    );
    assert_eq!(header(&request, "h"), "k,v,l,w");
    assert_eq!(header(&request, "cookie"), "c=1; c=2");
}

#[test]
fn az_step_27_a_header_is_there_once_whatever_its_letter_case() {
    let call = operation("/items", json!({}));
    let target = "AmazonEC2ContainerRegistry_V20150921.PutImage";
    let twice = [
        (Header, "x-amz-target", json!("old")),
        (Header, "X-Amz-Target", json!(format!("  {target}\t"))),
    ];
    let request = request(&call, &twice).unwrap();
    assert_eq!(request.headers().len(), 1);
    assert_eq!(header(&request, "X-AMZ-TARGET"), target);
}

#[test]
fn az_step_28_cookies_go_into_one_header() {
    let call = operation("/items", json!({}));
    let cookies = [(Cookie, "a", json!(1)), (Cookie, "b", json!("x=/+;\" y"))];
    let built = request(&call, &cookies).unwrap();
    assert_eq!(header(&built, "cookie"), "a=1; b=x=/+%3B%22%20y");
    let with_header = [(Header, "Cookie", json!("z=0")), (Cookie, "a", json!(1))];
    assert_eq!(
        header(&request(&call, &with_header).unwrap(), "cookie"),
        "z=0; a=1"
    );
}

#[test]
fn az_step_29_a_querystring_is_the_whole_query() {
    let list = operation("/items", json!({}));
    let text = json!("f=a&s=x y%20z#{\u{e9}}");
    assert_eq!(
        target(&list, &[(Querystring, "q", text)]),
        "/items?f=a&s=x%20y%20z%23%7B%C3%A9%7D"
    );
    assert_eq!(target(&list, &[(Querystring, "q", json!(""))]), "/items");
}

#[test]
fn az_step_31_a_querystring_that_is_no_string_is_refused() {
    let list = operation("/items", json!({}));
    assert_eq!(
        code(request(&list, &[(Querystring, "q", json!({}))])),
        "exchange.querystring-not-text"
    );
}

#[test]
fn az_step_33_queries_of_server_and_path_are_kept_and_extended() {
    let list = operation("/items?v=2#list", json!({}));
    let b = [argument(Query, "b", json!(2))];
    for base in ["https://h/p?a=1", "https://h/p/?a=1#x"] {
        let request = build(&list, base, &b, None).unwrap();
        assert_eq!(request.url(), "https://h/p/items?a=1&v=2&b=2");
    }
    assert_eq!(
        build(&list, "https://h", &[], None).unwrap().url(),
        "https://h/items?v=2"
    );
}

#[test]
fn az_step_35_undeclared_parameters_are_sent() {
    let declared = with_parameter(json!({ "name": "known", "in": "query" }));
    let arguments = [
        (Query, "other", json!(1)),
        (Header, "X-Amz-Target", json!("T")),
        (Cookie, "c", json!(1)),
    ];
    let request = request(&declared, &arguments).unwrap();
    assert_eq!(request.url().query(), Some("other=1"));
    assert_eq!(request.headers().len(), 2);
}

#[test]
fn unusual_path_templates_are_filled() {
    let proxy = operation(
        "/files/{path+}/caf\u{e9} x",
        json!({ "parameters": [{ "name": "path", "in": "path" }] }),
    );
    assert_eq!(
        target(&proxy, &[(InPath, "path", json!("a b"))]),
        "/files/a%20b/caf%C3%A9%20x"
    );
    assert_eq!(target(&operation("no/slash", json!({})), &[]), "/no/slash");
    let long = "x".repeat(70_000);
    let list = operation("/items", json!({}));
    assert_eq!(
        code(request(&list, &[(Query, "q", json!(long))])),
        "exchange.bad-url"
    );
}
