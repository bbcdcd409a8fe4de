//! The table for users of another toolkit leaves nothing out.

use std::collections::BTreeSet;

use crate::harness::{root, shared};

/// The rows of the table: what is theirs, and the test that shows ours.
fn rows() -> Vec<(String, String)> {
    let path = root().join("ecr/COMPATIBILITY.md");
    let text = std::fs::read_to_string(path).expect("the table");
    text.lines()
        .filter(|line| line.starts_with("| `"))
        .map(|line| {
            let cells: Vec<_> = line.trim_matches('|').split(" | ").map(str::trim).collect();
            assert_eq!(cells.len(), 3, "{line}");
            (
                cells[0].trim_matches('`').to_owned(),
                cells[2].trim_matches('`').to_owned(),
            )
        })
        .collect()
}

/// The classes, methods and arguments that a page of documentation lists: a name is on a
/// line that ends in `¶` (or `classmethod` stands between), its arguments follow.
fn documented(text: &str) -> BTreeSet<String> {
    let lines: Vec<_> = text.lines().map(str::trim).collect();
    let mut found = BTreeSet::new();
    let mut class = String::new();
    for (at, line) in lines.iter().enumerate() {
        let follows = lines[at + 1..].iter().take(2).any(|next| *next == "¶");
        let name = match line.strip_suffix(" ¶") {
            Some(name) => name,
            None if follows && *line != "classmethod" => line,
            None => continue,
        };
        if !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_') {
            continue;
        }
        let is_class = name.starts_with(|c: char| c.is_uppercase());
        let full = match is_class || name == "resolve_image_uri" {
            true => name.to_owned(),
            false => format!("{class}.{name}"),
        };
        if is_class {
            name.clone_into(&mut class);
        }
        let rest = lines[at + 1..].join("\n");
        if let Some(signature) = rest.split(&format!("{name}(")).nth(1)
            && rest
                .find(&format!("{name}("))
                .is_some_and(|start| start < 30)
        {
            let end = end_of(signature);
            for argument in arguments(&signature[..end]) {
                found.insert(format!("{full}({argument})"));
            }
        }
        found.insert(full);
    }
    found
}

/// Where the bracket closes that is open at the beginning.
fn end_of(text: &str) -> usize {
    let mut open = 1;
    for (at, c) in text.char_indices() {
        match c {
            '(' => open += 1,
            ')' => open -= 1,
            _ => {}
        }
        if open == 0 {
            return at;
        }
    }
    text.len()
}

/// The names of arguments; what is in brackets belongs to a default value.
fn arguments(signature: &str) -> Vec<String> {
    let mut depth = 0;
    let flat: String = signature
        .chars()
        .filter(|c| {
            depth += i32::from(*c == '(');
            let outside = depth == 0;
            depth -= i32::from(*c == ')');
            outside
        })
        .collect();
    let names = flat.split(',').filter_map(|part| part.split('=').next());
    names
        .map(|name| name.trim().to_owned())
        .filter(|name| !name.is_empty() && name != "*")
        .collect()
}

#[test]
fn every_class_method_and_argument_of_the_other_toolkit_has_a_row() {
    let Some(path) = shared("seeds/aibs-ecr-toolkit-api.txt") else {
        return;
    };
    let text = std::fs::read_to_string(path).expect("the page");
    let documented = documented(&text);
    assert!(documented.len() > 60, "{documented:#?}");
    let rows: BTreeSet<_> = rows().into_iter().map(|(theirs, _)| theirs).collect();
    let missing: Vec<_> = documented.difference(&rows).collect();
    assert!(missing.is_empty(), "{missing:#?}");
}

#[test]
fn every_test_that_the_table_names_exists() {
    let tests = root().join("tests");
    for (theirs, test) in rows() {
        let (file, name) = test
            .split_once("::")
            .unwrap_or_else(|| panic!("{theirs}: {test}"));
        let folders = ["", "ecr_operations/", "ecr_copy/"];
        let exists = folders.iter().any(|folder| {
            let text = std::fs::read_to_string(tests.join(format!("{folder}{file}.rs")));
            text.is_ok_and(|text| text.contains(&format!("fn {name}()")))
        });
        assert!(exists, "{theirs}: no test {test}");
    }
}
