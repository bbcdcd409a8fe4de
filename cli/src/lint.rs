//! `spola lint`: what is wrong, or could be better.

use std::path::Path;

use spola::link::{LinkOptions, check};
use spola::{Report, Severity};

use crate::args::{LintArgs, LintFormat};
use crate::exit::Exit;
use crate::load::{documents_in, load};
use crate::output;
use crate::transport::Transport;

/// Lints files, and the Arazzo documents in directories.
pub fn lint(args: &LintArgs) -> Exit {
    let transport = Transport::of_environment();
    let mut paths = Vec::new();
    for path in &args.paths {
        if path.starts_with("http://") || path.starts_with("https://") {
            paths.push(path.clone());
            continue;
        }
        if !Path::new(path).exists() {
            return Exit::usage(&format!("{path}: there is no such file"));
        }
        match documents_in(Path::new(path)) {
            Ok(found) => paths.extend(found.iter().map(|path| path.display().to_string())),
            Err(reason) => return Exit::usage(&format!("{path}: {reason}")),
        }
    }
    let mut all: Vec<Report> = Vec::new();
    for path in &paths {
        let loaded = match load(path, &args.sources, &transport) {
            Ok(loaded) => loaded,
            Err(message) => return Exit::usage(&message),
        };
        let reports = check(
            &loaded.documents,
            LinkOptions {
                strict: args.sources.strict,
            },
        );
        if args.format == LintFormat::Text {
            for report in &reports {
                output::answer(&loaded.render(report));
            }
        }
        all.extend(reports);
    }
    let count = |severity| {
        all.iter()
            .filter(|report| report.severity == severity)
            .count()
    };
    let errors = count(Severity::Error);
    match args.format {
        LintFormat::Json => output::answer(&output::pretty(&output::diagnostics_json(&all))),
        LintFormat::Text => output::say(&format!(
            "{}: {}, {}, {}",
            counted(paths.len(), "document"),
            counted(errors, "error"),
            counted(count(Severity::Warning), "warning"),
            counted(count(Severity::Hint), "hint"),
        )),
    }
    if errors > 0 {
        Exit::Failed
    } else {
        Exit::Succeeded
    }
}

fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}
