//! The values that an expression sees at this moment.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::at::collects;
use super::state::{Ended, Frame, State};
use crate::exchange::{ParameterLocation, Response};
use crate::expression::{ExpressionError, Scope, StepRef};
use crate::link::{Document, Linked, StepIndex, Target, Workflow};
use crate::message::Request;
use crate::pointer::Pointer;

/// The exchange of the step that is being judged.
#[derive(Debug)]
pub(crate) struct Exchange {
    /// The answer, where one came.
    pub answer: Option<Response>,
    /// The request, where an expression looks at it.
    pub request: Option<RequestView>,
}

/// A request as expressions see it: before authorization.
#[derive(Debug)]
pub(crate) struct RequestView {
    /// The request without what the host adds, which may be secret.
    pub request: Request,
    /// What it was made of.
    pub values: Values,
}

/// The values that a request is made of.
#[derive(Debug, Default)]
pub(crate) struct Values {
    /// Those of parameters, by place and name.
    pub arguments: Vec<(ParameterLocation, String, Value)>,
    /// The body before it was encoded.
    pub body: Option<Value>,
}

impl Values {
    fn argument(&self, place: ParameterLocation, name: &str) -> Option<Cow<'_, Value>> {
        let mut arguments = self.arguments.iter();
        let (_, _, value) = arguments.find(|(own, key, _)| *own == place && key == name)?;
        Some(Cow::Borrowed(value))
    }
}

/// What expressions see in one call of a workflow.
pub(crate) struct RunScope<'r> {
    program: &'r Linked,
    state: &'r State,
    frame: Option<&'r Frame>,
    exchange: Option<&'r Exchange>,
    outputs: Option<&'r Map<String, Value>>,
}

impl<'r> RunScope<'r> {
    /// What is seen in the call at this depth, while this exchange is judged.
    pub fn new(
        program: &'r Linked,
        state: &'r State,
        depth: usize,
        exchange: Option<&'r Exchange>,
    ) -> Self {
        Self {
            program,
            state,
            frame: state.frames.get(depth),
            exchange,
            outputs: None,
        }
    }

    /// The same with the workflow's outputs as far as they are known: `$outputs`.
    pub fn with_outputs(mut self, outputs: &'r Map<String, Value>) -> Self {
        self.outputs = Some(outputs);
        self
    }

    /// What the answer's body has at a place.
    pub fn body_at(&self, place: &Pointer) -> Option<Value> {
        place.resolve(self.answer()?.value().ok()??).cloned()
    }

    fn answer(&self) -> Option<&'r Response> {
        self.exchange?.answer.as_ref()
    }

    fn request(&self) -> Option<&'r RequestView> {
        self.exchange?.request.as_ref()
    }

    fn workflow(&self) -> Option<&'r Workflow> {
        Some(self.program.workflow(self.frame?.workflow))
    }

    fn document(&self) -> Option<&'r Document> {
        self.program.documents.get(self.workflow()?.document)
    }

    /// The workflow that the active step calls, once it has ended.
    fn called(&self) -> Option<&'r Ended> {
        let step = self.frame?.visits.last()?.step;
        match self.workflow()?.step(step).target {
            Target::Workflow(called) => self.state.ended.get(&called.0).map(|ended| &**ended),
            _ => None,
        }
    }

    /// Unspecified: of several workflows that an expression may mean, one of this
    /// document comes first.
    fn ended(&self, workflow_id: &str) -> (Option<&'r Frame>, Option<&'r Ended>) {
        let Some(document) = self.workflow().map(|workflow| workflow.document) else {
            return (None, None);
        };
        let named = |index: u32| {
            self.program
                .workflows
                .get(index as usize)
                .is_some_and(|other| *other.id == *workflow_id && other.document == document)
        };
        let frame = self
            .state
            .frames
            .iter()
            .rev()
            .find(|frame| named(frame.workflow.0));
        let ended = self.state.ended.iter().find(|(index, _)| named(**index));
        (frame, ended.map(|(_, ended)| &**ended))
    }
}

fn text(text: &str) -> Cow<'static, Value> {
    Cow::Owned(Value::String(text.into()))
}

