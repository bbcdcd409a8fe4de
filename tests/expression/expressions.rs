//! Expressions as values.

use serde_json::{Value, json};
use spola::Diagnostic;
use spola::expression::{Class, Dialect, Part, Reference, Version, classify, parse};

use super::{STRICT, V1_0, V1_1, code, codes, help, value};

fn everything() -> Value {
    json!({
        "url": "https://h/x", "method": "GET", "statusCode": 200, "self": "https://h/a.yaml",
        "request": {"headers": {"X-Amz-Target": "T"}, "query": {"q": "1"}, "path": {"id": 7}, "body": {"a": 1}},
        "response": {"headers": {"Retry-After": "5", "A": ["1", "2"]},
            "body": {"a": {"b": [10, {"c": null}]}, "a/b": 1, "~1": 2, "": 5, "items": [1, 2, 3], "a%20b": 8}},
        "message": {"headers": {"H": "m"}, "payload": {"orderId": 9}},
        "inputs": {"Id": 1, "a.b": "literal", "a": {"b": "member", "c": [{"d": 4}]}, "n": null, "a/b": "odd"},
        "outputs": {"o": {"x": 3}},
        "steps": {"s": {"outputs": {"p": [{"id": 3}], "o": {"x": {"y": 6}}}}},
        "workflows": {"w": {"inputs": {"i": 1}, "outputs": {"r": {"name": "n"}}}},
        "sourceDescriptions": [{"name": "pets", "url": "./p.yaml"}],
        "components": {"parameters": {"page": {"name": "page", "value": 1}}}
    })
}

fn see(text: &str) -> Value {
    value(text, &everything())
}

#[test]
fn az_expr_01_only_the_listed_roots_exist_in_their_letter_case() {
    for (text, meant) in [
        ("$Inputs.a", "$inputs.a"),
        ("$input.a", "$inputs.a"),
        ("$responses.body", "$response.body"),
        ("$step.s.outputs.x", "$steps.s.outputs.x"),
        ("$statuscode", "$statusCode"),
    ] {
        assert_eq!(code(text, V1_1), "expression.unknown-root", "{text}");
        assert_eq!(help(text), format!("did you mean `{meant}`?"), "{text}");
    }
    for text in ["$env.X", "$faker.name"] {
        assert_eq!(code(text, V1_0), "expression.unknown-root", "{text}");
        assert!(help(text).starts_with("expressions begin with"), "{text}");
        assert!(classify(text, V1_0).is_err(), "{text}");
    }
}

#[test]
fn az_expr_02_in_1_1_the_structured_forms_are_required() {
    for text in [
        "$steps.s.x",
        "$inputs.",
        "$inputs.a b",
        "$inputs",
        "$steps.s.outputs.",
    ] {
        assert_eq!(code(text, V1_1), "expression.malformed", "{text}");
    }
    assert_eq!(help("$steps.s.x"), "did you mean `$steps.s.outputs.x`?");
    assert_eq!(
        help("$steps.s.output.x"),
        "did you mean `$steps.s.outputs.x`?"
    );
    assert_eq!(
        help("$steps.s.outputs#/x"),
        "did you mean `$steps.s.outputs.x`?"
    );
    assert_eq!(help("$inputs['a']"), "did you mean `$inputs.a`?");
}

#[test]
fn az_expr_03_in_1_0_what_is_left_over_is_a_literal_name() {
    let parsed = parse("$inputs.a/b", V1_0).unwrap();
    assert_eq!(codes(&parsed), ["expression.unusual-name"]);
    let context = everything();
    let scope = spola::expression::ContextScope::new(&context);
    assert_eq!(
        *parsed.value.evaluate(&scope).unwrap().unwrap(),
        json!("odd")
    );
    assert_eq!(codes(&parse("$inputs.x-store-id", V1_0).unwrap()), [""; 0]);
    assert_eq!(code("$inputs.a/b", STRICT), "expression.unusual-name");
}

#[test]
fn az_expr_04_and_05_the_exchange_can_be_read() {
    assert_eq!(see("$url"), json!("https://h/x"));
    assert_eq!(see("$method"), json!("GET"));
    assert_eq!(see("$statusCode"), json!(200));
    assert_eq!(see("$request.header.x-amz-target"), json!("T"));
    assert_eq!(see("$request.query.q"), json!("1"));
    assert_eq!(see("$request.path.id"), json!(7));
    assert_eq!(see("$request.body#/a"), json!(1));
}

#[test]
fn az_expr_08_and_09_a_header_is_one_string_whatever_the_case_of_its_name() {
    assert_eq!(see("$response.header.retry-after"), json!("5"));
    assert_eq!(see("$response.header.RETRY-AFTER"), json!("5"));
    assert_eq!(see("$response.header.a"), json!("1, 2"));
    assert_eq!(code("$response.header.a b", V1_1), "expression.malformed");
    assert_eq!(
        help("$response.headers.X-Id"),
        "did you mean `$response.header.X-Id`?"
    );
    assert_eq!(
        help("$response.headers['X-Id']"),
        "did you mean `$response.header.X-Id`?"
    );
}

