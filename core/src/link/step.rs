//! Makes a workflow and its steps.

use std::rc::Rc;
use std::sync::Arc;

use super::error::LinkErrorKind as K;
use super::inputs::Inputs;
use super::linker::{Around, File, Linker, Moment};
use super::operations::Called;
use super::program::{
    Argument, Body, OperationIndex, Output, Replacement, ReplacementTarget, Step, Target, Workflow,
};
use super::resolve::{UsedAction, UsedParameter};
use super::uses::{Call, Uses};
use super::{order, wire};
use crate::diagnostic::{Location, Severity};
use crate::document::{
    At, ExpressionTypeObject, NodeId, OutputObject, PayloadReplacementObject, RequestBodyObject,
    StepObject, StepTarget, WorkflowObject,
};
use crate::exchange::{ParameterLocation, choose_content_type, is_json};
use crate::expression::{Query, SelectorKind, Template};
use crate::pointer::Pointer;

/// What all steps of a workflow share.
#[derive(Clone, Copy)]
pub(super) struct Frame<'a, 'd> {
    pub file: &'a Rc<File<'d>>,
    pub workflow: &'a WorkflowObject,
    /// The position of the workflow in its file.
    pub position: usize,
    pub inputs: &'a Inputs,
    pub parameters: &'a [UsedParameter<'a>],
    pub success: &'a [UsedAction<'a>],
    pub failure: &'a [UsedAction<'a>],
}

impl<'a, 'd> Frame<'a, 'd> {
    fn around(
        self,
        step: Option<usize>,
        moment: Moment,
        target: Option<&Target>,
    ) -> Around<'a, 'd> {
        let object = step.and_then(|step| self.workflow.steps[step].target.as_ref());
        Around {
            file: self.file,
            workflow: self.workflow,
            position: self.position,
            inputs: self.inputs,
            step,
            moment,
            calls_workflow: matches!(object, Some(StepTarget::WorkflowId(_))),
            operation: match target {
                Some(Target::Operation(index)) => Some(*index),
                _ => None,
            },
        }
    }
}

/// A step in the making: indexes of steps are positions in the list as written.
pub(super) struct Draft {
    pub step: Step,
    /// Where it stands.
    pub place: Location,
    /// Where the first of its success actions stands.
    pub first_action: Option<Location>,
    /// What its request uses.
    pub before: Uses,
    /// What its criteria, outputs and actions use.
    pub after: Uses,
}

impl<'d> Linker<'d> {
    /// Links one workflow of the program.
    pub fn workflow(&mut self, index: usize) -> Workflow {
        let (file, position) = self.workflows[index];
        let file = self.file(file);
        let object = &file.object.workflows[position];
        let inputs = self.inputs(&file, position);
        self.digest.text(&object.id.value);
        self.digest.number(u64::from(file.object.version.minor));
        self.digest.flag(inputs.schema.is_some());
        if let Some(schema) = &inputs.schema {
            self.digest.schema(&schema.resolved());
        }
        let mut depends_on = Vec::new();
        self.digest.count(object.depends_on.len());
        for id in &object.depends_on {
            if let Some(index) = self.workflow_by_id(&file, id) {
                self.digest.number(u64::from(index.0));
                depends_on.push(index);
            }
        }
        let parameters = self.parameter_list(&file, &object.parameters);
        let success = self.action_list(&file, &object.success_actions, false);
        let failure = self.action_list(&file, &object.failure_actions, true);
        let frame = Frame {
            file: &file,
            workflow: object,
            position,
            inputs,
            parameters: &parameters,
            success: &success,
            failure: &failure,
        };
        let mut drafts = Vec::with_capacity(object.steps.len());
        self.digest.count(object.steps.len());
        for step in 0..object.steps.len() {
            let parts = parts(frame, step);
            if !self.room_for(parts, file.node(object.steps[step].node)) {
                // Positions in half a list would mislead; the error is told.
                drafts.clear();
                break;
            }
            drafts.push(self.step(frame, step));
        }
        let mut uses = Uses::default();
        let around = frame.around(None, Moment::WorkflowOutput, None);
        let mut outputs = self.outputs(around, &object.outputs, &mut uses);
        let order = order::of(self, &drafts);
        self.check_flow(frame, &drafts, &order);
        let steps = wire::steps(drafts, &order, frame, &mut outputs);
        Workflow {
            id: (&*object.id.value).into(),
            document: file.index,
            summary: object.summary.clone(),
            description: object.description.clone(),
            inputs: inputs.schema.clone(),
            secret_inputs: inputs.secret.clone(),
            made_inputs: inputs.made.clone(),
            depends_on,
            steps,
            outputs,
            place: file.place(object.node),
        }
    }

