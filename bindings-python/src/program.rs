//! A linked program: what it shows, and runs of it.

use std::sync::Arc;

use pyo3::prelude::{Bound, PyAny, PyResult, Python, pyclass, pymethods};
use pyo3::types::{PyDict, PyList};
use serde_json::{Value, json};
use spola::link::{Program as Core, StepSummary, WorkflowSummary};
use spola::machine::{ResumeOptions, RunOptions};
use spola_ecr::{Options, Workflow};

use crate::convert::{to_bytes, to_object, to_python, to_text};
use crate::error::raised;
use crate::load::Library;
use crate::machine::Machine;
use crate::options;

/// Documents, read, checked and linked once; shared by any number of runs.
#[pyclass(frozen, module = "spola")]
pub struct Program {
    program: Core,
    library: Arc<Library>,
}

impl Program {
    /// A program, and the documents it was linked from.
    pub fn new(program: Core, library: Arc<Library>) -> Self {
        Self { program, library }
    }
}

#[pymethods]
impl Program {
    /// Its workflows, as plain values.
    fn workflows<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let all = self.program.workflows();
        let all = all.iter().map(workflow).collect();
        to_python(py, &Value::Array(all))
    }

    /// The inputs of a workflow that are secret, by name.
    fn secret_inputs(&self, workflow_id: &Bound<'_, PyAny>) -> PyResult<Vec<String>> {
        let id = to_text(workflow_id, "the workflow's id")?;
        let inputs = self.program.inputs(&id).into_iter();
        Ok(inputs
            .filter(|input| input.secret)
            .map(|input| input.name)
            .collect())
    }

    /// Reads the text of an input as its declared type asks.
    fn read_input<'py>(
        &self,
        workflow_id: &Bound<'py, PyAny>,
        name: &Bound<'py, PyAny>,
        text: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let id = to_text(workflow_id, "the workflow's id")?;
        let name = to_text(name, "an input's name")?;
        let text = to_text(text, "an input")?;
        let value = self.program.read_input(&id, &name, &text);
        to_python(workflow_id.py(), &value)
    }

    /// The names of its source descriptions.
    fn sources(&self) -> Vec<String> {
        self.program.sources().map(str::to_owned).collect()
    }

    /// The signing names of the AWS services that its operations belong to.
    fn aws_services(&self) -> Vec<String> {
        self.program.aws_services().into_iter().collect()
    }

    /// Identifies what it means: the same for a document and its bundle.
    fn digest(&self) -> String {
        let digest = self.program.digest();
        digest.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// All that is wrong or could be better.
    #[pyo3(signature = (strict=false))]
    fn lint<'py>(&self, py: Python<'py>, strict: bool) -> PyResult<Bound<'py, PyList>> {
        self.library.lint(py, strict)
    }

    /// The same documents, linked by the letter of the specification.
    fn strict(&self, py: Python<'_>) -> PyResult<Self> {
        self.library.link(py, true)
    }

    /// Begins a run.
    fn start(
        &self,
        py: Python<'_>,
        workflow_id: Option<&Bound<'_, PyAny>>,
        inputs: Option<&Bound<'_, PyAny>>,
        options: &Bound<'_, PyDict>,
    ) -> PyResult<Machine> {
        let id = workflow_id
            .map(|id| to_text(id, "the workflow's id"))
            .transpose()?;
        let inputs = to_object(inputs, "`inputs`")?;
        let options = options::read(options)?;
        let started = started(&options);
        let begun = py.detach(|| self.program.start(id.as_deref(), inputs, options));
        let run = begun.map_err(|error| raised(py, &error))?;
        Ok(Machine::of_workflow(Workflow::new(run, started)))
    }

    /// Goes on with a run from where its snapshot was taken.
    fn resume(
        &self,
        py: Python<'_>,
        snapshot: &Bound<'_, PyAny>,
        inputs: Option<&Bound<'_, PyAny>>,
        options: &Bound<'_, PyDict>,
        in_doubt: Option<&Bound<'_, PyAny>>,
    ) -> PyResult<Machine> {
        let snapshot = to_bytes(snapshot, "a snapshot")?;
        let resume = ResumeOptions {
            secrets: to_object(inputs, "`inputs`")?,
            options: options::read(options)?,
            in_doubt: options::in_doubt(in_doubt)?,
        };
        let started = started(&resume.options);
        let begun = py.detach(|| Workflow::resume(&self.program, &snapshot, resume, started));
        let workflow = begun.map_err(|error| raised(py, &error))?;
        Ok(Machine::of_workflow(workflow))
    }
}

/// What operations that a step starts are given: the same as the run.
fn started(options: &RunOptions) -> Options {
    Options {
        run: options.clone(),
        ..Options::default()
    }
}

fn workflow(summary: &WorkflowSummary<'_>) -> Value {
    let steps: Vec<Value> = summary.steps.iter().map(step).collect();
    json!({
        "id": summary.id,
        "summary": summary.summary,
        "description": summary.description,
        "inputs": summary.inputs,
        "outputs": summary.outputs,
        "steps": steps,
        "depends_on": summary.depends_on,
    })
}

fn step(summary: &StepSummary<'_>) -> Value {
    json!({
        "id": summary.id,
        "description": summary.description,
        "operation": summary.operation,
        "operation_id": summary.operation_id,
        "source": summary.source,
        "workflow": summary.workflow,
        "outputs": summary.outputs,
    })
}
