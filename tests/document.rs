//! Texts to trees.

mod limits;
mod loading;
mod properties;

use serde_json::{Value, json};
use spola::document::{DocumentError, DocumentErrorKind, Kind, Node, Tree, TreeLimits};
use spola::pointer::Pointer;
use spola::{Diagnostic, Report};

use crate::harness::{files_under, shared};

fn read(name: &str, text: &str) -> Result<Tree, Vec<DocumentError>> {
    Tree::parse(name, text.as_bytes(), &TreeLimits::default())
}

fn yaml(text: &str) -> Tree {
    read("a.yaml", text).unwrap_or_else(|errors| panic!("{text}: {errors:?}"))
}

fn wrong(name: &str, text: &str) -> DocumentError {
    match read(name, text) {
        Ok(tree) => panic!("{text} was read: {}", tree.root().to_value()),
        Err(errors) => errors[0].clone(),
    }
}

fn place(error: &DocumentError) -> (u32, u32, u32) {
    let at = error.location().unwrap();
    (at.line, at.column, at.length)
}

fn at<'t>(tree: &'t Tree, pointer: &str) -> Node<'t> {
    let pointer = Pointer::parse(pointer).unwrap();
    tree.root().at(&pointer).unwrap()
}

#[test]
fn plain_scalars_have_the_types_of_the_core_schema() {
    for (text, want) in [
        ("null", json!(null)),
        ("~", json!(null)),
        ("", json!(null)),
        ("Null", json!(null)),
        ("true", json!(true)),
        ("False", json!(false)),
        ("on", json!("on")),
        ("no", json!("no")),
        ("yes", json!("yes")),
        ("y", json!("y")),
        ("1", json!(1)),
        ("+1", json!(1)),
        ("-0", serde_json::from_str("-0").unwrap()),
        ("0o17", json!(15)),
        ("0x1F", json!(31)),
        ("0xg", json!("0xg")),
        ("-0x1F", json!("-0x1F")),
        ("012345678901", json!("012345678901")),
        ("123456789012", json!(123_456_789_012_u64)),
        ("00", json!("00")),
        ("-01", json!("-01")),
        ("1_000", json!("1_000")),
        ("1:30", json!("1:30")),
        ("1.0", serde_json::from_str("1.0").unwrap()),
        ("1.", json!(1)),
        (".5", serde_json::from_str("0.5").unwrap()),
        ("-.5e3", serde_json::from_str("-0.5e3").unwrap()),
        ("1e3", serde_json::from_str("1e3").unwrap()),
        (".", json!(".")),
        ("+", json!("+")),
        ("1.2.3", json!("1.2.3")),
        ("1.2.", json!("1.2.")),
        ("1..5", json!("1..5")),
        ("1.e2", serde_json::from_str("1e2").unwrap()),
        ("+.5e+1", serde_json::from_str("0.5e+1").unwrap()),
        ("1e.5", json!("1e.5")),
        ("+-1", json!("+-1")),
        ("++1", json!("++1")),
        ("0o", json!("0o")),
        ("0xFFFFFFFFFFFFFFFF", json!(u64::MAX)),
        ("0x1FFFFFFFFFFFFFFFF", json!("0x1FFFFFFFFFFFFFFFF")),
        (".inf", json!(".inf")),
        ("-.inf", json!("-.inf")),
        (".nan", json!(".nan")),
        ("2024-01-01", json!("2024-01-01")),
        ("\"1\"", json!("1")),
        ("'true'", json!("true")),
        ("!!str 1", json!("1")),
        ("! 1", json!("1")),
        ("!!int 7", json!(7)),
        ("!!float 7", json!(7)),
        ("!!null ~", json!(null)),
        ("!!bool true", json!(true)),
        (
            "123456789012345678901234567890",
            serde_json::from_str("123456789012345678901234567890").unwrap(),
        ),
    ] {
        let tree = yaml(&format!("a: {text}"));
        let found = tree.root().get("a").unwrap().to_value();
        assert_eq!(found, want, "{text}");
    }
}

