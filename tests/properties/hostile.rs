//! Snapshots that nobody wrote: refused or run, never worse.

use proptest::prelude::{Strategy, any, prop_oneof, proptest};
use serde_json::{Map, Value, json};

use super::{Host, Move, config, moves, plays};
use crate::targets;

/// What is done to one value of a snapshot.
#[derive(Clone, Debug)]
enum Harm {
    Drop,
    Number(u64),
    Text(String),
    Nest(u16),
    Repeat(u16),
    Swap(usize),
    Null,
    Empty,
}

fn harm() -> impl Strategy<Value = Harm> {
    prop_oneof![
        proptest::strategy::Just(Harm::Drop),
        prop_oneof![
            0..4_u64,
            any::<u64>(),
            proptest::strategy::Just(u64::MAX),
            proptest::strategy::Just(u64::from(u32::MAX))
        ]
        .prop_map(Harm::Number),
        "[a-zA-Z0-9\u{0}]{0,12}".prop_map(Harm::Text),
        (1..2_000_u16).prop_map(Harm::Nest),
        (1..500_u16).prop_map(Harm::Repeat),
        any::<usize>().prop_map(Harm::Swap),
        proptest::strategy::Just(Harm::Null),
        proptest::strategy::Just(Harm::Empty),
    ]
}

/// Every value below, by its JSON Pointer.
fn places(value: &Value, at: &str, into: &mut Vec<String>) {
    match value {
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                places(item, &format!("{at}/{index}"), into);
            }
        }
        Value::Object(members) => {
            for (name, member) in members {
                let name = name.replace('~', "~0").replace('/', "~1");
                places(member, &format!("{at}/{name}"), into);
            }
        }
        _ => {}
    }
    into.push(at.to_owned());
}

fn do_harm(snapshot: &mut Value, which: usize, harm: &Harm) {
    let mut all = Vec::new();
    places(snapshot, "", &mut all);
    let place = &all[which % all.len()];
    let other = match harm {
        Harm::Swap(other) => snapshot.pointer(&all[other % all.len()]).cloned(),
        _ => None,
    };
    if let (Harm::Drop, Some((parent, name))) = (harm, place.rsplit_once('/')) {
        match snapshot.pointer_mut(parent) {
            Some(Value::Object(members)) => {
                members.shift_remove(name);
            }
            Some(Value::Array(items)) => {
                items.pop();
            }
            _ => {}
        }
        return;
    }
    let Some(value) = snapshot.pointer_mut(place) else {
        return;
    };
    *value = match harm {
        Harm::Number(number) => json!(number),
        Harm::Text(text) => json!(text),
        Harm::Nest(depth) => (0..*depth % 300).fold(value.take(), |inner, _| json!([inner])),
        Harm::Repeat(times) => match value.take() {
            Value::Array(items) => {
                let repeated = (0..*times).flat_map(|_| items.iter().cloned());
                repeated.take(2_000).collect()
            }
            other => other,
        },
        Harm::Swap(_) => other.unwrap_or_default(),
        Harm::Null => Value::Null,
        Harm::Empty => match value {
            Value::Array(_) => json!([]),
            Value::Object(_) => Value::Object(Map::new()),
            Value::Number(_) => json!(0),
            _ => json!(""),
        },
        Harm::Drop => Value::Null,
    };
}

proptest! {
    #![proptest_config(config(250))]

    #[test]
    fn a_harmed_snapshot_is_refused_or_run(
        which in 0..1_000_usize,
        moves in moves(),
        harms in proptest::collection::vec((any::<usize>(), harm()), 1..4),
        answers in proptest::collection::vec(any::<u8>(), 1..20),
    ) {
        let plays = plays();
        // The one with everything is the most worth while.
        let play = &plays[if which % 2 == 0 { 0 } else { which % plays.len() }];
        let Some(mut host) = Host::new(play) else {
            return Ok(());
        };
        host.take();
        for one in moves.iter().filter(|one| !matches!(one, Move::Cancel(_))) {
            host.step(*one);
            host.take();
        }
        let mut snapshot: Value = serde_json::from_slice(&host.run.snapshot()).expect("JSON");
        for (place, harm) in &harms {
            do_harm(&mut snapshot, *place, harm);
        }
        let resume = spola::machine::ResumeOptions {
            secrets: play.inputs.clone(),
            options: targets::quick(),
            in_doubt: None,
        };
        if let Ok(run) = play.program.resume(snapshot.to_string().as_bytes(), resume) {
            let _ = run.snapshot();
            targets::drive(run, &answers);
        }
    }
}

#[test]
fn a_snapshot_of_endless_depth_or_length_is_refused() {
    let program = targets::known_program();
    for bytes in [
        "[".repeat(3_000_000),
        format!("{{\"spola\":2,\"state\":{}", "{\"a\":".repeat(1_000_000)),
        "{\"spola\":99}".into(),
        "{\"spola\":2,\"program\":\"00\"}".into(),
        String::new(),
    ] {
        assert!(
            program
                .resume(bytes.as_bytes(), Default::default())
                .is_err()
        );
    }
}

#[test]
fn a_snapshot_of_as_many_calls_as_there_may_be_ends() {
    let program = targets::known_program();
    let inputs = super::map(json!({"password": "hunter2"}));
    let run = program.start(Some("w"), inputs.clone(), targets::quick());
    let mut run = run.expect("it starts");
    while run.poll().is_some() {}
    let mut whole: Value = serde_json::from_slice(&run.snapshot()).expect("JSON");
    let steps = json!([{
        "step": 2, "via": "order", "execution": 1, "attempt": 1, "retries": [1],
        "resend": {"sent": 0}, "budget": null, "failed": null,
    }]);
    let frames = whole["state"]["frames"].as_array_mut().expect("calls");
    let mut bottom = frames[0].clone();
    bottom["next"] = json!("called");
    bottom["visits"] = steps;
    let mut inner = bottom.clone();
    inner["role"] = json!("call");
    let mut top = frames.last().expect("a call").clone();
    top["role"] = json!("call");
    *frames = std::iter::once(bottom)
        .chain((0..250).map(|_| inner.clone()))
        .chain([top])
        .collect();
    let resume = spola::machine::ResumeOptions {
        secrets: inputs,
        ..Default::default()
    };
    let run = program.resume(whole.to_string().as_bytes(), resume);
    // Every answer is 400, every step fails, and so does every caller in turn.
    targets::drive(run.expect("it is in order"), &[0b0001_1000]);
}
