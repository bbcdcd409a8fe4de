//! The pure crates keep their promise: no IO, clock, thread or randomness.

use std::path::{Path, PathBuf};

use crate::harness::root;

/// What no line of the pure crates may name.
const FORBIDDEN: [&str; 16] = [
    "std::net",
    "std::fs",
    "std::thread",
    "std::process",
    "std::env",
    "std::time::Instant",
    "std::time::SystemTime",
    "Instant::now",
    "SystemTime::now",
    "Utc::now",
    "Local::now",
    "tokio::",
    "thread_rng",
    " rand::",
    "getrandom",
    "RandomState",
];

fn sources(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        if path.is_dir() {
            // What a package outside the workspace was built into.
            if path.file_name().is_some_and(|name| name == "target") {
                continue;
            }
            sources(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "rs") {
            found.push(path);
        }
    }
}

#[test]
fn the_pure_crates_name_no_io_clock_thread_or_randomness() {
    let mut files = Vec::new();
    for name in ["core", "ecr", "sandbox"] {
        sources(&root().join(name).join("src"), &mut files);
    }
    assert!(files.len() > 20);
    let mut found = Vec::new();
    for file in &files {
        let text = std::fs::read_to_string(file).expect("a source file");
        for (at, line) in text.lines().enumerate() {
            let code = line.split("//").next().unwrap_or_default();
            if FORBIDDEN.iter().any(|name| code.contains(name)) {
                found.push(format!("{}:{}: {line}", file.display(), at + 1));
            }
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn every_source_file_says_in_its_first_line_what_it_is_for() {
    let mut files = Vec::new();
    for name in ["core/src", "ecr/src", "sandbox/src", "cli/src", "tests"] {
        sources(&root().join(name), &mut files);
    }
    for file in files {
        let text = std::fs::read_to_string(&file).expect("a source file");
        let first = text.lines().next().unwrap_or_default();
        assert!(first.starts_with("//! "), "{}: {first}", file.display());
    }
}
