//! JSONPath: the compliance suite, limits, places.

use std::path::Path;

use serde_json::{Value, json};
use spola::expression::{Query, QueryLimit, QueryReason};
use spola::pointer::Pointer;

fn query(text: &str) -> Query {
    Query::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn values(text: &str, value: &Value) -> Vec<Value> {
    let nodes = query(text).select(value).unwrap();
    nodes.into_iter().cloned().collect()
}

/// A place as the suite writes it: a normalized path, RFC 9535, section 2.7.
fn normalized(root: &Value, place: &Pointer) -> String {
    let mut out = String::from("$");
    let mut here = root;
    let mut so_far = Pointer::default();
    for token in place.tokens() {
        if here.is_array() {
            out += &format!("[{token}]");
        } else {
            out += "['";
            for c in token.chars() {
                out += &match c {
                    '\'' | '\\' => format!("\\{c}"),
                    '\u{8}' => "\\b".into(),
                    '\u{c}' => "\\f".into(),
                    '\n' => "\\n".into(),
                    '\r' => "\\r".into(),
                    '\t' => "\\t".into(),
                    c if c < ' ' => format!("\\u{:04x}", u32::from(c)),
                    c => c.into(),
                };
            }
            out += "']";
        }
        so_far.push(token);
        here = so_far.resolve(root).unwrap();
    }
    out
}

/// Why a case of the suite fails.
fn judge(case: &Value) -> Result<(), String> {
    let text = case["selector"].as_str().unwrap();
    let parsed = Query::parse(text);
    if case["invalid_selector"] == true {
        return match parsed {
            Ok(_) => Err("accepted".into()),
            Err(error) if error.offset > text.len() => Err("offset beyond the end".into()),
            Err(_) => Ok(()),
        };
    }
    let query = parsed.map_err(|error| error.to_string())?;
    let document = &case["document"];
    let nodes = query.select(document).map_err(|error| error.to_string())?;
    let places = query
        .select_places(document)
        .map_err(|error| error.to_string())?;
    let found = json!(nodes);
    let paths: Value = places.iter().map(|p| normalized(document, p)).collect();
    let one_of = |single: &str, several: &str, got: &Value| match case.get(single) {
        Some(want) => want == got,
        None => case[several].as_array().unwrap().contains(got),
    };
    if !one_of("result", "results", &found) {
        return Err(format!("selected {found}"));
    }
    if !one_of("result_paths", "results_paths", &paths) {
        return Err(format!("places {paths}"));
    }
    if query.exists(document) != Ok(!nodes.is_empty()) {
        return Err("exists and select disagree".into());
    }
    if query.is_singular() && query.singular(document) != nodes.first().copied() {
        return Err("singular and select disagree".into());
    }
    Ok(())
}

#[test]
fn the_compliance_suite_of_rfc_9535_passes_wholly() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/suites/jsonpath/cts.json");
    let Ok(text) = std::fs::read_to_string(&file) else {
        #[allow(clippy::print_stderr)]
        {
            eprintln!("skipped: {} is not there", file.display());
        }
        return;
    };
    let suite: Value = serde_json::from_str(&text).unwrap();
    let cases = suite["tests"].as_array().unwrap();
    assert_eq!(cases.len(), 703);
    let failures: Vec<String> = cases
        .iter()
        .filter_map(|case| {
            let why = judge(case).err()?;
            Some(format!("{} {}: {why}", case["name"], case["selector"]))
        })
        .collect();
    assert!(
        failures.is_empty(),
        "{}:\n{}",
        failures.len(),
        failures.join("\n")
    );
}

#[test]
fn numbers_in_filters_are_compared_exactly() {
    let value: Value = serde_json::from_str(
        "[9007199254740993, 9007199254740992, 1e400, 100, 1E2, -0, 123456789012345678901]",
    )
    .unwrap();
    for (text, count) in [
        ("$[?@ == 9007199254740993]", 1),
        ("$[?@ == 9007199254740993.0]", 1),
        ("$[?@ > 123456789012345678900]", 2),
        ("$[?@ == 1e2]", 2),
        ("$[?@ == 0]", 1),
        ("$[?@ == -0]", 1),
        ("$[?length($) == 7]", 7),
        ("$[?length($) > 6.5]", 7),
        ("$[?count($[*]) <= 7e0]", 7),
    ] {
        assert_eq!(values(text, &value).len(), count, "{text}");
    }
}

