//! Simple conditions, and what all criteria share.

use serde_json::{Value, json};
use spola::Diagnostic;
use spola::expression::{ContextScope, CriterionKind};

use super::{
    SIMPLE, STRICT, V1_0, V1_1, codes, criterion, judged, lenient, on_body, refusal, simple,
};

fn body(body: Value) -> Value {
    json!({"statusCode": 200, "response": {"body": body}})
}

#[test]
fn az_crit_02_and_73_types_are_the_four() {
    let named = |name, version| CriterionKind::named(name, version, V1_1);
    assert_eq!(named("regex", None).unwrap().value, CriterionKind::Regex);
    for name in ["glob", "jsonpointer"] {
        assert_eq!(
            named(name, None).unwrap_err().code(),
            "expression.unknown-type"
        );
    }
    assert_eq!(
        named("jsonPath", None).unwrap_err().help().unwrap(),
        "did you mean `jsonpath`?"
    );
}

#[test]
fn az_crit_57_71_and_72_versions_are_checked() {
    let named = |name, version, dialect| CriterionKind::named(name, Some(version), dialect);
    let draft = named("jsonpath", "draft-goessner-dispatch-jsonpath-00", V1_0);
    assert_eq!(draft.unwrap_err().code(), "expression.unsupported-version");
    assert_eq!(
        codes(&named("jsonpath", "rfc9535", V1_0).unwrap()),
        ["expression.newer-version"]
    );
    assert_eq!(codes(&named("jsonpath", "rfc9535", V1_1).unwrap()), [""; 0]);
    assert!(named("xpath", "xpath-10", V1_0).is_ok());
    assert!(named("xpath", "xpath-40", V1_0).is_err());
}

#[test]
fn az_crit_03_and_sil_12_a_type_needs_a_context() {
    let missing = criterion(CriterionKind::JsonPath, None, "$.a", V1_1).unwrap_err();
    assert_eq!(missing.code(), "expression.missing-context");
    let simple = CriterionKind::Simple { explicit: true };
    let parsed = criterion(simple, None, "$statusCode == 200", STRICT).unwrap();
    assert_eq!(codes(&parsed), ["expression.simple-without-context"]);
    let parsed = criterion(simple, Some("$statusCode"), "$statusCode == 200", STRICT).unwrap();
    assert_eq!(codes(&parsed), [""; 0]);
}

#[test]
fn az_crit_05_what_cannot_be_evaluated_fails_with_a_reason() {
    let judgement = judged(CriterionKind::Regex, ".*", &json!({}));
    assert!(!judgement.passed);
    assert_eq!(
        judgement.reason.unwrap().code(),
        "expression.no-context-value"
    );
}

#[test]
fn az_crit_06_and_10_unknown_operators_are_found_when_parsing() {
    for (condition, help) in [
        ("$statusCode = 200", "write `==`"),
        ("$statusCode === 200", "write `==`"),
        ("$statusCode <> 200", "write `!=`"),
        ("$statusCode == 200 and $method == 'GET'", "write `&&`"),
        ("$statusCode == 200 or $statusCode == 201", "write `||`"),
        (
            "$statusCode in [200,201]",
            "write one `==` for each value, joined by `||`",
        ),
        ("$method =~ 'x'", "use `type: regex`"),
        ("$statusCode & 1", "write `&&`"),
    ] {
        assert_eq!(
            refusal(condition),
            ("expression.unknown-operator", help.into())
        );
    }
    for condition in [
        "$response.body.url contains \"x\"",
        "$url matches 'a'",
        "$statusCode + 1",
    ] {
        let (code, help) = refusal(condition);
        assert_eq!(code, "expression.unknown-operator");
        assert!(help.starts_with("the operators are `==`"), "{help}");
    }
}

#[test]
fn az_crit_11_precedence_is_not_then_comparison_then_and_then_or() {
    let none = json!({});
    assert!(simple("false && false || true", &none));
    assert!(simple("true || false && false", &none));
    assert!(!simple("(true || false) && false", &none));
    assert!(simple("!false && true", &none));
    assert!(simple("!(1 == 2)", &none));
    assert!(simple("!!true", &none));
    assert!(simple("(1) == 1 && (1 == 1) == true", &none));
    assert_eq!(
        refusal("!$inputs.a == true").0,
        "expression.malformed-condition"
    );
}

