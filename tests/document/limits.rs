//! Hostile and long texts.

use std::time::{Duration, Instant};

use spola::Diagnostic;
use spola::document::{DocumentErrorKind, Limit, Tree, TreeLimits};

use super::{read, wrong};

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
