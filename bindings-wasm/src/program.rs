//! A program to runs.

use serde_json::Value;
use spola::link::{StepSummary, WorkflowSummary};
use spola::machine::{InDoubt, ResumeOptions};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use crate::convert::{Json, object, options};
use crate::error::{reports, thrown};
use crate::machine::{Driven, Machine};

/// A linked program.
#[wasm_bindgen]
pub struct Program(pub(crate) spola::link::Program);

#[wasm_bindgen]
impl Program {
    /// What the workflows are, as JSON.
    pub fn workflows(&self) -> String {
        let all = self.0.workflows();
        format!(
            "[{}]",
            all.iter().map(workflow).collect::<Vec<_>>().join(",")
        )
    }

    /// Warnings and hints, as JSON.
    pub fn lint(&self) -> String {
        reports(self.0.findings())
    }

    /// Begins a run; inputs and options are JSON.
    ///
    /// # Errors
    /// `run.unknown-workflow`, `run.invalid-inputs` and the like.
    pub fn start(
        &self,
        workflow_id: Option<String>,
        inputs: &str,
        settings: &str,
        headers: &str,
    ) -> Result<Machine, JsValue> {
        let inputs = object(inputs)?;
        let settings = options(settings, headers)?;
        match self.0.start(workflow_id.as_deref(), inputs, settings) {
            Ok(run) => Ok(Machine::new(Driven::Run(run))),
            Err(error) => Err(thrown(&error)),
        }
    }

    /// Goes on with a run; secrets and options are JSON.
    ///
    /// # Errors
    /// `run.foreign-snapshot`, `run.missing-secrets` and the like.
    pub fn resume(
        &self,
        snapshot: &[u8],
        secrets: &str,
        settings: &str,
        headers: &str,
        in_doubt: &str,
    ) -> Result<Machine, JsValue> {
        let resume = ResumeOptions {
            secrets: object(secrets)?,
            options: options(settings, headers)?,
            in_doubt: match in_doubt {
                "send" => Some(InDoubt::Send),
                "fail" => Some(InDoubt::Fail),
                "skip" => Some(InDoubt::Skip),
                _ => None,
            },
        };
        match self.0.resume(snapshot, resume) {
            Ok(run) => Ok(Machine::new(Driven::Run(run))),
            Err(error) => Err(thrown(&error)),
        }
    }
}

fn workflow(summary: &WorkflowSummary<'_>) -> String {
    let mut json = Json::object();
    json.text("workflowId", summary.id)
        .text_or_null("summary", summary.summary)
        .text_or_null("description", summary.description)
        .value("inputs", summary.inputs.as_ref().unwrap_or(&Value::Null))
        .texts("outputs", summary.outputs.iter().copied())
        .texts("dependsOn", summary.depends_on.iter().copied());
    let steps = summary.steps.iter().map(step);
    json.raw(
        "steps",
        &format!("[{}]", steps.collect::<Vec<_>>().join(",")),
    );
    json.finish()
}

fn step(summary: &StepSummary<'_>) -> String {
    let mut json = Json::object();
    json.text("stepId", summary.id)
        .text_or_null("description", summary.description)
        .text_or_null("operation", summary.operation.as_deref())
        .text_or_null("operationId", summary.operation_id)
        .text_or_null("source", summary.source)
        .text_or_null("workflowId", summary.workflow)
        .texts("outputs", summary.outputs.iter().copied());
    json.finish()
}
