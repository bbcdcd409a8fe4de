//! A program to runs.

use serde_json::Value;
use spola::link::{Program, WorkflowSummary};
use spola::machine::{InDoubt, ResumeOptions};

use crate::border::{bytes, hold, tell, text, with};
use crate::convert::{Json, object, options};
use crate::error::{reports, thrown};
use crate::machine::{Driven, Machine};

/// Tells what the workflows are, as JSON.
#[unsafe(no_mangle)]
pub extern "C" fn program_workflows(program: u32) -> i32 {
    with(program, &mut |program: &mut Program| {
        let mut json = Json::list();
        for summary in &program.workflows() {
            workflow(&mut json, summary);
        }
        tell(json.finish_list())
    })
}

/// Tells warnings and hints, as JSON.
#[unsafe(no_mangle)]
pub extern "C" fn program_lint(program: u32) -> i32 {
    with(program, &mut |program: &mut Program| {
        tell(reports(program.findings()))
    })
}

/// Begins a run, and gives its machine: inputs and options as JSON, header fields,
/// and, where the workflow is `named`, its id.
///
/// Throws `run.unknown-workflow`, `run.invalid-inputs` and the like.
#[unsafe(no_mangle)]
pub extern "C" fn program_start(program: u32, named: bool) -> i32 {
    with(program, &mut |program: &mut Program| {
        let inputs = object(&text())?;
        let settings = options(&text(), &text())?;
        let name = named.then(text);
        match program.start(name.as_deref(), inputs, settings) {
            Ok(run) => hold(Machine::new(Driven::Run(run))),
            Err(error) => Err(thrown(&error)),
        }
    })
}

/// Goes on with a run, and gives its machine: the snapshot, secrets and options as
/// JSON, header fields, and what to do with a request in doubt.
///
/// Throws `run.foreign-snapshot`, `run.missing-secrets` and the like.
#[unsafe(no_mangle)]
pub extern "C" fn program_resume(program: u32) -> i32 {
    with(program, &mut |program: &mut Program| {
        let snapshot = bytes();
        let resume = ResumeOptions {
            secrets: object(&text())?,
            options: options(&text(), &text())?,
            in_doubt: match text().as_str() {
                "send" => Some(InDoubt::Send),
                "fail" => Some(InDoubt::Fail),
                "skip" => Some(InDoubt::Skip),
                _ => None,
            },
        };
        match program.resume(&snapshot, resume) {
            Ok(run) => hold(Machine::new(Driven::Run(run))),
            Err(error) => Err(thrown(&error)),
        }
    })
}

fn workflow(json: &mut Json, summary: &WorkflowSummary<'_>) {
    json.begin_item()
        .text("workflowId", summary.id)
        .text_or_null("summary", summary.summary)
        .text_or_null("description", summary.description)
        .value("inputs", summary.inputs.as_ref().unwrap_or(&Value::Null))
        .texts("outputs", &mut summary.outputs.iter().copied())
        .texts("dependsOn", &mut summary.depends_on.iter().copied())
        .begin_list("steps");
    for step in &summary.steps {
        json.begin_item()
            .text("stepId", step.id)
            .text_or_null("description", step.description)
            .text_or_null("operation", step.operation.as_deref())
            .text_or_null("operationId", step.operation_id)
            .text_or_null("source", step.source)
            .text_or_null("workflowId", step.workflow)
            .texts("outputs", &mut step.outputs.iter().copied())
            .end();
    }
    json.end_list().end();
}
