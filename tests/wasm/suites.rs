//! The published suites, each test judged.

use serde_json::{Value, json};
use spola::document::Schema;
use spola::expression::Query;
use spola::pointer::Pointer;

static NONE: Vec<Value> = Vec::new();

fn items(value: &Value) -> &Vec<Value> {
    value.as_array().unwrap_or(&NONE)
}

/// Judges each case of JSONPath's compliance suite.
pub fn jsonpath(suite: &Value) -> Vec<Result<(), String>> {
    let judged = items(&suite["tests"]).iter().map(|case| {
        let why = |why: String| format!("{} {}: {why}", case["name"], case["selector"]);
        judge(case).map_err(why)
    });
    judged.collect()
}

fn judge(case: &Value) -> Result<(), String> {
    let parsed = Query::parse(case["selector"].as_str().unwrap_or_default());
    if case["invalid_selector"] == true {
        return parsed.map_or(Ok(()), |_| Err("accepted".into()));
    }
    let query = parsed.map_err(|error| error.to_string())?;
    let document = &case["document"];
    let nodes = query.select(document).map_err(|error| error.to_string())?;
    let is_right = match case.get("result") {
        Some(result) => *result == json!(nodes),
        None => items(&case["results"]).contains(&json!(nodes)),
    };
    if !is_right {
        return Err(format!("selected {nodes:?}"));
    }
    let places = query
        .select_places(document)
        .map_err(|error| error.to_string())?;
    let found: Vec<Option<&Value>> = places.iter().map(|place| place.resolve(document)).collect();
    if found != nodes.into_iter().map(Some).collect::<Vec<_>>() {
        return Err("places and nodes disagree".into());
    }
    Ok(())
}

/// Judges each test of JSON Schema's suite: `files` by name, `remotes` by URL.
pub fn schema(suite: &Value) -> Vec<Result<(), String>> {
    let fetch = |url: &str| suite["remotes"].get(url).cloned();
    let mut verdicts = Vec::new();
    for (file, groups) in suite["files"].as_object().into_iter().flatten() {
        for group in items(groups) {
            let schema = Schema::compile(&group["schema"], &Pointer::default(), "", &fetch);
            for test in items(&group["tests"]) {
                let (group, name) = (&group["description"], &test["description"]);
                let verdict = match &schema {
                    Ok(schema) => {
                        let is_valid = schema.validate(&test["data"]).is_empty();
                        (is_valid == (test["valid"] == true)).then_some(())
                    }
                    .ok_or("judged wrong".to_owned()),
                    Err(error) => Err(error.to_string()),
                };
                verdicts.push(verdict.map_err(|why| format!("{file}: {group}: {name}: {why}")));
            }
        }
    }
    verdicts
}
