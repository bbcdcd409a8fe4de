//! What spola costs, against a floor and its nearest relative.
//!
//! ```text
//! spola-bench [ROUNDS]       times as ratios, and counts; 15 rounds unless given
//! spola-bench count          instructions and allocations of a step (needs valgrind)
//! spola-bench only NAME N    runs one case N times, for a profiler
//! ```

mod cases;
mod measure;
mod runners;
mod whole;
mod work;

use cases::Cases;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["count"] => count(),
        ["only", name, times] => {
            let times = times.parse().expect("a number");
            Cases::new().only(name, times);
        }
        [] => report(15),
        [rounds] => report(rounds.parse().expect("a number of rounds")),
        _ => println!("spola-bench [ROUNDS] | count | only NAME N"),
    }
}

fn report(rounds: usize) {
    let cases = Cases::new();
    cases.steps(rounds);
    cases.memory();
    cases.snapshots(rounds);
    whole::report(rounds);
}

fn count() {
    let cases = Cases::new();
    println!(
        "{:<28} {:>14} {:>12}",
        "one step of", "instructions", "allocations"
    );
    for name in cases::COUNTED {
        let run = |times: &str| measure::instructions(&["only", name, times]);
        let instructions = match (run("200"), run("1200")) {
            (Some(few), Some(many)) => ((many - few) / 1000).to_string(),
            _ => "no valgrind".to_owned(),
        };
        let few = measure::allocations(|| cases.only(name, 200));
        let many = measure::allocations(|| cases.only(name, 1200));
        println!("{name:<28} {instructions:>14} {:>12}", (many - few) / 1000);
    }
}
