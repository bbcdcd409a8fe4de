//! What spola costs, against a floor and its nearest relative.
//!
//! ```text
//! spola-bench [ROUNDS]       times as ratios, and counts; 15 rounds unless given
//! spola-bench only NAME N    runs one case N times, for a profiler
//! ```

use spola_bench::cases::{self, Cases};
use spola_bench::goals::Goals;
use spola_bench::{measure, whole};

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments.as_slice() {
        ["only", name, times] => {
            let times = times.parse().expect("a number");
            Cases::new().only(name, times);
        }
        [] => report(15),
        [rounds] => report(rounds.parse().expect("a number of rounds")),
        _ => println!("spola-bench [ROUNDS] | only NAME N"),
    }
}

fn report(rounds: usize) {
    let cases = Cases::new();
    let mut goals = Goals::default();
    cases.steps(rounds, &mut goals);
    instructions();
    cases.snapshots(rounds);
    whole::report(rounds);
    goals.print();
}

/// Instructions do not depend on what else the machine does.
fn instructions() {
    let count = |name: &str, times: &str| measure::instructions(&["only", name, times]);
    if count("floor", "1").is_none() {
        println!("\nno valgrind to count instructions with");
        return;
    }
    println!("\ninstructions of a step, and how often the floor's\n");
    let mut floors = Vec::new();
    for name in cases::COUNTED {
        let (Some(few), Some(many)) = (count(name, "200"), count(name, "1200")) else {
            continue;
        };
        let each = many.saturating_sub(few) / 1000;
        floors.push(each);
        let floor = floors[usize::from(name.contains("signed"))];
        println!("{name:<28} {each:>10} {:>10.2}", each as f64 / floor as f64);
    }
}
