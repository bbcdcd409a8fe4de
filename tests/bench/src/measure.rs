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
                let each = case.time().as_secs_f64() * 1e6 / case.units as f64;
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
