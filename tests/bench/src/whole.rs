//! Documents and the binary: linking, linting, start-up.

use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::Value;
use spola::document::Tree;
use spola::link::{LinkOptions, check, link};

use crate::measure::{self, Case};
use crate::runners;

/// Linking the largest description, linting a corpus, starting the binary.
pub fn report(rounds: usize) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    linking(&root, rounds);
    lint(&root, rounds.min(5));
    start_up(&root, rounds);
}

/// The largest description there is, in place: it is no part of this tree.
fn linking(root: &Path, rounds: usize) {
    let seeds = root.join("../shared/seeds");
    let workflow = seeds.join("arazzo/amazon-ec2-image-builder-create-image-and-poll-workflow.yml");
    let description = seeds.join("openapi/amazon-ec2-image-builder-openapi.yaml");
    let (Ok(text), true) = (std::fs::read_to_string(&description), workflow.exists()) else {
        println!("\nlinking: left out, there is no {}", description.display());
        return;
    };
    let tree = |text: &str| {
        let tree = Tree::parse("a.yaml", text.as_bytes(), &Default::default());
        tree.unwrap_or_else(|errors| panic!("{}", errors[0]))
    };
    let json = tree(&text).root().to_value().to_string();
    let documents = || runners::documents(&workflow);
    let whole = || link(documents(), LinkOptions::default()).expect("a right document");
    let loaded = documents();
    let mut cases = [
        Case::new("read and link, YAML", 1, || drop(black_box(whole()))),
        Case::new("  its tree from YAML", 1, || drop(black_box(tree(&text)))),
        Case::new("  its tree from JSON", 1, || drop(black_box(tree(&json)))),
        Case::new("  checks, all read", 1, || {
            drop(black_box(check(&loaded, LinkOptions::default())));
        }),
        Case::new("relative: YAML alone", 1, || {
            let value: Value = serde_yaml_ng::from_str(&text).expect("YAML");
            drop(black_box(value));
        }),
    ];
    let times = measure::times(&mut cases, rounds, Duration::from_millis(20));
    println!("\nlinking a description of {} KB\n", text.len() / 1000);
    for (at, case) in cases.iter().enumerate() {
        println!("{:<28} {:>10.2} ms", case.name, times.least(at) / 1000.0);
    }
    println!(
        "{:<28} {:>10.2}",
        "read and link / relative",
        times.ratio(0, 4)
    );
}

fn lint(root: &Path, rounds: usize) {
    let corpus = root.join("../shared/corpus");
    let mut files = Vec::new();
    arazzo_files(&corpus, &mut files);
    if files.is_empty() {
        println!("\nlint: left out, there is no {}", corpus.display());
        return;
    }
    let mut findings = 0;
    let lint = || {
        findings = files
            .iter()
            .map(|path| check(&runners::documents(path), LinkOptions::default()).len())
            .sum();
    };
    let mut cases = [Case::new("lint", files.len(), lint)];
    let time = measure::times(&mut cases, rounds, Duration::from_millis(50)).least(0);
    drop(cases);
    println!(
        "\nlint: {} documents, {findings} findings, {:.2} ms a document, {:.0} documents a second",
        files.len(),
        time / 1000.0,
        1e6 / time
    );
}

/// The files under a folder that say that they are Arazzo.
fn arazzo_files(folder: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else {
        return;
    };
    let mut paths: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort();
    for path in paths {
        if path.is_dir() {
            arazzo_files(&path, found);
            continue;
        }
        let name = path.extension().and_then(|end| end.to_str());
        if !matches!(name, Some("yaml" | "yml" | "json")) {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap_or_default();
        let says = |line: &str| line.starts_with("arazzo:") || line.contains("\"arazzo\":");
        if text.lines().any(says) {
            found.push(path);
        }
    }
}

/// The binary, as `cargo build --release -p spola-cli` left it, or `SPOLA_BINARY`.
fn start_up(root: &Path, rounds: usize) {
    let target = std::env::var_os("CARGO_TARGET_DIR").map_or(root.join("target"), PathBuf::from);
    let binary =
        std::env::var_os("SPOLA_BINARY").map_or(target.join("release/spola"), PathBuf::from);
    if !binary.exists() {
        println!("\nstart-up: left out, there is no binary; cargo build --release -p spola-cli");
        return;
    }
    let run = |program: &Path, arguments: &[&str]| {
        let mut command = Command::new(program);
        command.args(arguments).current_dir(root);
        let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status();
        let status = black_box(status).expect("the program starts");
        assert!(status.success(), "{arguments:?}");
    };
    let publish = "workflows/arazzo/publish-image.arazzo.yaml";
    let one_step = "tests/bench/one-step.arazzo.yaml";
    let mut cases = [
        Case::outside("any process (true)", || run(Path::new("true"), &[])),
        Case::outside("spola --version", || run(&binary, &["--version"])),
        Case::outside("spola lint, ECR", || run(&binary, &["lint", publish])),
        Case::outside("spola run, one step", || {
            run(&binary, &["run", one_step, "--sandbox"])
        }),
    ];
    let times = measure::times(&mut cases, rounds, Duration::from_millis(50));
    println!("\nstart-up\n");
    for (at, case) in cases.iter().enumerate() {
        println!("{:<28} {:>10.2} ms", case.name, times.least(at) / 1000.0);
    }
}
