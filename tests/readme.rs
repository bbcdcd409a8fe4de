//! What the README shows is what is seen.

use serde_json::Value;

use crate::cli_run::run;
use crate::harness::{read_value, root};

fn example() -> Value {
    read_value(&root().join("workflows/examples/publish-image.inputs.yaml"))
}

#[test]
fn the_example_publishes_the_image_whose_layers_the_sandbox_has() {
    let inputs = example();
    assert_eq!(inputs["imageManifest"], spola_sandbox::sample_manifest());
    assert_eq!(
        inputs["imageManifestMediaType"],
        spola_sandbox::sample_manifest_media_type()
    );
}

#[test]
fn the_first_command_of_the_readme_prints_what_the_readme_shows() {
    let readme = std::fs::read_to_string(root().join("README.md")).expect("the README");
    let command = readme
        .lines()
        .find_map(|line| line.strip_prefix("cargo run --release -p spola-cli -- "))
        .expect("the first command");
    let arguments: Vec<&str> = command.split_whitespace().collect();
    let ran = run(&arguments);
    assert_eq!(ran.status, 0, "{}", ran.err);
    let shown = |line: &str| {
        let (line, _) = line.rsplit_once("  200  ").unwrap_or((line, ""));
        readme.contains(line.trim_end())
    };
    for line in ran.err.lines() {
        assert!(shown(line), "not in the README: {line}");
    }
    let outputs: Value = serde_json::from_str(&ran.out).expect("outputs");
    let uri = outputs["repositoryUri"].as_str().expect("a URI");
    assert!(readme.contains(uri), "not in the README: {uri}");
}