#[test]
fn a_version_that_is_a_number_can_be_told() {
    let tree = yaml("arazzo: 1.10\n");
    let node = tree.root().get("arazzo").unwrap();
    assert_eq!(node.kind_name(), "a number");
    let Kind::Number(number) = node.kind() else {
        panic!("{node:?}");
    };
    assert_eq!(number.as_str(), "1.10");
}

#[test]
fn keys_are_strings_as_they_are_written() {
    let tree = yaml("200: a\n1.50: b\ntrue: c\n<<: d\n\"on\": e\n? f\n: g\n");
    let keys: Vec<&str> = tree.root().entries().map(|(key, _)| key).collect();
    assert_eq!(keys, ["200", "1.50", "true", "<<", "on", "f"]);
    for text in [
        "? [a, b]\n: c\n",
        "? {a: b}\n: c\n",
        "~: a\n",
        "null: a\n",
        "{[a]: b}",
    ] {
        assert_eq!(wrong("a.yaml", text).code(), "document.bad-key", "{text}");
    }
}

#[test]
fn every_value_and_key_has_its_place() {
    let text = "# é\ninfo:\n  title: Größe a\n  'x y': |\n    one\n    two\nlist:\n- 1\n- {k: \"ü\", m: [ ]}\nnone:\n";
    let tree = yaml(text);
    for (pointer, value, key) in [
        ("", (2, 1, 4), (2, 1, 4)),
        ("/info", (3, 3, 5), (2, 1, 4)),
        ("/info/title", (3, 10, 7), (3, 3, 5)),
        ("/info/x y", (5, 5, 3), (4, 3, 5)),
        ("/list", (8, 1, 1), (7, 1, 4)),
        ("/list/0", (8, 3, 1), (8, 3, 1)),
        ("/list/1", (9, 3, 1), (9, 3, 1)),
        ("/list/1/k", (9, 7, 3), (9, 4, 1)),
        ("/list/1/m", (9, 15, 1), (9, 12, 1)),
    ] {
        let node = at(&tree, pointer);
        let (own, name) = (node.location(), node.key_location());
        assert_eq!((own.line, own.column, own.length), value, "{pointer}");
        assert_eq!((name.line, name.column, name.length), key, "{pointer}");
        assert_eq!(own.pointer, pointer);
    }
    assert_eq!(tree.root().entry_location("list").line, 7);
    assert_eq!(at(&tree, "/none").key_location().line, 10);
    assert!(at(&tree, "/none").is_null());
    assert_eq!(at(&tree, "/info/x y").as_str(), Some("one\ntwo\n"));
}

#[test]
fn json_has_the_same_places() {
    let text =
        "\u{feff}{\r\n  \"é\\u0041\": [true, \"\u{2028}x\", -1.50e2],\r\n\t\"a/b\": {}\r\n}\r\n";
    for name in ["a.json", "a.yaml"] {
        let tree = read(name, text).unwrap();
        for (pointer, value, key) in [
            ("", (1, 1, 1), (1, 1, 1)),
            ("/éA", (2, 14, 1), (2, 3, 9)),
            ("/éA/0", (2, 15, 4), (2, 15, 4)),
            ("/éA/1", (2, 21, 4), (2, 21, 4)),
            ("/éA/2", (2, 27, 7), (2, 27, 7)),
            ("/a~1b", (3, 9, 1), (3, 2, 5)),
        ] {
            let node = at(&tree, pointer);
            let (own, name) = (node.location(), node.key_location());
            assert_eq!((own.line, own.column, own.length), value, "{pointer}");
            assert_eq!((name.line, name.column, name.length), key, "{pointer}");
            assert_eq!(own.pointer, pointer);
        }
        assert_eq!(at(&tree, "/éA/2").as_number().unwrap().as_str(), "-1.50e+2");
    }
}