#[test]
fn az_expr_10_names_are_case_sensitive() {
    assert_eq!(see("$inputs.Id"), json!(1));
    assert_eq!(see("$inputs.id"), json!("<missing>"));
}

#[test]
fn az_expr_11_to_13_and_15_pointers_select_inside_the_value() {
    assert_eq!(see("$response.body#/a~1b"), json!(1));
    assert_eq!(see("$response.body#/~01"), json!(2));
    assert_eq!(see("$response.body#/a/b/0"), json!(10));
    for text in ["$response.body#", "$response.body"] {
        assert!(see(text).is_object(), "{text}");
    }
    for text in ["#/items/00", "#/items/-", "#/items/3"] {
        assert_eq!(see(&format!("$response.body{text}")), json!("<missing>"));
    }
    assert_eq!(see("$response.body#/"), json!(5));
    assert_eq!(see("$response.body#/a%20b"), json!(8));
    assert_eq!(code("$response.body#/~2", V1_1), "expression.bad-pointer");
}

#[test]
fn az_expr_14_pointers_apply_to_inputs_and_outputs_too() {
    assert_eq!(see("$steps.s.outputs.p#/0/id"), json!(3));
    assert_eq!(see("$workflows.w.outputs.r#/name"), json!("n"));
    assert_eq!(see("$inputs.a#/b"), json!("member"));
    assert_eq!(see("$outputs.o#/x"), json!(3));
}

#[test]
fn az_expr_16_messages_have_a_payload() {
    assert_eq!(see("$message.payload#/orderId"), json!(9));
    assert_eq!(see("$message.header.h"), json!("m"));
    let parsed = parse("$message.body#/a", V1_1).unwrap();
    assert_eq!(codes(&parsed), ["expression.body-or-payload"]);
    assert_eq!(parsed.warnings[0].fix().unwrap().1, "$message.payload#/a");
    assert_eq!(
        codes(&parse("$message.payload", V1_0).unwrap()),
        ["expression.newer-version"]
    );
}

#[test]
fn az_expr_17_to_19_inputs_and_outputs_of_workflows_can_be_read() {
    assert_eq!(see("$workflows.w.inputs.i"), json!(1));
    assert_eq!(see("$workflows.w.outputs.r"), json!({"name": "n"}));
    assert_eq!(see("$sourceDescriptions.pets.url"), json!("./p.yaml"));
    assert_eq!(see("$components.parameters.page#/value"), json!(1));
    assert_eq!(
        code("$workflows.w.steps.s.outputs.x", V1_1),
        "expression.malformed"
    );
}

#[test]
fn az_expr_20_and_21_missing_and_null_are_different() {
    assert_eq!(see("$inputs.n"), Value::Null);
    assert_eq!(see("$inputs.none"), json!("<missing>"));
    assert_eq!(see("$response.body#/a/b/1/c"), Value::Null);
}

#[test]
fn az_expr_24_only_a_whole_expression_is_one() {
    let class = |text| classify(text, V1_1).unwrap();
    for text in ["$5.00", "$", "$$", "plain", "US$ 5"] {
        assert_eq!(class(text), Class::Literal(None), "{text}");
    }
    let Class::Literal(Some(warning)) = class("$inputs.a and b") else {
        panic!("a literal with a warning");
    };
    assert_eq!(warning.code(), "expression.bare-expression");
    assert!(matches!(
        classify("$inputs.a and b", V1_0),
        Ok(Class::Literal(Some(_)))
    ));
    assert!(matches!(class("$inputs.a"), Class::Expression(_)));
}

#[test]
fn sil_37_a_known_root_with_a_malformed_rest_is_an_error() {
    for text in [
        "$steps.s.x",
        "$response.body#x",
        "$inputs.",
        "$env.HOME",
        "$input.x",
    ] {
        assert!(classify(text, V1_0).is_err(), "{text}");
    }
    for text in ["$.x", "$ref", "${inputs.x}", "$foo.bar"] {
        let Ok(Class::Literal(Some(warning))) = classify(text, V1_0) else {
            panic!("{text}: a literal with a warning");
        };
        assert_eq!(warning.code(), "expression.dollar-literal", "{text}");
    }
}

#[test]
fn az_expr_37_self_is_the_documents_uri() {
    assert_eq!(see("$self"), json!("https://h/a.yaml"));
    assert_eq!(
        codes(&parse("$self", V1_0).unwrap()),
        ["expression.newer-version"]
    );
}

#[test]
fn az_expr_38_of_the_components_only_three_kinds_can_be_read() {
    assert_eq!(code("$components.inputs.x", V1_1), "expression.malformed");
    assert_eq!(code("$components.successActions.x", V1_1), "fine");
}

