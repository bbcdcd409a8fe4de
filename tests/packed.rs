//! Programs as bytes: the same programs, and safe to read.

use std::panic::catch_unwind;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};
use spola::bundle::{bundle, open};
use spola::exchange::fingerprint_bytes;
use spola::link::{LinkOptions, PackedError, Program, link};
use spola::machine::{Effect, ResumeOptions, Run, RunOptions};
use spola::{Diagnostic, Report};

use crate::harness::{
    Conversation, Manner, files_under, link_files, link_texts, load_files, root, shared,
};
use crate::targets::{self, RICH, RICH_API};

/// The bytes before those that the sum is of: a word, the version, the sum.
const HEAD: usize = 5 + 1 + 16;

fn unpacked(program: &Program) -> Program {
    let bytes = program.pack();
    let again = Program::unpack(&bytes).unwrap();
    assert_eq!(again.pack(), bytes);
    assert_eq!(again.digest(), program.digest());
    again
}

/// All of a program but what linking found.
fn told(program: &Program) -> String {
    let linked = program.linked();
    let parts = (&linked.documents, &linked.workflows, linked.own_workflows);
    format!("{parts:?} {:?} {:?}", linked.operations, linked.origins)
}

fn shipped() -> Vec<PathBuf> {
    files_under(&root().join("workflows/arazzo"))
}

/// A program with everything in it that a document can say.
fn everything() -> Program {
    let texts = [("main.arazzo.yaml", RICH), ("api.yaml", RICH_API)];
    link_texts(
        &Map::from_iter(texts.map(|(name, text)| (name.to_owned(), text.into()))),
        false,
    )
}

#[test]
fn what_can_be_linked_is_the_same_after_packing() {
    let corpus = shared("corpus").map_or_else(Vec::new, |folder| files_under(&folder));
    let here = !corpus.is_empty();
    let mut count = 0;
    for path in shipped().into_iter().chain(corpus) {
        let Ok(program) = link(load_files(&path), LinkOptions::default()) else {
            continue;
        };
        assert_eq!(
            told(&unpacked(&program)),
            told(&program),
            "{}",
            path.display()
        );
        count += 1;
    }
    assert!(!here || count > 15, "{count} documents");
    assert_eq!(told(&unpacked(&everything())), told(&everything()));
}

#[test]
fn every_conversation_goes_as_written_by_a_program_that_was_packed() {
    let linked =
        |documents: &_, strict| unpacked(&link(documents, LinkOptions { strict }).unwrap());
    let found = files_under(&root().join("tests/conversations"));
    let failed: Vec<String> = found
        .iter()
        .filter(|path| {
            let play = || Conversation::read_as(path, linked).play(Manner::Resumed);
            catch_unwind(play).is_err()
        })
        .map(|path| path.display().to_string())
        .collect();
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

fn inventory(program: &Program) -> Run {
    let inputs = json!({"repositoryName": "app"})
        .as_object()
        .cloned()
        .unwrap();
    let options = RunOptions {
        region: Some("eu-west-1".into()),
        ..RunOptions::default()
    };
    program.start(None, inputs, options).unwrap()
}

#[test]
fn a_run_goes_from_the_document_to_the_packed_program_and_back() {
    let document = link_files(&root().join("workflows/arazzo/image-inventory.arazzo.yaml"));
    let packed = unpacked(&document);
    for (first, second) in [(&document, &packed), (&packed, &document)] {
        let mut run = inventory(first);
        let sent = |run: &mut Run| loop {
            if let Some(Effect::Send(send)) = run.poll() {
                return send.request;
            }
        };
        let before = sent(&mut run);
        let snapshot = run.snapshot();
        let mut again = second.resume(&snapshot, ResumeOptions::default()).unwrap();
        let after = sent(&mut again);
        assert_eq!((after.url(), after.body()), (before.url(), before.body()));
        assert_eq!(again.snapshot(), snapshot);
    }
}

#[test]
fn a_packed_program_is_small() {
    for path in shipped() {
        let program = link_files(&path);
        let (bytes, text) = (program.pack().len(), std::fs::read(&path).unwrap().len());
        assert!(bytes < text, "{}: {bytes} of {text}", path.display());
    }
}

#[test]
fn bytes_of_another_version_are_told() {
    let mut bytes = link_files(&shipped()[0]).pack();
    bytes[5] += 1;
    let error = Program::unpack(&bytes).unwrap_err();
    assert_eq!(error.code(), "linked.version");
    assert_eq!(
        error.help().as_deref(),
        Some("bundle the document again with this version")
    );
}

#[test]
fn the_form_of_the_bytes_changes_with_its_version_only() {
    let bytes = everything().pack();
    let mut told = format!("form {}\n", bytes[5]);
    for line in bytes[HEAD..].chunks(32) {
        told.extend(line.iter().map(|byte| format!("{byte:02x}")));
        told.push('\n');
    }
    let file = root().join("tests/snapshots/packed.txt");
    if std::env::var_os("SPOLA_SNAPSHOTS").is_some() {
        std::fs::write(&file, &told).unwrap();
    }
    assert!(
        told == std::fs::read_to_string(&file).unwrap_or_default(),
        "programs are packed otherwise than before: unless that was done since the last release, \
         count up VERSION in core/src/link/packed.rs; then write the snapshots anew",
    );
}

#[test]
fn any_byte_that_is_changed_or_missing_is_told() {
    let bytes = everything().pack();
    for at in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[at] ^= 0x10;
        let error = Program::unpack(&changed).unwrap_err();
        assert_eq!(error == PackedError::Damaged, at != 5, "byte {at}");
        assert_eq!(
            Program::unpack(&bytes[..at]).unwrap_err(),
            PackedError::Damaged
        );
    }
    let more = [&bytes[..], b"x"].concat();
    assert_eq!(Program::unpack(&more).unwrap_err(), PackedError::Damaged);
}