#[test]
fn az_crit_12_comparisons_are_not_chained() {
    for condition in ["1 < $statusCode < 3", "1 < 2 < 3", "$url == 'a' == 'b'"] {
        assert_eq!(refusal(condition).0, "expression.malformed-condition");
    }
}

#[test]
fn az_crit_13_blanks_are_insignificant() {
    for condition in [
        "$statusCode==200",
        " $statusCode \t ==\n 200 ",
        "($statusCode==200)&&true",
    ] {
        assert!(simple(condition, &body(json!({}))), "{condition}");
    }
    assert!(!simple("'a b' == 'ab'", &json!({})));
}

#[test]
fn az_crit_14_literals_are_lower_case() {
    assert!(simple(
        "$response.body#/ok == true",
        &body(json!({"ok": true}))
    ));
    for (condition, meant) in [("$url == True", "true"), ("$url == undefined", "null")] {
        assert_eq!(refusal(condition).1, format!("did you mean `{meant}`?"));
    }
    assert_eq!(refusal("True").0, "expression.malformed-condition");
}

#[test]
fn az_crit_15_numbers_are_those_of_json() {
    assert!(simple(
        "$response.body#/n >= -1.5e1",
        &body(json!({"n": -15}))
    ));
    for number in ["0x10", "+1", ".5", "1.", "01"] {
        let (code, _) = refusal(&format!("$inputs.n == {number}"));
        assert_eq!(code, "expression.malformed-condition", "{number}");
    }
}

#[test]
fn az_crit_16_a_doubled_quote_is_one_quote() {
    assert!(simple(
        "$response.body#/s == 'it''s'",
        &body(json!({"s": "it's"}))
    ));
    assert!(simple("'' == ''''''  || '' == ''", &json!({})));
    assert_eq!(refusal("$url == 'open").0, "expression.malformed-condition");
}

