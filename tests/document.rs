//! Texts to trees; documents that refer to one another.

use std::time::{Duration, Instant};

use proptest::prelude::*;
use serde_json::{Value, json};
use spola::document::{
    DocumentError, DocumentErrorKind, DocumentKind, Kind, Limit, LoadLimits, Loader, Node, Tree,
    TreeLimits,
};
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
fn hostile_texts_end_soon_in_a_located_error() {
    let bomb = {
        let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for level in 1..12 {
            let uses = vec![format!("*a{}", level - 1); 10].join(", ");
            text.push_str(&format!("a{level}: &a{level} [{uses}]\n"));
        }
        text
    };
    let deep_block: String = (0..50_000).map(|_| "- ").collect();
    let maps: String = (0..3_000)
        .map(|i| format!("{}a:\n", " ".repeat(i)))
        .collect();
    let aliased: String = (1..300)
        .map(|i| format!("- &b{i} [*b{}]\n", i - 1))
        .collect();
    for (what, name, text, code) in [
        ("bomb", "a.yaml", bomb, "document.too-many-values"),
        (
            "brackets",
            "a.json",
            "[".repeat(200_000),
            "document.too-deep",
        ),
        (
            "brackets",
            "a.yaml",
            "[".repeat(200_000),
            "document.too-deep",
        ),
        (
            "braces",
            "a.json",
            "{\"a\":".repeat(50_000),
            "document.too-deep",
        ),
        (
            "braces",
            "a.yaml",
            format!("x: {}", "{a: ".repeat(50_000)),
            "document.too-deep",
        ),
        ("block", "a.yaml", deep_block, "document.too-deep"),
        ("maps", "a.yaml", maps, "document.too-deep"),
        (
            "aliases",
            "a.yaml",
            format!("- &b0 []\n{aliased}"),
            "document.too-deep",
        ),
        ("keys", "a.yaml", "? ".repeat(50_000), "document.bad-key"),
    ] {
        let begun = Instant::now();
        let error = wrong(name, &text);
        assert_eq!(error.code(), code, "{what} in {name}");
        assert!(error.place().line > 0, "{what}");
        assert!(error.help().is_some(), "{what}");
        assert!(begun.elapsed() < Duration::from_secs(3), "{what} in {name}");
    }
}

#[test]
fn long_texts_take_time_in_proportion() {
    let lines = |line: &dyn Fn(usize) -> String| (0..40_000).map(line).collect::<String>();
    for (what, text) in [
        ("a plain text", "é".repeat(500_000)),
        ("a plain text in lines", "a\n".repeat(300_000)),
        (
            "a plain text with blanks",
            format!("a{}b", " ".repeat(500_000)),
        ),
        ("blank lines", format!("a: b{}c: d", "\n".repeat(500_000))),
        (
            "blank lines behind each",
            "a\n\n\n\n\n\n\n\n".repeat(60_000),
        ),
        ("comments", "#\n # c\n".repeat(100_000)),
        ("no keys", "a b c d\n".repeat(60_000)),
        (
            "items on one line",
            format!("- [{}]", "a, 'é', ".repeat(60_000)),
        ),
        (
            "items behind tabs",
            format!("[\n{}{}]", "\t".repeat(200_000), "a,".repeat(60_000)),
        ),
        (
            "pairs on one line",
            format!("x: [{}]", "a: , \"b\":c,".repeat(30_000)),
        ),
        (
            "collections on one line",
            format!("x: [{}]", "[],{},".repeat(30_000)),
        ),
        (
            "quotes in lines",
            format!("a: \"{}\"", "é \n\n ".repeat(100_000)),
        ),
        ("escapes", format!("a: \"{}\"", "\\u00e9".repeat(100_000))),
        (
            "a block",
            format!("a: |\n{}", "  é\n \n   b\n".repeat(60_000)),
        ),
        (
            "a folded block",
            format!("a: >\n{}", "  é\n\n  b\n".repeat(60_000)),
        ),
        (
            "a block of blanks",
            format!("a: |\n{}b: 1", "  \n".repeat(200_000)),
        ),
        (
            "blocks",
            lines(&|i| format!("- |\n{}a\n", " ".repeat(1 + i % 9))),
        ),
        ("keys", lines(&|i| format!("k{i}:\n"))),
        ("anchors", lines(&|i| format!("- &a{i} x\n- *a{}\n", i / 2))),
        ("one anchor", lines(&|_| "- &a x\n- *a\n".into())),
        ("tags", lines(&|_| "- !!str x\n".into())),
        ("handles", lines(&|i| format!("%TAG !h{i}! x\n"))),
        ("explicit keys", lines(&|i| format!("? k{i}\n: v\n"))),
        ("properties", "&a\n".repeat(60_000)),
        ("ends", "...\n".repeat(60_000)),
        ("a mark at each line", "\u{feff}a\n".repeat(60_000)),
        ("a long key", format!("{}: 1", "k".repeat(500_000))),
        ("keys that are collections", "[a, b]: c\n".repeat(60_000)),
        ("indents in and out", "a:\n b:\n  c:\n- x\n".repeat(30_000)),
    ] {
        let begun = Instant::now();
        let found = read("a.yaml", &text);
        let took = begun.elapsed();
        assert!(
            took < Duration::from_secs(3),
            "{what}: {took:?}, {}",
            found.is_ok()
        );
    }
}

