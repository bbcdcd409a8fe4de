//! What a program shows of itself.

use serde_json::Value;

use super::program::{Linked, Program, Step, Target, Workflow};
use crate::diagnostic::Report;
use crate::document::{Property, Schema};

/// A workflow, as `show` prints it.
#[derive(Clone, Debug, PartialEq)]
pub struct WorkflowSummary<'p> {
    /// The `workflowId`.
    pub id: &'p str,
    /// The `summary`.
    pub summary: Option<&'p str>,
    /// The `description`.
    pub description: Option<&'p str>,
    /// The schema of the inputs, references resolved.
    pub inputs: Option<Value>,
    /// The names of the outputs.
    pub outputs: Vec<&'p str>,
    /// The steps, in the order in which they run.
    pub steps: Vec<StepSummary<'p>>,
    /// The workflows that run before it.
    pub depends_on: Vec<&'p str>,
}

/// A step, as `show` prints it.
#[derive(Clone, Debug, PartialEq)]
pub struct StepSummary<'p> {
    /// The `stepId`.
    pub id: &'p str,
    /// The `description`.
    pub description: Option<&'p str>,
    /// `POST /images`, where it calls an operation.
    pub operation: Option<String>,
    /// The `operationId`.
    pub operation_id: Option<&'p str>,
    /// The name of the operation's source description.
    pub source: Option<&'p str>,
    /// The workflow that it calls.
    pub workflow: Option<&'p str>,
    /// The names of the outputs.
    pub outputs: Vec<&'p str>,
}

impl Program {
    /// The workflows of the entry document, in the order written.
    pub fn workflows(&self) -> Vec<WorkflowSummary<'_>> {
        let linked = &*self.0;
        let own = linked.workflows.iter().take(linked.own_workflows);
        own.map(|workflow| summary(linked, workflow)).collect()
    }

    /// What linking found that does not stop a run: warnings and hints, in
    /// document order.
    pub fn findings(&self) -> &[Report] {
        &self.0.findings
    }

    /// Identifies what the program means: the same for a document and its bundle,
    /// and whatever its formatting, comments and descriptions are.
    pub fn digest(&self) -> [u8; 16] {
        self.0.digest
    }

    /// The inputs that a workflow of the entry document names; empty where there
    /// is no such workflow.
    pub fn inputs(&self, workflow_id: &str) -> Vec<Property> {
        let schema = self.schema(workflow_id);
        schema.map_or_else(Vec::new, Schema::properties)
    }

    /// Reads the text of an input as its declared type asks: a string, or any type
    /// that is not declared, takes the text as it is.
    pub fn read_input(&self, workflow_id: &str, name: &str, text: &str) -> Value {
        match self.schema(workflow_id) {
            Some(schema) => schema.read_text(name, text),
            None => Value::from(text),
        }
    }

    /// The names of the entry document's source descriptions.
    pub fn sources(&self) -> impl Iterator<Item = &str> {
        let entry = self.0.documents.first();
        entry
            .into_iter()
            .flat_map(|document| &document.sources)
            .map(|(name, _)| &**name)
    }

    fn schema(&self, workflow_id: &str) -> Option<&Schema> {
        let own = self.0.workflows.iter().take(self.0.own_workflows);
        own.filter(|workflow| *workflow.id == *workflow_id)
            .find_map(|w| w.inputs.as_ref())
    }

    /// All that the program holds.
    pub fn linked(&self) -> &Linked {
        &self.0
    }
}

fn summary<'p>(linked: &'p Linked, workflow: &'p Workflow) -> WorkflowSummary<'p> {
    WorkflowSummary {
        id: &workflow.id,
        summary: workflow.summary.as_deref(),
        description: workflow.description.as_deref(),
        inputs: workflow.inputs.as_ref().map(|schema| schema.resolved()),
        outputs: workflow
            .outputs
            .iter()
            .map(|output| &*output.name)
            .collect(),
        steps: workflow
            .steps
            .iter()
            .map(|step| step_summary(linked, step))
            .collect(),
        depends_on: workflow
            .depends_on
            .iter()
            .map(|index| &*linked.workflow(*index).id)
            .collect(),
    }
}

fn step_summary<'p>(linked: &'p Linked, step: &'p Step) -> StepSummary<'p> {
    let operation = match step.target {
        Target::Operation(index) => Some(linked.operation(index)),
        _ => None,
    };
    StepSummary {
        id: &step.id,
        description: step.description.as_deref(),
        operation: operation.map(|operation| format!("{} {}", operation.method, operation.path)),
        operation_id: operation.and_then(|operation| operation.id.as_deref()),
        source: operation.map(|operation| &*operation.source),
        workflow: match step.target {
            Target::Workflow(index) => Some(&*linked.workflow(index).id),
            _ => None,
        },
        outputs: step.outputs.iter().map(|output| &*output.name).collect(),
    }
}
