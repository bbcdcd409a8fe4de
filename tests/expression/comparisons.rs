//! JSONPath criteria: queries, and comparisons read as such.

use serde_json::{Value, json};
use spola::Diagnostic;
use spola::expression::{CriterionKind, EvalKind, evaluate_text};

use super::{STRICT, V1_1, codes, criterion, judged, on_body};

const PATH: CriterionKind = CriterionKind::JsonPath;

fn passes(condition: &str, body: Value) -> bool {
    on_body(PATH, condition, body)
}

fn warnings(condition: &str) -> Vec<&'static str> {
    codes(&criterion(PATH, Some("$response.body"), condition, V1_1).unwrap())
}

#[test]
fn az_crit_50_and_51_a_query_passes_when_it_selects_something() {
    assert!(passes("$.pets[*]", json!({"pets": [1]})));
    assert!(!passes("$.pets[*]", json!({"pets": []})));
    assert!(passes("$.a", json!({"a": null})));
    assert!(passes("$.a", json!({"a": false})));
}

#[test]
fn az_crit_52_and_53_filters_test_the_children_and_are_typed() {
    for body in [json!([{"a": 1}]), json!({"x": {"a": 1}})] {
        assert!(passes("$[?@.a == 1]", body));
    }
    assert!(passes("$[?length(@.name) > 2]", json!([{"name": "abc"}])));
    assert!(!passes("$[?@.s == 'A']", json!([{"s": "a"}])));
    let strict = criterion(PATH, Some("$response.body"), "$[?@.a == 1]", STRICT).unwrap();
    let context = json!({"response": {"body": {"a": 1}}});
    let scope = spola::expression::ContextScope::new(&context);
    assert!(!strict.value.judge(&scope).passed);
}

#[test]
fn sil_02_a_filter_on_an_object_is_tried_on_the_object_itself() {
    assert!(passes("$[?@.a == 1]", json!({"a": 1})));
    assert!(passes(
        "$[?@.access_token != null]",
        json!({"access_token": "t"})
    ));
    assert!(!passes("$[?@.a == 1].a", json!({"a": 1})));
    assert!(!passes("$[?@.a == 1]", json!([[{"a": 1}]])));
    assert_eq!(
        warnings("$[?count(@.pets) > 0]"),
        ["expression.count-of-one"]
    );
    assert_eq!(warnings("$[?count(@.pets[*]) > 0]"), [""; 0]);
}

#[test]
fn az_crit_54_an_invalid_query_is_refused_and_an_empty_body_fails() {
    let error = criterion(PATH, Some("$response.body"), "$.a[", V1_1).unwrap_err();
    assert_eq!(error.code(), "expression.bad-query");
    assert!(!judged(PATH, "$.a", &json!({"response": {}})).passed);
}

#[test]
fn az_crit_55_text_is_data_only_in_a_json_body() {
    let text =
        json!({"response": {"headers": {"Content-Type": "text/plain"}, "body": "{\"a\":1}"}});
    let judgement = judged(PATH, "$.a", &text);
    assert_eq!(judgement.reason.unwrap().code(), "expression.not-json");
    let json = json!({"response": {"headers": {"content-type": "application/x-amz-json-1.1"}, "body": "{\"a\":1}"}});
    assert!(judged(PATH, "$.a", &json).passed);
}

#[test]
fn az_crit_56_and_sil_01_a_comparison_is_read_as_one() {
    let some = json!({"repositories": [{}]});
    let none = json!({"repositories": []});
    assert!(passes("$.repositories.length > 0", some.clone()));
    assert!(!passes("$.repositories.length > 0", none.clone()));
    assert!(passes("$.repositories.length == 0", none));
    assert!(passes("$.nextToken != null", json!({"nextToken": "t"})));
    assert!(passes("$.nextToken == null", json!({})));
    assert!(passes("$.nextToken == null", json!({"nextToken": null})));
    assert_eq!(
        warnings("$.nextToken == null"),
        ["expression.comparison-criterion"]
    );
    let strict = criterion(PATH, Some("$response.body"), "$.a == 1", STRICT).unwrap_err();
    assert_eq!(strict.code(), "expression.comparison-criterion");
    let building = "$.image.state.status != \"AVAILABLE\" && $.image.state.status != \"FAILED\"";
    assert!(passes(
        building,
        json!({"image": {"state": {"status": "BUILDING"}}})
    ));
    assert!(!passes(
        building,
        json!({"image": {"state": {"status": "FAILED"}}})
    ));
}

#[test]
fn sil_01_a_length_of_nothing_is_no_number() {
    for condition in [
        "$.a.length > 0",
        "$.a.length == 0",
        "$.a.length != 0",
        "$.a.length < 1",
    ] {
        assert!(!passes(condition, json!({})), "{condition}");
        assert!(!passes(condition, json!({"a": 5})), "{condition}");
    }
    assert!(passes("$.a.length == 7", json!({"a": {"length": 7}})));
    assert!(passes("$.a.length == 2", json!({"a": "äö"})));
    assert!(passes("$.a.length == 1", json!({"a": {"x": 1}})));
    assert!(passes("length($.a) == 2", json!({"a": [1, 2]})));
    let parsed = criterion(PATH, Some("$url"), "$.a.b.length > 0", V1_1).unwrap();
    assert_eq!(parsed.warnings[0].fix().unwrap().1, "$.a.b[*]");
    let parsed = criterion(PATH, Some("$url"), "$.a.length == 0", V1_1).unwrap();
    assert_eq!(parsed.warnings[0].fix().unwrap().1, "$[?length($.a) == 0]");
}