#[test]
fn the_limits_are_exact_and_say_so() {
    let limits = TreeLimits {
        max_bytes: 20,
        max_depth: 2,
        max_nodes: 4,
    };
    for (text, limit) in [
        ("[[1], 2]", None),
        ("a: [1, 2]", None),
        ("[[[]]]", Some((Limit::Depth, 2))),
        ("- - - 1", Some((Limit::Depth, 2))),
        ("[1, 2, 3, 4]", Some((Limit::Nodes, 4))),
        ("[&a 1, *a, *a, *a]", Some((Limit::Nodes, 4))),
        ("[&a [], [*a]]", Some((Limit::Depth, 2))),
        ("[&a [1], [*a]]", Some((Limit::Nodes, 4))),
        ("aaaaaaaaaaaaaaaaaaaaa", Some((Limit::Bytes, 20))),
    ] {
        let found = Tree::parse("a.yaml", text.as_bytes(), &limits);
        match (&found, limit) {
            (Ok(_), None) => {}
            (Err(errors), Some((limit, allowed))) => {
                let kind = errors[0].kind;
                assert_eq!(kind, DocumentErrorKind::TooBig(limit), "{text}");
                assert!(errors[0].to_string().contains(&allowed.to_string()));
            }
            _ => panic!("{text}: {found:?}"),
        }
    }
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

proptest! {
    #[test]
    fn any_bytes_are_read_or_refused(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = Tree::parse("a", &bytes, &TreeLimits::default());
    }

    #[test]
    fn anything_like_yaml_is_read_or_refused(text in "([-?:,\\[\\]{}#&*!|>'\"%@` \n\ta-c0-9.~\\\\é\u{2028}]|\r\n|--- |&a |\\*a |!!str ){0,60}") {
        let _ = read("a.yaml", &text);
        let _ = read("a.json", &text);
    }

    #[test]
    fn a_changed_document_is_read_or_refused(
        from in 0..2_000_usize,
        at in 0..600_usize,
        drop in 0..9_usize,
        piece in "[-?:,\\[\\]{}#&*!|>'\"%@` \n\t\r\\\\é]{0,3}",
    ) {
        const TEXT: &str = include_str!("../workflows/arazzo/publish-image.arazzo.yaml");
        let mut text: Vec<char> = TEXT.chars().skip(from).take(600).collect();
        let at = at.min(text.len());
        let end = (at + drop).min(text.len());
        text.splice(at..end, piece.chars());
        let text: String = text.into_iter().collect();
        if let Err(errors) = read("a.yaml", &text) {
            prop_assert!(errors.iter().all(|error| error.place().line > 0));
        }
    }

    #[test]
    fn what_serde_json_writes_is_read_back(value in values()) {
        let text = serde_json::to_string_pretty(&value).unwrap();
        prop_assert_eq!(read("a.json", &text).unwrap().root().to_value(), value.clone());
        // The same as YAML: a comment makes the text begin with something else.
        let yaml = format!("# yaml\n{text}");
        prop_assert_eq!(read("a.yaml", &yaml).unwrap().root().to_value(), value);
    }
}

fn values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "[ -~é\u{1f600}\n\t]{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..6).prop_map(Value::from),
            proptest::collection::btree_map("[a-z~/ ]{0,6}", inner, 0..20)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

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
