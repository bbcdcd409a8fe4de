//! `spola show`: what is in a document.

use std::fmt::Write as _;

use serde_json::{Value, json};
use spola::document::Property;
use spola::link::{LinkOptions, Program, StepSummary, WorkflowSummary, link};

use crate::args::ShowArgs;
use crate::exit::Exit;
use crate::load::{self, load};
use crate::output;
use crate::transport::Transport;

/// Shows the workflows of a document.
pub fn show(args: &ShowArgs) -> Exit {
    let transport = Transport::of_environment();
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
            let workflows: Vec<Value> = program.workflows().iter().map(to_json).collect();
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

fn to_json(workflow: &WorkflowSummary<'_>) -> Value {
    let steps: Vec<Value> = workflow.steps.iter().map(step_json).collect();
    json!({
        "workflowId": workflow.id,
        "summary": workflow.summary,
        "description": workflow.description,
        "inputs": workflow.inputs,
        "dependsOn": workflow.depends_on,
        "steps": steps,
        "outputs": workflow.outputs,
    })
}

fn step_json(step: &StepSummary<'_>) -> Value {
    json!({
        "stepId": step.id,
        "description": step.description,
        "operationId": step.operation_id,
        "operation": step.operation,
        "source": step.source,
        "workflowId": step.workflow,
        "outputs": step.outputs,
    })
}

fn text(program: &Program) -> String {
    let mut out = String::new();
    for workflow in program.workflows() {
        let _ = writeln!(out, "{}", workflow.id);
        if let Some(summary) = workflow.summary {
            let _ = writeln!(out, "  {summary}");
        }
        inputs(&mut out, &program.inputs(workflow.id));
        let _ = writeln!(out, "\n  steps");
        let width = workflow
            .steps
            .iter()
            .map(|step| step.id.len())
            .max()
            .unwrap_or(0);
        for step in &workflow.steps {
            let _ = writeln!(out, "    {:width$}  {}", step.id, call(step));
        }
        if !workflow.outputs.is_empty() {
            let _ = writeln!(out, "\n  outputs\n    {}", workflow.outputs.join(", "));
        }
        out.push('\n');
    }
    out
}

fn call(step: &StepSummary<'_>) -> String {
    match (&step.operation, step.workflow) {
        (Some(operation), _) => {
            let name = step.operation_id.unwrap_or_default();
            format!("{operation}  {name} ({})", step.source.unwrap_or_default())
        }
        (None, Some(called)) => format!("workflow {called}"),
        (None, None) => "not supported".into(),
    }
}

fn inputs(out: &mut String, inputs: &[Property]) {
    if inputs.is_empty() {
        return;
    }
    let _ = writeln!(out, "\n  inputs");
    let width = inputs
        .iter()
        .map(|input| input.name.len())
        .max()
        .unwrap_or(0);
    for input in inputs {
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
