//! Makes a workflow and its steps.

use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use super::error::LinkErrorKind as K;
use super::linker::{Around, File, Frame, Linker, Moment, id_of};
use super::operations::Called;
use super::program::{
    Argument, Body, OperationIndex, Output, Replacement, ReplacementTarget, Step, StepIndex,
    Target, Workflow,
};
use super::resolve::Part;
use super::share::{Shared, key};
use super::uses::{Call, Use, Uses};
use super::{flow, order, wire};
use crate::diagnostic::Severity;
use crate::document::{ExpressionType, Node, StepTarget};
use crate::exchange::{ParameterLocation, choose_content_type, is_json};
use crate::expression::{ExpressionError, Query, SelectorKind, Template};
use crate::pointer::Pointer;

/// A step in the making: indexes of steps are positions in the list as written.
pub(super) struct Draft<'d> {
    pub step: Step,
    pub node: Node<'d>,
    /// The first of its success actions.
    pub first_action: Option<Node<'d>>,
    /// The steps whose outputs it uses.
    pub uses: Vec<Use<'d>>,
}

impl<'d> Linker<'d> {
    /// Links one workflow of the program.
    pub fn workflow(&mut self, index: usize) -> Workflow {
        let (file, position) = self.workflows[index];
        let file: &File<'d> = &Rc::clone(&self.files[file]);
        let workflow = &file.workflows[position];
        let node = workflow.node;
        let inputs = self.inputs(file, workflow);
        self.digest.text(workflow.id);
        self.digest.number(u64::from(file.object.version().minor));
        self.digest.flag(inputs.schema.is_some());
        if let Some(schema) = &inputs.schema {
            self.digest.schema(&schema.resolved());
        }
        let mut depends_on = Vec::new();
        let written = file.object.list(node, "dependsOn");
        self.digest.count(written.clone().count());
        for id in written {
            if let Some(index) = self.workflow_by_id(file, id) {
                self.digest.number(u64::from(index.0));
                depends_on.push(index);
            }
        }
        let frame = Frame {
            file,
            workflow,
            inputs,
            parameters: self.used(file, node, "parameters", Part::Parameter),
            success: self.used(file, node, "successActions", Part::SuccessAction),
            failure: self.used(file, node, "failureActions", Part::FailureAction),
        };
        let (steps, outputs) = self.in_order(&frame);
        Workflow {
            id: workflow.id.into(),
            document: file.index,
            summary: node.text("summary").map(Into::into),
            description: node.text("description").map(Into::into),
            inputs: inputs.schema.clone(),
            secret_inputs: inputs.secret.clone(),
            made_inputs: inputs.made.clone(),
            depends_on,
            steps,
            outputs,
            place: node.location(),
        }
    }

    /// The steps of a workflow in the order in which they run, and its outputs.
    fn in_order(&mut self, frame: &Frame<'_, 'd>) -> (Vec<Step>, Vec<Output>) {
        self.lost_actions = false;
        let position = |at: usize| StepIndex(at as u32);
        self.index = (0..frame.workflow.steps.len()).map(position).collect();
        let (mut drafts, mut outputs) = self.steps(frame);
        let order = order::of(self, &drafts);
        self.check_flow(frame, &drafts, &order);
        let mut fed_back = Vec::with_capacity(drafts.len());
        for at in 0..drafts.len() {
            fed_back.push(flow::fed_back(frame, &drafts, at));
        }
        if !order.is_sorted() {
            // Once more, now that it is known which step is which.
            for (at, position) in order.iter().enumerate() {
                self.index[*position] = StepIndex(at as u32);
            }
            (drafts, outputs) = self.silently(|linker| linker.steps(frame));
        }
        let steps = wire::steps(drafts, fed_back, &order, &self.index);
        (steps, outputs)
    }