    fn step(&mut self, frame: Frame<'_, 'd>, position: usize) -> Draft {
        let file = frame.file;
        let object = &frame.workflow.steps[position];
        let target = self.target(file, object);
        self.digest.text(&object.id.value);
        self.digest_target(&target);
        let mut before = Uses::default();
        let mut after = Uses::default();
        let around = |moment| frame.around(Some(position), moment, Some(&target));
        let (arguments, body_value) =
            self.arguments(frame, around(Moment::Request), &target, &mut before);
        let has_body = object.body.is_some() || body_value.is_some();
        self.digest.flag(has_body);
        let body = match &object.body {
            _ if matches!(target, Target::Workflow(_)) => None,
            Some(body) => Some(self.body(around(Moment::Request), body, &mut before)),
            None => body_value
                .and_then(|value| self.plain_body(around(Moment::Request), value, &mut before)),
        };
        let body = body.map(|body| Body {
            json: self.is_json(&target, &arguments, &body),
            ..body
        });
        self.check_request(frame, position, &target, &arguments, body.as_ref());
        let criteria = self.criteria(around(Moment::Criterion), &object.criteria, &mut after);
        let outputs = self.outputs(around(Moment::StepOutput), &object.outputs, &mut after);
        let mut actions = |failure| {
            let list = self.effective(frame, position, failure);
            self.actions(frame, around(Moment::Action), &list, failure, &mut after)
        };
        let (on_success, first_action) = actions(false);
        let (on_failure, _) = actions(true);
        let collect = self.collect(file, object);
        let operation = self.started(file, object);
        let timeout = object.timeout.as_ref().map(|timeout| timeout.value);
        self.digest.duration(timeout);
        let depends_on = self.step_dependencies(frame, object);
        let place = file.place(object.node);
        if let Target::Workflow(called) = target {
            self.calls.push(Call::new(called, &arguments, &place));
            let outputs = after.called.drain(..).map(|output| (called, output));
            self.called.extend(outputs);
        }
        Draft {
            step: Step {
                id: (&*object.id.value).into(),
                description: object.description.clone(),
                target,
                arguments,
                body,
                criteria: criteria.into(),
                on_success: on_success.into(),
                on_failure: on_failure.into(),
                outputs: outputs.into(),
                collect,
                operation,
                timeout,
                depends_on,
                fed_back: Vec::new(),
                remembered: Vec::new(),
                reads_body: after.reads_body,
                parts: Arc::default(),
                reads_request: after.reads_request,
            },
            place,
            first_action,
            before,
            after,
        }
    }

    /// Whether a body is JSON whatever its expressions give.
    fn is_json(&self, target: &Target, arguments: &[Argument], body: &Body) -> bool {
        let Target::Operation(OperationIndex(index)) = target else {
            return false;
        };
        let names_type = |argument: &Argument| {
            argument.location == Some(ParameterLocation::Header)
                && argument.name.eq_ignore_ascii_case("content-type")
        };
        let payload = body.payload.as_ref();
        let content_type = body
            .content_type
            .as_deref()
            .unwrap_or_else(|| choose_content_type(&self.operations[*index as usize], false));
        body.replacements.is_empty()
            && payload.is_some_and(Template::is_structure)
            && !arguments.iter().any(names_type)
            && is_json(content_type)
    }

