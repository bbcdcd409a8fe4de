//! What is shown while images are copied: one bar for each layer.

use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::sync::Arc;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use spola::machine::Progress;

use crate::drive::Watch;
use crate::output;

/// Shows layers as bars on a terminal, as lines elsewhere.
pub struct Bars {
    /// None off a terminal.
    screen: Option<MultiProgress>,
    bars: BTreeMap<Arc<str>, ProgressBar>,
}

impl Bars {
    /// Shows on standard error.
    pub fn new() -> Self {
        let target = ProgressDrawTarget::stderr();
        let terminal = std::io::stderr().is_terminal();
        Self {
            screen: terminal.then(|| MultiProgress::with_draw_target(target)),
            bars: BTreeMap::new(),
        }
    }

    fn layer(&mut self, digest: &Arc<str>, stage: &str, done: u64, total: u64) {
        let size = bytes(total);
        let is_over = !matches!(stage, "waiting" | "moving");
        let line = format!("layer {}  {size}  {stage}", short(digest));
        let Some(screen) = &self.screen else {
            if is_over {
                output::say(&line);
            }
            return;
        };
        if is_over {
            if let Some(bar) = self.bars.remove(digest) {
                bar.finish_and_clear();
                screen.remove(&bar);
            }
            // A line that cannot be shown is no reason to stop.
            let _ = screen.println(line);
            return;
        }
        if stage == "waiting" {
            return;
        }
        let bar = self
            .bars
            .entry(Arc::clone(digest))
            .or_insert_with(|| screen.add(new_bar(short(digest), total)));
        bar.set_position(done);
    }

    fn line(&self, text: &str) {
        match &self.screen {
            Some(screen) => drop(screen.println(text)),
            None => output::say(text),
        }
    }
}

fn new_bar(name: &str, total: u64) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::hidden());
    let template =
        "layer {prefix}  {bar:30}  {decimal_bytes}/{decimal_total_bytes}  {decimal_bytes_per_sec}";
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar.set_prefix(name.to_owned());
    bar
}

impl Watch for Bars {
    fn show(&mut self, progress: &Progress) {
        match progress {
            Progress::Layer {
                digest,
                stage,
                done,
                total,
            } => self.layer(digest, stage, *done, *total),
            Progress::Image { digest, tag, stage } => {
                let tag = tag.as_ref();
                let tag = tag.map_or_else(String::new, |tag| format!("  as {tag}"));
                self.line(&format!("image {}{tag}  {stage}", short(digest)));
            }
            Progress::Note { message, .. } => self.line(&format!("note: {message}")),
            _ => {}
        }
    }

    fn end(&mut self) {
        for bar in self.bars.values() {
            bar.finish_and_clear();
        }
    }
}

/// A digest as people tell it from others.
pub fn short(digest: &str) -> &str {
    let hex = digest.split_once(':').map_or(digest, |(_, hex)| hex);
    hex.get(..12).unwrap_or(hex)
}

/// A size for people: `12.3 MB`.
pub fn bytes(count: u64) -> String {
    const UNITS: [&str; 4] = ["kB", "MB", "GB", "TB"];
    if count < 1000 {
        return format!("{count} B");
    }
    let mut size = count as f64 / 1000.0;
    let mut unit = 0;
    while size >= 999.95 && unit + 1 < UNITS.len() {
        size /= 1000.0;
        unit += 1;
    }
    format!("{size:.1} {}", UNITS[unit])
}

#[cfg(test)]
mod tests {
    use super::{bytes, short};

    #[test]
    fn sizes_and_digests_are_told_briefly() {
        assert_eq!(bytes(999), "999 B");
        assert_eq!(bytes(1000), "1.0 kB");
        assert_eq!(bytes(999_999), "1.0 MB");
        assert_eq!(bytes(12_345_678), "12.3 MB");
        assert_eq!(bytes(u64::MAX), "18446744.1 TB");
        assert_eq!(short("sha256:0123456789abcdef"), "0123456789ab");
        assert_eq!(short("odd"), "odd");
    }
}