    /// The steps of a workflow, and its outputs.
    fn steps(&mut self, frame: &Frame<'_, 'd>) -> (Vec<Draft<'d>>, Vec<Output>) {
        let workflow = frame.workflow;
        self.shared = Shared::default();
        let mut drafts = Vec::with_capacity(workflow.steps.len());
        self.digest.count(workflow.steps.len());
        for (position, step) in workflow.steps.iter().enumerate() {
            if !self.room_for(parts(frame, *step), *step) {
                // Positions in half a list would mislead; the error is told.
                drafts.clear();
                break;
            }
            drafts.push(self.step(frame, position, *step));
        }
        let around = Around {
            frame,
            step: None,
            moment: Moment::WorkflowOutput,
            calls_workflow: false,
            operation: None,
        };
        let outputs = self.outputs(&around, workflow.node);
        self.uses = Uses::default();
        (drafts, outputs)
    }

    fn step(&mut self, frame: &Frame<'_, 'd>, position: usize, node: Node<'d>) -> Draft<'d> {
        let written = StepTarget::of(node);
        let target = self.target(frame.file, node, written);
        self.digest.text(id_of(node));
        self.digest_target(&target);
        let mut around = Around {
            frame,
            step: Some(position),
            moment: Moment::Request,
            calls_workflow: matches!(written, Some((StepTarget::WorkflowId, _))),
            operation: match target {
                Target::Operation(index) => Some(index),
                _ => None,
            },
        };
        let (arguments, body) = self.request(&around, node, &target);
        around.moment = Moment::Criterion;
        let criteria = self.criteria(&around, node, "successCriteria");
        around.moment = Moment::StepOutput;
        let outputs = self.outputs(&around, node);
        around.moment = Moment::Action;
        let (on_success, first_action) = self.actions(&around, node, false);
        let (on_failure, _) = self.actions(&around, node, true);
        let collect = self.collect(frame.file, node);
        let operation = self.started(node);
        let timeout = self.timeout(node);
        let depends_on = self.step_dependencies(frame, node);
        let uses = std::mem::take(&mut self.uses);
        if let Target::Workflow(called) = target {
            self.calls.push(Call::new(called, &arguments, node));
            for output in uses.called {
                self.called.push((called, output));
            }
        }
        Draft {
            step: Step {
                id: id_of(node).into(),
                description: node.text("description").map(Into::into),
                target,
                arguments,
                body,
                criteria,
                on_success,
                on_failure,
                outputs: self.shared_outputs(node, outputs),
                collect,
                operation,
                timeout,
                depends_on,
                fed_back: Vec::new(),
                remembered: Vec::new(),
                reads_body: uses.reads_body,
                parts: Arc::default(),
                reads_request: uses.reads_request,
            },
            node,
            first_action,
            uses: uses.steps,
        }
    }

    /// What a step sends: its arguments and its body.
    fn request(
        &mut self,
        around: &Around<'_, 'd>,
        step: Node<'d>,
        target: &Target,
    ) -> (Vec<Argument>, Option<Body>) {
        let (arguments, value) = self.arguments(around, step);
        let written = step.get("requestBody").filter(|body| body.is_object());
        self.digest.flag(written.is_some() || value.is_some());
        let mut body = match written {
            _ if matches!(target, Target::Workflow(_)) => None,
            Some(body) => Some(self.body(around, body)),
            None => value.and_then(|value| self.plain_body(around, value)),
        };
        if let Some(body) = &mut body {
            body.json = self.is_json(around.operation, &arguments, body);
        }
        self.check_request(around, step, &arguments, body.as_ref());
        (arguments, body)
    }

    /// Arazzo 1.1.0, Step Object, timeout: milliseconds.
    fn timeout(&mut self, step: Node<'_>) -> Option<Duration> {
        let number = step.get("timeout").and_then(Node::as_number);
        let milliseconds = number.and_then(|number| number.as_u64());
        let timeout = milliseconds.map(Duration::from_millis);
        self.digest.duration(timeout);
        timeout
    }

    /// Whether a body is JSON whatever its expressions give.
    fn is_json(
        &self,
        operation: Option<OperationIndex>,
        arguments: &[Argument],
        body: &Body,
    ) -> bool {
        let Some(OperationIndex(index)) = operation else {
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
            .unwrap_or_else(|| choose_content_type(&self.operations[index as usize], false));
        body.replacements.is_empty()
            && payload.is_some_and(Template::is_structure)
            && !arguments.iter().any(names_type)
            && is_json(content_type)
    }

    /// What a step calls.
    fn target(
        &mut self,
        file: &File<'d>,
        step: Node<'d>,
        written: Option<(StepTarget, Node<'d>)>,
    ) -> Target {
        let called = written.map_or(Called::Nothing, |(target, at)| {
            let text = at.as_str().unwrap_or_default();
            match target {
                StepTarget::OperationId => self.operation_by_id(file, text, at),
                StepTarget::OperationPath => self.operation_by_path(file, text, at),
                StepTarget::ChannelPath => {
                    self.channel_by_path(file, text, at);
                    Called::Messages
                }
                StepTarget::WorkflowId => self
                    .workflow_by_id(file, at)
                    .map_or(Called::Nothing, Called::Workflow),
            }
        });
        match called {
            Called::Operation(index) => {
                self.no_messaging(step);
                Target::Operation(index)
            }
            Called::Workflow(index) => Target::Workflow(index),
            Called::Messages => {
                self.warn(step, K::UnsupportedMessages, &[]);
                Target::Unsupported("asyncapi".into())
            }
            Called::Nothing => Target::Unsupported("nothing".into()),
        }
    }

    fn no_messaging(&self, step: Node<'d>) {
        let flow = matches!(step.text("action"), Some("send" | "receive"));
        for (field, counts) in [("action", flow), ("correlationId", true)] {
            if let Some(node) = step.get(field)
                && counts
            {
                let place = node.key_location();
                self.note(place, Severity::Error, K::NoMessaging, &[field]);
            }
        }
    }

    fn digest_target(&mut self, target: &Target) {
        let (what, index) = match target {
            Target::Operation(index) => ("operation", Some(index.0)),
            Target::Workflow(index) => ("workflow", Some(index.0)),
            Target::Unsupported(what) => (&**what, None),
        };
        self.digest.text(what);
        if let Some(index) = index {
            self.digest.number(u64::from(index));
        }
    }

    fn body(&mut self, around: &Around<'_, 'd>, object: Node<'d>) -> Body {
        let content_type = object.text("contentType");
        self.digest.optional(content_type);
        let written = object.get("payload");
        let payload = written.and_then(|payload| self.template(around, payload));
        let mut replacements = Vec::new();
        self.digest.flag(written.is_some());
        let written = around.frame.file.object.list(object, "replacements");
        self.digest.count(written.clone().count());
        for replacement in written {
            replacements.extend(self.replacement(around, replacement, content_type));
        }
        Body {
            content_type: content_type.map(Into::into),
            payload,
            replacements,
            json: false,
            place: object.location().into(),
        }
    }

    /// A parameter `in: body`: Arazzo 1.0.0, Parameter Object.
    fn plain_body(&mut self, around: &Around<'_, 'd>, value: Node<'d>) -> Option<Body> {
        Some(Body {
            content_type: None,
            payload: Some(self.template(around, value)?),
            replacements: Vec::new(),
            json: false,
            place: value.location().into(),
        })
    }

    fn replacement(
        &mut self,
        around: &Around<'_, 'd>,
        object: Node<'d>,
        content_type: Option<&str>,
    ) -> Option<Replacement> {
        let file = around.frame.file;
        let kind = object.get("targetSelectorType");
        let kind = kind.filter(|kind| file.object.has(*kind));
        let kind = kind.and_then(ExpressionType::of);
        self.digest.text(object.text("target").unwrap_or_default());
        self.digest.optional(kind.map(|kind| kind.kind));
        let written = object.get("value");
        self.digest.flag(written.is_some());
        let value = written.and_then(|value| self.template(around, value));
        let target = self.replacement_target(file, object, kind, content_type)?;
        Some(Replacement {
            target,
            value: value?,
            place: object.location().into(),
        })
    }

    fn replacement_target(
        &self,
        file: &File<'d>,
        object: Node<'d>,
        kind: Option<ExpressionType<'d>>,
        content_type: Option<&str>,
    ) -> Option<ReplacementTarget> {
        let node = object.get("target");
        let node = node
            .filter(|node| node.as_str().is_some())
            .unwrap_or(object);
        let text = node.as_str().unwrap_or_default();
        let kind = match kind {
            Some(ExpressionType {
                kind,
                version,
                node,
            }) => {
                let (named, found) = match SelectorKind::named(kind, version, file.dialect) {
                    Ok(parsed) => (Some(parsed.value), parsed.warnings),
                    Err(error) => (None, vec![error]),
                };
                for error in found {
                    self.expression(node, &error);
                }
                named?
            }
            None if content_type.is_some_and(is_xml) => {
                self.expression(node, &ExpressionError::unsupported_xpath());
                return None;
            }
            None if text.starts_with('$') => {
                self.target_spelling(node, text, "targetSelectorType: jsonpath");
                SelectorKind::JsonPath
            }
            None => SelectorKind::JsonPointer,
        };
        let made = if kind == SelectorKind::JsonPath {
            Query::parse(text)
                .map(ReplacementTarget::Query)
                .map_err(|error| error.to_string())
        } else {
            let pointer = text.strip_prefix('#').unwrap_or(text);
            if pointer != text {
                self.target_spelling(node, text, &format!("target: {pointer}"));
            }
            Pointer::parse(pointer)
                .map(ReplacementTarget::Pointer)
                .map_err(|error| error.to_string())
        };
        made.map_err(|reason| self.error(node, K::BadReplacementTarget, &[&reason]))
            .ok()
    }

    fn target_spelling(&self, target: Node<'_>, text: &str, correct: &str) {
        let texts = [text, correct];
        self.note(target.location(), self.lenient(), K::TargetSpelling, &texts);
    }

    fn outputs(&mut self, around: &Around<'_, 'd>, owner: Node<'d>) -> Vec<Output> {
        let mut out = Vec::new();
        let outputs = around.frame.file.object.map(owner, "outputs");
        self.digest.count(outputs.clone().count());
        for object in outputs {
            let name = object.key().unwrap_or_default();
            self.digest.text(name);
            if let Some(value) = self.template(around, object) {
                self.constant_output(object, &value);
                out.push(Output {
                    name: self.shared.text(name),
                    value,
                });
            }
        }
        out
    }

    fn shared_outputs(&mut self, step: Node<'d>, outputs: Vec<Output>) -> Arc<[Output]> {
        match step.get("outputs") {
            Some(written) => {
                let key = key(&written.to_value());
                self.shared.outputs.keep(&key, outputs.into())
            }
            None => outputs.into(),
        }
    }

    /// Arazzo: an output is an expression. A plain text is given as it is.
    fn constant_output(&self, object: Node<'_>, value: &Template) {
        let Some(text) = value.constant().and_then(|value| value.as_str()) else {
            return;
        };
        let severity = if text.starts_with('$') {
            Severity::Error
        } else {
            self.lenient()
        };
        self.note(object.location(), severity, K::ConstantOutput, &[text]);
    }

    fn collect(&mut self, file: &File<'d>, step: Node<'d>) -> Vec<usize> {
        let mut out = Vec::new();
        let names = file.object.list(step, "x-spola-collect");
        self.digest.count(names.clone().count());
        let outputs = file.object.map(step, "outputs");
        for at in names {
            let name = at.as_str().unwrap_or_default();
            self.digest.text(name);
            match outputs
                .clone()
                .position(|output| output.key() == Some(name))
            {
                Some(index) => out.push(index),
                None => {
                    let near = self.near(name, &mut outputs.clone().filter_map(Node::key));
                    self.error(at, K::UnknownCollected, &[name, near]);
                }
            }
        }
        out
    }
}

/// How much a step adds to the program.
fn parts(frame: &Frame<'_, '_>, step: Node<'_>) -> usize {
    let object = &frame.file.object;
    let count = |node: Option<Node<'_>>, field: &str| {
        let list = node.and_then(|node| node.get(field));
        let all = list.into_iter().flat_map(Node::values);
        all.filter(|one| object.has(*one)).count()
    };
    let mut parts = 1 + frame.parameters.len();
    for field in [
        "parameters",
        "successCriteria",
        "onSuccess",
        "onFailure",
        "outputs",
    ] {
        parts += count(Some(step), field);
    }
    parts += count(step.get("requestBody"), "replacements");
    for action in frame.success.iter().chain(&frame.failure) {
        parts += 1 + count(Some(action.object), "criteria");
    }
    parts
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