#[test]
fn json_is_read_strictly() {
    for (text, want) in [
        (r#"{"a": "\ud83d\ude00\n\/"}"#, json!({"a": "\u{1f600}\n/"})),
        ("[]", json!([])),
        (" \n{ }\t", json!({})),
        ("[1, [2, {\"a\": null}]]", json!([1, [2, {"a": null}]])),
    ] {
        assert_eq!(read("a.json", text).unwrap().root().to_value(), want);
    }
    for (text, line, column) in [
        ("{\"a\": 1,}", 1, 9),
        ("[1 2]", 1, 4),
        ("[01]", 1, 2),
        ("[1.]", 1, 2),
        ("[+1]", 1, 2),
        ("[NaN]", 1, 2),
        ("[nul]", 1, 2),
        ("{a: 1}", 1, 2),
        ("{\"a\" 1}", 1, 6),
        ("[\n \"a\tb\"]", 2, 4),
        ("[\"a\nb\"]", 1, 2),
        (r#"["\ud800"]"#, 1, 3),
        (r#"["\ud800\u0041"]"#, 1, 3),
        (r#"["\udc00"]"#, 1, 3),
        (r#"["\u00g0"]"#, 1, 3),
        (r#"["\é"]"#, 1, 3),
        (r#"["\x"]"#, 1, 3),
        ("[1] 2", 1, 5),
        ("[1", 1, 3),
        ("[1}", 1, 3),
        ("{\"a\":", 1, 6),
        ("[\"", 1, 2),
        ("[\u{a0}1]", 1, 2),
    ] {
        let error = wrong("a.json", text);
        assert_eq!(error.code(), "document.syntax", "{text}");
        let (found_line, found_column, _) = place(&error);
        assert_eq!(
            (found_line, found_column),
            (line, column),
            "{text}: {error}"
        );
    }
}

#[test]
fn a_text_in_braces_that_is_no_json_may_be_yaml() {
    let tree = yaml("{a: 1, 'b': [x, y,],}");
    assert_eq!(tree.root().to_value(), json!({"a": 1, "b": ["x", "y"]}));
    assert_eq!(wrong("a.json", "{a: 1}").code(), "document.syntax");
    let error = wrong("a", "{\"a\": 1,\n \"b\": 2\n \"c\": 3}");
    assert_eq!(place(&error), (3, 2, 1), "{error}");
}

#[test]
fn a_tab_may_stand_between_a_dash_and_a_key() {
    let tree = yaml("-\ta: 1\n  b: [?]\n- c: 2\n");
    assert_eq!(
        tree.root().to_value(),
        json!([{"a": 1, "b": ["?"]}, {"c": 2}])
    );
    for text in ["-\t- a\n", "?\ta: 1\n", "a:\n\tb: 1\n"] {
        assert_eq!(wrong("a.yaml", text).code(), "document.syntax", "{text}");
    }
}

#[test]
fn a_repeated_key_is_an_error_with_both_places() {
    for (name, text, second, first) in [
        ("a.yaml", "a: 1\nb: 2\na: 3\n", (3, 1), (1, 1)),
        ("a.yaml", "x:\n  steps: 1\n  'steps': 2\n", (3, 3), (2, 3)),
        ("a.json", "{\"a\": 1, \"\\u0061\": 2}", (1, 10), (1, 2)),
    ] {
        let error = wrong(name, text);
        assert_eq!(error.kind, DocumentErrorKind::DuplicateKey, "{text}");
        let location = error.place();
        assert_eq!((location.line, location.column), second, "{text}");
        let first = format!("it is first at {}:{}", first.0, first.1);
        assert!(error.to_string().ends_with(&first), "{text}: {error}");
    }
    let many: String = (0..40).map(|i| format!("k{}: 1\n", i % 38)).collect();
    let errors = read("a.yaml", &format!("l:\n- a: 1\n-\n  o:\n{}", indent(&many))).unwrap_err();
    let places: Vec<String> = errors
        .iter()
        .map(|error| error.place().pointer.clone())
        .collect();
    assert_eq!(places, ["/l/1/o/k0", "/l/1/o/k1"]);
}

fn indent(text: &str) -> String {
    text.lines().map(|line| format!("    {line}\n")).collect()
}

#[test]
fn large_objects_find_their_members() {
    let text: String = (0..1000).map(|i| format!("key{i}: {i}\n")).collect();
    let tree = yaml(&text);
    for i in 0..1000 {
        let found = tree.root().get(&format!("key{i}")).unwrap();
        assert_eq!(found.to_value(), json!(i));
        assert_eq!(found.location().line, i + 1);
    }
    assert!(tree.root().get("key1000").is_none());
}

#[test]
fn an_alias_is_the_value_again_with_its_own_pointer() {
    let tree =
        yaml("a: &x {n: [1, {m: two}]}\nb: *x\nc: [*x, &k key]\n*k : 1\nd: !!str &e 5\nf: *e\n");
    let whole = tree.root().to_value();
    assert_eq!(whole["b"], whole["a"]);
    assert_eq!(whole["c"][0], whole["a"]);
    assert_eq!(whole["key"], json!(1));
    assert_eq!(whole["f"], json!("5"));
    let inner = at(&tree, "/c/0/n/1/m");
    assert_eq!(inner.as_str(), Some("two"));
    assert_eq!(inner.location().pointer, "/c/0/n/1/m");
    assert_eq!(at(&tree, "/b").location().line, 2);
    for (text, code) in [
        ("a: &x [1, *x]\n", "document.recursive-alias"),
        ("a: *x\n", "document.syntax"),
        ("&x a: &y\n", "ok"),
    ] {
        match read("a.yaml", text) {
            Ok(_) => assert_eq!(code, "ok", "{text}"),
            Err(errors) => assert_eq!(errors[0].code(), code, "{text}"),
        }
    }
}

#[test]
fn tags_outside_the_core_schema_are_refused() {
    for (text, column) in [
        ("version: !!binary aGk=", 19),
        ("version: !mytag x", 17),
        ("version: !!set {a}", 16),
        ("version: !!timestamp 2001-01-01", 22),
        ("version: !!int abc", 16),
    ] {
        let error = wrong("a.yaml", text);
        assert_eq!(error.code(), "document.forbidden-tag", "{text}");
        let at = error.location().unwrap();
        assert_eq!((at.line, at.column), (1, column), "{text}");
        assert_eq!(at.pointer, "/version");
    }
    assert_eq!(
        yaml("!!map {a: !!seq [1]}").root().to_value(),
        json!({"a": [1]})
    );
}

#[test]
fn odd_texts_are_told_apart() {
    assert_eq!(wrong("a.yaml", "").code(), "document.empty");
    assert_eq!(wrong("a.yaml", " \n# nothing\n").code(), "document.empty");
    let error = wrong("a.yaml", "a: 1\n---\nb: 2\n");
    assert_eq!(error.code(), "document.several-documents");
    assert_eq!(place(&error).0, 2);
    assert_eq!(yaml("---\na: 1\n...\n").root().to_value(), json!({"a": 1}));
    assert_eq!(
        yaml("\u{feff}a: 1\r\nb: 2\r\n").root().to_value(),
        json!({"a": 1, "b": 2})
    );
    assert_eq!(
        yaml("a: \"x\u{2028}y\"").root().to_value(),
        json!({"a": "x\u{2028}y"})
    );
    let error = wrong("a.yaml", "a:\n\t- b\n");
    assert_eq!(error.code(), "document.syntax");
    assert_eq!(place(&error).0, 2);
    let error = wrong("a.yaml", "a: [1, 2\nb: 3\n");
    assert_eq!(error.code(), "document.syntax");
    let limits = TreeLimits::default();
    let errors = Tree::parse("a.yaml", b"a: 1\nb\xc3\xa9: \xff\n", &limits).unwrap_err();
    assert_eq!(place(&errors[0]), (2, 5, 1));
    assert_eq!(errors[0].code(), "document.not-utf8");
}

#[test]
fn a_findings_text_quotes_the_line() {
    let text = "arazzo: 1.0.1\ninfo:\n  title: a\n  title: b\n";
    let report = Report::of(&wrong("pets.arazzo.yaml", text));
    assert_eq!(
        report.render(Some(text)),
        "pets.arazzo.yaml:4:3: error[document.duplicate-key]: the key `title` is repeated; it is first at 3:3\n   |\n 4 |   title: b\n   |   ^^^^^\n  help: remove or rename one of the two\n"
    );
}

#[test]
fn every_document_of_the_corpus_is_read_or_refused_with_a_place() {
    for folder in ["corpus", "seeds"] {
        let Some(folder) = shared(folder) else {
            continue;
        };
        let mut read_well = 0;
        for path in files_under(&folder) {
            let bytes = std::fs::read(&path).unwrap();
            let name = path.to_string_lossy();
            if !name.ends_with("yaml") && !name.ends_with("yml") && !name.ends_with("json") {
                continue;
            }
            match Tree::parse(&name, &bytes, &TreeLimits::default()) {
                Ok(tree) => {
                    read_well += 1;
                    for node in tree.nodes() {
                        let place = node.location();
                        let pointer = Pointer::parse(&place.pointer).unwrap();
                        let found = tree.root().at(&pointer).unwrap();
                        assert_eq!(found.id(), node.id(), "{name} {}", place.pointer);
                        assert!(place.line > 0 && place.column > 0, "{name}");
                    }
                }
                Err(errors) => panic!("{name}: {errors:?}"),
            }
        }
        assert!(read_well > 5, "{read_well} in {}", folder.display());
    }
}

#[test]
fn a_tree_says_the_same_as_serde_json() {
    let Some(folder) = shared("suites") else {
        return;
    };
    for path in files_under(&folder) {
        if path.extension().is_none_or(|ending| ending != "json") {
            continue;
        }
        let bytes = std::fs::read(&path).unwrap();
        let want: Value = serde_json::from_slice(&bytes).unwrap();
        let name = path.to_string_lossy();
        let found = Tree::parse(&name, &bytes, &TreeLimits::default()).unwrap();
        assert_eq!(found.root().to_value(), want, "{name}");
    }
}

#[test]
fn every_way_to_be_unreadable_is_told_well() {
    let small = TreeLimits {
        max_bytes: 60,
        max_depth: 3,
        max_nodes: 8,
    };
    let texts: [(&str, &[u8]); 14] = [
        ("a.yaml", b"title: caf\xe9\n"),
        ("a.json", b"{\n  \"title\": \"a\",\n}"),
        ("a.yaml", b"info:\n  title: [a, b\nversion: 1\n"),
        ("a.yaml", b"a: b: c\n"),
        ("a.yaml", b"# only a comment\n"),
        ("a.yaml", b"a: 1\n---\nb: 2\n"),
        ("a.yaml", b"steps: 1\nsteps: 2\n"),
        ("a.yaml", b"? [a, b]\n: c\n"),
        ("a.yaml", b"version: !!binary aGk=\n"),
        ("a.yaml", b"a: &a [1, *a]\n"),
        ("a.yaml", b"a: *missing\n"),
        ("a.yaml", b"a: {b: {c: {d: 1}}}\n"),
        ("a.yaml", b"[1, 2, 3, 4, 5, 6, 7, 8, 9]\n"),
        ("a.yaml", &[b'x'; 61]),
    ];
    let mut told = String::new();
    for (name, text) in texts {
        let errors = Tree::parse(name, text, &small).unwrap_err();
        let source = String::from_utf8_lossy(text);
        for error in errors {
            told.push_str(&Report::of(&error).render(Some(&source)));
            told.push('\n');
        }
    }
    let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("snapshots/document.txt");
    if std::env::var_os("SPOLA_SNAPSHOTS").is_some() {
        std::fs::write(&file, &told).unwrap();
    }
    assert_eq!(told, std::fs::read_to_string(&file).unwrap());
}
