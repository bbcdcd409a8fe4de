//! What a workflow would send, as far as no answer is needed.

use std::sync::Arc;

use serde_json::{Map, Value};

use super::Run;
use super::error::RunError;
use super::options::RunOptions;
use super::state::{Via, Visit};
use super::visits::Visits;
use crate::expression::{Reference, Template};
use crate::link::{Linked, Program, Step, StepIndex, Target};
use crate::message::Request;

/// What one step would send.
#[derive(Debug)]
pub struct Preview {
    /// The workflow.
    pub workflow_id: Arc<str>,
    /// The step.
    pub step_id: Arc<str>,
    /// Its request, or why there is none.
    pub request: PreviewedRequest,
}

/// A request that was built without an answer, or why it was not.
#[derive(Debug)]
pub enum PreviewedRequest {
    /// The request, before authorization.
    Built(Box<Request>),
    /// These expressions read answers that are not there yet.
    NeedsAnswer(Vec<String>),
    /// It cannot be built, or the step sends none: why.
    Refused(String),
}

impl Program {
    /// Builds every request of a workflow's steps that needs no answer; nothing is sent.
    ///
    /// # Errors
    /// As [`Program::start`].
    pub fn preview(
        &self,
        workflow_id: &str,
        inputs: Map<String, Value>,
        options: RunOptions,
    ) -> Result<Vec<Preview>, RunError> {
        let mut run = self.start(Some(workflow_id), inputs, options)?;
        let program = Arc::clone(&self.0);
        let Some(index) = run.state.frames.last().map(|frame| frame.workflow) else {
            return Ok(Vec::new());
        };
        let workflow = program.workflow(index);
        let previews = (0u32..).zip(&workflow.steps).map(|(at, step)| Preview {
            workflow_id: workflow.id.clone(),
            step_id: step.id.clone(),
            request: run.preview_step(&program, StepIndex(at), step),
        });
        Ok(previews.collect())
    }
}

impl Run {
    fn preview_step(&mut self, program: &Linked, at: StepIndex, step: &Step) -> PreviewedRequest {
        match &step.target {
            Target::Operation(_) => {}
            Target::Workflow(called) => {
                let id = &program.workflow(*called).id;
                return PreviewedRequest::Refused(format!("it calls the workflow `{id}`"));
            }
            Target::Unsupported(what) => {
                return PreviewedRequest::Refused(format!("unsupported: {what}"));
            }
        }
        let needed = answers_needed(step);
        if !needed.is_empty() {
            return PreviewedRequest::NeedsAnswer(needed);
        }
        if let Some(frame) = self.state.frames.last_mut() {
            frame.visits = Visits::only(Visit::new(at, Via::Order, 1));
        }
        match self.at(program).map(|at| self.prepare(&at)) {
            Some(Ok(prepared)) => PreviewedRequest::Built(Box::new(prepared.request)),
            Some(Err(failure)) => PreviewedRequest::Refused(failure.message),
            None => PreviewedRequest::Refused(String::new()),
        }
    }
}

/// The expressions of a step's request that read answers, each once.
fn answers_needed(step: &Step) -> Vec<String> {
    let mut templates: Vec<&Template> = step
        .arguments
        .iter()
        .map(|argument| &argument.value)
        .collect();
    if let Some(body) = &step.body {
        templates.extend(&body.payload);
        templates.extend(
            body.replacements
                .iter()
                .map(|replacement| &replacement.value),
        );
    }
    let mut needed = Vec::new();
    for expression in templates.into_iter().flat_map(Template::expressions) {
        let reads = matches!(
            expression.reference(),
            Reference::StepOutput { .. }
                | Reference::WorkflowOutput { .. }
                | Reference::Output(_)
                | Reference::Response(_)
                | Reference::StatusCode
        );
        let text = expression.to_string();
        if reads && !needed.contains(&text) {
            needed.push(text);
        }
    }
    needed
}