impl Scope for RunScope<'_> {
    fn url(&self) -> Option<Cow<'_, Value>> {
        Some(text(self.request()?.request.url().as_str()))
    }

    fn method(&self) -> Option<Cow<'_, Value>> {
        Some(text(self.request()?.request.method().as_str()))
    }

    fn status_code(&self) -> Option<Cow<'_, Value>> {
        Some(Cow::Owned(usize::from(self.answer()?.status()).into()))
    }

    fn status(&self) -> Option<u16> {
        self.answer().map(Response::status)
    }

    fn self_uri(&self) -> Option<Cow<'_, Value>> {
        Some(text(&self.document()?.url))
    }

    fn request_header(&self, name: &str) -> Option<Cow<'_, Value>> {
        let value = self.request()?.request.headers().get(name)?;
        Some(text(&String::from_utf8_lossy(value.as_bytes())))
    }

    fn request_query(&self, name: &str) -> Option<Cow<'_, Value>> {
        self.request()?
            .values
            .argument(ParameterLocation::Query, name)
    }

    fn request_path(&self, name: &str) -> Option<Cow<'_, Value>> {
        self.request()?
            .values
            .argument(ParameterLocation::Path, name)
    }

    fn request_body(&self) -> Option<Cow<'_, Value>> {
        self.request()?.values.body.as_ref().map(Cow::Borrowed)
    }

    fn response_header(&self, name: &str) -> Option<Cow<'_, Value>> {
        Some(text(&self.answer()?.header(name)?))
    }

    fn response_body(&self) -> Result<Option<Cow<'_, Value>>, ExpressionError> {
        match self.answer().map(Response::value) {
            None => Ok(None),
            Some(Ok(value)) => Ok(value.map(Cow::Borrowed)),
            Some(Err(error)) => Err(ExpressionError::malformed_body(&error.to_string())),
        }
    }

    fn response_is_json(&self) -> bool {
        self.answer().is_some_and(Response::is_json)
    }

    fn input(&self, name: &str) -> Option<Cow<'_, Value>> {
        self.frame?.inputs.get(name).map(Cow::Borrowed)
    }

    fn output(&self, name: &str) -> Option<Cow<'_, Value>> {
        if let Some(outputs) = self.outputs {
            return outputs.get(name).map(Cow::Borrowed);
        }
        self.called()?.outputs.get(name).map(Cow::Borrowed)
    }

    /// What `x-spola-collect` gathers is a list from the beginning: empty while the
    /// step gave nothing.
    fn step_output(&self, step: &StepRef, output: &str) -> Option<Cow<'_, Value>> {
        let index = match step.index {
            Some(index) => StepIndex(index),
            None => {
                let mut steps = self.workflow()?.steps.iter();
                StepIndex(steps.position(|one| *one.id == *step.name)? as u32)
            }
        };
        let state = self.frame?.step(index);
        if let Some(value) = state.and_then(|state| state.outputs.get(output)) {
            return Some(Cow::Borrowed(value));
        }
        let step = self.workflow()?.steps.get(index.0 as usize)?;
        collects(step, output).then(|| Cow::Owned(Value::Array(Vec::new())))
    }

    fn workflow_input(&self, workflow: &str, name: &str) -> Option<Cow<'_, Value>> {
        let (frame, ended) = self.ended(workflow);
        let inputs = frame
            .map(|frame| &frame.inputs)
            .or(ended.map(|ended| &ended.inputs))?;
        inputs.get(name).map(Cow::Borrowed)
    }

    fn workflow_output(&self, workflow: &str, name: &str) -> Option<Cow<'_, Value>> {
        self.ended(workflow).1?.outputs.get(name).map(Cow::Borrowed)
    }

    fn source(&self, name: &str, field: &str) -> Option<Cow<'_, Value>> {
        let sources = &self.document()?.sources;
        let (_, url) = sources.iter().find(|(source, _)| **source == *name)?;
        (field == "url").then(|| text(url))
    }

    fn component(&self, kind: &str, name: &str) -> Option<Cow<'_, Value>> {
        self.document()?
            .components
            .get(kind)?
            .get(name)
            .map(Cow::Borrowed)
    }
}
