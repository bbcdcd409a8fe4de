//! Payloads, parameter values, outputs.

use serde_json::{Value, json};
use spola::Diagnostic;
use spola::expression::{ContextScope, Dialect, Template};

use super::{STRICT, V1_0, V1_1};

fn context() -> Value {
    json!({"inputs": {"n": 3, "f": 1.5, "t": true, "nul": null, "o": {"a": 1}, "s": "$inputs.secret",
        "odd": "a\"b\\c\u{1}\n\u{7f}é", "l": [1, 2]},
        "response": {"headers": {"content-type": "application/json"},
            "body": {"items": [{"id": 1}, {"id": 2}], "user": {"email": "e"}}},
        "steps": {"c": {"outputs": {"id": "x", "text": "plain"}}}})
}

fn parse(value: &Value, dialect: Dialect) -> (Template, Vec<&'static str>) {
    let parsed = Template::parse(value, dialect).unwrap_or_else(|error| panic!("{error:?}"));
    let codes = parsed.warnings.iter().map(|(_, one)| one.code()).collect();
    (parsed.value, codes)
}

/// The value, which both ways of evaluating have to give.
fn fill(value: &Value) -> Option<Value> {
    let (template, _) = parse(value, V1_1);
    let (context, mut json) = (context(), b"before".to_vec());
    let scope = ContextScope::new(&context);
    let filled = template.evaluate(&scope).unwrap();
    let written = template.write_json(&scope, &mut json).unwrap();
    let want = filled
        .as_ref()
        .map(|value| serde_json::to_vec(value).unwrap());
    assert_eq!(written.then(|| json[6..].to_vec()), want, "{value}");
    filled
}

fn error(value: &Value) -> &'static str {
    let (template, _) = parse(value, V1_1);
    let context = context();
    let scope = ContextScope::new(&context);
    let mut out = b"before".to_vec();
    let error = template.write_json(&scope, &mut out).unwrap_err();
    assert_eq!(out, b"before");
    assert_eq!(template.evaluate(&scope).unwrap_err(), error);
    error.code()
}

fn refused(value: &Value, dialect: Dialect) -> Vec<(String, &'static str)> {
    let errors = Template::parse(value, dialect).unwrap_err();
    errors
        .iter()
        .map(|(place, error)| (place.to_string(), error.code()))
        .collect()
}

#[test]
fn az_step_42_to_44_and_az_expr_23_expressions_are_filled_in_at_any_depth_with_their_type() {
    assert_eq!(
        fill(&json!({"a": [{"b": "$inputs.n"}], "c": "text", "o": "$inputs.o"})),
        Some(json!({"a": [{"b": 3}], "c": "text", "o": {"a": 1}}))
    );
    assert_eq!(fill(&json!("$inputs.o")), Some(json!({"a": 1})));
}

#[test]
fn az_step_49_keys_are_never_expressions() {
    assert_eq!(
        fill(&json!({"$inputs.n": 1, "x": "$inputs.n"})),
        Some(json!({"$inputs.n": 1, "x": 3}))
    );
}

#[test]
fn az_step_51_and_sil_20_missing_members_and_items_are_left_out() {
    assert_eq!(
        fill(
            &json!({"y": 1, "m": "$inputs.none", "f": {"t": "$inputs.none"}, "l": ["$inputs.none", 2, "$inputs.none", "$inputs.n"]})
        ),
        Some(json!({"y": 1, "f": {}, "l": [2, 3]}))
    );
    assert_eq!(
        fill(&json!({"m": "$inputs.none", "y": 1})),
        Some(json!({"y": 1}))
    );
    assert_eq!(fill(&json!("$inputs.none")), None);
    assert_eq!(fill(&json!({"a": "$inputs.nul"})), Some(json!({"a": null})));
}

#[test]
fn az_expr_25_values_are_not_scanned_again() {
    assert_eq!(fill(&json!("$inputs.s")), Some(json!("$inputs.secret")));
    assert_eq!(
        fill(&json!("<{$inputs.s}>")),
        Some(json!("<$inputs.secret>"))
    );
}

