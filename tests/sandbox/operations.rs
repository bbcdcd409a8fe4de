//! The table of operations, against the code and the tests that it names.

use std::collections::BTreeSet;

use spola_sandbox::Sandbox;

use crate::harness::root;

/// Service, operation, whether it is the sandbox's, and the test.
fn rows() -> Vec<(&'static str, String, bool, String)> {
    let text = std::fs::read_to_string(root().join("sandbox/OPERATIONS.md")).unwrap();
    let mut service = "";
    let mut rows = Vec::new();
    for line in text.lines() {
        service = match line {
            "## Amazon ECR" => "ecr",
            "## EC2 Image Builder" => "imagebuilder",
            "## AWS STS" => "sts",
            _ => service,
        };
        let cells: Vec<&str> = line.split('|').map(str::trim).collect();
        if let ["", name, ours @ ("yes" | "no"), _, test, ""] = cells[..] {
            rows.push((service, name.to_owned(), ours == "yes", test.to_owned()));
        }
    }
    rows
}

#[test]
fn the_table_of_operations_is_the_codes() {
    let told: BTreeSet<(&str, String)> = rows()
        .into_iter()
        .filter(|(_, _, ours, _)| *ours)
        .map(|(service, name, ..)| (service, name))
        .collect();
    let known: BTreeSet<(&str, String)> = Sandbox::operations()
        .map(|(service, name)| (service, name.to_owned()))
        .collect();
    assert_eq!(told, known);
    assert!(known.len() > 70);
}

#[test]
fn each_operation_of_the_table_has_a_test_that_exists() {
    for (_, name, ours, test) in rows() {
        let found = test.split_once(": ").is_some_and(|(file, test)| {
            let path = root().join(format!("tests/clients/{file}_tests.py"));
            let text = std::fs::read_to_string(path).unwrap_or_default();
            text.lines()
                .any(|line| line.starts_with(&format!("def {test}(")))
        });
        assert_eq!(found, ours, "{name}: {test}");
    }
}
