//! Reads workflows, steps, parameters and request bodies.

use std::time::Duration;

use super::objects::{
    At, Item, MessageFlow, OutputObject, ParameterObject, ParameterPlace, PayloadReplacementObject,
    RequestBodyObject, ReusableObject, StepObject, StepTarget, WorkflowObject,
};
use super::reader::Reader;
use super::shape;
use crate::diagnostic::Severity;
use crate::document::error::DocumentErrorKind as K;
use crate::document::tree::Node;
use crate::names::Names;

impl Reader {
    pub(super) fn workflows(&mut self, root: Node<'_>) -> Vec<WorkflowObject> {
        let nodes = self.list(root, "workflows");
        self.not_empty(root, "workflows");
        let mut workflows: Vec<WorkflowObject> = Vec::with_capacity(nodes.len());
        let mut seen = Names::default();
        for node in nodes {
            if !self.object(node, "workflow", &shape::WORKFLOW) {
                continue;
            }
            let workflow = self.workflow(node);
            self.unique(
                "workflow",
                &workflow.id.value,
                node,
                "workflowId",
                &mut seen,
            );
            workflows.push(workflow);
        }
        workflows
    }

    /// Takes down a second use of an id in one list.
    fn unique(&mut self, what: &str, id: &str, object: Node<'_>, field: &str, seen: &mut Names) {
        let (false, Some(node)) = (id.is_empty(), object.get(field)) else {
            return;
        };
        if let Some(first) = seen.add(id, node.id().0 as usize) {
            self.duplicate(what, id, node, node.sibling(first as u32));
        }
    }

    fn workflow(&mut self, node: Node<'_>) -> WorkflowObject {
        let id = self.required_text(node, "workflowId");
        if let Some(at) = node.get("workflowId") {
            self.name_pattern(at, "workflowId", &id.value, false);
        }
        let inputs = node.get("inputs");
        if let Some(inputs) = inputs {
            self.schema(inputs, "inputs");
        }
        WorkflowObject {
            node: node.id(),
            id,
            summary: self.text(node, "summary").map(|text| text.value),
            description: self.text(node, "description").map(|text| text.value),
            inputs: inputs.map(|inputs| inputs.id()),
            depends_on: self.names(node, "dependsOn"),
            steps: self.steps(node),
            success_actions: self.actions(node, "successActions", false),
            failure_actions: self.actions(node, "failureActions", true),
            outputs: self.outputs(node),
            parameters: self.parameters(node),
        }
    }

    fn steps(&mut self, workflow: Node<'_>) -> Vec<StepObject> {
        let nodes = self.list(workflow, "steps");
        self.not_empty(workflow, "steps");
        let mut steps: Vec<StepObject> = Vec::with_capacity(nodes.len());
        let mut seen = Names::default();
        for node in nodes {
            if !self.object(node, "step", &shape::STEP) {
                continue;
            }
            let step = self.step(node);
            self.unique("step", &step.id.value, node, "stepId", &mut seen);
            steps.push(step);
        }
        steps
    }

    fn step(&mut self, node: Node<'_>) -> StepObject {
        let id = self.required_text(node, "stepId");
        if let Some(at) = node.get("stepId") {
            self.name_pattern(at, "stepId", &id.value, false);
        }
        let target = self.target(node);
        let flow = self.flow(node);
        self.messaging(node, target.as_ref(), flow.as_ref());
        if node.get("dependsOn").is_some() {
            self.not_empty(node, "dependsOn");
        }
        StepObject {
            node: node.id(),
            id,
            description: self.text(node, "description").map(|text| text.value),
            target,
            parameters: self.parameters(node),
            body: self.body(node),
            criteria: self.success_criteria(node),
            on_success: self.actions(node, "onSuccess", false),
            on_failure: self.actions(node, "onFailure", true),
            outputs: self.outputs(node),
            timeout: self.whole(node, "timeout", 1).map(|timeout| At {
                // Arazzo 1.1.0, Step Object, timeout: milliseconds.
                value: Duration::from_millis(timeout.value),
                node: timeout.node,
            }),
            correlation_id: node.get("correlationId").map(|node| node.id()),
            flow,
            depends_on: self.names(node, "dependsOn"),
            collect: self.names(node, "x-spola-collect"),
            operation: self.text(node, "x-spola-operation"),
        }
    }

