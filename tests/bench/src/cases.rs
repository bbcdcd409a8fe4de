//! Steps in memory: times and snapshots.

use std::cell::LazyCell;
use std::hint::black_box;
use std::time::Duration;

use spola::auth::Credentials;
use spola::link::Program;
use spola::machine::{Effect, Event, ResumeOptions, Run};

use crate::goals::Goals;
use crate::measure::{self, Case};
use crate::runners::{self, Given, Relative};
use crate::work::{self, Answer, Floor};

/// The cases whose instructions are counted.
pub const COUNTED: [&str; 7] = [
    "floor",
    "floor-signed",
    "one",
    "line",
    "loop",
    "signed",
    "relative-loop",
];

const ROUNDS: usize = 20_000;

/// How many steps one sample has.
const STEPS: usize = 2_000;

/// How many runs of one step are started with what was made for them together: many
/// enough for reading the time not to count, few enough to stay in the caches.
const TOGETHER: usize = 64;

/// All that steps are measured with.
pub struct Cases {
    floor: Floor,
    answers: [Answer; 2],
    credentials: Credentials,
    one: LazyCell<Program>,
    some: LazyCell<Program>,
    many: LazyCell<Program>,
    round: LazyCell<Program>,
    signed: LazyCell<Program>,
}

impl Default for Cases {
    fn default() -> Self {
        Self::new()
    }
}

impl Cases {
    /// The workflows are linked when they are first needed.
    pub fn new() -> Self {
        Self {
            floor: Floor::new(),
            answers: [work::answer(false), work::answer(true)],
            credentials: work::credentials(),
            one: LazyCell::new(|| runners::program(&work::line(1), false)),
            some: LazyCell::new(|| runners::program(&work::line(200), false)),
            many: LazyCell::new(|| runners::program(&work::line(2_000), false)),
            round: LazyCell::new(|| runners::program(&work::round(), false)),
            signed: LazyCell::new(|| runners::program(&work::line(200), true)),
        }
    }

    /// Does so many steps of one kind.
    pub fn only(&self, name: &str, steps: usize) {
        match name {
            "floor" => (0..steps).for_each(|_| self.floor_step(false)),
            "floor-signed" => (0..steps).for_each(|_| self.floor_step(true)),
            "loop" => self.run(&self.round, steps),
            "loops" => (0..steps.div_ceil(200)).for_each(|_| self.run(&self.round, 200)),
            "line" => (0..steps.div_ceil(200)).for_each(|_| self.run(&self.some, 200)),
            "long" => (0..steps.div_ceil(STEPS)).for_each(|_| self.run(&self.many, STEPS)),
            "one" => (0..steps).for_each(|_| self.run(&self.one, 1)),
            "signed" => (0..steps.div_ceil(200)).for_each(|_| self.run(&self.signed, 200)),
            "relative-loop" => Relative::new(&work::round()).run(steps, &self.answers),
            _ => println!("unknown case: one of {COUNTED:?}"),
        }
    }

    fn floor_step(&self, signed: bool) {
        let answer = &self.answers[0];
        // Whoever answers makes the answer, here as with every runner.
        let (headers, bytes) = (answer.headers.clone(), answer.body.clone());
        let (body, value) = self.floor.step(&bytes);
        if signed {
            black_box(self.floor.sign(&body));
        }
        black_box((headers, body, value));
    }

    fn run(&self, program: &Program, rounds: usize) {
        self.run_given(program, rounds, runners::given());
    }

    fn run_given(&self, program: &Program, rounds: usize, given: Given) {
        let mut run = runners::start(program, given);
        runners::drive(&mut run, rounds, &self.answers, Some(&self.credentials));
    }