    /// What a step calls.
    fn target(&mut self, file: &Rc<File<'d>>, step: &StepObject) -> Target {
        let called = match &step.target {
            None => Called::Nothing,
            Some(StepTarget::OperationId(At { value, node })) => {
                self.operation_by_id(file, value, *node)
            }
            Some(StepTarget::OperationPath(At { value, node })) => {
                self.operation_by_path(file, value, *node)
            }
            Some(StepTarget::ChannelPath(At { value, node })) => {
                self.channel_by_path(file, value, *node)
            }
            Some(StepTarget::WorkflowId(id)) => {
                return match self.workflow_by_id(file, id) {
                    Some(index) => Target::Workflow(index),
                    None => Target::Unsupported("nothing".into()),
                };
            }
        };
        match called {
            Called::Operation(index) => {
                self.no_messaging(file, step);
                Target::Operation(index)
            }
            Called::Messages => {
                self.warn(file.node(step.node), K::UnsupportedMessages, &[]);
                Target::Unsupported("asyncapi".into())
            }
            Called::Nothing => Target::Unsupported("nothing".into()),
        }
    }

    fn no_messaging(&self, file: &File<'d>, step: &StepObject) {
        let flow = step.flow.as_ref().map(|flow| flow.node);
        for (field, node) in [("action", flow), ("correlationId", step.correlation_id)] {
            if let Some(node) = node {
                let place = file.node(node).key_location();
                self.note(place, Severity::Error, K::NoMessaging, &[field]);
            }
        }
    }

    fn digest_target(&mut self, target: &Target) {
        match target {
            Target::Operation(OperationIndex(index)) => {
                self.digest.text("operation");
                self.digest.number(u64::from(*index));
            }
            Target::Workflow(index) => {
                self.digest.text("workflow");
                self.digest.number(u64::from(index.0));
            }
            Target::Unsupported(what) => self.digest.text(what),
        }
    }

    fn body(
        &mut self,
        around: Around<'_, '_>,
        object: &RequestBodyObject,
        uses: &mut Uses,
    ) -> Body {
        let content_type = object.content_type.as_ref().map(|text| &*text.value);
        self.digest.optional(content_type);
        let payload = object
            .payload
            .and_then(|payload| self.template(around, payload, uses));
        let mut replacements = Vec::with_capacity(object.replacements.len());
        self.digest.flag(object.payload.is_some());
        self.digest.count(object.replacements.len());
        for replacement in &object.replacements {
            if let Some(made) = self.replacement(around, replacement, content_type, uses) {
                replacements.push(made);
            }
        }
        Body {
            content_type: content_type.map(Into::into),
            payload,
            replacements,
            json: false,
            place: around.file.place(object.node).into(),
        }
    }

    /// A parameter `in: body`: Arazzo 1.0.0, Parameter Object.
    fn plain_body(
        &mut self,
        around: Around<'_, '_>,
        value: NodeId,
        uses: &mut Uses,
    ) -> Option<Body> {
        Some(Body {
            content_type: None,
            payload: Some(self.template(around, value, uses)?),
            replacements: Vec::new(),
            json: false,
            place: around.file.place(value).into(),
        })
    }

    fn replacement(
        &mut self,
        around: Around<'_, '_>,
        object: &PayloadReplacementObject,
        content_type: Option<&str>,
        uses: &mut Uses,
    ) -> Option<Replacement> {
        self.digest.text(&object.target.value);
        let kind = object.kind.as_ref().map(|kind| &*kind.kind);
        self.digest.optional(kind);
        self.digest.flag(object.value.is_some());
        let value = object
            .value
            .and_then(|value| self.template(around, value, uses));
        let target = self.replacement_target(around.file, object, content_type)?;
        Some(Replacement {
            target,
            value: value?,
            place: around.file.place(object.node).into(),
        })
    }

