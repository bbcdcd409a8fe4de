//! What spola keeps: allocations of a step, bytes of a paused run.

use serde_json::Value;
use spola::machine::Run;
use spola_bench::cases::{self, Cases};
use spola_bench::goals::Goals;
use spola_bench::work;

fn main() {
    let cases = Cases::new();
    allocations(&cases);
    paused(&cases);
}

fn allocations(cases: &Cases) {
    println!("\nallocations of a step\n");
    for name in cases::COUNTED {
        // What is linked when it is first needed is not to be counted.
        cases.only(name, 200);
        let count =
            |steps| allocation_counter::measure(|| cases.only(name, steps)).count_total as i64;
        let (few, many) = (count(200), count(1200));
        println!("{name:<28} {:>10}", (many - few) / 1000);
    }
}

/// How many bytes something keeps, and what it returns.
fn kept<T>(work: impl FnOnce() -> T) -> (i64, T) {
    let mut made = None;
    let info = allocation_counter::measure(|| made = Some(work()));
    (info.bytes_current, made.expect("the work was done"))
}

/// What a paused run keeps.
fn paused(cases: &Cases) {
    let own = size_of::<Run>() as i64;
    println!("\nbytes that a paused run keeps, its {own} on the stack included\n");
    let (inputs, _held) = kept(work::inputs);
    drop(cases.paused_in_loop(1));
    let mut most = 0;
    for request in [1, 50] {
        let (all, run) = kept(|| cases.paused_in_loop(request));
        let snapshot: Value = serde_json::from_slice(&run.snapshot()).expect("JSON");
        let outputs = &snapshot["state"]["frames"][0]["steps"]["0"]["outputs"];
        let (outputs, _held) = kept(|| outputs.clone());
        let rest = all + own - inputs - outputs;
        println!(
            "at request {request:<2} {:>8}: inputs {inputs}, outputs {outputs}, the rest {rest}",
            all + own
        );
        most = most.max(rest);
    }
    let mut goals = Goals::default();
    goals.at_most(
        "bytes of a paused run besides its data",
        most as f64,
        2048.0,
    );
    goals.print();
}
