//! Least times of cases that take turns.

use std::process::Command;
use std::time::{Duration, Instant};

use cpu_time::ThreadTime;

/// One thing to measure.
pub struct Case<'c> {
    /// Its name.
    pub name: &'static str,
    /// How many units one call of `work` does.
    pub units: usize,
    /// Does them, and says how long that took.
    work: Box<dyn FnMut() -> Duration + 'c>,
}

impl<'c> Case<'c> {
    /// A case whose `work` does so many units.
    pub fn new(name: &'static str, units: usize, mut work: impl FnMut() + 'c) -> Self {
        Self {
            name,
            units,
            work: Box::new(move || processor_time(&mut work)),
        }
    }

    /// A case in so many parts, each with what was made for it before: the making
    /// is the caller's, and is not measured.
    pub fn in_parts<T>(
        name: &'static str,
        (units, parts): (usize, usize),
        mut make: impl FnMut() -> T + 'c,
        mut work: impl FnMut(T) + 'c,
    ) -> Self {
        let mut part = move || {
            let made = make();
            processor_time(|| work(made))
        };
        Self {
            name,
            units,
            work: Box::new(move || (0..parts).map(|_| part()).sum()),
        }
    }

    /// A case whose `work` starts a process: then the clock is what counts.
    pub fn outside(name: &'static str, mut work: impl FnMut() + 'c) -> Self {
        Self {
            name,
            units: 1,
            work: Box::new(move || {
                let began = Instant::now();
                work();
                began.elapsed()
            }),
        }
    }
}

/// The processor's time, which the rest of the machine disturbs less than the clock's.
fn processor_time(work: impl FnOnce()) -> Duration {
    let began = ThreadTime::now();
    work();
    began.elapsed()
}

/// The times of cases that took turns, in microseconds for one unit.
pub struct Times {
    /// For each case, the least time of each round.
    rounds: Vec<Vec<f64>>,
}

impl Times {
    /// The least time of a case.
    pub fn least(&self, case: usize) -> f64 {
        let times = self.rounds[case].iter();
        times.copied().fold(f64::INFINITY, f64::min)
    }

    /// How many times longer one case takes than another: the median of the
    /// rounds, each with what else the machine did in it.
    pub fn ratio(&self, one: usize, other: usize) -> f64 {
        let pairs = self.rounds[one].iter().zip(&self.rounds[other]);
        let mut ratios: Vec<f64> = pairs.map(|(one, other)| one / other).collect();
        ratios.sort_by(f64::total_cmp);
        ratios[ratios.len() / 2]
    }
}

/// Measures cases that take turns, so that what else the machine does meets them all.
pub fn times(cases: &mut [Case<'_>], rounds: usize, turn: Duration) -> Times {
    for case in &mut *cases {
        (case.work)();
    }
    let mut times = Times {
        rounds: vec![Vec::new(); cases.len()],
    };
    for _ in 0..rounds {
        for (case, times) in cases.iter_mut().zip(&mut times.rounds) {
            let began = Instant::now();
            let mut least = f64::INFINITY;
            while least.is_infinite() || began.elapsed() < turn {
                let each = (case.work)().as_secs_f64() * 1e6 / case.units as f64;
                least = least.min(each);
            }
            times.push(least);
        }
    }
    times
}

/// The instructions that a command executes, as valgrind counts them.
pub fn instructions(arguments: &[&str]) -> Option<u64> {
    let own = std::env::current_exe().ok()?;
    let output = Command::new("valgrind")
        .args(["--tool=cachegrind", "--cache-sim=no"])
        .arg("--cachegrind-out-file=/dev/null")
        .arg(own)
        .args(arguments)
        .output()
        .ok()?;
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    let line = text.lines().find(|line| line.contains("refs:"))?;
    let count = line.rsplit(':').next()?.trim().replace(',', "");
    count.parse().ok()
}
