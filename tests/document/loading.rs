//! Documents that refer to one another.

use spola::document::{DocumentKind, LoadLimits, Loader};
use spola::{Diagnostic, Report};

use super::at;

const ARAZZO: &str = "arazzo: 1.1.0\ninfo: {title: t, version: v}\nworkflows: []\n";

/// Loads with the texts given by URL; what was asked for, in order.
fn load(mut loader: Loader, texts: &[(&str, &str)]) -> (spola::document::Documents, Vec<String>) {
    let mut asked = Vec::new();
    while let Some(url) = loader.needs() {
        match texts.iter().find(|(known, _)| *known == url) {
            Some((_, text)) => loader.supply(&url, text.as_bytes(), &url),
            None => loader.failed(&url, "no such file"),
        }
        asked.push(url);
    }
    (loader.finish(), asked)
}

fn with_sources(head: &str, sources: &[(&str, &str)]) -> String {
    let list: String = sources
        .iter()
        .map(|(name, url)| format!("- {{name: {name}, url: '{url}'}}\n"))
        .collect();
    format!("{ARAZZO}{head}sourceDescriptions:\n{list}")
}

#[test]
fn sources_are_resolved_against_the_place_of_the_document() {
    for (entry, own, url, want) in [
        ("/w/a.yaml", "", "../s/p.yaml", "/s/p.yaml"),
        ("w/a.yaml", "", "./s/p.yaml", "w/s/p.yaml"),
        (
            "file:///w/a.yaml",
            "$self: https://e.x/wf/a.yaml\n",
            "../s/p.yaml",
            "https://e.x/s/p.yaml",
        ),
        (
            "https://e.x/v2/d.yaml",
            "$self: wf/p.yaml\n",
            "../s/p.yaml",
            "https://e.x/v2/s/p.yaml",
        ),
    ] {
        let text = with_sources(own, &[("s", url)]);
        let (documents, asked) = load(
            Loader::new(entry),
            &[(entry, &text), (want, "openapi: 3.1.0")],
        );
        assert_eq!(asked, [entry, want]);
        let entry = documents.entry().unwrap();
        let source = documents.sources(entry).next().unwrap();
        assert_eq!((source.url, source.target), (url, want));
        assert_eq!(source.document.unwrap().kind(), DocumentKind::OpenApi);
        assert!(documents.errors().is_empty());
        assert!(documents.unavailable().is_empty());
    }
}

#[test]
fn documents_are_loaded_transitively_and_each_once() {
    let a = with_sources(
        "",
        &[("b", "b.yaml"), ("p", "p.yaml"), ("again", "./x/../p.yaml")],
    );
    let b = with_sources("", &[("a", "a.yaml"), ("p", "p.yaml#/x")]);
    let p = "openapi: 3.1.0\npaths:\n  /x: {$ref: 'parts/x.yaml#/a'}\n  /y: {$ref: '#/z'}\n";
    let x = "a: {$ref: 'y.json'}\nb: {$ref: '../p.yaml#/z'}\n";
    let texts = [
        ("d/a.yaml", a.as_str()),
        ("d/b.yaml", &b),
        ("d/p.yaml", p),
        ("d/parts/x.yaml", x),
        ("d/parts/y.json", "{}"),
    ];
    let (documents, asked) = load(Loader::new("d/a.yaml"), &texts);
    assert_eq!(
        asked,
        [
            "d/a.yaml",
            "d/b.yaml",
            "d/p.yaml",
            "d/parts/x.yaml",
            "d/parts/y.json"
        ]
    );
    let p = documents.get("d/p.yaml").unwrap();
    let tree = p.tree();
    let (found, fragment) = documents
        .follow(p, at(tree, "/paths/~1x"), "parts/x.yaml#/a%20b")
        .unwrap();
    assert_eq!((found.url(), fragment.as_str()), ("d/parts/x.yaml", "/a b"));
    let (found, _) = documents.follow(p, tree.root(), "#/z").unwrap();
    assert_eq!(found.url(), "d/p.yaml");
    assert_eq!(documents.iter().count(), 5);
}

#[test]
fn a_missing_source_names_the_place_that_was_tried() {
    let text = with_sources("", &[("pets", "../pets.yaml")]);
    let (documents, _) = load(Loader::new("w/a.yaml"), &[("w/a.yaml", &text)]);
    let found = documents.unavailable();
    let text = Report::of(&found[0]).render(None);
    assert_eq!(
        text,
        "w/a.yaml:5:21: error[document.unavailable]: the source description `pets` could not be read from `pets.yaml`: no such file\n  help: mend its `url`, or say where it is: `--source pets=FILE-OR-URL`\n"
    );
    assert_eq!(documents.failure("pets.yaml"), Some("no such file"));
    let (documents, _) = load(Loader::new("a.yaml"), &[]);
    assert!(documents.entry().is_none());
    assert_eq!(
        documents.unavailable()[0].place().document.as_ref(),
        "a.yaml"
    );
}