#[test]
fn what_is_no_bundle_or_not_any_more_is_told() {
    let path = root().join("workflows/arazzo/image-inventory.arazzo.yaml");
    let text = bundle(load_files(&path), LinkOptions::default()).unwrap();
    let opened = open(text.as_bytes(), "https://e.example/b.json").unwrap();
    assert_eq!(opened.digest(), link_files(&path).digest());
    let place = &opened.linked().workflows[0].place;
    assert_eq!(&*place.document, "https://e.example/b.json");
    let origin = &opened.linked().origins[0].description;
    assert!(origin.starts_with("https://e.example/"), "{origin}");

    let with = |form: Value, id: &str| {
        let mut value: Value = serde_json::from_str(&text).unwrap();
        value["x-spola-linked"] = form;
        value["workflows"][0]["workflowId"] = id.into();
        value.to_string()
    };
    let mut reversed: Value = serde_json::from_str(&text).unwrap();
    let members = reversed.as_object_mut().unwrap();
    let (names, values): (Vec<_>, Vec<_>) = std::mem::take(members).into_iter().rev().unzip();
    members.extend(names.into_iter().zip(values));
    let other = open(reversed.to_string().as_bytes(), "https://e.example/b.json").unwrap();
    assert_eq!(told(&other), told(&opened));
    let form: Value = serde_json::from_str(&text).unwrap();
    let form = form["x-spola-linked"].clone();
    let id = "image-inventory";
    let mut rendered = String::new();
    for text in [
        "arazzo: 1.0.1".to_owned(),
        "[]".to_owned(),
        with(Value::Null, id),
        with(form.clone(), "other"),
        with("AAAA".into(), id),
        with(form.as_str().unwrap()[..400].into(), id),
    ] {
        let error = open(text.as_bytes(), "b.json").unwrap_err();
        rendered.push_str(&Report::of(&error).render(None));
    }
    let mut other = opened.pack();
    other[5] += 1;
    rendered.push_str(&Report::of(&Program::unpack(&other).unwrap_err()).render(None));
    let file = root().join("tests/snapshots/linked.txt");
    if std::env::var_os("SPOLA_SNAPSHOTS").is_some() {
        std::fs::write(&file, &rendered).unwrap();
    }
    assert_eq!(rendered, std::fs::read_to_string(&file).unwrap_or_default());
}

/// Bytes with the sum that belongs to them.
fn summed(mut bytes: Vec<u8>) -> Vec<u8> {
    let sum = fingerprint_bytes(&bytes[HEAD..]).to_be_bytes();
    bytes[HEAD - 16..HEAD].copy_from_slice(&sum);
    bytes
}

#[test]
fn whatever_stands_in_a_packed_program_nothing_breaks() {
    let mut state = 0x2545_F491_4F6C_DD1D_u64;
    let mut random = move |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 33) as usize % below
    };
    let mut programs: Vec<Vec<u8>> = shipped()
        .iter()
        .map(|path| link_files(path).pack())
        .collect();
    programs.extend([everything().pack(), everything().pack()]);
    let mut read = 0;
    for round in 0..6_000 {
        let mut bytes = programs[round % programs.len()].clone();
        for _ in 0..=random(2) {
            let at = HEAD + random(bytes.len() - HEAD);
            match random(4) {
                0 => bytes[at] = random(256) as u8,
                1 => bytes[at] = bytes[at].wrapping_add(1),
                2 => bytes[at] ^= 1 << random(8),
                _ => bytes.truncate(at),
            }
            if bytes.len() <= HEAD {
                break;
            }
        }
        targets::packed(&bytes[HEAD..]);
        read += usize::from(Program::unpack(&summed(bytes)).is_ok());
    }
    assert!(read > 100, "{read} programs");
}

#[test]
fn a_few_bytes_cannot_become_much() {
    let mut head = link_files(&shipped()[0]).pack();
    head.truncate(HEAD);
    let of = |bytes: &[u8]| summed([&head[..], bytes].concat());
    // As many documents as there are bytes, texts as long, values as deep.
    let many = [&[0, 0xFF, 0xFF, 0x3F][..], &vec![0; 1 << 20]].concat();
    let deep = [&[1, 0, 1, 0, 0][..], &[5, 1].repeat(1 << 19)].concat();
    let long = [&[0xFF, 0xFF, 0xFF, 0xFF, 0x0F][..], &vec![b'x'; 1 << 20]].concat();
    for bytes in [many, deep, long] {
        assert_eq!(
            Program::unpack(&of(&bytes)).unwrap_err(),
            PackedError::Damaged
        );
    }
}

#[test]
fn values_are_as_deep_in_packed_programs_as_in_documents() {
    let path = Path::new("deep.json");
    let deep = "[".repeat(150) + &"]".repeat(150);
    let text = format!(
        r#"{{"arazzo": "1.0.1", "info": {{"title": "T", "version": "1"}},
        "sourceDescriptions": [{{"name": "api", "url": "api.yaml"}}],
        "workflows": [{{"workflowId": "w", "inputs": {{"default": {deep}}},
          "steps": [{{"stepId": "s", "operationId": "getD"}}]}}]}}"#
    );
    let api = format!("{}  /d: {{get: {{operationId: getD}}}}\n", targets::API);
    let texts = [(path.display().to_string(), text), ("api.yaml".into(), api)];
    let program = link_texts(
        &Map::from_iter(texts.map(|(name, text)| (name, text.into()))),
        false,
    );
    unpacked(&program);
}