#[test]
fn a_singular_query_is_read_from_the_beginning_of_a_condition() {
    for (text, taken) in [
        ("$.repositories.length > 0", "$.repositories.length"),
        ("$.a == null", "$.a"),
        ("$['x y'][-1] .b\n== 'c'", "$['x y'][-1] .b"),
        ("$ && $.b", "$"),
        ("$)", "$"),
    ] {
        let (query, length) = Query::parse_prefix(text).unwrap();
        assert_eq!(&text[..length], taken);
        assert_eq!(query.to_string(), taken);
        assert!(query.is_singular());
    }
    for text in ["$.a[*] > 1", "$..a", "$.a[0,1]", "$[?@.a]", "$.*", "$[1:2]"] {
        let error = Query::parse_prefix(text).unwrap_err();
        assert_eq!(error.reason, QueryReason::NotSingular, "{text}");
    }
    assert!(Query::parse_prefix("a == 1").is_err());
    let (query, _) = Query::parse_prefix("$.repositories.length > 0").unwrap();
    let value = json!({"repositories": [1, 2]});
    assert_eq!(query.last_name(), Some("length"));
    assert_eq!(query.parent(&value), Some(&json!([1, 2])));
    assert_eq!(query.singular(&value), None);
}

#[test]
fn a_query_tells_what_authors_get_wrong() {
    assert!(query("$[?count(@.pets) > 0]").is_filter_on_root());
    assert!(query("$[?count(@.pets) > 0]").has_count_of_singular());
    assert!(!query("$[?count(@.pets[*]) > 0]").has_count_of_singular());
    for text in ["$.a[?@.b]", "$[?@.a, ?@.b]", "$..[?@.a]", "$", "$[?@.a].b"] {
        assert!(!query(text).is_filter_on_root(), "{text}");
    }
    let lookahead = query("$[?match(@.a, '(?=x)')]");
    let (offset, error) = lookahead.bad_pattern().unwrap();
    assert_eq!(offset, 14);
    assert!(!error.to_string().is_empty());
    assert!(query("$[?match(@.a, '[a-z]+')]").bad_pattern().is_none());
}

#[test]
fn errors_say_what_is_wrong_and_where() {
    for (text, offset, message) in [
        ("$.a b", 3, "expected `.`, `..`, `[` or the end, found ` `"),
        (
            "$[?lenght(@.a) == 1]",
            3,
            "there is no function `lenght`; did you mean `length`?",
        ),
        (
            "$[?count(@.a)]",
            3,
            "the result of `count` must be compared",
        ),
        (
            "$[?match(@.a, 'x') == true]",
            3,
            "`match` is true or false and cannot be compared",
        ),
        (
            "$[?@.a[*] == 1]",
            3,
            "the path can select several nodes; only names and indexes may stand here",
        ),
        ("$[?true]", 3, "a literal alone is no test"),
        ("$[?match(@.a)]", 3, "`match` takes 2 arguments, not 1"),
        (
            "$[?count(1) > 0]",
            9,
            "the argument of `count` must be a path",
        ),
        (
            "$[01]",
            2,
            "expected an integer without leading zeros, found `0`",
        ),
        ("$['a", 4, "expected the closing quote, found the end"),
        ("$['\\x']", 3, "this escape means nothing in a string"),
        ("$[9007199254740992]", 2, "the index is beyond ±(2^53 - 1)"),
        ("x", 0, "expected `$`, found `x`"),
    ] {
        let error = Query::parse(text).unwrap_err();
        assert_eq!(
            (error.offset, error.to_string().as_str()),
            (offset, message),
            "{text}"
        );
    }
}

/// Runs on a stack as small as the one a browser gives.
fn on_a_small_stack(work: fn()) {
    std::thread::Builder::new()
        .stack_size(1 << 20)
        .spawn(work)
        .unwrap()
        .join()
        .unwrap();
}

#[test]
fn deep_queries_are_refused_in_linear_time() {
    on_a_small_stack(|| {
        for (open, inner, close) in [
            ("[?@", "", "]"),
            ("[?(@", "", ")]"),
            ("[?length(value(@", "", "))==1]"),
            ("[?!(@.a&&(@", "", "))]"),
        ] {
            let nest =
                |depth: usize| format!("${}{inner}{}", open.repeat(depth), close.repeat(depth));
            let error = Query::parse(&nest(100_000)).unwrap_err();
            assert!(error.reason == QueryReason::TooNested, "{error}");
            let ten = nest(10);
            let parsed = query(&ten).select(&json!([[[1]]])).is_ok();
            assert!(parsed, "{ten}");
        }
        let parentheses = format!("$[?{}@{}]", "(".repeat(63), ")".repeat(63));
        assert_eq!(values(&parentheses, &json!([1])), [json!(1)]);
        let filters = format!("${}{}", "[?@".repeat(64), "]".repeat(64));
        let mut value = json!(1);
        for _ in 0..64 {
            value = json!([value]);
        }
        assert_eq!(values(&filters, &value).len(), 1);
    });
}

