//! Runs, played from conversations.

use std::panic::catch_unwind;

use crate::harness::{Conversation, Manner, files_under, root};

/// Plays every conversation, and names those that went otherwise.
fn play_all(manner: Manner) {
    let found = files_under(&root().join("tests/conversations"));
    assert!(!found.is_empty());
    let failed: Vec<String> = found
        .iter()
        .filter(|path| catch_unwind(|| Conversation::read(path).play(manner)).is_err())
        .map(|path| path.display().to_string())
        .collect();
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

#[test]
fn every_conversation_goes_as_written() {
    play_all(Manner::Straight);
}

#[test]
fn a_run_resumed_at_every_effect_does_the_same_as_one_left_alone() {
    play_all(Manner::Resumed);
}
