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
    /// Whether other processes do it: then the clock is what counts, else the
    /// processor's time, which the rest of the machine disturbs less.
    pub outside: bool,
    /// Does them.
    pub work: Box<dyn FnMut() + 'c>,
}

impl<'c> Case<'c> {
    /// A case whose `work` does so many units.
    pub fn new(name: &'static str, units: usize, work: impl FnMut() + 'c) -> Self {
        Self {
            name,
            units,
            outside: false,
            work: Box::new(work),
        }
    }

    /// A case whose `work` starts a process.
    pub fn outside(name: &'static str, work: impl FnMut() + 'c) -> Self {
        Self {
            outside: true,
            ..Self::new(name, 1, work)
        }
    }

    fn time(&mut self) -> Duration {
        let (clock, processor) = (Instant::now(), ThreadTime::now());
        (self.work)();
        if self.outside {
            clock.elapsed()
        } else {
            processor.elapsed()
        }
    }
}

/// The least time of one unit of each case, in microseconds.
///
/// The cases take turns, so that what else the machine does meets them all.
pub fn least(cases: &mut [Case<'_>], rounds: usize, turn: Duration) -> Vec<f64> {
    let mut best = vec![f64::INFINITY; cases.len()];
    for case in &mut *cases {
        (case.work)();
    }
    for _ in 0..rounds {
        for (case, best) in cases.iter_mut().zip(&mut best) {
            let began = Instant::now();
            while began.elapsed() < turn {
                let each = case.time().as_secs_f64() * 1e6 / case.units as f64;
                *best = best.min(each);
            }
        }
    }
    best
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

/// How much memory something keeps, in bytes, and what it returns.
pub fn kept<T>(work: impl FnOnce() -> T) -> (i64, T) {
    let mut made = None;
    let info = allocation_counter::measure(|| made = Some(work()));
    (info.bytes_current, made.expect("the work was done"))
}

/// How many allocations something makes.
pub fn allocations(work: impl FnOnce()) -> u64 {
    allocation_counter::measure(work).count_total
}