#[test]
fn deep_values_and_long_queries_need_no_stack() {
    on_a_small_stack(|| {
        let mut value = json!({"end": 1});
        for _ in 0..512 {
            value = json!([value]);
        }
        assert_eq!(values("$..end", &value), [json!(1)]);
        assert_eq!(query("$..*").select_places(&value).unwrap().len(), 513);
        let long = format!("${}.end", "[*]".repeat(512));
        assert_eq!(values(&long, &value), [json!(1)]);
        assert!(query("$..[?@ == $[0]]").exists(&value).unwrap());
        let nested = query("$..[?$..[?@.end]]");
        assert_eq!(nested.select(&value).map(|nodes| nodes.len()), Ok(513));
        assert!(values(&format!("$.a{}", ".a".repeat(100_000)), &value).is_empty());
        let chain = format!("$[?@.a{}]", " || @.a".repeat(100_000));
        assert!(values(&chain, &json!([{"b": 1}])).is_empty());
    });
}

#[test]
fn hostile_queries_end_at_a_limit() {
    let mut value = json!(0);
    for _ in 0..16 {
        value = json!([value, value]);
    }
    for text in ["$..*..*..*..*", "$..[?count($..*..*) > 0]"] {
        assert_eq!(
            query(text).select(&value).err(),
            Some(QueryLimit::default()),
            "{text}"
        );
    }
    assert_eq!(query("$..*..*..*..*").exists(&value), Ok(true));
    let long = json!({"text": "a".repeat(50_000), "pattern": "b{5000}$"});
    for text in [
        "$[?search($.text, $.pattern)]",
        "$[?search($.text, 'b{5000}$')]",
    ] {
        assert!(query(text).select(&long).is_err(), "{text}");
    }
    assert_eq!(
        query("$[?search($.text, '(a+)+b')]").exists(&long),
        Ok(false)
    );
}

#[test]
fn any_text_is_parsed_without_panic() {
    const PARTS: [&str; 44] = [
        "$",
        "@",
        ".",
        "..",
        "[",
        "]",
        "(",
        ")",
        "?",
        "*",
        ",",
        ":",
        "'",
        "\"",
        "\\",
        "\\u",
        "D83D",
        "\\uDE00",
        "a",
        "é",
        "😀",
        "0",
        "-",
        "1",
        "9007199254740992",
        "e",
        "+",
        "==",
        "!=",
        "<",
        ">=",
        "&&",
        "||",
        "!",
        " ",
        "\n",
        "length(",
        "count(",
        "match(",
        "search(",
        "value(",
        "true",
        "null",
        "\u{0}",
    ];
    let document = json!({"a": [1, {"a": "é", "b": null}], "é": {"a": -1.5}});
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    let mut random = |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state >> 33).unwrap() % below
    };
    let seeds = ["$", "$[?", "$[?@.a==", "$..", "$[?match(@.a,'", ""];
    let mut accepted = 0;
    for _ in 0..20_000 {
        let mut text = String::from(seeds[random(seeds.len())]);
        for _ in 0..random(12) {
            text += PARTS[random(PARTS.len())];
        }
        for text in [&text, &format!("{text}]"), &format!("{text}')]")] {
            match Query::parse(text) {
                Ok(query) => {
                    accepted += 1;
                    let nodes = query.select(&document).unwrap();
                    let places = query.select_places(&document).unwrap();
                    for (node, place) in nodes.iter().zip(&places) {
                        assert_eq!(place.resolve(&document), Some(*node), "{text}");
                    }
                    assert_eq!(nodes.len(), places.len(), "{text}");
                    assert_eq!(Query::parse(&query.to_string()).unwrap(), query);
                }
                Err(error) => {
                    assert!(text.is_char_boundary(error.offset), "{text}: {error}");
                    assert!(!error.to_string().is_empty());
                }
            }
            if let Ok((query, length)) = Query::parse_prefix(text) {
                assert_eq!(query.to_string(), text[..length]);
            }
        }
    }
    assert!(accepted > 500, "{accepted}");
}