#[test]
fn az_crit_17_and_sil_11_double_quotes_are_read_with_a_warning() {
    let context = body(json!({"s": "a\"b"}));
    let (passed, codes) = lenient(r#"$response.body#/s == "a\"b""#, &context);
    assert!(passed);
    assert_eq!(codes, ["expression.double-quotes"]);
    let refused = criterion(SIMPLE, None, "$url == \"a\"", STRICT).unwrap_err();
    assert_eq!(refused.code(), "expression.double-quotes");
    assert_eq!(refused.fix().unwrap(), (8..11, "'a'"));
}

#[test]
fn az_crit_18_and_sil_48_string_comparisons_ignore_case() {
    let context = body(json!({"s": "AVAILABLE", "u": "ÄÖ", "i": "İ"}));
    assert!(simple("'available' == $response.body#/s", &context));
    assert!(!simple("'available' != $response.body#/s", &context));
    assert!(simple("'äö' == $response.body#/u", &context));
    assert!(simple("'i' == $response.body#/i", &context));
    assert!(simple("'B' > 'a' && 'b' > 'A'", &context));
}

#[test]
fn az_crit_19_and_sil_07_a_numeric_string_counts_as_a_number_beside_one() {
    let context = json!({"statusCode": 200, "response": {"headers": {"X-Rate-Limit": "25"}}});
    assert!(simple("$response.header.X-Rate-Limit > 10", &context));
    assert!(simple("$statusCode == '200'", &context));
    assert!(simple("$statusCode == ' 200.0 '", &context));
    assert!(simple("'10' < '9'", &context));
    assert!(!simple("$statusCode == 'ok'", &context));
    assert!(simple("$statusCode != 'ok'", &context));
    assert!(!simple(
        "$statusCode < 'ok' || $statusCode >= 'ok'",
        &context
    ));
}

#[test]
fn az_crit_20_null_equals_only_null() {
    for (condition, want) in [
        ("null == null", true),
        ("null == 0", false),
        ("null == ''", false),
        ("null < 1", false),
        ("null <= null", false),
        ("null == false", false),
    ] {
        assert_eq!(simple(condition, &json!({})), want, "{condition}");
    }
}

#[test]
fn az_crit_21_and_22_missing_counts_as_null() {
    assert!(simple(
        "$response.body#/data != null",
        &body(json!({"data": 1}))
    ));
    assert!(!simple("$response.body#/data != null", &body(json!({}))));
    assert!(!simple(
        "$response.body#/data != null",
        &body(json!({"data": null}))
    ));
    assert!(simple("$response.body#/0 == null", &body(json!([]))));
}

#[test]
fn az_crit_23_and_24_a_lone_operand_passes_when_truthy() {
    for (value, want) in [
        (json!(true), true),
        (json!(false), false),
        (json!(null), false),
        (json!(0), false),
        (json!(0.0), false),
        (json!(1), true),
        (json!(""), false),
        (json!("0"), true),
        (json!([]), true),
        (json!({}), true),
    ] {
        assert_eq!(
            simple("$response.body#/ok", &body(json!({"ok": value}))),
            want
        );
    }
    assert!(!simple("$response.body#/ok", &body(json!({}))));
    assert!(!simple("$response.body", &json!({})));
}

#[test]
fn az_crit_25_booleans_compare_with_booleans_alone() {
    let context = body(json!({"arr": [1], "o": {}}));
    for condition in [
        "true == 'true'",
        "true == 1",
        "true < false",
        "$response.body#/arr < 3",
        "$response.body#/arr <= $response.body#/arr",
    ] {
        assert!(!simple(condition, &context), "{condition}");
    }
    assert!(simple("true != 'true'", &context));
}

#[test]
fn az_crit_26_and_27_structures_compare_deeply_and_numbers_exactly() {
    let context = json!({"inputs": {"a": {"x": [1, "S"], "y": 2}, "b": {"y": 2.0, "x": [1, "S"]}, "c": {"x": [1, "s"], "y": 2}}});
    assert!(simple("$inputs.a == $inputs.b", &context));
    assert!(!simple("$inputs.a == $inputs.c", &context));
    assert!(simple("200 == 200.0", &context));
    assert!(!simple("9007199254740993 == 9007199254740992", &context));
}

#[test]
fn az_crit_28_and_29_members_and_elements_are_taken_without_error() {
    let context = json!({"response": {"body": {"count": 3, "list": [{"id": 7}]}},
        "steps": {"a": {"outputs": {"list": [{"id": 7}]}}}});
    assert!(simple("$response.body.count > 2", &context));
    assert!(simple("$steps.a.outputs.list[0].id == 7", &context));
    assert!(simple("$response.body.list[0].id==7", &context));
    for condition in [
        "$response.body.a.b == null",
        "$response.body.list[9] == null",
        "$response.body.count.x == null",
    ] {
        assert!(simple(condition, &context), "{condition}");
    }
}

#[test]
fn az_crit_31_and_sil_14_a_pointer_ends_at_a_blank_or_operator() {
    assert!(simple("$response.body#/a==1", &body(json!({"a": 1}))));
    assert!(simple(
        "$response.body#/a.b[0]==1",
        &body(json!({"a.b[0]": 1}))
    ));
    assert_eq!(
        refusal("$response.body#/a b == 1").0,
        "expression.malformed-condition"
    );
}

#[test]
fn az_crit_32_the_status_code_is_an_integer() {
    assert!(simple(
        "$statusCode >= 200 && $statusCode < 300",
        &body(json!({}))
    ));
}

#[test]
fn az_crit_33_and_sil_19_braces_around_a_condition_are_taken_off() {
    let context = json!({"statusCode": 401});
    for condition in [
        "{$statusCode == 401}",
        "{$statusCode} == 401",
        " { $statusCode == 401 } ",
    ] {
        let (passed, codes) = lenient(condition, &context);
        assert!(passed, "{condition}");
        assert_eq!(codes, ["expression.braces"]);
        assert!(criterion(SIMPLE, None, condition, STRICT).is_err());
    }
}

#[test]
fn az_crit_34_conditions_are_never_run_by_a_host_language() {
    let (code, _) = refusal("$inputs.x == 'a' || process.exit(1)");
    assert_eq!(code, "expression.malformed-condition");
}

#[test]
fn an_unquoted_string_is_the_rest_of_the_operand() {
    let context = json!({"statusCode": 200, "response": {"headers": {"Content-Type": "application/json"}, "body": {"s": "Not Ready", "t": "default"}}});
    let (passed, codes) = lenient(
        "$response.header.Content-Type == application/json",
        &context,
    );
    assert!(passed);
    assert_eq!(codes, ["expression.unquoted-string"]);
    let both = "$response.body#/s == Not Ready && $response.body#/t == default";
    assert!(lenient(both, &context).0);
    assert!(lenient("($response.body#/s == not ready)", &context).0);
    let parsed = criterion(SIMPLE, None, "$url == a b", V1_0).unwrap();
    assert_eq!(parsed.warnings[0].fix().unwrap(), (8..11, "'a b'"));
    assert!(criterion(SIMPLE, None, "$url == a", STRICT).is_err());
}

#[test]
fn sil_06_a_status_class_is_the_whole_class() {
    for (status, want) in [(200, true), (299, true), (300, false), (404, false)] {
        let context = json!({"statusCode": status});
        assert_eq!(
            lenient("$statusCode == 2XX", &context),
            (want, vec!["expression.status-class"])
        );
        assert_eq!(lenient("$statusCode != 2xx", &context).0, !want);
    }
    for condition in [
        "$statusCode == default",
        "$statusCode == 500%s",
        "$statusCode == OK",
    ] {
        assert_eq!(refusal(condition).0, "expression.malformed-condition");
    }
    assert!(criterion(SIMPLE, None, "$statusCode == 2XX", STRICT).is_err());
}

#[test]
fn a_context_without_type_is_not_looked_at() {
    let parsed = criterion(SIMPLE, Some("$response.body"), "$statusCode == 200", V1_0).unwrap();
    assert_eq!(codes(&parsed), ["expression.context-without-type"]);
    assert!(
        parsed
            .value
            .judge(&ContextScope::new(&body(json!({}))))
            .passed
    );
    assert!(!parsed.value.reads_response_body());
    assert!(criterion(SIMPLE, Some("$response.body"), "$statusCode == 200", STRICT).is_err());
}

#[test]
fn a_json_document_as_condition_is_compared_with_the_context() {
    let parsed = criterion(SIMPLE, Some("$response.body"), r#"{"a": [1, 2.0]}"#, V1_0).unwrap();
    assert_eq!(codes(&parsed), ["expression.json-condition"]);
    let passes = |value| parsed.value.judge(&ContextScope::new(&body(value))).passed;
    assert!(passes(json!({"a": [1.0, 2]})));
    assert!(!passes(json!({"a": [1]})));
}

#[test]
fn a_query_without_type_says_what_it_needs() {
    let (code, help) = refusal("$.data[*]");
    assert_eq!(code, "expression.malformed-condition");
    assert_eq!(
        help,
        "did you mean `type: jsonpath` with `context: $response.body`?"
    );
}

#[test]
fn a_length_in_a_simple_condition_is_the_length_of_the_list() {
    let context = body(json!({"items": [1], "o": {"length": 9}}));
    let (passed, codes) = lenient("$response.body.items.length > 0", &context);
    assert!(passed);
    assert_eq!(codes, ["expression.length"]);
    assert!(lenient("$response.body.o.length == 9", &context).0);
    assert!(!lenient("$response.body.none.length > 0", &context).0);
}

#[test]
fn slips_in_a_condition_are_told_with_their_place() {
    let error = criterion(
        SIMPLE,
        None,
        "$statusCode == 200 && $response.body#x == 1",
        V1_1,
    )
    .unwrap_err();
    assert_eq!(error.code(), "expression.malformed");
    assert_eq!(
        error.offset(),
        Some("$statusCode == 200 && $response.body#".len())
    );
    assert_eq!(error.help().unwrap(), "did you mean `$response.body#/x`?");
}

#[test]
fn az_crit_40_and_41_a_pattern_matches_anywhere_in_the_contexts_text() {
    let status = |condition: &str, status: u16| {
        let parsed = criterion(CriterionKind::Regex, Some("$statusCode"), condition, STRICT);
        let context = json!({"statusCode": status});
        parsed
            .unwrap()
            .value
            .judge(&ContextScope::new(&context))
            .passed
    };
    assert!(status(r"^2\d{2}$", 204));
    assert!(status("0", 204));
    assert!(!status("^4", 204));
    assert!(on_body(CriterionKind::Regex, r#""id":7"#, json!({"id": 7})));
}

#[test]
fn az_crit_42_a_null_or_missing_context_fails() {
    assert!(!on_body(CriterionKind::Regex, ".*", Value::Null));
    assert!(!judged(CriterionKind::Regex, ".*", &json!({})).passed);
    assert!(!judged(CriterionKind::JsonPath, "$", &json!({})).passed);
}

#[test]
fn az_crit_43_and_44_patterns_are_checked_when_parsing() {
    for condition in ["[a-", "(", "(?=a)", r"(a)\1"] {
        let error = criterion(CriterionKind::Regex, Some("$url"), condition, V1_1).unwrap_err();
        assert_eq!(error.code(), "expression.bad-pattern", "{condition}");
    }
    assert!(on_body(CriterionKind::Regex, "(?i)ok", json!("OK")));
    assert!(!on_body(CriterionKind::Regex, "ok", json!("OK")));
}

#[test]
fn sil_16_a_pattern_between_slashes_is_read_with_a_warning() {
    let parsed = criterion(CriterionKind::Regex, Some("$url"), "/^OK/i", V1_0).unwrap();
    assert_eq!(codes(&parsed), ["expression.pattern-delimiters"]);
    assert_eq!(parsed.warnings[0].fix().unwrap().1, "(?i)^OK");
    assert!(on_body(CriterionKind::Regex, "/^OK/i", json!("okay")));
    assert!(on_body(CriterionKind::Regex, "/api/v1", json!("x/api/v1")));
}

#[test]
fn az_crit_63_to_66_and_sil_17_embedded_values_are_taken_literally_in_patterns() {
    let context = json!({"inputs": {"p": "a.c", "n": 3}, "response": {"body": "xa.cx"}});
    let passes =
        |condition, context: &Value| judged(CriterionKind::Regex, condition, context).passed;
    assert!(passes("x{$inputs.p}x", &context));
    let other = json!({"inputs": {"p": "a.c"}, "response": {"body": "xabcx"}});
    assert!(!passes("x{$inputs.p}x", &other));
    let missing = judged(CriterionKind::Regex, "{$inputs.none}", &context);
    assert_eq!(missing.reason.unwrap().code(), "expression.unresolved");
    assert!(on_body(CriterionKind::Regex, r"^\d{3}$", json!("204")));
}

#[test]
fn az_crit_60_and_sil_18_xpath_is_refused_when_parsing() {
    let error = criterion(CriterionKind::XPath, Some("$response.body"), "/a", V1_1).unwrap_err();
    assert_eq!(error.code(), "expression.unsupported-xpath");
}

#[test]
fn deep_and_long_conditions_are_refused() {
    for condition in [
        "(".repeat(100_000),
        "!".repeat(60_000),
        format!("{}true", "(".repeat(65)),
    ] {
        let error = criterion(SIMPLE, None, &condition, V1_1).unwrap_err();
        assert!(
            ["expression.too-deep", "expression.too-long"].contains(&error.code()),
            "{error}"
        );
    }
    let wide = vec!["true"; 5_000].join(" && ");
    assert!(simple(&wide, &json!({})));
}

#[test]
fn conditions_tell_what_they_read() {
    let parsed = criterion(
        CriterionKind::Regex,
        Some("$statusCode"),
        "{$steps.a.outputs.b}",
        V1_0,
    );
    let mut condition = parsed.unwrap().value;
    let mut bound = 0;
    condition.bind(&mut |step| {
        assert_eq!(&*step.name, "a");
        bound += 1;
    });
    let mut seen = 0;
    condition.visit(&mut |_| seen += 1);
    assert_eq!((bound, seen), (1, 2));
    let body = criterion(SIMPLE, None, "true && $response.body.a == 1", V1_0).unwrap();
    assert!(body.value.reads_response_body());
}
