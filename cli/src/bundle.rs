//! `spola bundle`: a program as one document.

use spola::Diagnostic;
use spola::bundle::{self, BundleError};
use spola::link::LinkOptions;

use crate::args::BundleArgs;
use crate::exit::Exit;
use crate::load::{self, load};
use crate::transport::Transport;
use crate::{files, output};

/// Writes the bundle of a document.
pub fn bundle(args: &BundleArgs) -> Exit {
    let transport = Transport::of_environment();
    let loaded = match load(&args.document, &args.sources, &transport) {
        Ok(loaded) => loaded,
        Err(message) => return Exit::usage(&message),
    };
    let (documents, texts) = loaded.split();
    let options = LinkOptions {
        strict: args.sources.strict,
    };
    let text = match bundle::bundle(&documents, options) {
        Ok(text) => text,
        Err(BundleError::Link(errors)) => {
            for report in &errors.reports() {
                output::say(load::render(report, &texts).trim_end());
            }
            return Exit::NotStarted;
        }
        Err(error) => {
            let help = error.help().unwrap_or_default();
            return Exit::usage(&format!("{}: {error}\n  help: {help}", args.document));
        }
    };
    match &args.output {
        None => output::answer(text.trim_end()),
        Some(path) => {
            if let Err(error) = files::write_open(path, text.as_bytes()) {
                return Exit::usage(&format!("{}: {error}", path.display()));
            }
        }
    }
    Exit::Succeeded
}