#[test]
fn sil_03_a_comparison_tells_letter_case_and_types_apart() {
    assert!(!passes("$.s == 'a'", json!({"s": "A"})));
    assert!(!passes("$.n == '1'", json!({"n": 1})));
    assert!(passes("$.n == 1.0", json!({"n": 1})));
    assert!(!passes("$.s < 3", json!({"s": "1"})));
    assert!(passes("$.s >= 'a'", json!({"s": "b"})));
}

#[test]
fn comparisons_are_joined_negated_and_grouped() {
    let body = json!({"a": 1, "b": [{"c": "x"}], "f": false});
    assert!(passes(
        "($.a == 2 || $.b[0].c == \"x\") && !($.a > 1)",
        body.clone()
    ));
    assert!(passes("$['b'][-1]['c'] == 'x'", body.clone()));
    assert!(passes("$.f && $.a == 1", body.clone()));
    assert!(!passes("$.none && $.a == 1", body.clone()));
    assert!(passes("@.a == 1", body));
}

#[test]
fn pointers_and_bare_words_are_operands_too() {
    assert!(passes("#/petId == 4", json!({"petId": 4})));
    assert!(passes(
        "$.status == available",
        json!({"status": "available"})
    ));
    assert!(warnings("$.status == available").contains(&"expression.unquoted-string"));
}

#[test]
fn expressions_are_values_in_a_comparison() {
    let context = json!({"inputs": {"want": "x\" || true", "id": 4, "yes": true},
        "response": {"body": {"s": "ok", "id": 4}}});
    for (condition, want) in [
        ("$.id == $inputs.id", true),
        ("$.id == {$inputs.id}", true),
        ("$.s == \"{$inputs.want}\"", false),
        ("$.id == \"{$inputs.id}\"", false),
        ("$inputs.yes", true),
        ("$inputs.id == 4", true),
        ("{$inputs.none}", false),
    ] {
        assert_eq!(
            judged(PATH, condition, &context).passed,
            want,
            "{condition}"
        );
    }
}

#[test]
fn az_crit_63_and_64_embedded_values_cannot_change_a_query() {
    let context = |want: Value| json!({"inputs": {"want": want}, "response": {"body": [{"s": "ok", "n": 3}, {"s": "it's"}]}});
    for (condition, want, passed) in [
        ("$[?@.s == \"{$inputs.want}\"]", json!("ok"), true),
        ("$[?@.s == '{$inputs.want}']", json!("it's"), true),
        ("$[?@.s == \"{$inputs.want}\"]", json!("x\" || true"), false),
        (
            "$[?@.s == \"{$inputs.want}\"]",
            json!("x\" || @.s != \"x"),
            false,
        ),
        ("$[?@.s == {$inputs.want}]", json!("ok"), true),
        ("$[?@.n == {$inputs.want}]", json!(3), true),
        ("$[{$inputs.want}]", json!(1), true),
        ("$[{$inputs.want}]", json!(2), false),
    ] {
        let judgement = judged(PATH, condition, &context(want));
        assert_eq!(judgement.passed, passed, "{condition}: {judgement:?}");
    }
    let structure = judged(PATH, "$[?@.s == {$inputs.want}]", &context(json!([])));
    assert_eq!(
        structure.reason.unwrap().code(),
        "expression.embedded-structure"
    );
    let missing = judged(PATH, "$[?@.s == {$inputs.none}]", &context(json!(1)));
    assert_eq!(missing.reason.unwrap().code(), "expression.unresolved");
}

#[test]
fn paths_that_select_more_than_one_thing_are_not_compared() {
    for condition in ["$.items[*].id == 3", "$..id == 3"] {
        assert!(criterion(PATH, Some("$response.body"), condition, V1_1).is_err());
    }
    let error = criterion(PATH, Some("$response.body"), "$.a contains 'x'", V1_1).unwrap_err();
    assert_eq!(error.code(), "expression.unknown-operator");
}

#[test]
fn eval_judges_and_selects_on_the_given_context() {
    let context = json!({"context": {"items": [{"id": 1}, {"id": 2}]}, "inputs": {"i": 2}});
    let eval = |text, kind| evaluate_text(text, kind, &context, V1_1).unwrap().value;
    assert_eq!(eval("$.items[*].id", EvalKind::Query), json!([1, 2]));
    assert_eq!(
        eval("$.items[?@.id == {$inputs.i}].id", EvalKind::Query),
        json!([2])
    );
    assert_eq!(eval("$.items.length == 2", EvalKind::JsonPath), json!(true));
    assert_eq!(eval("\"id\":1", EvalKind::Regex), json!(true));
    assert_eq!(eval("i = {$inputs.i}", EvalKind::String), json!("i = 2"));
    assert_eq!(eval("$inputs.none", EvalKind::Expression), Value::Null);
    assert_eq!(eval("$inputs.i == 2", EvalKind::Simple), json!(true));
    assert!(evaluate_text("/a", EvalKind::XPath, &context, V1_1).is_err());
}