#[test]
fn az_expr_30_to_33_and_az_step_45_embedded_values_become_text() {
    for (text, want) in [
        (
            "https://h/{$inputs.n}/a/{$steps.c.outputs.id}",
            "https://h/3/a/x",
        ),
        ("n={$inputs.n}", "n=3"),
        ("n={$inputs.f}", "n=1.5"),
        ("n={$inputs.t}", "n=true"),
        ("n={$inputs.nul}", "n=null"),
        ("{$inputs.o}{$inputs.l}", "{\"a\":1}[1,2]"),
        ("{$inputs.odd}\"", "a\"b\\c\u{1}\n\u{7f}é\""),
        ("{\"id\":\"{$inputs.n}\"}", "{\"id\":\"3\"}"),
    ] {
        assert_eq!(fill(&json!(text)), Some(json!(want)), "{text}");
    }
    let (_, codes) = parse(&json!("a {$inputs.n}"), V1_0);
    assert_eq!(codes, [""; 0]);
}

#[test]
fn az_expr_34_and_sil_31_other_braces_are_text() {
    for text in [
        "{\"a\": {}}",
        "{$bogus}",
        "{$}",
        "{$5}",
        "a } {",
        "scope=$inputs.scope}",
        "{$ {$",
    ] {
        assert_eq!(fill(&json!(text)), Some(json!(text)), "{text}");
    }
    assert_eq!(
        parse(&json!("{$bogus}"), V1_1).1,
        ["expression.braces-literal"]
    );
    assert_eq!(
        parse(&json!("scope=$inputs.scope"), V1_1).1,
        ["expression.bare-expression"]
    );
    assert_eq!(
        refused(&json!({"a": ["{$steps.s.x}"]}), V1_1),
        [("/a/0".into(), "expression.malformed")]
    );
    let many = "{$".repeat(100_000);
    assert_eq!(fill(&json!(many)), Some(json!(many)));
}

#[test]
fn az_expr_35_and_sil_36_a_whole_string_in_braces_gives_text() {
    assert_eq!(fill(&json!("{$inputs.n}")), Some(json!("3")));
}

#[test]
fn az_expr_36_and_sil_23_a_missing_embedded_value_is_an_error() {
    assert_eq!(error(&json!("a-{$inputs.none}")), "expression.unresolved");
    assert_eq!(
        error(&json!({"x": [1, "a-{$inputs.none}"]})),
        "expression.unresolved"
    );
}

#[test]
fn constants_are_kept_whole() {
    let value = json!({"a": [1, {"b": "c"}], "d": "$5.00"});
    let (template, _) = parse(&value, V1_1);
    assert_eq!(template.constant(), Some(&value));
    let context = json!({});
    let scope = ContextScope::new(&context);
    let found = template.value(&scope).unwrap().unwrap();
    assert!(matches!(found, std::borrow::Cow::Borrowed(_)));
    let (template, _) = parse(&json!("$inputs.n"), V1_1);
    assert_eq!(template.as_expression().unwrap().to_string(), "$inputs.n");
    assert_eq!(
        Template::literal(json!("$inputs.n")).constant(),
        Some(&json!("$inputs.n"))
    );
}

#[test]
fn every_malformed_expression_is_told_with_its_place() {
    let value = json!({"a": "$inputs.", "b": ["$steps.s.x", "fine"], "c/d": "$env.X"});
    assert_eq!(
        refused(&value, V1_0),
        [
            ("/a".into(), "expression.malformed"),
            ("/b/0".into(), "expression.malformed"),
            ("/c~1d".into(), "expression.unknown-root")
        ]
    );
}

#[test]
fn literals_that_look_like_slips_are_sent_with_a_warning() {
    let (_, codes) = parse(
        &json!({"a": "$.x", "b": "$5.00", "c": "$inputs.a and b"}),
        V1_0,
    );
    assert_eq!(
        codes,
        ["expression.dollar-literal", "expression.bare-expression"]
    );
    assert_eq!(fill(&json!({"a": "$.x"})), Some(json!({"a": "$.x"})));
    assert_eq!(refused(&json!("$.x"), STRICT).len(), 1);
}