#[test]
fn az_expr_39_and_sil_32_members_after_a_body_are_read_with_a_warning() {
    for (text, right, want) in [
        (
            "$message.payload.orderId",
            "$message.payload#/orderId",
            json!(9),
        ),
        ("$response.body.a.b[0]", "$response.body#/a/b/0", json!(10)),
        ("$response.body['a/b']", "$response.body#/a~1b", json!(1)),
    ] {
        let parsed = parse(text, V1_1).unwrap();
        assert_eq!(codes(&parsed), ["expression.dotted-body"], "{text}");
        assert_eq!(parsed.warnings[0].fix().unwrap().1, right);
        assert_eq!(see(text), want, "{text}");
        assert_eq!(code(text, STRICT), "expression.dotted-body");
        assert_eq!(code(right, STRICT), "fine");
    }
}

#[test]
fn az_crit_30_a_literal_name_with_dots_comes_before_navigation() {
    assert_eq!(see("$inputs.a.b"), json!("literal"));
    assert_eq!(see("$inputs.a.c[0].d"), json!(4));
    assert_eq!(see("$steps.s.outputs.o.x.y"), json!(6));
    assert_eq!(see("$steps.s.outputs.o.x#/y"), json!(6));
    let parsed = parse("$inputs.a.c[0].d", V1_1).unwrap();
    assert_eq!(codes(&parsed), ["expression.navigation"]);
    assert_eq!(parsed.warnings[0].fix().unwrap().1, "$inputs.a#/c/0/d");
    let parsed = parse("$inputs.a.b.c", V1_1).unwrap();
    let Reference::Input(names) = parsed.value.reference() else {
        panic!("an input");
    };
    assert_eq!(
        names.candidates().collect::<Vec<_>>(),
        ["a.b.c", "a.b", "a"]
    );
    let strict = parse("$inputs.a.b.c", STRICT).unwrap();
    let Reference::Input(names) = strict.value.reference() else {
        panic!("an input");
    };
    assert_eq!(names.candidates().collect::<Vec<_>>(), ["a.b.c"]);
    assert_eq!(code("$inputs.a[0]", STRICT), "expression.navigation");
}

#[test]
fn slips_in_a_body_are_errors_that_say_what_was_meant() {
    for (text, meant) in [
        ("$response.body#x", "$response.body#/x"),
        ("$response.body#.x.y", "$response.body#/x/y"),
        ("$response.body#$.x", "$response.body#/x"),
        ("$response.body/x", "$response.body#/x"),
        ("$response", "$response.body"),
        ("$response.statusCode", "$statusCode"),
        ("$statusCode.x", "$statusCode"),
    ] {
        assert_eq!(help(text), format!("did you mean `{meant}`?"), "{text}");
    }
}

#[test]
fn a_trailing_length_is_the_length_of_a_list() {
    let parsed = parse("$response.body.items.length", V1_1).unwrap();
    assert!(codes(&parsed).contains(&"expression.length"));
    assert_eq!(see("$response.body.items.length"), json!(3));
    assert_eq!(parsed.value.response_body_pointer(), None);
}

#[test]
fn braces_and_blanks_around_an_expression_are_taken_off() {
    let parsed = parse("{$response.body}", V1_0).unwrap();
    assert_eq!(codes(&parsed), ["expression.braces"]);
    assert_eq!(parsed.value.to_string(), "$response.body");
    assert_eq!(
        codes(&parse(" $url\n", V1_0).unwrap()),
        ["expression.blanks"]
    );
    assert_eq!(code("{$url}", STRICT), "expression.braces");
}

#[test]
fn steps_are_bound_and_references_visited() {
    let mut expression = parse("$steps.s.outputs.o", V1_0).unwrap().value;
    expression.bind(&mut |step| step.index = Some(4));
    let mut seen = None;
    expression.visit(&mut |reference| {
        if let Reference::StepOutput { step, output } = reference {
            seen = Some((step.name.to_string(), step.index, output.full().to_owned()));
        }
    });
    assert_eq!(seen, Some(("s".into(), Some(4), "o".into())));
    let body = parse("$response.body#/a/b", V1_0).unwrap().value;
    assert_eq!(body.response_body_pointer().unwrap().to_string(), "/a/b");
    assert!(matches!(
        body.reference(),
        Reference::Response(Part::Body(Some(_)))
    ));
}

#[test]
fn long_texts_are_refused() {
    let long = format!("$inputs.{}", "a.".repeat(10_000));
    assert_eq!(code(&long, V1_1), "expression.too-long");
    let dialect = Dialect {
        version: Version::V1_0,
        strict: true,
    };
    let dots = format!("$inputs.{}a", "a.".repeat(4_000));
    assert_eq!(code(&dots, dialect), "fine");
}
