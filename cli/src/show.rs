//! `spola show`: what is in a document.

use std::fmt::Write as _;

use serde_json::{Value, json};
use spola::link::{LinkOptions, Program, WorkflowView, link};

use crate::args::ShowArgs;
use crate::exit::Exit;
use crate::load::{self, load};
use crate::output;
use crate::transport::{Transport, TransportOptions};

/// Shows the workflows of a document.
pub fn show(args: &ShowArgs) -> Exit {
    let transport = Transport::new(TransportOptions::from_environment(|name| std::env::var(name).ok()));
    let loaded = match load(&args.document, &args.sources, &transport) {
        Ok(loaded) => loaded,
        Err(message) => return Exit::usage(&message),
    };
    let (documents, texts) = loaded.split();
    match link(
        documents,
        LinkOptions {
            strict: args.sources.strict,
        },
    ) {
        Ok(program) if args.json => {
            let workflows: Vec<Value> = program.workflows().map(|w| to_json(&w)).collect();
            output::answer(&output::pretty(&json!({ "workflows": workflows })));
            Exit::Succeeded
        }
        Ok(program) => {
            output::answer(text(&program).trim_end());
            Exit::Succeeded
        }
        Err(errors) => {
            let reports = errors.reports();
            if args.json {
                output::answer(&output::pretty(&output::diagnostics_json(&reports)));
            } else {
                for report in &reports {
                    output::say(load::render(report, &texts).trim_end());
                }
            }
            Exit::NotStarted
        }
    }
}

fn to_json(workflow: &WorkflowView<'_>) -> Value {
    let steps: Vec<Value> = workflow
        .steps()
        .map(|step| {
            json!({
                "stepId": step.id(),
                "description": step.description(),
                "operation": step.operation(),
                "source": step.source(),
                "workflowId": step.called_workflow(),
            })
        })
        .collect();
    json!({
        "workflowId": workflow.id(),
        "summary": workflow.summary(),
        "inputs": workflow.inputs(),
        "steps": steps,
        "outputs": workflow.outputs().collect::<Vec<_>>(),
    })
}

fn text(program: &Program) -> String {
    let mut out = String::new();
    for workflow in program.workflows() {
        let _ = writeln!(out, "{}", workflow.id());
        if let Some(summary) = workflow.summary() {
            let _ = writeln!(out, "  {summary}");
        }
        let inputs = workflow.input_list();
        if !inputs.is_empty() {
            let _ = writeln!(out, "\n  inputs");
            let width = inputs
                .iter()
                .map(|input| input.name.len())
                .max()
                .unwrap_or(0);
            for input in &inputs {
                let types = if input.types.is_empty() {
                    "any".into()
                } else {
                    input.types.join("|")
                };
                let mut notes = vec![types];
                if input.required {
                    notes.push("required".into());
                }
                if input.secret {
                    notes.push("secret".into());
                }
                if let Some(default) = &input.default {
                    notes.push(format!("default {default}"));
                }
                if let Some(made) = &input.made {
                    notes.push(format!("made when absent ({made})"));
                }
                let _ = writeln!(out, "    {:width$}  {}", input.name, notes.join(", "));
            }
        }
        let _ = writeln!(out, "\n  steps");
        let width = workflow
            .steps()
            .map(|step| step.id().len())
            .max()
            .unwrap_or(0);
        for step in workflow.steps() {
            let call = match (step.operation(), step.called_workflow()) {
                (Some(operation), _) => {
                    format!("{operation}  ({})", step.source().unwrap_or_default())
                }
                (None, Some(called)) => format!("workflow {called}"),
                (None, None) => "not supported".into(),
            };
            let _ = writeln!(out, "    {:width$}  {call}", step.id());
        }
        let outputs: Vec<&str> = workflow.outputs().collect();
        if !outputs.is_empty() {
            let _ = writeln!(out, "\n  outputs\n    {}", outputs.join(", "));
        }
        out.push('\n');
    }
    out
}
