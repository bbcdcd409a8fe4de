//! Runs, played from conversations.

use crate::harness::{Conversation, Manner, files_under, root};

fn conversations() -> Vec<std::path::PathBuf> {
    let found = files_under(&root().join("tests/conversations"));
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
