//! JSON Schema: the published suite, defaults, words.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use spola::document::{Schema, SchemaError};
use spola::pointer::Pointer;

fn shared(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../shared")
        .join(path)
}

fn read(path: &Path) -> Value {
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    found.sort();
    found
}

/// The documents that the suite expects at `http://localhost:1234/`.
fn remotes(folder: &Path, url: &str, found: &mut HashMap<String, Value>) {
    for path in files(folder) {
        let name = path.file_name().unwrap().to_str().unwrap();
        let url = format!("{url}/{name}");
        if path.is_dir() {
            remotes(&path, &url, found);
        } else {
            found.insert(url, read(&path));
        }
    }
}

#[test]
#[allow(clippy::print_stderr)]
fn the_published_suite_passes_whole() {
    let folder = shared("suites/json-schema-2020-12");
    if !folder.is_dir() {
        eprintln!("skipped: there is no {}", folder.display());
        return;
    }
    let mut documents = HashMap::new();
    remotes(
        &folder.join("remotes"),
        "http://localhost:1234",
        &mut documents,
    );
    let fetch = |url: &str| documents.get(url).cloned();
    let (mut passed, mut failed) = (0, Vec::new());
    for path in files(&folder).iter().filter(|path| path.is_file()) {
        for group in read(path).as_array().unwrap() {
            let compiled = Schema::compile(&group["schema"], &Pointer::default(), "", &fetch);
            for test in group["tests"].as_array().unwrap() {
                let verdict = match &compiled {
                    Ok(schema) => Ok(schema.validate(&test["data"]).is_empty()),
                    Err(error) => Err(format!("{error} at `{}`", error.pointer)),
                };
                if verdict == Ok(test["valid"] == true) {
                    passed += 1;
                } else {
                    let name = path.file_name().unwrap().to_str().unwrap();
                    let (group, test) = (&group["description"], &test["description"]);
                    failed.push(format!("{name}: {group}: {test}: {verdict:?}"));
                }
            }
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
    assert_eq!(passed, 1299);
}
