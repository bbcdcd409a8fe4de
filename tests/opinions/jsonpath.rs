//! JSONPath: what jsonpath-rust says of the same queries.

use std::collections::BTreeSet;

use jsonpath_rust::parser::parse_json_path;
use jsonpath_rust::query::js_path_process;
use serde_json::{Value, json};
use spola::expression::Query;

use crate::made::{Maker, material};
use crate::shared;

/// Where the other is wrong; RFC 9535's compliance suite says so too.
const DIFFERENT: [(&str, &str); 8] = [
    ("$..['a','d']", "the other selects in another order"),
    ("$[?@[?@>1]]", "the other selects other nodes"),
    ("$[?count(@..*)]", "the other takes a number as a test"),
    ("$[?length(@.*)<3]", "the other takes the length of nodes"),
    ("$[?length(@.a)]", "the other takes a number as a test"),
    (
        "$[?length(@['a', 'b'])<3]",
        "the other takes the length of nodes",
    ),
    (
        "$[?length(@[1, 2])<3]",
        "the other takes the length of nodes",
    ),
    ("$[?value(@.a)]", "the other takes a value as a test"),
];

/// The compliance suite's queries, each with its document.
fn cases() -> Vec<(String, Value)> {
    let Some(file) = shared("suites/jsonpath/cts.json") else {
        return Vec::new();
    };
    let suite: Value = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
    let tests = suite["tests"].as_array().unwrap();
    let case = |test: &Value| {
        let text = test["selector"].as_str().unwrap();
        (text.to_owned(), test["document"].clone())
    };
    tests.iter().map(case).collect()
}

/// How the two differ about a query, over values made from a document.
fn difference(text: &str, document: &Value, seed: u64) -> Option<&'static str> {
    let (ours, theirs) = match (Query::parse(text), parse_json_path(text)) {
        (Ok(ours), Ok(theirs)) => (ours, theirs),
        (Err(_), Err(_)) => return None,
        (Ok(_), Err(_)) => return Some("we read it"),
        (Err(_), Ok(_)) => return Some("they read it"),
    };
    let mut names = vec!["a".to_owned(), "b".to_owned()];
    let leaves = json!([null, true, false, 0, 1, -1.5, 1e2, "", "a", "b", "ab"]);
    let mut leaves = leaves.as_array().unwrap().clone();
    material(document, &mut names, &mut leaves);
    let mut maker = Maker::new(seed);
    for round in 0..60 {
        let value = match round {
            0 => document.clone(),
            1..20 => maker.changed(document, &names, &leaves),
            _ => maker.tree(&names, &leaves, 4),
        };
        let ours = ours.select(&value).unwrap();
        let theirs = js_path_process(&theirs, &value).unwrap();
        let mut ours: Vec<*const Value> = ours.into_iter().map(std::ptr::from_ref).collect();
        let theirs = theirs
            .into_iter()
            .map(|node| std::ptr::from_ref(node.val()));
        let mut theirs: Vec<*const Value> = theirs.collect();
        if ours == theirs {
            continue;
        }
        ours.sort();
        theirs.sort();
        return Some(if ours == theirs { "order" } else { "nodes" });
    }
    None
}

#[test]
fn queries_select_the_same_nodes_in_the_same_order() {
    let cases = cases();
    let found: BTreeSet<(&str, &str)> = cases
        .iter()
        .zip(1..)
        .filter_map(|((text, document), seed)| Some((&**text, difference(text, document, seed)?)))
        .collect();
    let listed: BTreeSet<&str> = DIFFERENT.iter().map(|(text, _)| *text).collect();
    let names: BTreeSet<&str> = found.iter().map(|(text, _)| *text).collect();
    if !cases.is_empty() {
        assert_eq!(names, listed, "{found:?}");
    }
}

#[test]
fn queries_with_a_change_are_read_or_refused_by_both() {
    const PIECES: [&str; 35] = [
        "'", "\"", "[", "]", "(", ")", "?", "@", "$", ".", "..", ",", ":", "*", "-", "0", "1", "e",
        " ", "\t", "==", "<", "!", "&&", "||", "a", "length(", "count(", "match(", "null", "true",
        "\\", "\\u0041", "é", "1.0",
    ];
    let cases = cases();
    let mut maker = Maker::new(1);
    let mut different = Vec::new();
    for _ in 0..20_000 {
        let Some((text, _)) = maker.pick(&cases) else {
            return;
        };
        let chars: Vec<char> = text.chars().collect();
        let at = maker.below(chars.len() + 1);
        let cut = maker.below(3).min(chars.len() - at);
        let mut made: String = chars[..at].iter().collect();
        if maker.below(4) > 0 {
            made += maker.pick(&PIECES).unwrap();
        }
        made.extend(&chars[at + cut..]);
        let verdicts = (Query::parse(&made).is_ok(), parse_json_path(&made).is_ok());
        // The other also takes white space where none may be (after a full stop,
        // within and after a name), and does not judge the types of functions.
        let is_lax = made.contains([' ', '\t', '\n', '\r'])
            || ["length(", "count(", "value("]
                .iter()
                .any(|name| made.contains(name));
        if verdicts.0 != verdicts.1 && !(verdicts.1 && is_lax) {
            different.push((made, verdicts));
        }
    }
    assert!(different.is_empty(), "{different:#?}");
}
