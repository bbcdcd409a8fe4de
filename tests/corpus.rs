//! Documents by other people, read in place.

use std::path::Path;

use serde_json::{Map, Value};
use spola::document::Tree;
use spola::link::{LinkOptions, check};
use spola::machine::{Effect, Event, Outcome, OutcomeKind, Run, RunOptions};
use spola::{Report, Severity};

use crate::harness::{files_under, link_texts, load_files, read_value, shared};

/// Documents with errors: what is wrong, at which line. All others have none.
const WRONG: &[(&str, &str)] = &[];

fn is_arazzo(path: &Path) -> bool {
    let known = path
        .extension()
        .is_some_and(|end| end == "yaml" || end == "yml" || end == "json");
    let text = if known {
        std::fs::read(path).expect("a file")
    } else {
        Vec::new()
    };
    Tree::parse("", &text, &Default::default())
        .is_ok_and(|tree| tree.root().get("arazzo").is_some())
}

fn errors(reports: &[Report]) -> String {
    let errors = reports
        .iter()
        .filter(|report| report.severity == Severity::Error);
    let errors: Vec<String> = errors
        .map(|report| {
            let line = report.location.as_ref().map_or(0, |place| place.line);
            format!("{}:{line}", report.code)
        })
        .collect();
    errors.join(" ")
}

#[test]
fn every_document_is_read_and_has_just_the_errors_that_it_has() {
    let Some(corpus) = shared("corpus") else {
        return;
    };
    let mut documents = 0;
    let mut others = Vec::new();
    for path in files_under(&corpus).iter().filter(|path| is_arazzo(path)) {
        documents += 1;
        let found = errors(&check(&load_files(path), LinkOptions::default()));
        // Nothing is hidden, and nothing panics, where it is read to the letter.
        let strict = check(&load_files(path), LinkOptions { strict: true });
        let name = path
            .strip_prefix(&corpus)
            .expect("below")
            .display()
            .to_string();
        assert!(
            strict
                .iter()
                .any(|report| report.severity == Severity::Error)
                || found.is_empty(),
            "{name}"
        );
        let expected = WRONG.iter().find(|(wrong, _)| *wrong == name);
        if found != expected.map_or("", |(_, errors)| errors) {
            others.push(format!("    (\"{name}\", \"{found}\"),"));
        }
    }
    assert!(others.is_empty(), "{}", others.join("\n"));
    assert_eq!(documents, 72);
}
