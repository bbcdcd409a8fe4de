//! Documents and values that mean harm, on a module's stack.

use serde_json::{Value, json};
use spola::Diagnostic;
use spola::document::{Loader, Schema, Tree};
use spola::exchange::{MAX_DEPTH, Response};
use spola::expression::{
    Condition, ContextScope, CriterionKind, CriterionText, Dialect, Query, Template, Version, parse,
};
use spola::link::{LinkOptions, link};
use spola::machine::{Effect, Event, ResumeOptions, RunOptions};
use spola::pointer::Pointer;

type Met = Result<(), String>;

const DIALECT: Dialect = Dialect {
    version: Version::V1_1,
    strict: false,
};

/// Each with its name.
pub const ALL: [(&str, fn() -> Met); 14] = [
    ("nested texts", nested_texts),
    ("alias bombs", alias_bombs),
    ("nested answers", nested_answers),
    ("nested queries", nested_queries),
    ("queries on nested values", queries_on_nested_values),
    ("nested expressions", nested_expressions),
    ("nested conditions", nested_conditions),
    ("nested payloads", nested_payloads),
    ("nested schemas", nested_schemas),
    ("nested instances", nested_instances),
    ("endless schemas", endless_schemas),
    ("hostile patterns", hostile_patterns),
    ("runs at every limit", runs_at_every_limit),
    ("the digest of a program", super::digest::meet),
];

fn check(is_right: bool, what: &str) -> Met {
    if is_right { Ok(()) } else { Err(what.into()) }
}

fn nest(depth: usize, inner: Value) -> Value {
    (0..depth).fold(inner, |inner, _| Value::Array(vec![inner]))
}

fn tree(text: &str, code: &str) -> Met {
    let errors = Tree::parse("a.yaml", text.as_bytes(), &Default::default()).err();
    let found = errors.unwrap_or_default();
    let found = found.first().map_or("nothing", |error| error.code());
    check(found == code, &format!("{found}, not {code}"))
}

fn nested_texts() -> Met {
    for open in ["[", "{\"a\":", "- ", "{a: ", "[[], "] {
        tree(&open.repeat(60_000), "document.too-deep")?;
        tree(
            &format!("x: {}", open.repeat(60_000)).replace("x: - ", "x:\n- "),
            "document.too-deep",
        )?;
    }
    tree(&"? ".repeat(60_000), "document.bad-key")?;
    let maps: Vec<String> = (0..3_000)
        .map(|i| format!("{}a:\n", " ".repeat(i)))
        .collect();
    tree(&maps.concat(), "document.too-deep")
}

fn alias_bombs() -> Met {
    let mut wide = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..12 {
        let uses = vec![format!("*a{}", level - 1); 10].join(", ");
        wide += &format!("a{level}: &a{level} [{uses}]\n");
    }
    tree(&wide, "document.too-many-values")?;
    let mut deep = "- &b0 []\n".to_owned();
    for level in 1..300 {
        deep += &format!("- &b{level} [*b{}]\n", level - 1);
    }
    tree(&deep, "document.too-deep")
}

fn answer(body: String) -> Result<Option<Value>, String> {
    let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
    let response = Response::new(200, headers, body.into_bytes());
    match response.value() {
        Ok(value) => Ok(value.cloned()),
        Err(error) => Err(error.code().to_owned()),
    }
}

fn nested_answers() -> Met {
    let deepest = format!("{}{}", "[".repeat(MAX_DEPTH), "]".repeat(MAX_DEPTH));
    check(answer(deepest)?.is_some(), "the deepest is refused")?;
    let objects = format!("{}1{}", "{\"a\":".repeat(MAX_DEPTH), "}".repeat(MAX_DEPTH));
    check(answer(objects)?.is_some(), "the deepest is refused")?;
    for open in ["[", "{\"a\":", "[{\"a\":[[],"] {
        let refused = answer(open.repeat(1_000_000)).err();
        check(refused.as_deref() == Some("exchange.too-deep"), open)?;
    }
    Ok(())
}

fn nested_queries() -> Met {
    for (open, close) in [
        ("[?@", "]"),
        ("[?(@", ")]"),
        ("[?length(value(@", "))==1]"),
        ("[?!(@.a&&(@", "))]"),
        ("[?match(@.a, value($", "))]"),
    ] {
        let text = |depth| format!("${}{}", open.repeat(depth), close.repeat(depth));
        check(Query::parse(&text(100_000)).is_err(), open)?;
        if let Ok(query) = Query::parse(&text(64)) {
            query
                .select(&nest(64, json!(1)))
                .map_err(|error| error.to_string())?;
        }
    }
    Ok(())
}