    fn target(&mut self, node: Node<'_>) -> Option<StepTarget> {
        type Make = fn(At<Box<str>>) -> StepTarget;
        let kinds: [(&str, Make); 4] = [
            ("operationId", StepTarget::OperationId),
            ("operationPath", StepTarget::OperationPath),
            ("workflowId", StepTarget::WorkflowId),
            ("channelPath", StepTarget::ChannelPath),
        ];
        let found: Vec<&(&str, Make)> = kinds
            .iter()
            .filter(|(field, _)| node.get(field).is_some())
            .collect();
        if found.len() != 1 {
            let fields = if self.version.has_1_1() {
                "`operationId`, `operationPath`, `workflowId` and `channelPath`"
            } else {
                "`operationId`, `operationPath` and `workflowId`"
            };
            let second = found.get(1).and_then(|(field, _)| node.get(field));
            let place = second.unwrap_or(node).key_location();
            let texts = [shape::STEP.name, fields, &*found.len().to_string()];
            self.error(K::FieldChoice, place, &texts);
        }
        let (field, make) = found.first()?;
        let text = self.text(node, field)?;
        if text.value.is_empty()
            && let Some(at) = node.get(field)
        {
            self.bad(at, field, "is empty", None, Severity::Error);
            return None;
        }
        Some(make(text))
    }

    fn flow(&mut self, step: Node<'_>) -> Option<At<MessageFlow>> {
        let node = step.get("action")?;
        let text = self.string(node, "action")?;
        let value = match &*text.value {
            "send" => MessageFlow::Send,
            "receive" => MessageFlow::Receive,
            other => {
                let reason = format!("is `{other}`, but has to be `send` or `receive`");
                self.bad(node, "action", &reason, None, Severity::Error);
                return None;
            }
        };
        Some(At {
            value,
            node: node.id(),
        })
    }

    /// Arazzo 1.1.0, Step Object: which fields a step with messages may have.
    fn messaging(
        &mut self,
        node: Node<'_>,
        target: Option<&StepTarget>,
        flow: Option<&At<MessageFlow>>,
    ) {
        match target {
            Some(StepTarget::WorkflowId(_)) => {
                for field in ["action", "correlationId"] {
                    if let Some(at) = node.get(field) {
                        let reason = "has no meaning on a step that calls a workflow";
                        self.bad(at, field, reason, Some("leave it out"), Severity::Error);
                    }
                }
                if let Some(at) = node.get("requestBody") {
                    let reason = "has no meaning on a step that calls a workflow, and is ignored";
                    let help = "give the workflow's inputs as `parameters`";
                    self.bad(at, "requestBody", reason, Some(help), Severity::Warning);
                }
            }
            Some(StepTarget::ChannelPath(path)) if node.get("action").is_none() => {
                let _ = path;
                let texts = [shape::STEP.name, "action"];
                self.error(K::MissingField, node.location(), &texts);
            }
            _ => {}
        }
        if let (Some(at), Some(flow)) = (node.get("correlationId"), flow)
            && flow.value == MessageFlow::Send
        {
            let reason = "is for steps with `action: receive` only";
            self.bad(at, "correlationId", reason, None, Severity::Error);
        }
    }

    pub(super) fn parameters(&mut self, owner: Node<'_>) -> Vec<Item<ParameterObject>> {
        let mut out = Vec::new();
        for node in self.list(owner, "parameters") {
            if let Some(reusable) = self.reusable(node, true) {
                out.push(Item::Reusable(reusable));
            } else if let Some(parameter) = self.parameter(node) {
                out.push(Item::Inline(parameter));
            }
        }
        out
    }

