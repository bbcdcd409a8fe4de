//! What holds for any text.

use proptest::prelude::{Just, ProptestConfig, Strategy, any, prop_oneof, proptest};
use serde_json::{Value, json};
use spola::expression::{
    Condition, ContextScope, CriterionKind, CriterionText, Dialect, EvalKind, Template, Version,
    classify, evaluate_text, parse,
};

/// Texts made of what expressions and conditions are made of.
fn text() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        proptest::sample::select(vec![
            "$inputs.",
            "$response.body",
            "$steps.s.outputs.",
            "$statusCode",
            "$url",
            "#/",
            ".a",
            "[0]",
            "['x']",
            "a",
            "==",
            "!=",
            "<=",
            "<",
            "&&",
            "||",
            "!",
            "(",
            ")",
            "{",
            "}",
            "{$",
            "'",
            "\"",
            "\\",
            " ",
            "200",
            "2XX",
            "null",
            "true",
            "$",
            "$.",
            "$[?",
            "@.b",
            "]",
            "*",
            ".length",
            "~",
            "length(",
            "\n",
            "é",
            "#",
            "/",
            "/i",
        ])
        .prop_map(str::to_owned),
        any::<char>().prop_map(String::from),
    ];
    proptest::collection::vec(part, 0..12).prop_map(|parts| parts.concat())
}

fn dialect() -> impl Strategy<Value = Dialect> {
    (
        prop_oneof![Just(Version::V1_0), Just(Version::V1_1)],
        any::<bool>(),
    )
        .prop_map(|(version, strict)| Dialect { version, strict })
}

fn context() -> Value {
    json!({"inputs": {"a": {"a": [1]}}, "statusCode": 200, "context": {"a": [1], "b": "x"},
        "response": {"body": {"a": [1, {"x": "y"}]}}, "steps": {"s": {"outputs": {"a": 1}}}})
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_parsed_or_refused_and_never_panics(text in text(), dialect in dialect()) {
        let _ = classify(&text, dialect);
        let context = context();
        for kind in [
            EvalKind::Expression,
            EvalKind::String,
            EvalKind::Simple,
            EvalKind::Regex,
            EvalKind::JsonPath,
            EvalKind::XPath,
            EvalKind::Query,
        ] {
            if let Err(error) = evaluate_text(&text, kind, &context, dialect) {
                assert!(!error.to_string().is_empty());
                assert!(error.offset().is_none_or(|at| at <= text.len()), "{error:?}");
            }
        }
        for kind in [CriterionKind::Simple { explicit: false }, CriterionKind::JsonPath] {
            let text = CriterionText { condition: &text, context: Some("$response.body"), kind };
            if let Ok(parsed) = Condition::parse(&text, dialect) {
                parsed.value.judge(&ContextScope::new(&context));
            }
        }
    }

    #[test]
    fn a_fix_is_a_change_of_the_text_that_needs_no_second(text in text(), dialect in dialect()) {
        if let Ok(parsed) = parse(&text, dialect)
            && let Some((range, right)) = parsed.warnings.iter().find_map(|one| one.fix())
        {
            let mut mended = text.clone();
            mended.replace_range(range, right);
            let again = parse(&mended, dialect);
            assert!(again.is_ok(), "{text} became {mended}: {again:?}");
        }
    }

    #[test]
    fn an_expression_is_read_again_from_how_it_is_printed(text in text(), dialect in dialect()) {
        if let Ok(parsed) = parse(&text, dialect) {
            let again = parse(&parsed.value.to_string(), dialect);
            assert_eq!(again.map(|again| again.value), Ok(parsed.value));
        }
    }

    #[test]
    fn writing_json_gives_the_bytes_of_the_evaluated_value(
        texts in proptest::collection::vec(text(), 1..5),
        dialect in dialect(),
    ) {
        let mut value = json!({"end": [1.50, "x"]});
        for (at, text) in texts.iter().enumerate() {
            value = json!({ "n": [value, text], text.as_str(): at, "t": text });
        }
        if let Ok(parsed) = Template::parse(&value, dialect) {
            let (context, mut out) = (context(), Vec::new());
            let scope = ContextScope::new(&context);
            let written = parsed.value.write_json(&scope, &mut out);
            let evaluated = parsed.value.evaluate(&scope);
            assert_eq!(written.is_err(), evaluated.is_err());
            if let Ok(Some(value)) = evaluated {
                assert_eq!(out, serde_json::to_vec(&value).unwrap());
            }
        }
    }
}