    fn replacement_target(
        &self,
        file: &File<'_>,
        object: &PayloadReplacementObject,
        content_type: Option<&str>,
    ) -> Option<ReplacementTarget> {
        let text = &*object.target.value;
        let node = file.node(object.target.node);
        let kind = match &object.kind {
            Some(ExpressionTypeObject {
                kind,
                version,
                node,
            }) => match SelectorKind::named(kind, version.as_deref(), file.dialect) {
                Ok(parsed) => {
                    for warning in parsed.warnings {
                        self.expression(file.node(*node), &warning);
                    }
                    parsed.value
                }
                Err(error) => {
                    self.expression(file.node(*node), &error);
                    return None;
                }
            },
            None if content_type.is_some_and(is_xml) => {
                let error = crate::expression::ExpressionError::unsupported_xpath();
                self.expression(node, &error);
                return None;
            }
            None if text.starts_with('$') => {
                self.target_spelling(file, object, "targetSelectorType: jsonpath");
                SelectorKind::JsonPath
            }
            None => SelectorKind::JsonPointer,
        };
        let made = match kind {
            SelectorKind::JsonPath => Query::parse(text)
                .map(ReplacementTarget::Query)
                .map_err(|error| error.to_string()),
            _ => {
                let pointer = text.strip_prefix('#').unwrap_or(text);
                if pointer != text {
                    self.target_spelling(file, object, &format!("target: {pointer}"));
                }
                Pointer::parse(pointer)
                    .map(ReplacementTarget::Pointer)
                    .map_err(|error| error.to_string())
            }
        };
        made.map_err(|reason| self.error(node, K::BadReplacementTarget, &[&reason]))
            .ok()
    }

    fn target_spelling(&self, file: &File<'_>, object: &PayloadReplacementObject, correct: &str) {
        let place = file.place(object.target.node);
        let texts = [&*object.target.value, correct];
        self.note(place, self.lenient(), K::TargetSpelling, &texts);
    }

    fn outputs(
        &mut self,
        around: Around<'_, '_>,
        objects: &[OutputObject],
        uses: &mut Uses,
    ) -> Vec<Output> {
        let mut out = Vec::with_capacity(objects.len());
        self.digest.count(objects.len());
        for object in objects {
            self.digest.text(&object.name);
            let value: Option<Template> = self.template(around, object.value, uses);
            if let Some(value) = value {
                self.constant_output(around.file, object, &value);
                out.push(Output {
                    name: (&*object.name).into(),
                    value,
                });
            }
        }
        out
    }

    /// Arazzo: an output is an expression. A plain text is given as it is.
    fn constant_output(&self, file: &File<'_>, object: &OutputObject, value: &Template) {
        let Some(text) = value.constant().and_then(|value| value.as_str()) else {
            return;
        };
        let severity = if text.starts_with('$') {
            Severity::Error
        } else {
            self.lenient()
        };
        let place = file.place(object.value);
        self.note(place, severity, K::ConstantOutput, &[text]);
    }

    fn collect(&mut self, file: &File<'_>, step: &StepObject) -> Vec<usize> {
        let mut out = Vec::new();
        self.digest.count(step.collect.len());
        for name in &step.collect {
            self.digest.text(&name.value);
            match step
                .outputs
                .iter()
                .position(|output| output.name == name.value)
            {
                Some(index) => out.push(index),
                None => {
                    let mut names = step.outputs.iter().map(|output| &*output.name);
                    let near = self.near(&name.value, &mut names);
                    let at = file.node(name.node);
                    self.error(at, K::UnknownCollected, &[&name.value, near]);
                }
            }
        }
        out
    }
}

/// How much a step adds to the program.
fn parts(frame: Frame<'_, '_>, step: usize) -> usize {
    let object = &frame.workflow.steps[step];
    let actions = frame.success.iter().chain(frame.failure);
    let shared: usize = actions.map(|action| 1 + action.object.criteria.len()).sum();
    let replacements = object
        .body
        .as_ref()
        .map_or(0, |body| body.replacements.len());
    1 + object.parameters.len()
        + frame.parameters.len()
        + object.criteria.len()
        + object.on_success.len()
        + object.on_failure.len()
        + object.outputs.len()
        + replacements
        + shared
}

fn is_xml(media: &str) -> bool {
    let name = media
        .split(';')
        .next()
        .unwrap_or("")
        .trim()
        .to_ascii_lowercase();
    name.ends_with("/xml") || name.ends_with("+xml")
}
