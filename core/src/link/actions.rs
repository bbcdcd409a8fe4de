//! Actions: the step's and the workflow's, put together.

use std::sync::Arc;
use std::time::Duration;

use super::error::LinkErrorKind as K;
use super::linker::{Around, Linker};
use super::program::{Action, ActionKind, ActionTarget, Argument};
use super::resolve::{Part, Used};
use super::share::key;
use super::uses::Call;
use crate::diagnostic::Severity;
use crate::document::{ActionType, Node};
use crate::names::Names;
use crate::number;

/// Further attempts where `retryLimit` is not given: Arazzo, Failure Action Object.
const RETRY_LIMIT: u32 = 1;

impl<'d> Linker<'d> {
    /// The actions of a step: its own, then those of the workflow that it does
    /// not override by name.
    ///
    /// Unspecified: the order, and that overriding goes by name.
    fn effective(
        &mut self,
        around: &Around<'_, 'd>,
        step: Node<'d>,
        failure: bool,
    ) -> Vec<Used<'d>> {
        let frame = around.frame;
        let (field, part, shared) = if failure {
            ("onFailure", Part::FailureAction, &frame.failure)
        } else {
            ("onSuccess", Part::SuccessAction, &frame.success)
        };
        let mut list = self.used(frame.file, step, field, part);
        let written = frame.file.object.list(step, field).count();
        self.lost_actions |= list.len() != written;
        let mut own = Names::default();
        for (at, used) in list.iter().enumerate() {
            own.add(used.name(), at);
        }
        for shared in shared {
            let name = shared.name();
            match own.get(name).filter(|_| !name.is_empty()) {
                // What refers to an action says its name elsewhere.
                Some(at) => self.lost_actions |= !list[at].is_inline(),
                None => list.push(*shared),
            }
        }
        list
    }

    /// The actions, and where the first of them stands.
    pub fn actions(
        &mut self,
        around: &Around<'_, 'd>,
        step: Node<'d>,
        failure: bool,
    ) -> (Arc<[Action]>, Option<Node<'d>>) {
        let list = self.effective(around, step, failure);
        let field = if failure { "onFailure" } else { "onSuccess" };
        self.digest.text(field);
        let mut out = Vec::with_capacity(list.len());
        let mut first = None;
        let mut written = field.to_owned();
        self.digest.count(list.len());
        for (index, used) in list.iter().enumerate() {
            self.digest.text(used.name());
            let criteria = self.criteria(around, used.object, "criteria");
            let Some(kind) = self.action_kind(around, used.object, failure) else {
                self.lost_actions = true;
                continue;
            };
            let name = match used.name() {
                "" => self.shared.text(&format!("{field}[{index}]")),
                name => self.shared.text(name),
            };
            written.push_str(&key(&used.object.to_value()));
            // Without parameters the inputs of the caller are handed on.
            if let Some(ActionTarget::Workflow(called, arguments)) = kind.target()
                && !arguments.is_empty()
            {
                self.calls.push(Call::new(*called, arguments, used.node));
                // Each argument has a place of its own.
                written.push_str(&used.object.pointer());
            }
            first.get_or_insert(used.node);
            out.push(Action {
                name,
                kind,
                criteria: criteria.to_vec(),
            });
        }
        (self.shared.actions.keep(&written, out.into()), first)
    }

    fn action_kind(
        &mut self,
        around: &Around<'_, 'd>,
        object: Node<'d>,
        failure: bool,
    ) -> Option<ActionKind> {
        match ActionType::of(object.text("type")?, failure)? {
            ActionType::End => {
                self.digest.text("end");
                Some(ActionKind::End)
            }
            ActionType::Goto => {
                self.digest.text("goto");
                let target = self.action_target(around, object)?;
                Some(ActionKind::Goto(target))
            }
            ActionType::Retry => {
                let given = |field| object.get(field).and_then(Node::as_number);
                let after = given("retryAfter").map_or(Duration::ZERO, number::seconds);
                let limit = given("retryLimit").and_then(|limit| limit.as_u64());
                let limit = limit.map_or(RETRY_LIMIT, |limit| {
                    u32::try_from(limit).unwrap_or(u32::MAX)
                });
                self.digest.text("retry");
                self.digest.duration(Some(after));
                self.digest.number(u64::from(limit));
                let wanted = ["stepId", "workflowId"].map(|field| object.text(field));
                let first = self.action_target(around, object);
                if wanted != [None, None] && first.is_none() {
                    return None;
                }
                Some(ActionKind::Retry {
                    first,
                    after,
                    limit,
                })
            }
        }
    }

    fn action_target(&mut self, around: &Around<'_, 'd>, object: Node<'d>) -> Option<ActionTarget> {
        let frame = around.frame;
        let texts = |field| object.get(field).filter(|node| node.as_str().is_some());
        if let Some(id) = texts("workflowId") {
            let index = self.workflow_by_id(frame.file, id);
            let arguments = self.action_arguments(around, object);
            self.digest.number(u64::from(index?.0));
            return Some(ActionTarget::Workflow(index?, arguments));
        }
        let at = texts("stepId")?;
        let id = at.as_str()?;
        self.digest.text(id);
        let position = frame.workflow.step(id);
        if position.is_none() {
            let name = id.strip_prefix("$steps.").unwrap_or(id);
            self.unknown_step(at, frame.file, frame.workflow, name, id);
        }
        Some(ActionTarget::Step(*self.index.get(position?)?))
    }

    /// Arazzo 1.1.0, action `parameters`: inputs of the workflow, without `in`.
    fn action_arguments(&mut self, around: &Around<'_, 'd>, object: Node<'d>) -> Vec<Argument> {
        let file = around.frame.file;
        let used = self.used(file, object, "parameters", Part::Parameter);
        let mut out = Vec::with_capacity(used.len());
        self.digest.count(used.len());
        for used in used {
            if file.place(used.object).is_some() {
                let severity = if used.is_inline() {
                    Severity::Error
                } else {
                    Severity::Warning
                };
                self.needless_place(used, "of an action", severity);
            }
            out.extend(self.input_given(around, used));
        }
        out
    }

    /// `in` where a parameter becomes an input of a workflow; `what` parameter it is.
    #[cold]
    pub fn needless_place(&self, used: Used<'d>, what: &str, severity: Severity) {
        let at = used.object.get("in").unwrap_or(used.object);
        let texts = [used.name(), what];
        self.note(at.location(), severity, K::NeedlessParameterPlace, &texts);
    }

    /// A parameter that becomes an input of a workflow: Arazzo, Parameter Object.
    pub fn input_given(&mut self, around: &Around<'_, 'd>, used: Used<'d>) -> Option<Argument> {
        self.digest.text(used.name());
        Some(Argument {
            value: self.template(around, used.value)?,
            name: self.shared.text(used.name()),
            location: None,
            required: false,
            place: used.node.location().into(),
        })
    }
}