fn queries_on_nested_values() -> Met {
    let value = nest(MAX_DEPTH, json!({"end": 1}));
    let all = "[*]".repeat(MAX_DEPTH);
    for text in [
        "$..end",
        "$..[?@ == $[0]]",
        "$..[?$..[?@.end]]",
        "$..[?@ == @]..end",
        &format!("${all}.end"),
        &format!("$..[?${all}.end]"),
    ] {
        let query = Query::parse(text).map_err(|error| error.to_string())?;
        let found = query.select(&value).map_err(|error| error.to_string())?;
        check(!found.is_empty(), text)?;
        query
            .select_places(&value)
            .map_err(|error| error.to_string())?;
    }
    let chain = format!("$[?@.a{}]", " || @.a".repeat(100_000));
    check(Query::parse(&chain).is_ok(), "a long chain is refused")
}

fn nested_expressions() -> Met {
    for text in [
        "$response.body#".to_owned() + &"/a".repeat(100_000),
        "$steps".to_owned() + &".a".repeat(100_000),
        "{".repeat(100_000),
        "{$".repeat(100_000),
        "$inputs.a".to_owned() + &"[0]".repeat(100_000),
    ] {
        // Read or refused, but never a trap.
        let _ = parse(&text, DIALECT);
        let _ = Template::parse(&json!(text), DIALECT);
    }
    Ok(())
}

fn nested_conditions() -> Met {
    let criterion = |condition: &str, kind| {
        let text = CriterionText {
            condition,
            context: None,
            kind,
        };
        Condition::parse(&text, DIALECT)
    };
    let simple = CriterionKind::Simple { explicit: false };
    for text in [
        "(".repeat(100_000),
        "!".repeat(60_000),
        "!(".repeat(60_000),
        format!("{}true", "(".repeat(65)),
    ] {
        check(criterion(&text, simple).is_err(), "it is read")?;
    }
    let deepest = format!("{}true{}", "(!".repeat(30), ")".repeat(30));
    let wide = vec!["true"; 5_000].join(" && ");
    for text in [deepest, wide] {
        let condition = criterion(&text, simple).map_err(|error| error.to_string())?;
        let nothing = json!({});
        let scope = ContextScope::new(&nothing);
        check(condition.value.judge(&scope).passed, "it does not hold")?;
    }
    Ok(())
}

fn nested_payloads() -> Met {
    for depth in [300, 2_000] {
        let payload = nest(depth, json!("$url"));
        check(Template::parse(&payload, DIALECT).is_err(), "it is read")?;
    }
    let read = Template::parse(&nest(100, json!("$url")), DIALECT);
    check(read.is_ok(), "it is refused")
}

fn compile(schema: &Value) -> Result<Schema, String> {
    Schema::compile(schema, &Pointer::default(), "", &|_| None).map_err(|error| error.to_string())
}

fn nested_schemas() -> Met {
    for word in ["not", "items", "additionalProperties", "if", "contains"] {
        for depth in [199, 2_000] {
            let schema = (0..depth).fold(json!(true), |inner, _| json!({word: inner}));
            if let Ok(schema) = compile(&schema) {
                schema.validate(&nest(MAX_DEPTH, json!(1)));
                schema.resolved();
                schema.properties();
            }
        }
    }
    for word in ["allOf", "anyOf", "oneOf", "prefixItems"] {
        let schema = (0..199).fold(json!(true), |inner, _| json!({word: [inner]}));
        let schema = compile(&schema)?;
        let valid = schema.validate(&nest(MAX_DEPTH, json!(1))).is_empty();
        check(valid, word)?;
        schema.apply_defaults(&mut nest(MAX_DEPTH, json!(1)));
        schema.resolved();
    }
    Ok(())
}

fn nested_instances() -> Met {
    let schema = compile(&json!({"type": "array", "items": {"$ref": "#"}}))?;
    let few = schema.validate(&nest(200, json!([]))).is_empty();
    check(few, "200 levels are refused")?;
    schema.validate(&nest(MAX_DEPTH, json!([])));
    schema.apply_defaults(&mut nest(2_000, json!([])));
    let told = schema.validate(&nest(2_000, json!([])));
    check(!told.is_empty(), "2000 levels are valid")?;
    let same = compile(&json!({
        "const": nest(MAX_DEPTH, json!(1)),
        "uniqueItems": true,
        "enum": [nest(MAX_DEPTH, json!(1))],
    }))?;
    let valid = same.validate(&nest(MAX_DEPTH, json!(1))).is_empty();
    check(valid, "equal values are not valid")
}

