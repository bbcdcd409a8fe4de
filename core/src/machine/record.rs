//! What a run did, request by request, for results.

use std::sync::Arc;

use super::effect::{CallId, OutcomeKind, Progress};
use crate::json_writer::JsonWriter;

/// What a run did: hosts feed it every [`Progress`], results show its steps.
#[derive(Clone, Debug, Default)]
pub struct Record {
    steps: Vec<StepRecord>,
}

/// One request of a run, in the form of every host's result.
#[derive(Clone, Debug, PartialEq)]
pub struct StepRecord {
    /// The request's id.
    pub id: CallId,
    /// The workflow.
    pub workflow_id: Arc<str>,
    /// The step.
    pub step_id: Arc<str>,
    /// Which entry into the step, from 1.
    pub execution: u64,
    /// Which request within the entry, from 1.
    pub attempt: u64,
    /// Whether the step succeeded by it; `failed` until that is known.
    pub outcome: OutcomeKind,
    /// What was sent.
    pub request: RequestRecord,
    /// The answer's status; none where no answer came.
    pub status: Option<u16>,
    /// The success criteria.
    pub criteria: Vec<CriterionRecord>,
    /// What came next: `next`, `goto:listImages`, `end`, `retry` or `resend`;
    /// none while that is not known.
    pub action: Option<String>,
}

/// What was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestRecord {
    /// The method.
    pub method: String,
    /// The URL, before authorization.
    pub url: String,
}

/// How a success criterion was judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CriterionRecord {
    /// The condition as written.
    pub condition: Arc<str>,
    /// Whether it holds.
    pub passed: bool,
}

impl Record {
    /// Takes down what a run tells.
    pub fn take(&mut self, progress: &Progress) {
        match progress {
            Progress::Attempt {
                id,
                workflow_id,
                step_id,
                execution,
                attempt,
                method,
                url,
            } if self.steps.last().is_none_or(|last| last.id < *id) => {
                // Otherwise a resumed run tells of an outstanding request again.
                self.steps.push(StepRecord {
                    id: *id,
                    workflow_id: workflow_id.clone(),
                    step_id: step_id.clone(),
                    execution: *execution,
                    attempt: *attempt,
                    outcome: OutcomeKind::Failed,
                    request: RequestRecord {
                        method: method.as_str().to_owned(),
                        url: url.clone(),
                    },
                    status: None,
                    criteria: Vec::new(),
                    action: None,
                });
            }
            Progress::Answered { id, .. }
            | Progress::Criterion { id: Some(id), .. }
            | Progress::Action { id: Some(id), .. } => {
                if let Some(step) = self.find(*id) {
                    step.take(progress);
                }
            }
            _ => {}
        }
    }

    /// The requests, in order.
    pub fn steps(&self) -> &[StepRecord] {
        &self.steps
    }

    /// The requests as JSON: the steps of every host's result.
    pub fn to_json(&self) -> String {
        let mut json = JsonWriter::default();
        json.begin_array();
        for step in &self.steps {
            step.write(&mut json);
        }
        json.end_array();
        json.into_text()
    }

    /// Ids rise, and what is told of a request comes soon after it.
    fn find(&mut self, id: CallId) -> Option<&mut StepRecord> {
        let recent = self.steps.iter_mut().rev().take_while(|step| step.id >= id);
        recent.last().filter(|step| step.id == id)
    }
}

impl StepRecord {
    /// Takes down what a run tells of this request.
    fn take(&mut self, progress: &Progress) {
        match progress {
            Progress::Answered { status, .. } => self.status = *status,
            Progress::Criterion {
                condition, passed, ..
            } => self.criteria.push(CriterionRecord {
                condition: condition.clone(),
                passed: *passed,
            }),
            Progress::Action {
                succeeded, action, ..
            } => {
                if *succeeded {
                    self.outcome = OutcomeKind::Succeeded;
                }
                self.action = Some(action.to_string());
            }
            _ => {}
        }
    }

    fn write(&self, json: &mut JsonWriter) {
        json.begin_object();
        json.name("workflowId").text(&self.workflow_id);
        json.name("stepId").text(&self.step_id);
        json.name("execution").number(self.execution);
        json.name("attempt").number(self.attempt);
        json.name("outcome").text(self.outcome.name());
        json.name("request").begin_object();
        json.name("method").text(&self.request.method);
        json.name("url").text(&self.request.url).end_object();
        let status = self.status.map(u64::from);
        json.name("status").number_or_null(status);
        json.name("criteria").begin_array();
        for criterion in &self.criteria {
            json.begin_object();
            json.name("condition").text(&criterion.condition);
            json.name("passed").truth(criterion.passed).end_object();
        }
        json.end_array();
        let action = self.action.as_deref();
        json.name("action").text_or_null(action).end_object();
    }
}