#[test]
fn az_sel_01_to_06_selectors_take_values_out_of_their_context() {
    let select = |selector: &str, kind: &str| {
        fill(&json!({"x": {"context": "$response.body", "selector": selector, "type": kind}}))
    };
    assert_eq!(select("$.user.email", "jsonpath"), Some(json!({"x": "e"})));
    assert_eq!(
        select("$.items[*].id", "jsonpath"),
        Some(json!({"x": [1, 2]}))
    );
    assert_eq!(select("$.none[*].id", "jsonpath"), Some(json!({"x": []})));
    assert_eq!(select("$.none", "jsonpath"), Some(json!({})));
    assert_eq!(
        select("/user/email", "jsonpointer"),
        Some(json!({"x": "e"}))
    );
    assert_eq!(select("/none", "jsonpointer"), Some(json!({})));
    let text = json!({"context": "$steps.c.outputs.text", "selector": "$", "type": "jsonpath"});
    assert_eq!(fill(&text), None);
}

#[test]
fn az_sel_02_and_03_selectors_are_checked() {
    let selector =
        |kind: Value| json!({"context": "$response.body", "selector": "$.a", "type": kind});
    assert_eq!(
        refused(&selector(json!("regex")), V1_1),
        [(String::new(), "expression.unknown-type")]
    );
    assert_eq!(
        refused(
            &selector(json!({"type": "xpath", "version": "xpath-10"})),
            V1_1
        ),
        [(String::new(), "expression.unsupported-xpath")]
    );
    assert_eq!(
        parse(&selector(json!("jsonpath")), V1_0).1,
        ["expression.newer-version"]
    );
    let strict = Dialect {
        strict: true,
        ..V1_0
    };
    assert_eq!(refused(&selector(json!("jsonpath")), strict).len(), 1);
}

#[test]
fn az_sel_08_and_sil_41_an_object_is_a_selector_only_with_an_expression_as_context() {
    let value = json!({"context": "prod", "selector": "a", "type": "b"});
    assert_eq!(fill(&value), Some(value.clone()));
    assert_eq!(parse(&value, V1_1).1, ["expression.not-a-selector"]);
    let more = json!({"context": "$inputs.n", "selector": "a", "type": "jsonpath", "more": 1});
    assert_eq!(
        fill(&more),
        Some(json!({"context": 3, "selector": "a", "type": "jsonpath", "more": 1}))
    );
    let extended = json!({"context": "$response.body", "selector": "/user/email", "type": "jsonpointer", "x-a": 1});
    assert_eq!(fill(&extended), Some(json!("e")));
}

#[test]
fn az_sel_09_expressions_are_embedded_in_selectors() {
    let by = |selector: &str, kind: &str| json!({"context": "$response.body", "selector": selector, "type": kind});
    let query = by("$.items[{$inputs.l#/0}].id", "jsonpath");
    assert_eq!(fill(&query), Some(json!(2)));
    let pointer = by("/items/{$inputs.l#/0}/id", "jsonpointer");
    assert_eq!(fill(&pointer), Some(json!(2)));
}

#[test]
fn templates_tell_and_bind_what_they_refer_to() {
    let (mut template, _) = parse(
        &json!({"a": "$steps.c.outputs.id", "b": ["x{$inputs.n}"]}),
        V1_0,
    );
    template.bind(&mut |step| step.index = Some(2));
    let mut places = Vec::new();
    template.visit(&mut |place, _| places.push(place.to_string()));
    assert_eq!(places, ["/a", "/b/0"]);
    let texts: Vec<_> = template
        .expressions()
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(texts, ["$steps.c.outputs.id", "$inputs.n"]);
}

#[test]
fn deep_values_are_refused() {
    let mut value = json!("$url");
    for _ in 0..300 {
        value = json!([value]);
    }
    assert_eq!(refused(&value, V1_1)[0].1, "expression.too-deep");
}
