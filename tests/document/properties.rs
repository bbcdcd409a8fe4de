//! Whatever the bytes, they are read or refused.

use proptest::prelude::*;
use serde_json::Value;
use spola::document::{Tree, TreeLimits};

use super::read;

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
        const TEXT: &str = include_str!("../../workflows/arazzo/publish-image.arazzo.yaml");
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
