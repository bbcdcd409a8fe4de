//! Runs, played from conversations.

use crate::harness::{Conversation, Manner, root};

fn conversations() -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![root().join("tests/conversations")];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).expect("the conversations").flatten() {
            let path = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|ending| ending == "yaml") {
                found.push(path);
            }
        }
    }
    found.sort();
    assert!(!found.is_empty());
    found
}

#[test]
fn every_conversation_goes_as_written() {
    for path in conversations() {
        eprintln!("{}", path.display());
        Conversation::read(&path).play(Manner::Straight);
    }
}

#[test]
fn a_run_resumed_at_every_effect_does_the_same_as_one_left_alone() {
    for path in conversations() {
        eprintln!("{}", path.display());
        Conversation::read(&path).play(Manner::Resumed);
    }
}
