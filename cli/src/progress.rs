//! What is shown while a run goes on: standard error.

use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::sync::Arc;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use spola::machine::{CallId, Progress};

use crate::drive::Watch;

/// How much is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Nothing but errors.
    Quiet,
    /// One line for each request.
    Normal,
    /// Criteria, outputs and notes as well.
    Verbose,
}

/// Shows what a run tells: live lines on a terminal, plain lines elsewhere.
pub struct Display {
    level: Level,
    live: Option<ProgressBar>,
    color: bool,
    /// The requests under way: several at once where an image is copied.
    current: BTreeMap<CallId, Current>,
}

impl Watch for Display {
    fn show(&mut self, progress: &Progress) {
        self.show_one(progress);
    }

    fn end(&mut self) {
        if let Some(bar) = &self.live {
            bar.finish_and_clear();
        }
    }
}

struct Current {
    line: String,
    began: Instant,
    status: Option<Option<u16>>,
}

impl Display {
    /// Shows on standard error.
    pub fn new(level: Level) -> Self {
        let terminal = std::io::stderr().is_terminal();
        let color = terminal && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        let live = (terminal && level > Level::Quiet).then(|| {
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
            if let Ok(style) = ProgressStyle::with_template("{spinner} {wide_msg}") {
                bar.set_style(style);
            }
            bar
        });
        Self {
            level,
            live,
            color,
            current: BTreeMap::new(),
        }
    }

    fn show_one(&mut self, progress: &Progress) {
        match progress {
            Progress::Attempt {
                id,
                step_id,
                execution,
                attempt,
                method,
                url,
                ..
            } => {
                let line = attempt_line(step_id, *execution, *attempt, method.as_str(), url);
                self.live(&line);
                let began = Instant::now();
                let current = Current {
                    line,
                    began,
                    status: None,
                };
                self.current.insert(*id, current);
            }
            Progress::Answered { id, status } => {
                if let Some(current) = self.current.get_mut(id) {
                    current.status = Some(*status);
                }
            }
            Progress::Action {
                id,
                step_id,
                succeeded,
                action,
                ..
            } => {
                self.decided(*id, step_id, *succeeded, action);
            }
            Progress::Waiting {
                step_id,
                why,
                delay,
            } => {
                let text = format!("{step_id}  waiting {} ({why})", seconds(*delay));
                self.live(&text);
                if self.live.is_none() {
                    self.print(&format!("· {text}"));
                }
            }
            Progress::Criterion {
                condition,
                passed,
                note,
                ..
            } if self.level >= Level::Verbose => {
                let note = note
                    .as_ref()
                    .map(|note| format!(" ({note})"))
                    .unwrap_or_default();
                let mark = if *passed { "holds" } else { "does not hold" };
                self.print(&format!("    {condition} {mark}{note}"));
            }
            Progress::Outputs { names, .. } if self.level >= Level::Verbose => {
                let names: Vec<&str> = names.iter().map(|name| &**name).collect();
                self.print(&format!("    outputs: {}", names.join(", ")));
            }
            Progress::Note { message, .. } if self.level >= Level::Verbose => {
                self.print(&format!("    note: {message}"));
            }
            _ => {}
        }
    }

    /// A request, or a step without one, is over.
    fn decided(&mut self, id: Option<CallId>, step_id: &Arc<str>, succeeded: bool, action: &str) {
        let mark = match (succeeded, action) {
            (true, _) => self.paint("32", "✓"),
            (false, "retry" | "resend") => self.paint("33", "↻"),
            (false, _) => self.paint("31", "✗"),
        };
        let next = if action == "next" {
            String::new()
        } else {
            format!("  → {action}")
        };
        let current = id.and_then(|id| self.current.remove(&id));
        let text = match current {
            Some(Current {
                line,
                began,
                status,
                ..
            }) => {
                let status = match status {
                    Some(Some(status)) => status.to_string(),
                    _ => "no answer".into(),
                };
                format!(
                    "{mark} {line}  {status}  {}{next}",
                    milliseconds(began.elapsed())
                )
            }
            None if succeeded && action == "next" => return,
            None => format!("{mark} {step_id}{next}"),
        };
        self.print(&text);
    }

    fn live(&self, text: &str) {
        if let Some(bar) = &self.live {
            bar.set_message(text.to_owned());
            bar.enable_steady_tick(Duration::from_millis(100));
        }
    }

    fn print(&self, text: &str) {
        if self.level == Level::Quiet {
            return;
        }
        match &self.live {
            Some(bar) => bar.println(text),
            #[expect(clippy::print_stderr, reason = "progress goes to standard error")]
            None => eprintln!("{text}"),
        }
    }

    fn paint(&self, color: &str, text: &str) -> String {
        if self.color {
            format!("\x1b[{color}m{text}\x1b[0m")
        } else {
            text.into()
        }
    }
}

fn attempt_line(step: &str, execution: u64, attempt: u64, method: &str, url: &str) -> String {
    let mut line = step.to_owned();
    if execution > 1 {
        line.push_str(&format!(" #{execution}"));
    }
    if attempt > 1 {
        line.push_str(&format!(" (attempt {attempt})"));
    }
    // A query may hold what should not be on a screen.
    let shown = url.split('?').next().unwrap_or_default();
    let more = if shown.len() < url.len() { "?…" } else { "" };
    format!("{line}  {method} {shown}{more}")
}

fn milliseconds(elapsed: Duration) -> String {
    match elapsed.as_millis() {
        ms if ms < 10_000 => format!("{ms} ms"),
        ms => format!("{:.1} s", ms as f64 / 1000.0),
    }
}

/// A delay as people say it.
fn seconds(delay: Duration) -> String {
    if delay < Duration::from_secs(1) {
        format!("{} ms", delay.as_millis())
    } else {
        format!("{} s", (delay.as_secs_f64() * 10.0).round() / 10.0)
    }
}
