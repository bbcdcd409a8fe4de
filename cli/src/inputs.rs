//! A workflow's inputs from the command line.

use std::path::Path;

use serde_json::{Map, Value};
use spola::Report;
use spola::document::Tree;
use spola::link::Program;

use crate::args::RunArgs;
use crate::load::read_file;
use crate::run::Stop;

/// Reads `--inputs`, then puts each `--input` over it.
///
/// # Errors
/// A file that cannot be read or is no object; an `--input` without `=`.
pub fn read(
    program: &Program,
    workflow_id: &str,
    args: &RunArgs,
) -> Result<Map<String, Value>, Stop> {
    let mut inputs = match &args.inputs {
        Some(path) => from_file(path)?,
        None => Map::new(),
    };
    for input in &args.input {
        let (name, text) = input
            .split_once('=')
            .ok_or_else(|| format!("`--input {input}`: write NAME=VALUE"))?;
        inputs.insert(name.to_owned(), program.read_input(workflow_id, name, text));
    }
    Ok(inputs)
}

fn from_file(path: &str) -> Result<Map<String, Value>, Stop> {
    let bytes = if path == "-" {
        let mut bytes = Vec::new();
        std::io::Read::read_to_end(&mut std::io::stdin().lock(), &mut bytes)
            .map_err(|error| error.to_string())?;
        bytes
    } else {
        read_file(Path::new(path)).map_err(|reason| format!("{path}: {reason}"))?
    };
    let tree = Tree::parse(path, &bytes, &Default::default()).map_err(|errors| {
        let reports = errors.iter().map(|error| Report::of(error)).collect();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        Stop::Reports(reports, [(path.to_owned(), text)].into())
    })?;
    match tree.root().to_value() {
        Value::Object(inputs) => Ok(inputs),
        _ => Err(Stop::Message(format!(
            "{path}: the inputs are not an object"
        ))),
    }
}