    /// A Reusable Object, if the node is one: Arazzo, Reusable Object.
    pub(super) fn reusable(&mut self, node: Node<'_>, parameter: bool) -> Option<ReusableObject> {
        let at = node.get("reference")?;
        for (key, value) in node.entries() {
            let reason = match key {
                "reference" => continue,
                "value" if parameter => continue,
                "value" => "is for references to parameters only, and is ignored",
                _ => "is ignored beside `reference`",
            };
            self.bad_key(value, key, reason, "", Severity::Warning);
        }
        let reference = self.string(at, "reference").unwrap_or(At {
            value: "".into(),
            node: at.id(),
        });
        Some(ReusableObject {
            node: node.id(),
            reference,
            value: node.get("value").map(|value| value.id()),
        })
    }

    pub(super) fn parameter(&mut self, node: Node<'_>) -> Option<ParameterObject> {
        if !self.object(node, "parameter", &shape::PARAMETER) {
            return None;
        }
        Some(ParameterObject {
            node: node.id(),
            name: self.required_text(node, "name"),
            place: self.parameter_place(node),
            value: node.get("value").map(|value| value.id()),
        })
    }

    fn parameter_place(&mut self, parameter: Node<'_>) -> Option<At<ParameterPlace>> {
        let node = parameter.get("in")?;
        let text = self.string(node, "in")?;
        let value = match &*text.value {
            "path" => ParameterPlace::Path,
            "query" => ParameterPlace::Query,
            "header" => ParameterPlace::Header,
            "cookie" => ParameterPlace::Cookie,
            "querystring" => {
                if !self.version.has_1_1() {
                    let reason = "is `querystring`, which needs version 1.1";
                    let help = "write `arazzo: 1.1.0`";
                    self.bad(node, "in", reason, Some(help), self.lenient());
                }
                ParameterPlace::Querystring
            }
            "channel" if self.version.has_1_1() => {
                let reason = "is `channel`, which is not in the specification, and is ignored";
                self.bad(node, "in", reason, None, self.lenient());
                ParameterPlace::Channel
            }
            "body" => {
                let old = self.version.minor == 0 && self.version.patch == 0;
                let severity = if old {
                    Severity::Warning
                } else {
                    Severity::Error
                };
                let reason = "is `body`, which Arazzo 1.0.1 took away";
                self.bad(node, "in", reason, Some("use `requestBody`"), severity);
                ParameterPlace::Body
            }
            other => {
                let newer = if self.version.has_1_1() {
                    ", `querystring`"
                } else {
                    ""
                };
                let reason = format!(
                    "is `{other}`, but has to be `path`, `query`{newer}, `header` or `cookie`"
                );
                self.bad(node, "in", &reason, None, Severity::Error);
                return None;
            }
        };
        Some(At {
            value,
            node: node.id(),
        })
    }

    fn body(&mut self, step: Node<'_>) -> Option<RequestBodyObject> {
        let node = step.get("requestBody")?;
        if !self.object(node, "requestBody", &shape::BODY) {
            return None;
        }
        let content_type = self.text(node, "contentType");
        let mut replacements = Vec::new();
        for item in self.list(node, "replacements") {
            if let Some(replacement) = self.replacement(item) {
                replacements.push(replacement);
            }
        }
        Some(RequestBodyObject {
            node: node.id(),
            content_type,
            payload: node.get("payload").map(|payload| payload.id()),
            replacements,
        })
    }

    fn replacement(&mut self, node: Node<'_>) -> Option<PayloadReplacementObject> {
        if !self.object(node, "replacement", &shape::REPLACEMENT) {
            return None;
        }
        let target = self.text(node, "target").unwrap_or(At {
            value: "".into(),
            node: node.id(),
        });
        let kind = node
            .get("targetSelectorType")
            .and_then(|at| self.selector_type(at, "targetSelectorType"));
        Some(PayloadReplacementObject {
            node: node.id(),
            target,
            kind,
            value: node.get("value").map(|value| value.id()),
        })
    }

    fn outputs(&mut self, owner: Node<'_>) -> Vec<OutputObject> {
        let mut out = Vec::new();
        for (name, value) in self.map(owner, "outputs") {
            self.key_pattern(value, "outputs", name);
            if value.is_object() {
                self.selector(value, name);
            } else if value.as_str().is_none() {
                self.wrong_type(value, name, "a runtime expression");
                continue;
            }
            out.push(OutputObject {
                name: name.into(),
                value: value.id(),
            });
        }
        out
    }
}
