//! `spola eval`: an expression, condition or query against a context.

use std::path::Path;

use spola::expression::{Dialect, EvalKind, Version, evaluate_text};
use spola::{Diagnostic, Report};

use crate::args::{EvalArgs, EvalAs};
use crate::exit::Exit;
use crate::load::read_file;
use crate::output;

/// Evaluates, prints the value.
pub fn eval(args: &EvalArgs) -> Exit {
    let bytes = match read_context(&args.context) {
        Ok(bytes) => bytes,
        Err(reason) => return Exit::usage(&format!("{}: {reason}", args.context)),
    };
    let context = match spola::document::Tree::parse(&args.context, &bytes, &Default::default()) {
        Ok(tree) => tree.root().to_value(),
        Err(errors) => {
            let text = String::from_utf8_lossy(&bytes);
            for error in &errors {
                output::say(Report::of(error).render(Some(&text)).trim_end());
            }
            return Exit::NotStarted;
        }
    };
    if !context.is_object() {
        return Exit::usage(&format!(
            "{}: the context is not a JSON object",
            args.context
        ));
    }
    let dialect = Dialect {
        version: Version::V1_1,
        strict: args.strict,
    };
    match evaluate_text(&args.text, kind(args.kind), &context, dialect) {
        Ok(parsed) => {
            for warning in &parsed.warnings {
                output::say(about(warning, &args.text).trim_end());
            }
            output::answer(&parsed.value.to_string());
            Exit::Succeeded
        }
        Err(error) => {
            output::say(about(&error, &args.text).trim_end());
            Exit::NotStarted
        }
    }
}

fn read_context(path: &str) -> Result<Vec<u8>, String> {
    if path != "-" {
        return read_file(Path::new(path));
    }
    let mut bytes = Vec::new();
    std::io::Read::read_to_end(&mut std::io::stdin().lock(), &mut bytes)
        .map_err(|error| error.to_string())?;
    Ok(bytes)
}

/// A finding with the text quoted and the place underlined.
fn about(error: &spola::expression::ExpressionError, text: &str) -> String {
    let mut report = Report::of(error);
    if let Some(offset) = error.offset() {
        let before = text.get(..offset).unwrap_or(text);
        report.location = Some(spola::Location {
            document: "TEXT".into(),
            line: 1,
            column: before.chars().count() as u32 + 1,
            length: 1,
            ..spola::Location::default()
        });
    }
    debug_assert!(!error.code().is_empty());
    report.render(Some(text))
}

fn kind(kind: EvalAs) -> EvalKind {
    match kind {
        EvalAs::Expression => EvalKind::Expression,
        EvalAs::String => EvalKind::String,
        EvalAs::Simple => EvalKind::Simple,
        EvalAs::Regex => EvalKind::Regex,
        EvalAs::Jsonpath => EvalKind::JsonPath,
        EvalAs::Xpath => EvalKind::XPath,
        EvalAs::Query => EvalKind::Query,
    }
}