#[test]
fn a_source_that_is_no_yaml_gives_its_own_errors() {
    let text = with_sources("", &[("p", "p.yaml")]);
    let texts = [("a.yaml", text.as_str()), ("p.yaml", "a: 1\na: 2\n")];
    let (documents, _) = load(Loader::new("a.yaml"), &texts);
    assert_eq!(documents.errors()[0].code(), "document.duplicate-key");
    assert_eq!(documents.errors()[0].place().document.as_ref(), "p.yaml");
    assert!(documents.unavailable().is_empty());
    let entry = documents.entry().unwrap();
    assert!(documents.sources(entry).next().unwrap().document.is_err());
}

#[test]
fn a_source_can_be_said_to_be_elsewhere() {
    let a = with_sources("", &[("b", "b.yaml"), ("p", "p.yaml")]);
    let b = with_sources("", &[("p", "q.yaml"), ("other", "o.yaml")]);
    let mut loader = Loader::new("a.yaml");
    loader.source("p", "/elsewhere/p.yaml");
    loader.source("other", "https://e.x/o.yaml");
    let (_, asked) = load(loader, &[("a.yaml", &a), ("b.yaml", &b)]);
    assert_eq!(
        asked,
        [
            "a.yaml",
            "b.yaml",
            "/elsewhere/p.yaml",
            "q.yaml",
            "https://e.x/o.yaml"
        ]
    );
}

#[test]
fn a_document_that_names_itself_is_not_fetched_by_that_name() {
    let a = with_sources("", &[("b", "https://e.x/b.yaml")]);
    let b = format!("{ARAZZO}$self: https://e.x/b.yaml\nsourceDescriptions: []\n");
    let mut loader = Loader::new("a.yaml");
    loader.supply("local-b.yaml", b.as_bytes(), "local-b.yaml");
    loader.supply("unused.yaml", b"a: {$ref: 'nowhere.yaml'}", "unused.yaml");
    let (documents, asked) = load(loader, &[("a.yaml", &a)]);
    assert_eq!(asked, ["a.yaml"]);
    let entry = documents.entry().unwrap();
    let b = documents.sources(entry).next().unwrap().document.unwrap();
    assert_eq!((b.url(), b.base()), ("local-b.yaml", "https://e.x/b.yaml"));
    assert_eq!(documents.iter().count(), 2);
}

#[test]
fn after_a_redirect_the_final_url_is_the_base() {
    let text = with_sources("", &[("p", "p.yaml")]);
    let mut loader = Loader::new("https://e.x/a.yaml");
    assert_eq!(loader.needs().as_deref(), Some("https://e.x/a.yaml"));
    assert_eq!(loader.needs(), None);
    loader.supply(
        "https://e.x/a.yaml",
        text.as_bytes(),
        "https://f.x/d/a.yaml",
    );
    assert_eq!(loader.needs().as_deref(), Some("https://f.x/d/p.yaml"));
}

#[test]
fn a_document_from_the_network_reads_no_files() {
    let text = with_sources("", &[("p", "file:///etc/passwd"), ("u", "urn:x:y")]);
    let (documents, asked) = load(
        Loader::new("https://e.x/a.yaml"),
        &[("https://e.x/a.yaml", &text)],
    );
    assert_eq!(asked, ["https://e.x/a.yaml"]);
    let texts: Vec<String> = documents
        .unavailable()
        .iter()
        .map(ToString::to_string)
        .collect();
    assert!(texts[0].contains("cannot refer to a file"), "{texts:?}");
    assert!(texts[1].contains("was supplied"), "{texts:?}");
}

#[test]
fn references_in_schemas_follow_their_ids() {
    let text = format!(
        "{ARAZZO}sourceDescriptions: []\ncomponents:\n  inputs:\n    a: {{$id: 'https://e.x/s/a.json', properties: {{b: {{$ref: b.json}}, c: {{$ref: a.json}}}}}}\n"
    );
    let (documents, asked) = load(Loader::new("a.yaml"), &[("a.yaml", &text)]);
    assert_eq!(asked, ["a.yaml", "https://e.x/s/b.json"]);
    let entry = documents.entry().unwrap();
    let node = at(entry.tree(), "/components/inputs/a/properties/b");
    let missing = documents.follow(entry, node, "b.json#x").unwrap_err();
    assert_eq!(missing.tried, "https://e.x/s/b.json");
    assert_eq!(missing.reason, "no such file");
}

#[test]
fn documents_in_all_are_limited() {
    let many: Vec<(String, String)> = (0..20)
        .map(|i| (format!("s{i}"), format!("{i}.yaml")))
        .collect();
    let many: Vec<(&str, &str)> = many.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
    let text = with_sources("", &many);
    let mut loader = Loader::new("a.yaml");
    loader.limit(LoadLimits {
        max_documents: 5,
        ..LoadLimits::default()
    });
    let (documents, asked) = load(loader, &[("a.yaml", &text)]);
    assert_eq!(asked.len(), 5);
    assert_eq!(documents.errors().len(), 1);
    assert_eq!(documents.errors()[0].code(), "document.too-many-documents");
    let mut loader = Loader::new("a.yaml");
    loader.limit(LoadLimits {
        max_total_bytes: 10,
        ..LoadLimits::default()
    });
    let (documents, _) = load(loader, &[("a.yaml", &text)]);
    assert_eq!(documents.errors()[0].code(), "document.too-large-in-all");
}
