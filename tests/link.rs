//! Linking: what is found, where, and what becomes of it.

use std::path::{Path, PathBuf};

use spola::Severity;
use spola::link::{LinkOptions, check, link};

use crate::harness::{load_files, shared};

fn arazzo_files(folder: &Path, out: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return;
    };
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            arazzo_files(&path, out);
        } else if let Ok(text) = std::fs::read_to_string(&path)
            && text
                .lines()
                .any(|line| line.starts_with("arazzo:") || line.trim().starts_with("\"arazzo\":"))
        {
            out.push(path);
        }
    }
}

#[test]
fn every_document_of_the_corpus_links_or_gives_located_errors() {
    let Some(corpus) = shared("corpus") else {
        return;
    };
    let mut files = Vec::new();
    arazzo_files(&corpus, &mut files);
    assert!(files.len() >= 60, "{}", files.len());
    let mut linked = 0;
    for path in &files {
        let documents = load_files(path);
        for strict in [false, true] {
            let reports = check(&documents, LinkOptions { strict });
            for report in &reports {
                let place = report.location.as_ref().expect("a place");
                assert!(
                    place.line > 0 || report.code == "document.unavailable",
                    "{}: {report:?}",
                    path.display()
                );
                if std::env::var_os("SHOW").is_some() && !strict && report.severity != Severity::Hint {
                    print!("{}", report.render(None));
                }
            }
        }
        match link(&documents, LinkOptions::default()) {
            Ok(_) => linked += 1,
            Err(errors) => {
                assert!(errors.findings().iter().any(|one| one.severity == Severity::Error));
            }
        }
    }
    println!("{linked} of {} documents link", files.len());
}