fn endless_schemas() -> Met {
    let names = |count: usize| (0..count).map(|at| format!("d{at}"));
    let mut chain = json!({"$ref": "#/$defs/d0", "$defs": {}});
    for (at, name) in names(5_000).enumerate() {
        chain["$defs"][name] = json!({"$ref": format!("#/$defs/d{}", at + 1)});
    }
    chain["$defs"]["d5000"] = json!({"type": "null"});
    let _ = compile(&chain).map(|schema| {
        schema.validate(&json!(1));
        schema.resolved();
        schema.properties();
    });
    for schema in [
        json!({"$ref": "#"}),
        json!({"allOf": [{"not": {"$ref": "#"}}]}),
    ] {
        check(compile(&schema).is_err(), "an endless schema compiles")?;
    }
    let mut doubled = json!({"$defs": {"d40": true}, "$ref": "#/$defs/d0"});
    for (at, name) in names(40).enumerate() {
        let next = json!({"$ref": format!("#/$defs/d{}", at + 1)});
        doubled["$defs"][name] = json!({"allOf": [next, next]});
    }
    let _ = compile(&doubled).map(|schema| {
        schema.validate(&json!(1));
        schema.resolved();
    });
    let tree = json!({"properties": {"a": {"$ref": "#"}, "b": {"$ref": "#"}}});
    compile(&tree).map(|schema| {
        schema.resolved();
        schema.apply_defaults(&mut json!({"a": {"b": {}}}));
    })
}

fn hostile_patterns() -> Met {
    for pattern in [
        "(".repeat(50_000),
        "(?:a|".repeat(50_000),
        "a{1000}{1000}{1000}".to_owned(),
        "(a*)*b".to_owned(),
        "[".repeat(50_000),
        "(".repeat(200) + &")".repeat(200),
        "a?".repeat(5_000) + &"a".repeat(5_000),
    ] {
        if let Ok(schema) = compile(&json!({"pattern": pattern})) {
            schema.validate(&json!("a".repeat(10_000)));
        }
    }
    Ok(())
}

/// A workflow as deep as a document may be, with an answer as deep as one may be.
fn runs_at_every_limit() -> Met {
    let levels = 90;
    let payload = nest(levels, json!("$inputs.a"));
    let inputs = (0..levels).fold(json!(true), |inner, _| json!({"items": inner}));
    let workflow = json!({
        "arazzo": "1.0.1",
        "info": {"title": "Deep", "version": "1"},
        "sourceDescriptions": [{"name": "deep", "url": "deep.json", "type": "openapi"}],
        "workflows": [{
            "workflowId": "go",
            "inputs": {"type": "object", "properties": {"a": inputs}},
            "steps": [{
                "stepId": "send",
                "operationId": "send",
                "requestBody": {"contentType": "application/json", "payload": payload},
                "successCriteria": [
                    {"condition": "$response.body == $response.body"},
                    {"context": "$response.body", "condition": "$..[?@ == $[0]]", "type": "jsonpath"},
                ],
                "outputs": {"all": "$response.body"},
            }],
            "outputs": {"all": "$steps.send.outputs.all"},
        }],
    });
    let media = json!({"application/json": {"schema": nest(100, json!({}))}});
    let operation = json!({
        "operationId": "send",
        "requestBody": {"content": media},
        "responses": {"200": {"description": "ok"}},
    });
    let description = json!({
        "openapi": "3.1.0",
        "info": {"title": "Deep", "version": "1"},
        "servers": [{"url": "https://deep.example"}],
        "paths": {"/": {"post": operation}},
    });
    let mut loader = Loader::new("a.arazzo.json");
    while let Some(url) = loader.needs() {
        let document = if url == "deep.json" {
            &description
        } else {
            &workflow
        };
        loader.supply(&url, document.to_string().as_bytes(), &url);
    }
    let linked = link(loader.finish(), LinkOptions::default());
    let program = linked.map_err(|errors| {
        let reports = errors.reports();
        reports
            .iter()
            .map(|report| report.render(None))
            .collect::<String>()
    })?;
    let mut inputs = serde_json::Map::new();
    inputs.insert("a".into(), nest(levels, json!(1)));
    let mut run = program
        .start(None, inputs, RunOptions::default())
        .map_err(|error| error.to_string())?;
    while run.outcome().is_none() {
        run = program
            .resume(&run.snapshot(), ResumeOptions::default())
            .map_err(|error| error.to_string())?;
        while let Some(effect) = run.poll() {
            if let Effect::Send(send) = effect {
                let body = format!("{}{}", "[".repeat(MAX_DEPTH), "]".repeat(MAX_DEPTH));
                let event = Event::Response {
                    id: send.id,
                    status: 200,
                    headers: vec![("content-type".into(), "application/json".into())],
                    body: body.into_bytes(),
                    elapsed: Default::default(),
                };
                run.feed(event).map_err(|error| error.to_string())?;
            }
        }
    }
    let outcome = run.outcome().ok_or("no outcome")?;
    check(
        outcome.outputs.contains_key("all"),
        &format!("{:?}", outcome.failure),
    )
}