    /// The cost of a step, in workflows of different lengths.
    pub fn steps(&self, rounds: usize, goals: &mut Goals) {
        let relative = [work::line(1), work::line(200), work::round()];
        let relative = relative.map(|document| Relative::new(&document));
        let answers = &self.answers;
        // Samples of one length, so that what disturbs them disturbs them alike.
        let mut cases = [
            Case::new("floor", STEPS, || self.only("floor", STEPS)),
            Case::new("floor, signed", STEPS, || self.only("floor-signed", STEPS)),
            // A run of one step is its beginning and end: inputs and options are made
            // before, for all three alike.
            Case::in_parts(
                "1 step",
                (STEPS, STEPS / TOGETHER),
                || Vec::from_iter((0..TOGETHER).map(|_| runners::given())),
                |all| {
                    all.into_iter()
                        .for_each(|one| self.run_given(&self.one, 1, one))
                },
            ),
            Case::in_parts("200 steps", (STEPS, STEPS / 200), runners::given, |given| {
                self.run_given(&self.some, 200, given);
            }),
            Case::in_parts("2,000 steps", (STEPS, 1), runners::given, |given| {
                self.run_given(&self.many, STEPS, given);
            }),
            Case::new("a loop of 200", STEPS, || self.only("loops", STEPS)),
            Case::new("a loop of 20,000", ROUNDS, || self.run(&self.round, ROUNDS)),
            Case::new("200 steps, signed", STEPS, || self.only("signed", STEPS)),
            Case::new("relative: 1 step", 1, || relative[0].run(1, answers)),
            Case::new("relative: 200 steps", 200, || relative[1].run(200, answers)),
            Case::new("relative: a loop of 200", 200, || {
                relative[2].run(200, answers)
            }),
        ];
        let times = measure::times(&mut cases, rounds, Duration::from_millis(20));
        let size = self.answers[0].body.len();
        println!(
            "a step in memory: an answer of {size} bytes, three expressions, two criteria, two outputs\n"
        );
        println!(
            "a run's beginning and end count to its steps, the making of its inputs does not\n"
        );
        println!("{:<28} {:>10} {:>10}", "", "us a step", "x floor");
        for (at, case) in cases.iter().enumerate() {
            let ratio = times.ratio(at, usize::from(case.name.contains("signed")));
            println!("{:<28} {:>10.2} {ratio:>10.2}", case.name, times.least(at));
        }
        goals.at_most("a step / the floor", times.ratio(3, 0), 1.3);
        goals.at_least("the relative's loop / ours", times.ratio(10, 5), 3.5);
        goals.at_least("the relative's one step / ours", times.ratio(8, 2), 3.5);
        goals.at_most("one step / a step of 200", times.ratio(2, 3), 1.1);
        goals.at_most("a step of 2,000 / a step of 200", times.ratio(4, 3), 1.1);
        goals.at_most("a round of 20,000 / a round of 200", times.ratio(6, 5), 1.1);
        goals.at_most("a signed step / its floor", times.ratio(7, 1), 1.3);
    }

    /// A run of the loop that waits for the answer to this request.
    pub fn paused_in_loop(&self, request: usize) -> Run {
        paused(&self.round, &self.answers, request)
    }

    /// Snapshots and resumes a second.
    pub fn snapshots(&self, rounds: usize) {
        let first = paused(&self.one, &self.answers, 1);
        let later = paused(&self.some, &self.answers, 100);
        let (small, large) = (first.snapshot(), later.snapshot());
        let resume = |program: &Program, snapshot: &[u8]| {
            black_box(program.resume(snapshot, ResumeOptions::default())).expect("a snapshot");
        };
        let mut cases = [
            Case::new("snapshot, 1 step", 1, || drop(black_box(first.snapshot()))),
            Case::new("resume, 1 step", 1, || resume(&self.one, &small)),
            Case::new("snapshot, 100 of 200 steps", 1, || {
                drop(black_box(later.snapshot()));
            }),
            Case::new("resume, 100 of 200 steps", 1, || resume(&self.some, &large)),
        ];
        let times = measure::times(&mut cases, rounds, Duration::from_millis(10));
        let (small, large) = (small.len(), large.len());
        println!("\nsnapshots and resumes a second ({small} and {large} bytes)\n");
        for (at, case) in cases.iter().enumerate() {
            println!("{:<28} {:>10.0}", case.name, 1e6 / times.least(at));
        }
    }
}

/// A run that waits for the answer to this request.
fn paused(program: &Program, answers: &[Answer; 2], request: usize) -> Run {
    let mut run = runners::start(program, runners::given());
    let mut sent = 0;
    while let Some(effect) = run.poll() {
        let Effect::Send(send) = effect else { continue };
        sent += 1;
        if sent == request {
            break;
        }
        let answer = &answers[1];
        run.feed(Event::Response {
            id: send.id,
            status: 200,
            headers: answer.headers.clone(),
            body: answer.body.clone(),
            elapsed: Duration::ZERO,
        })
        .expect("an answer that is owed");
    }
    run
}
